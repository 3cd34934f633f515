import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { fluent } from './build/fluent.ts';
import { icons } from './build/icons.ts';
import { graph } from './build/graph.ts';
import { plainImports } from './build/imports.ts';
import { precompress } from './build/precompress.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * The oldest browsers whose syntax the page speaks. What they can do is asked at run time
 * (`state/environment.ts`); older ones get `public/old.js`.
 */
const OLDEST = ['safari16.4', 'chrome111', 'firefox114'];

export default defineConfig({
  plugins: [plainImports(), icons(), fluent(), graph(), precompress()],
  server: { fs: { allow: [here('..')] } },
  build: {
    target: OLDEST,
    cssTarget: OLDEST,
    // A strict policy allows no data: addresses for script and style, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: false,
    sourcemap: false,
    reportCompressedSize: false,
  },
  worker: { format: 'es' },
  test: {
    environment: 'node',
    include: ['src/**/*.test.{ts,tsx}', 'build/**/*.test.ts', 'test/**/*.test.ts'],
    restoreMocks: true,
  },
});

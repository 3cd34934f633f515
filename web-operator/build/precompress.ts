/**
 * Writes `FILE.br` and `FILE.gz` beside every file of the build that shrinks, so that the rendezvous
 * serves them without compressing anything itself.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/** Formats that are compressed already; a second pass only costs bytes. */
const ALREADY_SMALL = new Set(['.br', '.gz', '.woff2', '.png', '.jpg', '.webp']);

function* filesUnder(folder: string): Generator<string> {
  for (const entry of readdirSync(folder)) {
    const path = join(folder, entry);
    if (statSync(path).isDirectory()) {
      yield* filesUnder(path);
    } else {
      yield path;
    }
  }
}

/** Brotli at its best quality. */
export function brotli(bytes: Uint8Array): Buffer {
  return brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 22,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
}

/** Vite plugin that compresses after the bundle is written. */
export function precompress(): Plugin {
  let folder = 'dist';
  return {
    name: 'sightline-precompress',
    apply: 'build',
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir);
    },
    closeBundle() {
      for (const path of filesUnder(folder)) {
        if (ALREADY_SMALL.has(extname(path))) {
          continue;
        }
        const bytes = readFileSync(path);
        const br = brotli(bytes);
        const gz = gzipSync(bytes, { level: 9 });
        if (br.length < bytes.length) {
          writeFileSync(`${path}.br`, br);
        }
        if (gz.length < bytes.length) {
          writeFileSync(`${path}.gz`, gz);
        }
      }
    },
  };
}

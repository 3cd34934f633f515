/**
 * Leaves `import()` as it is. Vite wraps each one in a helper that fetches the style sheets of a late chunk;
 * here late parts name their sheet themselves (`views/style.ts`), and the helper would only weigh.
 */
import type { Plugin } from 'vite';

const HELPER = '\0vite/preload-helper.js';

/** Vite plugin; stops the build when a late chunk has a style sheet that nobody would fetch. */
export function plainImports(): Plugin {
  return {
    name: 'sightline-plain-imports',
    apply: 'build',
    enforce: 'pre',
    load(id) {
      return id === HELPER ? 'export const __vitePreload = (load) => load();' : null;
    },
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        const { viteMetadata } = file as { viteMetadata?: { importedCss: ReadonlySet<string> } };
        if (file.type === 'chunk' && !file.isEntry && (viteMetadata?.importedCss.size ?? 0) > 0) {
          throw new Error(`${file.fileName} imports a style sheet: give its address with ?url instead`);
        }
      }
    },
  };
}

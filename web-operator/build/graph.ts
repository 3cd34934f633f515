/** Notes which file of the build loads which, outside of the build itself, for `size.mjs`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/** Vite plugin that writes `.cache/graph.json`. */
export function graph(): Plugin {
  let root = '.';
  return {
    name: 'sightline-graph',
    apply: 'build',
    configResolved(config) {
      root = config.root;
    },
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).flatMap((file) =>
        file.type === 'chunk'
          ? [
              {
                file: file.fileName,
                entry: file.isEntry,
                imports: file.imports,
                dynamic: file.dynamicImports,
                modules: Object.keys(file.modules),
                styles: stylesOf(file),
              },
            ]
          : [],
      );
      mkdirSync(join(root, '.cache'), { recursive: true });
      writeFileSync(join(root, '.cache', 'graph.json'), JSON.stringify(chunks, null, 1));
    },
  };
}

/** Style sheets that come with a chunk, as Vite notes them. */
function stylesOf(chunk: object): string[] {
  const { viteMetadata } = chunk as { viteMetadata?: { importedCss: ReadonlySet<string> } };
  return [...(viteMetadata?.importedCss ?? [])];
}

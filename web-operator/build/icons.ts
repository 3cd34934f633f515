/**
 * Gives single Lucide icons to the page: `import camera from 'icon:camera'` is the list of the icon's
 * shapes, so that only the icons in use are shipped and no markup is parsed at run time.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Plugin } from 'vite';

const PREFIX = 'icon:';
const RESOLVED = '\0icon:';

/** Vite plugin for `icon:NAME` imports. */
export function icons(): Plugin {
  let nodes: Record<string, unknown> | undefined;
  return {
    name: 'sightline-icons',
    enforce: 'pre',
    resolveId(id) {
      return id.startsWith(PREFIX) ? RESOLVED + id.slice(PREFIX.length) : null;
    },
    load(id) {
      if (!id.startsWith(RESOLVED)) {
        return null;
      }
      nodes ??= JSON.parse(
        readFileSync(createRequire(import.meta.url).resolve('lucide-static/icon-nodes.json'), 'utf8'),
      ) as Record<string, unknown>;
      const name = id.slice(RESOLVED.length);
      const shapes = nodes[name];
      if (shapes === undefined) {
        throw new Error(`no icon named ${name}`);
      }
      return `export default ${JSON.stringify(shapes)};`;
    },
  };
}

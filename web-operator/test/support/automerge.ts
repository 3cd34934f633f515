/** Automerge's wasm from the package, once for a test file. */
import { readFileSync } from 'node:fs';
import { loadAutomerge } from '../../src/doc/room.ts';

export const automerge: Promise<void> = loadAutomerge(
  readFileSync(new URL('../../node_modules/@automerge/automerge/dist/automerge.wasm', import.meta.url)),
);

/**
 * The first change of every document, compiled in and never sent. It makes the containers, so that
 * they have one identity everywhere; the first container is operation 1.
 */
import { fromHex, utf8, type Bytes } from '../seal/bytes.ts';
import type { DocKind } from '../seal/codes.ts';
import { sha256 } from '../seal/kdf.ts';
import changes from './genesis-changes.json';

export interface Container {
  readonly name: string;
  readonly isText: boolean;
}

const list = (name: string): Container => ({ name, isText: false });

const CONTAINERS: Readonly<Record<DocKind, readonly Container[]>> = {
  room: ['title', 'notes', 'chat', 'shelf', 'steps', 'events', 'schedule', 'closing'].map(list),
  board: ['meta', 'strokes'].map(list),
  text: [list('meta'), { name: 'body', isText: true }],
  desk: ['notes', 'chat'].map(list),
};

/** In the order of their operations. */
export function containersOf(kind: DocKind): readonly Container[] {
  return CONTAINERS[kind];
}

export function genesisActor(kind: DocKind): Promise<Bytes> {
  return sha256(utf8(`sightline/1 genesis ${kind}`));
}

export function genesisChange(kind: DocKind): Bytes {
  return fromHex(changes[kind]);
}

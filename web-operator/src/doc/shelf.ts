/**
 * The shelf of a room: files, documents with the pictures of their pages, and what was taken away. An
 * entry without the fields that it should have is passed over; names are anything at all.
 */
import * as Automerge from '@automerge/automerge/slim';
import { BLOB, LABEL, MEDIA_TYPE } from '../blob/limits.ts';
import { fromHex, hex, utf8 } from '../seal/bytes.ts';
import type { Hex } from '../seal/codes.ts';
import type { OutboxFile } from '../store/rows.ts';

/** An entry as the document has it; everything in it was written by somebody else. */
export type Entry = Readonly<Record<string, unknown>>;

/** Pages of a document, and sides of a page's picture: what a reader draws at all. */
const PAGES = 10_000;
const SIDE = 32_767;

interface Named {
  readonly id: string;
  readonly actor: Hex;
  readonly counter: bigint;
}

export interface ShelfFile extends Named {
  readonly kind: 'file' | 'document';
  readonly blob: Hex;
  readonly size: number;
  readonly name: string;
  readonly type: string;
  readonly at: number;
  readonly pages: number;
  readonly shown: readonly ShelfPage[];
}

export interface ShelfPage {
  readonly page: number;
  readonly blob: Hex;
  readonly size: number;
  readonly width: number;
  readonly height: number;
}

type Read =
  | { readonly is: 'file'; readonly file: ShelfFile }
  | ({ readonly is: 'page'; readonly of: string; readonly page: ShelfPage } & Named)
  | ({ readonly is: 'hide'; readonly target: string } & Named);

export class ShelfReader {
  /** What was read of entries: the library gives the same object as long as an entry is as it was. */
  readonly #read = new WeakMap<Entry, Read | null>();

  /** Files in order. `tidies` says whose word counts about what others put there. */
  files(entries: readonly Entry[], tidies: (author: Hex) => boolean): ShelfFile[] {
    const read = entries.map((entry) => this.#entry(entry)).filter((entry) => entry !== null);
    const authors = new Map<string, Hex>();
    for (const entry of read) {
      const { id, actor } = entry.is === 'file' ? entry.file : entry;
      authors.set(id, authorOf(actor));
    }
    const counts = ({ actor }: Named, target: string): boolean => {
      const author = authorOf(actor);
      return authors.has(target) && (authors.get(target) === author || tidies(author));
    };
    const hidden = new Set<string>();
    for (const entry of read)
      if (entry.is === 'hide' && counts(entry, entry.target)) hidden.add(entry.target);
    const pages = new Map<string, Map<number, ShelfPage>>();
    for (const entry of read) {
      if (entry.is !== 'page' || hidden.has(entry.id) || !counts(entry, entry.of)) continue;
      const of = pages.get(entry.of) ?? new Map<number, ShelfPage>();
      pages.set(entry.of, of.set(entry.page.page, entry.page));
    }
    return read
      .flatMap((entry) => (entry.is === 'file' && !hidden.has(entry.file.id) ? [entry.file] : []))
      .map((file) => {
        const of = pages.get(file.id);
        if (of === undefined || file.kind !== 'document') return file;
        const shown = [...of.values()].filter(({ page }) => page < file.pages);
        return { ...file, shown: shown.sort((a, b) => a.page - b.page) };
      });
  }

  #entry(entry: Entry): Read | null {
    // A scalar where a map should be is no key of a WeakMap.
    if (typeof entry !== 'object') return null;
    let read = this.#read.get(entry);
    if (read === undefined) this.#read.set(entry, (read = readEntry(entry)));
    return read;
  }
}

/** The entry of a file, as it is written; whoever writes keeps to the caps. */
export function fileEntry({ blob, size, name, type }: OutboxFile, at: number): Entry {
  return {
    kind: text('file'),
    blob: fromHex(blob),
    size,
    name: text(name),
    type: text(type),
    at: Math.trunc(at),
  };
}

export function hideEntry(target: string, at: number): Entry {
  return { kind: text('hide'), target: text(target), at: Math.trunc(at) };
}

function text(value: string): Automerge.ImmutableString {
  return new Automerge.ImmutableString(value);
}

function authorOf(actor: Hex): Hex {
  return actor.slice(0, 64);
}

function readEntry(entry: Entry): Read | null {
  const id = Automerge.getObjectId(entry);
  const match = id === null ? null : /^(\d+)@([0-9a-f]{80})$/.exec(id);
  const at = whole(entry['at'], Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  if (id === null || match === null || at === null) return null;
  const named: Named = { id, actor: match[2] ?? '', counter: BigInt(match[1] ?? '0') };
  const kind = word(entry['kind'], MEDIA_TYPE);
  switch (kind) {
    case 'file':
    case 'document': {
      const blob = blobOf(entry['blob']);
      const size = whole(entry['size'], 1, BLOB);
      const name = word(entry['name'], LABEL);
      const type = word(entry['type'], MEDIA_TYPE);
      const pages = kind === 'file' ? 0 : whole(entry['pages'], 1, PAGES);
      if (blob === null || size === null || name === null || type === null || pages === null) return null;
      return { is: 'file', file: { ...named, kind, blob, size, name, type, at, pages, shown: [] } };
    }
    case 'page': {
      const of = word(entry['of'], LABEL);
      const page = whole(entry['page'], 0, PAGES - 1);
      const blob = blobOf(entry['blob']);
      const size = whole(entry['size'], 1, BLOB);
      const width = whole(entry['width'], 1, SIDE);
      const height = whole(entry['height'], 1, SIDE);
      if (of === null || page === null || blob === null) return null;
      if (size === null || width === null || height === null) return null;
      return { is: 'page', ...named, of, page: { page, blob, size, width, height } };
    }
    case 'hide': {
      const target = word(entry['target'], LABEL);
      return target === null ? null : { is: 'hide', ...named, target };
    }
    default:
      return null;
  }
}

/** A collaborative text appears as a plain string; only scalars count. */
function word(value: unknown, most: number): string | null {
  if (!Automerge.isImmutableString(value)) return null;
  return utf8(value.val).length <= most ? value.val : null;
}

function whole(value: unknown, least: number, most: number): number | null {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
    ? (value as number)
    : null;
}

export function blobOf(value: unknown): Hex | null {
  return value instanceof Uint8Array && value.length === 32 ? hex(value) : null;
}

/**
 * The shelf: the files of a session, and the pictures of shared documents' pages. Who put a file there may
 * take it away again, and so may experts; they are also the ones who add the pictures of its pages.
 */
import { fromHex } from '../seal/bytes.ts';
import type { Hex } from '../seal/codes.ts';
import * as limits from './limits.ts';
import { authorOf, Entries, fitting, type Draft, type Field, type Fields, type Replica } from './replica.ts';

/** Whether somebody may hide or erase, or show again, what another made. */
export type Tidies = (peer: Hex) => boolean;

/** The picture of a page. */
export interface ShelfPage {
  readonly id: string;
  /** From 0. */
  readonly page: number;
  readonly blob: Hex;
  readonly size: number;
  /** In pixels; a claim until it is decoded. */
  readonly width: number;
  readonly height: number;
  readonly type: string;
  readonly at: number;
}

/** A file or document, as its author wrote it. */
export interface ShelfFile {
  readonly id: string;
  readonly actor: Hex;
  readonly counter: bigint;
  readonly kind: 'file' | 'document';
  readonly blob: Hex;
  readonly size: number;
  /** Anything at all: never shown or used before it was cleaned. */
  readonly name: string;
  readonly type: string;
  readonly at: number;
  readonly pages: number;
  /** By number. */
  readonly shown: readonly ShelfPage[];
}

type ShelfEntry =
  | { readonly is: 'file'; readonly file: ShelfFile }
  | { readonly is: 'page'; readonly of: string; readonly page: ShelfPage }
  | { readonly is: 'hide'; readonly id: string; readonly target: string };

export class ShelfReader {
  readonly #entries = new Entries(readEntry);

  files(replica: Replica, tidies: Tidies): ShelfFile[] {
    const entries = this.#entries.of(replica.list('shelf'));
    const known = new Set(
      entries.flatMap((entry) =>
        entry.is === 'file' ? entry.file.id : entry.is === 'page' ? entry.page.id : [],
      ),
    );
    const counts = (by: string, target: string): boolean => {
      const author = authorOf(by);
      return known.has(target) && (author === authorOf(target) || tidies(author));
    };
    const hidden = new Set<string>();
    for (const entry of entries) {
      if (entry.is === 'hide' && counts(entry.id, entry.target)) hidden.add(entry.target);
    }
    const pages = new Map<string, Map<number, ShelfPage>>();
    for (const entry of entries) {
      if (entry.is !== 'page' || hidden.has(entry.page.id) || !counts(entry.page.id, entry.of)) continue;
      const ofFile = pages.get(entry.of) ?? new Map<number, ShelfPage>();
      pages.set(entry.of, ofFile.set(entry.page.page, entry.page));
    }
    const files: ShelfFile[] = [];
    for (const entry of entries) {
      if (entry.is !== 'file' || hidden.has(entry.file.id)) continue;
      const { file } = entry;
      const shown = [...(pages.get(file.id)?.values() ?? [])].filter(({ page }) => page < file.pages);
      files.push(shown.length === 0 ? file : { ...file, shown: shown.sort((a, b) => a.page - b.page) });
    }
    return files;
  }
}

function readEntry(fields: Fields): ShelfEntry | null {
  const { id, actor, counter } = fields;
  const at = fields.number('at');
  if (at === null) return null;
  const kind = fields.word('kind');
  if (kind === 'hide') {
    const target = fields.target('target');
    return target === null ? null : { is: 'hide', id, target };
  }
  const blob = fields.blob('blob');
  const size = fields.within('size', 1, limits.BLOB);
  const type = fields.text('type', limits.MEDIA_TYPE);
  if (blob === null || size === null || type === null) return null;
  if (kind === 'page') {
    const of = fields.target('of');
    const page = fields.within('page', 0, limits.PAGES - 1);
    const width = fields.within('width', 1, limits.PICTURE_SIDE);
    const height = fields.within('height', 1, limits.PICTURE_SIDE);
    if (of === null || page === null || width === null || height === null) return null;
    return { is: 'page', of, page: { id, page, blob, size, width, height, type, at } };
  }
  if (kind !== 'file' && kind !== 'document') return null;
  const name = fields.text('name', limits.FILE_NAME);
  const pages = kind === 'document' ? fields.within('pages', 1, limits.PAGES) : 0;
  if (name === null || pages === null) return null;
  const file: ShelfFile = { id, actor, counter, kind, blob, size, name, type, at, pages, shown: [] };
  return { is: 'file', file };
}

/** A file that is to be published. */
export interface NewFile {
  /** Lowercase hex. */
  readonly blob: string;
  readonly size: number;
  readonly name: string;
  readonly type: string;
}

/** Puts a file on the shelf and says so in the chat. */
export function publish(draft: Draft, file: NewFile, at: number): void {
  const { blob, size } = file;
  draft.append('shelf', {
    kind: 'file',
    blob: fromHex(blob),
    size,
    name: fitting(file.name, limits.FILE_NAME),
    type: fitting(file.type, limits.MEDIA_TYPE),
    at,
  });
  draft.append('chat', { text: '', at, file: fromHex(blob) });
}

/** An entry that is about another one. */
export function about(kind: string, target: string, at: number): Record<string, Field> {
  return { kind, target, at };
}

/**
 * A document as Automerge has it. The only file that knows the library.
 *
 * Everything shared is an entry: a map that its author made, at the end of a genesis list. The author is
 * the actor of the operation that made the map, never a field; times are content and only claims. Strings
 * are scalars (`ImmutableString`), numbers whole, blobs bytes. An entry without the fields that its kind
 * has, or with longer ones than its kind allows, is passed over.
 */
import * as Automerge from '@automerge/automerge/slim';
import { hex, utf8, type Bytes } from '../seal/bytes.ts';
import type { DocKind, Hex } from '../seal/codes.ts';
import { genesisChange } from './genesis.ts';
import * as limits from './limits.ts';

/** What a field is written as. */
export type Field = string | number | Bytes;

/** A change in the making. */
export interface Draft {
  append(list: string, fields: Readonly<Record<string, Field>>): void;
  /** Offsets are UTF-16 code units. */
  splice(text: string, at: number, remove: number, insert: string): void;
}

type Lists = Record<string, string | (unknown[] & { push(entry: unknown): number })>;

/** Once, before any replica is made. */
export async function loadAutomerge(wasm: string | Uint8Array): Promise<void> {
  await Automerge.initializeWasm(wasm);
}

export class Replica {
  #doc: Automerge.Doc<Lists>;

  constructor(
    readonly kind: DocKind,
    readonly actor: Bytes,
  ) {
    const empty = Automerge.init<Lists>({ actor: hex(actor) });
    [this.#doc] = Automerge.applyChanges(empty, [genesisChange(kind)]);
  }

  /** Accepted changes only, in the order in which they were accepted. */
  apply(changes: readonly Bytes[]): void {
    if (changes.length > 0) [this.#doc] = Automerge.applyChanges(this.#doc, [...changes]);
  }

  /** Makes one change, part of this document already. */
  write(edit: (draft: Draft) => void): Bytes {
    const before = Automerge.getHeads(this.#doc).join();
    this.#doc = Automerge.change(this.#doc, { time: 0 }, (doc) => {
      edit({
        append(list, fields) {
          const entries = doc[list];
          if (typeof entries !== 'object') throw new Error(`no list ${list}`);
          entries.push(
            Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, scalar(value)])),
          );
        },
        splice: (text, at, remove, insert) => Automerge.splice(doc, [text], at, remove, insert),
      });
    });
    const change = Automerge.getLastLocalChange(this.#doc);
    if (change === undefined || Automerge.getHeads(this.#doc).join() === before) {
      throw new Error('nothing was written');
    }
    return new Uint8Array(change);
  }

  /** The same array as long as nothing in it changed. */
  list(name: string): readonly unknown[] {
    const list = this.#doc[name];
    return typeof list === 'object' ? list : NOTHING;
  }

  /** The name of the last entry: of one that was just appended. */
  lastOf(list: string): string {
    const entry = this.list(list).at(-1);
    return (typeof entry === 'object' && entry !== null ? Automerge.getObjectId(entry) : null) ?? '';
  }

  text(name: string): string {
    const text = this.#doc[name];
    return typeof text === 'string' ? text : '';
  }

  /** The library's own memory. */
  free(): void {
    Automerge.free(this.#doc);
  }
}

const NOTHING: readonly unknown[] = [];

function scalar(value: Field): unknown {
  if (typeof value === 'string') return new Automerge.ImmutableString(value);
  // A whole number is written as an i64.
  return typeof value === 'number' ? Math.trunc(value) : value;
}

/** An entry, and its fields as far as they are what they should be. */
export class Fields {
  private constructor(
    /** `counter@actor`, the operation that made it. */
    readonly id: string,
    readonly actor: Hex,
    readonly counter: bigint,
    readonly entry: Readonly<Record<string, unknown>>,
  ) {}

  static of(entry: object): Fields | null {
    const id = Automerge.getObjectId(entry);
    const name = id === null ? null : entryName(id);
    if (name === null || Array.isArray(entry)) return null;
    const { actor, counter } = name;
    return new Fields(name.id, actor, counter, entry as Readonly<Record<string, unknown>>);
  }

  get author(): Hex {
    return this.actor.slice(0, 64);
  }

  /** A string of at most so many bytes. A collaborative text appears as a plain string; only scalars count. */
  text(key: string, cap = Infinity): string | null {
    const value = this.entry[key];
    const text = Automerge.isImmutableString(value) ? value.val : null;
    return text !== null && fits(text, cap) ? text : null;
  }

  word(key: string): string | null {
    return this.text(key, limits.WORD);
  }

  /** A whole number that is exact in every language. */
  number(key: string): number | null {
    const value = this.entry[key];
    const number = typeof value === 'bigint' ? Number(value) : value;
    if (typeof number !== 'number') return null;
    const whole = Math.trunc(number);
    // Without the sign of a negative zero.
    return Number.isSafeInteger(whole) ? whole + 0 : null;
  }

  within(key: string, low: number, high: number): number | null {
    const number = this.number(key);
    return number !== null && number >= low && number <= high ? number : null;
  }

  bytes(key: string): Bytes | null {
    const value = this.entry[key];
    return value instanceof Uint8Array ? new Uint8Array(value) : null;
  }

  /** The id of a blob, lowercase hex. */
  blob(key: string): Hex | null {
    const bytes = this.bytes(key);
    return bytes?.length === 32 ? hex(bytes) : null;
  }

  /** The name of another entry. */
  target(key: string): string | null {
    const text = this.text(key, limits.WORD + 80);
    return text === null ? null : (entryName(text)?.id ?? null);
  }
}

/** Reads the entries of a list, each once: the library gives the same object as long as an entry is as it was. */
export class Entries<T extends object> {
  readonly #read = new WeakMap<object, T | false>();

  constructor(readonly read: (fields: Fields) => T | null) {}

  of(list: readonly unknown[]): T[] {
    const entries: T[] = [];
    for (const entry of list) {
      // A scalar where a map should be is no key of a WeakMap.
      if (typeof entry !== 'object' || entry === null) continue;
      let read = this.#read.get(entry);
      if (read === undefined) {
        const fields = Fields.of(entry);
        read = (fields === null ? null : this.read(fields)) ?? false;
        this.#read.set(entry, read);
      }
      if (read !== false) entries.push(read);
    }
    return entries;
  }
}

/** A name in its one form: decimal, `@`, lowercase hex. */
function entryName(
  text: string,
): { readonly id: string; readonly actor: Hex; readonly counter: bigint } | null {
  const match = /^([1-9]\d{0,9})@([0-9a-f]{80})$/.exec(text);
  const [, digits, actor] = match ?? [];
  if (digits === undefined || actor === undefined || Number(digits) >= limits.MAX_OP) return null;
  return { id: text, actor, counter: BigInt(digits) };
}

/** Who made an entry. */
export function authorOf(entry: string): Hex {
  return entryName(entry)?.actor.slice(0, 64) ?? '';
}

/** As much of a text as fits so many bytes, cut between characters. */
export function fitting(text: string, cap: number): string {
  if (fits(text, cap)) return text;
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += utf8(character).length;
    if (bytes > cap) break;
    end += character.length;
  }
  return text.slice(0, end);
}

function fits(text: string, cap: number): boolean {
  // A code unit takes three bytes at the most.
  return text.length * 3 <= cap || utf8(text).length <= cap;
}

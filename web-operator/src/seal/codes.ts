/** The small numbers of the wire and their names. */
import { Malformed, type Bytes } from './bytes.ts';

export const VERSION = 1;

export const ROLES = { lead: 1, expert: 2, operator: 3, viewer: 4 } as const;
export type Role = keyof typeof ROLES;

export const AUDIENCES = { all: 1, experts: 2 } as const;
export type Audience = keyof typeof AUDIENCES;

export const DOC_KINDS = { room: 1, board: 2, text: 3, desk: 4 } as const;
export type DocKind = keyof typeof DOC_KINDS;

/** The name that belongs to a number of `table`; refuses numbers that have none. */
export function named<K extends string>(table: Readonly<Record<K, number>>, code: number): K {
  for (const name in table) if (table[name] === code) return name;
  throw new Malformed('unknown-code');
}

/** A session id (16 bytes) or peer key (32 bytes) as text, where maps and snapshots need text. */
export type Hex = string;

export const ZERO16: Bytes = new Uint8Array(16);
export const ZERO32: Bytes = new Uint8Array(32);

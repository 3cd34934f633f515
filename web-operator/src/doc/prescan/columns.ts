/** The columns of a change: which there are, and their run-length encodings. */
import type { Bytes } from '../../seal/bytes.ts';
import { Leb } from './leb.ts';
import { Refused } from './refused.ts';

/** The deflate bit of a column's specification. */
const DEFLATE = 8n;

/**
 * The columns a change may have. A specification is the column's id, the deflate bit and three bits
 * of type; the columns for marks are not known: no document of a session has marks.
 */
const KNOWN = {
  objActor: 0x01n,
  objCounter: 0x02n,
  keyActor: 0x11n,
  keyCounter: 0x13n,
  keyText: 0x15n,
  insert: 0x34n,
  action: 0x42n,
  valueMeta: 0x56n,
  valueRaw: 0x57n,
  predCount: 0x70n,
  predActor: 0x71n,
  predCounter: 0x73n,
} as const;
type ColumnName = keyof typeof KNOWN;

/** The bytes of each column; one that is absent is empty. */
export type Columns = Readonly<Record<ColumnName, Bytes>>;

/** Reads the column table and the column data, which end the chunk. */
export function readColumns(input: Leb): Columns {
  const count = input.unsigned();
  const table: { name: ColumnName; spec: bigint; length: bigint }[] = [];
  for (let i = 0n; i < count; i++) {
    const spec = input.unsigned();
    const length = input.unsigned();
    if ((spec & DEFLATE) !== 0n) throw new Refused('deflated-column');
    const last = table.at(-1);
    if (length === 0n || (last !== undefined && last.spec >= spec)) throw new Refused('unknown-column');
    const name = (Object.keys(KNOWN) as ColumnName[]).find((known) => KNOWN[known] === spec);
    if (name === undefined) throw new Refused('unknown-column');
    table.push({ name, spec, length });
  }
  const columns: Partial<Record<ColumnName, Bytes>> = {};
  for (const { name, length } of table) columns[name] = input.take(length);
  if (!input.done) throw new Refused('trailing');
  const all = {} as Record<ColumnName, Bytes>;
  for (const name of Object.keys(KNOWN) as ColumnName[]) all[name] = columns[name] ?? new Uint8Array(0);
  return all;
}

/**
 * Expands a run-length column: a positive count repeats one value, a negative one announces so many
 * values, zero so many nulls. More than `cap` rows are refused before they are made.
 */
export function expand<T>(data: Bytes, cap: number, read: (input: Leb) => T): (T | null)[] {
  return inColumn(() => expandRuns(data, cap, read));
}

/** Whatever is wrong inside a column is the column's fault. */
function inColumn<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof Refused ? new Refused('column') : error;
  }
}

type Run = 'start' | 'nulls' | 'repeated' | 'literal';

/**
 * Only the encoding that Automerge's own encoder makes is taken: it forgets the bytes of a change and
 * makes them again when asked, so another encoding would get another hash.
 */
function expandRuns<T>(data: Bytes, cap: number, read: (input: Leb) => T): (T | null)[] {
  const input = new Leb(data);
  const rows: (T | null)[] = [];
  let previous: Run = 'start';
  while (!input.done) {
    const count = input.signed();
    const length = count === 0n ? input.unsigned() : count < 0n ? -count : count;
    if (length === 0n || length > BigInt(cap - rows.length)) throw new Refused('column');
    const start = rows.length;
    const run: Run = count === 0n ? 'nulls' : count > 0n ? 'repeated' : 'literal';
    if (run === 'literal') {
      for (let i = 0n; i < length; i++) rows.push(read(input));
    } else {
      const value = run === 'nulls' ? null : read(input);
      for (let i = 0n; i < length; i++) rows.push(value);
    }
    const joins = start > 0 && run !== 'nulls' && rows[start - 1] === rows[start];
    if (joins || !isCanonical(run, previous, rows.slice(start), input.done)) throw new Refused('column');
    previous = run;
  }
  return rows;
}

/**
 * One value is a literal; equal neighbours are one run, and so are neighbouring literals. A column of
 * nulls alone is left out.
 */
function isCanonical(run: Run, previous: Run, rows: readonly unknown[], last: boolean): boolean {
  switch (run) {
    case 'nulls':
      return previous !== 'nulls' && !(previous === 'start' && last);
    case 'repeated':
      return rows.length > 1;
    default:
      return previous !== 'literal' && rows.every((row, i) => i === 0 || row !== rows[i - 1]);
  }
}

export const unsigned = (input: Leb): bigint => input.unsigned();
export const text = (input: Leb): string => input.text();

const MAX_I64 = 2n ** 63n - 1n;

/** Expands a column of differences into the values they add up to. */
export function expandDeltas(data: Bytes, cap: number): (bigint | null)[] {
  let sum = 0n;
  return expand(data, cap, (input) => input.signed()).map((delta) => {
    if (delta === null) return null;
    sum += delta;
    if (sum > MAX_I64 || sum < -MAX_I64 - 1n) throw new Refused('column');
    return sum;
  });
}

/** Expands a column of flags: counts of alternating false and true, beginning with false. */
export function expandFlags(data: Bytes, cap: number): boolean[] {
  const input = new Leb(data);
  const rows: boolean[] = [];
  let value = false;
  while (!input.done) {
    const length = inColumn(() => input.unsigned());
    // Only the first count may be zero, where the column begins with true.
    const empty = length === 0n && (rows.length > 0 || value);
    if (empty || length > BigInt(cap - rows.length)) throw new Refused('column');
    for (let i = 0n; i < length; i++) rows.push(value);
    value = !value;
  }
  return rows;
}

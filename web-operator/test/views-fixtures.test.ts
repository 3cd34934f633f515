/** What documents show, as the other implementation has it; and the points of strokes, byte by byte. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Log } from '../src/doc/log.ts';
import { decodePoints, encodePoints, type Point } from '../src/doc/points.ts';
import { Roster } from '../src/doc/roster.ts';
import { fromHex, hex } from '../src/seal/bytes.ts';
import { DOC_KINDS, named } from '../src/seal/codes.ts';
import { sha256 } from '../src/seal/kdf.ts';
import { INKS, TOOLS } from '../src/session/show.ts';
import { automerge } from './support/automerge.ts';
import { hasFixture, readFixture, type FixtureCase } from './support/fixtures.ts';
import { viewOf, Watch } from './support/views.ts';

beforeAll(() => automerge);

interface ViewCase extends FixtureCase {
  readonly doc: { readonly kind: number; readonly id: string };
  readonly steps: readonly { readonly do: string; readonly entry?: string; readonly envelope?: string }[];
  readonly view: unknown;
}

async function rosterOf({ steps }: ViewCase): Promise<Roster> {
  const entries = steps.flatMap(({ entry }) => (entry === undefined ? [] : fromHex(entry)));
  const [genesis] = entries;
  if (genesis === undefined) throw new Error('no genesis');
  const roster = await Roster.open((await sha256(genesis)).slice(0, 16), entries);
  if (typeof roster === 'string') throw new Error(roster);
  return roster;
}

const FILES = ['crdt/board', 'crdt/shelf', 'crdt/steps', 'crdt/text', 'web/views'];

describe.each(FILES.filter((file) => hasFixture(`${file}.json`)))('%s', (file) => {
  it.each(readFixture<ViewCase>(`${file}.json`).cases)('$name', async (c) => {
    const roster = await rosterOf(c);
    const log = await Log.begin({ kind: named(DOC_KINDS, c.doc.kind), id: fromHex(c.doc.id) });
    const watch = new Watch(log, roster);
    let seen: unknown = watch.view();
    for (const { envelope } of c.steps) {
      if (envelope === undefined) continue;
      expect((await log.insertBytes(fromHex(envelope), roster)).t).toBe('accepted');
      // Looked at after each: what was read before stays right.
      watch.replica.apply(log.takeEffects().accepted.map(({ change }) => change));
      seen = watch.view();
    }
    expect(viewOf(log, roster)).toEqual(c.view);
    expect(seen).toEqual(c.view);
  });
});

describe('points', () => {
  interface Case extends FixtureCase {
    readonly bytes?: string;
    readonly points?: readonly Point[] | null;
    readonly repeat?: Point;
    readonly count?: number;
    readonly length?: number;
    readonly words?: { readonly tools: readonly string[]; readonly inks: readonly string[] };
  }
  it.each(readFixture<Case>('crdt/points.json').cases)('$name', (c) => {
    if (c.words !== undefined) {
      expect(c.words).toEqual({ tools: TOOLS, inks: INKS });
    } else if (c.repeat !== undefined) {
      const points = Array<Point>(c.count ?? 0).fill(c.repeat);
      const bytes = encodePoints(points);
      expect(bytes?.length).toBe(c.length);
      expect(decodePoints(bytes ?? new Uint8Array(0))).toEqual(points);
      expect(encodePoints([...points, c.repeat])).toBeNull();
    } else {
      const bytes = fromHex(c.bytes ?? '');
      const points = decodePoints(bytes);
      expect(points).toEqual(c.points);
      if (points !== null) expect(hex(encodePoints(points) ?? bytes)).toBe(c.bytes);
    }
  });

  it('encodes nothing that is no place on a picture', () => {
    for (const point of [
      [-1, 0],
      [0, 65536],
      [0.5, 0],
      [NaN, 0],
    ] as const) {
      expect(encodePoints([point])).toBeNull();
    }
    expect(encodePoints([])).toBeNull();
  });
});

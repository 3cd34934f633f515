/** Boards, checklists and texts as the views get them: at once what this person did, then what the documents say. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { encodePoints } from '../src/doc/points.ts';
import type { BoardUpdate } from '../src/doc/messages.ts';
import type { BoardStroke } from '../src/doc/board.ts';
import { PageShow } from '../src/session/page-show.ts';
import { ShowDocuments } from '../src/session/show-port.ts';
import { noShow, type Stroke } from '../src/session/show.ts';
import type { OutboxRow } from '../src/store/rows.ts';

const ME = '11'.repeat(32);
const ANA = 'aa'.repeat(32);
const BOARD = 'b0'.repeat(16);
const TEXT = '7e'.repeat(16);
const LIST = `9@${ANA}${'00'.repeat(8)}`;
const STROKE: Stroke = {
  tool: 'pen',
  ink: 'red',
  width: 9,
  points: [
    [1, 2],
    [3, 4],
  ],
  text: '',
};

let written: Omit<OutboxRow, 'session'>[];
let arrived: string[];
let kept: { readonly blob: string; readonly size: number } | null;
let names: Record<string, string>;
let show: ShowDocuments;

beforeEach(() => {
  written = [];
  arrived = [];
  kept = null;
  names = { [ANA]: 'Ana', [ME]: 'Mihai' };
  show = new ShowDocuments({
    me: () => ME,
    nameOf: (author) => names[author] ?? '',
    write: (row) => written.push(row),
    keep: () => Promise.resolve(kept),
    arrived: (author, board) => arrived.push(`${author}/${board}`),
    changed: () => undefined,
  });
});

const strokeOf = (author: string, n: number): BoardStroke => ({
  id: `${n}@${author}${'00'.repeat(8)}`,
  author,
  at: n,
  tool: 'pen',
  ink: 'red',
  width: 9,
  points: encodePoints([[n, n]]) ?? new Uint8Array(0),
  text: '',
});

function tell(strokes: BoardUpdate['strokes'], edit: Partial<BoardUpdate> = {}): void {
  const still = { blob: '51'.repeat(32), size: 9, type: 'image/png', width: 4, height: 3 };
  const board = {
    id: BOARD,
    author: ANA,
    title: 'pump',
    at: 1,
    still,
    tidies: false,
    canUndo: false,
    canRedo: false,
  };
  show.hear({ t: 'boards', boards: [{ ...board, strokes, ...edit }], gone: [] });
}

const strokes = () => show.snapshot().boards[0]?.strokes ?? [];

describe('boards', () => {
  it('shows an own stroke at once, and the signed one in its place', () => {
    tell({ from: 0, remove: 0, insert: [strokeOf(ANA, 1)] });
    show.draw(BOARD, STROKE);
    expect(strokes()).toMatchObject([
      { mine: false, authorName: 'Ana' },
      { mine: true, points: STROKE.points },
    ]);
    const [row] = written;
    show.hear({ t: 'done', outbox: row?.id ?? '', made: strokeOf(ME, 2).id });
    expect(strokes()).toHaveLength(2);
    tell({ from: 1, remove: 0, insert: [strokeOf(ME, 2)] });
    expect(strokes().map(({ id }) => id)).toEqual([strokeOf(ANA, 1).id, strokeOf(ME, 2).id]);
    expect(arrived).toEqual([]);
  });

  it('takes an erased stroke away at once, and brings it back where that did not count', () => {
    tell({ from: 0, remove: 0, insert: [strokeOf(ANA, 1), strokeOf(ANA, 2)] });
    show.erase(BOARD, strokeOf(ANA, 1).id);
    expect(strokes()).toHaveLength(1);
    show.hear({ t: 'done', outbox: written[0]?.id ?? '', made: '' });
    expect(strokes()).toHaveLength(1);
    tell({ from: 2, remove: 0, insert: [] });
    expect(strokes()).toHaveLength(2);
  });

  it('tells of strokes of others that arrive, and of none when a board is first shown', () => {
    tell({ from: 0, remove: 0, insert: [strokeOf(ANA, 1)] });
    expect(arrived).toEqual([]);
    tell({ from: 1, remove: 0, insert: [strokeOf(ANA, 2), strokeOf(ME, 3)] });
    expect(arrived).toEqual([`${ANA}/${BOARD}`]);
  });

  it('replaces what lies in the middle, and keeps what did not change as it is', () => {
    tell({ from: 0, remove: 0, insert: [1, 2, 3, 4].map((n) => strokeOf(ANA, n)) });
    const before = strokes();
    tell({ from: 1, remove: 2, insert: [strokeOf(ANA, 9)] });
    expect(strokes().map(({ points }) => points[0]?.[0])).toEqual([1, 9, 4]);
    expect(strokes()[0]).toBe(before[0]);
    expect(strokes()[2]).toBe(before[3]);
  });

  it('follows roles and names', () => {
    tell({ from: 0, remove: 0, insert: [strokeOf(ANA, 1)] });
    expect(strokes()[0]).toMatchObject({ erasable: false, authorName: 'Ana' });
    tell({ from: 1, remove: 0, insert: [] }, { tidies: true });
    names = { [ANA]: 'Anabel' };
    show.renamed();
    expect(strokes()[0]).toMatchObject({ erasable: true, authorName: 'Anabel' });
    show.hear({ t: 'boards', boards: [], gone: [BOARD] });
    expect(show.snapshot().boards).toEqual([]);
  });

  it('writes nothing that no board can hold', () => {
    tell({ from: 0, remove: 0, insert: [] });
    for (const wrong of [{ points: [] }, { width: 0 }, { width: 70_000 }, { points: [[0, -1]] as const }]) {
      show.draw(BOARD, { ...STROKE, ...wrong });
    }
    expect(written).toEqual([]);
    expect(strokes()).toEqual([]);
  });

  it('makes a board of a picture that is kept, or of one that is known', async () => {
    expect(await show.newBoard(new Blob(['x'], { type: 'image/png' }), 4, 3, 'photo')).toBeNull();
    kept = { blob: 'cc'.repeat(32), size: 1 };
    const board = await show.newBoard(new Blob(['x'], { type: 'image/png' }), 4, 3, 'photo');
    expect(board).toMatch(/^[0-9a-f]{32}$/);
    const still = { ...kept, type: 'image/png', width: 4, height: 3, title: 'photo' };
    expect(written[0]?.write).toEqual({ op: 'begin-board', board, still });
    expect(await show.boardOf('dd'.repeat(32), 4, 3, '')).toBeNull();
    const file = { blob: 'dd'.repeat(32), size: 7, type: 'image/png' };
    const entry = {
      id: LIST,
      envelope: '',
      author: ANA,
      kind: 'file',
      name: '',
      at: 1,
      pages: 0,
      shown: [],
    } as const;
    show.hear({ t: 'shelf', files: [{ ...entry, ...file, delivered: true }] });
    expect(await show.boardOf(file.blob, 4, 3, '')).toMatch(/^[0-9a-f]{32}$/);
  });

  it('shows after a reload what waits in the outbox', () => {
    show.draw(BOARD, STROKE);
    const rows = written.map((row) => ({ ...row, session: 's' }));
    const again = new ShowDocuments(show.parts);
    again.restore(rows);
    show = again;
    tell({ from: 0, remove: 0, insert: [] });
    expect(strokes()).toMatchObject([{ mine: true, points: STROKE.points }]);
  });
});

describe('checklists and texts', () => {
  it('ticks at once, until the list says it', () => {
    const step = { text: 'one', state: 'open', note: '', photo: null, by: null } as const;
    const list = { id: LIST, author: ANA, title: 'restart', at: 1, steps: [step] };
    show.hear({ t: 'steps', lists: [list] });
    show.setStep(LIST, 0, 'failed', 'stuck', null);
    show.setStep(LIST, 7, 'done', '', null);
    const first = () => show.snapshot().steps[0]?.steps[0];
    expect(first()).toEqual({ text: 'one', state: 'failed', note: 'stuck', photo: null });
    for (const { id } of written) show.hear({ t: 'done', outbox: id, made: '' });
    expect(first()?.state).toBe('failed');
    show.hear({ t: 'steps', lists: [{ ...list, steps: [{ ...step, state: 'done' }] }] });
    expect(first()?.state).toBe('done');
  });

  it('writes what was typed a moment later, as one change', () => {
    vi.useFakeTimers();
    try {
      show.hear({ t: 'texts', texts: [{ id: TEXT, title: 'report', author: ANA, at: 1, text: 'one' }] });
      for (const [i, letter] of [' ', 't', 'w', 'o'].entries()) show.splice(TEXT, 3 + i, 0, letter);
      expect(show.snapshot().texts[0]?.text).toBe('one two');
      expect(written).toEqual([]);
      vi.advanceTimersByTime(300);
      expect(written.map(({ write }) => write)).toEqual([
        { op: 'splice', text: TEXT, was: 'one', at: 3, remove: 0, insert: ' two' },
      ]);
      show.splice(TEXT, 0, 3, '');
      show.flush();
      expect(written).toHaveLength(2);
      vi.advanceTimersByTime(1000);
      expect(written).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
  });
});

it('the port tells once for all changes of a turn, and shows nothing without a session', async () => {
  let documents: ShowDocuments | null = null;
  const port = new PageShow(() => documents, noShow);
  let told = 0;
  port.subscribe(() => (told += 1));
  expect(port.snapshot()).toMatchObject({ boards: [], steps: [], texts: [] });
  port.draw(BOARD, STROKE, null);
  expect(await port.newBoard(new Blob([]), 1, 1, '')).toBeNull();
  documents = show;
  tell({ from: 0, remove: 0, insert: [] });
  port.changed();
  port.changed();
  await Promise.resolve();
  expect(told).toBe(1);
  expect(port.snapshot().boards).toHaveLength(1);
});

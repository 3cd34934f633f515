/** Boards, files, checklists and shared texts through the documents' worker: written, shown, kept, passed on. */
import { beforeAll, expect, it } from 'vitest';
import { decodeEnvelope, ROOM } from '../src/doc/envelope.ts';
import { encodePoints } from '../src/doc/points.ts';
import type { Write } from '../src/doc/writes.ts';
import { fromHex, hex } from '../src/seal/bytes.ts';
import { newSignKey } from '../src/seal/ed25519.ts';
import { MemoryStore } from '../src/store/store.ts';
import { automerge } from './support/automerge.ts';
import { Expert } from './support/expert.ts';
import { member, Tab, until } from './support/tab.ts';

beforeAll(() => automerge);

const BOARD = 'b0'.repeat(16);
const OTHER = 'b1'.repeat(16);
const BLOB = '51'.repeat(32);

const begin = (board = BOARD): Write => ({
  op: 'begin-board',
  board,
  still: { blob: BLOB, size: 9, type: 'image/jpeg', width: 40, height: 30, title: 'pump 4' },
});

const stroke = (text: string, board = BOARD): Write => ({
  op: 'draw',
  board,
  drawing: { tool: 'text', ink: 'red', width: 9, points: encodePoints([[1, 2]]) ?? new Uint8Array(0), text },
});

const textsOf = (tab: Tab, board = BOARD): string[] =>
  tab.boards.get(board)?.strokes.map(({ text }) => text) ?? [];

async function pair(): Promise<{ expert: Expert; theirs: Tab; mine: Tab }> {
  const expert = await Expert.found();
  const me = await member(expert);
  const [theirs, mine] = [await Tab.open(expert.peer, expert), await Tab.open(me, expert)];
  return { expert, theirs, mine };
}

it('both draw, one of them offline for a while, and both show the same', async () => {
  const { theirs, mine } = await pair();
  theirs.connect(mine);
  theirs.write(begin());
  await until(() => mine.boards.has(BOARD));
  mine.write(stroke('one'));
  await until(() => textsOf(theirs).length === 1);
  theirs.disconnect();
  for (let i = 0; i < 20; i++) {
    theirs.write(stroke(`theirs ${i}`));
    mine.write(stroke(`mine ${i}`));
  }
  await until(() => textsOf(theirs).length === 21 && textsOf(mine).length === 21);
  theirs.connect(mine);
  await until(() => textsOf(theirs).length === 41 && textsOf(mine).length === 41);
  expect(textsOf(theirs)).toEqual(textsOf(mine));
  expect(theirs.boards.get(BOARD)).toMatchObject({ title: 'pump 4', author: hex(theirs.me.publicKey) });
});

it('erases and takes back its own, an expert also what is another’s', async () => {
  const { theirs, mine } = await pair();
  theirs.connect(mine);
  theirs.write(begin());
  theirs.write(stroke('theirs'));
  await until(() => textsOf(mine).length === 1);
  expect(mine.boards.get(BOARD)).toMatchObject({ tidies: false, canUndo: false, canRedo: false });
  const row = mine.write(stroke('mine'));
  // By the row's name, before anybody knows another.
  mine.write({ op: 'erase', board: BOARD, stroke: row });
  await until(() => mine.boards.get(BOARD)?.canUndo === true);
  await until(() => textsOf(mine).join() === 'theirs');
  mine.write({ op: 'undo', board: BOARD });
  await until(() => textsOf(theirs).join() === 'theirs,mine');
  const [first] = mine.boards.get(BOARD)?.strokes ?? [];
  mine.write({ op: 'erase', board: BOARD, stroke: first?.id ?? '' });
  mine.write({ op: 'redo', board: BOARD });
  await until(() => textsOf(theirs).join() === 'theirs' && textsOf(mine).join() === 'theirs');
  mine.write({ op: 'undo', board: BOARD });
  mine.write({ op: 'undo', board: BOARD });
  await until(() => textsOf(mine).join() === 'theirs' && mine.boards.get(BOARD)?.canUndo === false);
  mine.write({ op: 'redo', board: BOARD });
  await until(() => textsOf(theirs).join() === 'theirs,mine');
  expect(theirs.boards.get(BOARD)?.tidies).toBe(true);
  const last = theirs.boards.get(BOARD)?.strokes.at(-1);
  theirs.write({ op: 'erase', board: BOARD, stroke: last?.id ?? '' });
  await until(() => textsOf(mine).join() === 'theirs');
});

it('tells of a stroke that which is new, and nothing of boards where nothing is', async () => {
  const { mine } = await pair();
  mine.write(begin());
  mine.write(begin(OTHER));
  for (let i = 0; i < 30; i++) mine.write(stroke(`${i}`));
  await until(() => textsOf(mine).length === 30 && mine.boards.has(OTHER));
  mine.heard.length = 0;
  mine.write(stroke('last'));
  await until(() => textsOf(mine).length === 31);
  const told = mine.heard.flatMap((message) => (message.t === 'boards' ? message.boards : []));
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ id: BOARD, strokes: { from: 30, remove: 0 } });
  expect(told[0]?.strokes.insert).toHaveLength(1);
});

it('keeps everything over a reload, and what was not written yet', async () => {
  const { expert, mine } = await pair();
  mine.write(begin());
  mine.write(stroke('before'));
  mine.write({ op: 'rename-board', board: BOARD, title: 'pump 5' });
  mine.publish({ blob: BLOB, size: 9, name: '../a.jpg', type: 'image/jpeg' });
  await until(() => mine.boards.get(BOARD)?.title === 'pump 5' && mine.files.length === 1);
  await mine.idle();
  // Typed in the instant in which the page goes.
  await mine.store.addToOutbox({ id: 'late', session: 's', text: '', at: 2, write: stroke('late') });
  const again = await mine.reload();
  await until(() => textsOf(again).join() === 'before,late');
  expect(again.boards.get(BOARD)?.title).toBe('pump 5');
  expect(again.files).toMatchObject([{ name: '../a.jpg', kind: 'file', delivered: false }]);
  expect(await again.store.outbox('s')).toEqual([]);
  const once = await again.reload();
  await until(() => textsOf(once).length === 2);
  const theirs = await Tab.open(expert.peer, expert);
  theirs.connect(once);
  await until(() => textsOf(theirs).length === 2 && theirs.files.length === 1);
  await until(() => once.files[0]?.delivered === true);
});

it('a file in the waiting room is an ordinary envelope of epoch 0, and belongs to the session after admission', async () => {
  const expert = await Expert.found();
  const me = await newSignKey();
  const mine = await Tab.open(me, expert, new MemoryStore(), false);
  mine.say('anybody there?');
  mine.publish({ blob: BLOB, size: 9, name: 'a.jpg', type: 'image/jpeg' });
  // A board before admission has to wait.
  mine.write(begin());
  mine.write(stroke('early'));
  await until(() => mine.files.length === 1);
  const sealed = mine.heard.flatMap((message) => (message.t === 'sealed' ? message : []));
  expect(sealed.map(({ epoch }) => epoch)).toEqual([0n, 0n]);
  for (const { envelope } of sealed)
    expect(await decodeEnvelope(envelope)).toMatchObject({ doc: { kind: 'room' } });
  expect(mine.boards.size).toBe(0);
  const again = await mine.reload(false);
  expect(await again.store.outbox('s')).toHaveLength(2);

  const body = { peerKey: me.publicKey, sealPublic: expert.seal.publicKey, slotPublic: me.publicKey };
  await expert.admit({
    id: new Uint8Array(32),
    body: { ...body, name: 'Mihai', lang: 'en', caps: [], offer: null },
    exports: undefined as never,
  });
  again.adopt(expert.chain);
  await until(() => textsOf(again).join() === 'early');
  expect(await again.store.outbox('s')).toEqual([]);
  const theirs = await Tab.open(expert.peer, expert);
  theirs.connect(again);
  await until(() => textsOf(theirs).join() === 'early' && theirs.files.length === 1);
});

it('is no receipt and goes nowhere before it is on disk', async () => {
  const { theirs, mine } = await pair();
  theirs.connect(mine);
  let onDisk = false;
  const seal = mine.store.seal.bind(mine.store);
  mine.store.seal = async (...row) => {
    await new Promise((done) => setTimeout(done, 100));
    await seal(...row);
    onDisk = true;
  };
  mine.write(begin());
  while (!theirs.boards.has(BOARD)) {
    await new Promise((done) => setTimeout(done, 5));
    if (theirs.boards.has(BOARD)) expect(onDisk).toBe(true);
  }
});

it('a checklist is ticked with a photo, and what it names is told', async () => {
  const { theirs, mine } = await pair();
  theirs.connect(mine);
  const list = await theirs.edit(ROOM, 'steps', (draft) => {
    draft.append('steps', { kind: 'list', title: 'restart', steps: 'one\ntwo', at: 1 });
  });
  await until(() => mine.lists.length === 1);
  mine.write({ op: 'set-step', set: { list, step: 1, state: 'failed', note: 'stuck', photo: BLOB } });
  await until(() => theirs.lists[0]?.steps[1]?.state === 'failed');
  expect(theirs.lists[0]?.steps[1]).toMatchObject({ note: 'stuck', photo: BLOB, by: hex(mine.me.publicKey) });
  const named = mine.heard.findLast((message) => message.t === 'named');
  expect(named).toEqual({ t: 'named', blobs: [{ blob: BLOB, size: null }] });
});

it('two write one text at once, and neither loses a word', async () => {
  const { theirs, mine } = await pair();
  theirs.connect(mine);
  const text = '7e'.repeat(16);
  await theirs.edit({ kind: 'text', id: fromHex(text) }, 'meta', (draft) => {
    draft.append('meta', { kind: 'title', text: 'report', at: 1 });
  });
  await until(() => mine.texts.has(text));
  const splice = (was: string, at: number, remove: number, insert: string): Write => ({
    op: 'splice',
    text,
    was,
    at,
    remove,
    insert,
  });
  mine.write(splice('', 0, 0, 'The valve is stuck.'));
  await until(() => theirs.texts.get(text)?.text === 'The valve is stuck.');
  theirs.disconnect();
  mine.write(splice('The valve is stuck.', 4, 0, 'red '));
  theirs.write(splice('The valve is stuck.', 18, 1, ' 👋!'));
  await until(() => mine.texts.get(text)?.text === 'The red valve is stuck.');
  theirs.connect(mine);
  await until(() => mine.texts.get(text)?.text === 'The red valve is stuck 👋!');
  await until(() => theirs.texts.get(text)?.text === 'The red valve is stuck 👋!');
  // Typed on the text as it was before the other's words came.
  mine.write(splice('The red valve is stuck.', 23, 0, ' Now.'));
  await until(() => theirs.texts.get(text)?.text === 'The red valve is stuck 👋! Now.');
  mine.write(splice(theirs.texts.get(text)?.text ?? '', 0, 0, 'x'.repeat(9000)));
  await until(() => theirs.texts.get(text)?.text.length === 9000 + 31);
});

/** The worker's order of things: stored first, receipted after. */
import { IDBFactory } from 'fake-indexeddb';
import { beforeAll, expect, it } from 'vitest';
import type { FromWorker } from '../src/doc/messages.ts';
import { Assembler, decodeSync, encodeSync, fragment } from '../src/doc/sync.ts';
import { WorkerSession } from '../src/doc/worker-session.ts';
import { newSignKey } from '../src/seal/ed25519.ts';
import { newSealKey } from '../src/seal/hpke.ts';
import { openStore } from '../src/store/store.ts';
import { automerge } from './support/automerge.ts';
import { Expert } from './support/expert.ts';
import { Documents } from '../src/doc/documents.ts';

beforeAll(() => automerge);

it('names no envelope in a receipt before it is on disk, and stores many in one go', async () => {
  const expert = await Expert.found();
  const [me, seal] = [await newSignKey(), await newSealKey()];
  const body = { peerKey: me.publicKey, sealPublic: seal.publicKey, slotPublic: me.publicKey };
  await expert.admit({
    id: new Uint8Array(32),
    body: { ...body, name: 'Mihai', lang: 'en', caps: [], offer: null },
    exports: undefined as never,
  });
  const none = { persist: () => Promise.resolve(), stored: () => Promise.resolve(), send: () => undefined };
  const quiet = { rosterChanged: () => undefined, changed: () => undefined, vectorsDue: () => undefined };
  const theirs = await Documents.open(
    { sid: expert.sid, me: expert.peer, expert: expert.peer.publicKey, ...none, ...quiet },
    expert.chain,
    [],
    {},
  );

  const order: string[] = [];
  const store = await openStore(new IDBFactory());
  const add = store.addEnvelopes.bind(store);
  store.addEnvelopes = async (rows) => {
    // A slow disk.
    await new Promise((done) => setTimeout(done, 100));
    await add(rows);
    order.push(`stored ${rows.length}`);
  };
  const assembler = new Assembler();
  let receipted: (() => void) | undefined;
  const receipt = new Promise<void>((done) => (receipted = done));
  const post = (message: FromWorker): void => {
    const whole = message.t === 'link-send' ? assembler.push(message.data) : null;
    const sync = whole === null ? null : decodeSync(whole);
    if (sync?.t !== 'vector' || sync.vector.length === 0) return;
    order.push(`receipt ${sync.vector[0]?.seq}`);
    receipted?.();
  };
  const worker = new WorkerSession({ post, loaded: automerge, openStore: () => Promise.resolve(store) });
  const session = { session: 's', sid: expert.sid, me, expert: expert.peer.publicKey, chain: expert.chain };
  worker.handle({ t: 'start', ...session });
  worker.handle({ t: 'link-up', link: 1, peer: expert.peer.publicKey });
  for (let i = 0; i < 20; i++) {
    const { envelope } = await theirs.say(`message ${i}`, i);
    for (const data of fragment(encodeSync({ t: 'envelope', envelope: envelope.bytes }))) {
      worker.handle({ t: 'link-data', link: 1, data });
    }
  }
  await receipt;
  await worker.idle();
  const stored = order.slice(0, order.indexOf(order.find((what) => what.startsWith('receipt')) ?? ''));
  const count = stored.reduce((sum, what) => sum + Number(what.split(' ')[1]), 0);
  expect(order.find((what) => what.startsWith('receipt'))).toBe(`receipt ${count}`);
  expect(count).toBeGreaterThan(0);
  expect(stored.length).toBeLessThan(count);
});

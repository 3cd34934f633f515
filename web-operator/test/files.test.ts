/** Files of a whole session: sent before admission, over a link, after a reload, and from the expert. */
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { MemoryContents } from '../src/blob/contents.ts';
import { CHUNK } from '../src/blob/limits.ts';
import { decodeMessage } from '../src/blob/message.ts';
import { MemoryRows } from '../src/blob/rows.ts';
import { cutIntoPieces } from '../src/blob/serve.ts';
import { decodeEntry } from '../src/doc/roster-entry.ts';
import { fromHex, hex, type Bytes } from '../src/seal/bytes.ts';
import { AUDIENCES, named } from '../src/seal/codes.ts';
import { random } from '../src/seal/kdf.ts';
import {
  MAIL_KINDS,
  boxId,
  chunkName,
  mailKind,
  manifestName,
  openMail,
  sealMail,
  type MailContent,
} from '../src/seal/mail.ts';
import type { Operator, Phase } from '../src/session/facade.ts';
import type { FileItem } from '../src/session/show.ts';
import type { Store } from '../src/store/store.ts';
import { Device, content } from './blob/pair.ts';
import { automerge } from './support/automerge.ts';
import { World, type PageFiles, type TestPage } from './support/world.ts';

beforeAll(() => automerge);
vi.setConfig({ testTimeout: 30_000 });

const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 10 });
const phase = (operator: Operator, wanted: Phase) =>
  until(() => expect(operator.snapshot()).toMatchObject({ phase: wanted }));
const files = (operator: Operator): readonly FileItem[] => operator.files.snapshot().files;
const fresh = (): PageFiles => ({ contents: new MemoryContents(), rows: new MemoryRows() });
const photo = (bytes: Bytes, name = 'photo.jpg') => new File([bytes], name, { type: 'image/jpeg' });

const experts: Device[] = [];
afterEach(() => {
  for (const expert of experts.splice(0)) expert.do({ t: 'stop' });
});

/** The expert's device: blobs of links come to it. */
function expertDevice(world: World): Device {
  const expert = new Device();
  experts.push(expert);
  world.onBlob = (link, data) => expert.do({ t: 'link-data', link: link.n + 1, data });
  world.onProved = (link) => expert.do({ t: 'link-up', link: link.n + 1 });
  expert.onSend = (n, message) => {
    expert.do({ t: 'link-took', link: n, bytes: message.length });
    world.linkList[n - 1]?.toOperator('blob', message);
  };
  return expert;
}

/** The expert's documents name what the shelf has. */
async function follow(world: World, expert: Device): Promise<void> {
  const shelf = await world.shelf();
  expert.do({ t: 'named', blobs: shelf.map(({ blob, size }) => ({ blob, size, eager: true })) });
}

async function join(world: World, kept: PageFiles, store?: Store): Promise<TestPage> {
  const page = await world.page(store, kept);
  expect(await page.operator.openLink(world.fragment)).toMatchObject({ ok: true });
  page.operator.join('Mihai', 'en', world.open);
  return page;
}

async function bytesOf(device: Device, blob: string): Promise<Buffer> {
  const file = await device.open(blob);
  return Buffer.from((await file?.arrayBuffer()) ?? new ArrayBuffer(0));
}

describe('over a link', () => {
  it('brings a file to the expert, with its message, and says so', async () => {
    const world = await World.open();
    world.onKnock = 'admit';
    const expert = expertDevice(world);
    const { operator } = await join(world, fresh());
    await phase(operator, 'linked');
    const bytes = content(3 * CHUNK + 9);
    const [blob] = await operator.files.send([photo(bytes, '../C:\\evil\u202Egpj.exe')]);
    await until(async () => expect(await world.shelf()).toHaveLength(1));
    expect(await world.shelf()).toMatchObject([
      { blob, size: bytes.length, name: 'evilgpj.exe', type: 'image/jpeg', kind: 'file' },
    ]);
    await follow(world, expert);
    await until(() => expect(expert.states.get(blob!)).toMatchObject({ state: 'here' }));
    expect((await bytesOf(expert, blob!)).equals(Buffer.from(bytes))).toBe(true);
    await until(() =>
      expect(files(operator)).toMatchObject([{ blob, mine: true, delivery: 'delivered', state: 'here' }]),
    );
    expect(operator.snapshot().chat).toMatchObject([{ text: '', file: blob, mine: true }]);
  });

  it('fetches what the expert puts on the shelf, under a safe name and with its real type', async () => {
    const world = await World.open();
    world.onKnock = 'admit';
    const expert = expertDevice(world);
    const { operator } = await join(world, fresh());
    await phase(operator, 'linked');
    const bytes = content(CHUNK + 5);
    bytes.set([0x25, 0x50, 0x44, 0x46, 0x2d]);
    expert.do({ t: 'take', take: 't', file: new Blob([bytes]) });
    await until(() => expect(expert.taken.size).toBe(1));
    const { blob } = expert.taken.get('t')!;
    await world.publish({ blob, size: bytes.length, name: 'CON', type: 'text/html' });
    await follow(world, expert);
    await until(() => expect(files(operator)).toMatchObject([{ blob, mine: false, state: 'here' }]));
    expect(files(operator)[0]).toMatchObject({ name: '_CON', authorName: 'Ana', delivery: 'delivered' });
    const file = await operator.files.open(blob);
    expect(file).toMatchObject({ name: '_CON', type: 'application/pdf', size: bytes.length });
  });

  it('keeps the order in which files were chosen', async () => {
    const world = await World.open();
    world.onKnock = 'admit';
    const { operator } = await join(world, fresh());
    await phase(operator, 'linked');
    const sizes = [5 * CHUNK, 10, CHUNK];
    await operator.files.send(sizes.map((size, n) => photo(content(size, n), `${n}.jpg`)));
    await until(async () => expect(await world.shelf()).toHaveLength(3));
    expect((await world.shelf()).map(({ name }) => name)).toEqual(['0.jpg', '1.jpg', '2.jpg']);
  });

  it('takes a file back', async () => {
    const world = await World.open();
    world.onKnock = 'admit';
    const { operator } = await join(world, fresh());
    await phase(operator, 'linked');
    await operator.files.send([photo(content(100))]);
    await until(async () => expect(await world.shelf()).toHaveLength(1));
    await until(() => expect(files(operator)[0]?.id).toContain('@'));
    operator.files.act(files(operator)[0]!.id, 'cancel');
    await until(async () => expect(await world.shelf()).toEqual([]));
    await until(() => expect(files(operator)).toEqual([]));
  });
});

describe('taken back before it is on the shelf', () => {
  it('is never sent, also not after the connection comes', async () => {
    const world = await World.open();
    world.onKnock = 'admit';
    world.rendezvous.up = false;
    const { operator, store } = await join(world, fresh());
    await operator.files.send([photo(content(100))]);
    const { key } = operator.snapshot();
    expect(await store.outbox(key!)).toHaveLength(1);
    operator.files.act(files(operator)[0]!.id, 'cancel');
    await until(async () => expect(await store.outbox(key!)).toEqual([]));
    expect([files(operator), operator.snapshot().chat]).toEqual([[], []]);
    world.rendezvous.up = true;
    operator.retry();
    await phase(operator, 'linked');
    operator.say('after all');
    await until(async () => expect(await world.chat()).toEqual(['after all']));
    expect(await world.shelf()).toEqual([]);
  });

  it('leaves the shelf when it was signed meanwhile', async () => {
    const world = await World.open();
    world.onKnock = 'admit';
    const { operator } = await join(world, fresh());
    await phase(operator, 'linked');
    await operator.files.send([photo(content(100))]);
    const [file] = files(operator);
    expect(file?.id).not.toContain('@');
    operator.files.act(file!.id, 'cancel');
    expect(files(operator)).toEqual([]);
    await until(async () => expect(await world.chat()).toHaveLength(1));
    await until(async () => expect(await world.shelf()).toEqual([]));
    operator.say('sorry');
    await until(async () => expect(await world.chat()).toHaveLength(2));
    expect(await world.shelf()).toEqual([]);
    expect(files(operator)).toEqual([]);
  });
});

describe('above the organisation’s limit', () => {
  it('a file is not fetched, and says why', async () => {
    const world = await World.open();
    world.onKnock = 'admit';
    world.rendezvous.fileBytes = 1000;
    const { operator } = await join(world, fresh());
    await phase(operator, 'linked');
    await world.publish({ blob: '11'.repeat(32), size: 1001, name: 'film.mp4', type: 'video/mp4' });
    await until(() => expect(files(operator)).toMatchObject([{ state: 'refused', why: 'file-too-large' }]));
  });
});

describe('before anything is sent', () => {
  it('refuses what is empty or above the organisation’s limit, with a sentence', async () => {
    const world = await World.open();
    world.rendezvous.fileBytes = 1000;
    const { operator } = await join(world, fresh());
    await phase(operator, 'waiting');
    expect(await operator.files.send([photo(content(1001), 'big.jpg')])).toEqual([]);
    expect(operator.files.snapshot()).toMatchObject({
      maxBytes: 1000,
      files: [],
      problem: { id: 'file-too-large', name: 'big.jpg' },
    });
    await operator.files.send([photo(content(0), 'none.txt')]);
    expect(operator.files.snapshot().problem).toEqual({ id: 'file-empty', name: 'none.txt' });
    operator.files.dismiss();
    expect(operator.files.snapshot().problem).toBeNull();
  });
});

describe('while nobody is there', () => {
  it('stores a file sealed in the waiting room; the expert opens it after the page is gone', async () => {
    const world = await World.open();
    const { operator } = await join(world, fresh());
    await phase(operator, 'waiting');
    const [request] = world.knocks;
    const bytes = content(2 * CHUNK + 1234);
    const [blob] = await operator.files.send([photo(bytes)]);
    operator.say('and a word');
    await until(() => expect(files(operator)).toMatchObject([{ blob, delivery: 'stored' }]));
    const expert = expertDevice(world);
    const parts: Bytes[] = [];
    expect(await world.waitingItems(request!, (data) => parts.push(data))).toBe(2);
    expert.name(blob!, bytes.length);
    for (const data of parts) expert.do({ t: 'item', data });
    await until(() => expect(expert.states.get(blob!)).toMatchObject({ state: 'here' }));
    expect((await bytesOf(expert, blob!)).equals(Buffer.from(bytes))).toBe(true);
  });

  it('goes on after a reload at the item where it was, with the same bytes under each number', async () => {
    const world = await World.open();
    const kept = fresh();
    const { operator, store, kill } = await join(world, kept);
    await phase(operator, 'waiting');
    const [request] = world.knocks;
    const bytes = content(4 * CHUNK);
    const limit = { left: 12 };
    const put = vi.spyOn(world.rendezvous, 'mayPut').mockImplementation(() => (limit.left -= 1) >= 0);
    const [blob] = await operator.files.send([photo(bytes)]);
    await until(() => expect(limit.left).toBeLessThan(0));
    const { key } = operator.snapshot();
    const before = (await store.items(key!)).filter(({ part }) => part !== undefined);
    expect(before.filter(({ stored }) => stored).length).toBeGreaterThan(0);
    kill();
    put.mockRestore();
    const again = await world.page(store, kept);
    again.operator.resume(key!, 'en', world.open);
    await until(() => expect(files(again.operator)).toMatchObject([{ blob, delivery: 'stored' }]));
    const parts: string[] = [];
    await world.waitingItems(request!, (data) => {
      const read = decodeMessage(data);
      if (read.t === 'piece') parts.push(`${read.chunk}/${read.offset}`);
    });
    // Each once: nothing was sent under another number again.
    expect(new Set(parts).size).toBe(parts.length);
    expect(parts).toHaveLength(4 * 6);
  });

  it('tells that a file waits here when the room is full, and goes on talking', async () => {
    const world = await World.open();
    const { operator } = await join(world, fresh());
    await phase(operator, 'waiting');
    const [request] = world.knocks;
    world.rendezvous.room = 300_000;
    await operator.files.send([photo(content(4 * CHUNK))]);
    await until(() => expect(world.rendezvous.refused).toBeGreaterThan(0));
    operator.say('still here');
    await until(() =>
      expect(operator.snapshot().chat).toMatchObject([{}, { text: 'still here', delivery: 'stored' }]),
    );
    expect(files(operator)).toMatchObject([{ delivery: 'waiting' }]);
    expect(await world.waitingItems(request!)).toBe(2);
    // What is missing goes the short way as soon as there is one.
    const expert = expertDevice(world);
    await world.admit(request!);
    await phase(operator, 'linked');
    await until(async () => expect(await world.shelf()).toHaveLength(1));
    await follow(world, expert);
    await until(() => expect(files(operator)).toMatchObject([{ delivery: 'delivered' }]));
  });

  it('keeps a file over a reload that came before its message was written', async () => {
    const world = await World.open();
    const kept = fresh();
    const { operator, store, kill } = await join(world, kept);
    await phase(operator, 'waiting');
    world.rendezvous.up = false;
    world.rendezvous.cut();
    const [blob] = await operator.files.send([photo(content(CHUNK))]);
    expect(files(operator)).toMatchObject([{ blob, delivery: 'waiting' }]);
    const { key } = operator.snapshot();
    kill();
    world.rendezvous.up = true;
    const again = await world.page(store, kept);
    again.operator.resume(key!, 'en', world.open);
    await until(() => expect(files(again.operator)).toMatchObject([{ blob, delivery: 'stored' }]));
  });

  it('gives what was signed before a reload its place in the room', async () => {
    const world = await World.open();
    const kept = fresh();
    const { operator, store, kill } = await join(world, kept);
    await phase(operator, 'waiting');
    operator.say('before');
    await until(() => expect(operator.snapshot().chat).toMatchObject([{ delivery: 'stored' }]));
    const { key } = operator.snapshot();
    kill();
    // As if the page had ended between the signature and the item.
    const item = (await store.items(key!)).find(({ envelope }) => envelope !== '')!;
    await store.dropItem(key!, item.n);
    for (const { items } of world.rendezvous.slots.values()) items.delete(BigInt(item.n));
    const again = await world.page(store, kept);
    again.operator.resume(key!, 'en', world.open);
    await until(() => expect(again.operator.snapshot().chat).toMatchObject([{ delivery: 'stored' }]));
    expect(await world.waitingItems(world.knocks[0]!)).toBe(1);
  });
});

describe('a member whom nobody hears', () => {
  /** A member whose expert went away, with a mailbox. */
  async function away(world: World, kept: PageFiles): Promise<TestPage & { box: string }> {
    world.onKnock = 'admit';
    const page = await join(world, kept);
    await phase(page.operator, 'linked');
    const [first] = world.expert.chain;
    const genesis = (await decodeEntry(first!)).hash;
    const box = hex(await boxId(genesis, world.expert.sid));
    world.rendezvous.boxes.set(box, []);
    return { ...page, box };
  }

  /** What another member with the keys finds there. */
  async function contents(world: World, box: string): Promise<MailContent[]> {
    const id = fromHex(box);
    const mails = world.rendezvous.boxes.get(box) ?? [];
    const opened = await Promise.all(
      mails.map(({ name, label, bytes }) =>
        openMail(
          bytes,
          id,
          name,
          { kind: named(MAIL_KINDS, label.kind), epoch: label.epoch, audience: 'all' },
          world.expert.epochKey,
        ),
      ),
    );
    return opened.filter((content) => typeof content !== 'string');
  }

  it('leaves what it says and sends in the mailbox, sealed and once', async () => {
    const world = await World.open();
    const kept = fresh();
    const { operator, store, box, kill } = await away(world, kept);
    world.vanish();
    await until(() => expect(['reconnecting', 'away']).toContain(operator.snapshot().phase));
    const bytes = content(2 * CHUNK + 77);
    const [blob] = await operator.files.send([photo(bytes)]);
    operator.say('are you there?');
    await until(() => expect(files(operator)).toMatchObject([{ blob, delivery: 'stored' }]));
    await until(() =>
      expect(operator.snapshot().chat).toMatchObject([{ file: blob }, { delivery: 'stored' }]),
    );
    const left = await contents(world, box);
    expect(left.filter(({ kind }) => kind === 'envelope')).toHaveLength(2);
    expect(left.filter(({ kind }) => kind === 'chunk')).toHaveLength(3);
    const expert = expertDevice(world);
    expert.name(blob!, bytes.length);
    for (const part of left) if (part.kind === 'blob-message') expert.do({ t: 'item', data: part.bytes });
    for (const part of left) {
      if (part.kind !== 'chunk') continue;
      for (const piece of cutIntoPieces({ blob: blob!, chunk: part.index, from: 0 }, part.bytes, 40_000)) {
        expert.do({ t: 'item', data: piece });
      }
    }
    await until(() => expect(expert.states.get(blob!)).toMatchObject({ state: 'here' }));
    expect((await bytesOf(expert, blob!)).equals(Buffer.from(bytes))).toBe(true);
    // After a reload it is known by its name: nothing is left a second time.
    const { key } = operator.snapshot();
    kill();
    const again = await world.page(store, kept);
    again.operator.resume(key!, 'en', world.open);
    await until(() => expect(files(again.operator)).toMatchObject([{ blob, delivery: 'stored' }]));
    expect(await contents(world, box)).toHaveLength(left.length);
  });

  it('reads what another left while it was gone, and takes nothing that was altered', async () => {
    const world = await World.open();
    const kept = fresh();
    const { operator, store, box, kill } = await away(world, kept);
    const { key } = operator.snapshot();
    kill();
    world.vanish();
    const bytes = content(CHUNK + 3);
    const other = new Device();
    experts.push(other);
    other.do({ t: 'take', take: 't', file: new Blob([bytes]) });
    await until(() => expect(other.taken.size).toBe(1));
    const { blob } = other.taken.get('t')!;
    const id = fromHex(box);
    const { epoch, epochKey, slot } = world.expert;
    const put = async (name: Bytes, content: MailContent, damage = false): Promise<void> => {
      const sealed = await sealMail(content, id, epoch, 'all', epochKey);
      if (typeof sealed === 'string') throw new Error(sealed);
      if (damage) sealed[40] = (sealed[40] ?? 0) ^ 1;
      const mails = world.rendezvous.boxes.get(box)!;
      const label = { kind: MAIL_KINDS[mailKind(content)], epoch, audience: AUDIENCES.all };
      const number = BigInt(mails.length + 1);
      mails.push({ name, label, bytes: sealed, number, whole: true, writer: slot.publicKey });
    };
    const envelopes = await world.envelopesOf(async () => {
      await world.publish({ blob, size: bytes.length, name: 'plan.pdf', type: 'application/pdf' });
      await world.say('see the plan');
    });
    expect(envelopes).toHaveLength(2);
    for (const [n, envelope] of envelopes.entries()) {
      await put(random(16), { kind: 'envelope', bytes: envelope }, true);
      await put(random(16), { kind: 'envelope', bytes: envelope });
      if (n === 0) await put(random(16), { kind: 'envelope', bytes: envelope });
    }
    other.name(blob, bytes.length);
    const manifest = await other.part(blob, { hashes: 0 });
    await put(await manifestName(epochKey, fromHex(blob), 0), { kind: 'blob-message', bytes: manifest! });
    for (const [index, from] of [0, CHUNK].entries()) {
      const chunk = bytes.slice(from, from + CHUNK);
      const name = await chunkName(epochKey, fromHex(blob), index);
      await put(name, { kind: 'chunk', blob: fromHex(blob), index, bytes: chunk });
    }
    const again = await world.page(store, kept);
    again.operator.resume(key!, 'en', world.open);
    await until(() =>
      expect(files(again.operator)).toMatchObject([{ blob, name: 'plan.pdf', state: 'here' }]),
    );
    await until(() => expect(again.operator.snapshot().chat.at(-1)).toMatchObject({ text: 'see the plan' }));
    const file = await again.operator.files.open(blob);
    expect(Buffer.from(await file!.arrayBuffer()).equals(Buffer.from(bytes))).toBe(true);
  });
});

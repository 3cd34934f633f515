/** Two devices with their blobs, and everything that can go wrong between them. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fromHex, type Bytes } from '../../src/seal/bytes.ts';
import { FILE_BYTES } from '../../src/seal/limits.ts';
import { AUTO_FETCH, CHUNK, HASHES, PIECE } from '../../src/blob/limits.ts';
import { PIECE_HEAD, decodeMessage, encodeMessage } from '../../src/blob/message.ts';
import { Device, connect, content, idOf } from './pair.ts';

const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 5 });
const devices: Device[] = [];
vi.setConfig({ testTimeout: 30_000 });

function device(...parts: ConstructorParameters<typeof Device>): Device {
  const made = new Device(...parts);
  devices.push(made);
  return made;
}

afterEach(() => {
  for (const made of devices.splice(0)) made.do({ t: 'stop' });
});

/** A device that sent a file of these bytes. */
async function sender(bytes: Bytes): Promise<{ from: Device; blob: string }> {
  const from = device();
  from.do({ t: 'take', take: 't', file: new Blob([bytes]) });
  await until(() => expect(from.taken.has('t')).toBe(true));
  const blob = from.taken.get('t')!.blob;
  from.name(blob, bytes.length);
  return { from, blob };
}

const state = (of: Device, blob: string) => of.states.get(blob)?.state;
const same = async (of: Device, blob: string, bytes: Bytes) => {
  const file = await of.open(blob);
  expect(file?.size).toBe(bytes.length);
  expect(Buffer.compare(Buffer.from(await file!.arrayBuffer()), Buffer.from(bytes))).toBe(0);
};

describe('taking', () => {
  it('keeps a copy and finds the id that the chunks give', async () => {
    const bytes = content(2 * CHUNK + 77);
    const { from, blob } = await sender(bytes);
    expect(blob).toBe(await idOf(bytes));
    expect(from.taken.get('t')).toMatchObject({ kept: true });
    await same(from, blob, bytes);
    from.restart();
    await until(() => expect(state(from, blob)).toBe('here'));
    await same(from, blob, bytes);
  });

  it('refuses an empty file, and one that can not be read', async () => {
    const from = device();
    from.do({ t: 'take', take: 'empty', file: new Blob([]) });
    const broken = Object.assign(new Blob(['x'.repeat(10)]), {
      slice: () => ({ arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotReadableError')) }),
    });
    from.do({ t: 'take', take: 'broken', file: broken });
    await until(() => expect(from.failed.size).toBe(2));
    expect(Object.fromEntries(from.failed)).toEqual({ empty: 'file-empty', broken: 'file-unreadable' });
    expect(await from.contents.names('')).toEqual([]);
  });

  it('sends from where a file lies when a copy does not fit, and leaves no half copy', async () => {
    const bytes = content(3 * CHUNK);
    const from = device();
    // The browser promises more than there is.
    from.contents.room = 2 * CHUNK;
    from.do({ t: 'take', take: 't', file: new Blob([bytes]) });
    await until(() => expect(from.taken.get('t')).toMatchObject({ kept: false }));
    expect(await from.contents.names('')).toEqual([]);
    const { blob } = from.taken.get('t')!;
    expect(from.states.get(blob)).toMatchObject({ state: 'here', kept: false });
    from.name(blob, bytes.length);
    const to = device();
    to.name(blob, bytes.length);
    connect(from, to);
    await until(() => expect(state(to, blob)).toBe('here'));
    await same(to, blob, bytes);
  });

  it('does not begin a copy that can not fit', async () => {
    const from = device();
    from.free = CHUNK;
    const writer = vi.spyOn(from.contents, 'writer');
    from.do({ t: 'take', take: 't', file: new Blob([content(2 * CHUNK)]) });
    await until(() => expect(from.taken.get('t')).toMatchObject({ kept: false }));
    expect(writer).not.toHaveBeenCalled();
  });

  it('stops when the person takes it back', async () => {
    const from = device();
    from.do({ t: 'take', take: 't', file: new Blob([content(8 * CHUNK)]) });
    from.do({ t: 'drop-take', take: 't' });
    await until(async () => expect(await from.contents.names('')).toEqual([]));
    expect(from.taken.size).toBe(0);
  });
});

describe('fetching', () => {
  it('brings a file over in order and tells both sides', async () => {
    const bytes = content(20 * CHUNK + 1);
    const { from, blob } = await sender(bytes);
    const to = device();
    to.name(blob, bytes.length);
    connect(from, to);
    await until(() => expect(state(to, blob)).toBe('here'));
    await same(to, blob, bytes);
    await until(() => expect(from.states.get(blob)).toMatchObject({ delivered: true, sent: bytes.length }));
    from.restart();
    await until(() => expect(from.states.get(blob)).toMatchObject({ delivered: true }));
  });

  it('goes on after a kill in the middle with at most a chunk sent again', async () => {
    const bytes = content(24 * CHUNK);
    const { from, blob } = await sender(bytes);
    const to = device();
    to.name(blob, bytes.length);
    const sent = { first: 0, second: 0 };
    // Cut in the middle of a chunk, without a word.
    const link = connect(from, to, (message, toB) => {
      if (toB && message[0] === 4) sent.first += message.length - PIECE_HEAD;
      return sent.first > 13.5 * CHUNK ? null : message;
    });
    await until(() => expect(sent.first).toBeGreaterThan(13.5 * CHUNK));
    await new Promise((done) => setTimeout(done, 100));
    to.restart();
    link.cut();
    to.name(blob, bytes.length);
    connect(from, to, (message, toB) => {
      if (toB && message[0] === 4) sent.second += message.length - PIECE_HEAD;
      return message;
    });
    await until(() => expect(state(to, blob)).toBe('here'));
    await same(to, blob, bytes);
    expect(sent.second).toBeLessThanOrEqual(bytes.length - 13 * CHUNK);
  });

  it('goes on within a chunk when only the link was lost', async () => {
    const bytes = content(CHUNK);
    const { from, blob } = await sender(bytes);
    const to = device();
    to.name(blob, bytes.length);
    let pieces = 0;
    const first = connect(from, to, (message, toB) =>
      toB && message[0] === 4 && (pieces += 1) > 2 ? null : message,
    );
    await until(() => expect(pieces).toBeGreaterThan(2));
    first.cut();
    const gets: number[] = [];
    connect(from, to, (message, toB) => {
      const read = decodeMessage(message);
      if (!toB && read.t === 'get') gets.push(read.from);
      return message;
    });
    await until(() => expect(state(to, blob)).toBe('here'));
    expect(gets).toHaveLength(1);
    expect(gets[0]).toBeGreaterThan(0);
    await same(to, blob, bytes);
  });

  it('never takes a chunk that is not what the manifest says, and goes elsewhere', async () => {
    const bytes = content(3 * CHUNK);
    const { from, blob } = await sender(bytes);
    const honest = device();
    honest.do({ t: 'take', take: 't', file: new Blob([bytes]) });
    await until(() => expect(honest.taken.size).toBe(1));
    const to = device();
    to.name(blob, bytes.length);
    let lies = 0;
    connect(from, to, (message, toB) => {
      if (!toB || message[0] !== 4) return message;
      lies += 1;
      const lie = message.slice();
      lie[60] = (lie[60] ?? 0) ^ 1;
      return lie;
    });
    await until(() => expect(lies).toBeGreaterThan(12));
    await new Promise((done) => setTimeout(done, 100));
    expect(state(to, blob)).not.toBe('here');
    const settled = lies;
    await new Promise((done) => setTimeout(done, 100));
    // It is not asked for ever.
    expect(lies).toBe(settled);
    honest.name(blob, bytes.length);
    connect(honest, to);
    await until(() => expect(state(to, blob)).toBe('here'));
    await same(to, blob, bytes);
  });

  it('refuses a document that gives a blob another size', async () => {
    const bytes = content(CHUNK + 5);
    const { from, blob } = await sender(bytes);
    const to = device();
    to.name(blob, bytes.length + 1);
    connect(from, to);
    await until(() => expect(to.states.get(blob)).toMatchObject({ state: 'refused', why: 'file-wrong' }));
  });

  it('refuses a manifest that is not the blob’s', async () => {
    const bytes = content(CHUNK + 5);
    const { from, blob } = await sender(bytes);
    const to = device();
    to.name(blob, bytes.length);
    let parts = 0;
    connect(from, to, (message, toB) => {
      if (!toB || message[0] !== 2) return message;
      parts += 1;
      return message.map((byte, at) => (at === 60 ? byte ^ 1 : byte));
    });
    await until(() => expect(parts).toBeGreaterThanOrEqual(3));
    await until(() => expect(state(to, blob)).toBe('waiting'));
    expect(parts).toBe(3);
  });

  it('serves nothing that no document names', async () => {
    const bytes = content(100);
    const { from, blob } = await sender(bytes);
    from.do({ t: 'named', blobs: [] });
    const answers: string[] = [];
    from.onSend = (_link, message) => {
      const read = decodeMessage(message);
      answers.push(read.t === 'refused' ? read.why : read.t);
    };
    from.do({ t: 'link-up', link: 900 });
    from.do({ t: 'link-data', link: 900, data: encodeMessage({ t: 'ask', blob }) });
    from.do({ t: 'link-data', link: 900, data: encodeMessage({ t: 'get', blob, chunk: 0, from: 0 }) });
    await until(() => expect(answers).toEqual(['unknown', 'unknown']));
  });

  it('says little to who asks for ever and reads nothing, and serves it when it reads again', async () => {
    const bytes = content(40 * CHUNK);
    const { from, blob } = await sender(bytes);
    const most = 11 * CHUNK;
    from.do({ t: 'link-up', link: 900 });
    for (let n = 0; n < 100_000; n++) {
      const other = n.toString(16).padStart(64, '0');
      from.do({ t: 'link-data', link: 900, data: encodeMessage({ t: 'ask', blob: other }) });
      from.do({ t: 'link-data', link: 900, data: encodeMessage({ t: 'ask', blob }) });
    }
    for (let chunk = 0; chunk < 40; chunk++) {
      from.do({ t: 'link-data', link: 900, data: encodeMessage({ t: 'get', blob, chunk, from: 0 }) });
    }
    await from.blobs.idle();
    await until(() => expect(from.sentBytes).toBeGreaterThan(0));
    expect(from.sentBytes).toBeLessThan(most);
    const sent = from.sentBytes;
    let came = 0;
    from.onSend = (link, message) => {
      if (decodeMessage(message).t === 'piece') came += message.length;
      from.do({ t: 'link-took', link, bytes: message.length });
    };
    from.do({ t: 'link-took', link: 900, bytes: sent });
    await until(() => expect(came).toBeGreaterThan(16 * CHUNK));
  });

  it('passes over what is no message, and what asks beyond the end', async () => {
    const bytes = content(100);
    const { from, blob } = await sender(bytes);
    const answers: string[] = [];
    from.onSend = (_link, message) => answers.push(decodeMessage(message).t);
    from.do({ t: 'link-up', link: 901 });
    for (const text of ['', '08', '04' + blob, '03' + blob + '00000000' + 'ffffffff']) {
      from.do({ t: 'link-data', link: 901, data: fromHex(text) });
    }
    from.do({ t: 'link-data', link: 901, data: encodeMessage({ t: 'get', blob, chunk: 7, from: 0 }) });
    from.do({ t: 'link-data', link: 901, data: encodeMessage({ t: 'get', blob, chunk: 0, from: 99 }) });
    await until(() => expect(answers).toEqual(['have', 'refused', 'piece']));
  });

  it('keeps nothing in mind for a file above the organisation’s limit', async () => {
    const to = device();
    const blob = '11'.repeat(32);
    to.name(blob, FILE_BYTES + 1);
    to.do({ t: 'act', blob, act: 'fetch' });
    to.do({ t: 'link-up', link: 901 });
    const hashes = new Uint8Array(HASHES * 32);
    const part = encodeMessage({ t: 'hashes', blob, size: FILE_BYTES + 1, first: 0, hashes });
    to.do({ t: 'link-data', link: 901, data: part });
    const other = '22'.repeat(32);
    to.do({
      t: 'named',
      blobs: [
        { blob, size: FILE_BYTES + 1, eager: true },
        { blob: other, size: 1, eager: true },
      ],
    });
    await until(() => expect(state(to, other)).toBe('arriving'));
    expect(state(to, blob)).toBeUndefined();
    to.do({ t: 'limit', bytes: FILE_BYTES + 1 });
    await until(() => expect(state(to, blob)).toBe('offered'));
  });

  it('waits for the person with a large file', async () => {
    const to = device();
    const blob = '11'.repeat(32);
    to.name(blob, AUTO_FETCH + 1);
    await until(() => expect(state(to, blob)).toBe('offered'));
    to.do({ t: 'act', blob, act: 'fetch' });
    await until(() => expect(state(to, blob)).toBe('waiting'));
  });

  it('fetches pages of a document when they are opened', async () => {
    const bytes = content(1000);
    const { from, blob } = await sender(bytes);
    const to = device();
    to.name(blob, bytes.length, false);
    connect(from, to);
    await until(() => expect(state(to, blob)).toBe('offered'));
    expect(await to.open(blob)).toBeNull();
    await until(() => expect(state(to, blob)).toBe('here'));
  });

  it('pauses, resumes and cancels', async () => {
    const bytes = content(40 * CHUNK);
    const { from, blob } = await sender(bytes);
    const to = device();
    to.name(blob, bytes.length);
    let passed = 0;
    connect(from, to, (message, toB) => {
      const before = passed;
      if (toB && message[0] === 4) passed += message.length;
      const half = 20 * CHUNK;
      if (before < half && passed >= half) to.do({ t: 'act', blob, act: 'pause' });
      return message;
    });
    await until(() => expect(state(to, blob)).toBe('paused'));
    await new Promise((done) => setTimeout(done, 50));
    const { have } = to.states.get(blob)!;
    expect(have).toBeLessThan(bytes.length);
    to.do({ t: 'act', blob, act: 'resume' });
    await until(() => expect(state(to, blob)).toBe('here'));
    await same(to, blob, bytes);
    to.do({ t: 'act', blob, act: 'cancel' });
    await until(() => expect(state(to, blob)).toBe('offered'));
    expect(await to.contents.names('')).toEqual([]);
  });

  it('says that the disk is full, and goes on when there is room', async () => {
    const bytes = content(6 * CHUNK);
    const { from, blob } = await sender(bytes);
    const to = device();
    to.contents.room = 2 * CHUNK;
    to.name(blob, bytes.length);
    connect(from, to);
    await until(() => expect(to.states.get(blob)).toMatchObject({ state: 'refused', why: 'file-disk-full' }));
    expect(await to.open(blob)).toBeNull();
    to.contents.room = 10 * CHUNK;
    to.do({ t: 'act', blob, act: 'fetch' });
    await until(() => expect(state(to, blob)).toBe('here'));
    await same(to, blob, bytes);
  });

  it('makes room by giving up what others have too', async () => {
    const one = content(3 * CHUNK, 1);
    const two = content(3 * CHUNK, 2);
    const { from, blob: first } = await sender(one);
    from.do({ t: 'take', take: 'two', file: new Blob([two]) });
    await until(() => expect(from.taken.size).toBe(2));
    const second = from.taken.get('two')!.blob;
    const named = (blobs: readonly string[]) => ({
      t: 'named' as const,
      blobs: blobs.map((blob) => ({ blob, size: 3 * CHUNK, eager: true })),
    });
    from.do(named([first, second]));
    const to = device();
    to.contents.room = 4 * CHUNK;
    to.do(named([first]));
    connect(from, to);
    await until(() => expect(state(to, first)).toBe('here'));
    to.do(named([first, second]));
    await until(() => expect(state(to, second)).toBe('here'));
    expect(state(to, first)).toBe('offered');
    await same(to, second, two);
  });
});

describe('waiting room and mailbox', () => {
  it('gives parts that make the blob elsewhere, also when they are ahead of their document', async () => {
    const bytes = content(2 * CHUNK + 100);
    const { from, blob } = await sender(bytes);
    const to = device();
    const parts = [await from.part(blob, { hashes: 0 })];
    for (let chunk = 0; chunk < 3; chunk++) {
      for (let at = 0; at < Math.min(CHUNK, bytes.length - chunk * CHUNK); at += PIECE) {
        parts.push(await from.part(blob, { chunk, from: at }));
      }
    }
    for (const data of parts) to.do({ t: 'item', data: data! });
    to.name(blob, bytes.length);
    await until(() => expect(state(to, blob)).toBe('here'));
    await same(to, blob, bytes);
    expect(await from.part(blob, { chunk: 3, from: 0 })).toBeNull();
    expect(await from.part('00'.repeat(32), { hashes: 0 })).toBeNull();
  });
});

describe('forgetting', () => {
  it('leaves nothing of a session, and nothing that was never finished', async () => {
    const bytes = content(CHUNK);
    const { from, blob } = await sender(bytes);
    await (await from.contents.writer('s.orphan')).write(0, content(10));
    await (await from.contents.writer('other.orphan')).write(0, content(10));
    from.restart();
    await until(() => expect(state(from, blob)).toBe('here'));
    await until(async () => expect(await from.contents.names('s.')).toHaveLength(1));
    expect(await from.contents.names('other.')).toHaveLength(1);
    from.do({ t: 'forget', session: 's' });
    await until(async () => expect(await from.contents.names('s.')).toEqual([]));
    expect(await from.rows.of('s')).toEqual([]);
  });
});

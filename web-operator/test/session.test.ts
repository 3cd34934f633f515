/** Whole sessions of a page against an expert and a rendezvous in memory. */
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { hex } from '../src/seal/bytes.ts';
import { newSignKey } from '../src/seal/ed25519.ts';
import type { Operator, Phase } from '../src/session/facade.ts';
import { decodeLive, encodeLive } from '../src/session/live.ts';
import type { LiveIn } from '../src/session/show.ts';
import type { Store } from '../src/store/store.ts';
import { automerge } from './support/automerge.ts';
import { World } from './support/world.ts';

beforeAll(() => automerge);
// Sessions have waits of seconds in them, and a busy machine takes its time.
vi.setConfig({ testTimeout: 30_000 });

const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 10 });
const phase = (operator: Operator, wanted: Phase) =>
  until(() => expect(operator.snapshot()).toMatchObject({ phase: wanted }));
const texts = (operator: Operator) => operator.snapshot().chat.map(({ text }) => text);

async function joined(world: World, store?: Store): Promise<{ operator: Operator; store: Store }> {
  const page = await world.page(store);
  expect(await page.operator.openLink(world.fragment)).toMatchObject({ ok: true });
  page.operator.join('Mihai', 'en', world.open);
  return page;
}

async function linked(world: World): Promise<{ operator: Operator; store: Store }> {
  world.onKnock = 'admit';
  const page = await joined(world);
  await phase(page.operator, 'linked');
  return page;
}

describe('joining', () => {
  it('uses no network before the tap', async () => {
    const world = await World.open();
    const { operator } = await world.page();
    await operator.openLink(world.fragment);
    operator.preload();
    expect(operator.snapshot()).toMatchObject({ phase: 'idle', rendezvous: 'off' });
    expect(world.knocks).toHaveLength(0);
  });

  it('waits with words and chat, is admitted, and is linked with everything said before', async () => {
    const world = await World.open();
    const { operator } = await joined(world);
    await phase(operator, 'waiting');
    const [request] = world.knocks;
    if (request === undefined) throw new Error('no knock');
    await until(() => expect(operator.snapshot().words).toHaveLength(4));
    expect(operator.snapshot()).toMatchObject({ expertName: 'Ana', myName: 'Mihai' });
    expect(request.body.name).toBe('Mihai');

    expect(operator.say('hello 👋')).toBe(true);
    expect(texts(operator)).toEqual(['hello 👋']);
    await until(() => expect(operator.snapshot().chat[0]).toMatchObject({ delivery: 'stored' }));
    expect(await world.waitingItems(request)).toBe(1);

    await world.admit(request);
    await phase(operator, 'linked');
    expect(operator.snapshot()).toMatchObject({ verified: true, error: null });
    expect(operator.snapshot().people.map(({ name, role, here }) => [name, role, here])).toEqual([
      ['Ana', 'lead', true],
      ['Mihai', 'operator', true],
    ]);
    operator.say('and now');
    await world.say('I can see you');
    await until(() =>
      expect(texts(operator)).toEqual(expect.arrayContaining(['hello 👋', 'and now', 'I can see you'])),
    );
    await until(async () =>
      expect(await world.chat()).toEqual(expect.arrayContaining(['hello 👋', 'and now'])),
    );
    await until(() =>
      expect(operator.snapshot().chat.every(({ delivery }) => delivery === 'delivered')).toBe(true),
    );
  });

  it('tells a refused knock', async () => {
    const world = await World.open();
    world.onKnock = 'refuse';
    const { operator } = await joined(world);
    await phase(operator, 'refused');
    expect(operator.snapshot().error).toBe('knock-refused');
  });

  it('finds nobody, keeps what is said, and goes on when the expert comes', async () => {
    const world = await World.open();
    world.vanish();
    const { operator } = await joined(world);
    await phase(operator, 'away');
    operator.say('anybody there?');
    await until(() => expect(operator.snapshot().chat[0]).toMatchObject({ delivery: 'stored' }));
    world.wireCut = false;
    world.onKnock = 'admit';
    world.arrive();
    operator.retry();
    await phase(operator, 'linked');
    await until(async () => expect(await world.chat()).toEqual(['anybody there?']));
  });

  it('is admitted without an answer and calls', async () => {
    const world = await World.open();
    const { operator } = await joined(world);
    await phase(operator, 'waiting');
    await world.admit(world.knocks[0]!, false);
    await phase(operator, 'linked');
    expect(world.calls).toHaveLength(1);
  });

  it('goes on once the rendezvous is back', async () => {
    const world = await World.open();
    world.rendezvous.up = false;
    world.onKnock = 'admit';
    const { operator } = await joined(world);
    await until(() =>
      expect(operator.snapshot()).toMatchObject({ error: 'rendezvous-down', rendezvous: 'offline' }),
    );
    world.rendezvous.up = true;
    await phase(operator, 'linked');
    expect(operator.snapshot().error).toBeNull();
  });
});

describe('links that are no good', () => {
  it.each([
    ['#abc', 'link-cut'],
    ['#AAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'link-wrong'],
    ['#not a link at all, really', 'link-wrong'],
  ])('%s', async (fragment, error) => {
    const world = await World.open();
    expect(await (await world.page()).operator.openLink(fragment)).toEqual({ ok: false, error });
  });

  it('an unknown, a forged and an older record', async () => {
    const world = await World.open();
    const { secrets, record, sealed } = world.invite;
    const key = hex(secrets.inviteId);
    world.rendezvous.records.delete(key);
    const page = await joined(world);
    await phase(page.operator, 'refused');
    expect(page.operator.snapshot().error).toBe('link-unknown');

    const stranger = await newSignKey();
    const forged = await world.expert.sealRecord(secrets, record, stranger);
    world.rendezvous.records.set(key, { version: 9n, record: forged });
    page.operator.retry();
    await until(() => expect(page.operator.snapshot().error).toBe('record-forged'));

    const newer = await world.expert.sealRecord(secrets, { ...record, version: 5n });
    world.rendezvous.records.set(key, { version: 5n, record: newer });
    world.onKnock = 'refuse';
    page.operator.retry();
    await until(() => expect(page.operator.snapshot().error).toBe('knock-refused'));
    world.rendezvous.records.set(key, { version: 1n, record: sealed });
    page.operator.retry();
    await until(() => expect(page.operator.snapshot().error).toBe('record-older'));
  });
});

describe('a record', () => {
  it('is kept before anybody acts on it: a page closed meanwhile would take an older one', async () => {
    const world = await World.open();
    const { store } = await world.page();
    const keep = store.putSession.bind(store);
    const knocksWhenKept: number[] = [];
    store.putSession = async (row) => {
      if (row.record !== null && row.knock === null) {
        await new Promise((done) => setTimeout(done, 200));
        knocksWhenKept.push(world.knocks.length);
      }
      await keep(row);
    };
    const { operator } = await joined(world, store);
    await phase(operator, 'waiting');
    expect(knocksWhenKept).toEqual([0]);
  });
});

describe('coming back', () => {
  it('resends the same knock after a reload before admission', async () => {
    const world = await World.open();
    const first = await joined(world);
    await phase(first.operator, 'waiting');
    first.operator.say('still me');
    await until(() => expect(first.operator.snapshot().chat[0]).toMatchObject({ delivery: 'stored' }));
    const numbers = first.operator.snapshot().numbers;

    const { operator } = await world.page(first.store);
    const [session] = await operator.savedSessions();
    expect(session).toMatchObject({ state: 'knocked', expertName: 'Ana', myName: 'Mihai' });
    operator.resume(session!.key, 'en', world.open);
    await phase(operator, 'waiting');
    await until(() => expect(texts(operator)).toEqual(['still me']));
    expect(world.knocks).toHaveLength(1);
    expect(operator.snapshot().numbers).toBe(numbers);
    await world.admit(world.knocks[0]!);
    await phase(operator, 'linked');
  });

  it('calls after a reload as a member, with history and as the same person', async () => {
    const world = await World.open();
    const first = await linked(world);
    first.operator.say('one');
    await until(() => expect(first.operator.snapshot().chat[0]).toMatchObject({ delivery: 'delivered' }));

    const { operator } = await world.page(first.store);
    const [session] = await operator.savedSessions();
    operator.resume(session!.key, 'en', world.open);
    await phase(operator, 'linked');
    await until(() => expect(texts(operator)).toEqual(['one']));
    expect(operator.snapshot().chat[0]).toMatchObject({ mine: true, delivery: 'delivered' });
    expect(world.knocks).toHaveLength(1);
    expect(world.calls[0]?.body.peerKey).toEqual(world.knocks[0]?.body.peerKey);
    operator.say('two');
    await until(async () => expect(await world.chat()).toEqual(['one', 'two']));
  });

  it('tells a lost link within two seconds and calls again', async () => {
    const world = await World.open();
    const { operator } = await linked(world);
    world.wireCut = true;
    const cut = Date.now();
    await phase(operator, 'reconnecting');
    expect(Date.now() - cut).toBeLessThan(2200);
    world.wireCut = false;
    await phase(operator, 'linked');
  });

  it('an expert that is gone is away, and back when it is back', async () => {
    const world = await World.open();
    const { operator } = await linked(world);
    world.vanish();
    await phase(operator, 'away');
    operator.say('for later');
    expect(operator.snapshot().chat[0]).toMatchObject({ delivery: 'waiting' });
    world.wireCut = false;
    world.arrive();
    operator.retry();
    await phase(operator, 'linked');
    await until(async () => expect(await world.chat()).toEqual(['for later']));
  });

  it('a member that was removed is told so', async () => {
    const world = await World.open();
    const { operator } = await linked(world);
    await world.expert.remove(world.knocks[0]!.body.peerKey);
    await world.inDocs((docs) => docs.adoptRoster(world.expert.chain));
    await phase(operator, 'ended');
    expect(operator.snapshot().error).toBe('removed');
  });
});

describe('somebody in between', () => {
  it('a reply that the expert did not sign is dropped', async () => {
    const world = await World.open();
    world.onKnock = 'silent';
    const { operator } = await joined(world);
    await until(() => expect(world.knocks).toHaveLength(1));
    await world.reply(world.knocks[0]!, { kind: 'refused', reason: 'by-expert' }, await newSignKey());
    await world.reply(world.knocks[0]!, { kind: 'waiting' });
    await phase(operator, 'waiting');
  });

  it('an admission with a roster of another session proves nothing', async () => {
    const world = await World.open();
    const other = await World.open();
    const { operator } = await joined(world);
    await phase(operator, 'waiting');
    await other.expert.admit(world.knocks[0]!);
    await world.reply(world.knocks[0]!, { kind: 'admitted', chain: other.expert.chain, answer: null });
    await until(() => expect(operator.snapshot().error).toBe('expert-unproved'));
    expect(operator.snapshot().phase).toBe('waiting');
  });

  it('another fingerprint in the hello ends the link unproved', async () => {
    const world = await World.open();
    const { operator } = await joined(world);
    await phase(operator, 'waiting');
    const [request] = world.knocks;
    world.helloing = false;
    await world.admit(request!);
    await until(() => expect(world.linkList[0]?.proved).toBe(true));
    const [link] = world.linkList;
    const { makeHello } = await import('../src/seal/hello.ts');
    const forged = await makeHello(world.expert.peer, {
      sid: world.expert.sid,
      id: request!.id,
      side: 'answerer',
      own: new Uint8Array(32),
      remote: link!.helloOf.operatorPrint,
    });
    link!.sendControl(forged);
    await until(() => expect(operator.snapshot().error).toBe('link-unproved'));
    expect(operator.snapshot().verified).toBe(false);
  });
});

describe('saying', () => {
  it('refuses nothing and too much', async () => {
    const world = await World.open();
    const { operator } = await joined(world);
    await phase(operator, 'waiting');
    expect(operator.say('   ')).toBe(false);
    expect(operator.say('x'.repeat(8001))).toBe(false);
    expect(operator.snapshot().error).toBe('text-too-long');
    expect(operator.say('fine')).toBe(true);
    expect(operator.snapshot().error).toBeNull();
  });

  it('nothing readable passes the rendezvous', async () => {
    const world = await World.open();
    const { operator } = await linked(world);
    operator.say('a very secret sentence');
    await until(async () => expect(await world.chat()).toHaveLength(1));
    const passed = world.rendezvous.seen.map(hex).join();
    for (const word of ['a very secret sentence', 'Mihai', 'candidate:', 'fingerprint']) {
      expect(passed).not.toContain(hex(new TextEncoder().encode(word)));
    }
    expect(passed).not.toContain(hex(world.knocks[0]!.body.peerKey));
  });
});

describe('leaving', () => {
  it('says bye, keeps the history, and goes back in as the same member', async () => {
    const world = await World.open();
    const { operator } = await linked(world);
    operator.say('one');
    await until(() => expect(operator.snapshot().chat[0]).toMatchObject({ delivery: 'delivered' }));
    const { key } = operator.snapshot();
    operator.leave();
    await phase(operator, 'ended');
    await until(() => expect(world.linkList[0]?.control.at(-1)).toEqual({ t: 'bye', why: 'left' }));
    operator.resume(key!, 'en', world.open);
    await phase(operator, 'linked');
    await until(() => expect(texts(operator)).toEqual(['one']));
    expect(world.knocks).toHaveLength(1);
  });

  it('another link in the same page is another session', async () => {
    const world = await World.open();
    const other = await World.open();
    world.onKnock = 'admit';
    const { operator } = await linked(world);
    // Both experts are reached by the same switchboard here.
    for (const [id, record] of other.rendezvous.records) world.rendezvous.records.set(id, record);
    await operator.openLink(other.fragment);
    expect(operator.snapshot()).toMatchObject({ phase: 'idle', chat: [] });
    operator.join('Mihai', 'en', world.open);
    await phase(operator, 'away');
    expect((await operator.savedSessions()).map(({ state }) => state).sort()).toEqual(['knocked', 'member']);
  });
});

describe('what is live', () => {
  const board = '07'.repeat(16);
  const point = (seq: number) =>
    encodeLive({ t: 'pointer', seq, target: { on: 'board', board }, x: seq, y: 2, act: 'move' });

  it('goes both ways over a proved link, and an expert leads the eyes', async () => {
    const world = await World.open();
    const { operator } = await linked(world);
    const [link] = world.linkList;
    if (link === undefined) throw new Error('no link');
    const heard: LiveIn[] = [];
    operator.show.onLive((live) => heard.push(live));
    link.toOperator('live', point(1));
    await until(() => expect(heard).toMatchObject([{ t: 'pointer', name: 'Ana', x: 1 }]));
    operator.show.point({ target: { on: 'board', board }, x: 9, y: 9, act: 'click' });
    await until(() =>
      expect(link.live.map(decodeLive)).toMatchObject([{ t: 'pointer', x: 9, act: 'click' }]),
    );

    link.sendControl({ t: 'look', look: { look: 'board', board } });
    link.sendControl({ t: 'photo' });
    await until(() =>
      expect(operator.show.snapshot()).toMatchObject({
        look: { look: 'board', board, name: 'Ana' },
        photoAsked: { name: 'Ana' },
      }),
    );
    operator.show.refusePhoto();
    await until(() => expect(link.control.at(-1)).toEqual({ t: 'photo-refused' }));
    expect(operator.show.snapshot().photoAsked).toBeNull();
  });

  it('is nothing before the other side proved itself, and after it left', async () => {
    const world = await World.open();
    world.helloing = false;
    world.onKnock = 'admit';
    const { operator } = await joined(world);
    const heard: LiveIn[] = [];
    operator.show.onLive((live) => heard.push(live));
    await until(() => expect(world.linkList[0]?.proved).toBe(true));
    for (let seq = 1; seq < 300; seq++) world.linkList[0]?.toOperator('live', point(seq));
    operator.show.point({ target: { on: 'board', board }, x: 9, y: 9, act: 'click' });
    await new Promise((done) => setTimeout(done, 50));
    expect(heard).toEqual([]);
    expect(world.linkList[0]?.live).toEqual([]);
  });
});

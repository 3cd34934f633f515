/** Sessions of a page that could not fetch a part of its code at first. */
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { MemoryContents } from '../src/blob/contents.ts';
import { MemoryRows } from '../src/blob/rows.ts';
import { decodeEntry } from '../src/doc/roster-entry.ts';
import { hex } from '../src/seal/bytes.ts';
import { boxId } from '../src/seal/mail.ts';
import { content } from './blob/pair.ts';
import { automerge } from './support/automerge.ts';
import { World, type TestPage } from './support/world.ts';

/** How often each part can't be fetched. */
const lost = vi.hoisted(() => ({ files: 0, mailbox: 0 }));
vi.mock('../src/session/files-port.ts', async (original) => {
  const { SessionFiles } = await original<typeof import('../src/session/files-port.ts')>();
  return {
    get SessionFiles() {
      if (lost.files-- > 0) throw new Error('offline');
      return SessionFiles;
    },
  };
});
vi.mock('../src/session/mailbox.ts', async (original) => {
  const { Mailbox } = await original<typeof import('../src/session/mailbox.ts')>();
  return {
    get Mailbox() {
      if (lost.mailbox-- > 0) throw new Error('offline');
      return Mailbox;
    },
  };
});

beforeAll(() => automerge);
vi.setConfig({ testTimeout: 30_000 });

const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 10 });

async function linked(world: World): Promise<TestPage> {
  world.onKnock = 'admit';
  const page = await world.page(undefined, { contents: new MemoryContents(), rows: new MemoryRows() });
  expect(await page.operator.openLink(world.fragment)).toMatchObject({ ok: true });
  page.operator.join('Mihai', 'en', world.open);
  await until(() => expect(page.operator.snapshot()).toMatchObject({ phase: 'linked' }));
  return page;
}

describe('code that could not be fetched at first', () => {
  it('does not lose the files that were chosen meanwhile', async () => {
    lost.files = 1;
    const world = await World.open();
    const { operator } = await linked(world);
    expect(operator.files.snapshot().files).toEqual([]);
    const [blob] = await operator.files.send([new File([content(100)], 'photo.jpg')]);
    await until(async () => expect(await world.shelf()).toMatchObject([{ blob, name: 'photo.jpg' }]));
    expect(lost.files).toBeLessThan(0);
  });

  it('does not leave a member without its mailbox', async () => {
    lost.mailbox = 1;
    const world = await World.open();
    const { operator } = await linked(world);
    const genesis = (await decodeEntry(world.expert.chain[0]!)).hash;
    world.rendezvous.boxes.set(hex(await boxId(genesis, world.expert.sid)), []);
    world.vanish();
    operator.say('are you there?');
    await until(() => expect(operator.snapshot().chat).toMatchObject([{ delivery: 'stored' }]));
    expect(lost.mailbox).toBeLessThan(0);
  });
});

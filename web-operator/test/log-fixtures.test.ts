/** Whole documents as the other implementation takes them in: verdict by verdict, and what is left. */
import * as Automerge from '@automerge/automerge/slim';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromHex, hex, same, type Bytes } from '../src/seal/bytes.ts';
import { DOC_KINDS, named } from '../src/seal/codes.ts';
import { ROOM, docKey } from '../src/doc/envelope.ts';
import { genesisChange } from '../src/doc/genesis.ts';
import { decodeProof } from '../src/doc/forks.ts';
import { Log } from '../src/doc/log.ts';
import type { Membership } from '../src/doc/membership.ts';
import { Room } from '../src/doc/room.ts';
import { Roster } from '../src/doc/roster.ts';
import { sha256 } from '../src/seal/kdf.ts';
import type { Verdict } from '../src/doc/verdict.ts';
import { automerge } from './support/automerge.ts';
import { readFixture, type FixtureCase } from './support/fixtures.ts';

beforeAll(() => automerge);

type Step =
  | { readonly do: 'entry'; readonly entry: string }
  | {
      readonly do: 'envelope';
      readonly envelope: string;
      readonly verdict: string;
      readonly reason?: string;
      /** What the pre-scan said. */
      readonly chunk?: string;
    }
  | { readonly do: 'proof'; readonly a: string; readonly b: string; readonly verdict: string };

interface ChatLine {
  readonly at: string;
  readonly author: string;
  readonly text: string;
}

const told = (verdict: Verdict) => ({
  verdict: verdict.t,
  reason: verdict.t === 'refused' ? verdict.reason : undefined,
  chunk: verdict.t === 'refused' ? verdict.chunk : undefined,
});

/** A room of accepted changes, taken in one by one as a page does. */
function roomOf(log: Log): Room {
  const room = new Room(new Uint8Array(40));
  room.apply(log.accepted().map(({ change }) => change));
  return room;
}

const chatOf = (room: Room): ChatLine[] =>
  room.chat.map(({ at, actor, text }) => ({ at: at.toString(), author: actor.slice(0, 64), text }));

function headsOf(log: Log): string[] {
  const changes = [genesisChange(log.doc.kind), ...log.accepted().map(({ change }) => change)];
  const [doc] = Automerge.applyChanges(Automerge.init<object>(), changes);
  return Automerge.getHeads(doc).sort();
}

async function openRoster(entry: Bytes): Promise<Roster> {
  const roster = await Roster.open((await sha256(entry)).slice(0, 16), [entry]);
  if (typeof roster === 'string') throw new Error(roster);
  return roster;
}

interface LogCase extends FixtureCase {
  readonly doc: { readonly kind: number; readonly id: string };
  readonly steps: readonly Step[];
  readonly after: {
    readonly accepted: string[];
    readonly chat?: ChatLine[];
    readonly title?: string | null;
    readonly counters: Record<string, number>;
    readonly heads: string[];
    readonly pending: number;
    readonly vector: { actor: string; id: string; seq: string }[];
  };
}

/** Takes a case in, verdict by verdict. */
async function replay(c: LogCase): Promise<Log> {
  const log = await Log.begin({ kind: named(DOC_KINDS, c.doc.kind), id: fromHex(c.doc.id) });
  let roster: Roster | null = null;
  for (const [i, step] of c.steps.entries()) {
    if (step.do === 'entry') {
      if (roster === null) roster = await openRoster(fromHex(step.entry));
      else await roster.offer([fromHex(step.entry)]);
      await log.onRoster(roster);
      continue;
    }
    if (roster === null) throw new Error('an envelope before the roster');
    let verdict: Verdict;
    if (step.do === 'envelope') {
      verdict = await log.insertBytes(fromHex(step.envelope), roster);
      expect({ i, ...told(verdict) }).toEqual({
        i,
        verdict: step.verdict,
        reason: step.reason,
        chunk: step.chunk,
      });
    } else {
      const proof = await decodeProof(fromHex(step.a), fromHex(step.b));
      if (proof === null) throw new Error('no proof');
      verdict = await log.insertProof(proof, roster);
      expect({ i, verdict: verdict.t }).toEqual({ i, verdict: step.verdict });
    }
  }
  return log;
}

describe.each(['log', 'log-refused', 'log-forks'])('%s', (file) => {
  it.each(readFixture<LogCase>(`crdt/${file}.json`).cases)('$name', async (c) => {
    const log = await replay(c);
    const { after } = c;
    expect(
      log
        .accepted()
        .map(({ id }) => hex(id))
        .sort(),
    ).toEqual([...after.accepted].sort());
    expect(
      log.vector().map(({ actor, seq, id }) => ({ actor: hex(actor), id: hex(id), seq: seq.toString() })),
    ).toEqual(after.vector);
    expect(log.pending.count).toBe(after.pending);
    expect(log.counters.all()).toEqual(after.counters);
    expect(headsOf(log)).toEqual([...after.heads].sort());
    if (docKey(log.doc) !== docKey(ROOM)) return;
    const room = roomOf(log);
    expect(chatOf(room)).toEqual(after.chat);
    expect(room.title).toBe(after.title ?? '');
  });
});

it('signs no number twice after a settle took what was written off the chain', async () => {
  const { cases } = readFixture<LogCase>('crdt/log-forks.json');
  for (const [name, continues] of [
    ['the first branch is settled', true],
    ['the second branch is settled', false],
  ] as const) {
    const found = cases.find((c) => c.name === name);
    if (found === undefined) throw new Error(`no case ${name}`);
    const log = await replay(found);
    const answer = log
      .accepted()
      .find(({ seq, author }) => seq === 1n && !same(author, log.accepted()[0]?.author ?? author));
    if (answer === undefined) throw new Error('the operator said nothing');
    expect(log.canContinue(answer.actor)).toBe(continues);
  }
});

describe('waiting', () => {
  interface Case extends FixtureCase {
    readonly sid: string;
    readonly holder: string;
    readonly experts: string[];
    readonly steps: readonly Extract<Step, { do: 'envelope' }>[];
    readonly after: { readonly chat: ChatLine[] };
  }
  it.each(readFixture<Case>('crdt/waiting.json').cases)('$name', async (c) => {
    const writers = [c.holder, ...c.experts].map(fromHex);
    const members: Membership = {
      tidies: () => false,
      sid: fromHex(c.sid),
      epoch: 0n,
      standing: (author) => (writers.some((writer) => same(writer, author)) ? 'writer' : 'unknown'),
      within: () => 0n,
      anchors: () => [],
    };
    const log = await Log.begin(ROOM);
    for (const step of c.steps) {
      const verdict = await log.insertBytes(fromHex(step.envelope), members);
      expect(told(verdict)).toEqual({ verdict: step.verdict, reason: step.reason, chunk: step.chunk });
    }
    expect(chatOf(roomOf(log))).toEqual(c.after.chat);
  });
});

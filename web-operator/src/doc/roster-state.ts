/** The members as a chain of entries leaves them: a state machine, one entry at a time. */
import { hex, same, type Bytes } from '../seal/bytes.ts';
import { ZERO16, ZERO32, type Audience, type Hex, type Role } from '../seal/codes.ts';
import { soundKey } from '../seal/ed25519.ts';
import { docKey, type DocId } from './envelope.ts';
import * as limits from './limits.ts';
import { hearsExperts, mayWrite, type Anchor } from './membership.ts';
import {
  acceptHolds,
  entrySignatureHolds,
  sessionOf,
  startsEpoch,
  type Cut,
  type Entry,
  type EntryKind,
} from './roster-entry.ts';

export interface Member {
  readonly peer: Bytes;
  /** Where its wraps are sealed to. */
  readonly seal: Bytes;
  readonly slot: Bytes;
  /** As the entry has it; shown only after it was cleaned. */
  readonly name: string;
  readonly role: Role;
  /** The number of the entry that admitted it: who was admitted earlier wins a fork. */
  readonly admitted: bigint;
}

/** What a peer ever might write, also after it left. */
export interface Past {
  readonly all: boolean;
  readonly experts: boolean;
}

export interface RosterState {
  readonly sid: Bytes;
  readonly succession: boolean;
  readonly n: bigint;
  readonly head: Bytes;
  readonly term: bigint;
  readonly epoch: bigint;
  readonly lead: Hex;
  readonly members: ReadonlyMap<Hex, Member>;
  readonly past: ReadonlyMap<Hex, Past>;
  /** By document and actor: how far a former writer's envelopes count. */
  readonly within: ReadonlyMap<string, bigint>;
  readonly anchors: readonly (Anchor & { readonly doc: string })[];
  readonly closed: boolean;
}

export type RosterProblem =
  | 'malformed'
  | 'not-genesis'
  | 'other-session'
  | 'unknown-previous'
  | 'wrong-number'
  | 'wrong-term'
  | 'wrong-epoch'
  | 'bad-signature'
  | 'not-the-lead'
  | 'may-not-take'
  | 'not-a-member'
  | 'already-member'
  | 'bad-role'
  | 'bad-key'
  | 'bad-cut'
  | 'bad-wraps'
  | 'bad-accept'
  | 'closed'
  | 'too-many-members'
  | 'too-many-branches';

/** Thrown while an entry is judged; `Roster` turns it into a result. */
export class RosterRefused extends Error {
  constructor(readonly problem: RosterProblem) {
    super(problem);
    this.name = 'RosterRefused';
  }
}

type Draft = { -readonly [K in keyof RosterState]: RosterState[K] } & {
  members: Map<Hex, Member>;
  past: Map<Hex, Past>;
  within: Map<string, bigint>;
  anchors: (Anchor & { readonly doc: string })[];
};

function refuse(problem: RosterProblem): never {
  throw new RosterRefused(problem);
}

/** The state that a genesis entry begins. */
export async function beginRoster(entry: Entry): Promise<RosterState> {
  const { kind } = entry;
  const first = same(entry.sid, ZERO16) && entry.n === 0n && same(entry.prev, ZERO32);
  if (kind.t !== 'genesis' || !first || entry.term !== 1n || entry.epoch !== 1n) refuse('not-genesis');
  if (!soundKey(entry.signer) || !soundKey(kind.slot)) refuse('bad-key');
  if (!(await entrySignatureHolds(entry))) refuse('bad-signature');
  const draft: Draft = {
    sid: sessionOf(entry),
    succession: kind.succession,
    n: 0n,
    head: entry.hash,
    term: 1n,
    epoch: 1n,
    lead: hex(entry.signer),
    members: new Map(),
    past: new Map(),
    within: new Map(),
    anchors: [],
    closed: false,
  };
  enter(draft, {
    peer: entry.signer,
    seal: kind.seal,
    slot: kind.slot,
    name: kind.name,
    role: 'lead',
    admitted: 0n,
  });
  checkWraps(draft, entry);
  return draft;
}

/** The state after one more entry. `checked`: its signatures were verified before. */
export async function followRoster(
  before: RosterState,
  entry: Entry,
  checked: boolean,
): Promise<RosterState> {
  if (!same(entry.sid, before.sid)) refuse('other-session');
  if (!same(entry.prev, before.head)) refuse('unknown-previous');
  if (before.closed) refuse('closed');
  if (entry.n !== before.n + 1n || entry.n >= BigInt(limits.CHAIN)) refuse('wrong-number');
  const take = entry.kind.t === 'take';
  if (entry.term !== before.term + (take ? 1n : 0n)) refuse('wrong-term');
  if (entry.epoch !== before.epoch + (startsEpoch(entry.kind) ? 1n : 0n)) refuse('wrong-epoch');
  if (take) {
    const expert = before.members.get(hex(entry.signer))?.role === 'expert';
    if (!before.succession || !expert) refuse('may-not-take');
  } else if (hex(entry.signer) !== before.lead) {
    refuse('not-the-lead');
  }
  if (!checked && !(await entrySignatureHolds(entry))) refuse('bad-signature');

  const draft: Draft = {
    ...before,
    n: entry.n,
    head: entry.hash,
    term: entry.term,
    epoch: entry.epoch,
    members: new Map(before.members),
    past: new Map(before.past),
    within: new Map(before.within),
    anchors: [...before.anchors],
  };
  await apply(draft, entry, before.head, checked);
  checkWraps(draft, entry);
  return draft;
}

async function apply(draft: Draft, entry: Entry, prev: Bytes, checked: boolean): Promise<void> {
  const { kind } = entry;
  switch (kind.t) {
    case 'genesis':
      refuse('not-genesis');
      break;
    case 'admit':
      if (draft.members.has(hex(kind.peer))) refuse('already-member');
      if (kind.role === 'lead') refuse('bad-role');
      if (draft.members.size >= limits.MEMBERS) refuse('too-many-members');
      if (!soundKey(kind.peer) || !soundKey(kind.slot)) refuse('bad-key');
      enter(draft, { ...kind, admitted: entry.n });
      break;
    case 'role': {
      const id = hex(kind.peer);
      const member = draft.members.get(id) ?? refuse('not-a-member');
      if (id === draft.lead || kind.role === 'lead' || member.role === kind.role) refuse('bad-role');
      draft.members.set(id, { ...member, role: kind.role });
      note(draft, id, kind.role);
      cut(draft, kind.peer, kind.cuts);
      break;
    }
    case 'remove': {
      const id = hex(kind.peer);
      if (id === draft.lead || !draft.members.delete(id)) refuse('not-a-member');
      cut(draft, kind.peer, kind.cuts);
      break;
    }
    case 'transfer':
      if (!checked && !(await acceptHolds(kind.peer, prev, kind.accept))) refuse('bad-accept');
      passLead(draft, hex(kind.peer));
      break;
    case 'take':
      passLead(draft, hex(entry.signer));
      break;
    case 'rekey':
      break;
    case 'settle':
      pin(draft, kind.cut);
      break;
    case 'close':
      for (const vector of kind.vectors) pin(draft, vector);
      draft.closed = true;
      break;
  }
}

function enter(draft: Draft, member: Member): void {
  const { peer, seal, slot, name, role, admitted } = member;
  note(draft, hex(peer), role);
  draft.members.set(hex(peer), { peer, seal, slot, name, role, admitted });
}

function note(draft: Draft, id: Hex, role: Role): void {
  const past = draft.past.get(id);
  draft.past.set(id, {
    all: (past?.all ?? false) || mayWrite(role, 'room'),
    experts: (past?.experts ?? false) || mayWrite(role, 'desk'),
  });
}

function cut(draft: Draft, peer: Bytes, cuts: readonly Cut[]): void {
  for (const point of cuts) {
    if (!same(point.actor.subarray(0, 32), peer) || !wellFormed(point.doc)) refuse('bad-cut');
    const id = withinKey(point.doc, point.actor);
    const known = draft.within.get(id) ?? 0n;
    draft.within.set(id, point.seq > known ? point.seq : known);
    pin(draft, point);
  }
}

/** Room and desk are one each in a session: exactly their id is zero. */
function wellFormed(doc: DocId): boolean {
  return (doc.kind === 'room' || doc.kind === 'desk') === same(doc.id, ZERO16);
}

export function withinKey(doc: DocId, actor: Bytes): string {
  return `${docKey(doc)}/${hex(actor)}`;
}

function pin(draft: Draft, point: Cut): void {
  draft.anchors.push({ doc: docKey(point.doc), actor: point.actor, seq: point.seq, id: point.id });
}

function passLead(draft: Draft, to: Hex): void {
  const next = draft.members.get(to) ?? refuse('not-a-member');
  if (next.role !== 'expert') refuse('bad-role');
  draft.members.set(to, { ...next, role: 'lead' });
  note(draft, to, 'lead');
  const old = draft.members.get(draft.lead);
  if (old !== undefined) draft.members.set(draft.lead, { ...old, role: 'expert' });
  draft.lead = to;
}

/** Every entitled member has exactly one wrap, and nobody else has one: nobody is left out by mistake. */
function checkWraps(state: RosterState, entry: Entry): void {
  const entitled = entitledTo(state, entry.kind);
  const named = new Set(entry.wraps.map((wrap) => `${wrap.audience}/${hex(wrap.peer)}`));
  const sound = entry.wraps.every((wrap) => wrap.box.length === limits.WRAP);
  const fits = named.size === entry.wraps.length && named.size === entitled.size;
  if (!sound || !fits || ![...named].every((one) => entitled.has(one))) refuse('bad-wraps');
}

/** The members that an entry hands keys to, with the audience. */
function entitledTo(state: RosterState, kind: EntryKind): ReadonlySet<string> {
  const subjects = startsEpoch(kind)
    ? [...state.members.values()]
    : kind.t === 'admit' || kind.t === 'transfer'
      ? [state.members.get(hex(kind.peer))]
      : [];
  const entitled = new Set<string>();
  for (const member of subjects) {
    if (member === undefined) continue;
    const audiences: Audience[] = hearsExperts(member.role) ? ['all', 'experts'] : ['all'];
    for (const audience of audiences) entitled.add(`${audience}/${hex(member.peer)}`);
  }
  return entitled;
}

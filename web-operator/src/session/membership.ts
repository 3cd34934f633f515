/** A member's standing in its session: the verified roster, the epoch keys, and who may be called. */
import { same, type Bytes } from '../seal/bytes.ts';
import type { Audience } from '../seal/codes.ts';
import type { SealKey } from '../seal/hpke.ts';
import type { Callee } from '../seal/knock.ts';
import { KeyRing } from '../doc/keys.ts';
import { Roster, type Member, type RosterProblem } from '../doc/roster.ts';

export class Standing {
  #ring: KeyRing;

  private constructor(
    readonly roster: Roster,
    readonly peer: Bytes,
    readonly seal: SealKey,
  ) {
    this.#ring = new KeyRing(peer, seal);
  }

  /** Verifies a whole chain from the session's id. */
  static async open(
    sid: Bytes,
    chain: readonly Bytes[],
    peer: Bytes,
    seal: SealKey,
  ): Promise<Standing | RosterProblem> {
    const roster = await Roster.open(sid, chain);
    if (typeof roster === 'string') return roster;
    const standing = new Standing(roster, peer, seal);
    await standing.#learn();
    return standing;
  }

  /** Takes in more entries; true when the roster changed. */
  async offer(entries: readonly Bytes[]): Promise<boolean> {
    const before = this.roster.head;
    await this.roster.offer(entries);
    if (same(before, this.roster.head)) return false;
    await this.#learn();
    return true;
  }

  get isMember(): boolean {
    return this.roster.member(this.peer) !== undefined;
  }

  /** Everything to keep: the winning chain first, then losing branches. */
  get entries(): readonly Bytes[] {
    return [...this.roster.entries, ...this.roster.losing].map((entry) => entry.bytes);
  }

  /** Whether somebody may answer knocks and calls. */
  mayAnswer(peer: Bytes): boolean {
    return isExpert(this.roster.member(peer));
  }

  /** Whom to call: the lead first, then the other experts in turn. */
  callee(attempt: number): Callee | null {
    const { lead, members } = this.roster;
    const others = members.filter((member) => member.role === 'expert');
    const candidates = lead === undefined ? others : [lead, ...others];
    const chosen = candidates[attempt % Math.max(1, candidates.length)];
    if (chosen === undefined || same(chosen.peer, this.peer)) return null;
    return { peerKey: chosen.peer, sealPublic: chosen.seal, slotPublic: chosen.slot };
  }

  /** The newest epoch this member holds the key of, with the key. */
  get callKey(): { readonly epoch: bigint; readonly key: Bytes } | null {
    for (let { epoch } = this.roster; epoch > 0n; epoch -= 1n) {
      const key = this.#ring.get('all', epoch);
      if (key !== undefined) return { epoch, key };
    }
    return null;
  }

  /** The key of an audience in an epoch, if this member has it. */
  key(audience: Audience, epoch: bigint): Bytes | undefined {
    return this.#ring.get(audience, epoch);
  }

  /** Once more for the whole chain: after a switch its keys are the current ones. */
  async #learn(): Promise<void> {
    this.#ring = new KeyRing(this.peer, this.seal);
    for (const entry of [...this.roster.losing, ...this.roster.entries]) await this.#ring.learn(entry);
  }
}

function isExpert(member: Member | undefined): boolean {
  return member?.role === 'lead' || member?.role === 'expert';
}

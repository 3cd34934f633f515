/**
 * A document as this device shows it: accepted changes in Automerge, and how far others have my chains.
 * Automerge is fed when somebody looks or writes, so a thousand envelopes cost one call.
 */
import { concat, hex, same, type Bytes } from '../seal/bytes.ts';
import type { Hex } from '../seal/codes.ts';
import { random } from '../seal/kdf.ts';
import type { Envelope } from './envelope.ts';
import type { Effects, Log } from './log.ts';
import { Replica, type Draft } from './replica.ts';

export class ShownDocument {
  #replica: Replica;
  /** Automerge has something that is no longer accepted. */
  #stale = false;
  readonly #unapplied: Envelope[] = [];
  /** How far others have my actors' chains. */
  readonly #acked: Map<Hex, number>;
  /** Envelopes whose ancestors were looked through. */
  readonly #visited = new Set<Hex>();

  constructor(
    readonly log: Log,
    readonly me: Bytes,
    acked: Readonly<Record<Hex, number>>,
    readonly changed: () => void,
  ) {
    this.#replica = new Replica(log.doc.kind, newActor(me));
    this.#acked = new Map(Object.entries(acked));
  }

  get acked(): Readonly<Record<Hex, number>> {
    return Object.fromEntries(this.#acked);
  }

  /** Whether somebody else has what my actor wrote with this number. */
  isAcked(actor: Hex, seq: number): boolean {
    return seq <= (this.#acked.get(actor) ?? 0);
  }

  /** Who writes the next change: another run begins when the chain no longer counts or is contested. */
  get actor(): Bytes {
    if (!this.log.canContinue(this.#replica.actor)) this.#remake(newActor(this.me));
    return this.#replica.actor;
  }

  /** The document with every accepted change. */
  get replica(): Replica {
    if (this.#stale) this.#remake(this.#replica.actor);
    this.#replica.apply(this.#unapplied.splice(0).map(({ change }) => change));
    return this.#replica;
  }

  /** Writes into the document at once; `discard` takes it back. */
  write(edit: (draft: Draft) => void): Bytes {
    return this.replica.write(edit);
  }

  /** What was written is not accepted. */
  discard(): void {
    this.#stale = true;
  }

  /** Follows the log. `written` is an envelope whose change the document has already. */
  absorb(effects: Effects, written?: Envelope): void {
    if (effects.rebuild) {
      this.#stale = true;
      this.#unapplied.length = 0;
    } else {
      this.#unapplied.push(...effects.accepted.filter((envelope) => envelope !== written));
    }
    for (const envelope of effects.accepted) this.#noteAncestors(envelope);
  }

  /** Somebody has my envelope. */
  ack(actor: Bytes, seq: bigint): void {
    if (!same(actor.subarray(0, 32), this.me)) return;
    const key = hex(actor);
    if (this.isAcked(key, Number(seq))) return;
    this.#acked.set(key, Number(seq));
    this.changed();
  }

  /** The library's own memory. */
  free(): void {
    this.#replica.free();
  }

  /** Who builds on an envelope of mine has it. */
  #noteAncestors(envelope: Envelope): void {
    if (same(envelope.author, this.me)) return;
    this.log.visitAncestors(envelope.id, (ancestor) => {
      const id = hex(ancestor.id);
      if (this.#visited.has(id)) return false;
      this.#visited.add(id);
      this.ack(ancestor.actor, ancestor.seq);
      return true;
    });
  }

  #remake(actor: Bytes): void {
    this.#stale = false;
    this.#unapplied.length = 0;
    this.#replica.free();
    this.#replica = new Replica(this.log.doc.kind, actor);
    this.#replica.apply(this.log.accepted().map(({ change }) => change));
  }
}

/** The run's 8 bytes are random and never stored. */
function newActor(me: Bytes): Bytes {
  return concat(me, random(8));
}

/** What is known about the other end of a link. */
import { hex, type Bytes } from '../seal/bytes.ts';
import type { Hex } from '../seal/codes.ts';
import { docKey, type DocId, type VectorEntry } from './envelope.ts';
import * as limits from './limits.ts';
import { Assembler } from './sync.ts';

export class SyncPeer {
  readonly assembler = new Assembler();
  readonly #vectors = new Map<string, readonly VectorEntry[]>();
  readonly #sent = new Set<Hex>();
  readonly #sentEntries = new Set<Hex>();
  #againLeft = limits.AGAIN;
  #bad = 0;

  constructor(readonly peer: Bytes) {}

  /** Whoever sent too much that no honest peer sends is no longer listened to. */
  get muted(): boolean {
    return this.#bad >= limits.BAD_MESSAGES;
  }

  misbehaved(): void {
    this.#bad += 1;
  }

  /** How far the other side said to have a document; null when it never named it. */
  vector(doc: DocId): readonly VectorEntry[] | null {
    return this.#vectors.get(docKey(doc)) ?? null;
  }

  get namedAny(): boolean {
    return this.#vectors.size > 0;
  }

  /** False when it names more documents than a session has. */
  claims(doc: DocId, vector: readonly VectorEntry[]): boolean {
    const key = docKey(doc);
    if (!this.#vectors.has(key) && this.#vectors.size >= limits.DOCUMENTS) return false;
    this.#vectors.set(key, vector);
    return true;
  }

  /** Whether an envelope is to be sent now: each once. */
  firstTime(id: Bytes): boolean {
    return addNew(this.#sent, hex(id));
  }

  /** What the other side sent needs no copy. */
  has(id: Bytes): void {
    this.#sent.add(hex(id));
  }

  firstEntry(hash: Bytes): boolean {
    return addNew(this.#sentEntries, hex(hash));
  }

  /** Forgets what was sent of a document, as often as the other side may ask for that. */
  forgetSent(ids: Iterable<Bytes>): boolean {
    if (this.#againLeft === 0) return false;
    this.#againLeft -= 1;
    for (const id of ids) this.#sent.delete(hex(id));
    return true;
  }
}

function addNew(set: Set<Hex>, id: Hex): boolean {
  const known = set.has(id);
  set.add(id);
  return !known;
}

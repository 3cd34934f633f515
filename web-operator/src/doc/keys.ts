/** Epoch keys: one for each audience and epoch, wrapped to members in roster entries. */
import { Writer, concat, same, utf8, type Bytes } from '../seal/bytes.ts';
import { AUDIENCES, type Audience } from '../seal/codes.ts';
import { recipient, sender, type SealKey } from '../seal/hpke.ts';
import type { Entry, Wrap } from './roster-entry.ts';

const NONE: Bytes = new Uint8Array(0);

function wrapInfo(sid: Bytes, epoch: bigint, audience: Audience, peer: Bytes): Bytes {
  const rest = new Writer().raw(sid).u64(epoch).u8(AUDIENCES[audience]).raw(peer).done();
  return concat(utf8('sightline/1 epoch\0'), rest);
}

/** `sid` is zero inside genesis. `ephemeral` makes golden bytes and is never given otherwise. */
export async function wrapKey(
  key: Bytes,
  to: { readonly peer: Bytes; readonly seal: Bytes },
  sid: Bytes,
  epoch: bigint,
  audience: Audience,
  ephemeral?: Bytes,
): Promise<Wrap> {
  const hpke = await sender(to.seal, wrapInfo(sid, epoch, audience, to.peer), null, ephemeral);
  return { audience, peer: to.peer, enc: hpke.enc, box: await hpke.seal(key, NONE) };
}

/** Null when the wrap is not for this key, session, epoch, audience and peer. */
export async function unwrapKey(wrap: Wrap, seal: SealKey, sid: Bytes, epoch: bigint): Promise<Bytes | null> {
  const hpke = await recipient(seal, wrap.enc, wrapInfo(sid, epoch, wrap.audience, wrap.peer), null);
  const key = hpke === null ? null : await hpke.open(wrap.box, NONE);
  return key?.length === 32 ? key : null;
}

/** Branches of a roster that may start the same epoch with different keys. */
const BRANCHES = 8;

/**
 * The keys a member holds; old ones stay, because late items of an older epoch are still read. The
 * newest learnt of an epoch is the current one, so after a switch the winning chain is learnt again.
 */
export class KeyRing {
  readonly #keys = new Map<string, readonly Bytes[]>();

  constructor(
    readonly peer: Bytes,
    readonly seal: SealKey,
  ) {}

  /** The current key of an audience in an epoch. */
  get(audience: Audience, epoch: bigint): Bytes | undefined {
    return this.#keys.get(`${audience}/${epoch}`)?.[0];
  }

  /** Takes what an entry wraps for this member. False when a wrap for it does not open. */
  async learn(entry: Entry): Promise<boolean> {
    let opened = true;
    for (const wrap of entry.wraps) {
      if (!same(wrap.peer, this.peer)) continue;
      // The session of a genesis entry is zero, in the entry as in the wrap.
      const key = await unwrapKey(wrap, this.seal, entry.sid, entry.epoch);
      if (key === null) {
        opened = false;
        continue;
      }
      const id = `${wrap.audience}/${entry.epoch}`;
      const others = (this.#keys.get(id) ?? []).filter((known) => !same(known, key));
      this.#keys.set(id, [key, ...others].slice(0, BRANCHES));
    }
    return opened;
  }
}

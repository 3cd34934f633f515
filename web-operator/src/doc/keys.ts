/** Epoch keys: one for each audience and epoch, wrapped to members in roster entries. */
import { Writer, concat, same, utf8, type Bytes } from '../seal/bytes.ts';
import { AUDIENCES, ZERO16, type Audience } from '../seal/codes.ts';
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

/** The keys a member holds. Old ones stay: late items of an older epoch are still read. */
export class KeyRing {
  readonly #keys = new Map<string, Bytes>();

  constructor(
    readonly peer: Bytes,
    readonly seal: SealKey,
  ) {}

  get(audience: Audience, epoch: bigint): Bytes | undefined {
    return this.#keys.get(`${audience}/${epoch}`);
  }

  /** Takes what an entry wraps for this member. A key that is known already is never replaced. */
  async learn(entry: Entry): Promise<void> {
    const sid = entry.kind.t === 'genesis' ? ZERO16 : entry.sid;
    for (const wrap of entry.wraps) {
      const id = `${wrap.audience}/${entry.epoch}`;
      if (!same(wrap.peer, this.peer) || this.#keys.has(id)) continue;
      const key = await unwrapKey(wrap, this.seal, sid, entry.epoch);
      if (key !== null) this.#keys.set(id, key);
    }
  }
}

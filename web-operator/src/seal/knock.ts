/**
 * The knock and the call: one sealed message that carries who is there and the SDP offer, and the
 * keys it leaves behind for the reply, the waiting room, the candidates and the words.
 */
import { Reader, Writer, concat, utf8, type Bytes } from './bytes.ts';
import { VERSION } from './codes.ts';
import { sign, type SignKey } from './ed25519.ts';
import { sender, type Exporter, type Psk } from './hpke.ts';
import { derive, sha256 } from './kdf.ts';
import type { InviteRecord, InviteSecrets } from './invite.ts';
import * as limits from './limits.ts';

/** First byte of a sealed message, for the switchboard a part of the payload. */
export const KIND = { knock: 1, reply: 2, trickle: 3, call: 4 } as const;

/** Who sends: signs with the peer key and names the keys of this session. */
export interface Caller {
  readonly peer: SignKey;
  readonly sealPublic: Bytes;
  readonly slotPublic: Bytes;
  readonly name: string;
  readonly lang: string;
  readonly caps: readonly string[];
}

/** Keys exported from a knock or call, 32 bytes each. */
export interface SessionExports {
  readonly reply: Bytes;
  readonly waiting: Bytes;
  readonly trickleOffer: Bytes;
  readonly trickleAnswer: Bytes;
  readonly words: Bytes;
}

export interface SealedRequest {
  /** Knock id or call id. */
  readonly id: Bytes;
  /** The whole message as it is sent. */
  readonly message: Bytes;
  readonly exports: SessionExports;
}

/** The plaintext of a knock or call. */
export interface RequestBody {
  readonly peerKey: Bytes;
  readonly sealPublic: Bytes;
  readonly slotPublic: Bytes;
  readonly name: string;
  readonly lang: string;
  readonly caps: readonly string[];
  readonly offer: string | null;
}

export async function makeKnock(
  secrets: InviteSecrets,
  record: InviteRecord,
  caller: Caller,
  offer: string | null,
  ephemeral?: Bytes,
): Promise<SealedRequest> {
  const { info, psk, aad, context } = knockContext(
    secrets,
    record.sid,
    record.inviteKey,
    record.knockAddress,
  );
  return request(
    'knock',
    concat(Uint8Array.of(KIND.knock), secrets.inviteId),
    { to: record.inviteKey, info, psk, aad, context },
    caller,
    offer,
    ephemeral,
  );
}

/** Every input of a knock's HPKE context; the receiving side builds the same. */
export function knockContext(
  secrets: Pick<InviteSecrets, 'inviteId' | 'psk'>,
  sid: Bytes,
  inviteKey: Bytes,
  address: Bytes,
): RequestContext {
  return {
    info: concat(utf8('sightline/1 knock\0'), sid, secrets.inviteId),
    psk: { key: secrets.psk, id: secrets.inviteId },
    aad: concat(secrets.inviteId, address),
    context: concat(sid, secrets.inviteId, inviteKey),
  };
}

/** Whom a member calls. */
export interface Callee {
  readonly peerKey: Bytes;
  readonly sealPublic: Bytes;
  readonly slotPublic: Bytes;
}

export async function makeCall(
  sid: Bytes,
  epoch: bigint,
  epochKey: Bytes,
  callee: Callee,
  caller: Caller,
  offer: string,
  ephemeral?: Bytes,
): Promise<SealedRequest> {
  const { info, psk, aad, context } = await callContext(sid, epoch, epochKey, callee);
  return request(
    'call',
    new Writer().u8(KIND.call).u64(epoch).done(),
    { to: callee.sealPublic, info, psk, aad, context },
    caller,
    offer,
    ephemeral,
  );
}

export async function callContext(
  sid: Bytes,
  epoch: bigint,
  epochKey: Bytes,
  callee: Callee,
): Promise<RequestContext> {
  const sidEpoch = new Writer().raw(sid).u64(epoch).done();
  return {
    info: concat(utf8('sightline/1 call\0'), sidEpoch),
    psk: { key: await derive(epochKey, 'call psk', 32), id: sidEpoch },
    aad: concat(sid, await slotAddress(callee.slotPublic)),
    context: concat(sid, callee.peerKey, callee.sealPublic),
  };
}

export interface RequestContext {
  readonly info: Bytes;
  readonly psk: Psk;
  readonly aad: Bytes;
  /** C without its last part `enc`. */
  readonly context: Bytes;
}

/** A switchboard address: the hash of the slot key that listens there. */
export async function slotAddress(slotPublic: Bytes): Promise<Bytes> {
  return (await sha256(slotPublic)).slice(0, 16);
}

export async function exportsOf(context: Exporter): Promise<SessionExports> {
  return {
    reply: await context.export('reply'),
    waiting: await context.export('waiting'),
    trickleOffer: await context.export('trickle o'),
    trickleAnswer: await context.export('trickle a'),
    words: await context.export('words'),
  };
}

export function encodeBody(body: RequestBody): Bytes {
  return new Writer()
    .u8(VERSION)
    .raw(body.peerKey)
    .raw(body.sealPublic)
    .raw(body.slotPublic)
    .str(body.name)
    .str(body.lang)
    .list(body.caps, (w, cap) => w.str(cap))
    .opt(body.offer, (w, offer) => w.str(offer))
    .done();
}

/** For peers that are called: the body, what its signature covers, and the signature. */
export function decodeBody(plain: Bytes): { body: RequestBody; signed: Bytes; signature: Bytes } {
  const r = new Reader(plain);
  r.version();
  const body: RequestBody = {
    peerKey: r.raw(32),
    sealPublic: r.raw(32),
    slotPublic: r.raw(32),
    name: r.str(limits.NAME),
    lang: r.str(limits.LANG),
    caps: r.list(limits.CAPS, (x) => x.str(limits.CAP)),
    offer: r.opt((x) => x.str(limits.SDP)),
  };
  const signed = r.before();
  const signature = r.raw(64);
  r.end();
  return { body, signed, signature };
}

async function request(
  label: 'knock' | 'call',
  header: Bytes,
  target: RequestContext & { to: Bytes },
  caller: Caller,
  offer: string | null,
  ephemeral: Bytes | undefined,
): Promise<SealedRequest> {
  const hpke = await sender(target.to, target.info, target.psk, ephemeral);
  const signed = encodeBody({
    peerKey: caller.peer.publicKey,
    sealPublic: caller.sealPublic,
    slotPublic: caller.slotPublic,
    name: caller.name,
    lang: caller.lang,
    caps: caller.caps,
    offer,
  });
  const signature = await sign(caller.peer, label, concat(target.context, hpke.enc, signed));
  const box = await hpke.seal(concat(signed, signature), target.aad);
  return {
    id: await sha256(hpke.enc, box),
    message: concat(header, hpke.enc, box),
    exports: await exportsOf(hpke),
  };
}

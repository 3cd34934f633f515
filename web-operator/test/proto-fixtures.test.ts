/** The fixtures of the protocol's other implementation: the same bytes and the same decisions. */
import { CipherSuite, Aes256Gcm, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { afterEach, describe, expect, it } from 'vitest';
import { Malformed, base64url, concat, fromHex, hex, same, type Bytes } from '../src/seal/bytes.ts';
import { AUDIENCES, ROLES, named } from '../src/seal/codes.ts';
import { forceNativeEd25519, sign, signKeyFromSeed, soundKey, verifyRaw } from '../src/seal/ed25519.ts';
import { makeHello, verifyHello } from '../src/seal/hello.ts';
import { forceNativeX25519, recipient, sealKeyFromSecret, sender } from '../src/seal/hpke.ts';
import {
  commitment,
  encodeRecord,
  inviteSecrets,
  openRecord,
  parseFragment,
  sealRecord,
} from '../src/seal/invite.ts';
import { kdf, seal, unseal } from '../src/seal/kdf.ts';
import {
  callContext,
  knockContext,
  makeCall,
  makeKnock,
  slotAddress,
  type Caller,
  type SessionExports,
} from '../src/seal/knock.ts';
import { MAIL_KINDS } from '../src/seal/mail.ts';
import { cleanName } from '../src/seal/name.ts';
import { openReply, sealReply, type Reply, type Refusal } from '../src/seal/reply.ts';
import { Trickle } from '../src/seal/trickle.ts';
import { openItem, sealBlobItem, sealEnvelopeItem } from '../src/seal/waiting.ts';
import { wordIndices, wordNumbers, words } from '../src/seal/words.ts';
import { isForbidden } from '../src/session/candidate.ts';
import { parseControl } from '../src/session/control.ts';
import { checkAnswer, checkOffer, checkSdp } from '../src/session/sdp.ts';
import {
  decodeServerFrame,
  encodeRequest,
  type ClientRequest,
  type ServerFrame,
} from '../src/switchboard/frames.ts';
import { openRequest } from './support/expert.ts';
import { readFixture, type FixtureCase } from './support/fixtures.ts';

afterEach(() => {
  forceNativeEd25519(undefined);
  forceNativeX25519(undefined);
});

type Hexes = Record<string, string>;

/** The page tells an unknown version apart from bytes that are no structure at all. */
const coarse = (problem: string): string => (problem === 'unsupported-version' ? 'malformed' : problem);

const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
});

/** RFC 9180 DeriveKeyPair: fixtures name the ephemeral key by its ikm. */
async function ephemeral(ikm: string): Promise<Bytes> {
  const pair = await suite.kem.deriveKeyPair(fromHex(ikm));
  return new Uint8Array(await suite.kem.serializePrivateKey(pair.privateKey));
}

describe.each([true, false])('rfc9180, WebCrypto %s', (native) => {
  interface Case extends FixtureCase, Hexes {
    readonly encryptions: { aad: string; ct: string; pt: string }[] & string;
  }
  it.each(readFixture<Case & { name: string }>('proto/rfc9180.json').cases)('$name', async (c) => {
    forceNativeX25519(native);
    const psk = c['psk'] === '' ? null : { key: fromHex(c['psk'] ?? ''), id: fromHex(c['psk_id'] ?? '') };
    const info = fromHex(c['info'] ?? '');
    const key = await sealKeyFromSecret(fromHex(c['sk_r'] ?? ''));
    expect(hex(key.publicKey)).toBe(c['pk_r']);
    const from = await sender(key.publicKey, info, psk, await ephemeral(c['ikm_e'] ?? ''));
    expect(hex(from.enc)).toBe(c['enc']);
    const to = await recipient(key, from.enc, info, psk);
    for (const { aad, ct, pt } of c.encryptions) {
      expect(hex(await from.seal(fromHex(pt), fromHex(aad)))).toBe(ct);
      expect(await to?.open(fromHex(ct), fromHex(aad))).toEqual(fromHex(pt));
    }
  });
});

describe.each([true, false])('ed25519, WebCrypto %s', (native) => {
  it('gives one verdict on every edge case', async () => {
    forceNativeEd25519(native);
    for (const c of readFixture<FixtureCase & { key: string; msg: string; sig: string }>('proto/ed25519.json')
      .cases) {
      const key = fromHex(c.key);
      const holds = await verifyRaw(key, fromHex(c.msg), fromHex(c.sig));
      const reason = holds ? undefined : soundKey(key) ? 'wrong' : 'key';
      expect({ name: c.name, reason }).toEqual({ name: c.name, reason: c.reason });
    }
  });
});

describe('kdf-seal', () => {
  interface Case extends FixtureCase {
    readonly op: 'kdf' | 'seal';
    readonly key: string;
    readonly label: string;
    readonly salt: string;
    readonly length: number;
    readonly out: string;
    readonly aad: string;
    readonly plain: string;
    readonly sealed: string;
  }
  it.each(readFixture<Case>('proto/kdf-seal.json').cases)('$name', async (c) => {
    const key = fromHex(c.key);
    if (c.op === 'kdf') {
      expect(hex(await kdf(key, fromHex(c.salt), c.label, c.length))).toBe(c.out);
      return;
    }
    const box = fromHex(c.sealed);
    const plain = await unseal(key, c.label, fromHex(c.aad), box);
    expect(plain === null ? 'refused' : 'accepted').toBe(c.verdict);
    if (plain !== null) {
      expect(hex(plain)).toBe(c.plain);
      expect(await seal(key, c.label, fromHex(c.aad), plain, box.slice(0, 32))).toEqual(box);
    }
  });
});

describe('invite', () => {
  interface Case extends FixtureCase {
    readonly op: 'link' | 'derive' | 'commit' | 'record';
    readonly text: string;
    readonly secret: string;
    readonly id: string;
    readonly psk: string;
    readonly record_key: string;
    readonly slot_pk: string;
    readonly slot_address: string;
    readonly expert_pk: string;
    readonly expert_seed: string;
    readonly salt: string;
    readonly record: string;
    readonly known_version: string | null;
    readonly fields: Hexes & {
      role: number & string;
      uses: number & string;
      rendezvous: string[] & string;
      lan: string[] & string;
    };
  }
  const { cases } = readFixture<Case>('proto/invite.json');

  it.each(cases.filter(({ op }) => op === 'link'))('$name', (c) => {
    const at = c.text.indexOf('#');
    // The page only ever sees a fragment: what is wrong before it is the browser's business.
    if (at < 0 || c.reason === 'not-secure' || c.reason === 'not-a-link') return;
    const link = parseFragment(c.text.slice(at));
    if (c.verdict === 'accepted') expect(link).toEqual(fromHex(c.secret));
    // Punctuation behind a link is people's, not the link's.
    else if (c.text.endsWith('.')) expect(link).toBeInstanceOf(Uint8Array);
    else if (c.text.endsWith('!')) expect(link).toBe('link-cut');
    else expect(link).toBe(c.reason === 'cut-short' ? 'link-cut' : 'link-wrong');
  });

  it.each(cases.filter(({ op }) => op === 'derive'))('$name', async (c) => {
    const secrets = await inviteSecrets(fromHex(c.secret));
    expect(hex(secrets.inviteId)).toBe(c.id);
    expect(hex(secrets.psk)).toBe(c.psk);
    expect(hex(secrets.recordKey)).toBe(c.record_key);
    expect(hex(secrets.slotKey.publicKey)).toBe(c.slot_pk);
    expect(hex(await slotAddress(secrets.slotKey.publicKey))).toBe(c.slot_address);
  });

  it.each(cases.filter(({ op }) => op === 'commit'))('$name', async (c) => {
    expect(hex(await commitment(fromHex(c.expert_pk), fromHex(c.salt)))).toBe(c.secret);
  });

  it.each(cases.filter(({ op }) => op === 'record'))('$name', async (c) => {
    const secrets = await inviteSecrets(fromHex(c.secret));
    const box = fromHex(c.record);
    const opened = await openRecord(secrets, box, BigInt(c.known_version ?? '0'));
    if (c.verdict === 'refused') {
      expect(typeof opened === 'string' ? coarse(opened) : opened).toBe(c.reason);
      return;
    }
    if (typeof opened === 'string') throw new Error(opened);
    expect({
      expert_pk: hex(opened.expertKey),
      knock_address: hex(opened.knockAddress),
      lan: opened.lan,
      name: opened.name,
      not_after: opened.notAfter.toString(),
      not_before: opened.notBefore.toString(),
      pk_i: hex(opened.inviteKey),
      rendezvous: opened.rendezvous,
      role: ROLES[opened.role],
      salt: hex(opened.salt),
      sid: hex(opened.sid),
      uses: opened.uses,
      version: opened.version.toString(),
    }).toEqual(c.fields);
    const signed = encodeRecord(opened);
    const signer = await signKeyFromSeed(fromHex(c.expert_seed));
    const signature = await sign(signer, 'record', concat(secrets.inviteId, signed));
    expect(await sealRecord(secrets, signed, signature, box.slice(0, 32))).toEqual(box);
  });
});

interface ExportsCase {
  readonly id: string;
  readonly reply: string;
  readonly waiting: string;
  readonly trickle_o: string;
  readonly trickle_a: string;
  readonly numbers: string;
  readonly words: string[];
}
interface From {
  readonly name: string;
  readonly lang: string;
  readonly caps: string[];
  readonly offer: string | null;
  readonly peer_pk: string;
  readonly seal_pk: string;
  readonly slot_pk: string;
}
type MadeFrom = Pick<From, 'name' | 'lang' | 'caps' | 'offer'> & {
  readonly peer_seed: string;
  readonly seal_secret: string;
  readonly slot_seed: string;
};

async function expectExports(
  id: Bytes,
  exports: SessionExports,
  lang: string,
  c: ExportsCase,
): Promise<void> {
  expect(hex(id)).toBe(c.id);
  expect(hex(exports.reply)).toBe(c.reply);
  expect(hex(exports.waiting)).toBe(c.waiting);
  expect(hex(exports.trickleOffer)).toBe(c.trickle_o);
  expect(hex(exports.trickleAnswer)).toBe(c.trickle_a);
  expect(wordNumbers(exports.words)).toBe(c.numbers);
  expect(await words(exports.words, lang)).toEqual(c.words.map((word) => word.normalize('NFC')));
}

async function callerFrom(from: MadeFrom): Promise<Caller> {
  return {
    peer: await signKeyFromSeed(fromHex(from.peer_seed)),
    sealPublic: (await sealKeyFromSecret(fromHex(from.seal_secret))).publicKey,
    slotPublic: (await signKeyFromSeed(fromHex(from.slot_seed))).publicKey,
    name: cleanName(from.name),
    lang: from.lang,
    caps: from.caps,
  };
}

describe('knock', () => {
  interface Case extends FixtureCase {
    readonly message: string;
    readonly keys: Hexes;
    readonly hpke_ikm_e?: string;
    readonly made_from?: MadeFrom;
    readonly from: From;
    readonly exports: ExportsCase;
  }
  it.each(readFixture<Case>('proto/knock.json').cases)('$name', async (c) => {
    const field = (name: string): Bytes => fromHex(c.keys[name] ?? '');
    const secrets = await inviteSecrets(field('link_secret'));
    const message = fromHex(c.message);
    const keys = { inviteId: field('invite'), psk: field('psk') };
    const context = knockContext(keys, field('sid'), field('pk_i'), field('knock_address'));
    const key = await sealKeyFromSecret(field('sk_i'));
    const addressed = message[0] === 1 && message.length > 49 && same(message.slice(1, 17), keys.inviteId);
    const opened = addressed
      ? await openRequest('knock', context, key, message.slice(17)).catch(() => null)
      : null;
    expect(opened === null ? 'refused' : 'accepted').toBe(c.verdict);
    if (opened === null) return;
    const { body } = opened;
    expect({
      name: cleanName(body.name),
      lang: body.lang,
      caps: body.caps,
      offer: body.offer,
      peer_pk: hex(body.peerKey),
      seal_pk: hex(body.sealPublic),
      slot_pk: hex(body.slotPublic),
    }).toEqual({ ...c.from, reply_address: undefined });
    await expectExports(opened.id, opened.exports, body.lang, c.exports);
    if (c.made_from === undefined || c.hpke_ikm_e === undefined) return;
    const record = { sid: field('sid'), inviteKey: field('pk_i'), knockAddress: field('knock_address') };
    const made = await makeKnock(
      secrets,
      record as Parameters<typeof makeKnock>[1],
      await callerFrom(c.made_from),
      c.made_from.offer,
      await ephemeral(c.hpke_ikm_e),
    );
    expect(hex(made.message)).toBe(c.message);
    await expectExports(made.id, made.exports, body.lang, c.exports);
  });
});

describe('call', () => {
  interface Case extends FixtureCase {
    readonly message: string;
    readonly sid: string;
    readonly epoch: string;
    readonly known_epoch: string;
    readonly epoch_key: string;
    readonly callee: { peer_seed: string; seal_secret: string; slot_seed: string };
    readonly hpke_ikm_e?: string;
    readonly made_from?: MadeFrom;
    readonly exports: ExportsCase;
  }
  it.each(readFixture<Case>('proto/call.json').cases.filter((c) => c.verdict === 'accepted'))(
    '$name',
    async (c) => {
      const key = await sealKeyFromSecret(fromHex(c.callee.seal_secret));
      const callee = {
        peerKey: (await signKeyFromSeed(fromHex(c.callee.peer_seed))).publicKey,
        sealPublic: key.publicKey,
        slotPublic: (await signKeyFromSeed(fromHex(c.callee.slot_seed))).publicKey,
      };
      const epoch = BigInt(c.epoch);
      const context = await callContext(fromHex(c.sid), epoch, fromHex(c.epoch_key), callee);
      const message = fromHex(c.message);
      const opened = await openRequest('call', context, key, message.slice(9));
      if (opened === null || c.made_from === undefined || c.hpke_ikm_e === undefined)
        throw new Error('does not open');
      await expectExports(opened.id, opened.exports, opened.body.lang, c.exports);
      const made = await makeCall(
        fromHex(c.sid),
        epoch,
        fromHex(c.epoch_key),
        callee,
        await callerFrom(c.made_from),
        c.made_from.offer ?? '',
        await ephemeral(c.hpke_ikm_e),
      );
      expect(hex(made.message)).toBe(c.message);
    },
  );
});

describe('reply', () => {
  interface Case extends FixtureCase {
    readonly id: string;
    readonly message: string;
    readonly may_answer: string;
    readonly purpose: 'knock' | 'call';
    readonly reply_key: string;
    readonly signer_seed: string;
    readonly reply: {
      kind: Reply['kind'];
      chain?: string[];
      entries?: string[];
      answer?: string | null;
      reason?: Refusal;
      reason_name?: Refusal;
    };
  }
  it.each(readFixture<Case>('proto/reply.json').cases)('$name', async (c) => {
    const message = fromHex(c.message);
    const opened = await openReply(c.purpose, fromHex(c.reply_key), fromHex(c.id), message);
    if (c.verdict === 'refused') {
      const may = typeof opened !== 'string' && c.may_answer === hex(opened.signer);
      expect(typeof opened === 'string' ? coarse(opened) : may ? null : 'wrong-signer').toBe(c.reason);
      return;
    }
    if (typeof opened === 'string') throw new Error(opened);
    expect(hex(opened.signer)).toBe(c.may_answer);
    expect(opened.reply.kind).toBe(c.reply.kind);
    const signer = await signKeyFromSeed(fromHex(c.signer_seed));
    const salt = message.slice(33, 65);
    expect(await sealReply(fromHex(c.reply_key), fromHex(c.id), opened.reply, signer, salt)).toEqual(message);
  });
});

describe('trickle', () => {
  it('judges one sequence the same', async () => {
    const id = new Uint8Array(32).fill(0x1d);
    const answerer = new Trickle(id, new Uint8Array(32).fill(4), new Uint8Array(32).fill(3));
    for (const c of readFixture<FixtureCase & { message: string; body?: unknown }>('proto/trickle.json')
      .cases) {
      const opened = await answerer.open(fromHex(c.message));
      expect({ name: c.name, got: opened }).toEqual({
        name: c.name,
        got: c.verdict === 'accepted' ? c.body : c.reason,
      });
    }
  });
});

describe('waiting', () => {
  interface Case extends FixtureCase {
    readonly id: string;
    readonly n: string;
    readonly item: string;
    readonly waiting: string;
    readonly kind?: string;
    readonly content?: string;
  }
  it.each(readFixture<Case>('proto/waiting.json').cases)('$name', async (c) => {
    const item = fromHex(c.item);
    const opened = await openItem(fromHex(c.waiting), fromHex(c.id), BigInt(c.n), item);
    if (c.verdict === 'refused') {
      const sealed = c.reason === 'truncated' || c.reason === 'unknown-code' ? 'malformed' : c.reason;
      expect(opened).toBe(sealed);
      return;
    }
    if (typeof opened === 'string') throw new Error(opened);
    expect(opened.kind === 'blob' ? 'blob-chunk' : opened.kind).toBe(c.kind);
    if (opened.kind !== 'envelope' && opened.kind !== 'blob') return;
    const [content, sealAs] =
      opened.kind === 'envelope' ? [opened.envelope, sealEnvelopeItem] : [opened.chunk, sealBlobItem];
    expect(hex(content)).toBe(c.content);
    const salt = item.slice(1, 33);
    expect(await sealAs(fromHex(c.waiting), fromHex(c.id), BigInt(c.n), content, salt)).toEqual(item);
  });
});

describe('words', () => {
  interface Case extends FixtureCase {
    readonly export: string;
    readonly indices: number[];
    readonly lang: string;
    readonly numbers: string;
    readonly words: string[];
  }
  it.each(readFixture<Case>('proto/words.json').cases)('$name', async (c) => {
    const exported = fromHex(c.export);
    expect(wordIndices(exported)).toEqual(c.indices);
    expect(wordNumbers(exported)).toBe(c.numbers);
    expect(await words(exported, c.lang)).toEqual(c.words.map((word) => word.normalize('NFC')));
  });
});

describe('name', () => {
  it.each(readFixture<FixtureCase & { raw: string; shown: string }>('proto/name.json').cases)(
    '$name',
    (c) => {
      expect(cleanName(c.raw)).toBe(c.shown);
    },
  );
});

describe('hello', () => {
  interface Case extends FixtureCase {
    readonly expected: string;
    readonly peer: string;
    readonly seed: string;
    readonly sig: string;
    readonly link: { id: string; own: string; remote: string; sid: string; side: number };
  }
  it.each(readFixture<Case>('proto/hello.json').cases)('$name', async (c) => {
    // `link` is the judge's view; the signer's is the mirror of it.
    const context = {
      sid: fromHex(c.link.sid),
      id: fromHex(c.link.id),
      side: c.link.side === 1 ? 'answerer' : 'offerer',
      own: fromHex(c.link.remote),
      remote: fromHex(c.link.own),
    } as const;
    const hello = {
      t: 'hello',
      v: 1,
      peer: base64url(fromHex(c.peer)),
      sig: base64url(fromHex(c.sig)),
    } as const;
    const proved = await verifyHello(hello, context);
    const reason = c.peer !== c.expected ? 'other-peer' : typeof proved === 'string' ? 'mismatch' : undefined;
    expect(reason).toBe(c.reason);
    const signer = await signKeyFromSeed(fromHex(c.seed));
    if (reason === undefined && hex(signer.publicKey) === c.peer) {
      expect(await makeHello(signer, context)).toEqual(hello);
    }
  });
});

describe('candidate', () => {
  const { cases } = readFixture<FixtureCase & { line: string; with_loopback: string }>(
    'proto/candidate.json',
  );
  it.each(cases)('$name', (c) => {
    // Unusable lines are the browser's to refuse; forbidden ones never reach it.
    if (c.verdict === 'unusable') return;
    expect(isForbidden(c.line, false)).toBe(c.verdict === 'forbidden');
    if (c.with_loopback !== 'unusable')
      expect(isForbidden(c.line, true)).toBe(c.with_loopback === 'forbidden');
  });
});

describe('control', () => {
  it.each(readFixture<FixtureCase & { text: string; message?: unknown }>('proto/control.json').cases)(
    '$name: $text',
    (c) => {
      const message = parseControl(c.text);
      if (c.verdict === 'ignored') expect(message).toBeNull();
      else if (c.verdict === 'refused') expect(message).toBe(c.reason);
      else expect(message).toEqual(c.message ?? message);
      if (c.verdict === 'accepted') expect(message).toBeTypeOf('object');
    },
  );
});

describe('sdp', () => {
  interface Case extends FixtureCase {
    readonly sdp: string;
    readonly as_offer?: boolean;
    readonly as_answer?: boolean;
    readonly fingerprint?: string;
    readonly setup?: string;
  }
  it.each(readFixture<Case>('proto/sdp.json').cases)('$name', (c) => {
    const facts = checkSdp(c.sdp);
    if (typeof facts === 'string') {
      expect(facts).toBe(c.reason);
      return;
    }
    expect({ fingerprint: hex(facts.fingerprint), setup: facts.setup }).toEqual({
      fingerprint: c.fingerprint,
      setup: c.setup,
    });
    expect(typeof checkOffer(c.sdp) !== 'string').toBe(c.as_offer);
    expect(typeof checkAnswer(c.sdp) !== 'string').toBe(c.as_answer);
  });
});

describe('frames', () => {
  interface Case extends FixtureCase {
    readonly from: 'client' | 'server';
    readonly frame: string;
    readonly req: number | null;
    readonly fields?: Record<string, unknown>;
    readonly challenge?: { host: string; nonce: string };
    readonly signer_seed?: string;
  }
  const { cases } = readFixture<Case>('proto/frames.json');

  it.each(cases.filter(({ from }) => from === 'server'))('$name', (c) => {
    let frame: ServerFrame;
    try {
      frame = decodeServerFrame(fromHex(c.frame));
    } catch (error) {
      expect(error instanceof Malformed ? error.problem : error).toBe(c.reason);
      return;
    }
    expect(c.verdict).toBe('accepted');
    if ('req' in frame) expect(frame.req).toBe(c.req);
    if (frame.t === 'refused') expect(frame.reason).toBe(c.fields?.['reason_name']);
    if (frame.t === 'items') {
      expect(frame.items.map(({ n, item }) => [n.toString(), hex(item)])).toEqual(c.fields?.['items']);
    }
    if (frame.t === 'item') expect(hex(frame.item)).toBe(c.fields?.['item']);
    if (frame.t === 'policy') expect(hex(frame.policy)).toBe(c.fields?.['policy']);
    if (frame.t === 'mail') expect(frame.number.toString()).toBe(c.fields?.['number']);
    if (frame.t === 'upload') expect([frame.offset, frame.whole]).toEqual(c.fields?.['upload']);
    if (frame.t === 'mails') {
      const shown = frame.mails.map(({ number, name, label, size, writer }) => [
        number.toString(),
        hex(name),
        label.kind,
        label.epoch.toString(),
        label.audience,
        size,
        hex(writer),
      ]);
      expect([frame.more, ...shown]).toEqual(c.fields?.['mails']);
    }
    if (frame.t === 'mail-part') {
      expect([frame.size, frame.offset, hex(frame.bytes)]).toEqual(c.fields?.['part']);
    }
    if (frame.t === 'box-state') {
      const { right, version, last, own, whole } = frame;
      const numbers = [version, last, own.used, own.quota, whole.used, whole.quota].map(String);
      expect([right, ...numbers]).toEqual(c.fields?.['standing']);
    }
    if (frame.t === 'welcome') expect(frame.host).toBe(c.fields?.['host']);
  });

  it.each(cases.filter(({ from, verdict }) => from === 'client' && verdict === 'accepted'))(
    '$name',
    async (c) => {
      const request = await requestOf(c);
      // What only an invite's owner sends, the page never makes.
      if (request === null) return;
      const challenge = { nonce: fromHex(c.challenge?.nonce ?? ''), host: c.challenge?.host ?? '' };
      expect(hex(await encodeRequest(request, c.req ?? 0, challenge))).toBe(c.frame);
    },
  );

  /** The request that a client frame is, read back by hand. */
  async function requestOf(c: Case): Promise<ClientRequest | null> {
    const bytes = fromHex(c.frame);
    const at = (from: number, length: number): Bytes => bytes.slice(from, from + length);
    const view = new DataView(bytes.buffer);
    const seed = c.signer_seed === undefined ? null : await signKeyFromSeed(fromHex(c.signer_seed));
    switch (bytes[0]) {
      case 0x01:
        return seed && { t: 'listen', key: seed };
      case 0x02:
        return { t: 'send', to: at(5, 16), payload: bytes.slice(25) };
      case 0x04:
        return { t: 'get-record', inviteId: at(5, 16) };
      case 0x06:
        return seed && { t: 'open-slot', inviteId: at(5, 16), slotPublic: at(21, 32), slotKey: seed };
      case 0x07: {
        const item = at(49, view.getUint32(45));
        return (
          seed && {
            t: 'put-item',
            inviteId: at(5, 16),
            slot: at(21, 16),
            n: view.getBigUint64(37),
            item,
            key: seed,
          }
        );
      }
      case 0x08: {
        const holder = bytes[37] === 1 ? view.getBigUint64(38) : null;
        const next = holder === null ? 38 : 46;
        const expert = bytes[next] === 1 ? view.getBigUint64(next + 1) : null;
        return (
          seed && {
            t: 'get-items',
            inviteId: at(5, 16),
            slot: at(21, 16),
            afterHolder: holder,
            afterExpert: expert,
            key: seed,
          }
        );
      }
      case 0x0a:
        return { t: 'ping' };
      case 0x0c:
        return { t: 'get-policy' };
      case 0x0f: {
        const label = {
          kind: named(MAIL_KINDS, view.getUint8(37)),
          epoch: view.getBigUint64(38),
          audience: named(AUDIENCES, view.getUint8(46)),
        };
        const [size, offset] = [view.getUint32(47), view.getUint32(51)];
        const part = at(59, view.getUint32(55));
        return (
          seed && {
            t: 'put-part',
            box: at(5, 16),
            name: at(21, 16),
            label,
            size,
            offset,
            bytes: part,
            key: seed,
          }
        );
      }
      case 0x10:
        return seed && { t: 'upload-state', box: at(5, 16), name: at(21, 16), key: seed };
      case 0x11:
        return seed && { t: 'list-mail', box: at(5, 16), after: view.getBigUint64(21), key: seed };
      case 0x12: {
        const offset = view.getUint32(37);
        return seed && { t: 'read-mail', box: at(5, 16), name: at(21, 16), offset, key: seed };
      }
      case 0x13:
        return seed && { t: 'drop-mail', box: at(5, 16), name: at(21, 16), key: seed };
      case 0x14:
        return seed && { t: 'box-state', box: at(5, 16), key: seed };
      default:
        return null;
    }
  }
});

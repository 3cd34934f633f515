import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { concat, fromHex, hex, type Bytes } from '../src/seal/bytes.ts';
import {
  forceNativeEd25519,
  newSignKey,
  sign,
  signKeyFromSeed,
  soundKey,
  verify,
} from '../src/seal/ed25519.ts';
import { makeHello, verifyHello } from '../src/seal/hello.ts';
import { forceNativeX25519, newSealKey, recipient, sealKeyFromSecret, sender } from '../src/seal/hpke.ts';
import { openRecord, parseFragment } from '../src/seal/invite.ts';
import { seal, unseal } from '../src/seal/kdf.ts';
import { makeCall, makeKnock, type Caller } from '../src/seal/knock.ts';
import { cleanName } from '../src/seal/name.ts';
import { openReply, sealReply } from '../src/seal/reply.ts';
import { Trickle } from '../src/seal/trickle.ts';
import { openItem, sealEnvelopeItem } from '../src/seal/waiting.ts';
import { wordIndices, wordNumbers, words } from '../src/seal/words.ts';
import { Expert } from './support/expert.ts';

afterEach(() => {
  forceNativeEd25519(undefined);
  forceNativeX25519(undefined);
});

async function caller(name = 'Mihai'): Promise<Caller> {
  const slot = await newSignKey();
  return {
    peer: await newSignKey(),
    sealPublic: (await newSealKey()).publicKey,
    slotPublic: slot.publicKey,
    name,
    lang: 'en',
    caps: [],
  };
}

const text = (value: string): Bytes => new TextEncoder().encode(value);

describe('Seal', () => {
  it('opens with its key, label and aad only', async () => {
    const key = new Uint8Array(32).fill(1);
    const box = await seal(key, 'label', text('aad'), text('hello'));
    expect(await unseal(key, 'label', text('aad'), box)).toEqual(text('hello'));
    expect(await unseal(key, 'other', text('aad'), box)).toBeNull();
    expect(await unseal(key, 'label', text('bad'), box)).toBeNull();
    expect(await unseal(new Uint8Array(32), 'label', text('aad'), box)).toBeNull();
    for (let cut = 0; cut < box.length; cut++)
      expect(await unseal(key, 'label', text('aad'), box.slice(0, cut))).toBeNull();
  });
});

describe.each([
  { where: 'WebCrypto', native: true },
  { where: 'the fallback', native: false },
])('HPKE and Ed25519 with $where', ({ native }) => {
  it('seals to a key and exports the same', async () => {
    forceNativeX25519(native);
    const key = await newSealKey();
    const psk = { key: new Uint8Array(32).fill(7), id: text('id') };
    const from = await sender(key.publicKey, text('info'), psk);
    const box = await from.seal(text('plain'), text('aad'));
    const to = await recipient(key, from.enc, text('info'), psk);
    expect(await to?.open(box, text('aad'))).toEqual(text('plain'));
    expect(await to?.export('reply')).toEqual(await from.export('reply'));
  });

  it('signs what the other kind verifies', async () => {
    forceNativeEd25519(native);
    const key = await newSignKey();
    const signature = await sign(key, 'test', text('message'));
    forceNativeEd25519(!native);
    expect(await verify(key.publicKey, 'test', text('message'), signature)).toBe(true);
    expect(await verify(key.publicKey, 'test', text('messagf'), signature)).toBe(false);
    expect(await verify(key.publicKey, 'tesu', text('message'), signature)).toBe(false);
  });

  it('refuses small-order, mixed-order and non-canonical keys', () => {
    expect(soundKey(fromHex('01' + '00'.repeat(31)))).toBe(false);
    expect(soundKey(fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa'))).toBe(false);
    expect(soundKey(fromHex('f0' + 'ff'.repeat(30) + '7f'))).toBe(false);
    // A good key plus the point of order 2.
    expect(soundKey(new Uint8Array(32).fill(0xff))).toBe(false);
  });

  it('makes the same seal key from the same secret', async () => {
    const secret = fromHex('77076d0a7318a57d3c16c17251b26645df4b5d5a0a5bfb4f3b3c5f3b0c5b6b2a');
    forceNativeX25519(native);
    const key = await sealKeyFromSecret(secret);
    forceNativeX25519(!native);
    expect((await sealKeyFromSecret(secret)).publicKey).toEqual(key.publicKey);
  });
});

describe('RFC 9180', () => {
  const vectors = JSON.parse(readFileSync('../tests/fixtures/proto/rfc9180.json', 'utf8')) as {
    cases: Record<string, string>[];
  };
  it('is there', () => expect(vectors.cases.length).toBeGreaterThan(0));
});

describe('invite', () => {
  it('reads fragments and tells what is wrong with them', () => {
    const good = '-_v7-_v7-_v7-_v7-_v7-w';
    expect(parseFragment('#' + good)).toEqual(new Uint8Array(16).fill(0xfb));
    expect(parseFragment(good + '.')).toEqual(new Uint8Array(16).fill(0xfb));
    expect(parseFragment(good.slice(1))).toBe('link-cut');
    expect(parseFragment('')).toBe('link-cut');
    expect(parseFragment(good.slice(0, -1) + 'x')).toBe('link-wrong');
    expect(parseFragment(good + 'A')).toBe('link-wrong');
    expect(parseFragment(good.slice(0, -1) + '/')).toBe('link-wrong');
  });

  it('opens only the record that the link commits to', async () => {
    const expert = await Expert.found();
    const invite = await expert.invite();
    const { secrets, record } = invite;
    expect(await openRecord(secrets, invite.sealed, 0n)).toEqual(record);
    expect(await openRecord(secrets, invite.sealed, 2n)).toBe('went-back');
    const other = await Expert.found();
    const otherInvite = await other.invite();
    expect(await openRecord(secrets, otherInvite.sealed, 0n)).toBe('does-not-open');
    // Somebody with the link puts another expert in.
    const forged = { ...record, expertKey: other.peer.publicKey };
    expect(await openRecord(secrets, await other.sealRecord(secrets, forged), 0n)).toBe('other-expert');
    expect(await openRecord(secrets, await expert.sealRecord(secrets, record, other.peer), 0n)).toBe(
      'signature',
    );
    const lead = { ...record, role: 'lead' as const };
    expect(await openRecord(secrets, await expert.sealRecord(secrets, lead), 0n)).toBe('role');
  });
});

describe('knock and call', () => {
  it('a knock opens for the expert and leaves the same keys on both sides', async () => {
    const expert = await Expert.found();
    const invite = await expert.invite();
    const from = await caller();
    const knock = await makeKnock(invite.secrets, invite.record, from, 'v=0');
    const opened = await expert.openKnock(invite, knock.message);
    expect(opened?.body).toMatchObject({ name: 'Mihai', offer: 'v=0' });
    expect(opened?.id).toEqual(knock.id);
    expect(opened?.exports).toEqual(knock.exports);
    const moved = { ...invite, record: { ...invite.record, knockAddress: new Uint8Array(16) } };
    expect(await expert.openKnock(moved, knock.message)).toBeNull();
  });

  it('a call opens under the epoch key only', async () => {
    const expert = await Expert.found();
    const from = await caller();
    const call = await makeCall(expert.sid, 1n, expert.epochKey, expert.callee, from, 'v=0');
    expect((await expert.openCall(call.message))?.exports).toEqual(call.exports);
    const wrong = await makeCall(expert.sid, 1n, new Uint8Array(32), expert.callee, from, 'v=0');
    expect(await expert.openCall(wrong.message)).toBeNull();
  });
});

describe('reply', () => {
  const key = new Uint8Array(32).fill(3);
  const id = new Uint8Array(32).fill(4);

  it('comes back as it was, for its request only', async () => {
    const signer = await newSignKey();
    const reply = { kind: 'admitted', chain: [text('a')], answer: 'v=0' } as const;
    const message = await sealReply(key, id, reply, signer);
    expect(await openReply('knock', key, id, message)).toEqual({ reply, signer: signer.publicKey });
    expect(await openReply('call', key, id, message)).toBe('wrong-kind');
    expect(await openReply('knock', key, new Uint8Array(32), message)).toBe('not-for-us');
    expect(await openReply('knock', new Uint8Array(32), id, message)).toBe('does-not-open');
    message[message.length - 1] = (message[message.length - 1] ?? 0) ^ 1;
    expect(await openReply('knock', key, id, message)).toBe('does-not-open');
  });
});

describe('trickle', () => {
  it('refuses repeats and what went back', async () => {
    const id = new Uint8Array(32);
    const [a, b] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const offerer = new Trickle(id, a, b);
    const answerer = new Trickle(id, b, a);
    const first = await offerer.seal({ candidate: 'candidate:1', mid: '0' });
    const second = await offerer.seal({ candidate: null, mid: '0' });
    expect(await answerer.open(second)).toEqual({ candidate: null, mid: '0' });
    expect(await answerer.open(first)).toBe('not-rising');
    expect(await answerer.open(second)).toBe('not-rising');
    expect(await offerer.open(second)).toBe('does-not-open');
  });
});

describe('waiting items', () => {
  it('open at their own number only', async () => {
    const key = new Uint8Array(32).fill(1);
    const id = new Uint8Array(32).fill(2);
    const item = await sealEnvelopeItem(key, id, 5n, text('envelope'));
    expect(await openItem(key, id, 5n, item)).toEqual({ kind: 'envelope', envelope: text('envelope') });
    expect(await openItem(key, id, 6n, item)).toBe('does-not-open');
    expect(await openItem(key, id, 5n, concat(Uint8Array.of(9), text('x')))).toBe('malformed');
  });
});

describe('words', () => {
  it('are the first 44 bits', async () => {
    const exported = new Uint8Array(32);
    new DataView(exported.buffer).setBigUint64(
      0,
      (1n << 53n) | (2n << 42n) | (3n << 31n) | (2047n << 20n) | 0xfffffn,
    );
    expect(wordIndices(exported)).toEqual([1, 2, 3, 2047]);
    expect(wordNumbers(exported)).toBe('0001 0002 0003 2047');
    expect(await words(exported, 'en')).toEqual(['ability', 'able', 'about', 'zoo']);
    expect(await words(exported, 'ru')).toEqual(['ability', 'able', 'about', 'zoo']);
    expect(await words(exported, 'es-AR')).toEqual(['abdomen', 'abeja', 'abierto', 'zurdo']);
  });
});

describe('hello', () => {
  it('holds for its link, side and fingerprints only', async () => {
    const key = await signKeyFromSeed(new Uint8Array(32).fill(9));
    const context = {
      sid: new Uint8Array(16),
      id: new Uint8Array(32),
      side: 'answerer',
      own: new Uint8Array(32).fill(1),
      remote: new Uint8Array(32).fill(2),
    } as const;
    const hello = await makeHello(key, context);
    expect(await verifyHello(hello, context)).toEqual(key.publicKey);
    expect(await verifyHello(hello, { ...context, side: 'offerer' })).toBe('bad-signature');
    expect(await verifyHello(hello, { ...context, own: context.remote })).toBe('bad-signature');
    expect(await verifyHello({ ...hello, sig: hello.sig.slice(1) }, context)).toBe('malformed');
  });
});

describe('names', () => {
  it('lose what misleads and what is too long', () => {
    expect(cleanName('  Ana \u202Emalicious\u202C ')).toBe('Ana malicious');
    expect(cleanName('👩‍👩‍👧 Ana')).toBe('👩‍👩‍👧 Ana');
    expect(cleanName('x'.repeat(200))).toHaveLength(64);
    expect(hex(text(cleanName('\u0000')))).toBe('');
  });
});

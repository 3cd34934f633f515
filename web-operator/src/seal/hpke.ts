/**
 * HPKE (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, base and psk mode only.
 * WebCrypto does the curve where it has X25519; otherwise a fallback is fetched when first needed.
 */
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { utf8, type Bytes } from './bytes.ts';
import { PREFIX } from './kdf.ts';

const subtle = globalThis.crypto.subtle;
const ALGORITHM = 'X25519';

/** A seal key as it lies in storage: a non-extractable key, or raw bytes where there is none. */
export interface SealKey {
  readonly publicKey: Bytes;
  readonly secret: CryptoKey | Bytes;
}

export interface Psk {
  readonly key: Bytes;
  readonly id: Bytes;
}

/** What a sealed message leaves behind for the messages that follow it. */
export interface Exporter {
  export(label: string): Promise<Bytes>;
}

export interface Sender extends Exporter {
  readonly enc: Bytes;
  seal(plain: Bytes, aad: Bytes): Promise<Bytes>;
}

export interface Recipient extends Exporter {
  /** Null when the box was not made for this key, info, psk and aad. */
  open(box: Bytes, aad: Bytes): Promise<Bytes | null>;
}

let native: Promise<boolean> | undefined;
let suite: Promise<CipherSuite> | undefined;

/** Whether this browser's WebCrypto has X25519. */
export function nativeX25519(): Promise<boolean> {
  native ??= subtle.generateKey(ALGORITHM, false, ['deriveBits']).then(
    () => true,
    () => false,
  );
  return native;
}

/** For tests of the fallback. */
export function forceNativeX25519(value: boolean | undefined): void {
  native = value === undefined ? undefined : Promise.resolve(value);
  suite = undefined;
}

function hpke(): Promise<CipherSuite> {
  suite ??= (async () => {
    const kem = (await nativeX25519())
      ? new DhkemX25519HkdfSha256()
      : new (await import('./x25519-fallback.ts')).FallbackX25519();
    return new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes256Gcm() });
  })();
  return suite;
}

export async function newSealKey(): Promise<SealKey> {
  if (await nativeX25519()) {
    const pair = await subtle.generateKey(ALGORITHM, false, ['deriveBits']);
    const publicKey = new Uint8Array(await subtle.exportKey('raw', pair.publicKey));
    return { publicKey, secret: pair.privateKey };
  }
  const { kem } = await hpke();
  const pair = await kem.generateKeyPair();
  return {
    publicKey: new Uint8Array(await kem.serializePublicKey(pair.publicKey)),
    secret: new Uint8Array(await kem.serializePrivateKey(pair.privateKey)),
  };
}

/** From raw secret bytes; golden fixtures and tests need it, storage never does. */
export async function sealKeyFromSecret(secret: Bytes): Promise<SealKey> {
  const { kem } = await hpke();
  const key = await kem.deserializePrivateKey(secret);
  const publicKey = await publicHalf(secret);
  return { publicKey, secret: (await nativeX25519()) ? key : secret };
}

/** X25519 of the base point, by opening to it once: HPKE libraries hide scalar multiplication. */
async function publicHalf(secret: Bytes): Promise<Bytes> {
  if (!(await nativeX25519())) {
    const { publicHalf: half } = await import('./x25519-fallback.ts');
    return half(secret);
  }
  const { kem } = await hpke();
  const base = new Uint8Array(32);
  base[0] = 9;
  const key = await kem.deserializePrivateKey(secret);
  const point = await subtle.importKey('raw', base, ALGORITHM, true, []);
  return new Uint8Array(await subtle.deriveBits({ name: ALGORITHM, public: point }, key, 256));
}

/** Begins a message to `recipient`. `ephemeral` makes golden bytes and is never given otherwise. */
export async function sender(
  recipient: Bytes,
  info: Bytes,
  psk: Psk | null,
  ephemeral?: Bytes,
): Promise<Sender> {
  const { kem } = await hpke();
  const context = await (
    await hpke()
  ).createSenderContext({
    recipientPublicKey: await kem.deserializePublicKey(recipient),
    info,
    ...(psk === null ? {} : { psk }),
    ...(ephemeral === undefined ? {} : { ekm: await pairOf(ephemeral) }),
  });
  return {
    enc: new Uint8Array(context.enc),
    seal: async (plain, aad) => new Uint8Array(await context.seal(plain, aad)),
    export: async (label) => new Uint8Array(await context.export(utf8(PREFIX + label), 32)),
  };
}

/** Begins reading a message to `key`; null when `enc` is no usable point. */
export async function recipient(
  key: SealKey,
  enc: Bytes,
  info: Bytes,
  psk: Psk | null,
): Promise<Recipient | null> {
  try {
    const context = await (
      await hpke()
    ).createRecipientContext({
      recipientKey: await pairFrom(key),
      enc,
      info,
      ...(psk === null ? {} : { psk }),
    });
    return {
      open: (box, aad) =>
        context.open(box, aad).then(
          (plain) => new Uint8Array(plain),
          () => null,
        ),
      export: async (label) => new Uint8Array(await context.export(utf8(PREFIX + label), 32)),
    };
  } catch {
    return null;
  }
}

async function pairFrom(key: SealKey): Promise<CryptoKeyPair> {
  const { kem } = await hpke();
  const privateKey =
    key.secret instanceof Uint8Array ? await kem.deserializePrivateKey(key.secret) : key.secret;
  return { publicKey: await kem.deserializePublicKey(key.publicKey), privateKey };
}

async function pairOf(secret: Bytes): Promise<CryptoKeyPair> {
  return pairFrom({ publicKey: await publicHalf(secret), secret });
}

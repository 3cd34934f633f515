/**
 * The curve half of HPKE for browsers whose WebCrypto lacks X25519. Keys are plain bytes here and
 * can be read by scripts of this page; the page says so nowhere else but in its documentation.
 */
import { DhkemX25519HkdfSha256 } from '@hpke/core';
import { x25519 } from '@noble/curves/ed25519.js';
import type { Bytes } from './bytes.ts';

/** Stands where a CryptoKey would; only this file looks inside. */
interface RawKey {
  readonly raw: Bytes;
}

const wrap = (raw: Uint8Array): CryptoKey =>
  ({ raw: new Uint8Array(raw) }) satisfies RawKey as unknown as CryptoKey;
const unwrap = (key: CryptoKey): Bytes => (key as unknown as RawKey).raw;

export function publicHalf(secret: Bytes): Bytes {
  return new Uint8Array(x25519.getPublicKey(secret));
}

const sized = (input: ArrayBufferLike | ArrayBufferView): Bytes => {
  const raw = ArrayBuffer.isView(input)
    ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
    : new Uint8Array(input);
  if (raw.length !== 32) throw new RangeError('an X25519 key has 32 bytes');
  return new Uint8Array(raw);
};

const curve = {
  serializePublicKey: (key: CryptoKey) => Promise.resolve(unwrap(key).slice().buffer),
  serializePrivateKey: (key: CryptoKey) => Promise.resolve(unwrap(key).slice().buffer),
  deserializePublicKey: (raw: ArrayBufferLike | ArrayBufferView) => Promise.resolve(wrap(sized(raw))),
  deserializePrivateKey: (raw: ArrayBufferLike | ArrayBufferView) => Promise.resolve(wrap(sized(raw))),
  importKey: () => Promise.reject(new TypeError('raw keys only')),
  deriveKeyPair: () => Promise.reject(new TypeError('random keys only')),
  generateKeyPair: () => {
    const secret = x25519.utils.randomSecretKey();
    return Promise.resolve({
      privateKey: wrap(secret),
      publicKey: wrap(x25519.getPublicKey(secret)),
    });
  },
  derivePublicKey: (key: CryptoKey) => Promise.resolve(wrap(x25519.getPublicKey(unwrap(key)))),
  /** Throws for points of small order, as WebCrypto does. */
  dh: (secret: CryptoKey, peer: CryptoKey) =>
    new Promise<ArrayBuffer>((resolve) => {
      resolve(new Uint8Array(x25519.getSharedSecret(unwrap(secret), unwrap(peer))).buffer);
    }),
};

export class FallbackX25519 extends DhkemX25519HkdfSha256 {
  constructor() {
    super();
    this._prim = curve;
  }
}

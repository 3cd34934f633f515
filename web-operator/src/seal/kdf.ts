/** Hashing, key derivation and the symmetric `Seal`, all of it WebCrypto. */
import { concat, utf8, type Bytes } from './bytes.ts';

const subtle = globalThis.crypto.subtle;

/** Every label on the wire starts with this, so that no other protocol's bytes fit. */
export const PREFIX = 'sightline/1 ';

const SALT = 32;
const TAG = 16;
const NONE = new Uint8Array(0);

export async function sha256(...parts: readonly Uint8Array[]): Promise<Bytes> {
  return new Uint8Array(await subtle.digest('SHA-256', concat(...parts)));
}

export function random(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** HKDF-SHA256 with info = prefix ‖ label ‖ what, where `what` tells many values of one label apart. */
export async function kdf(
  ikm: Bytes,
  salt: Bytes,
  label: string,
  length: number,
  what: Bytes = NONE,
): Promise<Bytes> {
  const key = await subtle.importKey('raw', ikm, 'HKDF', false, ['deriveBits']);
  const info = concat(utf8(PREFIX + label), what);
  const bits = await subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info }, key, 8 * length);
  return new Uint8Array(bits);
}

/** Derivation without a salt, as invites and call keys use it. */
export function derive(ikm: Bytes, label: string, length: number): Promise<Bytes> {
  return kdf(ikm, NONE, label, length);
}

/**
 * salt ‖ AES-256-GCM, where key and nonce come from the salt; so one key may seal any number of
 * messages without a counter. The salt argument exists for golden bytes only.
 */
export async function seal(
  key: Bytes,
  label: string,
  aad: Bytes,
  plain: Bytes,
  salt: Bytes = random(SALT),
): Promise<Bytes> {
  const [aes, iv] = await sealingKey(key, salt, label);
  const box = await subtle.encrypt({ name: 'AES-GCM', iv, additionalData: aad }, aes, plain);
  return concat(salt, new Uint8Array(box));
}

/** Null when the box was not sealed with this key, label and aad. */
export async function unseal(key: Bytes, label: string, aad: Bytes, box: Bytes): Promise<Bytes | null> {
  if (box.length < SALT + TAG) return null;
  const [aes, iv] = await sealingKey(key, box.slice(0, SALT), label);
  try {
    const plain = await subtle.decrypt({ name: 'AES-GCM', iv, additionalData: aad }, aes, box.slice(SALT));
    return new Uint8Array(plain);
  } catch {
    return null;
  }
}

async function sealingKey(key: Bytes, salt: Bytes, label: string): Promise<[CryptoKey, Bytes]> {
  const both = await kdf(key, salt, label, 44);
  const aes = await subtle.importKey('raw', both.slice(0, 32), 'AES-GCM', false, ['encrypt', 'decrypt']);
  return [aes, both.slice(32)];
}

/**
 * Ed25519 with one rule on every device: a key is canonical, not of small order and torsion-free;
 * a signature has s < L, a canonical R not of small order, and fulfils the cofactorless equation.
 *
 * WebCrypto signs and verifies where the browser has Ed25519; otherwise the curve arithmetic that
 * the key check needs anyway does it, with the same verdicts.
 */
import { Point, getPublicKeyAsync, signAsync } from '@noble/ed25519';
import { concat, hex, same, utf8, type Bytes } from './bytes.ts';
import { PREFIX, random } from './kdf.ts';

const subtle = globalThis.crypto.subtle;
const ALGORITHM = 'Ed25519';

/** Group order L and field prime p. */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const PRIME = 2n ** 255n - 19n;

/** PKCS#8 wrapping of a 32-byte seed (RFC 8410). */
const PKCS8 = Uint8Array.of(48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32);

/** A signing key as it lies in storage: a non-extractable key, or the seed where there is none. */
export interface SignKey {
  readonly publicKey: Bytes;
  readonly secret: CryptoKey | Bytes;
}

let native: Promise<boolean> | undefined;

/** Whether this browser's WebCrypto has Ed25519. */
export function nativeEd25519(): Promise<boolean> {
  native ??= subtle.generateKey(ALGORITHM, false, ['sign', 'verify']).then(
    () => true,
    () => false,
  );
  return native;
}

/** For tests of the fallback. */
export function forceNativeEd25519(value: boolean | undefined): void {
  native = value === undefined ? undefined : Promise.resolve(value);
}

export async function newSignKey(): Promise<SignKey> {
  if (!(await nativeEd25519())) return signKeyFromSeed(random(32));
  const pair = await subtle.generateKey(ALGORITHM, false, ['sign', 'verify']);
  const { publicKey, privateKey } = pair;
  return { publicKey: new Uint8Array(await subtle.exportKey('raw', publicKey)), secret: privateKey };
}

export async function signKeyFromSeed(seed: Bytes): Promise<SignKey> {
  const publicKey = new Uint8Array(await getPublicKeyAsync(seed));
  if (!(await nativeEd25519())) return { publicKey, secret: seed };
  const secret = await subtle.importKey('pkcs8', concat(PKCS8, seed), ALGORITHM, false, ['sign']);
  return { publicKey, secret };
}

/** Ed25519 over prefix ‖ label ‖ 0x00 ‖ message. */
export async function sign(key: SignKey, label: string, message: Bytes): Promise<Bytes> {
  const input = labelled(label, message);
  if (key.secret instanceof Uint8Array) return new Uint8Array(await signAsync(input, key.secret));
  return new Uint8Array(await subtle.sign(ALGORITHM, key.secret, input));
}

export async function verify(
  publicKey: Bytes,
  label: string,
  message: Bytes,
  signature: Bytes,
): Promise<boolean> {
  return verifyRaw(publicKey, labelled(label, message), signature);
}

/** The rule itself, without a label; published vectors run against this. */
export async function verifyRaw(publicKey: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  if (signature.length !== 64 || !soundKey(publicKey)) return false;
  const r = signature.slice(0, 32);
  const s = littleEndian(signature.slice(32));
  if (s >= ORDER || !canonicalPoint(r) || SMALL_ORDER.has(hex(r))) return false;
  if (await nativeEd25519()) {
    const key = await subtle.importKey('raw', publicKey, ALGORITHM, false, ['verify']);
    return subtle.verify(ALGORITHM, key, signature, message);
  }
  const digest = await subtle.digest('SHA-512', concat(r, publicKey, message));
  const k = littleEndian(new Uint8Array(digest)) % ORDER;
  const expected = Point.BASE.multiply(s, false).subtract(Point.fromBytes(publicKey).multiply(k, false));
  return same(expected.toBytes(), r);
}

/** Verdicts on keys already met; a session meets few, and a flood of new ones empties it. */
const judged = new Map<string, boolean>();
const JUDGED_CAP = 512;

/** Canonical, not of small order, torsion-free. */
export function soundKey(publicKey: Bytes): boolean {
  const id = hex(publicKey);
  let sound = judged.get(id);
  if (sound === undefined) {
    sound = canonicalPoint(publicKey) && !SMALL_ORDER.has(id) && torsionFree(publicKey);
    if (judged.size >= JUDGED_CAP) judged.clear();
    judged.set(id, sound);
  }
  return sound;
}

function torsionFree(publicKey: Bytes): boolean {
  try {
    return Point.fromBytes(publicKey).isTorsionFree();
  } catch {
    return false;
  }
}

/** y below the prime; the sign bit of a zero x is caught by the list of small orders. */
function canonicalPoint(bytes: Bytes): boolean {
  if (bytes.length !== 32) return false;
  return (littleEndian(bytes) & (2n ** 255n - 1n)) < PRIME;
}

function littleEndian(bytes: Bytes): bigint {
  return BigInt('0x' + hex(bytes.slice().reverse()));
}

function labelled(label: string, message: Bytes): Bytes {
  return concat(utf8(PREFIX + label), Uint8Array.of(0), message);
}

/** The eight points of small order, with both sign bits where x is zero. */
const SMALL_ORDER = new Set([
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
]);

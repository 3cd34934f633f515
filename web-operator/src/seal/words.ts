/** The four words that both people see before admission, and their number form. */
import type { Bytes } from './bytes.ts';

/** Four 11-bit indices: the first 44 bits of the export. */
export function wordIndices(exported: Bytes): readonly number[] {
  let bits = 0n;
  for (const byte of exported.subarray(0, 6)) bits = (bits << 8n) | BigInt(byte);
  bits >>= 4n;
  return [33n, 22n, 11n, 0n].map((shift) => Number((bits >> shift) & 2047n));
}

/** "0123 0456 0789 1011": for languages without a list, and for reading aloud. */
export function wordNumbers(exported: Bytes): string {
  return wordIndices(exported)
    .map((index) => index.toString().padStart(4, '0'))
    .join(' ');
}

/** The list is fetched when it is needed; the knock's language chooses it, others get English. */
export async function words(exported: Bytes, lang: string): Promise<readonly string[]> {
  const { wordlist } = /^es\b/i.test(lang)
    ? await import('@scure/bip39/wordlists/spanish.js')
    : await import('@scure/bip39/wordlists/english.js');
  return wordIndices(exported).map((index) => (wordlist[index] ?? '').normalize('NFC'));
}

/** Blobs and labels as the other implementation has them, and the page's own for it. */
import { describe, expect, it } from 'vitest';
import { Bitmap } from '../../src/blob/bitmap.ts';
import { cleanLabel, cleanMediaType, uniqueLabel, fold } from '../../src/blob/label.ts';
import { CHUNK } from '../../src/blob/limits.ts';
import { ManifestMaker, blobId, chunkCount } from '../../src/blob/manifest.ts';
import { decodeMessage, encodeMessage, type BlobMessage } from '../../src/blob/message.ts';
import { concat, fromHex, hex, type Bytes } from '../../src/seal/bytes.ts';
import { goldenFixture, hasFixture, readFixture, type FixtureCase } from '../support/fixtures.ts';

/** Bytes that every implementation can make: byte n is the low byte of n * 31 + n / 251. */
function content(length: number): Bytes {
  const bytes = new Uint8Array(length);
  for (let n = 0; n < length; n++) bytes[n] = (n * 31 + Math.floor(n / 251)) & 0xff;
  return bytes;
}

async function manifestOf(length: number): Promise<{ hashes: string[]; blob: string }> {
  const bytes = content(length);
  const maker = new ManifestMaker(length);
  for (let chunk = 0; chunk < chunkCount(length); chunk++) {
    await maker.chunk(bytes.slice(chunk * CHUNK, (chunk + 1) * CHUNK));
  }
  const manifest = maker.manifest();
  const hashes = Array.from({ length: chunkCount(length) }, (_, n) =>
    hex(manifest.hashes.slice(32 * n, 32 * n + 32)),
  );
  return { hashes, blob: hex(await blobId(manifest)) };
}

interface BlobCase extends FixtureCase {
  readonly length?: number;
  readonly hashes?: readonly string[];
  readonly blob?: string;
  readonly message?: string | { readonly start: string; readonly length: number; readonly fill: number };
}

function bytesOf(message: NonNullable<BlobCase['message']>): Bytes {
  if (typeof message === 'string') return fromHex(message);
  const start = fromHex(message.start);
  return concat(start, new Uint8Array(message.length - start.length).fill(message.fill));
}

const PROTO_BLOB = 'proto/blob.json';
const PROTO_LABEL = 'proto/label.json';

describe.skipIf(!hasFixture(PROTO_BLOB))('blobs of the other implementation', () => {
  const cases = hasFixture(PROTO_BLOB) ? readFixture<BlobCase>(PROTO_BLOB).cases : [];
  it.each(cases)('$name', async (c) => {
    if (c.length !== undefined) {
      expect(await manifestOf(c.length)).toEqual({ hashes: c.hashes, blob: c.blob });
      return;
    }
    const bytes = bytesOf(c.message!);
    if (c.verdict === 'refused') {
      expect(() => decodeMessage(bytes)).toThrow();
    } else {
      expect(hex(encodeMessage(decodeMessage(bytes)))).toBe(hex(bytes));
    }
  });
});

interface LabelCase extends FixtureCase {
  readonly raw: string;
  readonly label?: string;
  /** The label when the first is taken. */
  readonly second?: string;
  readonly type?: string;
}

describe.skipIf(!hasFixture(PROTO_LABEL))('labels of the other implementation', () => {
  const cases = hasFixture(PROTO_LABEL) ? readFixture<LabelCase>(PROTO_LABEL).cases : [];
  it.each(cases)('$name', (c) => {
    if (c.type !== undefined) {
      expect(cleanMediaType(c.raw)).toBe(c.type);
      return;
    }
    expect(cleanLabel(c.raw)).toBe(c.label);
    expect(uniqueLabel(c.label!, new Set([fold(c.label!)]))).toBe(c.second);
  });
});

it('writes manifests and messages for the other implementation', async () => {
  const manifests = await Promise.all(
    [1, 4096, CHUNK - 1, CHUNK, 2 * CHUNK + 17].map(async (length) => ({
      name: `manifest of ${length} bytes`,
      length,
      ...(await manifestOf(length)),
    })),
  );
  const { blob, hashes } = await manifestOf(2 * CHUNK + 17);
  const have = new Bitmap(13);
  for (const chunk of [0, 1, 7, 8, 12]) have.add(chunk);
  const messages: readonly (readonly [string, BlobMessage])[] = [
    ['ask', { t: 'ask', blob }],
    ['hashes', { t: 'hashes', blob, size: 2 * CHUNK + 17, first: 0, hashes: concat(...hashes.map(fromHex)) }],
    ['get', { t: 'get', blob, chunk: 2, from: 16 }],
    ['piece', { t: 'piece', blob, chunk: 2, offset: 0, bytes: content(17) }],
    ['refused: unknown', { t: 'refused', blob, why: 'unknown' }],
    ['refused: disk', { t: 'refused', blob, why: 'disk' }],
    ['have', { t: 'have', blob, count: 13, bits: have.bits() }],
    ['cancel', { t: 'cancel', blob }],
  ];
  const taken = new Set(['a.txt', 'a (2).txt'].map(fold));
  const names = ['../x', 'C:\\x', 'CON', 'a\0b', 'photo\u202Egnp.exe', `${'é'.repeat(300)}.jpeg`, ' . '];
  goldenFixture('web/blob.json', {
    note: 'Manifests of contents whose byte n is the low byte of n*31 + floor(n/251); messages; labels of names.',
    cases: [
      ...manifests,
      ...messages.map(([name, message]) => ({ name, message: hex(encodeMessage(message)) })),
      ...names.map((raw) => ({
        name: `label of ${JSON.stringify(raw).slice(0, 40)}`,
        raw,
        label: cleanLabel(raw),
      })),
      { name: 'the same label again', raw: 'a.txt', taken: [...taken], label: uniqueLabel('a.txt', taken) },
    ],
  });
});

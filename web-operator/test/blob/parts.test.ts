/** Manifests, messages, labels, bitmaps: what comes from elsewhere is refused or read exactly. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { Bitmap } from '../../src/blob/bitmap.ts';
import { cleanLabel, cleanMediaType, uniqueLabel } from '../../src/blob/label.ts';
import { BLOB, CHUNK, CHUNKS, HASHES, LABEL, PIECE } from '../../src/blob/limits.ts';
import { ManifestParts, blobId, chunkCount, chunkLength, sizeProblem } from '../../src/blob/manifest.ts';
import { decodeMessage, encodeMessage, type BlobMessage } from '../../src/blob/message.ts';
import { cutIntoPieces } from '../../src/blob/serve.ts';
import { Speed } from '../../src/blob/speed.ts';
import { Malformed, concat, fromHex, hex, utf8, type Bytes } from '../../src/seal/bytes.ts';

vi.setConfig({ testTimeout: 30_000 });
const ID = 'ab'.repeat(32);
const bytesOf = (length: number, fill = 7): Bytes => new Uint8Array(length).fill(fill);

describe('manifest', () => {
  it('knows which sizes can be', () => {
    expect(sizeProblem(0)).toBe('empty');
    expect(sizeProblem(1)).toBeNull();
    expect(sizeProblem(BLOB)).toBeNull();
    expect(sizeProblem(BLOB + 1)).toBe('too-large');
    for (const size of [-1, 1.5, Number.NaN, 2 ** 60]) expect(sizeProblem(size)).toBe('wrong-size');
  });

  it('cuts a size into chunks', () => {
    expect([1, CHUNK, CHUNK + 1].map(chunkCount)).toEqual([1, 1, 2]);
    expect(chunkLength(CHUNK + 1, 0)).toBe(CHUNK);
    expect(chunkLength(CHUNK + 1, 1)).toBe(1);
  });

  it('is put together from parts in any order, and counts only when it is the blob’s', async () => {
    const size = (HASHES + 3) * CHUNK;
    const hashes = crypto.getRandomValues(new Uint8Array((HASHES + 3) * 32));
    const blob = hex(await blobId({ size, hashes }));
    const parts = new ManifestParts(blob, size);
    const [first, last] = [hashes.slice(0, HASHES * 32), hashes.slice(HASHES * 32)];
    expect(await parts.add(size + 1, 0, first)).toBe('wrong-size');
    expect(await parts.add(size, 0, last)).toBe('wrong-hashes');
    expect(await parts.add(size, 1, first)).toBe('wrong-hashes');
    expect(await parts.add(size, 2 * HASHES, last)).toBe('wrong-hashes');
    expect(await parts.add(size, HASHES, last)).toBeNull();
    expect(parts.next).toBe(0);
    const lie = first.map((byte, at) => (at === 5 ? byte ^ 1 : byte));
    expect(await parts.add(size, 0, lie)).toBe('wrong-hashes');
    // A lie costs the whole: nobody knows which part it was.
    expect(await parts.add(size, 0, first)).toBeNull();
    expect(await parts.add(size, HASHES, last)).toMatchObject({ size });
  });
});

it('what is said of large blobs costs little before somebody has them', () => {
  const before = process.memoryUsage().arrayBuffers;
  const parts = Array.from({ length: 100 }, () => new ManifestParts(ID, BLOB));
  const after = process.memoryUsage().arrayBuffers;
  expect((after - before) / parts.length).toBeLessThan(CHUNKS);
});

const messages: fc.Arbitrary<BlobMessage> = (() => {
  const blob = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((id) => hex(id));
  const some = (min: number, max: number) =>
    fc.uint8Array({ minLength: min, maxLength: max }).map((b) => new Uint8Array(b));
  return fc.oneof(
    fc.record({ t: fc.constant('ask' as const), blob }),
    fc.record({ t: fc.constant('cancel' as const), blob }),
    fc.record({
      t: fc.constant('get' as const),
      blob,
      chunk: fc.nat({ max: CHUNKS - 1 }),
      from: fc.nat({ max: CHUNK - 1 }),
    }),
    fc.record({
      t: fc.constant('piece' as const),
      blob,
      chunk: fc.nat({ max: CHUNKS - 1 }),
      offset: fc.nat({ max: CHUNK - 500 }),
      bytes: some(1, 500),
    }),
    fc.record({
      t: fc.constant('refused' as const),
      blob,
      why: fc.constantFrom('unknown', 'not-here', 'busy', 'disk'),
    }),
  );
})();

describe('messages', () => {
  it('read as they were written', () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(decodeMessage(encodeMessage(message))).toEqual(message);
      }),
    );
  });

  it('never break on bytes that are something else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeMessage(new Uint8Array(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(Malformed);
        }
      }),
    );
  });

  const refused: readonly (readonly [string, Bytes])[] = [
    ['nothing', bytesOf(0)],
    ['an unknown kind', concat(Uint8Array.of(8), fromHex(ID))],
    ['a cut id', concat(Uint8Array.of(1), bytesOf(31))],
    ['an ask with more', concat(Uint8Array.of(1), fromHex(ID), Uint8Array.of(0))],
    ['hashes that are none', encodeMessage({ t: 'hashes', blob: ID, size: 5, first: 0, hashes: bytesOf(0) })],
    ['a hash that is cut', encodeMessage({ t: 'hashes', blob: ID, size: 5, first: 0, hashes: bytesOf(31) })],
    ['hashes past the end', encodeMessage({ t: 'hashes', blob: ID, size: 5, first: 1, hashes: bytesOf(32) })],
    ['hashes of nothing', encodeMessage({ t: 'hashes', blob: ID, size: 0, first: 0, hashes: bytesOf(32) })],
    [
      'too many hashes',
      encodeMessage({ t: 'hashes', blob: ID, size: BLOB, first: 0, hashes: bytesOf(32 * (HASHES + 1)) }),
    ],
    ['an offset past the chunk', encodeMessage({ t: 'get', blob: ID, chunk: 0, from: CHUNK })],
    ['a chunk past the largest blob', encodeMessage({ t: 'get', blob: ID, chunk: CHUNKS, from: 0 })],
    ['an empty piece', encodeMessage({ t: 'piece', blob: ID, chunk: 0, offset: 0, bytes: bytesOf(0) })],
    [
      'a large piece',
      encodeMessage({ t: 'piece', blob: ID, chunk: 0, offset: 0, bytes: bytesOf(PIECE + 1) }),
    ],
    [
      'a piece past the chunk',
      encodeMessage({ t: 'piece', blob: ID, chunk: 0, offset: CHUNK - 1, bytes: bytesOf(2) }),
    ],
    ['an unknown reason', concat(Uint8Array.of(5), fromHex(ID), Uint8Array.of(9))],
    ['a bitmap of nothing', encodeMessage({ t: 'have', blob: ID, count: 0, bits: bytesOf(0) })],
    ['a short bitmap', encodeMessage({ t: 'have', blob: ID, count: 9, bits: bytesOf(1) })],
    ['bits past the count', encodeMessage({ t: 'have', blob: ID, count: 1, bits: bytesOf(1, 2) })],
    ['more than a message', bytesOf(60_001, 4)],
  ];
  it.each(refused)('refuses %s', (_name, bytes) => {
    expect(() => decodeMessage(bytes)).toThrow(Malformed);
  });

  it('takes a bitmap that fills its bytes', () => {
    const have = { t: 'have', blob: ID, count: 8, bits: bytesOf(1, 0xff) } as const;
    expect(decodeMessage(encodeMessage(have))).toEqual(have);
  });

  it('cuts a chunk into pieces that make it again', () => {
    const chunk = crypto.getRandomValues(new Uint8Array(60_000));
    const pieces = cutIntoPieces({ blob: ID, chunk: 3, from: 100 }, chunk, 25_000).map(decodeMessage);
    expect(pieces.map((piece) => piece.t === 'piece' && piece.offset)).toEqual([100, 25_100, 50_100]);
    expect(concat(...pieces.map((piece) => (piece.t === 'piece' ? piece.bytes : bytesOf(0))))).toEqual(chunk);
  });
});

describe('bitmap', () => {
  it('finds what is missing', () => {
    const bitmap = new Bitmap(20);
    expect(bitmap.missing()).toBe(0);
    for (let chunk = 0; chunk < 20; chunk++) if (chunk !== 17) bitmap.add(chunk);
    bitmap.add(40);
    expect([bitmap.missing(), bitmap.missing(18), bitmap.size, bitmap.full]).toEqual([17, null, 19, false]);
    bitmap.add(17);
    expect([bitmap.missing(), bitmap.full]).toEqual([null, true]);
    expect(new Bitmap(20, bitmap.bits()).size).toBe(20);
  });
});

describe('labels', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['photo.jpg', 'photo.jpg'],
    ['../x', 'x'],
    ['..\\..\\x', 'x'],
    ['C:\\x', 'x'],
    ['/etc/passwd', 'passwd'],
    ['..', 'file'],
    ['.', 'file'],
    ['', 'file'],
    ['   ', 'file'],
    ['a/', 'file'],
    ['CON', '_CON'],
    ['con.txt', '_con.txt'],
    ['COM1.log', '_COM1.log'],
    ['console.log', 'console.log'],
    ['a\0b.txt', 'ab.txt'],
    ['cod\u202Egpj.exe', 'codgpj.exe'],
    ['\u001b[31mred.txt', '[31mred.txt'],
    ['name.txt.', 'name.txt'],
    ['name.txt  ', 'name.txt'],
    ['.bashrc', 'bashrc'],
    ['a<b>:"|?*.txt', 'a_b______.txt'],
    ['line\r\nbreak.txt', 'linebreak.txt'],
    ['größe 日本 🙏.png', 'größe 日本 🙏.png'],
  ];
  it.each(cases)('%j is %j', (raw, label) => {
    expect(cleanLabel(raw)).toBe(label);
  });

  it('keeps the ending of a name that is too long, and cuts between characters', () => {
    const label = cleanLabel(`${'🙏'.repeat(100)}.jpeg`);
    expect(utf8(label).length).toBeLessThanOrEqual(LABEL);
    expect(label.endsWith('🙏.jpeg')).toBe(true);
    expect(utf8(cleanLabel(`a.${'b'.repeat(300)}`))).toHaveLength(LABEL);
  });

  it('is always a safe name, and stays as it is when it is one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (raw) => {
        const label = cleanLabel(raw);
        expect(utf8(label).length).toBeLessThanOrEqual(LABEL);
        expect(label).not.toMatch(/[/\\\0<>:"|?*]|^[ .]|[ .]$|^$/);
        expect(cleanLabel(label)).toBe(label);
      }),
      { numRuns: 200 },
    );
  });

  it('never gives one name twice, whatever the case', () => {
    const taken = new Set(['photo.jpg', 'photo (2).jpg']);
    expect(uniqueLabel('PHOTO.jpg', taken)).toBe('PHOTO (3).jpg');
    expect(uniqueLabel('other', taken)).toBe('other');
    const long = 'a'.repeat(LABEL);
    expect(utf8(uniqueLabel(long, new Set([long])))).toHaveLength(LABEL);
  });

  it('reads a media type or says that nothing is known', () => {
    expect(cleanMediaType('Image/JPEG; q=1')).toBe('image/jpeg');
    for (const raw of ['', 'image', 'a/b/c', 'text/<b>', `x/${'y'.repeat(200)}`]) {
      expect(cleanMediaType(raw)).toBe('application/octet-stream');
    }
  });
});

describe('speed', () => {
  it('is of the last seconds', () => {
    const speed = new Speed();
    for (let at = 0; at <= 10_000; at += 100) speed.add(1000, at);
    expect(speed.perSec(10_000)).toBeGreaterThan(9_000);
    expect(speed.perSec(10_000)).toBeLessThan(11_500);
    expect(speed.perSec(20_000)).toBe(0);
  });
});

/** One blob from several sources, on a clock of its own: sources that drip, and what they leave behind. */
import { describe, expect, it } from 'vitest';
import { Bitmap } from '../../src/blob/bitmap.ts';
import { Fetch, type Source } from '../../src/blob/fetch.ts';
import { CHUNK, HASHES, PIECE, STALLED_MS, WINDOW } from '../../src/blob/limits.ts';
import type { BlobMessage } from '../../src/blob/message.ts';

const BLOB = 'ab'.repeat(32);

/** A fetch of so many chunks whose manifest is there. */
function fetchOf(chunks: number): Fetch {
  const size = chunks * CHUNK;
  const manifest = { size, hashes: new Uint8Array(chunks * 32) };
  return new Fetch(BLOB, size, { manifest, have: new Bitmap(chunks).bits() });
}

const gets = (messages: readonly BlobMessage[]) => messages.flatMap((m) => (m.t === 'get' ? [m] : []));

describe('a source that drips', () => {
  it('keeps no chunk from others', () => {
    const fetch = fetchOf(4);
    const [slow, fast]: Source[] = [1, 2];
    expect(gets(fetch.next(slow!, 0))).toHaveLength(4);
    let asked: BlobMessage[] = [];
    for (let now = 0; asked.length === 0 && now < 10 * STALLED_MS; now += 1_000) {
      fetch.piece(slow!, 0, now / 1_000, new Uint8Array(1), now);
      fetch.tick(now);
      asked = fetch.next(fast!, now);
      if (asked.length > 0) expect(now).toBeLessThanOrEqual(STALLED_MS + 1_000);
    }
    expect(gets(asked).map(({ chunk }) => chunk)).toEqual([0, 1, 2, 3]);
    expect(gets(asked)[0]?.from).toBeGreaterThan(10);
  });

  it('of the manifest is left for another one', async () => {
    const size = (HASHES + 1) * CHUNK;
    const fetch = new Fetch(BLOB, size);
    expect(fetch.next(1, 0)).toHaveLength(1);
    expect(fetch.next(2, 0)).toHaveLength(0);
    for (let now = 0; now < 2 * STALLED_MS; now += 1_000) {
      await fetch.hashes(1, { size, first: 0, hashes: new Uint8Array(HASHES * 32) }, now);
      fetch.tick(now);
    }
    expect(fetch.next(2, 2 * STALLED_MS)).toEqual([{ t: 'ask', blob: BLOB }]);
  });

  it('is waited for when nobody else has it, however slow it is', () => {
    const none = new Bitmap(1).bits();
    for (const [bytesPerSec, other] of [
      [20_000, true],
      [1_000, false],
      [1_000, true],
    ] as const) {
      const fetch = fetchOf(1);
      expect(gets(fetch.next(1, 0))).toHaveLength(1);
      if (other) {
        fetch.next(2, 0);
        fetch.has(2, 1, none);
      }
      let whole = null;
      for (let at = 0, now = 0; at < CHUNK; at += 4_000) {
        const step = (4_000 * 1_000) / bytesPerSec;
        for (const end = now + step; now < end; now += 500) fetch.tick(now);
        whole = fetch.piece(1, 0, at, new Uint8Array(Math.min(4_000, CHUNK - at)), now);
      }
      expect(whole, `${bytesPerSec} bytes per second`).not.toBeNull();
    }
  });
});

it('keeps no more begun chunks than a window', () => {
  const chunks = 4 * WINDOW;
  const fetch = fetchOf(chunks);
  const theirs = new Bitmap(chunks, new Uint8Array(chunks / 8).fill(0xff));
  let began = 0;
  for (let round = 0; round < 10; round++) {
    const left = new Bitmap(chunks);
    for (let chunk = 0; chunk < chunks; chunk++) if (chunk >= began) left.add(chunk);
    fetch.has(1, chunks, left.bits());
    for (const { chunk, from } of gets(fetch.next(1, round))) {
      expect(from).toBe(0);
      fetch.piece(1, chunk, 0, new Uint8Array(PIECE), round);
      began += 1;
    }
    fetch.refused(1, 'not-here', round);
  }
  expect(began).toBe(chunks);
  fetch.gone(1);
  fetch.has(2, chunks, theirs.bits());
  let kept = 0;
  for (let round = 0; round < 4; round++) {
    for (const { chunk, from } of gets(fetch.next(2, round))) {
      if (from > 0) kept += 1;
      fetch.put(chunk);
    }
  }
  expect(fetch.done).toBe(true);
  expect(kept).toBe(WINDOW);
});

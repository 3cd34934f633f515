/** The page's end of the blobs' worker. */
import { describe, expect, it } from 'vitest';
import type { ToBlobs } from '../../src/blob/messages.ts';
import { BlobPort, type BlobWorkerLike } from '../../src/blob/port.ts';

describe('a worker that is gone', () => {
  it('leaves no question without an answer, before and after', async () => {
    const asked: ToBlobs['t'][] = [];
    const worker: BlobWorkerLike = {
      postMessage: ({ t }) => asked.push(t),
      onmessage: null,
      onerror: null,
    };
    const port = new BlobPort(() => worker, { changed: () => undefined, send: () => true });
    const blob = '11'.repeat(32);
    const ask = () =>
      Promise.all([
        port.take('t', new Blob(['x']), () => undefined),
        port.open(blob),
        port.part(blob, { whole: 0 }),
        port.missing(blob),
      ]);
    const before = ask();
    worker.onerror?.(new Event('error'));
    const none = [{ problem: 'file-unreadable' }, null, null, null];
    expect(await before).toEqual(none);
    expect(await ask()).toEqual(none);
    expect(asked).toEqual(['take', 'open', 'part', 'missing']);
  });
});

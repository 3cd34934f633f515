import { describe, expect, it, vi } from 'vitest';
import { LateFiles } from './late-files';
import { noFiles, type FilesPort } from './show';

/** Files that say when they are used. */
const files = (used: () => void = () => undefined): FilesPort => ({
  ...noFiles,
  send: () => {
    used();
    return Promise.resolve(['blob']);
  },
  keep: () => {
    used();
    return Promise.resolve({ blob: 'blob', size: 1 });
  },
});

describe('files before their code is there', () => {
  it('are sent when it comes', async () => {
    const late = new LateFiles();
    const sent = late.send([new File(['a'], 'a.txt')]);
    late.use(files());
    expect(await sent).toEqual(['blob']);
  });

  it('do not go to another session when theirs ended first', async () => {
    const late = new LateFiles();
    const sent = late.send([new File(['a'], 'a.txt')]);
    const kept = late.keep(new Blob(['a']), 'a');
    late.use(null);
    const used = vi.fn();
    late.use(files(used));
    expect([await sent, await kept]).toEqual([[], null]);
    expect(used).not.toHaveBeenCalled();
  });
});

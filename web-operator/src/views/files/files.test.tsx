// @vitest-environment happy-dom
/** What a person sees of files and does with them. */
import { render, type VNode } from 'preact';
import { act as flush } from 'preact/test-utils';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { FILES, galleryFiles } from '../../../dev/files';
import type { Commands } from '../../app/commands';
import { loadLanguage, type Say } from '../../i18n/language';
import { noShow, type FileItem, type FilesPort, type FilesSnapshot } from '../../session/show';
import { Attach } from '../attach';
import { UiProvider } from '../ui';
import { Card, FileCard } from './card';
import { filesOf } from './dropped';
import { DropZone, FileProblem, Preparing } from './room-files';
import { saveAll } from './saving';
import { ShelfSheet } from './shelf';
import { lineOf, sizeText } from './words';

let say: Say;
const calls: unknown[][] = [];
const commands = new Proxy({} as Commands, {
  get:
    (_target, name) =>
    (...args: unknown[]) =>
      calls.push([name, ...args]),
});

beforeAll(async () => {
  say = await loadLanguage('en');
});

/** Without the marks that keep names of another script apart. */
const plain = (text: string | null): string => (text ?? '').replace(/[\u2068\u2069]/g, '');
const act = (work: () => void): void => void flush(work);

afterEach(() => {
  act(() => render(null, document.body));
  calls.length = 0;
});

const NONE: FilesSnapshot = { files: [], maxBytes: 1000, problem: null };

function portOf(snapshot: FilesSnapshot, change: Partial<FilesPort> = {}): FilesPort {
  return { ...galleryFiles(null), snapshot: () => snapshot, open: () => Promise.resolve(null), ...change };
}

function draw(view: VNode, port: FilesPort = portOf(NONE)): void {
  act(() =>
    render(
      <UiProvider value={{ say, commands, files: port, show: noShow }}>{view}</UiProvider>,
      document.body,
    ),
  );
}

const file = (id: string): FileItem => FILES.find((one) => one.id === id)!;
const at = (testId: string): HTMLElement | null => document.querySelector(`[data-testid="${testId}"]`);
const press = (testId: string): void => act(() => at(testId)!.click());

describe('the line under a file', () => {
  const line = (id: string, change: Partial<FileItem> = {}) =>
    plain(lineOf({ ...file(id), ...change }, say, 'Ana').text);

  it.each([
    ['photo', 'Ana has it'],
    ['stored', 'Waiting for Ana, sealed'],
    ['kept', 'Kept here, sent when Ana is connected'],
    ['open', 'Keep this page open until it is sent'],
    ['offered', 'Large. Get it when you want it.'],
    ['paused', 'Paused'],
    ['full', 'This device has no room for “backup.img”'],
    ['manual', ''],
  ])('of %s is %j', (id, text) => {
    expect(line(id)).toBe(text);
  });

  it('says how far, how fast and how long', () => {
    expect(line('sending')).toBe('31 MB of 52 MB · 1.9 MB/s · 12 seconds left');
    const slow = { have: 0, size: 3e9, perSec: 1e5, secsLeft: 30_000 };
    expect(line('arriving', { progress: slow })).toBe('0 bytes of 3 GB · 100 kB/s · 8 hours left');
    const still = { have: 5, size: 10, perSec: 0, secsLeft: null };
    expect(line('arriving', { progress: still })).toBe('5 bytes of 10 bytes');
  });

  it('tells that a file is read before it is sent', () => {
    expect(line('photo', { blob: '', state: 'arriving' })).toBe('Getting ready…');
  });
});

it('writes sizes as people do', () => {
  expect([0, 999, 1000, 1_260_000, 12_600_000, 999_600_000, 5e12].map((n) => sizeText(n, 'en'))).toEqual([
    '0 bytes',
    '999 bytes',
    '1 kB',
    '1.3 MB',
    '13 MB',
    '1 GB',
    '5,000 GB',
  ]);
});

describe('a card', () => {
  it.each([
    ['offered', 'file-fetch', 'fetch'],
    ['full', 'file-again', 'fetch'],
    ['paused', 'file-resume', 'resume'],
    ['arriving', 'file-pause', 'pause'],
    ['arriving', 'file-cancel', 'cancel'],
    ['sending', 'file-pause', 'pause'],
    ['sending', 'file-cancel', 'cancel'],
  ])('of %s has %s', (id, button, what) => {
    draw(<Card file={file(id)} expertName="Ana" />);
    press(button);
    expect(calls).toEqual([['fileAct', id, what]]);
  });

  it('shows a picture only when the bytes are one, and opens it large', async () => {
    const png = Uint8Array.from([
      ...[0x89, 0x50, 0x4e, 0x47, 0xd, 0xa, 0x1a, 0xa],
      ...[0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 9, 0, 0, 0, 9],
    ]);
    const open = (type: string) => () => Promise.resolve(new File([png], 'x', { type }));
    draw(<Card file={file('photo')} expertName="Ana" />, portOf(NONE, { open: open('image/png') }));
    await vi.waitFor(() => expect(at('file-image')).not.toBeNull());
    act(() => at('file-image')!.closest('button')!.click());
    expect(at('file-viewer')).not.toBeNull();
    press('viewer-close');
    expect(at('file-viewer')).toBeNull();
    // Something else under the name of a photo stays a card.
    act(() => render(null, document.body));
    const other = vi.fn(open('application/octet-stream'));
    draw(<Card file={file('photo')} expertName="Ana" />, portOf(NONE, { open: other }));
    await vi.waitFor(() => expect(other).toHaveBeenCalled());
    await Promise.resolve();
    expect(at('file-image')).toBeNull();
  });

  it('finds its file by blob and author, and follows it', () => {
    let snapshot: FilesSnapshot = { ...NONE, files: [file('arriving')] };
    let changed: () => void = () => undefined;
    const port = portOf(snapshot, {
      snapshot: () => snapshot,
      subscribe: (listener) => {
        changed = listener;
        return () => undefined;
      },
    });
    draw(<FileCard blob="arriving" author="ana" mine={false} expertName="Ana" />, port);
    expect(at('file-card')!.dataset['state']).toBe('arriving');
    snapshot = { ...snapshot, files: [{ ...file('arriving'), state: 'here' }] };
    act(() => changed());
    expect(at('file-card')!.dataset['state']).toBe('here');
    draw(<FileCard blob="arriving" author="somebody" mine={false} expertName="Ana" />, port);
    expect(at('file-card')).toBeNull();
  });
});

describe('sending', () => {
  it('takes photos and files', () => {
    draw(<Attach />);
    const photo = at('attach-photo-input') as HTMLInputElement;
    expect([photo.accept, photo.getAttribute('capture')]).toEqual(['image/*,video/*', 'environment']);
    const input = at('attach-file-input') as HTMLInputElement;
    expect(input.multiple).toBe(true);
    const chosen = [new File(['a'], 'a.txt'), new File(['b'], 'b.txt')];
    Object.defineProperty(input, 'files', { value: chosen });
    act(() => input.dispatchEvent(new Event('change')));
    expect(calls).toEqual([['sendFiles', chosen]]);
  });

  it('takes what is pasted and leaves pasted text alone', () => {
    draw(<DropZone />);
    const paste = (files: readonly File[]): Event => {
      const event = new Event('paste', { cancelable: true });
      Object.defineProperty(event, 'clipboardData', { value: { files } });
      act(() => document.dispatchEvent(event));
      return event;
    };
    expect(paste([]).defaultPrevented).toBe(false);
    const picture = new File(['x'], 'image.png', { type: 'image/png' });
    expect(paste([picture]).defaultPrevented).toBe(true);
    expect(calls).toEqual([['sendFiles', [picture]]]);
  });

  it('takes a dropped folder with everything in it', async () => {
    const inside = [new File(['1'], '1.jpg'), new File(['2'], '2.jpg')];
    const leaf = (one: File) => ({ isDirectory: false, file: (done: (file: File) => void) => done(one) });
    const folder = (entries: unknown[]) => ({
      isDirectory: true,
      createReader: () => ({ readEntries: (done: (part: unknown[]) => void) => done(entries.splice(0)) }),
    });
    const tree = folder([leaf(inside[0]!), folder([leaf(inside[1]!)])]);
    const alone = new File(['3'], '3.jpg');
    const items = [
      { kind: 'file', webkitGetAsEntry: () => tree, getAsFile: () => null },
      { kind: 'file', webkitGetAsEntry: () => leaf(alone), getAsFile: () => alone },
      { kind: 'string', webkitGetAsEntry: () => null, getAsFile: () => null },
    ];
    expect(await filesOf({ items } as unknown as DataTransfer)).toEqual([...inside, alone]);
  });

  it('shows files that are still read, and what went wrong', () => {
    const reading = { ...file('photo'), blob: '', state: 'arriving' as const };
    draw(<Preparing expertName="Ana" />, portOf({ ...NONE, files: [file('photo'), reading] }));
    expect(document.querySelectorAll('[data-testid="file-card"]')).toHaveLength(1);
    const dismiss = vi.fn();
    const problem = { id: 'file-too-large', name: 'big.mp4' };
    draw(<FileProblem />, portOf({ ...NONE, maxBytes: 5e6, problem }, { dismiss }));
    expect(plain(at('file-problem')!.textContent)).toContain('“big.mp4” is too large');
    expect(plain(at('file-problem')!.textContent)).toContain('Files up to 5 MB');
    act(() => at('file-problem')!.querySelector('button')!.click());
    expect(dismiss).toHaveBeenCalledOnce();
  });
});

describe('the shelf', () => {
  it('lists everything, the newest first, and saves all of others', async () => {
    const opened: string[] = [];
    const open = (blob: string) => {
      opened.push(blob);
      return Promise.resolve(new File(['x'], 'x'));
    };
    const twice = { ...file('manual'), id: 'again', blob: 'again' };
    const snapshot = { ...NONE, files: [file('photo'), file('manual'), twice] };
    draw(<ShelfSheet expertName="Ana" />, portOf(snapshot, { open }));
    const rows = [...document.querySelectorAll('[data-testid="shelf"] .file-facts')];
    expect(rows.map((row) => row.textContent.split(' · ')[0])).toEqual(['Ana', 'Ana', 'You']);
    press('save-all');
    await vi.waitFor(() => expect(calls).toContainEqual(['confirm', 'files-saved']));
    expect(opened).toEqual(['manual', 'again']);
  });

  it('never overwrites in a folder, and writes no name of its own', async () => {
    const written: string[] = [];
    const folder = {
      keys: () => ['Notes.TXT'].values(),
      getFileHandle: (name: string) => {
        written.push(name);
        return Promise.resolve({
          createWritable: () => Promise.resolve(new WritableStream()),
        });
      },
    };
    Object.assign(window, { showDirectoryPicker: () => Promise.resolve(folder) });
    try {
      const named = (id: string) => ({ ...file('manual'), id, blob: id, name: 'notes.txt' });
      const port = portOf(NONE, { open: () => Promise.resolve(new File(['x'], 'x')) });
      expect(await saveAll(port, [named('a'), named('b')])).toBe(2);
      expect(written).toEqual(['notes (2).txt', 'notes (3).txt']);
      Object.assign(window, {
        showDirectoryPicker: () => Promise.reject(new DOMException('closed', 'AbortError')),
      });
      expect(await saveAll(port, [named('a')])).toBeNull();
    } finally {
      Object.assign(window, { showDirectoryPicker: undefined });
    }
  });
});

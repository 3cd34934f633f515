/** Files that the gallery shows: a painted photo, and every state that a file can be in. */
import type { FileItem, FilesPort, FilesSnapshot, Progress } from '../src/session/show';

const MB = 1_000_000;
const NOW = Date.now();

const progress = (have: number, size: number, perSec = 0): Progress => ({
  have,
  size,
  perSec,
  secsLeft: perSec > 0 ? Math.ceil((size - have) / perSec) : null,
});

function file(id: string, change: Partial<FileItem>): FileItem {
  const size = change.size ?? 3.4 * MB;
  return {
    id,
    blob: id,
    name: 'photo.jpg',
    mediaType: 'image/jpeg',
    size,
    author: 'me',
    authorName: 'Mihai',
    mine: true,
    at: NOW,
    kind: 'file',
    pages: 0,
    shown: [],
    state: 'here',
    progress: progress(size, size),
    why: null,
    kept: true,
    delivery: 'delivered',
    sent: null,
    ...change,
  };
}

const ana = { author: 'ana', authorName: 'Ana', mine: false } as const;
const pdf = { name: 'Pump P7 – service manual (rev. 4).pdf', mediaType: 'application/pdf', size: 4.2 * MB };
const movie = { name: 'VID_20261128_101512.mp4', mediaType: 'video/mp4', size: 52.4 * MB };

/** By id; chat items of the gallery's views name them. */
export const FILES: readonly FileItem[] = [
  file('photo', { name: 'IMG_20261128_100213.jpg' }),
  file('manual', { ...ana, ...pdf }),
  file('sending', { ...movie, delivery: 'waiting', sent: progress(31 * MB, 52.4 * MB, 1.9 * MB) }),
  file('stored', { name: 'nameplate.jpg', delivery: 'stored' }),
  file('kept', { name: 'noise.m4a', mediaType: 'audio/mp4', size: 812_000, delivery: 'waiting' }),
  file('open', {
    ...movie,
    name: 'whole-inspection.mp4',
    size: 3_900 * MB,
    kept: false,
    delivery: 'waiting',
  }),
  file('arriving', {
    ...ana,
    ...pdf,
    name: 'Wiring diagram.pdf',
    state: 'arriving',
    progress: progress(1.3 * MB, 4.2 * MB, 640_000),
  }),
  file('offered', {
    ...ana,
    name: 'firmware-7.4.zip',
    mediaType: 'application/zip',
    size: 184 * MB,
    state: 'offered',
    progress: progress(0, 184 * MB),
  }),
  file('paused', {
    ...ana,
    name: 'training.mp4',
    mediaType: 'video/mp4',
    size: 96 * MB,
    state: 'paused',
    progress: progress(40 * MB, 96 * MB),
  }),
  file('full', {
    ...ana,
    name: 'backup.img',
    mediaType: 'application/octet-stream',
    size: 900 * MB,
    state: 'refused',
    why: 'file-disk-full',
    progress: progress(120 * MB, 900 * MB),
  }),
];

const READING = file('reading', {
  ...movie,
  blob: '',
  name: 'VID_20261128_102044.mp4',
  state: 'arriving',
  progress: progress(20 * MB, 52.4 * MB),
  delivery: 'waiting',
});

const SHOWN: Readonly<Record<string, FilesSnapshot>> = {
  'files-problem': {
    files: FILES,
    maxBytes: 1024 ** 3,
    problem: { id: 'file-too-large', name: 'whole-inspection.mp4' },
  },
  'files-none': { files: [], maxBytes: 1024 ** 3, problem: null },
  'files-reading': { files: [...FILES, READING], maxBytes: 1024 ** 3, problem: null },
};

export function galleryFiles(view: string | null): FilesPort {
  const snapshot = SHOWN[view ?? ''] ?? { files: FILES, maxBytes: 1024 ** 3, problem: null };
  return {
    snapshot: () => snapshot,
    subscribe: () => () => undefined,
    send: () => Promise.resolve([]),
    act: () => undefined,
    open: (blob) => (blob === 'photo' || blob === 'stored' ? paintedPhoto(blob) : Promise.resolve(null)),
    keep: () => Promise.resolve(null),
    dismiss: () => undefined,
  };
}

/** A pump with a red light, and a name plate. */
async function paintedPhoto(which: string): Promise<File> {
  const canvas = document.createElement('canvas');
  canvas.width = 1200;
  canvas.height = 1600;
  const pen = canvas.getContext('2d');
  if (pen !== null) {
    const wall = pen.createLinearGradient(0, 0, 1200, 1600);
    wall.addColorStop(0, '#8b979b');
    wall.addColorStop(1, '#4a565b');
    pen.fillStyle = wall;
    pen.fillRect(0, 0, 1200, 1600);
    pen.fillStyle = '#2f74a8';
    pen.fillRect(150, 520, 900, 620);
    pen.fillStyle = '#e7ecee';
    pen.beginPath();
    pen.arc(600, 830, 210, 0, Math.PI * 2);
    pen.fill();
    pen.fillStyle = '#ff3b30';
    pen.beginPath();
    pen.arc(300, 640, 34, 0, Math.PI * 2);
    pen.fill();
    if (which === 'stored') {
      pen.fillStyle = '#1d2629';
      pen.font = '600 96px sans-serif';
      pen.fillText('P7 400V', 400, 860);
    }
  }
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', 0.85));
  return new File([blob ?? new Blob()], `${which}.jpg`, { type: 'image/jpeg' });
}

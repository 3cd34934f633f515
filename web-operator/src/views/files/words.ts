/** What is said of a file: its size, its kind, and how far it is, in people's words. */
import fileIcon from 'icon:file';
import archive from 'icon:file-archive';
import audio from 'icon:file-music';
import image from 'icon:image';
import text from 'icon:file-text';
import video from 'icon:film';
import type { Say } from '../../i18n/language';
import type { FileItem, Progress } from '../../session/show';
import type { IconShape } from '../icon';

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

/** `12.4 MB`, as the language writes it. */
export function sizeText(bytes: number, language: string): string {
  let unit = 0;
  let value = bytes;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: UNITS[unit] ?? 'byte',
    unitDisplay: unit === 0 ? 'long' : 'short',
    maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0,
  }).format(value);
}

/** What people call the kind: the ending of the name, or nothing. */
export function kindText(name: string): string {
  const ending = /\.([a-z0-9]{1,5})$/i.exec(name)?.[1] ?? '';
  return ending.toUpperCase();
}

export function iconOf({ mediaType, name }: FileItem): readonly IconShape[] {
  if (mediaType.startsWith('image/')) return image;
  if (mediaType.startsWith('video/')) return video;
  if (mediaType.startsWith('audio/')) return audio;
  if (/\.(zip|rar|7z|gz|tar|xz)$/i.test(name)) return archive;
  if (mediaType === 'application/pdf' || mediaType.startsWith('text/')) return text;
  return fileIcon;
}

export interface FileLine {
  readonly text: string;
  readonly tone: 'calm' | 'warn';
  /** Shown as a bar. */
  readonly progress: Progress | null;
}

/** The one line under a file's name. `name` is the expert's. */
export function lineOf(file: FileItem, say: Say, name: string): FileLine {
  const calm = (text: string, progress: Progress | null = null): FileLine => ({
    text,
    tone: 'calm',
    progress,
  });
  if (file.mine && file.blob === '') return calm(say('file-preparing'), file.progress);
  switch (file.state) {
    case 'arriving':
      return calm(movingText(file.progress, say), file.progress);
    case 'paused':
      return calm(say('file-paused'), file.mine ? (file.sent ?? file.progress) : file.progress);
    case 'waiting':
      return calm(say('file-waiting', { name }), file.progress.have > 0 ? file.progress : null);
    case 'offered':
      return calm(say('file-offered'));
    case 'refused':
      return { text: say(file.why ?? 'file-wrong', { file: file.name }), tone: 'warn', progress: null };
    case 'here':
      return file.mine ? ownLine(file, say, name) : calm('');
  }
}

function ownLine(file: FileItem, say: Say, name: string): FileLine {
  if (file.delivery === 'delivered')
    return { text: say('file-delivered', { name }), tone: 'calm', progress: null };
  if (file.delivery === 'stored') return { text: say('file-stored', { name }), tone: 'calm', progress: null };
  const { sent } = file;
  if (sent !== null && sent.have < sent.size) {
    return { text: movingText(sent, say), tone: 'calm', progress: sent };
  }
  if (!file.kept) return { text: say('file-keep-open'), tone: 'warn', progress: null };
  return { text: say('file-kept', { name }), tone: 'calm', progress: null };
}

/** `3.2 of 12 MB · 1.4 MB/s · 6 s left`, without what is not known. */
function movingText({ have, size, perSec, secsLeft }: Progress, say: Say): string {
  const bytes = (n: number): string => sizeText(n, say.language);
  const parts = [say('file-progress', { have: bytes(have), size: bytes(size) })];
  if (perSec > 0) parts.push(say('file-speed', { speed: bytes(perSec) }));
  if (secsLeft !== null && secsLeft > 0) parts.push(leftText(secsLeft, say));
  return parts.join(' · ');
}

function leftText(secs: number, say: Say): string {
  if (secs < 100) return say('file-left-seconds', { n: secs });
  if (secs < 100 * 60) return say('file-left-minutes', { n: Math.round(secs / 60) });
  return say('file-left-hours', { n: Math.round(secs / 3600) });
}

/**
 * Names of files from elsewhere are labels, not paths. What comes out of here is a safe file name on
 * every system and reads as it is: no folder, no mark that reorders text, nothing a shell or a
 * terminal takes for a command.
 */
import { utf8 } from '../seal/bytes.ts';
import { LABEL } from './limits.ts';

/** Control characters, marks that reorder or hide text, lone surrogates. */
const MISLEADING =
  /\p{Cc}|\p{Cs}|\p{Zl}|\p{Zp}|\u034F|\u17B4|\u17B5|[\u180B-\u180F\u00AD\u061C\u115F\u1160\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164\uFEFF\uFFA0\uFFF0-\uFFFB]/gu;
/** Signs that some file system forbids. */
const FORBIDDEN = /[<>:"|?*]/g;
/** Devices of Windows, also with an ending. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)[ ]*(?:\.|$)/i;
/** Endings are kept when a name is cut, up to this many bytes with the dot. */
const ENDING = 16;

/** A label for what a sender called a file; never empty. */
export function cleanLabel(raw: string): string {
  const last = raw.split(/[/\\]/).pop() ?? '';
  const plain = last
    .replace(MISLEADING, '')
    .replace(FORBIDDEN, '_')
    .replace(/\p{Zs}/gu, ' ');
  const trimmed = plain.replace(/^[ .]+/, '').replace(/[ .]+$/, '');
  const named = DEVICE.test(trimmed) ? `_${trimmed}` : trimmed;
  return cut(named) || 'file';
}

/** A label that none of those taken has, whatever the case: `name (2).ext`. */
export function uniqueLabel(label: string, taken: ReadonlySet<string>): string {
  const { stem, ending } = parts(label);
  for (let n = 1; ; n++) {
    const mark = n === 1 ? '' : ` (${n})`;
    const candidate = n === 1 ? label : cutTo(stem, LABEL - utf8(mark + ending).length) + mark + ending;
    if (!taken.has(fold(candidate))) return candidate;
  }
}

/** How labels are compared: file systems that ignore case must not overwrite. */
export function fold(label: string): string {
  return label.normalize('NFC').toLowerCase();
}

function cut(label: string): string {
  if (utf8(label).length <= LABEL) return label;
  const { stem, ending } = parts(label);
  return (cutTo(stem, LABEL - utf8(ending).length) + ending).replace(/[ .]+$/, '');
}

function parts(label: string): { readonly stem: string; readonly ending: string } {
  const dot = label.lastIndexOf('.');
  const ending = dot > 0 ? label.slice(dot) : '';
  if (ending === '' || utf8(ending).length > ENDING) return { stem: label, ending: '' };
  return { stem: label.slice(0, dot), ending };
}

/** Cuts at a character, never inside one. */
function cutTo(text: string, bytes: number): string {
  let out = '';
  let length = 0;
  for (const character of text) {
    length += utf8(character).length;
    if (length > bytes) break;
    out += character;
  }
  return out;
}

/** A media type as others get it: `type/subtype` without parameters, or nothing said. */
export function cleanMediaType(raw: string): string {
  const plain = (raw.split(';')[0] ?? '').replace(/^[\t\n\v\f\r ]+|[\t\n\v\f\r ]+$/g, '');
  // Lower case only afterwards: some letters of other alphabets become ASCII by it.
  return /^[a-z0-9][a-z0-9!#$&^_.+-]{0,49}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,48}$/i.test(plain)
    ? plain.toLowerCase()
    : 'application/octet-stream';
}

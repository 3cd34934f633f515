/** Names people give themselves, before anybody else sees them. */
import { utf8 } from './bytes.ts';
import { NAME, NAME_GRAPHEMES } from './limits.ts';

/** Control characters, and marks that reorder text or break lines. */
const MISLEADING = /[\p{Cc}\u061C\u200E\u200F\u2028\u2029\u202A-\u202E\u2066-\u2069\uFEFF]/gu;

/** Strips marks that mislead and keeps at most 64 graphemes that fit 1024 bytes. */
export function cleanName(raw: string): string {
  let name = '';
  for (const grapheme of graphemes(raw.replace(MISLEADING, '').trim()).slice(0, NAME_GRAPHEMES)) {
    if (utf8(name + grapheme).length > NAME) break;
    name += grapheme;
  }
  return name.trimEnd();
}

function graphemes(text: string): string[] {
  // Browsers without a segmenter count code points, of which a grapheme has at least one.
  if (typeof Intl.Segmenter !== 'function') return Array.from(text);
  return [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)].map(
    (part) => part.segment,
  );
}

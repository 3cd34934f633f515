/**
 * The part of Markdown that manuals use, as a flat list of blocks: headings, lists, code, rules, paragraphs;
 * strong, emphasis and code inside. HTML and links stay the text that they are. Pure; one pass over the lines.
 */

export type Block =
  | { readonly is: 'heading'; readonly level: number; readonly text: string }
  | { readonly is: 'item'; readonly sign: string; readonly deep: 0 | 1 | 2; readonly text: string }
  | { readonly is: 'code'; readonly text: string }
  | { readonly is: 'line' }
  | { readonly is: 'text'; readonly text: string };

export interface Span {
  readonly is: 'plain' | 'strong' | 'em' | 'code';
  readonly text: string;
}

/** More blocks than anybody reads on a phone; the rest is one paragraph. */
const BLOCKS = 5_000;

export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let paragraph: string[] = [];
  let code: string[] | null = null;
  const end = (): void => {
    if (paragraph.length > 0) {
      blocks.push({ is: 'text', text: paragraph.join('\n') });
      paragraph = [];
    }
  };
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (/^ {0,3}(```|~~~)/.test(line)) {
      end();
      if (code === null) {
        code = [];
      } else {
        blocks.push({ is: 'code', text: code.join('\n') });
        code = null;
      }
    } else if (code !== null) {
      code.push(line);
    } else if (blocks.length >= BLOCKS) {
      paragraph.push(line);
    } else {
      const block = blockOf(line);
      if (block === null) {
        paragraph.push(line.trim());
      } else {
        end();
        if (block !== 'empty') {
          blocks.push(block);
        }
      }
    }
  }
  end();
  if (code !== null) {
    blocks.push({ is: 'code', text: code.join('\n') });
  }
  return blocks;
}

/** Null: a line of a paragraph. */
function blockOf(line: string): Block | 'empty' | null {
  if (line.trim() === '') {
    return 'empty';
  }
  const heading = /^ {0,3}(#{1,6}) +(.*)$/.exec(line);
  if (heading !== null) {
    return {
      is: 'heading',
      level: (heading[1] ?? '#').length,
      text: (heading[2] ?? '').replace(/ +#+ *$/, ''),
    };
  }
  if (/^ {0,3}([-*_])( *\1){2,} *$/.test(line)) {
    return { is: 'line' };
  }
  const item = /^( *)([-*+]|\d{1,9}[.)]) +(.*)$/.exec(line);
  if (item === null) {
    return null;
  }
  const [, indent = '', mark = '', rest = ''] = item;
  const box = /^\[([ xX])\] +(.*)$/.exec(rest);
  const deep = Math.min(2, Math.floor(indent.length / 2)) as 0 | 1 | 2;
  const bullet = /\d/.test(mark) ? mark : '•';
  return {
    is: 'item',
    deep,
    sign: box === null ? bullet : box[1] === ' ' ? '☐' : '☑',
    text: box?.[2] ?? rest,
  };
}

/** Cuts a text into spans; signs without a partner stay signs. */
export function spansOf(text: string): Span[] {
  const spans: Span[] = [];
  const found =
    /`([^`\n]+)`|\*\*([^*\n]+)\*\*|__([^_\n]+)__|\*([^*\s][^*\n]*)\*|(?<![\w_])_([^_\s][^_\n]*)_(?![\w_])/g;
  let from = 0;
  for (const match of text.matchAll(found)) {
    if (match.index > from) {
      spans.push({ is: 'plain', text: text.slice(from, match.index) });
    }
    const [all, code, strong, underStrong, em, underEm] = match;
    if (code !== undefined) {
      spans.push({ is: 'code', text: code });
    } else if (strong !== undefined || underStrong !== undefined) {
      spans.push({ is: 'strong', text: strong ?? underStrong ?? '' });
    } else {
      spans.push({ is: 'em', text: em ?? underEm ?? '' });
    }
    from = match.index + all.length;
  }
  if (from < text.length) {
    spans.push({ is: 'plain', text: text.slice(from) });
  }
  return spans;
}

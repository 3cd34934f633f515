/** Shared texts, which several write at once. Offsets are UTF-16 code units. */
import type { Hex } from '../seal/codes.ts';
import * as limits from './limits.ts';
import { Entries, fitting, type Replica } from './replica.ts';

export interface SharedText {
  /** The last title given. */
  readonly title: string;
  /** Who began it: who gave the first title. */
  readonly author: Hex;
  readonly at: number;
  readonly text: string;
}

export class TextReader {
  readonly #titles = new Entries((fields) => {
    const { author } = fields;
    const at = fields.number('at');
    const title = fields.word('kind') === 'title' ? fields.text('text', limits.TITLE) : null;
    return at === null || title === null ? null : { author, title, at };
  });

  /** Null for a text that nobody gave a title. */
  text(replica: Replica): SharedText | null {
    const titles = this.#titles.of(replica.list('meta'));
    const [first] = titles;
    const last = titles.at(-1);
    if (first === undefined || last === undefined) return null;
    const text = fitting(replica.text('body'), limits.TEXT);
    return { title: last.title, author: first.author, at: first.at, text };
  }
}

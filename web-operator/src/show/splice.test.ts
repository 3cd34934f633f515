import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applySplice, moved, rebased, spliceBetween } from '../doc/splice';
import { ANSWER_MS, SharedText } from './splice';

describe('one splice', () => {
  it('leads from any text to any other', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '🙏', 'é') });
    fc.assert(
      fc.property(word, word, fc.nat(30), (before, after, caret) => {
        const splice = spliceBetween(before, after, caret);
        expect(splice === null ? before : applySplice(before, splice)).toBe(after);
        expect(splice === null).toBe(before === after);
      }),
    );
  });

  it('is at the caret where letters repeat', () => {
    expect(spliceBetween('aaaa', 'aaaaa', 2)).toEqual({ at: 1, remove: 0, insert: 'a' });
    expect(spliceBetween('aaaa', 'aaaaa')).toEqual({ at: 4, remove: 0, insert: 'a' });
  });

  it('never cuts a character in halves', () => {
    // Both begin with the same half.
    expect(spliceBetween('x🙏y', 'x🙌y')).toEqual({ at: 1, remove: 2, insert: '🙌' });
  });

  it('moves a caret that is behind it, not one in front', () => {
    const change = { at: 3, remove: 2, insert: 'four' };
    expect([0, 3, 4, 5, 9].map((caret) => moved(caret, change))).toEqual([0, 3, 7, 7, 11]);
  });

  it('goes after another one at its own place', () => {
    expect(rebased({ at: 5, remove: 1, insert: 'x' }, { at: 0, remove: 0, insert: '123' })).toEqual({
      at: 8,
      remove: 1,
      insert: 'x',
    });
    // What somebody else removed can't be removed twice.
    expect(rebased({ at: 2, remove: 3, insert: '' }, { at: 0, remove: 9, insert: '' })).toEqual({
      at: 0,
      remove: 0,
      insert: '',
    });
  });
});

describe('a shared text', () => {
  it('is sent once', () => {
    const text = new SharedText('ab');
    text.typed('abc', 3);
    expect(text.pending).toBe(true);
    expect(text.flush(0)).toEqual({ at: 2, remove: 0, insert: 'c' });
    expect(text.pending).toBe(false);
    expect(text.flush(10)).toBeNull();
    expect(text.told('abc')).toBe(false);
  });

  it('waits for the answer before it sends more', () => {
    const text = new SharedText('');
    text.typed('a', 1);
    text.flush(0);
    text.typed('ab', 2);
    expect(text.flush(20)).toBeNull();
    text.told('a');
    expect(text.flush(20)).toEqual({ at: 1, remove: 0, insert: 'b' });
  });

  it('goes on when the document never answers', () => {
    const text = new SharedText('');
    text.typed('a', 1);
    text.flush(0);
    text.typed('ab', 2);
    expect(text.flush(ANSWER_MS + 1)).toEqual({ at: 1, remove: 0, insert: 'b' });
  });

  it('keeps the caret where it was under a change in front of it', () => {
    const text = new SharedText('pressure: ');
    text.moved(10);
    expect(text.told('The pressure: ')).toBe(true);
    expect(text.text).toBe('The pressure: ');
    expect(text.caret).toBe(14);
  });

  it('keeps what is typed and not sent yet on top of a change of somebody else', () => {
    const text = new SharedText('a\nb\n');
    text.typed('a\nb!\n', 4);
    expect(text.told('A1\nb\n')).toBe(true);
    expect(text.text).toBe('A1\nb!\n');
    expect(text.caret).toBe(5);
    expect(text.flush(0)).toEqual({ at: 4, remove: 0, insert: '!' });
  });

  it('knows its own change in the answer, beside one of somebody else', () => {
    const text = new SharedText('one two');
    text.typed('one two three', 13);
    text.flush(0);
    text.told('ONE one two three');
    expect(text.text).toBe('ONE one two three');
    expect(text.pending).toBe(false);
    expect(text.caret).toBe(17);
  });

  it('does not take back what it sent when somebody else’s change comes first', () => {
    const text = new SharedText('one two');
    text.typed('one two three', 13);
    text.flush(0);
    text.told('one 2');
    expect(text.text).toBe('one 2 three');
    text.told('one 2 three');
    expect(text.text).toBe('one 2 three');
    expect(text.pending).toBe(false);
  });

  it('shows the document in the end, whatever both sides write', () => {
    const words = fc.constantFrom('x', 'yy', '\n', '🙏');
    const turn = fc.record({ mine: fc.boolean(), at: fc.nat(100), remove: fc.nat(3), insert: words });
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 30 }), (turns) => {
        let document = 'begin';
        let now = 0;
        const text = new SharedText(document);
        const send = (): void => {
          const splice = text.flush(now);
          if (splice !== null) {
            document = applySplice(document, splice);
          }
        };
        for (const { mine, at, remove, insert } of turns) {
          now += 50;
          const base = mine ? text.text : document;
          const start = at % (base.length + 1);
          const next = applySplice(base, { at: start, remove, insert });
          if (mine) {
            text.typed(next, start + insert.length);
            send();
          } else {
            document = next;
          }
          if (at % 2 === 0) {
            text.told(document);
          }
        }
        for (let round = 0; round < 6; round += 1) {
          now += ANSWER_MS + 1;
          text.told(document);
          send();
        }
        text.told(document);
        expect(text.text).toBe(document);
        expect(text.pending).toBe(false);
        expect(text.caret).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

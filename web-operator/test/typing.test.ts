/** Shared texts while somebody types: nothing jumps, nothing is lost, both come to the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applySplice, piecesOf, rebase, spliceBetween } from '../src/doc/splice.ts';
import { fromUtf8, utf8 } from '../src/seal/bytes.ts';
import { Typing } from '../src/session/typing.ts';

/** No half of a surrogate pair. */
const isWhole = (text: string): boolean => fromUtf8(utf8(text)) === text;

const words = fc.string({ unit: 'grapheme', maxLength: 12 });

describe('splices', () => {
  it('make one text the other, and split no character', () => {
    fc.assert(
      fc.property(words, words, (before, after) => {
        const splice = spliceBetween(before, after);
        if (splice === null) {
          expect(after).toBe(before);
          return;
        }
        expect(applySplice(before, splice)).toBe(after);
        expect(isWhole(splice.insert)).toBe(true);
        expect(isWhole(before.slice(splice.at, splice.at + splice.remove))).toBe(true);
      }),
    );
  });

  it('stay whole where they are cut into pieces', () => {
    const insert = '👋'.repeat(2500) + 'x';
    const before = 'a'.repeat(4500);
    const splice = { at: 3, remove: 4490, insert };
    const pieces = piecesOf(splice);
    expect(pieces.every((piece) => isWhole(piece.insert) && piece.insert.length <= 2000)).toBe(true);
    expect(pieces.reduce(applySplice, before)).toBe(applySplice(before, splice));
    expect(piecesOf({ at: 3, remove: 0, insert: '' })).toEqual([]);
  });

  it('stay beside the same words when others write elsewhere', () => {
    const was = 'The valve is stuck.';
    const now = 'Look: the valve is stuck.';
    const splice = { at: 13, remove: 5, insert: 'open' };
    expect(applySplice(now, rebase(splice, was, now))).toBe('Look: the valve is open.');
    expect(rebase(splice, was, was)).toEqual(splice);
    // What the other took away is not taken away twice.
    expect(applySplice('The.', rebase(splice, was, 'The.'))).toBe('Theopen.');
  });
});

describe('typing', () => {
  it('shows what was typed at once, and once', () => {
    const typing = new Typing();
    typing.update('one');
    typing.splice({ at: 3, remove: 0, insert: ' two' });
    expect(typing.text).toBe('one two');
    expect(typing.take('row')).toEqual({ was: 'one', at: 3, remove: 0, insert: ' two' });
    expect(typing.take('none')).toBeNull();
    typing.splice({ at: 7, remove: 0, insert: '!' });
    // Somebody else wrote in front, and the own words are not part of it yet.
    typing.update('zero one');
    expect(typing.text).toBe('zero one two!');
    typing.done('row');
    typing.update('zero one two');
    expect(typing.text).toBe('zero one two!');
    expect(typing.take('more')).toEqual({ was: 'zero one two', at: 12, remove: 0, insert: '!' });
    expect(typing.isIdle).toBe(false);
    typing.done('more');
    typing.update('zero one two!');
    expect(typing.isIdle).toBe(true);
  });

  it('shows after a reload what waited in the outbox', () => {
    const typing = new Typing();
    typing.restore('row', { was: 'one', at: 3, remove: 0, insert: ' two' });
    typing.update('one');
    expect(typing.text).toBe('one two');
    typing.done('row');
    typing.update('one two');
    expect(typing.text).toBe('one two');
  });

  it('takes no place that there is not', () => {
    const typing = new Typing();
    typing.update('abc');
    typing.splice({ at: -3, remove: -1, insert: 'x' });
    typing.splice({ at: 99, remove: 99, insert: 'y' });
    typing.splice({ at: 1, remove: 99, insert: '' });
    expect(typing.text).toBe('x');
  });

  it('comes to what the documents have, whatever is typed and whenever it is told', () => {
    const step = fc.oneof(
      fc.record({ t: fc.constant('type' as const), at: fc.nat(20), remove: fc.nat(4), insert: words }),
      fc.record({ t: fc.constant('other' as const), text: words }),
      fc.record({ t: fc.constant('hand' as const) }),
      fc.record({ t: fc.constant('carry' as const) }),
      fc.record({ t: fc.constant('tell' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const typing = new Typing();
        let document = '';
        const queue: { readonly row: string; readonly handed: NonNullable<ReturnType<Typing['take']>> }[] =
          [];
        let rows = 0;
        const carry = (): void => {
          const next = queue.shift();
          if (next === undefined) return;
          document = applySplice(document, rebase(next.handed, next.handed.was, document));
          typing.done(next.row);
        };
        const hand = (): void => {
          const row = `${(rows += 1)}`;
          const handed = typing.take(row);
          if (handed !== null) queue.push({ row, handed });
        };
        for (const one of steps) {
          if (one.t === 'type') typing.splice(one);
          if (one.t === 'other') document = one.text;
          if (one.t === 'hand') hand();
          if (one.t === 'carry') carry();
          if (one.t === 'tell') typing.update(document);
        }
        hand();
        while (queue.length > 0) carry();
        typing.update(document);
        expect(typing.text).toBe(document);
        expect(typing.isIdle).toBe(true);
      }),
    );
  });
});

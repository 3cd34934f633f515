import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blocksOf, spansOf } from './markdown';

describe('Markdown', () => {
  it('becomes blocks', () => {
    const text = '# Pump #\nOne\ntwo\n\n- [x] off\n  * deep\n10. last\n---\n```sh\n# no heading\n```\n';
    expect(blocksOf(text)).toEqual([
      { is: 'heading', level: 1, text: 'Pump' },
      { is: 'text', text: 'One\ntwo' },
      { is: 'item', sign: '☑', deep: 0, text: 'off' },
      { is: 'item', sign: '•', deep: 1, text: 'deep' },
      { is: 'item', sign: '10.', deep: 0, text: 'last' },
      { is: 'line' },
      { is: 'code', text: '# no heading' },
    ]);
  });

  it('becomes spans, and single signs stay signs', () => {
    expect(spansOf('**a** *b* `c` snake_case_name 2 * 3 * 4')).toEqual([
      { is: 'strong', text: 'a' },
      { is: 'plain', text: ' ' },
      { is: 'em', text: 'b' },
      { is: 'plain', text: ' ' },
      { is: 'code', text: 'c' },
      { is: 'plain', text: ' snake_case_name 2 * 3 * 4' },
    ]);
  });

  it('leaves HTML and links the text that they are', () => {
    const text = '<img src=x onerror=alert(1)> [x](javascript:alert(1))';
    expect(blocksOf(text)).toEqual([{ is: 'text', text }]);
    expect(spansOf(text)).toEqual([{ is: 'plain', text }]);
  });

  it('loses no letter of a paragraph', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '*', '_', '`', ' ', '\n') }), (text) => {
        const plain = (letters: string): string => letters.replace(/[^a]/g, '');
        expect(
          plain(
            spansOf(text)
              .map((span) => span.text)
              .join(''),
          ),
        ).toBe(plain(text));
      }),
    );
  });

  it('is quick with a hostile megabyte', () => {
    const from = performance.now();
    for (const line of [
      '*'.repeat(500_000),
      '- '.repeat(250_000),
      '#'.repeat(500_000),
      '`*_'.repeat(150_000),
    ]) {
      blocksOf(line).forEach((block) => 'text' in block && spansOf(block.text));
    }
    blocksOf('a\n\n'.repeat(200_000));
    expect(performance.now() - from).toBeLessThan(3_000);
  });
});

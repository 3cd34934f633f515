/** The four words, with their numbers for people who read another alphabet. */
import type { VNode } from 'preact';

export function Words({ words, numbers }: { words: readonly string[]; numbers: string }): VNode {
  const figures = numbers.split(' ');
  return (
    <ol class="words" data-testid="words" data-words={words.join(' ')} data-numbers={numbers}>
      {words.map((word, index) => (
        <li key={index}>
          <strong>{word}</strong>
          <span>{figures[index] ?? ''}</span>
        </li>
      ))}
    </ol>
  );
}

/**
 * Turns a compiled Fluent message (`build/fluent.ts`) and its arguments into text, with the same result as
 * a Fluent bundle: placeables inside other text are isolated so that a right-to-left name cannot reorder
 * the sentence around it.
 */

/** One piece: text, a variable, or a selection on a variable with its variants and the default's name. */
export type Part =
  | string
  | {
      readonly $: string;
      readonly o?: Readonly<Record<string, Message>>;
      readonly d?: string;
    };

/** A compiled message: plain text or its parts. */
export type Message = string | readonly Part[];

/** Values for the variables of a message. */
export type Args = Readonly<Record<string, string | number>>;

const FIRST_STRONG_ISOLATE = '\u2068';
const POP_ISOLATE = '\u2069';

/** The text of `message` for the given language. A variable without a value shows as `{$name}`. */
export function resolve(message: Message, args: Args, language: string): string {
  if (typeof message === 'string') {
    return message;
  }
  const isolate = message.length > 1;
  let text = '';
  for (const part of message) {
    if (typeof part === 'string') {
      text += part;
      continue;
    }
    const value = partText(part, args, language);
    text += isolate ? FIRST_STRONG_ISOLATE + value + POP_ISOLATE : value;
  }
  return text;
}

function partText(part: Exclude<Part, string>, args: Args, language: string): string {
  const value = args[part.$];
  if (part.o !== undefined) {
    return resolve(variantOf(part.o, part.d ?? 'other', value, language), args, language);
  }
  if (value === undefined) {
    return `{$${part.$}}`;
  }
  return typeof value === 'number' ? new Intl.NumberFormat(language).format(value) : value;
}

/** Exact variant first, then the plural category of a number, then the default. */
function variantOf(
  options: Readonly<Record<string, Message>>,
  fallback: string,
  value: string | number | undefined,
  language: string,
): Message {
  if (value !== undefined) {
    const exact = options[String(value)];
    if (exact !== undefined) {
      return exact;
    }
    if (typeof value === 'number') {
      const plural = options[new Intl.PluralRules(language).select(value)];
      if (plural !== undefined) {
        return plural;
      }
    }
  }
  return options[fallback] ?? '';
}

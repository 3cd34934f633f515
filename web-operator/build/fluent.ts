/**
 * Compiles Fluent files (`locales/LANG/operator.ftl`) into small modules at build time, so that the page
 * ships messages and a 1 kB resolver instead of a parser.
 *
 * A message becomes a string, or a list of parts: strings, `{ $: name }` for a placeable, and
 * `{ $: name, o: { variant: parts }, d: default }` for a selection. Anything else in the file
 * (terms, functions, attributes) stops the build: the page must never show half a message.
 */
import { parse, type Expression, type Pattern, type Variant } from '@fluent/syntax';
import type { Plugin } from 'vite';

/** One piece of a compiled message; see `src/i18n/resolve.ts` for how it is read. */
export type Part = string | { $: string; o?: Record<string, Message>; d?: string };
/** A compiled message. */
export type Message = string | Part[];

function placeable(
  expression: Expression | { type: 'Placeable'; expression: Expression },
  where: string,
): Part {
  const inner = expression.type === 'Placeable' ? expression.expression : expression;
  switch (inner.type) {
    case 'StringLiteral':
      return inner.parse().value;
    case 'VariableReference':
      return { $: inner.id.name };
    case 'SelectExpression': {
      if (inner.selector.type !== 'VariableReference') {
        throw new Error(`${where}: only a variable can be selected on`);
      }
      const fallback = inner.variants.find((variant: Variant) => variant.default);
      if (fallback === undefined) {
        throw new Error(`${where}: a selection needs a default`);
      }
      const options: Record<string, Message> = {};
      for (const variant of inner.variants) {
        options[variantName(variant)] = compilePattern(variant.value, where);
      }
      return { $: inner.selector.id.name, o: options, d: variantName(fallback) };
    }
    default:
      throw new Error(`${where}: ${inner.type} is not supported`);
  }
}

function variantName(variant: Variant): string {
  return variant.key.type === 'Identifier' ? variant.key.name : variant.key.value;
}

function compilePattern(pattern: Pattern, where: string): Message {
  const parts: Part[] = pattern.elements.map((element) =>
    element.type === 'TextElement' ? element.value : placeable(element.expression, where),
  );
  const joined: Part[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (typeof part === 'string' && typeof last === 'string') {
      joined[joined.length - 1] = last + part;
    } else {
      joined.push(part);
    }
  }
  const only = joined[0];
  return joined.length === 1 && typeof only === 'string' ? only : joined;
}

/** All messages of a Fluent source by id. Throws on the first thing that cannot be compiled. */
export function compileFluent(source: string, file: string): Record<string, Message> {
  const messages: Record<string, Message> = {};
  for (const entry of parse(source, { withSpans: false }).body) {
    if (entry.type === 'Message') {
      const where = `${file}: ${entry.id.name}`;
      if (entry.value === null || entry.attributes.length > 0) {
        throw new Error(`${where}: a message needs a value and no attributes`);
      }
      if (entry.id.name in messages) {
        throw new Error(`${where}: written twice`);
      }
      messages[entry.id.name] = compilePattern(entry.value, where);
    } else if (entry.type === 'Junk' || entry.type === 'Term') {
      throw new Error(`${file}: cannot read ${entry.type === 'Junk' ? entry.content : entry.id.name}`);
    }
  }
  return messages;
}

/** Vite plugin: `import messages from '….ftl'`. */
export function fluent(): Plugin {
  return {
    name: 'sightline-fluent',
    transform(code, id) {
      if (!id.endsWith('.ftl')) {
        return null;
      }
      return { code: `export default ${JSON.stringify(compileFluent(code, id))};`, map: null };
    },
  };
}

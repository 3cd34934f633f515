/** Which language the page speaks, and the function that says things in it. */
import { resolve, type Args, type Message } from './resolve';

/** Languages that have a Fluent file. The first is the one everybody else gets. */
export const LANGUAGES = ['en', 'es'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Says a message by id. An unknown id shows itself, so that a gap is seen and never blank. */
export interface Say {
  (id: string, args?: Args): string;
  readonly language: Language;
  /** Fetches the words that only boards, steps and documents need; until then their ids show. */
  readonly more: () => Promise<void>;
}

/** The first of the person's languages that the page speaks ("es-MX" counts as "es"). */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split('-')[0];
    const found = LANGUAGES.find((language) => language === base);
    if (found !== undefined) {
      return found;
    }
  }
  return 'en';
}

/** Builds the speaking function from compiled messages. */
export function speaker(
  language: Language,
  messages: Readonly<Record<string, Message>>,
  later: () => Promise<Readonly<Record<string, Message>>> = () => Promise.resolve({}),
): Say {
  let known = messages;
  const say = (id: string, args: Args = {}): string => {
    const message = known[id];
    return message === undefined ? id : resolve(message, args, language);
  };
  const more = async (): Promise<void> => {
    known = { ...messages, ...(await later()) };
  };
  return Object.assign(say, { language, more });
}

/** Fetches the messages of one language; each is its own small file. */
export async function loadLanguage(language: Language): Promise<Say> {
  const loaded =
    language === 'es'
      ? await import('../../../locales/es/operator.ftl')
      : await import('../../../locales/en/operator.ftl');
  return speaker(language, loaded.default, () => loadMore(language));
}

/** What is needed once something is shown: a file of its own, so that a call starts without it. */
async function loadMore(language: Language): Promise<Readonly<Record<string, Message>>> {
  const loaded =
    language === 'es'
      ? await import('../../../locales/es/operator-show.ftl')
      : await import('../../../locales/en/operator-show.ftl');
  return loaded.default;
}

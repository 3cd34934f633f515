import { readFileSync, readdirSync } from 'node:fs';
import { FluentBundle, FluentResource } from '@fluent/bundle';
import { describe, expect, it } from 'vitest';
import { compileFluent } from '../../build/fluent';
import { ALL_PROBLEMS, problemOf } from '../state/problems';
import { chooseLanguage, LANGUAGES, loadLanguage, speaker } from './language';
import { resolve, type Message } from './resolve';

const FILES = ['operator', 'operator-show'] as const;
const source = (language: string): string =>
  FILES.map((file) =>
    readFileSync(new URL(`../../../locales/${language}/${file}.ftl`, import.meta.url), 'utf8'),
  ).join('\n');

const NUMBERS = [
  'others',
  'unread',
  'seconds',
  'over',
  'count',
  'number',
  'all',
  'done',
  'page',
  'line',
  'percent',
  'n',
];
const numbers = (...values: readonly number[]): Record<string, number> =>
  Object.fromEntries(NUMBERS.map((name, index) => [name, values[index % values.length] ?? 0]));
const ARGS = [
  { name: 'Ana', host: 'help.example', app: 'LINE', ...numbers(1, 0, 1, 1) },
  { name: 'أنا', host: 'x', app: '', ...numbers(2, 1, 12, 1234) },
  { name: '', host: '', app: 'a', ...numbers(0, 99, 0, 5) },
].map((args) => ({ ...args, file: 'a.jpg', limit: '1 GB', have: '1 MB', size: '2 MB', speed: '3 MB' }));

describe('the languages', () => {
  it.each(LANGUAGES)('says every message of %s like a Fluent bundle', (language) => {
    const bundle = new FluentBundle(language);
    bundle.addResource(new FluentResource(source(language)));
    const compiled = compileFluent(source(language), language) as Record<string, Message>;
    for (const [id, message] of Object.entries(compiled)) {
      for (const args of ARGS) {
        const value = bundle.getMessage(id)?.value ?? '';
        expect(resolve(message, args, language), id).toBe(bundle.formatPattern(value, args));
      }
    }
  });

  it('has the same messages in all languages, with the same variables', () => {
    const variables = (message: unknown): string[] =>
      [...JSON.stringify(message).matchAll(/"\$":"([^"]+)"/g)].map((found) => found[1] ?? '').sort();
    const [first, ...rest] = LANGUAGES.map((language) => compileFluent(source(language), language));
    for (const other of rest) {
      expect(Object.keys(other).sort()).toEqual(Object.keys(first ?? {}).sort());
      for (const id of Object.keys(other)) {
        expect([...new Set(variables(other[id]))], id).toEqual([...new Set(variables(first?.[id]))]);
      }
    }
  });

  it('has every message that the views and the state name', () => {
    const known = new Set(Object.keys(compileFluent(source('en'), 'en')));
    const named = new Set<string>();
    for (const folder of ['views', 'state', 'app', 'show']) {
      const path = new URL(`../${folder}/`, import.meta.url);
      for (const file of readdirSync(path, { recursive: true, encoding: 'utf8' })) {
        if (!/\.tsx?$/.test(file)) continue;
        const code = readFileSync(new URL(file, path), 'utf8');
        for (const found of code.matchAll(/(?:say\(|id: |\? |: |#said\()'([a-z]+(?:-[a-z0-9]+)+)'/g)) {
          named.add(found[1] ?? '');
        }
      }
    }
    const prefixes =
      /^(lock|status|live|room|composer|show|message|ask|menu|said|sessions|ended|elsewhere|in-app|too-old|join|toast|attach|file|files|drop|card|picture|board|boards|tool|tools|ink|photo|steps|step|page|text|all)-/;
    const missing = [...named].filter((id) => prefixes.test(id) && !known.has(id));
    expect(missing.filter((id) => !TEST_IDS.has(id))).toEqual([]);
    expect(named.size).toBeGreaterThan(60);
  });

  it('has two sentences and a button for every failure', () => {
    const known = compileFluent(source('en'), 'en');
    for (const code of ALL_PROBLEMS) {
      const problem = problemOf(code);
      expect(known, code).toHaveProperty(problem.title);
      expect(known, code).toHaveProperty(problem.advice);
      expect(known, code).toHaveProperty(problem.button);
    }
  });

  it('shows an unknown id instead of nothing', () => {
    expect(speaker('en', {})('no-such-message')).toBe('no-such-message');
  });

  it.each([
    [['es-MX', 'en'], 'es'],
    [['ro', 'es'], 'es'],
    [['ro-RO', 'de'], 'en'],
    [[], 'en'],
    [['EN-gb'], 'en'],
  ] as const)('of %j chooses %s', (wanted, chosen) => {
    expect(chooseLanguage(wanted)).toBe(chosen);
  });

  it('loads both', async () => {
    expect((await loadLanguage('es'))('join-button')).toBe('Entrar');
    expect((await loadLanguage('en'))('join-button')).toBe('Join');
  });

  it('knows the words of boards and steps once they were fetched', async () => {
    const say = await loadLanguage('es');
    expect(say('tool-arrow')).toBe('tool-arrow');
    await say.more();
    expect(say('tool-arrow')).toBe('Flecha');
    expect(say('join-button')).toBe('Entrar');
  });

  it.each(['-term = x', 'a = x\na = y', 'a = { DATETIME($x) }', 'a =\n    .b = c', '{ broken'])(
    'stops the build on %j',
    (text) => {
      expect(() => compileFluent(text, 'test')).toThrow();
    },
  );
});

/** Test ids, views and classes that look like messages. */
const TEST_IDS = new Set([
  'live-with-chat',
  'file-card',
  'file-line',
  'file-card-wide',
  'attach-compact',
  'file-image',
  'file-video',
  'file-viewer',
  'toast-compact',
  'lock-row',
  'in-app',
  'show-button',
  'join-name',
  'join-button',
  'show-settled',
  'show-busy',
]);

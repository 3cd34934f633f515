// @vitest-environment happy-dom
import { render } from 'preact';
import { act as flush } from 'preact/test-utils';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { galleryFiles } from '../../dev/files';
import { VIEWS } from '../../dev/views';
import type { App } from '../app/app';
import type { Commands } from '../app/commands';
import { LANGUAGES, loadLanguage, type Language, type Say } from '../i18n/language';
import { MAX_TEXT } from '../session/facade';
import { noShow } from '../session/show';
import type { AppState } from '../state/model';
import { preloadViews } from './late';
import { Drawn, Page } from './page';
import { UiProvider } from './ui';

const filesPort = galleryFiles(null);

vi.mock('./style', () => ({ loadStyle: () => Promise.resolve() }));
vi.mock('../../dev/painted', () => ({ paintedStream: () => new MediaStream() }));

/** Does something and lets the page draw what follows from it. */
function act(something: () => void): void {
  void flush(something);
}

const languages = new Map<Language, Say>();
const calls: unknown[][] = [];
let sayAnswer = true;

const commands = new Proxy({} as Commands, {
  get:
    (_target, name) =>
    (...args: unknown[]) => {
      calls.push([name, ...args]);
      return name === 'say' ? sayAnswer : name === 'openPasted' ? Promise.resolve(false) : undefined;
    },
});

beforeAll(async () => {
  for (const language of LANGUAGES) {
    const say = await loadLanguage(language);
    await preloadViews(say);
    languages.set(language, say);
  }
});

afterEach(() => {
  act(() => render(null, document.body));
  calls.length = 0;
  sayAnswer = true;
});

function draw(state: AppState, language: Language = 'en', draft = { text: '' }): void {
  act(() =>
    render(
      <UiProvider value={{ say: languages.get(language)!, commands, show: noShow, files: filesPort }}>
        <Drawn state={state} draft={draft} />
      </UiProvider>,
      document.body,
    ),
  );
}

const view = (name: string): AppState => VIEWS[name]!();
const at = (testId: string): HTMLElement | null => document.querySelector(`[data-testid="${testId}"]`);

function press(testId: string): void {
  const element = at(testId);
  expect(element, testId).not.toBeNull();
  act(() => element!.click());
}

function write(testId: string, text: string): void {
  const field = at(testId) as HTMLInputElement;
  act(() => {
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });
}

/** What a person can press on top: a sheet covers what lies under it. */
function buttons(): HTMLElement[] {
  const sheet = document.querySelector('.sheet');
  return [...(sheet ?? document.body).querySelectorAll<HTMLElement>('button, a')];
}

describe.each(LANGUAGES)('every screen in %s', (language) => {
  it.each(Object.keys(VIEWS))('%s', (name) => {
    draw(view(name), language);
    expect(document.body.dataset['phase']).toMatch(/^[a-z-]+$/);
    // Every word is a message: an id that is shown means a gap.
    expect(document.body.textContent).not.toMatch(
      /\b(error|status|live|room|remedy|camera|allow|lock|file|files|attach)-[a-z]+-?[a-z]*\b/,
    );
    expect(document.body.textContent).not.toContain('{$');
    // Each file has buttons of its own.
    if (name !== 'sessions' && !/^(files|shelf)/.test(name)) {
      expect(buttons().length).toBeLessThanOrEqual(7);
    }
    for (const button of buttons()) {
      const spoken = button.getAttribute('aria-label') ?? button.textContent;
      expect(spoken.trim(), button.className).not.toBe('');
    }
    for (const field of document.querySelectorAll('input, textarea')) {
      expect(field.getAttribute('aria-label') ?? field.closest('label')?.textContent).toBeTruthy();
    }
    expect(document.querySelectorAll('[style]:not(textarea)')).toHaveLength(0);
  });
});

it('draws what changed before the page listened', () => {
  const states = [view('join'), view('cut')];
  const app = {
    // The first drawing reads the old state; whatever asks later gets the new one.
    state: () => (states.length > 1 ? states.shift() : states[0]),
    subscribe: () => () => undefined,
    commands,
    files: filesPort,
  } as unknown as App;
  act(() => render(<Page app={app} say={languages.get('en')!} />, document.body));
  expect(document.body.dataset['phase']).toBe('error');
});

describe('what a person does', () => {
  it('joins with a name', () => {
    draw(view('join'));
    expect((at('join-button') as HTMLButtonElement).disabled).toBe(true);
    write('join-name', 'Mihai');
    expect(calls).toEqual([['setName', 'Mihai']]);
    draw(view('join-named'));
    press('join-button');
    expect(calls.at(-1)).toEqual(['join']);
  });

  it('cannot join twice', () => {
    draw(view('join-busy'));
    expect((at('join-button') as HTMLButtonElement).disabled).toBe(true);
  });

  it('writes a message, which leaves the field', () => {
    const draft = { text: '' };
    draw(view('room'), 'en', draft);
    expect((at('send') as HTMLButtonElement).disabled).toBe(true);
    write('composer', 'Hello');
    expect(draft.text).toBe('Hello');
    press('send');
    expect(calls).toEqual([['say', 'Hello']]);
    expect((at('composer') as HTMLTextAreaElement).value).toBe('');
    expect(draft.text).toBe('');
  });

  it('keeps in the field what could not be taken', () => {
    sayAnswer = false;
    draw(view('room'));
    write('composer', 'Hello');
    press('send');
    expect((at('composer') as HTMLTextAreaElement).value).toBe('Hello');
  });

  it('is told how much too long a message is', () => {
    draw(view('room'));
    write('composer', 'x'.repeat(MAX_TEXT + 3));
    expect((at('send') as HTMLButtonElement).disabled).toBe(true);
    expect(document.body.textContent).toMatch(/3\W* characters too long/);
  });

  it('sends with Enter, but not while a word is being composed', () => {
    draw(view('room'));
    write('composer', 'こん');
    const key = (init: KeyboardEventInit): void => {
      act(() => {
        at('composer')!.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, ...init }));
      });
    };
    key({ isComposing: true });
    key({ shiftKey: true });
    expect(calls).toEqual([]);
    key({});
    expect(calls).toEqual([['say', 'こん']]);
  });

  it('sees who wrote what and how far it came', () => {
    draw(view('away'));
    const rows = [...document.querySelectorAll<HTMLElement>('[data-testid="chat-message"]')];
    expect(rows.map((row) => [row.dataset['mine'], row.dataset['delivery']])).toEqual([
      ['false', 'delivered'],
      ['true', 'stored'],
      ['true', 'waiting'],
    ]);
    expect(at('chat-list')?.getAttribute('role')).toBe('log');
  });

  it('gets markup as text', () => {
    const state = view('room');
    const hostile = { ...state.session.chat[0]!, text: '<img src=x onerror=alert(1)>', name: '<b>Ana</b>' };
    draw({ ...state, session: { ...state.session, chat: [hostile], expertName: '<i>x</i>' } });
    expect(document.querySelector('img, b, i')).toBeNull();
    expect(at('chat-message')?.textContent).toContain('<img src=x');
  });

  it('sees the end of a long chat and can go back', () => {
    const state = view('room');
    const chat = Array.from({ length: 10_000 }, (_, index) => ({
      ...state.session.chat[0]!,
      id: `x${index}`,
    }));
    draw({ ...state, session: { ...state.session, chat } });
    expect(document.querySelectorAll('[data-testid="chat-message"]')).toHaveLength(60);
    act(() => document.querySelector<HTMLElement>('.chat-earlier')!.click());
    expect(document.querySelectorAll('[data-testid="chat-message"]')).toHaveLength(120);
  });

  it('answers the question of the expert', () => {
    draw(view('ask'));
    expect(at('ask-card')?.getAttribute('role')).toBe('alertdialog');
    press('ask-show');
    press('ask-not-now');
    expect(calls).toEqual([['show'], ['notNow']]);
  });

  it('flips, chats and stops while live, and takes the stop back', () => {
    draw(view('live'));
    expect(at('live-view')).not.toBeNull();
    press('flip-button');
    press('chat-button');
    press('stop-button');
    expect(calls).toEqual([['flip'], ['panel', 'chat'], ['stop']]);
    draw(view('live-stopped'));
    press('stop-undo');
    expect(calls.at(-1)).toEqual(['undoStop']);
  });

  it('opens the chat by the message over the picture', () => {
    draw(view('live-toast'));
    press('toast');
    expect(calls).toEqual([['panel', 'chat']]);
  });

  it('reads the same four words as the expert before being let in', () => {
    draw(view('waiting'));
    expect(at('words')?.dataset['words']).toBe('garden velvet orbit lemon');
    expect(at('show-button')).toBeNull();
    expect(at('link-dot')?.dataset['state']).toBe('waiting');
  });

  it('is told how to allow the camera in this browser', () => {
    draw(view('denied'));
    expect(document.querySelectorAll('.steps li')).toHaveLength(3);
    press('error-action');
    expect(calls).toEqual([['show']]);
  });

  it('closes a sheet with Escape', () => {
    draw(view('lock'));
    act(() => {
      document
        .querySelector('.sheet')!
        .dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
    });
    expect(calls).toEqual([['panel', 'none']]);
  });

  it('must say twice that a chat is to be forgotten', () => {
    draw(view('sessions'));
    act(() => document.querySelector<HTMLElement>('.session-row .round')!.click());
    expect(calls).toEqual([]);
    act(() => document.querySelector<HTMLElement>('.session-sure')!.click());
    expect(calls).toEqual([['forget', '1']]);
  });
});

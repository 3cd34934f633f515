// @vitest-environment happy-dom
import { render } from 'preact';
import { act as flush } from 'preact/test-utils';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { SHOW_VIEWS } from '../../dev/views';
import type { FakeFiles, FakeShow } from '../../dev/fake-show';
import type { Commands } from '../app/commands';
import { LANGUAGES, loadLanguage, type Language, type Say } from '../i18n/language';
import type { AppState } from '../state/model';
import { reduce } from '../state/reduce';
import { preloadViews } from '../views/late';
import { loadShow } from '../views/later';
import { Drawn } from '../views/page';
import { UiProvider } from '../views/ui';
import { lineAt } from './text-card';

vi.mock('../views/style', () => ({ loadStyle: () => Promise.resolve() }));
vi.mock('../../dev/painted', () => ({
  paintedStream: () => new MediaStream(),
  paintedPicture: () => Promise.resolve(new Blob(['no picture'])),
  paintedPage: () => Promise.resolve(new Blob(['no picture'])),
}));
const still = { picture: new Blob(['x'], { type: 'image/jpeg' }), width: 4, height: 3 };
vi.mock('../board/still', () => ({
  photoOf: () => Promise.resolve(still),
  sharpPhoto: () => Promise.resolve(still),
}));

const languages = new Map<Language, Say>();
let calls: unknown[][] = [];
let show: FakeShow;
let files: FakeFiles;
let state: AppState;
let speaks: Language = 'en';

const commands = new Proxy({} as Commands, {
  get:
    (_target, name) =>
    (...args: unknown[]) => {
      calls.push([name, ...args]);
      if (name === 'card') {
        state = reduce(state, { do: 'card', card: args[0] as never });
        draw();
      }
    },
});

beforeAll(async () => {
  for (const language of LANGUAGES) {
    const say = await loadLanguage(language);
    await preloadViews(say);
    languages.set(language, say);
  }
  await loadShow(languages.get('en')!);
});

afterEach(() => {
  act(() => render(null, document.body));
  calls = [];
  vi.useRealTimers();
});

function act(something: () => void): void {
  void flush(something);
}

function draw(): void {
  act(() =>
    render(
      <UiProvider value={{ say: languages.get(speaks)!, commands, show, files }}>
        <Drawn state={state} draft={{ text: '' }} />
      </UiProvider>,
      document.body,
    ),
  );
}

function open(name: string, language: Language = 'en'): void {
  const view = SHOW_VIEWS[name]!;
  speaks = language;
  show = view.show();
  files = view.files();
  state = view.state();
  show.subscribe(() => {
    state = reduce(state, { do: 'show', show: show.snapshot() });
    draw();
  });
  draw();
}

/** What is read on screen, without the marks that hold directions apart. */
const words = (element: Element | null): string =>
  (element?.textContent ?? '').replace(/[\u2066-\u2069]/g, '');
const at = (testId: string): HTMLElement | null => document.querySelector(`[data-testid="${testId}"]`);
function press(testId: string): void {
  expect(at(testId), testId).not.toBeNull();
  act(() => at(testId)!.click());
}
const settle = async (): Promise<void> => flush(() => new Promise<void>((done) => setTimeout(done, 5)));

describe.each(LANGUAGES)('everything shown, in %s', (language) => {
  it.each(Object.keys(SHOW_VIEWS))('%s', (name) => {
    open(name, language);
    // Every word is a message: an id that is shown means a gap.
    expect(document.body.textContent).not.toMatch(
      /\b(card|picture|board|tool|ink|photo|steps?|page|text|all|live|room)-[a-z]+\b/,
    );
    for (const button of document.querySelectorAll('button')) {
      expect((button.getAttribute('aria-label') ?? button.textContent).trim(), button.className).not.toBe('');
    }
    for (const field of document.querySelectorAll('input, textarea')) {
      expect(field.getAttribute('aria-label') ?? field.closest('label')?.textContent).toBeTruthy();
    }
    expect(document.querySelectorAll('[style]:not(textarea)')).toHaveLength(0);
  });
});

describe('a card', () => {
  it('is a dialog that reads out what it is, and goes back with one tap or Escape', () => {
    open('board');
    const card = at('card')!;
    expect(card.getAttribute('role')).toBe('dialog');
    expect(document.querySelector('main')?.hasAttribute('inert')).toBe(true);
    expect(words(document.activeElement)).toBe('Picture from Ana');
    press('card-back');
    expect(at('card')).toBeNull();
    expect(document.querySelector('main')?.hasAttribute('inert')).toBe(false);
    open('board');
    act(() => at('card')!.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true })));
    expect(calls).toEqual([
      ['card', null],
      ['card', null],
    ]);
  });

  it('shows a message that came meanwhile, which leads to the chat', () => {
    open('board-toast');
    press('toast');
    expect(calls).toEqual([
      ['card', null],
      ['panel', 'chat'],
    ]);
  });

  it('leads to everything else that was shown, and back', () => {
    open('board');
    press('card-all');
    expect(document.querySelectorAll('[data-testid="all-board"]')).toHaveLength(3);
    press('all-row');
    expect(at('step')).not.toBeNull();
  });

  it('leads to a document too when that is all there is besides', () => {
    open('board-one');
    press('card-all');
    expect(document.querySelectorAll('[data-testid="all-board"]')).toHaveLength(1);
    expect(words(at('all-row'))).toContain('Pump manual.pdf');
  });

  it('waits for a board that is still on its way', () => {
    open('board-unknown');
    expect(at('card')?.textContent).toContain('on its way');
    expect(at('tool-pen')).toBeNull();
  });
});

describe('drawing tools', () => {
  it('are put away by a second tap, and a colour means to draw', () => {
    open('board');
    const pressed = (): (string | undefined)[] =>
      [...document.querySelectorAll<HTMLElement>('.tool[aria-pressed="true"]')].map(
        (tool) => tool.dataset['testid'],
      );
    expect(pressed()).toEqual([]);
    press('tool-arrow');
    expect(pressed()).toEqual(['tool-arrow']);
    press('tool-arrow');
    expect(pressed()).toEqual([]);
    press('tool-colour');
    press('ink-green');
    expect(pressed()).toEqual(['tool-arrow']);
    expect(at('ink-green')).toBeNull();
    press('tool-erase');
    expect(pressed()).toEqual(['tool-erase']);
    press('tool-erase');
  });

  it('undo and bring back', () => {
    open('board');
    press('tool-undo');
    expect(at('tool-undo')).toBeNull();
    press('tool-redo');
    expect(show.calls.map(([name]) => name)).toEqual(['undo', 'redo']);
    expect(at('tool-redo')).toBeNull();
  });

  it('are at hand at once on an own picture, and not for a viewer', () => {
    open('board-mine');
    expect(document.querySelectorAll('.tool[aria-pressed="true"]')).toHaveLength(1);
    const people = state.session.people.map((one) => (one.me ? { ...one, role: 'viewer' as const } : one));
    state = { ...state, session: { ...state.session, people } };
    draw();
    expect(at('tool-pen')).toBeNull();
    expect(at('tool-undo')).toBeNull();
  });
});

describe('steps', () => {
  const text = (): string | undefined => at('step-text')?.textContent;

  it('go on from one that is done to the next open one, and end', () => {
    open('steps');
    expect(text()).toContain('Close the blue valve');
    press('step-done');
    expect(show.calls.at(-1)).toEqual(['setStep', 'l1', 1, 'done', '', null]);
    expect(text()).toContain('Wait until');
    press('step-done');
    // The fourth one was answered before.
    expect(text()).toContain('back to ON');
    press('step-done');
    expect(at('card')?.textContent).toContain('That was the last step');
    press('step-back');
    expect(at('step')?.dataset['state']).toBe('done');
    press('step-open');
    expect(show.calls.at(-1)).toEqual(['setStep', 'l1', 4, 'open', '', null]);
  });

  it('take a note where something does not work', () => {
    open('steps');
    press('step-failed');
    expect(show.calls.at(-1)).toEqual(['setStep', 'l1', 1, 'failed', '', null]);
    const note = at('step-note') as HTMLTextAreaElement;
    act(() => {
      note.value = ' It is stuck ';
      note.dispatchEvent(new Event('input', { bubbles: true }));
    });
    press('step-next');
    expect(show.calls.at(-1)).toEqual(['setStep', 'l1', 1, 'failed', 'It is stuck', null]);
    expect(text()).toContain('Wait until');
  });

  it('take a photo of the running camera, sent as a file', async () => {
    open('steps-live');
    press('step-photo');
    await settle();
    const [, sent] = files.calls.find(([name]) => name === 'send') as [string, File[]];
    expect(sent[0]?.name).toBe('Step 2.jpg');
    expect(show.calls.at(-1)).toEqual(['setStep', 'l1', 1, 'open', '', 'sent-0']);
  });

  it('can be looked over and chosen', () => {
    open('steps');
    press('step-overview');
    const rows = document.querySelectorAll<HTMLElement>('[data-testid="step-row"]');
    expect(rows).toHaveLength(5);
    act(() => rows[3]!.click());
    expect(text()).toContain('round gauge');
    expect((at('step-note') as HTMLTextAreaElement).value).toBe('The needle does not move at all');
    press('step-forward');
    expect(text()).toContain('back to ON');
    expect((at('step-forward') as HTMLButtonElement).disabled).toBe(true);
  });
});

describe('pages', () => {
  const hint = (): string => words(document.querySelector('#shown-hint'));

  it('follow the expert until the person turns one, and again on a tap', () => {
    open('page');
    expect(hint()).toContain('Page 5 of 12');
    const look = (page: number): void => show.set({ look: { look: 'page', file: 'd1', page, name: 'Ana' } });
    act(() => look(6));
    expect(hint()).toContain('Page 7');
    press('page-back');
    expect(hint()).toContain('Page 6');
    act(() => look(9));
    expect(hint()).toContain('Page 6');
    expect(words(at('page-follow'))).toBe('Follow Ana: page 10');
    press('page-follow');
    expect(hint()).toContain('Page 10');
  });

  it('of a document that was taken back are not awaited for ever', () => {
    vi.useFakeTimers();
    open('page');
    state = reduce(state, { do: 'card', card: { is: 'page', file: 'gone', page: 0 } });
    draw();
    expect(at('card')?.textContent).toContain('on its way');
    act(() => vi.advanceTimersByTime(2_000));
    expect(words(at('page-wait'))).toBe('Taken back');
  });

  it('become boards, and the file is fetched when it is asked for', async () => {
    open('page');
    press('page-fetch');
    expect(files.calls).toContainEqual(['act', 'd1', 'fetch']);
    press('page-draw');
    await settle();
    expect(show.calls.at(-1)).toEqual(['boardOf', 'page-4', 1240, 1754, 'Pump manual.pdf, page 5']);
    expect(calls.at(-1)).toEqual(['card', { is: 'board', board: 'of3' }]);
  });

  it('of Markdown show its words and never its HTML', async () => {
    open('page-text');
    await settle();
    await settle();
    expect(at('reading')?.querySelector('h3')?.textContent).toBe('Before you open the pump');
    expect(at('reading')?.querySelector('b')).toBeNull();
    expect(at('reading')?.textContent).toContain('<b>This is no HTML.</b>');
  });
});

describe('a shared text', () => {
  const field = (): HTMLTextAreaElement => at('shared-text') as HTMLTextAreaElement;
  function write(value: string, caret: number): void {
    act(() => {
      field().value = value;
      field().setSelectionRange(caret, caret);
      field().dispatchEvent(new Event('input', { bubbles: true }));
    });
  }

  it('hands over what is typed, and keeps the caret when others write', () => {
    open('text');
    const before = field().value;
    write(before.replace('after:', 'after: 3'), 42);
    expect(show.calls.filter(([name]) => name === 'splice')).toEqual([['splice', 't1', 40, 0, ' 3']]);
    field().focus();
    field().setSelectionRange(42, 42);
    act(() => show.splice('t1', 0, 0, 'Hall 7\n'));
    expect(field().value).toBe(`Hall 7\n${before.replace('after:', 'after: 3')}`);
    expect(field().selectionStart).toBe(49);
  });

  it('hands over the rest when the card is closed', () => {
    open('text');
    // A port that answers late: the second change waits for the first.
    const late = vi.spyOn(show, 'splice').mockImplementation(() => undefined);
    write('one', 3);
    write('one two', 7);
    expect(late).toHaveBeenCalledTimes(1);
    act(() => show.set({ texts: [{ ...state.shown.show.texts[0]!, text: 'one' }] }));
    press('card-back');
    expect(late).toHaveBeenLastCalledWith('t1', 3, 0, ' two');
  });

  it('says who else writes, and where', () => {
    vi.useFakeTimers();
    open('text');
    act(() => show.hear({ t: 'cursor', peer: 'ana', name: 'Ana', text: 't1', at: 30 }));
    act(() => show.hear({ t: 'cursor', peer: 'bob', name: 'Bob', text: 'other', at: 0 }));
    expect(words(at('text-writers'))).toBe('Ana · line 2');
    act(() => vi.advanceTimersByTime(10_000));
    expect(words(at('text-writers'))).toBe('');
  });

  it('counts lines', () => {
    expect([0, 1, 2, 3, 99].map((place) => lineAt('a\nb\n', place))).toEqual([1, 1, 2, 2, 3]);
  });
});

describe('the wish for a photo', () => {
  it('is answered from the running camera', () => {
    open('photo-live');
    expect(at('photo-card')?.getAttribute('role')).toBe('alertdialog');
    press('photo-take');
    press('photo-refuse');
    expect(calls).toEqual([['takePhoto', null], ['refusePhoto']]);
  });

  it('is answered with a picture of the phone where no camera runs', () => {
    open('photo');
    const input = at('photo-take-input') as HTMLInputElement;
    expect(input.getAttribute('capture')).toBe('environment');
    const picture = new File(['x'], 'x.jpg');
    Object.defineProperty(input, 'files', { value: [picture] });
    act(() => input.dispatchEvent(new Event('change', { bubbles: true })));
    expect(calls).toEqual([['takePhoto', picture]]);
  });
});

describe('the way to what was shown', () => {
  it('is one line in the room, with the open steps', () => {
    open('room-shown');
    expect(words(at('shown-row'))).toContain('2 of 5 answered');
    press('shown-row');
    expect(at('card')?.dataset['card']).toBe('all');
  });

  it('is one button over the camera', () => {
    open('live-shown');
    expect(at('shown-pill')?.textContent).toBe('6');
    press('freeze-button');
    expect(calls).toEqual([['freeze']]);
  });

  it('is not there when nothing was shown', () => {
    open('live-empty');
    expect(at('live-pointers')).not.toBeNull();
    expect(at('shown-pill')).toBeNull();
    open('room-nothing');
    expect(at('shown-row')).toBeNull();
  });
});

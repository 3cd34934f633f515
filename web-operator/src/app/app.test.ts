// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { speaker } from '../i18n/language';
import type { Notice } from '../media/notice';
import type { ControlMessage, Operator, SavedSession, SessionSnapshot } from '../session/facade';
import { noShow } from '../session/show';
import { EMPTY_SESSION, firstState } from '../state/model';
import type { Environment } from '../state/environment';
import { screenOf } from '../state/select';
import { App } from './app';
import { fragmentOf, otherOrigin } from './link';
import type { Showing } from './showing';
import { TabMemory } from './tab';

const FRAGMENT = '#AAAAAAAAAAAAAAAAAAAAAA';
const MEMBER: SavedSession = {
  key: 'k1',
  state: 'member',
  title: '',
  expertName: 'Ana',
  myName: 'Mihai',
  lastAt: 5,
};

let calls: string[];
let saved: SavedSession[];
let snapshot: SessionSnapshot;
let listener: (snapshot: SessionSnapshot) => void;
let control: (message: ControlMessage) => void;
let openResult: Awaited<ReturnType<Operator['openLink']>>;
let box: Map<string, string>;
const open = vi.fn();
const showing = { asked: vi.fn(), end: vi.fn(), link: vi.fn(), start: vi.fn(), returned: vi.fn() };

const operator = {
  show: noShow,
  snapshot: () => snapshot,
  subscribe: (heard: typeof listener) => {
    listener = heard;
    return () => undefined;
  },
  browserProblem: () => null,
  openLink: (fragment: string) => {
    calls.push(`openLink ${fragment}`);
    return Promise.resolve(openResult);
  },
  savedSessions: () => Promise.resolve(saved),
  rememberedName: () => Promise.resolve('Mihai'),
  preload: () => calls.push('preload'),
  join: (name: string, lang: string) => calls.push(`join ${name} ${lang}`),
  resume: (key: string) => calls.push(`resume ${key}`),
  leave: () => calls.push('leave'),
  forget: (key: string) => {
    saved = saved.filter((session) => session.key !== key);
    return Promise.resolve();
  },
  onControl: (heard: typeof control) => {
    control = heard;
    return () => undefined;
  },
  onLink: () => () => undefined,
} as unknown as Operator;

async function page(hash: string, environment: Partial<Environment> = {}): Promise<App> {
  location.hash = hash;
  const app = new App({
    operator,
    notice: { unlock: vi.fn(), ring: vi.fn() } as unknown as Notice,
    tab: new TabMemory({
      getItem: (key) => box.get(key) ?? null,
      setItem: (key, value) => void box.set(key, value),
      removeItem: (key) => void box.delete(key),
    }),
    say: speaker('en', {}),
    window,
    open,
    first: firstState({ platform: 'chromium', inApp: null, tooOld: false, ...environment }, 'help.example'),
  });
  await app.begin({ tell: (work) => work(showing as unknown as Showing) });
  return app;
}

beforeEach(() => {
  calls = [];
  saved = [];
  snapshot = EMPTY_SESSION;
  box = new Map();
  openResult = { ok: true, known: null };
  open.mockReset();
  Object.defineProperty(window, 'isSecureContext', { value: true, configurable: true });
});

describe('a link', () => {
  it('is stored, leaves the address bar, and waits for the tap', async () => {
    const app = await page(FRAGMENT);
    expect(calls).toEqual([`openLink ${FRAGMENT}`, 'preload']);
    expect(location.hash).toBe('');
    expect(open).not.toHaveBeenCalled();
    expect(screenOf(app.state())).toEqual({ is: 'join', known: null, busy: false });
    expect(app.state().name).toBe('Mihai');
    app.commands.join();
    expect(calls.at(-1)).toBe('join Mihai en');
    expect(screenOf(app.state())).toMatchObject({ is: 'join', busy: true });
  });

  it('is there again when the page is loaded again before the tap', async () => {
    await page(FRAGMENT);
    calls = [];
    await page('');
    expect(calls[0]).toBe(`openLink ${FRAGMENT}`);
  });

  it('needs a name', async () => {
    const app = await page(FRAGMENT);
    app.commands.setName('   ');
    app.commands.join();
    expect(calls.some((call) => call.startsWith('join'))).toBe(false);
  });

  it('that is wrong says so', async () => {
    openResult = { ok: false, error: 'link-cut' };
    const app = await page('#AAAA');
    expect(screenOf(app.state())).toMatchObject({ is: 'problem', problem: { code: 'link-cut' } });
    expect(location.hash).toBe('');
  });

  it('of a session that is known goes back in without a new knock', async () => {
    openResult = { ok: true, known: MEMBER };
    const app = await page(FRAGMENT);
    expect(screenOf(app.state())).toMatchObject({ is: 'join', known: MEMBER });
    app.commands.join();
    expect(calls.at(-1)).toBe('resume k1');
  });

  it('stays untouched in the browser of another app, until the person stays there', async () => {
    const app = await page(FRAGMENT, { inApp: { app: 'LINE', system: 'ios' } });
    expect(screenOf(app.state()).is).toBe('in-app');
    expect(calls).toEqual([]);
    expect(location.hash).toBe(FRAGMENT);
    app.commands.stayInApp();
    await vi.waitFor(() => expect(screenOf(app.state()).is).toBe('join'));
  });

  it('is not opened by a browser that is too old', async () => {
    const app = await page(FRAGMENT, { tooOld: true });
    expect(screenOf(app.state()).is).toBe('too-old');
    expect(calls).toEqual([]);
  });

  it('opened without https says so', async () => {
    Object.defineProperty(window, 'isSecureContext', { value: false, configurable: true });
    expect(screenOf((await page(FRAGMENT)).state())).toMatchObject({ problem: { code: 'insecure' } });
    expect(calls).toEqual([]);
  });
});

describe('without a link', () => {
  it('a reload of this tab goes on where it was', async () => {
    saved = [MEMBER];
    const app = await page(FRAGMENT);
    // The session is known from the moment the link was opened.
    snapshot = { ...EMPTY_SESSION, phase: 'opening', key: 'k1' };
    listener(snapshot);
    app.commands.join();
    listener({ ...snapshot, phase: 'linked' });
    calls = [];
    await page('');
    expect(calls).toEqual(['preload', 'resume k1']);
  });

  it('a reload between the tap and the knock asks for the tap again', async () => {
    saved = [{ ...MEMBER, state: 'opened' }];
    const app = await page(FRAGMENT);
    snapshot = { ...EMPTY_SESSION, phase: 'opening', key: 'k1' };
    app.commands.join();
    const again = await page('');
    expect(calls).toContain('resume k1');
    expect(screenOf(again.state())).toEqual({ is: 'join', known: null, busy: false });
  });

  it('a new tab lists what is saved, newest first', async () => {
    saved = [MEMBER, { ...MEMBER, key: 'k2', lastAt: 9 }, { ...MEMBER, key: 'k3', state: 'opened' }];
    const app = await page('');
    expect(screenOf(app.state())).toMatchObject({ is: 'sessions', saved: [{ key: 'k2' }, { key: 'k1' }] });
    app.commands.forget('k2');
    await vi.waitFor(() => expect(screenOf(app.state())).toMatchObject({ saved: [{ key: 'k1' }] }));
  });

  it('leaving does not come back by a reload', async () => {
    saved = [MEMBER];
    const app = await page('');
    app.commands.resume('k1');
    app.commands.leave();
    calls = [];
    expect(screenOf((await page('')).state()).is).toBe('sessions');
    expect(calls).toEqual([]);
  });
});

describe('inside', () => {
  it('what is typed is written when the page goes to the background', async () => {
    const flush = vi.spyOn(noShow, 'flush');
    await page(FRAGMENT);
    const visibility = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
    document.dispatchEvent(new Event('visibilitychange'));
    expect(flush).toHaveBeenCalled();
    flush.mockClear();
    visibility.mockReturnValue('visible');
    document.dispatchEvent(new Event('visibilitychange'));
    expect(flush).not.toHaveBeenCalled();
    visibility.mockRestore();
    flush.mockRestore();
  });

  it('passes the question of the expert on, and ends the camera with the session', async () => {
    const app = await page(FRAGMENT);
    app.commands.join();
    control({ t: 'view', watching: true });
    expect(showing.asked).not.toHaveBeenCalled();
    control({ t: 'ask', what: 'video' });
    expect(showing.asked).toHaveBeenCalledTimes(1);
    listener({ ...EMPTY_SESSION, phase: 'ended' });
    expect(showing.end).toHaveBeenCalled();
  });
});

describe('a pasted text', () => {
  it.each([
    ['https://help.example/#AAAAAAAAAAAAAAAAAAAAAA', '#AAAAAAAAAAAAAAAAAAAAAA'],
    ['Here: https://help.example/#AAAA thanks', '#AAAA'],
    [' AAAAAAAAAAAAAAAAAAAAAA ', '#AAAAAAAAAAAAAAAAAAAAAA'],
    ['hello', null],
  ])('%s', (text, fragment) => {
    expect(fragmentOf(text)).toBe(fragment);
  });

  it('leads to the page that the link names', () => {
    const own = 'https://help.example';
    expect(otherOrigin('see https://other.example/#AAAA', own)).toBe('https://other.example/#AAAA');
    expect(otherOrigin('https://help.example/#AAAA', own)).toBeNull();
    expect(otherOrigin('https://other.example/', own)).toBeNull();
    expect(otherOrigin('javascript:alert(1)//#x', own)).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import type { ChatItem, Phase, SessionSnapshot } from '../session/facade';
import { EMPTY_SESSION, firstState, type AppState, type CameraState } from './model';
import { ALL_PROBLEMS, problemOf } from './problems';
import { reduce } from './reduce';
import {
  bodyPhase,
  canShow,
  companyOf,
  dotOf,
  liveLineOf,
  screenOf,
  statusOf,
  stripOf,
  titleOf,
  unreadOf,
} from './select';

const BROWSER = { platform: 'chromium', inApp: null, tooOld: false } as const;
const LIVE: CameraState = {
  is: 'live',
  stream: {} as MediaStream,
  facing: 'environment',
  canFlip: true,
  paused: false,
  flipping: false,
};

function message(id: string, mine = false): ChatItem {
  return {
    id,
    mine,
    author: mine ? 'm' : 'a',
    name: mine ? 'Mihai' : 'Ana',
    text: id,
    file: null,
    at: 1,
    delivery: 'delivered',
  };
}

function inside(session: Partial<SessionSnapshot> = {}): AppState {
  return {
    ...firstState(BROWSER, 'help.example'),
    start: { is: 'inside' },
    session: { ...EMPTY_SESSION, phase: 'linked', expertName: 'Ana', ...session },
  };
}

const withChat = (state: AppState, ...chat: ChatItem[]): AppState =>
  reduce(state, { do: 'session', session: { ...state.session, chat } });

describe('which screen', () => {
  it('is Join until the tap, and stays there busy until the record is opened', () => {
    const invited = reduce(firstState(BROWSER, ''), { do: 'start', start: { is: 'invited', known: null } });
    expect(screenOf(invited)).toEqual({ is: 'join', known: null, busy: false });
    expect(screenOf(inside({ phase: 'opening', expertName: '' }))).toEqual({
      is: 'join',
      known: null,
      busy: true,
    });
    expect(screenOf(inside({ phase: 'knocking' })).is).toBe('room');
  });

  it('is the room at once for somebody who returns with history', () => {
    expect(screenOf(inside({ phase: 'opening', chat: [message('1')] })).is).toBe('room');
  });

  it.each([
    ['opening', 'opening'],
    ['knocking', 'knocking'],
    ['waiting', 'waiting'],
    ['admitted', 'admitted'],
    ['linked', 'linked'],
    ['reconnecting', 'reconnecting'],
    ['away', 'away'],
    ['ended', 'ended'],
  ] as [Phase, string][])('%s is told on the body as %s', (phase, told) => {
    expect(bodyPhase(inside({ phase }))).toBe(told);
  });

  it('is live while the camera runs, also when the link is lost', () => {
    const live = { ...inside({ phase: 'reconnecting' }), camera: LIVE };
    expect(screenOf(live).is).toBe('live');
    expect(liveLineOf(live).id).toBe('live-reconnecting');
    expect(dotOf(live)).toBe('lost');
  });

  it('tells a failure in full where nothing else can be done', () => {
    const refused = inside({ phase: 'refused', error: 'link-expired' });
    expect(screenOf(refused)).toEqual({ is: 'problem', problem: problemOf('link-expired') });
    expect(bodyPhase(refused)).toBe('refused');
    const down = inside({ phase: 'opening', expertName: '', error: 'rendezvous-down' });
    expect(screenOf(down).is).toBe('problem');
  });

  it('keeps the chat in front of a failure that passes', () => {
    const state = inside({ phase: 'reconnecting', error: 'rendezvous-down' });
    expect(screenOf(state).is).toBe('room');
    expect(stripOf(state)?.code).toBe('rendezvous-down');
  });

  it('says nothing of the rendezvous while the link is up', () => {
    expect(stripOf(inside({ error: 'rendezvous-down', rendezvous: 'offline' }))).toBeNull();
    expect(stripOf(inside({ error: 'storage-full' }))?.code).toBe('storage-full');
  });

  it('never shows a session that another tab owns', () => {
    expect(screenOf({ ...inside({ elsewhere: true }), camera: LIVE }).is).toBe('elsewhere');
  });

  it.each(ALL_PROBLEMS)('has a remedy for %s', (code) => {
    expect(problemOf(code).button).toMatch(/^remedy-/);
  });
});

describe('reading', () => {
  it('counts nothing while the chat is in front', () => {
    const state = withChat(inside(), message('1'), message('2'));
    expect(unreadOf(state)).toBe(0);
    expect(state.toast).toBeNull();
  });

  it('keeps the newest message of others over the picture until the chat is opened', () => {
    let state = withChat(inside(), message('1'));
    state = reduce(state, { do: 'camera', camera: LIVE });
    expect(state.toast).toBeNull();
    state = withChat(state, message('1'), message('2'), message('3', true));
    expect(state.toast).toMatchObject({ id: '2', compact: false });
    expect(unreadOf(state)).toBe(1);
    state = reduce(state, { do: 'compact-toast', id: '2' });
    expect(state.toast?.compact).toBe(true);
    state = withChat(state, message('1'), message('2'), message('3', true), message('4'));
    expect(state.toast).toMatchObject({ id: '4', compact: false });
    expect(unreadOf(state)).toBe(2);
    expect(titleOf(state)).toBe('(2) Ana · Sightline');
    state = reduce(state, { do: 'panel', panel: 'chat' });
    expect(state.toast).toBeNull();
    expect(unreadOf(state)).toBe(0);
    state = reduce(state, { do: 'panel', panel: 'none' });
    expect(unreadOf(state)).toBe(0);
  });

  it('an old timer does not shrink a newer message', () => {
    let state = withChat(reduce(inside(), { do: 'camera', camera: LIVE }), message('1'));
    state = withChat(state, message('1'), message('2'));
    expect(reduce(state, { do: 'compact-toast', id: '1' })).toBe(state);
  });

  it('is done by stopping the camera: the room shows the chat', () => {
    let state = withChat(reduce(inside(), { do: 'camera', camera: LIVE }), message('1'));
    state = reduce(state, { do: 'camera', camera: { is: 'off' } });
    expect(unreadOf(state)).toBe(0);
  });
});

describe('questions and buttons', () => {
  it('offers the camera only to who was let in', () => {
    expect(canShow(inside({ phase: 'waiting' }))).toBe(false);
    expect(canShow(inside({ phase: 'away' }))).toBe(false);
    expect(canShow(inside({ phase: 'admitted' }))).toBe(true);
    expect(canShow(inside())).toBe(true);
  });

  it('takes the question back when the one who asked is gone', () => {
    let state = reduce(inside(), { do: 'asked', asked: true });
    expect(state.asked).toBe(true);
    state = reduce(state, { do: 'session', session: { ...state.session, phase: 'reconnecting' } });
    expect(state.asked).toBe(false);
  });

  it('counts who else is there', () => {
    const person = (peer: string, me = false) => ({
      peer,
      name: peer,
      role: 'viewer' as const,
      me,
      here: true,
    });
    expect(companyOf(inside({ people: [] }))).toEqual({ id: 'lock-only', others: 0 });
    expect(companyOf(inside({ people: [person('a'), person('m', true)] })).id).toBe('lock-only');
    expect(companyOf(inside({ people: [person('a'), person('m', true), person('v')] }))).toEqual({
      id: 'lock-others',
      others: 1,
    });
    expect(companyOf(inside({ expertName: '' })).id).toBe('lock-unknown');
  });

  it('says when the way is weak or silent', () => {
    const quality = { rttMs: 20, kbpsOut: 900, fps: 30, width: 1280, height: 720, silentMs: 0, weak: false };
    expect(dotOf({ ...inside(), quality })).toBe('up');
    expect(dotOf({ ...inside(), quality: { ...quality, weak: true } })).toBe('weak');
    expect(dotOf({ ...inside(), quality: { ...quality, silentMs: 3000 } })).toBe('lost');
    expect(statusOf(inside({ phase: 'waiting', rendezvous: 'offline' })).id).toBe('status-offline');
    expect(liveLineOf({ ...inside({ watching: true }), camera: LIVE }).id).toBe('live-watching');
    expect(liveLineOf({ ...inside(), camera: { ...LIVE, paused: true } }).id).toBe('live-paused');
  });

  it('closes what lies over the room when the session ends', () => {
    let state = reduce(inside(), { do: 'panel', panel: 'menu' });
    state = reduce(state, { do: 'session', session: { ...state.session, phase: 'ended' } });
    expect(state.panel).toBe('none');
  });

  it('changes nothing for an action that changes nothing', () => {
    const state = inside();
    expect(reduce(state, { do: 'flipping' })).toBe(state);
    expect(reduce(state, { do: 'camera-paused', paused: true })).toBe(state);
  });
});

import { describe, expect, it } from 'vitest';
import { BOARD, BOARDS, SHOW, STEPS, TEXT } from '../../dev/fake-show';
import { NO_SHOW, type ShowSnapshot } from '../session/show';
import { EMPTY_SESSION, firstState, type AppState, type CameraState } from './model';
import { chatIsVisible, reduce } from './reduce';
import { cardOf, photoAskedBy, wantsShow } from './select';
import { countOf } from './shown';

const LIVE: CameraState = {
  is: 'live',
  stream: {} as MediaStream,
  facing: 'environment',
  canFlip: true,
  paused: false,
  flipping: false,
};

function room(): AppState {
  return {
    ...firstState({ platform: 'chromium', inApp: null, tooOld: false }, 'help.example'),
    start: { is: 'inside' },
    session: { ...EMPTY_SESSION, phase: 'linked', expertName: 'Ana', key: 'k' },
  };
}
const show = (state: AppState, change: Partial<ShowSnapshot>): AppState =>
  reduce(state, { do: 'show', show: { ...state.shown.show, ...change } });
const settled = (state: AppState): AppState => reduce(state, { do: 'show-settled' });

describe('a card', () => {
  it('does not come up for what was shown before the page was opened', () => {
    const state = settled(show(room(), { boards: BOARDS, steps: [STEPS], texts: [TEXT] }));
    expect(cardOf(state)).toBeNull();
    expect(countOf(state.shown, [])).toBe(5);
  });

  it('comes up with a new board of somebody else, and says whose it is', () => {
    const state = show(settled(room()), { boards: [BOARD] });
    expect(cardOf(state)).toEqual({ is: 'board', board: 'b1' });
    expect(state.shown.from).toBe('Ana');
  });

  it('does not come up with an own board, nor again when one is drawn on', () => {
    const mine = show(settled(room()), { boards: [{ ...BOARD, mine: true }] });
    expect(cardOf(mine)).toBeNull();
    const seen = reduce(show(settled(room()), { boards: [BOARD] }), { do: 'card', card: null });
    expect(cardOf(show(seen, { boards: [{ ...BOARD, strokes: [] }] }))).toBeNull();
  });

  it('comes up with new steps', () => {
    expect(cardOf(show(settled(room()), { steps: [STEPS] }))).toEqual({ is: 'steps', list: 'l1' });
  });

  it.each([
    [
      { look: 'board', board: 'x' },
      { is: 'board', board: 'x' },
    ],
    [
      { look: 'page', file: 'f', page: 3 },
      { is: 'page', file: 'f', page: 3 },
    ],
    [
      { look: 'steps', list: 'l' },
      { is: 'steps', list: 'l' },
    ],
    [
      { look: 'text', text: 't' },
      { is: 'text', text: 't' },
    ],
    [{ look: 'live' }, null],
  ] as const)('follows the wish %j, once', (look, card) => {
    const asked = show(reduce(room(), { do: 'card', card: { is: 'all' } }), {
      look: { ...look, name: 'Eva' },
    });
    expect(cardOf(asked)).toEqual(card);
    expect(asked.shown.from).toBe('Eva');
    const closed = reduce(asked, { do: 'card', card: null });
    expect(cardOf(show(closed, { texts: [] }))).toBeNull();
    expect(cardOf(show(closed, { look: { ...look, name: 'Eva' } }))).toEqual(card);
  });

  it('goes when its author takes the thing away, and waits for one that is still on its way', () => {
    const up = show(settled(room()), { boards: [BOARD] });
    expect(cardOf(show(up, { boards: [] }))).toBeNull();
    const early = show(room(), { look: { look: 'board', board: 'later', name: 'Ana' } });
    expect(cardOf(show(early, { boards: [BOARD] }))).toEqual({ is: 'board', board: 'later' });
  });

  it('is for the room and the camera only', () => {
    const up = show(settled(room()), { boards: [BOARD] });
    expect(cardOf({ ...up, session: { ...up.session, phase: 'ended' } })).toBeNull();
    expect(cardOf({ ...up, session: { ...up.session, elsewhere: true } })).toBeNull();
    expect(cardOf({ ...up, camera: LIVE })).not.toBeNull();
  });

  it('makes way for the camera that the person starts', () => {
    const up = show(settled(room()), { boards: [BOARD] });
    const live = reduce(up, { do: 'camera', camera: LIVE });
    expect(cardOf(live)).toBeNull();
    // A flip is no start.
    const again = reduce(reduce(live, { do: 'card', card: { is: 'all' } }), {
      do: 'camera',
      camera: { ...LIVE },
    });
    expect(cardOf(again)).toEqual({ is: 'all' });
  });

  it('hides the chat: a message that comes meanwhile waits to be read', () => {
    const up = show(settled(room()), { boards: [BOARD] });
    expect(chatIsVisible(up)).toBe(false);
    const message = { id: 'm', mine: false, author: 'a', name: 'Ana', text: 'Hi', file: null, at: 1 };
    const chat = [{ ...message, delivery: 'delivered' as const }];
    const got = reduce(up, { do: 'session', session: { ...up.session, chat } });
    expect(got.toast?.text).toBe('Hi');
    expect(reduce(got, { do: 'card', card: null }).toast).toBeNull();
  });

  it('and everything shown stays behind when another session begins', () => {
    const up = show(settled(room()), { boards: [BOARD] });
    const other = reduce(up, { do: 'session', session: { ...up.session, key: 'other' } });
    expect(other.shown).toMatchObject({ show: NO_SHOW, card: null, settled: false });
  });
});

describe('the wish for a photo', () => {
  it('is there until it is answered', () => {
    const asked = show(room(), { photoAsked: { name: 'Ana' } });
    expect(photoAskedBy(asked)).toBe('Ana');
    expect(photoAskedBy({ ...asked, session: { ...asked.session, phase: 'ended' } })).toBeNull();
    expect(photoAskedBy(show(asked, { photoAsked: null }))).toBeNull();
  });
});

describe('the views of all this', () => {
  it('are wanted once somebody can show something, or did', () => {
    expect(wantsShow(room())).toBe(true);
    const away = { ...room(), session: { ...room().session, phase: 'away' as const } };
    expect(wantsShow(away)).toBe(false);
    expect(wantsShow(show(away, SHOW))).toBe(true);
  });
});

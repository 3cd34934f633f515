import { beforeEach, describe, expect, it } from 'vitest';
import { Hands, type Input, type Kind, type Meaning } from './input';

let hands: Hands;
let time: number;

beforeEach(() => {
  hands = new Hands();
  time = 10_000;
});

const spot = (x: number, y = 0): { x: number; y: number } => ({ x, y });
const down = (id: number, x: number, more: Partial<Input & { is: 'down' }> = {}): Meaning[] =>
  hands.handle({
    is: 'down',
    id,
    kind: 'touch' as Kind,
    at: spot(x),
    wide: 20,
    main: true,
    time,
    ...more,
  });
const move = (id: number, ...xs: number[]): Meaning[] =>
  hands.handle({ is: 'move', id, path: xs.map((x) => spot(x)), time });
const up = (id: number, x: number): Meaning[] => hands.handle({ is: 'up', id, at: spot(x), time });
const does = (meanings: Meaning[]): string[] => meanings.map((meaning) => meaning.do);

describe('drawing', () => {
  beforeEach(() => {
    hands.mode = 'draw';
  });

  it('is one stroke from touch to lift, with every coalesced point', () => {
    expect(down(1, 5)).toEqual([{ do: 'start', at: spot(5) }]);
    expect(move(1, 6, 7, 8)).toEqual([{ do: 'extend', path: [spot(6), spot(7), spot(8)] }]);
    expect(up(1, 8)).toEqual([{ do: 'finish' }]);
  });

  it('is taken back by a second finger, and nothing is drawn until both are lifted', () => {
    down(1, 0);
    expect(does(down(2, 100))).toEqual(['drop']);
    expect(does(move(1, 10))).toEqual(['zoom']);
    expect(up(2, 100)).toEqual([]);
    expect(move(1, 20)).toEqual([]);
    expect(up(1, 20)).toEqual([]);
    expect(does(down(3, 0))).toEqual(['start']);
  });

  it('is dropped when the system takes the finger', () => {
    down(1, 0);
    expect(hands.handle({ is: 'cancel', id: 1, time })).toEqual([{ do: 'drop' }]);
    expect(up(1, 0)).toEqual([]);
  });

  it('ignores a palm', () => {
    expect(down(1, 0, { wide: 90 })).toEqual([]);
    expect(move(1, 50)).toEqual([]);
    expect(does(down(2, 0))).toEqual(['start']);
  });

  it('lets fingers rest while a stylus draws and shortly after', () => {
    down(1, 0);
    expect(does(down(9, 10, { kind: 'pen' }))).toEqual(['drop', 'start']);
    expect(down(2, 50)).toEqual([]);
    expect(does(move(9, 20))).toEqual(['extend']);
    expect(does(up(9, 20))).toEqual(['finish']);
    time += 300;
    expect(down(3, 0)).toEqual([]);
    time += 800;
    expect(does(down(4, 0))).toEqual(['start']);
  });

  it('with the other button of a mouse moves the picture', () => {
    expect(down(1, 0, { kind: 'mouse', main: false })).toEqual([]);
    expect(move(1, 30)).toEqual([{ do: 'zoom', by: 1, at: spot(0), move: spot(30) }]);
    expect(up(1, 30)).toEqual([]);
  });

  it('means nothing with three fingers', () => {
    down(1, 0);
    down(2, 100);
    expect(down(3, 50)).toEqual([]);
    expect(move(1, 30)).toEqual([]);
  });
});

describe('moving the picture', () => {
  it('pinches about the middle of two fingers', () => {
    down(1, 0);
    down(2, 100);
    expect(move(2, 200)).toEqual([{ do: 'zoom', by: 2, at: spot(50), move: spot(50) }]);
  });

  it('keeps its size when two fingers lie on one another', () => {
    down(1, 0);
    down(2, 0);
    expect(move(2, 10)).toEqual([{ do: 'zoom', by: 1, at: spot(0), move: spot(5) }]);
  });

  it('turns with the wheel, finer on a touchpad', () => {
    const turned = (fine: boolean): number => {
      const [meaning] = hands.handle({ is: 'wheel', at: spot(0), turn: -10, fine });
      return meaning?.do === 'zoom' ? meaning.by : 0;
    };
    expect(turned(false)).toBeGreaterThan(1);
    expect(turned(true)).toBeGreaterThan(turned(false));
  });

  it('goes along with one finger once the picture is enlarged', () => {
    hands.enlarged = true;
    down(1, 0);
    expect(move(1, 4)).toEqual([]);
    expect(move(1, 20)).toEqual([{ do: 'zoom', by: 1, at: spot(0), move: spot(20) }]);
    expect(move(1, 30)).toEqual([{ do: 'zoom', by: 1, at: spot(20), move: spot(10) }]);
  });
});

describe('pointing', () => {
  it('clicks with a tap', () => {
    down(1, 5);
    time += 100;
    expect(up(1, 6)).toEqual([{ do: 'point', at: spot(6), act: 'click' }]);
  });

  it('points while a finger is held, from the moment it was still', () => {
    down(1, 5);
    expect(hands.wakeAt).toBe(time + 250);
    time += 250;
    expect(hands.handle({ is: 'time', time })).toEqual([{ do: 'point', at: spot(5), act: 'move' }]);
    expect(hands.wakeAt).toBeNull();
    expect(move(1, 40)).toEqual([{ do: 'point', at: spot(40), act: 'move' }]);
    expect(up(1, 40)).toEqual([{ do: 'point', at: spot(40), act: 'gone' }]);
  });

  it('points along a drag over a whole picture', () => {
    down(1, 0);
    expect(move(1, 30)).toEqual([{ do: 'point', at: spot(30), act: 'move' }]);
  });

  it('is gone when a second finger comes', () => {
    down(1, 0);
    move(1, 30);
    expect(down(2, 90)).toMatchObject([{ do: 'point', act: 'gone' }]);
  });

  it('means nothing after a long press that was never told the time', () => {
    down(1, 5);
    time += 2_000;
    expect(up(1, 5)).toEqual([]);
  });
});

describe('erasing', () => {
  beforeEach(() => {
    hands.mode = 'erase';
  });

  it('erases with a tap where the finger is lifted', () => {
    expect(down(1, 5)).toEqual([]);
    expect(up(1, 5)).toEqual([{ do: 'erase', at: spot(5) }]);
  });

  it('erases along a drag, from its beginning', () => {
    down(1, 0);
    expect(move(1, 20, 30)).toEqual([
      { do: 'erase', at: spot(0) },
      { do: 'erase', at: spot(20) },
      { do: 'erase', at: spot(30) },
    ]);
    expect(move(1, 40)).toEqual([{ do: 'erase', at: spot(40) }]);
  });

  it('erases nothing when the picture is moved with two fingers', () => {
    down(1, 0);
    expect(down(2, 90)).toEqual([]);
    expect(does(move(1, 40))).toEqual(['zoom']);
    expect(up(1, 40)).toEqual([]);
    expect(up(2, 90)).toEqual([]);
  });
});

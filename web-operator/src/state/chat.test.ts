import { describe, expect, it } from 'vitest';
import type { ChatItem } from '../session/facade';
import { dayOf, groupStart, timeOf } from './chat';

const NOON = new Date(2026, 10, 20, 12, 0).getTime();
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

function item(at: number, mine = false, author = 'a'): ChatItem {
  return { id: String(at), mine, author, name: '', text: '', file: null, at, delivery: 'delivered' };
}

describe('groups', () => {
  it('begin with another author or after a pause', () => {
    expect(groupStart(item(NOON), undefined)).toBe(true);
    expect(groupStart(item(NOON + MINUTE), item(NOON))).toBe(false);
    expect(groupStart(item(NOON + 6 * MINUTE), item(NOON))).toBe(true);
    expect(groupStart(item(NOON, true), item(NOON))).toBe(true);
    expect(groupStart(item(NOON, false, 'b'), item(NOON))).toBe(true);
  });
});

describe('days', () => {
  it('are announced where they change', () => {
    expect(dayOf(item(NOON), undefined, NOON)).toBeNull();
    expect(dayOf(item(NOON - DAY), undefined, NOON)).toEqual({ is: 'yesterday' });
    expect(dayOf(item(NOON), item(NOON - DAY), NOON)).toEqual({ is: 'today' });
    expect(dayOf(item(NOON - 9 * DAY), undefined, NOON)).toEqual({ is: 'date' });
    expect(dayOf(item(NOON + MINUTE), item(NOON), NOON)).toBeNull();
  });
});

it('a claimed time that is no date shows as nothing', () => {
  expect(timeOf(NOON, 'en')).toMatch(/^12:00/);
  expect(timeOf(9e15, 'en')).toBe('');
  expect(dayOf(item(9e15), undefined, NOON)).toBeNull();
});

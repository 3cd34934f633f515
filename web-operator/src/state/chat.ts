/** How a list of messages is divided for the eye: groups by author and time, and days. Pure. */
import type { ChatItem } from '../session/facade';

/** A pause longer than this starts a new group. */
const GROUP_MS = 5 * 60_000;

/** The message opens a group: another author, or after a pause. */
export function groupStart(item: ChatItem, before: ChatItem | undefined): boolean {
  if (before?.mine !== item.mine) {
    return true;
  }
  return (!item.mine && before.author !== item.author) || Math.abs(item.at - before.at) > GROUP_MS;
}

export interface Day {
  readonly is: 'today' | 'yesterday' | 'date';
}

/** The day to announce above this message, or null when it is the same as before. */
export function dayOf(item: ChatItem, before: ChatItem | undefined, now: number): Day | null {
  const day = dayNumber(item.at);
  if (day === null || (before !== undefined && dayNumber(before.at) === day)) {
    return null;
  }
  const today = dayNumber(now);
  if (day === today) {
    // A chat that began today needs no heading that says so.
    return before === undefined ? null : { is: 'today' };
  }
  return { is: today !== null && day === today - 1 ? 'yesterday' : 'date' };
}

/** Days since some fixed day in the person's own time zone; null for a time that is no date. */
function dayNumber(at: number): number | null {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) {
    return null;
  }
  return Math.floor((at - date.getTimezoneOffset() * 60_000) / 86_400_000);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Hours and minutes as the language writes them; empty for a time that is no date. */
export function timeOf(at: number, language: string): string {
  if (Number.isNaN(new Date(at).getTime())) {
    return '';
  }
  let clock = clocks.get(language);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit' });
    clocks.set(language, clock);
  }
  return clock.format(at);
}

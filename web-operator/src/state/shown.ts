/** What is shown over the screen: boards, pages, steps, texts, and when one comes up by itself. Pure. */
import { NO_SHOW, type FileItem, type Look, type ShowSnapshot } from '../session/show';

/** A card covers the picture or the chat and goes away with one tap. */
export type Card =
  /** Everything that was shown in this session. */
  | { readonly is: 'all' }
  | { readonly is: 'board'; readonly board: string }
  | { readonly is: 'page'; readonly file: string; readonly page: number }
  | { readonly is: 'steps'; readonly list: string }
  | { readonly is: 'text'; readonly text: string };

export interface Shown {
  readonly show: ShowSnapshot;
  readonly card: Card | null;
  /** Who put the card up; null when the person opened it. */
  readonly from: string | null;
  /** History is loaded: what comes from now on is new and may cover the screen. */
  readonly settled: boolean;
  /** The device is at work on a picture. */
  readonly busy: 'freeze' | 'photo' | null;
}

export const NOTHING_SHOWN: Shown = { show: NO_SHOW, card: null, from: null, settled: false, busy: null };

/** A new snapshot: an expert's wish or a new thing of somebody else comes up, a thing that is gone goes. */
export function withShow(shown: Shown, show: ShowSnapshot): Shown {
  const next = { ...shown, show };
  if (show.look !== null && show.look !== shown.show.look) {
    return { ...next, card: cardOf(show.look), from: show.look.name };
  }
  if (shown.settled) {
    const board = lastNew(shown.show.boards, show.boards);
    if (board !== undefined && !board.mine) {
      return { ...next, card: { is: 'board', board: board.id }, from: board.authorName };
    }
    const steps = lastNew(shown.show.steps, show.steps);
    if (steps !== undefined) {
      return { ...next, card: { is: 'steps', list: steps.id }, from: steps.authorName };
    }
  }
  return isGone(shown, show) ? { ...next, card: null, from: null } : next;
}

/** Null: back to the picture. */
function cardOf(look: Look): Card | null {
  switch (look.look) {
    case 'live':
      return null;
    case 'board':
      return { is: 'board', board: look.board };
    case 'page':
      return { is: 'page', file: look.file, page: look.page };
    case 'steps':
      return { is: 'steps', list: look.list };
    case 'text':
      return { is: 'text', text: look.text };
  }
}

function lastNew<T extends { readonly id: string }>(
  before: readonly T[],
  after: readonly T[],
): T | undefined {
  if (before === after) {
    return undefined;
  }
  const known = new Set(before.map((item) => item.id));
  return after.filter((item) => !known.has(item.id)).at(-1);
}

/** Its author took away what the card shows. One that never arrived is still awaited. */
function isGone({ card, show: before }: Shown, after: ShowSnapshot): boolean {
  const left = (list: (show: ShowSnapshot) => readonly { readonly id: string }[], id: string): boolean =>
    list(before).some((item) => item.id === id) && !list(after).some((item) => item.id === id);
  switch (card?.is) {
    case 'board':
      return left((show) => show.boards, card.board);
    case 'steps':
      return left((show) => show.steps, card.list);
    case 'text':
      return left((show) => show.texts, card.text);
    default:
      return false;
  }
}

/** The board, list or text of a card, from what is shown now. */
export function itemOf<T extends { readonly id: string }>(list: readonly T[], id: string): T | undefined {
  return list.find((item) => item.id === id);
}

/** Documents that were put on the shelf: they are turned page by page, other files are in the chat. */
export function documentsOf(files: readonly FileItem[]): readonly FileItem[] {
  return files.filter((one) => one.kind === 'document');
}

/** How many things there are to look at again. */
export function countOf({ show }: Shown, files: readonly FileItem[]): number {
  return show.boards.length + show.steps.length + show.texts.length + documentsOf(files).length;
}

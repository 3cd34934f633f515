/** In the room, one line that leads to what was shown; in the live view, one large button. */
import type { VNode } from 'preact';
import chevron from 'icon:chevron-right';
import images from 'icon:images';
import list from 'icon:list-checks';
import type { AppState } from '../state/model';
import { countOf, documentsOf, type Card } from '../state/shown';
import { Icon } from '../views/icon';
import { useUi } from '../views/ui';
import { useFiles } from './hooks';

interface Way {
  readonly card: Card;
  readonly count: number;
  /** The newest list that is not finished, as "2 of 5". */
  readonly steps: { readonly title: string; readonly done: number; readonly all: number } | null;
}

/** Where the line leads: to the only thing there is, to open steps, else to everything. Null: nothing there. */
export function useWay(state: AppState): Way | null {
  const { boards, steps, texts } = state.shown.show;
  const { files } = useFiles();
  const count = countOf(state.shown, files);
  if (count === 0) {
    return null;
  }
  const open = steps.findLast((one) => one.steps.some((step) => step.state === 'open'));
  const only: Card | undefined =
    count > 1
      ? undefined
      : [
          ...boards.map((board): Card => ({ is: 'board', board: board.id })),
          ...steps.map((one): Card => ({ is: 'steps', list: one.id })),
          ...texts.map((one): Card => ({ is: 'text', text: one.id })),
          ...documentsOf(files).map((one): Card => ({ is: 'page', file: one.id, page: 0 })),
        ][0];
  return {
    count,
    card: only ?? { is: 'all' },
    steps:
      open === undefined
        ? null
        : {
            title: open.title,
            done: open.steps.filter((step) => step.state !== 'open').length,
            all: open.steps.length,
          },
  };
}

export function RoomRow({ state }: { state: AppState }): VNode | null {
  const { say, commands } = useUi();
  const way = useWay(state);
  if (way === null) {
    return null;
  }
  const { steps } = way;
  return (
    <button type="button" class="shown-row" onClick={() => commands.card(way.card)} data-testid="shown-row">
      <Icon shapes={steps === null ? images : list} size={22} />
      <span class="shown-row-words">
        <strong dir="auto">{steps === null || steps.title === '' ? say('all-title') : steps.title}</strong>
        <span>
          {steps === null
            ? say('all-count', { count: way.count })
            : say('steps-progress', { done: steps.done, all: steps.all })}
        </span>
      </span>
      <Icon shapes={chevron} size={20} />
    </button>
  );
}

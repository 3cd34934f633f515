/** A board over the whole screen: the picture, what both draw on it, tools, and the other boards. */
import type { VNode } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import redo from 'icon:redo-2';
import undo from 'icon:undo-2';
import type { StageHand } from '../board/stage';
import type { BoardItem } from '../session/show';
import type { AppState } from '../state/model';
import { itemOf } from '../state/shown';
import { RoundButton, Spinner, useUi } from '../views/ui';
import { Frame } from './frame';
import { mayWrite } from './hooks';
import { PictureStage } from './picture-stage';
import { Thumb } from './thumb';
import { Tools } from './tools';

/** The colour and tool chosen last, for the next board. */
let lastHand: StageHand = { mode: 'look', tool: 'pen', ink: 'yellow' };

export function BoardCard({ state, id }: { state: AppState; id: string }): VNode {
  const { say } = useUi();
  const { show, from } = state.shown;
  const board = itemOf(show.boards, id);
  if (board === undefined) {
    return (
      <Frame state={state} name="board" dark title={titleOf(from, null, say)}>
        <div class="picture-stage">
          <div class="picture-wait" role="status">
            <Spinner />
            <p>{say('picture-coming')}</p>
          </div>
        </div>
      </Frame>
    );
  }
  return <Board state={state} board={board} />;
}

function titleOf(from: string | null, board: BoardItem | null, say: ReturnType<typeof useUi>['say']): string {
  if (board !== null && board.title !== '') {
    return board.title;
  }
  const name = from ?? (board?.mine === false ? board.authorName : null);
  return name === null ? say('board-mine') : say('board-of', { name });
}

function Board({ state, board }: { state: AppState; board: BoardItem }): VNode {
  const { say, show } = useUi();
  const writes = mayWrite(state);
  // Who froze a picture wants to draw on it; who is shown one looks first.
  const [hand, setHand] = useState<StageHand>(() => ({
    ...lastHand,
    mode: board.mine && writes && board.strokes.length === 0 ? 'draw' : 'look',
  }));
  useEffect(() => {
    lastHand = hand;
  }, [hand]);
  const events = useMemo(
    () => ({
      preview: show.preview.bind(show, board.id),
      draw: show.draw.bind(show, board.id),
      erase: show.erase.bind(show, board.id),
      point: (x: number, y: number, act: 'move' | 'click' | 'gone'): void => {
        const target = { on: 'board', board: board.id } as const;
        show.point({ target, x, y, act });
        if (act === 'click') {
          show.point({ target, x, y, act: 'gone' });
        }
      },
    }),
    [show, board.id],
  );
  const hint = !writes
    ? undefined
    : say(
        hand.mode === 'look'
          ? 'board-hint-look'
          : hand.mode === 'erase'
            ? 'board-hint-erase'
            : 'board-hint-draw',
      );
  const { boards } = state.shown.show;
  return (
    <Frame state={state} name="board" dark title={titleOf(state.shown.from, board, say)} hint={hint}>
      <PictureStage
        blob={board.still.blob}
        size={board.still}
        board={board.id}
        strokes={board.strokes}
        hand={hand}
        label={say('board-label', { count: board.strokes.length })}
        events={events}
      >
        {writes && (board.canUndo || board.canRedo) && (
          <div class="picture-undo">
            {board.canRedo && (
              <RoundButton
                class="floating"
                icon={redo}
                label={say('tool-redo')}
                onClick={() => show.redo(board.id)}
                testId="tool-redo"
              />
            )}
            {board.canUndo && (
              <RoundButton
                class="floating"
                icon={undo}
                label={say('tool-undo')}
                onClick={() => show.undo(board.id)}
                testId="tool-undo"
              />
            )}
          </div>
        )}
      </PictureStage>
      {boards.length > 1 && <Strip boards={boards} at={board.id} />}
      {writes && <Tools hand={hand} onHand={setHand} />}
    </Frame>
  );
}

/** All boards as small pictures; the newest comes last and is scrolled to. */
function Strip({ boards, at }: { boards: readonly BoardItem[]; at: string }): VNode {
  const { say, commands } = useUi();
  return (
    <nav class="strip-boards" aria-label={say('boards-label')}>
      {boards.map((board, index) => (
        <button
          key={board.id}
          type="button"
          class="strip-board"
          aria-current={board.id === at}
          aria-label={say('boards-one', { number: index + 1, name: board.title || board.authorName })}
          ref={board.id === at ? scrollHere : null}
          onClick={() => commands.card({ is: 'board', board: board.id })}
          data-testid="strip-board"
        >
          <Thumb blob={board.still.blob} strokes={board.strokes} />
        </button>
      ))}
    </nav>
  );
}

function scrollHere(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: 'nearest', inline: 'center' });
}

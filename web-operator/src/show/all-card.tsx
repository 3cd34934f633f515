/** Everything that was shown in this session, to be looked at again. */
import type { VNode } from 'preact';
import check from 'icon:list-checks';
import file from 'icon:file-text';
import text from 'icon:square-pen';
import type { AppState } from '../state/model';
import { documentsOf } from '../state/shown';
import { Icon, type IconShape } from '../views/icon';
import { useUi } from '../views/ui';
import { Frame } from './frame';
import { useFiles } from './hooks';
import { Thumb } from './thumb';

export function AllCard({ state }: { state: AppState }): VNode {
  const { say, commands } = useUi();
  const { boards, steps, texts } = state.shown.show;
  const documents = documentsOf(useFiles().files);
  return (
    <Frame state={state} name="all" title={say('all-title')}>
      <div class="shown-body all">
        {(steps.length > 0 || texts.length > 0 || documents.length > 0) && (
          <ul class="all-rows">
            {steps.map((list) => (
              <Row
                key={list.id}
                icon={check}
                title={list.title || say('steps-from', { name: list.authorName })}
                under={say('steps-progress', {
                  done: list.steps.filter((step) => step.state !== 'open').length,
                  all: list.steps.length,
                })}
                onClick={() => commands.card({ is: 'steps', list: list.id })}
              />
            ))}
            {documents.map((item) => (
              <Row
                key={item.id}
                icon={file}
                title={item.name}
                under={say('all-pages', { count: item.pages })}
                onClick={() => commands.card({ is: 'page', file: item.id, page: 0 })}
              />
            ))}
            {texts.map((item) => (
              <Row
                key={item.id}
                icon={text}
                title={item.title || say('text-title')}
                under={say('all-text', { name: item.authorName })}
                onClick={() => commands.card({ is: 'text', text: item.id })}
              />
            ))}
          </ul>
        )}
        {boards.length > 0 && (
          <ul class="all-boards">
            {boards.map((board) => (
              <li key={board.id}>
                <button
                  type="button"
                  class="all-board"
                  onClick={() => commands.card({ is: 'board', board: board.id })}
                  data-testid="all-board"
                >
                  <Thumb blob={board.still.blob} strokes={board.strokes} />
                  <span dir="auto">
                    {board.title ||
                      (board.mine ? say('board-mine') : say('board-of', { name: board.authorName }))}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Frame>
  );
}

interface RowProps {
  readonly icon: readonly IconShape[];
  readonly title: string;
  readonly under: string;
  readonly onClick: () => void;
}

function Row({ icon, title, under, onClick }: RowProps): VNode {
  return (
    <li>
      <button type="button" class="all-row" onClick={() => onClick()} data-testid="all-row">
        <span class="all-icon">
          <Icon shapes={icon} />
        </span>
        <span class="all-words">
          <strong dir="auto">{title}</strong>
          <span>{under}</span>
        </span>
      </button>
    </li>
  );
}

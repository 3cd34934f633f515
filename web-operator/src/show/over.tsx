/** What lies over the screen: the card, the wish for a photo, and a word about what was just done. */
import type { VNode } from 'preact';
import type { AppState } from '../state/model';
import { cardOf, photoAskedBy } from '../state/select';
import { useUi } from '../views/ui';
import { AllCard } from './all-card';
import { BoardCard } from './board-card';
import { PageCard } from './page-card';
import { PhotoAsk } from './photo-ask';
import { StepsCard } from './steps-card';
import { TextCard } from './text-card';

export function Over({ state }: { state: AppState }): VNode {
  const { say } = useUi();
  const asker = photoAskedBy(state);
  return (
    <>
      <CardView state={state} />
      {asker !== null && <PhotoAsk state={state} name={asker} />}
      {state.said !== null && cardOf(state) === null && SAID.has(state.said) && (
        <p class="said-pill" role="status">
          {say(state.said)}
        </p>
      )}
    </>
  );
}

/** What is said over the picture; other screens say the rest. */
const SAID: ReadonlySet<string> = new Set(['said-not-frozen', 'said-no-photo', 'said-photo-sent']);

function CardView({ state }: { state: AppState }): VNode | null {
  const card = cardOf(state);
  switch (card?.is) {
    case undefined:
      return null;
    case 'all':
      return <AllCard state={state} />;
    case 'board':
      return <BoardCard key={card.board} state={state} id={card.board} />;
    case 'page':
      return <PageCard key={card.file} state={state} id={card.file} wanted={card.page} />;
    case 'steps':
      return <StepsCard key={card.list} state={state} id={card.list} />;
    case 'text':
      return <TextCard key={card.text} state={state} id={card.text} />;
  }
}

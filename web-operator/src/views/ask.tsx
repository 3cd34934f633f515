/** The expert asks to see: a card that takes two taps at most, and says who asks. */
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import video from 'icon:video';
import type { AppState } from '../state/model';
import { Avatar, Button, useUi } from './ui';
import { useName } from './name';

export function AskCard({ state }: { state: AppState }): VNode {
  const { say, commands } = useUi();
  const name = useName(state);
  const card = useRef<HTMLElement>(null);
  useEffect(() => card.current?.focus(), []);
  return (
    <div class="sheet-back">
      <section
        class="sheet ask"
        role="alertdialog"
        aria-modal="true"
        aria-labelledby="ask-title"
        aria-describedby="ask-text"
        tabIndex={-1}
        ref={card}
        data-testid="ask-card"
      >
        <Avatar name={state.session.expertName} large />
        <h2 id="ask-title">{say('ask-title', { name })}</h2>
        <p id="ask-text">{say('ask-text', { name })}</p>
        <Button
          kind="primary"
          icon={video}
          busy={state.camera.is === 'starting'}
          onClick={commands.show}
          testId="ask-show"
        >
          {say(state.camera.is === 'starting' ? 'show-starting' : 'ask-show')}
        </Button>
        <Button kind="quiet" onClick={commands.notNow} testId="ask-not-now">
          {say('ask-not-now')}
        </Button>
      </section>
    </div>
  );
}

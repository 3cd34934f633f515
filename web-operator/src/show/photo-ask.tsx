/** An expert asks for a sharp photo: two taps at most, from the running camera or the phone's own. */
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import camera from 'icon:camera';
import type { AppState } from '../state/model';
import { Avatar, Button, useUi } from '../views/ui';
import { PictureInput } from './picture-input';

export function PhotoAsk({ state, name }: { state: AppState; name: string }): VNode {
  const { say, commands } = useUi();
  const card = useRef<HTMLElement>(null);
  useEffect(() => card.current?.focus(), []);
  const busy = state.shown.busy === 'photo';
  const live = state.camera.is === 'live';
  const word = say(busy ? 'photo-taking' : 'photo-take');
  return (
    <div class="sheet-back">
      <section
        class="sheet ask"
        role="alertdialog"
        aria-modal="true"
        aria-labelledby="photo-title"
        aria-describedby="photo-text"
        tabIndex={-1}
        ref={card}
        data-testid="photo-card"
      >
        <Avatar name={name} large />
        <h2 id="photo-title">{say('photo-title', { name })}</h2>
        <p id="photo-text">{say(live ? 'photo-text-live' : 'photo-text')}</p>
        {live ? (
          <Button
            kind="primary"
            icon={camera}
            busy={busy}
            onClick={() => commands.takePhoto(null)}
            testId="photo-take"
          >
            {word}
          </Button>
        ) : (
          <PictureInput
            kind="primary"
            icon={camera}
            busy={busy}
            word={word}
            onPicture={commands.takePhoto}
            testId="photo-take"
          />
        )}
        {state.said === 'said-no-photo' && (
          <p class="quiet" role="alert">
            {say(state.said)}
          </p>
        )}
        <Button kind="quiet" onClick={commands.refusePhoto} testId="photo-refuse">
          {say('ask-not-now')}
        </Button>
      </section>
    </div>
  );
}

/** The first screen: a name, one large button, and the promise that it stays private. */
import type { VNode } from 'preact';
import eye from 'icon:scan-eye';
import lock from 'icon:lock-keyhole';
import type { AppState } from '../state/model';
import type { SavedSession } from '../session/facade';
import { Avatar, Button, Heading, useUi } from './ui';
import { Icon } from './icon';

/** Longest name the page takes; the protocol cuts at 64 graphemes. */
const MAX_NAME = 64;

interface Props {
  readonly state: AppState;
  readonly known: SavedSession | null;
  readonly busy: boolean;
}

export function Join({ state, known, busy }: Props): VNode {
  const { say, commands } = useUi();
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!busy) {
      commands.join();
    }
  };
  const ready = known !== null || state.name.trim() !== '';
  return (
    <main class="join">
      <header class="brand">
        <span class="brand-mark">
          <Icon shapes={eye} size={22} />
        </span>
        {say('app-name')}
      </header>
      <form class="join-form" onSubmit={submit}>
        <div class="join-words">
          {known === null ? (
            <>
              <Heading>{say('join-title')}</Heading>
              <p class="lead">{say('join-text')}</p>
            </>
          ) : (
            <>
              <Avatar name={known.expertName} large />
              <Heading>{say('join-back-title')}</Heading>
              <p class="lead">
                {known.expertName === ''
                  ? say('join-back-text-unnamed')
                  : say('join-back-text', { name: known.expertName })}
              </p>
            </>
          )}
        </div>
        {known === null && (
          <label class="field">
            <span>{say('join-name')}</span>
            <input
              type="text"
              name="name"
              value={state.name}
              maxLength={MAX_NAME}
              autocomplete="given-name"
              autocapitalize="words"
              enterkeyhint="go"
              spellcheck={false}
              placeholder={say('join-name-hint')}
              data-testid="join-name"
              readOnly={busy}
              onInput={(event) => commands.setName(event.currentTarget.value)}
            />
          </label>
        )}
        <Button kind="primary" submit busy={busy} disabled={!ready} testId="join-button">
          {busy ? say('join-busy') : say(known === null ? 'join-button' : 'join-back-button')}
        </Button>
        <p class="lock-line">
          <Icon shapes={lock} size={16} />
          {say('join-lock')}
        </p>
      </form>
    </main>
  );
}

/** The frame of every card: who shows it, one tap back, and a message that waits to be read. */
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import back from 'icon:arrow-left';
import grid from 'icon:layout-grid';
import type { AppState } from '../state/model';
import { countOf } from '../state/shown';
import { Icon } from '../views/icon';
import { ToastCard } from '../views/live';
import { RoundButton, useUi } from '../views/ui';
import { useFiles } from './hooks';

interface FrameProps {
  readonly state: AppState;
  readonly title: string;
  readonly hint?: string | undefined;
  /** Pictures lie on a dark ground whatever the theme. */
  readonly dark?: boolean;
  readonly name: string;
  readonly children: ComponentChildren;
}

/** Closes by its button and by Escape. The heading has the focus, so that it is read out. */
export function Frame({ state, title, hint, dark = false, name, children }: FrameProps): VNode {
  const { say, commands } = useUi();
  const heading = useRef<HTMLHeadingElement>(null);
  const live = state.camera.is === 'live';
  const count = countOf(state.shown, useFiles().files);
  const isAll = state.shown.card?.is === 'all';
  useEffect(() => {
    const before = document.activeElement;
    return () => {
      if (before instanceof HTMLElement && before.isConnected) {
        before.focus({ preventScroll: true });
      }
    };
  }, []);
  // What lies under the card is not reached by Tab or a screen reader, but the expert's question on it is.
  const under = !state.asked;
  useEffect(() => {
    const main = under ? document.querySelector('main') : null;
    main?.setAttribute('inert', '');
    return () => main?.removeAttribute('inert');
  }, [live, under]);
  useEffect(() => heading.current?.focus({ preventScroll: true }), [title]);
  const openChat = (): void => {
    commands.card(null);
    if (live) {
      commands.panel('chat');
    }
  };
  return (
    <section
      class={`shown shown-${name} ${dark ? 'dark-ground' : ''}`}
      role="dialog"
      aria-modal="true"
      aria-labelledby="shown-title"
      aria-describedby={hint === undefined ? undefined : 'shown-hint'}
      data-testid="card"
      data-card={name}
      onKeyDown={(event) => event.key === 'Escape' && commands.card(null)}
    >
      <header class="shown-head">
        <button
          type="button"
          class="shown-back"
          aria-label={say(live ? 'card-back-camera-label' : 'card-back-chat-label')}
          onClick={() => commands.card(null)}
          data-testid="card-back"
        >
          <Icon shapes={back} size={22} />
          <span>{say(live ? 'card-back-camera' : 'card-back-chat')}</span>
        </button>
        <div class="shown-words">
          <h2 id="shown-title" ref={heading} tabIndex={-1} dir="auto">
            {title}
          </h2>
          {hint !== undefined && <p id="shown-hint">{hint}</p>}
        </div>
        {!isAll && count > 1 && (
          <RoundButton
            icon={grid}
            label={say('card-all')}
            onClick={() => commands.card({ is: 'all' })}
            testId="card-all"
          />
        )}
      </header>
      {state.toast !== null && (
        <div class="shown-toast">
          <ToastCard toast={state.toast} onClick={openChat} />
        </div>
      )}
      {children}
    </section>
  );
}

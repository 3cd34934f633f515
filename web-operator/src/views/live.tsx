/** The camera is shown: the picture as the expert gets it, and nothing over it that is not needed. */
import style from '../styles/live.css?url';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import chat from 'icon:message-circle';
import down from 'icon:chevron-down';
import flip from 'icon:switch-camera';
import freeze from 'icon:snowflake';
import stop from 'icon:video-off';
import undo from 'icon:undo-2';
import type { AppState, Toast } from '../state/model';
import { dotOf, liveLineOf, unreadOf } from '../state/select';
import { Attach } from './attach';
import { ChatList, Composer } from './chat';
import { Icon, type IconShape } from './icon';
import { Later } from './later';
import { LinkDot, RoundButton, Spinner, useUi } from './ui';
import { useName } from './name';

export { style };

export function Live({ state, draft }: { state: AppState; draft: { text: string } }): VNode | null {
  const { say, commands } = useUi();
  const name = useName(state);
  const { camera, session } = state;
  if (camera.is !== 'live') {
    return null;
  }
  const line = liveLineOf(state);
  const chatOpen = state.panel === 'chat';
  const stopped = state.stopUntil !== null;
  return (
    <main class={`live ${chatOpen ? 'live-with-chat' : ''}`} data-testid="live-view">
      <div class={`live-head status-${line.tone}`} role="status">
        <LinkDot state={dotOf(state)} />
        <span>{say(line.id, { name })}</span>
      </div>
      <section class="stage">
        <Preview
          stream={camera.stream}
          mirrored={camera.facing === 'user'}
          label={say('live-preview', { name })}
        />
        {!stopped && <Later part="OverStage" state={state} />}
        {(camera.flipping || camera.paused) && !stopped && (
          <div class="stage-cover">{camera.flipping ? <Spinner /> : <p>{say('live-paused')}</p>}</div>
        )}
        {stopped && (
          <div class="stage-cover" role="alert">
            <p>{say('live-stopped', { name })}</p>
            <button type="button" class="undo" onClick={() => commands.undoStop()} data-testid="stop-undo">
              <Icon shapes={undo} />
              <span>{say('live-undo')}</span>
              <span class="undo-time" aria-hidden="true" />
            </button>
          </div>
        )}
        {!chatOpen && state.toast !== null && state.shown.card === null && (
          <ToastCard toast={state.toast} onClick={() => commands.panel('chat')} />
        )}
      </section>
      {chatOpen && (
        <section class="live-chat">
          <div class="live-chat-head">
            <h2>{say('live-chat')}</h2>
            <RoundButton
              icon={down}
              label={say('live-chat-close')}
              onClick={() => commands.panel('none')}
              testId="chat-close"
            />
          </div>
          <ChatList chat={session.chat} expertName={session.expertName} empty={null} />
          <div class="live-compose">
            <Attach compact />
            <Composer draft={draft} />
          </div>
        </section>
      )}
      <nav class="live-controls">
        {camera.canFlip && (
          <Control
            icon={flip}
            text={say('live-flip')}
            label={say('live-flip-label')}
            onClick={commands.flip}
            disabled={camera.flipping || stopped}
            testId="flip-button"
          />
        )}
        {!chatOpen && (
          <Control
            icon={freeze}
            text={say('live-freeze')}
            label={say('live-freeze-label', { name })}
            onClick={commands.freeze}
            disabled={camera.flipping || camera.paused || stopped || state.shown.busy !== null}
            testId="freeze-button"
          />
        )}
        <Control
          icon={chat}
          text={say('live-chat')}
          label={say('live-chat-label', { unread: unreadOf(state) })}
          onClick={() => commands.panel(chatOpen ? 'none' : 'chat')}
          badge={unreadOf(state)}
          pressed={chatOpen}
          testId="chat-button"
        />
        <Control
          icon={stop}
          text={say('live-stop')}
          label={say('live-stop-label')}
          onClick={commands.stop}
          disabled={stopped}
          kind="stop"
          testId="stop-button"
        />
      </nav>
    </main>
  );
}

interface ControlProps {
  readonly icon: readonly IconShape[];
  readonly text: string;
  readonly label: string;
  readonly onClick: () => void;
  readonly disabled?: boolean;
  readonly pressed?: boolean;
  readonly badge?: number;
  readonly kind?: 'stop';
  readonly testId: string;
}

/** A large round button for gloves, with its word under it. */
function Control(props: ControlProps): VNode {
  const badge = props.badge ?? 0;
  return (
    <button
      type="button"
      class={`control ${props.kind === 'stop' ? 'control-stop' : ''}`}
      aria-label={props.label}
      aria-pressed={props.pressed}
      disabled={props.disabled === true}
      data-testid={props.testId}
      onClick={() => props.onClick()}
    >
      <span class="control-face">
        <Icon shapes={props.icon} size={28} />
        {badge > 0 && <span class="badge" data-count={badge > 99 ? '99+' : badge} />}
      </span>
      <span class="control-word">{props.text}</span>
    </button>
  );
}

interface PreviewProps {
  readonly stream: MediaStream;
  readonly mirrored: boolean;
  readonly label: string;
}

/** The own camera, whole and uncut: exactly what the expert sees (a front camera as in a mirror). */
function Preview({ stream, mirrored, label }: PreviewProps): VNode {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (element !== null && element.srcObject !== stream) {
      element.srcObject = stream;
      // Autoplay of a muted stream is allowed everywhere; a refusal leaves the first picture.
      void element.play().catch(() => undefined);
    }
  }, [stream]);
  return (
    <video ref={video} class={mirrored ? 'mirrored' : ''} autoplay muted playsInline aria-label={label} />
  );
}

/** The last message over the picture; a tap reads it in the chat. */
export function ToastCard({ toast, onClick }: { toast: Toast; onClick: () => void }): VNode {
  const { say } = useUi();
  return (
    <button
      type="button"
      class={`toast ${toast.compact ? 'toast-compact' : ''}`}
      onClick={() => onClick()}
      data-testid="toast"
    >
      <span class="unseen">{say('toast-label')}</span>
      <strong>
        <bdi>{toast.name}</bdi>
      </strong>
      <span dir="auto">{toast.text === '' ? say('toast-file') : toast.text}</span>
    </button>
  );
}

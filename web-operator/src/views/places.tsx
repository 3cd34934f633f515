/** Screens beside the session: saved chats, another tab, the end, other apps' browsers, old browsers. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import check from 'icon:circle-check';
import external from 'icon:external-link';
import eye from 'icon:scan-eye';
import layers from 'icon:layers';
import refresh from 'icon:refresh-cw';
import trash from 'icon:trash';
import { realBrowserAddress, type InApp } from '../state/environment';
import type { AppState } from '../state/model';
import type { SavedSession } from '../session/facade';
import { ChatList } from './chat';
import { Icon } from './icon';
import { PasteLink } from './paste';
import { Avatar, Button, Heading, Message, RoundButton, useUi } from './ui';

export function Sessions({ saved }: { saved: readonly SavedSession[] }): VNode {
  const { say } = useUi();
  if (saved.length === 0) {
    return (
      <Message
        mark={<Icon shapes={eye} size={40} />}
        title={say('sessions-empty-title')}
        actions={<PasteLink />}
      >
        <p class="lead">{say('sessions-empty-text')}</p>
      </Message>
    );
  }
  return (
    <main class="sessions">
      <Heading>{say('sessions-title')}</Heading>
      <p class="lead">{say('sessions-text')}</p>
      <ul>
        {saved.map((session) => (
          <SessionRow key={session.key} session={session} />
        ))}
      </ul>
    </main>
  );
}

/** One saved chat: a tap opens it; the bin asks once before it forgets. */
function SessionRow({ session }: { session: SavedSession }): VNode {
  const { say, commands } = useUi();
  const [sure, setSure] = useState(false);
  const name = session.expertName === '' ? say('sessions-someone') : session.expertName;
  const when = new Intl.DateTimeFormat(say.language, { dateStyle: 'medium', timeStyle: 'short' }).format(
    session.lastAt,
  );
  return (
    <li class="session-row">
      <button
        type="button"
        class="session-open"
        onClick={() => commands.resume(session.key)}
        data-testid="session-open"
      >
        <Avatar name={name} />
        <span class="session-words">
          <strong>
            <bdi>{name}</bdi>
          </strong>
          <span>
            {session.title !== '' && <bdi>{session.title} · </bdi>}
            {session.state === 'ended' ? say('sessions-ended') : when}
          </span>
        </span>
      </button>
      {sure ? (
        <button type="button" class="session-sure" onClick={() => commands.forget(session.key)}>
          {say('sessions-forget-sure')}
        </button>
      ) : (
        <RoundButton
          icon={trash}
          label={say('sessions-forget-label', { name })}
          onClick={() => setSure(true)}
        />
      )}
    </li>
  );
}

export function Elsewhere(): VNode {
  const { say, commands } = useUi();
  return (
    <Message
      mark={<Icon shapes={layers} size={40} />}
      title={say('elsewhere-title')}
      actions={
        <Button kind="primary" onClick={commands.useHere} testId="error-action">
          {say('elsewhere-use')}
        </Button>
      }
    >
      <p class="lead">{say('elsewhere-text')}</p>
    </Message>
  );
}

export function Ended({ state }: { state: AppState }): VNode {
  const { say, commands } = useUi();
  const [reading, setReading] = useState(false);
  const { chat, expertName, error } = state.session;
  if (reading) {
    return (
      <main class="room ended-read">
        <ChatList chat={chat} expertName={expertName} empty={null} />
        <div class="room-foot">
          <Button onClick={() => setReading(false)}>{say('menu-close')}</Button>
        </div>
      </main>
    );
  }
  const removed = error === 'removed';
  const title = removed ? 'error-removed' : error === 'session-closed' ? 'ended-title' : 'ended-left-title';
  return (
    <Message
      mark={<Icon shapes={check} size={40} />}
      title={say(title)}
      actions={
        <>
          {chat.length > 0 && (
            <Button kind="primary" onClick={() => setReading(true)}>
              {say('ended-read')}
            </Button>
          )}
          <Button kind="quiet" onClick={commands.sessions} testId="error-action">
            {say('ended-sessions')}
          </Button>
        </>
      }
    >
      <p class="lead">{say(removed ? 'error-removed-do' : 'ended-text')}</p>
    </Message>
  );
}

export function InAppScreen({ state, inApp, link }: { state: AppState; inApp: InApp; link: string }): VNode {
  const { say, commands } = useUi();
  const address = realBrowserAddress(link, inApp.system);
  return (
    <Message
      mark={<Icon shapes={external} size={40} />}
      title={say('in-app-title')}
      actions={
        <>
          {address !== null && (
            <a class="button button-primary" href={address} data-testid="error-action">
              <Icon shapes={external} />
              <span>{say(inApp.system === 'ios' ? 'in-app-ios' : 'in-app-android')}</span>
            </a>
          )}
          <Button kind={address === null ? 'primary' : 'plain'} onClick={() => commands.copy(link)}>
            {state.said === null ? say('in-app-copy') : say(state.said)}
          </Button>
          <Button kind="quiet" onClick={commands.stayInApp}>
            {say('in-app-stay')}
          </Button>
        </>
      }
    >
      <p class="lead">
        {inApp.app === '' ? say('in-app-text-unnamed') : say('in-app-text', { app: inApp.app })}
      </p>
      <p class="quiet">{say('in-app-copy-hint')}</p>
    </Message>
  );
}

export function TooOld({ state }: { state: AppState }): VNode {
  const { say, commands } = useUi();
  return (
    <Message
      tone="warn"
      mark={<Icon shapes={refresh} size={40} />}
      title={say('too-old-title')}
      actions={
        <Button kind="primary" onClick={() => commands.copy(location.href)} testId="error-action">
          {state.said === null ? say('too-old-copy') : say(state.said)}
        </Button>
      }
    >
      <p class="lead">{say('too-old-text')}</p>
    </Message>
  );
}

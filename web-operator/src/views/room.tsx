/** The room: who is there, the chat, and one large button to show the camera. */
import type { VNode } from 'preact';
import chevron from 'icon:chevron-right';
import ellipsis from 'icon:ellipsis';
import lock from 'icon:lock-keyhole';
import video from 'icon:video';
import warning from 'icon:triangle-alert';
import type { AppState } from '../state/model';
import type { Problem } from '../state/problems';
import { awayTextOf, canShow, companyOf, dotOf, statusOf, stripOf } from '../state/select';
import { AskCard } from './ask';
import { Attach } from './attach';
import { ChatList, Composer } from './chat';
import { DropZone, FileProblem } from './late';
import { Icon } from './icon';
import { Later } from './later';
import { Avatar, Button, LinkDot, RoundButton, useUi } from './ui';
import { useName } from './name';
import { Words } from './words';

export function Room({ state, draft }: { state: AppState; draft: { text: string } }): VNode {
  const { say, commands } = useUi();
  const { session } = state;
  const name = useName(state);
  const status = statusOf(state);
  const company = companyOf(state);
  const strip = stripOf(state);
  return (
    <main class="room">
      <header class="room-head">
        <Avatar name={session.expertName} />
        <div class="room-who">
          <h1>
            <bdi>{session.expertName === '' ? say('app-name') : session.expertName}</bdi>
          </h1>
          <p class={`status status-${status.tone}`} role="status">
            <LinkDot state={dotOf(state)} />
            <span>{say(status.id, { name })}</span>
          </p>
        </div>
        <RoundButton icon={ellipsis} label={say('menu-label')} onClick={() => commands.panel('menu')} />
      </header>
      <button type="button" class="lock-row" onClick={() => commands.panel('lock')}>
        <Icon shapes={lock} size={16} />
        <span>{say(company.id, { name, others: company.others })}</span>
        <Icon shapes={chevron} size={16} />
      </button>
      {strip !== null && <Strip problem={strip} state={state} />}
      <Later part="RoomRow" state={state} />
      {session.phase === 'waiting' || session.phase === 'knocking' ? (
        <section class="card waiting-card" aria-label={say('room-waiting-title', { name })}>
          <h2>{say('room-waiting-title', { name })}</h2>
          {session.words.length > 0 && (
            <>
              <p>{say('room-waiting-text', { name })}</p>
              <Words words={session.words} numbers={session.numbers} />
            </>
          )}
        </section>
      ) : (
        session.phase === 'away' && (
          <section class="card away-card">
            <h2>{say('room-away-title', { name })}</h2>
            <p>{say(awayTextOf(state), { name })}</p>
          </section>
        )
      )}
      <ChatList chat={session.chat} expertName={session.expertName} empty={<Empty state={state} />} />
      <FileProblem />
      <div class="room-foot">
        <Attach />
        <Composer draft={draft} />
        {canShow(state) && (
          <Button
            kind="primary"
            icon={video}
            busy={state.camera.is === 'starting'}
            onClick={commands.show}
            testId="show-button"
          >
            {say(state.camera.is === 'starting' ? 'show-starting' : 'show-button')}
          </Button>
        )}
      </div>
      {state.asked && <AskCard state={state} />}
      <DropZone />
    </main>
  );
}

function Empty({ state }: { state: AppState }): VNode | null {
  const { say } = useUi();
  const name = useName(state);
  if (state.session.documents === 'loading' && state.session.phase !== 'waiting') {
    return (
      <div class="chat-empty" aria-busy="true">
        <span class="skeleton skeleton-theirs" />
        <span class="skeleton skeleton-mine" />
        <span class="unseen">{say('room-loading')}</span>
      </div>
    );
  }
  if (state.session.phase === 'waiting' || state.session.phase === 'away') {
    return null;
  }
  return (
    <div class="chat-empty">
      <h2>{say('room-empty-title')}</h2>
      <p>{say('room-empty-text', { name })}</p>
    </div>
  );
}

/** A trouble that leaves the chat usable: one line and one button. */
function Strip({ problem, state }: { problem: Problem; state: AppState }): VNode {
  const { say, commands } = useUi();
  const name = useName(state);
  const act = problem.remedy === 'reload' ? commands.reload : commands.retry;
  return (
    <div class="strip" role="alert">
      <Icon shapes={warning} size={20} />
      <p>
        <strong data-testid="error-title">{say(problem.title, { name, host: state.host })}</strong>
        <span>{say(problem.advice, { name, host: state.host })}</span>
      </p>
      {(problem.remedy === 'retry' || problem.remedy === 'reload') && (
        <button type="button" class="strip-action" onClick={() => act()} data-testid="error-action">
          {say(problem.button)}
        </button>
      )}
    </div>
  );
}

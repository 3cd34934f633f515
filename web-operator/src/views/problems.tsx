/** Screens for what went wrong: what happened, what to do, and a button that does it. */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import link from 'icon:unlink';
import shield from 'icon:shield-alert';
import warning from 'icon:triangle-alert';
import wifi from 'icon:wifi-off';
import type { AppState } from '../state/model';
import type { Problem } from '../state/problems';
import { Icon, type IconShape } from './icon';
import { Button, Message, useUi } from './ui';
import { useName } from './name';
import { PasteLink } from './paste';

export function ProblemScreen({ state, problem }: { state: AppState; problem: Problem }): VNode {
  const { say, commands } = useUi();
  const args = { name: useName(state), host: state.host };
  return (
    <Message
      tone={problem.tone}
      mark={<Icon shapes={markOf(problem)} size={40} />}
      title={say(problem.title, args)}
      actions={
        problem.remedy === 'paste-link' ? (
          <PasteLink />
        ) : problem.remedy === 'open-secure' ? (
          <a
            class="button button-primary"
            href={`https://${state.host}${location.pathname}${location.hash}`}
            data-testid="error-action"
          >
            <span>{say(problem.button)}</span>
          </a>
        ) : (
          problem.remedy !== 'none' && (
            <Button kind="primary" onClick={remedyOf(problem, commands)} testId="error-action">
              {say(problem.button)}
            </Button>
          )
        )
      }
    >
      <p class="lead">{say(problem.advice, args)}</p>
      {state.session.retryAt !== null && <Countdown until={state.session.retryAt} />}
      {state.said !== null && (
        <p class="said" role="status">
          {say(state.said)}
        </p>
      )}
    </Message>
  );
}

function remedyOf(problem: Problem, commands: ReturnType<typeof useUi>['commands']): () => void {
  switch (problem.remedy) {
    case 'ask-new-link':
      return commands.askNewLink;
    case 'reload':
      return commands.reload;
    case 'sessions':
      return commands.sessions;
    default:
      return commands.retry;
  }
}

function markOf(problem: Problem): readonly IconShape[] {
  if (problem.tone === 'stop') {
    return shield;
  }
  if (problem.code.startsWith('link-') && problem.code !== 'link-unproved') {
    return link;
  }
  return problem.code.startsWith('rendezvous') || problem.code === 'connection-failed' ? wifi : warning;
}

/** Seconds until the page tries again by itself. */
function Countdown({ until }: { until: number }): VNode | null {
  const { say } = useUi();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.ceil((until - now) / 1000);
  return seconds > 0 ? <p class="quiet">{say('retry-in', { seconds })}</p> : null;
}

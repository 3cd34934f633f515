/** The whole page: draws the one screen that follows from the state. */
import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import type { App } from '../app/app';
import type { Say } from '../i18n/language';
import type { AppState } from '../state/model';
import { bodyPhase, screenOf, titleOf } from '../state/select';
import {
  CameraScreen,
  Elsewhere,
  Ended,
  InAppScreen,
  Live,
  LockSheet,
  MenuSheet,
  Sessions,
  ShelfSheet,
  TooOld,
  preloadViews,
} from './late';
import { Join } from './join';
import { Later } from './later';
import { ProblemScreen } from './problems';
import { Room } from './room';
import { UiProvider, useUi } from './ui';

export function Page({ app, say }: { app: App; say: Say }): VNode {
  const [state, setState] = useState(app.state);
  useLayoutEffect(() => {
    // The state may have gone on between the first drawing and now.
    setState(app.state());
    return app.subscribe(setState);
  }, [app]);
  useEffect(() => void preloadViews(say), []);
  return (
    <UiProvider value={{ say, commands: app.commands, show: app.show, files: app.files }}>
      <Drawn state={state} draft={DRAFT} />
    </UiProvider>
  );
}

/** What is typed and not sent: kept while screens change. */
const DRAFT = { text: '' };

/** The page for one state; also what the gallery draws. */
export function Drawn({ state, draft }: { state: AppState; draft: { text: string } }): VNode {
  const phase = bodyPhase(state);
  useEffect(() => {
    document.body.dataset['phase'] = phase;
  }, [phase]);
  const title = titleOf(state);
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <>
      <ScreenView state={state} draft={draft} />
      <Later part="Over" state={state} />
      {state.panel === 'lock' && <LockSheet state={state} />}
      {state.panel === 'menu' && <MenuSheet state={state} />}
      {state.panel === 'files' && <ShelfSheet expertName={state.session.expertName} />}
    </>
  );
}

function ScreenView({ state, draft }: { state: AppState; draft: { text: string } }): VNode {
  const screen = screenOf(state);
  switch (screen.is) {
    case 'checking':
      return <Checking />;
    case 'too-old':
      return <TooOld state={state} />;
    case 'in-app':
      return <InAppScreen state={state} inApp={screen.inApp} link={screen.link} />;
    case 'join':
      return <Join state={state} known={screen.known} busy={screen.busy} />;
    case 'sessions':
      return <Sessions saved={screen.saved} />;
    case 'problem':
      return <ProblemScreen state={state} problem={screen.problem} />;
    case 'elsewhere':
      return <Elsewhere />;
    case 'camera':
      return <CameraScreen state={state} why={screen.why} />;
    case 'room':
      return <Room state={state} draft={draft} />;
    case 'live':
      return <Live state={state} draft={draft} />;
    case 'ended':
      return <Ended state={state} />;
  }
}

function Checking(): VNode {
  const { say } = useUi();
  return (
    <main class="message" aria-busy="true">
      <p class="unseen">{say('checking')}</p>
    </main>
  );
}

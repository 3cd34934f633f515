/**
 * The operator's page. The story: find out how it was opened, draw the one screen that follows, and on the
 * tap on Join let the session knock while the call's connection makes its offer.
 */
import { render } from 'preact';
import { App } from './app/app';
import { TabMemory } from './app/tab';
import { Call } from './call/call';
import { chooseLanguage, loadLanguage } from './i18n/language';
import { Notice } from './media/notice';
import { Gate } from './session/gate';
import { createOperator } from './session/operator';
import { environmentOf, type Abilities } from './state/environment';
import { firstState } from './state/model';
import { Page } from './views/page';
import { followViewport } from './views/viewport';

function abilities(): Abilities {
  return {
    peerConnection:
      typeof RTCPeerConnection === 'function' && 'addTransceiver' in RTCPeerConnection.prototype,
    subtleCrypto: typeof crypto === 'object' && 'subtle' in crypto,
    indexedDb: typeof indexedDB === 'object',
    webAssembly: typeof WebAssembly === 'object',
    locks: 'locks' in navigator,
    secure: isSecureContext,
  };
}

/** Reading the property alone throws where cookies are forbidden. */
function tabStorage(): Storage | null {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

async function start(): Promise<void> {
  const say = await loadLanguage(chooseLanguage(navigator.languages));
  document.documentElement.lang = say.language;
  followViewport(window);

  const environment = environmentOf(navigator.userAgent, navigator.maxTouchPoints, abilities());
  const operator = createOperator();
  const call = new Call(location.host, {
    quality: (quality) => app.dispatch({ do: 'quality', quality }),
  });
  const app = new App({
    operator,
    notice: new Notice(),
    tab: new TabMemory(tabStorage()),
    say,
    window,
    open: call.open,
    first: firstState(environment, location.host),
  });
  const showing = new Gate(async () => {
    const { Awake, Camera, Showing, Warm } = await import('./app/show-camera');
    return new Showing({
      call,
      operator,
      makeCamera: (events) => new Camera(navigator.mediaDevices, events),
      warm: new Warm(navigator.mediaDevices, () => document.visibilityState === 'visible'),
      awake: new Awake('wakeLock' in navigator ? navigator.wakeLock : undefined),
      state: app.state,
      dispatch: app.dispatch,
    });
  });

  const root = document.getElementById('page');
  if (root !== null) {
    root.replaceChildren();
    render(<Page app={app} say={say} />, root);
  }
  await app.begin(showing);
}

void start();

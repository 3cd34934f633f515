/**
 * The page's one owner: holds the state, listens to the session, and turns a person's taps into calls.
 * Views draw `state()` and call `commands`; everything that waits or fails happens here.
 */
import type { Notice } from '../media/notice';
import type { Operator, SavedSession, SessionSnapshot } from '../session/facade';
import type { FilesPort, ShowPort } from '../session/show';
import { reduce } from '../state/reduce';
import type { Action, AppState, Start } from '../state/model';
import type { Say } from '../i18n/language';
import type { Commands } from './commands';
import { fragmentOf, otherOrigin } from './link';
import type { Presenting, PresentingParts } from './presenting';
import type { Gate } from '../session/gate';
import type { Showing } from './showing';
import type { TabMemory } from './tab';

/** A new message is shown in full for this long, then in one line until it is read. */
const TOAST_MS = 4_000;
const SAID_MS = 2_500;

export interface AppParts {
  readonly operator: Operator;
  readonly notice: Notice;
  readonly tab: TabMemory;
  readonly say: Say;
  readonly window: Window;
  readonly open: Parameters<Operator['join']>[2];
  readonly first: AppState;
}

/** Showing the camera comes a little later than the page; taps until then wait. */
export type LateShowing = Pick<Gate<Showing>, 'tell'>;

/** One per page. */
export class App {
  readonly commands: Commands;
  readonly #parts: AppParts;
  readonly #listeners = new Set<(state: AppState) => void>();
  #state: AppState;
  #showing: LateShowing | null = null;
  #presenting: Promise<Presenting | null> | null = null;
  #saidTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: AppParts) {
    this.#parts = parts;
    this.#state = parts.first;
    this.commands = this.#makeCommands();
  }

  readonly state = (): AppState => this.#state;

  get show(): ShowPort {
    return this.#parts.operator.show;
  }

  get files(): FilesPort {
    return this.#parts.operator.files;
  }

  readonly dispatch = (action: Action): void => {
    const before = this.#state;
    this.#state = reduce(before, action);
    if (this.#state === before) {
      return;
    }
    this.#noticeToast(before);
    for (const listener of this.#listeners) {
      listener(this.#state);
    }
  };

  subscribe(listener: (state: AppState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Connects the session and the camera to the state, then finds out how the page was opened. */
  async begin(showing: LateShowing): Promise<void> {
    this.#showing = showing;
    const { operator, window } = this.#parts;
    operator.subscribe((session) => this.#session(session));
    operator.onLink((up) => showing.tell((it) => void it.link(up)));
    operator.onControl((message) => {
      if (message.t === 'ask') {
        this.#parts.notice.ring();
        showing.tell((it) => it.asked());
      }
    });
    window.document.addEventListener('visibilitychange', () => {
      if (window.document.visibilityState === 'visible') {
        showing.tell((it) => void it.returned());
        this.#networkIsBack();
      } else {
        operator.show.flush();
      }
    });
    window.addEventListener('online', () => this.#networkIsBack());
    window.addEventListener('hashchange', () => void this.#openAddress(false));
    await this.#openAddress(true);
  }

  /** A phone that woke up or found a network waits for no timer. */
  #networkIsBack(): void {
    const { phase, retryAt } = this.#state.session;
    if (this.#state.start.is === 'inside' && retryAt !== null && phase !== 'linked') {
      this.#parts.operator.retry();
    }
  }

  async #openAddress(first: boolean): Promise<void> {
    const { environment } = this.#state;
    const { window } = this.#parts;
    const fragment = window.location.hash;
    if (!window.isSecureContext) {
      this.#start({ is: 'insecure' });
    } else if (environment.tooOld || this.#parts.operator.browserProblem() === 'browser-too-old') {
      this.#start({ is: 'too-old' });
    } else if (fragment.length > 1) {
      if (environment.inApp !== null) {
        this.#start({ is: 'in-app', inApp: environment.inApp, link: window.location.href });
      } else {
        await this.#openFragment(fragment);
      }
    } else if (first) {
      await this.#openWithoutLink();
    }
  }

  /** Nothing of the link goes to the network here: only the tap on Join does that. */
  async #openFragment(fragment: string): Promise<boolean> {
    const { operator, tab, window } = this.#parts;
    const opened = await operator.openLink(fragment);
    window.history.replaceState(null, '', window.location.pathname + window.location.search);
    if (!opened.ok) {
      this.#start({ is: 'bad-link', error: opened.error });
      return false;
    }
    tab.rememberLink(fragment);
    const known = opened.known?.state === 'member' || opened.known?.state === 'knocked' ? opened.known : null;
    await this.#invite(known);
    return true;
  }

  async #invite(known: SavedSession | null): Promise<void> {
    const { operator } = this.#parts;
    const name = (await operator.rememberedName()) || (known?.myName ?? '');
    this.dispatch({ do: 'name', name });
    this.#start({ is: 'invited', known });
    operator.preload();
  }

  /** A reload of this tab goes on where it was; otherwise the saved sessions are listed. */
  async #openWithoutLink(): Promise<void> {
    const { operator, tab } = this.#parts;
    const all = await operator.savedSessions();
    const here = all.find((session) => session.key === tab.session());
    if (here?.state === 'member' || here?.state === 'knocked') {
      this.#resume(here.key);
      return;
    }
    if (here?.state === 'opened') {
      // Left between the tap and the knock: the tap has to be made again.
      operator.resume(here.key, this.#parts.say.language, this.#parts.open);
      await this.#invite(null);
      return;
    }
    const link = tab.link();
    if (link !== null) {
      await this.#openFragment(link);
      return;
    }
    const saved = all.filter((session) => session.state !== 'opened');
    this.#start({ is: 'sessions', saved: saved.sort((a, b) => b.lastAt - a.lastAt) });
  }

  #resume(key: string): void {
    const { operator, tab, say, open } = this.#parts;
    tab.rememberSession(key);
    operator.preload();
    operator.resume(key, say.language, open);
    this.dispatch({ do: 'session', session: operator.snapshot() });
    this.#start({ is: 'inside' });
  }

  #join(): void {
    const { operator, notice, say, open } = this.#parts;
    const { start, name } = this.#state;
    if (start.is !== 'invited') {
      return;
    }
    notice.unlock();
    if (start.known !== null) {
      this.#resume(start.known.key);
      return;
    }
    const chosen = name.trim();
    if (chosen === '') {
      return;
    }
    operator.join(chosen, say.language, open);
    this.#start({ is: 'inside' });
    this.#session(operator.snapshot());
  }

  /** So that a reload of this tab comes back here; leaving takes it away again. */
  #rememberWhere({ key, phase }: SessionSnapshot): void {
    const { tab } = this.#parts;
    const running = phase !== 'idle' && phase !== 'ended' && phase !== 'refused';
    if (this.#state.start.is === 'inside' && running && key !== null && tab.session() !== key) {
      tab.rememberSession(key);
    }
  }

  #session(session: SessionSnapshot): void {
    const before = this.#state.session;
    this.dispatch({ do: 'session', session });
    this.#rememberWhere(session);
    if (session.documents === 'ready' || session.phase === 'linked') {
      void this.#present((presenting) => presenting.session(session));
    }
    if (session.phase !== before.phase && (session.phase === 'ended' || session.phase === 'refused')) {
      this.#showing?.tell((it) => it.end());
    }
    if (this.#parts.window.document.hidden && newMessage(before, session)) {
      this.#parts.notice.ring();
    }
  }

  /** What is shown beside camera and chat has an owner of its own, fetched when there may be something. */
  async #present(act: (presenting: Presenting) => void | Promise<void>): Promise<void> {
    const parts: PresentingParts = {
      show: this.show,
      notice: this.#parts.notice,
      state: this.state,
      dispatch: this.dispatch,
      said: (id) => this.#said(id),
    };
    this.#presenting ??= import('./presenting').then(
      ({ Presenting }) => new Presenting(parts),
      () => null,
    );
    const presenting = await this.#presenting;
    if (presenting === null) {
      // Not fetched: the next thing that happens tries again.
      this.#presenting = null;
      return;
    }
    await act(presenting);
  }

  #noticeToast(before: AppState): void {
    const toast = this.#state.toast;
    if (toast === null || toast.id === before.toast?.id) {
      return;
    }
    this.#parts.notice.ring();
    setTimeout(() => this.dispatch({ do: 'compact-toast', id: toast.id }), TOAST_MS);
  }

  #start(start: Start): void {
    this.dispatch({ do: 'start', start });
  }

  #said(id: string): void {
    clearTimeout(this.#saidTimer);
    this.dispatch({ do: 'said', said: id });
    this.#saidTimer = setTimeout(() => this.dispatch({ do: 'said', said: null }), SAID_MS);
  }

  async #copy(text: string): Promise<void> {
    try {
      await this.#parts.window.navigator.clipboard.writeText(text);
      this.#said('said-copied');
    } catch {
      this.#said('said-not-copied');
    }
  }

  async #askNewLink(): Promise<void> {
    const { say, window } = this.#parts;
    const text = say('new-link-message', { name: this.#state.session.myName || this.#state.name });
    if (typeof window.navigator.share === 'function') {
      try {
        await window.navigator.share({ text });
        return;
      } catch (error) {
        if (error instanceof Error && error.name === 'AbortError') {
          return;
        }
      }
    }
    await this.#copy(text);
  }

  async #openPasted(text: string): Promise<boolean> {
    const { window } = this.#parts;
    const elsewhere = otherOrigin(text, window.location.origin);
    if (elsewhere !== null) {
      window.location.assign(elsewhere);
      return true;
    }
    const fragment = fragmentOf(text);
    return fragment !== null && this.#openFragment(fragment);
  }

  async #forget(key: string): Promise<void> {
    const { operator, tab } = this.#parts;
    await operator.forget(key);
    tab.clear();
    await this.#openWithoutLink();
  }

  #makeCommands(): Commands {
    const { operator, notice, tab, window } = this.#parts;
    const reload = (): void => window.location.reload();
    return {
      setName: (name) => this.dispatch({ do: 'name', name }),
      join: () => this.#join(),
      resume: (key) => {
        notice.unlock();
        this.#resume(key);
      },
      forget: (key) => void this.#forget(key),
      say: (text) => operator.say(text),
      sendFiles: (files) => void operator.files.send(files),
      fileAct: (id, act) => operator.files.act(id, act),
      confirm: (id) => this.#said(id),
      show: () => {
        notice.unlock();
        this.#showing?.tell((it) => void it.start());
      },
      notNow: () => this.#showing?.tell((it) => it.notNow()),
      stop: () => this.#showing?.tell((it) => void it.stop()),
      undoStop: () => this.#showing?.tell((it) => void it.undoStop()),
      flip: () => this.#showing?.tell((it) => void it.flip()),
      withoutCamera: () => this.dispatch({ do: 'camera', camera: { is: 'off' } }),
      panel: (panel) => this.dispatch({ do: 'panel', panel }),
      leave: () => {
        this.dispatch({ do: 'panel', panel: 'none' });
        this.#showing?.tell((it) => it.end());
        tab.clear();
        operator.leave();
      },
      retry: () => operator.retry(),
      useHere: () => operator.useHere(),
      reload,
      sessions: () => {
        tab.clear();
        window.location.assign(window.location.pathname);
      },
      askNewLink: () => void this.#askNewLink(),
      copy: (text) => void this.#copy(text),
      openPasted: (text) => this.#openPasted(text),
      card: (card) => this.dispatch({ do: 'card', card }),
      freeze: () => void this.#present((presenting) => presenting.freeze()),
      takePhoto: (picture) => {
        notice.unlock();
        void this.#present((presenting) => presenting.takePhoto(picture));
      },
      refusePhoto: () => operator.show.refusePhoto(),
      stayInApp: () => void this.#openFragment(window.location.hash),
    };
  }
}

/** A message of somebody else arrived while the session ran, not with the history. */
function newMessage(before: SessionSnapshot, after: SessionSnapshot): boolean {
  return (
    before.documents === 'ready' &&
    after.chat.length > before.chat.length &&
    after.chat[after.chat.length - 1]?.mine === false
  );
}

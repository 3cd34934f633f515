/**
 * Draws one view from a hand-made state: `gallery.html?view=room&lang=es`. For looking at screens while
 * working on them; not part of the build.
 */
import { render } from 'preact';
import type { Commands } from '../src/app/commands';
import { chooseLanguage, loadLanguage } from '../src/i18n/language';
import { preloadViews } from '../src/views/late';
import { Drawn } from '../src/views/page';
import { UiProvider } from '../src/views/ui';
import type { AppState } from '../src/state/model';
import { reduce } from '../src/state/reduce';
import { animateOthers, FakeShow } from './fake-show';
import { galleryFiles } from './files';
import { SHOW_VIEWS, VIEWS } from './views';

const query = new URLSearchParams(location.search);
const names = [...Object.keys(VIEWS), ...Object.keys(SHOW_VIEWS)];
const shownView = SHOW_VIEWS[query.get('view') ?? ''];
const show = shownView?.show() ?? new FakeShow();
const files = shownView?.files() ?? galleryFiles(query.get('view'));
const nothing = (): void => undefined;

const commands: Commands = {
  setName: nothing,
  join: nothing,
  resume: nothing,
  forget: nothing,
  say: () => true,
  sendFiles: nothing,
  fileAct: nothing,
  confirm: nothing,
  show: nothing,
  notNow: nothing,
  stop: nothing,
  undoStop: nothing,
  flip: nothing,
  withoutCamera: nothing,
  panel: nothing,
  leave: nothing,
  retry: nothing,
  useHere: nothing,
  reload: nothing,
  sessions: nothing,
  askNewLink: nothing,
  copy: nothing,
  openPasted: () => Promise.resolve(false),
  stayInApp: nothing,
  card: (card) => {
    state = state && reduce(state, { do: 'card', card });
    draw();
  },
  freeze: nothing,
  takePhoto: nothing,
  refusePhoto: () => show.refusePhoto(),
};

const say = await loadLanguage(chooseLanguage([query.get('lang') ?? 'en']));
document.documentElement.lang = say.language;
await preloadViews(say);
const root = document.getElementById('page');
let state: AppState | undefined = (shownView?.state ?? VIEWS[query.get('view') ?? ''])?.();

/** What the ports say is drawn as the page would; nothing else moves. */
function draw(): void {
  if (root === null) {
    return;
  }
  render(
    state === undefined ? (
      <ul>
        {names.map((name) => (
          <li key={name}>
            <a href={`?view=${name}`}>{name}</a>
          </li>
        ))}
      </ul>
    ) : (
      <UiProvider value={{ say, commands, show, files }}>
        <Drawn state={state} draft={{ text: query.get('draft') ?? '' }} />
      </UiProvider>
    ),
    root,
  );
}

show.subscribe(() => {
  state = state && reduce(state, { do: 'show', show: show.snapshot() });
  draw();
});
if (query.has('moving')) {
  animateOthers(show, 'b1', 'm');
}
Object.assign(globalThis, { port: show });
draw();

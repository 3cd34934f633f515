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
import { galleryFiles } from './files';
import { VIEWS } from './views';

const query = new URLSearchParams(location.search);
const names = Object.keys(VIEWS);
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
};

const say = await loadLanguage(chooseLanguage([query.get('lang') ?? 'en']));
document.documentElement.lang = say.language;
await preloadViews();
const root = document.getElementById('page');
const view = VIEWS[query.get('view') ?? ''];
if (root !== null) {
  render(
    view === undefined ? (
      <ul>
        {names.map((name) => (
          <li key={name}>
            <a href={`?view=${name}`}>{name}</a>
          </li>
        ))}
      </ul>
    ) : (
      <UiProvider
        value={{
          say,
          commands,
          files: galleryFiles(names.includes(query.get('view') ?? '') ? query.get('view') : null),
        }}
      >
        <Drawn state={view()} draft={{ text: query.get('draft') ?? '' }} />
      </UiProvider>
    ),
    root,
  );
}

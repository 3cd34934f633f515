/**
 * The door to everything that is shown beside camera and chat. It is its own piece of the page, fetched
 * while the link comes up, so that a call starts without it.
 */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Say } from '../i18n/language';
import type { AppState } from '../state/model';
import { cardOf, photoAskedBy, wantsShow } from '../state/select';
import { loadStyle } from './style';
import { Button, Spinner, useUi } from './ui';

type Views = typeof import('../show/index');
type Part = 'Over' | 'RoomRow' | 'OverStage';

const AGAIN_MS = 3_000;

let loaded: Views | null = null;
let loading: Promise<Views | null> | null = null;

/** Fetches views and words; null when the network failed. Once loaded it answers at once. */
export function loadShow(say: Say): Promise<Views | null> {
  loading ??= fetchShow(say).then(
    (views) => {
      loaded = views;
      return views;
    },
    () => {
      loading = null;
      return null;
    },
  );
  return loading;
}

async function fetchShow(say: Say): Promise<Views> {
  const [views] = await Promise.all([import('../show/index'), say.more()]);
  await Promise.all(views.styles.map(loadStyle));
  return views;
}

/** One part of what is shown, once it is here. */
export function Later({ part, state }: { part: Part; state: AppState }): VNode | null {
  const { say } = useUi();
  const [views, setViews] = useState(loaded);
  const [tries, setTries] = useState(0);
  const wanted = views === null && wantsShow(state);
  useEffect(() => {
    if (!wanted) {
      return;
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    let here = true;
    void loadShow(say).then((got) => {
      if (!here) {
        return;
      }
      if (got === null) {
        timer = setTimeout(() => setTries(tries + 1), AGAIN_MS);
      } else {
        setViews(got);
      }
    });
    return () => {
      here = false;
      clearTimeout(timer);
    };
  }, [wanted, tries, say]);
  if (views !== null) {
    const View = views[part];
    return <View state={state} />;
  }
  const covers = part === 'Over' && (cardOf(state) !== null || photoAskedBy(state) !== null);
  return covers ? <Loading failed={tries > 0} /> : null;
}

/** Something came that can't be drawn yet; after a failure there is a way back and a way on. */
function Loading({ failed }: { failed: boolean }): VNode {
  const { say, commands } = useUi();
  return (
    <div class="sheet-back">
      <section class="sheet" role="dialog" aria-modal="true" aria-label={say('checking')}>
        <p>{say(failed ? 'error-version-unsupported-do' : 'checking')}</p>
        {failed ? (
          <Button kind="primary" onClick={commands.reload}>
            {say('remedy-reload')}
          </Button>
        ) : (
          <Spinner />
        )}
        <Button kind="quiet" onClick={() => commands.card(null)}>
          {say('menu-close')}
        </Button>
      </section>
    </div>
  );
}

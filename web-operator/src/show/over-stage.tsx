/** Over the own running picture: where the expert points, the own finger, and the way to what was shown. */
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import images from 'icon:images';
import type { Size } from '../board/geometry';
import { OverVideo } from '../board/over-video';
import type { AppState } from '../state/model';
import { Icon } from '../views/icon';
import { useUi } from '../views/ui';
import { useWay } from './room-row';

export function OverStage({ state }: { state: AppState }): VNode {
  const { say, commands, show } = useUi();
  const host = useRef<HTMLDivElement>(null);
  const over = useRef<OverVideo | null>(null);
  const way = useWay(state);
  const me = state.session.people.find((person) => person.me)?.peer ?? '';
  const mirrored = state.camera.is === 'live' && state.camera.facing === 'user';
  useEffect(() => {
    const element = host.current;
    if (element === null || me === '') {
      return;
    }
    const size = (): Size | null => {
      const video = element.parentElement?.querySelector('video');
      return video?.videoWidth ? { width: video.videoWidth, height: video.videoHeight } : null;
    };
    const made = new OverVideo(element, me, size, (pointer) => show.point(pointer));
    over.current = made;
    const unhear = show.onLive((live) => made.live(live));
    return () => {
      unhear();
      made.close();
      over.current = null;
    };
  }, [me, show]);
  useEffect(() => over.current?.mirrored(mirrored), [mirrored, me]);
  return (
    <>
      <div class="over-stage" ref={host} />
      {way !== null && (
        <button
          type="button"
          class="shown-pill"
          aria-label={say('all-pill', { count: way.count })}
          onClick={() => commands.card(way.card)}
          data-testid="shown-pill"
        >
          <Icon shapes={images} size={24} />
          <span>{way.count}</span>
        </button>
      )}
    </>
  );
}

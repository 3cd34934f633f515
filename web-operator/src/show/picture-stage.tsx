/** The element that a `Stage` lives in: makes it, feeds it, and speaks for it to keyboards and readers. */
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import shrink from 'icon:shrink';
import zoomIn from 'icon:zoom-in';
import type { Size } from '../board/geometry';
import { Stage, type StageEvents, type StageHand } from '../board/stage';
import type { StrokeItem } from '../session/show';
import { RoundButton, Spinner, useUi } from '../views/ui';
import { usePicture } from './hooks';

interface StageProps {
  readonly blob: string;
  readonly size: Size;
  /** Null: a picture that is only looked at. */
  readonly board: string | null;
  readonly strokes: readonly StrokeItem[];
  readonly hand: StageHand;
  readonly label: string;
  readonly events: Omit<StageEvents, 'enlarged'>;
  readonly children?: ComponentChildren;
}

const ZOOM_STEP = 1.5;
/** What the button enlarges: enough to see a label, little enough to know where one is. */
const ZOOM_BUTTON = 2.5;
const PAN_PX = 60;

export function PictureStage(props: StageProps): VNode {
  const { show, say } = useUi();
  const { blob, board, strokes, hand } = props;
  const host = useRef<HTMLDivElement>(null);
  const stage = useRef<Stage | null>(null);
  const [enlarged, setEnlarged] = useState(false);
  const events = useRef(props.events);
  events.current = props.events;
  const { width, height } = props.size;

  useEffect(() => {
    if (host.current === null) {
      return;
    }
    const made = new Stage(
      host.current,
      board,
      { width, height },
      {
        preview: (id, stroke) => events.current.preview(id, stroke),
        draw: (stroke, preview) => events.current.draw(stroke, preview),
        erase: (id) => events.current.erase(id),
        point: (x, y, act) => events.current.point(x, y, act),
        enlarged: setEnlarged,
      },
    );
    stage.current = made;
    const unhear = show.onLive((live) => made.live(live));
    return () => {
      unhear();
      made.close();
      stage.current = null;
    };
  }, [blob, board, width, height, show]);
  useEffect(() => stage.current?.strokes(strokes), [strokes, blob]);
  useEffect(() => stage.current?.hand(hand), [hand, blob]);
  const picture = usePicture(blob, (bitmap) => {
    if (stage.current === null) {
      bitmap.close();
    } else {
      stage.current.picture(bitmap);
    }
  });

  return (
    <div class="picture-stage">
      <div
        class="picture-host"
        ref={host}
        role="img"
        aria-label={props.label}
        tabIndex={0}
        onKeyDown={(event) => key(event, stage.current)}
        data-testid="picture-stage"
        data-picture={picture}
      />
      {picture === 'coming' && (
        <div class="picture-wait" role="status">
          <Spinner />
          <p>{say('picture-coming')}</p>
        </div>
      )}
      {picture === 'bad' && (
        <div class="picture-wait" role="alert">
          <p>{say('picture-bad')}</p>
        </div>
      )}
      <div class="picture-zoom">
        <RoundButton
          class="floating"
          icon={enlarged ? shrink : zoomIn}
          label={say(enlarged ? 'picture-whole' : 'picture-enlarge')}
          onClick={() => (enlarged ? stage.current?.whole() : stage.current?.zoomBy(ZOOM_BUTTON))}
          testId="picture-zoom"
        />
      </div>
      {props.children}
    </div>
  );
}

/** Plus, minus and zero enlarge; arrows move what is enlarged. */
function key(event: KeyboardEvent, stage: Stage | null): void {
  if (stage === null || event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  const act: Readonly<Record<string, () => void>> = {
    '+': () => stage.zoomBy(ZOOM_STEP),
    '=': () => stage.zoomBy(ZOOM_STEP),
    '-': () => stage.zoomBy(1 / ZOOM_STEP),
    '0': () => stage.whole(),
    ArrowLeft: () => stage.panBy(PAN_PX, 0),
    ArrowRight: () => stage.panBy(-PAN_PX, 0),
    ArrowUp: () => stage.panBy(0, PAN_PX),
    ArrowDown: () => stage.panBy(0, -PAN_PX),
  };
  const chosen = act[event.key];
  if (chosen !== undefined) {
    event.preventDefault();
    chosen();
  }
}

/**
 * Where things of a picture are on the screen. Pure.
 *
 * Coordinates on a picture are 0..65535 across its width and its height. On the screen the picture lies whole
 * ("contain") or enlarged about a centre; the centre is kept in parts of the picture, so that a turned phone
 * or another window size still shows the same place.
 */
import { SIDE, ZOOM_MAX } from './limits';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** CSS pixels from the upper left corner of the stage. */
export interface Spot {
  readonly x: number;
  readonly y: number;
}

/** How a person looks at a picture: 1 is the whole of it, `x` and `y` (0..1) is what lies in the middle. */
export interface Zoom {
  readonly factor: number;
  readonly x: number;
  readonly y: number;
}

export const WHOLE: Zoom = { factor: 1, x: 0.5, y: 0.5 };

/** The rectangle of the whole picture on the stage, which may be larger than the stage. */
export interface Placement {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The picture's rectangle for this zoom. An empty stage or picture gives an empty rectangle. */
export function place(picture: Size, stage: Size, zoom: Zoom): Placement {
  if (picture.width <= 0 || picture.height <= 0 || stage.width <= 0 || stage.height <= 0) {
    return { x: 0, y: 0, width: 0, height: 0 };
  }
  const scale = Math.min(stage.width / picture.width, stage.height / picture.height) * zoom.factor;
  const width = picture.width * scale;
  const height = picture.height * scale;
  return {
    x: along(stage.width, width, zoom.x),
    y: along(stage.height, height, zoom.y),
    width,
    height,
  };
}

/** One side: centred while it fits, else no edge comes inside of the stage. */
function along(stage: number, side: number, centre: number): number {
  if (side <= stage) {
    return (stage - side) / 2;
  }
  return Math.min(0, Math.max(stage - side, stage / 2 - centre * side));
}

/** From picture coordinates to the stage. */
export function toStage(placed: Placement, point: readonly [number, number]): Spot {
  return {
    x: placed.x + (point[0] / SIDE) * placed.width,
    y: placed.y + (point[1] / SIDE) * placed.height,
  };
}

/** From the stage to picture coordinates; outside of the picture it is the nearest edge. */
export function toPicture(placed: Placement, spot: Spot): readonly [number, number] {
  return [part(spot.x - placed.x, placed.width), part(spot.y - placed.y, placed.height)];
}

function part(distance: number, side: number): number {
  if (side <= 0) {
    return 0;
  }
  return Math.min(SIDE, Math.max(0, Math.round((distance / side) * SIDE)));
}

/** The spot lies on the picture itself. */
export function isOn(placed: Placement, spot: Spot): boolean {
  return (
    spot.x >= placed.x &&
    spot.y >= placed.y &&
    spot.x <= placed.x + placed.width &&
    spot.y <= placed.y + placed.height
  );
}

/** CSS pixels of one unit of a stroke's width. */
export function unitOf(placed: Placement): number {
  return Math.max(placed.width, placed.height) / SIDE;
}

/** Enlarged `by` so much about `at`, which stays where it is and moves along by `move`. */
export function zoomed(
  picture: Size,
  stage: Size,
  zoom: Zoom,
  change: { readonly by: number; readonly at: Spot; readonly move?: Spot },
): Zoom {
  const before = place(picture, stage, zoom);
  if (before.width === 0) {
    return zoom;
  }
  const factor = Math.min(ZOOM_MAX, Math.max(1, zoom.factor * change.by));
  const held = {
    x: (change.at.x - before.x) / before.width,
    y: (change.at.y - before.y) / before.height,
  };
  const grown = factor / zoom.factor;
  const target = {
    x: change.at.x + (change.move?.x ?? 0),
    y: change.at.y + (change.move?.y ?? 0),
  };
  // The held place of the picture has to lie at the target; the middle of the stage follows.
  return settled(picture, stage, {
    factor,
    x: held.x + (stage.width / 2 - target.x) / (before.width * grown),
    y: held.y + (stage.height / 2 - target.y) / (before.height * grown),
  });
}

/** With a centre that is really in the middle: what an edge holds back is not remembered. */
export function settled(picture: Size, stage: Size, zoom: Zoom): Zoom {
  const placed = place(picture, stage, zoom);
  if (placed.width === 0) {
    return zoom;
  }
  return {
    factor: zoom.factor,
    x: placed.width <= stage.width ? 0.5 : (stage.width / 2 - placed.x) / placed.width,
    y: placed.height <= stage.height ? 0.5 : (stage.height / 2 - placed.y) / placed.height,
  };
}

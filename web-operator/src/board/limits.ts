/** Every cap and measure of boards on this page, with its reason. */

/** The largest coordinate on a picture: its right or lower edge. */
export const SIDE = 65_535;
/** Points of one stroke; a longer one goes on as another stroke. */
export const STROKE_POINTS = 20_000;
/** Previews of the own pen: the other side draws at most so often. */
export const PREVIEW_EVERY_MS = 1000 / 60;
/** A finger that moved less than this since the last point adds none: hands shake. In CSS pixels. */
export const POINT_EVERY_PX = 1.5;
/** A touch wider than this is a palm or a sleeve. In CSS pixels. */
export const PALM_PX = 64;
/** After a stylus, fingers draw nothing for this long: the hand that holds it rests on the glass. */
export const STYLUS_RULES_MS = 700;
/** A tap is shorter and moves less than this. */
export const TAP_MS = 400;
export const TAP_PX = 12;
/** Holding still for this long on a picture starts to point at it. */
export const HOLD_MS = 250;
/** How near a finger has to be to erase a line, in CSS pixels. */
export const ERASE_PX = 18;
/** Eight times is enough to see single pixels of a photo on a phone. */
export const ZOOM_MAX = 8;
/** Line of the pen and height of a mark's number, in 1/65535 of the picture's longer side. */
export const PEN_WIDTH = 420;
export const MARK_HEIGHT = 1800;
/** Of one frame, how long finished strokes may be repainted before the page answers fingers again. */
export const PAINT_SLICE_MS = 6;
/** Points painted in one slice, at first and within these bounds: canvases often do their work after it. */
export const PAINT_POINTS = { least: 500, first: 4_000, most: 60_000 } as const;
/** Frames that come later than this mean that a slice was too much. */
export const PAINT_LATE_MS = 40;
/** A mended place with more points than this is painted in slices like everything else. */
export const MEND_POINTS = 8_000;
/** A moved or zoomed board is painted sharply again after this pause. */
export const SHARPEN_MS = 120;
/** A pointer that says nothing is gone after this time; a lost "gone" must not leave it there. */
export const POINTER_MS = 3_000;
/** The trail behind a pointer, and the ring of a click. */
export const TRAIL_MS = 600;
export const RIPPLE_MS = 900;
/** The trail never holds more points than this, however fast they come. */
export const TRAIL_POINTS = 64;
/** A growing stroke of somebody else that stops growing is forgotten. */
export const PREVIEW_MS = 5_000;
/** Pointers and growing strokes of others at once: people, not floods. */
export const LIVE_THINGS = 64;
/** A picture with more pixels is refused before it is decoded: it would take a phone's memory. */
export const PICTURE_PIXELS = 80_000_000;
/** A bigger picture is decoded smaller: canvases of phones end at 16 megapixels. */
export const PICTURE_SHOWN_PIXELS = 16_000_000;
/** A photo leaves this device with at most so many pixels, the size of a phone's canvas. */
export const PHOTO_PIXELS = 16_000_000;
/** Some cameras never answer `takePhoto`; then the running picture is taken. */
export const TAKE_PHOTO_MS = 5_000;

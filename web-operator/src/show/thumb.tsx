/** A small picture of a board, a page or a photo, with what is drawn on it. */
import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { paintStroke } from '../board/paint';
import type { StrokeItem } from '../session/show';
import { useBlob } from './hooks';
import { makeThumb, thumbOf } from './thumbs';

interface ThumbProps {
  readonly blob: string;
  readonly strokes?: readonly StrokeItem[];
}

/** A small picture shows the newest of many strokes. */
const STROKES = 300;

export function Thumb({ blob, strokes = NO_STROKES }: ThumbProps): VNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const here = useBlob(thumbOf(blob) === null ? blob : null);
  const [made, setMade] = useState(() => thumbOf(blob));
  useEffect(() => {
    if (here.is === 'here') {
      void makeThumb(blob, here.file).then(setMade, () => undefined);
    }
  }, [here, blob]);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    const picture = thumbOf(blob);
    if (canvas.current === null || !context || picture === null) {
      return;
    }
    const { width, height } = picture;
    canvas.current.width = width;
    canvas.current.height = height;
    context.drawImage(picture, 0, 0);
    for (const stroke of strokes.slice(-STROKES)) {
      paintStroke(context, stroke, { x: 0, y: 0, width, height });
    }
  }, [made, strokes, blob]);
  return <canvas class="thumb" ref={canvas} width={4} height={3} aria-hidden="true" />;
}

const NO_STROKES: readonly StrokeItem[] = [];

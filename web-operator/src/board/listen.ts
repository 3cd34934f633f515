/** Pointer and wheel events of an element as `Input`; the element keeps them from scrolling the page. */
import type { Input, Kind } from './input';
import type { Spot } from './geometry';

/** A page or a line of wheel in pixels. */
const LINE_PX = 16;

/** Returns what stops listening. */
export function listenToHands(element: HTMLElement, hear: (input: Input) => void): () => void {
  const stop = new AbortController();
  const spotOf = (event: MouseEvent): Spot => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const on = <K extends keyof HTMLElementEventMap>(
    name: K,
    listener: (event: HTMLElementEventMap[K]) => void,
  ): void => element.addEventListener(name, listener, { signal: stop.signal, passive: false });

  on('pointerdown', (event) => {
    event.preventDefault();
    try {
      element.setPointerCapture(event.pointerId);
    } catch {
      // The finger was lifted before this ran.
    }
    hear({
      is: 'down',
      id: event.pointerId,
      kind: kindOf(event.pointerType),
      at: spotOf(event),
      wide: Math.max(event.width, event.height),
      main: event.button === 0,
      time: performance.now(),
    });
  });
  on('pointermove', (event) => {
    const all = typeof event.getCoalescedEvents === 'function' ? event.getCoalescedEvents() : [];
    const path = (all.length > 0 ? all : [event]).map(spotOf);
    hear({ is: 'move', id: event.pointerId, path, time: performance.now() });
  });
  on('pointerup', (event) => {
    hear({ is: 'up', id: event.pointerId, at: spotOf(event), time: performance.now() });
  });
  on('pointercancel', (event) => hear({ is: 'cancel', id: event.pointerId, time: performance.now() }));
  on('contextmenu', (event) => event.preventDefault());
  on('wheel', (event) => {
    event.preventDefault();
    const turn = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * LINE_PX;
    // Pinching on a touchpad comes as a wheel with Control held.
    hear({ is: 'wheel', at: spotOf(event), turn, fine: event.ctrlKey });
  });
  return () => stop.abort();
}

function kindOf(type: string): Kind {
  return type === 'pen' || type === 'mouse' ? type : 'touch';
}

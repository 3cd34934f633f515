/**
 * What this device did on a board in this run, and can take back: only its own strokes and erasures, the
 * last one first. What somebody else undid meanwhile is skipped.
 */
import { UNDO_STEPS } from './limits.ts';

interface Act {
  readonly did: 'drew' | 'erased';
  readonly stroke: string;
}

/** What is to be written about a stroke. */
export interface Mark {
  readonly kind: 'erase' | 'restore';
  readonly stroke: string;
}

export type IsVisible = (stroke: string) => boolean;

export class History {
  #done: Act[] = [];
  #undone: Act[] = [];

  drew(stroke: string): void {
    this.#did({ did: 'drew', stroke });
  }

  erased(stroke: string): void {
    this.#did({ did: 'erased', stroke });
  }

  canUndo(isVisible: IsVisible): boolean {
    return this.#done.some((act) => reverse(act, isVisible) !== null);
  }

  canRedo(isVisible: IsVisible): boolean {
    return this.#undone.some((act) => again(act, isVisible) !== null);
  }

  undo(isVisible: IsVisible): Mark | null {
    for (let act = this.#done.pop(); act !== undefined; act = this.#done.pop()) {
      const mark = reverse(act, isVisible);
      if (mark === null) continue;
      this.#undone.push(act);
      return mark;
    }
    return null;
  }

  redo(isVisible: IsVisible): Mark | null {
    for (let act = this.#undone.pop(); act !== undefined; act = this.#undone.pop()) {
      const mark = again(act, isVisible);
      if (mark === null) continue;
      this.#done.push(act);
      return mark;
    }
    return null;
  }

  #did(act: Act): void {
    this.#undone = [];
    this.#done.push(act);
    if (this.#done.length > UNDO_STEPS) this.#done.shift();
  }
}

/** What taking it back writes, where that makes a difference. */
function reverse({ did, stroke }: Act, isVisible: IsVisible): Mark | null {
  if (isVisible(stroke) !== (did === 'drew')) return null;
  return { kind: did === 'drew' ? 'erase' : 'restore', stroke };
}

/** What doing it again writes, where that makes a difference. */
function again({ did, stroke }: Act, isVisible: IsVisible): Mark | null {
  if (isVisible(stroke) !== (did === 'erased')) return null;
  return { kind: did === 'drew' ? 'restore' : 'erase', stroke };
}

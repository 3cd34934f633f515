/** Boards, files and steps made by hand, in place of a session: they answer like the real ones. */
import type {
  BoardItem,
  FileItem,
  FilesPort,
  Ink,
  LiveIn,
  ShowPort,
  ShowSnapshot,
  StepsItem,
  Stroke,
  StrokeItem,
  TextItem,
} from '../src/session/show';
import { paintedPage, paintedPicture } from './painted';

export const SIZE = { width: 1600, height: 1200 };
export const PAGE = { width: 1240, height: 1754 };
const NOW = Date.now();

function stroke(id: string, by: 'ana' | 'me', what: Partial<Stroke> & Pick<Stroke, 'points'>): StrokeItem {
  return {
    id,
    author: by,
    authorName: by === 'me' ? 'Mihai' : 'Ana',
    mine: by === 'me',
    erasable: by === 'me',
    tool: 'pen',
    ink: 'red',
    width: 420,
    text: '',
    ...what,
  };
}

function ring(x: number, y: number, rx: number, ry: number): (readonly [number, number])[] {
  return Array.from({ length: 40 }, (_, step) => {
    const angle = (step / 38) * Math.PI * 2;
    return [Math.round(x + Math.cos(angle) * rx), Math.round(y + Math.sin(angle) * ry)] as const;
  });
}

export const STROKES: readonly StrokeItem[] = [
  stroke('s1', 'ana', {
    tool: 'arrow',
    points: [
      [9000, 9000],
      [19500, 26500],
    ],
  }),
  stroke('s2', 'ana', {
    tool: 'text',
    width: 2600,
    ink: 'white',
    text: 'Turn this to OFF',
    points: [[3000, 4200]],
  }),
  stroke('s3', 'ana', { tool: 'mark', width: 1800, text: '1', points: [[24000, 30000]] }),
  stroke('s4', 'ana', { tool: 'mark', width: 1800, text: '2', points: [[46000, 46000]] }),
  stroke('s5', 'me', { ink: 'yellow', points: ring(49000, 24000, 6000, 6500) }),
  stroke('s6', 'ana', {
    tool: 'rectangle',
    ink: 'green',
    points: [
      [12000, 48000],
      [26000, 58000],
    ],
  }),
  stroke('s7', 'ana', {
    tool: 'ellipse',
    ink: 'blue',
    points: [
      [30000, 42000],
      [40000, 56000],
    ],
  }),
  stroke('s8', 'ana', { tool: 'dot', ink: 'green', points: [[56000, 12000]] }),
];

function board(id: string, what: Partial<BoardItem> = {}): BoardItem {
  return {
    id,
    title: '',
    author: 'ana',
    authorName: 'Ana',
    mine: false,
    at: NOW,
    still: { blob: `still-${id}`, ...SIZE },
    strokes: [],
    canUndo: false,
    canRedo: false,
    ...what,
  };
}

export const BOARD = board('b1', { strokes: STROKES, canUndo: true });
export const BOARDS: readonly BoardItem[] = [
  board('b0', { mine: true, author: 'me', authorName: 'Mihai' }),
  BOARD,
  board('b2', { title: 'Valve of pump 7, seen from the left side', strokes: STROKES.slice(0, 2) }),
];

export const STEPS: StepsItem = {
  id: 'l1',
  title: 'Restart pump 7',
  authorName: 'Ana',
  at: NOW,
  steps: [
    {
      text: 'Turn the main switch on the left side of the panel to OFF',
      state: 'done',
      note: '',
      photo: null,
    },
    {
      text: 'Close the blue valve: turn it to the right until it stops',
      state: 'open',
      note: '',
      photo: null,
    },
    { text: 'Wait until the red light is off', state: 'open', note: '', photo: null },
    {
      text: 'Read the pressure on the round gauge',
      state: 'failed',
      note: 'The needle does not move at all',
      photo: 'still-b0',
    },
    { text: 'Turn the main switch back to ON', state: 'open', note: '', photo: null },
  ],
};

export const TEXT: TextItem = {
  id: 't1',
  title: 'Readings of pump 7',
  authorName: 'Ana',
  at: NOW,
  text: 'Pressure before: 2.4 bar\nPressure after:\nTemperature: 61 °C\n',
};

function item(id: string, what: Partial<FileItem>): FileItem {
  const size = what.size ?? 2_400_000;
  return {
    id,
    blob: `file-${id}`,
    name: 'Pump manual.pdf',
    mediaType: 'application/pdf',
    size,
    author: 'ana',
    authorName: 'Ana',
    mine: false,
    at: NOW,
    kind: 'document',
    pages: 12,
    shown: Array.from({ length: 12 }, (_, page) => ({ page, blob: `page-${page}`, ...PAGE })),
    state: 'offered',
    progress: { have: 0, size, perSec: 0, secsLeft: null },
    why: null,
    kept: true,
    delivery: 'delivered',
    sent: null,
    ...what,
  };
}

export const DOCUMENT = item('d1', {});
export const NOTES = item('d2', {
  name: 'Safety.md',
  mediaType: 'text/markdown',
  kind: 'file',
  pages: 0,
  shown: [],
  state: 'here',
});

const MARKDOWN = `# Before you open the pump

Switch it **off** and wait *two minutes*. <b>This is no HTML.</b>

1. Wear gloves
2. Close the blue valve
   - it turns to the right
   - stop when it is tight

- [x] Power is off
- [ ] Pressure is below \`0.2 bar\`

---

## If it leaks

Call the control room: +34 600 000 000.
`;

export const SHOW: ShowSnapshot = {
  boards: BOARDS,
  steps: [STEPS],
  texts: [TEXT],
  look: null,
  photoAsked: null,
};

/** A session of one: what is drawn is there at once, undo takes the own strokes back. */
export class FakeShow implements ShowPort {
  readonly calls: unknown[][] = [];
  #snapshot: ShowSnapshot;
  readonly #listeners = new Set<() => void>();
  readonly #live = new Set<(live: LiveIn) => void>();
  readonly #undone = new Map<string, StrokeItem[]>();
  #next = 0;

  constructor(snapshot: ShowSnapshot = SHOW) {
    this.#snapshot = snapshot;
  }

  snapshot(): ShowSnapshot {
    return this.#snapshot;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  set(change: Partial<ShowSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    this.#listeners.forEach((listener) => listener());
  }

  hear(live: LiveIn): void {
    this.#live.forEach((listener) => listener(live));
  }

  onLive(listener: (live: LiveIn) => void): () => void {
    this.#live.add(listener);
    return () => this.#live.delete(listener);
  }

  point(...args: Parameters<ShowPort['point']>): void {
    this.calls.push(['point', ...args]);
  }

  preview(...args: Parameters<ShowPort['preview']>): void {
    this.calls.push(['preview', ...args]);
  }

  cursor(...args: Parameters<ShowPort['cursor']>): void {
    this.calls.push(['cursor', ...args]);
  }

  draw(board: string, drawn: Stroke, preview: number | null): void {
    this.calls.push(['draw', board, drawn, preview]);
    this.#next += 1;
    this.#undone.delete(board);
    this.#board(board, (strokes) => [...strokes, stroke(`own${this.#next}`, 'me', drawn)]);
  }

  erase(board: string, id: string): void {
    this.calls.push(['erase', board, id]);
    this.#board(board, (strokes) => strokes.filter((one) => one.id !== id));
  }

  undo(board: string): void {
    this.calls.push(['undo', board]);
    this.#board(board, (strokes) => {
      const last = strokes.findLast((one) => one.mine);
      if (last !== undefined) {
        this.#undone.set(board, [...(this.#undone.get(board) ?? []), last]);
      }
      return strokes.filter((one) => one !== last);
    });
  }

  redo(board: string): void {
    this.calls.push(['redo', board]);
    const back = this.#undone.get(board)?.pop();
    this.#board(board, (strokes) => (back === undefined ? strokes : [...strokes, back]));
  }

  rename(...args: Parameters<ShowPort['rename']>): void {
    this.calls.push(['rename', ...args]);
  }

  newBoard(still: Blob, width: number, height: number, title: string): Promise<string | null> {
    this.calls.push(['newBoard', still, width, height, title]);
    const id = `new${this.#snapshot.boards.length}`;
    STILLS.set(`still-${id}`, still);
    const made = board(id, { mine: true, author: 'me', still: { blob: `still-${id}`, width, height } });
    this.set({ boards: [...this.#snapshot.boards, made] });
    return Promise.resolve(id);
  }

  boardOf(blob: string, width: number, height: number, title: string): Promise<string | null> {
    this.calls.push(['boardOf', blob, width, height, title]);
    const id = `of${this.#snapshot.boards.length}`;
    const made = board(id, { mine: true, author: 'me', title, still: { blob, width, height } });
    this.set({ boards: [...this.#snapshot.boards, made] });
    return Promise.resolve(id);
  }

  setStep(...args: Parameters<ShowPort['setStep']>): void {
    this.calls.push(['setStep', ...args]);
    const [list, index, state, note, photo] = args;
    this.set({
      steps: this.#snapshot.steps.map((one) =>
        one.id !== list
          ? one
          : {
              ...one,
              steps: one.steps.map((step, at) => (at === index ? { ...step, state, note, photo } : step)),
            },
      ),
    });
  }

  splice(...args: Parameters<ShowPort['splice']>): void {
    this.calls.push(['splice', ...args]);
    const [id, at, remove, insert] = args;
    this.set({
      texts: this.#snapshot.texts.map((one) =>
        one.id === id ? { ...one, text: one.text.slice(0, at) + insert + one.text.slice(at + remove) } : one,
      ),
    });
  }

  photo(...args: Parameters<ShowPort['photo']>): Promise<boolean> {
    this.calls.push(['photo', ...args]);
    this.set({ photoAsked: null });
    return Promise.resolve(true);
  }

  flush(): void {
    this.calls.push(['flush']);
  }

  refusePhoto(): void {
    this.calls.push(['refusePhoto']);
    this.set({ photoAsked: null });
  }

  #board(id: string, change: (strokes: readonly StrokeItem[]) => readonly StrokeItem[]): void {
    this.set({
      boards: this.#snapshot.boards.map((one) => {
        if (one.id !== id) {
          return one;
        }
        const strokes = change(one.strokes);
        return {
          ...one,
          strokes,
          canUndo: strokes.some((drawn) => drawn.mine),
          canRedo: (this.#undone.get(id) ?? []).length > 0,
        };
      }),
    });
  }
}

const STILLS = new Map<string, Blob>();

/** Pictures painted when they are opened. Those named in `absent` never arrive. */
export class FakeFiles implements FilesPort {
  readonly calls: unknown[][] = [];
  readonly #files: readonly FileItem[];
  readonly #absent: readonly string[];

  constructor(files: readonly FileItem[] = [DOCUMENT, NOTES], absent: readonly string[] = []) {
    this.#files = files;
    this.#absent = absent;
  }

  readonly #snapshot = (): ReturnType<FilesPort['snapshot']> => ({
    files: this.#files,
    maxBytes: 1 << 30,
    problem: null,
  });
  #last: ReturnType<FilesPort['snapshot']> | null = null;

  snapshot(): ReturnType<FilesPort['snapshot']> {
    return (this.#last ??= this.#snapshot());
  }

  subscribe(): () => void {
    return () => undefined;
  }

  send(files: readonly File[]): Promise<readonly string[]> {
    this.calls.push(['send', files]);
    return Promise.resolve(
      files.map((file, index) => {
        STILLS.set(`sent-${index}`, file);
        return `sent-${index}`;
      }),
    );
  }

  keep(): Promise<null> {
    return Promise.resolve(null);
  }

  act(...args: Parameters<FilesPort['act']>): void {
    this.calls.push(['act', ...args]);
  }

  async open(blob: string): Promise<File | null> {
    if (this.#absent.includes(blob)) {
      return null;
    }
    if (blob === `file-${NOTES.id}`) {
      return new File([MARKDOWN], 'Safety.md', { type: 'text/markdown' });
    }
    const kept = STILLS.get(blob);
    const page = /^page-(\d+)$/.exec(blob);
    const picture =
      kept ?? (page === null ? await paintedPicture(SIZE) : await paintedPage(PAGE, Number(page[1]) + 1));
    return new File([picture], 'picture', { type: picture.type });
  }

  dismiss(): void {
    this.calls.push(['dismiss']);
  }
}

/** Ana draws a line and points, over and over. */
export function animateOthers(port: FakeShow, board: string, me: string): void {
  const ink: Ink = 'red';
  let step = 0;
  setInterval(() => {
    step = (step + 1) % 150;
    const angle = step / 20;
    const x = Math.round(32000 + Math.cos(angle) * 12000);
    const y = Math.round(30000 + Math.sin(angle) * 9000);
    const target = { on: 'board', board } as const;
    const act = step % 40 === 39 ? 'click' : 'move';
    port.hear({ t: 'pointer', peer: 'ana', name: 'Ana', target, x, y, act });
    port.hear({ t: 'pointer', peer: 'ana', name: 'Ana', target: { on: 'video', peer: me }, x, y, act });
    if (step > 20 && step < 120) {
      const points = Array.from({ length: step - 20 }, (_, index) => {
        const along = (index + 20) / 20;
        return [Math.round(20000 + index * 250), Math.round(52000 + Math.sin(along * 3) * 3000)] as const;
      });
      const grown = { tool: 'pen', ink, width: 420, points, text: '' } as const;
      port.hear({ t: 'preview', peer: 'ana', name: 'Ana', board, id: 1, stroke: grown });
    }
    port.hear({ t: 'cursor', peer: 'ana', name: 'Ana', text: 't1', at: 40 });
  }, 33);
}

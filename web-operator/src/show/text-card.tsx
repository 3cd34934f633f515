/** A text that both sides write at once, in a plain field. */
import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { TextItem } from '../session/show';
import type { AppState } from '../state/model';
import { itemOf } from '../state/shown';
import { Spinner, useUi } from '../views/ui';
import { Frame } from './frame';
import { mayWrite } from './hooks';
import { SharedText } from './splice';

/** The port gathers what is typed; this only comes back to what it could not take at once. */
const AGAIN_MS = 100;
/** Others are told where the caret is at most so often. */
const CURSOR_EVERY_MS = 200;
/** Somebody whose caret says nothing for so long is not writing any more. */
const CURSOR_MS = 8_000;

export function TextCard({ state, id }: { state: AppState; id: string }): VNode {
  const { say } = useUi();
  const text = itemOf(state.shown.show.texts, id);
  if (text === undefined) {
    return (
      <Frame state={state} name="text" title={say('text-title')}>
        <div class="shown-body shown-wait" role="status">
          <Spinner />
        </div>
      </Frame>
    );
  }
  return <Editor state={state} item={text} />;
}

interface Writer {
  readonly name: string;
  readonly at: number;
  readonly heard: number;
}

function Editor({ state, item }: { state: AppState; item: TextItem }): VNode {
  const { say, show } = useUi();
  const writes = mayWrite(state);
  const field = useRef<HTMLTextAreaElement>(null);
  const shared = useRef<SharedText | null>(null);
  shared.current ??= new SharedText(item.text);
  const text = shared.current;
  const [, drawAgain] = useState(0);
  const writers = useWriters(item.id);

  const flush = (): void => {
    const splice = text.flush(performance.now());
    if (splice !== null) {
      show.splice(item.id, splice.at, splice.remove, splice.insert);
    }
  };
  useEffect(() => {
    // What was typed while the last change was not answered yet.
    const timer = setInterval(() => text.pending && flush(), AGAIN_MS);
    return () => {
      clearInterval(timer);
      flush();
    };
  }, [item.id, show]);

  useLayoutEffect(() => {
    const element = field.current;
    if (element === null) {
      return;
    }
    text.moved(element.selectionStart);
    const span = element.selectionEnd - element.selectionStart;
    const { scrollTop } = element;
    if (text.told(item.text)) {
      element.value = text.text;
      if (document.activeElement === element) {
        element.setSelectionRange(text.caret, text.caret + span);
      }
      element.scrollTop = scrollTop;
      drawAgain((count) => count + 1);
    }
  }, [item.text]);

  const toldAt = useRef(0);
  const tellCursor = (): void => {
    const now = performance.now();
    if (field.current !== null && now - toldAt.current >= CURSOR_EVERY_MS) {
      toldAt.current = now;
      show.cursor(item.id, field.current.selectionStart);
    }
  };
  return (
    <Frame
      state={state}
      name="text"
      title={item.title === '' ? say('text-title') : item.title}
      hint={say(writes ? 'text-hint' : 'text-hint-viewer')}
    >
      <textarea
        ref={field}
        class="text-field"
        dir="auto"
        readOnly={!writes}
        defaultValue={text.text}
        aria-label={item.title === '' ? say('text-title') : item.title}
        autocapitalize="sentences"
        spellcheck
        data-testid="shared-text"
        onInput={(event) => {
          const { value, selectionStart } = event.currentTarget;
          text.typed(value, selectionStart);
          flush();
          tellCursor();
        }}
        onSelect={tellCursor}
      />
      <p class="text-writers" aria-live="polite" data-testid="text-writers">
        {writers.map((writer) => (
          <span key={writer.name} class="text-writer">
            {say('text-writer', { name: writer.name, line: lineAt(text.text, writer.at) })}
          </span>
        ))}
      </p>
    </Frame>
  );
}

/** The number of the line that a position is in, from 1. */
export function lineAt(text: string, at: number): number {
  let line = 1;
  for (let found = text.indexOf('\n'); found >= 0 && found < at; found = text.indexOf('\n', found + 1)) {
    line += 1;
  }
  return line;
}

/** Who else is in this text, and where. */
function useWriters(id: string): readonly Writer[] {
  const { show } = useUi();
  const [writers, setWriters] = useState<readonly Writer[]>([]);
  useEffect(() => {
    const unhear = show.onLive((live) => {
      if (live.t === 'cursor' && live.text === id) {
        const writer = { name: live.name, at: live.at, heard: performance.now() };
        setWriters((all) => [...all.filter((one) => one.name !== live.name).slice(-7), writer]);
      }
    });
    const timer = setInterval(() => {
      const now = performance.now();
      setWriters((all) =>
        all.some((one) => now - one.heard > CURSOR_MS)
          ? all.filter((one) => now - one.heard <= CURSOR_MS)
          : all,
      );
    }, 1_000);
    return () => {
      unhear();
      clearInterval(timer);
    };
  }, [id, show]);
  return writers;
}

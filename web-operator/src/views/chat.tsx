/** The list of messages and the field to write one. Long chats are drawn from their end. */
import type { VNode } from 'preact';
import { memo } from './memo';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import check from 'icon:check';
import checks from 'icon:check-check';
import clock from 'icon:clock';
import send from 'icon:send-horizontal';
import { MAX_TEXT, type ChatItem, type Delivery } from '../session/facade';
import { dayOf, groupStart, timeOf } from '../state/chat';
import { FileCard, Preparing } from './late';
import { Icon } from './icon';
import { RoundButton, useUi } from './ui';

/** Messages drawn at first and added with each look further back. */
const PAGE = 60;
/** Nearer to the end than this, new messages keep the end in view. */
const NEAR_END_PX = 120;

interface ListProps {
  readonly chat: readonly ChatItem[];
  readonly expertName: string;
  readonly empty: VNode | null;
}

export function ChatList({ chat, expertName, empty }: ListProps): VNode {
  const { say } = useUi();
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const top = useRef(0);
  const [shown, setShown] = useState(PAGE);
  const from = Math.max(0, chat.length - shown);
  const last = chat[chat.length - 1];

  useLayoutEffect(() => {
    const element = box.current;
    if (element !== null && (atEnd.current || last?.mine === true)) {
      element.scrollTop = element.scrollHeight;
    }
  }, [chat.length, last?.id]);

  useEffect(() => {
    const element = box.current;
    if (element === null || typeof ResizeObserver === 'undefined') {
      return undefined;
    }
    // The keyboard or a card makes the list smaller: the newest message stays in view.
    const keepEnd = (): void => {
      if (atEnd.current) {
        element.scrollTop = element.scrollHeight;
      }
    };
    const watcher = new ResizeObserver(keepEnd);
    watcher.observe(element);
    // A picture that was loaded makes its message larger.
    element.addEventListener('load', keepEnd, true);
    element.addEventListener('loadedmetadata', keepEnd, true);
    const grown = new MutationObserver(keepEnd);
    grown.observe(element, { childList: true, subtree: true });
    return () => {
      watcher.disconnect();
      grown.disconnect();
    };
  }, []);

  const scrolled = (): void => {
    const element = box.current;
    if (element === null) {
      return;
    }
    const { scrollTop } = element;
    const near = element.scrollHeight - scrollTop - element.clientHeight < NEAR_END_PX;
    // Content that grew below is no wish to look back: only a scroll upwards is.
    if (near || scrollTop < top.current) {
      atEnd.current = near;
    }
    top.current = scrollTop;
  };

  const earlier = (): void => {
    const element = box.current;
    const below = element === null ? 0 : element.scrollHeight - element.scrollTop;
    atEnd.current = false;
    setShown(shown + PAGE);
    requestAnimationFrame(() => {
      if (element !== null) {
        element.scrollTop = element.scrollHeight - below;
      }
    });
  };

  return (
    <div
      class="chat"
      ref={box}
      onScroll={scrolled}
      role="log"
      aria-live="polite"
      aria-relevant="additions"
      tabIndex={0}
      data-testid="chat-list"
    >
      {chat.length === 0 ? (
        empty
      ) : (
        <>
          {from > 0 && (
            <button type="button" class="chat-earlier" onClick={earlier}>
              {say('room-earlier')}
            </button>
          )}
          {chat.slice(from).map((item, index) => (
            <Row key={item.id} item={item} before={chat[from + index - 1]} expertName={expertName} />
          ))}
        </>
      )}
      <Preparing expertName={expertName} />
    </div>
  );
}

interface RowProps {
  readonly item: ChatItem;
  readonly before: ChatItem | undefined;
  readonly expertName: string;
}

const Row = memo(function Row({ item, before, expertName }: RowProps): VNode {
  const { say } = useUi();
  const starts = groupStart(item, before);
  const day = dayOf(item, before, Date.now());
  const author = item.name === '' ? expertName : item.name;
  return (
    <>
      {day !== null && (
        <p class="chat-day">{day.is === 'date' ? dateText(item.at, say.language) : say(`day-${day.is}`)}</p>
      )}
      <article
        class={`bubble ${item.mine ? 'bubble-mine' : 'bubble-theirs'} ${starts ? 'bubble-first' : ''} ${
          item.file === null ? '' : 'bubble-file'
        }`}
        data-testid="chat-message"
        data-mine={String(item.mine)}
        data-delivery={item.delivery}
      >
        <span class="unseen">
          {item.mine ? say('message-mine') : say('message-from', { name: author })}
          {': '}
        </span>
        {item.file !== null && (
          <FileCard blob={item.file} author={item.author} mine={item.mine} expertName={expertName} />
        )}
        {item.text !== '' && (
          <p class="bubble-text" dir="auto" data-testid="chat-text">
            {item.text}
          </p>
        )}
        <footer class="bubble-foot">
          <time dateTime={isoOf(item.at)}>{timeOf(item.at, say.language)}</time>
          {item.mine && item.file === null && <DeliveryMark delivery={item.delivery} name={expertName} />}
        </footer>
      </article>
    </>
  );
});

function DeliveryMark({ delivery, name }: { delivery: Delivery; name: string }): VNode {
  const { say } = useUi();
  const shapes = delivery === 'delivered' ? checks : delivery === 'stored' ? check : clock;
  const text = say(`message-${delivery}`, { name: name === '' ? say('lock-fallback-name') : name });
  return (
    <span class={`delivery delivery-${delivery}`} title={text}>
      <Icon shapes={shapes} size={16} />
      <span class="unseen">{text}</span>
    </span>
  );
}

function dateText(at: number, language: string): string {
  return new Intl.DateTimeFormat(language, { weekday: 'long', day: 'numeric', month: 'long' }).format(at);
}

/** Times are claims of their authors: one that is no date shows without a machine-readable form. */
function isoOf(at: number): string | undefined {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** The field and its button. What is typed survives a screen change through `draft`. */
export function Composer({ draft }: { draft: { text: string } }): VNode {
  const { say, commands } = useUi();
  const [text, setText] = useState(draft.text);
  const field = useRef<HTMLTextAreaElement>(null);
  const over = text.length - MAX_TEXT;

  const change = (value: string): void => {
    draft.text = value;
    setText(value);
  };
  useLayoutEffect(() => {
    const element = field.current;
    if (element !== null) {
      element.style.height = 'auto';
      element.style.height = `${element.scrollHeight}px`;
    }
  }, [text]);

  const submit = (event: Event): void => {
    event.preventDefault();
    if (text.trim() !== '' && over <= 0 && commands.say(text)) {
      change('');
    }
    field.current?.focus();
  };
  const key = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      submit(event);
    }
  };
  return (
    <form class="composer" onSubmit={submit}>
      <div class="composer-box">
        <textarea
          ref={field}
          rows={1}
          value={text}
          dir="auto"
          enterkeyhint="send"
          autocapitalize="sentences"
          aria-label={say('composer-label')}
          placeholder={say('composer-hint')}
          data-testid="composer"
          onInput={(event) => change(event.currentTarget.value)}
          onKeyDown={key}
        />
        {over > 0 && (
          <p class="composer-over" role="status">
            {say('composer-too-long', { over })}
          </p>
        )}
      </div>
      <RoundButton
        icon={send}
        label={say('composer-send')}
        submit
        class="round-accent"
        disabled={text.trim() === '' || over > 0}
        testId="send"
      />
    </form>
  );
}

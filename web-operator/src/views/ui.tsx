/** Small parts that every screen uses, and the context that gives them words and commands. */
import { createContext, type ComponentChildren, type VNode } from 'preact';
import { useContext, useEffect, useRef } from 'preact/hooks';
import type { Commands } from '../app/commands';
import type { Say } from '../i18n/language';
import type { FilesPort, ShowPort } from '../session/show';
import type { Dot as DotState } from '../state/select';
import { Icon, type IconShape } from './icon';

export interface Ui {
  readonly say: Say;
  readonly commands: Commands;
  readonly show: ShowPort;
  readonly files: FilesPort;
}

const UiContext = createContext<Ui | null>(null);
export const UiProvider = UiContext.Provider;

/** Words and commands; every view is inside a `UiProvider`. */
export function useUi(): Ui {
  const ui = useContext(UiContext);
  if (ui === null) {
    throw new Error('a view was drawn outside the page');
  }
  return ui;
}

interface ButtonProps {
  readonly children: ComponentChildren;
  readonly onClick?: () => void;
  readonly kind?: 'primary' | 'plain' | 'danger' | 'quiet';
  readonly icon?: readonly IconShape[];
  readonly busy?: boolean;
  readonly disabled?: boolean;
  readonly submit?: boolean;
  readonly testId?: string;
}

/** A wide button with a word on it. */
export function Button(props: ButtonProps): VNode {
  const { kind = 'plain', busy = false } = props;
  return (
    <button
      type={props.submit === true ? 'submit' : 'button'}
      class={`button button-${kind}`}
      disabled={props.disabled === true || busy}
      aria-busy={busy}
      data-testid={props.testId}
      onClick={() => props.onClick?.()}
    >
      {busy ? <Spinner /> : props.icon !== undefined && <Icon shapes={props.icon} />}
      <span>{props.children}</span>
    </button>
  );
}

interface RoundProps {
  readonly icon: readonly IconShape[];
  readonly label: string;
  readonly onClick?: () => void;
  readonly testId?: string;
  readonly class?: string;
  readonly submit?: boolean;
  readonly disabled?: boolean;
}

/** A round button with only an icon; `label` is what a screen reader says. */
export function RoundButton(props: RoundProps): VNode {
  return (
    <button
      type={props.submit === true ? 'submit' : 'button'}
      class={`round ${props.class ?? ''}`}
      aria-label={props.label}
      title={props.label}
      disabled={props.disabled === true}
      data-testid={props.testId}
      onClick={() => props.onClick?.()}
    >
      <Icon shapes={props.icon} />
    </button>
  );
}

export function Spinner(): VNode {
  return <span class="spinner" aria-hidden="true" />;
}

/** How the link is, in colour and shape; the sentence beside it says the same. */
export function LinkDot({ state }: { state: DotState }): VNode {
  return <span class={`dot dot-${state}`} aria-hidden="true" data-testid="link-dot" data-state={state} />;
}

/** What people see as the first letter, also where it is made of several characters. */
function firstLetter(name: string): string {
  const trimmed = name.trim();
  const first =
    typeof Intl.Segmenter === 'function'
      ? [...new Intl.Segmenter().segment(trimmed)][0]?.segment
      : String.fromCodePoint(trimmed.codePointAt(0) ?? 0x2022);
  return (first ?? '•').toLocaleUpperCase();
}

/** The first letter of a name in a circle. */
export function Avatar({ name, large = false }: { name: string; large?: boolean }): VNode {
  const letter = firstLetter(name);
  return (
    <span class={large ? 'avatar avatar-large' : 'avatar'} aria-hidden="true">
      {letter}
    </span>
  );
}

/** A heading that takes the focus when its screen appears, so that it is read out. */
export function Heading({ children, testId }: { children: ComponentChildren; testId?: string }): VNode {
  const ref = useRef<HTMLHeadingElement>(null);
  useEffect(() => ref.current?.focus({ preventScroll: true }), []);
  return (
    <h1 ref={ref} tabIndex={-1} data-testid={testId}>
      {children}
    </h1>
  );
}

/** A screen with one thing to say: a mark, a heading, a sentence, and what to do. */
export function Message(props: {
  readonly mark: ComponentChildren;
  readonly title: string;
  readonly children?: ComponentChildren;
  readonly actions?: ComponentChildren;
  readonly tone?: 'plain' | 'warn' | 'stop';
}): VNode {
  return (
    <main class={`message message-${props.tone ?? 'plain'}`}>
      <div class="message-body">
        <div class="mark">{props.mark}</div>
        <Heading testId="error-title">{props.title}</Heading>
        {props.children}
      </div>
      {props.actions !== undefined && <div class="message-actions">{props.actions}</div>}
    </main>
  );
}

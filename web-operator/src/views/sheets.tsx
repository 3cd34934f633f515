/** Sheets over the room: what the lock means, and the small menu. */
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import folder from 'icon:folder-open';
import leave from 'icon:log-out';
import shield from 'icon:shield-check';
import x from 'icon:x';
import type { AppState } from '../state/model';
import { Button, RoundButton, useUi } from './ui';
import { useName } from './name';
import { Words } from './words';

/** Closes by its button, by Escape, and by a tap beside it. */
export function Sheet({ title, children }: { title: string; children: ComponentChildren }): VNode {
  const { say, commands } = useUi();
  const sheet = useRef<HTMLElement>(null);
  const close = (): void => commands.panel('none');
  useEffect(() => {
    const before = document.activeElement;
    sheet.current?.focus();
    return () => {
      if (before instanceof HTMLElement) {
        before.focus();
      }
    };
  }, []);
  return (
    <div
      class="sheet-back"
      onClick={(event) => event.target === event.currentTarget && close()}
      onKeyDown={(event) => event.key === 'Escape' && close()}
    >
      <section class="sheet" role="dialog" aria-modal="true" aria-label={title} tabIndex={-1} ref={sheet}>
        <header class="sheet-head">
          <h2>{title}</h2>
          <RoundButton icon={x} label={say('menu-close')} onClick={close} />
        </header>
        {children}
      </section>
    </div>
  );
}

export function LockSheet({ state }: { state: AppState }): VNode {
  const { say } = useUi();
  const name = useName(state);
  const { words, numbers, verified } = state.session;
  return (
    <Sheet title={say('lock-title')}>
      <p>{say('lock-text', { name })}</p>
      {verified && <p class="proved">{say('lock-proved', { name })}</p>}
      {words.length > 0 && (
        <>
          <p>{say('lock-words', { name })}</p>
          <Words words={words} numbers={numbers} />
        </>
      )}
    </Sheet>
  );
}

export function MenuSheet({ state }: { state: AppState }): VNode {
  const { say, commands } = useUi();
  const name = useName(state);
  return (
    <Sheet title={say('menu-label')}>
      <Button icon={folder} onClick={() => commands.panel('files')} testId="menu-files">
        {say('files-title')}
      </Button>
      <Button icon={shield} onClick={() => commands.panel('lock')}>
        {say('menu-words', { name })}
      </Button>
      <Button icon={leave} kind="danger" onClick={commands.leave}>
        {say('menu-leave')}
      </Button>
    </Sheet>
  );
}

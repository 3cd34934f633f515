/** A field for the whole link, for people whose link was cut or lost. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { Button, useUi } from './ui';

export function PasteLink(): VNode {
  const { say, commands } = useUi();
  const [text, setText] = useState('');
  const [wrong, setWrong] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setWrong(!(await commands.openPasted(text)));
  };
  return (
    <form class="paste" onSubmit={(event) => void submit(event)}>
      <label class="field">
        <span>{say('paste-label')}</span>
        <input
          type="url"
          inputMode="url"
          value={text}
          placeholder="https://…/#…"
          autocomplete="off"
          spellcheck={false}
          data-testid="paste-link"
          onInput={(event) => {
            setText(event.currentTarget.value);
            setWrong(false);
          }}
        />
      </label>
      {wrong && (
        <p class="said" role="alert">
          {say('paste-wrong')}
        </p>
      )}
      <Button kind="primary" submit disabled={text.trim() === ''} testId="error-action">
        {say('remedy-paste-link')}
      </Button>
    </form>
  );
}

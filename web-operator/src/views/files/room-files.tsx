/** Files of the room beside the chat's own cards: those still being read, what went wrong, and where to drop. */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import upload from 'icon:upload';
import warning from 'icon:triangle-alert';
import { Icon } from '../icon';
import { useUi } from '../ui';
import { Card } from './card';
import { filesOf } from './dropped';
import { useFiles } from './use-files';
import { sizeText } from './words';

/** Files that were chosen and are not a message yet. */
export function Preparing({ expertName }: { expertName: string }): VNode | null {
  const { files } = useFiles();
  const reading = files.filter((file) => file.blob === '');
  if (reading.length === 0) return null;
  return (
    <>
      {reading.map((file) => (
        <article key={file.id} class="bubble bubble-mine bubble-file">
          <Card file={file} expertName={expertName} />
        </article>
      ))}
    </>
  );
}

/** The last thing that went wrong: what, about which file, and what to do. */
export function FileProblem(): VNode | null {
  const { say } = useUi();
  const { files: port } = useUi();
  const { problem, maxBytes } = useFiles();
  if (problem === null) return null;
  const words = { file: problem.name, limit: sizeText(maxBytes, say.language) };
  return (
    <div class="strip file-problem" role="alert" data-testid="file-problem">
      <Icon shapes={warning} size={20} />
      <p>
        <strong>{say(problem.id, words)}</strong>
        <span>{say(`${problem.id}-do`, words)}</span>
      </p>
      <button type="button" class="strip-action" onClick={() => port.dismiss()}>
        {say('remedy-none')}
      </button>
    </div>
  );
}

/** Takes what is dropped anywhere on the page, and pasted pictures. */
export function DropZone(): VNode | null {
  const { say, commands } = useUi();
  const [over, setOver] = useState(false);
  useEffect(() => {
    const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;
    const drag = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      setOver(false);
      const { dataTransfer } = event;
      if (dataTransfer === null || !hasFiles(event)) return;
      // Otherwise the browser leaves the page and opens the file.
      event.preventDefault();
      void filesOf(dataTransfer).then((files) => files.length > 0 && commands.sendFiles(files));
    };
    const paste = (event: ClipboardEvent): void => {
      const { clipboardData } = event;
      if (clipboardData === null || clipboardData.files.length === 0) return;
      event.preventDefault();
      commands.sendFiles([...clipboardData.files]);
    };
    document.addEventListener('dragover', drag);
    document.addEventListener('dragleave', leave);
    document.addEventListener('drop', drop);
    document.addEventListener('paste', paste);
    return () => {
      document.removeEventListener('dragover', drag);
      document.removeEventListener('dragleave', leave);
      document.removeEventListener('drop', drop);
      document.removeEventListener('paste', paste);
    };
  }, [commands]);
  if (!over) return null;
  return (
    <div class="drop-zone" aria-hidden="true">
      <Icon shapes={upload} size={32} />
      <p>{say('drop-here')}</p>
    </div>
  );
}

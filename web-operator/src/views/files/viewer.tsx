/** A picture or video over everything, as large as the screen: back with one tap. */
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import save from 'icon:save';
import x from 'icon:x';
import type { FileItem } from '../../session/show';
import { RoundButton, useUi } from '../ui';
import { saveFile } from './saving';
import type { Preview } from './use-files';

export function Viewer({
  file,
  preview,
  close,
}: {
  file: FileItem;
  preview: Preview;
  close: () => void;
}): VNode {
  const { say, files } = useUi();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    box.current?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <div
      class="viewer"
      role="dialog"
      aria-modal="true"
      aria-label={file.name}
      tabIndex={-1}
      ref={box}
      data-testid="file-viewer"
      onKeyDown={(event) => event.key === 'Escape' && close()}
    >
      <header class="viewer-head">
        <RoundButton icon={x} label={say('menu-close')} onClick={close} testId="viewer-close" />
        <p dir="auto">{file.name}</p>
        <RoundButton
          icon={save}
          label={say('file-save', { file: file.name })}
          onClick={() => void saveFile(files, file)}
        />
      </header>
      <div class="viewer-stage" onClick={(event) => event.target === event.currentTarget && close()}>
        <img src={preview.url} alt={file.name} decoding="async" />
      </div>
    </div>
  );
}

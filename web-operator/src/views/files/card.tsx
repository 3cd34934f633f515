/** A file in the chat: what it is, how far it is, and what can be done with it. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import download from 'icon:download';
import eye from 'icon:eye';
import pause from 'icon:pause';
import play from 'icon:play';
import retry from 'icon:rotate-cw';
import save from 'icon:save';
import x from 'icon:x';
import type { FileItem, Progress } from '../../session/show';
import { useGone } from '../gone';
import { Icon } from '../icon';
import { RoundButton, useUi } from '../ui';
import { openPdf, saveFile } from './saving';
import { useFileOf, usePreview } from './use-files';
import { Viewer } from './viewer';
import { iconOf, kindText, lineOf, sizeText } from './words';

export interface CardProps {
  readonly blob: string;
  readonly author: string;
  readonly mine: boolean;
  readonly expertName: string;
}

/** The card of a message; its place is held while the shelf is being read. */
export function FileCard({ blob, author, mine, expertName }: CardProps): VNode {
  const { say } = useUi();
  const file = useFileOf(blob, author, mine);
  const gone = useGone(file === null);
  if (file === null) {
    return (
      <div class="file-card file-card-empty" aria-busy={!gone}>
        {gone && <p data-testid="file-gone">{say('file-gone')}</p>}
      </div>
    );
  }
  return <Card file={file} expertName={expertName} />;
}

export function Card({ file, expertName }: { file: FileItem; expertName: string }): VNode {
  const { say } = useUi();
  const here = file.state === 'here' && file.blob !== '';
  const preview = usePreview(file.blob, here && looksShown(file));
  const [open, setOpen] = useState(false);
  const [broken, setBroken] = useState(false);
  const shown = broken ? null : preview;
  return (
    <div
      class={`file-card ${shown == null ? '' : 'file-card-wide'}`}
      data-testid="file-card"
      data-state={file.state}
      data-delivery={file.delivery}
      data-name={file.name}
    >
      {shown?.type.startsWith('image/') === true && (
        <button
          type="button"
          class="file-picture"
          aria-label={say('file-open-label', { file: file.name })}
          onClick={() => setOpen(true)}
        >
          <img
            src={shown.url}
            alt=""
            width={shown.size?.width}
            height={shown.size?.height}
            decoding="async"
            data-testid="file-image"
            onError={() => setBroken(true)}
          />
        </button>
      )}
      {shown?.type.startsWith('video/') === true && (
        <video
          class="file-video"
          src={shown.url}
          controls
          playsInline
          preload="metadata"
          aria-label={file.name}
          data-testid="file-video"
          onError={() => setBroken(true)}
        />
      )}
      <FileRow file={file} expertName={expertName} />
      {open && shown != null && <Viewer file={file} preview={shown} close={() => setOpen(false)} />}
    </div>
  );
}

/** Name, line, bar and buttons: the same in the chat and on the shelf. */
export function FileRow({
  file,
  expertName,
  from = null,
}: {
  file: FileItem;
  expertName: string;
  /** Who sent it, where that is not plain from the place. */
  from?: string | null;
}): VNode {
  const { say } = useUi();
  const name = expertName === '' ? say('lock-fallback-name') : expertName;
  const line = lineOf(file, say, name);
  const kind = kindText(file.name);
  const facts = [from, sizeText(file.size, say.language), kind].filter(
    (fact) => fact !== null && fact !== '',
  );
  return (
    <div class="file-row">
      <span class="file-icon">
        <Icon shapes={iconOf(file)} size={24} />
      </span>
      <div class="file-words">
        <p class="file-name" dir="auto" title={file.name}>
          <NameText name={file.name} />
        </p>
        <p class="file-facts">{facts.join(' · ')}</p>
      </div>
      <Buttons file={file} />
      {(line.text !== '' || line.progress !== null) && (
        <div class={`file-line file-line-${line.tone}`} role="status">
          {line.progress !== null && <Bar progress={line.progress} label={file.name} />}
          <p data-testid="file-line">{line.text}</p>
        </div>
      )}
    </div>
  );
}

/** Characters of a name's end, with the ending that tells its kind. */
const NAME_END = 7;

/** The end of a long name stays in view: it says what kind of file it is. */
function NameText({ name }: { name: string }): VNode {
  const characters = Array.from(name);
  if (characters.length <= 2 * NAME_END) return <span>{name}</span>;
  return (
    <>
      <span>{characters.slice(0, -NAME_END).join('')}</span>
      <span class="file-name-end">{characters.slice(-NAME_END).join('')}</span>
    </>
  );
}

function Bar({ progress, label }: { progress: Progress; label: string }): VNode {
  const percent = progress.size === 0 ? 0 : Math.floor((100 * progress.have) / progress.size);
  return <progress class="file-bar" max={100} value={percent} aria-label={label} />;
}

function Buttons({ file }: { file: FileItem }): VNode {
  const { say, files, commands } = useUi();
  const { id, state, mine, delivery } = file;
  const act = (what: 'fetch' | 'pause' | 'resume' | 'cancel') => () => commands.fileAct(id, what);
  const button = (icon: Parameters<typeof RoundButton>[0]['icon'], word: string, go: () => void): VNode => (
    <RoundButton
      icon={icon}
      label={say(`file-${word}`, { file: file.name })}
      onClick={go}
      testId={`file-${word}`}
    />
  );
  const reading = mine && file.blob === '';
  const sending = mine && !reading && delivery !== 'delivered';
  const moving = state === 'arriving' || state === 'waiting';
  const isPdf = state === 'here' && file.mediaType === 'application/pdf';
  return (
    <div class="file-buttons">
      {state === 'offered' && button(download, 'fetch', act('fetch'))}
      {state === 'refused' && button(retry, 'again', act('fetch'))}
      {state === 'paused' && button(play, 'resume', act('resume'))}
      {((moving && !reading) || (sending && state === 'here' && file.sent !== null)) &&
        button(pause, 'pause', act('pause'))}
      {(moving || state === 'paused' || reading || sending) && button(x, 'cancel', act('cancel'))}
      {isPdf && !sending && button(eye, 'open', () => void openPdf(files, file))}
      {state === 'here' && !mine && button(save, 'save', () => void saveFile(files, file))}
    </div>
  );
}

/** What may turn out to be a picture or a video: only then the bytes are looked at. */
function looksShown({ mediaType, name }: FileItem): boolean {
  return (
    /^(image|video)\//.test(mediaType) || /\.(jpe?g|png|gif|webp|avif|heic|bmp|mp4|mov|webm|3gp)$/i.test(name)
  );
}

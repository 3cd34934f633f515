/** A document page by page: turned freely, or together with the expert; the file itself on demand. */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import download from 'icon:download';
import file from 'icon:file-text';
import left from 'icon:chevron-left';
import pencil from 'icon:pencil';
import right from 'icon:chevron-right';
import users from 'icon:users';
import { decodePicture } from '../board/picture';
import type { FileItem, PagePicture, StrokeItem } from '../session/show';
import type { AppState } from '../state/model';
import { saveFile } from '../views/files/saving';
import { useGone } from '../views/gone';
import { Icon } from '../views/icon';
import { Button, RoundButton, Spinner, useUi } from '../views/ui';
import { Frame } from './frame';
import { kept, mayWrite, useBlob, useFiles } from './hooks';
import { PictureStage } from './picture-stage';
import { isReadable, TextPages } from './text-pages';

interface PageCardProps {
  readonly state: AppState;
  readonly id: string;
  /** The page that the expert, or the person's own tap, asked for. */
  readonly wanted: number;
}

const LOOK_HAND = { mode: 'look', tool: 'pen', ink: 'red' } as const;
const NO_STROKES: readonly StrokeItem[] = [];
const NO_EVENTS = {
  preview: (): void => undefined,
  draw: (): void => undefined,
  erase: (): void => undefined,
  point: (): void => undefined,
};

export function PageCard({ state, id, wanted }: PageCardProps): VNode {
  const { say } = useUi();
  const item = useFiles().files.find((one) => one.id === id);
  const from = state.shown.from ?? item?.authorName ?? '';
  const gone = useGone(item === undefined);
  if (item === undefined) {
    return (
      <Frame state={state} name="page" dark title={say('page-from', { name: from })}>
        <div class="picture-stage">
          <div class="picture-wait" role="status">
            {gone ? <Icon shapes={file} size={48} /> : <Spinner />}
            <p data-testid="page-wait">{say(gone ? 'file-gone' : 'picture-coming')}</p>
          </div>
        </div>
      </Frame>
    );
  }
  return <Document state={state} item={item} wanted={wanted} from={from} />;
}

function pagesOf(item: FileItem): number {
  return item.kind === 'document' ? Math.max(item.pages, item.shown.length) : 1;
}

interface DocumentProps {
  readonly state: AppState;
  readonly item: FileItem;
  readonly wanted: number;
  readonly from: string;
}

function Document({ state, item, wanted, from }: DocumentProps): VNode {
  const { say, show, commands } = useUi();
  const all = pagesOf(item);
  const within = (page: number): number => Math.min(all - 1, Math.max(0, page));
  const [page, setPage] = useState(() => within(wanted));
  const [following, setFollowing] = useState(true);
  useEffect(() => {
    if (following) {
      setPage(within(wanted));
    }
  }, [wanted, following, all]);
  const turn = (to: number): void => {
    setFollowing(false);
    setPage(within(to));
  };
  const picture = item.shown.find((one) => one.page === page);
  const image = useImageSize(item.kind === 'file' && item.mediaType.startsWith('image/') ? item : null);
  const shown = picture ?? image;
  const drawOn = async (what: PagePicture): Promise<void> => {
    const title = all > 1 ? kept(say('page-title', { name: item.name, page: page + 1 })) : item.name;
    const board = await show.boardOf(what.blob, what.width, what.height, title);
    if (board !== null) {
      commands.card({ is: 'board', board });
    }
  };
  const readable = shown === undefined && item.kind === 'file' && isReadable(item);
  return (
    <Frame
      state={state}
      name="page"
      dark={!readable}
      title={item.name}
      hint={
        all > 1
          ? say('page-hint', { page: page + 1, all, name: item.authorName })
          : from && say('page-from', { name: from })
      }
    >
      {shown !== undefined ? (
        <PictureStage
          key={shown.blob}
          blob={shown.blob}
          size={shown}
          board={null}
          strokes={NO_STROKES}
          hand={LOOK_HAND}
          label={all > 1 ? say('page-label', { page: page + 1, all }) : item.name}
          events={NO_EVENTS}
        />
      ) : readable ? (
        <TextPages item={item} />
      ) : (
        <div class="picture-stage">
          <div class="picture-wait" role="status">
            {item.kind === 'document' ? <Spinner /> : <Icon shapes={file} size={48} />}
            <p>{say(item.kind === 'document' ? 'picture-coming' : 'page-no-preview')}</p>
          </div>
        </div>
      )}
      <div class="page-foot">
        {!following && all > 1 && wanted !== page && (
          <button
            type="button"
            class="page-follow"
            onClick={() => setFollowing(true)}
            data-testid="page-follow"
          >
            <Icon shapes={users} size={20} />
            <span>{say('page-follow', { name: from, page: wanted + 1 })}</span>
          </button>
        )}
        <nav class="page-nav">
          {all > 1 && (
            <RoundButton
              class="large"
              icon={left}
              label={say('page-back')}
              disabled={page === 0}
              onClick={() => turn(page - 1)}
              testId="page-back"
            />
          )}
          <div class="page-acts">
            {shown !== undefined && mayWrite(state) && (
              <Button icon={pencil} onClick={() => void drawOn(shown)} testId="page-draw">
                {say('page-draw')}
              </Button>
            )}
            <TheFile item={item} />
          </div>
          {all > 1 && (
            <RoundButton
              class="large"
              icon={right}
              label={say('page-forward')}
              disabled={page === all - 1}
              onClick={() => turn(page + 1)}
              testId="page-forward"
            />
          )}
        </nav>
      </div>
    </Frame>
  );
}

/** An image file as the one page that it is; its size is known once it was decoded. */
function useImageSize(item: FileItem | null): PagePicture | undefined {
  const here = useBlob(item?.blob ?? null);
  const [size, setSize] = useState<PagePicture | undefined>(undefined);
  useEffect(() => {
    if (item === null || here.is !== 'here') {
      return;
    }
    void decodePicture(here.file).then((bitmap) => {
      if (bitmap !== null) {
        setSize({ page: 0, blob: item.blob, width: bitmap.width, height: bitmap.height });
        bitmap.close();
      }
    });
  }, [here]);
  return size;
}

/** The file itself: fetched when it is asked for, then saved by the browser. */
function TheFile({ item }: { item: FileItem }): VNode | null {
  const { say, files } = useUi();
  switch (item.state) {
    case 'here':
      return (
        <Button icon={download} onClick={() => void saveFile(files, item)} testId="page-save">
          {say('page-save')}
        </Button>
      );
    case 'offered':
    case 'paused':
      return (
        <Button
          icon={download}
          onClick={() => files.act(item.id, item.state === 'paused' ? 'resume' : 'fetch')}
          testId="page-fetch"
        >
          {say('page-fetch')}
        </Button>
      );
    case 'arriving':
    case 'waiting':
      return (
        <Button busy>
          {say('page-fetching', { percent: Math.floor((item.progress.have / Math.max(1, item.size)) * 100) })}
        </Button>
      );
    case 'refused':
      return null;
  }
}

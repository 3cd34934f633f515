/** Views that a call does not need before it starts, in place before their code is there. */
import type { Say } from '../i18n/language';
import { lazy } from './lazy';
import { loadStyle } from './style';

/** Code and its style come together: nothing is drawn without either. */
async function styled<M extends { readonly style: string }>(loading: Promise<M>): Promise<M> {
  const loaded = await loading;
  await loadStyle(loaded.style);
  return loaded;
}

const files = () => styled(import('./files/index'));

export const FileCard = lazy(
  async () => (await files()).FileCard,
  <div class="file-place" aria-busy="true" />,
);
export const Preparing = lazy(async () => (await files()).Preparing);
export const FileProblem = lazy(async () => (await files()).FileProblem);
export const DropZone = lazy(async () => (await files()).DropZone);
export const ShelfSheet = lazy(async () => (await files()).ShelfSheet);
const places = () => import('./places');
const sheets = () => import('./sheets');

export const LockSheet = lazy(async () => (await sheets()).LockSheet);
export const MenuSheet = lazy(async () => (await sheets()).MenuSheet);
export const CameraScreen = lazy(async () => (await import('./camera-problem')).CameraScreen);
export const Sessions = lazy(async () => (await places()).Sessions);
export const Ended = lazy(async () => (await places()).Ended);
export const Elsewhere = lazy(async () => (await places()).Elsewhere);
export const InAppScreen = lazy(async () => (await places()).InAppScreen);
export const TooOld = lazy(async () => (await places()).TooOld);
export const Live = lazy(async () => (await styled(import('./live'))).Live);

/** Fetches them all while the person reads: none is waited for when it is needed. */
export async function preloadViews(say: Say): Promise<void> {
  const views = [
    FileCard,
    Preparing,
    FileProblem,
    DropZone,
    ShelfSheet,
    Live,
    Sessions,
    Ended,
    Elsewhere,
    InAppScreen,
    TooOld,
    LockSheet,
    MenuSheet,
    CameraScreen,
  ];
  // Words that did not come are fetched again with the first thing that needs them.
  const words = say.more().catch(() => undefined);
  await Promise.all([words, ...views.map((view) => view.preload())]);
}

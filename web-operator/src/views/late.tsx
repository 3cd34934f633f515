/** Views that a call does not need before it starts, in place before their code is there. */
import { lazy } from './lazy';

const files = () => import('./files/index');

export const FileCard = lazy(
  async () => (await files()).FileCard,
  <div class="file-place" aria-busy="true" />,
);
export const Preparing = lazy(async () => (await files()).Preparing);
export const FileProblem = lazy(async () => (await files()).FileProblem);
export const DropZone = lazy(async () => (await files()).DropZone);
export const ShelfSheet = lazy(async () => (await files()).ShelfSheet);
export const Live = lazy(async () => (await import('./live')).Live);

/** Fetches them all while the person reads: none is waited for when it is needed. */
export async function preloadViews(): Promise<void> {
  const views = [FileCard, Preparing, FileProblem, DropZone, ShelfSheet, Live];
  await Promise.all(views.map((view) => view.preload()));
}

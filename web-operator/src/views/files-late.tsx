/** The views of files, in place before their code is there. */
import { lazy } from './lazy';

const load = () => import('./files/index');

export const FileCard = lazy(
  async () => (await load()).FileCard,
  <div class="file-place" aria-busy="true" />,
);
export const Preparing = lazy(async () => (await load()).Preparing);
export const FileProblem = lazy(async () => (await load()).FileProblem);
export const DropZone = lazy(async () => (await load()).DropZone);
export const ShelfSheet = lazy(async () => (await load()).ShelfSheet);

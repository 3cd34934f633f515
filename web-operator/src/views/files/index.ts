/** Everything of files that is drawn: one chunk, fetched when there is a room to draw it in. */
import style from '../../styles/files.css?url';

export { style };
export { FileCard } from './card';
export { DropZone, FileProblem, Preparing } from './room-files';
export { ShelfSheet } from './shelf';

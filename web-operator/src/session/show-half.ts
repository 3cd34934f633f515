/** What a session shows beyond chat and files, as one piece that is fetched while the session opens. */
export { LivePort } from './live-port.ts';
export { ShowDocuments } from './show-port.ts';

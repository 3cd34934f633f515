/** What a person can do: views call these and nothing else. */
import type { FileAct } from '../session/show';
import type { Panel } from '../state/model';
import type { Card } from '../state/shown';

export interface Commands {
  readonly setName: (name: string) => void;
  /** The tap on Join. */
  readonly join: () => void;
  readonly resume: (key: string) => void;
  readonly forget: (key: string) => void;
  /** False: the text is empty or too long and stays in the field. */
  readonly say: (text: string) => boolean;
  /** Each becomes a message of its own. */
  readonly sendFiles: (files: readonly File[]) => void;
  readonly fileAct: (id: string, act: FileAct) => void;
  /** Says for a moment that something was done, by message id. */
  readonly confirm: (id: string) => void;
  /** Show the camera; also the answer "Show" to the expert's question. */
  readonly show: () => void;
  readonly notNow: () => void;
  readonly stop: () => void;
  readonly undoStop: () => void;
  readonly flip: () => void;
  /** Back to the chat from a camera problem. */
  readonly withoutCamera: () => void;
  readonly panel: (panel: Panel) => void;
  readonly leave: () => void;
  readonly retry: () => void;
  readonly useHere: () => void;
  readonly reload: () => void;
  readonly sessions: () => void;
  /** Writes to the expert by other means that a new link is needed. */
  readonly askNewLink: () => void;
  readonly copy: (text: string) => void;
  /** Opens a pasted link; false when it is not one. */
  readonly openPasted: (text: string) => Promise<boolean>;
  /** Opens a board, steps, a page or a text over the screen; null closes it. */
  readonly card: (card: Card | null) => void;
  /** Makes a board of what the camera shows. */
  readonly freeze: () => void;
  /** The answer to an expert who asks for a sharp photo: from the running camera, or a picture. */
  readonly takePhoto: (picture: Blob | null) => void;
  readonly refusePhoto: () => void;
  /** Stay in another app's built-in browser. */
  readonly stayInApp: () => void;
}

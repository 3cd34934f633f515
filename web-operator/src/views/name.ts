/** The expert's name for a sentence, also before it is known. */
import type { AppState } from '../state/model';
import { useUi } from './ui';

export function useName(state: AppState): string {
  const { say } = useUi();
  return state.session.expertName === '' ? say('lock-fallback-name') : state.session.expertName;
}

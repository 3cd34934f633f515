/** Everything that is shown beside camera and chat, as one piece that the page fetches when it is needed. */
import { style as dark } from '../views/live';
import show from '../styles/show.css?url';

export { Over } from './over';
export { RoomRow } from './room-row';
export { OverStage } from './over-stage';
/** Pictures lie on the same dark ground as the camera. */
export const styles = [dark, show] as const;

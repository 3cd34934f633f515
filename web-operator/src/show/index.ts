/** Everything that is shown beside camera and chat, as one piece that the page fetches when it is needed. */
import style from '../styles/show.css?url';

export { Over } from './over';
export { RoomRow } from './room-row';
export { OverStage } from './over-stage';
export { style };

/** Everything that is shown beside camera and chat, as one piece that the page fetches when it is needed. */
import '../styles/show.css';

export { Over } from './over';
export { RoomRow } from './room-row';
export { OverStage } from './over-stage';

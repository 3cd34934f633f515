/** All that showing the camera takes, as one piece that is fetched while the page is read. */
export { Awake } from '../media/awake';
export { Camera } from '../media/camera';
export { Warm } from '../media/warm';
export { Showing } from './showing';

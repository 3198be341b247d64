import { giveWay } from '../core/index.js';

giveWay();

/** Entry point of the planner's thread. */
export { planDrive } from './plan-drive.js';

/** Entry point of the planner's thread. */
export { planDrive } from './plan-drive.js';

/** Entry point of the estimator's thread. */
export { estimate } from './estimate-task.js';

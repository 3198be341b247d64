/** Entry point of the estimator's thread. */
export { check } from './check-task.js';
export { estimate } from './estimate-task.js';
export { checkSpins } from './spin-check-task.js';
export { estimateSpins } from './spin-estimate-task.js';
export { twin } from '../twin/twin-task.js';
export { dissipation } from '../dissipation/dissipation-task.js';

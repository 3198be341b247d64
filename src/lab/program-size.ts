import type { Program } from '../device/index.js';

/** Sites × shots × duration: what a run takes grows with it. */
export const programSize = ({ sites, shots, duration }: Program): number =>
  sites * shots * duration;

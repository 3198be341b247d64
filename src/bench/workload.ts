import type { Engine } from '../kernels/index.js';

/** What a workload measures: seconds of one run become a figure in the workload's unit. */
export interface Trial {
  /** Does the whole of a fixed piece of work once: 50 ms to 2 s of it, less only on the reference. */
  run(): void;
  /** The figure for one run that took so long, e.g. ms a step, or retrievals a second. */
  figure(seconds: number): number;
  /** Floating-point and integer operations on numbers (not addresses), and bytes that have to move, of one run. */
  readonly operations: number;
  readonly bytes: number;
  /** Throws where what `run` left behind is wrong: energies, fixed points, moments. Called after timing. */
  check(): void;
}

/** A workload of docs/performance.md: exactly the same on every engine, and as the peers of bench/peers do it. */
export interface Workload {
  /** W1 … W7 */
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly lowerIsBetter: boolean;
  /** Sets it up on an engine, with fixed seeds. */
  on(engine: Engine): Trial;
}

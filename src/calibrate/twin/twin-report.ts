import type { Assumption } from './draw-values.js';
import type { TwinComparison } from './compare-twin.js';

/** One job on a device and on its twin: the result of a `twin` job (docs/formats/twin.md). */
export interface TwinReport extends TwinComparison {
  readonly version: 1;
  readonly device: string;
  /** The device's run; its record and result are kept like any other's. */
  readonly run: string;
  /** Hash of the program that ran. */
  readonly programHash: string;
  readonly base: string;
  /** Id of the calibration that the twin is made of. */
  readonly calibration: string;
  /** Reference that is to be retrieved; null: none. */
  readonly target: number | null;
  readonly shots: { readonly device: number; readonly twin: number; readonly draws: number };
  /** Seed of the twin's runs. */
  readonly seed: number;
  readonly assumed: readonly Assumption[];
  readonly warnings: readonly string[];
}

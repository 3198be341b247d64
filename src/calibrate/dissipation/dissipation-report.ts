import type { Assumption } from '../twin/draw-values.js';
import type { Dissipation } from './measure-dissipation.js';

/** Dissipation of a program on a device: the result of a `dissipation` job (docs/formats/dissipation.md). */
export interface DissipationReport extends Dissipation {
  readonly version: 1;
  readonly device: string;
  /** Of the program; its record and result are kept like any other's. */
  readonly run: string;
  readonly programHash: string;
  /** Id of the calibration that the scales come from. */
  readonly calibration: string;
  /** Time between samples, device time; velocities are over `lag` of them. */
  readonly interval: number;
  readonly shots: number;
  readonly responses: {
    /** Of the step up less that of the step down, program energy. */
    readonly field: number;
    /** Of all steps. */
    readonly shots: number;
  };
  /** What one unit of energy and one of time are: currents are in energyJ/timeS watts. */
  readonly units: { readonly energyJ: number; readonly timeS: number };
  readonly seed: number;
  /** Of the largest z, by as many as there are: below 0.001 the device does not do what its calibration says. */
  readonly pValue: number;
  readonly agrees: boolean;
  readonly assumed: readonly Assumption[];
  readonly warnings: readonly string[];
}

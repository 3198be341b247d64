import type { RandomStream } from '../../../core/index.js';
import type { VectorSpins } from './vector-spins.js';

/** One way of moving vector spins in a cavity. Times in 1/ω_z, fields in ω_z, energies in ħω_z per unit of S. */
export interface SemiclassicalKernel {
  readonly spins: VectorSpins;
  /** The state has been set from outside: draws whatever else there is (the light's vacuum). */
  begin(stream: RandomStream): void;
  /** Spins or light have been set from outside, all of them. */
  moved(): void;
  /**
   * @param pump power over threshold during the step
   * @param field longitudinal field h on each spin, energy −h x
   */
  step(dt: number, pump: number, field: Float64Array, stream: RandomStream): void;
  /** What the pump is in the energy: E = control(pump)·pumpTerm() + Σ z − Σ h x + restTerm(). */
  control(pump: number): number;
  pumpTerm(): number;
  restTerm(): number;
}

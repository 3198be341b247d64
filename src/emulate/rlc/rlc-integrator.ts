import type { Potential } from '../langevin/potential.js';
import type { Knobs } from '../langevin/protocol.js';

export const RLC_INTEGRATORS = ['auto', 'exact', 'baoab', 'euler-maruyama'] as const;
export type RlcIntegratorName = Exclude<(typeof RLC_INTEGRATORS)[number], 'auto'>;

/** One way of moving positions and velocities of the free sites by a step at fixed knobs. */
export interface RlcIntegrator {
  readonly name: RlcIntegratorName;
  /** Standard normal numbers that a step takes, for each free site. */
  readonly noisePerSite: 1 | 2;
  /** Sets the step's length and knobs; cheap where neither has changed. */
  prepare(h: number, knobs: Knobs): void;
  /** The state was set from outside: nothing remembered of the last step holds. */
  restart(): void;
  /** @returns −1, or the free site whose quartic force is too stiff for the step */
  advance(z: Float64Array, v: Float64Array, noise: Float64Array): number;
}

/** What an integrator is made for. */
export interface RlcSetting {
  readonly potential: Potential;
  /** γ, one a free site. */
  readonly friction: Float64Array;
  /** One a free site; null where all have the temperature of the knobs. */
  readonly temperatures: Float64Array | null;
  /** Knobs at 0⁻. */
  readonly knobs: Knobs;
  /** Whether the coupling factor, or the quadratic wells, change during the run. */
  readonly couplingVaries: boolean;
  readonly quadraticVaries: boolean;
  /** Largest coupling factor of the run. */
  readonly mostCoupling: number;
  /** Explicit schemes refuse steps in which 12 r x² dt² is above this. */
  readonly stiffestStep: number;
}

export const sameEverywhere = (values: Float64Array): boolean =>
  values.every((v) => v === values[0]);

/** Whether all sites have one friction and one temperature: then modes do not feel each other. */
export const areAlike = ({
  friction,
  temperatures,
}: Pick<RlcSetting, 'friction' | 'temperatures'>): boolean =>
  sameEverywhere(friction) && temperatures === null;

import type { Engine } from '../../../kernels/index.js';
import type { CircuitPlan } from '../circuit-plan.js';
import type { Knobs } from '../protocol.js';
import type { ColumnPotential } from './column-potential.js';

/** A step whose quartic force was too stiff for it. */
export interface StiffStep {
  /** Steps of the call that went well before it. */
  readonly step: number;
  readonly column: number;
  /** Free site. */
  readonly site: number;
}

/** One way of moving the free sites of many shots by steps at fixed knobs: what `Integrator` is to one shot. */
export interface ColumnIntegrator {
  /**
   * Starts shots, once their clamped sites are known and their lanes seeded.
   * @param shots columns that count; those beyond are moved, and may diverge unseen
   */
  begin(shots: number): void;
  /** Sets the step's length and knobs; cheap where neither has changed. */
  prepare(h: number, knobs: Knobs): void;
  /** @returns null, or what was too stiff */
  advance(steps: number): StiffStep | null;
}

/** What the columns of a block share. */
export interface ColumnSetting {
  readonly engine: Engine;
  readonly plan: CircuitPlan;
  readonly potential: ColumnPotential;
  readonly groups: number;
  /** groups × sites × 16 */
  readonly z: Float64Array;
  /** Of `seedShotLanes`, 64 words a group. */
  readonly lanes: Uint32Array;
}

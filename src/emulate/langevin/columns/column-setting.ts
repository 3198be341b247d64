import type { RelaxdError } from '../../../core/index.js';
import type { ResolvedProgram } from '../../../device/index.js';
import type { Engine } from '../../../kernels/index.js';
import type { CircuitPlan } from '../circuit-plan.js';
import type { ReadoutChain } from '../imperfect/readout-chain.js';
import type { InitialStates } from '../initial-state.js';
import type { Potential } from '../potential.js';
import type { Knobs, Protocol } from '../protocol.js';
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

/** What a program means for a circuit, of which shots side by side need this: a {@link CircuitPlan}, or one with inertia. */
export interface ColumnPlan {
  readonly program: ResolvedProgram;
  readonly potential: Potential;
  /** Longest step. */
  readonly dt: number;
  readonly protocol: Protocol;
  /** Knobs at 0⁻. */
  readonly before: Knobs;
  readonly states: InitialStates;
  /** Length of the burn-in; 0: none. */
  readonly burnIn: number;
  /** Bath of each free site; null: one bath. */
  readonly siteBath: Int32Array | null;
  /** Of several baths; empty: one bath. */
  readonly bathTemperatures: readonly number[];
  readonly entropyDefined: boolean;
}

/** Where a run has come to grief. */
export interface ColumnPlace {
  readonly shot: number;
  readonly t: number;
  readonly dt: number;
}

/** A circuit whose shots run side by side. */
export interface ColumnCircuit<P extends ColumnPlan> {
  readonly plan: P;
  makeIntegrator(setting: ColumnSetting<P>): ColumnIntegrator;
  /** Multiply-adds of one call of the integrator, about: a few milliseconds of compiled code. */
  readonly workACall: number;
  /** Sets the velocities that the free sites of a shot start with; null: sites have none. */
  readonly startVelocities: ((shot: number, v: Float64Array) => void) | null;
  /** Makes what reads a shot's states out; null: as they are. */
  readonly makeChain: (() => ReadoutChain) | null;
  diverged(where: ColumnPlace, site: number): RelaxdError;
  tooStiff(where: ColumnPlace, site: number, x: number): RelaxdError;
}

/** What the columns of a block share. */
export interface ColumnSetting<P extends ColumnPlan = CircuitPlan> {
  readonly engine: Engine;
  readonly plan: P;
  readonly potential: ColumnPotential;
  readonly groups: number;
  /** Positions, groups × sites × 16, and after them velocities, where sites have any. */
  readonly state: Float64Array;
  readonly z: Float64Array;
  /** Of `seedShotLanes`, 64 words a group. */
  readonly lanes: Uint32Array;
}

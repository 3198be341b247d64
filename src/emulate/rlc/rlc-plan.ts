import { RandomStream } from '../../core/index.js';
import { bathsOf } from '../baths.js';
import { circuitDefinitions, drawsEquilibrium } from '../langevin/circuit-thermodynamics.js';
import { EquilibriumSampler } from '../langevin/equilibrium.js';
import { InitialStates } from '../langevin/initial-state.js';
import { Potential } from '../langevin/potential.js';
import {
  KNOB,
  knobVaries,
  makeProtocol,
  mostOf,
  type Knobs,
  type Protocol,
} from '../langevin/protocol.js';
import type { RlcProgram } from './realise-rlc.js';
import type { RlcIntegratorName, RlcSetting } from './rlc-integrator.js';
import { chooseRlcIntegrator, rlcStiffness } from './rlc-integrators.js';
import { defaultRlcStep } from './rlc-step-length.js';

/** BAOAB and Euler–Maruyama refuse steps in which 12 r x² dt² is above this. */
export const STIFFEST_RLC_STEP = 1;

/** What a program means for an underdamped circuit: everything that does not depend on how its shots are run. */
export class RlcPlan {
  readonly potential: Potential;
  readonly setting: RlcSetting;
  readonly integrator: RlcIntegratorName;
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
  private readonly drawn: boolean;

  constructor(
    readonly program: RlcProgram,
    times: Float64Array,
  ) {
    const potential = new Potential(program);
    this.potential = potential;
    const { baths, siteBath, siteTemperature } = bathsOf(program);
    const coarse = makeProtocol(program, times, Infinity);
    this.setting = rlcSetting(program, potential, siteTemperature, coarse);
    const named = program.dynamics.integrator ?? 'auto';
    this.integrator =
      named === 'auto' ? chooseRlcIntegrator(this.setting) : (named as RlcIntegratorName);
    const still = coarse.before.every((_, k) => !knobVaries(coarse, k));
    this.dt =
      program.dynamics.dt ??
      defaultRlcStep(
        this.integrator,
        rlcStiffness(this.integrator, this.setting),
        this.setting.friction.reduce((a, b) => Math.min(a, b), Infinity),
        siteBath !== null,
        still,
      );
    this.protocol = makeProtocol(program, times, this.dt);
    this.before = coarse.before;
    this.drawn = drawsEquilibrium(program);
    this.states = new InitialStates(
      program,
      potential,
      this.drawn ? new EquilibriumSampler(potential, coarse.before) : null,
    );
    this.burnIn = this.drawn ? 0 : (program.dynamics.burnIn ?? 0);
    this.siteBath =
      siteBath === null ? null : Int32Array.from(potential.free, (site) => siteBath[site]!);
    this.bathTemperatures = siteBath === null ? [] : baths.map((bath) => bath.temperature);
    this.entropyDefined = circuitDefinitions(program).noEntropy === null;
  }

  /** Sets the velocities that a shot starts with: at rest unless it is drawn from the Gibbs state. */
  startVelocities(shot: number, v: Float64Array): void {
    v.fill(0);
    if (!this.drawn) return;
    const spread = Math.sqrt(this.before[KNOB.temperature]!);
    const stream = RandomStream.of(this.program.seed, 'velocity', shot);
    for (let i = 0; i < v.length; i++) v[i] = spread * stream.normal();
  }
}

/** What an integrator of a program is made for. */
export function rlcSetting(
  program: RlcProgram,
  potential: Potential,
  siteTemperature: Float64Array | null,
  coarse: Protocol,
): RlcSetting {
  const pick = (values: Float64Array): Float64Array =>
    Float64Array.from(potential.free, (site) => values[site]!);
  return {
    potential,
    friction: pick(program.friction),
    temperatures: siteTemperature === null ? null : pick(siteTemperature),
    knobs: coarse.before,
    couplingVaries: knobVaries(coarse, KNOB.coupling),
    quadraticVaries: knobVaries(coarse, KNOB.quadratic),
    mostCoupling: mostOf(coarse, KNOB.coupling),
    stiffestStep: STIFFEST_RLC_STEP,
  };
}

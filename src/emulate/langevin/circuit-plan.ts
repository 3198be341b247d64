import type { ResolvedProgram } from '../../device/index.js';
import type { Engine } from '../../kernels/index.js';
import { bathsOf } from '../baths.js';
import { circuitDefinitions, drawsEquilibrium } from './circuit-thermodynamics.js';
import { EquilibriumSampler } from './equilibrium.js';
import { InitialStates } from './initial-state.js';
import {
  chooseIntegrator,
  makeIntegrator,
  STIFFEST_EXPLICIT_STEP,
  type Integrator,
  type IntegratorName,
  type IntegratorSetting,
} from './integrators.js';
import { Potential } from './potential.js';
import { KNOB, knobVaries, makeProtocol, mostOf, type Knobs, type Protocol } from './protocol.js';
import { defaultStep } from './step-length.js';

/** What a program means for an ideal circuit: everything that does not depend on how its shots are run. */
export class CircuitPlan {
  readonly potential: Potential;
  readonly setting: IntegratorSetting;
  /** For one shot. */
  readonly integrator: Integrator;
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

  constructor(
    readonly program: ResolvedProgram,
    times: Float64Array,
  ) {
    const potential = new Potential(program);
    this.potential = potential;
    const { baths, siteBath, siteTemperature } = bathsOf(program);
    const pick = <A extends Int32Array | Float64Array>(values: A): A =>
      (values as Float64Array).filter((_, i) => !program.clamped.includes(i)) as A;
    const coarse = makeProtocol(program, times, Infinity);
    this.setting = {
      potential,
      temperatures: siteTemperature === null ? null : pick(siteTemperature),
      knobs: coarse.before,
      couplingVaries: knobVaries(coarse, KNOB.coupling),
      mostCoupling: mostOf(coarse, KNOB.coupling),
      stiffestStep: STIFFEST_EXPLICIT_STEP,
    };
    const named = program.dynamics.integrator ?? 'auto';
    const name = named === 'auto' ? chooseIntegrator(this.setting) : (named as IntegratorName);
    this.integrator = makeIntegrator(name, this.setting);
    const still = coarse.before.every((_, k) => !knobVaries(coarse, k));
    this.dt =
      program.dynamics.dt ?? defaultStep(name, this.integrator.stiffness, siteBath !== null, still);
    this.protocol = makeProtocol(program, times, this.dt);
    this.before = coarse.before;
    const exact = drawsEquilibrium(program);
    this.states = new InitialStates(
      program,
      potential,
      exact ? new EquilibriumSampler(potential, coarse.before) : null,
    );
    this.burnIn = exact ? 0 : (program.dynamics.burnIn ?? 0);
    this.siteBath = siteBath === null ? null : pick(siteBath);
    this.bathTemperatures = siteBath === null ? [] : baths.map((bath) => bath.temperature);
    this.entropyDefined = circuitDefinitions(program).noEntropy === null;
  }

  /** Shots run one by one: their products are taken on an engine, until its scratch is taken back. */
  accelerate(engine: Engine): void {
    this.potential.coupling.accelerate(engine);
    this.integrator.accelerate?.(engine);
  }
}

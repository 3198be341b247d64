import { RandomStream, RelaxdError } from '../../core/index.js';
import { fillNormal, LANE_STATE, LANES, seedLanes, type Engine } from '../../kernels/index.js';
import { bathsOf } from '../baths.js';
import { circuitThermodynamics, drawsEquilibrium } from '../langevin/circuit-thermodynamics.js';
import { EquilibriumSampler } from '../langevin/equilibrium.js';
import { InitialStates } from '../langevin/initial-state.js';
import { energyFromScratch, Potential } from '../langevin/potential.js';
import {
  KNOB,
  knobVaries,
  makeProtocol,
  mostOf,
  type Knobs,
  type Protocol,
  type Segment,
} from '../langevin/protocol.js';
import { Ramp } from '../langevin/ramp.js';
import { runShots, type ShotRun } from '../langevin/run-shots.js';
import { SignOverlaps } from '../langevin/sign-overlaps.js';
import { requireAlgorithm } from '../require-algorithm.js';
import type { Simulate, SimulationTask } from '../simulation.js';
import type { RlcProgram } from './realise-rlc.js';
import { kineticEnergy, RlcAccount } from './rlc-account.js';
import type { RlcIntegrator, RlcIntegratorName, RlcSetting } from './rlc-integrator.js';
import { chooseRlcIntegrator, makeRlcIntegrator } from './rlc-integrators.js';
import { defaultRlcStep } from './rlc-step-length.js';

/** BAOAB and Euler–Maruyama refuse steps in which 12 r x² dt² is above this. */
export const STIFFEST_RLC_STEP = 1;
/** Steps between two reports of progress inside a segment. */
const STEPS_A_REPORT = 1024;

/** Simulator of underdamped circuits: dx = v dt, dv = (−∂V − γv) dt + √(2γT) dW, mass 1. */
export const simulate: Simulate = (task, sink) => {
  const run = new RlcRun(task);
  requireAlgorithm(
    task.algorithm,
    [run.algorithm],
    'leave it out: dynamics.integrator chooses the scheme',
  );
  sink.algorithm(run.algorithm);
  runShots(task, sink, run);
};

/** Everything that the shots of a block share. */
class RlcRun implements ShotRun {
  readonly protocol: Protocol;
  readonly account: RlcAccount;
  readonly overlaps: SignOverlaps;
  readonly entropyDefined: boolean;
  private readonly program: RlcProgram;
  private readonly engine: Engine;
  private readonly potential: Potential;
  private readonly states: InitialStates;
  /** Positions and velocities of the free sites. */
  private readonly z: Float64Array;
  private readonly v: Float64Array;
  private readonly integrator: RlcIntegrator;
  /** Of a step: as they are drawn, without those that fill up the last sixteen, and as numbers of 64 bits. */
  private readonly drawnNoise: Float32Array;
  private readonly usedNoise: Float32Array;
  private readonly noise: Float64Array;
  private readonly lanes: Uint32Array;
  private readonly ramp: Ramp;
  private readonly manyBaths: boolean;
  private readonly dt: number;
  private readonly burnIn: number;
  private readonly drawn: boolean;

  constructor({ program: given, times, engine }: SimulationTask) {
    const program = given as RlcProgram;
    this.program = program;
    this.engine = engine;
    const potential = new Potential(program);
    this.potential = potential;
    const { baths, siteBath, siteTemperature } = bathsOf(program);
    this.manyBaths = siteBath !== null;
    const coarse = makeProtocol(program, times, Infinity);
    const setting = rlcSetting(program, potential, siteTemperature, coarse);
    const named = program.dynamics.integrator ?? 'auto';
    const name = named === 'auto' ? chooseRlcIntegrator(setting) : (named as RlcIntegratorName);
    this.integrator = makeRlcIntegrator(engine, name, setting);
    const still = coarse.before.every((_, k) => !knobVaries(coarse, k));
    this.dt =
      program.dynamics.dt ??
      defaultRlcStep(
        name,
        this.integrator.stiffness,
        setting.friction.reduce((a, b) => Math.min(a, b), Infinity),
        this.manyBaths,
        still,
      );
    this.protocol = makeProtocol(program, times, this.dt);
    const knobCount = coarse.before.length;
    this.account = new RlcAccount(
      potential,
      siteBath === null ? null : Int32Array.from(potential.free, (site) => siteBath[site]!),
      this.manyBaths ? baths.map((bath) => bath.temperature) : [],
      knobCount,
    );
    this.drawn = drawsEquilibrium(program);
    this.states = new InitialStates(
      program,
      potential,
      this.drawn ? new EquilibriumSampler(potential, coarse.before) : null,
    );
    this.burnIn = this.drawn ? 0 : (program.dynamics.burnIn ?? 0);
    this.overlaps = new SignOverlaps(program.references);
    this.entropyDefined = circuitThermodynamics(program).noEntropy === null;
    const { scratch } = engine;
    this.z = scratch.float64(potential.sites);
    this.v = scratch.float64(potential.sites);
    const numbers = potential.sites * this.integrator.noisePerSite;
    this.noise = scratch.float64(numbers);
    this.drawnNoise = scratch.float32(Math.ceil(numbers / LANES) * LANES);
    this.usedNoise = this.drawnNoise.subarray(0, numbers);
    this.lanes = scratch.uint32(LANE_STATE);
    this.ramp = new Ramp(knobCount);
  }

  /** How steps are made, for the result's provenance. */
  get algorithm(): string {
    return `${this.integrator.name}, shot by shot, float64`;
  }

  /** Places the state of a shot at t = 0⁻, at rest unless it is drawn from the Gibbs state, and opens the ledger. */
  begin(shot: number): void {
    const { program, z, v, integrator, protocol, burnIn } = this;
    this.states.place(shot, z);
    v.fill(0);
    integrator.restart();
    if (this.drawn) {
      const spread = Math.sqrt(protocol.before[KNOB.temperature]!);
      const stream = RandomStream.of(program.seed, 'velocity', shot);
      for (let i = 0; i < v.length; i++) v[i] = spread * stream.normal();
    }
    if (burnIn > 0) {
      const steps = Math.max(1, Math.ceil(burnIn / Math.min(this.dt, burnIn) - 1e-9));
      seedLanes(this.lanes, program.seed, 'burnIn', shot);
      integrator.prepare(burnIn / steps, protocol.before);
      for (let s = 0; s < steps; s++) this.step(shot, -burnIn * (1 - s / steps), burnIn / steps);
    }
    seedLanes(this.lanes, program.seed, 'dynamics', shot);
    this.account.begin(z, v);
  }

  readOut(): Float64Array {
    return this.states.scatter(this.z);
  }

  energyFromScratch(knobs: Knobs): number {
    return energyFromScratch(this.program, this.readOut(), knobs) + kineticEnergy(this.v);
  }

  /** Runs through a segment: knobs at each step's middle, work booked before and after, heat in between. */
  cross(segment: Segment, shot: number, progress: (fraction: number) => void): void {
    const { integrator, account, manyBaths, z, v } = this;
    const { steps, dt, t0, start } = segment;
    const step = (s: number): void => {
      this.step(shot, t0 + s * dt, dt);
      if (s % STEPS_A_REPORT === STEPS_A_REPORT - 1) progress((s + 1) / steps);
    };
    if (segment.constant) {
      integrator.prepare(dt, start);
      for (let s = 0; s < steps; s++) {
        step(s);
        if (manyBaths) account.move(z, v, start);
      }
      if (!manyBaths) account.move(z, v, start);
    } else {
      this.ramp.run(segment, account, (s, knobs) => {
        integrator.prepare(dt, knobs);
        step(s);
        account.move(z, v, knobs);
      });
    }
    if (!account.finite) this.fail(shot, segment.t1, dt);
  }

  private step(shot: number, t: number, dt: number): void {
    const { noise, integrator, z, v } = this;
    fillNormal(this.engine, this.lanes, this.drawnNoise);
    noise.set(this.usedNoise);
    const stiff = integrator.advance(z, v, noise);
    if (stiff < 0) return;
    if (!z.every(Number.isFinite)) this.fail(shot, t, dt);
    const site = this.potential.free[stiff]!;
    throw new RelaxdError(
      'diverged',
      `shot ${shot}: at t = ${t} site ${site} is at ${z[stiff]!}, where 12·quartic·x²·dt² exceeds ${STIFFEST_RLC_STEP}: ${integrator.name} with dt = ${dt} would diverge`,
      {
        path: 'dynamics.dt',
        shot,
        t,
        site,
        value: dt,
        limit: `12·quartic·x²·dt² ≤ ${STIFFEST_RLC_STEP}`,
        hint: 'take a shorter dynamics.dt',
      },
    );
  }

  private fail(shot: number, t: number, dt: number): never {
    const at = this.z.findIndex((x) => !Number.isFinite(x));
    const site = this.potential.free[Math.max(0, at)]!;
    throw new RelaxdError(
      'diverged',
      `shot ${shot}: site ${site} is no longer finite at t = ${t} (${this.integrator.name}, dt = ${dt})`,
      {
        path: 'dynamics',
        shot,
        t,
        site,
        value: dt,
        hint:
          this.integrator.name === 'exact'
            ? 'the quadratic wells do not hold the couplings (2·quadratic must exceed the largest eigenvalue of J): give the sites a quartic well or shorten the run'
            : 'take a shorter dynamics.dt, or give the sites wells that hold the couplings',
      },
    );
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

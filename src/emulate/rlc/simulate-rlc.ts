import { fillNormal, LANE_STATE, LANES, seedLanes, type Engine } from '../../kernels/index.js';
import { algorithmName, columnsFor } from '../langevin/columns/choose-columns.js';
import { runColumns } from '../langevin/columns/run-columns.js';
import { energyFromScratch } from '../langevin/potential.js';
import type { Knobs, Protocol, Segment } from '../langevin/protocol.js';
import { Ramp } from '../langevin/ramp.js';
import { runShots, type ShotRun } from '../langevin/run-shots.js';
import { SignOverlaps } from '../langevin/sign-overlaps.js';
import type { Simulate } from '../simulation.js';
import { makeRlcColumns } from './columns/make-rlc-columns.js';
import type { RlcProgram } from './realise-rlc.js';
import { kineticEnergy, RlcAccount } from './rlc-account.js';
import { rlcDiverged, rlcTooStiff } from './rlc-divergence.js';
import type { RlcIntegrator } from './rlc-integrator.js';
import { makeRlcIntegrator } from './rlc-integrators.js';
import { RlcPlan } from './rlc-plan.js';

/** Steps between two reports of progress inside a segment. */
const STEPS_A_REPORT = 1024;

/** Simulator of underdamped circuits: dx = v dt, dv = (−∂V − γv) dt + √(2γT) dW, mass 1. */
export const simulate: Simulate = (task, sink) => {
  const plan = new RlcPlan(task.program as RlcProgram, task.times);
  const columns = columnsFor(task, plan.integrator);
  sink.algorithm(algorithmName(plan.integrator, columns));
  if (columns === null) {
    runShots(task, sink, new RlcRun(task.engine, plan));
    return;
  }
  runColumns(
    task,
    sink,
    {
      plan,
      makeChain: null,
      workACall: 2 ** 26,
      makeIntegrator: makeRlcColumns,
      startVelocities: (shot, v) => plan.startVelocities(shot, v),
      diverged: (where, site) => rlcDiverged(plan.integrator, where, site),
      tooStiff: (where, site, x) => rlcTooStiff(plan.integrator, where, site, x),
    },
    columns,
  );
};

/** Everything that the shots of a block share, where they run one after the other. */
class RlcRun implements ShotRun {
  readonly protocol: Protocol;
  readonly account: RlcAccount;
  readonly overlaps: SignOverlaps;
  readonly entropyDefined: boolean;
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

  constructor(
    private readonly engine: Engine,
    private readonly plan: RlcPlan,
  ) {
    const { program, potential, siteBath, bathTemperatures, before } = plan;
    this.manyBaths = siteBath !== null;
    this.integrator = makeRlcIntegrator(engine, plan.integrator, plan.setting);
    this.protocol = plan.protocol;
    this.account = new RlcAccount(potential, siteBath, bathTemperatures, before.length);
    this.overlaps = new SignOverlaps(program.references);
    this.entropyDefined = plan.entropyDefined;
    const { scratch } = engine;
    this.z = scratch.float64(potential.sites);
    this.v = scratch.float64(potential.sites);
    const numbers = potential.sites * this.integrator.noisePerSite;
    this.noise = scratch.float64(numbers);
    this.drawnNoise = scratch.float32(Math.ceil(numbers / LANES) * LANES);
    this.usedNoise = this.drawnNoise.subarray(0, numbers);
    this.lanes = scratch.uint32(LANE_STATE);
    this.ramp = new Ramp(before.length);
  }

  /** Places the state of a shot at t = 0⁻, at rest unless it is drawn from the Gibbs state, and opens the ledger. */
  begin(shot: number): void {
    const { plan, z, v, integrator, protocol } = this;
    const { program, burnIn } = plan;
    plan.states.place(shot, z);
    plan.startVelocities(shot, v);
    integrator.restart();
    if (burnIn > 0) {
      const steps = Math.max(1, Math.ceil(burnIn / Math.min(plan.dt, burnIn) - 1e-9));
      seedLanes(this.lanes, program.seed, 'burnIn', shot);
      integrator.prepare(burnIn / steps, protocol.before);
      for (let s = 0; s < steps; s++) this.step(shot, -burnIn * (1 - s / steps), burnIn / steps);
    }
    seedLanes(this.lanes, program.seed, 'dynamics', shot);
    this.account.begin(z, v);
  }

  readOut(): Float64Array {
    return this.plan.states.scatter(this.z);
  }

  energyFromScratch(knobs: Knobs): number {
    return energyFromScratch(this.plan.program, this.readOut(), knobs) + kineticEnergy(this.v);
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
    const site = this.plan.potential.free[stiff]!;
    throw rlcTooStiff(integrator.name, { shot, t, dt }, site, z[stiff]!);
  }

  private fail(shot: number, t: number, dt: number): never {
    const at = this.z.findIndex((x) => !Number.isFinite(x));
    const site = this.plan.potential.free[Math.max(0, at)]!;
    throw rlcDiverged(this.integrator.name, { shot, t, dt }, site);
  }
}

import { RandomStream } from '../../core/index.js';
import type { ResolvedProgram } from '../../device/index.js';
import type { Simulate } from '../simulation.js';
import { CircuitAccount } from './circuit-account.js';
import { CircuitPlan } from './circuit-plan.js';
import { algorithmName, columnsFor } from './columns/choose-columns.js';
import { makeColumnIntegrator } from './columns/column-integrator.js';
import { runColumns } from './columns/run-columns.js';
import { divergedError, tooStiffError } from './divergence.js';
import { imperfectionsOf, isIdealCircuit, isIdealReadout } from './imperfect/imperfections.js';
import { ReadoutChain } from './imperfect/readout-chain.js';
import { simulateImperfect } from './imperfect/simulate-imperfect.js';
import type { InitialStates } from './initial-state.js';
import { isLinear, type Integrator } from './integrators.js';
import { LayeredRun, layeredName, layersFor } from './layered/layered-run.js';
import { energyFromScratch, type Potential } from './potential.js';
import type { Knobs, Protocol, Segment } from './protocol.js';
import { Ramp } from './ramp.js';
import { runShots, type ShotRun } from './run-shots.js';
import { SignOverlaps } from './sign-overlaps.js';

/** Steps between two reports of progress inside a segment. */
const STEPS_A_REPORT = 1024;

/** Simulator of overdamped circuits: dx = −∂V dt + √(2T) dW, mobility 1; or of a board as it is. */
export const simulate: Simulate = (task, sink) => {
  const { program, times } = task;
  const imperfections = imperfectionsOf(task.parameters);
  if (!isIdealCircuit(imperfections)) {
    simulateImperfect(task, sink, imperfections);
    return;
  }
  const makeChain = isIdealReadout(imperfections)
    ? null
    : (): ReadoutChain => new ReadoutChain(program.sites, imperfections);
  const plan = new CircuitPlan(program, times);
  const layered = layeredName(plan.integrator.name);
  const layers = layersFor(program, task.algorithm);
  if (layers !== null) {
    sink.algorithm(layered);
    runShots(task, sink, new LayeredRun(task.engine, plan, layers, makeChain?.() ?? null));
    return;
  }
  const others = task.algorithm !== null && layersFor(program, layered) !== null ? [layered] : [];
  const columns = columnsFor(task, plan.integrator.name, others);
  sink.algorithm(algorithmName(plan.integrator.name, columns));
  if (columns !== null) {
    const { integrator, potential } = plan;
    runColumns(
      task,
      sink,
      {
        ...{ plan, makeChain, startVelocities: null, workACall: 2 ** 24 },
        makeIntegrator: makeColumnIntegrator,
        diverged: (where, site) =>
          divergedError({ ...where, integrator: integrator.name }, site, isLinear(potential)),
        tooStiff: (where, site, x) =>
          tooStiffError({ ...where, integrator: integrator.name }, site, x),
      },
      columns,
    );
    return;
  }
  plan.accelerate(task.engine);
  runShots(task, sink, new CircuitRun(plan, makeChain?.() ?? null));
};

/** Everything that the shots of a block share, where they run one after the other. */
class CircuitRun implements ShotRun {
  readonly protocol: Protocol;
  readonly account: CircuitAccount;
  readonly overlaps: SignOverlaps;
  readonly entropyDefined: boolean;
  private readonly program: ResolvedProgram;
  private readonly potential: Potential;
  private readonly states: InitialStates;
  /** The free sites. */
  private readonly z: Float64Array;
  private readonly integrator: Integrator;
  private readonly noise: Float64Array;
  private readonly ramp: Ramp;
  private readonly manyBaths: boolean;
  private readonly dt: number;
  private readonly burnIn: number;
  private stream = RandomStream.of(0);

  constructor(
    plan: CircuitPlan,
    private readonly chain: ReadoutChain | null,
  ) {
    const { program, potential, siteBath } = plan;
    this.program = program;
    this.potential = potential;
    this.manyBaths = siteBath !== null;
    this.integrator = plan.integrator;
    this.dt = plan.dt;
    this.protocol = plan.protocol;
    const knobCount = plan.before.length;
    this.account = new CircuitAccount(potential, siteBath, plan.bathTemperatures, knobCount);
    this.states = plan.states;
    this.burnIn = plan.burnIn;
    this.overlaps = new SignOverlaps(program.references);
    this.entropyDefined = plan.entropyDefined;
    this.z = new Float64Array(potential.sites);
    this.noise = new Float64Array(potential.sites);
    this.ramp = new Ramp(knobCount);
  }

  /** Places the state of a shot at t = 0⁻ and opens the ledger. */
  begin(shot: number): void {
    const { program, z } = this;
    this.states.place(shot, z);
    if (this.burnIn > 0) {
      const before = this.protocol.before;
      const dt = Math.min(this.dt, this.burnIn);
      const steps = Math.max(1, Math.ceil(this.burnIn / dt - 1e-9));
      this.stream = RandomStream.of(program.seed, 'burnIn', shot);
      this.integrator.begin?.(this.stream);
      this.integrator.prepare(this.burnIn / steps, before);
      for (let s = 0; s < steps; s++) this.step(shot, s, -this.burnIn, this.burnIn / steps);
    }
    this.stream = RandomStream.of(program.seed, 'dynamics', shot);
    if (this.burnIn === 0) this.integrator.begin?.(this.stream);
    this.account.begin(z);
    this.chain?.begin(program.seed, shot);
  }

  energyFromScratch(knobs: Knobs): number {
    return energyFromScratch(this.program, this.states.scatter(this.z), knobs);
  }

  readOut(): Float64Array {
    const x = this.states.scatter(this.z);
    return this.chain === null ? x : this.chain.convert(x);
  }

  /** Runs through a segment: knobs at each step's middle, work booked before and after, heat in between. */
  cross(segment: Segment, shot: number, progress: (fraction: number) => void): void {
    const { integrator, account, manyBaths, z } = this;
    const { steps, dt, t0, start, end } = segment;
    const step = (s: number): void => {
      this.step(shot, s, t0, dt);
      if (s % STEPS_A_REPORT === STEPS_A_REPORT - 1) progress((s + 1) / steps);
    };
    if (segment.constant) {
      integrator.prepare(dt, start);
      for (let s = 0; s < steps; s++) {
        step(s);
        if (manyBaths) account.move(z, start);
      }
      if (!manyBaths) account.move(z, start);
    } else {
      const whole = manyBaths || segment.couplingVaries || segment.temperatureVaries;
      this.ramp.run(segment, account, (s, knobs) => {
        integrator.prepare(dt, knobs);
        step(s);
        if (whole) account.move(z, knobs);
        else account.moveLocal(z, knobs);
      });
      if (!whole) account.settleCouplings(z, end);
    }
    if (!account.finite) this.fail(shot, segment.t1, dt);
  }

  /** Step s of a stretch of steps of length dt that began at t0. */
  private step(shot: number, s: number, t0: number, dt: number): void {
    const { stream, noise, integrator, z } = this;
    stream.fillNormal(noise, noise.length);
    const stiff = integrator.advance(z, noise);
    if (stiff < 0) return;
    const t = t0 + s * dt;
    if (!z.every(Number.isFinite)) this.fail(shot, t, dt);
    const where = { shot, t, dt, integrator: integrator.name };
    throw tooStiffError(where, this.potential.free[stiff]!, z[stiff]!);
  }

  private fail(shot: number, t: number, dt: number): never {
    const at = this.z.findIndex((x) => !Number.isFinite(x));
    throw divergedError(
      { shot, t, dt, integrator: this.integrator.name },
      this.potential.free[Math.max(0, at)]!,
      isLinear(this.potential),
    );
  }
}

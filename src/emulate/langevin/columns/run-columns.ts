import { GROUP, LANE_STATE, seedShotLanes } from '../../../kernels/index.js';
import type { StreamPurpose } from '../../../core/index.js';
import type { SimulationSink, SimulationTask } from '../../simulation.js';
import type { ReadoutChain } from '../imperfect/readout-chain.js';
import { energyFromScratch } from '../potential.js';
import type { Knobs, Segment } from '../protocol.js';
import { Ramp } from '../ramp.js';
import { SignOverlaps } from '../sign-overlaps.js';
import type { Columns } from './choose-columns.js';
import { ColumnAccount } from './column-account.js';
import { ColumnKinetic } from './column-kinetic.js';
import { ColumnPotential } from './column-potential.js';
import type {
  ColumnCircuit,
  ColumnIntegrator,
  ColumnPlace,
  ColumnPlan,
  ColumnSetting,
} from './column-setting.js';
import { groupsOf, placeOf, readColumn, writeColumn } from './layout.js';
import { ReadoutBuffer } from './readout-buffer.js';

/** Runs the shots of a block side by side, as many at a time as the program's shape says. */
export function runColumns<P extends ColumnPlan>(
  task: SimulationTask,
  sink: SimulationSink,
  circuit: ColumnCircuit<P>,
  { shots: most, everyState }: Columns,
): void {
  const { program, times, firstShot, shots } = task;
  const width = Math.min(most, shots);
  const run = new ColumnRun(task, circuit, width);
  const buffer = new ReadoutBuffer(program, times.length, width, everyState);
  for (let done = 0; done < shots; done += width) {
    const here = Math.min(width, shots - done);
    run.run(firstShot + done, here, buffer, (fraction) =>
      sink.progress((done + fraction * here) / shots),
    );
    buffer.deliver(firstShot + done, here, sink);
  }
}

class ColumnRun<P extends ColumnPlan> {
  private readonly plan: P;
  private readonly potential: ColumnPotential;
  private readonly account: ColumnAccount;
  private readonly integrator: ColumnIntegrator;
  private readonly overlaps: SignOverlaps;
  /** Values of the clamped sites, column by column. */
  private readonly held: Float64Array;
  private readonly column: Float64Array;
  private readonly z: Float64Array;
  /** Velocities; null: sites have none. */
  private readonly v: Float64Array | null;
  private readonly lanes: Uint32Array;
  private readonly groups: number;
  private readonly ramp: Ramp;
  private readonly call: number;
  /** What reads the states out, one a column; empty: as they are. */
  private readonly chains: readonly ReadoutChain[];
  private firstShot = 0;

  /** @param width shots at a time, at most; arrays are for so many */
  constructor(
    { engine, program }: SimulationTask,
    private readonly circuit: ColumnCircuit<P>,
    width: number,
  ) {
    const { plan, makeChain, startVelocities } = circuit;
    this.plan = plan;
    this.chains = makeChain === null ? [] : Array.from({ length: width }, makeChain);
    const { scratch } = engine;
    const { potential, siteBath, bathTemperatures: temperatures } = plan;
    const { sites } = potential;
    this.groups = groupsOf(width);
    const size = this.groups * sites * GROUP;
    const state = scratch.float64(startVelocities === null ? size : 2 * size);
    this.z = state.subarray(0, size);
    this.v = startVelocities === null ? null : state.subarray(size);
    this.lanes = scratch.uint32(this.groups * LANE_STATE);
    this.potential = new ColumnPotential(engine, potential, this.groups);
    const knobCount = plan.before.length;
    const baths = siteBath === null ? null : { siteBath, temperatures };
    const { v } = this;
    this.account = new ColumnAccount(
      engine,
      this.potential,
      potential,
      width,
      knobCount,
      baths,
      v === null ? null : new ColumnKinetic(engine, v, sites, width),
    );
    const setting: ColumnSetting<P> = {
      ...{ engine, plan, potential: this.potential, groups: this.groups },
      ...{ state, z: this.z, lanes: this.lanes },
    };
    this.integrator = circuit.makeIntegrator(setting);
    this.call = stepsACall(setting, circuit.workACall);
    this.overlaps = new SignOverlaps(program.references);
    this.held = new Float64Array(width * program.clamped.length);
    this.column = new Float64Array(sites);
    this.ramp = new Ramp(knobCount);
  }

  /** Runs `shots` shots from t = 0⁻ to the end. Columns beyond are moved along as the last shot, and not looked at. */
  run(
    firstShot: number,
    shots: number,
    buffer: ReadoutBuffer,
    progress: (fraction: number) => void,
  ): void {
    const { plan, account } = this;
    const { protocol, program } = plan;
    this.firstShot = firstShot;
    this.begin(shots);
    const first = this.energiesFromScratch(shots, protocol.before);
    let knobs = protocol.segments[0]!.start;
    account.turn(protocol.before, knobs);
    this.read(0, shots, knobs, buffer);
    for (const segment of protocol.segments) {
      this.cross(segment, (t) => progress(t / program.duration));
      account.turn(segment.end, segment.after);
      knobs = segment.after;
      if (segment.readout >= 0) this.read(segment.readout, shots, knobs, buffer);
      progress(segment.t1 / program.duration);
    }
    const last = this.energiesFromScratch(shots, knobs);
    for (let c = 0; c < shots; c++) {
      buffer.ledger(c, account.close(c, last[c]! - first[c]!, plan.entropyDefined));
    }
  }

  /** Places the states at t = 0⁻ and opens the ledgers. */
  private begin(shots: number): void {
    const { plan, z, v, potential, held, column, integrator, account, groups } = this;
    const { startVelocities } = this.circuit;
    const { states, program, burnIn } = plan;
    const { clamped } = program;
    for (let c = 0; c < groups * GROUP; c++) {
      // A column without a shot starts like the last one that has one.
      if (c < shots) {
        states.place(this.firstShot + c, column);
        clamped.forEach((site, k) => (held[c * clamped.length + k] = states.state[site]!));
      }
      writeColumn(z, potential.sites, c, column);
      potential.takeClamped(c);
    }
    for (let c = 0; v !== null && c < groups * GROUP; c++) {
      if (c < shots) startVelocities!(this.firstShot + c, column);
      writeColumn(v, potential.sites, c, column);
    }
    if (burnIn > 0) {
      this.seed('burnIn');
      integrator.begin(shots);
      const dt = Math.min(plan.dt, burnIn);
      const steps = Math.max(1, Math.ceil(burnIn / dt - 1e-9));
      integrator.prepare(burnIn / steps, plan.before);
      this.steps(0, steps, -burnIn, burnIn / steps);
    }
    this.seed('dynamics');
    if (burnIn === 0) integrator.begin(shots);
    account.begin(z, shots);
    for (let c = 0; c < shots; c++) this.chains[c]?.begin(program.seed, this.firstShot + c);
  }

  private seed(purpose: StreamPurpose): void {
    const { lanes, groups, firstShot } = this;
    for (let g = 0; g < groups; g++) {
      const state = lanes.subarray(g * LANE_STATE, (g + 1) * LANE_STATE);
      seedShotLanes(state, this.plan.program.seed, purpose, firstShot + g * GROUP);
    }
  }

  /** Runs through a segment: knobs at each step's middle, work booked before and after, heat in between. */
  private cross(segment: Segment, progress: (t: number) => void): void {
    const { integrator, account, z } = this;
    const { steps, dt, t0, start, end, constant } = segment;
    const manyBaths = this.plan.siteBath !== null;
    const whole = manyBaths || segment.couplingVaries || segment.temperatureVaries;
    if (constant) {
      integrator.prepare(dt, start);
      if (manyBaths) {
        for (let s = 0; s < steps; s++) {
          this.steps(s, 1, t0, dt);
          account.shareHeat(z, start);
          if (s % this.call === 0) progress(t0 + (s + 1) * dt);
        }
      } else {
        this.steps(0, steps, t0, dt, progress);
      }
      account.move(z, start);
    } else {
      this.ramp.run(segment, account, (s, knobs) => {
        integrator.prepare(dt, knobs);
        this.steps(s, 1, t0, dt);
        if (whole) account.move(z, knobs);
        else account.moveLocal(z, knobs);
        if (s % this.call === 0) progress(t0 + (s + 1) * dt);
      });
      if (!whole) account.settleCouplings(z, end);
    }
    const { diverged } = account;
    if (diverged >= 0) this.fail(diverged, segment.t1, dt);
  }

  /** Steps from step `first` on, which are of length dt and began at t0. */
  private steps(
    first: number,
    steps: number,
    t0: number,
    dt: number,
    progress?: (t: number) => void,
  ): void {
    for (let s = 0; s < steps; s += this.call) {
      const stiff = this.integrator.advance(Math.min(this.call, steps - s));
      if (stiff !== null) {
        const { step, column, site } = stiff;
        const t = t0 + (first + s + step) * dt;
        const at = this.z[placeOf(this.potential.sites, site, column)]!;
        if (!Number.isFinite(at)) this.fail(column, t, dt);
        throw this.circuit.tooStiff(this.where(column, t, dt), this.plan.potential.free[site]!, at);
      }
      progress?.(t0 + (first + Math.min(s + this.call, steps)) * dt);
    }
  }

  private energiesFromScratch(shots: number, knobs: Knobs): number[] {
    const { program } = this.plan;
    return Array.from({ length: shots }, (_, c) => {
      const potential = energyFromScratch(program, this.stateOf(c), knobs);
      return this.v === null ? potential : potential + this.kineticOf(this.v, c);
    });
  }

  /** ½Σv² of a column, from scratch. */
  private kineticOf(v: Float64Array, c: number): number {
    const { column, potential } = this;
    readColumn(v, potential.sites, c, column);
    return 0.5 * column.reduce((sum, speed) => sum + speed * speed, 0);
  }

  /** All N sites of a column; overwritten by the next call. */
  private stateOf(c: number): Float64Array {
    const { column, z, held } = this;
    const { states, potential, program } = this.plan;
    readColumn(z, potential.sites, c, column);
    const state = states.scatter(column);
    const { clamped } = program;
    for (let k = 0; k < clamped.length; k++) state[clamped[k]!] = held[c * clamped.length + k]!;
    return state;
  }

  private read(step: number, shots: number, knobs: Knobs, buffer: ReadoutBuffer): void {
    const { account, overlaps, chains } = this;
    for (let c = 0; c < shots; c++) {
      const x = this.stateOf(c);
      const state = chains[c]?.convert(x) ?? x;
      const energy = account.energy(c, knobs);
      const [work, heat] = [account.work.at(c), account.heat.at(c)];
      buffer.put(c, step, { energy, work, heat, overlaps: overlaps.read(state), state });
    }
  }

  private where(column: number, t: number, dt: number): ColumnPlace {
    return { shot: this.firstShot + column, t, dt };
  }

  private fail(column: number, t: number, dt: number): never {
    const { potential } = this.plan;
    readColumn(this.z, potential.sites, column, this.column);
    const at = this.column.findIndex((x) => !Number.isFinite(x));
    const site = potential.free[Math.max(0, at)]!;
    throw this.circuit.diverged(this.where(column, t, dt), site);
  }
}

/** Steps that one call of an integrator may take, if it may do so many multiply-adds, about. */
function stepsACall<P extends ColumnPlan>(
  { potential, groups }: ColumnSetting<P>,
  work: number,
): number {
  const { sites } = potential;
  return Math.max(1, Math.floor(work / (2 * (sites + 32) * sites * groups * GROUP)));
}

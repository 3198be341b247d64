import { RandomStream, RelaxdError } from '../../core/index.js';
import type { ResolvedProgram } from '../../device/index.js';
import { COLUMNS } from '../../kernels/index.js';
import { CompensatedSum, type ShotLedger } from '../../thermo/index.js';
import { requireAlgorithm } from '../require-algorithm.js';
import { RowsInOrder } from '../rows-in-order.js';
import type { SimulationSink, SimulationTask } from '../simulation.js';
import { CavityReadout } from './cavity-readout.js';
import { ControlCourse, LongitudinalField } from './control-course.js';
import { planSteps, type Stretch } from './step-plan.js';

/**
 * Spins that precess in a transverse field and in the light of a ramped pump, classical or not, sixteen shots side by side.
 * Times in 1/ω_z, fields in ω_z; E = control(pump)·T + R − Σ h x, in ħω_z per unit of S.
 */
export interface SpinsSideBySide {
  readonly algorithm: string;
  readonly longestStep: number;
  /** Most steps of one {@link run}. */
  readonly mostSteps: number;
  /** Of the one bath, to count its entropy; NaN where that is not defined. */
  readonly temperature: number;
  /** What the pump is in the energy before a run and in each of its steps; whoever runs it writes them. */
  readonly controls: Float64Array;
  /** Longitudinal fields in rows as `controls`, N each. */
  readonly fields: Float64Array;
  /** Work, then heat, then the controls' share of the work, of the steps since they were set to 0: [3][16]. */
  readonly totals: Float64Array;
  /** T, then R, of the present states: [2][16]. */
  readonly terms: Float64Array;
  /** Puts a shot's state at t = 0⁻ into a column. */
  begin(column: number, shot: number, stream: RandomStream): void;
  /** So many shots have begun, the first being number `first`: noise is theirs from now on, and {@link terms} are right. */
  begun(first: number, live: number): void;
  /** So many steps with `controls` and `fields` as they are; fields change or there is one row of them. */
  run(steps: number, dt: number, fieldsChange: boolean): void;
  /** S_i^x/S of a column's spins, or its expectation; valid until the next call. */
  x(column: number): Float64Array;
  /** T and R of a column again, by other code than {@link terms}. */
  termsAnew(column: number): readonly [number, number];
  control(pump: number): number;
}

/** Runs the shots of a task. States are sign(x), through the readout. */
export function runSideBySide(
  task: SimulationTask,
  sink: SimulationSink,
  spins: SpinsSideBySide,
): void {
  const { program, times, firstShot, shots } = task;
  requireAlgorithm(
    task.algorithm,
    [spins.algorithm],
    'leave it out: dynamics chooses the equations and the integrator',
  );
  sink.algorithm(spins.algorithm);
  const rows = new RowsInOrder(
    sink,
    {
      steps: times.length,
      sites: program.sites,
      references: program.references.length,
      ising: true,
    },
    COLUMNS,
  );
  const group = new LightGroup(task, spins, rows);
  for (let done = 0; done < shots; done += rows.width) {
    const live = Math.min(rows.width, shots - done);
    group.run(firstShot + done, live, (t) =>
      sink.progress((done + (t / program.duration) * live) / shots),
    );
  }
}

/** One shot's part of the ledger. */
interface Lane {
  readonly work: CompensatedSum;
  /** The share of the work that the pump did. */
  readonly controlWork: CompensatedSum;
  readonly heat: CompensatedSum;
  readonly readout: CavityReadout;
  energyBefore: number;
}

class LightGroup {
  private readonly program: ResolvedProgram;
  private readonly plan: readonly Stretch[];
  private readonly course: ControlCourse;
  private readonly longitudinal: LongitudinalField;
  private readonly lanes: readonly Lane[];
  /** The field of before a change of it. */
  private readonly old: Float64Array;
  private readonly fieldsChange: boolean;
  /** What the pump is in the energy now. */
  private control = 0;
  private first = 0;
  private live = 0;

  constructor(
    { program, times, parameters }: SimulationTask,
    private readonly spins: SpinsSideBySide,
    private readonly rows: RowsInOrder,
  ) {
    this.program = program;
    this.course = new ControlCourse(program);
    this.longitudinal = new LongitudinalField(program);
    this.plan = planSteps(times, this.course.curves, program.dynamics.dt ?? spins.longestStep);
    this.lanes = Array.from({ length: COLUMNS }, () => ({
      work: new CompensatedSum(),
      controlWork: new CompensatedSum(),
      heat: new CompensatedSum(),
      readout: new CavityReadout(program, parameters),
      energyBefore: 0,
    }));
    this.old = new Float64Array(program.sites);
    this.fieldsChange = program.drives.length > 0;
  }

  run(first: number, live: number, progress: (t: number) => void): void {
    const { rows, plan } = this;
    this.first = first;
    this.live = live;
    rows.begin(first);
    this.begin();
    this.read(0);
    for (const stretch of plan) {
      this.cross(stretch, progress);
      if (stretch.readout >= 0) this.read(stretch.readout);
      progress(stretch.t1);
    }
    rows.end(this.lanes.slice(0, live).map((lane, column) => this.close(lane, column)));
  }

  /** The states and the controls at t = 0⁻, then whatever the controls do at t = 0. */
  private begin(): void {
    const { program, spins, course, longitudinal, lanes, first, live } = this;
    for (let column = 0; column < live; column++) {
      const shot = first + column;
      spins.begin(column, shot, RandomStream.of(program.seed, 'dynamics', shot));
      lanes[column]!.readout.begin(shot);
    }
    spins.begun(first, live);
    course.rewind();
    longitudinal.set(course.values);
    this.control = spins.control(course.values[0]!);
    for (let column = 0; column < live; column++) {
      const lane = lanes[column]!;
      lane.work.reset();
      lane.controlWork.reset();
      lane.heat.reset();
      lane.energyBefore = this.energyFromScratch(column);
    }
    this.turn(0);
  }

  /** Every step of a stretch with the controls of its middle, then the controls of its end. */
  private cross({ t0, t1, dt, steps }: Stretch, progress: (t: number) => void): void {
    const { spins, fieldsChange } = this;
    for (let done = 0; done < steps;) {
      const count = Math.min(spins.mostSteps, steps - done);
      this.follow(t0, dt, done, count);
      spins.run(count, dt, fieldsChange);
      this.drain(t0 + (done + count) * dt, dt);
      done += count;
      progress(t0 + done * dt);
    }
    this.turn(t1);
  }

  /** The controls before so many steps of a stretch from its step `done` on, and in the middle of each. */
  private follow(t0: number, dt: number, done: number, count: number): void {
    const { spins, course, longitudinal, fieldsChange } = this;
    const { controls, fields } = spins;
    const { field } = longitudinal;
    controls[0] = this.control;
    fields.set(field);
    for (let k = 1; k <= count; k++) {
      const middle = t0 + (done + k - 0.5) * dt;
      if (middle >= course.quietUntil) {
        course.advance(middle);
        if (fieldsChange) longitudinal.set(course.values);
      }
      controls[k] = spins.control(course.values[0]!);
      if (fieldsChange) fields.set(field, k * field.length);
    }
    this.control = controls[count]!;
  }

  private drain(t: number, dt: number): void {
    const { spins, lanes, live, first } = this;
    const { totals } = spins;
    for (let column = 0; column < live; column++) {
      const lane = lanes[column]!;
      lane.work.add(totals[column]!);
      lane.heat.add(totals[COLUMNS + column]!);
      lane.controlWork.add(totals[2 * COLUMNS + column]!);
      if (Number.isFinite(lane.heat.value)) continue;
      throw new RelaxdError(
        'diverged',
        `shot ${first + column} left the range of numbers by t = ${t}`,
        { shot: first + column, t, dt, hint: 'a shorter dynamics.dt, or weaker fields' },
      );
    }
    totals.fill(0);
  }

  /** Moves the controls to time t at the states as they are. */
  private turn(t: number): void {
    const { spins, course, longitudinal, lanes, live, old } = this;
    const { field } = longitudinal;
    old.set(field);
    course.advance(t);
    longitudinal.set(course.values);
    const control = spins.control(course.values[0]!);
    const change = control - this.control;
    const moves = field.some((h, i) => h !== old[i]);
    this.control = control;
    if (change === 0 && !moves) return;
    for (let column = 0; column < live; column++) {
      let work = change * spins.terms[column]!;
      lanes[column]!.controlWork.add(work);
      if (moves) {
        const x = spins.x(column);
        for (let i = 0; i < x.length; i++) work -= (field[i]! - old[i]!) * x[i]!;
      }
      lanes[column]!.work.add(work);
    }
  }

  private read(step: number): void {
    const { spins, lanes, rows, live, control } = this;
    const { field } = this.longitudinal;
    const { terms } = spins;
    for (let column = 0; column < live; column++) {
      const { work, heat, readout } = lanes[column]!;
      const x = spins.x(column);
      let energy = control * terms[column]! + terms[COLUMNS + column]!;
      for (let i = 0; i < x.length; i++) energy -= field[i]! * x[i]!;
      readout.read(x);
      const numbers = { energy, work: work.value, heat: heat.value };
      rows.add(column, step, numbers, readout.overlaps, readout.seen);
    }
  }

  /** The energy of state and controls without the ledger: spin by spin in its total field. */
  private energyFromScratch(column: number): number {
    const { spins, control } = this;
    const { field } = this.longitudinal;
    const [pumpTerm, restTerm] = spins.termsAnew(column);
    const energy = new CompensatedSum();
    energy.add(control * pumpTerm);
    energy.add(restTerm);
    const x = spins.x(column);
    for (let i = 0; i < x.length; i++) energy.add(-field[i]! * x[i]!);
    return energy.value;
  }

  private close({ work, controlWork, heat, energyBefore }: Lane, column: number): ShotLedger {
    return {
      work: work.value,
      driveWork: work.value - controlWork.value,
      controlWork: controlWork.value,
      heat: heat.value,
      bathHeat: [heat.value],
      energyChange: this.energyFromScratch(column) - energyBefore,
      mediumEntropy: heat.value / this.spins.temperature,
    };
  }
}

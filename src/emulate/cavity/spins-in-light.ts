import { RandomStream, RelaxdError } from '../../core/index.js';
import type { ResolvedProgram } from '../../device/index.js';
import { CompensatedSum, type ShotLedger } from '../../thermo/index.js';
import type { SimulationSink, SimulationTask } from '../simulation.js';
import { CavityReadout } from './cavity-readout.js';
import { ControlCourse, LongitudinalField } from './control-course.js';
import { EnergyLedger } from './energy-ledger.js';
import { planSteps, type Stretch } from './step-plan.js';

/**
 * Spins that precess in a transverse field and in the light of a ramped pump, classical or not. Times in 1/ω_z, fields in ω_z;
 * E = control(pump)·pumpTerm() + restTerm() − Σ h x, in ħω_z per unit of S.
 */
export interface SpinsInLight {
  /** S_i^x/S, or its expectation; valid after {@link observe}. */
  readonly x: Float64Array;
  /** Longest step and steps between two reports of progress. */
  readonly longestStep: number;
  readonly stepsAReport: number;
  /** Of the one bath, to count its entropy; NaN where that is not defined. */
  readonly temperature: number;
  /** The state of a shot at t = 0⁻. */
  begin(shot: number, stream: RandomStream): void;
  /**
   * @param pump power over threshold during the step
   * @param field longitudinal field h on each spin
   */
  step(dt: number, pump: number, field: Float64Array, stream: RandomStream): void;
  /** Brings {@link x} up to the present state. */
  observe(): void;
  control(pump: number): number;
  pumpTerm(): number;
  restTerm(): number;
}

/** Runs the shots of a task. States are sign(x), through the readout. */
export function runSpinsInLight(
  task: SimulationTask,
  sink: SimulationSink,
  spins: SpinsInLight,
): void {
  const { program, times, parameters } = task;
  const run = new LightRun(program, times, spins);
  const readout = new CavityReadout(program, parameters);
  for (let k = 0; k < task.shots; k++) {
    const shot = task.firstShot + k;
    const progress = (t: number): void => sink.progress((k + t / program.duration) / task.shots);
    const read = (step: number): void => {
      spins.observe();
      readout.read(spins.x);
      sink.readout({
        shot,
        step,
        energy: run.ledger.energy,
        work: run.ledger.work,
        heat: run.ledger.heat,
        overlaps: readout.overlaps,
        state: readout.seen,
      });
    };
    readout.begin(shot);
    run.begin(shot);
    read(0);
    for (const stretch of run.plan) {
      run.cross(stretch, progress);
      if (stretch.readout >= 0) read(stretch.readout);
    }
    sink.shotEnd(run.close());
  }
}

/** What the shots of a block share. */
class LightRun {
  readonly ledger: EnergyLedger;
  readonly plan: readonly Stretch[];
  private readonly course: ControlCourse;
  private readonly longitudinal: LongitudinalField;
  /** Controls as the ledger has them: what the pump is in the energy, then amplitudes. */
  private readonly controls: Float64Array;
  private stream = RandomStream.of(0);
  private shot = 0;
  private energyBefore = 0;
  /** Whether the state has moved since the ledger's terms were written. */
  private stale = false;

  constructor(
    private readonly program: ResolvedProgram,
    times: Float64Array,
    private readonly spins: SpinsInLight,
  ) {
    this.course = new ControlCourse(program);
    this.longitudinal = new LongitudinalField(program);
    this.controls = new Float64Array(this.course.values.length);
    this.ledger = new EnergyLedger(this.controls.length);
    this.plan = planSteps(times, this.course.curves, program.dynamics.dt ?? spins.longestStep);
  }

  /** The state and the controls at t = 0⁻, then whatever the controls do at t = 0. */
  begin(shot: number): void {
    const { program, spins, course, ledger } = this;
    this.shot = shot;
    this.stream = RandomStream.of(program.seed, 'dynamics', shot);
    spins.begin(shot, this.stream);
    course.rewind();
    this.readControls();
    this.writeTerms();
    ledger.begin(this.controls);
    this.stale = false;
    this.energyBefore = this.energyFromScratch();
    this.turn(0);
  }

  /** Every step of a stretch with the controls of its middle, then the controls of its end. */
  cross(stretch: Stretch, progress: (t: number) => void): void {
    const { spins, course, longitudinal, stream } = this;
    const { t0, t1, dt, steps } = stretch;
    const { stepsAReport } = spins;
    for (let s = 0; s < steps; s++) {
      this.turn(t0 + (s + 0.5) * dt);
      longitudinal.set(course.values);
      spins.step(dt, course.values[0]!, longitudinal.field, stream);
      this.stale = true;
      if (s % stepsAReport === stepsAReport - 1) progress(t0 + (s + 1) * dt);
    }
    this.account();
    if (!Number.isFinite(this.ledger.energy)) {
      throw new RelaxdError(
        'diverged',
        `shot ${this.shot} left the range of numbers by t = ${t1}`,
        {
          shot: this.shot,
          t: t1,
          dt,
          hint: 'a shorter dynamics.dt, or weaker fields',
        },
      );
    }
    this.turn(t1);
    progress(t1);
  }

  close(): ShotLedger {
    return this.ledger.close(this.energyFromScratch() - this.energyBefore, this.spins.temperature);
  }

  /** Moves the controls to time t; the heat of the steps before is booked first where they do change. */
  private turn(t: number): void {
    this.course.advance(t);
    if (!this.readControls()) return;
    this.account();
    this.ledger.turn(this.controls);
  }

  /** @returns whether a control has another value than before */
  private readControls(): boolean {
    const { controls, course, spins } = this;
    let changed = false;
    for (let k = 0; k < controls.length; k++) {
      const value = k === 0 ? spins.control(course.values[0]!) : course.values[k]!;
      if (value !== controls[k]) changed = true;
      controls[k] = value;
    }
    return changed;
  }

  private account(): void {
    if (!this.stale) return;
    this.writeTerms();
    this.ledger.moved();
    this.stale = false;
  }

  private writeTerms(): void {
    const { spins, program } = this;
    const { terms } = this.ledger;
    spins.observe();
    const { x } = spins;
    terms[0] = spins.pumpTerm();
    terms[terms.length - 1] = spins.restTerm() - along(program.fields, x);
    for (let d = 0; d < program.drives.length; d++) {
      terms[d + 1] = -along(program.drives[d]!.pattern, x);
    }
  }

  /** The energy of state and controls without the ledger: spin by spin in its total field. */
  private energyFromScratch(): number {
    const { spins, course, longitudinal } = this;
    longitudinal.set(course.values);
    spins.observe();
    const { x } = spins;
    const energy = new CompensatedSum();
    energy.add(spins.control(course.values[0]!) * spins.pumpTerm());
    energy.add(spins.restTerm());
    for (let i = 0; i < x.length; i++) energy.add(-longitudinal.field[i]! * x[i]!);
    return energy.value;
  }
}

function along(pattern: ArrayLike<number>, x: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += pattern[i]! * x[i]!;
  return sum;
}

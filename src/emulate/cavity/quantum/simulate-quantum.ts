import { RandomStream, RelaxdError } from '../../../core/index.js';
import type { ResolvedProgram } from '../../../device/index.js';
import { CompensatedSum, type ShotLedger } from '../../../thermo/index.js';
import type { Simulate } from '../../simulation.js';
import { cavityLight } from '../cavity-light.js';
import { CavityReadout } from '../cavity-readout.js';
import { ControlCourse, LongitudinalField } from '../control-course.js';
import { EnergyLedger } from '../energy-ledger.js';
import { drawInitialSpins } from '../initial-spins.js';
import { programCouplings } from '../judge-couplings.js';
import { planSteps, type Stretch } from '../step-plan.js';
import { HomodyneTrajectory } from './homodyne-trajectory.js';
import { quantumSteps } from './quantum-step.js';
import { spinLight } from './spin-light.js';

/** Steps between two reports of progress. */
const STEPS_A_REPORT = 64;

/**
 * The cavity at fidelity `quantum` (physics page §4.3c): spins ½ in a pure state that follows the homodyne record of the
 * light that leaves the cavity; every shot is one record. States are sign⟨S^x⟩, through the readout; energies are
 * ⟨H⟩/S in ħω_z with S = ½.
 */
export const simulateQuantum: Simulate = (task, sink) => {
  const { program, times } = task;
  const run = new QuantumRun(program, task.parameters, times);
  const readout = new CavityReadout(program, task.parameters);
  const magnetisation = new Float64Array(program.sites);
  for (let k = 0; k < task.shots; k++) {
    const shot = task.firstShot + k;
    const progress = (t: number): void => sink.progress((k + t / program.duration) / task.shots);
    const read = (step: number): void => {
      run.trajectory.observe();
      for (let i = 0; i < magnetisation.length; i++) {
        magnetisation[i] = 2 * run.trajectory.meanX[i]!;
      }
      readout.read(magnetisation);
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
};

/** What the shots of a block share. */
class QuantumRun {
  readonly trajectory: HomodyneTrajectory;
  readonly ledger: EnergyLedger;
  readonly plan: readonly Stretch[];
  private readonly course: ControlCourse;
  private readonly longitudinal: LongitudinalField;
  private readonly signs: Int8Array;
  private stream = RandomStream.of(0);
  private shot = 0;
  private energyBefore = 0;
  /** Whether the state has moved since the ledger's terms were written. */
  private stale = false;
  private readonly controls: Float64Array;

  constructor(
    private readonly program: ResolvedProgram,
    parameters: Readonly<Record<string, number>>,
    times: Float64Array,
  ) {
    const light = cavityLight(parameters);
    const couplings = programCouplings(program, parameters);
    this.trajectory = new HomodyneTrajectory(spinLight(couplings, light));
    this.course = new ControlCourse(program);
    this.controls = new Float64Array(this.course.values.length);
    this.longitudinal = new LongitudinalField(program);
    this.ledger = new EnergyLedger(this.controls.length);
    this.signs = new Int8Array(program.sites);
    const { step } = quantumSteps(program, light);
    this.plan = planSteps(times, this.course.curves, program.dynamics.dt ?? step);
  }

  /** The state and the controls at t = 0⁻, then whatever the controls do at t = 0. */
  begin(shot: number): void {
    const { program, trajectory, course, ledger, controls, signs } = this;
    this.shot = shot;
    this.stream = RandomStream.of(program.seed, 'dynamics', shot);
    if (program.initial.kind === 'random') trajectory.begin(null);
    else {
      drawInitialSpins(program, shot, signs);
      trajectory.begin(signs);
    }
    course.rewind();
    controls.set(course.values);
    this.writeTerms();
    ledger.begin(controls);
    this.stale = false;
    this.energyBefore = this.energyFromScratch();
    this.turn(0);
  }

  /** Every step of a stretch with the controls of its middle, then the controls of its end. */
  cross(stretch: Stretch, progress: (t: number) => void): void {
    const { trajectory, course, longitudinal, stream } = this;
    const { t0, t1, dt, steps } = stretch;
    for (let s = 0; s < steps; s++) {
      this.turn(t0 + (s + 0.5) * dt);
      longitudinal.set(course.values);
      trajectory.step(dt, course.values[0]!, longitudinal.field, stream);
      this.stale = true;
      if (s % STEPS_A_REPORT === STEPS_A_REPORT - 1) progress(t0 + (s + 1) * dt);
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
    return this.ledger.close(this.energyFromScratch() - this.energyBefore, NaN);
  }

  /** Moves the controls to time t; the heat of the steps before is booked first where they do change. */
  private turn(t: number): void {
    const { course, controls } = this;
    course.advance(t);
    let same = true;
    for (let k = 0; k < controls.length; k++) same &&= controls[k] === course.values[k];
    if (same) return;
    this.account();
    controls.set(course.values);
    this.ledger.turn(controls);
  }

  private account(): void {
    if (!this.stale) return;
    this.writeTerms();
    this.ledger.moved();
    this.stale = false;
  }

  private writeTerms(): void {
    const { trajectory, program } = this;
    const { terms } = this.ledger;
    trajectory.observe();
    const { meanX } = trajectory;
    terms[0] = 2 * trajectory.interactionEnergy();
    let rest = 2 * trajectory.sz;
    for (let i = 0; i < meanX.length; i++) rest -= 2 * program.fields[i]! * meanX[i]!;
    terms[terms.length - 1] = rest;
    for (let d = 0; d < program.drives.length; d++) {
      const { pattern } = program.drives[d]!;
      let sum = 0;
      for (let i = 0; i < meanX.length; i++) sum -= 2 * pattern[i]! * meanX[i]!;
      terms[d + 1] = sum;
    }
  }

  /** 2⟨H⟩ of state and controls without the ledger: spin by spin in its total field. */
  private energyFromScratch(): number {
    const { trajectory, course, longitudinal } = this;
    longitudinal.set(course.values);
    trajectory.observe();
    const energy = new CompensatedSum();
    energy.add(2 * course.values[0]! * trajectory.interactionEnergy());
    energy.add(2 * trajectory.sz);
    for (let i = 0; i < this.signs.length; i++) {
      energy.add(-2 * longitudinal.field[i]! * trajectory.meanX[i]!);
    }
    return energy.value;
  }
}

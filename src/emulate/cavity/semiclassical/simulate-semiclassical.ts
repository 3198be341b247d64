import { RandomStream, RelaxdError } from '../../../core/index.js';
import type { ResolvedProgram } from '../../../device/index.js';
import { CompensatedSum, type ShotLedger } from '../../../thermo/index.js';
import type { Simulate } from '../../simulation.js';
import { cavityLight } from '../cavity-light.js';
import { CavityReadout } from '../cavity-readout.js';
import { ControlCourse, LongitudinalField } from '../control-course.js';
import { EnergyLedger } from '../energy-ledger.js';
import { programCouplings } from '../judge-couplings.js';
import { planSteps, type Stretch } from '../step-plan.js';
import { makeSemiclassicalKernel } from './choose-kernel.js';
import type { SemiclassicalKernel } from './semiclassical-kernel.js';
import { semiclassicalSteps } from './semiclassical-step.js';
import { semiclassicalTemperature } from './semiclassical-violations.js';
import { drawVectorSpins } from './vector-spins.js';

/** Steps between two reports of progress. */
const STEPS_A_REPORT = 4096;

/**
 * The cavity at fidelity `semiclassical` (physics page §4.3a, b): vector spins that the pump's ramp drives out of the
 * normal phase. States are sign(x), through the readout; energies, work and heat are those of H/S in ħω_z.
 */
export const simulateSemiclassical: Simulate = (task, sink) => {
  const { program, times } = task;
  const run = new SemiclassicalRun(program, task.parameters, times);
  const readout = new CavityReadout(program, task.parameters);
  for (let k = 0; k < task.shots; k++) {
    const shot = task.firstShot + k;
    const progress = (t: number): void => sink.progress((k + t / program.duration) / task.shots);
    const read = (step: number): void => {
      readout.read(run.kernel.spins.x);
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
class SemiclassicalRun {
  readonly kernel: SemiclassicalKernel;
  readonly ledger: EnergyLedger;
  readonly plan: readonly Stretch[];
  private readonly course: ControlCourse;
  private readonly longitudinal: LongitudinalField;
  /** Controls as the ledger has them: the kernel's function of the pump, then amplitudes. */
  private readonly controls: Float64Array;
  private readonly signs: Int8Array;
  private readonly spinSize: number;
  private readonly temperature: number;
  private stream = RandomStream.of(0);
  private shot = 0;
  private energyBefore = 0;
  /** Whether the state has moved since the ledger's terms were written. */
  private stale = false;

  constructor(
    private readonly program: ResolvedProgram,
    parameters: Readonly<Record<string, number>>,
    times: Float64Array,
  ) {
    const light = cavityLight(parameters);
    const couplings = programCouplings(program, parameters);
    this.spinSize = light.spinSize;
    this.temperature = light.damping === 0 ? semiclassicalTemperature(light) : NaN;
    this.kernel = makeSemiclassicalKernel(program, couplings, light);
    this.course = new ControlCourse(program);
    this.longitudinal = new LongitudinalField(program);
    this.controls = new Float64Array(this.course.values.length);
    this.ledger = new EnergyLedger(this.controls.length);
    this.signs = new Int8Array(program.sites);
    const { step } = semiclassicalSteps(program, couplings, light);
    this.plan = planSteps(times, this.course.curves, program.dynamics.dt ?? step);
  }

  /** The state and the controls at t = 0⁻, then whatever the controls do at t = 0. */
  begin(shot: number): void {
    const { program, kernel, course, ledger } = this;
    this.shot = shot;
    this.stream = RandomStream.of(program.seed, 'dynamics', shot);
    drawVectorSpins(program, shot, this.spinSize, this.stream, kernel.spins, this.signs);
    kernel.begin(this.stream);
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
    const { kernel, course, longitudinal, stream } = this;
    const { t0, t1, dt, steps } = stretch;
    for (let s = 0; s < steps; s++) {
      this.turn(t0 + (s + 0.5) * dt);
      longitudinal.set(course.values);
      kernel.step(dt, course.values[0]!, longitudinal.field, stream);
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
    return this.ledger.close(this.energyFromScratch() - this.energyBefore, this.temperature);
  }

  /** Moves the controls to time t; the heat of the steps before is booked first where they do change. */
  private turn(t: number): void {
    const { course, controls, ledger } = this;
    course.advance(t);
    if (!this.readControls()) return;
    this.account();
    ledger.turn(controls);
  }

  /** @returns whether a control has another value than before */
  private readControls(): boolean {
    const { controls, course, kernel } = this;
    let changed = false;
    for (let k = 0; k < controls.length; k++) {
      const value = k === 0 ? kernel.control(course.values[0]!) : course.values[k]!;
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
    const { kernel, program } = this;
    const { terms } = this.ledger;
    const { x, z } = kernel.spins;
    terms[0] = kernel.pumpTerm();
    let rest = kernel.restTerm();
    for (let i = 0; i < x.length; i++) rest += z[i]! - program.fields[i]! * x[i]!;
    terms[terms.length - 1] = rest;
    for (let d = 0; d < program.drives.length; d++) {
      const { pattern } = program.drives[d]!;
      let sum = 0;
      for (let i = 0; i < x.length; i++) sum -= pattern[i]! * x[i]!;
      terms[d + 1] = sum;
    }
  }

  /** The energy of state and controls without the ledger: spin by spin in its total field. */
  private energyFromScratch(): number {
    const { kernel, course, longitudinal } = this;
    const { x, z } = kernel.spins;
    longitudinal.set(course.values);
    const energy = new CompensatedSum();
    energy.add(kernel.control(course.values[0]!) * kernel.pumpTerm());
    energy.add(kernel.restTerm());
    for (let i = 0; i < x.length; i++) energy.add(z[i]! - longitudinal.field[i]! * x[i]!);
    return energy.value;
  }
}

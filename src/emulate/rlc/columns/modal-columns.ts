import {
  GROUP,
  multiply,
  multiplyGroups,
  normalRows,
  OSCILLATOR_ROW,
  oscillatorRows,
  pack64,
  packTransposed64,
  type OscillatorRows,
  type Panels,
} from '../../../kernels/index.js';
import type { ColumnIntegrator, ColumnSetting } from '../../langevin/columns/column-setting.js';
import { KNOB, type Knobs } from '../../langevin/protocol.js';
import { ModalSteps } from '../modal-steps.js';
import type { RlcPlan } from '../rlc-plan.js';

/** `ModalOscillators` for shots side by side: each eigenmode a damped oscillator by itself, products in between. */
export class ModalColumns implements ColumnIntegrator {
  private readonly exact: ModalSteps;
  private readonly toModes: Panels<Float64Array>;
  private readonly fromModes: Panels<Float64Array>;
  private readonly modeRows: OscillatorRows;
  /** Of everything beside the listed modes. */
  private readonly restRows: OscillatorRows;
  /** Of positions and of velocities, as the state is laid out. */
  private readonly noise: Float64Array;
  /** The part of it that only velocities get. */
  private readonly velocityNoise: Float64Array;
  private readonly inModes: Float64Array;
  private readonly modeNoise: Float64Array;
  private readonly force: Float64Array;
  private readonly forceInModes: Float64Array;
  /** Fields of the clamped sites in the modes; null: nothing is clamped. */
  private readonly ownModes: Float64Array | null;
  private coupling = 1;

  constructor(private readonly setting: ColumnSetting<RlcPlan>) {
    const { engine, plan, groups, potential } = setting;
    const { scratch } = engine;
    this.exact = new ModalSteps(plan.setting);
    const { count, sites, vectors, background } = this.exact.modes;
    this.toModes = pack64(scratch, vectors, count, sites);
    this.fromModes = packTransposed64(scratch, vectors, count, sites);
    const table = (rows: number): OscillatorRows => ({
      rows,
      coefficients: scratch.float64(rows * OSCILLATOR_ROW),
      push: scratch.float64(2 * rows),
    });
    this.modeRows = table(count);
    this.restRows = table(sites);
    const columns = groups * GROUP;
    this.noise = scratch.float64(2 * sites * columns);
    this.velocityNoise = this.noise.subarray(sites * columns);
    this.inModes = scratch.float64(2 * count * columns);
    // Without a background all modes are listed, and noise is drawn in the modes themselves.
    this.modeNoise = background === null ? this.noise : scratch.float64(2 * count * columns);
    this.force = scratch.float64(sites);
    this.forceInModes = scratch.float64(count);
    this.ownModes = potential.own === null ? null : scratch.float64(count * columns);
  }

  begin(): void {
    const { engine, potential, groups } = this.setting;
    if (this.ownModes === null || this.exact.modes.count === 0) return;
    multiplyGroups(engine, this.toModes, potential.own!, this.ownModes, groups);
  }

  prepare(h: number, knobs: Knobs): void {
    const { exact, modeRows, restRows, force, forceInModes, toModes } = this;
    const { engine, plan } = this.setting;
    const { steps, modes } = exact;
    this.coupling = knobs[KNOB.coupling]!;
    const last = modes.count * OSCILLATOR_ROW;
    if (exact.prepare(h, knobs)) {
      modeRows.coefficients.set(steps.subarray(0, last));
      const rest = steps.subarray(last);
      for (let i = 0; i < modes.sites; i++) restRows.coefficients.set(rest, i * OSCILLATOR_ROW);
    }
    plan.potential.sharedForce(knobs, force);
    if (modes.count > 0) multiply(engine, toModes, force, forceInModes, 1, null);
    pushBy(modeRows, forceInModes);
    pushBy(restRows, force);
  }

  advance(steps: number): null {
    for (let s = 0; s < steps; s++) this.step();
    return null;
  }

  private step(): void {
    const { toModes, fromModes, modeRows, restRows, noise, inModes, modeNoise, ownModes } = this;
    const { coupling } = this;
    const { engine, state, lanes, groups, potential } = this.setting;
    const { count, background, sites } = this.exact.modes;
    normalRows(engine, lanes, noise, sites, groups);
    normalRows(engine, lanes, this.velocityNoise, sites, groups);
    if (count > 0) {
      if (background !== null) multiplyGroups(engine, toModes, noise, modeNoise, 2 * groups);
      multiplyGroups(engine, toModes, state, inModes, 2 * groups);
      oscillatorRows(engine, inModes, modeNoise, modeRows, ownModes, coupling, groups);
    }
    if (background !== null) {
      oscillatorRows(engine, state, noise, restRows, potential.own, coupling, groups);
    }
    if (count > 0) {
      const kept = background === null ? 0 : 1;
      multiplyGroups(engine, fromModes, inModes, state, 2 * groups, 1, kept);
    }
  }
}

/** What a force that all shots have adds to each row, by the row's response. */
function pushBy({ coefficients, push }: OscillatorRows, force: Float64Array): void {
  for (let k = 0; k < force.length; k++) {
    push[2 * k] = coefficients[k * OSCILLATOR_ROW + 4]! * force[k]!;
    push[2 * k + 1] = coefficients[k * OSCILLATOR_ROW + 5]! * force[k]!;
  }
}

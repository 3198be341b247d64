import { OSCILLATOR_ROW } from '../../kernels/index.js';
import { linearModes, spectrum, type LinearModes } from '../langevin/linear-modes.js';
import { KNOB, type Knobs } from '../langevin/protocol.js';
import { oscillatorStep } from './oscillator-step.js';
import { sameEverywhere, type RlcSetting } from './rlc-integrator.js';

/** Eigenmodes of linear cells that are alike in friction and temperature, and the exact step of each as an oscillator. */
export class ModalSteps {
  /** Of J, or of cJ − 2q where the wells differ. */
  readonly modes: LinearModes;
  /** Largest |eigenvalue| of A = 2q − cJ. */
  readonly stiffness: number;
  /** {@link OSCILLATOR_ROW} numbers a listed mode; the background's, taken off them, last. */
  readonly steps: Float64Array;
  /** The wells lie in the modes' matrix together with the couplings. */
  private readonly wellsInside: boolean;
  private readonly well: number;
  private prepared = [NaN, NaN, NaN, NaN];

  constructor(private readonly setting: RlcSetting) {
    const { potential, knobs } = setting;
    const { sites, quadratic } = potential;
    const matrix = potential.coupling.toDense();
    this.wellsInside = !sameEverywhere(quadratic);
    this.well = this.wellsInside ? 0 : (quadratic[0] ?? 0);
    if (this.wellsInside) {
      const c = knobs[KNOB.coupling]!;
      for (let k = 0; k < matrix.length; k++) matrix[k]! *= c;
      for (let i = 0; i < sites; i++) matrix[i * sites + i]! -= 2 * quadratic[i]!;
    }
    this.modes = linearModes(matrix, sites);
    this.steps = new Float64Array((this.modes.count + 1) * OSCILLATOR_ROW);
    const { least, most } = spectrum(this.modes);
    const reach = this.wellsInside ? 1 : setting.mostCoupling;
    const base = 2 * (this.well + knobs[KNOB.quadratic]!);
    this.stiffness = Math.max(Math.abs(base - reach * least), Math.abs(base - reach * most));
  }

  /** @returns whether anything has changed */
  prepare(h: number, knobs: Knobs): boolean {
    const base = 2 * (this.well + knobs[KNOB.quadratic]!);
    const factor = this.wellsInside ? 1 : knobs[KNOB.coupling]!;
    const T = knobs[KNOB.temperature]!;
    const { prepared, modes, steps } = this;
    const { count, values, background } = modes;
    if (prepared[0] === h && prepared[1] === base && prepared[2] === factor && prepared[3] === T) {
      return false;
    }
    this.prepared = [h, base, factor, T];
    const gamma = this.setting.friction[0] ?? 1;
    const last = count * OSCILLATOR_ROW;
    if (background === null) steps.fill(0, last);
    else oscillatorStep(base - factor * background, gamma, T, h, steps, last);
    for (let k = 0; k < count; k++) {
      const at = k * OSCILLATOR_ROW;
      oscillatorStep(base - factor * values[k]!, gamma, T, h, steps, at);
      for (let s = 0; s < OSCILLATOR_ROW; s++) steps[at + s]! -= steps[last + s]!;
    }
    return true;
  }
}

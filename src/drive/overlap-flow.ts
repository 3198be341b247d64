import { POPULATION_SIGNS } from '../model/index.js';
import type { DriveModel } from './predict-drive.js';

const { other: S_OTHER, cue: S_CUE } = POPULATION_SIGNS;
/** Longest step of the integration (RK4): what is found with it is computed again by {@link drivenOverlapDynamics}. */
const DT = 0.125;
/** Where no field changes. */
const DT_FREE = 0.2;
/** A relaxation has ended where no population moves faster. */
const STILL = 1e-5;
const MOST = 1 - 1e-12;

/**
 * The overlap dynamics of a drive without its ledger, for searches that run many courses: the populations are advanced where they
 * are, nothing is made on the way. A test holds it to `drivenOverlapDynamics`.
 */
export class OverlapFlow {
  private readonly stages = Array.from({ length: 4 }, () => new Float64Array(4));
  private readonly probe = new Float64Array(4);

  constructor(private readonly model: DriveModel) {}

  /** Σ w x s with the signs of the target, the other memory and the cue. */
  overlaps(x: Float64Array): { target: number; other: number; cue: number } {
    return { target: this.along(x), other: this.along(x, S_OTHER), cue: this.along(x, S_CUE) };
  }

  /** Of a site, in the field h. */
  energy(x: Float64Array, h: number): number {
    const { order } = this.model;
    const { target, other, cue } = this.overlaps(x);
    return -(target ** order) / order - other ** order / order - h * cue;
  }

  /**
   * Advances populations while the field goes from one value to another.
   * @returns the work on a site meanwhile, −∫ ḣ m_η dt (Simpson's rule in each step)
   */
  advance(x: Float64Array, from: number, to: number, duration: number): number {
    const steps = Math.max(1, Math.ceil(duration / DT - 1e-9));
    const dt = duration / steps;
    let sum = 0;
    let before = this.along(x, S_CUE);
    for (let step = 0; step < steps; step++) {
      const h = from + ((to - from) * step) / steps;
      const middle = this.step(x, h, (to - from) / steps, dt);
      const after = this.along(x, S_CUE);
      sum += before + 4 * middle + after;
      before = after;
    }
    return (-(to - from) * sum) / (6 * steps);
  }

  /** Relaxes without a field, for a time or until nothing moves. */
  relax(x: Float64Array, duration: number): void {
    const steps = Math.max(1, Math.ceil(duration / DT_FREE));
    const dt = duration / steps;
    for (let step = 0; step < steps; step++) {
      this.step(x, 0, 0, dt);
      if (this.stages[0]!.every((rate) => Math.abs(rate) < STILL)) return;
    }
  }

  /** One step of RK4; answers with m_η in its middle. */
  private step(x: Float64Array, h: number, rise: number, dt: number): number {
    const { probe } = this;
    const [k1, k2, k3, k4] = this.stages as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    this.rates(x, h, k1);
    for (let p = 0; p < 4; p++) probe[p] = x[p]! + (dt / 2) * k1[p]!;
    this.rates(probe, h + rise / 2, k2);
    for (let p = 0; p < 4; p++) probe[p] = x[p]! + (dt / 2) * k2[p]!;
    const middle = this.along(probe, S_CUE);
    this.rates(probe, h + rise / 2, k3);
    for (let p = 0; p < 4; p++) probe[p] = x[p]! + dt * k3[p]!;
    this.rates(probe, h + rise, k4);
    for (let p = 0; p < 4; p++) {
      const next = x[p]! + (dt / 6) * (k1[p]! + 2 * k2[p]! + 2 * k3[p]! + k4[p]!);
      x[p] = next > MOST ? MOST : next < -MOST ? -MOST : next;
    }
    return middle;
  }

  private rates(x: Float64Array, h: number, out: Float64Array): void {
    const { order, temperature } = this.model;
    const target = this.along(x) ** (order - 1);
    const other = this.along(x, S_OTHER) ** (order - 1);
    for (let p = 0; p < 4; p++) {
      const b = target + S_OTHER[p]! * other + h * S_CUE[p]!;
      out[p] = Math.tanh(b / temperature) - x[p]!;
    }
  }

  private along(x: Float64Array, signs?: readonly number[]): number {
    const w = this.model.shares;
    if (signs === undefined) return w[0] * x[0]! + w[1] * x[1]! + w[2] * x[2]! + w[3] * x[3]!;
    return (
      w[0] * signs[0]! * x[0]! +
      w[1] * signs[1]! * x[1]! +
      w[2] * signs[2]! * x[2]! +
      w[3] * signs[3]! * x[3]!
    );
  }
}

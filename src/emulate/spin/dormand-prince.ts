import { RelaxdError } from '../../core/index.js';

/** Right-hand side dy/dt = f(t, y), written into `out`. */
export type Derivative = (t: number, y: Float64Array, out: Float64Array) => void;

const NODES = [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1] as const;
const STAGES = [
  [],
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
] as const;
/** Difference of the solutions of order 5 and 4. */
const ERROR = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40] as const;

/**
 * Runge–Kutta of order 5(4) with step control (Dormand & Prince 1980; Hairer, Nørsett & Wanner, Solving ODEs I, II.5).
 * Storage is kept between calls.
 */
export class DormandPrince {
  private readonly k: Float64Array[];
  private readonly trial: Float64Array;
  private lastStep = Infinity;

  /**
   * @param size number of unknowns
   * @param tolerance error of one step relative to `scale`
   * @param scale of each unknown's error, given the present values, into `out`
   */
  constructor(
    private readonly size: number,
    private readonly tolerance: number,
    private readonly scale: (y: Float64Array, out: Float64Array) => void,
  ) {
    this.k = Array.from({ length: 7 }, () => new Float64Array(size));
    this.trial = new Float64Array(size);
    this.scales = new Float64Array(size);
  }
  private readonly scales: Float64Array;

  /** Integrates from t to end in place; f must be smooth in between. */
  integrate(f: Derivative, t: number, end: number, y: Float64Array): void {
    if (!(end > t)) return;
    const { k, trial, size, scales } = this;
    let step = Math.min(this.lastStep, 0.1, end - t);
    f(t, y, k[0]!);
    while (t < end) {
      const final = t + step >= end - 1e-12 * (end - t);
      const h = final ? end - t : step;
      for (let s = 1; s < 7; s++) {
        trial.set(y);
        const row = STAGES[s]!;
        for (let r = 0; r < s; r++) {
          const weight = h * row[r]!;
          if (weight === 0) continue;
          const from = k[r]!;
          for (let i = 0; i < size; i++) trial[i] = trial[i]! + weight * from[i]!;
        }
        f(t + NODES[s]! * h, trial, k[s]!);
      }
      this.scale(y, scales);
      let worst = 0;
      for (let i = 0; i < size; i++) {
        let error = 0;
        for (let s = 0; s < 7; s++) error += ERROR[s]! * k[s]![i]!;
        const size = Math.abs(h * error) / scales[i]!;
        if (!(size <= worst)) worst = size; // NaN too
      }
      if (!Number.isFinite(worst)) {
        throw new RelaxdError('internal', `the solution is not finite after t = ${t}`, { t });
      }
      const ratio = worst / this.tolerance;
      if (ratio <= 1) {
        t = final ? end : t + h;
        y.set(trial); // the last stage is the new value
        const first = k[0]!;
        k[0] = k[6]!; // and its derivative the first stage of the next step
        k[6] = first;
        if (!final) this.lastStep = h;
      }
      step = h * Math.min(5, Math.max(0.2, 0.9 * ratio ** -0.2));
    }
  }
}

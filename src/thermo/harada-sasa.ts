import { RelaxdError } from '../core/index.js';
import { fourierInPlace } from './fourier.js';
import { RunningMoments } from './statistics.js';

/** What is known of one overdamped coordinate in its bath, sampled at equal intervals. */
export interface HaradaSasaSetting {
  /** Time τ between two positions. */
  readonly interval: number;
  /** Steps of a segment, a power of two: the frequencies are 2πj/(segment·τ). */
  readonly segment: number;
  /** γ = 1/mobility. */
  readonly friction: number;
  /** Of the coordinate's own bath. */
  readonly temperature: number;
  /**
   * Mean velocity in intervals 0, 1, 2, … after a unit force was held on the coordinate during interval 0, from {@link impulseResponse};
   * taken as 0 beyond its end.
   */
  readonly response: Float64Array;
  /** Width of the bins of the integrand, an angular frequency. */
  readonly binWidth: number;
  /** Largest angular frequency of the integral; π/τ where left out. */
  readonly cutoff?: number;
}

/** Means over a range of frequencies. */
export interface HaradaSasaBin {
  /** Angular frequency at its centre. */
  readonly omega: number;
  /** γ(C_vv − 2T Re R_v): heat current per dω/2π, both signs of ω alike. */
  readonly integrand: number;
  readonly sem: number;
}

/**
 * The heat current into a bath from the violation of the fluctuation–response relation (Harada & Sasa, PRL 95, 130602 (2005)):
 * Q̇ = γ{⟨v⟩² + ∫ dω/2π [C_vv(ω) − 2T Re R_v(ω)]}. Velocities are means over the sampling interval, (x_{k+1} − x_k)/τ, and the
 * response is to a force held for an interval: then the relation C = 2T Re R of equilibrium holds exactly at every
 * frequency up to π/τ, whatever τ and the segment are, and the sum up to there misses a share of about (2/π)(l₁ + l₂)τ/π of a current.
 *
 * Segments of a stationary record are added one by one; errors come from their scatter.
 */
export class HaradaSasa {
  /** Angular frequencies, 0 … π/τ. */
  readonly omega: Float64Array;
  private readonly reference: Float64Array;
  private readonly integral = new RunningMoments();
  private readonly binned: readonly RunningMoments[];
  private readonly members: Float64Array;
  private readonly sums: Float64Array;
  private readonly re: Float64Array;
  private readonly im: Float64Array;

  /** @throws RelaxdError `invalid-input` for a segment that is no power of two */
  constructor(private readonly setting: HaradaSasaSetting) {
    const { segment, interval, temperature, friction, response } = setting;
    if (!(segment >= 2 && Math.log2(segment) % 1 === 0)) {
      throw new RelaxdError('invalid-input', `a segment of ${segment} steps`, {
        path: 'segment',
        value: segment,
        limit: 'a power of two',
      });
    }
    const count = segment / 2 + 1;
    this.omega = Float64Array.from(
      { length: count },
      (_, j) => (2 * Math.PI * j) / (segment * interval),
    );
    const bins = this.binOf(count - 1) + 1;
    this.members = new Float64Array(bins);
    for (let j = 1; j < count; j++) this.members[this.binOf(j)]!++;
    this.sums = new Float64Array(bins);
    this.binned = Array.from({ length: bins }, () => new RunningMoments());
    this.re = new Float64Array(segment);
    this.im = new Float64Array(segment);
    // The mean spectrum of a segment is that of C_k(1 − |k|/n): the response is weighted alike, so that nothing leaks.
    const answered = Math.min(response.length, segment);
    for (let k = 0; k < answered; k++) this.re[k] = response[k]! * (1 - k / segment);
    fourierInPlace(this.re, this.im);
    this.reference = Float64Array.from(
      this.re.subarray(0, count),
      (R) => 2 * temperature * friction * R,
    );
  }

  /**
   * Adds a segment.
   * @param positions segment + 1 of them
   * @param equilibrium positions of the same coordinate with all baths at its temperature, under the same noise: its own
   *   integrand is zero on average, and taking it off removes most of the scatter
   */
  add(positions: Float64Array, equilibrium: Float64Array | null = null): void {
    const { re, im, reference, setting } = this;
    const { segment, interval, friction } = setting;
    for (let k = 0; k < segment; k++) {
      re[k] = (positions[k + 1]! - positions[k]!) / interval;
      im[k] = equilibrium === null ? 0 : (equilibrium[k + 1]! - equilibrium[k]!) / interval;
    }
    fourierInPlace(re, im);
    // Two real series in one transform: V_j = (Z_j + Z*_{−j})/2 and (Z_j − Z*_{−j})/2i.
    const { sums, omega } = this;
    const scale = (friction * interval) / segment;
    const cutoff = setting.cutoff ?? Infinity;
    let integral = 0;
    sums.fill(0);
    for (let j = 0; j < reference.length; j++) {
      const k = (segment - j) % segment;
      const first = ((re[j]! + re[k]!) / 2) ** 2 + ((im[j]! - im[k]!) / 2) ** 2;
      const second = ((im[j]! + im[k]!) / 2) ** 2 + ((re[k]! - re[j]!) / 2) ** 2;
      const value = scale * first - (equilibrium === null ? reference[j]! : scale * second);
      // Σ over the frequencies of both signs, dω/2π = 1/(segment·τ).
      const both = j === 0 || j === reference.length - 1 ? 1 : 2;
      if (omega[j]! <= cutoff) integral += (both * value) / (segment * interval);
      if (j > 0) sums[this.binOf(j)]! += value;
    }
    this.integral.add(integral);
    this.binned.forEach((moments, b) => moments.add(sums[b]! / this.members[b]!));
  }

  /** Heat current into the bath. */
  heatCurrent(): { readonly mean: number; readonly sem: number } {
    return { mean: this.integral.mean, sem: this.integral.sem };
  }

  /** The integrand in bins from 0 (left out itself: ⟨v⟩² lies there) to π/τ. */
  bins(): HaradaSasaBin[] {
    const { binWidth } = this.setting;
    return this.binned.flatMap((moments, b) =>
      this.members[b] === 0
        ? []
        : [{ omega: (b + 0.5) * binWidth, integrand: moments.mean, sem: moments.sem }],
    );
  }

  private binOf(j: number): number {
    return Math.floor(this.omega[j]! / this.setting.binWidth);
  }
}

/**
 * The response that {@link HaradaSasa} takes, from two runs under the same noise, one of them with a force held on the
 * coordinate during the first interval: for linear dynamics exact, whatever the noise.
 * @param pushed, free positions at 0, τ, 2τ, …
 */
export function impulseResponse(
  pushed: Float64Array,
  free: Float64Array,
  force: number,
  interval: number,
): Float64Array {
  return Float64Array.from(
    { length: pushed.length - 1 },
    (_, k) => (pushed[k + 1]! - free[k + 1]! - (pushed[k]! - free[k]!)) / interval / force,
  );
}

/** What moves one node: x' = u − a x − b x³ + noise of density D. */
export interface WellLaw {
  readonly a: number;
  readonly b: number;
  readonly u: number;
  readonly D: number;
}

/** Members of {@link WellLaw} in this order. */
export const WELL_LAW = ['a', 'b', 'u', 'D'] as const;
const [RATE, CUBIC, PUSH, NOISE] = [0, 1, 2, 3];
const LAWS = WELL_LAW.length;

/** Where the mean, the variance, the decay and their slopes stand. */
export const AT = { m: 0, P: 1, L: 2, dm: 3, dP: 3 + LAWS, dL: 3 + 2 * LAWS } as const;
const WIDTH = 3 + 3 * LAWS;

/** Of the fastest rate times a step. */
const SHORT = 0.2;

/**
 * Mean m and variance P of one node in a quartic well, and L = ∫ A dt, the decay of its deviations, on a course of short steps, with their slopes by
 * the law. Moments above the second are taken for those of a normal law (⟨x³⟩ = m³ + 3 m P):
 *
 *     m' = u − a m − b (m³ + 3 m P),   P' = D − 2 A P,   A = a + 3 b (m² + P)
 *
 * which is exact for b = 0, and leaves an error of order T² of the mean where the noise is weak. Classical Runge–Kutta with its tangents, so that
 * slopes are those of the very numbers that are used.
 */
export class WellMoments {
  /** m, P, L, then slopes of m, of P and of L by each member of the law: {@link AT}. */
  readonly at = new Float64Array(WIDTH);
  /** Its derivative by time. */
  readonly speed = new Float64Array(WIDTH);
  private readonly sum = new Float64Array(WIDTH);
  private readonly slope = new Float64Array(WIDTH);
  private readonly tried = new Float64Array(WIDTH);

  constructor(
    private readonly law: WellLaw,
    start: number,
  ) {
    this.at[AT.m] = start;
    this.slopes(this.at, this.speed);
  }

  /** So many steps of an interval are short: by the largest curvature between where the node starts and where it is pushed to. */
  static stepsOf({ a, b, u }: WellLaw, start: number, interval: number): number {
    let reach = Math.abs(start);
    if (b > 0) {
      const held = Math.cbrt(Math.abs(u) / b) + Math.sqrt(Math.max(0, -a) / b);
      reach = Math.max(reach, a > 0 ? Math.min(held, Math.abs(u) / a) : held);
    }
    const rate = Math.abs(a) + 3 * b * reach * reach;
    return Math.max(1, Math.ceil((rate * interval) / SHORT));
  }

  step(h: number): void {
    const { at, speed, sum, slope, tried } = this;
    const [half, sixth, third] = [h / 2, h / 6, h / 3];
    for (let k = 0; k < WIDTH; k++) {
      sum[k] = at[k]! + sixth * speed[k]!;
      tried[k] = at[k]! + half * speed[k]!;
    }
    for (let stage = 1; stage < 3; stage++) {
      this.slopes(tried, slope);
      const ahead = stage === 1 ? half : h;
      for (let k = 0; k < WIDTH; k++) {
        sum[k] = sum[k]! + third * slope[k]!;
        tried[k] = at[k]! + ahead * slope[k]!;
      }
    }
    this.slopes(tried, slope);
    for (let k = 0; k < WIDTH; k++) at[k] = sum[k]! + sixth * slope[k]!;
    this.slopes(at, speed);
  }

  private slopes(at: Float64Array, to: Float64Array): void {
    const { a, b, u, D } = this.law;
    const m = at[AT.m]!;
    const P = at[AT.P]!;
    const curve = 3 * (m * m + P);
    const A = a + b * curve;
    const cubed = m * (m * m + 3 * P);
    to[AT.m] = u - a * m - b * cubed;
    to[AT.P] = D - 2 * A * P;
    to[AT.L] = A;
    const bent = 3 * b;
    for (let k = 0; k < LAWS; k++) {
      const dm = at[AT.dm + k]!;
      const dP = at[AT.dP + k]!;
      const dA = bent * (2 * m * dm + dP);
      to[AT.dm + k] = -A * dm - bent * m * dP;
      to[AT.dP + k] = -2 * (dA * P + A * dP);
      to[AT.dL + k] = dA;
    }
    // What each member does by itself, the moments held.
    to[AT.dm + RATE] = to[AT.dm + RATE]! - m;
    to[AT.dP + RATE] = to[AT.dP + RATE]! - 2 * P;
    to[AT.dL + RATE] = to[AT.dL + RATE]! + 1;
    to[AT.dm + CUBIC] = to[AT.dm + CUBIC]! - cubed;
    to[AT.dP + CUBIC] = to[AT.dP + CUBIC]! - 2 * curve * P;
    to[AT.dL + CUBIC] = to[AT.dL + CUBIC]! + curve;
    to[AT.dm + PUSH] = to[AT.dm + PUSH]! + 1;
    to[AT.dP + NOISE] = to[AT.dP + NOISE]! + 1;
  }
}

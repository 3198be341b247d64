import { RelaxdError } from '../../core/index.js';
import { checkOrder, checkParameter, checkTemperature } from './check-parameter.js';
import { spinEntropy } from './dense-mean-field.js';

/**
 * Exact N → ∞ dynamics and thermodynamics of dense memories at low or intermediate load, driven by a corrupted cue
 * (physics page §2.4): H = −N Σ F(m_ν) − h(t) Σ η_i s_i, Glauber rates, one target memory ξ¹ and one other, ξ². Four
 * populations of spins: ξ¹ = ξ² (A) or −ξ² (B), cue right (η = ξ¹) or wrong, with weights (1 ± c)/4.
 */
export interface DrivenOverlapSetting {
  /** n ≥ 2, F(m) = mⁿ/n. */
  readonly degree: number;
  /** F'(m) = 0 for m < 0. */
  readonly rectified?: boolean;
  /** T > 0. */
  readonly temperature: number;
  /** c = 1 − 2ρ, −1 … 1: overlap of the cue η with the target. */
  readonly cueAccuracy: number;
  /** h(t) as [t, h], piecewise linear; a jump is two points at one t; before the first point 0, then constant. */
  readonly field: readonly (readonly [number, number])[];
  readonly duration: number;
  /** ⟨ξ¹s⟩ at the start in [A right, A wrong, B right, B wrong]: 0 for the paramagnet (default), |x| < 1. */
  readonly initial?: readonly [number, number, number, number];
  /**
   * Shares of the four populations, which sum to 1: those of given patterns, in place of (1 ± c)/4 of infinitely many random
   * sites. With them the equations are those of the given ξ¹, ξ², η, correlated or not, up to 1/N.
   */
  readonly shares?: readonly [number, number, number, number];
  /** Step of the Runge–Kutta integration, 1e-3 by default. */
  readonly dt?: number;
  /** Time between samples; only the start and the end where left out. */
  readonly every?: number;
}

/** Sampled time courses, all per spin; a sample at a jump is taken after it. */
export interface DrivenOverlapCourse {
  readonly t: Float64Array;
  readonly target: Float64Array;
  readonly other: Float64Array;
  /** Overlap with the cue. */
  readonly cue: Float64Array;
  readonly field: Float64Array;
  /** Done on the system since the start. */
  readonly work: Float64Array;
  /** Into the bath since the start. */
  readonly heat: Float64Array;
  readonly energy: Float64Array;
  /** Of the spins, in nats. */
  readonly entropy: Float64Array;
  /** Total, since the start, in nats. */
  readonly entropyProduction: Float64Array;
  /** Rates at the sample, with the field as it goes on from there: power −ḣ m_η, heat flow, entropy production per time. */
  readonly power: Float64Array;
  readonly heatRate: Float64Array;
  readonly entropyProductionRate: Float64Array;
  /** ⟨ξ¹s⟩ of the four populations at the end. */
  readonly final: readonly [number, number, number, number];
}

const WORK = 4;
const HEAT = 5;
const PRODUCTION = 6;
/** ξ² and η of the four populations, in units of ξ¹. */
export const POPULATION_SIGNS = { other: [1, 1, -1, -1], cue: [1, -1, 1, -1] } as const;
const { other: S_OTHER, cue: S_CUE } = POPULATION_SIGNS;

/** The populations at equilibrium with the other memory (n, T below the spinodal, overlap m): the start of a switch. */
export function atOtherMemory(m: number): [number, number, number, number] {
  return [m, m, -m, -m];
}

/** The populations at overlap m with the target. */
export function atTarget(m: number): [number, number, number, number] {
  return [m, m, m, m];
}

/**
 * Integrates the overlap dynamics with work, heat and entropy production (RK4). The identities Δe = w − q and
 * Σ = Δs + βq hold to about 1e-13 at the default step.
 * @throws RelaxdError `invalid-input`
 */
export function drivenOverlapDynamics(setting: DrivenOverlapSetting): DrivenOverlapCourse {
  return new OverlapIntegrator(setting).run();
}

class OverlapIntegrator {
  private readonly weights: readonly number[];
  private readonly dt: number;
  /** Four populations, then work, heat, entropy production. */
  private readonly y = new Float64Array(7);
  private readonly stages = Array.from({ length: 4 }, () => new Float64Array(7));
  private readonly probe = new Float64Array(7);
  private field = 0;
  private readonly rows: number[][] = [];

  constructor(private readonly setting: DrivenOverlapSetting) {
    checkSetting(setting);
    const right = (1 + setting.cueAccuracy) / 4;
    const wrong = (1 - setting.cueAccuracy) / 4;
    this.weights = setting.shares ?? [right, wrong, right, wrong];
    this.dt = setting.dt ?? 1e-3;
    this.y.set(setting.initial ?? [0, 0, 0, 0]);
  }

  run(): DrivenOverlapCourse {
    const { duration, field: points, every } = this.setting;
    let t = 0;
    let index = 0;
    let sample = 1;
    const jump = (): void => {
      for (; index < points.length && points[index]![0] <= t; index++) {
        const after = points[index]![1];
        this.y[WORK] = this.y[WORK]! - (after - this.field) * this.overlap(this.y, S_CUE);
        this.field = after;
      }
    };
    jump();
    this.record(t, this.slope(points, index, t));
    while (t < duration) {
      const nextSample = every === undefined ? duration : Math.min(sample * every, duration);
      const point = points[index];
      const until = Math.min(nextSample, point?.[0] ?? duration, duration);
      const slope = this.slope(points, index, t);
      this.advance(t, until, slope);
      t = until;
      jump();
      if (t >= nextSample) {
        sample++;
        this.record(t, this.slope(points, index, t));
      }
    }
    return this.course();
  }

  /** dh/dt between the point before `index` and the one at it. */
  private slope(points: readonly (readonly [number, number])[], index: number, t: number): number {
    const next = points[index];
    if (next === undefined || index === 0) return 0;
    return (next[1] - this.field) / (next[0] - t);
  }

  private advance(from: number, until: number, slope: number): void {
    const steps = Math.max(1, Math.ceil((until - from) / this.dt - 1e-9));
    const dt = (until - from) / steps;
    const start = this.field;
    const [k1, k2, k3, k4] = this.stages as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const { y, probe } = this;
    for (let step = 0; step < steps; step++) {
      const h = start + slope * dt * step;
      this.derivative(y, h, slope, k1);
      for (let k = 0; k < 7; k++) probe[k] = y[k]! + (dt / 2) * k1[k]!;
      this.derivative(probe, h + (slope * dt) / 2, slope, k2);
      for (let k = 0; k < 7; k++) probe[k] = y[k]! + (dt / 2) * k2[k]!;
      this.derivative(probe, h + (slope * dt) / 2, slope, k3);
      for (let k = 0; k < 7; k++) probe[k] = y[k]! + dt * k3[k]!;
      this.derivative(probe, h + slope * dt, slope, k4);
      for (let k = 0; k < 7; k++) {
        y[k] = y[k]! + (dt / 6) * (k1[k]! + 2 * k2[k]! + 2 * k3[k]! + k4[k]!);
      }
    }
    this.field = start + slope * (until - from);
  }

  private derivative(y: Float64Array, h: number, slope: number, out: Float64Array): void {
    const beta = 1 / this.setting.temperature;
    const pullTarget = this.force(this.overlap(y));
    const pullOther = this.force(this.overlap(y, S_OTHER));
    out[WORK] = -slope * this.overlap(y, S_CUE);
    let heat = 0;
    let production = 0;
    for (let k = 0; k < 4; k++) {
      const x = y[k]!;
      const b = pullTarget + S_OTHER[k]! * pullOther + h * S_CUE[k]!;
      const rate = Math.tanh(beta * b) - x;
      out[k] = rate;
      heat += this.weights[k]! * rate * b;
      production += this.weights[k]! * rate * (beta * b - Math.atanh(x));
    }
    out[HEAT] = heat;
    out[PRODUCTION] = production;
  }

  private force(m: number): number {
    const { degree, rectified } = this.setting;
    return rectified === true && m < 0 ? 0 : m ** (degree - 1);
  }

  private potential(m: number): number {
    const { degree, rectified } = this.setting;
    return rectified === true && m < 0 ? 0 : m ** degree / degree;
  }

  private overlap(y: Float64Array, signs?: readonly number[]): number {
    let sum = 0;
    for (let k = 0; k < 4; k++) sum += this.weights[k]! * y[k]! * (signs?.[k] ?? 1);
    return sum;
  }

  private record(t: number, slope: number): void {
    const { y, field, probe: rates } = this;
    this.derivative(y, field, slope, rates);
    const target = this.overlap(y);
    const other = this.overlap(y, S_OTHER);
    const cue = this.overlap(y, S_CUE);
    const energy = -this.potential(target) - this.potential(other) - field * cue;
    let entropy = 0;
    for (let k = 0; k < 4; k++) entropy += this.weights[k]! * spinEntropy(y[k]!);
    this.rows.push([
      t,
      target,
      other,
      cue,
      field,
      y[WORK]!,
      y[HEAT]!,
      energy,
      entropy,
      y[PRODUCTION]!,
      rates[WORK]!,
      rates[HEAT]!,
      rates[PRODUCTION]!,
    ]);
  }

  private course(): DrivenOverlapCourse {
    const column = (k: number): Float64Array => Float64Array.from(this.rows, (row) => row[k]!);
    return {
      t: column(0),
      target: column(1),
      other: column(2),
      cue: column(3),
      field: column(4),
      work: column(5),
      heat: column(6),
      energy: column(7),
      entropy: column(8),
      entropyProduction: column(9),
      power: column(10),
      heatRate: column(11),
      entropyProductionRate: column(12),
      final: [this.y[0]!, this.y[1]!, this.y[2]!, this.y[3]!],
    };
  }
}

function checkSetting(setting: DrivenOverlapSetting): void {
  checkOrder(setting.degree);
  checkTemperature(setting.temperature);
  checkParameter('cueAccuracy', setting.cueAccuracy, (c) => Math.abs(c) <= 1, '−1 … 1');
  checkParameter('duration', setting.duration, (t) => t > 0, '> 0');
  checkParameter('dt', setting.dt ?? 1e-3, (t) => t > 0, '> 0');
  checkParameter('every', setting.every ?? 1, (t) => t > 0, '> 0');
  for (const x of setting.initial ?? []) {
    checkParameter('initial', x, (value) => Math.abs(value) < 1, 'between −1 and 1');
  }
  if (setting.shares !== undefined) {
    for (const share of setting.shares) checkParameter('shares', share, (w) => w >= 0, '≥ 0');
    const sum = setting.shares.reduce((a, b) => a + b, 0);
    checkParameter('shares', sum, (all) => Math.abs(all - 1) < 1e-9, 'a sum of 1');
  }
  let before = 0;
  for (const [k, [t, h]] of setting.field.entries()) {
    if (!Number.isFinite(h) || !(t >= before)) {
      throw new RelaxdError('invalid-input', `field[${k}] is [${t}, ${h}]`, {
        path: `field[${k}]`,
        value: [t, h],
        limit: 'finite values at times ≥ 0 that do not decrease',
      });
    }
    before = t;
  }
}

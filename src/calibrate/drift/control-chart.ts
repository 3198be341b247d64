import { RelaxdError } from '../../core/index.js';
import { gaussLegendre, normalDensity, normalTail } from '../../model/index.js';

/**
 * A control chart of standardised deviations z of a device's check-runs, of mean 0 and variance 1 while the calibration holds:
 *
 * - `cusum`: C± ← max(0, C± ± z − k), alarm where either exceeds `limit` (Page 1954)
 * - `ewma`: M ← (1 − λ) M + λ z, alarm where |M| exceeds `limit` (Roberts 1959)
 */
export type ChartDesign =
  | { readonly kind: 'cusum'; readonly reference: number; readonly limit: number }
  | { readonly kind: 'ewma'; readonly weight: number; readonly limit: number };

export interface ChartState {
  /** C⁺ and C⁻, or M and 0. */
  readonly upper: number;
  readonly lower: number;
  /** Check-runs since the chart was started. */
  readonly count: number;
  readonly alarm: boolean;
}

export const START: ChartState = { upper: 0, lower: 0, count: 0, alarm: false };

/**
 * The chart after one more check-run; an alarm stays until the chart is started again.
 * @param z deviation over its standard error; not finite: a check-run that failed, which changes nothing
 */
export function nextChart(design: ChartDesign, state: ChartState, z: number): ChartState {
  if (!Number.isFinite(z)) return state;
  const count = state.count + 1;
  if (design.kind === 'ewma') {
    const upper = (1 - design.weight) * state.upper + design.weight * z;
    const alarm = state.alarm || Math.abs(upper) > design.limit;
    return { upper, lower: 0, count, alarm };
  }
  const upper = Math.max(0, state.upper + z - design.reference);
  const lower = Math.max(0, state.lower - z - design.reference);
  const alarm = state.alarm || upper > design.limit || lower > design.limit;
  return { upper, lower, count, alarm };
}

/** Points of the integral equation of one side: errors are below 1e-8 of a run length. */
const NODES = 48;

/**
 * Mean number of check-runs until an alarm (average run length), from a fresh chart, with deviations of mean `shift` from the first one on.
 * Exact: a Fredholm integral equation of the second kind, solved by Gauss and Legendre's points (Crowder, Technometrics 29, 401 (1987) for EWMA;
 * Goel & Wu, Technometrics 13, 221 (1971) for CUSUM, whose two sides of a common start join as 1/L = 1/L⁺ + 1/L⁻, van Dobben de Bruyn 1968).
 */
export function averageRunLength(design: ChartDesign, shift: number): number {
  if (design.kind === 'ewma') return ewmaLength(design.weight, design.limit, shift);
  const upper = cusumLength(design.reference, design.limit, shift);
  const lower = cusumLength(design.reference, design.limit, -shift);
  return 1 / (1 / upper + 1 / lower);
}

/** L(x) = 1 + L(0) Φ(k − x − δ) + ∫₀ʰ L(y) φ(y + k − x − δ) dy */
function cusumLength(k: number, h: number, shift: number): number {
  const { points, weights } = pointsOn(0, h, NODES);
  // Unknowns: L at 0 and at the points.
  const at = [0, ...points];
  const rows = at.map((x, r) =>
    at.map((y, c) => {
      const part =
        c === 0 ? normalTail(x + shift - k) : weights[c - 1]! * normalDensity(y + k - x - shift);
      return (r === c ? 1 : 0) - part;
    }),
  );
  return solveOnes(rows)[0]!;
}

/** L(x) = 1 + ∫ L(y) φ((y − (1 − λ)x)/λ − δ) dy/λ over |y| ≤ h */
function ewmaLength(weight: number, h: number, shift: number): number {
  // Narrow kernels, of width λ, ask for more points.
  const nodes = 24 + Math.ceil((6 * h) / weight);
  const { points, weights } = pointsOn(-h, h, nodes);
  const kernel = (x: number, c: number): number =>
    (weights[c]! * normalDensity((points[c]! - (1 - weight) * x) / weight - shift)) / weight;
  const rows = points.map((x, r) => points.map((_, c) => (r === c ? 1 : 0) - kernel(x, c)));
  const lengths = solveOnes(rows);
  return 1 + lengths.reduce((sum, L, c) => sum + L * kernel(0, c), 0);
}

/** Gauss and Legendre's points and weights on [from, to]. */
function pointsOn(
  from: number,
  to: number,
  count: number,
): { readonly points: number[]; readonly weights: number[] } {
  const { nodes, weights } = gaussLegendre(count);
  const [centre, half] = [(to + from) / 2, (to - from) / 2];
  return {
    points: Array.from(nodes, (x) => centre + half * x),
    weights: Array.from(weights, (w) => half * w),
  };
}

/** x of M x = 1, by elimination with pivots. */
function solveOnes(rows: number[][]): number[] {
  const n = rows.length;
  const x = new Array<number>(n).fill(1);
  for (let p = 0; p < n; p++) {
    let best = p;
    for (let r = p + 1; r < n; r++)
      if (Math.abs(rows[r]![p]!) > Math.abs(rows[best]![p]!)) best = r;
    [rows[p], rows[best]] = [rows[best]!, rows[p]!];
    [x[p], x[best]] = [x[best]!, x[p]!];
    for (let r = p + 1; r < n; r++) {
      const factor = rows[r]![p]! / rows[p]![p]!;
      if (factor === 0) continue;
      for (let c = p; c < n; c++) rows[r]![c] = rows[r]![c]! - factor * rows[p]![c]!;
      x[r] = x[r]! - factor * x[p]!;
    }
  }
  for (let p = n - 1; p >= 0; p--) {
    for (let c = p + 1; c < n; c++) x[p] = x[p]! - rows[p]![c]! * x[c]!;
    x[p] = x[p]! / rows[p]![p]!;
  }
  return x;
}

export interface ChartGoal {
  /** Check-runs between two false alarms on average. */
  readonly falseAlarmEvery: number;
  /** The drift that is to be found, in standard errors of one check-run. */
  readonly shift: number;
  /** Standard error of the calibration that check-runs are compared with, in those of one check-run; 0 where left out. */
  readonly calibrationError?: number;
  readonly kind?: ChartDesign['kind'];
}

/** A chart with what it will do. */
export interface PlannedChart {
  readonly design: ChartDesign;
  /** Check-runs between false alarms, as asked. */
  readonly inControl: number;
  /** Check-runs from a drift of that size to the alarm, on average, from a fresh chart. */
  readonly delay: number;
}

/**
 * Check-runs between two false alarms where the calibration itself is off by N(0, error²): 1/⟨1/L(offset)⟩, the mean being over
 * calibrations. An error of 0: {@link averageRunLength} without a shift.
 */
export function falseAlarmLength(design: ChartDesign, calibrationError: number): number {
  if (calibrationError === 0) return averageRunLength(design, 0);
  const most = 6;
  const { points, weights } = pointsOn(0, most, OFFSETS);
  let rate = 0;
  points.forEach((u, i) => {
    rate += (2 * weights[i]! * normalDensity(u)) / averageRunLength(design, u * calibrationError);
  });
  return 1 / rate;
}

/** Points of the mean over calibrations. */
const OFFSETS = 16;

/**
 * Designs a chart from the false alarms that are put up with: k is half of the drift that is looked for (the sequential likelihood
 * ratio), λ the one of least delay, and the limit the one whose average run length is what was asked for.
 * @throws RelaxdError `invalid-input`
 */
export function planChart(goal: ChartGoal): PlannedChart {
  const { falseAlarmEvery, shift, calibrationError = 0, kind = 'cusum' } = goal;
  const refuse = (path: string, value: number, limit: string): never => {
    throw new RelaxdError('invalid-input', `no control chart with ${path} = ${value}`, {
      path,
      value,
      limit,
    });
  };
  if (!(falseAlarmEvery >= 2 && falseAlarmEvery <= 1e7)) {
    refuse('falseAlarmEvery', falseAlarmEvery, '2 … 10000000 check-runs');
  }
  if (!(shift >= 0.05 && shift <= 10)) refuse('shift', shift, '0.05 … 10 standard errors');
  if (!(calibrationError >= 0 && calibrationError < shift / 2)) {
    refuse(
      'calibrationError',
      calibrationError,
      'less than half of the shift: calibrate longer, or check more briefly',
    );
  }
  if (kind === 'cusum') return planned((limit) => ({ kind, reference: shift / 2, limit }), goal);
  let best: PlannedChart | null = null;
  for (let weight = 0.02; weight < 1; weight *= 1.3) {
    const tried = planned((limit) => ({ kind, weight, limit }), goal);
    if (best === null || tried.delay < best.delay) best = tried;
  }
  return best!;
}

/** Of ln of a run length. */
const CLOSE = 1e-9;

/** The limit at which the run length is what was asked for. Its logarithm rises nearly straight: false position (Illinois) needs few steps. */
function planned(
  make: (limit: number) => ChartDesign,
  { falseAlarmEvery, shift, calibrationError = 0 }: ChartGoal,
): PlannedChart {
  const above = (limit: number): number =>
    Math.log(falseAlarmLength(make(limit), calibrationError) / falseAlarmEvery);
  // By small steps: where run lengths exceed what a double can tell from forever, the equation is singular.
  const any = make(1);
  const unit = any.kind === 'ewma' ? Math.sqrt(any.weight / (2 - any.weight)) : 1;
  let [low, short] = [0, above(0)];
  let [limit, off] = [0, short];
  while (off < 0) {
    [low, short] = [limit, off];
    limit += unit / 2;
    off = above(limit);
  }
  let [high, long] = [limit, off];
  // Where a reference alone is enough the limit is 0, and false alarms are rarer than asked.
  for (let side = 0; limit > 0 && Math.abs(off) > CLOSE; side = Math.sign(off)) {
    limit = low + ((high - low) * short) / (short - long);
    off = above(limit);
    if (off > 0) {
      [high, long] = [limit, off];
      if (side > 0) short /= 2;
    } else {
      [low, short] = [limit, off];
      if (side < 0) long /= 2;
    }
  }
  const design = make(limit);
  const inControl = falseAlarmEvery * Math.exp(off);
  return { design, inControl, delay: averageRunLength(design, shift) };
}

import type { AnalogPart, ShotSettings } from '../analog-part.js';
import type { ProgramImage } from '../program-image.js';
import { PROFILES, type CircuitProfile } from './circuit-profile.js';
import type { ComponentBoard } from './component-board.js';

/** A program as the firmware hands it over, empty but for what is said. */
export function imageOf(n: number, more: Partial<ProgramImage> = {}): ProgramImage {
  return {
    n,
    couplings: new Float64Array(n * n),
    fields: new Float64Array(n),
    quadratic: null,
    quartic: null,
    drives: [],
    controls: {},
    initial: null,
    nodeTemperature: null,
    ...more,
  };
}

/** The same value at each of n sites, or the values in turn. */
export const each = (n: number, ...values: number[]): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => values[i % values.length]!);

/** Couplings J within the pairs (0, 1), (2, 3), … */
export function pairCouplings(n: number, j: number): Float64Array {
  const couplings = new Float64Array(n * n);
  for (let i = 0; i + 1 < n; i += 2) {
    couplings[i * n + i + 1] = j;
    couplings[(i + 1) * n + i] = j;
  }
  return couplings;
}

/** The ideal board with something that is not. */
export const idealBut = (more: Partial<CircuitProfile>): CircuitProfile => ({
  ...PROFILES['ideal']!,
  ...more,
});

export interface ShotOf {
  readonly seed?: number;
  readonly shot?: number;
  readonly duration: number;
  readonly every?: number;
  readonly temperature?: number;
  readonly initial?: ShotSettings['initial'];
  readonly flips?: number;
  readonly sliceMs?: number;
}

/** What a shot's readouts said. */
export interface ShotRecord {
  /** [readouts][n] */
  readonly codes: Int16Array[];
  readonly work: number[];
  readonly heat: number[];
  readonly supplyJ: number[];
  readonly saturated: boolean[];
}

export function runShot(
  board: AnalogPart,
  {
    seed = 1,
    shot = 0,
    duration,
    every,
    temperature = 1,
    initial = 'zero',
    flips = 0,
    sliceMs = 5,
  }: ShotOf,
  onReadout: (k: number) => void = () => undefined,
): ShotRecord {
  const count = every === undefined ? 0 : Math.round(duration / every);
  const times = Float64Array.from({ length: count + 1 }, (_, k) =>
    k === count ? duration : k * every!,
  );
  const record: ShotRecord = { codes: [], work: [], heat: [], supplyJ: [], saturated: [] };
  board.beginShot({ seed, shot, duration, times, temperature, initial, flips, run: 1 });
  let ended = false;
  while (!ended) {
    ended = board.advance(sliceMs, (k, readout) => {
      record.codes.push(readout.codes.slice());
      record.work.push(readout.work);
      record.heat.push(readout.heat);
      record.supplyJ.push(readout.supplyJ);
      record.saturated.push(readout.saturated);
      onReadout(k);
    });
  }
  return record;
}

/** Means of functions of a pair's true state, with standard errors from as many blocks as there are pairs. */
export function pairMeans(
  board: ComponentBoard,
  run: ShotOf,
  burnIn: number,
  functions: readonly ((a: number, b: number) => number)[],
  state: () => Float64Array = () => board.trueState(),
): { mean: number; sem: number }[] {
  let sums: Float64Array[] = [];
  let count = 0;
  const skip = Math.round(burnIn / run.every!);
  runShot(board, run, (k) => {
    if (k < skip) return;
    const x = state();
    if (count === 0) sums = functions.map(() => new Float64Array(x.length / 2));
    count++;
    for (let pair = 0; 2 * pair < x.length; pair++) {
      functions.forEach((f, m) => {
        sums[m]![pair] = sums[m]![pair]! + f(x[2 * pair]!, x[2 * pair + 1]!);
      });
    }
  });
  return sums.map((blocks) => {
    const values = [...blocks].map((sum) => sum / count);
    return meanOf(values);
  });
}

export function meanOf(values: ArrayLike<number>): { mean: number; sem: number; variance: number } {
  const list = Array.from(values);
  const mean = list.reduce((sum, x) => sum + x, 0) / list.length;
  const variance = list.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (list.length - 1);
  return { mean, sem: Math.sqrt(variance / list.length), variance };
}

/** S of A S + S Aᵀ = D by solving the linear equations of its entries; m × m, row by row. */
export function lyapunov(a: readonly number[][], d: readonly number[][]): number[][] {
  const m = a.length;
  const size = m * m;
  const rows = Array.from({ length: size }, () => new Float64Array(size + 1));
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < m; j++) {
      const row = rows[i * m + j]!;
      for (let k = 0; k < m; k++) {
        row[k * m + j] = row[k * m + j]! + a[i]![k]!;
        row[i * m + k] = row[i * m + k]! + a[j]![k]!;
      }
      row[size] = d[i]![j]!;
    }
  }
  for (let p = 0; p < size; p++) {
    let best = p;
    for (let r = p + 1; r < size; r++) {
      if (Math.abs(rows[r]![p]!) > Math.abs(rows[best]![p]!)) best = r;
    }
    [rows[p], rows[best]] = [rows[best]!, rows[p]!];
    for (let r = 0; r < size; r++) {
      if (r === p) continue;
      const factor = rows[r]![p]! / rows[p]![p]!;
      for (let c = p; c <= size; c++) rows[r]![c] = rows[r]![c]! - factor * rows[p]![c]!;
    }
  }
  return Array.from({ length: m }, (_, i) =>
    Array.from({ length: m }, (__, j) => {
      const p = i * m + j;
      return rows[p]![size]! / rows[p]![p]!;
    }),
  );
}

import type { SampleChunk } from '../../device/index.js';

/** What a retrieval counts as a success. */
export const SUCCESS_OVERLAP = 0.95;
/** Rounding of an overlap that a device computed in single precision. */
const ROUNDING = 1e-6;

/** What is compared of a run: which numbers its shots have. */
export interface ComparedShots {
  readonly references: readonly Int8Array[];
  readonly times: Float64Array;
  readonly shots: number;
  readonly work: boolean;
  readonly heat: boolean;
  /** Overlaps or states on the way, for first passages. */
  readonly course: boolean;
}

/** Means of a run's shots with the covariance of these means; it crosses threads. Lists are as {@link quantityNames} has them. */
export interface RunNumbers {
  readonly shots: number;
  /** NaN: no shot has it. */
  readonly means: Float64Array;
  /** [q × q]; 0 for what no shot has. */
  readonly covariance: Float64Array;
  /** Shots whose value differs from the commonest one, which is beside it. */
  readonly unusual: Int32Array;
  readonly usual: Float64Array;
  /** Shots that each mean is of. */
  readonly counts: Int32Array;
}

/** @param target reference that is to be retrieved; null: none */
export function quantityNames(
  { references, work, heat, course }: ComparedShots,
  target: number | null,
): string[] {
  return [
    ...references.map((_, k) => `overlap ${k}`),
    ...(target === null ? [] : ['success', 'exact', ...(course ? ['time'] : [])]),
    ...(work ? ['work'] : []),
    ...(heat ? ['heat'] : []),
  ];
}

/** Gathers shots, their rows in any order of shots and in order of time; those that do not come to their end do not count. */
export class ShotNumbers {
  private readonly overlaps: Float64Array;
  /** [shots × references] time of the first readout of the stretch at success that a shot is in; NaN: it is below. */
  private readonly since: Float64Array;
  private readonly work: Float64Array;
  private readonly heat: Float64Array;
  private readonly ended: Uint8Array;

  constructor(private readonly compared: ComparedShots) {
    const { shots, references } = compared;
    const list = (): Float64Array => new Float64Array(shots).fill(NaN);
    this.overlaps = new Float64Array(shots * references.length).fill(NaN);
    this.since = new Float64Array(shots * references.length).fill(NaN);
    this.work = list();
    this.heat = list();
    this.ended = new Uint8Array(shots);
  }

  clear(): void {
    for (const list of [this.overlaps, this.since, this.work, this.heat]) list.fill(NaN);
    this.ended.fill(0);
  }

  onSamples(chunk: SampleChunk): void {
    if (chunk.firstRow === 0) this.clear(); // the job was tried again
    const { compared } = this;
    const P = compared.references.length;
    const last = compared.times.length - 1;
    const { overlaps, shot, step, work, heat, stateRows, state } = chunk;
    if (overlaps !== null) {
      for (let row = 0; row < chunk.rows; row++) {
        this.pass(shot[row]!, step[row]!, (k) => overlaps[row * P + k]!);
      }
    } else {
      const sites = stateRows.length === 0 ? 0 : state.length / stateRows.length;
      stateRows.forEach((row, k) => {
        const own = state.subarray(k * sites, (k + 1) * sites);
        this.shown(shot[row]!, step[row]!, own);
      });
    }
    for (let row = 0; row < chunk.rows; row++) {
      if (step[row] !== last) continue;
      if (work !== null) this.work[shot[row]!] = work[row]!;
      if (heat !== null) this.heat[shot[row]!] = heat[row]!;
    }
  }

  /** A state as it is shown. */
  shown(shot: number, step: number, x: ArrayLike<number>): void {
    const { references } = this.compared;
    this.pass(shot, step, (k) => {
      const reference = references[k]!;
      let sum = 0;
      for (let i = 0; i < reference.length; i++) sum += reference[i]! * Math.sign(x[i]!);
      return sum / reference.length;
    });
  }

  end(shot: number, work: number, heat: number): void {
    this.work[shot] = work;
    this.heat[shot] = heat;
  }

  private pass(shot: number, step: number, overlap: (k: number) => number): void {
    const { compared, since, overlaps, ended } = this;
    const { times, references } = compared;
    if (shot >= compared.shots) return;
    const P = references.length;
    const isLast = step === times.length - 1;
    for (let k = 0; k < P; k++) {
      const at = shot * P + k;
      const m = overlap(k);
      if (m < SUCCESS_OVERLAP - ROUNDING) since[at] = NaN;
      else if (Number.isNaN(since[at]!)) since[at] = times[step]!;
      if (isLast) overlaps[at] = m;
    }
    if (isLast) ended[shot] = 1;
  }

  /** @param target as {@link quantityNames} has it */
  numbers(target: number | null): RunNumbers {
    const { compared } = this;
    const names = quantityNames(compared, target);
    const q = names.length;
    const P = compared.references.length;
    const rows: number[] = [];
    // What a device does not measure at all is no loss of shots.
    const hasHeat = compared.heat && this.heat.some(Number.isFinite);
    const hasWork = compared.work && this.work.some(Number.isFinite);
    this.ended.forEach((has, shot) => {
      if (has === 0) return;
      if (hasHeat && Number.isNaN(this.heat[shot]!)) return;
      if (hasWork && Number.isNaN(this.work[shot]!)) return;
      rows.push(shot);
    });
    const n = rows.length;
    const sites = compared.references[0]?.length ?? 1;
    const valueOf = (shot: number, name: string, k: number): number => {
      if (k < P) return this.overlaps[shot * P + k]!;
      const m = target === null ? NaN : this.overlaps[shot * P + target]!;
      if (name === 'success') return m >= SUCCESS_OVERLAP - ROUNDING ? 1 : 0;
      if (name === 'exact') return m >= 1 - 1 / sites - ROUNDING ? 1 : 0;
      if (name === 'time') return this.since[shot * P + target!]!;
      return name === 'work' ? this.work[shot]! : this.heat[shot]!;
    };
    const means = new Float64Array(q);
    const counts = new Int32Array(q);
    const unusual = new Int32Array(q);
    const usual = new Float64Array(q);
    /** What each shot does to each mean, times the shots: (x − mean) n/count, 0 of shots that have no x. */
    const influence = new Float64Array(n * q);
    names.forEach((name, k) => {
      const own = rows.map((shot) => valueOf(shot, name, k));
      const there = own.filter((value) => !Number.isNaN(value));
      counts[k] = there.length;
      means[k] = there.reduce((sum, value) => sum + value, 0) / there.length;
      const [value, times] = commonest(there);
      usual[k] = value;
      unusual[k] = there.length - times;
      own.forEach((x, row) => {
        if (Number.isNaN(x)) return;
        influence[row * q + k] = ((x - means[k]!) * n) / there.length;
      });
    });
    const covariance = new Float64Array(q * q);
    const scale = n > 1 ? 1 / (n * (n - 1)) : NaN;
    for (let a = 0; a < q; a++) {
      for (let b = 0; b <= a; b++) {
        let sum = 0;
        for (let row = 0; row < n; row++) sum += influence[row * q + a]! * influence[row * q + b]!;
        covariance[a * q + b] = covariance[b * q + a] = sum * scale;
      }
    }
    return { shots: n, means, covariance, unusual, usual, counts };
  }
}

/** The value that most shots have, and how many do. */
function commonest(values: readonly number[]): [number, number] {
  const times = new Map<number, number>();
  for (const value of values) times.set(value, (times.get(value) ?? 0) + 1);
  let best: [number, number] = [NaN, 0];
  for (const [value, count] of times) if (count > best[1]) best = [value, count];
  return best;
}

import { RandomStream } from '../../../core/index.js';
import { normalDensity } from '../erf.js';
import { CovarianceFactor } from './covariance-factor.js';
import { fieldKernels, type FieldKernels, type TwoTimes } from './field-kernels.js';
import type { ResolvedDmft } from './setting.js';
import { SpinBits } from './spin-bits.js';
import type { TimeGrid } from './time-grid.js';

/** One solution on all times of the grid, per spin; every array has an entry for each time. */
export interface EnsembleCourse {
  readonly target: Float64Array;
  readonly cue: Float64Array;
  /** ⟨ξ¹s⟩ of the spins whose cue is right, and of those whose cue is wrong. */
  readonly right: Float64Array;
  readonly wrong: Float64Array;
  readonly work: Float64Array;
  /** After a jump of the field there. */
  readonly energy: Float64Array;
  /** Σ (s_new − s_old) b over all flips so far: heat counted flip by flip, equal to w − Δe as dt → 0. */
  readonly counted: Float64Array;
  /** Square matrices, [k·times + j]; correlation and noise symmetric, response strictly lower. */
  readonly correlation: Float64Array;
  readonly response: Float64Array;
  readonly noise: Float64Array;
}

/** Width of the kernel that stands for the delta function at T = 0, over the field's deviation and M^{−1/5}. */
const KERNEL_WIDTH = 0.3;

/**
 * Solves the single-spin process of physics page §2.5 for one ensemble of M trajectories, forward in time.
 *
 * In a step of length τ each trajectory makes an attempt with probability p = 1 − e^{−τ} and then takes the heat-bath law of its
 * field b_k = F'(m) + hη + φ_k + Σ_{j<k} K_kj s_j. C, G and thereby D, K and the next row of the noise's factor are causal, so row k is
 * known before step k and nothing is iterated: for N → ∞ this is, at any τ, the exact theory of a network that updates a random share p
 * of its spins at once. F'(m) and h are taken at the middle of a step (second order in τ); the crosstalk, which is rough, at its start
 * (an error of αO(τ), which `solveEnsemble` extrapolates away).
 *
 * What keeps the noise of M trajectories low: overlaps follow m_{k+1} = (1 − p) m_k + p⟨tanh βb_k⟩ instead of being counted; the normal
 * numbers of a step have mean 0 and variance 1 exactly; and the response follows
 *   G_{k+1,j} = (1 − p) G_kj + p ∂⟨tanh βb_k⟩/∂h_j, G_{k+1,k} = p⟨β(1 − tanh² βb_k)⟩,
 * whose only statistical derivative, through the reaction, is a score average ⟨(tanh βb_k − tanh βb⁰_k) S_j⟩ with S_j = β(s_j − tanh βb_j)
 * at attempts; b⁰ is b without the reaction and does not depend on s, so subtracting it costs nothing and leaves a term of order α.
 * At T = 0 the derivative of the sign is a normal kernel about b = 0, and the reaction's part is taken to first order in K.
 */
export class DmftEnsemble {
  private readonly times: number;
  private readonly steps: number;
  private readonly size: number;
  private readonly beta: number;
  /** Spins with the right cue come first. */
  private readonly rightCount: number;
  private readonly share: number;
  private readonly stream: RandomStream;
  private readonly two: TwoTimes;
  private readonly kernels: FieldKernels;
  private readonly factor: CovarianceFactor;
  private readonly course: EnsembleCourse;

  /** [k·M + a] */
  private readonly spins: Int8Array;
  private readonly normals: Float64Array;
  private readonly bits: SpinBits;
  /** Attempts of step j: trajectories and scores (T = 0: slopes of all trajectories instead). */
  private readonly attempted: Int32Array;
  private readonly scores: Float64Array;
  private readonly ends: Int32Array;

  private readonly phi: Float64Array;
  private readonly reaction: Float64Array;
  private readonly mean: Float64Array;
  private readonly uniforms: Float64Array;
  /** Of tanh βb: what the reaction changes, or at T = 0 the slope. */
  private readonly change: Float64Array;

  /** @param stream which of the seed's streams it draws from */
  constructor(
    private readonly setting: ResolvedDmft,
    private readonly grid: TimeGrid,
    stream: number,
  ) {
    const { trajectories: size, temperature, seed } = setting;
    const times = grid.t.length;
    this.times = times;
    this.steps = times - 1;
    this.size = size;
    this.beta = temperature > 0 ? 1 / temperature : Infinity;
    this.share = (1 + setting.cueAccuracy) / 2;
    this.rightCount = Math.round(size * this.share);
    this.stream = RandomStream.of(seed, 'dynamics', stream);
    const square = (): Float64Array => new Float64Array(times * times);
    const line = (): Float64Array => new Float64Array(times);
    const each = (): Float64Array => new Float64Array(size);
    this.course = {
      target: line(),
      cue: line(),
      right: line(),
      wrong: line(),
      work: line(),
      energy: line(),
      counted: line(),
      correlation: square(),
      response: square(),
      noise: square(),
    };
    const { correlation, response } = this.course;
    this.two = { size: times, correlation, response };
    this.kernels = fieldKernels(setting, this.two);
    this.factor = new CovarianceFactor(times);
    this.spins = new Int8Array(times * size);
    this.bits = new SpinBits(times, size);
    this.normals = new Float64Array(this.steps * size);
    this.attempted = new Int32Array(temperature > 0 ? this.steps * size : 0);
    this.scores = new Float64Array(this.steps * size);
    this.ends = new Int32Array(this.steps);
    this.phi = each();
    this.reaction = each();
    this.mean = each();
    this.uniforms = each();
    this.change = each();
  }

  run(): EnsembleCourse {
    this.start();
    for (let k = 0; k < this.times; k++) {
      this.correlate(k);
      this.record(k);
      if (k < this.steps) this.step(k);
    }
    return this.course;
  }

  /** Overlap m₀ in both groups, exactly up to one spin. */
  private start(): void {
    const { size, rightCount, setting, course } = this;
    const m = setting.initialOverlap;
    const fill = (from: number, to: number): void => {
      const up = Math.round(((1 + m) / 2) * (to - from));
      for (let a = from; a < to; a++) this.spins[a] = a - from < up ? 1 : -1;
    };
    fill(0, rightCount);
    fill(rightCount, size);
    course.right[0] = m;
    course.wrong[0] = m;
  }

  /** Overlaps, and row k of C. */
  private correlate(k: number): void {
    const { course, times, share, size, bits } = this;
    course.target[k] = share * course.right[k]! + (1 - share) * course.wrong[k]!;
    course.cue[k] = share * course.right[k]! - (1 - share) * course.wrong[k]!;
    bits.set(k, this.spins.subarray(k * size, (k + 1) * size));
    for (let j = 0; j <= k; j++) {
      const c = bits.correlation(k, j);
      course.correlation[k * times + j] = c;
      course.correlation[j * times + k] = c;
    }
  }

  /** Row k of the noise, and what is per spin at t_k, after a jump of the field there. */
  private record(k: number): void {
    const { course, times, kernels, setting } = this;
    const { before, after } = this.grid;
    const covariance = kernels.covariance(k);
    for (let j = 0; j <= k; j++) {
      course.noise[k * times + j] = covariance[j]!;
      course.noise[j * times + k] = covariance[j]!;
    }
    const cue = course.cue[k]!;
    let work = -(after[k]! - before[k]!) * cue;
    if (k > 0) {
      work += course.work[k - 1]!;
      work -= ((before[k]! - after[k - 1]!) * (course.cue[k - 1]! + cue)) / 2;
    }
    course.work[k] = work;
    const { degree } = setting;
    course.energy[k] =
      -(course.target[k]! ** degree) / degree - after[k]! * cue + kernels.energy(k);
  }

  private step(k: number): void {
    const { t, before, after } = this.grid;
    const width = t[k + 1]! - t[k]!;
    const attempt = -Math.expm1(-width);
    const own = this.drawNoise(k);
    this.react(k);
    const h = (after[k]! + before[k + 1]!) / 2;
    // The overlap in the middle of the step, by half a step with the force at its start.
    const half = -Math.expm1(-width / 2);
    const m = this.course.target[k]!;
    const [right, wrong] = this.heatBath(this.force(m), h);
    const pull = this.share * right + (1 - this.share) * wrong;
    const force = this.force(m + half * (pull - m));
    const [up, down] = this.heatBath(force, h);
    this.follow(k, attempt, up, down);
    this.respond(k, attempt, force, h, own);
    this.attempts(k, attempt, force, h);
  }

  private force(m: number): number {
    return m ** (this.setting.degree - 1);
  }

  /** φ_k of all trajectories; answers with the deviation of what is new in it. */
  private drawNoise(k: number): number {
    const { size, normals, phi, factor, course, times } = this;
    const fresh = normals.subarray(k * size, (k + 1) * size);
    this.stream.fillNormal(fresh, size);
    standardise(fresh.subarray(0, this.rightCount));
    standardise(fresh.subarray(this.rightCount));
    const row = factor.append(k, course.noise.subarray(k * times, k * times + k + 1));
    combine(phi, row, normals, k + 1);
    return row[k]!;
  }

  /** Σ_j K_kj s_j of all trajectories. */
  private react(k: number): void {
    combine(this.reaction, this.kernels.reaction(k), this.spins, k);
  }

  /** tanh βb of all trajectories, and its averages over both groups. */
  private heatBath(force: number, h: number): [number, number] {
    const { size, rightCount, mean, phi, reaction } = this;
    let up = 0;
    let down = 0;
    for (let a = 0; a < size; a++) {
      const b = force + (a < rightCount ? h : -h) + phi[a]! + reaction[a]!;
      const x = this.tanh(b);
      mean[a] = x;
      if (a < rightCount) up += x;
      else down += x;
    }
    return [up / Math.max(1, rightCount), down / Math.max(1, size - rightCount)];
  }

  private tanh(b: number): number {
    return this.beta === Infinity ? Math.sign(b) : Math.tanh(this.beta * b);
  }

  private follow(k: number, attempt: number, up: number, down: number): void {
    const { right, wrong } = this.course;
    right[k + 1] = right[k]! + attempt * (up - right[k]!);
    wrong[k + 1] = wrong[k]! + attempt * (down - wrong[k]!);
  }

  /** Row k + 1 of G. */
  private respond(k: number, attempt: number, force: number, h: number, own: number): void {
    const { times, course } = this;
    const { response } = course;
    const from = k * times;
    const to = from + times;
    const through = this.setting.load > 0;
    const slope =
      this.beta === Infinity ? this.kernelSlopes(k, force, h, own) : this.tanhSlopes(force, h);
    for (let j = 0; j < k; j++) {
      let change = 0;
      if (through) change = this.beta === Infinity ? this.kernelChange(k, j) : this.scoreChange(j);
      response[to + j] = response[from + j]! * (1 - attempt) + attempt * change;
    }
    response[to + k] = attempt * slope;
  }

  /** ⟨β(1 − tanh² βb)⟩; leaves what the reaction changes of tanh βb in `change`. */
  private tanhSlopes(force: number, h: number): number {
    const { size, mean, change, phi, rightCount, beta } = this;
    let sum = 0;
    for (let a = 0; a < size; a++) {
      const x = mean[a]!;
      sum += 1 - x * x;
      change[a] = x - Math.tanh(beta * (force + (a < rightCount ? h : -h) + phi[a]!));
    }
    return (beta * sum) / size;
  }

  /** ∂⟨tanh βb_k⟩/∂h_j through the reaction. */
  private scoreChange(j: number): number {
    const { size, attempted, scores, ends, change } = this;
    let sum = 0;
    for (let i = j * size; i < ends[j]!; i++) sum += change[attempted[i]!]! * scores[i]!;
    return sum / size;
  }

  /** ⟨2δ(b)⟩ by a kernel about what was known of b before the newest normal number; slopes of all are kept. */
  private kernelSlopes(k: number, force: number, h: number, own: number): number {
    const { size, normals, phi, reaction, rightCount, course, times, scores } = this;
    const deviation = Math.sqrt(course.noise[k * times + k]!);
    const width = Math.hypot(own, KERNEL_WIDTH * deviation * size ** -0.2);
    let sum = 0;
    if (width > 0) {
      for (let a = 0; a < size; a++) {
        const known = phi[a]! - own * normals[k * size + a]!;
        const b = force + (a < rightCount ? h : -h) + known + reaction[a]!;
        const slope = (2 * normalDensity(b / width)) / width;
        scores[k * size + a] = slope;
        sum += slope;
      }
    }
    return sum / size;
  }

  /** T = 0: ∂⟨sgn b_k⟩/∂h_j = ⟨2δ(b_k) Σ_i K_ki ∂s_i/∂h_j⟩, s_i answering to h_j by 2δ(b_j) until its next attempt. */
  private kernelChange(k: number, j: number): number {
    const { size, scores } = this;
    const { t } = this.grid;
    const kernel = this.kernels.reaction(k);
    let reach = 0;
    for (let i = j + 1; i < k; i++) reach += kernel[i]! * Math.exp(t[j + 1]! - t[i]!);
    if (reach === 0) return 0;
    let sum = 0;
    for (let a = 0; a < size; a++) sum += scores[j * size + a]! * scores[k * size + a]!;
    return (-Math.expm1(t[j]! - t[j + 1]!) * reach * sum) / size;
  }

  /** The step itself: who makes an attempt, what comes out, its score and its heat. */
  private attempts(k: number, attempt: number, force: number, h: number): void {
    const { size, spins, mean, uniforms, attempted, scores, ends, phi, reaction, rightCount } =
      this;
    this.stream.fillUniform(uniforms, size);
    const from = k * size;
    const to = from + size;
    const warm = this.beta !== Infinity;
    let count = from;
    let heat = 0;
    for (let a = 0; a < size; a++) {
      const old = spins[from + a]!;
      const u = uniforms[a]! / attempt;
      if (u >= 1) {
        spins[to + a] = old;
        continue;
      }
      const x = mean[a]!;
      // A field of exactly 0 at T = 0 keeps the spin.
      const s = !warm && x === 0 ? old : 2 * u < 1 + x ? 1 : -1;
      spins[to + a] = s;
      if (s !== old) {
        heat += (s - old) * (force + (a < rightCount ? h : -h) + phi[a]! + reaction[a]!);
      }
      if (warm) {
        attempted[count] = a;
        scores[count] = this.beta * (s - x);
        count++;
      }
    }
    ends[k] = count;
    this.course.counted[k + 1] = this.course.counted[k]! + heat / size;
  }
}

/** out = Σ_j weights_j rows_j, of rows as long as `out`; four at a time, which saves most of the traffic. */
function combine(
  out: Float64Array,
  weights: Float64Array,
  rows: Float64Array | Int8Array,
  count: number,
): void {
  const size = out.length;
  out.fill(0);
  let j = 0;
  for (; j + 4 <= count; j += 4) {
    const w0 = weights[j]!;
    const w1 = weights[j + 1]!;
    const w2 = weights[j + 2]!;
    const w3 = weights[j + 3]!;
    let from = j * size;
    for (let a = 0; a < size; a++, from++) {
      out[a] =
        out[a]! +
        w0 * rows[from]! +
        w1 * rows[from + size]! +
        w2 * rows[from + 2 * size]! +
        w3 * rows[from + 3 * size]!;
    }
  }
  for (; j < count; j++) {
    const w = weights[j]!;
    const from = j * size;
    for (let a = 0; a < size; a++) out[a] = out[a]! + w * rows[from + a]!;
  }
}

/** Shifts and scales numbers to mean 0 and variance 1. */
function standardise(values: Float64Array): void {
  const count = values.length;
  if (count < 2) return;
  let sum = 0;
  for (const x of values) sum += x;
  const mean = sum / count;
  let squares = 0;
  for (const x of values) squares += (x - mean) ** 2;
  const scale = Math.sqrt(count / squares);
  for (let a = 0; a < count; a++) values[a] = (values[a]! - mean) * scale;
}

import { CentralMoments, type CentralTable, type MomentOrders } from './central-moments.js';
import { addFlow, heatOf } from './channel-flows.js';
import type { StateSpace } from './state-space.js';
import type { TransitionRates } from './transition-rates.js';

/** Raw moments of work and heat since t = 0⁻; NaN where there is no energy, or no β. */
export interface WorkHeatMoments {
  readonly work: number;
  readonly workSquared: number;
  /** [bath] */
  readonly heat: readonly number[];
  /** [bath][bath] ⟨Q_a Q_b⟩ */
  readonly heatProducts: readonly (readonly number[])[];
  /** [bath] ⟨W Q_b⟩ */
  readonly workHeat: readonly number[];
  /** ⟨e^{−βW}⟩ and ⟨e^{−2βW}⟩ */
  readonly jarzynski: number;
  readonly jarzynskiSquared: number;
}

/**
 * A distribution over states together with what its moments of work and heat need. Columns of one number a state hold
 * ⟨X; state = x⟩ for X = 1, the heat into each bath, the work, e^{−βW} and e^{−2βW}; they obey a linear equation. Second
 * moments are sums over those columns, so that single numbers suffice for them, and for the entropy given to the baths
 * and the number of jumps. The whole is one vector `y`, as solvers want it.
 */
export class JointMoments {
  readonly y: Float64Array;
  readonly columns: number;
  private readonly states: number;
  private readonly baths: number;
  /** Column of the work; −1 where none is booked. */
  private readonly work: number;
  /** First column of e^{−βW}; −1 without β. */
  private readonly exponential: number;
  // Places of the single numbers.
  private readonly entropyAt: number;
  private readonly jumpsAt: number;
  private readonly squaresAt: number;
  private readonly workHeatAt: number;
  private readonly workSquareAt: number;
  /** Moments of work and total heat up to a higher order; null where none are asked for. */
  private readonly central: CentralMoments | null;

  /**
   * @param works whether there is work to book
   * @param beta of ⟨e^{−βW}⟩; null where it is not asked for
   * @param squares whether ⟨e^{−2βW}⟩ is asked for too
   * @param entropic whether the entropy given to the baths is finite; where it is not, a solver would run after it
   * @param orders of the central moments; null where none are asked for
   */
  constructor(
    private readonly space: StateSpace,
    start: Float64Array,
    private readonly works: boolean,
    private readonly beta: number | null,
    squares: boolean,
    private readonly entropic: boolean,
    orders: MomentOrders | null,
  ) {
    this.states = space.states;
    this.baths = space.bathCount;
    let columns = 1 + this.baths;
    this.work = works ? columns++ : -1;
    this.exponential = works && beta !== null ? columns : -1;
    if (this.exponential > 0) columns += squares ? 2 : 1;
    this.columns = columns;
    const sums = columns * this.states;
    this.entropyAt = sums;
    this.jumpsAt = sums + 1;
    this.squaresAt = sums + 2;
    this.workHeatAt = this.squaresAt + this.baths * this.baths;
    this.workSquareAt = this.workHeatAt + this.baths;
    const size = this.workSquareAt + 1;
    this.central = orders === null ? null : new CentralMoments(this.states, size, orders);
    this.y = new Float64Array(size + (this.central?.size ?? 0));
    this.y.set(start);
    if (this.exponential > 0) {
      for (let c = this.exponential; c < columns; c++) this.y.set(start, c * this.states);
    }
  }

  get probabilities(): Float64Array {
    return this.y.slice(0, this.states);
  }
  get mediumEntropy(): number {
    return this.entropic ? this.y[this.entropyAt]! : NaN;
  }
  get jumps(): number {
    return this.y[this.jumpsAt]!;
  }

  get moments(): WorkHeatMoments {
    const { y, baths, works, beta, exponential } = this;
    const still = this.space.hasEnergy ? 0 : NaN;
    const one = this.space.hasEnergy && !works && beta !== null ? 1 : NaN;
    const all = Array.from({ length: baths }, (_, b) => b);
    return {
      work: works ? this.total(this.work) : still,
      workSquared: works ? y[this.workSquareAt]! : still,
      heat: all.map((b) => this.total(1 + b)),
      heatProducts: all.map((a) => all.map((b) => y[this.squaresAt + a * baths + b]!)),
      workHeat: all.map((b) => (works ? y[this.workHeatAt + b]! : still)),
      jarzynski: exponential > 0 ? this.total(exponential) : one,
      jarzynskiSquared:
        exponential > 0 && exponential + 1 < this.columns ? this.total(exponential + 1) : one,
    };
  }

  get centralTable(): CentralTable | null {
    return this.central?.table(this.y) ?? null;
  }

  /** Scale of each entry's error: the largest of its column, and of the single numbers their own. */
  scales(y: Float64Array, out: Float64Array): void {
    const { states } = this;
    for (let c = 0; c < this.columns; c++) {
      let largest = c === 0 ? 0 : 1 / states;
      for (let i = c * states; i < (c + 1) * states; i++) {
        largest = Math.max(largest, Math.abs(y[i]!));
      }
      out.fill(largest, c * states, (c + 1) * states);
    }
    for (let i = this.columns * states; i < y.length; i++) out[i] = 1 + Math.abs(y[i]!);
    this.central?.scales(y, out);
  }

  /** Adds what jumps do to `y` in a unit of time to `out`, for the channels from the first to before the last. */
  addJumps(
    y: Float64Array,
    out: Float64Array,
    rates: TransitionRates,
    firstChannel = 0,
    lastChannel = rates.space.channels.length,
  ): void {
    const { states, baths, work } = this;
    const { up, down, heat, temperatures, space } = rates;
    let entropy = 0;
    let jumps = 0;
    for (let c = firstChannel; c < lastChannel; c++) {
      const { period, from, width, leap, unit } = space.channels[c]!;
      const { bath } = space.units[unit]!;
      const heatAt = (1 + bath) * states;
      const base = c * states;
      for (let column = 0; column < this.columns; column++) {
        addFlow(y, out, rates, c, column * states);
      }
      let heatRate = 0;
      let squareRate = 0;
      for (let block = from; block < states; block += period) {
        for (let low = block; low < block + width; low++) {
          const high = low + leap;
          const q = heat[base + low]!;
          const rise = up[base + low]! * y[low]!;
          const fall = down[base + low]! * y[high]!;
          out[heatAt + high] = out[heatAt + high]! + q * rise;
          out[heatAt + low] = out[heatAt + low]! - q * fall;
          heatRate += q * (rise - fall);
          squareRate += q * q * (rise + fall);
          jumps += rise + fall;
        }
      }
      entropy += heatRate / temperatures[c]!;
      for (let b = 0; b < baths; b++) {
        const cross = heatOf(y, rates, c, (1 + b) * states);
        const [row, column] = [bath * baths + b, b * baths + bath];
        out[this.squaresAt + row] = out[this.squaresAt + row]! + cross;
        out[this.squaresAt + column] = out[this.squaresAt + column]! + cross;
      }
      const own = this.squaresAt + bath * baths + bath;
      out[own] = out[own]! + squareRate;
      if (work > 0) {
        const at = this.workHeatAt + bath;
        out[at] = out[at]! + heatOf(y, rates, c, work * states);
      }
      this.central?.addJumps(y, out, rates, c, heatRate);
    }
    if (this.entropic) out[this.entropyAt] = out[this.entropyAt]! + entropy;
    out[this.jumpsAt] = out[this.jumpsAt]! + jumps;
  }

  /** Adds what a power (work in a unit of time, one number a state) does to `y` in a unit of time to `out`. */
  addPower(y: Float64Array, power: Float64Array, out: Float64Array): void {
    const { states, baths, work, exponential, beta } = this;
    let square = 0;
    const cross = new Float64Array(baths);
    for (let x = 0; x < states; x++) {
      const w = power[x]!;
      const at = work * states + x;
      out[at] = out[at]! + w * y[x]!;
      square += 2 * w * y[at]!;
      for (let b = 0; b < baths; b++) cross[b] = cross[b]! + w * y[(1 + b) * states + x]!;
      if (exponential > 0) {
        for (let c = exponential; c < this.columns; c++) {
          const e = c * states + x;
          out[e] = out[e]! - (c - exponential + 1) * beta! * w * y[e]!;
        }
      }
    }
    out[this.workSquareAt] = out[this.workSquareAt]! + square;
    for (let b = 0; b < baths; b++) {
      out[this.workHeatAt + b] = out[this.workHeatAt + b]! + cross[b]!;
    }
    this.central?.addPower(y, power, out);
  }

  /** Adds to `out`, which has all else that happens, that central moments are about means which move. */
  followMeans(y: Float64Array, out: Float64Array): void {
    this.central?.followMeans(y, out);
  }

  /** After a step that was not followed in time. */
  recentre(): void {
    this.central?.recentre(this.y);
  }

  /** Books the work of a sudden change, one number a state. */
  bookWork(workOf: (code: number) => number): void {
    const { y, states, baths, work, exponential, beta } = this;
    this.central?.bookWork(
      y,
      Float64Array.from({ length: states }, (_, x) => workOf(x)),
    );
    for (let x = 0; x < states; x++) {
      const w = workOf(x);
      if (w === 0) continue;
      const at = work * states + x;
      y[this.workSquareAt] = y[this.workSquareAt]! + 2 * w * y[at]! + w * w * y[x]!;
      y[at] = y[at]! + w * y[x]!;
      for (let b = 0; b < baths; b++) {
        y[this.workHeatAt + b] = y[this.workHeatAt + b]! + w * y[(1 + b) * states + x]!;
      }
      if (exponential > 0) {
        for (let c = exponential; c < this.columns; c++) {
          const e = c * states + x;
          y[e] = y[e]! * Math.exp(-(c - exponential + 1) * beta! * w);
        }
      }
    }
  }

  private total(column: number): number {
    let sum = 0;
    for (let x = 0; x < this.states; x++) sum += this.y[column * this.states + x]!;
    return sum;
  }
}

import type { ResolvedProgram } from '../../device/index.js';
import { addFlow, addHeatFlows } from './channel-flows.js';
import { energyUnit } from './energy-unit.js';
import type { StateSpace } from './state-space.js';
import type { TransitionRates } from './transition-rates.js';

/** Which moments of work W and total heat Q are followed. */
export interface MomentOrders {
  /** The highest order, ≥ 1. */
  readonly most: number;
  readonly work: boolean;
  readonly heat: boolean;
  /** Whether ⟨W^a Q^b⟩ with both a and b > 0 are. */
  readonly mixed: boolean;
  /** An energy: what a flip typically exchanges. */
  readonly unit: number;
}

/** Means, and [a][b] ⟨(W − ⟨W⟩)^a (Q − ⟨Q⟩)^b⟩ for a + b up to an order; NaN where it was not followed. */
export interface CentralTable {
  readonly work: number;
  readonly heat: number;
  readonly central: readonly (readonly number[])[];
}

/** Most states with moments ⟨W^a Q^b⟩, whose columns grow as the square of the order. */
const MOST_MIXED = 2 ** 10;

/**
 * The orders that an ensemble follows.
 * @param most the highest order; 0: none are asked for
 * @param work whether there is work to book
 */
export function momentOrders(
  space: StateSpace,
  program: ResolvedProgram,
  most: number,
  work: boolean,
): MomentOrders | null {
  if (most === 0) return null;
  return {
    most,
    work,
    heat: program.dynamics.order !== 'synchronous',
    mixed: space.states <= MOST_MIXED,
    unit: energyUnit(space, program),
  };
}

/** Columns lie this far from a distance of a power of two, which caches do not like when several are at work. */
const GAP = 24;

/** Where what moves of a column goes with the heat of the move, by the power of the heat. */
interface HeatFlows {
  readonly from: number;
  readonly targets: Int32Array;
  readonly factors: Float64Array;
  /** The single number that the power after the last target goes to, −1: none; and with what factor. */
  readonly single: number;
  readonly factor: number;
}

/** A column or a single number: of W^a Q^b, from `at` on. */
interface Place {
  readonly a: number;
  readonly b: number;
  readonly at: number;
}

/**
 * Moments of work and heat of any order, as columns M_ab = ⟨w^a q^b; state⟩ of w = W − c_W and q = Q − c_Q. A power
 * feeds a·ẇ(x) M_{a−1,b} into M_ab, a jump with heat ε carries Σ_j C(b,j) ε^j M_{a,b−j}. The c follow the means, so that
 * central moments are sums over columns and no large powers of a mean cancel; that the origin moves feeds
 * −a ċ_W M_{a−1,b} − b ċ_Q M_{a,b−1}. What the highest order grows by is a sum over columns of lower ones: it is a single
 * number. Everything lies in a vector `y` of its owner, whose first column is the distribution.
 */
export class CentralMoments {
  /** Numbers taken of `y`. */
  readonly size: number;
  private readonly columns: Place[] = [];
  private readonly singles: Place[] = [];
  private readonly workAt: number;
  private readonly heatAt: number;
  /** [a][b] */
  private readonly at: number[][];
  private readonly binomials: number[][];
  private readonly heatFlows: HeatFlows[];

  /** @param offset of the first number in `y` that is free for them */
  constructor(
    private readonly states: number,
    private readonly offset: number,
    private readonly orders: MomentOrders,
  ) {
    const { most } = orders;
    this.binomials = pascal(most);
    this.at = Array.from({ length: most + 1 }, () => new Array<number>(most + 1).fill(-1));
    this.at[0]![0] = 0;
    let next = offset;
    for (let order = 1; order <= most; order++) {
      for (let a = order; a >= 0; a--) {
        const b = order - a;
        if (!this.follows(a, b)) continue;
        this.at[a]![b] = next;
        (order < most ? this.columns : this.singles).push({ a, b, at: next });
        next += order < most ? states + GAP : 1;
      }
    }
    this.workAt = next++;
    this.heatAt = next++;
    this.size = next - offset;
    this.heatFlows = [{ a: 0, b: 0, at: 0 }, ...this.columns].flatMap((from) =>
      this.heatFlowsOf(from),
    );
  }

  /** Offsets of the columns in `y`. */
  get columnOffsets(): readonly number[] {
    return this.columns.map(({ at }) => at);
  }

  /** Scale of each number's error: the largest of its column, and what the unit of energy would give. */
  scales(y: Float64Array, out: Float64Array): void {
    const { states } = this;
    const { unit, most } = this.orders;
    for (const { a, b, at } of this.columns) {
      let largest = unit ** (a + b) / states;
      for (let i = at; i < at + states; i++) largest = Math.max(largest, Math.abs(y[i]!));
      out.fill(largest, at, at + states + GAP);
    }
    for (const { at } of this.singles) out[at] = unit ** most + Math.abs(y[at]!);
    out[this.workAt] = unit + Math.abs(y[this.workAt]!);
    out[this.heatAt] = unit + Math.abs(y[this.heatAt]!);
  }

  /**
   * Adds what the jumps of a channel do to `y` in a unit of time to `out`.
   * @param meanHeat of those jumps
   */
  addJumps(
    y: Float64Array,
    out: Float64Array,
    rates: TransitionRates,
    channel: number,
    meanHeat: number,
  ): void {
    for (const { at } of this.columns) addFlow(y, out, rates, channel, at);
    for (const { from, targets, factors, single, factor } of this.heatFlows) {
      const sum = addHeatFlows(y, out, rates, channel, from, targets, factors);
      if (single >= 0) out[single] = out[single]! + factor * sum;
    }
    out[this.heatAt] = out[this.heatAt]! + meanHeat;
  }

  /** Adds what a power (work in a unit of time, one number a state) does to `y` in a unit of time to `out`. */
  addPower(y: Float64Array, power: Float64Array, out: Float64Array): void {
    const { states } = this;
    for (const { a, b, at } of this.columns) {
      if (a === 0) continue;
      const from = this.at[a - 1]![b]!;
      for (let x = 0; x < states; x++) {
        out[at + x] = out[at + x]! + a * power[x]! * y[from + x]!;
      }
    }
    for (const { a, b, at } of this.singles) {
      if (a > 0) out[at] = out[at]! + a * product(power, y, this.at[a - 1]![b]!);
    }
    out[this.workAt] = out[this.workAt]! + product(power, y, 0);
  }

  /** Adds what it does to `y` that the origin follows the means; after jumps and power, whose `out` has the means' rates. */
  followMeans(y: Float64Array, out: Float64Array): void {
    const { states } = this;
    const [workRate, heatRate] = [out[this.workAt]!, out[this.heatAt]!];
    for (const { a, b, at } of this.columns) {
      if (a > 0 && workRate !== 0)
        addScaled(out, at, -a * workRate, y, this.at[a - 1]![b]!, states);
      if (b > 0 && heatRate !== 0)
        addScaled(out, at, -b * heatRate, y, this.at[a]![b - 1]!, states);
    }
    for (const { a, b, at } of this.singles) {
      if (a > 0) out[at] = out[at]! - a * workRate * this.total(y, a - 1, b);
      if (b > 0) out[at] = out[at]! - b * heatRate * this.total(y, a, b - 1);
    }
  }

  /** Books the work of a sudden change, one number a state. */
  bookWork(y: Float64Array, work: Float64Array): void {
    const mean = product(work, y, 0);
    const shift = work.map((w) => w - mean);
    y[this.workAt] = y[this.workAt]! + mean;
    this.shiftWork(y, (x) => shift[x]!);
  }

  /**
   * Moves the origin to the mean heat where it is more than a flip away: after jumps that are not followed in time. It
   * need not be there: `table` takes moments about the mean wherever the origin is.
   */
  recentre(y: Float64Array): void {
    if (this.orders.most === 1 || !this.orders.heat) return;
    const mean = this.total(y, 0, 1);
    if (Math.abs(mean) <= this.orders.unit) return;
    const { states, binomials } = this;
    // The highest orders first: each takes from lower ones that have not moved yet.
    for (const { a, b, at } of this.singles) {
      for (let j = 1; j <= b; j++) {
        y[at] = y[at]! + binomials[b]![j]! * (-mean) ** j * this.total(y, a, b - j);
      }
    }
    for (const { a, b, at } of this.columns.toReversed()) {
      for (let j = 1; j <= b; j++) {
        addScaled(y, at, binomials[b]![j]! * (-mean) ** j, y, this.at[a]![b - j]!, states);
      }
    }
  }

  table(y: Float64Array): CentralTable {
    const { most, work, heat } = this.orders;
    const sums = this.binomials.map((_, a) =>
      Array.from({ length: most + 1 - a }, (__, b) => {
        if ((a > 0 && !work) || (b > 0 && !heat)) return 0;
        return this.follows(a, b) ? this.total(y, a, b) : NaN;
      }),
    );
    const origin = { work: sums[1]![0]!, heat: sums[0]![1]! };
    return {
      work: y[this.workAt]!,
      heat: y[this.heatAt]!,
      central: shiftTable(sums, -origin.work, -origin.heat),
    };
  }

  /** One entry; none where a column's heat goes nowhere. */
  private heatFlowsOf({ a, b, at }: Place): HeatFlows[] {
    const { most } = this.orders;
    const powers = Array.from({ length: most - a - b }, (_, k) => k + 1).filter((j) =>
      this.follows(a, b + j),
    );
    if (powers.length === 0) return [];
    const inner = powers.filter((j) => a + b + j < most);
    const toSingle = powers.length > inner.length;
    return [
      {
        from: at,
        targets: Int32Array.from(inner, (j) => this.at[a]![b + j]!),
        factors: Float64Array.from(inner, (j) => this.binomials[b + j]![j]!),
        single: toSingle ? this.at[a]![most - a]! : -1,
        factor: toSingle ? this.binomials[most - a]![most - a - b]! : 0,
      },
    ];
  }

  private follows(a: number, b: number): boolean {
    const { work, heat, mixed } = this.orders;
    return (a === 0 || work) && (b === 0 || heat) && (mixed || a === 0 || b === 0);
  }

  /** ⟨w^a q^b⟩ */
  private total(y: Float64Array, a: number, b: number): number {
    const at = this.at[a]![b]!;
    if (a + b === this.orders.most) return y[at]!;
    let sum = 0;
    for (let x = at; x < at + this.states; x++) sum += y[x]!;
    return sum;
  }

  /** Adds a number a state to w. */
  private shiftWork(y: Float64Array, shift: (code: number) => number): void {
    const { states, binomials } = this;
    const add = ({ a, b, at }: Place, single: boolean): void => {
      for (let x = 0; x < states; x++) {
        const d = shift(x);
        let power = 1;
        let gain = 0;
        for (let i = 1; i <= a; i++) {
          power *= d;
          gain += binomials[a]![i]! * power * y[this.at[a - i]![b]! + x]!;
        }
        const to = single ? at : at + x;
        y[to] = y[to]! + gain;
      }
    };
    for (const place of this.singles) if (place.a > 0) add(place, true);
    for (const place of this.columns.toReversed()) if (place.a > 0) add(place, false);
  }
}

/** [a][b] of ⟨w^a q^b⟩ to those of w + work and q + heat. NaN stays where a shift takes from it. */
export function shiftTable(
  table: readonly (readonly number[])[],
  work: number,
  heat: number,
): number[][] {
  const binomials = pascal(Math.max(table.length, table[0]!.length) - 1);
  return table.map((row, a) =>
    row.map((_, b) => {
      let sum = 0;
      for (let i = 0; i <= (work === 0 ? 0 : a); i++) {
        for (let j = 0; j <= (heat === 0 ? 0 : b); j++) {
          const factor = binomials[a]![i]! * binomials[b]![j]!;
          sum += factor * work ** i * heat ** j * table[a - i]![b - j]!;
        }
      }
      return sum;
    }),
  );
}

/** [n][k] n over k, up to n = most. */
function pascal(most: number): number[][] {
  const rows = [[1]];
  for (let n = 1; n <= most; n++) {
    const last = rows[n - 1]!;
    rows.push(Array.from({ length: n + 1 }, (_, k) => (last[k - 1] ?? 0) + (last[k] ?? 0)));
  }
  return rows;
}

function addScaled(
  out: Float64Array,
  to: number,
  factor: number,
  y: Float64Array,
  from: number,
  length: number,
): void {
  for (let x = 0; x < length; x++) out[to + x] = out[to + x]! + factor * y[from + x]!;
}

/** Σ values · (a column of y) */
function product(values: Float64Array, y: Float64Array, column: number): number {
  let sum = 0;
  for (let x = 0; x < values.length; x++) sum += values[x]! * y[column + x]!;
  return sum;
}

import { curveStart, curveValue, type Curve, type ResolvedProgram } from '../../device/index.js';
import { DormandPrince } from './dormand-prince.js';
import { hasConstantProtocol } from './spin-thermodynamics.js';
import type { ProtocolValues, StateSpace } from './state-space.js';
import { TransitionRates, type RateRule } from './transition-rates.js';

/** Error of one integration step, relative to the largest entry of a column; for large spaces, where time counts. */
const TOLERANCE = 1e-10;
const LARGE_TOLERANCE = 1e-8;
/** Free spins of a large space. The spread of e^{−βW}, which takes the shortest steps, is left out there. */
const LARGE = 11;

/** Columns of the joint moments ⟨f; state = x⟩, each of one number per state, in their order. */
const PROBABILITY = 0;
const HEAT = 1;
const HEAT_SQUARED = 2;
const WORK = 3;
const WORK_SQUARED = 4;
/** e^{−βW} and e^{−2βW}. */
const JARZYNSKI = 5;
const JARZYNSKI_SQUARED = 6;
const ALL_COLUMNS = 7;

/** Value of a curve just before t; at t = 0 the first listed one. */
function curveBefore(curve: Curve, t: number): number {
  const points = curve.length / 2;
  for (let k = 0; k < points; k++) {
    const time = curve[2 * k]!;
    if (time < t) continue;
    if (k === 0 || time === t) return curve[2 * k + 1]!;
    return curveValue(curve, t);
  }
  return curve[2 * points - 1]!;
}

/** A stretch of time in which every curve is a straight line. */
interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly from: ProtocolValues;
  readonly to: ProtocolValues;
  readonly constant: boolean;
}

/**
 * The master equation of a spin program in continuous time, with the joint moments of work and heat that the exact
 * means, variances and ⟨e^{−βW}⟩ need: matrix-free, one pass over all pairs of states a derivative.
 */
export class MasterEquation {
  /** Medium entropy and number of jumps so far. */
  mediumEntropy = 0;
  jumps = 0;
  private readonly columns: number;
  /** Whether there is work to book: an energy, and something that changes. */
  private readonly works: boolean;
  private readonly rates: TransitionRates;
  private readonly y: Float64Array;
  private readonly solver: DormandPrince;
  private values: ProtocolValues;
  private t = 0;
  private readonly knots: readonly number[];

  /**
   * @param start distribution at t = 0⁻, by code
   * @param beta of ⟨e^{−βW}⟩; null where it is not asked for
   */
  constructor(
    readonly space: StateSpace,
    private readonly program: ResolvedProgram,
    rule: RateRule,
    start: Float64Array,
    private readonly beta: number | null,
  ) {
    const large = space.free.length >= LARGE;
    this.works = space.hasEnergy && !hasConstantProtocol(program);
    this.columns = !this.works
      ? WORK
      : beta === null
        ? JARZYNSKI
        : large
          ? JARZYNSKI_SQUARED
          : ALL_COLUMNS;
    this.rates = new TransitionRates(space, rule);
    const { states } = space;
    this.y = new Float64Array(this.columns * states + 2);
    this.y.set(start);
    for (let c = JARZYNSKI; c < this.columns; c++) this.y.set(start, c * states);
    this.values = space.startValues();
    this.solver = new DormandPrince(this.y.length, large ? LARGE_TOLERANCE : TOLERANCE, (y, out) =>
      this.scales(y, out),
    );
    const curves = [
      ...program.drives.map((drive) => drive.amplitude),
      ...Object.values(program.controls),
    ];
    const times = curves.flatMap((curve) => Array.from(curve.filter((_, k) => k % 2 === 0)));
    this.knots = [...new Set(times)].filter((t) => t > 0).sort((a, b) => a - b);
  }

  get probabilities(): Float64Array {
    return this.y.slice(0, this.space.states);
  }
  get protocolValues(): ProtocolValues {
    return this.values;
  }
  /** Moments; NaN where there is no energy, or no β. */
  get moments(): {
    heat: number;
    heatSquared: number;
    work: number;
    workSquared: number;
    jarzynski: number;
    jarzynskiSquared: number;
  } {
    const heat = { heat: this.total(HEAT), heatSquared: this.total(HEAT_SQUARED) };
    if (this.space.hasEnergy && !this.works) {
      const one = this.beta === null ? NaN : 1;
      return { ...heat, work: 0, workSquared: 0, jarzynski: one, jarzynskiSquared: one };
    }
    return {
      ...heat,
      work: this.total(WORK),
      workSquared: this.total(WORK_SQUARED),
      jarzynski: this.total(JARZYNSKI),
      jarzynskiSquared: this.total(JARZYNSKI_SQUARED),
    };
  }

  /** To time t, jumps at t included. */
  advanceTo(t: number): void {
    if (t === 0) this.jumpTo(this.space.valuesBy((curve) => curveValue(curve, 0)));
    while (this.t < t) {
      const end = this.knots.find((knot) => knot > this.t && knot < t) ?? t;
      const to = this.space.valuesBy((curve) => curveBefore(curve, end));
      this.run({
        start: this.t,
        end,
        from: this.values,
        to,
        constant: sameValues(this.values, to),
      });
      this.values = to;
      this.t = end;
      this.jumpTo(this.space.valuesBy((curve) => curveValue(curve, end)));
    }
  }

  /** Lets the distribution evolve at the first listed values; nothing is booked. */
  static burnIn(
    space: StateSpace,
    program: ResolvedProgram,
    rule: RateRule,
    start: Float64Array,
    duration: number,
  ): Float64Array {
    const frozen: ResolvedProgram = {
      ...program,
      drives: program.drives.map((drive) => ({
        pattern: drive.pattern,
        amplitude: Float64Array.of(0, curveStart(drive.amplitude)),
      })),
      controls: Object.fromEntries(
        Object.entries(program.controls).map(([name, curve]) => [
          name,
          Float64Array.of(0, curveStart(curve)),
        ]),
      ),
    };
    const equation = new MasterEquation(space, frozen, rule, start, null);
    equation.advanceTo(duration);
    return equation.probabilities;
  }

  private total(column: number): number {
    if (column >= this.columns) return NaN;
    const { states } = this.space;
    let sum = 0;
    for (let x = 0; x < states; x++) sum += this.y[column * states + x]!;
    return sum;
  }

  /** Each column's error is judged by its largest entry; the two sums by theirs. */
  private scales(y: Float64Array, out: Float64Array): void {
    const { states } = this.space;
    for (let c = 0; c < this.columns; c++) {
      let largest = c === PROBABILITY ? 0 : 1 / states;
      for (let i = c * states; i < (c + 1) * states; i++)
        largest = Math.max(largest, Math.abs(y[i]!));
      out.fill(largest, c * states, (c + 1) * states);
    }
    for (let i = this.columns * states; i < y.length; i++) out[i] = 1 + Math.abs(y[i]!);
  }

  /** Work of a sudden change: −ΔA_d Σ η_d s + Δc E. */
  private jumpTo(values: ProtocolValues): void {
    const { space, y, columns, beta } = this;
    const { states } = space;
    if (this.works && !sameValues(this.values, values)) {
      for (let x = 0; x < states; x++) {
        const w = this.workOf(x, this.values, values);
        const p = y[x]!;
        const at1 = WORK * states + x;
        const at2 = WORK_SQUARED * states + x;
        y[at2] = y[at2]! + 2 * w * y[at1]! + w * w * p;
        y[at1] = y[at1]! + w * p;
        if (columns > JARZYNSKI && beta !== null) {
          for (let c = JARZYNSKI; c < columns; c++) {
            const at = c * states + x;
            y[at] = y[at]! * Math.exp(-(c === JARZYNSKI ? 1 : 2) * beta * w);
          }
        }
      }
    }
    this.values = values;
  }

  private workOf(x: number, from: ProtocolValues, to: ProtocolValues): number {
    const { space } = this;
    let work = 0;
    for (let d = 0; d < space.projections.length; d++) {
      work -= (to.amplitudes[d]! - from.amplitudes[d]!) * space.projections[d]![x]!;
    }
    if (to.coupling !== from.coupling) {
      work += (to.coupling - from.coupling) * space.couplingEnergies[x]!;
    }
    return work;
  }

  private run(stretch: Stretch): void {
    const { start, end, from, to, constant } = stretch;
    if (constant) this.rates.compute(from);
    const { states } = this.space;
    const power = new Float64Array(states);
    if (this.works && !constant) {
      for (let x = 0; x < states; x++) power[x] = this.workOf(x, from, to) / (end - start);
    }
    this.solver.integrate(
      (t, y, out) => {
        if (!constant) this.rates.compute(between(from, to, (t - start) / (end - start)));
        this.derive(y, power, out);
      },
      start,
      end,
      this.y,
    );
    const sums = this.columns * states;
    this.mediumEntropy = this.y[sums]!;
    this.jumps = this.y[sums + 1]!;
  }

  private derive(y: Float64Array, power: Float64Array, out: Float64Array): void {
    const { columns, rates, space, beta } = this;
    const { states } = space;
    const { up, down, heat, temperatures } = rates;
    const heatAt = HEAT * states;
    const squareAt = HEAT_SQUARED * states;
    out.fill(0);
    let entropy = 0;
    let jumps = 0;
    for (let k = 0; k < space.free.length; k++) {
      const bit = 1 << k;
      for (let c = 0; c < columns; c++) {
        const base = c * states;
        for (let block = 0; block < states; block += 2 * bit) {
          for (let low = block; low < block + bit; low++) {
            const at = base + low;
            const flow = up[k * states + low]! * y[at]! - down[k * states + low]! * y[at + bit]!;
            out[at] = out[at]! - flow;
            out[at + bit] = out[at + bit]! + flow;
          }
        }
      }
      let heatRate = 0;
      for (let block = 0; block < states; block += 2 * bit) {
        for (let low = block; low < block + bit; low++) {
          const high = low + bit;
          const u = up[k * states + low]!;
          const v = down[k * states + low]!;
          const q = heat[k * states + low]!;
          const rise = u * y[low]!;
          const fall = v * y[high]!;
          out[heatAt + high] = out[heatAt + high]! + q * rise;
          out[heatAt + low] = out[heatAt + low]! - q * fall;
          out[squareAt + high] =
            out[squareAt + high]! + 2 * q * u * y[heatAt + low]! + q * q * rise;
          out[squareAt + low] = out[squareAt + low]! - 2 * q * v * y[heatAt + high]! + q * q * fall;
          heatRate += q * (rise - fall);
          jumps += rise + fall;
        }
      }
      entropy += heatRate / temperatures[k]!;
    }
    if (this.works) this.addPower(y, power, out, beta);
    out[columns * states] = Number.isFinite(entropy) ? entropy : 0;
    out[columns * states + 1] = jumps;
  }

  private addPower(
    y: Float64Array,
    power: Float64Array,
    out: Float64Array,
    beta: number | null,
  ): void {
    const { states } = this.space;
    for (let x = 0; x < states; x++) {
      const w = power[x]!;
      const at1 = WORK * states + x;
      const at2 = WORK_SQUARED * states + x;
      out[at1] = out[at1]! + w * y[x]!;
      out[at2] = out[at2]! + 2 * w * y[at1]!;
      if (beta === null) continue;
      for (let c = JARZYNSKI; c < this.columns; c++) {
        const at = c * states + x;
        out[at] = out[at]! - (c === JARZYNSKI ? 1 : 2) * beta * w * y[at]!;
      }
    }
  }
}

function sameValues(a: ProtocolValues, b: ProtocolValues): boolean {
  return (
    a.coupling === b.coupling &&
    (a.temperature === b.temperature || Number.isNaN(a.temperature)) &&
    a.amplitudes.every((value, d) => value === b.amplitudes[d])
  );
}

function between(from: ProtocolValues, to: ProtocolValues, share: number): ProtocolValues {
  const mix = (a: number, b: number): number => a + (b - a) * share;
  return {
    amplitudes: from.amplitudes.map((a, d) => mix(a, to.amplitudes[d]!)),
    coupling: mix(from.coupling, to.coupling),
    temperature: mix(from.temperature, to.temperature),
  };
}

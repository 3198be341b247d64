import { curveValue, type Curve, type ResolvedProgram } from '../../device/index.js';
import { momentOrders, type CentralTable } from './central-moments.js';
import { DormandPrince } from './dormand-prince.js';
import { JointMoments, type WorkHeatMoments } from './joint-moments.js';
import { sameValues, valuesBetween, workOf } from './protocol-values.js';
import type { SpinEnsemble } from './spin-ensemble.js';
import { hasConstantProtocol, spinDefinitions } from './spin-thermodynamics.js';
import type { ProtocolValues, StateSpace } from './state-space.js';
import { TransitionRates, type RateRule } from './transition-rates.js';

/** Error of one integration step, relative to the largest entry of a column; for large spaces, where time counts. */
const TOLERANCE = 1e-10;
const LARGE_TOLERANCE = 1e-8;
/** States of a large space. The spread of e^{−βW}, which takes the shortest steps, is left out there. */
const LARGE = 2 ** 11;

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
export class MasterEquation implements SpinEnsemble {
  private readonly joint: JointMoments;
  /** Whether there is work to book: an energy, and something that changes. */
  private readonly works: boolean;
  private readonly rates: TransitionRates;
  private readonly solver: DormandPrince;
  private values: ProtocolValues;
  private t = 0;
  private readonly knots: readonly number[];

  /**
   * @param start distribution at t = 0⁻, by code
   * @param beta of ⟨e^{−βW}⟩; null where it is not asked for
   * @param orders of the central moments; 0: none
   */
  constructor(
    readonly space: StateSpace,
    program: ResolvedProgram,
    rule: RateRule,
    start: Float64Array,
    beta: number | null,
    orders: number,
  ) {
    const large = space.states >= LARGE;
    this.works = space.hasEnergy && !hasConstantProtocol(program);
    this.joint = new JointMoments(
      space,
      start,
      this.works,
      beta,
      !large,
      spinDefinitions(program).noEntropy === null,
      momentOrders(space, program, orders, this.works),
    );
    this.rates = new TransitionRates(space, rule);
    this.values = space.startValues();
    this.solver = new DormandPrince(
      this.joint.y.length,
      large ? LARGE_TOLERANCE : TOLERANCE,
      (y, out) => this.joint.scales(y, out),
    );
    const curves = [
      ...program.drives.map((drive) => drive.amplitude),
      ...Object.values(program.controls),
    ];
    const times = curves.flatMap((curve) => Array.from(curve.filter((_, k) => k % 2 === 0)));
    this.knots = [...new Set(times)].filter((t) => t > 0).sort((a, b) => a - b);
  }

  get probabilities(): Float64Array {
    return this.joint.probabilities;
  }
  get protocolValues(): ProtocolValues {
    return this.values;
  }
  get moments(): WorkHeatMoments {
    return this.joint.moments;
  }
  get centralTable(): CentralTable | null {
    return this.joint.centralTable;
  }
  get mediumEntropy(): number {
    return this.joint.mediumEntropy;
  }
  get jumps(): number {
    return this.joint.jumps;
  }
  energyProduct(): number {
    return NaN;
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

  private jumpTo(values: ProtocolValues): void {
    if (this.works && !sameValues(this.values, values)) {
      this.joint.bookWork((x) => workOf(this.space, x, this.values, values));
    }
    this.values = values;
  }

  private run(stretch: Stretch): void {
    const { start, end, from, to, constant } = stretch;
    const { joint, rates, space } = this;
    if (constant) rates.compute(from);
    const power = new Float64Array(space.states);
    const powered = this.works && !constant;
    if (powered) {
      for (let x = 0; x < space.states; x++) {
        power[x] = workOf(space, x, from, to) / (end - start);
      }
    }
    this.solver.integrate(
      (t, y, out) => {
        if (!constant) rates.compute(valuesBetween(from, to, (t - start) / (end - start)));
        out.fill(0);
        joint.addJumps(y, out, rates);
        if (powered) joint.addPower(y, power, out);
        joint.followMeans(y, out);
      },
      start,
      end,
      joint.y,
    );
  }
}

import { addSymmetric, addTo, identity, product, productTransposed } from './small-matrix.js';
import type { InputCourse, LinearSystem } from './linear-system.js';

/** Scaled steps are short enough for this many terms of the series to reach rounding. */
const TERMS = 16;

/** Exact step of a linear system over h, and its derivatives. */
export interface LinearStep {
  /** e^{−Ah} and ∫₀ʰ e^{−As} D e^{−Aᵀs} ds, m × m. */
  readonly E: Float64Array;
  readonly Q: Float64Array;
  /** ∫₀ʰ e^{−As} ds B and ∫₀ʰ∫₀ˢ e^{−Ar} dr ds B, m × q: an input u₀ + u₁t adds G u₀ + K u₁. */
  readonly G: Float64Array;
  readonly K: Float64Array;
  /** One a parameter; null: the parameter moves neither A, D nor B. */
  readonly d: readonly (StepDerivative | null)[];
}

export interface StepDerivative {
  readonly E: Float64Array;
  readonly Q: Float64Array;
  readonly G: Float64Array;
  readonly K: Float64Array;
  /** False: only G and K depend on the parameter. */
  readonly movesCovariance: boolean;
}

/**
 * The step of {@link LinearSystem} and what each parameter does to it: the series over h/2ᵏ, doubled k times, with the derivatives
 * carried along (forward differentiation), so that they are those of the very numbers that are used.
 */
export function linearStep(system: LinearSystem, h: number): LinearStep {
  const { states: m, inputs: q, A, B, D } = system;
  const step = new Doubling(m, A, D, h);
  const moving = system.dA.map((dA, a) =>
    isZero(dA) && isZero(system.dD[a]!) ? null : step.follow(dA, system.dD[a]!),
  );
  step.run();
  const G = new Float64Array(m * q);
  const K = new Float64Array(m * q);
  product(step.R, B, G, m, m, q);
  product(step.W, B, K, m, m, q);
  const term = new Float64Array(m * q);
  const d = moving.map((derivative, a): StepDerivative | null => {
    const dB = system.dB[a]!;
    if (derivative === null && isZero(dB)) return null;
    const dG = new Float64Array(m * q);
    const dK = new Float64Array(m * q);
    product(step.R, dB, dG, m, m, q);
    product(step.W, dB, dK, m, m, q);
    if (derivative !== null) {
      product(derivative.R, B, term, m, m, q);
      addTo(dG, term);
      product(derivative.W, B, term, m, m, q);
      addTo(dK, term);
    }
    return {
      E: derivative?.E ?? new Float64Array(m * m),
      Q: derivative?.Q ?? new Float64Array(m * m),
      G: dG,
      K: dK,
      movesCovariance: derivative !== null,
    };
  });
  return { E: step.E, Q: step.Q, G, K, d };
}

/** What each interval's inputs add to the state of q inputs and m states: length − 1 of them, the same for all shots. */
export function inputPushes(
  { G, K }: Pick<LinearStep, 'G' | 'K'>,
  { interval, length, before, after }: InputCourse,
  m: number,
  q: number,
): Float64Array {
  const out = new Float64Array(Math.max(0, length - 1) * m);
  for (let s = 0; s + 1 < length; s++) {
    for (let i = 0; i < m; i++) {
      let sum = 0;
      for (let j = 0; j < q; j++) {
        const u = after[s * q + j]!;
        sum += G[i * q + j]! * u + (K[i * q + j]! * (before[(s + 1) * q + j]! - u)) / interval;
      }
      out[s * m + i] = sum;
    }
  }
  return out;
}

const isZero = (list: Float64Array): boolean => list.every((v) => v === 0);

interface Tangent {
  readonly dA: Float64Array;
  readonly dD: Float64Array;
  readonly E: Float64Array;
  readonly Q: Float64Array;
  readonly R: Float64Array;
  readonly W: Float64Array;
  /** Of the power and of the covariance's derivative at hand. */
  readonly power: Float64Array;
  readonly derivative: Float64Array;
}

/** Scaling and doubling of e^{−Ah} and its integrals, with any number of tangents. */
class Doubling {
  readonly E: Float64Array;
  readonly Q: Float64Array;
  readonly R: Float64Array;
  readonly W: Float64Array;
  private readonly tangents: Tangent[] = [];
  private readonly one: Float64Array;
  private readonly two: Float64Array;

  constructor(
    private readonly m: number,
    private readonly A: Float64Array,
    private readonly D: Float64Array,
    private readonly h: number,
  ) {
    const matrix = (): Float64Array => new Float64Array(m * m);
    this.E = identity(m);
    this.Q = matrix();
    this.R = matrix();
    this.W = matrix();
    this.one = matrix();
    this.two = matrix();
  }

  follow(dA: Float64Array, dD: Float64Array): Tangent {
    const matrix = (): Float64Array => new Float64Array(this.m * this.m);
    const tangent = {
      dA,
      dD,
      E: matrix(),
      Q: matrix(),
      R: matrix(),
      W: matrix(),
      power: matrix(),
      derivative: dD.slice(),
    };
    this.tangents.push(tangent);
    return tangent;
  }

  run(): void {
    const { A, h } = this;
    let size = 0;
    for (const value of A) size += value * value;
    size = Math.sqrt(size) * h;
    const doublings = Math.max(0, Math.ceil(Math.log2(Math.max(size, 1e-300) / 0.25)));
    const short = h / 2 ** doublings;
    this.series(short);
    for (let k = 0; k < doublings; k++) this.double(short * 2 ** k);
  }

  private series(h: number): void {
    const { m, A, D, E, Q, R, W, tangents } = this;
    const power = identity(m);
    const derivative = D.slice();
    addTo(R, power, h);
    addTo(W, power, (h * h) / 2);
    addTo(Q, D, h);
    for (const t of tangents) addTo(t.Q, t.dD, h);
    let factor = h;
    for (let k = 1; k <= TERMS; k++) {
      const r = h / (k + 1);
      const w = (h * h) / ((k + 1) * (k + 2));
      factor *= r;
      for (const t of tangents) {
        this.nextPower(t.power, A, power, t.dA, -h / k);
        addTo(t.E, t.power);
        addTo(t.R, t.power, r);
        addTo(t.W, t.power, w);
        this.nextDerivative(t.derivative, A, derivative, t.dA);
        addTo(t.Q, t.derivative, factor);
      }
      product(power, A, this.one, m, m, m);
      for (let i = 0; i < power.length; i++) power[i] = (this.one[i]! * -h) / k;
      addTo(E, power);
      addTo(R, power, r);
      addTo(W, power, w);
      product(A, derivative, this.one, m, m, m);
      derivative.fill(0);
      addSymmetric(derivative, this.one, m, -1);
      addTo(Q, derivative, factor);
    }
  }

  /** dP ← (dP A + P dA) c */
  private nextPower(
    dPower: Float64Array,
    A: Float64Array,
    power: Float64Array,
    dA: Float64Array,
    c: number,
  ): void {
    const { m, one, two } = this;
    product(dPower, A, one, m, m, m);
    product(power, dA, two, m, m, m);
    for (let i = 0; i < dPower.length; i++) dPower[i] = c * (one[i]! + two[i]!);
  }

  /** dC ← −(dA C + A dC + transposed) */
  private nextDerivative(
    dC: Float64Array,
    A: Float64Array,
    C: Float64Array,
    dA: Float64Array,
  ): void {
    const { m, one, two } = this;
    product(dA, C, one, m, m, m);
    product(A, dC, two, m, m, m);
    addTo(one, two);
    dC.fill(0);
    addSymmetric(dC, one, m, -1);
  }

  /** E ← E², Q ← Q + E Q Eᵀ, W ← W + hR + EW, R ← R + ER, all tangents before what they need is changed. */
  private double(h: number): void {
    const { m, E, Q, R, W, one, two, tangents } = this;
    for (const t of tangents) {
      // EW and hR
      product(t.E, W, one, m, m, m);
      product(E, t.W, two, m, m, m);
      addTo(t.W, one);
      addTo(t.W, two);
      addTo(t.W, t.R, h);
      product(t.E, R, one, m, m, m);
      product(E, t.R, two, m, m, m);
      addTo(t.R, one);
      addTo(t.R, two);
      product(E, t.Q, one, m, m, m);
      productTransposed(one, E, two, m, m, m);
      addTo(t.Q, two);
      product(t.E, Q, one, m, m, m);
      productTransposed(one, E, two, m, m, m);
      addSymmetric(t.Q, two, m);
      product(t.E, E, one, m, m, m);
      product(E, t.E, two, m, m, m);
      for (let i = 0; i < one.length; i++) t.E[i] = one[i]! + two[i]!;
    }
    product(E, W, one, m, m, m);
    addTo(W, one);
    addTo(W, R, h);
    product(E, R, one, m, m, m);
    addTo(R, one);
    product(E, Q, one, m, m, m);
    productTransposed(one, E, two, m, m, m);
    addTo(Q, two);
    product(E, E, one, m, m, m);
    E.set(one);
  }
}

import { dot } from './coupling-matrix.js';
import { heapArray, type FreshArray } from './fresh-array.js';
import { addModes, project, type LinearModes } from './linear-modes.js';
import { MatrixVector } from './matrix-vector.js';
import type { Engine } from '../../kernels/index.js';

/**
 * Exact step of dz = (−A z + f) dt + √(2T) dW for symmetric A with eigenvalues l, indefinite ones allowed
 * (Gillespie, PRE 54, 2084 (1996), mode by mode): a mode decays by e^{−lh}, is pushed by f(1 − e^{−lh})/l and gets
 * noise of variance T(1 − e^{−2lh})/l.
 */
export interface OrnsteinUhlenbeck {
  /**
   * Sets the step. A = base·1 − factor·M for the matrix M of the modes.
   * @param step by {@link LINEAR_STEP}; copied
   * @returns whether anything has changed
   */
  prepare(step: Float64Array): boolean;
  /** Sets f, constant over the step; after {@link prepare}. */
  push(force: Float64Array): void;
  /** @param noise one standard normal number a site */
  advance(z: Float64Array, noise: Float64Array): void;
  /** Takes products on an engine from now on, until its scratch is taken back. */
  accelerate(engine: Engine): void;
}

/** What a linear step is: its length h, base and factor of A, and the temperature of all sites where they have one. */
export const LINEAR_STEP = { h: 0, base: 1, factor: 2, temperature: 3 } as const;

/** Takes a step's numbers over; whether one of them is another. */
function takeStep(step: Float64Array, prepared: Float64Array): boolean {
  let other = false;
  for (let k = 0; k < prepared.length; k++) {
    if (step[k] === prepared[k]) continue;
    prepared[k] = step[k]!;
    other = true;
  }
  return other;
}

/** Products with the modes, on an engine where there is one. */
class ModeProducts {
  private to: MatrixVector | null = null;
  private from: MatrixVector | null = null;

  constructor(private readonly modes: LinearModes) {}

  accelerate(engine: Engine): void {
    const { vectors, count, sites } = this.modes;
    this.to = MatrixVector.of(engine, vectors, count, sites);
    this.from = MatrixVector.of(engine, vectors, count, sites, true);
  }

  /** out_a = u_a · x */
  project(x: Float64Array, out: Float64Array): void {
    if (this.to === null) project(this.modes, x, out);
    else this.to.product(x, out);
  }

  /** x += Σ_a coefficients_a u_a */
  add(coefficients: Float64Array, x: Float64Array): void {
    if (this.from === null) addModes(this.modes, coefficients, x);
    else this.from.add(coefficients, x);
  }
}

/** out_k = (1 − e^{−l_k h})/l_k, h at l_k = 0: an array at a time, so that no number is passed as an object. */
function respond(l: Float64Array, h: number, out: Float64Array): void {
  for (let k = 0; k < l.length; k++) {
    if (l[k] === 0) out[k] = h;
    else out[k] = -Math.expm1(-l[k]! * h) / l[k]!;
  }
}

/** One temperature: modes are independent of each other. */
export class UniformOrnsteinUhlenbeck implements OrnsteinUhlenbeck {
  /** Of the listed modes, beyond what everything else has. */
  readonly decay: Float64Array;
  readonly response: Float64Array;
  readonly spread: Float64Array;
  /** Response of the listed modes to the force, and of everything else. */
  readonly pushed: Float64Array;
  readonly pushedRest: Float64Array;
  /** Of everything else. */
  decay0 = 0;
  response0 = 0;
  spread0 = 0;
  private readonly coefficients: Float64Array;
  private readonly noises: Float64Array;
  private readonly products: ModeProducts;
  private readonly prepared = new Float64Array(4).fill(NaN);
  /** Rates of the listed modes, and of everything else behind them; doubled; and responses of both. */
  private readonly rates: Float64Array;
  private readonly doubled: Float64Array;
  private readonly responses: Float64Array;
  private readonly responsesDoubled: Float64Array;

  constructor(
    private readonly modes: LinearModes,
    fresh: FreshArray = heapArray,
  ) {
    this.rates = new Float64Array(modes.count + 1);
    this.doubled = new Float64Array(modes.count + 1);
    this.responses = new Float64Array(modes.count + 1);
    this.responsesDoubled = new Float64Array(modes.count + 1);
    this.products = new ModeProducts(modes);
    this.noises = new Float64Array(modes.count);
    this.decay = fresh(modes.count);
    this.response = fresh(modes.count);
    this.spread = fresh(modes.count);
    this.coefficients = fresh(modes.count);
    this.pushed = fresh(modes.count);
    this.pushedRest = fresh(modes.sites);
  }

  prepare(step: Float64Array): boolean {
    const { modes, decay, response, spread, prepared } = this;
    const { rates, doubled, responses, responsesDoubled } = this;
    if (!takeStep(step, prepared)) return false;
    const h = step[LINEAR_STEP.h]!;
    const base = step[LINEAR_STEP.base]!;
    const factor = step[LINEAR_STEP.factor]!;
    const temperature = step[LINEAR_STEP.temperature]!;
    const { background, values, count } = modes;
    for (let a = 0; a < count; a++) rates[a] = base - factor * values[a]!;
    rates[count] = background === null ? 0 : base - factor * background;
    for (let a = 0; a <= count; a++) doubled[a] = 2 * rates[a]!;
    respond(rates, h, responses);
    respond(doubled, h, responsesDoubled);
    let decay0 = 0;
    let response0 = 0;
    let spread0 = 0;
    if (background !== null) {
      decay0 = Math.exp(-rates[count] * h);
      response0 = responses[count]!;
      spread0 = Math.sqrt(2 * temperature * responsesDoubled[count]!);
    }
    this.decay0 = decay0;
    this.response0 = response0;
    this.spread0 = spread0;
    for (let a = 0; a < count; a++) {
      decay[a] = Math.exp(-rates[a]! * h) - decay0;
      response[a] = responses[a]! - response0;
      spread[a] = Math.sqrt(2 * temperature * responsesDoubled[a]!) - spread0;
    }
    return true;
  }

  /** Writes what everything beside the listed modes has, site by site. */
  rest(rows: {
    readonly decay: Float64Array;
    readonly response: Float64Array;
    readonly spread: Float64Array;
  }): void {
    const { decay0, response0, spread0 } = this;
    for (let i = 0; i < rows.decay.length; i++) {
      rows.decay[i] = decay0;
      rows.response[i] = response0;
      rows.spread[i] = spread0;
    }
  }

  push(force: Float64Array): void {
    const { modes, response, pushed, pushedRest, response0 } = this;
    project(modes, force, pushed);
    for (let a = 0; a < pushed.length; a++) pushed[a]! *= response[a]!;
    for (let i = 0; i < pushedRest.length; i++) pushedRest[i] = response0 * force[i]!;
  }

  accelerate(engine: Engine): void {
    this.products.accelerate(engine);
  }

  advance(z: Float64Array, noise: Float64Array): void {
    const { modes, products, decay, spread, coefficients, noises, pushed, pushedRest } = this;
    const { sites, count, background } = modes;
    products.project(z, coefficients);
    // Where all modes are listed, noise is drawn in the modes themselves.
    if (background !== null) products.project(noise, noises);
    const xi = background === null ? noise : noises;
    for (let a = 0; a < count; a++) {
      coefficients[a] = decay[a]! * coefficients[a]! + pushed[a]! + spread[a]! * xi[a]!;
    }
    if (background === null) z.fill(0);
    else {
      const { decay0, spread0 } = this;
      for (let i = 0; i < sites; i++) {
        z[i] = decay0 * z[i]! + pushedRest[i]! + spread0 * noise[i]!;
      }
    }
    products.add(coefficients, z);
  }
}

/**
 * A temperature a site: the noise of modes a and b has covariance (UᵀDU)_ab (1 − e^{−(l_a + l_b)h})/(l_a + l_b), D = 2 diag T
 * (the finite-time Lyapunov integral), and is drawn through its Cholesky factor.
 */
export class SitewiseOrnsteinUhlenbeck implements OrnsteinUhlenbeck {
  /** Cholesky factor of the noise's covariance, count × count, lower triangle. */
  readonly factor: Float64Array;
  readonly decay: Float64Array;
  readonly response: Float64Array;
  readonly pushed: Float64Array;
  private readonly diffusion: Float64Array;
  private readonly coefficients: Float64Array;
  private readonly products: ModeProducts;
  private readonly prepared = new Float64Array(3).fill(NaN);
  /** Rates of the modes, and the sums of one of them and the first ones; responses of both. */
  private readonly rates: Float64Array;
  private readonly sums: Float64Array;
  private readonly responses: Float64Array;

  /** @param modes with every mode listed; @param temperatures one a site */
  constructor(
    private readonly modes: LinearModes,
    temperatures: Float64Array,
    fresh: FreshArray = heapArray,
  ) {
    const { count, sites, vectors } = modes;
    this.products = new ModeProducts(modes);
    this.decay = fresh(count);
    this.response = fresh(count);
    this.coefficients = fresh(count);
    this.pushed = fresh(count);
    this.factor = fresh(count * count);
    this.rates = new Float64Array(count);
    this.sums = new Float64Array(count);
    this.responses = new Float64Array(count);
    this.diffusion = fresh(count * count);
    const scaled = new Float64Array(sites);
    for (let a = 0; a < count; a++) {
      for (let i = 0; i < sites; i++) scaled[i] = 2 * temperatures[i]! * vectors[a * sites + i]!;
      for (let b = 0; b <= a; b++)
        this.diffusion[a * count + b] = dot(vectors, b * sites, scaled, sites);
    }
  }

  prepare(step: Float64Array): boolean {
    const { modes, decay, response, diffusion, prepared, rates, sums, responses } = this;
    if (!takeStep(step, prepared)) return false;
    const h = step[LINEAR_STEP.h]!;
    const base = step[LINEAR_STEP.base]!;
    const factor = step[LINEAR_STEP.factor]!;
    const { values, count } = modes;
    for (let a = 0; a < count; a++) rates[a] = base - factor * values[a]!;
    respond(rates, h, response);
    for (let a = 0; a < count; a++) {
      decay[a] = Math.exp(-rates[a]! * h);
      for (let b = 0; b < count; b++) sums[b] = rates[a]! + base - factor * values[b]!;
      respond(sums, h, responses);
      for (let b = 0; b <= a; b++) {
        this.factor[a * count + b] = diffusion[a * count + b]! * responses[b]!;
      }
    }
    choleskyInPlace(this.factor, count);
    return true;
  }

  push(force: Float64Array): void {
    const { modes, response, pushed } = this;
    project(modes, force, pushed);
    for (let a = 0; a < pushed.length; a++) pushed[a]! *= response[a]!;
  }

  accelerate(engine: Engine): void {
    this.products.accelerate(engine);
  }

  advance(z: Float64Array, noise: Float64Array): void {
    const { modes, products, decay, coefficients, pushed, factor } = this;
    const { count } = modes;
    products.project(z, coefficients);
    for (let a = 0; a < count; a++) {
      coefficients[a] =
        decay[a]! * coefficients[a]! + pushed[a]! + dot(factor, a * count, noise, a + 1);
    }
    z.fill(0);
    products.add(coefficients, z);
  }
}

/**
 * Lower Cholesky factor of a positive semidefinite matrix in its lower triangle; a pivot that is nothing but rounding
 * (a site without noise of its own) becomes 0.
 */
export function choleskyInPlace(matrix: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      let sum = matrix[i * size + j]!;
      for (let k = 0; k < j; k++) sum -= matrix[i * size + k]! * matrix[j * size + k]!;
      const pivot = matrix[j * size + j]!;
      matrix[i * size + j] = pivot === 0 ? 0 : sum / pivot;
    }
    const whole = matrix[i * size + i]!;
    let rest = whole;
    for (let k = 0; k < i; k++) rest -= matrix[i * size + k]! ** 2;
    matrix[i * size + i] = rest > 4 * Number.EPSILON * size * whole ? Math.sqrt(rest) : 0;
  }
}

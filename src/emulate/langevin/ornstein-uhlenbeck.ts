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
   * @param h length of the step
   * @param temperature of all sites; not used where sites have their own
   */
  prepare(h: number, base: number, factor: number, temperature: number): void;
  /** Sets f, constant over the step; after {@link prepare}. */
  push(force: Float64Array): void;
  /** @param noise one standard normal number a site */
  advance(z: Float64Array, noise: Float64Array): void;
  /** Takes products on an engine from now on, until its scratch is taken back. */
  accelerate(engine: Engine): void;
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

/** (1 − e^{−lh})/l, h at l = 0. */
const responded = (l: number, h: number): number => (l === 0 ? h : -Math.expm1(-l * h) / l);

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
  private prepared = [NaN, NaN, NaN, NaN];

  constructor(
    private readonly modes: LinearModes,
    fresh: FreshArray = heapArray,
  ) {
    this.products = new ModeProducts(modes);
    this.noises = new Float64Array(modes.count);
    this.decay = fresh(modes.count);
    this.response = fresh(modes.count);
    this.spread = fresh(modes.count);
    this.coefficients = fresh(modes.count);
    this.pushed = fresh(modes.count);
    this.pushedRest = fresh(modes.sites);
  }

  prepare(h: number, base: number, factor: number, temperature: number): void {
    const [h0, base0, factor0, temperature0] = this.prepared;
    if (h === h0 && base === base0 && factor === factor0 && temperature === temperature0) return;
    this.prepared = [h, base, factor, temperature];
    const { modes, decay, response, spread } = this;
    const { background, values } = modes;
    const l0 = background === null ? 0 : base - factor * background;
    this.decay0 = background === null ? 0 : Math.exp(-l0 * h);
    this.response0 = background === null ? 0 : responded(l0, h);
    this.spread0 = background === null ? 0 : Math.sqrt(2 * temperature * responded(2 * l0, h));
    for (let a = 0; a < modes.count; a++) {
      const l = base - factor * values[a]!;
      decay[a] = Math.exp(-l * h) - this.decay0;
      response[a] = responded(l, h) - this.response0;
      spread[a] = Math.sqrt(2 * temperature * responded(2 * l, h)) - this.spread0;
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
  private prepared = [NaN, NaN, NaN];

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
    this.diffusion = fresh(count * count);
    const scaled = new Float64Array(sites);
    for (let a = 0; a < count; a++) {
      for (let i = 0; i < sites; i++) scaled[i] = 2 * temperatures[i]! * vectors[a * sites + i]!;
      for (let b = 0; b <= a; b++)
        this.diffusion[a * count + b] = dot(vectors, b * sites, scaled, sites);
    }
  }

  /** @returns whether anything has changed */
  prepare(h: number, base: number, factor: number): boolean {
    const [h0, base0, factor0] = this.prepared;
    if (h === h0 && base === base0 && factor === factor0) return false;
    this.prepared = [h, base, factor];
    const { modes, decay, response, diffusion } = this;
    const { values, count } = modes;
    for (let a = 0; a < count; a++) {
      const l = base - factor * values[a]!;
      decay[a] = Math.exp(-l * h);
      response[a] = responded(l, h);
      for (let b = 0; b <= a; b++) {
        this.factor[a * count + b] =
          diffusion[a * count + b]! * responded(l + base - factor * values[b]!, h);
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

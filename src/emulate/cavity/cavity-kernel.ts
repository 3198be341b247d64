import { RelaxdError } from '../../core/index.js';
import { over, plus, scaled, type Complex } from './complex.js';
import type { CavityGeometry } from './geometry.js';
import { mehlerTerms } from './mehler-terms.js';

export interface KernelOptions {
  readonly geometry: CavityGeometry;
  /** Family of degenerate modes, see `FAMILIES`. */
  readonly n0: number;
  /** w0, in the unit of the positions. */
  readonly waist: number;
  /** Rms radius per axis of an atomic cloud, same unit; 0 for points. */
  readonly cloudSigma: number;
  /** a: family n counts e^{−an}; 0 for perfect degeneracy and infinitely many modes. */
  readonly damping: number;
}

/**
 * The interaction J(r, r')/J0 that a degenerate family of Hermite–Gauss modes mediates at the midplane, J0 being the
 * amplitude of its nonlocal part.
 *
 * The terms are those of `mehlerTerms`. Averaging both positions over Gaussian clouds replaces λ by λ/(1+σ²λ) and
 * divides by (1+σ²λ₊)(1+σ²λ₋). For a = 0 this is the page's §3.3 (points) and §3.4 (clouds): confocal
 * cos(2r·r'/w0²), 4/7 −Σ_{k=1}^3 csc θ_k sin[Φ_k − (n0+1)θ_k].
 *
 * For a = 0 the local term (k = 0, and the confocal mirror image, k = 2) is a δ function, which the page keeps on the
 * diagonal only; with a > 0 both are spots of finite size and are included between any two sites.
 */
export class CavityKernel {
  private readonly terms: number;
  /** Per term: prefactor c, μ₊ and μ₋ of the exponent, each real and imaginary. */
  private readonly table: Float64Array;

  /** @throws RelaxdError `invalid-input` for a family the geometry has not, or lengths that are not positive */
  constructor(options: KernelOptions) {
    const { geometry, n0, waist, cloudSigma, damping } = options;
    if (!(waist > 0) || !(cloudSigma >= 0) || !(damping >= 0)) {
      throw new RelaxdError(
        'invalid-input',
        'a cavity needs waist > 0, cloudSigma ≥ 0 and mode damping ≥ 0',
        { path: 'couplings', value: [waist, cloudSigma, damping], limit: '> 0, ≥ 0, ≥ 0' },
      );
    }
    const rows: number[] = [];
    for (const { prefactor, even, odd } of mehlerTerms(geometry, n0, waist, damping)) {
      const spread = (lambda: Complex): Complex =>
        plus([1, 0], scaled(lambda, cloudSigma * cloudSigma));
      const averaged = over(over(prefactor, spread(even)), spread(odd));
      rows.push(...averaged, ...over(even, spread(even)), ...over(odd, spread(odd)));
    }
    this.table = Float64Array.from(rows);
    this.terms = rows.length / 6;
  }

  /** J/J0 between clouds centred at (x, y) and (u, v). Symmetric. */
  value(x: number, y: number, u: number, v: number): number {
    const { table } = this;
    const sum = (x + u) * (x + u) + (y + v) * (y + v);
    const difference = (x - u) * (x - u) + (y - v) * (y - v);
    let total = 0;
    for (let k = 0; k < this.terms; k++) {
      const at = 6 * k;
      const size = Math.exp(-0.25 * (table[at + 2]! * sum + table[at + 4]! * difference));
      const phase = -0.25 * (table[at + 3]! * sum + table[at + 5]! * difference);
      total += size * (table[at]! * Math.cos(phase) - table[at + 1]! * Math.sin(phase));
    }
    return total;
  }

  /** The gradient of {@link value} with respect to the first position, into `out` [∂x, ∂y]; exact. */
  gradient(x: number, y: number, u: number, v: number, out: Float64Array): void {
    const { table } = this;
    const sumX = x + u;
    const sumY = y + v;
    const differenceX = x - u;
    const differenceY = y - v;
    const sum = sumX * sumX + sumY * sumY;
    const difference = differenceX * differenceX + differenceY * differenceY;
    let gx = 0;
    let gy = 0;
    for (let k = 0; k < this.terms; k++) {
      const at = 6 * k;
      const size = Math.exp(-0.25 * (table[at + 2]! * sum + table[at + 4]! * difference));
      const phase = -0.25 * (table[at + 3]! * sum + table[at + 5]! * difference);
      const cosine = Math.cos(phase);
      const sine = Math.sin(phase);
      const real = size * (table[at]! * cosine - table[at + 1]! * sine);
      const imaginary = size * (table[at]! * sine + table[at + 1]! * cosine);
      // Re[μ c e^{…}] for both exponents
      const even = table[at + 2]! * real - table[at + 3]! * imaginary;
      const odd = table[at + 4]! * real - table[at + 5]! * imaginary;
      gx -= 0.5 * (even * sumX + odd * differenceX);
      gy -= 0.5 * (even * sumY + odd * differenceY);
    }
    out[0] = gx;
    out[1] = gy;
  }
}

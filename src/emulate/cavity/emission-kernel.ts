import { RelaxdError } from '../../core/index.js';
import { over, plus, scaled, times, type Complex } from './complex.js';
import type { CavityGeometry } from './geometry.js';
import { mehlerTerms } from './mehler-terms.js';

export interface EmissionOptions {
  readonly geometry: CavityGeometry;
  readonly n0: number;
  readonly waist: number;
  readonly cloudSigma: number;
  /** a > 0: the number of modes is what makes an image of finite sharpness. */
  readonly damping: number;
}

/** Real and imaginary parts of c, a_f, a_s and b, a term. */
const ROW = 8;

/**
 * D(r, r_j): the field at a point r that a cloud centred at r_j emits, in units of the nonlocal amplitude (physics page
 * §6.1). The same kernel as J with its local image, but averaged over the emitting cloud only: with Mehler's terms
 * (`mehlerTerms`), A = (λ₊+λ₋)/4, B = (λ₊−λ₋)/2 and q = σ²/[2(1+2Aσ²)],
 *
 *     D = Re Σ c/(1+2Aσ²) exp{−(A − qB²) r² − (A − 4qA²) r_j² − (B − 4qAB) r·r_j}.
 *
 * Averaged over a second cloud at r it is {@link CavityKernel.value}.
 */
export class EmissionKernel {
  private readonly table: Float64Array;
  private readonly terms: number;
  /** Term of the own image. */
  private readonly local: number;
  /** Distance at which the amplitude of a cloud's own image has fallen to 1/e, for a cloud on the axis. */
  readonly spotRadius: number;
  /** ∫ |own image|² d²r of a cloud on the axis. */
  readonly spotPower: number;

  /** @throws RelaxdError `invalid-input` */
  constructor(options: EmissionOptions) {
    const { geometry, n0, waist, cloudSigma, damping } = options;
    if (!(waist > 0) || !(cloudSigma >= 0) || !(damping > 0)) {
      throw new RelaxdError(
        'invalid-input',
        'an image needs waist > 0, cloudSigma ≥ 0 and mode damping > 0',
        { path: 'couplings', value: [waist, cloudSigma, damping], limit: '> 0, ≥ 0, > 0' },
      );
    }
    const terms = mehlerTerms(geometry, n0, waist, damping);
    const variance = cloudSigma * cloudSigma;
    const rows: number[] = [];
    for (const { prefactor, even, odd } of terms) {
      const A = scaled(plus(even, odd), 0.25);
      const B = scaled(plus(even, scaled(odd, -1)), 0.5);
      const spread = plus([1, 0], scaled(A, 2 * variance));
      const q = over([variance / 2, 0], spread);
      const less = (a: Complex, b: Complex): Complex => plus(a, scaled(b, -1));
      rows.push(
        ...over(prefactor, spread),
        ...less(A, times(q, times(B, B))),
        ...less(A, scaled(times(q, times(A, A)), 4)),
        ...less(B, scaled(times(q, times(A, B)), 4)),
      );
    }
    this.table = Float64Array.from(rows);
    this.terms = terms.length;
    this.local = terms.findIndex((term) => term.local);
    const [amplitude, falloff] = [rows[ROW * this.local]!, rows[ROW * this.local + 2]!];
    this.spotRadius = 1 / Math.sqrt(falloff);
    this.spotPower = (amplitude * amplitude * Math.PI) / (2 * falloff);
  }

  /** D at (x, y) of a cloud centred at (u, v). */
  value(x: number, y: number, u: number, v: number): number {
    let total = 0;
    for (let k = 0; k < this.terms; k++) total += this.term(k, x, y, u, v);
    return total;
  }

  /** The own image alone: D without the nonlocal field and, in a confocal cavity, the mirror image. */
  ownImage(x: number, y: number, u: number, v: number): number {
    return this.term(this.local, x, y, u, v);
  }

  private term(k: number, x: number, y: number, u: number, v: number): number {
    const { table } = this;
    const at = ROW * k;
    const field = x * x + y * y;
    const source = u * u + v * v;
    const product = x * u + y * v;
    const real = table[at + 2]! * field + table[at + 4]! * source + table[at + 6]! * product;
    const phase = table[at + 3]! * field + table[at + 5]! * source + table[at + 7]! * product;
    return Math.exp(-real) * (table[at]! * Math.cos(phase) + table[at + 1]! * Math.sin(phase));
  }
}

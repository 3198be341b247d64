import { over, plus, polar, scaled, times, type Complex } from './complex.js';
import { checkFamily, type CavityGeometry } from './geometry.js';

/** One term c exp{−¼[λ₊|r+r'|² + λ₋|r−r'|²]} of a family's kernel; its real part counts. */
export interface MehlerTerm {
  readonly prefactor: Complex;
  /** λ₊ */
  readonly even: Complex;
  /** λ₋ */
  readonly odd: Complex;
  /** The term k = 0: what a spin does to itself, a δ function without damping. */
  readonly local: boolean;
}

/** Modes n ≡ n0 modulo this are degenerate with one parity at the midplane (confocal: one quadrature of two). */
const FAMILY_PERIOD = { confocal: 4, 'four-sevenths': 7 } as const;

/**
 * The interaction of a degenerate family of Hermite–Gauss modes in units of its nonlocal amplitude, term by term.
 * With ρ_k = e^{−a+iθ_k}, θ_k = 2πk/period, Mehler's formula gives Σ_n ρ^n Σ_{l+m=n} Ξ_lm(r) Ξ_lm(r') =
 * 2/[πw0²(1−ρ²)] exp{−¼[λ₊|r+r'|² + λ₋|r−r'|²]}, λ± = (2/w0²)[(1−ρ)/(1+ρ)]^{±1}, and the family is
 * J/J0 = Σ_k e^{−iθ_k n0}/(1−ρ_k²) exp{…}. Terms k and period − k are complex conjugates: one of them stands here, twice.
 *
 * For a = 0 the local term (k = 0) and the confocal mirror image (k = 2) are δ functions and are left out.
 * @param damping a ≥ 0
 * @throws RelaxdError `invalid-input` for a family that the geometry has not
 */
export function mehlerTerms(
  geometry: CavityGeometry,
  n0: number,
  waist: number,
  damping: number,
): MehlerTerm[] {
  checkFamily(geometry, n0);
  const period = FAMILY_PERIOD[geometry];
  const terms: MehlerTerm[] = [];
  for (let k = 0; 2 * k <= period; k++) {
    const alone = k === 0 || 2 * k === period;
    if (alone && damping === 0) continue;
    const theta = (2 * Math.PI * k) / period;
    const rho = polar(Math.exp(-damping), theta);
    const ratio = over([1 - rho[0], -rho[1]], [1 + rho[0], rho[1]]);
    terms.push({
      prefactor: over(
        scaled(polar(1, -theta * n0), alone ? 1 : 2),
        plus([1, 0], scaled(times(rho, rho), -1)),
      ),
      even: scaled(ratio, 2 / (waist * waist)),
      odd: scaled(over([1, 0], ratio), 2 / (waist * waist)),
      local: k === 0,
    });
  }
  return terms;
}

import { erf, normalDensity } from './erf.js';
import { gaussianAverage } from './gaussian-average.js';

/** The field f + wz on a spin at temperature T, z standard normal: f ≥ 0, w > 0, T > 0. */
export interface NoisyField {
  readonly mean: number;
  readonly width: number;
  readonly temperature: number;
}

/**
 * Averages over the noise take points in proportion to w/T. Where T/w is below this they are taken from Sommerfeld's expansion
 * instead, which is good to (T/w)⁶: with the field's density g
 * ∫g(x) tanh(x/T) dx = ∫g(x) sgn x dx − (π²/12) T² g'(0) − (7π⁴/2880) T⁴ g'''(0).
 */
const COLD = 5e-3;
const SECOND = Math.PI ** 2 / 12;
const FOURTH = (7 * Math.PI ** 4) / 2880;
/** Further off, the density is 0 to rounding. */
const MOST_WIDTHS = 40;

const isCold = ({ width, temperature }: NoisyField): boolean => temperature < COLD * width;

/** f/w */
const widths = ({ mean, width }: NoisyField): number => Math.min(mean / width, MOST_WIDTHS);

/** Hermite's polynomials, orthogonal under the normal law. */
const HERMITE = [
  () => 1,
  (a: number) => a,
  (a: number) => a * a - 1,
  (a: number) => (a * a - 3) * a,
  (a: number) => (a * a - 6) * a * a + 3,
] as const;

/** The terms in T² and T⁴ by the derivatives of the density of those orders, in units of w. */
function thermal(field: NoisyField, first: 0 | 1 | 2): number {
  const a = widths(field);
  const square = (field.temperature / field.width) ** 2;
  const second = SECOND * square * HERMITE[first](a);
  const fourth = FOURTH * square * square * HERMITE[first + 2]!(a);
  return normalDensity(a) * (second + fourth);
}

/** Points as close as the poles of tanh β(f + wz), at Im z = πT/2w, ask for. */
function average(
  { mean, width, temperature }: NoisyField,
  f: (x: number) => number,
  widest = 0.5,
): number {
  const step = Math.min(widest, (Math.PI * temperature) / (2 * width) / 6);
  return gaussianAverage((z) => f((mean + width * z) / temperature), step);
}

/** ∫Dz tanh β(f + wz) */
export function meanSpin(field: NoisyField): number {
  if (!isCold(field)) return average(field, Math.tanh);
  return erf(widths(field) / Math.SQRT2) - thermal(field, 1);
}

/** q = ∫Dz tanh² β(f + wz) and β(1 − q), the derivative of {@link meanSpin} by f. */
export function spinOrder(field: NoisyField): {
  readonly q: number;
  readonly susceptibility: number;
} {
  const { width, temperature } = field;
  if (!isCold(field)) {
    const q = average(field, (x) => Math.tanh(x) ** 2);
    return { q, susceptibility: (1 - q) / temperature };
  }
  const susceptibility = (2 * normalDensity(widths(field)) + thermal(field, 2)) / width;
  return { q: 1 - temperature * susceptibility, susceptibility };
}

/** T ∫Dz ln 2cosh β(f + wz), of which {@link meanSpin} is the derivative by f. */
export function spinFreeEnergy(field: NoisyField): number {
  const { mean, width, temperature } = field;
  if (!isCold(field)) {
    const logCosh = (x: number): number => Math.abs(x) + Math.log1p(Math.exp(-2 * Math.abs(x)));
    return temperature * average(field, logCosh, 0.05);
  }
  const a = widths(field);
  return mean * erf(a / Math.SQRT2) + width * (2 * normalDensity(a) + thermal(field, 0));
}

import { RelaxdError } from '../../core/index.js';
import { checkOrder, checkParameter, checkTemperature } from './check-parameter.js';
import { spinEntropy } from './dense-mean-field.js';

/** What a slow ramp of a cue costs a dense memory at low load that starts as a paramagnet; per spin. */
export interface QuasiStaticRamp {
  /** lim Σ·τ of a linear ramp over τ → ∞, in nats · sweeps. */
  readonly dissipation: number;
  /** The least Σ·τ of any slow protocol between the same ends, the square of the thermodynamic length. */
  readonly leastDissipation: number;
  /** Work of the infinitely slow ramp, the change of the free energy. */
  readonly work: number;
  /** Overlaps with target and cue at the end. */
  readonly target: number;
  readonly cue: number;
}

interface Point {
  readonly m: number;
  /** ⟨ξ¹s⟩ where the cue is right and where it is wrong. */
  readonly right: number;
  readonly wrong: number;
  /** Friction: EP rate over ḣ². */
  readonly friction: number;
}

/** Intervals of the field of Simpson's rule. */
const INTERVALS = 2000;

/**
 * The limit of slow driving of the overlap dynamics (physics page §2.4). Behind a slow field the populations lag by
 * δ = A^{−1} x'(h) ḣ, A the Jacobian at the equilibrium x(h); in Σ̇ = Σ w ẋ (βb − artanh x) the bracket is, to first order,
 * (A δ)/(1 − x²), and A cancels: Σ̇ = ḣ² g(h), g = Σ w x'(h)²/(1 − x²). A linear ramp to h has Σ τ = h ∫g dh, the best slow protocol
 * (∫√g dh)². Null where the branch of the paramagnet ends on the way (n ≥ 3, or n = 2 below T = 1): no ramp is slow there.
 * @param degree n ≥ 2
 * @param temperature T > 0
 * @param cueAccuracy c, 0 … 1
 * @param field h at the end, > 0
 * @throws RelaxdError `invalid-input`
 */
export function quasiStaticRamp(
  degree: number,
  temperature: number,
  cueAccuracy: number,
  field: number,
): QuasiStaticRamp | null {
  checkOrder(degree);
  checkTemperature(temperature);
  checkParameter('cueAccuracy', cueAccuracy, (c) => c >= 0 && c <= 1, '0 … 1');
  checkParameter('field', field, (h) => h > 0, '> 0');
  const share = (1 + cueAccuracy) / 2;
  let m = 0;
  let cost = 0;
  let length = 0;
  let end: Point | null = null;
  for (let k = 0; k <= INTERVALS; k++) {
    const point = follow(degree, temperature, share, (field * k) / INTERVALS, m);
    if (point === null) return null;
    ({ m } = point);
    const weight = (k === 0 || k === INTERVALS ? 1 : k % 2 === 1 ? 4 : 2) * (field / INTERVALS / 3);
    cost += weight * point.friction;
    length += weight * Math.sqrt(point.friction);
    end = point;
  }
  if (end === null) throw new RelaxdError('internal', 'a ramp without points');
  const { right, wrong } = end;
  const cue = share * right - (1 - share) * wrong;
  const entropy = share * spinEntropy(right) + (1 - share) * spinEntropy(wrong);
  const free = -(end.m ** degree) / degree - field * cue - temperature * entropy;
  return {
    dissipation: field * cost,
    leastDissipation: length ** 2,
    work: free + temperature * Math.LN2,
    target: end.m,
    cue,
  };
}

/** The equilibrium at h next to overlap `guess`, by Newton's method; null where the branch is not stable. */
function follow(
  degree: number,
  temperature: number,
  share: number,
  h: number,
  guess: number,
): Point | null {
  let m = guess;
  for (let iteration = 0; iteration < 100; iteration++) {
    const force = m ** (degree - 1);
    const right = Math.tanh((force + h) / temperature);
    const wrong = Math.tanh((force - h) / temperature);
    const stiffness = (degree - 1) * (degree === 2 ? 1 : m ** (degree - 2));
    const soft = share * (1 - right ** 2) + (1 - share) * (1 - wrong ** 2);
    const slope = (stiffness * soft) / temperature;
    if (slope >= 1) return null;
    const step = (share * right + (1 - share) * wrong - m) / (1 - slope);
    if (Math.abs(step) <= 1e-14) {
      const tilt = share * (1 - right ** 2) - (1 - share) * (1 - wrong ** 2);
      const change = tilt / temperature / (1 - slope);
      // x' = β(1 − x²)(F''m' ± 1), so x'²/(1 − x²) = β²(1 − x²)(F''m' ± 1)².
      const friction =
        (share * (1 - right ** 2) * (stiffness * change + 1) ** 2 +
          (1 - share) * (1 - wrong ** 2) * (stiffness * change - 1) ** 2) /
        temperature ** 2;
      return { m, right, wrong, friction };
    }
    m += step;
  }
  return null;
}

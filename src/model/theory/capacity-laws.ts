import { checkOrder, checkParameter } from './check-parameter.js';
import { erfc } from './erf.js';
import { capacityOf, type Capacity } from './load-curve.js';
import { doubleFactorial } from './one-step.js';
import { retrievalSignal } from './retrieval-signal.js';
import { findRoot } from './search.js';

/** Powers of the full overlap (Krotov–Hopfield), or interactions of n different spins only (Gardner). */
export type DenseInteraction = 'full-power' | 'pure';

/**
 * Noise variance per load: (2n − 3)!! for powers of the full overlap, (n − 1)! for pure n-body interactions. Rectified
 * memories feel only the half of the others whose overlap is positive.
 */
export function noisePerLoad(
  degree: number,
  interaction: DenseInteraction,
  rectified = false,
): number {
  const share = rectified ? 0.5 : 1;
  if (interaction === 'full-power') return share * doubleFactorial(2 * degree - 3);
  let product = share;
  for (let k = 2; k < degree; k++) product *= k;
  return product;
}

/**
 * Replica-symmetric estimate of the largest P/N^{n−1} at T = 0, from m = erf(m^{n−1}/√(2V)) with V = α(2n−3)!! or
 * α(n−1)!; symmetry breaking and the reaction of the memories are neglected (physics page §2.5). n = 2 is the model
 * without reaction, not AGS.
 * @param degree n ≥ 2
 * @param rectified half the noise, twice the capacity
 */
export function denseCapacity(
  degree: number,
  interaction: DenseInteraction,
  rectified = false,
): Capacity {
  checkOrder(degree);
  const noise = noisePerLoad(degree, interaction, rectified);
  // y = m^{n−1}/√(2V), m = erf y.
  return capacityOf((y) => retrievalSignal(y).m ** (2 * degree - 2) / (2 * y * y * noise));
}

/**
 * The P/N^{n−1} at which one parallel step from a memory gets the given share of bits wrong:
 * ½ erfc(1/√(2α(2n−3)!!)) = error.
 * @param degree n ≥ 2
 * @param error share of wrong bits, between 0 and ½
 */
export function oneStepCapacity(degree: number, error: number): number {
  checkOrder(degree);
  checkParameter('error', error, (p) => p > 0 && p < 0.5, 'between 0 and ½');
  const y = findRoot((x) => erfc(x) - 2 * error, 0, 28);
  return 1 / (2 * y * y * doubleFactorial(2 * degree - 3));
}

/**
 * Memories without a wrong bit on average in a pattern: N^{n−1}/(2(2n−3)!! ln N) (Krotov & Hopfield 2016; recalled).
 * For n = 2 the law of one given pattern, N/(2 ln N).
 */
export function errorFreeMemories(degree: number, sites: number): number {
  checkOrder(degree);
  checkParameter('sites', sites, (n) => n >= 2, '≥ 2');
  return sites ** (degree - 1) / (2 * doubleFactorial(2 * degree - 3) * Math.log(sites));
}

/** Storkey's rule: N/√(2 ln N) memories (recalled). */
export function storkeyMemories(sites: number): number {
  checkParameter('sites', sites, (n) => n >= 2, '≥ 2');
  return sites / Math.sqrt(2 * Math.log(sites));
}

/**
 * ln(P)/N of the exponential memory that still repairs a share ρ of flipped bits in one step, for all memories:
 * ½ I(1 − 2ρ), I(a) = ½[(1+a) ln(1+a) + (1−a) ln(1−a)] (Demircigil et al. 2017; recalled).
 * @param flipped ρ, 0 … ½
 */
export function exponentialRate(flipped: number): number {
  checkParameter('flipped', flipped, (p) => p >= 0 && p < 0.5, '0 … ½');
  const a = 1 - 2 * flipped;
  const term = (x: number): number => (x > 0 ? x * Math.log(x) : 0);
  return (term(1 + a) + term(1 - a)) / 4;
}

/** ln(P)/N up to which a single pattern of the exponential memory is typically stable: 2 − ln cosh 2 (exact). */
export function exponentialTypicalRate(): number {
  return 2 - Math.log(Math.cosh(2));
}

/** Capacity P/N₁ of the symmetric bidirectional memory, r = (1 + C²)/(1 − C²)²: .1998 (derived, physics page §2.1). */
export function bidirectionalCapacity(): Capacity {
  return capacityOf((y) => {
    const { variance, susceptibility } = retrievalSignal(y);
    const square = susceptibility ** 2;
    return (variance * (1 - square) ** 2) / (1 + square);
  });
}

/**
 * The base c of the storage law P ≥ √p c^{(d−1)/4} of modern Hopfield networks on the sphere (Ramsauer et al. 2020,
 * theorem 3; recalled): c = b/W₀(e^{a + ln b}), a = 2(1 + ln(2βK²p(d−1)))/(d − 1), b = 2K²β/5.
 * @param beta β > 0
 * @param radius K > 0
 * @param dimension d ≥ 2
 * @param failure p, failure probability, 0 … 1
 */
export function ramsauerBase(
  beta: number,
  radius: number,
  dimension: number,
  failure: number,
): number {
  checkParameter('beta', beta, (x) => x > 0, '> 0');
  checkParameter('radius', radius, (x) => x > 0, '> 0');
  checkParameter('dimension', dimension, (x) => x >= 2, '≥ 2');
  checkParameter('failure', failure, (x) => x > 0 && x <= 1, '0 … 1');
  // Logarithms throughout: K²β may be too small for a number, or too large.
  const logStiffness = Math.log(beta) + 2 * Math.log(radius);
  const logB = Math.log(2 / 5) + logStiffness;
  const logInner = Math.LN2 + logStiffness + Math.log(failure) + Math.log(dimension - 1);
  const a = (2 / (dimension - 1)) * (1 + logInner);
  return Math.exp(logB - logLambertW(a + logB));
}

/** ln W₀(e^x): the root of e^l + l = x, which never forms e^x. */
function logLambertW(x: number): number {
  const [low, high] = x < 1 ? [x - 1, x] : [0, Math.log(x)];
  return findRoot((l) => Math.exp(l) + l - x, low, high);
}

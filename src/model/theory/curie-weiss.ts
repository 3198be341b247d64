import { checkParameter, checkTemperature } from './check-parameter.js';

/** Exact equilibrium of N spins with one memory. */
export interface CurieWeiss {
  /** ⟨|m|⟩. */
  readonly absoluteOverlap: number;
  /** ⟨m²⟩. */
  readonly squaredOverlap: number;
  /** U₄ = 1 − ⟨m⁴⟩/(3⟨m²⟩²). */
  readonly binder: number;
  /** ln Z/N. */
  readonly logPartitionPerSpin: number;
  /** ⟨E⟩/N. */
  readonly energyPerSpin: number;
}

/**
 * Exact sums over the N + 1 magnetisations of E = −N m²/2 (the diagonal included): one memory, or the Curie–Weiss
 * model (physics page §5.1).
 * @param sites N ≥ 1
 * @param temperature T > 0
 * @throws RelaxdError `invalid-input`
 */
export function curieWeiss(sites: number, temperature: number): CurieWeiss {
  checkParameter('sites', sites, (n) => Number.isInteger(n) && n >= 1, 'an integer ≥ 1');
  checkTemperature(temperature);
  const logWeights = new Float64Array(sites + 1);
  let logBinomial = 0;
  let largest = -Infinity;
  for (let up = 0; up <= sites; up++) {
    if (up > 0) logBinomial += Math.log((sites - up + 1) / up);
    const m = (2 * up - sites) / sites;
    logWeights[up] = logBinomial + (sites * m * m) / (2 * temperature);
    largest = Math.max(largest, logWeights[up]!);
  }
  let total = 0;
  let first = 0;
  let second = 0;
  let fourth = 0;
  for (let up = 0; up <= sites; up++) {
    const m = Math.abs(2 * up - sites) / sites;
    const weight = Math.exp(logWeights[up]! - largest);
    total += weight;
    first += weight * m;
    second += weight * m * m;
    fourth += weight * m ** 4;
  }
  return {
    absoluteOverlap: first / total,
    squaredOverlap: second / total,
    binder: 1 - (fourth * total) / (3 * second * second),
    logPartitionPerSpin: (largest + Math.log(total)) / sites,
    energyPerSpin: -second / total / 2,
  };
}

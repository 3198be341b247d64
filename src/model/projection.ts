import { RelaxdError } from '../core/index.js';
import { checkPatterns } from './check-patterns.js';
import { cholesky, inverseFromFactor } from './cholesky.js';
import { patternOverlaps } from './hebb.js';

/** A coefficient larger than this makes an earlier memory part of a dependent one. */
const PART = 1e-6;

/**
 * Weights of the projection (pseudo-inverse) rule: W = C⁻¹, C = (1/N) Ξ Ξᵀ; J = (1/N) Ξᵀ W Ξ (physics page §2.6).
 * @param patterns P × N, ±1
 * @returns P×P row-major, exactly symmetric
 * @throws RelaxdError `singular-memories`: details name the first memory that depends on earlier ones, and those
 */
export function projectionWeights(patterns: readonly Int8Array[]): Float64Array {
  const count = patterns.length;
  const result = cholesky(correlation(patterns), count);
  if (result.kind === 'dependent') throw singularMemories(result.row, result.coefficients);
  return inverseFromFactor(result.lower, count);
}

/**
 * Weights of the dreaming rule: W = (1 + t)(1 + tC)⁻¹ (Fachechi, Agliari & Barra; physics page §2.6). t = 0 is Hebb's
 * rule, t → ∞ projection; dependent memories are no obstacle.
 * @param time t ≥ 0
 * @returns P×P row-major, exactly symmetric
 */
export function dreamingWeights(patterns: readonly Int8Array[], time: number): Float64Array {
  const count = patterns.length;
  // (1 + tC)/(1 + t) has entries of order one however long the dream.
  const matrix = correlation(patterns).map((c) => (time / (1 + time)) * c);
  for (let mu = 0; mu < count; mu++) {
    matrix[mu * count + mu] = matrix[mu * count + mu]! + 1 / (1 + time);
  }
  const result = cholesky(matrix, count);
  if (result.kind === 'dependent') throw singularMemories(result.row, result.coefficients);
  return inverseFromFactor(result.lower, count);
}

/**
 * J = (1/N) Ξᵀ W Ξ with the diagonal zeroed, exactly symmetric.
 * @param weights P×P row-major, symmetric
 * @returns N×N row-major
 */
export function weightedCouplings(
  patterns: readonly Int8Array[],
  weights: Float64Array,
): Float64Array {
  const sites = checkPatterns(patterns);
  const count = patterns.length;
  const couplings = new Float64Array(sites * sites);
  const weighted = new Float64Array(sites);
  for (const [mu, pattern] of patterns.entries()) {
    weighted.fill(0);
    for (const [nu, other] of patterns.entries()) {
      const weight = weights[mu * count + nu]!;
      for (let j = 0; j < sites; j++) weighted[j] = weighted[j]! + weight * other[j]!;
    }
    for (let i = 0; i < sites; i++) {
      const sign = pattern[i]!;
      const base = i * sites;
      for (let j = i + 1; j < sites; j++)
        couplings[base + j] = couplings[base + j]! + sign * weighted[j]!;
    }
  }
  for (let i = 0; i < sites; i++) {
    for (let j = i + 1; j < sites; j++) {
      const coupling = couplings[i * sites + j]! / sites;
      couplings[i * sites + j] = coupling;
      couplings[j * sites + i] = coupling;
    }
  }
  return couplings;
}

function correlation(patterns: readonly Int8Array[]): Float64Array {
  const sites = checkPatterns(patterns);
  return patternOverlaps(patterns).map((overlap) => overlap / sites);
}

function singularMemories(memory: number, coefficients: Float64Array): RelaxdError {
  const dependsOn = [...coefficients.keys()].filter((nu) => Math.abs(coefficients[nu]!) > PART);
  return new RelaxdError(
    'singular-memories',
    `memory ${memory} is a linear combination of ${dependsOn.length === 1 ? 'memory' : 'memories'} ` +
      dependsOn.slice(0, 20).join(', '),
    {
      path: `patterns[${memory}]`,
      memory,
      dependsOn,
      coefficients: dependsOn.map((nu) => coefficients[nu]!),
      hint: 'leave that memory out, or use dream:<t> or hebb, which take dependent memories',
    },
  );
}

import { checkPatterns } from './check-patterns.js';
import { mirrorUpper } from './square-matrix.js';

/**
 * Storkey's rule, memory after memory: w_ij += (1/N)(ξ_i ξ_j − ξ_i h_ji − h_ij ξ_j), h_ij = Σ_{k≠i,j} w_ik ξ_k from
 * the couplings before (physics page §2.6; Storkey 1997). The result depends on the order of the memories. Exactly
 * symmetric, zero diagonal (which h_ij never reads).
 * @param patterns P × N, ±1
 * @returns N×N row-major
 * @throws RelaxdError `wrong-size`, `pattern-values`
 */
export function storkeyCouplings(patterns: readonly Int8Array[]): Float64Array {
  const sites = checkPatterns(patterns);
  const couplings = new Float64Array(sites * sites);
  const fields = new Float64Array(sites);
  for (const pattern of patterns) {
    for (let i = 0; i < sites; i++) {
      let sum = 0;
      for (let k = 0; k < sites; k++) sum += couplings[i * sites + k]! * pattern[k]!;
      fields[i] = sum;
    }
    for (let i = 0; i < sites; i++) {
      const si = pattern[i]!;
      for (let j = i + 1; j < sites; j++) {
        const sj = pattern[j]!;
        const weight = couplings[i * sites + j]!;
        const hij = fields[i]! - weight * sj;
        const hji = fields[j]! - weight * si;
        couplings[i * sites + j] = weight + (si * sj - si * hji - hij * sj) / sites;
      }
    }
    mirrorUpper(couplings, sites);
  }
  return couplings;
}

import { checkPatterns } from './check-patterns.js';

/**
 * Hebb's rule: J_ij = (1/N) Σ_μ ξ_i^μ ξ_j^μ, J_ii = 0. N·J is an integer of P's parity, counted from patterns as bits:
 * P − 2·(bits in which sites i and j differ). Exactly symmetric.
 * @param patterns P × N, ±1
 * @returns N×N row-major
 * @throws RelaxdError `wrong-size`, `pattern-values`
 */
export function hebbCouplings(patterns: readonly Int8Array[]): Float64Array {
  const sites = checkPatterns(patterns);
  const words = Math.ceil(patterns.length / 32);
  const bits = new Int32Array(sites * words);
  for (const [mu, pattern] of patterns.entries()) {
    const word = mu >>> 5;
    for (let i = 0; i < sites; i++) {
      if (pattern[i] === 1) bits[i * words + word] = bits[i * words + word]! | (1 << (mu & 31));
    }
  }
  const couplings = new Float64Array(sites * sites);
  for (let i = 0; i < sites; i++) {
    for (let j = i + 1; j < sites; j++) {
      let differing = 0;
      for (let w = 0; w < words; w++)
        differing += bitCount(bits[i * words + w]! ^ bits[j * words + w]!);
      const coupling = (patterns.length - 2 * differing) / sites;
      couplings[i * sites + j] = coupling;
      couplings[j * sites + i] = coupling;
    }
  }
  return couplings;
}

/** How many bits of a 32-bit word are set. */
function bitCount(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/**
 * The overlaps between patterns, N·C: integers (ξ^μ · ξ^ν), P×P row-major.
 * @throws RelaxdError `wrong-size`, `pattern-values`
 */
export function patternOverlaps(patterns: readonly Int8Array[]): Float64Array {
  const sites = checkPatterns(patterns);
  const count = patterns.length;
  const overlaps = new Float64Array(count * count);
  for (const [mu, a] of patterns.entries()) {
    for (let nu = mu; nu < count; nu++) {
      const b = patterns[nu]!;
      let sum = 0;
      for (let i = 0; i < sites; i++) sum += a[i]! * b[i]!;
      overlaps[mu * count + nu] = sum;
      overlaps[nu * count + mu] = sum;
    }
  }
  return overlaps;
}

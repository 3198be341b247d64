import type { RandomStream } from '../core/index.js';

/**
 * For tests of the built-in sets only: asynchronous zero-temperature dynamics of E = −N Σ_μ F(m_μ), each
 * sweep in a new random order, a spin at zero field kept, until no spin moves. The change of energy at a
 * flip is taken with the spin's own part out of the overlap (Krotov & Hopfield 2016, eq. 3), so `hebb` has no
 * diagonal.
 */
export function relax(
  patterns: readonly Int8Array[],
  energy: (overlap: number) => number,
  start: Int8Array,
  random: RandomStream,
): Int8Array {
  const spins = Int8Array.from(start);
  const n = spins.length;
  const overlaps = patterns.map((pattern) =>
    pattern.reduce((sum, xi, i) => sum + xi * spins[i]!, 0),
  );
  // F(m+1/N) − F(m−1/N) at m = k/N, k = −N … N.
  const step = Float64Array.from(
    { length: 2 * n + 1 },
    (_, k) => energy((k - n + 1) / n) - energy((k - n - 1) / n),
  );
  for (let sweep = 0; sweep < 100; sweep++) {
    let flips = 0;
    for (const i of random.sample(n, n)) {
      let field = 0;
      for (let mu = 0; mu < patterns.length; mu++) {
        const xi = patterns[mu]![i]!;
        field += xi * step[overlaps[mu]! - xi * spins[i]! + n]!;
      }
      if (field * spins[i]! >= -1e-15) continue;
      spins[i] = -spins[i]!;
      for (let mu = 0; mu < patterns.length; mu++)
        overlaps[mu]! += 2 * patterns[mu]![i]! * spins[i];
      flips++;
    }
    if (flips === 0) return spins;
  }
  throw new Error('the dynamics did not come to rest in 100 sweeps');
}

export const hebb = (m: number): number => m ** 2 / 2;
export const rectified =
  (degree: number) =>
  (m: number): number =>
    m > 0 ? m ** degree / degree : 0;

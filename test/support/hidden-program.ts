import type { HiddenPrior, ResolvedProgram, SiteSpec } from '../../src/device/index.js';
import { spinProgram } from './spin-program.js';

const VISIBLE: SiteSpec = { kind: 'ising', hidden: false, prior: null };
const KIND = { gaussian: 'continuous', poisson: 'continuous', binary: 'ising', 'one-hot': 'ising' };

type Parts = Parameters<typeof spinProgram>[0];

/**
 * N visible spins and one hidden site a memory, coupled by J_iμ = strength·ξ_i^μ: the two-body form of a dense memory
 * (physics page §2.8). References are the memories, with zeros on the hidden sites.
 */
export function hiddenMemories(
  patterns: readonly Int8Array[],
  prior: HiddenPrior,
  parts: Partial<Parts> & { readonly strength?: number } = {},
): ResolvedProgram {
  const { strength = 1, fields, ...rest } = parts;
  const N = patterns[0]!.length;
  const P = patterns.length;
  const sites = N + P;
  const entries: number[] = [];
  patterns.forEach((pattern, mu) => {
    pattern.forEach((sign, i) => entries.push(i, N + mu, strength * sign));
  });
  const hidden = { kind: KIND[prior], hidden: true, prior } as SiteSpec;
  return spinProgram({
    ...rest,
    sites,
    siteKinds: Array.from({ length: sites }, (_, i) => (i < N ? VISIBLE : hidden)),
    couplings: { kind: 'coo', entries: Float64Array.from(entries) },
    references:
      rest.references ?? patterns.map((p) => Int8Array.from([...p, ...Array<number>(P).fill(0)])),
    fields: fields ?? new Float64Array(sites),
  });
}

import { RandomStream } from '../../src/core/index.js';
import type { Dynamics, ResolvedProgram } from '../../src/device/index.js';
import type { SpinCouplings } from '../../src/model/index.js';

type Parts = Partial<Omit<ResolvedProgram, 'dynamics' | 'couplings' | 'readout'>> & {
  readonly sites: number;
  readonly couplings: SpinCouplings;
  readonly dynamics?: Partial<Dynamics>;
  /** Readout period; the duration by default: one readout at each end. */
  readonly every?: number;
};

/** A spin program in the form that a simulator gets, without the way through a document. */
export function spinProgram(parts: Parts): ResolvedProgram {
  const { dynamics, every, ...rest } = parts;
  const duration = parts.duration ?? 1;
  return {
    version: 1,
    siteKinds: 'ising',
    references: parts.couplings.kind === 'memories' ? parts.couplings.patterns : [],
    fields: new Float64Array(parts.sites),
    wells: null,
    clamped: new Int32Array(0),
    inputs: [],
    initial: { kind: 'random' },
    drives: [],
    controls: {},
    shots: 1,
    seed: 1,
    ...rest,
    duration,
    readout: { every: every ?? duration, channels: ['energy', 'overlaps'] },
    dynamics: {
      fidelity: null,
      kernel: null,
      integrator: null,
      dt: null,
      burnIn: null,
      synapse: null,
      spiking: null,
      ...dynamics,
      rule: dynamics?.rule ?? 'glauber',
      order: dynamics?.order ?? 'continuous-time',
      temperature: dynamics?.temperature ?? 1,
      ties: dynamics?.ties ?? 'keep',
    },
  };
}

/** P random patterns of N spins ±1; ⟨ξ⟩ = bias. */
export function randomPatterns(
  P: number,
  N: number,
  stream: RandomStream,
  bias = 0,
): readonly Int8Array[] {
  return Array.from({ length: P }, () => {
    const pattern = new Int8Array(N);
    for (let i = 0; i < N; i++) {
      pattern[i] = bias === 0 ? stream.sign() : stream.uniform() < (1 + bias) / 2 ? 1 : -1;
    }
    return pattern;
  });
}

/** The stream that patterns of disorder realisation k of a test are drawn from. */
export const disorder = (seed: number, k = 0): RandomStream => RandomStream.of(seed, 'disorder', k);

/** Memories as couplings with a polynomial of some degree (2: Hebb's rule). */
export function polynomialMemories(
  patterns: readonly Int8Array[],
  degree = 2,
  rectified = false,
): SpinCouplings {
  return {
    kind: 'memories',
    patterns,
    weights: null,
    next: null,
    interaction: { kind: 'polynomial', degree, rectified },
  };
}

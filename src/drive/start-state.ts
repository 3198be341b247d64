import type { Descriptor, Initial } from '../device/index.js';
import { flipCount } from '../memory/index.js';
import { denseRetrievalOverlap, spinEntropy } from '../model/index.js';
import type { Four } from './populations.js';

/** Where a drive begins, with memories as indices. */
export type Start =
  | { readonly kind: 'paramagnet' }
  | { readonly kind: 'memory'; readonly memory: number }
  | { readonly kind: 'corrupted'; readonly memory: number; readonly fraction: number };

/** The initial state of a program, and what theory begins with. */
export interface StartState {
  readonly initial: Initial;
  /** Overlap with the memory that it starts in; 0 from the paramagnet. */
  readonly overlap: number;
  /** Of a site, in nats; null on continuous sites. */
  readonly entropy: number | null;
  readonly warnings: readonly string[];
}

/**
 * What a device starts a drive in. The paramagnet is ±1 at random; a corrupted memory has exactly round(f·N) wrong sites,
 * drawn anew each shot. A memory is, on spins at T > 0, its retrieval state of mean-field theory, m = tanh(m^{n−1}/T), as
 * a memory with round((1 − m)/2 · N) wrong sites; at T = 0, above the spinodal, and on continuous sites, the pattern itself.
 *
 * @param amplitude where stored continuous sites lie; null on ±1 sites
 * @param temperature in the unit of the rule's couplings
 */
export function startState(
  start: Start,
  patterns: readonly Int8Array[],
  setting: {
    readonly order: number;
    readonly temperature: number;
    readonly amplitude: number | null;
    readonly descriptor: Descriptor;
  },
): StartState {
  const { order, temperature, amplitude, descriptor } = setting;
  const spins = amplitude === null;
  const warnings: string[] = [];
  if (start.kind === 'paramagnet') {
    const kind = descriptor.initial.includes('random') ? 'random' : 'zero';
    return { initial: { kind }, overlap: 0, entropy: spins ? Math.LN2 : null, warnings };
  }
  const pattern = patterns[start.memory]!;
  const N = pattern.length;
  let flips = 0;
  if (start.kind === 'corrupted') flips = flipCount(start.fraction, N);
  else if (spins && temperature > 0) {
    const m = denseRetrievalOverlap(order, temperature);
    if (m === 0) {
      warnings.push(
        `drive.from: at T = ${temperature} no memory of order ${order} is stable; the start is the pattern itself`,
      );
    } else flips = Math.round(((1 - m) / 2) * N);
  }
  const overlap = 1 - (2 * flips) / N;
  if (flips === 0) {
    const values = Float64Array.from(pattern, (s) => s * (amplitude ?? 1));
    return {
      initial: { kind: 'pattern', values },
      overlap,
      entropy: spins ? 0 : null,
      warnings,
    };
  }
  return {
    initial: { kind: 'corrupted', values: pattern, flips },
    overlap,
    entropy: spins ? spinEntropy(overlap) : null,
    warnings,
  };
}

/** The overlap dynamics cannot start from certainty: its last double below 1. */
const MOST = 1 - 1e-12;

/** ⟨ξ¹s⟩ of the four populations at a start. */
export function startMagnetisations(start: Start, overlap: number, target: number): Four {
  if (start.kind === 'paramagnet') return [0, 0, 0, 0];
  const m = Math.max(-MOST, Math.min(MOST, overlap));
  return start.memory === target ? [m, m, m, m] : [m, m, -m, -m];
}

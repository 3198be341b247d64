import { RelaxdError } from '../core/index.js';
import type { Descriptor } from '../device/index.js';
import { MAX_DENSE_SITES, weightedCouplings, type SpinCouplings } from '../model/index.js';

/** Couplings in a form that the device takes, before any scaling. */
export interface ShapedCouplings {
  readonly couplings: Extract<SpinCouplings, { kind: 'dense' | 'memories' }>;
  /** The kind that the program writes them in. */
  readonly kind: 'dense' | 'coo' | 'memories';
  /** Memories were multiplied out to pairs. */
  readonly expanded: boolean;
}

type Memories = Extract<SpinCouplings, { kind: 'memories' }>;

/**
 * Brings the couplings of a rule into a form that the device lists: memories where the rule made memories and the
 * device takes them; else pairs, where the interaction is one of pairs.
 *
 * @throws RelaxdError `cannot-compile`, naming the limit that stands in the way
 */
export function shapeCouplings(
  ideal: SpinCouplings,
  sites: number,
  rule: string,
  descriptor: Descriptor,
): ShapedCouplings {
  if (sites > descriptor.sites.max) {
    throw cannot(
      `${sites} sites are more than the ${descriptor.sites.max} of ${descriptor.device}`,
      {
        path: 'sites',
        value: sites,
        limit: descriptor.sites.max,
        hint: 'use smaller pictures or another device',
      },
    );
  }
  const { kinds } = descriptor.couplings;
  if (ideal.kind === 'memories' && kinds.includes('memories')) {
    const missing = missingInteraction(ideal, descriptor);
    if (missing === null) return { couplings: ideal, kind: 'memories', expanded: false };
    if (!isPairwise(ideal) || pairKind(descriptor) === null) throw missing;
  }
  const kind = pairKind(descriptor);
  if (kind === null) {
    throw cannot(`${descriptor.device} takes no matrix of couplings, and ${rule} makes one`, {
      path: 'rule',
      value: rule,
      limit: kinds,
      hint: 'use polynomial:2 (the same couplings as hebb, kept as memories) or another device',
    });
  }
  if (ideal.kind === 'coo') {
    throw new RelaxdError('internal', `rule ${rule} made a sparse list of couplings`);
  }
  const asymmetric = ideal.kind === 'memories' && ideal.next !== null;
  if (asymmetric && (!descriptor.couplings.asymmetric || kind === 'coo')) {
    throw cannot(
      `${rule} needs asymmetric couplings, and ${descriptor.device} has symmetric ones`,
      {
        path: 'rule',
        value: rule,
        limit: 'symmetric couplings',
        hint: 'use a device whose descriptor says couplings.asymmetric',
      },
    );
  }
  if (ideal.kind === 'dense') return { couplings: ideal, kind, expanded: false };
  if (!isPairwise(ideal)) {
    throw cannot(
      `${rule} cannot be put on ${descriptor.device}: device has pairs only; k-body interactions ` +
        'would have to be split into hidden sites (not available on this device)',
      {
        path: 'rule',
        value: rule,
        limit: 'interactions of pairs (degree 2)',
        hint: 'use hebb, storkey, projection or dream:<t>, or a device that takes memories',
      },
    );
  }
  if (sites > MAX_DENSE_SITES) {
    throw cannot(
      `${descriptor.device} takes no memories, and a matrix of ${sites} sites is too large`,
      {
        path: 'sites',
        value: sites,
        limit: MAX_DENSE_SITES,
        hint: 'use smaller pictures or a device that takes memories',
      },
    );
  }
  return { couplings: { kind: 'dense', data: expandMemories(ideal) }, kind, expanded: true };
}

/** Whether memories act through pairs of sites only. */
function isPairwise(couplings: Memories): boolean {
  const { interaction } = couplings;
  return interaction.kind === 'polynomial' && interaction.degree === 2 && !interaction.rectified;
}

function pairKind(descriptor: Descriptor): 'dense' | 'coo' | null {
  const { kinds } = descriptor.couplings;
  if (kinds.includes('dense')) return 'dense';
  return kinds.includes('coo') ? 'coo' : null;
}

/**
 * J of memories of degree 2: (1/N) Ξᵀ W Ξ, or for sequences (1/N) Σ_μ ξ^{next μ} ξ^{μᵀ}; zero diagonal.
 * @returns N×N row-major, row i receives
 */
export function expandMemories(couplings: Memories): Float64Array {
  const { patterns, weights, next } = couplings;
  const P = patterns.length;
  if (next === null) {
    const identity = new Float64Array(P * P);
    for (let mu = 0; mu < P; mu++) identity[mu * P + mu] = 1;
    return weightedCouplings(patterns, weights ?? identity);
  }
  const N = patterns[0]!.length;
  const data = new Float64Array(N * N);
  for (const [mu, pattern] of patterns.entries()) {
    const following = patterns[next[mu]!]!;
    for (let i = 0; i < N; i++) {
      const row = i * N;
      for (let j = 0; j < N; j++) data[row + j] = data[row + j]! + following[i]! * pattern[j]!;
    }
  }
  for (let i = 0; i < N; i++) {
    for (let j = 0; j < N; j++) data[i * N + j] = i === j ? 0 : data[i * N + j]! / N;
  }
  return data;
}

/** What of a memory interaction the device lacks; null: nothing. */
function missingInteraction(couplings: Memories, descriptor: Descriptor): RelaxdError | null {
  const { interaction } = couplings;
  const { interactions, maxDegree } = descriptor.couplings;
  const names = [
    interaction.kind === 'polynomial' && interaction.rectified ? 'rectified' : interaction.kind,
    ...(couplings.weights === null ? [] : ['weights']),
    ...(couplings.next === null ? [] : ['sequence']),
  ];
  const absent = names.find((name) => !interactions.includes(name));
  if (absent !== undefined) {
    const list = interactions.length === 0 ? 'none' : interactions.join(', ');
    return cannot(`${descriptor.device} has no interaction '${absent}'; it has: ${list}`, {
      path: 'rule',
      value: absent,
      limit: interactions,
      hint: 'choose a rule that makes one of these interactions',
    });
  }
  if (interaction.kind === 'polynomial' && interaction.degree > maxDegree) {
    return cannot(
      `degree ${interaction.degree} is above the ${maxDegree} of ${descriptor.device}`,
      {
        path: 'rule',
        value: interaction.degree,
        limit: maxDegree,
        hint: `choose a degree up to ${maxDegree}`,
      },
    );
  }
  return null;
}

export function cannot(
  message: string,
  details: { path: string; value: unknown; limit: unknown; hint: string },
): RelaxdError {
  return new RelaxdError('cannot-compile', message, details);
}

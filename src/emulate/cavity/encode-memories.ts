import { RandomStream, RelaxdError } from '../../core/index.js';
import type { PositionCouplings } from '../../device/index.js';
import {
  enumerateLandscape,
  enumeratePlasticLandscape,
  MOST_ENUMERATED_SITES,
} from './attractors.js';
import { couplingsFromPositions } from './couplings-from-positions.js';
import { Encoder, firstIndependent, largestBasins, type SpinPattern } from './encoder.js';
import { Plasticity } from './plasticity.js';
import { Quench } from './quench.js';

/** Quenches by which attractors of glasses too large to enumerate are searched. */
const QUENCHES = 2000;

/**
 * Encodes patterns to the attractors of the largest basins that atoms at given positions have, moving ones where there
 * is a stiffness: exactly for N ≤ 20, by 2000 quenches from random states above. Pattern μ gets the μ-th largest basin.
 * @param options.damping of the couplings, as the device's parameter `modeDamping`
 * @param options.seed of the quenches
 * @throws RelaxdError `wrong-size`: patterns of another number of sites; `invalid-input`: patterns that depend on each
 * other, or more of them than the glass has independent attractors
 */
export function encodeMemories(
  couplings: PositionCouplings,
  patterns: readonly SpinPattern[],
  options: { readonly damping?: number; readonly seed?: number } = {},
): Encoder {
  const { damping = 0, seed = 0 } = options;
  const sites = couplings.xy.length / 2;
  const wrong = patterns.findIndex((pattern) => pattern.length !== sites);
  if (wrong >= 0) {
    throw new RelaxdError(
      'wrong-size',
      `patterns[${wrong}] has ${patterns[wrong]!.length} sites, the glass ${sites}`,
      { path: `patterns[${wrong}]`, value: patterns[wrong]!.length, limit: sites },
    );
  }
  const plasticity =
    couplings.stiffness === null ? null : new Plasticity(couplings, couplings.stiffness, damping);
  const J = plasticity?.couplings ?? couplingsFromPositions(couplings, damping);
  if (sites > MOST_ENUMERATED_SITES || sites < 2) {
    const found = searchedAttractors(new Quench(J, sites, plasticity), seed);
    return new Encoder(patterns, firstIndependent(found, patterns.length));
  }
  const landscape =
    plasticity === null ? enumerateLandscape(J, sites) : enumeratePlasticLandscape(plasticity);
  return new Encoder(patterns, largestBasins(landscape, patterns.length));
}

/**
 * The program that recalls a pattern from a cue on the atoms that the encoder was made for: the encoded cue as the
 * initial state, the attractors as references, so that overlap μ of the result says how much pattern μ was recalled, and
 * `encoder.decode(state)` is the answer in the user's own terms. A plain document, for `run`, `readProgram` or a file.
 */
export function encodedProgram(
  encoder: Encoder,
  couplings: PositionCouplings,
  cue: SpinPattern,
): Record<string, unknown> {
  const { geometry, xy, waist, n0, cloudSigma, stiffness } = couplings;
  return {
    version: 1,
    sites: encoder.sites,
    couplings: {
      kind: 'positions',
      geometry,
      xy: Array.from({ length: xy.length / 2 }, (_, i) => [xy[2 * i], xy[2 * i + 1]]),
      waist,
      n0,
      cloudSigma,
      ...(stiffness === null ? {} : { stiffness }),
    },
    references: encoder.attractors.map((attractor) => Array.from(attractor)),
    dynamics: { rule: 'steepest-descent', fidelity: 'discrete' },
    initial: { kind: 'pattern', values: Array.from(encoder.encode(cue)) },
    duration: 2,
    readout: { channels: ['energy', 'overlaps', 'state', 'work', 'heat'] },
    shots: 1,
  };
}

/** Attractors by how often quenches end in them, most often first, s or −s of each pair as it was found first. */
function searchedAttractors(quench: Quench, seed: number): Int8Array[] {
  const stream = RandomStream.of(seed, 'initial');
  const found = new Map<string, { state: Int8Array; count: number }>();
  for (let r = 0; r < QUENCHES; r++) {
    quench.startRandom(stream);
    quench.run('steepest-descent', stream);
    const mirror = quench.state[0]!;
    const key = quench.state.map((s) => s * mirror).join();
    const entry = found.get(key);
    if (entry === undefined) found.set(key, { state: Int8Array.from(quench.state), count: 1 });
    else entry.count++;
  }
  return [...found.values()].sort((a, b) => b.count - a.count).map(({ state }) => state);
}

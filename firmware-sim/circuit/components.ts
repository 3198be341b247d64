import { RandomStream } from '../../src/core/index.js';
import type { CircuitProfile } from './circuit-profile.js';
import type { Nonlinearity } from './converters.js';
import { seedOfSerial } from './serial-seed.js';

export const MOST_DRIVES = 4;

/** What one board is built of: the values of its parts, which nobody outside can read. Lists are [sites] unless said. */
export interface Components {
  readonly capacitanceF: Float64Array;
  readonly resistanceOhm: Float64Array;
  /** Relative errors. */
  readonly quadraticGain: Float64Array;
  readonly quarticGain: Float64Array;
  readonly fieldGain: Float64Array;
  readonly noiseGain: Float64Array;
  readonly readoutGain: Float64Array;
  /** [MOST_DRIVES] */
  readonly driveGain: Float64Array;
  /** [sites × sites] of the path from j to i, at i × sites + j. */
  readonly couplingGain: Float64Array;
  /** [sites] between i and i + 1. */
  readonly strayF: Float64Array;
  readonly offsetA: Float64Array;
  /** Factors on each node's 1/f current. */
  readonly flickerGain: Float64Array;
  readonly readoutOffsetV: Float64Array;
  /** Of the coupling converters, one a row. */
  readonly couplingInl: readonly Nonlinearity[];
  readonly fieldInl: Nonlinearity;
  /** Work, heat, supply. */
  readonly monitorGain: Float64Array;
  /** Work, heat: units of energy per t0. */
  readonly monitorOffset: Float64Array;
  /** Of the drift's four waves, 0 … 1 turns. */
  readonly driftPhase: Float64Array;
}

/** Streams of parts stand beside those that the firmware draws from. */
const FIRST_STREAM = 1_000_000;
const LISTS = [
  'capacitor',
  'resistor',
  'quadratic',
  'quartic',
  'field',
  'noise',
  'readout',
  'drive',
  'pair',
  'offset',
  'readoutOffset',
  'couplingInl',
  'monitor',
  'drift',
  'stray',
  'flicker',
] as const;

/**
 * Draws a board's parts. Each list has a stream of its own: a profile with one more tolerance leaves the other parts as they
 * were.
 */
export function drawComponents(profile: CircuitProfile, serial: string): Components {
  const { sites } = profile;
  const seed = seedOfSerial(serial);
  const stream = (list: (typeof LISTS)[number]): RandomStream =>
    RandomStream.of(seed, 'disorder', FIRST_STREAM + LISTS.indexOf(list));
  const normals = (list: (typeof LISTS)[number], count: number): Float64Array => {
    const random = stream(list);
    return Float64Array.from({ length: count }, () => random.normal());
  };
  const spread = (list: (typeof LISTS)[number], count: number, size: number): Float64Array =>
    normals(list, count).map((x) => size * x);
  const inl = stream('couplingInl');
  const drawInl = (): Nonlinearity => {
    // |first| + |second| ≤ inlLsb, so the curve never leaves ± inlLsb.
    const share = inl.uniform();
    const first = profile.inlLsb * share * inl.sign();
    return { first, second: profile.inlLsb * (1 - share) * inl.sign() };
  };
  const fieldInl = drawInl();
  const phases = stream('drift');
  const monitors = normals('monitor', 5);
  return {
    capacitanceF: normals('capacitor', sites).map(
      (x) => profile.capacitanceF * (1 + profile.capacitorSpread * x),
    ),
    resistanceOhm: normals('resistor', sites).map(
      (x) => profile.resistanceOhm * Math.exp(profile.resistorSpread * x),
    ),
    quadraticGain: spread('quadratic', sites, profile.wellSpread),
    quarticGain: spread('quartic', sites, profile.wellSpread),
    fieldGain: spread('field', sites, profile.driveSpread),
    noiseGain: spread('noise', sites, profile.noiseSourceSpread),
    readoutGain: spread('readout', sites, profile.readoutGainSpread),
    driveGain: spread('drive', MOST_DRIVES, profile.driveSpread),
    couplingGain: drawPairs(stream('pair'), profile),
    strayF: normals('stray', sites).map((x) => profile.strayF * Math.exp(profile.straySpread * x)),
    flickerGain: normals('flicker', sites).map((x) => Math.exp(profile.flickerSpread * x)),
    offsetA: spread('offset', sites, profile.offset * unitA(profile)),
    readoutOffsetV: spread('readoutOffset', sites, profile.readoutOffsetV),
    couplingInl: Array.from({ length: sites }, drawInl),
    fieldInl,
    monitorGain: monitors.subarray(0, 3).map((x) => profile.monitorSpread * x),
    monitorOffset: monitors.subarray(3, 5).map((x) => profile.monitorOffset * sites * x),
    driftPhase: Float64Array.from({ length: 4 }, () => phases.uniform()),
  };
}

/** C V0 / t0 with t0 = 2 R C. */
const unitA = ({ unitV, resistanceOhm }: CircuitProfile): number => unitV / (2 * resistanceOhm);

function drawPairs(random: RandomStream, profile: CircuitProfile): Float64Array {
  const { sites, couplingSpread, couplingAsymmetry } = profile;
  const gains = new Float64Array(sites * sites);
  for (let i = 0; i < sites; i++) {
    for (let j = i + 1; j < sites; j++) {
      const both = couplingSpread * random.normal();
      const opposite = couplingAsymmetry * random.normal();
      gains[i * sites + j] = both + opposite;
      gains[j * sites + i] = both - opposite;
    }
  }
  return gains;
}

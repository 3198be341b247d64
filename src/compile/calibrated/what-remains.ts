import {
  forEachPair,
  type CalibratedCircuit,
  type Descriptor,
  type Program,
} from '../../device/index.js';
import { pairFactor, type EffectiveLaw, type SiteSettings } from './effective-law.js';

type Pairs = Parameters<typeof forEachPair>[0];

/** What a correction leaves. */
export const REMAINDER_KINDS = [
  'couplings',
  'non-reciprocal',
  'range',
  'wells',
  'fields',
  'temperature',
  'rates',
  'start',
  'readout-scale',
  'readout-offset',
  'readout-noise',
  'readout-pole',
  'uncertainty',
  'unknown',
] as const;
export type RemainderKind = (typeof REMAINDER_KINDS)[number];

/** Something that no program can correct on this board, and how large it is: in `unit` (of the program, or 1: relative). */
export interface Remainder {
  readonly kind: RemainderKind;
  /** In words, with the reason. */
  readonly what: string;
  readonly largest: number;
  readonly rms: number;
  readonly unit: 'coupling' | 'energy' | 'field' | 'V0' | 't0' | '1';
}

interface Corrected {
  readonly ideal: Program;
  readonly wanted: SiteSettings;
  readonly program: Program;
  readonly law: EffectiveLaw;
  readonly circuit: CalibratedCircuit;
  readonly descriptor: Descriptor;
  readonly shown: { readonly scale: Float64Array; readonly offset: Float64Array };
  /** The coordinates: X = a x. */
  readonly a: Float64Array;
}

/** Below it is rounding of this process. */
const NOTHING = 1e-9;

/** Compares the law of a corrected program with the one that was wanted; what is left of no part is not in the list. */
export function whatRemains(corrected: Corrected): Remainder[] {
  const { ideal, wanted, law, circuit, descriptor, shown, a } = corrected;
  const { sites: N } = ideal;
  const found: Remainder[] = [];
  const tell = (
    kind: RemainderKind,
    unit: Remainder['unit'],
    errors: ArrayLike<number>,
    what: string,
  ): void => {
    const { largest, rms } = sizeOf(errors);
    if (largest > NOTHING) found.push({ kind, what, largest, rms, unit });
  };
  const errors: number[] = [];
  const apart: number[] = [];
  const known: number[] = [];
  let strangers = 0;
  forEachPair(ideal.couplings as Pairs, N, (i, j, J) => {
    const [one, two] = [law.couplings[i * N + j]!, law.couplings[j * N + i]!];
    errors.push((one + two) / 2 - J);
    apart.push((one - two) / 2);
    const [there, back] = [circuit.couplingError(i, j), circuit.couplingError(j, i)];
    if (there === null || back === null) strangers++;
    else
      known.push(
        (J * Math.hypot(there, back)) / (circuit.couplingGain(i, j) + circuit.couplingGain(j, i)),
      );
  });
  const { resolution } = descriptor.couplings;
  tell(
    'couplings',
    'coupling',
    errors,
    resolution === null
      ? 'couplings that the device’s range does not reach'
      : `couplings are set in steps of ${short(resolution)}, within the device’s range`,
  );
  tell(
    'non-reciprocal',
    'coupling',
    apart,
    'half the difference of a pair’s two directions: one setting has both, and it has no energy',
  );
  const beyond = countBeyond(corrected);
  if (beyond > 0) {
    found.push({
      kind: 'range',
      what: `${beyond} values are cut off at the device’s ranges`,
      largest: beyond,
      rms: beyond,
      unit: '1',
    });
  }
  tell(
    'wells',
    'energy',
    [...differences(law.quadratic, wanted.quadratic), ...differences(law.quartic, wanted.quartic)],
    'wells that the device’s range does not reach',
  );
  tell(
    'fields',
    'field',
    [
      ...differences(law.fields, ideal.fields),
      ...ideal.drives.flatMap(({ pattern }, d) => differences(law.drives[d]!, pattern)),
    ],
    'steps and range of the fields',
  );
  tell(
    'temperature',
    '1',
    law.temperature.map((T, i) =>
      wanted.temperature[i]! > 0 ? T / wanted.temperature[i]! - 1 : 0,
    ),
    descriptor.dynamics.temperature.perSite && ideal.controls.temperature === undefined
      ? 'temperatures of sites that the device’s range does not reach'
      : 'the device has one temperature for all sites, and their parts and noise differ: it is right on average',
  );
  tell(
    'rates',
    '1',
    law.rates.map((mu) => mu - 1),
    'sites relax faster or slower than the program’s by what their capacitors are off: no setting changes that; the law at rest is not affected',
  );
  if (['corrupted', 'random'].includes(ideal.initial.kind)) {
    tell(
      'start',
      'V0',
      a.map((one) => one - 1),
      'shots start at ±1 V0 of each node, not at ±1',
    );
  }
  tell(
    'readout-scale',
    '1',
    shown.scale.map((s) => s - 1),
    'what is shown is larger than the ideal value by shown.scale: divide by it; signs and overlaps are not affected',
  );
  tell(
    'readout-offset',
    'V0',
    shown.offset,
    'what is shown is off by shown.offset: subtract it; wells of a program cannot be shifted',
  );
  tell(
    'readout-noise',
    'V0',
    circuit.readoutNoise.map((sigma, i) => sigma / shown.scale[i]!),
    'noise of the readout, its steps included',
  );
  tell(
    'readout-pole',
    't0',
    [circuit.readoutPole],
    'what is shown lags behind by the readout’s low-pass',
  );
  tell(
    'uncertainty',
    'coupling',
    known,
    'couplings are corrected as well as their gains are known: one standard error',
  );
  const assumed = assumptions(circuit, ideal, wanted, strangers);
  if (assumed.length > 0) {
    found.push({
      kind: 'unknown',
      what: `nobody has measured ${assumed.map(([what]) => what).join(', ')}: taken as nominal`,
      largest: assumed.reduce((sum, [, count]) => sum + count, 0),
      rms: 0,
      unit: '1',
    });
  }
  return found;
}

/** What a correction takes as nominal since the calibration does not say it, with how many of each. */
function assumptions(
  circuit: CalibratedCircuit,
  { sites }: Program,
  { quartic }: SiteSettings,
  strangers: number,
): [string, number][] {
  const list: [string, number][] = [];
  if (strangers > 0) list.push([`the gains of ${strangers} couplings`, strangers]);
  let wells = 0;
  for (let i = 0; i < sites; i++) {
    if (quartic[i] !== 0 && !circuit.knows('quarticGain', i)) wells++;
  }
  if (wells > 0) list.push([`the gains of ${wells} quartic wells`, wells]);
  return list;
}

/** Values that the correction wants beyond the device's ranges. */
function countBeyond({ ideal, wanted, program, law, circuit, descriptor, a }: Corrected): number {
  const { range } = descriptor.couplings;
  let count = 0;
  forEachPair(ideal.couplings as Pairs, ideal.sites, (i, j, J) => {
    const asked = J * pairFactor(circuit, a, i, j);
    const half = (descriptor.couplings.resolution ?? 0) / 2 + NOTHING;
    if (range !== null && (asked < range[0] - half || asked > range[1] + half)) count++;
  });
  const { quadratic, quartic } = program.wells!;
  const limits = descriptor.wells!;
  for (let i = 0; i < ideal.sites; i++) {
    if (isOff(law.quadratic[i]!, wanted.quadratic[i]!, quadratic[i]!, limits.quadratic)) count++;
    if (isOff(law.quartic[i]!, wanted.quartic[i]!, quartic[i]!, limits.quartic)) count++;
  }
  return count;
}

const isOff = (
  is: number,
  wanted: number,
  set: number,
  range: readonly [number, number],
): boolean => (set === range[0] || set === range[1]) && Math.abs(is - wanted) > NOTHING;

const differences = (is: Float64Array, wanted: Float64Array): number[] =>
  Array.from(is, (value, i) => value - wanted[i]!);

function sizeOf(errors: ArrayLike<number>): { largest: number; rms: number } {
  let largest = 0;
  let squares = 0;
  for (let k = 0; k < errors.length; k++) {
    const size = Math.abs(errors[k]!);
    if (size > largest) largest = size;
    squares += size * size;
  }
  return { largest, rms: Math.sqrt(squares / Math.max(1, errors.length)) };
}

const short = (value: number): string => String(Number(value.toPrecision(3)));

import { RelaxdError } from '../core/index.js';
import {
  readoutTimes,
  resolveProgram,
  uniformSiteKind,
  type Channel,
  type Descriptor,
  type DeviceClock,
  type Origin,
  type Program,
} from '../device/index.js';

/** What a record says about itself, in its schema's metadata (docs/formats/record.md). */
export interface RecordHeader {
  readonly version: 1;
  readonly run: string;
  readonly job: string;
  readonly device: string;
  readonly origin: Origin;
  readonly seed: number;
  /** Hash of the program. */
  readonly program: string;
  /** Hash of the descriptor. */
  readonly descriptor: string;
  readonly sites: number;
  /** How many patterns overlaps are taken with. */
  readonly references: number;
  /** ±1 sites are stored as int8, all others as float64. */
  readonly siteKind: 'ising' | 'continuous';
  readonly channels: readonly Channel[];
  /** Rows of one shot. */
  readonly readouts: number;
  /** How the device's own clock went when the run was about to be armed; where it has one and that is known. */
  readonly clock?: DeviceClock;
  /** Id of the calibration that was in force; left out: none was. */
  readonly calibration?: string;
  /** What the device says of the run's thermodynamics, as JSON text; left out: nothing. */
  readonly thermodynamics?: string;
}

export interface RecordHeaderOptions {
  readonly run: string;
  readonly job: string;
  readonly origin: Origin;
  readonly seed: number;
  readonly program: Program;
  readonly programHash: string;
  readonly descriptor: Descriptor;
  readonly descriptorHash: string;
  readonly clock?: DeviceClock | null | undefined;
  readonly calibration?: string | null;
}

/** The header of the record that a run of this program will make. */
export function recordHeader(options: RecordHeaderOptions): RecordHeader {
  const { program, descriptor, seed } = options;
  const resolved = resolveProgram(program, descriptor, seed);
  return {
    version: 1,
    run: options.run,
    job: options.job,
    device: descriptor.device,
    origin: options.origin,
    seed,
    program: options.programHash,
    descriptor: options.descriptorHash,
    sites: program.sites,
    references: program.references.length,
    siteKind: uniformSiteKind(program) === 'ising' ? 'ising' : 'continuous',
    channels: program.readout.channels,
    readouts: readoutTimes(resolved).length,
    ...(options.clock == null ? {} : { clock: options.clock }),
    ...(options.calibration == null ? {} : { calibration: options.calibration }),
  };
}

/** End of an Arrow IPC stream: the continuation mark and a length of zero. */
export const END_OF_STREAM = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);

export const SCALAR_CHANNELS = ['energy', 'work', 'heat'] as const;

export const hasOverlaps = (header: RecordHeader): boolean =>
  header.references > 0 && header.channels.includes('overlaps');

/** A member of the header as text: lists with commas, documents as JSON. */
export function headerText(value: unknown): string {
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Units of a record's columns, as the device names them; null: not known, or a number without one. */
export function columnUnits({ thermodynamics }: RecordHeader): (column: string) => string | null {
  const { units } = JSON.parse(thermodynamics ?? '{}') as {
    readonly units?: Readonly<Record<'time' | 'energy', { readonly name: string }>>;
  };
  return (column) => {
    if (units === undefined) return null;
    if (column === 't') return units.time.name;
    return SCALAR_CHANNELS.some((name) => name === column) ? units.energy.name : null;
  };
}

export function headerMetadata(header: RecordHeader): Map<string, string> {
  return new Map(
    Object.entries(header).map(([key, value]) => [`relaxd.${key}`, headerText(value)]),
  );
}

/** @throws RelaxdError `record-damaged` where the metadata are not those of a record */
export function headerFromMetadata(metadata: ReadonlyMap<string, string>): RecordHeader {
  const text = (key: string): string => {
    const value = metadata.get(`relaxd.${key}`);
    if (value === undefined) {
      throw new RelaxdError('record-damaged', `the record's schema has no relaxd.${key}`, {
        path: `relaxd.${key}`,
        hint: 'is this an Arrow file that relaxd wrote?',
      });
    }
    return value;
  };
  if (text('version') !== '1') {
    throw new RelaxdError('unsupported-version', `the record is of version ${text('version')}`, {
      value: text('version'),
      limit: '1',
    });
  }
  const clock = metadata.get('relaxd.clock');
  const calibration = metadata.get('relaxd.calibration');
  const thermodynamics = metadata.get('relaxd.thermodynamics');
  return {
    version: 1,
    run: text('run'),
    job: text('job'),
    device: text('device'),
    origin: text('origin') as Origin,
    seed: Number(text('seed')),
    program: text('program'),
    descriptor: text('descriptor'),
    sites: Number(text('sites')),
    references: Number(text('references')),
    siteKind: text('siteKind') === 'ising' ? 'ising' : 'continuous',
    channels: text('channels').split(',').filter(Boolean) as Channel[],
    readouts: Number(text('readouts')),
    ...(clock === undefined ? {} : { clock: clockFromText(clock) }),
    ...(calibration === undefined ? {} : { calibration }),
    ...(thermodynamics === undefined ? {} : { thermodynamics }),
  };
}

function clockFromText(text: string): DeviceClock {
  try {
    return JSON.parse(text) as DeviceClock;
  } catch (error) {
    throw new RelaxdError(
      'record-damaged',
      'the record’s relaxd.clock is not JSON',
      { path: 'relaxd.clock', value: text },
      error,
    );
  }
}

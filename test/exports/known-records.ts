import { copyFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { ManualClock, RelaxdError, systemClock } from '../../src/core/index.js';
import {
  DeviceRegistry,
  programHash,
  readProgram,
  type Program,
  type SampleChunk,
} from '../../src/device/index.js';
import { retrieveKind, runKind, compilerHere } from '../../src/compile/index.js';
import { Lab, recordHeader, RunRecorder, type RecordHeader } from '../../src/lab/index.js';
import { sampleDescriptor } from '../../src/device/sample-descriptor.test-support.js';

/** What a record holds, as it came from the device, before anything wrote or read a file. */
export interface KnownRecord {
  readonly name: string;
  /** An Arrow IPC stream file. */
  readonly path: string;
  readonly header: RecordHeader;
  readonly chunks: readonly SampleChunk[];
}

/** A sweep, with what each format of its export has to say. */
export interface KnownSweep {
  readonly document: Readonly<Record<string, unknown>>;
  readonly csv: string;
  readonly json: string;
}

/** One run of every kind of device: binary spins, continuous voltages, spikes, light, the board, and the one that computes nothing. */
const BODIES: Readonly<Record<string, Record<string, unknown>>> = {
  glauber: { memories: 'letters:A,B,C', rule: 'rectified:4', temperature: 0.2 },
  'cavity-qed': { memories: 'letters:A,B,C', rule: 'projection' },
  'rc-langevin': { memories: 'letters:A,B', rule: 'projection' },
  'rlc-langevin': { memories: 'letters:A,B', rule: 'projection' },
  spiking: { memories: 'letters:A,B', rule: 'projection' },
  'board-sim': { memories: 'letters:A,B', rule: 'projection' },
};
const EVERY_CHANNEL = ['energy', 'overlaps', 'state', 'work', 'heat'];

/** Records of every kind of device and of every state that a record can be in, in a folder that is there. */
export async function knownRecords(folder: string): Promise<{
  readonly records: readonly KnownRecord[];
  readonly sweep: KnownSweep;
}> {
  const ofDevices = await recordsOfDevices(join(folder, 'lab'));
  const extreme = await synthetic(folder, 'extreme', EXTREMES, extremeChunks());
  const volts = await synthetic(folder, 'extreme-volts', VOLTS, extremeChunks(VOLTS));
  const holes = await synthetic(folder, 'gaps', EXTREMES, withGaps(extremeChunks()));
  const empty = await synthetic(folder, 'empty', EXTREMES, []);
  return {
    records: [
      ...ofDevices.records,
      extreme,
      volts,
      holes,
      empty,
      await torn(folder, extreme),
      await torn(folder, ofDevices.records[0]!),
    ],
    sweep: ofDevices.sweep,
  };
}

// Runs of devices --------------------------------------------------------------------------------------------

async function recordsOfDevices(
  folder: string,
): Promise<{ readonly records: KnownRecord[]; readonly sweep: KnownSweep }> {
  const registry = await DeviceRegistry.open({
    driversRoot: new URL('../../drivers/', import.meta.url).pathname,
    driverFolders: [],
    devices: [],
    guards: [],
    context: { clock: systemClock, log: () => undefined, threads: 1 },
  });
  const lab = await Lab.open({
    folder,
    devices: registry,
    kinds: [retrieveKind(compilerHere), runKind],
    clock: systemClock,
    log: () => undefined,
    version: '0.0.0',
  });
  try {
    const seen = new Map<string, SampleChunk[]>();
    lab.on('run-samples', ({ run, chunk }) => {
      seen.set(run, [...(seen.get(run) ?? []), copyOf(chunk)]);
    });
    const bodies = Object.entries(BODIES).map(([device, body]) => ({
      name: device,
      body: {
        kind: 'retrieve',
        device,
        target: 1,
        corrupt: 0.1,
        shots: 4,
        seed: 2 ** 47 + 1,
        ...body,
      },
    }));
    const all = [
      ...bodies,
      ...['glauber', 'null'].map((device) => ({
        name: `${device}-every-channel`,
        body: { kind: 'run', device, program: RING },
      })),
    ];
    const records: KnownRecord[] = [];
    for (const { name, body } of all) {
      const job = await ended(lab, body);
      const { RecordReader } = await import('../../src/lab/record-reader.js');
      const path = await lab.archive.recordPath(job.run!);
      await using reader = await RecordReader.open(path);
      records.push({ name, path, header: reader.header, chunks: seen.get(job.run!) ?? [] });
    }
    const sweep = await ended(lab, SWEEP);
    const text = async (format: 'csv' | 'json'): Promise<string> => {
      let whole = '';
      for await (const part of await lab.exportSweep(sweep.id, format)) whole += part;
      return whole;
    };
    const document = { ...(await lab.sweep(sweep.id)) };
    return { records, sweep: { document, csv: await text('csv'), json: await text('json') } };
  } finally {
    await lab.close();
    await registry[Symbol.asyncDispose]();
  }
}

async function ended(lab: Lab, body: unknown): Promise<Awaited<ReturnType<Lab['jobEnd']>>> {
  const job = await lab.jobEnd((await lab.submit(body)).id);
  if (job.state === 'completed') return job;
  throw new RelaxdError('internal', `${JSON.stringify(body)}: ${JSON.stringify(job.error)}`);
}

const RING = {
  version: 1,
  sites: 6,
  couplings: { kind: 'coo', entries: [0, 1, 2, 3, 4].map((i) => [i, i + 1, 0.75]) },
  fields: [0.25, 0, 0, 0, -0.125, 0],
  references: [[1, 1, 1, -1, -1, -1]],
  dynamics: { rule: 'glauber', order: 'random', temperature: 0.5 },
  drives: [
    {
      pattern: [1, 1, 1, 1, 1, 1],
      amplitude: [
        [0, 0],
        [4, 1],
      ],
    },
  ],
  duration: 5,
  readout: { every: 0.5, channels: EVERY_CHANNEL },
  shots: 5,
  seed: 7,
};
const SWEEP = {
  kind: 'sweep',
  base: { kind: 'retrieve', device: 'glauber', memories: 'letters:A,B,C', rule: 'hebb', shots: 4 },
  axes: [
    { path: 'temperature', values: [0, 0.1, 1e-9] },
    { path: 'memories', values: ['letters:A,B', 'letters:A,B,C'] },
  ],
  seed: 2 ** 47 + 3,
};

// Records of values that seldom come --------------------------------------------------------------------------

const EXTREMES = readProgram({
  version: 1,
  sites: 5,
  couplings: { kind: 'coo', entries: [[0, 1, 1]] },
  references: [
    [1, 1, 1, 1, 1],
    [1, -1, 1, -1, 1],
  ],
  duration: 3,
  readout: { every: 1, channels: EVERY_CHANNEL },
  shots: 4,
  seed: Number.MAX_SAFE_INTEGER,
});
const VOLTS = readProgram({
  version: 1,
  sites: 5,
  siteKinds: 'continuous',
  couplings: { kind: 'coo', entries: [[0, 1, 1]] },
  duration: 3,
  readout: { every: 1, channels: ['heat'] },
  shots: 4,
  seed: 1,
});
const EXTREME_VALUES = [
  ...[0, -0, NaN, Infinity, -Infinity, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE],
  ...[Number.EPSILON, 1 / 3, 0.1 + 0.2, 2 ** 53 - 1, -1e-300, 1e21, 1e-7, Math.PI],
];
/** Rows of the last chunk: where 53 bits end. */
const LAST_ROWS = Number.MAX_SAFE_INTEGER - 16;

/** Four shots of four rows; channels that the device did not deliver in one chunk, rows without states. */
function extremeChunks(program: Program = EXTREMES): SampleChunk[] {
  const rows = 4;
  const { sites, references, readout } = program;
  const spins = program.siteKinds === 'ising';
  return [0, 1, 2, 3].map((shot) => {
    const value = (k: number): number => EXTREME_VALUES[(k + 5 * shot) % EXTREME_VALUES.length]!;
    const channel = (name: 'energy' | 'work' | 'heat', from: number): Float64Array | null =>
      readout.channels.includes(name)
        ? Float64Array.from({ length: rows }, (_, k) => value(from + k))
        : null;
    const stateRows = Int32Array.from(
      readout.channels.includes('state') && shot !== 2 ? [0, 1, 2, 3] : [3],
    );
    const length = stateRows.length * sites;
    return {
      firstRow: shot * rows,
      rows,
      shot: new Int32Array(rows).fill(shot),
      step: Int32Array.from([0, 1, 2, 3]),
      t: Float64Array.from([0, 1, 2, 3], (t) => t / 3),
      energy: shot === 1 ? null : channel('energy', 0),
      work: channel('work', 4),
      heat: shot === 3 ? null : channel('heat', 8),
      overlaps:
        shot === 1 || references.length === 0 || !readout.channels.includes('overlaps')
          ? null
          : Float64Array.from({ length: rows * references.length }, (_, k) => value(k + 1)),
      stateRows,
      state: spins
        ? Int8Array.from({ length }, (_, k) => ((k * 7 + shot) % 3 === 0 ? 1 : -1))
        : Float64Array.from({ length }, (_, k) => value(k + 3)),
    };
  });
}

/** Without the second chunk, and with the last one far behind the others. */
function withGaps(chunks: readonly SampleChunk[]): SampleChunk[] {
  const [first, , third, last] = chunks;
  return [first!, third!, { ...last!, firstRow: LAST_ROWS }];
}

async function synthetic(
  folder: string,
  name: string,
  program: Program,
  chunks: readonly SampleChunk[],
): Promise<KnownRecord> {
  const path = join(folder, `${name}.arrow`);
  const descriptor = sampleDescriptor();
  const recorder = new RunRecorder(
    path,
    recordHeader({
      run: `R-${name}`,
      job: 'Jξ “quoted”, with commas',
      origin: 'hardware',
      seed: program.seed!,
      program,
      programHash: programHash(program),
      descriptor,
      descriptorHash: `sha256:${'d'.repeat(64)}`,
    }),
    new ManualClock(),
  );
  // Longer than an attribute of HDF5 may be.
  if (name === 'extreme') recorder.state({ units: UNITS, long: 'ξ'.repeat(40_000) });
  await recorder.open();
  for (const chunk of chunks) await recorder.append(chunk);
  await recorder.close();
  return { name, path, header: recorder.header, chunks };
}
const UNITS = { time: { name: 'ms', seconds: 1e-3 }, energy: { name: 'kT', joules: 4.1e-21 } };

/** The same record as a killed process leaves it, its torn end cut off as it is at the next start. */
async function torn(folder: string, whole: KnownRecord): Promise<KnownRecord> {
  const { RecordReader, repairRecord } = await import('../../src/lab/record-reader.js');
  const name = `torn-${whole.name}`;
  const path = join(folder, `${name}.arrow`);
  await copyFile(whole.path, path);
  await using reader = await RecordReader.open(path);
  const last = reader.batches.at(-1)!;
  await truncate(path, last.offset + last.bytes - 24);
  const { damage } = await repairRecord(path);
  if (damage === null) throw new RelaxdError('internal', `${name} was not torn`);
  return { ...whole, name, path, chunks: whole.chunks.slice(0, reader.batches.length - 1) };
}

function copyOf(chunk: SampleChunk): SampleChunk {
  return structuredClone(chunk);
}

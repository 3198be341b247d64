import { isoTime } from '../core/index.js';
import type {
  Descriptor,
  Device,
  DeviceClock,
  ParameterReading,
  SampleGap,
} from '../device/index.js';
import type { Failure, JobRow } from './job.js';
import { parameterChanges } from './parameter-changes.js';
import type { RecordHeader } from './record-header.js';
import type { RunDocument, RunDocumentKind, RunRow } from './run.js';

/** Who runs it, for provenance. */
export interface Provenance {
  /** Version of relaxd. */
  readonly version: string;
  /** Name of the machine or node. */
  readonly host: string;
  readonly threads: number | null;
}

/** What a run that is about to be armed is. */
export interface Intent {
  readonly header: RecordHeader;
  readonly job: JobRow;
  readonly device: Device;
  readonly seed: number;
  /** What the program was compiled by; null: it came as it is. */
  readonly rule: string | null;
  readonly warnings: readonly string[];
  readonly nowMs: number;
}

/** The run of an intent to arm, as the store keeps it. */
export function armedRun({ header, job, device, seed, rule, nowMs }: Intent): RunRow {
  return {
    id: header.run,
    revision: 1,
    job: job.id,
    device: device.id,
    origin: device.origin,
    state: 'armed',
    seed,
    program: { hash: header.program, rule },
    descriptor: header.descriptor,
    engine: null,
    createdAt: isoTime(nowMs),
    startedAt: null,
    endedAt: null,
    rows: 0,
    shots: 0,
    error: null,
    record: 'open',
    ...attemptOf(job),
  };
}

/** The documents that are stored together with an intent to arm (docs/formats/record.md). @param parameters as they were read */
export function armingDocuments(
  intent: Intent,
  descriptor: Descriptor,
  parameters: readonly ParameterReading[],
  { version, host, threads }: Provenance,
): RunDocument[] {
  const { header, job, device, seed, rule, warnings, nowMs } = intent;
  const at = isoTime(nowMs);
  const start = {
    version: 1,
    run: header.run,
    job: job.id,
    kind: job.kind,
    device: device.id,
    driver: device.driver,
    serial: device.serial,
    origin: device.origin,
    seed,
    program: { hash: header.program, rule },
    descriptor: header.descriptor,
    parameters,
    deviceState: {
      link: device.link,
      equipment: device.equipment,
      reason: device.reason,
      clock: device.clockFit ?? null,
    },
    submitted: { by: job.by, at: job.createdAt },
    ...attemptOf(job),
    calibration: header.calibration ?? null,
    warnings,
    provenance: {
      relaxd: version,
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
      threads,
      host,
    },
    at,
  };
  return [
    documentOf(header.run, 'start', at, start),
    documentOf(header.run, 'descriptor', at, { ...descriptor }),
  ];
}

/** Rows that are missing. */
export const gapDocument = (run: string, at: string, gap: SampleGap | TornEnd): RunDocument =>
  documentOf(run, 'gap', at, { ...gap });

/** How many rows a torn end held cannot be known. */
export interface TornEnd {
  readonly firstRow: number;
  readonly rows: null;
  readonly reason: string;
}

/** What a run's end leaves to be said beside its row. */
export interface RunEnd {
  /** The run's last state, or the code of what cut it off. */
  readonly reason: string;
  /** Number of its `gap` documents. */
  readonly gaps: number;
  /** The device's parameters before and after; null: what it was set to is not known. */
  readonly before: readonly ParameterReading[] | null;
  readonly after: readonly ParameterReading[] | null;
  /** Left out: the device has none, or nobody was there to ask. */
  readonly clock?: DeviceClock | null | undefined;
  readonly warnings: readonly string[];
}

/** How a run ended. @param run as it is stored at its end */
export function stopDocument(run: EndedRun, end: RunEnd): RunDocument {
  const { before, after } = end;
  return documentOf(run.id, 'stop', run.endedAt, {
    version: 1,
    run: run.id,
    reason: end.reason,
    rows: run.rows,
    shots: run.shots,
    ...(run.bytes === undefined ? {} : { bytes: run.bytes }),
    gaps: end.gaps,
    error: run.error,
    parameters: after ?? [],
    // A snapshot that failed says nothing about changes.
    changed: before === null || after === null ? null : parameterChanges(before, after),
    warnings: end.warnings,
    ...(end.clock === undefined ? {} : { clock: end.clock }),
    at: run.endedAt,
  });
}

export interface EndedRun extends Pick<RunRow, 'id' | 'rows' | 'shots' | 'bytes'> {
  readonly endedAt: string;
  readonly error: Failure | null;
}

const attemptOf = ({ attempt }: JobRow) => (attempt === 1 ? {} : { attempt });

const documentOf = (
  run: string,
  kind: RunDocumentKind,
  at: string,
  document: Readonly<Record<string, unknown>>,
): RunDocument => ({ run, kind, at, document });

import {
  abortedError,
  asRelaxdError,
  RelaxdError,
  throwIfAborted,
  type Clock,
} from '../core/index.js';
import {
  descriptorHash,
  type Device,
  type DeviceResult,
  type LoadReceipt,
  type RunAside,
  type SampleChunk,
  type SampleGap,
} from '../device/index.js';
import { shortId } from './calibration-use.js';
import type { ProgramRun } from './job-kind.js';
import type { RunRecorder } from './run-recorder.js';
import type { RunResult } from './run-result.js';

export interface RunOptions {
  readonly device: Device;
  readonly prepared: ProgramRun;
  readonly seed: number;
  readonly runId: string;
  readonly jobId: string;
  readonly clock: Clock;
  /** Worker threads for emulators; null or left out: as many as are worth it. Results do not depend on it. */
  readonly threads?: number | null;
  /** Id of the calibration that is in force; null or left out: none is. */
  readonly calibration?: string | null;
  /** Comes before anyone else who looks at the samples; one that fails ends the run. */
  readonly record?: RunRecorder | null;
  /** Ends the run at once. To end it at a shot, call the device's `stop`. */
  readonly signal?: AbortSignal;
  onProgress?(progress: { readonly fraction: number; readonly shots: number }): void;
  /** After the program is loaded, before the device is armed: the last chance to write down the intent. */
  beforeArm?(): Promise<void>;
  /** The device has started. The run goes on meanwhile, and is not concluded before this resolves. */
  onStarted?(): Promise<void>;
  /** Each chunk, once the record has it. */
  onSamples?(chunk: SampleChunk): void;
  /** Rows that the device did not deliver. */
  onGap?(gap: SampleGap): void;
  /** The program is loaded: what the device says of it. */
  onLoaded?(receipt: LoadReceipt): void;
  /** The device is done and the record is closed. What follows, once this resolves, needs no device. */
  onMeasured?(result: DeviceResult): Promise<void>;
  /** The run while its device has put it aside and what the device tells is of another run; null: it has not. */
  aside?(): RunAside | null;
}

/**
 * One run on one device, from loading the program to the result. Used by the scheduler, and by commands that
 * run devices in their own process.
 *
 * @throws RelaxdError `program-refused`, `device-busy`, `device-offline`, `aborted`, `disk-full`, or what the
 *   driver threw (`driver-failed` where that was no RelaxdError)
 */
export async function executeRun(options: RunOptions): Promise<RunResult> {
  const { device, prepared, signal, clock, record } = options;
  throwIfAborted(signal);
  const compiledFor = prepared.program.calibration ?? null;
  const inForce = options.calibration ?? null;
  requireCompiledFor(compiledFor, inForce, device.id);
  const descriptor = await driver(device.id, () => device.describe(signal));
  const receipt = await driver(device.id, () => device.load(prepared.program, signal));
  record?.state(receipt.thermodynamics ?? null);
  options.onLoaded?.(receipt);

  const aside = (): RunAside | null => options.aside?.() ?? null;
  const abort = (): Promise<void> => (aside() ?? device).abort();
  const watch = new RunWatch(options, abort);
  const listening = [
    device.on('samples', (chunk) => (aside() === null ? watch.samples(chunk) : undefined)),
    device.on('gap', (gap) => void (aside() === null && watch.gap(gap))),
    device.on('progress', (progress) => void (aside() === null && options.onProgress?.(progress))),
  ];
  const stopListening = (): void => {
    for (const stop of listening.splice(0)) stop();
  };
  const onAbort = (): void => {
    void abort().catch(() => undefined); // the run's own end says what happened
  };
  /** From arming until it is measured the device is this run's to abort. */
  let armed = false;
  try {
    // What was asked to end while it was loaded has not been armed, and is not.
    throwIfAborted(signal);
    await options.beforeArm?.();
    throwIfAborted(signal);
    const beganMs = clock.monotonicMs();
    await driver(device.id, () =>
      device.arm(
        {
          run: options.runId,
          seed: options.seed,
          threads: options.threads ?? null,
          engine: prepared.engine ?? null,
          algorithm: prepared.algorithm ?? null,
        },
        signal,
      ),
    );
    armed = true;
    throwIfAborted(signal);
    signal?.addEventListener('abort', onAbort, { once: true });
    await driver(device.id, () => device.start(signal));
    // A run may end, badly too, while the start is still being written down.
    const reading = driver(device.id, () => device.readResult());
    reading.catch(() => undefined);
    await options.onStarted?.();
    const result = await reading;
    await record?.close();
    if (watch.failure !== null) throw watch.failure;
    const durationS = (clock.monotonicMs() - beganMs) / 1000;
    armed = false;
    signal?.removeEventListener('abort', onAbort);
    stopListening();
    await options.onMeasured?.(result);
    const { warnings: observed = [], ...observation } =
      (await prepared.observer?.finish(result)) ?? {};
    return {
      version: 1,
      run: options.runId,
      job: options.jobId,
      device: device.id,
      origin: device.origin,
      seed: options.seed,
      shots: result.shots,
      durationS,
      deviceTime: result.deviceTime,
      program: { hash: receipt.programHash, rule: prepared.rule },
      descriptor: descriptorHash(descriptor),
      calibration: inForce,
      engine: result.engine,
      algorithm: result.algorithm ?? null,
      observables: result.observables,
      final: result.final,
      thermodynamics: result.thermodynamics,
      ...(result.clock === undefined ? {} : { clock: result.clock }),
      ...observation,
      warnings: [
        ...new Set([
          ...prepared.warnings,
          ...(compiledFor !== null && inForce === null ? [uncalibrated(compiledFor)] : []),
          ...receipt.warnings,
          ...watch.warnings(),
          ...result.warnings,
          ...observed,
        ]),
      ],
    };
  } catch (error) {
    if (armed) await abort().catch(() => undefined);
    await record?.close().catch(() => undefined); // the first failure is the one to tell
    if (signal?.aborted) throw abortedError(signal);
    throw watch.failure ?? error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    stopListening();
  }
}

/**
 * A program that was corrected for a board as one calibration found it is not run under another one.
 *
 * @throws RelaxdError `calibration-changed`
 */
function requireCompiledFor(
  compiledFor: string | null,
  inForce: string | null,
  device: string,
): void {
  if (compiledFor === null || inForce === null || compiledFor === inForce) return;
  throw new RelaxdError(
    'calibration-changed',
    `${device}: another calibration is in force than the program was compiled against`,
    {
      path: 'program.calibration',
      value: compiledFor,
      limit: inForce,
      hint: 'compile it again with --calibration active, or roll back to the calibration that it names',
    },
  );
}

const uncalibrated = (id: string): string =>
  `the program was compiled against calibration ${shortId(id)}, and none is in force on the device: nobody says that its parts are still those`;

/** What a driver throws, named as such where it is no error of relaxd's. */
async function driver<T>(device: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const known = asRelaxdError(error, 'driver-failed');
    if (known.code !== 'driver-failed' || error instanceof RelaxdError) throw known;
    throw new RelaxdError('driver-failed', `${device}: ${known.message}`, { device }, error);
  }
}

/** Takes samples as they come: the record first, then the observer, then whoever else looks. */
class RunWatch {
  failure: RelaxdError | null = null;
  private nextRow = 0;
  private missing = 0;

  constructor(
    private readonly options: RunOptions,
    private readonly abort: () => Promise<void>,
  ) {}

  async samples(chunk: SampleChunk): Promise<void> {
    const { device, prepared, record } = this.options;
    if (this.failure !== null) return;
    try {
      if (chunk.firstRow > this.nextRow) {
        this.gap({
          firstRow: this.nextRow,
          rows: chunk.firstRow - this.nextRow,
          reason: 'the device did not deliver them',
        });
      }
      if (chunk.firstRow < this.nextRow) {
        throw new RelaxdError(
          'driver-failed',
          `${device.id}: samples begin again at row ${chunk.firstRow}, row ${this.nextRow} was next`,
          { value: chunk.firstRow, limit: this.nextRow },
        );
      }
      await record?.append(chunk);
      this.nextRow = chunk.firstRow + chunk.rows;
      prepared.observer?.onSamples(chunk);
      this.options.onSamples?.(chunk);
    } catch (error) {
      // What cannot be recorded must not go on being measured.
      this.failure = asRelaxdError(error);
      void this.abort().catch(() => undefined);
    }
  }

  gap(gap: SampleGap): void {
    const end = gap.firstRow + gap.rows;
    if (end <= this.nextRow) return;
    this.missing += end - Math.max(this.nextRow, gap.firstRow);
    this.nextRow = end;
    this.options.onGap?.(gap);
  }

  warnings(): string[] {
    return this.missing === 0
      ? []
      : [`${this.missing} rows of samples are missing from the record`];
  }
}

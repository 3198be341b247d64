import { asRelaxdError, isoTime, RelaxdError, type Clock, type IdSource } from '../core/index.js';
import {
  descriptorHash,
  readCalibration,
  type Device,
  type DeviceResult,
  type Descriptor,
  type HeldProgram,
  type LoadReceipt,
  type Origin,
  type ParameterReading,
  type Program,
  type RunAside,
  type SampleChunk,
  type SampleGap,
} from '../device/index.js';
import { executeRun } from './execute-run.js';
import { failureOf, type ChangeOptions, type JobBook } from './job-book.js';
import type { JobRow } from './job.js';
import type { CalibrationRow } from './calibration-row.js';
import { requireValid } from './calibration-use.js';
import type { DriftReading } from './drift-reading.js';
import type { PreparedRun, ProgramRun, SeriesOutcome } from './job-kind.js';
import type { JobEffect, JobEvent } from './next-job.js';
import { summarisePoint } from './point-summary.js';
import { recordHeader } from './record-header.js';
import type { Log } from './log.js';
import { nextAttempt } from './next-attempt.js';
import { ProgressTeller } from './progress-teller.js';
import { isTriedAgain } from './retry-rule.js';
import { recordPath } from './run-archive.js';
import { armedRun, armingDocuments, gapDocument, stopDocument } from './run-documents.js';
import { RunRecorder, type RecorderDisk, type RecordSeal } from './run-recorder.js';
import type { RunResult } from './run-result.js';
import type { RunRow, RunState } from './run.js';
import type { Commit, JobOutcome } from './store.js';
import { heldBy, requireHeld } from './require-held.js';

/** A store that fails is tried again after so long, with what has to be written down about a run. */
const TRY_AGAIN_MS = 5000;

export interface ConductorPorts {
  readonly book: Pick<JobBook, 'get' | 'change' | 'update'>;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly recordsFolder: string;
  readonly threads: number | null;
  /** Version of relaxd, for provenance. */
  readonly version: string;
  /** Name of the machine or node, for provenance. */
  readonly host: string;
  readonly drawSeed: () => number;
  /** Keeps a program and answers with its hash. */
  keepProgram(program: Program): Promise<string>;
  commit(commit: Commit): Promise<void>;
  /** Where a run's record goes besides its file. The signal fires when the run is to end at once. */
  seal(run: string, signal: AbortSignal): RecordSeal | null;
  readonly disk: RecorderDisk;
  /** The job makes a calibration: it runs whether the one in force holds or not. */
  readonly calibrates: boolean;
  /** The calibration in force on the device now; null: there is none. */
  calibration(): Promise<CalibrationRow | null>;
  /** Readings of drift since a calibration. */
  readings(calibration: string): Promise<readonly DriftReading[]>;
  /** Stores a calibration that the job has made, together with what it is given: the job's end. */
  propose(
    calibration: NonNullable<SeriesOutcome['calibration']>,
    together: (
      change: Pick<Commit, 'calibrations' | 'notes'>,
      row: CalibrationRow,
    ) => Promise<void>,
  ): Promise<unknown>;
  /** Waits; rejects when the lab is closing. */
  wait(delayMs: number): Promise<void>;
  onRun(run: RunRow): void;
  onSamples(run: RunRow, chunk: SampleChunk): void;
  onGap(run: RunRow, gap: SampleGap): void;
  /** A check has been stored. */
  onReading(reading: DriftReading): void;
  /** The job is queued again, and why. */
  onRequeued(job: string, error: RelaxdError): void;
}

/** Takes one job through its run, or its runs one after the other: arms, starts, records, and writes down how it ended. */
export class RunConductor {
  private readonly ending = new AbortController();
  /** Of what comes after the last run: it can be ended while the device is free. */
  private readonly concluding = new AbortController();
  /** The device is another job's from now on. */
  private isFree = false;
  private run: RunRow | null = null;
  private recorder: RunRecorder | null = null;
  private started = false;
  private readonly progress: ProgressTeller;
  private gaps = 0;
  private receipt: LoadReceipt | null = null;
  /** What the device said that it holds when the run was paused. */
  private held: HeldProgram | null = null;
  private aside: RunAside | null = null;
  /** It was paused to be put aside, not by a person. */
  private pausedForAnother = false;
  /** The device's parameters before it was armed, as the start document has them, and once it was done; null: not read. */
  private before: readonly ParameterReading[] | null = null;
  private after: readonly ParameterReading[] | null = null;
  /** Gap documents on their way to the store. */
  private writing: Promise<void> = Promise.resolve();
  /** Which of the job's runs it is, from 0, and what it runs. */
  private place = 0;
  private program: ProgramRun;
  /** The run has ended at less than was asked for: none follows. */
  private cut = false;
  private readonly results: RunResult[] = [];
  /** Id of the calibration that was in force when the run was armed. */
  private stamp: string | null = null;
  private descriptor: Descriptor | null = null;

  constructor(
    private readonly job: JobRow,
    private readonly device: Device,
    private readonly prepared: PreparedRun,
    private readonly ports: ConductorPorts,
    /** Called once the device is not needed any more. */
    private readonly free: (whole: boolean) => void = () => undefined,
  ) {
    this.program = prepared;
    this.progress = new ProgressTeller(job.id, prepared, ports.book, ports.clock, (error) => {
      this.logFailure('progress', error);
      if (error.code === 'lease-lost') this.end(error);
    });
  }

  /** Runs that follow this one. */
  private get left(): number {
    return (this.prepared.series?.more.length ?? 0) - this.place;
  }

  /** After this run there is none. */
  private get isLast(): boolean {
    return this.cut || this.left === 0;
  }

  /** The run as it stands, with what the record holds; null before the intent to arm is stored. */
  current(): RunRow | null {
    if (this.run === null) return null;
    const { recorder } = this;
    return { ...this.run, rows: recorder?.rows ?? 0, shots: recorder?.shots ?? 0 };
  }

  /** The job that it takes through, as it was when it began. */
  get of(): JobRow {
    return this.job;
  }

  /** Ends the run at once: an abort, or the lab is closing. */
  end(reason: RelaxdError): void {
    this.ending.abort(reason);
  }

  /** Does what a transition asks of the device. Never throws; the run's end, or the log, tells. */
  async perform(effect: JobEffect): Promise<void> {
    const { device, job } = this;
    if (this.isFree) {
      if (effect !== 'stop-device' && effect !== 'abort-device') return;
      this.concluding.abort(new RelaxdError('aborted', `job ${job.id} was asked to end`));
      return;
    }
    switch (effect) {
      case 'abort-device':
        return this.end(new RelaxdError('aborted', `job ${job.id} was aborted`));
      case 'stop-device':
        // Before the start there is no run to stop: arming is refused, or the start sees what was asked.
        if (this.started) await this.attempt('stop', () => (this.aside ?? device).stop());
        return;
      case 'pause-device':
        await this.pauseDevice();
        return;
      case 'resume-device':
        return this.resumeDevice();
      default:
        return;
    }
  }

  private async pauseDevice(): Promise<void> {
    if (this.run === null) return this.note({ type: 'pause-failed' }, 'running'); // between two runs
    const failed = await this.attempt('pause', () => this.device.pauseAtShot());
    this.held = failed === null ? await heldBy(this.device).catch(() => null) : null;
    await this.note({ type: failed === null ? 'paused' : 'pause-failed' }, 'paused');
  }

  /** Nothing goes on with other couplings than those that it was begun with. */
  private async resumeDevice(): Promise<void> {
    if (this.aside !== null) return; // it is asked again when the device has it back
    let failed = await this.attempt('verify', () => this.verify());
    failed ??= await this.attempt('resume', () => this.device.resume());
    if (failed !== null) return this.end(failed);
    return this.note({ type: 'resumed' }, 'running');
  }

  private async verify(): Promise<void> {
    const { receipt, held, stamp } = this;
    if (receipt === null) return;
    const inForce = (await this.ports.calibration())?.id ?? null;
    await requireHeld(this.device, { receipt, held, calibration: stamp }, inForce);
  }

  /** Pauses the run at a shot, where it is not paused, and has the device put it aside: whether it is. Never rejects. */
  async putAside(): Promise<boolean> {
    const { device, job, ports } = this;
    const row = ports.book.get(job.id);
    if (device.putAside === undefined || !this.started || row === undefined) return false;
    try {
      const { shots } = await device.describe();
      if (!shots.pauseAtShot || row.asked !== null) return false;
      if (row.state === 'running') {
        this.pausedForAnother = true;
        await ports.book.change(job.id, { type: 'pause' });
        await this.pauseDevice();
      }
      if (ports.book.get(job.id)?.state !== 'paused') return false;
      this.aside = await device.putAside();
      ports.log('info', `job ${job.id} is put aside on ${device.id}`, { job: job.id });
      return true;
    } catch (error) {
      if (asRelaxdError(error).code !== 'illegal-transition') this.logFailure('put aside', error);
      return false;
    }
  }

  /** The device takes the run up again: paused where a person had paused it, else it goes on. Never rejects. */
  async takeUp(): Promise<void> {
    const { aside, job, ports } = this;
    if (aside === null) return;
    try {
      await aside.takeUp();
      this.aside = null;
      const row = ports.book.get(job.id);
      if (row === undefined || row.asked === 'cancel' || row.asked === 'abort') return;
      if (row.asked === 'resume') return await this.resumeDevice();
      if (!this.pausedForAnother) return;
      this.pausedForAnother = false;
      await ports.book.change(job.id, { type: 'resume' });
      await this.resumeDevice();
    } catch (error) {
      const known = asRelaxdError(error);
      if (known.code === 'illegal-transition') return; // it was asked to end meanwhile
      this.end(known);
    }
  }

  private async attempt(what: string, call: () => Promise<void>): Promise<RelaxdError | null> {
    try {
      await call();
      return null;
    } catch (error) {
      const known = asRelaxdError(error, 'driver-failed');
      this.ports.log('warn', `${this.device.id}: ${what} failed: ${known.message}`, {
        job: this.job.id,
        code: known.code,
      });
      return known;
    }
  }

  /** Writes down that the run has been paused or goes on, unless it has ended meanwhile. */
  private async note(event: JobEvent, state: RunState): Promise<void> {
    try {
      if (event.type === 'pause-failed') {
        await this.ports.book.change(this.job.id, event);
        return;
      }
      await this.changeRun(event, { state });
    } catch (error) {
      if (asRelaxdError(error).code !== 'illegal-transition') this.logFailure(event.type, error);
    }
  }

  /** The whole of it. Never rejects. */
  async conduct(): Promise<void> {
    const { book, ids } = this.ports;
    const { job, prepared } = this;
    const seed = prepared.program.seed ?? job.seed ?? this.ports.drawSeed();
    try {
      await book.change(job.id, { type: 'dispatch' }, { patch: { seed } });
    } catch (error) {
      // Held or cancelled since it was chosen.
      if (asRelaxdError(error).code !== 'illegal-transition') {
        this.logFailure('dispatch', error);
        this.ports.onRequeued(job.id, asRelaxdError(error));
      }
      return;
    }
    try {
      for (;;) {
        const result = await this.oneRun(ids.next(), seed + this.place);
        if (this.isLast) return await this.conclude(result);
        await this.follow(result);
      }
    } catch (error) {
      await this.failed(asRelaxdError(error));
    }
  }

  /** From loading a program to its result; the job has its device before and after. */
  private async oneRun(runId: string, seed: number): Promise<RunResult> {
    const { clock, threads, calibrates } = this.ports;
    const { job, program, device } = this;
    const descriptor = await device.describe(this.ending.signal);
    this.descriptor = descriptor;
    const inForce = await this.ports.calibration();
    const now = { descriptor: descriptorHash(descriptor), serial: device.serial };
    this.stamp = calibrates && !holds(inForce, now, clock.wallMs()) ? null : (inForce?.id ?? null);
    this.recorder = new RunRecorder(
      recordPath(this.ports.recordsFolder, runId),
      recordHeader({
        run: runId,
        job: job.id,
        origin: device.origin,
        seed,
        program: program.program,
        programHash: await this.ports.keepProgram(program.program),
        descriptor,
        descriptorHash: now.descriptor,
        clock: device.clockFit,
        calibration: this.stamp,
      }),
      clock,
      this.ports.seal(runId, this.ending.signal),
      this.ports.disk,
    );
    return executeRun({
      device,
      prepared: program,
      seed,
      runId,
      jobId: job.id,
      clock,
      threads,
      record: this.recorder,
      calibration: this.stamp,
      signal: this.ending.signal,
      onProgress: ({ fraction, shots }) =>
        this.progress.tell(this.progress.measured(this.place, fraction), shots),
      beforeArm: () => this.intend(seed, descriptor, this.stamp === null ? null : inForce),
      onStarted: () => this.begin(),
      onSamples: (chunk) => this.ports.onSamples(this.current()!, chunk),
      onGap: (gap) => this.gap(gap),
      onLoaded: (receipt) => (this.receipt = receipt),
      onMeasured: (measured) => this.measured(measured),
      aside: () => this.aside,
    });
  }

  /** This run is over, and the job goes on with the next one. */
  private async follow(result: RunResult): Promise<void> {
    await this.endRun(null, 'completed', null, { result });
    this.results.push(result);
    this.run = null;
    this.recorder = null;
    this.receipt = null;
    this.started = false;
    this.before = null;
    this.after = null;
    this.gaps = 0;
    this.program = this.prepared.series!.more[this.place++]!;
    const asked = this.ports.book.get(this.job.id)?.asked ?? null;
    if (asked === 'cancel' || asked === 'abort') {
      throw new RelaxdError('aborted', `job ${this.job.id} was asked to end`);
    }
  }

  /** The intent to arm, durable before arm is sent: from here on this run is never silently repeated. */
  private async intend(
    seed: number,
    descriptor: Descriptor,
    calibration: CalibrationRow | null,
  ): Promise<void> {
    const { clock, calibrates, book } = this.ports;
    const { job, device, recorder } = this;
    const { rule, warnings } = this.program;
    const { header } = recorder!;
    const nowMs = clock.wallMs();
    this.before = await this.snapshot();
    const parameters = this.before ?? [];
    if (calibration !== null && !calibrates) {
      const { serial } = device;
      requireValid(calibration, { nowMs, serial, descriptor: header.descriptor, parameters });
    }
    const intent = { header, job, device, seed, rule, warnings, nowMs };
    const run = armedRun(intent);
    const documents = armingDocuments(intent, descriptor, parameters, this.ports);
    const together = { runs: [run], documents };
    if (this.place === 0) {
      await book.change(
        job.id,
        { type: 'arm' },
        { patch: { run: run.id, startedAt: run.createdAt }, together },
      );
    } else await book.update(job.id, { run: run.id }, together);
    this.run = run;
    this.ports.onRun(run);
    await recorder!.open();
  }

  private async begin(): Promise<void> {
    await this.changeRun(this.place === 0 ? { type: 'start' } : null, {
      state: 'running',
      startedAt: isoTime(this.ports.clock.wallMs()),
    });
    this.started = true;
    if (this.ports.book.get(this.job.id)?.asked === 'cancel') await this.perform('stop-device');
  }

  private gap(gap: SampleGap): void {
    this.gaps++;
    const document = gapDocument(this.run!.id, isoTime(this.ports.clock.wallMs()), gap);
    this.writing = this.writing.then(() =>
      this.insist('gap', () => this.ports.commit({ documents: [document] })),
    );
    this.ports.onGap(this.run!, gap);
  }

  /** The device is done: what is left to do keeps it from nobody. */
  private async measured(result: DeviceResult): Promise<void> {
    const { shots } = this.program.program;
    const whole = result.shots >= shots;
    this.cut = !whole;
    const progress = {
      fraction: this.progress.measured(this.place, whole ? 1 : result.shots / shots),
      shots: result.shots,
    };
    const { isLast } = this;
    await this.insist('finish', () =>
      this.changeRun(
        isLast ? { type: 'finish', whole } : null,
        { state: 'finalizing', engine: result.engine },
        { patch: { progress } },
      ),
    );
    this.after = await this.snapshot();
    if (!isLast) return;
    this.isFree = true;
    this.free(whole);
  }

  private async conclude(result: RunResult): Promise<void> {
    const { series } = this.prepared;
    if (series != null && !this.cut) return this.concludeSeries(series, result);
    const summary = this.job.parent === null ? null : summarisePoint(result);
    await this.insist('conclude', () =>
      this.endRun({ type: 'conclude', whole: !this.cut }, this.endAsked(), null, {
        result,
        summary,
      }),
    );
  }

  private endAsked(): 'cancelled' | 'aborted' | 'completed' {
    const asked = this.ports.book.get(this.job.id)?.asked ?? null;
    return asked === 'cancel' && this.cut
      ? 'cancelled'
      : asked === 'abort'
        ? 'aborted'
        : 'completed';
  }

  /** All runs are measured: what they come to is the job's result, stored with its end. */
  private async concludeSeries(
    series: NonNullable<PreparedRun['series']>,
    result: RunResult,
  ): Promise<void> {
    const { ports } = this;
    const { book, clock } = ports;
    const { job, device } = this;
    const descriptor = this.descriptor!;
    await this.insist('end run', () => this.endRun(null, 'completed', null, { result }));
    this.run = null;
    const { calibration, reading, ...outcome } = await series.conclude([...this.results, result], {
      job: job.id,
      now: isoTime(clock.wallMs()),
      device: { id: device.id, serial: device.serial, origin: device.origin, descriptor },
      signal: AbortSignal.any([this.ending.signal, this.concluding.signal]),
      onProgress: (fraction) => this.progress.tell(this.progress.concluded(fraction), result.shots),
      readings: (id) => ports.readings(id),
    });
    await this.progress.settled();
    if (calibration !== undefined) readCalibration(calibration.record);
    const progress = { fraction: 1, shots: result.shots };
    const end = async (
      change: Pick<Commit, 'calibrations' | 'notes'>,
      row: CalibrationRow | null = null,
    ): Promise<void> => {
      const document = row === null ? outcome.result : withState(outcome.result, row);
      await book.change(
        job.id,
        { type: 'conclude', whole: true },
        {
          patch: { outcome: true, progress },
          together: {
            ...change,
            jobResult: { job: job.id, document },
            ...(reading === undefined ? {} : { reading }),
          },
        },
      );
    };
    await this.insist('conclude', async () => {
      if (calibration === undefined) await end({});
      else await ports.propose(calibration, end);
      if (reading !== undefined) ports.onReading(reading);
    });
  }

  private async failed(error: RelaxdError): Promise<void> {
    const { book } = this.ports;
    await this.progress.settled();
    // Whoever takes the job over writes down how it ended.
    if (error.code === 'lease-lost') return;
    if (this.run !== null) this.after ??= await this.snapshot();
    await this.insist('fail', async () => {
      const row = book.get(this.job.id);
      if (row === undefined) return; // ended already
      const asked = row.asked === 'cancel' || row.asked === 'abort' ? row.asked : null;
      const expected = ['aborted', 'illegal-transition'].includes(error.code);
      if (asked !== null && (row.state !== 'finalizing' || this.concluding.signal.aborted)) {
        const state = asked === 'cancel' ? 'cancelled' : 'aborted';
        await this.endRun({ type: 'stopped' }, state, expected ? null : error);
      } else if (row.state === 'dispatching' && !row.armed && error.row.retryable) {
        // Nothing has happened yet: the job keeps its place and its seed.
        await book.change(this.job.id, { type: 'requeue' });
        this.ports.onRequeued(this.job.id, error);
      } else if (this.triesAgain(row, error)) {
        await this.endRun({ type: 'try-again' }, 'failed', error, {
          again: nextAttempt(row, this.ports.clock.wallMs()),
        });
        this.ports.log('info', `job ${this.job.id} will be tried again: ${error.message}`, {
          job: this.job.id,
          attempt: row.attempt,
          code: error.code,
        });
      } else {
        await this.endRun({ type: 'fail' }, 'failed', error);
      }
    });
    this.ports.log('info', `job ${this.job.id} ended: ${error.message}`, {
      job: this.job.id,
      run: this.run?.id,
      code: error.code,
    });
  }

  private triesAgain(row: JobRow, error: RelaxdError): boolean {
    const { retry, attempt, armed } = row;
    const origin: Origin = this.device.origin;
    return isTriedAgain(retry, { attempt, code: error.code, armed, origin });
  }

  private async endRun(
    event: JobEvent | null,
    state: RunState,
    error: RelaxdError | null,
    end: {
      readonly result?: RunResult;
      readonly summary?: JobRow['summary'];
      readonly again?: ReturnType<typeof nextAttempt>;
    } = {},
  ): Promise<void> {
    const failure = error === null ? null : failureOf(error);
    const { summary = null, again = {} } = end;
    const patch = { error: failure, summary, ...again };
    if (this.run === null) {
      if (event !== null) await this.ports.book.change(this.job.id, event, { patch });
      return;
    }
    await this.writing;
    const { id, rows, shots } = this.current()!;
    const bytes = this.recorder?.bytes ?? 0;
    const record = bytes > 0 ? 'whole' : 'missing';
    const endedAt = isoTime(this.ports.clock.wallMs());
    const ended = { endedAt, rows, shots, bytes, error: failure };
    const { before, after, gaps } = this;
    const stop = stopDocument(
      { id, ...ended },
      {
        reason: state,
        gaps,
        before,
        after,
        // A run that failed has no result: what is known of the clock then, null where that is nothing.
        clock: end.result === undefined ? this.device.clockFit : end.result.clock,
        warnings: before === null || after === null ? [NOT_READ] : [],
      },
    );
    await this.changeRun(
      event,
      { ...ended, state, record },
      {
        patch,
        together: {
          documents: [stop],
          ...(end.result === undefined ? {} : { result: end.result }),
        },
      },
    );
  }

  /** @param event null: the job stays as it is, another run of it follows */
  private async changeRun(
    event: JobEvent | null,
    members: Partial<RunRow>,
    options: {
      readonly patch?: ChangeOptions['patch'];
      readonly together?: Commit;
    } = {},
  ): Promise<void> {
    const run: RunRow = { ...this.run!, ...members, revision: this.run!.revision + 1 };
    const together = { ...options.together, runs: [run] };
    const { patch } = options;
    if (event === null) {
      await this.ports.book.update(
        this.job.id,
        patch?.progress === undefined ? {} : { progress: patch.progress },
        together,
      );
    } else {
      await this.ports.book.change(this.job.id, event, {
        ...(patch === undefined ? {} : { patch }),
        together,
      });
    }
    this.run = run;
    this.ports.onRun(this.current()!);
  }

  /** Tries until the store takes it: how a run ended must not be lost to a disk that is full for a while. */
  private async insist(what: string, write: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await write();
      } catch (error) {
        const known = asRelaxdError(error);
        this.logFailure(what, known);
        if (known.code !== 'disk-full' && known.code !== 'store-failed') return;
        try {
          await this.ports.wait(TRY_AGAIN_MS);
        } catch {
          return; // the lab is closing: recovery will find the run armed
        }
      }
    }
  }

  /** The device's parameters now; null: a reading that fails says so and fails nothing. */
  private async snapshot(): Promise<readonly ParameterReading[] | null> {
    try {
      return await this.device.readParameters();
    } catch (error) {
      this.logFailure('read parameters', error);
      return null;
    }
  }

  private logFailure(what: string, error: unknown): void {
    const known = asRelaxdError(error);
    this.ports.log('error', `job ${this.job.id}: ${what}: ${known.message}`, {
      job: this.job.id,
      code: known.code,
    });
  }
}

const NOT_READ = 'the device’s parameters could not be read before the run or after it';

/** A calibration's result says in which state it is stored. */
const withState = (result: JobOutcome, { state }: CalibrationRow): JobOutcome => ({
  ...result,
  calibration: { ...(result['calibration'] as object | undefined), state },
});

/** Whether a calibration may be stamped on a run that does not rest on it. */
function holds(
  calibration: CalibrationRow | null,
  now: { readonly descriptor: string; readonly serial: string },
  nowMs: number,
): boolean {
  if (calibration === null) return false;
  try {
    requireValid(calibration, { ...now, nowMs, parameters: [] });
    return true;
  } catch {
    return false;
  }
}

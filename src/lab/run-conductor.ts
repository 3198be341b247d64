import { asRelaxdError, isoTime, RelaxdError, type Clock, type IdSource } from '../core/index.js';
import {
  descriptorHash,
  type Device,
  type ParameterReading,
  type Program,
  type SampleChunk,
  type SampleGap,
} from '../device/index.js';
import { executeRun } from './execute-run.js';
import { failureOf, type JobBook } from './job-book.js';
import type { JobProgress, JobRow } from './job.js';
import type { PreparedRun } from './job-kind.js';
import type { JobEffect, JobEvent } from './next-job.js';
import { recordHeader } from './record-header.js';
import { recordPath } from './run-archive.js';
import { RunRecorder, type RecordSeal } from './run-recorder.js';
import type { RunResult } from './run-result.js';
import type { RunDocument, RunDocumentKind, RunRow, RunState } from './run.js';
import type { Commit } from './store.js';

/** Progress is stored, and so announced, at most so often. */
const PROGRESS_EVERY_MS = 500;
/** A store that fails is tried again after so long, with what has to be written down about a run. */
const TRY_AGAIN_MS = 5000;

export type Log = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

export interface ConductorPorts {
  readonly book: Pick<JobBook, 'get' | 'change' | 'update'>;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly recordsFolder: string;
  readonly threads: number | null;
  /** Version of relaxd, for provenance. */
  readonly version: string;
  readonly drawSeed: () => number;
  /** Keeps a program and answers with its hash. */
  keepProgram(program: Program): Promise<string>;
  commit(commit: Commit): Promise<void>;
  /** Where a run's record goes besides its file. The signal fires when the run is to end at once. */
  seal(run: string, signal: AbortSignal): RecordSeal | null;
  /** Waits; rejects when the lab is closing. */
  wait(delayMs: number): Promise<void>;
  onRun(run: RunRow): void;
  onSamples(run: RunRow, chunk: SampleChunk): void;
  onGap(run: RunRow, gap: SampleGap): void;
  /** The job is queued again, and why. */
  onRequeued(job: string, error: RelaxdError): void;
}

/** Takes one job through its run: arms, starts, records, and writes down how it ended. */
export class RunConductor {
  private readonly ending = new AbortController();
  private run: RunRow | null = null;
  private recorder: RunRecorder | null = null;
  private started = false;
  private progressAtMs = -Infinity;
  private progressUnderWay: Promise<void> | null = null;
  private gaps = 0;
  /** Gap documents on their way to the store. */
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly job: JobRow,
    private readonly device: Device,
    private readonly prepared: PreparedRun,
    private readonly ports: ConductorPorts,
  ) {}

  /** The run as it stands, with what the record holds; null before the intent to arm is stored. */
  current(): RunRow | null {
    if (this.run === null) return null;
    const { recorder } = this;
    return { ...this.run, rows: recorder?.rows ?? 0, shots: recorder?.shots ?? 0 };
  }

  /** Ends the run at once: an abort, or the lab is closing. */
  end(reason: RelaxdError): void {
    this.ending.abort(reason);
  }

  /** Does what a transition asks of the device. Never throws; the run's end, or the log, tells. */
  async perform(effect: JobEffect): Promise<void> {
    const { device, job } = this;
    switch (effect) {
      case 'abort-device':
        return this.end(new RelaxdError('aborted', `job ${job.id} was aborted`));
      case 'stop-device':
        // Before the start there is no run to stop: arming is refused, or the start sees what was asked.
        if (this.started) await this.attempt('stop', () => device.stop());
        return;
      case 'pause-device': {
        const paused = await this.attempt('pause', () => device.pauseAtShot());
        return this.note({ type: paused === null ? 'paused' : 'pause-failed' }, 'paused');
      }
      case 'resume-device': {
        const failed = await this.attempt('resume', () => device.resume());
        if (failed !== null) return this.end(failed);
        return this.note({ type: 'resumed' }, 'running');
      }
      case 'dispatch':
      case 'reorder':
        return;
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
    const { book, ids, clock, threads } = this.ports;
    const { job, prepared, device } = this;
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
    const runId = ids.next();
    try {
      const programHash = await this.ports.keepProgram(prepared.program);
      const descriptor = await device.describe(this.ending.signal);
      this.recorder = new RunRecorder(
        recordPath(this.ports.recordsFolder, runId),
        recordHeader({
          run: runId,
          job: job.id,
          origin: device.origin,
          seed,
          program: prepared.program,
          programHash,
          descriptor,
          descriptorHash: descriptorHash(descriptor),
          clock: device.clockFit,
        }),
        clock,
        this.ports.seal(runId, this.ending.signal),
      );
      const result = await executeRun({
        device,
        prepared,
        seed,
        runId,
        jobId: job.id,
        clock,
        threads,
        record: this.recorder,
        signal: this.ending.signal,
        onProgress: (progress) => this.progress(progress),
        beforeArm: () => this.intend(seed, { ...descriptor }),
        onStarted: () => this.begin(),
        onSamples: (chunk) => this.ports.onSamples(this.current()!, chunk),
        onGap: (gap) => this.gap(gap),
      });
      await this.conclude(result);
    } catch (error) {
      await this.failed(asRelaxdError(error));
    }
  }

  /** The intent to arm, durable before arm is sent: from here on this run is never silently repeated. */
  private async intend(seed: number, descriptor: Readonly<Record<string, unknown>>): Promise<void> {
    const { clock, version } = this.ports;
    const { job, device, prepared, recorder } = this;
    const { header } = recorder!;
    const now = isoTime(clock.wallMs());
    const program = { hash: header.program, rule: prepared.rule };
    const run: RunRow = {
      id: header.run,
      revision: 1,
      job: job.id,
      device: device.id,
      origin: device.origin,
      state: 'armed',
      seed,
      program,
      descriptor: header.descriptor,
      engine: null,
      createdAt: now,
      startedAt: null,
      endedAt: null,
      rows: 0,
      shots: 0,
      error: null,
      record: 'open',
    };
    const start = {
      version: 1,
      run: run.id,
      job: job.id,
      kind: job.kind,
      device: device.id,
      driver: device.driver,
      serial: device.serial,
      origin: device.origin,
      seed,
      program,
      descriptor: header.descriptor,
      parameters: await this.snapshot(),
      calibration: null,
      warnings: prepared.warnings,
      provenance: {
        relaxd: version,
        node: process.version,
        platform: `${process.platform}-${process.arch}`,
        threads: this.ports.threads,
      },
      at: now,
    };
    await this.ports.book.change(
      job.id,
      { type: 'arm' },
      {
        patch: { run: run.id, startedAt: now },
        together: {
          runs: [run],
          documents: [this.document('start', start), this.document('descriptor', descriptor)],
        },
      },
    );
    this.run = run;
    this.ports.onRun(run);
    await recorder!.open();
  }

  private async begin(): Promise<void> {
    await this.changeRun(
      { type: 'start' },
      { state: 'running', startedAt: isoTime(this.ports.clock.wallMs()) },
    );
    this.started = true;
    if (this.ports.book.get(this.job.id)?.asked === 'cancel') await this.perform('stop-device');
  }

  private progress(progress: JobProgress): void {
    const nowMs = this.ports.clock.monotonicMs();
    if (this.progressUnderWay !== null || nowMs - this.progressAtMs < PROGRESS_EVERY_MS) return;
    this.progressAtMs = nowMs;
    const { fraction, shots } = progress;
    this.progressUnderWay = this.ports.book
      .update(this.job.id, { progress: { fraction, shots } })
      .catch((error: unknown) => {
        this.logFailure('progress', error);
        const known = asRelaxdError(error);
        if (known.code === 'lease-lost') this.end(known);
      })
      .finally(() => {
        this.progressUnderWay = null;
      });
  }

  private gap(gap: SampleGap): void {
    this.gaps++;
    const document = this.document('gap', { ...gap });
    this.writing = this.writing.then(() =>
      this.insist('gap', () => this.ports.commit({ documents: [document] })),
    );
    this.ports.onGap(this.run!, gap);
  }

  private async conclude(result: RunResult): Promise<void> {
    const whole = result.shots >= this.prepared.program.shots;
    const progress = {
      fraction: whole ? 1 : result.shots / this.prepared.program.shots,
      shots: result.shots,
    };
    await this.insist('finish', () =>
      this.changeRun(
        { type: 'finish', whole },
        { state: 'finalizing', engine: result.engine },
        { patch: { progress } },
      ),
    );
    const parameters = await this.snapshot();
    await this.insist('conclude', async () => {
      const asked = this.ports.book.get(this.job.id)?.asked ?? null;
      const state = asked === 'cancel' ? 'cancelled' : asked === 'abort' ? 'aborted' : 'completed';
      await this.endRun({ type: 'conclude' }, state, null, { result, parameters });
    });
  }

  private async failed(error: RelaxdError): Promise<void> {
    const { book } = this.ports;
    await this.progressUnderWay;
    const parameters = this.run === null ? [] : await this.snapshot();
    await this.insist('fail', async () => {
      const row = book.get(this.job.id);
      if (row === undefined) return; // ended already
      const asked = row.asked === 'cancel' || row.asked === 'abort' ? row.asked : null;
      const expected = ['aborted', 'illegal-transition'].includes(error.code);
      if (asked !== null && row.state !== 'finalizing') {
        const state = asked === 'cancel' ? 'cancelled' : 'aborted';
        await this.endRun({ type: 'stopped' }, state, expected ? null : error, { parameters });
      } else if (row.state === 'dispatching' && !row.armed && error.row.retryable) {
        // Nothing has happened yet: the job keeps its place and its seed.
        await book.change(this.job.id, { type: 'requeue' });
        this.ports.onRequeued(this.job.id, error);
      } else {
        await this.endRun({ type: 'fail' }, 'failed', error, { parameters });
      }
    });
    this.ports.log('info', `job ${this.job.id} ended: ${error.message}`, {
      job: this.job.id,
      run: this.run?.id,
      code: error.code,
    });
  }

  private async endRun(
    event: JobEvent,
    state: RunState,
    error: RelaxdError | null,
    end: { readonly result?: RunResult; readonly parameters: readonly ParameterReading[] },
  ): Promise<void> {
    const failure = error === null ? null : failureOf(error);
    const patch = { error: failure };
    if (this.run === null) {
      await this.ports.book.change(this.job.id, event, { patch });
      return;
    }
    await this.writing;
    const endedAt = isoTime(this.ports.clock.wallMs());
    const { rows, shots } = this.current()!;
    const record = (this.recorder?.bytes ?? 0) > 0 ? 'whole' : 'missing';
    // A run that failed has no result: what is known of the clock then, null where that is nothing.
    const clock = end.result === undefined ? this.device.clockFit : end.result.clock;
    const stop = {
      version: 1,
      run: this.run.id,
      reason: state,
      rows,
      shots,
      bytes: this.recorder?.bytes ?? 0,
      gaps: this.gaps,
      error: failure,
      parameters: end.parameters,
      ...(clock === undefined ? {} : { clock }),
      at: endedAt,
    };
    await this.changeRun(
      event,
      { state, endedAt, rows, shots, error: failure, record },
      {
        patch,
        together: {
          documents: [this.document('stop', stop)],
          ...(end.result === undefined ? {} : { result: end.result }),
        },
      },
    );
  }

  private async changeRun(
    event: JobEvent,
    members: Partial<RunRow>,
    options: {
      readonly patch?: Partial<Pick<JobRow, 'progress' | 'error'>>;
      readonly together?: Commit;
    } = {},
  ): Promise<void> {
    const run: RunRow = { ...this.run!, ...members, revision: this.run!.revision + 1 };
    await this.ports.book.change(this.job.id, event, {
      ...(options.patch === undefined ? {} : { patch: options.patch }),
      together: { ...options.together, runs: [run] },
    });
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

  /** The device's parameters now; a reading that fails says so and fails nothing. */
  private async snapshot(): Promise<readonly ParameterReading[]> {
    try {
      return await this.device.readParameters();
    } catch (error) {
      this.logFailure('read parameters', error);
      return [];
    }
  }

  private document(
    kind: RunDocumentKind,
    document: Readonly<Record<string, unknown>>,
  ): RunDocument {
    const at = isoTime(this.ports.clock.wallMs());
    return { run: this.recorder!.header.run, kind, at, document };
  }

  private logFailure(what: string, error: unknown): void {
    const known = asRelaxdError(error);
    this.ports.log('error', `job ${this.job.id}: ${what}: ${known.message}`, {
      job: this.job.id,
      code: known.code,
    });
  }
}

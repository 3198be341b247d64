import { RelaxdError, type Clock, type IdSource, type Timeline } from '../core/index.js';
import type { Calibrations } from './calibrations.js';
import type { DeviceSource } from './device-places.js';
import type { JobBook } from './job-book.js';
import type { JobRow } from './job.js';
import type { PreparedRun } from './job-kind.js';
import type { LabEvents } from './lab-events.js';
import type { LabNode } from './lab-node.js';
import type { Library } from './library.js';
import type { Listeners } from './listeners.js';
import type { LivePart, NodeLine } from './node-line.js';
import type { Asked, JobEffect } from './next-job.js';
import { programSize } from './program-size.js';
import type { RunEstimates } from './run-estimates.js';
import { RunConductor, type ConductorPorts } from './run-conductor.js';
import type { Log } from './log.js';
import type { RecorderDisk } from './run-recorder.js';
import type { RunRow } from './run.js';
import { SealedRecord } from './sealed-record.js';
import type { SharedStore } from './shared-store.js';
import type { Store } from './store.js';

export interface UnderWayPorts {
  readonly devices: DeviceSource;
  readonly book: JobBook;
  readonly store: Store;
  readonly library: Pick<Library, 'saveProgram'>;
  readonly calibrations: Calibrations;
  /** Whether jobs of a kind make calibrations. */
  readonly calibrates: (kind: string) => boolean;
  readonly estimates: RunEstimates;
  readonly events: Listeners<LabEvents>;
  /** null: the lab is one process. */
  readonly node: Pick<LabNode, 'claim'> | null;
  /** Where records go besides their files, in a lab of several nodes. */
  readonly shared: { readonly store: SharedStore; readonly line: NodeLine | null } | null;
  readonly clock: Clock;
  readonly setAlarm: Timeline['after'];
  readonly ids: IdSource;
  readonly log: Log;
  readonly recordsFolder: string;
  readonly disk: RecorderDisk;
  readonly threads: number | null;
  readonly version: string;
  readonly host: string;
  readonly drawSeed: () => number;
  readonly closing: AbortSignal;
  /** The job is queued again, and why. */
  readonly requeued: (job: string, error: RelaxdError) => void;
}

/** The runs that this process takes through their devices, each by its conductor. */
export class RunsUnderWay {
  private readonly conductors = new Map<string, RunConductor>();

  constructor(private readonly ports: UnderWayPorts) {}

  has(job: string): boolean {
    return this.conductors.has(job);
  }

  /** The run of a job as it stands; null: none is under way here, or it is not armed yet. */
  run(job: string): RunRow | null {
    return this.conductors.get(job)?.current() ?? null;
  }

  /** Does what a transition asks of the device; nothing where the run is not under way here. */
  perform(job: string, effect: JobEffect): void {
    void this.conductors.get(job)?.perform(effect);
  }

  /** Whether its device is free now. Never rejects. */
  async putAside(job: string): Promise<boolean> {
    return (await this.conductors.get(job)?.putAside()) ?? false;
  }

  async takeUp(job: string): Promise<void> {
    await this.conductors.get(job)?.takeUp();
  }

  /** Ends those that have not been armed: their jobs are queued again. */
  endUnarmed(reason: RelaxdError): void {
    for (const [job, conductor] of this.conductors) {
      if (this.ports.book.get(job)?.armed === false) conductor.end(reason);
    }
  }

  /** Jobs whose runs go on by themselves: those that are paused do not. */
  goingOn(): string[] {
    return [...this.conductors.keys()].filter((job) => {
      const row = this.ports.book.get(job);
      return row !== undefined && (row.state !== 'paused' || row.asked !== null);
    });
  }

  /** Devices that have a run, with it. */
  list(): readonly {
    readonly job: string;
    readonly run: string | null;
    readonly device: string;
  }[] {
    return [...this.conductors].map(([job, conductor]) => ({
      job,
      run: conductor.current()?.id ?? null,
      device: conductor.of.device,
    }));
  }

  /** Ends all of them at once. */
  endAll(reason: RelaxdError): void {
    for (const conductor of this.conductors.values()) conductor.end(reason);
  }

  /** Another node has changed a job: what it asks of a run that is under way here is done. */
  changedElsewhere(row: JobRow, before: JobRow | undefined): void {
    const conductor = this.conductors.get(row.id);
    if (conductor === undefined) return;
    if (row.claim?.token !== this.ports.node?.claim?.token) {
      const lost = `job ${row.id} is not this node's any more`;
      conductor.end(new RelaxdError('lease-lost', lost, { job: row.id }));
    } else if (row.asked !== null && row.asked !== before?.asked) {
      void conductor.perform(EFFECT_OF[row.asked]);
    }
  }

  /**
   * Takes a job through its run. Never rejects.
   *
   * @param free called once its device is
   */
  async conduct(row: JobRow, prepared: PreparedRun, free: () => void): Promise<void> {
    const { devices, clock, estimates } = this.ports;
    const ports = this.conductorPorts(row);
    if (ports === null) return; // no lease now: another node does it, or this one when it has one
    const beganMs = clock.monotonicMs();
    const conductor = new RunConductor(row, devices.get(row.device), prepared, ports, (whole) => {
      // Only whole runs say how long runs take.
      if (whole) {
        const seconds = (clock.monotonicMs() - beganMs) / 1000;
        const size = programSize(prepared.program);
        estimates.add({ device: row.device, kind: row.kind, size, seconds });
      }
      free();
    });
    this.conductors.set(row.id, conductor);
    try {
      await conductor.conduct();
    } finally {
      if (this.conductors.get(row.id) === conductor) this.conductors.delete(row.id);
    }
  }

  private conductorPorts(row: JobRow): ConductorPorts | null {
    const { book, store, library, events, node, shared, clock, requeued, ...rest } = this.ports;
    const {
      ids,
      log,
      recordsFolder,
      threads,
      version,
      host,
      drawSeed,
      disk,
      calibrations,
      calibrates,
    } = rest;
    const claim = node?.claim ?? null;
    if (node !== null && claim === null) return null;
    const fence = claim === null ? null : { job: row.id, token: claim.token };
    const wait = (delayMs: number): Promise<void> => this.wait(delayMs);
    return {
      book: book.under(claim),
      clock,
      ids,
      log,
      recordsFolder,
      disk,
      threads,
      version,
      host,
      drawSeed,
      keepProgram: async (program) => (await library.saveProgram(program)).id,
      commit: (commit) => store.commit(fence === null ? commit : { ...commit, fence }),
      seal: (run, signal) => {
        if (fence === null || shared === null) return null;
        const live = (part: LivePart): void => shared.line?.send(run, part);
        return new SealedRecord(run, { store: shared.store, fence, clock, wait, live }, signal);
      },
      calibrates: calibrates(row.kind),
      calibration: () => calibrations.activeNow(row.device),
      readings: (calibration) => calibrations.readings(calibration),
      propose: ({ record, reason, activate }, together) =>
        calibrations.propose(record, { reason, activate, together, who: { name: row.by } }),
      wait,
      onRun: (run) => events.emit('run', run),
      onSamples: ({ id, device }, chunk) =>
        events.emit('run-samples', { run: id, device, firstRow: chunk.firstRow, chunk }),
      onGap: ({ id, device }, gap) => events.emit('run-gap', { run: id, device, gap }),
      onReading: (reading) => events.emit('drift', reading),
      onRequeued: requeued,
    };
  }

  /** @throws RelaxdError `service-stopping` */
  private async wait(delayMs: number): Promise<void> {
    const { closing, setAlarm } = this.ports;
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => {
        callOff();
        reject(new RelaxdError('service-stopping', 'the lab is closing'));
      };
      const callOff = setAlarm(delayMs, () => {
        closing.removeEventListener('abort', stop);
        resolve();
      });
      if (closing.aborted) stop();
      else closing.addEventListener('abort', stop, { once: true });
    });
  }
}

/** What is done where another node has asked for something. */
const EFFECT_OF: Readonly<Record<Exclude<Asked, null>, JobEffect>> = {
  pause: 'pause-device',
  resume: 'resume-device',
  cancel: 'stop-device',
  abort: 'abort-device',
};

import { randomBytes, randomInt } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TSchema } from 'typebox';
import {
  asRelaxdError,
  IdSource,
  isoTime,
  RelaxdError,
  systemTimeline,
  throwViolations,
  type Clock,
  type Timeline,
} from '../core/index.js';
import { AuditLog, KeyBook, type AuditNote } from '../access/index.js';
import type { Descriptor, Device, Program } from '../device/index.js';
import { compareRuns, type RunComparison, type RunWhole } from './compare-runs.js';
import type { ExportFormat } from './export-record.js';
import { Intake } from './intake.js';
import { JobDealer } from './job-dealer.js';
import { failureOf, JobBook, jobItem, publicJob } from './job-book.js';
import type { Job, JobItem, JobRow, JobTransition, Page } from './job.js';
import type { JobKind, PreparedRun } from './job-kind.js';
import type { LabEvents, QueueStatus } from './lab-events.js';
import { LabNode, type NodeOptions } from './lab-node.js';
import { Library, pageQuery, type PageRequest } from './library.js';
import { Listeners } from './listeners.js';
import type { LivePart, NodeLine } from './node-line.js';
import {
  isTerminal,
  JOB_STATES,
  nextJob,
  type Asked,
  type JobAction,
  type JobEffect,
  type JobState,
} from './next-job.js';
import { programSize } from './program-size.js';
import { effectivePriority, singleContender, type Contender } from './queue-order.js';
import { queueStatus } from './queue-status.js';
import { endInterrupted, recoverJobs } from './recover-jobs.js';
import {
  NOBODY,
  Reservations,
  type ReservationRequest,
  type ReservationView,
  type Who,
} from './reservations.js';
import { reservedFor, type DeviceLock, type Reservation } from './reservation.js';
import { RunEstimates } from './run-estimates.js';
import { recordsFolder, RunArchive, type SamplePage } from './run-archive.js';
import { RunConductor, type ConductorPorts, type Log } from './run-conductor.js';
import type { Run, RunDocument, RunRow } from './run.js';
import { Scheduler } from './scheduler.js';
import { RecordCopies, SealedRecord } from './sealed-record.js';
import type { Sealed } from './shared-store.js';
import { EMBEDDED_FILE, lockFolder, openEmbeddedStore } from './open-store.js';
import type { Store, StoredDocument, StoredSummary } from './store.js';
import { sweepCsv, type SweepDocument } from './sweep-document.js';
import { Sweeps } from './sweeps.js';
import { WaitingAlarm } from './waiting-alarm.js';

/** The devices of this process: a `DeviceRegistry` is one. */
export interface DeviceSource {
  list(): Device[];
  /** @throws RelaxdError `unknown-device`, or why the device of that id could not be made */
  get(id: string): Device;
}

export interface LabOptions {
  /** Folder of the store and the records, made where it is missing; `:memory:` keeps nothing. */
  readonly folder: string;
  readonly devices: DeviceSource;
  readonly kinds: readonly JobKind[];
  readonly clock: Clock;
  readonly log: Log;
  /** Version of relaxd, for provenance. */
  readonly version: string;
  /** Worker threads that one run may use; null or left out: as many as are worth it. */
  readonly threads?: number | null;
  /** Most jobs that may be open; further ones get `queue-full`. */
  readonly mostQueued?: number;
  readonly ids?: IdSource;
  readonly setAlarm?: Timeline['after'];
  /** Seeds for programs that have none. */
  readonly drawSeed?: () => number;
  /** Another store than the embedded one. */
  readonly store?: Store;
  /** This process among the nodes of a lab of several machines, and the store that they share. */
  readonly node?: NodeOptions;
  /** False: nothing is dispatched before {@link Lab.begin}, so that a start that fails harms no job. */
  readonly begin?: boolean;
}

const MOST_QUEUED = 10_000;
/** Rows of a sweep that its job's result has; `Lab.sweep` has them all. */
const ROWS_IN_RESULT = 1000;
const MOST_ROWS = 1000;
/** In a lab of several nodes, what others have reserved or locked is known after so long. */
const RESERVATIONS_AGAIN_MS = 2000;
/** Runs that estimates are learnt from at the start. */
const RUNS_LEARNT = 200;
/** What a person has done again is submitted under a key of its own, which nobody can send: it is done once. */
const retryKey = (job: string): string => `↻ ${job}`;

/** Jobs, the queue, runs and their records: everything between a submission and its result. */
export class Lab implements AsyncDisposable {
  readonly keys: KeyBook;
  readonly audit: AuditLog;
  private readonly events: Listeners<LabEvents>;
  private readonly book: JobBook;
  private readonly intake: Intake;
  private readonly scheduler: Scheduler;
  private readonly alarm: WaitingAlarm;
  private readonly library: Library;
  private readonly archive: RunArchive;
  private readonly conductors = new Map<string, RunConductor>();
  private readonly estimates = new RunEstimates();
  private readonly sweeps: Sweeps;
  private readonly reservations: Reservations;
  /** null: this lab is one process. */
  private readonly node: LabNode | null;
  private readonly copies: RecordCopies | null;
  /** null: the nodes find out by looking which job is next, or there is only this one. */
  private readonly dealer: JobDealer | null;
  private readonly closers: (() => void)[] = [];
  private readonly closed = new AbortController();
  private readonly setAlarm: Timeline['after'];
  private readonly ids: IdSource;
  /** A node's store does not lie in its folder, and does not keep it to itself. */
  private folderLock: AsyncDisposable | null = null;
  private queueRevision = 0;
  private callOffReading: () => void = () => undefined;

  private constructor(
    private readonly options: LabOptions,
    private readonly store: Store,
    private readonly folder: string,
  ) {
    const { clock, log, kinds, mostQueued = MOST_QUEUED } = options;
    this.setAlarm = options.setAlarm ?? ((delayMs, ring) => systemTimeline.after(delayMs, ring));
    this.ids = options.ids ?? new IdSource(clock);
    this.events = new Listeners((event, error) =>
      log('error', `a listener of '${event}' threw: ${asRelaxdError(error).message}`),
    );
    this.keys = new KeyBook(store.access, clock, (n) => randomBytes(n));
    this.audit = new AuditLog(store.access, clock, (error, waiting) =>
      log('error', `the audit log cannot be written: ${error.message}`, {
        code: error.code,
        waiting,
      }),
    );
    this.library = new Library(store, clock);
    const { node } = options;
    this.node = node === undefined ? null : new LabNode(node, this.nodePorts());
    this.copies = node === undefined ? null : new RecordCopies(join(folder, 'copies'), node.store);
    const line = node?.line ?? null;
    this.dealer = line === null ? null : this.makeDealer(line);
    this.archive = new RunArchive(
      store,
      folder,
      (row) => this.live(row),
      (row) => this.copyOf(row),
    );
    this.book = new JobBook(
      store,
      clock,
      (row, own) => this.jobChanged(row, own),
      (row, before) => this.jobTaken(row, before),
    );
    this.reservations = new Reservations(store, clock, this.ids, (device) => {
      this.events.emit('reservation', { device });
      this.scheduler.unblock(device);
      this.queueChanged();
    });
    this.sweeps = new Sweeps({
      book: this.book,
      store,
      clock,
      ids: this.ids,
      log,
      act: (point, action) => this.act(point, action),
      setAlarm: this.setAlarm,
      isClosed: () => this.closed.signal.aborted,
      changed: () => {
        this.queueChanged();
        this.scheduler.pump();
      },
      ahead: () => (this.node === null ? 0 : placeOf(this.node.id)),
    });
    this.scheduler = new Scheduler({
      clock,
      contenders: () => this.contenders(),
      queued: (device) => this.queuedJobs(device),
      prepare: (row) => this.prepareStored(row),
      refuse: (row, error) => this.refuse(row, error),
      obstacle: (device) => this.obstacle(device),
      bar: (row) => this.reservations.bar(row),
      yields: (device, running, next) => this.yields(running, next),
      putAside: async (job) => (await this.conductors.get(job)?.putAside()) ?? false,
      takeUp: async (job) => this.conductors.get(job)?.takeUp(),
      conduct: (row, prepared, free) => this.conduct(row, prepared, free),
      changed: () => this.queueChanged(),
    });
    this.alarm = new WaitingAlarm({
      book: this.book,
      scheduler: this.scheduler,
      reservations: this.reservations,
      sweeps: this.sweeps,
      clock,
      setAlarm: this.setAlarm,
      log,
    });
    this.intake = new Intake({
      book: this.book,
      store,
      clock,
      ids: this.ids,
      kinds,
      mostQueued,
      requireDevice: (id) => this.requireDevice(id),
      requireOpen: () => this.requireOpen(),
      prepare: (kind, body) => this.prepare(kind, body),
      program: (hash) => this.program(hash),
      drawSeed: options.drawSeed ?? defaultSeed,
      requireOwnReservation: (id, device, who) => this.reservations.requireOwn(id, device, who),
      onPrepared: (job, prepared) => this.scheduler.keepPrepared(job, prepared),
    });
  }

  /**
   * Opens the store, takes up what an earlier process left, and begins to dispatch unless told to wait.
   *
   * @throws RelaxdError `store-locked` (another process has the folder), `store-failed`, `disk-full`,
   *   `unsupported-version`
   */
  static async open(options: LabOptions): Promise<Lab> {
    const { clock, log } = options;
    const inMemory = options.folder === ':memory:';
    const folder = await dataFolder(options.folder);
    const store =
      options.node?.store ??
      options.store ??
      (await openEmbeddedStore(inMemory ? ':memory:' : join(folder, EMBEDDED_FILE), clock));
    const lab = new Lab(options, store, folder);
    try {
      if (lab.node !== null) lab.folderLock = await lockFolder(folder);
      await lab.archive.clearScratch();
      await lab.copies?.clear();
      await lab.node?.follow();
      await lab.book.load();
      await lab.reservations.load();
      await lab.learn();
      // In a lab of several nodes what is under way is somebody's, until that one's lease is over.
      if (lab.node === null) {
        await recoverJobs({
          store,
          book: lab.book,
          clock,
          log,
          recordsFolder: recordsFolder(folder),
          audit: lab.audit,
        });
      }
    } catch (error) {
      await options.node?.line?.[Symbol.asyncDispose]();
      await lab.folderLock?.[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      throw error;
    }
    lab.listenToDevices();
    lab.queueChanged();
    if (options.begin !== false) lab.begin();
    return lab;
  }

  /**
   * Begins to dispatch; for a lab that was opened with `begin: false`.
   *
   * @param address where the other nodes of the lab reach this one's service
   */
  begin(address = ''): void {
    if (this.node !== null) this.readReservationsAgain();
    this.sweeps.begin();
    this.scheduler.begin();
    void this.node?.start(address);
  }

  /** This process among the nodes of its lab; null: the lab is one process. */
  get nodes(): Pick<
    LabNode,
    'id' | 'name' | 'nodes' | 'inTouch' | 'lineUp' | 'ownerOf' | 'elsewhere' | 'claim'
  > | null {
    return this.node;
  }

  /** What runs take, from the newest that there were. */
  private async learn(): Promise<void> {
    const page = { device: null, job: null, limit: RUNS_LEARNT, cursor: null };
    const { items } = await this.store.runs(page);
    for (const run of items.toReversed()) {
      if (run.state !== 'completed' || run.endedAt === null) continue;
      const job = await this.store.job(run.job);
      if (job === null) continue;
      const seconds = (Date.parse(run.endedAt) - Date.parse(run.createdAt)) / 1000;
      this.estimates.add({ device: run.device, kind: job.kind, size: job.size, seconds });
    }
  }

  /** Adds a listener; the function that comes back removes it. Listeners are not waited for. */
  on<E extends keyof LabEvents>(event: E, listener: (value: LabEvents[E]) => void): () => void {
    return this.events.on(event, listener);
  }

  /** Names of the job kinds, and the schema of each one's body. */
  jobKinds(): readonly { readonly name: string; readonly schema: TSchema }[] {
    return this.intake.list();
  }

  // Jobs ----------------------------------------------------------------------------------------------------

  /**
   * Takes a job. Resolves once it is durable; what cannot work is refused here and not stored.
   *
   * @param options.idempotencyKey the same key with the same body answers with the same job
   * @param options.note for the audit log, written in the same commit as the job
   * @throws RelaxdError `unknown-kind`, `invalid-input`, `unknown-field`, `unknown-device`, `program-refused`
   *   and what the kind's preparation throws, `idempotency-conflict`, `queue-full`, `deadline-passed`,
   *   `service-stopping`, `store-failed`, `disk-full`
   */
  async submit(
    body: unknown,
    {
      idempotencyKey,
      who = NOBODY,
      note = null,
    }: {
      readonly idempotencyKey?: string;
      readonly who?: Who;
      readonly note?: AuditNote | null;
    } = {},
  ): Promise<Job> {
    const row = await this.intake.submit(body, idempotencyKey, { who, note });
    const job = await this.withResult(row);
    if (row.sweep !== null) this.sweeps.look(row.id);
    this.scheduler.pump();
    return job;
  }

  /** A job that does again what one did that did not come to a result; the same one however often it is asked for. */
  private async submitAgain(row: JobRow, who: Who): Promise<Job> {
    const body = await this.againBody(row);
    const again = await this.intake.submit(body, retryKey(row.id), { who, again: row });
    if (again.sweep !== null) this.sweeps.look(again.id);
    this.scheduler.pump();
    return this.withResult(again);
  }

  /** Without the times that have passed. */
  private async againBody(row: JobRow): Promise<unknown> {
    const body = (await this.sweeps.bodyOf(row)) as Record<string, unknown>;
    const { deadline: _deadline, notBefore: _notBefore, ...rest } = body;
    return { ...rest, priority: row.priority };
  }

  /** @throws RelaxdError `unknown-job` */
  async job(id: string): Promise<Job> {
    return this.withResult(await this.newest(id));
  }

  /** Another node may have changed it a moment ago. */
  private newest(id: string): Promise<JobRow> {
    return this.node === null ? this.book.find(id) : this.book.fresh(id);
  }

  /** What a job was submitted with. @throws RelaxdError `unknown-job` */
  async jobBody(id: string): Promise<unknown> {
    return this.sweeps.bodyOf(await this.book.find(id));
  }

  /** Every transition of a job, oldest first. @throws RelaxdError `unknown-job` */
  async jobHistory(id: string): Promise<readonly JobTransition[]> {
    await this.book.find(id);
    return this.store.transitions(id);
  }

  /** Newest first, without results. @throws RelaxdError `invalid-input` */
  async jobs(
    query: PageRequest & {
      readonly state?: string | readonly string[];
      readonly device?: string;
      /** Points of this sweep. */
      readonly parent?: string;
      /** Points of sweeps, too. */
      readonly all?: boolean;
    } = {},
  ): Promise<Page<JobItem>> {
    const { device = null } = query;
    const states = [query.state ?? []].flat() as JobState[];
    const unknown = states.find((state) => !JOB_STATES.includes(state));
    if (unknown !== undefined) {
      throw new RelaxdError('invalid-input', `there is no job state '${unknown}'`, {
        path: 'state',
        value: unknown,
        limit: JOB_STATES,
      });
    }
    const page = await this.store.jobs({
      states,
      device,
      ...(query.all === true ? {} : { parent: query.parent ?? null }),
      ...pageQuery(query),
    });
    return { items: page.items.map(jobItem), next: page.next };
  }

  /**
   * An operator's action. Resolves once it is durable: for a run under way that is when it has been asked for,
   * and the job's state tells when it is done. Cancel and abort after the end answer with the end.
   *
   * @param args.priority for `reprioritise`
   * @param args.revision the revision that the caller saw
   * @param args.note for the audit log, written in the same commit as the change
   * @throws RelaxdError `illegal-transition`, `unknown-job`, `revision-conflict`, `not-supported`, `invalid-input`
   */
  async act(
    id: string,
    action: JobAction,
    args: {
      readonly priority?: number;
      readonly revision?: number;
      readonly who?: Who;
      readonly note?: AuditNote | null;
    } = {},
  ): Promise<Job> {
    await this.requireOwnAction(id, action);
    const patch = action === 'reprioritise' ? { priority: priorityOf(args.priority) } : undefined;
    if (action === 'pause') await this.requirePause(id);
    const { row, effects } = await this.book.change(
      id,
      { type: action },
      {
        ...(patch === undefined ? {} : { patch }),
        ...(args.revision === undefined ? {} : { ifRevision: args.revision }),
        ...(args.note == null ? {} : { together: { notes: [args.note] } }),
      },
    );
    for (const effect of effects) {
      if (effect === 'submit-again') return this.submitAgain(row, args.who ?? NOBODY);
      if (effect === 'reorder') this.scheduler.pump();
      else if (effect === 'tell-points') this.sweeps.look(id);
      else void this.conductors.get(id)?.perform(effect);
    }
    return this.withResult(row);
  }

  /** @throws RelaxdError `not-supported` for what a point has from its sweep */
  private async requireOwnAction(id: string, action: JobAction): Promise<void> {
    const { parent } = await this.book.find(id);
    if (parent === null || action !== 'reprioritise') return;
    throw new RelaxdError('not-supported', `a point goes with its sweep's priority`, {
      value: action,
      hint: `reprioritise ${parent}`,
    });
  }

  private async requirePause(id: string): Promise<void> {
    const row = await this.book.find(id);
    if (row.sweep !== null) return;
    nextJob(row, { type: 'pause' });
    const { shots } = await this.describe(row.device);
    if (shots.pauseAtShot) return;
    throw new RelaxdError('not-supported', `${row.device} cannot pause between shots`, {
      value: 'pause',
      device: row.device,
    });
  }

  /**
   * Waits until a job has a later revision than the one given, has ended, the time is over, or the signal fires;
   * answers with the job as it then stands.
   *
   * @throws RelaxdError `unknown-job`
   */
  async waitJob(
    id: string,
    revision: number,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Job> {
    const later = (row: { revision: number; state: JobState }): boolean =>
      row.revision > revision || isTerminal(row.state);
    const row = await this.book.find(id);
    const giveUp = [this.closed.signal, ...(signal === undefined ? [] : [signal])];
    if (!later(row) && !giveUp.some(({ aborted }) => aborted)) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          stopListening();
          callOff();
          for (const given of giveUp) given.removeEventListener('abort', done);
          resolve();
        };
        const heard = (job: JobItem): void => {
          if (job.id === id && later(job)) done();
        };
        const removers = [this.on('job', heard), this.on('point', heard)];
        const stopListening = (): void => removers.forEach((remove) => remove());
        const callOff = this.setAlarm(timeoutMs, done);
        for (const given of giveUp) given.addEventListener('abort', done, { once: true });
        // It may have changed while it was being found.
        const now = this.book.get(id);
        if (now === undefined || later(now)) done();
      });
    }
    return this.job(id);
  }

  /** Waits until a job has ended. @throws RelaxdError `unknown-job`, `aborted`, `service-stopping` */
  async jobEnd(id: string, signal?: AbortSignal): Promise<Job> {
    for (let job = await this.job(id); ;) {
      if (isTerminal(job.state)) return job;
      if (signal?.aborted) throw new RelaxdError('aborted', 'the wait was aborted', { job: id });
      this.requireOpen();
      job = await this.waitJob(id, job.revision, 60_000, signal);
    }
  }

  private async withResult(row: JobRow): Promise<Job> {
    if (row.sweep !== null) {
      const range = { from: 0, limit: ROWS_IN_RESULT };
      return publicJob(row, isTerminal(row.state) ? await this.sweeps.document(row, range) : null);
    }
    const done = isTerminal(row.state) && row.run !== null;
    return publicJob(row, done ? await this.store.result(row.run) : null);
  }

  queue(): QueueStatus {
    return queueStatus({
      revision: this.queueRevision,
      rows: [...this.book.open()],
      devices: this.options.devices.list().map((device) => device.id),
      nowMs: this.options.clock.wallMs(),
      scheduler: this.scheduler,
      estimates: this.estimates,
      job: (id) => this.book.get(id),
      points: (sweep) => this.book.points(sweep),
      counts: (sweep) => this.sweeps.countsOf(sweep),
      contenders: () => this.sweeps.contenders(),
      note: (device) => this.deviceNote(device),
    });
  }

  // Sweeps --------------------------------------------------------------------------------------------------

  /**
   * What a sweep has gathered by now, also while it is under way: rows in the order of its points.
   *
   * @param range.from the first row's point; 0 where left out
   * @param range.limit most rows, at most 1,000
   * @throws RelaxdError `unknown-job`, `invalid-input` (it is no sweep)
   */
  async sweep(
    id: string,
    range: { readonly from?: number; readonly limit?: number } = {},
  ): Promise<SweepDocument> {
    const { from = 0, limit = MOST_ROWS } = range;
    return this.sweeps.document(await this.requireSweep(id), { from, limit });
  }

  /** The whole of it as text, a row at a time. @throws RelaxdError `unknown-job`, `invalid-input` (it is no sweep) */
  async exportSweep(id: string, format: 'csv' | 'json'): Promise<AsyncIterable<string>> {
    const sweep = await this.requireSweep(id);
    return format === 'csv' ? this.sweepLines(sweep) : this.sweepJson(sweep);
  }

  private async *sweepLines(sweep: JobRow): AsyncGenerator<string, void, undefined> {
    const plan = await this.sweeps.planOf(sweep);
    let head = true;
    for (let from = 0; from < plan.points; from += MOST_ROWS) {
      const { rows } = await this.sweeps.document(sweep, { from, limit: MOST_ROWS });
      const lines = [...sweepCsv(plan, rows)];
      yield (head ? lines : lines.slice(1)).join('');
      head = false;
    }
  }

  private async *sweepJson(sweep: JobRow): AsyncGenerator<string, void, undefined> {
    const { rows, next, ...rest } = await this.sweeps.document(sweep, {
      from: 0,
      limit: MOST_ROWS,
    });
    yield `${JSON.stringify({ ...rest, next: null }).slice(0, -1)},"rows":[`;
    yield rows.map((row) => JSON.stringify(row)).join(',');
    for (let from = next; from !== null;) {
      const page = await this.sweeps.document(sweep, { from, limit: MOST_ROWS });
      yield `,${page.rows.map((row) => JSON.stringify(row)).join(',')}`;
      from = page.next;
    }
    yield ']}\n';
  }

  private async requireSweep(id: string): Promise<JobRow> {
    const row = await this.newest(id);
    if (row.sweep !== null) return row;
    throw new RelaxdError('invalid-input', `job ${id} is no sweep but a ${row.kind} job`, {
      value: row.kind,
      limit: 'sweep',
      hint: 'relaxd job, or GET /v1/jobs/{id}, has its result',
    });
  }

  // Reservations and locks ----------------------------------------------------------------------------------

  /**
   * Keeps a device for one holder's jobs for a time.
   *
   * @throws RelaxdError `unknown-device`, `invalid-input`, `reservation-conflict` naming holder, note and until when
   */
  async reserve(request: ReservationRequest, who: Who = NOBODY): Promise<ReservationView> {
    void this.options.devices.get(request.device);
    return this.reservations.reserve(request, who);
  }

  /** @throws RelaxdError `unknown-reservation`, `invalid-input`, `reservation-conflict`, `illegal-transition` */
  extendReservation(id: string, until: string, who: Who = NOBODY): Promise<ReservationView> {
    return this.reservations.extend(id, until, who);
  }

  /** Ends a reservation now. @throws RelaxdError `unknown-reservation`, `illegal-transition` */
  releaseReservation(id: string, who: Who = NOBODY): Promise<ReservationView> {
    return this.reservations.release(id, who);
  }

  /** @throws RelaxdError `unknown-reservation` */
  reservation(id: string): Promise<ReservationView> {
    return this.reservations.reservation(id);
  }

  /** Newest first. @throws RelaxdError `invalid-input` */
  listReservations(
    query: PageRequest & { readonly device?: string } = {},
  ): Promise<Page<ReservationView>> {
    return this.reservations.list(query);
  }

  /** Whose time it is on a device; null: everybody's. */
  activeReservation(device: string): Reservation | null {
    return this.reservations.active(device);
  }

  /** Keeps a device from all jobs, over restarts too, until it is unlocked. @throws RelaxdError `unknown-device`, `device-locked` */
  async lockDevice(device: string, holder: string, note: string): Promise<DeviceLock> {
    void this.options.devices.get(device);
    return this.reservations.lock(device, holder, note);
  }

  /** @throws RelaxdError `device-locked` where it is somebody else's, `illegal-transition` where there is none */
  unlockDevice(device: string, holder: string | null, force = false): Promise<void> {
    return this.reservations.unlock(device, holder, force);
  }

  lockOf(device: string): DeviceLock | null {
    return this.reservations.lockOf(device);
  }

  /** @throws RelaxdError `device-locked` with who, why and since when, unless it is locked by who asks */
  requireUnlocked(device: string, who: string | null, action: string): void {
    this.reservations.requireUnlocked(device, who, action);
  }

  /** Why a device is not everybody's now; null: it is. */
  private deviceNote(device: string): string | null {
    const active = this.reservations.active(device);
    return this.reservations.obstacle(device) ?? (active === null ? null : reservedFor(active));
  }

  // Runs ----------------------------------------------------------------------------------------------------

  /** @throws RelaxdError `unknown-run` */
  run(id: string): Promise<Run> {
    return this.archive.run(id);
  }

  /** Newest first, without results. @throws RelaxdError `invalid-input` */
  runs(
    query: PageRequest & { readonly device?: string; readonly job?: string } = {},
  ): Promise<Page<RunRow>> {
    return this.archive.runs(query);
  }

  /** The run's documents, oldest first; the start document with the whole program in it. @throws `unknown-run` */
  runDocuments(id: string): Promise<readonly RunDocument[]> {
    return this.archive.documents(id);
  }

  /**
   * Samples of a run from its record, also while it is under way: at most `rows` rows (10,000), the first not
   * before `fromRow`. Rows that are missing (gaps) are not there.
   *
   * @throws RelaxdError `unknown-run`, `record-damaged`, `invalid-input`
   */
  samples(
    runId: string,
    range: { readonly fromRow?: number; readonly rows?: number } = {},
  ): Promise<SamplePage> {
    return this.archive.samples(runId, range);
  }

  /**
   * In what two runs differ: what they were made with, each number of their results, their samples.
   *
   * @throws RelaxdError `unknown-run`, `record-damaged`
   */
  async compareRuns(a: string, b: string): Promise<RunComparison> {
    const whole = async (id: string): Promise<RunWhole> => ({
      run: await this.run(id),
      documents: await this.runDocuments(id),
      samples: (fromRow, rows) => this.samples(id, { fromRow, rows }),
    });
    const [one, two] = await Promise.all([whole(a), whole(b)]);
    return compareRuns(one, two);
  }

  /** Path of a run's record; it is there once the run has been armed. @throws RelaxdError `unknown-run` */
  recordPath(runId: string): Promise<string> {
    return this.archive.recordPath(runId);
  }

  /**
   * A run's record in another format, as a stream of bytes.
   *
   * @throws RelaxdError `unknown-run`, `record-damaged`, `disk-full`, `too-large`, `not-found` (there is no record)
   */
  exportRun(runId: string, format: ExportFormat): Promise<NodeJS.ReadableStream> {
    return this.archive.export(runId, format);
  }

  /** A run under way with what its record holds by now. */
  private async live(row: RunRow): Promise<RunRow> {
    const current = this.conductors.get(row.job)?.current() ?? null;
    if (current !== null && current.id === row.id) return current;
    return this.node === null || row.record !== 'open' ? row : this.liveElsewhere(row);
  }

  private async liveElsewhere(row: RunRow): Promise<RunRow> {
    const sealed = await this.options.node!.store.sealed(row.id);
    const here = this.copies!.has(row.id);
    return withSealed(row, {
      rows: Math.max(sealed.rows, here.rows),
      shots: Math.max(sealed.shots, here.shots),
    });
  }

  /** null: the record's own file is here, and grows. */
  private copyOf(row: RunRow): Promise<string> | null {
    const here = this.conductors.get(row.job)?.current()?.id === row.id;
    if (here || this.copies === null) return null;
    const live = row.record === 'open';
    if (live) this.node!.line?.watch(row.id, (part) => void this.gotPart(row, part));
    return this.copies.path(row.id, live);
  }

  /** A record that is watched here has grown on its node. */
  private async gotPart(row: RunRow, part: LivePart): Promise<void> {
    try {
      if (!(await this.copies!.add(row.id, part))) return;
    } catch (error) {
      // A full disk, for one: the blocks in the store are still there.
      const { code, message } = asRelaxdError(error);
      this.options.log('warn', `run ${row.id} cannot be followed: ${message}`, { code });
      return;
    }
    this.events.emit('run', withSealed(row, this.copies!.has(row.id)));
  }

  // Memory sets and programs --------------------------------------------------------------------------------

  /** Keeps a memory set, which the caller has checked; its id is its content's hash. */
  saveMemorySet(document: unknown): Promise<StoredSummary> {
    return this.library.saveMemorySet(document);
  }

  /** null: there is none of that id. */
  memorySet(id: string): Promise<StoredDocument | null> {
    return this.library.memorySet(id);
  }

  memorySets(request: PageRequest = {}): Promise<Page<StoredSummary>> {
    return this.library.list('memory-sets', request);
  }

  /** Keeps a program; its id is its hash. */
  saveProgram(program: Program): Promise<StoredSummary> {
    return this.library.saveProgram(program);
  }

  /** null: there is none of that hash. */
  program(hash: string): Promise<Program | null> {
    return this.library.program(hash);
  }

  programs(request: PageRequest = {}): Promise<Page<StoredSummary>> {
    return this.library.list('programs', request);
  }

  // The way to the device -----------------------------------------------------------------------------------

  private async prepare(kind: JobKind, body: unknown): Promise<PreparedRun> {
    const { devices } = this.options;
    const prepared = await kind.prepare(body, {
      descriptor: (id) => this.describe(id),
      memorySet: async (id) => (await this.memorySet(id))?.document ?? null,
      program: (hash) => this.program(hash),
    });
    const { device: asked } = body as { device: string };
    if (prepared.device !== asked) {
      throw new RelaxdError(
        'internal',
        `job kind '${kind.name}' prepared a run for ${prepared.device}, asked for was ${asked}`,
      );
    }
    // The node that has the device looks at the program before the run.
    if (this.isElsewhere(asked)) return prepared;
    const violations = await devices.get(asked).validate(prepared.program);
    throwViolations('program-refused', `program on ${asked}`, violations);
    return prepared;
  }

  /** Jobs that this node may try to take. */
  private *contenders(): Generator<Contender, void, undefined> {
    for (const contender of this.sweeps.contenders()) {
      if (this.node === null || this.mayTake(contender.row)) yield contender;
    }
  }

  private *queuedJobs(device: string | null): Generator<JobRow, void, undefined> {
    for (const row of this.book.all()) {
      if (row.state === 'queued' && (device === null || row.device === device)) yield row;
    }
  }

  /** Whether a run is to be put aside, or to stay so: for a reservation, or for a job of a kind that may ask for that. */
  private yields(running: string, next: JobRow | null): boolean {
    const row = this.book.get(running);
    if (row === undefined) return false;
    if (this.reservations.yields(row)) return true;
    return next !== null && this.mayPreempt(next) && !this.mayPreempt(row);
  }

  private mayPreempt({ kind }: JobRow): boolean {
    return this.options.kinds.some(({ name, mayPreempt }) => name === kind && mayPreempt === true);
  }

  private async prepareStored(row: JobRow): Promise<PreparedRun> {
    const kind = this.intake.kind(row.kind);
    const absent = this.absence(row.device);
    if (absent !== null) {
      // Jobs outlive a start at which their device was not there.
      throw new RelaxdError('device-offline', absent, { device: row.device });
    }
    return this.prepare(kind, await this.sweeps.bodyOf(row));
  }

  private async refuse(row: JobRow, error: RelaxdError): Promise<void> {
    try {
      await this.book.change(row.id, { type: 'fail' }, { patch: { error: failureOf(error) } });
    } catch (failure) {
      const known = asRelaxdError(failure);
      if (known.code === 'illegal-transition') return; // cancelled or expired meanwhile
      this.scheduler.block(row.id, error);
      this.options.log('error', `job ${row.id} cannot be failed: ${known.message}`, {
        code: known.code,
      });
    }
  }

  /** Why there is no device of an id; null: there is. */
  private absence(id: string): string | null {
    try {
      this.options.devices.get(id);
      return null;
    } catch (error) {
      return asRelaxdError(error).message;
    }
  }

  private obstacle(id: string): string | null {
    const elsewhere = this.isElsewhere(id) ? this.node!.ownerOf(id)! : null;
    if (elsewhere !== null) {
      const { link, node } = elsewhere;
      return link === 'online' ? null : `${id} at ${node.name} is ${link}`;
    }
    const absent = this.absence(id) ?? this.reservations.obstacle(id);
    if (absent !== null) return absent;
    const device = this.options.devices.get(id);
    if (device.link !== 'online') return `${id} is ${device.link}`;
    if (device.equipment === 'standby') return null;
    return `${id} is in state ${device.equipment}${device.reason === null ? '' : `: ${device.reason}`}`;
  }

  private async conduct(row: JobRow, prepared: PreparedRun, free: () => void): Promise<void> {
    const { clock, devices } = this.options;
    const device = devices.get(row.device);
    const ports = this.conductorPorts(row);
    if (ports === null) return; // no lease now: another node does it, or this one when it has one
    const beganMs = clock.monotonicMs();
    const conductor = new RunConductor(row, device, prepared, ports, () => {
      // Only whole runs say how long runs take.
      if (this.book.get(row.id)?.progress.fraction === 1) {
        const seconds = (clock.monotonicMs() - beganMs) / 1000;
        const size = programSize(prepared.program);
        this.estimates.add({ device: row.device, kind: row.kind, size, seconds });
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
    const { clock, log, threads = null, version, drawSeed = defaultSeed, node } = this.options;
    const claim = this.node === null ? null : this.node.claim;
    if (this.node !== null && claim === null) return null;
    const fence = claim === null ? null : { job: row.id, token: claim.token };
    return {
      book: this.book.under(claim),
      clock,
      ids: this.ids,
      log,
      recordsFolder: recordsFolder(this.folder),
      threads,
      version,
      drawSeed,
      keepProgram: async (program) => (await this.saveProgram(program)).id,
      commit: (commit) => this.store.commit(fence === null ? commit : { ...commit, fence }),
      seal: (run, signal) =>
        fence === null
          ? null
          : new SealedRecord(
              run,
              {
                store: node!.store,
                fence,
                clock,
                wait: (delayMs) => this.wait(delayMs),
                live: (part) => node!.line?.send(run, part),
              },
              signal,
            ),
      wait: (delayMs) => this.wait(delayMs),
      onRun: (run) => this.events.emit('run', run),
      onSamples: ({ id, device }, chunk) =>
        this.events.emit('run-samples', { run: id, device, firstRow: chunk.firstRow, chunk }),
      onGap: ({ id, device }, gap) => this.events.emit('run-gap', { run: id, device, gap }),
      onRequeued: (job, error) => this.scheduler.block(job, error),
    };
  }

  // Several nodes -------------------------------------------------------------------------------------------

  private nodePorts(): ConstructorParameters<typeof LabNode>[1] {
    const { clock, log, devices } = this.options;
    return {
      clock,
      log,
      setAlarm: this.setAlarm,
      devices: () => devices.list(),
      adopt: (row) => this.book.adopt(row),
      runChanged: (run, sealed) => this.runChanged(run, sealed),
      takeOver: (row) => this.takeOver(row),
      leaseLost: (_token, error) => {
        for (const conductor of this.conductors.values()) conductor.end(error);
      },
      abandoned: (token) =>
        [...this.book.all()].filter(
          (row) => row.claim?.token === token && !this.conductors.has(row.id),
        ),
      lineUp: () => void this.dealer?.offerAgain(),
      nodesChanged: () => {
        this.readReservations();
        this.scheduler.unblock(null);
        this.queueChanged();
      },
    };
  }

  /** Another node may have reserved or locked a device. */
  private readReservations(): void {
    this.reservations.load().catch((error: unknown) => {
      const { message, code } = asRelaxdError(error);
      this.options.log('warn', `reservations cannot be read: ${message}`, { code });
    });
  }

  private readReservationsAgain(): void {
    if (this.closed.signal.aborted) return;
    this.readReservations();
    this.callOffReading = this.setAlarm(RESERVATIONS_AGAIN_MS, () => this.readReservationsAgain());
  }

  private makeDealer(line: NodeLine): JobDealer {
    const { clock, devices } = this.options;
    return new JobDealer({
      line,
      waiting: () => {
        const nowMs = clock.wallMs();
        const emulators = new Set(
          devices.list().flatMap(({ id, origin }) => (origin === 'emulator' ? [id] : [])),
        );
        // Points of sweeps are not dealt: there are many, and each node begins with others.
        return [...this.book.open()].filter(
          ({ state, device, notBefore, sweep }) =>
            sweep === null &&
            state === 'queued' &&
            emulators.has(device) &&
            (notBefore === null || Date.parse(notBefore) <= nowMs),
        );
      },
      priority: (row) => effectivePriority(singleContender(row), clock.wallMs()),
      isFree: (device) => this.scheduler.leaseOf(device) === null && this.isOurs(device),
      fresh: (job) => this.book.fresh(job),
      pump: () => this.scheduler.pump(),
    });
  }

  /** This node may try to take a job that is queued. */
  private mayTake(row: JobRow): boolean {
    if (!this.isOurs(row.device)) return false;
    if (this.dealer === null || row.parent !== null || this.dealer.allows(row)) return true;
    // What is attached here no other node takes.
    return this.options.devices.get(row.device).origin !== 'emulator';
  }

  /** A run on this device is this node's business. */
  private isOurs(device: string): boolean {
    if (this.node === null) return true;
    if (this.node.claim === null) return false;
    const here = this.options.devices.list().find(({ id }) => id === device);
    return here !== undefined && this.node.has(here);
  }

  /** Another node has the device. */
  private isElsewhere(device: string): boolean {
    const owner = this.node?.ownerOf(device) ?? null;
    return owner !== null && owner.node.id !== this.node!.id;
  }

  private requireDevice(id: string): void {
    if (!this.isElsewhere(id)) this.options.devices.get(id);
  }

  private async describe(id: string): Promise<Descriptor> {
    if (!this.isElsewhere(id)) return this.options.devices.get(id).describe();
    const { descriptor, node, link } = this.node!.ownerOf(id)!;
    if (descriptor !== null) return descriptor as Descriptor;
    throw new RelaxdError('device-offline', `${id} at ${node.name} is ${link}`, {
      device: id,
      node: node.name,
    });
  }

  /** Another node has changed a job: what was asked of a run that is under way here is done. */
  private jobTaken(row: JobRow, before: JobRow | undefined): void {
    const conductor = this.conductors.get(row.id);
    if (conductor !== undefined) {
      if (row.claim?.token !== this.node!.claim?.token) {
        conductor.end(
          new RelaxdError('lease-lost', `job ${row.id} is not this node's any more`, {
            job: row.id,
          }),
        );
      } else if (row.asked !== null && row.asked !== before?.asked) {
        void conductor.perform(EFFECT_OF[row.asked]);
      }
    }
    this.scheduler.pump();
  }

  private runChanged(run: RunRow, sealed: Sealed): void {
    if (this.conductors.get(run.job)?.current()?.id === run.id) return;
    this.events.emit('run', run.record === 'open' ? withSealed(run, sealed) : run);
  }

  /** A node has gone: what it had under way is queued again or, where it was armed, has failed. */
  private async takeOver(job: JobRow): Promise<void> {
    const { clock, log, node } = this.options;
    const book = this.book.under(job.claim!);
    try {
      await this.book.adopt(job);
      if (!job.armed) {
        // Armed meanwhile: then that is found at the next beat.
        const still = { ifRevision: job.revision };
        const { row } = await book.change(job.id, { type: 'restart' }, still);
        log('warn', `job ${job.id} is ${row.state} after its node has gone`, { job: job.id });
        this.scheduler.pump();
        return;
      }
      await endInterrupted(job, {
        store: this.store,
        book,
        clock,
        log,
        audit: this.audit,
        remains: async (run) => {
          const sealed = await node!.store.sealed(run);
          return sealed.blocks === 0 ? null : { ...sealed, damage: null };
        },
        why: new RelaxdError(
          'node-lost',
          'the node that ran the job has gone; what it had recorded until then is kept',
          { job: job.id, node: job.claim!.node, hint: 'submit it again if it is wanted' },
        ),
      });
    } catch (error) {
      const known = asRelaxdError(error);
      // Another node was faster, or the node has ended the job before it was given up.
      if (['lease-lost', 'illegal-transition', 'revision-conflict'].includes(known.code)) return;
      // At the next beat again.
      log('warn', `job ${job.id} cannot be taken over yet: ${known.message}`, {
        job: job.id,
        code: known.code,
      });
    }
  }

  private async wait(delayMs: number): Promise<void> {
    const { signal } = this.closed;
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => {
        callOff();
        reject(new RelaxdError('service-stopping', 'the lab is closing'));
      };
      const callOff = this.setAlarm(delayMs, () => {
        signal.removeEventListener('abort', stop);
        resolve();
      });
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
  }

  private listenToDevices(): void {
    for (const device of this.options.devices.list()) {
      const { id } = device;
      const changed = (): void => {
        const { link, equipment, reason } = device;
        const at = isoTime(this.options.clock.wallMs());
        this.events.emit('device', { device: id, link, equipment, reason, at });
        this.scheduler.unblock(id);
      };
      this.closers.push(
        device.on('link', changed),
        device.on('equipment', changed),
        device.on('parameter', (reading) => this.events.emit('parameter', { device: id, reading })),
        device.on('fault', (fault) => this.events.emit('fault', { device: id, fault })),
      );
    }
  }

  private jobChanged(row: JobRow, own: boolean): void {
    if (isTerminal(row.state)) this.scheduler.forget(row.id);
    this.events.emit(row.parent === null ? 'job' : 'point', jobItem(row));
    this.sweeps.jobChanged(row);
    this.tellNodes(row, own);
    this.queueChanged();
  }

  private tellNodes(row: JobRow, own: boolean): void {
    this.dealer?.changed(row);
    if (!own) return;
    this.node?.tell();
    const isDealt = row.sweep === null && row.parent === null;
    if (row.state === 'queued' && isDealt) void this.dealer?.offer(row);
  }

  private queueChanged(): void {
    this.dealer?.look();
    this.queueRevision++;
    this.events.emit('queue', { revision: this.queueRevision });
    this.alarm.set();
  }

  private requireOpen(): void {
    if (!this.closed.signal.aborted) return;
    throw new RelaxdError('service-stopping', 'the lab is closing', {
      hint: 'submit again when it is back',
    });
  }

  /**
   * Ends what runs at once (those jobs become `failed` with `service-restart`, their partial records stay),
   * leaves queued jobs for the next start, and closes the store. Devices stay as they are.
   */
  async close(): Promise<void> {
    if (this.closed.signal.aborted) return;
    this.closed.abort();
    this.alarm.close();
    this.callOffReading();
    for (const close of this.closers) close();
    for (const conductor of this.conductors.values()) {
      conductor.end(
        new RelaxdError('service-restart', 'the service was stopped while the run was under way', {
          hint: 'submit it again if it is wanted',
        }),
      );
    }
    await this.scheduler.close();
    await this.sweeps.close();
    await this.node?.close();
    await this.archive[Symbol.asyncDispose]();
    await this.store[Symbol.asyncDispose]();
    await this.folderLock?.[Symbol.asyncDispose]();
    if (this.options.folder === ':memory:') {
      await rm(this.folder, { recursive: true, force: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** What is done where another node has asked for something. */
const EFFECT_OF: Readonly<Record<Exclude<Asked, null>, JobEffect>> = {
  pause: 'pause-device',
  resume: 'resume-device',
  cancel: 'stop-device',
  abort: 'abort-device',
};

/** Nodes begin with other points of a sweep each: 0, 4, … 60 further on. */
const placeOf = (node: string): number =>
  4 * ([...node].reduce((sum, letter) => (31 * sum + letter.charCodeAt(0)) >>> 0, 7) % 16);

const withSealed = (row: RunRow, { rows, shots }: Pick<Sealed, 'rows' | 'shots'>): RunRow => ({
  ...row,
  rows,
  shots,
});

/** The folder for records; for a lab in memory one that goes away with it. */
async function dataFolder(folder: string): Promise<string> {
  try {
    if (folder === ':memory:') return await mkdtemp(join(tmpdir(), 'relaxd-'));
    await mkdir(folder, { recursive: true });
    return folder;
  } catch (error) {
    throw new RelaxdError(
      'store-failed',
      `the data folder ${folder} cannot be made: ${(error as Error).message}`,
      { path: folder, hint: 'choose another with --data' },
      error,
    );
  }
}

/** 48 bits: the most that node:crypto draws evenly, and exact in JSON. */
const defaultSeed = (): number => randomInt(2 ** 48 - 1);

function priorityOf(priority: number | undefined): number {
  if (priority !== undefined && Number.isInteger(priority) && Math.abs(priority) <= 1000) {
    return priority;
  }
  throw new RelaxdError('invalid-input', 'reprioritise needs a priority from -1000 to 1000', {
    path: 'priority',
    value: priority,
    limit: [-1000, 1000],
  });
}

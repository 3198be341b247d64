import { randomBytes, randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  asRelaxdError,
  IdSource,
  isoTime,
  RelaxdError,
  systemTimeline,
  type Timeline,
} from '../core/index.js';
import { alarmsOf, type Alarm } from './alarm.js';
import { AuditLog, KeyBook } from '../access/index.js';
import { writeBackup } from './backup.js';
import { Calibrations } from './calibrations.js';
import { DEFAULT_DISK_LIMITS, type DiskStanding } from './disk-watch.js';
import { tellOfDevices } from './device-news.js';
import { DevicePlaces } from './device-places.js';
import { exportSweep, MOST_ROWS } from './export-sweep.js';
import { letRunsEnd } from './drain.js';
import { EMBEDDED_FILE } from './embedded-file.js';
import { Intake } from './intake.js';
import { JobDealer } from './job-dealer.js';
import { JobDesk, type ActOptions, type JobListRequest, type SubmitOptions } from './job-desk.js';
import { failureOf, JobBook, jobItem } from './job-book.js';
import type { Job, JobItem, JobRow, JobTransition, Page } from './job.js';
import type { LabEvents, QueueStatus } from './lab-events.js';
import { LabDisk } from './lab-disk.js';
import type { LabOptions } from './lab-options.js';
import { LabNode, type NodeOptions, type NodeView } from './lab-node.js';
import { Library } from './library.js';
import { Listeners } from './listeners.js';
import { isTerminal, type JobAction } from './next-job.js';
import { dataFolder, IN_MEMORY, lockFolder, openEmbeddedStore } from './open-store.js';
import { Pulse } from './pulse.js';
import { Records } from './records.js';
import { Preparation } from './preparation.js';
import type { Contender } from './queue-order.js';
import { queueStatus } from './queue-status.js';
import { recoverJobs } from './recover-jobs.js';
import { Reservations } from './reservations.js';
import { learnEstimates } from './learn-estimates.js';
import { KEEP_EVERYTHING } from './retention-rule.js';
import type { Retention } from './retention.js';
import { RunEstimates } from './run-estimates.js';
import { recordsFolder, type RunArchive } from './run-archive.js';
import { RunsUnderWay } from './runs-under-way.js';
import { Scheduler } from './scheduler.js';
import { SCHEMA_VERSION } from './sql-migrations.js';
import type { Store } from './store.js';
import type { SweepDocument } from './sweep-document.js';
import { Sweeps } from './sweeps.js';
import { takeOver } from './take-over.js';
import { WaitingAlarm } from './waiting-alarm.js';

/** Whoever is refused while the service is being stopped may come again after so long, s. */
const RETRY_AFTER_S = 5;
const MOST_QUEUED = 10_000;
/** In a lab of several nodes, what others have reserved or locked is known after so long. */
const RESERVATIONS_AGAIN_MS = 2000;

/** Jobs, the queue, runs and their records: everything between a submission and its result. */
export class Lab implements AsyncDisposable {
  readonly keys: KeyBook;
  readonly audit: AuditLog;
  private readonly events: Listeners<LabEvents>;
  private readonly book: JobBook;
  private readonly intake: Intake;
  private readonly scheduler: Scheduler;
  private readonly alarm: WaitingAlarm;
  /** Memory sets and programs. */
  readonly library: Library;
  /** Runs that were or are, and their records. */
  readonly archive: RunArchive;
  readonly retention: Retention;
  readonly reservations: Reservations;
  readonly calibrations: Calibrations;
  private readonly records: Records;
  private readonly estimates = new RunEstimates();
  private readonly sweeps: Sweeps;
  private readonly places: DevicePlaces;
  private readonly underWay: RunsUnderWay;
  private readonly desk: JobDesk;
  /** null: this lab is one process. */
  private readonly node: LabNode | null;
  /** What others have done to devices. */
  private readonly rereading: Pulse;
  /** null: the nodes find out by looking which job is next, or there is only this one. */
  private readonly dealer: JobDealer | null;
  private closers: (() => void)[] = [];
  private readonly closed = new AbortController();
  private readonly setAlarm: Timeline['after'];
  /** A node's store does not lie in its folder, and does not keep it to itself. */
  private folderLock: AsyncDisposable | null = null;
  private readonly labDisk: LabDisk;
  private drainedBy: string | null = null;
  private queueRevision = 0;

  private constructor(
    private readonly options: LabOptions,
    private readonly store: Store,
    private readonly folder: string,
  ) {
    const { clock, log, devices, kinds, node } = options;
    const { mostQueued = MOST_QUEUED, drawSeed = defaultSeed } = options;
    const closing = this.closed.signal;
    const setAlarm: Timeline['after'] =
      options.setAlarm ?? ((delayMs, ring) => systemTimeline.after(delayMs, ring));
    const ids = options.ids ?? new IdSource(clock);
    /** What most parts ask for. */
    const means = { store, clock, ids, log, setAlarm, closing };
    this.setAlarm = setAlarm;
    this.rereading = new Pulse(() => this.readReservations(), RESERVATIONS_AGAIN_MS, setAlarm);
    this.events = new Listeners((event, error) =>
      log('error', `a listener of '${event}' threw: ${asRelaxdError(error).message}`),
    );
    const { events, estimates } = this;
    this.labDisk = new LabDisk({
      ...means,
      folder,
      kept: options.folder !== IN_MEMORY,
      limits: options.disk ?? DEFAULT_DISK_LIMITS,
      events,
      changed: () => this.devicesChanged(null),
    });
    this.keys = new KeyBook(store.access, clock, (n) => randomBytes(n));
    this.audit = new AuditLog(store.access, clock, (error, waiting) =>
      log('error', `the audit log cannot be written: ${error.message}`, {
        code: error.code,
        waiting,
      }),
    );
    const library = (this.library = new Library(store, clock));
    const book = (this.book = new JobBook(
      store,
      clock,
      (row, own) => this.jobChanged(row, own),
      (row, before) => {
        this.underWay.changedElsewhere(row, before);
        this.scheduler.pump();
      },
    ));
    const requireDevice = (id: string): void => this.places.require(id);
    const reservations = (this.reservations = new Reservations({
      ...means,
      requireDevice,
      requireHere: (id) => void devices.get(id),
      changed: (device) => {
        events.emit('reservation', { device });
        this.devicesChanged(device);
      },
    }));
    const calibrations = (this.calibrations = new Calibrations({
      ...means,
      shared: node !== undefined,
      requireDevice,
      changed: (row) => {
        events.emit('calibration', row);
        this.devicesChanged(row.device);
      },
    }));
    this.node = node === undefined ? null : new LabNode(node, this.nodePorts(node));
    const shared = node === undefined ? null : { store: node.store, line: node.line ?? null };
    const places = (this.places = new DevicePlaces(
      devices,
      this.node,
      (device) => reservations.obstacle(device),
      () => this.labDisk.obstacle(),
    ));
    const sweeps = (this.sweeps = new Sweeps({
      ...means,
      book,
      act: (point, action) => this.act(point, action),
      isClosed: () => closing.aborted,
      changed: () => {
        this.queueChanged();
        this.scheduler.pump();
      },
      ahead: () => (this.node === null ? 0 : placeOf(this.node.id)),
    }));
    const underWay = (this.underWay = new RunsUnderWay({
      ...means,
      devices,
      book,
      library,
      calibrations,
      calibrates: (kind) => this.isOfKind(kind, 'calibrates'),
      estimates,
      events,
      node: this.node,
      shared,
      recordsFolder: recordsFolder(folder),
      disk: this.labDisk.recorder,
      threads: options.threads ?? null,
      version: options.version,
      host: node?.name ?? hostname(),
      drawSeed,
      requeued: (job, error) => this.scheduler.block(job, error),
    }));
    this.records = new Records({
      ...means,
      folder,
      shared,
      underWay,
      retention: options.retention ?? KEEP_EVERYTHING,
      audit: this.audit,
      // The node that has been here for the longest.
      mine: () => this.node === null || this.node.nodes[0]?.id === this.node.id,
      onRun: (row) => events.emit('run', row),
      onDeleted: (row) => {
        events.emit('run', row);
        this.node?.tell();
      },
    });
    this.archive = this.records.archive;
    this.retention = this.records.retention;
    const preparation = new Preparation({
      devices,
      places,
      library,
      kind: (name) => this.intake.kind(name),
      bodyOf: (row) => sweeps.bodyOf(row),
      calibration: (device) => calibrations.activeRecord(device),
    });
    const scheduler = (this.scheduler = new Scheduler({
      clock,
      contenders: () => this.contenders(),
      queued: (device) => book.queued(device),
      prepare: (row) => preparation.ofJob(row),
      refuse: (row, error) => this.refuse(row, error),
      obstacle: (device) => places.obstacle(device),
      bar: (row) =>
        reservations.bar(row) ??
        (this.isOfKind(row.kind, 'calibrates') ? null : calibrations.bar(row.device)),
      yields: (_device, running, next) => this.yields(running, next),
      putAside: (job) => underWay.putAside(job),
      takeUp: (job) => underWay.takeUp(job),
      conduct: (row, prepared, free) => underWay.conduct(row, prepared, free),
      changed: () => this.queueChanged(),
    }));
    this.dealer =
      shared === null || shared.line === null
        ? null
        : new JobDealer({ line: shared.line, clock, devices, book, places, scheduler });
    this.alarm = new WaitingAlarm({
      ...means,
      book,
      scheduler,
      reservations,
      calibrations,
      sweeps,
    });
    const intake = (this.intake = new Intake({
      ...means,
      book,
      kinds,
      mostQueued,
      requireDevice,
      requireOpen: () => this.requireOpen(),
      prepare: (kind, body) => preparation.ofBody(kind, body),
      program: (hash) => library.program(hash),
      drawSeed,
      requireOwnReservation: (id, device, who) => reservations.requireOwn(id, device, who),
      onPrepared: (job, prepared) => scheduler.keepPrepared(job, prepared),
    }));
    this.desk = new JobDesk({
      ...means,
      book,
      intake,
      sweeps,
      scheduler,
      underWay,
      places,
      events,
      shared: shared !== null,
      requireOpen: () => this.requireOpen(),
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
    const inMemory = options.folder === IN_MEMORY;
    const folder = await dataFolder(options.folder);
    const store =
      options.node?.store ??
      options.store ??
      (await openEmbeddedStore(inMemory ? IN_MEMORY : join(folder, EMBEDDED_FILE), clock, log));
    const lab = new Lab(options, store, folder);
    try {
      if (lab.node !== null) lab.folderLock = await lockFolder(folder);
      await lab.records.clear();
      await lab.node?.follow();
      await lab.book.load();
      await lab.reservations.load();
      await lab.calibrations.load();
      await learnEstimates(lab.estimates, store);
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
    void lab.records.removeGone();
    lab.closers = tellOfDevices(options.devices, lab.events, clock, (device) =>
      lab.scheduler.unblock(device),
    );
    await lab.labDisk.begin();
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
    if (this.node !== null) void this.rereading.now();
    this.sweeps.begin();
    this.scheduler.begin();
    void this.node?.start(address);
    this.retention.begin();
  }

  /** This process among the nodes of its lab; null: the lab is one process. */
  get nodes(): NodeView | null {
    return this.node;
  }

  /** Adds a listener; the function that comes back removes it. Listeners are not waited for. */
  on<E extends keyof LabEvents>(event: E, listener: (value: LabEvents[E]) => void): () => void {
    return this.events.on(event, listener);
  }

  // Jobs ----------------------------------------------------------------------------------------------------

  /**
   * Takes a job. Resolves once it is durable; what cannot work is refused here and not stored.
   *
   * @throws RelaxdError `unknown-kind`, `invalid-input`, `unknown-field`, `unknown-device`, `program-refused`
   *   and what the kind's preparation throws, `idempotency-conflict`, `queue-full`, `deadline-passed`,
   *   `service-stopping`, `store-failed`, `disk-full`
   */
  submit(body: unknown, options: SubmitOptions = {}): Promise<Job> {
    return this.desk.submit(body, options);
  }

  /** @throws RelaxdError `unknown-job` */
  job(id: string): Promise<Job> {
    return this.desk.job(id);
  }

  /** What a job was submitted with. @throws RelaxdError `unknown-job` */
  jobBody(id: string): Promise<unknown> {
    return this.desk.body(id);
  }

  /** Every transition of a job, oldest first. @throws RelaxdError `unknown-job` */
  jobHistory(id: string): Promise<readonly JobTransition[]> {
    return this.desk.history(id);
  }

  /** Newest first, without results. @throws RelaxdError `invalid-input` */
  jobs(request: JobListRequest = {}): Promise<Page<JobItem>> {
    return this.desk.list(request);
  }

  /**
   * An operator's action. Resolves once it is durable: for a run under way that is when it has been asked for,
   * and the job's state tells when it is done. Cancel and abort after the end answer with the end.
   *
   * @throws RelaxdError `illegal-transition`, `unknown-job`, `revision-conflict`, `not-supported`, `invalid-input`
   */
  act(id: string, action: JobAction, options: ActOptions = {}): Promise<Job> {
    return this.desk.act(id, action, options);
  }

  /**
   * Waits until a job has a later revision than the one given, has ended, the time is over, or the signal fires;
   * answers with the job as it then stands.
   *
   * @throws RelaxdError `unknown-job`
   */
  waitJob(id: string, revision: number, timeoutMs: number, signal?: AbortSignal): Promise<Job> {
    return this.desk.wait(id, revision, timeoutMs, signal);
  }

  /** Waits until a job has ended. @throws RelaxdError `unknown-job`, `aborted`, `service-stopping` */
  jobEnd(id: string, signal?: AbortSignal): Promise<Job> {
    return this.desk.end(id, signal);
  }

  queue(): QueueStatus {
    return queueStatus({
      revision: this.queueRevision,
      alarms: this.alarms,
      draining: this.drainedBy !== null,
      rows: [...this.book.open()],
      devices: this.options.devices.list().map((device) => device.id),
      nowMs: this.options.clock.wallMs(),
      scheduler: this.scheduler,
      estimates: this.estimates,
      job: (id) => this.book.get(id),
      points: (sweep) => this.book.points(sweep),
      counts: (sweep) => this.sweeps.countsOf(sweep),
      contenders: () => this.sweeps.contenders(),
      note: (device) => this.reservations.noteOf(device) ?? this.calibrations.bar(device),
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
    return this.sweeps.document(await this.desk.requireSweep(id), { from, limit });
  }

  /** The whole of it as text, a row at a time. @throws RelaxdError `unknown-job`, `invalid-input` (it is no sweep) */
  async exportSweep(id: string, format: 'csv' | 'json'): Promise<AsyncIterable<string>> {
    const sweep = await this.desk.requireSweep(id);
    const plan = await this.sweeps.planOf(sweep);
    return exportSweep(format, plan, (range) => this.sweeps.document(sweep, range));
  }

  // The way to the device -----------------------------------------------------------------------------------

  /** Jobs that this node may try to take. */
  private *contenders(): Generator<Contender, void, undefined> {
    for (const contender of this.sweeps.contenders()) {
      const { row } = contender;
      if (this.places.isOurs(row.device) && (this.dealer?.allows(row) ?? true)) yield contender;
    }
  }

  /** Whether a run is to be put aside, or to stay so: for a reservation, or for a job of a kind that may ask for that. */
  private yields(running: string, next: JobRow | null): boolean {
    const row = this.book.get(running);
    if (row === undefined) return false;
    if (this.reservations.yields(row)) return true;
    const goesFirst = ({ kind }: JobRow): boolean => this.isOfKind(kind, 'mayPreempt');
    return next !== null && goesFirst(next) && !goesFirst(row);
  }

  private isOfKind(kind: string, which: 'calibrates' | 'mayPreempt'): boolean {
    return this.options.kinds.some((one) => one.name === kind && one[which] === true);
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

  // Several nodes -------------------------------------------------------------------------------------------

  private nodePorts({ store }: NodeOptions): ConstructorParameters<typeof LabNode>[1] {
    const { clock, log, devices } = this.options;
    return {
      clock,
      log,
      setAlarm: this.setAlarm,
      devices: () => devices.list(),
      adopt: (row) => this.book.adopt(row),
      runChanged: (run, sealed) => this.records.growing.changedElsewhere(run, sealed),
      takeOver: async (row) => {
        await takeOver(row, { store, book: this.book, clock, log, audit: this.audit });
        this.scheduler.pump();
      },
      leaseLost: (error) => this.underWay.endAll(error),
      abandoned: (token) =>
        [...this.book.all()].filter(
          ({ id, claim }) => claim?.token === token && !this.underWay.has(id),
        ),
      lineUp: () => void this.dealer?.offerAgain(),
      nodesChanged: () => {
        void this.rereading.now();
        this.devicesChanged(null);
      },
    };
  }

  /** Another node may have reserved, locked or calibrated a device. Never rejects. */
  private async readReservations(): Promise<void> {
    try {
      await Promise.all([this.reservations.load(), this.calibrations.load()]);
    } catch (error) {
      const { message, code } = asRelaxdError(error);
      this.options.log('warn', `reservations and calibrations cannot be read: ${message}`, {
        code,
      });
    }
  }

  private jobChanged(row: JobRow, own: boolean): void {
    if (isTerminal(row.state)) this.scheduler.forget(row.id);
    this.events.emit(row.parent === null ? 'job' : 'point', jobItem(row));
    this.sweeps.jobChanged(row);
    this.dealer?.changed(row, own);
    if (own) this.node?.tell();
    this.queueChanged();
  }

  /** What kept jobs from a device may not do so any more; null: from any. */
  private devicesChanged(device: string | null): void {
    this.scheduler.unblock(device);
    this.queueChanged();
  }

  private queueChanged(): void {
    this.dealer?.look();
    this.queueRevision++;
    this.events.emit('queue', { revision: this.queueRevision });
    this.alarm.set();
  }

  private requireOpen(): void {
    if (!this.closed.signal.aborted && this.drainedBy === null) {
      this.labDisk.requireRoom();
      return;
    }
    throw new RelaxdError('service-stopping', 'the service is being stopped and takes no jobs', {
      ...(this.drainedBy === null ? {} : { until: this.drainedBy }),
      retryAfterS: RETRY_AFTER_S,
      hint:
        this.node === null
          ? 'submit again when it is back'
          : 'submit through another node, or again when it is back',
    });
  }

  // Operations ----------------------------------------------------------------------------------------------

  /**
   * Writes a backup of everything that the lab must not lose, as it is at one moment, while it goes on (docs/formats/backup.md).
   *
   * @param write resolves once it can take more
   * @throws RelaxdError `store-failed`, `disk-full`, `service-stopping`
   */
  async backup(write: (piece: Uint8Array) => Promise<void>): Promise<void> {
    this.requireOpen();
    const { clock, version } = this.options;
    const source = this.store;
    const schema = SCHEMA_VERSION;
    await this.labDisk.requireRoomForCopy();
    await writeBackup({ source, schema, folder: this.folder, clock, version }, write);
  }

  /** What a person has to see to now, the worst first. */
  get alarms(): readonly Alarm[] {
    return alarmsOf({ disk: this.disk, auditWaiting: this.audit.backlog, node: this.node });
  }

  /** How the disk of the data folder stands; null: nothing is kept on one. */
  get disk(): DiskStanding | null {
    return this.labDisk.standing;
  }

  /** True while the lab takes no jobs and begins no runs, because it is about to be closed. */
  get draining(): boolean {
    return this.drainedBy !== null;
  }

  /** Runs that are under way here, with the jobs and devices that they are of. */
  get runsUnderWay(): ReturnType<RunsUnderWay['list']> {
    return this.underWay.list();
  }

  /** How many jobs are open, by state; points of sweeps among them. */
  openJobs(): ReadonlyMap<string, number> {
    return this.book.countByState();
  }

  /** The run and device that an open job is of, for whoever writes about it. */
  whereabouts(job: string): { readonly run: string | null; readonly device: string } | null {
    const row = this.book.get(job);
    return row === undefined ? null : { run: row.run, device: row.device };
  }

  /**
   * Takes and begins nothing more, and waits until the runs under way have ended, at most so long (`drain.ts`).
   *
   * @param signal waits no longer
   */
  async drain(
    timeoutMs: number,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<void> {
    if (this.draining || this.closed.signal.aborted) return;
    const { clock, log } = this.options;
    this.drainedBy = isoTime(clock.wallMs() + timeoutMs);
    this.scheduler.drain();
    this.queueChanged();
    await this.dealer?.close();
    const { underWay, setAlarm } = this;
    const pause = (job: string): Promise<unknown> => this.act(job, 'pause');
    await letRunsEnd({ underWay, clock, setAlarm, log, pause }, timeoutMs, signal);
  }

  /**
   * Ends what runs at once (those jobs become `failed` with `service-restart`, their partial records stay),
   * leaves queued jobs for the next start, and closes the store. Devices stay as they are.
   */
  async close(): Promise<void> {
    if (this.closed.signal.aborted) return;
    this.closed.abort();
    this.alarm.close();
    await this.labDisk.close();
    for (const close of this.closers) close();
    this.underWay.endAll(
      new RelaxdError('service-restart', 'the service was stopped while the run was under way', {
        hint: 'submit it again if it is wanted',
      }),
    );
    await this.scheduler.close();
    await this.sweeps.close();
    await this.retention.close();
    await this.rereading.close();
    await this.node?.close();
    await this.records[Symbol.asyncDispose]();
    await this.store[Symbol.asyncDispose]();
    await this.folderLock?.[Symbol.asyncDispose]();
    if (this.options.folder === IN_MEMORY) {
      await rm(this.folder, { recursive: true, force: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Nodes begin with other points of a sweep each: 0, 4, … 60 further on. */
const placeOf = (node: string): number =>
  4 * ([...node].reduce((sum, letter) => (31 * sum + letter.charCodeAt(0)) >>> 0, 7) % 16);

/** 48 bits: the most that node:crypto draws evenly, and exact in JSON. */
const defaultSeed = (): number => randomInt(2 ** 48 - 1);

import { randomBytes, randomInt } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { TSchema } from 'typebox';
import {
  asRelaxdError,
  IdSource,
  isoTime,
  RelaxdError,
  systemTimeline,
  type Clock,
  type Timeline,
} from '../core/index.js';
import { alarmsOf, type Alarm } from './alarm.js';
import { AuditLog, KeyBook, type AuditActor, type AuditNote } from '../access/index.js';
import { writeBackup } from './backup.js';
import { readCalibration, type Calibration, type Program } from '../device/index.js';
import type { CalibrationEvent, CalibrationView } from './calibration-row.js';
import {
  Calibrations,
  type ActOnCalibration,
  type CalibrationListRequest,
  type CalibrationWhole,
} from './calibrations.js';
import type { RunComparison } from './compare-runs.js';
import {
  DEFAULT_DISK_LIMITS,
  DiskWatch,
  type DiskLimits,
  type DiskStanding,
} from './disk-watch.js';
import { DevicePlaces, type DeviceSource } from './device-places.js';
import type { DriftReading } from './drift-reading.js';
import type { ExportFormat } from './export-record.js';
import { exportSweep, MOST_ROWS } from './export-sweep.js';
import { letRunsEnd } from './drain.js';
import { EMBEDDED_FILE } from './embedded-file.js';
import { GrowingRuns, type OtherNodes } from './growing-runs.js';
import { Intake } from './intake.js';
import { JobDealer } from './job-dealer.js';
import { JobDesk, type ActOptions, type JobListRequest, type SubmitOptions } from './job-desk.js';
import { failureOf, JobBook, jobItem } from './job-book.js';
import type { Job, JobItem, JobRow, JobTransition, Page } from './job.js';
import type { JobKind } from './job-kind.js';
import type { LabEvents, QueueStatus } from './lab-events.js';
import { LabNode, type NodeOptions } from './lab-node.js';
import { Library, type PageRequest } from './library.js';
import { Listeners } from './listeners.js';
import type { CalibrationAction } from './next-calibration.js';
import { isTerminal, type JobAction } from './next-job.js';
import { dataFolder, IN_MEMORY, lockFolder, openEmbeddedStore } from './open-store.js';
import { Preparation } from './preparation.js';
import type { Contender } from './queue-order.js';
import { queueStatus } from './queue-status.js';
import type { ThinRows } from './record-reader.js';
import { RecordCopies } from './record-copies.js';
import { recordKeeper } from './record-keeper.js';
import { recoverJobs } from './recover-jobs.js';
import {
  Reservations,
  type ReservationListRequest,
  type ReservationRequest,
  type ReservationView,
} from './reservations.js';
import { NOBODY, type Asking, type Who } from './asking.js';
import type { DeviceLock, Reservation } from './reservation.js';
import { learnEstimates } from './learn-estimates.js';
import { KEEP_EVERYTHING, type RetentionRule, type RetentionSettings } from './retention-rule.js';
import {
  Retention,
  type RecordKeeper,
  type RetentionPreview,
  type RetentionReport,
  type RetentionView,
} from './retention.js';
import { RunEstimates } from './run-estimates.js';
import { recordsFolder, RunArchive } from './run-archive.js';
import type { Log } from './log.js';
import type { Run, RunDocument, RunRow, SamplePage } from './run.js';
import { RunsUnderWay } from './runs-under-way.js';
import { Scheduler } from './scheduler.js';
import { SCHEMA_VERSION } from './sql-migrations.js';
import type { Store, StoredDocument, StoredSummary } from './store.js';
import type { SweepDocument } from './sweep-document.js';
import { Sweeps } from './sweeps.js';
import { takeOver } from './take-over.js';
import { WaitingAlarm } from './waiting-alarm.js';

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
  /** Which records go, and when; left out: all are kept for ever. */
  readonly retention?: RetentionSettings;
  /** Another store than the embedded one. */
  readonly store?: Store;
  /** When there is an alarm about the disk, and when nothing more is taken. */
  readonly disk?: DiskLimits;
  /** This process among the nodes of a lab of several machines, and the store that they share. */
  readonly node?: NodeOptions;
  /** False: nothing is dispatched before {@link Lab.begin}, so that a start that fails harms no job. */
  readonly begin?: boolean;
}

/** Whoever is refused while the service is being stopped may come again after so long, s. */
const RETRY_AFTER_S = 5;
const MOST_QUEUED = 10_000;
/** In a lab of several nodes, what others have reserved or locked is known after so long. */
const RESERVATIONS_AGAIN_MS = 2000;
/** A record that another node has deleted, and that is being read here, is looked at again after so long. */
const REMOVE_AGAIN_MS = 60_000;

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
  private readonly retention: Retention;
  private readonly keeper: RecordKeeper;
  private readonly estimates = new RunEstimates();
  private readonly sweeps: Sweeps;
  private readonly reservations: Reservations;
  private readonly calibrations: Calibrations;
  private readonly places: DevicePlaces;
  private readonly underWay: RunsUnderWay;
  private readonly growing: GrowingRuns;
  private readonly desk: JobDesk;
  /** null: this lab is one process. */
  private readonly node: LabNode | null;
  private readonly others: OtherNodes | null;
  /** null: the nodes find out by looking which job is next, or there is only this one. */
  private readonly dealer: JobDealer | null;
  private readonly closers: (() => void)[] = [];
  private readonly closed = new AbortController();
  private readonly setAlarm: Timeline['after'];
  /** A node's store does not lie in its folder, and does not keep it to itself. */
  private folderLock: AsyncDisposable | null = null;
  /** null: nothing is kept on a disk. */
  private readonly watch: DiskWatch | null;
  private drainedBy: string | null = null;
  private queueRevision = 0;
  private callOffReading: () => void = () => undefined;

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
    this.setAlarm = setAlarm;
    this.events = new Listeners((event, error) =>
      log('error', `a listener of '${event}' threw: ${asRelaxdError(error).message}`),
    );
    const { events, estimates } = this;
    this.watch =
      options.folder === IN_MEMORY
        ? null
        : new DiskWatch(folder, options.disk ?? DEFAULT_DISK_LIMITS, {
            clock,
            setAlarm,
            log,
            changed: () => {
              this.scheduler.unblock(null);
              this.queueChanged();
            },
          });
    store.observe((seconds, code) => {
      events.emit('stored', { seconds, code });
      // PostgreSQL has a disk of its own.
      if (store.kind !== 'embedded') return;
      if (code === null) this.watch?.took(seconds);
      else this.watch?.note(code, 'the store has no room');
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
    const reservations = (this.reservations = new Reservations(store, clock, ids, (device) => {
      events.emit('reservation', { device });
      this.scheduler.unblock(device);
      this.queueChanged();
    }));
    const calibrations = (this.calibrations = new Calibrations({
      store,
      clock,
      shared: node !== undefined,
      changed: (row) => {
        events.emit('calibration', row);
        this.scheduler.unblock(row.device);
        this.queueChanged();
      },
    }));
    this.node = node === undefined ? null : new LabNode(node, this.nodePorts(node));
    const shared = node === undefined ? null : { store: node.store, line: node.line ?? null };
    const copies = shared === null ? null : new RecordCopies(join(folder, 'copies'), shared.store);
    this.others = shared === null || copies === null ? null : { ...shared, copies };
    const places = (this.places = new DevicePlaces(
      devices,
      this.node,
      (device) => reservations.obstacle(device),
      () => this.watch?.obstacle() ?? null,
    ));
    const sweeps = (this.sweeps = new Sweeps({
      book,
      store,
      clock,
      ids,
      log,
      act: (point, action) => this.act(point, action),
      setAlarm,
      isClosed: () => closing.aborted,
      changed: () => {
        this.queueChanged();
        this.scheduler.pump();
      },
      ahead: () => (this.node === null ? 0 : placeOf(this.node.id)),
    }));
    const underWay = (this.underWay = new RunsUnderWay({
      devices,
      book,
      store,
      library,
      calibrations,
      calibrates: (kind) => this.calibrates(kind),
      estimates,
      events,
      node: this.node,
      shared,
      clock,
      setAlarm,
      ids,
      log,
      recordsFolder: recordsFolder(folder),
      disk: {
        requireRoom: () => this.watch?.requireRoom(),
        wrote: (bytes) => {
          this.watch?.wrote(bytes);
          events.emit('recorded', { bytes });
        },
        synced: (seconds) => {
          this.watch?.took(seconds);
          events.emit('synced', { seconds });
        },
        failed: ({ code, message }) => this.watch?.note(code, message),
      },
      threads: options.threads ?? null,
      version: options.version,
      host: node?.name ?? hostname(),
      drawSeed,
      closing,
      requeued: (job, error) => this.scheduler.block(job, error),
    }));
    const growing = (this.growing = new GrowingRuns(
      underWay,
      this.others,
      log,
      (run) => events.emit('run', run),
      (run) => void this.removeHere(run),
    ));
    const archive = (this.archive = new RunArchive(
      store,
      folder,
      (row) => growing.live(row),
      clock,
      (row) => growing.copyOf(row),
    ));
    const keeper = (this.keeper = recordKeeper({
      recordsFolder: recordsFolder(folder),
      shelf: archive.shelf,
      guard: archive.guard,
      shared: shared === null || copies === null ? null : { store: shared.store, copies },
    }));
    this.retention = new Retention(options.retention ?? KEEP_EVERYTHING, {
      store,
      keeper,
      audit: this.audit,
      clock,
      log,
      setAlarm,
      closing,
      // The node that has been here for the longest.
      mine: () => this.node === null || this.node.nodes[0]?.id === this.node.id,
      onDeleted: (row) => {
        events.emit('run', row);
        this.node?.tell();
      },
    });
    const preparation = new Preparation({
      devices,
      places,
      library,
      kind: (name) => this.intake.kind(name),
      bodyOf: (row) => sweeps.bodyOf(row),
      calibration: (device) => this.calibrationInForce(device),
    });
    const scheduler = (this.scheduler = new Scheduler({
      clock,
      contenders: () => this.contenders(),
      queued: (device) => this.queuedJobs(device),
      prepare: (row) => preparation.ofJob(row),
      refuse: (row, error) => this.refuse(row, error),
      obstacle: (device) => places.obstacle(device),
      bar: (row) =>
        reservations.bar(row) ?? (this.calibrates(row.kind) ? null : calibrations.bar(row.device)),
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
      book,
      scheduler,
      reservations,
      calibrations,
      sweeps,
      clock,
      setAlarm,
      log,
    });
    const intake = (this.intake = new Intake({
      book,
      store,
      clock,
      ids,
      kinds,
      mostQueued,
      requireDevice: (id) => places.require(id),
      requireOpen: () => this.requireOpen(),
      prepare: (kind, body) => preparation.ofBody(kind, body),
      program: (hash) => library.program(hash),
      drawSeed,
      requireOwnReservation: (id, device, who) => reservations.requireOwn(id, device, who),
      onPrepared: (job, prepared) => scheduler.keepPrepared(job, prepared),
    }));
    this.desk = new JobDesk({
      book,
      store,
      intake,
      sweeps,
      scheduler,
      underWay,
      places,
      events,
      setAlarm,
      closing,
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
      await lab.archive.clearScratch();
      await lab.others?.copies.clear();
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
    void lab.finishDeletions();
    lab.listenToDevices();
    await lab.watch?.now();
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
    this.retention.begin();
  }

  /** This process among the nodes of its lab; null: the lab is one process. */
  get nodes(): Pick<
    LabNode,
    | 'id'
    | 'name'
    | 'nodes'
    | 'inTouch'
    | 'lineUp'
    | 'ownerOf'
    | 'elsewhere'
    | 'claim'
    | 'pass'
    | 'nodeOfPass'
  > | null {
    return this.node;
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

  // Reservations and locks ----------------------------------------------------------------------------------

  /**
   * Keeps a device for one holder's jobs for a time.
   *
   * @throws RelaxdError `unknown-device`, `invalid-input`, `reservation-conflict` naming holder, note and until when
   */
  async reserve(request: ReservationRequest, who: Who = NOBODY): Promise<ReservationView> {
    this.places.require(request.device);
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
  listReservations(query: ReservationListRequest = {}): Promise<Page<ReservationView>> {
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

  // Calibrations --------------------------------------------------------------------------------------------

  /**
   * Stores a calibration, `proposed`; one of the same values that is there already comes back as it is.
   *
   * @throws RelaxdError `invalid-input` with every violation, `unknown-device`
   */
  async proposeCalibration(
    document: unknown,
    reason: string,
    asking: Asking = {},
  ): Promise<CalibrationView> {
    const record = readCalibration(document);
    this.places.require(record.device);
    return this.calibrations.view(await this.calibrations.propose(record, { ...asking, reason }));
  }

  /**
   * Puts a calibration in force, rejects or retires it, or goes back to one that was in force before.
   *
   * @throws RelaxdError `unknown-calibration`, `illegal-transition`, `calibration-invalid`, `revision-conflict`
   */
  actOnCalibration(
    id: string,
    action: CalibrationAction,
    args: ActOnCalibration,
  ): Promise<CalibrationView> {
    return this.calibrations.act(id, action, args);
  }

  /** How a calibration stands, and what it says. @throws RelaxdError `unknown-calibration` */
  calibration(id: string): Promise<CalibrationWhole> {
    return this.calibrations.whole(id);
  }

  /** Newest first. @throws RelaxdError `invalid-input` */
  listCalibrations(request: CalibrationListRequest = {}): Promise<Page<CalibrationView>> {
    return this.calibrations.list(request);
  }

  /** What has become of a device's calibrations, newest first. @throws RelaxdError `invalid-input` */
  calibrationEvents(
    device: string,
    request: PageRequest & { readonly calibration?: string } = {},
  ): Promise<Page<CalibrationEvent>> {
    return this.calibrations.events(device, request);
  }

  /** The calibration in force on a device; null: it has none. */
  activeCalibration(device: string): CalibrationView | null {
    const row = this.calibrations.active(device);
    return row === null ? null : this.calibrations.view(row);
  }

  /** All that are in force. */
  activeCalibrations(): readonly CalibrationView[] {
    return [...this.calibrations.inForce()];
  }

  /** What checks have read since a calibration, oldest first. */
  driftReadings(calibration: string, limit?: number): Promise<readonly DriftReading[]> {
    return this.calibrations.readings(calibration, limit);
  }

  private async calibrationInForce(device: string): Promise<Calibration | null> {
    const row = await this.calibrations.activeNow(device);
    return row === null ? null : this.store.calibrations.record(row.id);
  }

  private calibrates(kind: string): boolean {
    return this.options.kinds.some(({ name, calibrates }) => name === kind && calibrates === true);
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
   * About `rows` rows (no more) evenly spaced from `fromRow` on and before `toRow`, for who wants the whole course of a run but not
   * all of it. Every readout of a shot is among them, if not of the same shot.
   *
   * @throws RelaxdError `unknown-run`, `record-damaged`, `invalid-input`
   */
  thinSamples(
    runId: string,
    range: { readonly fromRow: number; readonly toRow: number; readonly rows: number },
  ): Promise<ThinRows> {
    return this.archive.thinSamples(runId, range);
  }

  /**
   * In what two runs differ: what they were made with, each number of their results, their samples.
   *
   * @throws RelaxdError `unknown-run`, `record-damaged`
   */
  compareRuns(a: string, b: string): Promise<RunComparison> {
    return this.archive.compare(a, b);
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

  // Retention -----------------------------------------------------------------------------------------------

  /** The rules by which records go, and what the last pass did. */
  get retentionRules(): RetentionView {
    return this.retention.view;
  }

  /**
   * What the rules would delete now, and what is held from them. Nothing is changed.
   *
   * @param rules others than those in force, to see what they would do
   */
  previewRetention(rules?: readonly RetentionRule[], limit?: number): Promise<RetentionPreview> {
    return this.retention.preview(rules, limit);
  }

  /** Deletes now what the rules in force want to go. */
  applyRetention(who?: AuditActor): Promise<RetentionReport> {
    return this.retention.apply(who);
  }

  /**
   * Keeps a run's record from every rule, until it is unpinned by that name.
   *
   * @param by a person's name, or what rests on the run
   * @throws RelaxdError `unknown-run`, `record-deleted`
   */
  async pinRun(run: string, by: string, note: string, told: AuditNote | null = null): Promise<Run> {
    const at = isoTime(this.options.clock.wallMs());
    await this.store.pin({ run, by, note, at }, told);
    return this.run(run);
  }

  /** @throws RelaxdError `unknown-run`, `illegal-transition` (it is not pinned by that name) */
  async unpinRun(run: string, by: string, told: AuditNote | null = null): Promise<Run> {
    const before = await this.run(run);
    if (await this.store.unpin(run, by, told)) return this.run(run);
    throw new RelaxdError('illegal-transition', `run ${run} is not pinned by ${by}`, {
      value: by,
      limit: before.pins.map((pin) => pin.by),
    });
  }

  /** What deletions that were cut off have left in the records' folder. Never rejects. */
  private async finishDeletions(): Promise<void> {
    try {
      const names = await readdir(recordsFolder(this.folder)).catch(() => []);
      await this.retention.finishDeletions(new Set(names));
    } catch (error) {
      const { code, message } = asRelaxdError(error);
      if (this.closed.signal.aborted) return;
      this.options.log('warn', `deleted records' files may still be there: ${message}`, { code });
    }
  }

  /** Another node has deleted a record. Never rejects. */
  private async removeHere(run: string): Promise<void> {
    try {
      if (await this.keeper.removeGone(run)) return;
    } catch (error) {
      const { code, message } = asRelaxdError(error);
      this.options.log('warn', `the file of run ${run} is still there: ${message}`, { run, code });
    }
    if (this.closed.signal.aborted) return; // the next start does it
    const callOff = this.setAlarm(REMOVE_AGAIN_MS, () => void this.removeHere(run));
    this.closers.push(callOff);
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

  /** Jobs that this node may try to take. */
  private *contenders(): Generator<Contender, void, undefined> {
    for (const contender of this.sweeps.contenders()) {
      const { row } = contender;
      if (this.places.isOurs(row.device) && (this.dealer?.allows(row) ?? true)) yield contender;
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
      runChanged: (run, sealed) => this.growing.changedElsewhere(run, sealed),
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
        this.readReservations();
        this.scheduler.unblock(null);
        this.queueChanged();
      },
    };
  }

  /** Another node may have reserved or locked a device. */
  private readReservations(): void {
    Promise.all([this.reservations.load(), this.calibrations.load()]).catch((error: unknown) => {
      const { message, code } = asRelaxdError(error);
      this.options.log('warn', `reservations and calibrations cannot be read: ${message}`, {
        code,
      });
    });
  }

  private readReservationsAgain(): void {
    if (this.closed.signal.aborted) return;
    this.readReservations();
    this.callOffReading = this.setAlarm(RESERVATIONS_AGAIN_MS, () => this.readReservationsAgain());
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
    this.dealer?.changed(row, own);
    if (own) this.node?.tell();
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
      this.watch?.requireRoom();
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
    await this.requireRoomForCopy();
    await writeBackup({ source, schema, folder: this.folder, clock, version }, write);
  }

  /** A backup first copies the database beside it. */
  private async requireRoomForCopy(): Promise<void> {
    const free = this.disk?.freeBytes ?? null;
    if (free === null || this.store.kind !== 'embedded') return;
    const { size } = await stat(join(this.folder, EMBEDDED_FILE));
    const kept = (this.options.disk ?? DEFAULT_DISK_LIMITS).keepFreeMiB * 2 ** 20;
    if (size + kept <= free) return;
    throw new RelaxdError('disk-full', 'there is no room for the copy that a backup begins with', {
      path: this.folder,
      value: free,
      limit: size + kept,
      hint: 'make room beside the store, and try again',
    });
  }

  /** What a person has to see to now, the worst first. */
  get alarms(): readonly Alarm[] {
    return alarmsOf({ disk: this.disk, auditWaiting: this.audit.backlog, node: this.node });
  }

  /** How the disk of the data folder stands; null: nothing is kept on one. */
  get disk(): DiskStanding | null {
    return this.watch?.standing ?? null;
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
    const counts = new Map<string, number>();
    for (const { state } of this.book.all()) counts.set(state, (counts.get(state) ?? 0) + 1);
    return counts;
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
    await this.watch?.close();
    this.callOffReading();
    for (const close of this.closers) close();
    this.underWay.endAll(
      new RelaxdError('service-restart', 'the service was stopped while the run was under way', {
        hint: 'submit it again if it is wanted',
      }),
    );
    await this.scheduler.close();
    await this.sweeps.close();
    await this.retention.close();
    await this.node?.close();
    await this.archive[Symbol.asyncDispose]();
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

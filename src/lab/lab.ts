import { randomBytes, randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
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
import { AuditLog, KeyBook } from '../access/index.js';
import type { Program } from '../device/index.js';
import type { RunComparison } from './compare-runs.js';
import { DevicePlaces, type DeviceSource } from './device-places.js';
import type { ExportFormat } from './export-record.js';
import { exportSweep, MOST_ROWS } from './export-sweep.js';
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
import { isTerminal, type JobAction } from './next-job.js';
import {
  dataFolder,
  EMBEDDED_FILE,
  IN_MEMORY,
  lockFolder,
  openEmbeddedStore,
} from './open-store.js';
import { Preparation } from './preparation.js';
import type { Contender } from './queue-order.js';
import { queueStatus } from './queue-status.js';
import type { ThinRows } from './record-reader.js';
import { RecordCopies } from './record-copies.js';
import { recoverJobs } from './recover-jobs.js';
import { Reservations, type ReservationRequest, type ReservationView } from './reservations.js';
import { NOBODY, type Who } from './asking.js';
import type { DeviceLock, Reservation } from './reservation.js';
import { learnEstimates } from './learn-estimates.js';
import { RunEstimates } from './run-estimates.js';
import { recordsFolder, RunArchive } from './run-archive.js';
import type { Log } from './log.js';
import type { Run, RunDocument, RunRow, SamplePage } from './run.js';
import { RunsUnderWay } from './runs-under-way.js';
import { Scheduler } from './scheduler.js';
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
  /** Another store than the embedded one. */
  readonly store?: Store;
  /** This process among the nodes of a lab of several machines, and the store that they share. */
  readonly node?: NodeOptions;
  /** False: nothing is dispatched before {@link Lab.begin}, so that a start that fails harms no job. */
  readonly begin?: boolean;
}

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
  private readonly library: Library;
  private readonly archive: RunArchive;
  private readonly estimates = new RunEstimates();
  private readonly sweeps: Sweeps;
  private readonly reservations: Reservations;
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
    this.node = node === undefined ? null : new LabNode(node, this.nodePorts(node));
    const shared = node === undefined ? null : { store: node.store, line: node.line ?? null };
    const copies = shared === null ? null : new RecordCopies(join(folder, 'copies'), shared.store);
    this.others = shared === null || copies === null ? null : { ...shared, copies };
    const places = (this.places = new DevicePlaces(devices, this.node, (device) =>
      reservations.obstacle(device),
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
      estimates,
      events,
      node: this.node,
      shared,
      clock,
      setAlarm,
      ids,
      log,
      recordsFolder: recordsFolder(folder),
      threads: options.threads ?? null,
      version: options.version,
      drawSeed,
      closing,
      requeued: (job, error) => this.scheduler.block(job, error),
    }));
    const growing = (this.growing = new GrowingRuns(underWay, this.others, log, (run) =>
      events.emit('run', run),
    ));
    this.archive = new RunArchive(
      store,
      folder,
      (row) => growing.live(row),
      (row) => growing.copyOf(row),
    );
    const preparation = new Preparation({
      devices,
      places,
      library,
      kind: (name) => this.intake.kind(name),
      bodyOf: (row) => sweeps.bodyOf(row),
    });
    const scheduler = (this.scheduler = new Scheduler({
      clock,
      contenders: () => this.contenders(),
      queued: (device) => this.queuedJobs(device),
      prepare: (row) => preparation.ofJob(row),
      refuse: (row, error) => this.refuse(row, error),
      obstacle: (device) => places.obstacle(device),
      bar: (row) => reservations.bar(row),
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
      (await openEmbeddedStore(inMemory ? IN_MEMORY : join(folder, EMBEDDED_FILE), clock));
    const lab = new Lab(options, store, folder);
    try {
      if (lab.node !== null) lab.folderLock = await lockFolder(folder);
      await lab.archive.clearScratch();
      await lab.others?.copies.clear();
      await lab.node?.follow();
      await lab.book.load();
      await lab.reservations.load();
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
      rows: [...this.book.open()],
      devices: this.options.devices.list().map((device) => device.id),
      nowMs: this.options.clock.wallMs(),
      scheduler: this.scheduler,
      estimates: this.estimates,
      job: (id) => this.book.get(id),
      points: (sweep) => this.book.points(sweep),
      counts: (sweep) => this.sweeps.countsOf(sweep),
      contenders: () => this.sweeps.contenders(),
      note: (device) => this.reservations.noteOf(device),
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
    this.underWay.endAll(
      new RelaxdError('service-restart', 'the service was stopped while the run was under way', {
        hint: 'submit it again if it is wanted',
      }),
    );
    await this.scheduler.close();
    await this.sweeps.close();
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

import { randomInt } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TSchema } from 'typebox';
import {
  asRelaxdError,
  contentHash,
  IdSource,
  isoTime,
  RelaxdError,
  throwViolations,
  type Clock,
} from '../core/index.js';
import {
  programDocument,
  programHash,
  readProgram,
  type Device,
  type Program,
  type SampleChunk,
} from '../device/index.js';
import { systemAlarm, type SetAlarm } from './alarm.js';
import { exportRecord, type ExportFormat } from './export-record.js';
import { failureOf, JobBook, jobItem, publicJob } from './job-book.js';
import type { Job, JobItem, JobRow, JobTransition, Page } from './job.js';
import type { JobKind, PrepareContext, PreparedRun } from './job-kind.js';
import type { LabEvents, QueueStatus } from './lab-events.js';
import { Listeners } from './listeners.js';
import { isTerminal, JOB_STATES, nextJob, type JobAction, type JobState } from './next-job.js';
import { queueStatus, RunTimes } from './queue-status.js';
import { openedFile, RecordShelf } from './record-shelf.js';
import { recoverJobs } from './recover-jobs.js';
import { recordPath, RunConductor, type ConductorPorts, type Log } from './run-conductor.js';
import type { Run, RunDocument, RunRow } from './run.js';
import { Scheduler } from './scheduler.js';
import { SqliteStore } from './sqlite-store.js';
import type { Store, StoredDocument, StoredSummary } from './store.js';
import { bodySchema, readSubmission, type Submission } from './submission.js';

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
  /** Most jobs that may wait; further ones get `queue-full`. */
  readonly mostQueued?: number;
  readonly ids?: IdSource;
  readonly setAlarm?: SetAlarm;
  /** Seeds for programs that have none. */
  readonly drawSeed?: () => number;
  /** Another store than the embedded one. */
  readonly store?: Store;
}

const MOST_QUEUED = 10_000;
const MOST_LISTED = 1000;

/** Jobs, the queue, runs and their records: everything between a submission and its result. */
export class Lab implements AsyncDisposable {
  private readonly events: Listeners<LabEvents>;
  private readonly kinds = new Map<string, { kind: JobKind; schema: TSchema }>();
  private readonly book: JobBook;
  private readonly scheduler: Scheduler;
  private readonly conductors = new Map<string, RunConductor>();
  private readonly hashes = new WeakMap<Program, string>();
  private readonly submissions = new Map<string, Promise<unknown>>();
  private readonly closers: (() => void)[] = [];
  private readonly closed = new AbortController();
  private readonly records = new RecordShelf();
  private readonly runTimes = new RunTimes();
  private readonly setAlarm: SetAlarm;
  private readonly ids: IdSource;
  private callOff: () => void = () => undefined;
  private queueRevision = 0;

  private constructor(
    private readonly options: LabOptions,
    private readonly store: Store,
    private readonly folder: string,
  ) {
    const { clock, log } = options;
    this.setAlarm = options.setAlarm ?? systemAlarm;
    this.ids = options.ids ?? new IdSource(clock);
    this.events = new Listeners((event, error) =>
      log('error', `a listener of '${event}' threw: ${asRelaxdError(error).message}`),
    );
    this.book = new JobBook(store, clock, (row) => this.jobChanged(row));
    this.scheduler = new Scheduler({
      clock,
      queued: () => [...this.book.open()].filter((row) => row.state === 'queued'),
      prepare: (row) => this.prepareStored(row),
      refuse: (row, error) => this.refuse(row, error),
      obstacle: (device) => this.obstacle(device),
      conduct: (row, prepared) => this.conduct(row, prepared),
      changed: () => this.queueChanged(),
    });
    for (const kind of options.kinds) {
      this.kinds.set(kind.name, { kind, schema: bodySchema(kind) });
    }
  }

  /**
   * Opens the store, takes up what an earlier process left, and begins to dispatch.
   *
   * @throws RelaxdError `store-locked` (another process has the folder), `store-failed`, `disk-full`,
   *   `unsupported-version`
   */
  static async open(options: LabOptions): Promise<Lab> {
    const inMemory = options.folder === ':memory:';
    let folder = options.folder;
    try {
      if (inMemory) folder = await mkdtemp(join(tmpdir(), 'relaxd-'));
      else await mkdir(folder, { recursive: true });
    } catch (error) {
      throw new RelaxdError(
        'store-failed',
        `the data folder ${folder} cannot be made: ${(error as Error).message}`,
        { path: folder, hint: 'choose another with --data' },
        error,
      );
    }
    const store =
      options.store ??
      (await SqliteStore.open(inMemory ? ':memory:' : join(folder, 'lab.sqlite'), options.clock));
    const lab = new Lab(options, store, folder);
    lab.closers.push(() => lab.callOff());
    try {
      await rm(lab.scratchFolder, { recursive: true, force: true });
      await lab.book.load();
      await recoverJobs({
        store,
        book: lab.book,
        clock: options.clock,
        log: options.log,
        recordsFolder: lab.recordsFolder,
      });
    } catch (error) {
      await store[Symbol.asyncDispose]();
      throw error;
    }
    lab.listenToDevices();
    lab.queueChanged();
    lab.scheduler.pump();
    return lab;
  }

  private get recordsFolder(): string {
    return join(this.folder, 'runs');
  }

  /** Exports on their way out; what a crash leaves there is removed at the next start. */
  private get scratchFolder(): string {
    return join(this.folder, 'scratch');
  }

  on<E extends keyof LabEvents>(event: E, listener: (value: LabEvents[E]) => void): () => void {
    return this.events.on(event, listener);
  }

  /** Names of the job kinds, and the schema of each one's body. */
  jobKinds(): readonly { readonly name: string; readonly schema: TSchema }[] {
    return [...this.kinds.values()].map(({ kind, schema }) => ({ name: kind.name, schema }));
  }

  // Jobs ----------------------------------------------------------------------------------------------------

  /**
   * Takes a job. Resolves once it is durable; what cannot work is refused here and not stored.
   *
   * @param options.idempotencyKey the same key with the same body answers with the same job
   * @throws RelaxdError `unknown-kind`, `invalid-input`, `unknown-field`, `unknown-device`, `program-refused`
   *   and what the kind's preparation throws, `idempotency-conflict`, `queue-full`, `deadline-passed`,
   *   `service-stopping`, `store-failed`, `disk-full`
   */
  async submit(
    body: unknown,
    { idempotencyKey }: { idempotencyKey?: string } = {},
  ): Promise<Job> {
    this.requireOpen();
    const submission = readSubmission(body, this.kinds);
    if (idempotencyKey === undefined) return this.accept(submission, null);
    if (idempotencyKey.length < 1 || idempotencyKey.length > 255) {
      throw new RelaxdError('invalid-input', 'an Idempotency-Key has 1 to 255 characters', {
        path: 'Idempotency-Key',
        value: idempotencyKey.length,
        limit: [1, 255],
      });
    }
    // Two submissions with one key at the same time: the second waits for what the first becomes.
    const earlier = this.submissions.get(idempotencyKey) ?? Promise.resolve();
    const taken = earlier
      .catch(() => undefined)
      .then(async () => {
        const bodyHash = contentHash(submission.body);
        const known = await this.store.jobOfKey(idempotencyKey, bodyHash);
        if (known !== null) return this.withResult(known);
        return this.accept(submission, { key: idempotencyKey, bodyHash });
      });
    this.submissions.set(idempotencyKey, taken);
    try {
      return await taken;
    } finally {
      if (this.submissions.get(idempotencyKey) === taken) this.submissions.delete(idempotencyKey);
    }
  }

  private async accept(
    submission: Submission,
    idempotency: { key: string; bodyHash: string } | null,
  ): Promise<Job> {
    const { clock, devices, mostQueued = MOST_QUEUED } = this.options;
    const { kind, device, priority, deadline, notBefore, body } = submission;
    devices.get(device);
    const waiting = [...this.book.open()].length;
    if (waiting >= mostQueued) {
      throw new RelaxdError('queue-full', `${waiting} jobs are waiting already`, {
        value: waiting,
        limit: mostQueued,
        hint: 'wait for some to end, or cancel some',
      });
    }
    if (deadline !== null && Date.parse(deadline) <= clock.wallMs()) {
      throw new RelaxdError('deadline-passed', `the deadline ${deadline} has passed`, {
        path: 'deadline',
        value: deadline,
        limit: `after ${isoTime(clock.wallMs())}`,
      });
    }
    let prepared: PreparedRun | null = null;
    try {
      prepared = await this.prepare(kind, body);
    } catch (error) {
      const known = asRelaxdError(error);
      // A device that is offline now may be back when the job's turn comes.
      if (!known.row.retryable) throw known;
    }
    this.requireOpen();
    const at = isoTime(clock.wallMs());
    const id = this.ids.next();
    const states = [
      ['submit', null, 'submitted'],
      ['validate', 'submitted', 'validated'],
      ['enqueue', 'validated', 'queued'],
    ] as const;
    const transitions: JobTransition[] = states.map(([event, from, to], k) => ({
      job: id,
      revision: k + 1,
      event,
      from,
      to,
      at,
    }));
    const row: JobRow = {
      id,
      revision: transitions.length,
      kind: kind.name,
      state: 'queued',
      asked: null,
      armed: false,
      device,
      priority,
      createdAt: at,
      startedAt: null,
      endedAt: null,
      progress: { fraction: 0, shots: 0 },
      run: null,
      error: null,
      seed: null,
      deadline,
      notBefore,
    };
    if (prepared !== null) this.scheduler.keepPrepared(id, prepared);
    const added = await this.book.add({ row, body, transitions, idempotency });
    this.scheduler.pump();
    return publicJob(added.row, null);
  }

  /** @throws RelaxdError `unknown-job` */
  async job(id: string): Promise<Job> {
    return this.withResult(await this.book.find(id));
  }

  /** What a job was submitted with. @throws RelaxdError `unknown-job` */
  async jobBody(id: string): Promise<unknown> {
    await this.book.find(id);
    return this.store.jobBody(id);
  }

  /** Every transition of a job, oldest first. @throws RelaxdError `unknown-job` */
  async jobHistory(id: string): Promise<readonly JobTransition[]> {
    await this.book.find(id);
    return this.store.transitions(id);
  }

  /** Newest first, without results. @throws RelaxdError `invalid-input` */
  async jobs(
    query: {
      readonly state?: string | readonly string[];
      readonly device?: string;
      readonly limit?: number;
      readonly cursor?: string;
    } = {},
  ): Promise<Page<JobItem>> {
    const states = [query.state ?? []].flat();
    const unknown = states.find((state) => !(JOB_STATES as readonly string[]).includes(state));
    if (unknown !== undefined) {
      throw new RelaxdError('invalid-input', `there is no job state '${unknown}'`, {
        path: 'state',
        value: unknown,
        limit: JOB_STATES,
      });
    }
    const page = await this.store.jobs({
      states: states as JobState[],
      device: query.device ?? null,
      ...pageOf(query),
    });
    return { items: page.items.map(jobItem), next: page.next };
  }

  /**
   * An operator's action. Resolves once it is durable: for a run under way that is when it has been asked for,
   * and the job's state tells when it is done. Cancel and abort after the end answer with the end.
   *
   * @param args.priority for `reprioritise`
   * @param args.revision the revision that the caller saw
   * @throws RelaxdError `illegal-transition`, `unknown-job`, `revision-conflict`, `not-supported`, `invalid-input`
   */
  async act(
    id: string,
    action: JobAction,
    args: { readonly priority?: number; readonly revision?: number } = {},
  ): Promise<Job> {
    const patch = action === 'reprioritise' ? { priority: priorityOf(args.priority) } : undefined;
    if (action === 'pause') await this.requirePause(id);
    const { row, effects } = await this.book.change(
      id,
      { type: action },
      {
        ...(patch === undefined ? {} : { patch }),
        ...(args.revision === undefined ? {} : { ifRevision: args.revision }),
      },
    );
    for (const effect of effects) {
      if (effect === 'reorder') this.scheduler.pump();
      else void this.conductors.get(id)?.perform(effect);
    }
    return this.withResult(row);
  }

  private async requirePause(id: string): Promise<void> {
    const row = await this.book.find(id);
    nextJob(row, { type: 'pause' });
    const { shots } = await this.options.devices.get(row.device).describe();
    if (shots.pauseAtShot) return;
    throw new RelaxdError('not-supported', `${row.device} cannot pause between shots`, {
      value: 'pause',
      device: row.device,
    });
  }

  /**
   * Waits until a job has a later revision than the one given, has ended, or the time is over; answers with the
   * job as it then stands.
   *
   * @throws RelaxdError `unknown-job`, `aborted`
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
    if (!later(row) && !signal?.aborted && !this.closed.signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          stopListening();
          callOff();
          signal?.removeEventListener('abort', done);
          this.closed.signal.removeEventListener('abort', done);
          resolve();
        };
        const stopListening = this.on('job', (job) => {
          if (job.id === id && later(job)) done();
        });
        const callOff = this.setAlarm(timeoutMs, done);
        signal?.addEventListener('abort', done, { once: true });
        this.closed.signal.addEventListener('abort', done, { once: true });
        // It may have changed while it was being found.
        const now = this.book.get(id);
        if (now === undefined || later(now)) done();
      });
    }
    return this.job(id);
  }

  /** Waits until a job has ended. @throws RelaxdError `unknown-job`, `aborted`, `service-stopping` */
  async jobEnd(id: string, signal?: AbortSignal): Promise<Job> {
    for (let job = await this.job(id); ; ) {
      if (isTerminal(job.state)) return job;
      if (signal?.aborted) throw new RelaxdError('aborted', 'the wait was aborted', { job: id });
      this.requireOpen();
      job = await this.waitJob(id, job.revision, 60_000, signal);
    }
  }

  private async withResult(row: JobRow): Promise<Job> {
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
      runTimes: this.runTimes,
    });
  }

  // Runs ----------------------------------------------------------------------------------------------------

  /** @throws RelaxdError `unknown-run` */
  async run(id: string): Promise<Run> {
    const row = await this.runRow(id);
    return { ...row, result: await this.store.result(id) };
  }

  /** Newest first, without results. */
  async runs(
    query: {
      readonly device?: string;
      readonly job?: string;
      readonly limit?: number;
      readonly cursor?: string;
    } = {},
  ): Promise<Page<RunRow>> {
    const page = await this.store.runs({
      device: query.device ?? null,
      job: query.job ?? null,
      ...pageOf(query),
    });
    return { items: page.items.map((row) => this.live(row)), next: page.next };
  }

  /** The run's documents, oldest first; the start document with the whole program in it. @throws `unknown-run` */
  async runDocuments(id: string): Promise<readonly RunDocument[]> {
    await this.runRow(id);
    const documents = await this.store.documents(id);
    return Promise.all(
      documents.map(async (entry) => {
        if (entry.kind !== 'start') return entry;
        const program = entry.document['program'] as { hash: string };
        const kept = await this.store.kept('programs', program.hash);
        return {
          ...entry,
          document: {
            ...entry.document,
            program: { ...program, document: kept?.document ?? null },
          },
        };
      }),
    );
  }

  /**
   * Samples of a run from its record, also while it is under way: at most `rows` rows, the first not before
   * `fromRow`. Rows that are missing (gaps) are not there.
   *
   * @throws RelaxdError `unknown-run`, `record-damaged`, `invalid-input`
   */
  async samples(
    runId: string,
    { fromRow = 0, rows = 10_000 }: { fromRow?: number; rows?: number } = {},
  ): Promise<{
    readonly run: string;
    /** In order; each one's `firstRow` tells where it belongs. */
    readonly chunks: readonly SampleChunk[];
    /** Go on from here; null: the run is over and this was the end. */
    readonly nextRow: number | null;
  }> {
    for (const [path, value, least] of [
      ['fromRow', fromRow, 0],
      ['rows', rows, 1],
    ] as const) {
      if (Number.isSafeInteger(value) && value >= least) continue;
      throw new RelaxdError('invalid-input', `${path} is no integer ≥ ${least}`, { path, value });
    }
    const row = await this.runRow(runId);
    const path = recordPath(this.recordsFolder, runId);
    if (row.record === 'missing' || (row.record === 'open' && row.rows === 0)) {
      return { run: runId, chunks: [], nextRow: row.record === 'open' ? fromRow : null };
    }
    return this.records.use(path, async (reader) => {
      const chunks = await reader.read(fromRow, rows);
      const last = chunks.at(-1);
      const next = last === undefined ? fromRow : last.firstRow + last.rows;
      const end = reader.batches.at(-1);
      const more = end !== undefined && next < end.firstRow + end.rows;
      return { run: runId, chunks, nextRow: more || row.record === 'open' ? next : null };
    });
  }

  /** Path of a run's record; it is there once the run has samples. @throws RelaxdError `unknown-run` */
  async recordPath(runId: string): Promise<string> {
    await this.runRow(runId);
    return recordPath(this.recordsFolder, runId);
  }

  /**
   * A run's record in another format, as a stream of bytes.
   *
   * @throws RelaxdError `unknown-run`, `record-damaged`, `disk-full`, `too-large`, `not-found` (there is no record)
   */
  async exportRun(runId: string, format: ExportFormat): Promise<NodeJS.ReadableStream> {
    const row = await this.runRow(runId);
    if (row.record === 'missing') {
      throw new RelaxdError('not-found', `run ${runId} has no record`, { value: runId });
    }
    await mkdir(this.scratchFolder, { recursive: true });
    const scratch = await mkdtemp(join(this.scratchFolder, 'export-'));
    try {
      const out = join(scratch, `run.${format}`);
      await exportRecord(recordPath(this.recordsFolder, runId), format, out);
      return openedFile(out, () => rm(scratch, { recursive: true, force: true }));
    } catch (error) {
      await rm(scratch, { recursive: true, force: true });
      throw error;
    }
  }

  private async runRow(id: string): Promise<RunRow> {
    const row = await this.store.run(id);
    if (row === null) {
      throw new RelaxdError('unknown-run', `there is no run '${id}'`, { value: id });
    }
    return this.live(row);
  }

  /** A run under way with what its record holds by now. */
  private live(row: RunRow): RunRow {
    const current = this.conductors.get(row.job)?.current() ?? null;
    return current !== null && current.id === row.id ? current : row;
  }

  // Memory sets and programs --------------------------------------------------------------------------------

  /** Keeps a memory set, which the caller has checked; its id is its content's hash. */
  async saveMemorySet(document: unknown): Promise<StoredSummary> {
    const set = (document ?? {}) as Record<string, unknown>;
    const count = (value: unknown): number | null => (Array.isArray(value) ? value.length : null);
    return this.keep('memory-sets', contentHash(document), document, {
      name: set['name'] ?? null,
      shape: set['shape'] ?? null,
      labels: set['labels'] ?? null,
      patterns: count(set['patterns']),
    });
  }

  /** The document; null: there is none of that id. */
  async memorySet(id: string): Promise<StoredDocument | null> {
    return this.store.kept('memory-sets', id);
  }

  async memorySets(
    query: { readonly limit?: number; readonly cursor?: string } = {},
  ): Promise<Page<StoredSummary>> {
    return this.store.listKept('memory-sets', pageOf(query));
  }

  /** Keeps a program; its id is its hash. */
  async saveProgram(program: Program): Promise<StoredSummary> {
    return this.keep('programs', this.hashOf(program), programDocument(program), {
      sites: program.sites,
      couplings: program.couplings.kind,
      references: program.references.length,
      duration: program.duration,
      shots: program.shots,
    });
  }

  async program(hash: string): Promise<Program | null> {
    const kept = await this.store.kept('programs', hash);
    return kept === null ? null : readProgram(kept.document);
  }

  async programs(
    query: { readonly limit?: number; readonly cursor?: string } = {},
  ): Promise<Page<StoredSummary>> {
    return this.store.listKept('programs', pageOf(query));
  }

  private async keep(
    shelf: 'memory-sets' | 'programs',
    id: string,
    document: unknown,
    summary: Record<string, unknown>,
  ): Promise<StoredSummary> {
    const known = await this.store.kept(shelf, id);
    if (known !== null) return { id, createdAt: known.createdAt, summary: known.summary };
    const createdAt = isoTime(this.options.clock.wallMs());
    await this.store.keep(shelf, { id, createdAt, summary, document });
    return { id, createdAt, summary };
  }

  private hashOf(program: Program): string {
    let hash = this.hashes.get(program);
    if (hash === undefined) this.hashes.set(program, (hash = programHash(program)));
    return hash;
  }

  // The way to the device -----------------------------------------------------------------------------------

  private prepareContext(): PrepareContext {
    return {
      descriptor: (device) => this.options.devices.get(device).describe(),
      memorySet: async (id) => (await this.memorySet(id))?.document ?? null,
      program: (hash) => this.program(hash),
    };
  }

  private async prepare(kind: JobKind, body: unknown): Promise<PreparedRun> {
    const prepared = await kind.prepare(body, this.prepareContext());
    const device = this.options.devices.get(prepared.device);
    throwViolations(
      'program-refused',
      `program on ${device.id}`,
      await device.validate(prepared.program),
    );
    return prepared;
  }

  private async prepareStored(row: JobRow): Promise<PreparedRun> {
    const known = this.kinds.get(row.kind);
    if (known === undefined) {
      throw new RelaxdError('unknown-kind', `there is no job kind '${row.kind}' any more`, {
        value: row.kind,
        limit: [...this.kinds.keys()],
      });
    }
    return this.prepare(known.kind, await this.store.jobBody(row.id));
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

  private obstacle(id: string): string | null {
    let device: Device;
    try {
      device = this.options.devices.get(id);
    } catch (error) {
      return asRelaxdError(error).message;
    }
    if (device.link !== 'online') return `${id} is ${device.link}`;
    if (device.equipment === 'standby') return null;
    return `${id} is in state ${device.equipment}${device.reason === null ? '' : `: ${device.reason}`}`;
  }

  private async conduct(row: JobRow, prepared: PreparedRun): Promise<void> {
    const { clock, devices } = this.options;
    const conductor = new RunConductor(
      row,
      devices.get(row.device),
      prepared,
      this.conductorPorts(),
    );
    this.conductors.set(row.id, conductor);
    const beganMs = clock.monotonicMs();
    try {
      await conductor.conduct();
      if (conductor.current() !== null) {
        this.runTimes.add(row.device, (clock.monotonicMs() - beganMs) / 1000);
      }
    } finally {
      this.conductors.delete(row.id);
    }
  }

  private conductorPorts(): ConductorPorts {
    const { clock, log, threads = null, version, drawSeed = defaultSeed } = this.options;
    return {
      book: this.book,
      clock,
      ids: this.ids,
      log,
      recordsFolder: this.recordsFolder,
      threads,
      version,
      drawSeed,
      keepProgram: async (program) => (await this.saveProgram(program)).id,
      commit: (commit) => this.store.commit(commit),
      wait: (delayMs) => this.wait(delayMs),
      onRun: (run) => this.events.emit('run', run),
      onSamples: (run, chunk) =>
        this.events.emit('run-samples', {
          run: run.id,
          device: run.device,
          firstRow: chunk.firstRow,
          chunk,
        }),
      onGap: (run, gap) =>
        this.events.emit('run-gap', { run: run.id, device: run.device, gap }),
      onRequeued: (job, error) => this.scheduler.block(job, error),
    };
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
      const changed = (): void => {
        this.events.emit('device', {
          device: device.id,
          link: device.link,
          equipment: device.equipment,
          reason: device.reason,
          at: isoTime(this.options.clock.wallMs()),
        });
        this.scheduler.unblock(device.id);
      };
      this.closers.push(
        device.on('link', changed),
        device.on('equipment', changed),
        device.on('parameter', (reading) =>
          this.events.emit('parameter', { device: device.id, reading }),
        ),
        device.on('fault', (fault) => this.events.emit('fault', { device: device.id, fault })),
      );
    }
  }

  private jobChanged(row: JobRow): void {
    if (isTerminal(row.state)) this.scheduler.forget(row.id);
    this.events.emit('job', jobItem(row));
    this.queueChanged();
  }

  private queueChanged(): void {
    this.queueRevision++;
    this.events.emit('queue', { revision: this.queueRevision });
    this.setNextAlarm();
  }

  /** Wakes up for the next job that may begin, or that has waited too long. */
  private setNextAlarm(): void {
    this.callOff();
    if (this.closed.signal.aborted) return;
    const nowMs = this.options.clock.wallMs();
    let nextMs = Infinity;
    for (const row of this.book.open()) {
      if (!WAITING.has(row.state)) continue;
      if (row.deadline !== null) nextMs = Math.min(nextMs, Date.parse(row.deadline));
      const notBeforeMs = row.notBefore === null ? -Infinity : Date.parse(row.notBefore);
      if (notBeforeMs > nowMs) nextMs = Math.min(nextMs, notBeforeMs);
    }
    // What is blocked for no reason that a device would announce is tried again now and then.
    if (this.scheduler.anyBlocked) nextMs = Math.min(nextMs, nowMs + BLOCKED_AGAIN_MS);
    if (nextMs === Infinity) return;
    this.callOff = this.setAlarm(Math.max(0, nextMs - nowMs), () => void this.onAlarm());
  }

  private async onAlarm(): Promise<void> {
    const nowMs = this.options.clock.wallMs();
    for (const row of [...this.book.open()]) {
      if (!WAITING.has(row.state) || row.deadline === null) continue;
      if (Date.parse(row.deadline) > nowMs) continue;
      const error = failureOf(
        new RelaxdError('deadline-passed', `the job still waited at ${row.deadline}`, {
          value: row.deadline,
        }),
      );
      try {
        await this.book.change(row.id, { type: 'expire' }, { patch: { error } });
      } catch (failure) {
        const known = asRelaxdError(failure);
        if (known.code !== 'illegal-transition') {
          this.options.log('error', `job ${row.id} cannot expire: ${known.message}`);
        }
      }
    }
    this.scheduler.unblock(null);
    this.setNextAlarm();
  }

  private requireOpen(): void {
    if (!this.closed.signal.aborted) return;
    throw new RelaxdError('service-stopping', 'the lab is closing', {
      hint: 'submit again when it is back',
    });
  }

  /**
   * Ends what runs at once (those jobs become `failed` with `service-restart`, their partial records stay),
   * leaves queued jobs for the next start, and closes the store.
   */
  async close(): Promise<void> {
    if (this.closed.signal.aborted) return;
    this.closed.abort();
    for (const close of this.closers) close();
    for (const conductor of this.conductors.values()) {
      conductor.end(
        new RelaxdError('service-restart', 'the service was stopped while the run was under way', {
          hint: 'submit it again if it is wanted',
        }),
      );
    }
    await this.scheduler.close();
    await this.records[Symbol.asyncDispose]();
    await this.store[Symbol.asyncDispose]();
    if (this.options.folder === ':memory:') {
      await rm(this.folder, { recursive: true, force: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const WAITING = new Set<JobState>(['submitted', 'validated', 'queued', 'held']);
const BLOCKED_AGAIN_MS = 30_000;

/** 48 bits: the most that node:crypto draws evenly, and exact in JSON. */
const defaultSeed = (): number => randomInt(2 ** 48 - 1);

function pageOf({ limit = 50, cursor }: { limit?: number; cursor?: string }): {
  limit: number;
  cursor: string | null;
} {
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_LISTED) {
    throw new RelaxdError('invalid-input', `limit is no integer from 1 to ${MOST_LISTED}`, {
      path: 'limit',
      value: limit,
      limit: [1, MOST_LISTED],
    });
  }
  return { limit, cursor: cursor ?? null };
}

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

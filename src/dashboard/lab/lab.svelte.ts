import { ApiClient } from '../api/client.js';
import {
  ENDED_STATES,
  type Caller,
  type Descriptor,
  type Device,
  type Job,
  type Queue,
  type RetrieveBody,
} from '../api/documents.js';
import { ApiProblem } from '../api/problem.js';
import { cleanKey, Session, type TabStorage } from '../api/session.js';
import { Stream, type Connection } from '../api/stream.js';
import { Replay } from '../replay/replay.svelte.js';
import { MemoryShelf } from './memory-shelf.js';
import {
  factsOf,
  NO_FACTS,
  referencesOf,
  startOf,
  timeUnitOf,
  type RunFacts,
} from './run-facts.js';

const SHOWN_JOBS = 50;
/** Documents longer than this are not read: the couplings of a large dense program. */
const MOST_DOCUMENT_BYTES = 32e6;

/** Where the page finds the service: it is served by it. */
export interface LabAddress {
  readonly base: string;
  readonly stream: string;
  /** Where a key is kept that somebody signs in with; null: nowhere but in memory. */
  readonly storage: TabStorage | null;
}

/** Everything that the page knows of the service, kept up to date by the stream. */
export class Lab {
  connection = $state.raw<Connection>({ state: 'connecting' });
  version = $state<string | null>(null);
  devices = $state.raw<readonly Device[]>([]);
  /** Newest first. */
  jobs = $state.raw<readonly Job[]>([]);
  queue = $state.raw<Queue | null>(null);
  /** True once devices and jobs have been read for the first time. */
  loaded = $state(false);
  /** Counts how often all was read: goes up with each connection, when what failed before is worth another try. */
  readings = $state(0);
  fault = $state.raw<ApiProblem | null>(null);
  /** What a screen reader is told. */
  announcement = $state('');

  /** How often something has changed about the calibrations of each device. */
  calibrationChanges = $state.raw<ReadonlyMap<string, number>>(new Map());

  /** Who the page is for; null while that is not known. */
  caller = $state.raw<Caller | null>(null);
  /** True where the service wants a key and has none that works. */
  signInNeeded = $state(false);
  /** Why somebody who was signed in is no more; null: nobody was. */
  signInReason = $state<string | null>(null);

  readonly memories: MemoryShelf;
  readonly client: ApiClient;
  private readonly session: Session;
  private readonly stream: Stream;
  private descriptors = $state.raw<ReadonlyMap<string, Descriptor>>(new Map());
  private facts = $state.raw<ReadonlyMap<string, RunFacts>>(new Map());
  private results = $state.raw<ReadonlyMap<string, Job>>(new Map());
  private readonly asked = new Set<string>();
  private readonly replays = new Map<string, { readonly replay: Replay; holders: number }>();
  private readonly followedDevices = new Map<string, () => void>();

  constructor(
    address: LabAddress,
    private readonly motion: boolean,
  ) {
    this.session = new Session(address.storage);
    this.client = new ApiClient(address.base, this.session, (detail) => this.askForKey(detail));
    this.memories = new MemoryShelf(this.client);
    this.stream = new Stream(
      address.stream,
      (connection) => {
        this.connection = connection;
        if (connection.state === 'live') void this.refresh();
        // A socket that was refused does not say why.
        else if (connection.state === 'waiting' && this.caller !== null) void this.recognise();
      },
      () =>
        this.signInNeeded
          ? Promise.reject(new Error('nobody is signed in'))
          : this.client.streamTicket(),
      (reason) => this.askForKey(reason),
    );
  }

  open(): void {
    this.stream.follow('jobs', { onEvent: (body) => this.takeJob(body as Job) });
    this.stream.follow('queue', {
      onEvent: (body) => {
        this.queue = body as Queue;
      },
    });
    this.stream.follow('calibrations', {
      onEvent: (body) => {
        const { calibration, reading } = body as {
          readonly calibration?: { readonly device: string };
          readonly reading?: { readonly device: string };
        };
        const device = (calibration ?? reading)?.device;
        if (device === undefined) return;
        const before = this.calibrationChanges.get(device) ?? 0;
        this.calibrationChanges = new Map(this.calibrationChanges).set(device, before + 1);
      },
    });
    void this.start();
  }

  /** True where the caller has the scope, or nobody knows yet who that is. */
  may(scope: string): boolean {
    return this.caller === null || this.caller.scopes.includes(scope);
  }

  /** @throws ApiProblem where the key does not work */
  async signIn(pasted: string): Promise<void> {
    this.session.set(cleanKey(pasted));
    this.caller = await this.client.caller();
    this.signInReason = null;
    this.signInNeeded = false;
    this.stream.open();
  }

  /** Forgets the key and everything that was read with it. */
  signOut(): void {
    this.session.forget();
    location.reload();
  }

  private askForKey(detail: string): void {
    const had = this.session.key !== null;
    this.session.forget();
    if (this.caller !== null && had) this.signInReason = sentence(detail);
    this.caller = null;
    this.signInNeeded = true;
  }

  private async start(): Promise<void> {
    await this.recognise();
    if (!this.signInNeeded) this.stream.open();
  }

  private async recognise(): Promise<void> {
    try {
      this.caller = await this.client.caller();
    } catch (error) {
      // Asked for a key by now, or away: the stream tries again.
      if (!(error instanceof ApiProblem)) throw error;
    }
  }

  /** Does not wait for the next try to connect. */
  tryNow(): void {
    if (!this.signInNeeded) this.stream.open();
  }

  device(id: string | null): Device | null {
    return this.devices.find((device) => device.id === id) ?? null;
  }

  hasWorked(device: string): boolean {
    return this.jobs.some((job) => job.device === device);
  }

  /** The newest job of a device that has a run. */
  latestRunOf(device: string): Job | null {
    return this.jobs.find((job) => job.device === device && job.run !== null) ?? null;
  }

  /** The job that a device works on. */
  activeJobOf(device: string): Job | null {
    return (
      this.jobs.find(
        (job) =>
          job.device === device &&
          ['dispatching', 'running', 'paused', 'finalizing'].includes(job.state),
      ) ?? null
    );
  }

  /** A device's descriptor; asked for at the first call. */
  descriptorOf(device: string): Descriptor | null {
    this.once(`descriptor ${device}`, async () => {
      const descriptor = await this.client.descriptor(device);
      this.descriptors = new Map(this.descriptors).set(device, descriptor);
    });
    return this.descriptors.get(device) ?? null;
  }

  /** The device's unit of time at the fidelity of a run (null: the device's own); empty while it is not known. */
  timeUnit(device: string | null, fidelity: string | null): string {
    return device === null ? '' : timeUnitOf(this.descriptorOf(device), fidelity);
  }

  /** A run's references, names and shape; asked for at the first call. */
  factsOf(run: string): RunFacts {
    this.once(`facts ${run}`, async () => {
      const documents = await this.client.runDocuments(run, MOST_DOCUMENT_BYTES);
      const started = documents === null ? null : startOf(documents);
      if (started === null) return;
      const known = await this.memories.find(referencesOf(started.document)).catch(() => null);
      this.facts = new Map(this.facts).set(run, factsOf(started, known));
    });
    return this.facts.get(run) ?? NO_FACTS;
  }

  /** A job with its result; the result is asked for once the job has ended. */
  withResult(job: Job): Job {
    if (ENDED_STATES.has(job.state)) {
      this.once(`result ${job.id}`, async () => {
        const whole = await this.client.job(job.id);
        this.results = new Map(this.results).set(job.id, withOutcome(whole));
      });
    }
    return this.results.get(job.id) ?? job;
  }

  /** The replay of a run, shared by all that show it; `closeReplay` once for each call. */
  openReplay(run: string): Replay {
    let shared = this.replays.get(run);
    if (shared === undefined) {
      shared = { replay: new Replay(run, this.stream, this.motion), holders: 0 };
      this.replays.set(run, shared);
    }
    shared.holders++;
    return shared.replay;
  }

  closeReplay(run: string): void {
    const shared = this.replays.get(run);
    if (shared === undefined || --shared.holders > 0) return;
    shared.replay.close();
    this.replays.delete(run);
  }

  /** Lets time pass in all replays. */
  advance(elapsedMs: number): void {
    for (const { replay } of this.replays.values()) replay.advance(elapsedMs);
  }

  /** @throws ApiProblem */
  async retrieve(body: RetrieveBody, idempotencyKey: string): Promise<Job> {
    const job = await this.client.retrieve(body, idempotencyKey);
    this.takeJob(job);
    return job;
  }

  /** @throws ApiProblem */
  async calibrate(device: string): Promise<Job> {
    const job = await this.client.calibrate(device);
    this.takeJob(job);
    return job;
  }

  /** @throws ApiProblem */
  async check(device: string): Promise<Job> {
    const job = await this.client.check(device);
    this.takeJob(job);
    return job;
  }

  /** @throws ApiProblem */
  async cancel(job: string): Promise<void> {
    this.takeJob(await this.client.act(job, 'cancel'));
  }

  private async refresh(): Promise<void> {
    try {
      const [version, devices, jobs, queue] = await Promise.all([
        this.client.version(),
        this.client.devices(),
        this.client.jobs(SHOWN_JOBS),
        this.client.queue(),
        this.recognise(),
      ]);
      this.version = version;
      this.devices = devices.items;
      this.queue = queue;
      this.replaceJobs(jobs.items);
      this.fault = null;
      this.loaded = true;
      this.readings++;
      for (const device of devices.items) this.followDevice(device.id);
    } catch (error) {
      this.fault = error instanceof ApiProblem ? error : null;
      if (this.fault === null) throw error;
    }
  }

  private followDevice(id: string): void {
    if (this.followedDevices.has(id)) return;
    const stop = this.stream.follow(`devices/${id}`, {
      onEvent: (body) => {
        const event = body as { readonly type: string; readonly device?: Device | null };
        const { device } = event;
        if (event.type !== 'state' || device === undefined || device === null) return;
        this.devices = this.devices.map((known) => (known.id === id ? device : known));
      },
      // A device that could not be made has no topic: what the list says of it stays.
      onError: () => this.followedDevices.delete(id),
    });
    this.followedDevices.set(id, stop);
  }

  private takeJob(job: Job): void {
    const before = this.jobs.find((known) => known.id === job.id);
    this.mergeJob(job);
    if (!ENDED_STATES.has(job.state)) return;
    if (before !== undefined && ENDED_STATES.has(before.state)) return;
    const why = job.error === null ? '' : `: ${job.error.code}, ${job.error.message}`;
    this.announcement = `The ${job.kind} job on ${job.device ?? 'no device'} has ${ENDING[job.state] ?? job.state}${why}.`;
  }

  /** Answers and events may overtake one another: the higher revision is the newer. */
  private mergeJob(job: Job): void {
    const before = this.jobs.find((known) => known.id === job.id);
    if (before !== undefined && before.revision >= job.revision) return;
    const others = this.jobs.filter((known) => known.id !== job.id);
    this.jobs = [...others, job].sort(newestFirst);
  }

  /** After a reconnect the service may be another one, with other jobs. */
  private replaceJobs(listed: readonly Job[]): void {
    const ids = new Set(listed.map((job) => job.id));
    const newest = listed.reduce((time, job) => (job.createdAt > time ? job.createdAt : time), '');
    this.jobs = this.jobs.filter((job) => ids.has(job.id) || job.createdAt > newest);
    for (const job of listed) this.mergeJob(job);
  }

  /** Asks for something once; after a failure, again with the next call, which a new connection brings about. */
  private once(key: string, ask: () => Promise<void>): void {
    // Whoever calls this in a derived value calls again once this goes up.
    void this.readings;
    if (this.asked.has(key)) return;
    this.asked.add(key);
    ask().catch(() => this.asked.delete(key));
  }
}

/** A job of several runs has a result of its own, which is that of no run. */
function withOutcome(job: Job): Job {
  const result: unknown = job.result;
  if (typeof result !== 'object' || result === null || 'program' in result) return job;
  return { ...job, result: null, outcome: result };
}

function newestFirst(a: Job, b: Job): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? 1 : -1;
  return a.id < b.id ? 1 : -1;
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

const ENDING: Readonly<Record<string, string>> = {
  completed: 'completed',
  failed: 'failed',
  cancelled: 'been cancelled',
  aborted: 'been aborted',
  expired: 'expired',
};

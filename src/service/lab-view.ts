import type { SampleChunk } from '../device/index.js';
import type {
  Job,
  JobItem,
  JobState,
  Page,
  Run,
  RunDocument,
  RunRow,
} from '../lab/index.js';

type Awaitable<T> = T | Promise<T>;

export interface LabEvents {
  /** A job's new revision, as it was stored. */
  job: JobItem;
  /** The queue as it is now. */
  queue: QueueView;
  /** A run's new revision, as it was stored. */
  run: RunRow;
  /** Rows that are in the record since now: `rows` in all. */
  samples: { readonly run: string; readonly rows: number };
}

export interface QueueView {
  /** Nothing runs and nothing waits. */
  readonly quiescent: boolean;
  readonly depth: number;
  readonly [member: string]: unknown;
}

export interface KeptDocument {
  readonly id: string;
  readonly document: unknown;
}
export interface KeptSummary {
  readonly id: string;
  readonly createdAt: string;
  readonly summary: Readonly<Record<string, unknown>>;
}

export interface Export {
  readonly mediaType: string;
  readonly fileName: string;
  readonly body: Uint8Array | NodeJS.ReadableStream;
}

export interface ListQuery {
  readonly limit: number;
  readonly cursor?: string;
}

/** What the service asks of a lab. `Lab` of src/lab is one; tests have others. */
export interface LabView {
  submit(body: unknown, options: { readonly idempotencyKey?: string }): Awaitable<Job>;
  job(id: string): Awaitable<Job>;
  jobs(query: ListQuery & { readonly state?: JobState; readonly device?: string }): Awaitable<Page<JobItem>>;
  act(
    id: string,
    action: string,
    args: { readonly priority?: number; readonly reason?: string; readonly revision?: number },
  ): Awaitable<Job>;
  /** Answers once the job has another revision than the given one, or with the job as it is when the time is up. */
  waitJob(id: string, revision: number, timeoutMs: number, signal: AbortSignal): Promise<Job>;
  queue(): QueueView;
  run(id: string): Awaitable<Run>;
  runs(query: ListQuery & { readonly device?: string; readonly job?: string }): Awaitable<Page<RunRow>>;
  runDocuments(id: string): Awaitable<readonly RunDocument[]>;
  /** Rows of the record from `fromRow` on, at most `rows`; fewer, or none, where the record has no more yet. */
  samples(run: string, part: { readonly fromRow: number; readonly rows: number }): Promise<SampleChunk>;
  exportRun(run: string, format: string): Promise<Export>;
  saveMemorySet(document: unknown): Promise<KeptDocument>;
  memorySet(id: string): Awaitable<KeptDocument>;
  memorySets(query: ListQuery): Awaitable<Page<KeptSummary>>;
  saveProgram(program: unknown): Promise<KeptDocument>;
  program(hash: string): Awaitable<KeptDocument>;
  programs(query: ListQuery): Awaitable<Page<KeptSummary>>;
  on<E extends keyof LabEvents>(event: E, listener: (event: LabEvents[E]) => void): () => void;
}

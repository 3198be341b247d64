import { createHash } from 'node:crypto';
import type { RunRow } from '../../../src/lab/index.js';
import type { JobRow } from '../../../src/lab/job.js';

/** Answers one statement in SQL. */
export type Query = (sql: string) => Promise<readonly Record<string, unknown>[]>;

export interface StoredJob {
  readonly row: JobRow;
  readonly ended: boolean;
  readonly body: Readonly<Record<string, unknown>>;
  readonly steps: readonly {
    readonly event: string;
    readonly from: string | null;
    readonly to: string;
  }[];
}

export interface StoredRun {
  readonly row: RunRow;
  readonly gaps: readonly Readonly<Record<string, unknown>>[];
  readonly stops: readonly Readonly<Record<string, unknown>>[];
  /** Hash of its result; null: there is none. */
  readonly result: string | null;
}

/** What a store holds, read from its tables while no relaxd has it. */
export interface StoreSnapshot {
  readonly jobs: ReadonlyMap<string, StoredJob>;
  readonly keys: ReadonlyMap<string, string>;
  readonly runs: ReadonlyMap<string, StoredRun>;
}

const parsed = <T>(value: unknown): T => JSON.parse(value as string) as T;

export async function readStore(query: Query): Promise<StoreSnapshot> {
  const steps = new Map<string, StoredJob['steps'][number][]>();
  for (const { job, event, from_state: from, to_state: to } of await query(
    'SELECT job, event, from_state, to_state FROM job_transitions ORDER BY job, revision',
  )) {
    const own = steps.get(job as string) ?? [];
    own.push({ event: event as string, from: from as string | null, to: to as string });
    steps.set(job as string, own);
  }
  const jobs = new Map<string, StoredJob>();
  for (const { id, ended, document, body } of await query(
    'SELECT j.id, j.ended, j.document, b.body FROM jobs j JOIN job_bodies b ON b.job = j.id ORDER BY j.id',
  )) {
    jobs.set(id as string, {
      row: parsed(document),
      ended: Number(ended) === 1,
      body: parsed(body),
      steps: steps.get(id as string) ?? [],
    });
  }
  const keys = new Map<string, string>();
  for (const { key, job } of await query('SELECT key, job FROM idempotency_keys')) {
    keys.set(key as string, job as string);
  }
  const results = new Map<string, string>();
  for (const { run, document } of await query('SELECT run, document FROM results')) {
    results.set(
      run as string,
      createHash('sha256')
        .update(document as string)
        .digest('hex'),
    );
  }
  const told = new Map<
    string,
    { gaps: Record<string, unknown>[]; stops: Record<string, unknown>[] }
  >();
  for (const { run, kind, document } of await query(
    "SELECT run, kind, document FROM run_documents WHERE kind IN ('gap', 'stop') ORDER BY number",
  )) {
    const own = told.get(run as string) ?? { gaps: [], stops: [] };
    own[kind === 'gap' ? 'gaps' : 'stops'].push(parsed(document));
    told.set(run as string, own);
  }
  const runs = new Map<string, StoredRun>();
  for (const { id, document } of await query('SELECT id, document FROM runs ORDER BY id')) {
    runs.set(id as string, {
      row: parsed(document),
      gaps: told.get(id as string)?.gaps ?? [],
      stops: told.get(id as string)?.stops ?? [],
      result: results.get(id as string) ?? null,
    });
  }
  return { jobs, keys, runs };
}

import { canonicalJson } from '../../../src/core/index.js';
import { TERMINAL_STATES } from '../../../src/lab/index.js';
import type { Ledger } from './ledger.js';
import type { StoreSnapshot } from './store-snapshot.js';
import { numberOf } from './submissions.js';
import type { Start } from './witness-drivers.js';

const TERMINAL: ReadonlySet<string> = new Set(TERMINAL_STATES);

/** Holds what a store has against what clients were told and devices have done. What is wrong is said in the ledger. */
export function checkStore(store: StoreSnapshot, ledger: Ledger, starts: readonly Start[]): void {
  checkAcknowledged(store, ledger);
  checkKeys(store, ledger);
  checkEnds(store, ledger);
  checkSteps(store, ledger);
  checkStarts(store, ledger, starts);
}

function checkAcknowledged({ jobs }: StoreSnapshot, ledger: Ledger): void {
  for (const { job, body, key } of ledger.submissions) {
    if (job === null) continue;
    const stored = jobs.get(job);
    if (stored === undefined) ledger.breaks(`job ${job} (${key}) was acknowledged and is gone`);
    else if (canonicalJson(stored.body) !== canonicalJson(body)) {
      ledger.breaks(`job ${job} (${key}) has another body than was submitted`);
    }
  }
}

/** A key has one job, also one that nobody was told of. */
function checkKeys({ jobs, keys }: StoreSnapshot, ledger: Ledger): void {
  const made = new Map<number, string[]>();
  for (const [id, { row, body }] of jobs) {
    if (row.parent !== null) continue;
    const number = numberOf(body);
    made.set(number, [...(made.get(number) ?? []), id]);
  }
  for (const { number, key, job } of ledger.submissions) {
    const own = made.get(number) ?? [];
    if (own.length > 1) ledger.breaks(`key ${key} has ${own.length} jobs: ${own.join(', ')}`);
    if (job !== null && keys.get(key) !== job) ledger.breaks(`key ${key} is not that of ${job}`);
    made.delete(number);
  }
  for (const own of made.values()) ledger.breaks(`nobody has submitted job ${own.join(', ')}`);
}

/** What has ended stays as it was told, and as it was found before. */
function checkEnds({ jobs, runs }: StoreSnapshot, ledger: Ledger): void {
  for (const [id, { row, ended }] of jobs) {
    if (ended !== TERMINAL.has(row.state)) ledger.breaks(`job ${id} is ${row.state} and ${ended}`);
    if (!TERMINAL.has(row.state)) {
      const before = ledger.ends.get(id);
      if (before !== undefined) {
        ledger.breaks(`job ${id} had ended with state ${before.state} and is ${row.state} again`);
      }
      continue;
    }
    const result = row.run === null ? null : (runs.get(row.run)?.result ?? null);
    ledger.sawEnd(id, { state: row.state, run: row.run, endedAt: row.endedAt, result });
    if (row.sweep === null && (row.state === 'completed') !== (result !== null)) {
      const has = result === null ? 'no result' : 'a result';
      if (row.state === 'completed' || row.state === 'failed') {
        ledger.breaks(`job ${id} is ${row.state} and has ${has}`);
      }
    }
  }
  for (const [id, { row, stops }] of runs) {
    const over = TERMINAL.has(row.state);
    if (stops.length !== (over ? 1 : 0)) {
      ledger.breaks(`run ${id} is ${row.state} and has ${stops.length} stop documents`);
    }
    if (over && row.record === 'open') ledger.breaks(`run ${id} is over and its record is open`);
  }
}

/** Steps follow from one another, and none follows an end. */
function checkSteps({ jobs, runs }: StoreSnapshot, ledger: Ledger): void {
  const armed = new Map<string, number>();
  for (const { row } of runs.values()) armed.set(row.job, (armed.get(row.job) ?? 0) + 1);
  for (const [id, { row, steps }] of jobs) {
    let state: string | null = null;
    for (const { event, from, to } of steps) {
      if (from !== state && state !== null) {
        ledger.breaks(`job ${id}: ${event} goes from ${from}, and it was ${state}`);
      }
      if (from !== null && TERMINAL.has(from)) ledger.breaks(`job ${id}: ${event} after its end`);
      state = to;
    }
    if (state !== row.state) ledger.breaks(`job ${id} is ${row.state} and went to ${state}`);
    const arms = steps.filter(({ event }) => event === 'arm').length;
    if (arms !== (armed.get(id) ?? 0)) {
      ledger.breaks(`job ${id} was armed ${arms} times and has ${armed.get(id) ?? 0} runs`);
    }
    const agreed = row.retry === null ? 1 : row.retry.attempts;
    if (arms > Math.min(agreed, row.attempt)) {
      ledger.breaks(`job ${id} has ${arms} runs, and attempt ${row.attempt} of ${agreed}`);
    }
  }
}

/** The devices' own account: each run begun once, none that the store does not know, hardware never again. */
function checkStarts(
  { jobs, runs }: StoreSnapshot,
  ledger: Ledger,
  starts: readonly Start[],
): void {
  const begun = new Map<string, number>();
  const ofJob = new Map<string, number>();
  for (const { run, device } of starts) {
    begun.set(run, (begun.get(run) ?? 0) + 1);
    const known = runs.get(run);
    if (known === undefined) {
      ledger.breaks(`${device} has begun run ${run}, which the store does not know`);
      continue;
    }
    const { job } = known.row;
    ofJob.set(job, (ofJob.get(job) ?? 0) + 1);
  }
  for (const [run, times] of begun) {
    if (times > 1) ledger.breaks(`run ${run} was begun ${times} times`);
  }
  for (const [job, times] of ofJob) {
    const row = jobs.get(job)?.row;
    if (row === undefined) continue;
    const most = row.retry === null || row.device === 'witness-hard' ? 1 : row.retry.attempts;
    if (times > most) ledger.breaks(`job ${job} was begun ${times} times, ${most} at most`);
  }
  for (const [id, { row }] of runs) {
    if (!row.device.startsWith('witness') || row.state !== 'completed') continue;
    if (!begun.has(id)) ledger.breaks(`run ${id} has completed and was never begun`);
  }
}

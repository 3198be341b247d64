import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/index.js';
import { ServiceProcess } from '../support/service-process.js';

interface JobView {
  readonly id: string;
  readonly revision: number;
  readonly state: string;
  readonly device: string;
  readonly run: string | null;
  readonly error: { readonly code: string } | null;
  readonly result: { readonly shots: number; readonly run: string } | null;
}
interface RunView {
  readonly id: string;
  readonly job: string;
  readonly state: string;
  readonly rows: number;
}

const KILLS = 20;
const TERMINAL = ['completed', 'failed', 'cancelled', 'aborted', 'expired'];
const WAITING = ['submitted', 'validated', 'queued', 'held', 'dispatching'];

const folder = mkdtempSync(join(tmpdir(), 'relaxd-kill-'));
let service: ServiceProcess | undefined;
afterEach(async () => {
  await service?.end('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Some are done in milliseconds, some take long enough to be hit while they run. */
const body = (k: number): Record<string, unknown> => ({
  kind: 'retrieve',
  device: ['glauber', 'cavity-qed', 'rc-langevin'][k % 3],
  memories: 'letters:A,B,C',
  rule: 'projection',
  target: k % 3,
  corrupt: 0.1,
  shots: k % 4 === 0 ? 400 : 4,
  seed: k,
});

it(`keeps every acknowledged job, in a true state, over ${KILLS} kills at random moments, and goes on`, async () => {
  const seed = Number(process.env['RELAXD_TEST_SEED'] ?? 20261122);
  const random = RandomStream.of(seed, 'disorder');
  const acknowledged = new Map<string, string>(); // idempotency key → job id
  const ended = new Map<string, JobView>(); // as first seen in a terminal state
  let submitted = 0;

  for (let kill = 0; kill <= KILLS; kill++) {
    service = await ServiceProcess.start(folder);
    const here = service;

    // What was acknowledged is there, in a state that is true.
    const runs = new Map<string, RunView[]>();
    for (const run of await all<RunView>(here, '/v1/runs')) {
      runs.set(run.job, [...(runs.get(run.job) ?? []), run]);
    }
    const jobs = new Map((await all<JobView>(here, '/v1/jobs')).map((job) => [job.id, job]));
    for (const id of acknowledged.values()) {
      const job = jobs.get(id);
      expect(job, `job ${id} is gone after kill ${kill} (seed ${seed})`).toBeDefined();
      const before = ended.get(id);
      if (before !== undefined) expect([id, job!.state]).toEqual([id, before.state]);
      const own = runs.get(id) ?? [];
      // Nothing is silently run twice: a job has at most one run that was armed.
      expect(own.length).toBeLessThanOrEqual(1);
      if (job!.state === 'failed') expect(job!.error?.code).toBe('service-restart');
      if (job!.state === 'completed') expect(own[0]?.state).toBe('completed');
      if (own.length === 0 && TERMINAL.includes(job!.state))
        expect(job!.state).not.toBe('completed');
    }

    if (kill === KILLS) break;
    // Submit until the blow falls; what is answered 201 counts.
    let struck = false;
    const blow = delay(50 + 700 * random.uniform()).then(async () => {
      struck = true;
      await here.end('SIGKILL');
    });
    while (!struck) {
      const key = `key-${submitted}`;
      try {
        const response = await here.post('/v1/jobs', body(submitted), { 'idempotency-key': key });
        if (response.status !== 201)
          throw new Error(`${response.status}: ${await response.text()}`);
        const job = (await response.json()) as JobView;
        expect(acknowledged.get(key) ?? job.id).toBe(job.id);
        acknowledged.set(key, job.id);
        submitted++;
        for (const done of await all<JobView>(here, '/v1/jobs?state=completed')) {
          if (!ended.has(done.id)) ended.set(done.id, done);
        }
        await delay(20 * random.uniform());
      } catch (error) {
        if (!struck) throw error; // a request cut off by the blow is not acknowledged: its key is tried again
      }
    }
    await blow;
  }

  // Go on: everything that was waiting gets its turn, and the same key still means the same job.
  const again = await service!.post('/v1/jobs', body(0), { 'idempotency-key': 'key-0' });
  expect([200, 201]).toContain(again.status);
  expect(((await again.json()) as JobView).id).toBe(acknowledged.get('key-0'));
  for (const id of acknowledged.values()) {
    let job = await service!.get<JobView>(`/v1/jobs/${id}`);
    while (!TERMINAL.includes(job.state)) {
      job = await service!.get<JobView>(`/v1/jobs/${id}?wait=30&revision=${job.revision}`);
    }
    if (job.state === 'completed') {
      expect(job.result?.run).toBe(job.run);
      const run = await service!.get<RunView>(`/v1/runs/${job.run}`);
      expect(run.rows).toBeGreaterThan(0);
    } else {
      expect([job.state, job.error?.code]).toEqual(['failed', 'service-restart']);
    }
  }
  expect(acknowledged.size).toBeGreaterThan(KILLS);
  const states = (await all<JobView>(service!, '/v1/jobs')).map((job) => job.state);
  expect(states.filter((state) => WAITING.includes(state))).toEqual([]);
  expect(states).toContain('completed');
  expect(await service!.end('SIGTERM')).toBe(0);
}, 240_000);

async function all<T>(service: ServiceProcess, path: string): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const join = path.includes('?') ? '&' : '?';
    const next: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: { items: T[]; next: string | null } = await service.get(
      `${path}${join}limit=200${next}`,
    );
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return items;
}

import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/index.js';
import type { SweepDocument } from '../../src/lab/index.js';
import { temporaryFolder } from '../../src/lab/temporary-folder.test-support.js';
import { ServiceProcess } from '../support/service-process.js';

const KILLS = 4;
const POINTS = 60;

interface RunView {
  readonly id: string;
  readonly job: string;
  readonly state: string;
}

const folder = temporaryFolder();
let service: ServiceProcess | undefined;
afterEach(async () => {
  await service?.end('SIGKILL');
});

/** A point takes some milliseconds, so that most kills hit a run. */
const sweep = {
  kind: 'sweep',
  base: {
    kind: 'run',
    device: 'glauber',
    program: {
      version: 1,
      sites: 64,
      couplings: {
        kind: 'coo',
        entries: Array.from({ length: 63 }, (_, i) => [i, i + 1, 1]),
      },
      dynamics: { rule: 'glauber', order: 'random', temperature: 1 },
      duration: 20,
      readout: { every: 1, channels: ['energy'] },
      shots: 40,
    },
  },
  axes: [
    {
      path: 'program.dynamics.temperature',
      values: Array.from({ length: POINTS }, (_, k) => 0.5 + k / 100),
    },
  ],
  seed: 5,
  retry: { attempts: 10 },
};

it(`gathers each of ${POINTS} points of a sweep exactly once over ${KILLS} kills at random moments`, async () => {
  const seed = Number(process.env['RELAXD_TEST_SEED'] ?? 20261126);
  const random = RandomStream.of(seed, 'disorder');
  let id: string | null = null;
  const seen = new Map<number, string>(); // point → run, once it has completed
  let last = -1;
  for (let kill = 0; ; kill++) {
    service = await ServiceProcess.start(folder);
    const here = service;
    const headers = { 'idempotency-key': 'the-sweep' };
    const job = await here.submit(sweep, headers);
    expect(id ?? job.id).toBe(job.id);
    id = job.id;
    const document = await here.get<SweepDocument>(`/v1/jobs/${id}/sweep`);
    // What has been gathered stays as it is.
    for (const [point, run] of seen) {
      expect(document.rows[point], `seed ${seed}`).toMatchObject({ state: 'completed', run });
    }
    for (const { point, state, run } of document.rows) {
      if (state === 'completed') seen.set(point, run!);
    }
    expect(seen.size, `seed ${seed}`).toBeGreaterThanOrEqual(last);
    last = seen.size;
    if (kill === KILLS) break;
    // The first blow falls right after the submission, while the points are being stored.
    await delay(kill === 0 ? 0 : 100 + 500 * random.uniform());
    await here.end('SIGKILL');
  }

  expect((await service.jobEnd(id)).state).toBe('completed');
  const { rows, counts } = await service.get<SweepDocument>(`/v1/jobs/${id}/sweep`);
  expect(counts).toMatchObject({ points: POINTS, completed: POINTS, failed: 0, waiting: 0 });
  expect(rows.map(({ point }) => point)).toEqual(Array.from({ length: POINTS }, (_, k) => k));
  for (const [point, run] of seen) expect(rows[point]!.run).toBe(run);
  const jobs = new Set(rows.map((row) => row.job));
  expect(jobs.size).toBe(POINTS);

  // Each point has one run that completed; those that a kill cut off are runs of their own, and counted.
  const runs: RunView[] = [];
  for (let cursor: string | null = null; ;) {
    const next: string = cursor === null ? '' : `&cursor=${cursor}`;
    const page = await service.get<{ items: RunView[]; next: string | null }>(
      `/v1/runs?limit=500${next}`,
    );
    runs.push(...page.items);
    if ((cursor = page.next) === null) break;
  }
  for (const row of rows) {
    const own = runs.filter((run) => run.job === row.job);
    expect(own.filter(({ state }) => state === 'completed').map((run) => run.id)).toEqual([
      row.run,
    ]);
    expect(own).toHaveLength(row.attempts);
  }
  expect(runs.filter(({ state }) => state === 'failed').length, `seed ${seed}`).toBeGreaterThan(0);
  expect(await service.end('SIGTERM')).toBe(0);
}, 240_000);

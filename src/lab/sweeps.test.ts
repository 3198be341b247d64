import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RelaxdError } from '../core/index.js';
import type { JobItem } from './job.js';
import type { JobKind } from './job-kind.js';
import { codeOf } from './code-of.test-support.js';
import { bench, reaches, runKind, type Bench } from './lab-bench.test-support.js';
import type { Lab } from './lab.js';
import { pointSeed } from './sweep-points.js';
import type { SweepDocument, SweepRow } from './sweep-document.js';
import { temporaryFolder } from './temporary-folder.test-support.js';

const sweep = (values: readonly number[], members: Record<string, unknown> = {}) => ({
  kind: 'sweep',
  base: { kind: 'run', device: 'a' },
  axes: [{ path: 'shots', values }],
  seed: 9,
  ...members,
});
const resultOf = (job: { readonly result: unknown }): SweepDocument => job.result as SweepDocument;
const states = (rows: readonly SweepRow[]): string[] => rows.map(({ state }) => state);

/** Ends runs by hand until a job is over. */
async function finishAll({ lab, devices }: Bench, id: string): Promise<void> {
  for (let job = await lab.job(id); job.endedAt === null; job = await lab.job(id)) {
    for (const device of devices) await device.finish();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
/** The next point that runs, once it does. */
async function running(lab: Lab, sweepId: string, not: readonly string[] = []): Promise<JobItem> {
  for (;;) {
    const { items } = await lab.jobs({ parent: sweepId, state: 'running' });
    const found = items.find(({ id }) => !not.includes(id));
    if (found !== undefined) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a sweep', () => {
  it('gathers one row a point, each with its values, its run and its numbers', async () => {
    const { lab, devices, time } = await bench({ names: ['a', 'b'] });
    await using _ = lab;
    const seen: string[] = [];
    lab.on('job', (job) => seen.push(job.id));
    const submitted = await lab.submit(
      sweep([1, 3], {
        axes: [
          { path: 'shots', values: [1, 3] },
          { path: 'device', values: ['a', 'b'] },
        ],
      }),
    );
    expect(submitted).toMatchObject({
      kind: 'sweep',
      state: 'queued',
      device: 'a,b',
      run: null,
      points: { points: 4, waiting: 4 },
    });
    const job = await lab.jobEnd(submitted.id);
    await time.settle();
    expect(job).toMatchObject({
      state: 'completed',
      error: null,
      progress: { fraction: 1, shots: 8 },
      points: { points: 4, waiting: 0, active: 0, completed: 4, failed: 0 },
    });
    const document = resultOf(job);
    expect(document).toMatchObject({
      version: 1,
      kind: 'sweep',
      job: job.id,
      seed: 9,
      axes: [
        { path: 'shots', values: [1, 3] },
        { path: 'device', values: ['a', 'b'] },
      ],
      warnings: [],
      next: null,
    });
    expect(
      document.rows.map(({ point, values, device, shots }) => [point, values, device, shots]),
    ).toEqual([
      [0, { shots: 1, device: 'a' }, 'a', 1],
      [1, { shots: 1, device: 'b' }, 'b', 1],
      [2, { shots: 3, device: 'a' }, 'a', 3],
      [3, { shots: 3, device: 'b' }, 'b', 3],
    ]);
    for (const row of document.rows) {
      expect(row.seed).toBe(pointSeed(9, row.point));
      expect(await lab.archive.run(row.run!)).toMatchObject({ job: row.job, seed: row.seed });
      expect(await lab.job(row.job!)).toMatchObject({
        kind: 'run',
        state: 'completed',
        parent: job.id,
        point: row.point,
      });
      expect(await lab.jobBody(row.job!)).toEqual({
        kind: 'run',
        device: row.device,
        shots: row.shots,
        seed: row.seed,
      });
    }
    expect(devices.map(({ plans }) => plans.length)).toEqual([2, 2]);
    // Points are jobs, but nobody is told of each of them unasked.
    expect(new Set(seen)).toEqual(new Set([job.id]));
    expect((await lab.jobs()).items.map(({ id }) => id)).toEqual([job.id]);
    expect((await lab.jobs({ all: true })).items).toHaveLength(5);
    expect((await lab.jobs({ parent: job.id })).items.map(({ point }) => point)).toEqual([
      3, 2, 1, 0,
    ]);
  });

  it('tells what it has by now, page by page, as JSON and as CSV', async () => {
    const { lab, device, time } = await bench({ byHand: true });
    await using _ = lab;
    const { id } = await lab.submit(sweep([1, 2, 3]));
    const begun = await running(lab, id);
    await device.finish();
    await lab.jobEnd(begun.id);
    await running(lab, id, [begun.id]);
    await time.settle();
    const first = await lab.sweep(id, { from: 0, limit: 2 });
    expect(first).toMatchObject({
      state: 'running',
      counts: { points: 3, completed: 1, active: 1, waiting: 1 },
      next: 2,
    });
    expect(states(first.rows)).toEqual(['completed', 'running']);
    const rest = await lab.sweep(id, { from: first.next!, limit: 2 });
    expect([states(rest.rows), rest.next]).toEqual([['queued'], null]);
    const text = async (format: 'csv' | 'json'): Promise<string> => {
      let all = '';
      for await (const part of await lab.exportSweep(id, format)) all += part;
      return all;
    };
    const lines = (await text('csv')).trim().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatch(/^0,1,a,completed,/);
    const document = JSON.parse(await text('json')) as SweepDocument;
    expect(document.rows).toEqual([...first.rows, ...rest.rows]);
    const single = await lab.submit({ kind: 'run', device: 'a' });
    expect(await codeOf(lab.sweep(single.id))).toBe('invalid-input');
    expect(await codeOf(lab.sweep('nobody'))).toBe('unknown-job');
  });

  it('is refused at the door with everything that is wrong with it', async () => {
    const { lab, device } = await bench();
    await using _ = lab;
    const refused = async (body: unknown): Promise<unknown> =>
      lab.submit(body).then(
        () => 'nothing was thrown',
        (error: unknown) => {
          const { code, details } = error as RelaxdError;
          const violations = details.violations ?? [];
          return [code, ...violations.map(({ path, value }) => [path, value])];
        },
      );
    expect(await refused(sweep([1, 0, -3]))).toEqual([
      'invalid-input',
      ['axes[0].values[1]', 0],
      ['axes[0].values[2]', -3],
    ]);
    expect(await refused(sweep([]))).toMatchObject(['wrong-size', ['axes[0].values', 0]]);
    expect(await refused(sweep([1], { axes: [{ path: 'shots' }, {}] }))).toEqual([
      'invalid-input',
      ['axes[0]', undefined],
      ['axes[1]', undefined],
    ]);
    expect(await refused({ ...sweep([1]), base: { kind: 'sweep' } })).toMatchObject([
      'unknown-kind',
    ]);
    expect(await refused({ ...sweep([1]), device: 'a' })).toEqual([
      'unknown-field',
      ['device', 'a'],
    ]);
    const nowhere = { path: 'device', values: ['a', 'nobody'] };
    expect(await refused(sweep([1], { axes: [nowhere] }))).toEqual(['unknown-device']);
    device.violations = [{ code: 'program-refused', path: 'sites', message: 'too many' }];
    expect(await refused(sweep([1]))).toEqual(['program-refused', ['sites', undefined]]);
    expect((await lab.jobs({ all: true })).items).toEqual([]);
  });

  it('has each value prepared at the door where its kind compiles nothing', async () => {
    const kind: JobKind = {
      ...runKind,
      cheap: true,
      async prepare(body, context) {
        const { shots = 1 } = body as { shots?: number };
        if (shots <= 2) return runKind.prepare(body, context);
        throw new RelaxdError('program-refused', 'too many shots', {
          violations: [
            { code: 'program-refused', path: 'shots', message: 'above 2', value: shots, limit: 2 },
          ],
        });
      },
    };
    const { lab } = await bench({ kinds: [kind] });
    await using _ = lab;
    await expect(lab.submit(sweep([1, 2, 3, 7]))).rejects.toMatchObject({
      code: 'program-refused',
      details: {
        violations: [
          { path: 'axes[0].values[2]', message: 'shots: above 2', value: 3 },
          { path: 'axes[0].values[3]', message: 'shots: above 2', value: 7 },
        ],
      },
    });
  });
});

describe('a sweep with points that fail', () => {
  const failing: JobKind = {
    ...runKind,
    async prepare(body, context) {
      const { shots } = body as { shots?: number };
      if (shots === 13) throw new RelaxdError('cannot-compile', '13 brings bad luck');
      return runKind.prepare(body, context);
    },
  };

  it('goes on, leaves none of them out, and says so', async () => {
    const { lab } = await bench({ kinds: [failing] });
    await using _ = lab;
    const job = await lab.jobEnd((await lab.submit(sweep([1, 13, 2]))).id);
    expect(job).toMatchObject({ state: 'completed', points: { completed: 2, failed: 1 } });
    const { rows, warnings } = resultOf(job);
    expect(states(rows)).toEqual(['completed', 'failed', 'completed']);
    expect(rows[1]).toMatchObject({ run: null, error: { code: 'cannot-compile' }, work: null });
    expect(warnings).toEqual(['1 of 3 points failed']);
  });

  it('stops at the first where it is to, and fails', async () => {
    const { lab } = await bench({ kinds: [failing] });
    await using _ = lab;
    const body = sweep([1, 13, 2, 3, 4], { onFailure: 'stop' });
    const job = await lab.jobEnd((await lab.submit(body)).id);
    expect(job).toMatchObject({
      state: 'failed',
      error: { code: 'sweep-failed', details: { point: 1, cause: 'cannot-compile' } },
    });
    const ended = states(resultOf(job).rows);
    expect(ended.slice(0, 2)).toEqual(['completed', 'failed']);
    // The point that follows may be under way already when the failure is stored.
    expect(ended.slice(3)).toEqual(['cancelled', 'cancelled']);
  });

  it('fails where all of them do', async () => {
    const { lab, device } = await bench();
    await using _ = lab;
    const { id } = await lab.submit(sweep([1, 2]));
    device.violations = [{ code: 'program-refused', path: 'sites', message: 'too many' }];
    const job = await lab.jobEnd(id);
    if (resultOf(job).rows[0]!.state === 'failed') expect(job.state).toBe('failed');
    else expect(job.state).toBe('completed');
  });
});

describe('what is done to a sweep', () => {
  it('cancel ends waiting points, and the one that runs at a shot', async () => {
    const { lab, device } = await bench({ byHand: true });
    await using _ = lab;
    const { id } = await lab.submit(sweep([5, 5, 5]));
    await running(lab, id);
    await device.shot();
    expect((await lab.act(id, 'cancel')).state).toBe('running');
    const job = await lab.jobEnd(id);
    expect(job).toMatchObject({ state: 'cancelled', points: { cancelled: 3 } });
    const { rows } = resultOf(job);
    expect(rows[0]).toMatchObject({ state: 'cancelled', shots: 1 });
    expect(rows[1]).toMatchObject({ state: 'cancelled', run: null, error: null });
    expect(lab.queue()).toMatchObject({ quiescent: true, depth: 0, active: 0 });
  });

  it('abort ends the point that runs at once', async () => {
    const { lab, device } = await bench({ byHand: true });
    await using _ = lab;
    const { id } = await lab.submit(sweep([5, 5]));
    await running(lab, id);
    await lab.act(id, 'abort');
    const job = await lab.jobEnd(id);
    expect(job).toMatchObject({ state: 'aborted', points: { aborted: 1, cancelled: 1 } });
    expect(device.equipment).toBe('standby');
  });

  it('hold keeps all points from their devices, release lets them go', async () => {
    const { lab, device, time } = await bench({ byHand: true });
    await using _ = lab;
    const single = await lab.submit({ kind: 'run', device: 'a' });
    await reaches(lab, single.id, 'running');
    const { id } = await lab.submit(sweep([1, 2]));
    await lab.act(id, 'hold');
    await device.finish();
    await lab.jobEnd(single.id);
    await time.settle();
    expect(lab.queue()).toMatchObject({ quiescent: true, depth: 0, held: 1, active: 0 });
    expect(device.plans).toHaveLength(1);
    await lab.act(id, 'release');
    await running(lab, id);
  });

  it('pause stops the point that runs between two shots, resume lets all go on', async () => {
    const b = await bench({ byHand: true });
    const { lab, device, time } = b;
    await using _ = lab;
    const { id } = await lab.submit(sweep([2, 2]));
    const point = await running(lab, id);
    await device.shot();
    expect(await lab.act(id, 'pause')).toMatchObject({ state: 'paused' });
    await reaches(lab, point.id, 'paused');
    await time.settle();
    expect(device.plans).toHaveLength(1);
    await lab.act(id, 'resume');
    await reaches(lab, point.id, 'running');
    await finishAll(b, id);
    expect(await lab.job(id)).toMatchObject({ state: 'completed', points: { completed: 2 } });
  });

  it('a deadline ends the points that still wait', async () => {
    const { lab, device, time } = await bench({ byHand: true });
    await using _ = lab;
    const { id } = await lab.submit(sweep([1, 1, 1], { deadline: '2026-01-01T00:01:00Z' }));
    await running(lab, id);
    time.advance(60_000);
    await time.settle();
    expect((await lab.sweep(id)).counts).toMatchObject({ active: 1, expired: 2 });
    await device.finish();
    const job = await lab.jobEnd(id);
    expect(job.state).toBe('completed');
    expect(resultOf(job).rows[2]).toMatchObject({
      state: 'expired',
      error: { code: 'deadline-passed' },
    });
  });

  it('is not asked of its points one by one where they have it from the sweep', async () => {
    const { lab } = await bench({ byHand: true });
    await using _ = lab;
    const { id } = await lab.submit(sweep([1, 1, 1]));
    const { id: point } = await running(lab, id);
    expect(await codeOf(lab.act(point, 'reprioritise', { priority: 3 }))).toBe('not-supported');
    expect(await lab.act(id, 'reprioritise', { priority: 3 })).toMatchObject({ priority: 3 });
  });
});

describe('the line', () => {
  it('lets single jobs of the same priority in between, and shows the sweep once', async () => {
    const { lab, device, time } = await bench({ byHand: true, mostQueued: 4 });
    await using _ = lab;
    const { id } = await lab.submit(sweep([1, 1, 1, 1, 1, 1]));
    const first = await running(lab, id);
    time.advance(1000);
    const one = await lab.submit({ kind: 'run', device: 'a' });
    const two = await lab.submit({ kind: 'run', device: 'a' });
    const { items, depth } = lab.queue();
    expect(items.map(({ job, position }) => [job, position])).toEqual([
      [id, 0],
      [one.id, 1],
      [two.id, 2],
    ]);
    expect(items[0]).toMatchObject({ kind: 'sweep', points: { points: 6, active: 1, waiting: 5 } });
    expect(depth).toBe(7);
    expect(lab.queue().devices).toMatchObject([{ device: 'a', job: first.id, depth: 7 }]);
    const ran: string[] = [];
    for (let job = first.id; ran.length < 5;) {
      time.advance(1000);
      await device.finish();
      await lab.jobEnd(job);
      for (;;) {
        const next = lab.queue().devices[0]!.job;
        if (next !== null && next !== job) {
          job = next;
          break;
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      await reaches(lab, job, 'running');
      ran.push((await lab.job(job)).parent === undefined ? job : 'point');
    }
    expect(ran).toEqual(['point', one.id, two.id, 'point', 'point']);
  });

  it('is not filled by the points of a sweep', async () => {
    const { lab } = await bench({ byHand: true, mostQueued: 2 });
    await using _ = lab;
    const { id } = await lab.submit(sweep(Array.from({ length: 50 }, () => 1)));
    await running(lab, id);
    await lab.submit({ kind: 'run', device: 'a' });
    expect(await codeOf(lab.submit({ kind: 'run', device: 'a' }))).toBe('queue-full');
  });
});

describe('a sweep over a restart', () => {
  it('finds its points again, stores those that are missing, and runs none twice', async () => {
    const folder = join(temporaryFolder(), 'data');
    const first = await bench({ folder, byHand: true });
    const { id } = await first.lab.submit(sweep([1, 1, 1, 1]));
    const done = await running(first.lab, id);
    await first.device.finish();
    await first.lab.jobEnd(done.id);
    const second = await running(first.lab, id, [done.id]);
    await first.lab.close();
    const again = await bench({ folder, byHand: true });
    await using _ = again.lab;
    await finishAll(again, id);
    const job = await again.lab.job(id);
    const { rows, counts } = resultOf(job);
    expect(job.state).toBe('completed');
    expect(counts).toMatchObject({ points: 4, completed: 3, failed: 1 });
    expect(rows[second.point!]).toMatchObject({ error: { code: 'service-restart' }, shots: null });
    expect(new Set(rows.map(({ job: point }) => point)).size).toBe(4);
    const { items } = await again.lab.archive.runs({ limit: 100 });
    expect(items).toHaveLength(4);
  });

  it('tries again what the restart cut off, where the sweep says so', async () => {
    const folder = join(temporaryFolder(), 'data');
    const first = await bench({ folder, byHand: true });
    const { id } = await first.lab.submit(sweep([1, 1], { retry: { attempts: 2 } }));
    const cut = await running(first.lab, id);
    await first.lab.close();
    const again = await bench({ folder, byHand: true });
    await using _ = again.lab;
    await finishAll(again, id);
    const job = await again.lab.job(id);
    expect(job).toMatchObject({ state: 'completed', points: { completed: 2 } });
    expect(resultOf(job).rows[cut.point!]).toMatchObject({ attempts: 2, error: null });
    const { items } = await again.lab.archive.runs({ job: cut.id });
    expect(items.map(({ state, attempt = 1 }) => `${attempt} ${state}`).sort()).toEqual([
      '1 failed',
      '2 completed',
    ]);
  });

  it('goes on cancelling', async () => {
    const folder = join(temporaryFolder(), 'data');
    const first = await bench({ folder, byHand: true });
    const { id } = await first.lab.submit(sweep([1, 1, 1]));
    await running(first.lab, id);
    void first.lab.act(id, 'cancel').catch(() => undefined);
    await first.lab.close();
    const again = await bench({ folder });
    await using _ = again.lab;
    const { state } = await again.lab.jobEnd(id);
    expect(['cancelled', 'completed']).toContain(state);
  });
});

describe('a sweep that has failed', () => {
  it('is submitted again as a new job, once, with the same seed', async () => {
    const { lab, device } = await bench({ byHand: true });
    await using _ = lab;
    const { id } = await lab.submit(sweep([1, 1], { seed: undefined }));
    await running(lab, id);
    await lab.act(id, 'abort');
    const old = await lab.jobEnd(id);
    const again = await lab.act(id, 'retry');
    expect(again).toMatchObject({ kind: 'sweep', state: 'queued', retryOf: id });
    expect((await lab.act(id, 'retry')).id).toBe(again.id);
    expect((await lab.sweep(again.id)).seed).toBe(resultOf(old).seed);
    expect(device.calls).toContain('abort');
  });
});

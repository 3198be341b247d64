import { existsSync, mkdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../core/index.js';
import type { SampleGap } from '../device/index.js';
import { fakeChunk, fakeDescriptor, fakeProgram } from './fake-device.test-support.js';
import { bench, reaches } from './lab-bench.test-support.js';
import type { JobRow } from './job.js';
import { recordHeader } from './record-header.js';
import { recordPath } from './run-archive.js';
import { gapDocument } from './run-documents.js';
import { RunRecorder } from './run-recorder.js';
import type { RunRow } from './run.js';
import { openEmbeddedStore } from './open-store.js';
import { jobRow, runRow } from './store-contract.test-support.js';
import { temporaryFolder } from './temporary-folder.test-support.js';

const root = temporaryFolder();
let folders = 0;

interface Left {
  readonly job: JobRow;
  readonly run?: RunRow;
  /** Gaps that had been told before. */
  readonly gaps?: readonly SampleGap[];
  /** Chunks in the record, and bytes cut off its end; no record where it is left out. */
  readonly record?: { readonly shots: number; readonly cut: number };
}

/** A data folder as a process leaves it that was killed. */
async function leave(...left: readonly Left[]): Promise<string> {
  const folder = join(root, `data-${folders++}`);
  mkdirSync(folder);
  const store = await openEmbeddedStore(join(folder, 'lab.sqlite'), new ManualClock(0));
  for (const { job, run, record, gaps = [] } of left) {
    const body = { kind: 'run', device: job.device };
    await store.insertJob({ row: job, body, transitions: [], idempotency: null });
    if (run !== undefined) {
      const documents = gaps.map((gap) => gapDocument(run.id, '', gap));
      await store.commit({ runs: [run], documents });
    }
    if (record === undefined) continue;
    const path = recordPath(join(folder, 'runs'), run!.id);
    const program = fakeProgram();
    const header = recordHeader({
      run: run!.id,
      job: job.id,
      origin: 'emulator',
      seed: 1,
      program,
      programHash: 'sha256:p',
      descriptor: fakeDescriptor('a'),
      descriptorHash: 'sha256:d',
    });
    const recorder = new RunRecorder(path, header, new ManualClock(0));
    for (let shot = 0; shot < record.shots; shot++) {
      await recorder.append(fakeChunk(program, 1, shot));
    }
    await recorder.close();
    truncateSync(path, statSync(path).size - 8 - record.cut);
  }
  await store[Symbol.asyncDispose]();
  return folder;
}

describe('Lab after a restart', () => {
  for (const state of ['submitted', 'validated', 'queued'] as const) {
    it(`runs a job that was ${state}`, async () => {
      const folder = await leave({ job: jobRow('01A', { state }) });
      const { lab } = await bench({ folder });
      expect((await lab.jobEnd('01A')).state).toBe('completed');
      await lab.close();
    });
  }

  it('queues a job again that was being dispatched and never armed, with the seed that it had', async () => {
    const folder = await leave({ job: jobRow('01A', { state: 'dispatching', seed: 99 }) });
    const { lab, device } = await bench({ folder });
    expect(await lab.jobEnd('01A')).toMatchObject({ state: 'completed', result: { seed: 99 } });
    expect(device.plans).toHaveLength(1);
    const history = await lab.jobHistory('01A');
    expect(history[0]).toMatchObject({ event: 'restart', from: 'dispatching', to: 'queued' });
    await lab.close();
  });

  it('leaves a held job held', async () => {
    const folder = await leave({ job: jobRow('01A', { state: 'held' }) });
    const { lab, device } = await bench({ folder });
    expect((await lab.job('01A')).state).toBe('held');
    expect(device.plans).toHaveLength(0);
    await lab.close();
  });

  it('ends a job that was to be cancelled before it armed', async () => {
    const folder = await leave({ job: jobRow('01A', { state: 'dispatching', asked: 'cancel' }) });
    const { lab } = await bench({ folder });
    expect((await lab.job('01A')).state).toBe('cancelled');
    await lab.close();
  });

  for (const state of ['dispatching', 'running', 'paused', 'finalizing'] as const) {
    it(`fails a job that had been armed and was ${state}, keeps its record, and never runs it again`, async () => {
      const folder = await leave({
        job: jobRow('01A', { state, armed: true, run: 'R1' }),
        run: runRow('R1', '01A', { state: state === 'dispatching' ? 'armed' : state }),
        record: { shots: 2, cut: 40 },
      });
      const { lab, device } = await bench({ folder });
      expect(await lab.job('01A')).toMatchObject({
        state: 'failed',
        run: 'R1',
        result: null,
        error: { code: 'service-restart' },
      });
      expect(await lab.archive.run('R1')).toMatchObject({
        state: 'failed',
        rows: 3,
        shots: 1,
        record: 'repaired',
        error: { code: 'service-restart' },
      });
      const documents = await lab.archive.documents('R1');
      expect(documents.map((entry) => entry.kind)).toEqual(['gap', 'stop']);
      expect(documents[0]!.document).toMatchObject({ firstRow: 3, rows: null });
      expect(documents[0]!.document['reason']).toContain('torn');
      expect(documents[1]!.document).toMatchObject({ reason: 'service-restart', rows: 3 });
      const samples = await lab.archive.samples('R1');
      expect(samples).toMatchObject({ nextRow: null, chunks: [{ firstRow: 0, rows: 3 }] });
      expect(device.plans).toHaveLength(0);
      await lab.close();
    });
  }

  it('counts the gaps that were told before the run was cut off, too', async () => {
    const folder = await leave({
      job: jobRow('01A', { state: 'running', armed: true, run: 'R1' }),
      run: runRow('R1', '01A', { state: 'running' }),
      gaps: [{ firstRow: 0, rows: 2, reason: 'the board dropped them' }],
      record: { shots: 2, cut: 40 },
    });
    const { lab } = await bench({ folder });
    const documents = await lab.archive.documents('R1');
    expect(documents.map(({ kind }) => kind)).toEqual(['gap', 'gap', 'stop']);
    expect(documents[2]!.document).toMatchObject({ gaps: 2, parameters: [], changed: null });
    await lab.close();
  });

  it('fails an armed job whose record was never begun, or cannot be read', async () => {
    const folder = await leave(
      {
        job: jobRow('01A', { state: 'running', armed: true, run: 'R1' }),
        run: runRow('R1', '01A'),
      },
      {
        job: jobRow('01B', { state: 'running', armed: true, run: 'R2' }),
        run: runRow('R2', '01B'),
      },
    );
    mkdirSync(join(folder, 'runs', 'R2'), { recursive: true });
    writeFileSync(recordPath(join(folder, 'runs'), 'R2'), 'nonsense');
    const { lab } = await bench({ folder });
    for (const [job, run] of [
      ['01A', 'R1'],
      ['01B', 'R2'],
    ] as const) {
      expect((await lab.job(job)).error?.code).toBe('service-restart');
      expect(await lab.archive.run(run)).toMatchObject({ record: 'missing', rows: 0 });
      expect(await lab.archive.samples(run)).toEqual({ run, chunks: [], nextRow: null });
    }
    await lab.close();
  });

  it('does the same after a crash during recovery: what has ended stays as it is', async () => {
    const folder = await leave({
      job: jobRow('01A', { state: 'running', armed: true, run: 'R1' }),
      run: runRow('R1', '01A'),
      record: { shots: 1, cut: 0 },
    });
    const first = await bench({ folder });
    const job = await first.lab.job('01A');
    await first.lab.close();
    const second = await bench({ folder });
    expect(await second.lab.job('01A')).toEqual(job);
    await second.lab.close();
  });

  it('fails a job of a kind that is no longer there, and nothing else', async () => {
    const folder = await leave(
      { job: jobRow('01A', { kind: 'forgotten' }) },
      { job: jobRow('01B') },
    );
    const { lab } = await bench({ folder });
    expect((await lab.jobEnd('01A')).error?.code).toBe('unknown-kind');
    expect((await lab.jobEnd('01B')).state).toBe('completed');
    await lab.close();
  });

  it('keeps a job whose device is no longer there, and says so', async () => {
    const folder = await leave({ job: jobRow('01A', { device: 'gone' }) });
    const { lab, time } = await bench({ folder });
    await time.settle();
    expect((await lab.job('01A')).state).toBe('queued');
    expect(lab.queue().items[0]?.waitsFor).toContain("no device 'gone'");
    expect((await lab.act('01A', 'cancel')).state).toBe('cancelled');
    await lab.close();
  });

  it('removes what exports left behind', async () => {
    const folder = await leave();
    mkdirSync(join(folder, 'scratch', 'export-x'), { recursive: true });
    const { lab } = await bench({ folder });
    expect(existsSync(join(folder, 'scratch'))).toBe(false);
    await lab.close();
  });
});

describe('Lab.close', () => {
  it('fails what runs with service-restart, leaves what waits, and refuses what comes', async () => {
    const folder = join(root, `data-${folders++}`);
    const first = await bench({ folder, byHand: true });
    const running = await first.lab.submit({ kind: 'run', device: 'a' });
    await reaches(first.lab, running.id, 'running');
    await first.device.shot();
    const waiting = await first.lab.submit({ kind: 'run', device: 'a' });
    const poll = first.lab.waitJob(waiting.id, waiting.revision, 1e9);
    await first.lab.close();
    await first.lab.close();
    await expect(first.lab.submit({ kind: 'run', device: 'a' })).rejects.toMatchObject({
      code: 'service-stopping',
    });
    await poll.catch(() => undefined);
    const second = await bench({ folder });
    expect(await second.lab.job(running.id)).toMatchObject({
      state: 'failed',
      error: { code: 'service-restart' },
    });
    const { run } = await second.lab.job(running.id);
    expect(await second.lab.archive.run(run!)).toMatchObject({ rows: 3, record: 'whole' });
    expect((await second.lab.jobEnd(waiting.id)).state).toBe('completed');
    expect(second.device.plans).toHaveLength(1);
    await second.lab.close();
  });

  it('keeps a second lab out of the same folder until then', async () => {
    const folder = join(root, `data-${folders++}`);
    const first = await bench({ folder });
    await expect(bench({ folder })).rejects.toMatchObject({ code: 'store-locked' });
    await first.lab.close();
    await (await bench({ folder })).lab.close();
  });

  it('names a folder that cannot be made', async () => {
    const file = join(root, 'file');
    writeFileSync(file, '');
    await expect(bench({ folder: join(file, 'data') })).rejects.toMatchObject({
      code: 'store-failed',
    });
  });
});

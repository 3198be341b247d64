import { hostname } from 'node:os';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RelaxdError, Type } from '../core/index.js';
import type { DeviceClock, ParameterReading } from '../device/index.js';
import { fakeProgram } from './fake-device.test-support.js';
import type { JobKind } from './job-kind.js';
import { codeOf } from './code-of.test-support.js';
import { bench, reaches, runKind } from './lab-bench.test-support.js';
import { ManualTime } from './manual-alarm.test-support.js';
import { RecordReader } from './record-reader.js';
import { openEmbeddedStore } from './open-store.js';
import { temporaryFolder } from './temporary-folder.test-support.js';

const BODY = { kind: 'run', device: 'a' };

describe('Lab: a job', () => {
  it('goes through every state to its result, each announced once it is durable', async () => {
    const { lab } = await bench();
    await using _ = lab;
    const states: string[] = [];
    const revisions: number[] = [];
    lab.on('job', (job) => {
      states.push(job.state);
      revisions.push(job.revision);
    });
    const submitted = await lab.submit(BODY);
    expect(Object.keys(submitted)).toEqual([
      'id',
      'revision',
      'kind',
      'state',
      'device',
      'priority',
      'createdAt',
      'startedAt',
      'endedAt',
      'progress',
      'run',
      'result',
      'error',
      'actions',
    ]);
    const job = await lab.jobEnd(submitted.id);
    expect(job).toMatchObject({
      state: 'completed',
      actions: [],
      progress: { fraction: 1, shots: 2 },
      result: {
        version: 1,
        job: submitted.id,
        run: job.run,
        device: 'a',
        origin: 'emulator',
        seed: 4711,
        shots: 2,
        program: { rule: 'hebb' },
        calibration: null,
        engine: 'fake',
        retrieval: { shots: 2 },
      },
    });
    expect(job.result!.warnings).toContain('prepared');
    expect([...new Set(states)]).toEqual([
      'queued',
      'dispatching',
      'running',
      'finalizing',
      'completed',
    ]);
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    expect(new Set(revisions).size).toBe(revisions.length);
    const history = await lab.jobHistory(submitted.id);
    expect(history.map((step) => `${step.event} → ${step.to}`)).toEqual([
      'submit → submitted',
      'validate → validated',
      'enqueue → queued',
      'dispatch → dispatching',
      'arm → dispatching',
      'start → running',
      'finish → finalizing',
      'conclude → completed',
    ]);
  });

  it('is listed without its result, newest first, by state and device', async () => {
    const { lab } = await bench({ names: ['a', 'b'], byHand: true });
    await using _ = lab;
    const ids: string[] = [];
    for (const device of ['a', 'b', 'a']) ids.unshift((await lab.submit({ ...BODY, device })).id);
    const page = await lab.jobs({ limit: 2 });
    expect(page.items.map((job) => job.id)).toEqual(ids.slice(0, 2));
    expect(page.items[0]).not.toHaveProperty('result');
    const rest = await lab.jobs({ limit: 2, cursor: page.next! });
    expect(rest).toMatchObject({ items: [{ id: ids[2] }], next: null });
    expect((await lab.jobs({ device: 'b' })).items).toHaveLength(1);
    expect((await lab.jobs({ state: ['completed', 'failed'] })).items).toHaveLength(0);
    expect(await codeOf(lab.jobs({ state: 'done' }))).toBe('invalid-input');
    expect(await codeOf(lab.jobs({ limit: 0 }))).toBe('invalid-input');
    expect(await codeOf(lab.jobs({ cursor: 'nonsense' }))).toBe('invalid-input');
    expect(await codeOf(lab.archive.runs({ cursor: ids[0]! }))).toBe('invalid-input');
  });

  it('waits where the lab is told not to begin yet', async () => {
    const { lab } = await bench({ begin: false });
    await using _ = lab;
    const { id } = await lab.submit(BODY);
    expect(await lab.job(id)).toMatchObject({ state: 'queued' });
    expect(lab.queue()).toMatchObject({ depth: 1, active: 0 });
    lab.begin();
    expect(await lab.jobEnd(id)).toMatchObject({ state: 'completed' });
  });

  it('takes up the warnings of what watches its samples', async () => {
    const kind: JobKind = {
      ...runKind,
      async prepare(body, context) {
        const prepared = await runKind.prepare(body, context);
        const finish = () => ({ retrieval: { time: null }, warnings: ['time is null: late'] });
        return { ...prepared, observer: { onSamples: () => undefined, finish } };
      },
    };
    const { lab } = await bench({ kinds: [kind] });
    await using _ = lab;
    const { result } = await lab.jobEnd((await lab.submit(BODY)).id);
    expect(result!['retrieval']).toEqual({ time: null });
    expect(result!.warnings).toEqual(expect.arrayContaining(['prepared', 'time is null: late']));
  });

  it('is refused at the door, and not stored, where it cannot work', async () => {
    const { lab, device } = await bench();
    await using _ = lab;
    const refused = async (body: unknown): Promise<{ code: string; path?: string }> =>
      lab.submit(body).then(
        () => ({ code: 'nothing was thrown' }),
        (error: unknown) => ({
          code: (error as RelaxdError).code,
          path: (error as RelaxdError).details.path ?? '',
        }),
      );
    expect(await refused('text')).toMatchObject({ code: 'invalid-input' });
    expect(await refused({ device: 'a' })).toEqual({ code: 'unknown-kind', path: 'kind' });
    expect(await refused({ ...BODY, kind: 'dance' })).toEqual({
      code: 'unknown-kind',
      path: 'kind',
    });
    expect(await refused({ ...BODY, colour: 1 })).toEqual({
      code: 'unknown-field',
      path: 'colour',
    });
    expect(await refused({ ...BODY, priority: 1.5 })).toEqual({
      code: 'invalid-input',
      path: 'priority',
    });
    expect(await refused({ ...BODY, deadline: 'tomorrow' })).toEqual({
      code: 'invalid-input',
      path: 'deadline',
    });
    expect(await refused({ ...BODY, deadline: '2026-01-01T00:00:00Z' })).toMatchObject({
      code: 'deadline-passed',
    });
    expect(await refused({ kind: 'run' })).toEqual({ code: 'invalid-input', path: 'device' });
    expect(await refused({ ...BODY, notBefore: '2026-02-30T00:00:00Z' })).toEqual({
      code: 'invalid-input',
      path: 'notBefore',
    });
    expect(await refused({ ...BODY, device: 'z' })).toEqual({
      code: 'unknown-device',
      path: 'device',
    });
    expect(await refused({ ...BODY, program: { version: 1 } })).toMatchObject({
      code: 'program-invalid',
    });
    device.violations = [
      { code: 'program-refused', path: 'sites', message: 'too many', value: 4, limit: 3 },
    ];
    expect(await refused(BODY)).toEqual({ code: 'program-refused', path: 'sites' });
    expect((await lab.jobs()).items).toEqual([]);
  });

  it('is refused where the queue is full', async () => {
    const { lab } = await bench({ byHand: true, mostQueued: 2 });
    await using _ = lab;
    await lab.submit(BODY);
    await lab.submit(BODY);
    expect(await codeOf(lab.submit(BODY))).toBe('queue-full');
  });

  it('is unknown by another id, at once', async () => {
    const { lab } = await bench();
    await using _ = lab;
    for (const call of [
      lab.job('x'),
      lab.waitJob('x', 0, 1e9),
      lab.act('x', 'cancel'),
      lab.jobHistory('x'),
      lab.jobBody('x'),
    ]) {
      expect(await codeOf(call)).toBe('unknown-job');
    }
  });

  it('keeps the seed that it was given, in the program or by drawing', async () => {
    const { lab, device } = await bench();
    await using _ = lab;
    await lab.jobEnd((await lab.submit({ ...BODY, seed: 7 })).id);
    await lab.jobEnd((await lab.submit(BODY)).id);
    expect(device.plans.map((plan) => plan.seed)).toEqual([7, 4711]);
  });

  it('fails with what its driver threw, and the lab goes on', async () => {
    const { lab, device } = await bench();
    await using _ = lab;
    for (const call of ['load', 'arm', 'start'] as const) {
      device.failures.set(call, new TypeError(`${call} went wrong`));
      const job = await lab.jobEnd((await lab.submit(BODY)).id);
      expect(job).toMatchObject({
        state: 'failed',
        result: null,
        error: { code: 'driver-failed', message: `a: ${call} went wrong` },
      });
    }
    expect(device.equipment).toBe('standby');
    expect(await lab.jobEnd((await lab.submit(BODY)).id)).toMatchObject({ state: 'completed' });
  });

  it('fails where its run ends badly, and keeps the partial record', async () => {
    const { lab, device } = await bench({ byHand: true });
    await using _ = lab;
    const { id } = await lab.submit(BODY);
    await reaches(lab, id, 'running');
    await device.shot();
    await device.fail(new RelaxdError('device-fault', 'over temperature'));
    const job = await lab.jobEnd(id);
    expect(job).toMatchObject({ state: 'failed', error: { code: 'device-fault' }, result: null });
    expect(await lab.archive.run(job.run!)).toMatchObject({
      state: 'failed',
      rows: 3,
      shots: 1,
      record: 'whole',
      error: { code: 'device-fault' },
    });
    expect((await lab.archive.samples(job.run!)).chunks).toHaveLength(1);
  });

  it('fails where what its kind promised breaks at the end', async () => {
    const kind: JobKind = {
      ...runKind,
      async prepare(body, context) {
        const prepared = await runKind.prepare(body, context);
        const finish = (): never => {
          throw new Error('no target');
        };
        return { ...prepared, observer: { onSamples: () => undefined, finish } };
      },
    };
    const { lab } = await bench({ kinds: [kind] });
    await using _ = lab;
    expect(await lab.jobEnd((await lab.submit(BODY)).id)).toMatchObject({
      state: 'failed',
      error: { code: 'internal', message: 'no target' },
    });
  });

  it('waits for a device that is offline, and goes on when it is back', async () => {
    const { lab, device } = await bench();
    await using _ = lab;
    await device.setLink('offline');
    const { id } = await lab.submit(BODY);
    expect(await lab.job(id)).toMatchObject({ state: 'queued' });
    expect(lab.queue().items[0]?.waitsFor).toContain('offline');
    await device.setLink('online');
    expect(await lab.jobEnd(id)).toMatchObject({ state: 'completed' });
  });

  it('waits for a device that is in its safe state', async () => {
    const { lab, device } = await bench();
    await using _ = lab;
    await device.toSafeState('the door is open');
    const { id } = await lab.submit(BODY);
    expect(lab.queue().items[0]?.waitsFor).toContain('the door is open');
    await device.clearFault();
    expect(await lab.jobEnd(id)).toMatchObject({ state: 'completed' });
  });

  it('is queued again, with its seed, where the device was lost before it was armed', async () => {
    let seed = 0;
    const { lab, device } = await bench({ drawSeed: () => ++seed });
    await using _ = lab;
    device.failures.set('load', new RelaxdError('device-offline', 'gone'));
    const { id } = await lab.submit(BODY);
    while (device.calls.filter((call) => call === 'load').length < 1) {
      await lab.waitJob(id, (await lab.job(id)).revision, 1e9);
    }
    await reaches(lab, id, 'queued');
    await device.setLink('online');
    const job = await lab.jobEnd(id);
    expect(job.result?.seed).toBe(1);
    const history = (await lab.jobHistory(id)).map((step) => step.event);
    expect(history.filter((event) => event === 'requeue')).toHaveLength(1);
    expect(history.filter((event) => event === 'arm')).toHaveLength(1);
  });
});

describe('Lab: idempotency', () => {
  it('answers the same key and body with the same job, also at the same time', async () => {
    const { lab, device } = await bench();
    await using _ = lab;
    const jobs = await Promise.all(
      [1, 2, 3].map(() => lab.submit({ ...BODY, shots: 1 }, { idempotencyKey: 'k' })),
    );
    expect(new Set(jobs.map((job) => job.id)).size).toBe(1);
    await lab.jobEnd(jobs[0]!.id);
    const again = await lab.submit({ shots: 1, ...BODY }, { idempotencyKey: 'k' });
    expect(again).toMatchObject({ id: jobs[0]!.id, state: 'completed', result: { shots: 1 } });
    expect(device.plans).toHaveLength(1);
  });

  it('refuses the same key with another body, and an empty key', async () => {
    const { lab } = await bench();
    await using _ = lab;
    await lab.submit(BODY, { idempotencyKey: 'k' });
    const other = lab.submit({ ...BODY, shots: 1 }, { idempotencyKey: 'k' });
    expect(await codeOf(other)).toBe('idempotency-conflict');
    expect(await codeOf(lab.submit(BODY, { idempotencyKey: '' }))).toBe('invalid-input');
  });

  it('lets a key be used again where the first submission was refused', async () => {
    const { lab } = await bench();
    await using _ = lab;
    const wrong = lab.submit({ ...BODY, program: {} }, { idempotencyKey: 'k' });
    expect(await codeOf(wrong)).toBe('program-invalid');
    expect((await lab.submit(BODY, { idempotencyKey: 'k' })).state).toBe('queued');
  });

  it('remembers a key over a restart', async () => {
    const folder = join(temporaryFolder(), 'data');
    const first = await bench({ folder });
    const { id } = await first.lab.submit(BODY, { idempotencyKey: 'k' });
    await first.lab.jobEnd(id);
    await first.lab.close();
    const second = await bench({ folder });
    expect((await second.lab.submit(BODY, { idempotencyKey: 'k' })).id).toBe(id);
    await second.lab.close();
  });
});

describe('Lab: actions', () => {
  it('hold keeps a job from its device, release lets it go', async () => {
    const { lab, device } = await bench({ byHand: true });
    await using _ = lab;
    const first = await lab.submit(BODY);
    await reaches(lab, first.id, 'running');
    const second = await lab.submit(BODY);
    expect(await lab.act(second.id, 'hold')).toMatchObject({
      state: 'held',
      actions: ['release', 'cancel', 'abort', 'reprioritise'],
    });
    await device.finish();
    await lab.jobEnd(first.id);
    expect(lab.queue()).toMatchObject({ quiescent: true, depth: 0, held: 1, active: 0 });
    expect((await lab.job(second.id)).state).toBe('held');
    await lab.act(second.id, 'release');
    await reaches(lab, second.id, 'running');
  });

  it('cancel and abort of a waiting job end it as cancelled', async () => {
    const { lab, device } = await bench({ byHand: true });
    await using _ = lab;
    await reaches(lab, (await lab.submit(BODY)).id, 'running');
    for (const action of ['cancel', 'abort'] as const) {
      const { id } = await lab.submit(BODY);
      expect(await lab.act(id, action)).toMatchObject({ state: 'cancelled', run: null });
    }
    expect(device.plans).toHaveLength(1);
  });

  it('cancel ends a run at a shot and keeps what was done', async () => {
    const { lab, device } = await bench({ byHand: true });
    await using _ = lab;
    const { id } = await lab.submit({ ...BODY, shots: 10 });
    await reaches(lab, id, 'running');
    await device.shot();
    expect(await lab.act(id, 'cancel')).toMatchObject({ actions: ['abort'] });
    const job = await lab.jobEnd(id);
    expect(job).toMatchObject({
      state: 'cancelled',
      error: null,
      result: { shots: 1 },
      progress: { fraction: 0.1, shots: 1 },
    });
    expect(await lab.archive.run(job.run!)).toMatchObject({
      state: 'cancelled',
      rows: 3,
      shots: 1,
    });
    expect(device.calls).toContain('stop');
  });

  it('abort ends a run at once, without a result', async () => {
    const { lab, device } = await bench({ byHand: true });
    await using _ = lab;
    const { id } = await lab.submit(BODY);
    await reaches(lab, id, 'running');
    await device.shot();
    await lab.act(id, 'abort');
    const job = await lab.jobEnd(id);
    expect(job).toMatchObject({ state: 'aborted', error: null, result: null });
    expect(await lab.archive.run(job.run!)).toMatchObject({ state: 'aborted', rows: 3 });
    expect(device.equipment).toBe('standby');
  });

  it('cancel before the device starts keeps it from starting', async () => {
    const { lab, device } = await bench({ byHand: true });
    await using _ = lab;
    const cancelled = new Promise<void>((resolve) => {
      lab.on('job', (job) => {
        if (job.state === 'dispatching' && job.run === null) {
          void lab.act(job.id, 'cancel').then(() => resolve());
        }
      });
    });
    const { id } = await lab.submit(BODY);
    await cancelled;
    const job = await lab.jobEnd(id);
    expect(job.state).toBe('cancelled');
    expect(device.calls.filter((call) => call === 'start')).toHaveLength(0);
  });

  it('cancel between arm and start is obeyed as soon as the device runs', async () => {
    const { lab, device } = await bench({ byHand: true });
    await using _ = lab;
    lab.on('job', (job) => {
      if (job.state === 'dispatching' && job.run !== null) void lab.act(job.id, 'cancel');
    });
    const { id } = await lab.submit(BODY);
    const job = await lab.jobEnd(id);
    expect(job.state).toBe('cancelled');
    expect(device.equipment).toBe('standby');
  });

  it('cancel after the end answers with the end', async () => {
    const { lab } = await bench();
    await using _ = lab;
    const { id } = await lab.submit(BODY);
    const job = await lab.jobEnd(id);
    expect(await lab.act(id, 'cancel')).toEqual(job);
    expect(await lab.act(id, 'abort')).toEqual(job);
    expect(await codeOf(lab.act(id, 'hold'))).toBe('illegal-transition');
  });

  it('pause stops between two shots, resume goes on to the whole result', async () => {
    const { lab, device } = await bench({ byHand: true });
    await using _ = lab;
    const { id } = await lab.submit(BODY);
    await reaches(lab, id, 'running');
    await device.shot();
    await lab.act(id, 'pause');
    await reaches(lab, id, 'paused');
    const { run } = await lab.job(id);
    expect((await lab.archive.run(run!)).state).toBe('paused');
    expect(lab.queue().quiescent).toBe(false);
    await lab.act(id, 'resume');
    await reaches(lab, id, 'running');
    await device.finish();
    expect(await lab.jobEnd(id)).toMatchObject({ state: 'completed', result: { shots: 2 } });
  });

  it('pause that the device refuses leaves the run as it was', async () => {
    const { lab, device } = await bench({ byHand: true });
    await using _ = lab;
    const { id } = await lab.submit(BODY);
    await reaches(lab, id, 'running');
    device.failures.set('pause', new Error('no'));
    const asked = await lab.act(id, 'pause');
    const after = await lab.waitJob(id, asked.revision, 1e9);
    expect(after).toMatchObject({ state: 'running', actions: ['pause', 'cancel', 'abort'] });
    device.descriptor = { ...device.descriptor, shots: { max: 10, pauseAtShot: false } };
    expect(await codeOf(lab.act(id, 'pause'))).toBe('not-supported');
  });

  it('resume that fails ends the run with the reason', async () => {
    const { lab, device } = await bench({ byHand: true });
    await using _ = lab;
    const { id } = await lab.submit(BODY);
    await reaches(lab, id, 'running');
    await lab.act(id, 'pause');
    await reaches(lab, id, 'paused');
    device.failures.set('resume', new RelaxdError('device-fault', 'the couplings have drifted'));
    await lab.act(id, 'resume');
    expect(await lab.jobEnd(id)).toMatchObject({
      state: 'failed',
      error: { code: 'device-fault', message: 'the couplings have drifted' },
    });
  });

  it('reprioritise changes the order, and needs a priority', async () => {
    const { lab, device } = await bench({ byHand: true });
    await using _ = lab;
    await reaches(lab, (await lab.submit(BODY)).id, 'running');
    const low = await lab.submit(BODY);
    const high = await lab.submit({ ...BODY, priority: 5 });
    const line = (): string[] =>
      lab
        .queue()
        .items.filter((item) => item.position !== null)
        .map((item) => item.job);
    expect(line()).toEqual([high.id, low.id]);
    expect(await lab.act(low.id, 'reprioritise', { priority: 9 })).toMatchObject({ priority: 9 });
    expect(line()).toEqual([low.id, high.id]);
    expect(await codeOf(lab.act(low.id, 'reprioritise'))).toBe('invalid-input');
    void device;
  });

  it('refuse a revision that is not the present one', async () => {
    const { lab } = await bench({ byHand: true });
    await using _ = lab;
    await reaches(lab, (await lab.submit(BODY)).id, 'running');
    const job = await lab.submit(BODY);
    const held = await lab.act(job.id, 'hold', { revision: job.revision });
    expect(held.revision).toBe(job.revision + 1);
    const late = lab.act(job.id, 'release', { revision: job.revision });
    expect(await codeOf(late)).toBe('revision-conflict');
  });
});

describe('Lab: waiting', () => {
  it('answers when the job has a later revision, has ended, or the time is over', async () => {
    const { lab, device, time } = await bench({ byHand: true });
    await using _ = lab;
    const { id } = await lab.submit(BODY);
    await reaches(lab, id, 'running');
    const job = await lab.job(id);
    expect((await lab.waitJob(id, job.revision - 1, 1e9)).revision).toBe(job.revision);
    const waiting = lab.waitJob(id, job.revision, 30_000);
    await time.settle();
    time.advance(30_000);
    expect((await waiting).revision).toBe(job.revision);
    const ending = lab.waitJob(id, job.revision, 30_000);
    await device.finish();
    expect((await ending).revision).toBeGreaterThan(job.revision);
    const end = await lab.jobEnd(id);
    expect((await lab.waitJob(id, end.revision, 1e9)).state).toBe('completed');
  });

  it('ends when the caller goes away', async () => {
    const { lab } = await bench({ byHand: true });
    await using _ = lab;
    const { id } = await lab.submit(BODY);
    await reaches(lab, id, 'running');
    const { revision } = await lab.job(id);
    const gone = new AbortController();
    const waiting = lab.waitJob(id, revision, 1e9, gone.signal);
    gone.abort();
    expect((await waiting).revision).toBe(revision);
    expect(await codeOf(lab.jobEnd(id, gone.signal))).toBe('aborted');
  });

  it('expires a job whose deadline passes while it waits', async () => {
    const { lab, time } = await bench({ byHand: true });
    await using _ = lab;
    await reaches(lab, (await lab.submit(BODY)).id, 'running');
    const { id } = await lab.submit({ ...BODY, deadline: '2026-01-01T00:01:00Z' });
    time.advance(59_000);
    expect((await lab.job(id)).state).toBe('queued');
    time.advance(1000);
    expect(await lab.jobEnd(id)).toMatchObject({
      state: 'expired',
      error: { code: 'deadline-passed' },
    });
  });

  it('does not dispatch a job before its time', async () => {
    const { lab, device, time } = await bench();
    await using _ = lab;
    const { id } = await lab.submit({ ...BODY, notBefore: '2026-01-01T01:00:00+00:00' });
    time.advance(3_599_000);
    expect(lab.queue()).toMatchObject({
      quiescent: false,
      items: [{ waitsFor: 'not before 2026-01-01T01:00:00.000Z' }],
    });
    expect(device.plans).toHaveLength(0);
    time.advance(1000);
    expect((await lab.jobEnd(id)).state).toBe('completed');
  });
});

describe('Lab: runs and their records', () => {
  it('writes documents from start to stop, with all that is needed to do it again', async () => {
    const { lab } = await bench();
    await using _ = lab;
    const { run } = await lab.jobEnd((await lab.submit(BODY)).id);
    const documents = await lab.archive.documents(run!);
    expect(documents.map((entry) => entry.kind)).toEqual(['start', 'descriptor', 'stop']);
    const [start, descriptor, stop] = documents.map((entry) => entry.document);
    expect(start).toMatchObject({
      version: 1,
      device: 'a',
      origin: 'emulator',
      serial: 'a-1',
      seed: 4711,
      program: { rule: 'hebb', document: { sites: 4 } },
      parameters: [{ name: 'temperatureK', value: 300 }],
      deviceState: { link: 'online', clock: null },
      submitted: { by: null, at: '2026-01-01T00:00:00.000Z' },
      provenance: { relaxd: 'test', node: process.version, host: hostname() },
    });
    expect(descriptor).toMatchObject({ device: 'a', driver: 'fake' });
    expect(stop).toMatchObject({ reason: 'completed', rows: 6, shots: 2, gaps: 0, error: null });
    expect(stop).toMatchObject({ parameters: start!['parameters'], changed: [], warnings: [] });
    const programs = await lab.library.list('programs');
    expect(programs.items).toMatchObject([{ summary: { sites: 4, shots: 2 } }]);
    expect(await lab.library.program(programs.items[0]!.id)).toMatchObject({ sites: 4 });
    expect(await lab.library.program('sha256:no')).toBe(null);
  });

  it('writes what of the device has changed meanwhile, or why that is not known', async () => {
    const { lab, device } = await bench({ byHand: true });
    await using _ = lab;
    const reading = (value: number) => ({ name: 'temperatureK', value, unit: 'K', readAt: '' });
    const stopOf = async (then: () => Promise<readonly ParameterReading[]>) => {
      device.readParameters = async () => [reading(300)];
      const { id } = await lab.submit({ ...BODY, shots: 1 });
      await reaches(lab, id, 'running');
      device.readParameters = then;
      await device.shot();
      await device.finish();
      const { run } = await lab.jobEnd(id);
      return (await lab.archive.documents(run!)).at(-1)!.document;
    };
    expect(await stopOf(async () => [reading(301.5)])).toMatchObject({
      parameters: [{ value: 301.5 }],
      changed: [{ name: 'temperatureK', unit: 'K', before: 300, after: 301.5, difference: 1.5 }],
      warnings: [],
    });
    const unread = await stopOf(async () => {
      throw new RelaxdError('device-offline', 'the cable');
    });
    expect(unread).toMatchObject({
      changed: null,
      warnings: [expect.stringContaining('could not be read')],
    });
  });

  it('writes how the device’s clock went into the record, the result and the stop document', async () => {
    const clockAt = (at: string): DeviceClock => ({
      at,
      nominalHz: 1e6,
      offsetS: 1767225590.5,
      offsetUncertaintyS: 0.001,
      ratePpm: 20,
      rateUncertaintyPpm: 3,
      readings: 9,
    });
    const { lab, device } = await bench({ byHand: true });
    await using _ = lab;
    const before = (device.clockFit = clockAt('2026-01-01T00:00:00.000Z'));
    const { id } = await lab.submit({ ...BODY, shots: 1 });
    await reaches(lab, id, 'running');
    const after = (device.clockFit = clockAt('2026-01-01T00:01:00.000Z'));
    await device.shot();
    await device.finish();
    const { run, result } = await lab.jobEnd(id);
    expect(result!.clock).toEqual(after);
    const documents = await lab.archive.documents(run!);
    const stop = documents.find(({ kind }) => kind === 'stop')!.document;
    expect(stop['clock']).toEqual(after);
    {
      await using record = await RecordReader.open(await lab.archive.recordPath(run!));
      expect(record.header.clock).toEqual(before);
    }
    device.clockFit = null;
    const failing = await lab.submit({ ...BODY, shots: 1 });
    await reaches(lab, failing.id, 'running');
    await device.fail(new RelaxdError('device-offline', 'the cable'));
    const failed = await lab.jobEnd(failing.id);
    const last = (await lab.archive.documents(failed.run!)).find(({ kind }) => kind === 'stop')!;
    expect(last.document['clock']).toBeNull();
  });

  it('announces samples once the record has them, with rows that only go up', async () => {
    const { lab, device } = await bench({ byHand: true });
    await using _ = lab;
    const seen: [number, number][] = [];
    const reads: Promise<number>[] = [];
    lab.on('run-samples', ({ run, firstRow, chunk }) => {
      seen.push([firstRow, chunk.rows]);
      reads.push(
        lab.archive.samples(run, { fromRow: firstRow }).then(({ chunks }) => chunks.length),
      );
    });
    const { id } = await lab.submit({ ...BODY, shots: 3 });
    await reaches(lab, id, 'running');
    const { run } = await lab.job(id);
    expect(await lab.archive.samples(run!)).toEqual({ run, chunks: [], nextRow: 0 });
    await device.shot();
    expect((await lab.archive.run(run!)).rows).toBe(3);
    const live = await lab.archive.samples(run!, { fromRow: 1, rows: 1 });
    expect(live).toMatchObject({ nextRow: 2, chunks: [{ firstRow: 1, rows: 1 }] });
    await device.finish();
    await lab.jobEnd(id);
    expect(seen).toEqual([
      [0, 3],
      [3, 3],
      [6, 3],
    ]);
    for (const length of await Promise.all(reads)) expect(length).toBeGreaterThan(0);
    const end = await lab.archive.samples(run!, { fromRow: 7 });
    expect(end.chunks.map((chunk) => [chunk.firstRow, chunk.rows])).toEqual([[7, 2]]);
    expect(end.nextRow).toBe(null);
    expect(await codeOf(lab.archive.samples(run!, { rows: 0 }))).toBe('invalid-input');
    expect(await codeOf(lab.archive.samples('x'))).toBe('unknown-run');
  });

  it('keeps a viewer that throws from hurting anyone', async () => {
    const { lab, logs } = await bench();
    await using _ = lab;
    lab.on('run-samples', () => {
      throw new Error('a viewer broke');
    });
    expect((await lab.jobEnd((await lab.submit(BODY)).id)).state).toBe('completed');
    expect(logs.some((line) => line.includes('a viewer broke'))).toBe(true);
  });

  it('ends the run with disk-full where the record cannot be written', async () => {
    const { lab, device } = await bench({ byHand: true });
    await using _ = lab;
    const { id } = await lab.submit(BODY);
    await reaches(lab, id, 'running');
    const { underWay } = lab as unknown as {
      underWay: { conductors: Map<string, { recorder: { append: unknown } }> };
    };
    const append = async (): Promise<never> =>
      Promise.reject(new RelaxdError('disk-full', 'there is no room left'));
    underWay.conductors.get(id)!.recorder.append = append;
    await device.shot();
    expect(await lab.jobEnd(id)).toMatchObject({ state: 'failed', error: { code: 'disk-full' } });
    expect(device.equipment).toBe('standby');
  });

  it('exports a record as a stream, and leaves nothing behind', async () => {
    const folder = join(temporaryFolder(), 'data');
    const { lab } = await bench({ folder });
    const { run } = await lab.jobEnd((await lab.submit(BODY)).id);
    const stream = await lab.archive.export(run!, 'csv');
    let text = '';
    for await (const part of stream) text += String(part);
    expect(text.split('\n')).toHaveLength(8);
    expect(existsSync(await lab.archive.recordPath(run!))).toBe(true);
    expect(await codeOf(lab.archive.export('x', 'csv'))).toBe('unknown-run');
    await lab.close();
  });

  it('lists runs of a job and of a device', async () => {
    const { lab } = await bench({ names: ['a', 'b'] });
    await using _ = lab;
    const one = await lab.jobEnd((await lab.submit(BODY)).id);
    const two = await lab.jobEnd((await lab.submit({ ...BODY, device: 'b' })).id);
    expect((await lab.archive.runs()).items.map((run) => run.id)).toEqual([two.run, one.run]);
    expect((await lab.archive.runs({ job: one.id })).items.map((run) => run.id)).toEqual([one.run]);
    expect((await lab.archive.runs({ device: 'b' })).items.map((run) => run.id)).toEqual([two.run]);
    expect((await lab.archive.run(one.run!)).result).toEqual(one.result);
  });
});

describe('Lab: a store that fails for a while', () => {
  const full = new RelaxdError('disk-full', 'there is no room left');

  it('is tried again with how a run ended, so that nothing is lost', async () => {
    const time = new ManualTime();
    const store = await openEmbeddedStore(':memory:', time.clock);
    const { lab, device, logs } = await bench({ store, time, byHand: true });
    await using _ = lab;
    const { id } = await lab.submit(BODY);
    await reaches(lab, id, 'running');
    const commit = store.commit.bind(store);
    store.commit = async () => Promise.reject(full);
    await device.finish();
    await time.settle();
    expect((await lab.job(id)).state).toBe('running');
    expect(logs.some((line) => line.includes('no room left'))).toBe(true);
    store.commit = commit;
    time.advance(5000);
    expect(await lab.jobEnd(id)).toMatchObject({ state: 'completed', result: { shots: 2 } });
  });

  it('is not asked again at once whether a job that waited too long has expired', async () => {
    const time = new ManualTime();
    const store = await openEmbeddedStore(':memory:', time.clock);
    const { lab } = await bench({ store, time, byHand: true });
    await using _ = lab;
    await reaches(lab, (await lab.submit(BODY)).id, 'running');
    const { id } = await lab.submit({ ...BODY, deadline: '2026-01-01T00:01:00Z' });
    const commit = store.commit.bind(store);
    let asked = 0;
    store.commit = async () => {
      asked++;
      return Promise.reject(full);
    };
    time.advance(60_000);
    await time.settle();
    for (let k = 0; k < 10; k++) {
      time.advance(100);
      await time.settle();
    }
    expect(asked).toBe(1);
    store.commit = commit;
    time.advance(5000);
    expect(await lab.jobEnd(id)).toMatchObject({ state: 'expired' });
  });

  it('keeps a run from being armed while its intent cannot be stored, and lets it go later', async () => {
    const time = new ManualTime();
    const store = await openEmbeddedStore(':memory:', time.clock);
    const { lab, device } = await bench({ store, time });
    await using _ = lab;
    const commit = store.commit.bind(store);
    store.commit = async (change) =>
      change.runs === undefined ? commit(change) : Promise.reject(full);
    const { id } = await lab.submit(BODY);
    await time.settle();
    expect(device.calls).toEqual(['load']);
    expect((await lab.job(id)).state).toBe('queued');
    store.commit = commit;
    time.advance(30_000);
    expect(await lab.jobEnd(id)).toMatchObject({ state: 'completed' });
    expect(device.plans).toHaveLength(1);
  });

  it('refuses a submission that it cannot keep', async () => {
    const time = new ManualTime();
    const store = await openEmbeddedStore(':memory:', time.clock);
    const { lab, device } = await bench({ store, time });
    await using _ = lab;
    store.insertJob = async () => Promise.reject(full);
    expect(await codeOf(lab.submit(BODY))).toBe('disk-full');
    await time.settle();
    expect(device.plans).toHaveLength(0);
  });
});

describe('Lab: rows that are missing', () => {
  it('are a gap in the documents, in the announcements and in the warnings', async () => {
    const { lab, device } = await bench({ byHand: true });
    await using _ = lab;
    const gaps: unknown[] = [];
    lab.on('run-gap', ({ gap }) => gaps.push(gap));
    const { id } = await lab.submit({ ...BODY, shots: 3 });
    await reaches(lab, id, 'running');
    await device.shot();
    device.skipShot(); // and the next chunk begins later than it should
    await device.finish();
    const job = await lab.jobEnd(id);
    const gap = { firstRow: 3, rows: 3, reason: 'the device did not deliver them' };
    expect(gaps).toEqual([gap]);
    const documents = await lab.archive.documents(job.run!);
    expect(documents.map((entry) => entry.kind)).toEqual(['start', 'descriptor', 'gap', 'stop']);
    expect(documents[2]!.document).toEqual(gap);
    expect(documents[3]!.document).toMatchObject({ gaps: 1, rows: 6 });
    expect(job.result!.warnings).toContain('3 rows of samples are missing from the record');
    const { chunks } = await lab.archive.samples(job.run!);
    expect(chunks.map((chunk) => chunk.firstRow)).toEqual([0, 6]);
  });

  it('fail the run where they come twice', async () => {
    const { lab, device } = await bench({ byHand: true });
    await using _ = lab;
    const { id } = await lab.submit({ ...BODY, shots: 3 });
    await reaches(lab, id, 'running');
    await device.shot();
    device.skipShot(-1);
    await device.shot();
    expect(await lab.jobEnd(id)).toMatchObject({
      state: 'failed',
      error: { code: 'driver-failed' },
    });
  });
});

describe('Lab: memory sets and programs', () => {
  it('keeps a memory set once, under the hash of what it says', async () => {
    const { lab } = await bench();
    await using _ = lab;
    const set = { version: 1, name: 'abc', shape: [2], patterns: [[1, -1]] };
    const first = await lab.library.saveMemorySet(set);
    expect(first.id).toMatch(/^sha256:/);
    expect(
      await lab.library.saveMemorySet({ patterns: [[1, -1]], name: 'abc', shape: [2], version: 1 }),
    ).toEqual(first);
    expect((await lab.library.memorySet(first.id))?.document).toEqual(set);
    expect(await lab.library.memorySet('no')).toBe(null);
    expect((await lab.library.list('memory-sets')).items).toEqual([first]);
    expect(first.summary).toEqual({ name: 'abc', shape: [2], labels: null, patterns: 1 });
  });

  it('gives a kind what is stored, by id and by hash', async () => {
    const program = fakeProgram({ shots: 1 });
    const kind: JobKind = {
      name: 'stored',
      schema: Type.Object(
        { program: Type.String(), memories: Type.String() },
        { additionalProperties: false },
      ),
      async prepare(body, context) {
        const { program: hash, memories } = body as { program: string; memories: string };
        const found = await context.program(hash);
        if (found === null || (await context.memorySet(memories)) === null) {
          throw new RelaxdError('unknown-program', 'there is none');
        }
        return { device: 'a', program: found, rule: null, observer: null, warnings: [] };
      },
    };
    const { lab } = await bench({ kinds: [kind] });
    await using _ = lab;
    const { id: hash } = await lab.library.saveProgram(program);
    const { id: memories } = await lab.library.saveMemorySet({ name: 'x' });
    const body = { kind: 'stored', device: 'a', program: hash, memories };
    const job = await lab.jobEnd((await lab.submit(body)).id);
    expect(job.result?.program).toEqual({ hash, rule: null });
    expect(await codeOf(lab.submit({ ...body, program: 'sha256:no' }))).toBe('unknown-program');
  });
});

describe('Lab: devices', () => {
  it('tells of link, equipment, parameters and faults', async () => {
    const { lab, device } = await bench();
    await using _ = lab;
    const seen: unknown[] = [];
    lab.on('device', ({ device: id, link, equipment }) => seen.push([id, link, equipment]));
    await device.setLink('suspect');
    await device.setLink('online');
    await device.toSafeState('test');
    expect(seen).toEqual([
      ['a', 'suspect', 'standby'],
      ['a', 'online', 'standby'],
      ['a', 'online', 'safe'],
    ]);
  });
});

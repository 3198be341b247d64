import { describe, expect, it } from 'vitest';
import { Type } from '../core/index.js';
import { descriptorHash, programDocument } from '../device/index.js';
import { calibrationOf } from './calibration.test-support.js';
import { codeOf } from './code-of.test-support.js';
import { fakeDescriptor, fakeProgram } from './fake-device.test-support.js';
import type { JobKind, SeriesContext, SeriesOutcome } from './job-kind.js';
import { bench, reaches, runKind, type Bench } from './lab-bench.test-support.js';
import {
  CALIBRATION_ACTIONS,
  legalCalibrationActions,
  nextCalibration,
} from './next-calibration.js';
import type { RunResult } from './run-result.js';

const fitting = { descriptor: descriptorHash(fakeDescriptor('a')) };
const found = (value: number, members: Parameters<typeof calibrationOf>[1] = {}) =>
  calibrationOf(value, { ...fitting, ...members });
const WHY = { reason: 'because' };
const SMALL = programDocument(fakeProgram());

/** A kind that makes three runs, and a calibration of what they were. */
function threeRuns(
  conclude: (runs: readonly RunResult[], context: SeriesContext) => Promise<SeriesOutcome> = async (
    runs,
    { job },
  ) => ({
    result: { calibration: { runs: runs.map(({ run }) => run) }, heldOut: [] },
    calibration: { record: found(1.05e-9, { job }), reason: 'measured', activate: false },
  }),
): JobKind {
  return {
    name: 'calibrate',
    schema: Type.Object({}, { additionalProperties: false }),
    mayPreempt: true,
    calibrates: true,
    async prepare(body) {
      const run = (shots: number) => ({
        program: fakeProgram({ shots }),
        rule: null,
        observer: null,
        warnings: [],
      });
      const { device } = body as { device: string };
      return { device, ...run(2), series: { more: [run(3), run(1)], conclude } };
    },
  };
}
const withSeries = (kind = threeRuns(), options = {}): Promise<Bench> =>
  bench({ kinds: [runKind, kind], ...options });
const calibrate = { kind: 'calibrate', device: 'a' };

describe('the state machine of a calibration', () => {
  it('goes from proposed to active, and back to what was active before', () => {
    expect(nextCalibration(null, 'propose')).toBe('proposed');
    expect(nextCalibration('proposed', 'activate')).toBe('active');
    expect(nextCalibration('active', 'supersede')).toBe('superseded');
    expect(nextCalibration('superseded', 'roll-back')).toBe('active');
    expect(nextCalibration('active', 'withdraw')).toBe('retired');
    expect(nextCalibration('retired', 'roll-back')).toBe('active');
    expect(nextCalibration('proposed', 'reject')).toBe('rejected');
    expect(nextCalibration('rejected', 'propose')).toBe('proposed');
  });

  it('refuses everything else with what is legal', () => {
    for (const state of ['proposed', 'active', 'superseded', 'retired', 'rejected'] as const) {
      for (const action of CALIBRATION_ACTIONS) {
        const legal = legalCalibrationActions(state);
        if (legal.includes(action)) continue;
        expect(() => nextCalibration(state, action)).toThrowError(
          expect.objectContaining({
            code: 'illegal-transition',
            details: expect.objectContaining({ limit: legal }) as unknown,
          }) as Error,
        );
      }
    }
  });
});

describe('a lab’s calibrations', () => {
  it('are proposed, put in force, superseded and rolled back to, each step with who and why', async () => {
    const { lab } = await bench();
    const heard: string[] = [];
    lab.on('calibration', ({ id, state }) => heard.push(`${id.slice(7, 11)} ${state}`));
    const ann = { who: { name: 'ann' } };
    const one = await lab.calibrations.proposeDocument(found(1.01e-9), 'bench notes', ann);
    const two = await lab.calibrations.proposeDocument(found(1.02e-9), 'after the move');
    expect(one).toMatchObject({ state: 'proposed', expired: false, revision: 1 });
    expect(lab.calibrations.activeView('a')).toBe(null);
    await lab.calibrations.act(one.id, 'activate', { ...ann, reason: 'fits' });
    await lab.calibrations.act(two.id, 'activate', WHY);
    expect(lab.calibrations.activeView('a')?.id).toBe(two.id);
    expect((await lab.calibrations.whole(one.id)).calibration.state).toBe('superseded');
    await lab.calibrations.act(one.id, 'roll-back', { reason: 'the other misses the heat' });
    expect(lab.calibrations.activeView('a')?.id).toBe(one.id);
    const events = (await lab.calibrations.events('a')).items;
    expect(events.map(({ seq, event, to }) => [seq, event, to])).toEqual([
      [7, 'roll-back', 'active'],
      [6, 'withdraw', 'retired'],
      [5, 'activate', 'active'],
      [4, 'supersede', 'superseded'],
      [3, 'activate', 'active'],
      [2, 'propose', 'proposed'],
      [1, 'propose', 'proposed'],
    ]);
    expect(events.at(-1)).toMatchObject({ by: 'ann', reason: 'bench notes' });
    expect(heard.length).toBe(7);
    const refused = lab.calibrations.act(two.id, 'reject', WHY);
    await expect(refused).rejects.toMatchObject({ code: 'illegal-transition' });
    const stale = lab.calibrations.act(one.id, 'retire', { ...WHY, revision: 1 });
    expect(await codeOf(stale)).toBe('revision-conflict');
    expect(await codeOf(lab.calibrations.whole('sha256:no'))).toBe('unknown-calibration');
    await lab.close();
  });

  it('are refused with path, value and limit where they say what cannot be', async () => {
    const { lab } = await bench();
    const refusal = async (document: object) =>
      lab.calibrations.proposeDocument(document, 'x').then(
        () => null,
        (error: { details: { path: string; limit: unknown } }) => error.details,
      );
    const parameter = found(1e-9).parameters[0]!;
    const having = (members: object) =>
      found(1e-9, { parameters: [{ ...parameter, ...members }], covariance: [], unidentified: [] });
    expect(await refusal(having({ value: 25, nominal: null }))).toMatchObject({
      path: 'parameters[0].value',
      value: 25,
      limit: [1e-21, 10],
    });
    expect(await refusal(having({ value: 2e-8 }))).toMatchObject({ path: 'parameters[0].value' });
    expect(await refusal(having({ unit: 'nF' }))).toMatchObject({ path: 'parameters[0].unit' });
    expect(await refusal(having({ standardError: null }))).toMatchObject({
      path: 'parameters[0].standardError',
    });
    expect(await refusal({ ...found(1e-9), id: found(1.1e-9).id })).toMatchObject({ path: 'id' });
    expect(await refusal({ ...found(1e-9), colour: 'red' })).toMatchObject({ path: 'colour' });
    expect(await refusal(found(1e-9, { device: 'b' }))).toMatchObject({ value: 'b' });
    expect((await lab.calibrations.list()).items).toEqual([]);
    await lab.close();
  });

  it('of the same values are one, however often they are proposed; rejected ones can be judged again', async () => {
    const { lab } = await bench();
    const { id } = await lab.calibrations.proposeDocument(found(1.01e-9), 'first');
    const again = await lab.calibrations.proposeDocument(
      { ...found(1.01e-9), warnings: ['x'] },
      'second',
    );
    expect(again).toMatchObject({ id, revision: 1 });
    await lab.calibrations.act(id, 'reject', WHY);
    expect(await lab.calibrations.proposeDocument(found(1.01e-9), 'third')).toMatchObject({
      state: 'proposed',
      revision: 3,
    });
    expect((await lab.calibrations.whole(id)).record.warnings).toEqual([]);
    await lab.close();
  });

  it('in force are stamped on header, start document and result of each run, over restarts', async () => {
    const { lab } = await bench();
    const { id } = await lab.calibrations.proposeDocument(found(1.01e-9), 'x');
    const before = await lab.submit({ kind: 'run', device: 'a' });
    await reaches(lab, before.id, 'completed');
    await lab.calibrations.act(id, 'activate', WHY);
    const after = await lab.submit({ kind: 'run', device: 'a' });
    await reaches(lab, after.id, 'completed');
    expect((await lab.job(before.id)).result?.calibration).toBe(null);
    const { result, run } = await lab.job(after.id);
    expect(result?.calibration).toBe(id);
    const [start] = await lab.archive.documents(run!);
    expect(start?.document['calibration']).toBe(id);
    await lab.close();
  });

  it('let no program run that was compiled against another one, and none in force is a warning', async () => {
    const { lab } = await bench();
    const { id } = await lab.calibrations.proposeDocument(found(1.01e-9), 'x');
    const compiledFor = (calibration: string) =>
      lab.submit({ kind: 'run', device: 'a', program: { ...SMALL, calibration } });
    const early = await lab.jobEnd((await compiledFor(id)).id);
    expect(early.result?.warnings.join()).toContain('none is in force');
    await lab.calibrations.act(id, 'activate', WHY);
    const own = await lab.jobEnd((await compiledFor(id)).id);
    expect(own).toMatchObject({ state: 'completed', result: { calibration: id } });
    expect(own.result?.warnings.join()).not.toContain('compiled against');
    const other = await lab.jobEnd((await compiledFor(found(1.02e-9).id)).id);
    expect(other).toMatchObject({
      state: 'failed',
      error: { code: 'calibration-changed', details: { limit: id } },
    });
    await lab.close();
  });

  it('that are over keep jobs from the device, visibly, until there is another or none', async () => {
    const { lab, time } = await bench();
    const until = new Date(time.clock.wallMs() + 60_000).toISOString();
    const validity = { from: '1970-01-01T00:00:00.000Z', until, temperatureK: null };
    const { id } = await lab.calibrations.proposeDocument(found(1.01e-9, { validity }), 'x');
    await lab.calibrations.act(id, 'activate', WHY);
    time.advance(61_000);
    const job = await lab.submit({ kind: 'run', device: 'a' });
    const [item] = lab.queue().items;
    expect(item?.waitsFor).toContain('has been over since');
    expect(lab.calibrations.activeView('a')).toMatchObject({ expired: true, actions: ['retire'] });
    await lab.calibrations.act(id, 'retire', WHY);
    await reaches(lab, job.id, 'completed');
    expect(await codeOf(lab.calibrations.act(id, 'roll-back', WHY))).toBe('calibration-invalid');
    await lab.close();
  });

  it('of another descriptor than the device’s hold its jobs back', async () => {
    const { lab } = await bench();
    const { id } = await lab.calibrations.proposeDocument(calibrationOf(1.01e-9), 'x');
    await lab.calibrations.act(id, 'activate', WHY);
    const job = await lab.submit({ kind: 'run', device: 'a' });
    await reaches(lab, job.id, 'queued');
    await expect.poll(() => lab.queue().items[0]?.waitsFor).toContain('is of another descriptor');
    expect((await lab.job(job.id)).run).toBe(null);
    await lab.close();
  });

  it('that change while a run is paused end it', async () => {
    const { lab, device } = await bench({ byHand: true });
    const job = await lab.submit({ kind: 'run', device: 'a' });
    await reaches(lab, job.id, 'running');
    await device.shot();
    await lab.act(job.id, 'pause');
    await reaches(lab, job.id, 'paused');
    const { id } = await lab.calibrations.proposeDocument(found(1.01e-9), 'x');
    await lab.calibrations.act(id, 'activate', WHY);
    await lab.act(job.id, 'resume');
    const end = await lab.jobEnd(job.id);
    expect(end).toMatchObject({ state: 'failed', error: { code: 'calibration-changed' } });
    await lab.close();
  });
});

describe('a job of several runs', () => {
  it('measures all of them in one go, proposes what it found and has a result of its own', async () => {
    const { lab, device } = await withSeries();
    const job = await lab.submit(calibrate);
    await reaches(lab, job.id, 'completed');
    const { result, run, progress } = await lab.job(job.id);
    const runs = (await lab.archive.runs({ job: job.id })).items;
    expect(runs.map(({ state, shots }) => [state, shots])).toEqual([
      ['completed', 1],
      ['completed', 3],
      ['completed', 2],
    ]);
    const ids = runs.map(({ id }) => id).reverse();
    expect(result).toEqual({ calibration: { runs: ids, state: 'proposed' }, heldOut: [] });
    expect([run, progress.fraction]).toEqual([ids[2], 1]);
    expect(device.plans.map(({ seed }) => seed)).toEqual([4711, 4712, 4713]);
    for (const id of ids) expect((await lab.archive.run(id)).result).toMatchObject({ run: id });
    const { items } = await lab.calibrations.list({ device: 'a' });
    expect(items).toMatchObject([{ state: 'proposed', job: job.id }]);
    await lab.close();
  });

  it('puts what it found in force where it may', async () => {
    const record = found(1.05e-9);
    const kind = threeRuns(async () => ({
      result: {},
      calibration: { record, reason: 'drift', activate: true },
    }));
    const { lab } = await withSeries(kind);
    for (let k = 0; k < 2; k++) {
      const job = await lab.submit(calibrate);
      await reaches(lab, job.id, 'completed');
      expect(lab.calibrations.activeView('a')).toMatchObject({ id: record.id, revision: 2 });
    }
    await lab.close();
  });

  it('fails with what cannot be, and keeps its runs', async () => {
    const wrong = { ...found(1.05e-9), id: found(1e-9).id };
    const kind = threeRuns(async () => ({
      result: {},
      calibration: { record: wrong, reason: 'x', activate: false },
    }));
    const { lab } = await withSeries(kind);
    const job = await lab.submit(calibrate);
    expect(await lab.jobEnd(job.id)).toMatchObject({
      state: 'failed',
      error: { code: 'invalid-input' },
    });
    const runs = (await lab.archive.runs({ job: job.id })).items;
    expect(runs.map(({ state }) => state)).toEqual(['completed', 'completed', 'completed']);
    await lab.close();
  });

  it('ends where it is cancelled: within a run, with the shots that are there', async () => {
    const { lab, device } = await withSeries(threeRuns(), { byHand: true });
    const job = await lab.submit(calibrate);
    await reaches(lab, job.id, 'running');
    await device.finish();
    await expect.poll(() => device.plans.length).toBe(2);
    await expect.poll(() => device.equipment).toBe('acquiring');
    await device.shot();
    await expect
      .poll(async () => (await lab.archive.runs({ job: job.id })).items[0]?.state)
      .toBe('running');
    await lab.act(job.id, 'cancel');
    expect(await lab.jobEnd(job.id)).toMatchObject({ state: 'cancelled', error: null });
    const runs = (await lab.archive.runs({ job: job.id })).items;
    expect(runs.map(({ state, shots }) => [state, shots])).toEqual([
      ['cancelled', 1],
      ['completed', 2],
    ]);
    expect((await lab.calibrations.list()).items).toEqual([]);
    await lab.close();
  });

  it('ends where it is cancelled while it concludes, and tells until then how far it is', async () => {
    const kind = threeRuns(async (_, { signal, onProgress }) => {
      onProgress(0.5);
      return new Promise((__, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    });
    const prepare = kind.prepare.bind(kind);
    const { lab, device } = await withSeries({
      ...kind,
      async prepare(body, context) {
        const run = await prepare(body, context);
        return { ...run, series: { ...run.series!, share: 0.4 } };
      },
    });
    const told: (readonly [string, number])[] = [];
    lab.on('job', ({ id, progress }) => void told.push([id, progress.fraction]));
    const job = await lab.submit(calibrate);
    await reaches(lab, job.id, 'finalizing');
    // The device is free for others meanwhile, and they are not stopped.
    const other = await lab.submit({ kind: 'run', device: 'a' });
    await reaches(lab, other.id, 'completed');
    expect((await lab.job(job.id)).actions).toEqual(['cancel', 'abort']);
    await lab.act(job.id, 'cancel');
    expect(await lab.jobEnd(job.id)).toMatchObject({ state: 'cancelled', error: null });
    // All is measured, and of the rest at most a half.
    const most = Math.max(...told.map(([id, fraction]) => (id === job.id ? fraction : 0)));
    expect(most).toBeGreaterThanOrEqual(0.6);
    expect(most).toBeLessThanOrEqual(0.8);
    expect((await lab.calibrations.list()).items).toEqual([]);
    expect(device.plans).toHaveLength(4);
    const runs = (await lab.archive.runs({ job: job.id })).items;
    expect(runs.map(({ state }) => state)).toEqual(['completed', 'completed', 'completed']);
    await lab.close();
  });

  it('that a device fails in the middle of is failed, and its first run is as it was', async () => {
    const { lab, device } = await withSeries(threeRuns(), { byHand: true });
    const job = await lab.submit(calibrate);
    await reaches(lab, job.id, 'running');
    device.failures.set('load', new Error('the bank is gone'));
    await device.finish();
    expect(await lab.jobEnd(job.id)).toMatchObject({
      state: 'failed',
      error: { code: 'driver-failed' },
    });
    const runs = (await lab.archive.runs({ job: job.id })).items;
    expect(runs.map(({ state }) => state)).toEqual(['completed']);
    await lab.close();
  });

  it('runs although the calibration in force is over, and is stamped with none', async () => {
    const { lab, time } = await withSeries();
    const until = new Date(time.clock.wallMs() + 60_000).toISOString();
    const validity = { from: '1970-01-01T00:00:00.000Z', until, temperatureK: null };
    const { id } = await lab.calibrations.proposeDocument(found(1.01e-9, { validity }), 'x');
    await lab.calibrations.act(id, 'activate', WHY);
    time.advance(61_000);
    const job = await lab.submit(calibrate);
    await reaches(lab, job.id, 'completed');
    const [run] = (await lab.archive.runs({ job: job.id })).items;
    expect((await lab.archive.run(run!.id)).result?.calibration).toBe(null);
    await lab.close();
  });
});

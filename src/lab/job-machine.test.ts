import { join } from 'node:path';
import { LAB_ACTOR } from '../access/index.js';
import { describe, expect, it } from 'vitest';
import { RelaxdError } from '../core/index.js';
import type { JobKind } from './job-kind.js';
import { codeOf } from './code-of.test-support.js';
import { bench, reaches, runKind, type Bench } from './lab-bench.test-support.js';
import type { Lab } from './lab.js';
import { temporaryFolder } from './temporary-folder.test-support.js';

const BODY = { kind: 'run', device: 'a' };
/** Waits until something is so, without waiting for time. */
async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setImmediate(resolve));
}
const waitsFor = (lab: Lab, job: string): string | null =>
  lab.queue().items.find((item) => item.job === job)?.waitsFor ?? null;

describe('what is left to do after a run', () => {
  it('does not keep its device: the next job starts while the one before is still analysed', async () => {
    let done: () => void = () => undefined;
    const slow: JobKind = {
      ...runKind,
      name: 'slow',
      async prepare(body, context) {
        const prepared = await runKind.prepare(body, context);
        const finish = async (): Promise<Record<string, unknown>> => {
          await new Promise<void>((resolve) => (done = resolve));
          return { analysed: true };
        };
        return { ...prepared, observer: { onSamples: () => undefined, finish } };
      },
    };
    const { lab, device } = await bench({ kinds: [runKind, slow], byHand: true });
    await using _ = lab;
    const first = await lab.submit({ ...BODY, kind: 'slow' });
    const second = await lab.submit(BODY);
    await reaches(lab, first.id, 'running');
    await device.finish();
    await reaches(lab, second.id, 'running');
    expect((await lab.job(first.id)).state).toBe('finalizing');
    // What the device does now is the second's: the first neither hears it nor may it end it.
    await device.shot();
    done();
    expect(await lab.jobEnd(first.id)).toMatchObject({
      state: 'completed',
      result: { shots: 2, analysed: true },
    });
    expect(device.calls.filter((call) => call === 'abort')).toEqual([]);
    await device.finish();
    const { run } = await lab.jobEnd(second.id);
    expect((await lab.archive.run(run!)).rows).toBe(6);
  });
});

describe('a job that is tried again', () => {
  it('has a run for each attempt, the same seed, and the last one’s result', async () => {
    const { lab, device } = await bench({ byHand: true });
    await using _ = lab;
    const { id } = await lab.submit({ ...BODY, retry: { attempts: 3, on: ['diverged'] } });
    for (let k = 0; k < 2; k++) {
      await until(() => device.equipment === 'acquiring');
      await reaches(lab, id, 'running');
      await device.fail(new RelaxdError('diverged', `attempt ${k}`));
      await until(() => device.equipment !== 'acquiring');
    }
    await until(() => device.plans.length === 3);
    await reaches(lab, id, 'running');
    await device.finish();
    const job = await lab.jobEnd(id);
    expect(job).toMatchObject({ state: 'completed', attempt: 3, error: null });
    const { items } = await lab.archive.runs({ job: id });
    expect(items.map(({ state, attempt = 1 }) => `${attempt} ${state}`).sort()).toEqual([
      '1 failed',
      '2 failed',
      '3 completed',
    ]);
    expect(new Set(device.plans.map(({ seed }) => seed)).size).toBe(1);
    const events = (await lab.jobHistory(id)).map(({ event }) => event);
    expect(events.filter((event) => event === 'try-again')).toHaveLength(2);
  });

  it('waits as long as it says, and gives up after its attempts', async () => {
    const { lab, device, time } = await bench({ byHand: true });
    await using _ = lab;
    const retry = { attempts: 2, on: ['diverged'], delayS: 60 };
    const { id } = await lab.submit({ ...BODY, retry });
    await reaches(lab, id, 'running');
    await device.fail(new RelaxdError('diverged', 'hot'));
    await reaches(lab, id, 'queued');
    await time.settle();
    expect(waitsFor(lab, id)).toContain('not before 2026-01-01T00:01:00');
    time.advance(60_000);
    await reaches(lab, id, 'running');
    await device.fail(new RelaxdError('diverged', 'hot again'));
    expect(await lab.jobEnd(id)).toMatchObject({
      state: 'failed',
      error: { message: 'hot again' },
    });
  });

  it('is not where the error is of another class, or the device is hardware', async () => {
    const { lab, device } = await bench({ byHand: true });
    await using _ = lab;
    const retry = { attempts: 5 };
    const first = await lab.submit({ ...BODY, retry });
    await reaches(lab, first.id, 'running');
    await device.fail(new RelaxdError('diverged', 'not transient'));
    expect((await lab.jobEnd(first.id)).state).toBe('failed');
    device.origin = 'hardware';
    const second = await lab.submit({ ...BODY, retry });
    await reaches(lab, second.id, 'running');
    await device.fail(new RelaxdError('device-reset', 'transient'));
    const job = await lab.jobEnd(second.id);
    expect(job).toMatchObject({ state: 'failed', actions: ['retry'] });
    // A person may: as a new job, once.
    const note = lab.audit.note({
      who: LAB_ACTOR,
      action: 'jobAction',
      target: `/v1/jobs/${second.id}`,
      outcome: 'done',
      details: {},
    });
    const again = await lab.act(second.id, 'retry', { who: { name: 'ada' }, note });
    // In the same commit as the job that it made.
    expect(note.entry?.details).toMatchObject({ job: again.id });
    expect(again).toMatchObject({ retryOf: second.id, by: 'ada', state: 'queued' });
    expect((await lab.act(second.id, 'retry')).id).toBe(again.id);
    expect(await lab.job(second.id)).toEqual(job);
    await reaches(lab, again.id, 'running');
    await device.finish();
    const done = await lab.jobEnd(again.id);
    expect(done.result!.seed).toBe((await lab.archive.run(job.run!)).seed);
    expect(await codeOf(lab.act(again.id, 'retry'))).toBe('illegal-transition');
  });

  it('is refused with a rule that names no error', async () => {
    const { lab } = await bench();
    await using _ = lab;
    await expect(
      lab.submit({ ...BODY, retry: { attempts: 2, on: ['bad-luck'] } }),
    ).rejects.toMatchObject({ details: { path: 'retry.on[0]', value: 'bad-luck' } });
  });
});

describe('resume', () => {
  it('goes on only with what was loaded', async () => {
    const { lab, device } = await bench({ byHand: true });
    await using _ = lab;
    for (const held of ['as loaded', 'something else']) {
      const { id } = await lab.submit(BODY);
      device.held = 'as loaded';
      await reaches(lab, id, 'running');
      await lab.act(id, 'pause');
      await reaches(lab, id, 'paused');
      device.held = held;
      await lab.act(id, 'resume');
      if (held === 'as loaded') {
        await reaches(lab, id, 'running');
        await device.finish();
        expect((await lab.jobEnd(id)).state).toBe('completed');
      } else {
        const job = await lab.jobEnd(id);
        expect(job).toMatchObject({ state: 'failed', error: { code: 'couplings-changed' } });
        expect(await lab.archive.run(job.run!)).toMatchObject({ state: 'failed' });
      }
    }
  });
});

const probe: JobKind = { ...runKind, name: 'probe', mayPreempt: true };

describe('a kind of job that may preempt', () => {
  const start = async (): Promise<Bench> => bench({ kinds: [runKind, probe], byHand: true });

  it('has the run under way put aside at a shot, and it goes on afterwards to its whole result', async () => {
    const { lab, device } = await start();
    await using _ = lab;
    const long = await lab.submit({ ...BODY, shots: 3 });
    await reaches(lab, long.id, 'running');
    await device.shot();
    const short = await lab.submit({ ...BODY, kind: 'probe' });
    await reaches(lab, short.id, 'running');
    expect((await lab.job(long.id)).state).toBe('paused');
    expect(lab.queue().devices).toMatchObject([{ job: short.id, aside: [long.id] }]);
    await device.finish();
    expect((await lab.jobEnd(short.id)).result).toMatchObject({ shots: 2 });
    await reaches(lab, long.id, 'running');
    await device.finish();
    const job = await lab.jobEnd(long.id);
    expect(job).toMatchObject({ state: 'completed', result: { shots: 3 } });
    // Its record has its own rows only.
    expect(await lab.archive.run(job.run!)).toMatchObject({ rows: 9, shots: 3 });
    expect(device.calls.filter((call) => call === 'aside' || call === 'takeUp')).toEqual([
      'aside',
      'takeUp',
    ]);
  });

  it('waits where the device can hold one run only, or cannot pause', async () => {
    const { lab, device } = await start();
    await using _ = lab;
    delete device.putAside;
    const long = await lab.submit({ ...BODY, shots: 3 });
    await reaches(lab, long.id, 'running');
    const short = await lab.submit({ ...BODY, kind: 'probe' });
    const other = await lab.submit({ ...BODY, priority: -1 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await lab.job(long.id)).state).toBe('running');
    await device.finish();
    await lab.jobEnd(long.id);
    await reaches(lab, short.id, 'running');
    expect((await lab.job(other.id)).state).toBe('queued');
  });

  it('leaves a run that is put aside to be cancelled or aborted as any other', async () => {
    const { lab, device } = await start();
    await using _ = lab;
    for (const [action, state] of [
      ['cancel', 'cancelled'],
      ['abort', 'aborted'],
    ] as const) {
      const long = await lab.submit({ ...BODY, shots: 3 });
      await reaches(lab, long.id, 'running');
      await device.shot();
      const short = await lab.submit({ ...BODY, kind: 'probe' });
      await reaches(lab, short.id, 'running');
      await lab.act(long.id, action);
      expect((await lab.jobEnd(long.id)).state).toBe(state);
      expect((await lab.job(short.id)).state).toBe('running');
      await device.finish();
      expect((await lab.jobEnd(short.id)).state).toBe('completed');
    }
  });
});

describe('a reservation', () => {
  const at = (minutes: number): string => new Date(Date.UTC(2026, 0, 1, 0, minutes)).toISOString();
  const ada = { name: 'ada' };
  const terms = { device: 'a', note: 'annealing', until: at(10) };

  it('keeps the device for its holder’s jobs, and tells the others by whom, why and until when', async () => {
    const { lab, device, time } = await bench({ byHand: true });
    await using _ = lab;
    const made = await lab.reservations.reserve(terms, ada);
    expect(made).toMatchObject({ holder: 'ada', state: 'active', from: at(0), by: 'ada' });
    const others = await lab.submit({ ...BODY, priority: 9 }, { who: { name: 'bob' } });
    const told = 'a is reserved for ada until 2026-01-01T00:10:00.000Z: annealing';
    expect(waitsFor(lab, others.id)).toBe(told);
    expect(lab.queue().devices).toMatchObject([{ note: told }]);
    const own = await lab.submit(BODY, { who: ada });
    const named = await lab.submit({ ...BODY, reservation: made.id });
    for (const { id } of [own, named]) {
      await reaches(lab, id, 'running');
      await device.finish();
      await lab.jobEnd(id);
    }
    await time.settle();
    expect((await lab.job(others.id)).state).toBe('queued');
    time.advance(600_000);
    await reaches(lab, others.id, 'running');
    expect((await lab.reservations.reservation(made.id)).state).toBe('ended');
  });

  it('cannot be had twice, by whom is said; can be longer, and given back', async () => {
    const { lab } = await bench({ byHand: true });
    await using _ = lab;
    const made = await lab.reservations.reserve({ ...terms, from: at(5) }, ada);
    await expect(lab.reservations.reserve({ ...terms, holder: 'bob' })).rejects.toMatchObject({
      code: 'reservation-conflict',
      details: { holder: 'ada', note: 'annealing', until: at(10) },
    });
    await lab.reservations.reserve({ ...terms, until: at(5), holder: 'bob' });
    expect(await lab.reservations.extend(made.id, at(20), ada)).toMatchObject({ until: at(20) });
    const bob = { name: 'bob' };
    expect(await codeOf(lab.reservations.release(made.id, bob))).toBe('device-reserved');
    expect(await lab.reservations.release(made.id, ada)).toMatchObject({ state: 'released' });
    expect(await codeOf(lab.reservations.release(made.id, ada))).toBe('illegal-transition');
    await lab.reservations.reserve({ ...terms, from: at(5), holder: 'cyd' });
    expect((await lab.reservations.list({ device: 'a' })).items).toHaveLength(3);
    expect(await codeOf(lab.reservations.reserve({ ...terms, device: 'z' }, ada))).toBe(
      'unknown-device',
    );
    expect(await codeOf(lab.reservations.reserve(terms))).toBe('invalid-input');
    expect(await codeOf(lab.reservations.reserve({ ...terms, until: at(-1) }, ada))).toBe(
      'invalid-input',
    );
    expect(await codeOf(lab.submit({ ...BODY, reservation: 'none' }))).toBe('unknown-reservation');
    const foreign = lab.submit({ ...BODY, reservation: made.id }, { who: bob });
    expect(await codeOf(foreign)).toBe('device-reserved');
  });

  it('lets a run finish that is under way when it begins, or has it put aside until it is over', async () => {
    const { lab, device, time } = await bench({ byHand: true });
    await using _ = lab;
    await lab.reservations.reserve({ ...terms, from: at(1), until: at(2) }, ada);
    await lab.reservations.reserve(
      { ...terms, from: at(5), until: at(9), preempt: 'at-shot' },
      ada,
    );
    const long = await lab.submit({ ...BODY, shots: 4 });
    await reaches(lab, long.id, 'running');
    time.advance(90_000);
    await time.settle();
    expect((await lab.job(long.id)).state).toBe('running');
    time.advance(300_000);
    await until(() => lab.queue().devices[0]!.aside.length === 1);
    const own = await lab.submit(BODY, { who: ada });
    await reaches(lab, own.id, 'running');
    await device.finish();
    await lab.jobEnd(own.id);
    await time.settle();
    expect((await lab.job(long.id)).state).toBe('paused');
    time.advance(300_000);
    await reaches(lab, long.id, 'running');
    await device.finish();
    expect(await lab.jobEnd(long.id)).toMatchObject({ state: 'completed', result: { shots: 4 } });
  });

  it('and a lock outlive a restart', async () => {
    const folder = join(temporaryFolder(), 'data');
    const first = await bench({ folder });
    await first.lab.reservations.reserve(terms, ada);
    await first.lab.reservations.lock('a', 'bob', 'new coils');
    await first.lab.close();
    const { lab } = await bench({ folder });
    await using _ = lab;
    expect(lab.reservations.active('a')).toMatchObject({ holder: 'ada' });
    expect(lab.reservations.lockOf('a')).toMatchObject({ holder: 'bob', note: 'new coils' });
  });
});

describe('a lock', () => {
  it('keeps a device from all jobs with a note that each refusal shows', async () => {
    const { lab } = await bench();
    await using _ = lab;
    await lab.reservations.lock('a', 'ada', 'new coils');
    const told = 'a is locked for maintenance by ada since 2026-01-01T00:00:00.000Z: new coils';
    const { id } = await lab.submit(BODY);
    expect(waitsFor(lab, id)).toBe(told);
    expect(() => lab.reservations.requireUnlocked('a', 'bob', 'connect')).toThrow(told);
    expect(() => lab.reservations.requireUnlocked('a', null, 'connect')).toThrow(told);
    lab.reservations.requireUnlocked('a', 'ada', 'connect');
    expect(await codeOf(lab.reservations.lock('a', 'bob', 'mine'))).toBe('device-locked');
    await lab.reservations.lock('a', 'ada', 'other coils');
    expect(await codeOf(lab.reservations.unlock('a', 'bob'))).toBe('device-locked');
    expect((await lab.job(id)).state).toBe('queued');
    await lab.reservations.unlock('a', 'ada');
    expect((await lab.jobEnd(id)).state).toBe('completed');
    expect(await codeOf(lab.reservations.unlock('a', 'ada'))).toBe('illegal-transition');
    await lab.reservations.lock('a', 'ada', 'gone home');
    await lab.reservations.unlock('a', 'bob', true);
    expect(lab.reservations.lockOf('a')).toBe(null);
  });
});

describe('estimates', () => {
  it('are learnt from the store at the start', async () => {
    const folder = join(temporaryFolder(), 'data');
    const first = await bench({ folder, byHand: true });
    const { id } = await first.lab.submit(BODY);
    await reaches(first.lab, id, 'running');
    first.time.advance(20_000);
    await first.device.finish();
    await first.lab.jobEnd(id);
    await first.lab.close();
    const { lab } = await bench({ folder, byHand: true });
    await using _ = lab;
    const again = await lab.submit(BODY);
    await reaches(lab, again.id, 'running');
    expect(lab.queue().items[0]).toMatchObject({ runS: 20 });
    expect(lab.queue().devices[0]!.runSpreadS).toBeGreaterThan(0);
  });
});

describe('two runs', () => {
  it('of one program and seed are the same bit for bit; of another seed they differ by that', async () => {
    const { lab } = await bench();
    await using _ = lab;
    const runs: string[] = [];
    for (const seed of [7, 7, 8]) {
      runs.push((await lab.jobEnd((await lab.submit({ ...BODY, seed })).id)).run!);
    }
    const same = await lab.archive.compare(runs[0]!, runs[1]!);
    expect(same).toMatchObject({
      identical: true,
      differences: [],
      samples: { compared: 6, rows: [6, 6], identical: true, firstDifference: null },
    });
    const other = await lab.archive.compare(runs[0]!, runs[2]!);
    expect(other.identical).toBe(false);
    expect(other.differences).toEqual([{ path: 'seed', a: 7, b: 8 }]);
    expect(other.samples).toMatchObject({ identical: false, firstDifference: 0 });
    const longer = (await lab.jobEnd((await lab.submit({ ...BODY, seed: 7, shots: 3 })).id)).run!;
    const { differences, samples } = await lab.archive.compare(runs[0]!, longer);
    expect(differences).toEqual([{ path: 'program.shots', a: 2, b: 3 }]);
    expect(samples).toMatchObject({ compared: 6, rows: [6, 9], identical: null });
    expect(await codeOf(lab.archive.compare(runs[0]!, 'none'))).toBe('unknown-run');
  });
});

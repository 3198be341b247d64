import { describe, expect, it } from 'vitest';
import { RelaxdError } from '../core/index.js';
import { bench, reaches, runKind } from './lab-bench.test-support.js';
import { effectivePriority, pointContender, queueOrder, singleContender } from './queue-order.js';
import { jobRow } from './store-contract.test-support.js';
import type { JobKind } from './job-kind.js';
import type { FakeDevice } from './fake-device.test-support.js';
import type { Lab } from './lab.js';

const BODY = { kind: 'run', device: 'a' };

/** Ends the device's runs one after the other; the jobs in the order in which they ran. */
async function order(lab: Lab, device: FakeDevice, runs: number): Promise<string[]> {
  const ran: string[] = [];
  while (ran.length < runs) {
    const { items } = await lab.jobs({ state: ['running'] });
    const running = items.find((job) => job.device === device.id && !ran.includes(job.id));
    if (running === undefined) {
      await new Promise((resolve) => setImmediate(resolve));
      continue;
    }
    ran.push(running.id);
    await device.finish();
    await lab.jobEnd(running.id);
  }
  return ran;
}

describe('queueOrder', () => {
  const AT = Date.parse(jobRow('x').createdAt);
  const iso = (ms: number): string => new Date(ms).toISOString();

  it('is priority, then age', () => {
    const line = [
      jobRow('03', { priority: 1 }),
      jobRow('01', { priority: 0 }),
      jobRow('02', { priority: 1 }),
    ].map(singleContender);
    expect(line.sort(queueOrder(AT)).map(({ row }) => row.id)).toEqual(['02', '03', '01']);
  });

  it('lets waiting raise priority by one each ten minutes, visibly', () => {
    const old = singleContender(jobRow('01', { priority: 0 }));
    const nowMs = AT + 25 * 60_000;
    expect(effectivePriority(old, nowMs)).toBe(2);
    const young = singleContender(jobRow('02', { priority: 1, createdAt: iso(nowMs) }));
    expect([young, old].sort(queueOrder(nowMs))[0]).toBe(old);
    // Time before a job may run does not count as waiting.
    const later = singleContender(jobRow('03', { notBefore: iso(nowMs - 11 * 60_000) }));
    expect(effectivePriority(later, nowMs)).toBe(1);
  });

  it('gives a sweep of equal priority every other turn, however old it is and however many points it has', () => {
    const sweep = jobRow('00', { kind: 'sweep', priority: 2 });
    let turnMs: number | null = null;
    let nowMs = AT + 3_600_000;
    let singles = [1, 2, 3].map((k) =>
      jobRow(`1${k}`, { priority: 2, createdAt: iso(nowMs - 1000 + k) }),
    );
    let point = 0;
    const ran: string[] = [];
    while (singles.length > 0) {
      const next = pointContender(jobRow(`p${point}`, { parent: '00', point }), sweep, turnMs);
      const line = [...singles.map(singleContender), next].sort(queueOrder(nowMs));
      const { row } = line[0]!;
      ran.push(row.id);
      if (row.parent === null) {
        // Whoever comes now comes behind the sweep's next point.
        singles = singles.filter(({ id }) => id !== row.id);
        if (ran.length === 2) {
          singles.push(jobRow('14', { priority: 2, createdAt: iso(nowMs) }));
        }
      } else {
        turnMs = nowMs;
        point++;
      }
      nowMs += 1000;
    }
    // The old sweep first; then those who came before its next turn, and one that came after that turn began.
    expect(ran).toEqual(['p0', '11', '12', '13', 'p1', '14']);
  });

  it('lets points wait behind singles of higher priority, and go before those of lower', () => {
    const sweep = jobRow('00', { priority: 1 });
    const line = [
      singleContender(jobRow('1', { priority: 0 })),
      pointContender(jobRow('2', { priority: 9, parent: '00', point: 0 }), sweep, null),
      singleContender(jobRow('3', { priority: 2 })),
    ];
    expect(line.sort(queueOrder(AT)).map(({ row }) => row.id)).toEqual(['3', '2', '1']);
  });
});

describe('Scheduler', () => {
  it('runs jobs by priority, then by age, one at a time on a device', async () => {
    const { lab, device } = await bench({ byHand: true });
    await using _ = lab;
    const first = await lab.submit(BODY);
    await reaches(lab, first.id, 'running');
    const ids: string[] = [];
    for (const priority of [0, 2, 1, 2, 0]) ids.push((await lab.submit({ ...BODY, priority })).id);
    expect(lab.queue().items.map((item) => item.position)).toEqual([null, 0, 1, 2, 3, 4]);
    const expected = [first.id, ids[1], ids[3], ids[2], ids[0], ids[4]];
    expect(await order(lab, device, 6)).toEqual(expected);
    expect(lab.queue()).toMatchObject({ quiescent: true, depth: 0, active: 0, items: [] });
  });

  it('runs devices in parallel', async () => {
    const { lab } = await bench({ names: ['a', 'b'], byHand: true });
    await using _ = lab;
    const one = await lab.submit(BODY);
    const two = await lab.submit({ ...BODY, device: 'b' });
    await reaches(lab, one.id, 'running');
    await reaches(lab, two.id, 'running');
    expect(lab.queue().devices).toMatchObject([
      { device: 'a', job: one.id },
      { device: 'b', job: two.id },
    ]);
  });

  it('never lets a job wait behind one of lower priority that is only prepared', async () => {
    // The preparation of the later, more important job takes until the test lets it go.
    let release: () => void = () => undefined;
    const slow: JobKind = {
      ...runKind,
      name: 'slow',
      async prepare(body, context) {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        return runKind.prepare(body, context);
      },
    };
    const { lab, device, time } = await bench({ kinds: [runKind, slow], byHand: true });
    await using _ = lab;
    // The device is away, so that both are submitted without having been prepared.
    const running = await lab.submit(BODY);
    await reaches(lab, running.id, 'running');
    const low = await lab.submit({ ...BODY, priority: 0 });
    const submitting = lab.submit({ ...BODY, kind: 'slow', priority: 5 });
    await time.settle();
    release();
    const high = await submitting;
    // As if the prepared run had been dropped since: it has to be prepared again, while `low` is ready.
    const { scheduler } = lab as unknown as { scheduler: { ready: Map<string, unknown> } };
    scheduler.ready.delete(high.id);
    await device.finish();
    await lab.jobEnd(running.id);
    await time.settle();
    expect((await lab.job(low.id)).state).toBe('queued');
    release();
    await reaches(lab, high.id, 'running');
    expect((await lab.job(low.id)).state).toBe('queued');
  });

  it('estimates when jobs start from what the runs before took', async () => {
    const { lab, device, time } = await bench({ byHand: true });
    await using _ = lab;
    const first = await lab.submit(BODY);
    await reaches(lab, first.id, 'running');
    expect(lab.queue().devices).toMatchObject([{ runS: null }]);
    time.advance(10_000);
    await device.finish();
    await lab.jobEnd(first.id);
    await time.settle();
    const second = await lab.submit(BODY);
    await reaches(lab, second.id, 'running');
    await lab.submit(BODY);
    await lab.submit(BODY);
    const [, next, last] = lab.queue().items;
    expect(lab.queue().devices).toMatchObject([{ runS: 10, depth: 2 }]);
    expect([next!.startsInS, last!.startsInS]).toEqual([10, 20]);
  });

  it('estimates from the pace of the run under way once it has one', async () => {
    const { lab, device, time } = await bench({ byHand: true });
    await using _ = lab;
    const first = await lab.submit({ ...BODY, shots: 4 });
    await reaches(lab, first.id, 'running');
    await lab.submit(BODY);
    await lab.submit(BODY);
    expect(lab.queue().items.map((item) => item.startsInS)).toEqual([null, null, null]);
    time.advance(10_000);
    await device.shot();
    await time.settle();
    // A quarter is done in 10 s; how long other runs take is not known yet.
    expect(lab.queue().items.map((item) => item.startsInS)).toEqual([null, 30, null]);
  });

  it('prepares again what was not prepared at the door, and fails what cannot be', async () => {
    let calls = 0;
    const kind: JobKind = {
      ...runKind,
      async prepare(body, context) {
        calls++;
        if (calls === 1) throw new RelaxdError('device-offline', 'away for a moment');
        if (calls === 2) throw new RelaxdError('cannot-compile', 'does not fit');
        return runKind.prepare(body, context);
      },
    };
    const { lab } = await bench({ kinds: [kind] });
    await using _ = lab;
    const { id } = await lab.submit(BODY);
    expect(await lab.jobEnd(id)).toMatchObject({
      state: 'failed',
      run: null,
      error: { code: 'cannot-compile' },
    });
    expect(calls).toBe(2);
  });

  it('tries a preparation that failed for a while again, when the device changes or half a minute later', async () => {
    let calls = 0;
    const kind: JobKind = {
      ...runKind,
      async prepare(body, context) {
        if (++calls < 4) throw new RelaxdError('device-offline', 'away');
        return runKind.prepare(body, context);
      },
    };
    const { lab, device, time } = await bench({ kinds: [kind] });
    await using _ = lab;
    const { id } = await lab.submit(BODY);
    await time.settle();
    expect(calls).toBe(2);
    expect(lab.queue().items[0]?.waitsFor).toBe('away');
    await device.setLink('online');
    await time.settle();
    expect(calls).toBe(3);
    time.advance(30_000);
    expect((await lab.jobEnd(id)).state).toBe('completed');
    expect(calls).toBe(4);
  });
});

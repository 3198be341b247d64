import { describe, expect, it } from 'vitest';
import type { LoadReceipt, Program } from '../device/index.js';
import { FakeDevice } from './fake-device.test-support.js';
import { bench, deviceSource, reaches } from './lab-bench.test-support.js';
import { codeOf } from './code-of.test-support.js';

const BODY = { kind: 'run', device: 'a' };

/** Lets time go by until a promise has resolved. */
async function passes(
  time: { advance(ms: number): void; settle(): Promise<void> },
  done: Promise<unknown>,
): Promise<number> {
  let over = false;
  let ms = 0;
  void done.then(() => (over = true));
  for (await time.settle(); !over && ms < 60_000; await time.settle()) {
    time.advance(50);
    ms += 50;
  }
  return ms;
}

describe('Lab.drain', () => {
  it('takes nothing more, lets the run under way end, and leaves what waits', async () => {
    const { lab, device, time } = await bench({ byHand: true });
    const one = await lab.submit(BODY);
    await reaches(lab, one.id, 'running');
    const two = await lab.submit(BODY);
    const drained = lab.drain(30_000);
    expect(lab.draining).toBe(true);
    expect(await codeOf(lab.submit(BODY))).toBe('service-stopping');
    expect(lab.queue()).toMatchObject({ draining: true });
    expect(lab.queue().items.find(({ job }) => job === two.id)?.waitsFor).toBe(
      'the service is being stopped',
    );
    await time.settle();
    await device.finish();
    await reaches(lab, one.id, 'completed');
    expect(await passes(time, drained)).toBeLessThan(200);
    expect((await lab.job(two.id)).state).toBe('queued');
    await lab.close();
  });

  it('waits no longer than it was told, pauses at a shot, and then ends what is left in a recorded way', async () => {
    const { lab, time } = await bench({ byHand: true });
    const { id } = await lab.submit(BODY);
    await reaches(lab, id, 'running');
    expect(await passes(time, lab.drain(5000))).toBeGreaterThanOrEqual(5000);
    const events = (await lab.jobHistory(id)).map(({ event }) => event);
    expect(events).toContain('pause');
    const run = (await lab.job(id)).run!;
    let last: unknown = null;
    lab.on('run', (row) => (last = row));
    await lab.close();
    expect(last).toMatchObject({ id: run, state: 'failed', error: { code: 'service-restart' } });
  });

  it('does not wait for a run that somebody has paused', async () => {
    const { lab, device, time } = await bench({ byHand: true });
    const { id } = await lab.submit(BODY);
    await reaches(lab, id, 'running');
    await lab.act(id, 'pause');
    await device.shot();
    await reaches(lab, id, 'paused');
    expect(await passes(time, lab.drain(30_000))).toBeLessThan(200);
    await lab.close();
  });

  it('queues a job again that was about to be armed, and arms nothing', async () => {
    class SlowDevice extends FakeDevice {
      go: () => void = () => undefined;
      private readonly gate = new Promise<void>((resolve) => (this.go = resolve));

      override async load(program: Program): Promise<LoadReceipt> {
        await this.gate;
        return super.load(program);
      }
    }
    const device = new SlowDevice('a');
    const { lab, time } = await bench({ devices: deviceSource([device]) });
    const { id } = await lab.submit(BODY);
    await reaches(lab, id, 'dispatching');
    const drained = lab.drain(30_000);
    await time.settle();
    device.go();
    expect(await passes(time, drained)).toBeLessThan(200);
    expect((await lab.job(id)).state).toBe('queued');
    expect((await lab.archive.runs({ job: id })).items).toEqual([]);
    expect(device.plans).toEqual([]);
    await lab.close();
  });

  it('a second wish ends the wait at once', async () => {
    const { lab, time } = await bench({ byHand: true });
    const { id } = await lab.submit(BODY);
    await reaches(lab, id, 'running');
    const atOnce = new AbortController();
    const drained = lab.drain(30_000, atOnce.signal);
    await time.settle();
    atOnce.abort();
    expect(await passes(time, drained)).toBeLessThan(200);
    await lab.close();
  });
});

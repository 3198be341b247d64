import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualTimeline } from './timeline.js';

describe('a virtual timeline', () => {
  it('rings in the order of time, and of setting at one time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 60 }),
        async (delays) => {
          const timeline = new VirtualTimeline();
          const rung: [number, number][] = [];
          delays.forEach((delay, k) => {
            const callOff = timeline.after(delay, () => rung.push([timeline.monotonicMs(), k]));
            if (k % 5 === 4) callOff();
          });
          await timeline.advance(20);
          const expected = delays
            .map((delay, k): [number, number] => [delay, k])
            .filter(([, k]) => k % 5 !== 4)
            .sort(([a, j], [b, k]) => a - b || j - k);
          expect(rung).toEqual(expected);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('waits for a promise, through alarms that are set meanwhile', async () => {
    const timeline = new VirtualTimeline();
    const sleep = (ms: number): Promise<void> =>
      new Promise((resolve) => timeline.after(ms, resolve));
    const work = (async () => {
      await sleep(1000);
      await sleep(3600);
      return timeline.monotonicMs();
    })();
    expect(await timeline.until(work)).toBe(4600);
  });

  it('says that nothing can happen, or that it takes too long', async () => {
    const never = new Promise<void>(() => undefined);
    await expect(new VirtualTimeline().until(never)).rejects.toThrow('nothing is left');
    const timeline = new VirtualTimeline();
    const tick = (): void => void timeline.after(10, tick);
    tick();
    await expect(timeline.until(never, 100)).rejects.toThrow('within 100 ms');
  });
});

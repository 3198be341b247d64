import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RealBench, type RealLine } from './real-bench.js';

describe('A line that is there for real, with faults', () => {
  // The timeline's own timers do not keep the process waiting.
  let keepAlive: NodeJS.Timeout;
  beforeAll(() => {
    keepAlive = setInterval(() => undefined, 1000);
  });
  afterAll(() => clearInterval(keepAlive));

  it.for<RealLine>(['pty', 'tcp'])(
    '%s: uploads and runs are right, and no gap is undeclared',
    async (kind, { skip }) => {
      const bench = await RealBench.open(kind, 3);
      if (bench === null) return skip('there is no /dev/ptmx');
      try {
        for (let k = 0; k < 4; k++) {
          await bench.upload();
          await bench.run();
          await bench.run();
          if (k === 1) await bench.reconnect();
        }
        const { done, rowsMade, rowsDelivered, rowsInGaps } = bench.checker.sums;
        expect([bench.uploads, done]).toEqual([4, 8]);
        expect(rowsDelivered + rowsInGaps).toBe(rowsMade);
        expect(bench.faults()).toBeGreaterThan(0);
      } finally {
        await bench.close();
      }
    },
  );
});

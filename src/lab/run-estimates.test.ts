import { describe, expect, it } from 'vitest';
import { RunEstimates } from './run-estimates.js';

const run = (seconds: number, size: number | null = 1000, kind = 'run', device = 'a') => ({
  device,
  kind,
  size,
  seconds,
});

describe('RunEstimates', () => {
  it('knows nothing before it has seen a run', () => {
    const estimates = new RunEstimates();
    expect(estimates.of('a', 'run', 10)).toBe(null);
    expect(estimates.ofDevice('a')).toBe(null);
    estimates.add(run(1));
    expect(estimates.ofDevice('b')).toBe(null);
  });

  it('learns by device, kind and size, and says how far single runs are off', () => {
    const estimates = new RunEstimates();
    for (const seconds of [2, 2.2, 1.8, 2]) estimates.add(run(seconds));
    for (const seconds of [40, 40, 40]) estimates.add(run(seconds, 1e6));
    estimates.add(run(7, 1000, 'retrieve'));
    const small = estimates.of('a', 'run', 900)!;
    expect(small.seconds).toBeCloseTo(2, 0);
    expect(small.spreadS).toBeGreaterThan(0.02);
    expect(small.spreadS).toBeLessThan(0.4);
    expect(estimates.of('a', 'run', 0.9e6)).toEqual({ seconds: 40, spreadS: 0 });
    expect(estimates.of('a', 'retrieve', 1000)!.seconds).toBe(7);
    // One run says little about the next one.
    expect(estimates.of('a', 'retrieve', 1000)!.spreadS).toBeGreaterThan(3);
  });

  it('goes from the nearest class: in proportion upwards, not below it, and less surely', () => {
    const estimates = new RunEstimates();
    for (let k = 0; k < 5; k++) estimates.add(run(2, 1000));
    const larger = estimates.of('a', 'run', 16_000)!;
    expect(larger.seconds).toBeCloseTo(32, 3);
    expect(larger.spreadS).toBeGreaterThan(larger.seconds / 2);
    expect(estimates.of('a', 'run', 1)!.seconds).toBeCloseTo(2, 6);
    expect(estimates.of('a', 'run', null)!.seconds).toBeCloseTo(2, 6);
    expect(estimates.of('a', 'drive', 1000)!.seconds).toBeCloseTo(2, 6);
  });

  it('forgets how it was: newer runs weigh more', () => {
    const estimates = new RunEstimates();
    for (let k = 0; k < 20; k++) estimates.add(run(10));
    for (let k = 0; k < 20; k++) estimates.add(run(1));
    expect(estimates.of('a', 'run', 1000)!.seconds).toBeLessThan(1.05);
  });
});

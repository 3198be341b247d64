import { describe, expect, it } from 'vitest';
import type { SampleChunk } from '../../device/index.js';
import { lostShare, ProbeCollector } from './probe-data.js';

/** Rows of one shot at the given steps, two sites. */
const rows = (firstRow: number, shot: number, steps: readonly number[]): SampleChunk =>
  ({
    firstRow,
    rows: steps.length,
    shot: Uint32Array.from(steps, () => shot),
    step: Uint32Array.from(steps),
    stateRows: Uint32Array.from(steps, (_, k) => k),
    state: Float64Array.from(steps.flatMap((step) => [step, -step])),
    heat: Float64Array.from(steps),
  }) as unknown as SampleChunk;

describe('what probes have shown', () => {
  const states = (): ProbeCollector => new ProbeCollector('states', 2, 4, 2);
  const heat = (): ProbeCollector => new ProbeCollector('heat', 2, 4, 2);
  const probes = [{ shots: 2 }, { shots: 2 }];

  it('is whole where every row came', () => {
    const collectors = [states(), heat()];
    for (const one of collectors) {
      one.onSamples(rows(0, 0, [0, 1, 2, 3]));
      one.onSamples(rows(4, 1, [0, 1, 2, 3]));
    }
    expect(
      lostShare(
        probes,
        collectors.map(({ data }) => data),
      ),
    ).toBe(0);
  });

  it('tells the share of samples that a board has dropped, of states and of heat', () => {
    const [one, two] = [states(), heat()];
    one.onSamples(rows(0, 0, [0, 3]));
    one.onSamples(rows(4, 1, [0, 1, 2, 3]));
    two.onSamples(rows(0, 0, [0, 1, 2, 3]));
    two.onSamples(rows(4, 1, [0, 1]));
    // Four of 16 numbers of states, one of two heats.
    expect(lostShare(probes, [one.data, two.data])).toBeCloseTo(5 / 18, 12);
  });
});

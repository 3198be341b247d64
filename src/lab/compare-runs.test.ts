import { describe, expect, it } from 'vitest';
import { compareRuns, type RunWhole } from './compare-runs.js';
import { fakeResult } from './fake-device.test-support.js';
import type { RunResult } from './run-result.js';
import type { Run, RunDocument } from './run.js';
import { runRow } from './store-contract.test-support.js';

const AT = '2026-01-01T00:00:00.000Z';
const UNITS = { time: { name: 'sweep', seconds: null }, energy: { name: 'J', joules: 1 } };

/** A run without a record, of so many shots. */
function whole(
  id: string,
  shots: number,
  members: Record<string, unknown>,
  options: {
    readonly units?: object;
    readonly gaps?: readonly object[];
    readonly run?: Partial<Run>;
  } = {},
): RunWhole {
  const { units = UNITS, gaps = [], run = {} } = options;
  const document = (kind: RunDocument['kind'], content: object): RunDocument => ({
    run: id,
    kind,
    at: AT,
    document: { ...content },
  });
  const result = { ...fakeResult(shots), run: id, job: id, seed: shots, ...members };
  return {
    run: {
      ...runRow(id, id, { record: 'missing', state: 'completed', shots, seed: shots }),
      pins: [],
      result: result as unknown as RunResult,
      ...run,
    },
    documents: [document('descriptor', { units }), ...gaps.map((gap) => document('gap', gap))],
    samples: async () => ({ run: id, chunks: [], nextRow: null }),
  };
}
const success = (value: number) => ({ retrieval: { success: value } });
const deviationOf = async (a: RunWhole, b: RunWhole, name: string) =>
  (await compareRuns(a, b)).quantities.find((quantity) => quantity.name === name)?.deviation;

describe('compareRuns', () => {
  it('judges shares by the error of both together, also where all shots or none succeed', async () => {
    // p = 1/2 of 40 shots: 1 / √(1/4 · 2/20).
    const far = await deviationOf(
      whole('a', 20, success(1)),
      whole('b', 20, success(0)),
      'retrieval.success',
    );
    expect(far).toBeCloseTo(-Math.sqrt(40), 12);
    // One shot of twenty is no news.
    const near = await deviationOf(
      whole('a', 20, success(1)),
      whole('b', 20, success(0.95)),
      'retrieval.success',
    );
    expect(near).toBeCloseTo(-0.05 / Math.sqrt((0.975 * 0.025) / 10), 12);
    expect(Math.abs(near!)).toBeLessThan(1.1);
    const same = await deviationOf(
      whole('a', 20, success(1)),
      whole('b', 20, success(1)),
      'retrieval.success',
    );
    expect(same).toBe(0);
  });

  it('judges means by their standard errors, those of the overlaps at the end among them', async () => {
    const observables = (mean: number, sem: number) => ({
      observables: { t: [0, 1], overlaps: { mean: [[0, mean]], sem: [[0, sem]] } },
    });
    const [a, b] = [whole('a', 9, observables(0.5, 0.03)), whole('b', 9, observables(0.7, 0.04))];
    expect(await deviationOf(a, b, 'overlap 0 at the end')).toBeCloseTo(4, 12);
    const { quantities } = await compareRuns(a, b);
    expect(quantities.map(({ a: one }) => one)).toContainEqual({ mean: 0.5, sem: 0.03 });
  });

  it('says what keeps numbers from being held against each other: units, gaps, deleted records', async () => {
    const kT = { ...UNITS, energy: { name: 'kT', joules: 4e-21 } };
    const gaps = [
      { firstRow: 3, rows: 4, reason: 'x' },
      { firstRow: 9, rows: null, reason: 'torn' },
    ];
    const deleted = { at: AT, rule: 'old', by: 'relaxd', rows: 9, bytes: 9, hash: 'sha256:9' };
    const a = whole('a', 2, {}, { gaps });
    const b = whole('b', 3, {}, { units: kT, run: { record: 'deleted', deleted } });
    const { warnings, a: side, samples } = await compareRuns(a, b);
    expect(side.gaps).toBe(2);
    expect(samples).toBe(null);
    expect(warnings).toEqual([
      expect.stringContaining("energy is in 'J' in a and in 'kT' in b"),
      expect.stringContaining('run a has 2 gaps: 4 rows or more'),
      expect.stringContaining('run a has no record'),
      expect.stringContaining("retention rule 'old'"),
    ]);
    expect((await compareRuns(a, a)).warnings.join()).not.toContain('energy is in');
  });
});

import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../core/index.js';
import { moments } from '../../thermo/index.js';
import { averageRunLength, falseAlarmLength } from './control-chart.js';
import { stepCharts, type CheckedQuantity, type CheckReport } from './drift-charts.js';

const quantity = (name: string, z: number, spread: number, perUnit = 20): CheckedQuantity => ({
  ...{ name, z, spread, perUnit, isNormal: true },
});
const both = (spread: number, z = 0): CheckedQuantity[] => [
  quantity('a', z, spread),
  quantity('b', z, spread),
];

describe('charts of drift', () => {
  it('keep their design where later checks see the calibration’s error otherwise', () => {
    // Shifts in quarters: these would be planned as 2.25, 3, 5 and 2.
    const first = stepCharts(both(0.335), 1, null);
    const { checks, ...design } = first.chart;
    expect(checks).toBe(1);
    let last: CheckReport = first;
    for (const [k, spread] of [0.26, 0.335, 0.59, 0.1].entries()) {
      last = stepCharts(both(spread, 2), 1, last);
      expect(last.chart).toEqual({ ...design, checks: k + 2 });
    }
    const { reference, shift } = design;
    expect(shift).toBe(3);
    expect(last.quantities[0]!.upper).toBeCloseTo(4 * (2 - reference), 12);
  });

  it('are of one effort', () => {
    const first = stepCharts(both(0.3, 4), 1, null);
    const other = stepCharts(both(0.9, 0), 10, first);
    expect(other.chart).toMatchObject({ effort: 10, checks: 1 });
    expect(other.quantities[0]!.upper).toBe(0);
    const again = stepCharts(both(0.3, 4), 1, first);
    expect(again.chart).toEqual({ ...first.chart, checks: 2 });
    expect(again.quantities[0]!.upper).toBeCloseTo(2 * first.quantities[0]!.upper, 12);
  });

  it('are of the quantities that they began with, seen or not', () => {
    const rare = { ...quantity('d', 0, 0.1), isNormal: false };
    const first = stepCharts([...both(0.3, 4), quantity('c', 0, 1.01), rare], 1, null);
    expect(first.quantities.map(({ name }) => name)).toEqual(['a', 'b']);
    // c would be known well enough now; b is not seen at all.
    const seen = [quantity('a', 0, 0.3), quantity('b', NaN, 0, 0), quantity('c', 9, 0.9)];
    const second = stepCharts(seen, 1, first);
    expect(second.chart.limit).toBe(first.chart.limit);
    expect(second.quantities).toMatchObject([
      { name: 'a', z: 0 },
      { name: 'b', z: null, perUnit: 0, upper: first.quantities[1]!.upper },
    ]);
    expect(second.alarms).toEqual([]);
  });

  it('refuse where nothing can be watched', () => {
    expect(() => stepCharts(both(1.2), 30, null)).toThrow(/no quantity/);
    expect(() => stepCharts([], 1, null)).toThrow(/no quantity/);
  });

  it('alarm as seldom and as soon as they say while what checks see of the calibration’s error fluctuates', () => {
    const [every, mean, charts] = [40, 0.312, 3];
    const names = Array.from({ length: charts }, (_, k) => `q${k}`);
    const stream = RandomStream.of(41, 'dynamics', 0);
    /** Checks of a fresh device, whose calibration is off by its error, until an alarm; q0 drifts by so many standard errors. */
    const history = (drift: number): CheckReport => {
      const off = names.map(() => mean * stream.normal());
      let last: CheckReport | null = null;
      do {
        const spread = mean * (1 + 0.01 * stream.normal());
        const seen = names.map((name, k) =>
          quantity(name, (drift === 0 ? off[k]! : k === 0 ? drift : 0) + stream.normal(), spread),
        );
        last = stepCharts(seen, 1, last, every);
      } while (last.alarms.length === 0);
      return last;
    };
    const ends = Array.from({ length: 1500 }, () => history(0));
    const { reference, limit, shift, delay } = ends[0]!.chart;
    expect(ends.every(({ chart }) => chart.shift === shift)).toBe(true);
    const design = { kind: 'cusum', reference, limit } as const;
    expect(delay).toBeCloseTo(averageRunLength(design, shift), 6);
    expect(falseAlarmLength(design, shift / 8)).toBeCloseTo(charts * every, 2);
    // Rates add; a device's rate is that of its own offsets, so that run lengths are averaged over devices.
    const lengths = moments(ends.map(({ chart }) => chart.checks));
    expect(lengths.mean + 4 * lengths.sem).toBeGreaterThan(every);
    const least = falseAlarmLength(design, mean) / charts;
    expect(least).toBeGreaterThan(every);
    // By Jensen's inequality the mean of run lengths is above the inverse of the mean rate.
    expect(lengths.mean).toBeGreaterThan(least - 4 * lengths.sem);
    const found = moments(Array.from({ length: 1500 }, () => history(shift).chart.checks));
    // False alarms of the other two, 1 in 60 checks together, come a little before.
    const both = 1 / (1 / delay + 2 / averageRunLength(design, 0));
    expect(found.mean).toBeLessThan(delay + 4 * found.sem);
    expect(found.mean).toBeGreaterThan(both - 4 * found.sem);
  });
});

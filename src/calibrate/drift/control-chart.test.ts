import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../core/index.js';
import { moments } from '../../thermo/index.js';
import {
  averageRunLength,
  falseAlarmLength,
  nextChart,
  planChart,
  START,
  type ChartDesign,
} from './control-chart.js';

/** Run length of one history. */
function runLength(design: ChartDesign, shift: number, stream: RandomStream): number {
  let state = START;
  while (!state.alarm) state = nextChart(design, state, shift + stream.normal());
  return state.count;
}

/** Mean run length of a chart as a Markov chain of many states (Brook & Evans 1972), for EWMA and one side of CUSUM. */
function chainLength(design: ChartDesign, shift: number, states: number): number {
  const tail = (x: number): number => {
    // Φ(x) by the trapezoid over the density: an oracle of its own.
    let sum = 0;
    const n = 4000;
    const from = -9;
    if (x <= from) return 0;
    const h = (x - from) / n;
    for (let i = 0; i <= n; i++)
      sum += Math.exp(-0.5 * (from + i * h) ** 2) * (i === 0 || i === n ? 0.5 : 1);
    return Math.min(1, (sum * h) / Math.sqrt(2 * Math.PI));
  };
  const isCusum = design.kind === 'cusum';
  const width = isCusum ? (2 * design.limit) / (2 * states - 1) : (2 * design.limit) / states;
  const centre = (i: number): number => (isCusum ? i * width : -design.limit + (i + 0.5) * width);
  const probability = (i: number, j: number): number => {
    const [low, high] = [centre(j) - width / 2, centre(j) + width / 2];
    if (isCusum) {
      const toZ = (c: number): number => c - centre(i) + design.reference - shift;
      return tail(toZ(high)) - (j === 0 ? 0 : tail(toZ(low)));
    }
    const toZ = (m: number): number =>
      (m - (1 - design.weight) * centre(i)) / design.weight - shift;
    return tail(toZ(high)) - tail(toZ(low));
  };
  const P = Array.from({ length: states }, (_, i) =>
    Array.from({ length: states }, (__, j) => probability(i, j)),
  );
  // L = 1 + P L by iteration: plain, and slow.
  let L = new Array<number>(states).fill(1);
  for (let round = 0; round < 500; round++) {
    L = P.map((row) => 1 + row.reduce((sum, p, j) => sum + p * L[j]!, 0));
  }
  return isCusum ? L[0]! : L[(states - 1) / 2]!;
}

describe('average run lengths', () => {
  it.each<[ChartDesign, number]>([
    [{ kind: 'cusum', reference: 0.5, limit: 4 }, 0],
    [{ kind: 'cusum', reference: 0.5, limit: 4 }, 1],
    [{ kind: 'cusum', reference: 0.25, limit: 6 }, -0.5],
    [{ kind: 'ewma', weight: 0.2, limit: 0.85 }, 0],
    [{ kind: 'ewma', weight: 0.1, limit: 0.5 }, 0.5],
  ])('are those of simulated histories: %o at a shift of %f', (design, shift) => {
    const stream = RandomStream.of(21, 'dynamics', 0);
    const { mean, sem } = moments(
      Array.from({ length: 2000 }, () => runLength(design, shift, stream)),
    );
    const exact = averageRunLength(design, shift);
    expect(Math.abs(mean - exact), `${mean} ± ${sem} against ${exact}`).toBeLessThan(4 * sem);
  });

  it('are the limit of Markov chains of many states', () => {
    // One side of a CUSUM with a shift of 1; the other side then almost never alarms.
    const cusum = { kind: 'cusum', reference: 0.5, limit: 4 } as const;
    // A chain of n states is 1/n² off; two of them say where that leads.
    const chains = [21, 41].map((n) => chainLength(cusum, 1, n));
    const limit = chains[1]! + (chains[1]! - chains[0]!) / ((41 / 21) ** 2 - 1);
    expect(Math.abs(averageRunLength(cusum, 1) - limit)).toBeLessThan(0.01);
    const ewma = { kind: 'ewma', weight: 0.3, limit: 1 } as const;
    const steps = [21, 41].map((n) => chainLength(ewma, 0.7, n));
    const end = steps[1]! + (steps[1]! - steps[0]!) / ((41 / 21) ** 2 - 1);
    expect(Math.abs(averageRunLength(ewma, 0.7) - end)).toBeLessThan(0.01);
  });

  it('without memory are those of independent trials: EWMA of weight 1 is Shewhart’s chart', () => {
    // P(|z| > 3) = 0.0026998
    expect(averageRunLength({ kind: 'ewma', weight: 1, limit: 3 }, 0)).toBeCloseTo(
      1 / 0.0026997960632601866,
      4,
    );
  });
});

describe('a planned chart', () => {
  it.each(['cusum', 'ewma'] as const)(
    '%s keeps its false alarms, and finds a drift sooner the larger it is',
    (kind) => {
      const small = planChart({ falseAlarmEvery: 500, shift: 0.5, kind });
      const large = planChart({ falseAlarmEvery: 500, shift: 1.5, kind });
      expect(small.inControl).toBeCloseTo(500, 2);
      expect(averageRunLength(small.design, 0)).toBeCloseTo(500, 2);
      expect(large.delay).toBeLessThan(small.delay);
    },
  );

  it('has a limit of 0 where its reference alone is enough', () => {
    // P(|z| > 5) = 5.73e-7
    const { design, inControl } = planChart({ falseAlarmEvery: 1000, shift: 10 });
    expect(design).toEqual({ kind: 'cusum', reference: 5, limit: 0 });
    expect(inControl).toBeCloseTo(1 / 5.733031437583869e-7, -1);
  });

  it('allows for the error of the calibration that it compares with', () => {
    const goal = { falseAlarmEvery: 300, shift: 1, calibrationError: 0.3 };
    const { design, inControl, delay } = planChart(goal);
    expect(inControl).toBeCloseTo(300, 2);
    expect(delay).toBeGreaterThan(planChart({ ...goal, calibrationError: 0 }).delay);
    // Rates of false alarms, averaged over calibrations that are off each by its own error.
    const stream = RandomStream.of(22, 'dynamics', 0);
    const rates = moments(
      Array.from({ length: 300 }, () => 1 / averageRunLength(design, 0.3 * stream.normal())),
    );
    expect(Math.abs(rates.mean - 1 / 300)).toBeLessThan(4 * rates.sem);
    expect(falseAlarmLength(design, 0)).toBeGreaterThan(300);
  });

  it('keeps its alarm, and takes no notice of a check-run without a result', () => {
    const design = { kind: 'cusum', reference: 0.5, limit: 1 } as const;
    const alarmed = nextChart(design, START, 4);
    expect(alarmed.alarm).toBe(true);
    expect(nextChart(design, alarmed, -10).alarm).toBe(true);
    expect(nextChart(design, START, NaN)).toEqual(START);
  });

  it.each([
    [{ falseAlarmEvery: 1, shift: 1 }, 'falseAlarmEvery'],
    [{ falseAlarmEvery: 100, shift: 0 }, 'shift'],
    [{ falseAlarmEvery: 100, shift: 1, calibrationError: 0.6 }, 'calibrationError'],
  ])('is refused for %o', (goal, path) => {
    expect(() => planChart(goal)).toThrow(path);
  });
});

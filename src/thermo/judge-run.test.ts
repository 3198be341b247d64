import { describe, expect, it } from 'vitest';
import { GaussianEnds } from './gaussian-ends.js';
import { RandomStream } from '../core/index.js';
import { judgeCrooks, judgeRun, type ShotTotals, type ThermoVerdict } from './judge-run.js';
import type { ThermoContext } from './ledger.js';
import { runStatement, type RunStatement } from './run-statement.js';
import { SpinMarginals } from './spin-marginals.js';

const SHOTS = 4000;
/** Normal work that obeys Jarzynski and Crooks at β: mean ±ΔF + βσ²/2. */
function work(seed: number, beta: number, sigma: number, change: number): number[] {
  const stream = RandomStream.of(seed, 'bootstrap', 0);
  return Array.from(
    { length: SHOTS },
    () => change + (beta * sigma * sigma) / 2 + sigma * stream.normal(),
  );
}
const CONTEXT: ThermoContext = {
  sites: 4,
  baths: [{ name: 'bath', temperature: 0.5 }],
  noEnergy: null,
  noHeat: null,
  noEntropy: null,
  entropyMethod: 'medium',
  jarzynskiBeta: 2,
  noJarzynski: null,
  freeEnergyChange: 0.3,
  balance: { detailed: true, why: null },
  continuousTime: true,
};
function stated(
  context: Partial<ThermoContext> = {},
  amplitude: readonly number[] = [0, 0, 1, 1],
  controls: Record<string, number[]> = {},
): RunStatement {
  return runStatement(
    { duration: 1, initial: { kind: 'equilibrium' }, drives: [{ amplitude }], controls },
    { time: { name: 's', seconds: 1 }, energy: { name: 'kT', joules: null } },
    null,
    { ...CONTEXT, ...context },
  );
}
function totals(more: Partial<ShotTotals> = {}): ShotTotals {
  const w = work(1, 2, 0.6, 0.3);
  const heat = w.map((x, k) => x - 0.1 * (k % 3));
  return {
    shots: SHOTS,
    work: w,
    heat,
    energyChange: w.map((x, k) => x - heat[k]!),
    energySeries: null,
    ends: null,
    ...more,
  };
}
const named = (lines: readonly ThermoVerdict[], name: string): ThermoVerdict =>
  lines.find((line) => line.name === name)!;

describe('judgeRun', () => {
  it('holds what obeys the theorems', () => {
    const lines = judgeRun(totals(), stated());
    for (const name of [
      'first-law',
      'second-law',
      'jarzynski',
      'free-energy',
      'integral-theorem',
    ]) {
      expect([name, named(lines, name).verdict]).toEqual([name, 'holds']);
    }
    expect(lines.filter(({ verdict }) => verdict === 'violated')).toEqual([]);
  });

  it('finds a wrong temperature, in units of its error', () => {
    const line = named(judgeRun(totals(), stated({ jarzynskiBeta: 3 })), 'free-energy');
    expect(line.verdict).toBe('violated');
    expect(line.sigma).toBeGreaterThan(5);
  });

  it('finds a work below ΔF', () => {
    const negative = totals();
    const moved = { ...negative, work: negative.work!.map((w) => w - 1) };
    const lines = judgeRun(moved, stated());
    expect(named(lines, 'second-law')).toMatchObject({ verdict: 'violated' });
    expect(named(lines, 'first-law')).toMatchObject({ verdict: 'violated', sigma: null });
  });

  it('finds one shot whose first law is broken, and one that is not a number', () => {
    for (const wrong of [1e-3, NaN]) {
      const one = totals();
      const energyChange = [...one.energyChange!];
      energyChange[7] = energyChange[7]! + wrong;
      const line = named(judgeRun({ ...one, energyChange }, stated()), 'first-law');
      expect(line.verdict).toBe('violated');
    }
  });

  it('does not judge a board’s first law, and says what the residual is', () => {
    const why = 'three measurements';
    const energyChange = totals().energyChange!.map((e) => e + 0.01);
    const line = named(
      judgeRun(totals({ energyChange }), stated({ noFirstLaw: why })),
      'first-law',
    );
    expect(line).toMatchObject({ verdict: 'not-judged', note: why });
    expect(line.value).toBeCloseTo(0.01, 10);
    const lines = judgeRun(totals({ energyChange }), stated({ noFirstLaw: why }));
    expect(named(lines, 'first-law-mean')).toMatchObject({ verdict: 'measured' });
    expect(named(lines, 'first-law-mean').value).toBeCloseTo(0.01, 10);
  });

  it('judges nothing from fewer than 20 shots', () => {
    const few = totals();
    const cut = (values: readonly number[] | null) => values!.slice(0, 12);
    const lines = judgeRun(
      {
        ...few,
        shots: 12,
        work: cut(few.work).map((w) => 0.3 + 0.01 * w),
        heat: cut(few.heat),
        energyChange: cut(few.energyChange),
      },
      stated(),
    );
    expect(named(lines, 'free-energy')).toMatchObject({ verdict: 'not-judged' });
    expect(named(lines, 'free-energy').note).toMatch(/12 shots are too few/);
  });

  it('holds the uncertainty relation, and finds a heat that is too regular', () => {
    const stationary = stated({
      jarzynskiBeta: null,
      noJarzynski: 'two',
      balance: { detailed: false, why: 'asymmetric' },
      stationary: true,
    });
    const stream = RandomStream.of(3, 'bootstrap', 0);
    // T = ½: Var(Q) ≥ 2T⟨Q⟩ = 1 at ⟨Q⟩ = 1.
    const spread = (sigma: number): number[] =>
      Array.from({ length: SHOTS }, () => 1 + sigma * stream.normal());
    const good = judgeRun(totals({ heat: spread(1.3) }), stationary);
    expect(named(good, 'uncertainty-relation')).toMatchObject({ verdict: 'holds', sigma: 0 });
    expect(named(good, 'uncertainty-relation').value).toBeCloseTo(1.69, 0);
    const regular = judgeRun(totals({ heat: spread(0.3) }), stationary);
    expect(named(regular, 'uncertainty-relation').verdict).toBe('violated');
    expect(named(good, 'second-law')).toMatchObject({ verdict: 'holds' });
  });

  it('bounds the total entropy production by the states at the end', () => {
    const start = { entropy: 4 * Math.LN2, uniform: true, freeSpins: 4 };
    const random = stated({ jarzynskiBeta: null, noJarzynski: 'random', start }, [0, 0]);
    const ends = SpinMarginals.of(4)!;
    for (let k = 0; k < SHOTS; k++) ends.add([1, 1, 1, 1]);
    // All spins up: S(end) = 0, so that Q/T must be at least 4 ln 2 = 2.77.
    const warm = judgeRun(totals({ ends, heat: totals().heat!.map(() => 2) }), random);
    expect(named(warm, 'second-law').value).toBeCloseTo(4 - 4 * Math.LN2, 10);
    expect(named(warm, 'second-law').verdict).toBe('holds');
    const cold = judgeRun(totals({ ends, heat: totals().heat!.map(() => 1) }), random);
    expect(named(cold, 'second-law').verdict).toBe('violated');
  });

  it('holds the speed limit against the duration, from below', () => {
    const start = { entropy: 4 * Math.LN2, uniform: true, freeSpins: 4 };
    const ends = SpinMarginals.of(4)!;
    for (let k = 0; k < SHOTS; k++) ends.add([1, 1, 1, 1]);
    const limit = (mostJumpRate: number | null, more: Partial<ThermoContext> = {}) => {
      const context = { jarzynskiBeta: null, noJarzynski: 'random', start, mostJumpRate, ...more };
      const heat = totals().heat!.map(() => 2);
      return named(
        judgeRun(totals({ ends, heat }), stated({ sites: 4, ...context })),
        'speed-limit',
      );
    };
    // L₁ ≥ 1 less what the largest of four noisy means is above them, Σ ≤ 4 − 4 ln 2, at most 4 flips in a time of 1.
    const distance = 1 - Math.sqrt((2 * Math.log(8)) / SHOTS);
    expect(limit(4).value).toBeCloseTo(distance ** 2 / (2 * (4 - 4 * Math.LN2) * 4), 10);
    expect(limit(4)).toMatchObject({ verdict: 'holds', expected: { relation: '≤', value: 1 } });
    // So few flips cannot have brought all spins there in that time.
    expect(limit(0.05).verdict).toBe('violated');
    for (const [one, why] of [
      [limit(null), /spins in continuous time/],
      [limit(4, { start: { ...start, uniform: false } }), /not one in which all states/],
      [limit(4, { baths: [{ name: 'bath', temperature: 0 }] }), /T = 0/],
    ] as const) {
      expect(one.verdict).toBe('not-judged');
      expect(one.note).toMatch(why);
    }
  });

  it('holds the speed limit of overdamped sites by how far means and widths have gone', () => {
    const [starts, ends] = [GaussianEnds.of(2)!, GaussianEnds.of(2)!];
    const stream = RandomStream.of(1, 'bootstrap', 0);
    for (let k = 0; k < SHOTS; k++) {
      const [x, y] = [stream.normal(), stream.normal()];
      starts.add([100 + x, y]);
      ends.add([103 + x, 3 * y]);
    }
    const entropy = Math.log(2 * Math.PI * Math.E);
    const limit = (q: number) => {
      const start = { entropy, uniform: false, freeSpins: null, continuousSites: 2 };
      const context = { jarzynskiBeta: null, noJarzynski: 'other', start, sites: 2 };
      const heat = totals().heat!.map(() => q);
      return named(judgeRun(totals({ starts, ends, heat }), stated(context)), 'speed-limit');
    };
    // W₂² = 3² + (3 − 1)², Σ = Q/T + ln 3, T = ½, τ = 1.
    const { value, standardError, verdict } = limit(20);
    const exact = 13 / (0.5 * (40 + Math.log(3)));
    expect(Math.abs(value! - exact)).toBeLessThan(4 * standardError!);
    expect(verdict).toBe('holds');
    expect(limit(5).verdict).toBe('violated');
  });

  it('has the theorems of a start from all states alike without any energy', () => {
    const start = { entropy: 4 * Math.LN2, uniform: true, freeSpins: 4 };
    const noEnergy = 'asymmetric';
    const context = { jarzynskiBeta: null, noJarzynski: noEnergy, noEnergy, start };
    const heat = work(5, 2, 0.5, 0); // obeys P(Q/T)/P(−Q/T) = e^{Q/T}
    const lines = judgeRun(totals({ heat }), stated(context, [0, 0]));
    for (const name of ['integral-theorem', 'detailed-theorem']) {
      expect([name, named(lines, name).verdict]).toEqual([name, 'holds']);
    }
    expect(named(lines, 'work')).toMatchObject({ verdict: 'not-judged', note: noEnergy });
    const wrong = judgeRun(totals({ heat: heat.map((q) => 2 * q) }), stated(context, [0, 0]));
    expect(named(wrong, 'detailed-theorem').verdict).toBe('violated');
  });

  it.each([
    [
      'two baths',
      { baths: [CONTEXT.baths[0]!, { name: 'b', temperature: 1 }] },
      /more than one bath/,
    ],
    ['T = 0', { baths: [{ name: 'bath', temperature: 0 }] }, /T = 0/],
    ['a cavity', { notHeatOverT: 'no single temperature' }, /no single temperature/],
    ['no heat', { noHeat: 'synchronous' }, /synchronous/],
  ])('has no entropy from the record with %s', (_, context, why) => {
    const lines = judgeRun(totals(), stated(context));
    expect(named(lines, 'medium-entropy').note).toMatch(why);
    expect(named(lines, 'second-law').verdict).toBe('not-judged');
  });

  it('has none where the temperature changes', () => {
    const lines = judgeRun(totals(), stated({}, [0, 0], { temperature: [0, 0.5, 1, 1] }));
    expect(named(lines, 'medium-entropy').note).toMatch(/temperature changes/);
  });

  it('averages the energy of a stationary run over time', () => {
    const stream = RandomStream.of(4, 'bootstrap', 0);
    const energySeries = Array.from({ length: 50 }, () =>
      Array.from({ length: 40 }, () => stream.normal()),
    );
    const lines = judgeRun(totals({ energySeries }), stated({ stationary: true }));
    const line = named(lines, 'energy-average');
    expect(Math.abs(line.value!)).toBeLessThan(4 * line.standardError!);
    expect(line.standardError).toBeCloseTo(1 / Math.sqrt(2000), 2);
  });

  const burnt = (burnIn: number): Partial<ThermoContext> => ({
    stationary: true,
    start: {
      entropy: null,
      uniform: false,
      freeSpins: null,
      equilibrium: { by: 'burn-in', burnIn },
    },
  });

  it('measures a burn-in in relaxation times, and says where it is too short', () => {
    const stream = RandomStream.of(6, 'bootstrap', 0);
    // x ← ρx + noise, ρ = ½: τ = ½(1 + ρ)/(1 − ρ) = 1.5 readouts, 39 intervals in a duration of 1.
    const energySeries = Array.from({ length: 400 }, () => {
      let x = stream.normal();
      return Array.from({ length: 40 }, () => (x = 0.5 * x + Math.sqrt(0.75) * stream.normal()));
    });
    const times = (39 / 1.5) * 2;
    const long = judgeRun(totals({ energySeries }), stated(burnt(2)));
    expect(named(long, 'burn-in').verdict).toBe('measured');
    expect(Math.abs(named(long, 'burn-in').value! / times - 1)).toBeLessThan(0.1);
    expect(named(long, 'burn-in').note).toBe('the start is what it reached');
    const short = judgeRun(totals({ energySeries }), stated(burnt(0.2)));
    expect(named(short, 'burn-in').note).toMatch(/too short/);
    const drawn = judgeRun(totals({ energySeries }), stated({ stationary: true }));
    expect(drawn.map(({ name }) => name)).not.toContain('burn-in');
  });

  it('names the burn-in wherever an equilibrium start is what a line rests on', () => {
    const lines = judgeRun(totals(), stated({ ...burnt(7), stationary: false }));
    expect(named(lines, 'burn-in')).toMatchObject({ verdict: 'not-judged', value: null });
    for (const name of ['jarzynski', 'free-energy', 'integral-theorem']) {
      expect([name, named(lines, name).note]).toEqual([
        name,
        expect.stringContaining('a burn-in of 7 '),
      ]);
    }
    for (const name of ['jarzynski', 'free-energy']) {
      expect(named(judgeRun(totals(), stated()), name).note ?? '').not.toMatch(/burn-in/);
    }
  });
});

describe('judgeCrooks', () => {
  const side = (seed: number, change: number, statement: RunStatement | null) => ({
    totals: totals({ work: work(seed, 2, 0.6, change) }),
    statement,
  });
  const there = stated();
  const back = stated({ freeEnergyChange: -0.3 }, [0, 1, 1, 0]);

  it('has the slope 1 and ΔF where both cross', () => {
    const [slope, crossing] = judgeCrooks(side(1, 0.3, there), side(2, -0.3, back));
    expect(slope).toMatchObject({ name: 'crooks-slope', verdict: 'holds' });
    expect(crossing).toMatchObject({ name: 'crooks-free-energy', verdict: 'holds' });
    expect(crossing!.expected!.value).toBe(0.3);
  });

  it('names the burn-in of either side', () => {
    const start = { entropy: null, uniform: false, freeSpins: null };
    const burnt = { ...start, equilibrium: { by: 'burn-in', burnIn: 9 } } as const;
    const reached = stated({ freeEnergyChange: -0.3, start: burnt }, [0, 1, 1, 0]);
    const [slope] = judgeCrooks(side(1, 0.3, there), side(2, -0.3, reached));
    expect(slope!.note).toMatch(/^reverse: the start is what a burn-in of 9 .*reached$/);
  });

  it('finds works that do not belong together', () => {
    const [, crossing] = judgeCrooks(side(1, 0.3, there), side(2, 0.1, back));
    expect(crossing!.verdict).toBe('violated');
  });

  it('says where works do not overlap, or are not there', () => {
    const [far] = judgeCrooks(side(1, 30, there), side(2, 30, back));
    expect(far!.note).toMatch(/do not overlap/);
    const none = { totals: totals({ work: null }), statement: back };
    expect(judgeCrooks(side(1, 0.3, there), none)[0]!.note).toMatch(/no work/);
  });

  it.each([
    ['another temperature', stated({ jarzynskiBeta: 1 }, [0, 1, 1, 0]), /different temperatures/],
    ['no statement', null, /does not say how its run started/],
    [
      'no equilibrium',
      stated({ jarzynskiBeta: null, noJarzynski: 'it started at a pattern' }, [0, 1, 1, 0]),
      /its reverse: it started at a pattern/,
    ],
    ['the same protocol', there, /not the first one backwards/],
  ])('refuses %s', (_, statement, why) => {
    expect(() => judgeCrooks(side(1, 0.3, there), side(2, -0.3, statement))).toThrowError(why);
  });
});

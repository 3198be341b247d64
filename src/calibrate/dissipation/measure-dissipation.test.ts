import { describe, expect, it } from 'vitest';
import { RandomStream, type RelaxdError } from '../../core/index.js';
import { sampledCurrents } from '../../emulate/index.js';
import { HaradaSasa } from '../../thermo/index.js';
import type { CircuitStart } from '../circuit/circuit-run.js';
import { CircuitParameters, type NominalCircuit } from '../circuit/circuit-parameters.js';
import type { CircuitSetting } from '../circuit/circuit-setting.js';
import { groupSystem } from '../circuit/group-system.js';
import { Estimate } from '../estimate.js';
import { constantInputs, type InputCourse } from '../linear/linear-system.js';
import { shotSampler } from '../linear/sample-shot.js';
import { measureDissipation, type DissipationRun } from './measure-dissipation.js';

const NOMINAL: NominalCircuit = {
  capacitanceF: 1e-9,
  resistanceOhm: 1e5,
  temperatureK: 300,
  unitV: 0.1,
  readoutStep: 0.002,
  readoutPoleS: 0,
};
/** K = [[3, −1], [−1, 4]] as in TC-14. */
const pair = (temperature: CircuitSetting['temperature'], J = 1): CircuitSetting => ({
  sites: 2,
  quadratic: Float64Array.of(1.5, 2),
  couplings: Float64Array.of(0, 1, J),
  fields: new Float64Array(2),
  temperature,
  drives: [],
});
const ZERO = { kind: 'known', values: new Float64Array(2) } as const;
const STILL = { kind: 'stationary' } as const;

function board(
  off: Readonly<Record<string, number>> = {},
  nominal = NOMINAL,
): { parameters: CircuitParameters; at: Float64Array } {
  const parameters = new CircuitParameters(2, nominal, 0, [[0, 1]], false);
  const at = new Float64Array(parameters.count);
  for (const [name, by] of Object.entries(off)) at[parameters.named(name)] = by;
  return { parameters, at };
}

/** What a calibration says that found these coordinates, each with an error of its own. */
function fitted(
  { parameters, at }: ReturnType<typeof board>,
  errors: Readonly<Record<string, number>> = {},
) {
  const p = parameters.count;
  const information = new Float64Array(p * p);
  parameters.list.forEach(({ name }, a) => {
    information[a * p + a] = 1 / (errors[name] ?? 1e-9) ** 2;
  });
  return { parameters, estimate: new Estimate(parameters.list, at, information, () => false) };
}

/** Shots of all sites at once: both are one group. */
function shots(
  { parameters, at }: ReturnType<typeof board>,
  setting: CircuitSetting,
  course: InputCourse,
  start: CircuitStart,
  count: number,
  stream: RandomStream,
): Float64Array[] {
  const { system } = groupSystem(parameters, setting, [0, 1], at);
  const from =
    start.kind === 'stationary'
      ? start
      : {
          kind: 'known' as const,
          mean: Float64Array.from({ length: system.states }, (_, i) => start.values[i % 2]!),
        };
  const draw = shotSampler(system, course, from);
  return Array.from({ length: count }, () => draw(stream));
}

interface Drawn {
  readonly setting: CircuitSetting;
  readonly interval: number;
  readonly samples: number;
  readonly count: number;
  readonly start?: CircuitStart;
  readonly lag?: number;
  readonly steps?: number;
  readonly seed: number;
}

function drawn(of: ReturnType<typeof board>, wanted: Drawn): DissipationRun {
  const { setting, interval, samples, count, start = STILL, lag = 1, steps = 400 } = wanted;
  const stream = RandomStream.of(wanted.seed, 'dynamics', 0);
  const course = constantInputs([1], interval, samples);
  const brief = constantInputs([1], interval, lag + 1);
  return {
    setting,
    course,
    start,
    lag,
    records: {
      sites: 2,
      interval,
      driven: shots(of, setting, course, start, count, stream),
      responses: [0, 1].map((site) => {
        const [up, down] = [20, -20].map((field) => {
          const fields = Float64Array.from(setting.fields, (h, i) => (i === site ? h + field : h));
          return shots(of, { ...setting, fields }, brief, ZERO, steps, stream);
        });
        return { site, field: 40, up: up!, down: down! };
      }),
    },
  };
}

/** Few numbers, for what does not depend on them. */
const SMALL = { interval: 0.1, samples: 30, count: 24, steps: 10, seed: 1 };

describe('Dissipation by the violation of the fluctuation–response relation', () => {
  it.each([0.01, 0.1, 0.5])(
    'reads on average what Harada and Sasa’s sum of two baths does, samples every %d t0, and comes to ∓1/7',
    (interval) => {
      const exact = sampledCurrents(
        {
          stiffness: [
            [3, -1],
            [-1, 4],
          ],
          temperatures: [2, 1],
          mobilities: [1, 1],
        },
        interval,
      );
      const of = board();
      const run = drawn(of, { ...SMALL, setting: pair(Float64Array.of(2, 1)), interval });
      measureDissipation(fitted(of), run).sites.forEach(({ predicted, reading, current }, i) => {
        expect(predicted).toBeCloseTo(exact[i]!.haradaSasa, 9);
        expect(predicted + current.mean - reading.mean).toBeCloseTo(exact[i]!.current, 8);
      });
    },
  );

  it('reads on average 0 at one temperature, over any lag and whatever the parts are', () => {
    const off = {
      'capacitance[0]': 0.2,
      'resistance[0]': -0.3,
      'temperature[1]': 0.1,
      'readoutGain[1]': 0.2,
      'fieldGain[0]': -0.1,
      'readoutNoise[0]': 3,
    };
    for (const setting of [pair(0.7, 0), pair(2, 0)]) {
      for (const lag of [1, 7]) {
        const of = board(off);
        const { sites } = measureDissipation(fitted(of), drawn(of, { ...SMALL, setting, lag }));
        for (const { predicted } of sites) expect(Math.abs(predicted)).toBeLessThan(1e-9);
      }
    }
  });

  it('of couplings that are not reciprocal comes to T(u − w)²/2k', () => {
    // A = [[k, −u], [−w, k]], one temperature: J = ½⟨x₂ẋ₁ − x₁ẋ₂⟩ = T(u − w)/2k, and (u − w)J in all.
    const [k, T, u, w] = [2, 0.5, 1.9, 0.1];
    const of = board({ 'couplingGain[0<-1]': Math.log(u), 'couplingGain[1<-0]': Math.log(w) });
    const setting = { ...pair(T), quadratic: Float64Array.of(k / 2, k / 2) };
    const exact = (T * (u - w) ** 2) / (2 * k);
    const wanted = { setting, interval: 0.3, samples: 100_001, count: 1, seed: 3 };
    const run = drawn(of, wanted);
    const { total, sites } = measureDissipation(fitted(of), run);
    expect(Math.abs(total.mean - exact)).toBeLessThan(4 * total.sem);
    expect(total.sem).toBeLessThan(0.08 * exact);
    for (const { z } of sites) expect(Math.abs(z)).toBeLessThan(4);
    const missing = sites.reduce(
      (sum, s) => sum + s.predicted + s.current.mean - s.reading.mean,
      0,
    );
    expect(missing).toBeCloseTo(exact, 9);
  });

  it('finds the heat that flows into a cold node, noise of the readout and its low-pass included', () => {
    const of = board(
      { 'readoutNoise[0]': 1, 'readoutNoise[1]': 1 },
      { ...NOMINAL, readoutPoleS: 5e-6 },
    );
    // κ²(T₂ − T₁)/(l₁ + l₂), l₁ + l₂ = 7.
    const exact = (1 - 0.02) / 7;
    const setting = pair(Float64Array.of(0.02, 1));
    const wanted = { setting, interval: 0.1, samples: 20_001, count: 1, steps: 400, seed: 4 };
    const { sites } = measureDissipation(fitted(of), drawn(of, wanted));
    const [cold] = sites;
    expect(Math.abs(cold!.current.mean - exact)).toBeLessThan(4 * cold!.current.sem);
    expect(cold!.current.sem).toBeLessThan(0.06 * exact);
    expect(Math.abs(cold!.z)).toBeLessThan(4);
    // A calibration that takes the node for as warm as the other one would see none of it.
    const wrong = measureDissipation(fitted(of), {
      ...drawn(of, wanted),
      setting: pair(Float64Array.of(1, 1)),
    });
    expect(Math.abs(wrong.sites[0]!.z)).toBeGreaterThan(10);
  });

  it('knows its own errors: z of records that were drawn is standard normal', () => {
    const of = board({ 'readoutNoise[0]': 1, 'readoutNoise[1]': 1 });
    const setting = pair(Float64Array.of(2, 0.1));
    const zs = Array.from({ length: 40 }, (_, k) =>
      measureDissipation(
        fitted(of),
        drawn(of, { setting, interval: 0.2, samples: 1201, count: 2, steps: 300, seed: 100 + k }),
      ).sites.map(({ z }) => z),
    ).flat();
    const mean = zs.reduce((sum, z) => sum + z, 0) / zs.length;
    const squares = zs.reduce((sum, z) => sum + z * z, 0) / zs.length;
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(zs.length));
    expect(Math.abs(squares - 1)).toBeLessThan(4 * Math.sqrt(2 / zs.length));
  });

  it('has the calibration’s errors in its own', () => {
    const of = board();
    const run = drawn(of, { ...SMALL, setting: pair(Float64Array.of(0.02, 1)) });
    const sure = measureDissipation(fitted(of), run).sites[1]!;
    const unsure = measureDissipation(fitted(of, { 'temperature[1]': 0.05 }), run).sites[1]!;
    // d reading/d ln τ is −K s/lag²; here s from the records, K = 2.
    const { up, down } = run.records.responses[1]!;
    const at = (list: readonly Float64Array[]): number =>
      list.reduce((sum, shot) => sum + (shot[3]! - shot[1]!) / list.length, 0);
    const slope = (2 * (at(up) - at(down))) / 40 / 0.1 ** 2;
    expect(Math.sqrt(unsure.reading.sem ** 2 - sure.reading.sem ** 2)).toBeCloseTo(0.05 * slope, 5);
  });

  it('is the sum of Harada and Sasa over all frequencies up to that of the samples', () => {
    const of = board({ 'readoutNoise[0]': -20, 'readoutNoise[1]': -20 });
    const wanted = { setting: pair(Float64Array.of(2, 1)), interval: 0.1, samples: 257, count: 1 };
    const run = drawn(of, { ...wanted, steps: 8, seed: 5 });
    const { sites } = measureDissipation(fitted(of), run);
    const { up, down } = run.records.responses[0]!;
    const moved = (list: readonly Float64Array[]): number =>
      list.reduce((sum, shot) => sum + (shot[2]! - shot[0]!) / list.length, 0);
    const sum = new HaradaSasa({
      interval: 0.1,
      segment: 256,
      friction: 1,
      temperature: 2,
      response: Float64Array.of((moved(up) - moved(down)) / 40 / 0.1),
      binWidth: 5,
    });
    sum.add(Float64Array.from({ length: 257 }, (_, k) => run.records.driven[0]![2 * k]!));
    expect(sites[0]!.reading.mean).toBeCloseTo(sum.heatCurrent().mean, 10);
  });

  it('of a step from rest is what the potential falls by, and tells the gain of a heat monitor', () => {
    const of = board({ 'readoutNoise[0]': -3, 'readoutNoise[1]': -3 });
    const setting = { ...pair(0.02, 0), fields: Float64Array.of(3, 0) };
    // Sites that are not coupled are groups of their own: the sampler draws both as one all the same.
    const wanted = { setting, interval: 0.05, samples: 21, count: 800, start: ZERO, seed: 6 };
    const run = drawn(of, wanted);
    const stream = RandomStream.of(7, 'dynamics', 0);
    const gain = 1.07;
    const fall = ([x, y]: readonly number[]): number => 3 * x! - 1.5 * x! ** 2 - 2 * y! ** 2;
    const totals = Float64Array.from(
      shots(of, setting, run.course, ZERO, 3000, stream),
      (shot) => gain * fall([shot[40]!, shot[41]!]),
    );
    const found = measureDissipation(fitted(of), { ...run, direct: { totals } });
    // V = 3x²/2 − 3x, ⟨x⟩ = 1 − e^{−3}, variances T(1 − e^{−2kt})/k.
    const [mean, k] = [1 - Math.exp(-3), [3, 4]];
    const exact =
      3 * mean -
      1.5 * mean ** 2 -
      k.reduce((sum, rate) => sum + (0.02 / 2) * (1 - Math.exp(-2 * rate)), 0);
    const { comparison, total, sites } = found;
    expect(Math.abs(total.mean - exact)).toBeLessThan(4 * total.sem);
    expect(total.sem).toBeLessThan(0.03 * exact);
    for (const { z } of sites) expect(Math.abs(z)).toBeLessThan(4);
    const { heatGain, z } = comparison!;
    expect(Math.abs(heatGain!.mean - gain)).toBeLessThan(4 * heatGain!.sem);
    expect(heatGain!.sem).toBeLessThan(0.03);
    // The monitor is taken for right, and is not.
    expect(z).toBeLessThan(0);
    const told = board({ heatGain: Math.log(gain), 'readoutNoise[0]': -3, 'readoutNoise[1]': -3 });
    const right = measureDissipation(fitted(told), { ...run, direct: { totals } });
    expect(Math.abs(right.comparison!.z)).toBeLessThan(4);
    expect(right.comparison!.heatGain!.mean).toBeCloseTo(heatGain!.mean, 9);
  });

  it('goes on with samples that were lost', () => {
    const of = board();
    const run = drawn(of, { ...SMALL, setting: pair(Float64Array.of(2, 1)), samples: 200 });
    const [first] = measureDissipation(fitted(of), run).sites;
    for (const shot of run.records.driven) shot.fill(NaN, 20, 24);
    const [again] = measureDissipation(fitted(of), run).sites;
    expect(Math.abs(again!.reading.mean - first!.reading.mean)).toBeLessThan(first!.reading.sem);
    expect(again!.reading.mean).not.toBe(first!.reading.mean);
  });

  it('refuses what shows nothing, with path and limit', () => {
    const of = board();
    const fit = fitted(of);
    const run = drawn(of, { ...SMALL, setting: pair(Float64Array.of(2, 1)) });
    const refused = (change: Partial<DissipationRun>): unknown => {
      try {
        measureDissipation(fit, { ...run, ...change });
      } catch (error) {
        return (error as RelaxdError).details;
      }
      return null;
    };
    const records = run.records;
    expect(refused({ lag: 0 })).toMatchObject({ path: 'lag', value: 0 });
    expect(refused({ lag: 40 })).toMatchObject({ path: 'lag', limit: 29 });
    expect(refused({ records: { ...records, interval: 0.2 } })).toMatchObject({
      path: 'records.interval',
    });
    expect(refused({ records: { ...records, responses: [] } })).toMatchObject({
      path: 'responses',
    });
    expect(
      refused({
        records: { ...records, responses: records.responses.map((r) => ({ ...r, field: 0 })) },
      }),
    ).toMatchObject({ path: 'responses[0].field' });
    expect(
      refused({
        records: {
          ...records,
          responses: records.responses.map((r) => ({ ...r, up: r.up.slice(0, 3) })),
        },
      }),
    ).toMatchObject({ path: 'responses[0].up', value: 3 });
    expect(refused({ records: { ...records, driven: [new Float64Array(7)] } })).toMatchObject({
      path: 'records.driven',
    });
    const totals = Float64Array.of(1, 2, 3);
    expect(
      refused({
        records: { ...records, responses: records.responses.slice(1) },
        direct: { totals },
      }),
    ).toMatchObject({ path: 'direct.sites', value: 0 });
    expect(refused({ direct: { totals: Float64Array.of(1) } })).toMatchObject({
      path: 'direct.totals',
    });
  });
});

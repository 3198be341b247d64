import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../core/index.js';
import { linearLikelihood } from '../linear/linear-likelihood.js';
import { constantInputs, type InputCourse } from '../linear/linear-system.js';
import { meanHeat } from '../linear/mean-heat.js';
import { sampleShot } from '../linear/sample-shot.js';
import { CircuitLikelihood } from './circuit-likelihood.js';
import type { CircuitRun } from './circuit-run.js';
import { predictHeat } from './predict-heat.js';
import { CircuitParameters, type NominalCircuit } from './circuit-parameters.js';
import { coupledGroups, type CircuitSetting } from './circuit-setting.js';
import { fitCircuit } from './fit-circuit.js';
import { groupSystem } from './group-system.js';

const NOMINAL: NominalCircuit = {
  capacitanceF: 1e-9,
  resistanceOhm: 1e5,
  temperatureK: 300,
  unitV: 0.1,
  readoutStep: 0.01,
  readoutPoleS: 0,
};
/** A pair and a single node, a drive, wells of three kinds. */
const SETTING: CircuitSetting = {
  sites: 3,
  quadratic: Float64Array.of(1, 2, 0.7),
  couplings: Float64Array.of(0, 2, 0.6),
  fields: Float64Array.of(2, 0, -1),
  temperature: Float64Array.of(1, 0.5, 2),
  drives: [{ index: 0, pattern: Float64Array.of(1, 0.5, -2) }],
};
const SAMPLES = 7;
const PAIRS = [[0, 2]] as const;

/** Inputs 1 and a drive that jumps at 0, rises and falls. */
function course(length: number, interval: number): InputCourse {
  const after = new Float64Array(2 * length);
  for (let s = 0; s < length; s++) {
    after[2 * s] = 1;
    after[2 * s + 1] = 1.5 * Math.sin(s / 3);
  }
  const before = after.slice();
  before[1] = -0.5;
  return { interval, length, before, after };
}

/** Coordinates that are nobody's nominal ones. */
const somewhere = (parameters: CircuitParameters): Float64Array => {
  const stream = RandomStream.of(3, 'disorder', 0);
  return Float64Array.from(parameters.list, ({ name }) =>
    name.startsWith('readoutNoise') ? 2 + 0.1 * stream.normal() : 0.1 * stream.normal(),
  );
};

function dataOf(parameters: CircuitParameters, at: Float64Array): CircuitRun[] {
  const stream = RandomStream.of(4, 'dynamics', 0);
  const samples = course(SAMPLES, 0.15);
  const start = { kind: 'known', values: Float64Array.of(0.5, 0, -0.5) } as const;
  const shots = [0, 1, 2].map(() => {
    const whole = new Float64Array(SAMPLES * 3);
    for (const nodes of coupledGroups(SETTING)) {
      const { system } = groupSystem(parameters, SETTING, nodes, at);
      const mean = Float64Array.from(
        { length: system.states },
        (_, i) => start.values[nodes[i % nodes.length]!]!,
      );
      const part = sampleShot(system, samples, { kind: 'known', mean }, stream);
      for (let s = 0; s < SAMPLES; s++)
        nodes.forEach((i, k) => (whole[s * 3 + i] = part[s * nodes.length + k]!));
    }
    return whole;
  });
  const totals = Float64Array.from({ length: 40 }, () => 3 + stream.normal());
  return [
    { probe: 'states', setting: SETTING, course: samples, start, kind: 'states', shots },
    { probe: 'heat', setting: SETTING, course: samples, start, kind: 'heat', totals },
  ];
}

/** Difference quotient, 1e-8 off. */
const slope = (f: (by: number) => number, d = 1e-4): number => (f(d) - f(-d)) / (2 * d);

describe.each([
  ['with a pole before the readout', { ...NOMINAL, readoutPoleS: 5e-6 }, false],
  ['without a pole, couplings of one part', NOMINAL, true],
] as const)('a circuit %s', (_, nominal, reciprocal) => {
  const parameters = new CircuitParameters(3, nominal, 1, PAIRS, reciprocal);
  const at = somewhere(parameters);
  const moved = (a: number, by: number): Float64Array => at.map((v, k) => (k === a ? v + by : v));

  it('has the slopes of its likelihood, by every parameter', () => {
    const references = [{ name: 'heatGain', value: 1.02, standardError: 0.01 }];
    const likelihood = new CircuitLikelihood(parameters, dataOf(parameters, at), references);
    const { score } = likelihood.evaluate(at);
    for (let a = 0; a < parameters.count; a++) {
      const expected = slope((by) => likelihood.evaluate(moved(a, by)).value);
      const said = `${parameters.list[a]!.name}: ${score[a]} against ${expected}`;
      expect(Math.abs(score[a]! - expected), said).toBeLessThan(1e-5 * (1 + Math.abs(expected)));
    }
  });

  it('has the slopes of its mean heat, from a known and from the stationary state', () => {
    const [, run] = dataOf(parameters, at);
    for (const start of [run!.start, { kind: 'stationary' } as const]) {
      const { slopes } = predictHeat(parameters, { ...run!, start }, at);
      for (let a = 0; a < parameters.count; a++) {
        const expected = slope(
          (by) => predictHeat(parameters, { ...run!, start }, moved(a, by)).value,
        );
        const said = `${parameters.list[a]!.name}: ${slopes[a]} against ${expected}`;
        expect(Math.abs(slopes[a]! - expected), said).toBeLessThan(1e-5 * (1 + Math.abs(expected)));
      }
    }
  });
});

describe('mean heat', () => {
  const parameters = new CircuitParameters(2, NOMINAL, 0, [[0, 1]], true);
  const at = new Float64Array(parameters.count);

  it('of a step from 0 is what the potential falls by', () => {
    const setting = {
      sites: 2,
      quadratic: Float64Array.of(1, 1),
      couplings: new Float64Array(0),
      fields: Float64Array.of(3, 0),
      temperature: 1,
      drives: [],
    };
    const duration = 0.7;
    const heat = predictHeat(
      parameters,
      {
        setting,
        course: constantInputs([1], duration, 2),
        start: { kind: 'known', values: new Float64Array(2) },
      },
      at,
    );
    // V = x² − hx of ⟨x⟩ = (h/2)(1 − e^{−2t}), ⟨δx²⟩ = ½(1 − e^{−4t}), two nodes.
    const mean = 1.5 * (1 - Math.exp(-2 * duration));
    const fall = 3 * mean - mean * mean - 2 * 0.5 * (1 - Math.exp(-4 * duration));
    expect(heat.value).toBeCloseTo(fall, 5);
  });

  it('flows from the hot to the cold node as the closed form of two baths says', () => {
    // TC-14: K = [[3, −1], [−1, 4]], T = (2, 1); of the first node −1/7 a unit of time.
    const setting = {
      sites: 2,
      quadratic: Float64Array.of(1.5, 2),
      couplings: Float64Array.of(0, 1, 1),
      fields: new Float64Array(2),
      temperature: Float64Array.of(2, 1),
      drives: [],
    };
    const { system, dMasses } = groupSystem(parameters, setting, [0, 1], at);
    const current = (i: number): number =>
      meanHeat(
        system,
        Float64Array.of(i === 0 ? 1 : 0, i === 1 ? 1 : 0),
        dMasses.map(() => new Float64Array(2)),
        constantInputs([1], 1, 3),
        { kind: 'stationary' },
      ).value / 2;
    expect(current(0)).toBeCloseTo(-1 / 7, 9);
    expect(current(1)).toBeCloseTo(1 / 7, 9);
  });
});

describe('what data leave open', () => {
  const parameters = new CircuitParameters(1, NOMINAL, 0, [], true);
  const truth = new Float64Array(parameters.count);
  const setting = (field: number): CircuitSetting => ({
    sites: 1,
    quadratic: Float64Array.of(1),
    couplings: new Float64Array(0),
    fields: Float64Array.of(field),
    temperature: 1,
    drives: [],
  });
  const start = { kind: 'known', values: new Float64Array(1) } as const;
  const stream = RandomStream.of(9, 'dynamics', 0);
  const states = (field: number, length: number, count: number): CircuitRun => ({
    probe: `states at field ${field}`,
    setting: setting(field),
    course: constantInputs([1], 0.2, length),
    start,
    kind: 'states',
    shots: Array.from({ length: count }, () =>
      sampleShot(
        groupSystem(parameters, setting(field), [0], truth).system,
        constantInputs([1], 0.2, length),
        { kind: 'known', mean: new Float64Array(1) },
        stream,
      ),
    ),
  });
  const held = ['fieldGain[0]', 'wellGain[0]', 'heatGain'].map((name) => ({
    name,
    value: 1,
    standardError: 0,
  }));
  const zero = ['offsetCurrent[0]', 'readoutOffset[0]', 'heatOffset'].map((name) => ({
    name,
    value: 0,
    standardError: 0,
  }));
  const runs = [states(0, 2000, 1), states(4, 20, 60)];
  const heat = predictHeat(
    parameters,
    { setting: setting(4), course: constantInputs([1], 3, 2), start },
    truth,
  ).value;
  const power: CircuitRun = {
    probe: 'heat',
    setting: setting(4),
    course: constantInputs([1], 3, 2),
    start,
    kind: 'heat',
    totals: Float64Array.from({ length: 50 }, () => heat + 0.2 * stream.normal()),
  };

  it('without a power is the common scale of gain, resistance, capacitance and temperature', () => {
    const { estimate } = fitCircuit(parameters, runs, [...held, ...zero]);
    // The fifth is the readout's noise.
    expect(estimate.rank).toBe(4);
    const [open] = estimate.open;
    expect(estimate.open).toHaveLength(1);
    const coefficients = Object.fromEntries(
      open!.coefficients.map(({ parameter, coefficient }) => [parameter, coefficient]),
    );
    expect(coefficients['capacitance[0]']).toBeCloseTo(1, 3);
    expect(coefficients['resistance[0]']).toBeCloseTo(-1, 3);
    expect(coefficients['temperature[0]']).toBeCloseTo(-1, 3);
    expect(coefficients['readoutGain[0]']).toBeCloseTo(1, 3);
    for (const name of ['capacitance[0]', 'resistance[0]', 'temperature[0]', 'readoutGain[0]']) {
      expect(estimate.parameter(name)).toMatchObject({
        identified: false,
        standardError: null,
        interval: null,
      });
    }
    // Products that the scale leaves alone are known all the same.
    const rate = estimate.combination({ 'resistance[0]': -1, 'capacitance[0]': -1 });
    expect(rate.standardError).toBeGreaterThan(0);
    expect(Math.abs(rate.value)).toBeLessThan(4 * rate.standardError!);
    expect(estimate.combination({ 'capacitance[0]': 1 }).standardError).toBeNull();
  });

  it('with one is nothing', () => {
    const { estimate } = fitCircuit(parameters, [...runs, power], [...held, ...zero]);
    expect(estimate.rank).toBe(5);
    expect(estimate.open).toEqual([]);
    for (const name of ['capacitance[0]', 'resistance[0]', 'temperature[0]', 'readoutGain[0]']) {
      const { value, nominal, standardError, identified } = estimate.parameter(name);
      expect(identified).toBe(true);
      expect(Math.abs(value - nominal)).toBeLessThan(4 * standardError!);
    }
  });

  it('keeps correlations: the rate is known better than its two factors', () => {
    const scattered = { ...power, totals: power.totals.map((q) => heat + 10 * (q - heat)) };
    const { estimate } = fitCircuit(parameters, [...runs, scattered], [...held, ...zero]);
    const rate = estimate.combination({ 'resistance[0]': -1, 'capacitance[0]': -1 });
    const own = (name: string): number => estimate.combination({ [name]: 1 }).standardError!;
    expect(rate.standardError).toBeLessThan(
      0.7 * Math.hypot(own('resistance[0]'), own('capacitance[0]')),
    );
  });

  it('is the same number from one likelihood or another', () => {
    const { system } = groupSystem(parameters, setting(0), [0], truth);
    const alone = linearLikelihood(system, {
      course: constantInputs([1], 0.2, 2000),
      start: { kind: 'known', mean: new Float64Array(1) },
      shots: runs[0]!.kind === 'states' ? runs[0]!.shots : [],
    });
    const whole = new CircuitLikelihood(parameters, [runs[0]!], []).evaluate(truth);
    expect(whole.value).toBeCloseTo(alone.value, 9);
  });
});

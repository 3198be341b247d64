import { describe, expect, it } from 'vitest';
import { BOLTZMANN_J_PER_K } from '../../core/index.js';
import {
  constantInputs,
  emptySystem,
  type InputCourse,
  type LinearSystem,
} from '../linear/linear-system.js';
import { linearStep } from '../linear/linear-step.js';
import { meanHeat } from '../linear/mean-heat.js';
import { product } from '../linear/small-matrix.js';
import { stationaryState } from '../linear/stationary-state.js';
import { CircuitParameters, type NominalCircuit } from './circuit-parameters.js';
import type { CircuitSetting } from './circuit-setting.js';
import { groupHeat } from './group-heat.js';
import { groupSystem } from './group-system.js';

const C = 1e-9;
const T0 = 2 * 1e5 * C;
const nominal = (pole: number, readoutPoleS = 0): NominalCircuit => ({
  capacitanceF: C,
  resistanceOhm: 1e5,
  temperatureK: (C * 0.1 ** 2) / 2 / BOLTZMANN_J_PER_K,
  unitV: 0.1,
  readoutStep: 0.004,
  readoutPoleS,
  couplingPoleS: pole * T0,
});
const PAIRS: [number, number][] = [
  [0, 1],
  [1, 2],
];
const parametersOf = (pole: number, readoutPoleS = 0): CircuitParameters =>
  new CircuitParameters(3, nominal(pole, readoutPoleS), 1, PAIRS, false);
/** Parts that are off, couplings that differ between their directions, one warm site. */
const OFF: Readonly<Record<string, number>> = {
  'capacitance[0]': 0.3,
  'resistance[1]': 0.15,
  'temperature[2]': 0.2,
  'fieldGain[0]': 0.1,
  'offsetCurrent[1]': 0.3,
  'couplingGain[0<-1]': 0.2,
  'couplingGain[1<-2]': -0.15,
};
const SETTING: CircuitSetting = {
  sites: 3,
  quadratic: Float64Array.of(1, 1.5, 1.2),
  couplings: Float64Array.of(0, 1, 0.9, 1, 2, -0.7),
  fields: Float64Array.of(2, 0, -1),
  temperature: Float64Array.of(0.05, 1, 0.3),
  drives: [{ index: 0, pattern: Float64Array.of(0, 1, 0.5) }],
};
/** A drive that rises and jumps. */
const COURSE: InputCourse = {
  interval: 0.2,
  length: 6,
  before: Float64Array.of(1, 0, 1, 1, 1, 2, 1, 2, 1, 0, 1, 0),
  after: Float64Array.of(1, 0, 1, 1, 1, 2, 1, -1, 1, 0, 1, 0),
};
const STILL = Float64Array.of(1, 1);
const REST = constantInputs([1, 1], 0.2, 2);
const NODES = [0, 1, 2];

const pointOf = (parameters: CircuitParameters): Float64Array =>
  Float64Array.from(parameters.list, ({ name }) => OFF[name] ?? 0);

/** The same device with a state behind each node's pole, which nothing is neglected of. */
function withPoles(pole: number): { system: LinearSystem; masses: Float64Array } {
  const parameters = parametersOf(0);
  const { system, masses } = groupSystem(parameters, SETTING, NODES, pointOf(parameters), false);
  const n = 3;
  const m = 2 * n;
  const full = emptySystem(m, n, system.inputs, 0);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      full.A[i * m + (i === j ? j : n + j)] = system.A[i * n + j]!;
      full.D[i * m + j] = system.D[i * n + j]!;
    }
    full.A[(n + i) * m + i] = -1 / pole;
    full.A[(n + i) * m + n + i] = 1 / pole;
    for (let j = 0; j < system.inputs; j++)
      full.B[i * system.inputs + j] = system.B[i * system.inputs + j]!;
  }
  const wide = new Float64Array(m);
  wide.set(masses);
  return { system: full, masses: wide };
}

/** What nodes show of a system: stationary mean and covariance, covariance an interval later, and heat of the course and at rest. */
function shown(system: LinearSystem, heat: (start: 'known' | 'stationary') => number): number[] {
  const { states: m } = system;
  const step = linearStep({ ...system, parameters: 0, dA: [], dD: [], dB: [] }, COURSE.interval);
  const { mean, covariance } = stationaryState(
    { ...system, parameters: 0, dA: [], dD: [], dB: [] },
    step,
    STILL,
  );
  const later = new Float64Array(m * m);
  product(step.E, covariance, later, m, m, m);
  const numbers: number[] = [];
  for (let i = 0; i < 3; i++) {
    numbers.push(mean[i]!);
    for (let j = 0; j < 3; j++) numbers.push(covariance[i * m + j]!, later[i * m + j]!);
  }
  // What a known start has after an interval.
  for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) numbers.push(step.Q[i * m + j]!);
  return [...numbers, heat('known'), heat('stationary')];
}

/** By how much the model with a pole is off, of all that it shows. @param taken the pole that it has; else the true one */
function difference(pole: number, taken = pole): number[] {
  const exact = withPoles(pole);
  const start = (m: number) => ({ kind: 'known', mean: new Float64Array(m) }) as const;
  const steady = { kind: 'stationary' } as const;
  const one = shown(exact.system, (from) =>
    from === 'known'
      ? meanHeat(exact.system, exact.masses, [], COURSE, start(6)).value
      : meanHeat(exact.system, exact.masses, [], REST, steady).value,
  );
  const parameters = parametersOf(taken);
  const group = groupSystem(parameters, SETTING, NODES, pointOf(parameters), false);
  const two = shown(
    group.system,
    (from) =>
      groupHeat(group, from === 'known' ? COURSE : REST, from === 'known' ? start(3) : steady)
        .value,
  );
  return one.map((value, k) => Math.abs(two[k]! - value));
}

describe('Couplings that lag', () => {
  it('are late to first order in their pole: of what is shown and of heat only the second is left', () => {
    const [coarse, fine] = [0.004, 0.002].map((pole) => difference(pole));
    fine!.forEach((error, k) => {
      // Means at rest have no lag, and differ by rounding.
      if (coarse![k]! < 1e-12) return;
      expect(coarse![k]! / error).toBeGreaterThan(2.8);
      expect(coarse![k]! / error).toBeLessThan(4.6);
    });
    const largest = (pole: number, taken?: number): number => Math.max(...difference(pole, taken));
    // Poles of the boards `bench` and `chip`; the sum over a course of heat is itself 1e-6 off.
    const [bench, chip] = [15.9e-9 / T0, 3.18e-9 / 2e-6];
    expect(Math.max(...difference(bench).slice(0, -2))).toBeLessThan(1e-8);
    expect(largest(bench)).toBeLessThan(1e-6);
    expect(largest(chip)).toBeLessThan(5e-6);
    // What a model without them is off.
    expect(largest(bench, 0)).toBeGreaterThan(1e-4);
    expect(largest(chip, 0)).toBeGreaterThan(2e-3);
  });

  it.each([false, true])('move with the parameters as slopes say, readout %s', (isRead) => {
    const parameters = parametersOf(0.01, 0.02 * T0);
    const at = pointOf(parameters);
    const make = (x: Float64Array) => groupSystem(parameters, SETTING, NODES, x, isRead);
    const here = make(at);
    const { system, lagHeat, parameters: members } = here;
    const h = 1e-5;
    members.forEach((k, a) => {
      const [above, below] = [h, -h].map((step) => {
        const x = at.slice();
        x[k] = x[k]! + step;
        return make(x);
      });
      const close = (slope: Float64Array, up: Float64Array, down: Float64Array): void =>
        slope.forEach((value, at) => {
          expect(Math.abs(value - (up[at]! - down[at]!) / (2 * h))).toBeLessThan(1e-7);
        });
      close(system.dA[a]!, above!.system.A, below!.system.A);
      close(system.dD[a]!, above!.system.D, below!.system.D);
      close(system.dB[a]!, above!.system.B, below!.system.B);
      close(lagHeat!.dRates[a]!, above!.lagHeat!.rates, below!.lagHeat!.rates);
    });
  });

  it('are those of a system without a lag where there is one node', () => {
    const [late, none] = [0.01, 0].map((pole) => {
      const parameters = parametersOf(pole);
      return groupSystem(
        parameters,
        { ...SETTING, couplings: new Float64Array(0) },
        [1],
        pointOf(parameters),
      );
    });
    expect(late!.lagHeat).toBeNull();
    expect(late!.system.A).toEqual(none!.system.A);
  });
});

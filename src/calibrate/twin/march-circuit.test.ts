import { describe, expect, it } from 'vitest';
import { BOLTZMANN_J_PER_K } from '../../core/index.js';
import { readProgram } from '../../device/index.js';
import { moments } from '../../thermo/index.js';
import { predictHeat } from '../circuit/predict-heat.js';
import { CircuitParameters, type NominalCircuit } from '../circuit/circuit-parameters.js';
import { groupSystem } from '../circuit/group-system.js';
import { linearStep } from '../linear/linear-step.js';
import { constantInputs, emptySystem, type LinearSystem } from '../linear/linear-system.js';
import { meanHeat } from '../linear/mean-heat.js';
import { valueOf } from '../parameter.js';
import { calibratedCircuit } from './calibrated-circuit.js';
import { CircuitMarch } from './march-circuit.js';

const NOMINAL: NominalCircuit = {
  capacitanceF: 1e-9,
  resistanceOhm: 1e5,
  temperatureK: (1e-9 * 0.1 ** 2) / 2 / BOLTZMANN_J_PER_K,
  unitV: 0.1,
  readoutStep: 0.004,
  readoutPoleS: 0,
};
const parameters = new CircuitParameters(2, NOMINAL, 0, [[0, 1]], false);
/** Far off, and couplings that differ between their directions. */
const OFF: Readonly<Record<string, number>> = {
  'capacitance[0]': 0.3,
  'resistance[0]': -0.2,
  'temperature[0]': 0.25,
  'fieldGain[0]': 0.1,
  'wellGain[0]': -0.15,
  'offsetCurrent[0]': 0.4,
  'capacitance[1]': -0.1,
  'resistance[1]': 0.15,
  'readoutGain[1]': 0.2,
  'couplingGain[0<-1]': 0.3,
  'couplingGain[1<-0]': -0.1,
  heatGain: 0.05,
  heatOffset: 0.2,
};
const at = Float64Array.from(parameters.list, ({ name }) => OFF[name] ?? 0);
const byName = new Map(parameters.list.map((one, a) => [one.name, { one, a }]));
const values = {
  value: (name: string): number | undefined => {
    const found = byName.get(name);
    return found === undefined ? undefined : valueOf(found.one, at[found.a]!);
  },
  nominal: (name: string): number | undefined => {
    const one = byName.get(name)?.one;
    return one?.coordinate === 'log' ? one.nominal : undefined;
  },
};
const DEFAULTS = { quadratic: 1, quartic: 0, temperature: 1, couplingStep: 0, fieldStep: 0 };

function march(document: object, shots: number, seed: number, couplingPole = 0) {
  const program = readProgram(document);
  const circuit = { ...calibratedCircuit(program, values, DEFAULTS), couplingPole };
  const times = Float64Array.of(0, program.duration);
  const heat = new Float64Array(shots);
  const work = new Float64Array(shots);
  const last = Array.from({ length: shots }, () => new Float64Array(program.sites));
  const run = new CircuitMarch(circuit, program, times);
  for (let shot = 0; shot < shots; shot++) {
    run.run(seed, shot, {
      readout: (_, step, shown) => void (step === 1 && last[shot]!.set(shown)),
      end: (_, w, q) => {
        work[shot] = w;
        heat[shot] = q;
      },
    });
  }
  return { heat, work, last };
}
const linear = {
  version: 1,
  sites: 2,
  siteKinds: 'continuous',
  couplings: { kind: 'coo', entries: [[0, 1, 0.9]] },
  fields: [2, -1.5],
  wells: { quadratic: [1.5, 0.8], quartic: 0 },
  dynamics: { temperature: 0.7 },
  initial: { kind: 'zero' },
  duration: 2,
  readout: { every: 2, channels: ['heat'] },
  shots: 1,
};

const SETTING = {
  sites: 2,
  quadratic: Float64Array.of(1.5, 0.8),
  couplings: Float64Array.of(0, 1, 0.9),
  fields: Float64Array.of(2, -1.5),
  temperature: 0.7 as number | Float64Array,
  drives: [],
};

/** Mean heat and work of a pair from 0, each coupling seeing a state behind a pole; mean and variance of the first node at the end. */
function energiesWithPoles(
  bare: LinearSystem,
  masses: Float64Array,
  pole: number,
  duration: number,
) {
  const m = 4;
  const system = emptySystem(m, 2, 1, 0);
  const { A, D, B } = system;
  const wide = new Float64Array(m);
  wide.set(masses);
  for (const [i, j] of [
    [0, 1],
    [1, 0],
  ] as const) {
    A[i * m + i] = bare.A[i * 2 + i]!;
    A[i * m + 2 + j] = bare.A[i * 2 + j]!;
    A[(2 + i) * m + i] = -1 / pole;
    A[(2 + i) * m + 2 + i] = 1 / pole;
    D[i * m + i] = bare.D[i * 2 + i]!;
    B[i] = bare.B[i]!;
  }
  const course = constantInputs([1], duration, 2);
  const heat = meanHeat(system, wide, [], course, {
    kind: 'known',
    mean: new Float64Array(m),
  }).value;
  const { G, Q } = linearStep(system, duration);
  // E of wells and currents, and of the couplings' even part.
  let energy = 0;
  for (let i = 0; i < 2; i++) {
    const c = masses[i]!;
    energy += 0.5 * c * bare.A[i * 2 + i]! * (G[i]! ** 2 + Q[i * m + i]!) - c * bare.B[i]! * G[i]!;
    energy += 0.5 * c * bare.A[i * 2 + 1 - i]! * (G[0]! * G[1]! + Q[1]!);
  }
  return { heat, work: energy + heat, mean: G[0]!, variance: Q[0]! };
}

describe('the march of a calibrated circuit', () => {
  it('gives off the heat that is exact for linear wells, whatever its parts', () => {
    const { value } = predictHeat(
      parameters,
      {
        setting: SETTING,
        course: constantInputs([1], 0.25, 9),
        start: { kind: 'known', values: new Float64Array(2) },
      },
      at,
    );
    const { mean, sem } = moments(march(linear, 2500, 1).heat);
    expect(Math.abs(mean - value)).toBeLessThan(4 * sem);
    expect(sem).toBeLessThan(0.03);
  });

  // A pole as long as a step, a tenth of it, and none; one site much warmer than the other.
  it.each([0.05, 0.005, 0])(
    'has the work and the heat of late couplings, pole %f t0: those of the linear device with its poles',
    (pole) => {
      const temperature = Float64Array.of(0.05, 2);
      const { system, masses } = groupSystem(
        parameters,
        { ...SETTING, temperature },
        [0, 1],
        at,
        false,
      );
      const exact = energiesWithPoles(system, masses, pole || 1e-4, linear.duration);
      const { heat, work, last } = march(
        { ...linear, dynamics: { temperature: [...temperature] } },
        4000,
        5,
        pole,
      );
      const first = moments(heat.map((q) => (q - 0.2 * linear.duration) / Math.exp(0.05)));
      expect(Math.abs(first.mean - exact.heat)).toBeLessThan(4 * first.sem);
      const second = moments(work);
      expect(Math.abs(second.mean - exact.work)).toBeLessThan(4 * second.sem);
      expect(second.sem).toBeLessThan(0.01);
      const cool = moments(last.map(([x]) => x!));
      expect(Math.abs(cool.mean - exact.mean)).toBeLessThan(4 * cool.sem);
      const square = moments(last.map(([x]) => (x! - cool.mean) ** 2));
      expect(Math.abs(square.mean - exact.variance)).toBeLessThan(4 * square.sem);
    },
  );

  it('comes to Boltzmann’s distribution of a double well, each node at its own temperature', () => {
    const { last } = march(
      {
        ...linear,
        couplings: { kind: 'coo', entries: [] },
        fields: [0.3, 0],
        wells: { quadratic: [-0.5, 0.2], quartic: [0.4, 0.3] },
        initial: { kind: 'random' },
        duration: 8,
        readout: { every: 8, channels: ['state'] },
      },
      800,
      2,
    );
    const ratio = (name: string): number => Math.exp(OFF[name] ?? 0);
    [0, 1].forEach((i) => {
      const [q, r, h] = [[-0.5, 0.2][i]!, [0.4, 0.3][i]!, [0.3, 0][i]!];
      const rho = ratio(`resistance[${i}]`);
      const well = 1 / rho + (q - 1) * ratio(`wellGain[${i}]`);
      const field = h * ratio(`fieldGain[${i}]`) + (OFF[`offsetCurrent[${i}]`] ?? 0);
      // k_B T over the capacitance: noise of the leak, held by the capacitor.
      const T = (0.7 * ratio(`temperature[${i}]`)) / rho / ratio(`capacitance[${i}]`);
      let [norm, one, two] = [0, 0, 0];
      for (let x = -6; x <= 6; x += 1e-3) {
        const p = Math.exp(-(well * x * x + r * x ** 4 - field * x) / T);
        norm += p;
        one += p * x;
        two += p * x * x;
      }
      const g = ratio(`readoutGain[${i}]`);
      const shown = moments(last.map((x) => x[i]! / g));
      const squares = moments(last.map((x) => (x[i]! / g) ** 2));
      expect(Math.abs(shown.mean - one / norm)).toBeLessThan(4 * shown.sem);
      expect(Math.abs(squares.mean - two / norm)).toBeLessThan(4 * squares.sem);
    });
  });

  it('keeps the first law in its monitors, and books work where couplings differ between their directions', () => {
    const { work, heat } = march(
      {
        ...linear,
        drives: [
          {
            pattern: [1, 0],
            amplitude: [
              [0, 0],
              [1, 2],
              [1, 1],
            ],
          },
        ],
      },
      20,
      3,
    );
    expect(work.every(Number.isFinite) && heat.every(Number.isFinite)).toBe(true);
    // A start at 0 in still fields costs no work but that of the pair; the drive and its jump do.
    const still = march({ ...linear, couplings: { kind: 'coo', entries: [] } }, 20, 3);
    expect(Math.max(...still.work.map(Math.abs))).toBeLessThan(1e-9);
    expect(Math.max(...work.map(Math.abs))).toBeGreaterThan(0.1);
  });

  it('refuses what no calibration speaks of', () => {
    const refused = (members: object) => () =>
      calibratedCircuit(readProgram({ ...linear, ...members }), values, DEFAULTS);
    expect(
      refused({ sites: 3, fields: [0, 0, 0], wells: { quadratic: 1, quartic: 0 } }),
    ).toThrowError(/site 2/);
    expect(refused({ initial: { kind: 'equilibrium' } })).toThrowError(/equilibrium/);
    expect(refused({ couplings: { kind: 'dense', data: [0, 1, 0.5, 0] } })).toThrowError(
      /both directions/,
    );
  });
});

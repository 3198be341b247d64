import { describe, expect, it } from 'vitest';
import { BOLTZMANN_J_PER_K } from '../../core/index.js';
import { readProgram, type Calibration } from '../../device/index.js';
import { bareCalibration } from '../../../test/support/bare-calibration.js';
import { predictHeat } from '../circuit/predict-heat.js';
import { CircuitParameters, type NominalCircuit } from '../circuit/circuit-parameters.js';
import { constantInputs } from '../linear/linear-system.js';
import { valueOf } from '../parameter.js';
import { twinProgram } from './twin-program.js';

const TEMPERATURE = (1e-9 * 0.1 ** 2) / 2 / BOLTZMANN_J_PER_K;
const NOMINAL: NominalCircuit = {
  capacitanceF: 1e-9,
  resistanceOhm: 1e5,
  temperatureK: TEMPERATURE,
  unitV: 0.1,
  readoutStep: 0.004,
  readoutPoleS: 0,
};
const PAIRS = [[0, 1]] as const;
const parameters = new CircuitParameters(2, NOMINAL, 1, PAIRS, false);
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
  'couplingGain[0<-1]': 0.2,
  'couplingGain[1<-0]': 0.2,
  'driveGain[0]': 0.15,
};
const at = Float64Array.from(parameters.list, ({ name }) => OFF[name] ?? 0);

function calibrated(members: Readonly<Record<string, number>> = {}): Calibration {
  return bareCalibration({
    device: 'board',
    serial: '1',
    descriptor: `sha256:${'d'.repeat(64)}`,
    parameters: parameters.list.map((parameter, a) => ({
      name: parameter.name,
      value: members[parameter.name] ?? valueOf(parameter, at[a]!),
      standardError: 1,
      unit: parameter.unit,
      identified: true,
      nominal: parameter.coordinate === 'log' ? parameter.nominal : null,
    })),
  });
}

const SETTING = {
  sites: 2,
  quadratic: Float64Array.of(1.5, 0.8),
  couplings: Float64Array.of(0, 1, 0.6),
  fields: Float64Array.of(2, -1.5),
  temperature: 0.7,
  drives: [],
};
const START = { kind: 'known', values: new Float64Array(2) } as const;
const DURATION = 2;
const program = readProgram({
  version: 1,
  sites: 2,
  siteKinds: 'continuous',
  couplings: { kind: 'coo', entries: [[0, 1, 0.6]] },
  fields: [2, -1.5],
  wells: { quadratic: [1.5, 0.8], quartic: 0 },
  dynamics: { temperature: 0.7 },
  initial: { kind: 'zero' },
  duration: DURATION,
  readout: { every: DURATION, channels: ['heat'] },
  shots: 10,
});

describe('the twin of a calibrated circuit', () => {
  it('gives off the same heat on an ideal circuit as the board does', () => {
    const course = constantInputs([1], DURATION / 8, 9);
    const board = predictHeat(parameters, { setting: SETTING, course, start: START }, at);
    const twin = twinProgram(program, calibrated());
    expect(twin.warnings).toEqual([]);
    const { couplings, fields, wells, dynamics } = twin.program;
    if (couplings.kind !== 'coo') throw new Error(couplings.kind);
    const ideal = predictHeat(
      parameters,
      {
        setting: {
          ...SETTING,
          quadratic: wells!.quadratic,
          couplings: couplings.entries,
          fields,
          temperature: dynamics.temperature as Float64Array,
        },
        course,
        start: START,
      },
      new Float64Array(parameters.count),
    );
    expect(ideal.value).toBeCloseTo(board.value, 9);
    const unchanged = predictHeat(
      parameters,
      { setting: SETTING, course, start: START },
      new Float64Array(parameters.count),
    );
    expect(Math.abs(unchanged.value - board.value)).toBeGreaterThan(0.2);
  });

  it('gives off the same heat where it is driven', () => {
    const interval = DURATION / 4;
    const amplitudes = [0, 2, 0, -2, 1];
    const inputs = Float64Array.from(amplitudes.flatMap((A) => [1, A]));
    const course = { interval, length: 5, before: inputs, after: inputs };
    const pattern = Float64Array.of(1, 0.5);
    const drives = [{ index: 0, pattern }];
    const board = predictHeat(
      parameters,
      { setting: { ...SETTING, drives }, course, start: START },
      at,
    );
    const twin = twinProgram(
      {
        ...program,
        drives: [
          {
            pattern,
            amplitude: Float64Array.from(amplitudes.flatMap((A, s) => [s * interval, A])),
          },
        ],
      },
      calibrated(),
    ).program;
    if (twin.couplings.kind !== 'coo') throw new Error(twin.couplings.kind);
    const ideal = predictHeat(
      parameters,
      {
        setting: {
          ...SETTING,
          quadratic: twin.wells!.quadratic,
          couplings: twin.couplings.entries,
          fields: twin.fields,
          temperature: twin.dynamics.temperature as Float64Array,
          drives: [{ index: 0, pattern: twin.drives[0]!.pattern }],
        },
        course,
        start: START,
      },
      new Float64Array(parameters.count),
    );
    // Simpson's rule of the mean heat, in steps of either circuit's own.
    expect(ideal.value / board.value).toBeCloseTo(1, 6);
  });

  it('says how the twin’s voltages are shown by the board', () => {
    const { scale, offset } = twinProgram(program, calibrated({ 'readoutOffset[1]': 0.02 }));
    expect(scale[0]).toBeCloseTo(1 / Math.sqrt(Math.exp(0.3)), 12);
    expect(scale[1]).toBeCloseTo(Math.exp(0.2) / Math.sqrt(Math.exp(-0.1)), 12);
    expect(offset[1]).toBeCloseTo(Math.exp(0.2) * 0.2, 12);
  });

  it('warns where couplings differ between their directions, and refuses what has no twin', () => {
    const [warning] = twinProgram(
      program,
      calibrated({ 'couplingGain[0<-1]': 1.1, 'couplingGain[1<-0]': 0.9 }),
    ).warnings;
    expect(warning).toContain('20 %');
    const three = readProgram({
      version: 1,
      sites: 3,
      siteKinds: 'continuous',
      couplings: { kind: 'coo', entries: [[0, 2, 1]] },
      initial: { kind: 'zero' },
      duration: 1,
    });
    expect(() => twinProgram(three, calibrated())).toThrowError(/site 2/);
  });
});

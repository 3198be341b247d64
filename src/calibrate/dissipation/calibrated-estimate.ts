import { RelaxdError } from '../../core/index.js';
import type { Calibration, Descriptor } from '../../device/index.js';
import { CircuitParameters } from '../circuit/circuit-parameters.js';
import type { CircuitSetting } from '../circuit/circuit-setting.js';
import { nominalCircuit } from '../circuit/nominal-circuit.js';
import { recordVariance } from '../record-variance.js';
import { coordinateOf, slopeOf } from '../parameter.js';
import type { Assumption } from '../twin/draw-values.js';
import type { KnownCircuit } from './site-model.js';

/**
 * A calibration record as a fit of what one program sets: its values, and the errors of what is made of them, correlations kept. Parameters
 * that are not identified have no error.
 * @param assumed what the calibration does not say; independent of it
 * @throws RelaxdError `not-supported` where it does not say what the program needs
 */
export function calibratedEstimate(
  calibration: Calibration,
  descriptor: Descriptor,
  { sites, couplings, drives }: CircuitSetting,
  assumed: readonly Assumption[],
): KnownCircuit {
  const known = new Map(calibration.parameters.map(({ name, value }) => [name, value]));
  for (const { parameter, value } of assumed) known.set(parameter, value);
  const built = nominalCircuit(descriptor);
  const pole = known.get('readoutPole');
  const readoutPoleS = pole === undefined ? 0 : built.readoutPoleS > 0 ? built.readoutPoleS : pole;
  const pairs = Array.from(
    { length: couplings.length / 3 },
    (_, k) => [couplings[3 * k]!, couplings[3 * k + 1]!] as const,
  );
  const isReciprocal = pairs.some(([i, j]) => known.has(`couplingGain[${i},${j}]`));
  const nominal = { ...built, readoutPoleS };
  const parameters = new CircuitParameters(sites, nominal, drives.length, pairs, isReciprocal);
  const { list } = parameters;
  const at = Float64Array.from(list, (parameter) => {
    const { name } = parameter;
    const value = known.get(name);
    if (value === undefined) throw unknown(name, sites);
    return coordinateOf(parameter, Math.max(value, parameter.least ?? -Infinity));
  });
  const slopes = list.map((parameter, a) => slopeOf(parameter, at[a]!));
  const varianceOf = recordVariance(
    calibration,
    list.map(({ name }) => name),
  );
  const beside = assumed.flatMap(({ parameter, value, standardError }) => {
    if (parameter !== 'couplingError') {
      const a = list.findIndex(({ name }) => name === parameter);
      return a < 0 ? [] : [[{ a, error: standardError / Math.abs(value || 1) }]];
    }
    // One converter sets a pair: what it is off by is in both directions.
    return pairs.map(([i, j], k) => {
      const both = new Set([parameters.coupling(i, j), parameters.coupling(j, i)]);
      const error = standardError / Math.abs(couplings[3 * k + 2]!);
      return [...both].map((a) => ({ a, error }));
    });
  });
  return {
    parameters,
    estimate: {
      at,
      errorOf(by) {
        let variance = varianceOf(by.map((v, a) => v / slopes[a]!));
        for (const parts of beside) {
          variance += parts.reduce((sum, { a, error }) => sum + by[a]! * error, 0) ** 2;
        }
        return Math.sqrt(variance);
      },
    },
  };
}

const unknown = (name: string, sites: number): RelaxdError =>
  new RelaxdError('not-supported', `the calibration does not say what ${name} is`, {
    path: 'calibration',
    value: name,
    limit: 'what the program’s sites and couplings need',
    hint: `relaxd calibrate --sites ${sites}, then activate what it proposes`,
  });

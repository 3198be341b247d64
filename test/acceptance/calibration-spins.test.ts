import { describe, it } from 'vitest';
import { cavityDescriptor } from '../../drivers/cavity-qed/index.js';
import { RandomStream } from '../../src/core/index.js';
import {
  fitSpins,
  GLAUBER,
  POWER,
  type Estimate,
  type SpinRun,
} from '../../src/calibrate/index.js';
import { readoutTimes, type ResolvedProgram } from '../../src/device/index.js';
import { simulateCavity, type Simulate } from '../../src/emulate/index.js';
import { simulate as simulateSpins } from '../../src/emulate/spin/simulate-spins.js';
import { simulateHere } from '../../src/emulate/simulate-here.js';
import { hold } from '../support/hold.js';
import { FULL_SIZE, resolveDocument } from '../support/run-simulation.js';
import { spinProgram } from '../support/spin-program.js';

/** Four spins, every cost another one. */
const N = 4;
const J = [0.7, -0.4, 0.5, 0.9, -0.3, 0.6];
const COUPLINGS = (() => {
  const data = new Float64Array(N * N);
  let k = 0;
  for (let i = 0; i < N; i++)
    for (let j = i + 1; j < N; j++) data[i * N + j] = data[j * N + i] = J[k++]!;
  return data;
})();
const FIELDS = Float64Array.of(0.25, -0.1, 0.35, 0.15);
const INTERVAL = 0.4;
const SAMPLES = FULL_SIZE ? 1000 : 150;
const SHOTS = FULL_SIZE ? 8 : 4;
const ERROR = 0.02;

/** What a readout that errs shows of an emulated device's states. */
function seen(simulate: Simulate, program: ResolvedProgram): SpinRun {
  const shots = Array.from({ length: SHOTS }, () => new Int8Array(SAMPLES * N));
  const stream = RandomStream.of(41, 'readout', 0);
  const shown = { ...program, readout: { ...program.readout, channels: ['state' as const] } };
  simulateHere(
    simulate,
    { program: shown, parameters: {}, firstShot: 0, shots: SHOTS, times: readoutTimes(shown) },
    {
      readout: ({ state, step, shot }) => {
        for (let i = 0; i < N; i++) {
          shots[shot]![step * N + i] = stream.uniform() < ERROR ? -state[i]! : state[i]!;
        }
      },
      shotEnd: () => undefined,
      progress: () => undefined,
    },
  );
  const setting = { sites: N, couplings: COUPLINGS, fields: FIELDS };
  return { setting, interval: INTERVAL, start: null, shots };
}

function holdAll(estimate: Estimate, expected: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(expected)) {
    const { value: got, standardError } = estimate.parameter(name);
    hold({
      quantity: name,
      expected: value,
      got,
      standardError,
      tolerance: 4 * standardError!,
      class: 'exact',
      sample: `${SHOTS} × ${SAMPLES} samples`,
    });
  }
}

const DURATION = INTERVAL * (SAMPLES - 1);

describe('spins that are read with errors', () => {
  it('of Glauber’s rates: rate, effective temperature and readout error', () => {
    const program = spinProgram({
      sites: N,
      couplings: { kind: 'dense', data: COUPLINGS },
      fields: FIELDS,
      dynamics: { temperature: 0.8 },
      duration: DURATION,
      every: INTERVAL,
      shots: SHOTS,
      seed: 4,
    });
    const estimate = fitSpins(GLAUBER, [seen(simulateSpins, program)]);
    holdAll(estimate, { rate: 1, temperature: 0.8, readoutError: ERROR });
  });

  it('of the cavity’s ohmic bath: exponent 1, effective temperature and readout error', () => {
    const program = resolveDocument(
      {
        version: 1,
        sites: N,
        couplings: { kind: 'dense', data: Array.from(COUPLINGS) },
        fields: Array.from(FIELDS),
        dynamics: { fidelity: 'kinetic', kernel: { kind: 'ohmic', temperature: 0.7 } },
        duration: DURATION,
        readout: { every: INTERVAL },
        shots: SHOTS,
        seed: 5,
      },
      cavityDescriptor('cavity-qed'),
    );
    const estimate = fitSpins(POWER, [seen(simulateCavity, program)]);
    holdAll(estimate, { rate: 1, temperature: 0.7, exponent: 1, readoutError: ERROR });
  });
});

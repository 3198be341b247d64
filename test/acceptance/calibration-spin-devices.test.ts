import { describe, expect, it } from 'vitest';
import { cavityDescriptor } from '../../drivers/cavity-qed/index.js';
import { glauberDescriptor } from '../../drivers/glauber/index.js';
import {
  estimateSpinDevice,
  planSpins,
  spinDevice,
  type SpinAsked,
  type SpinData,
  type SpinReport,
} from '../../src/calibrate/index.js';
import { RandomStream } from '../../src/core/index.js';
import { readoutTimes, type Descriptor } from '../../src/device/index.js';
import { simulateCavity, type Simulate } from '../../src/emulate/index.js';
import { simulate as simulateSpins } from '../../src/emulate/spin/simulate-spins.js';
import { simulateHere } from '../../src/emulate/simulate-here.js';
import { hold, holdBound } from '../support/hold.js';
import { runSpins, type SpinTruth } from '../support/measured-spins.js';
import { FULL_SIZE, resolveDocument } from '../support/run-simulation.js';

/**
 * Devices with a secret temperature, rate, exponent and readout error of each site, whose flips a loop of waiting times draws that shares no code with the
 * estimator; a quarter of them flip by Glauber's rates.
 *
 * At full size 400 devices of three sites: the share of intervals that hold the truth is known to 1.1 % (400 of a kind; exponents 1.3 %, readout errors
 * 0.6 %), and a mean error to 0.05 standard errors. Reduced: 6 devices of two sites, and bounds wider by 4 standard errors of that sample.
 */
const [DEVICES, SITES] = FULL_SIZE ? [400, 3] : [6, 2];
const EFFORT = 0.15;

const descriptors = { glauber: glauberDescriptor('blind'), cavity: cavityDescriptor('blind') };

function secret(k: number): SpinTruth {
  const stream = RandomStream.of(77, 'disorder', k);
  const between = (least: number, most: number): number =>
    least + (most - least) * stream.uniform();
  return {
    rate: between(0.5, 2),
    warmth: between(0.6, 1.6),
    exponent: k % 4 === 0 ? null : between(0.3, 2),
    readoutError: Array.from({ length: SITES }, () => between(0.01, 0.08)),
  };
}

/** What is said of a device, and what it recalls. */
function calibrated(
  descriptor: Descriptor,
  options: SpinAsked & { readonly sites: number; readonly effort: number },
  run: (program: Readonly<Record<string, unknown>>, seed: number) => SpinData,
  seed: number,
): SpinReport {
  const plan = planSpins(spinDevice(descriptor, options), options.sites, options.effort);
  const data = [...plan.probes, ...plan.held].map(({ program }, k) => run(program, seed + k));
  return estimateSpinDevice({ descriptor, options, references: [], data });
}

/** Differences of the held-out means, in standard errors of both. */
function apart({ heldOut }: SpinReport): number[] {
  return heldOut.flatMap(({ measured, predicted }) =>
    (['overlap', 'success', 'heat'] as const).map((what) => {
      const [m, p] = [measured[what], predicted[what]];
      return (m.mean - p.mean) / Math.hypot(m.sem, p.sem);
    }),
  );
}

describe('spins with a secret temperature, rate, exponent and readout', () => {
  it('are recovered: 95 % intervals hold the truth, and estimates are not biased', () => {
    const scores = new Map<string, { held: number; count: number; sum: number }>();
    let unlikely = 0;
    let different = 0;
    const zs: number[] = [];
    for (let k = 0; k < DEVICES; k++) {
      const truth = secret(k);
      const descriptor = truth.exponent === null ? descriptors.glauber : descriptors.cavity;
      const report = calibrated(
        descriptor,
        { sites: SITES, effort: EFFORT },
        (program, seed) => runSpins(truth, program, seed),
        100 * k + 1,
      );
      if (report.test.pValue < 0.05) unlikely++;
      if (report.parameters[1]!.name.startsWith('rate')) different++;
      zs.push(...apart(report));
      for (const { name, value, standardError, interval, identified } of report.parameters) {
        expect(identified, `${name} of device ${k}`).toBe(true);
        const kind = name.replace(/\[.*/, '');
        const site = Number(/\[(\d+)\]/.exec(name)?.[1] ?? 0);
        const true_ = {
          rate: truth.rate as number,
          temperature: truth.warmth,
          exponent: truth.exponent ?? NaN,
          readoutError: (truth.readoutError as readonly number[])[site]!,
        }[kind]!;
        const score = scores.get(kind) ?? { held: 0, count: 0, sum: 0 };
        scores.set(kind, score);
        score.count++;
        score.sum += (value - true_) / standardError!;
        if (true_ >= interval![0] && true_ <= interval![1]) score.held++;
      }
    }
    expect([...scores.keys()].sort()).toEqual(['exponent', 'rate', 'readoutError', 'temperature']);
    const slack = FULL_SIZE ? 0 : 4;
    for (const [kind, { held, count, sum }] of scores) {
      const sample = `${count} parameters of ${DEVICES} devices`;
      holdBound({
        quantity: `${kind}: share of 95 % intervals that hold the truth`,
        got: held / count,
        least: 0.92 - slack * Math.sqrt((0.95 * 0.05) / count),
        class: 'choice',
        sample,
      });
      if (FULL_SIZE) {
        holdBound({
          quantity: `${kind}: the same, not wider than they need be`,
          got: held / count,
          most: 0.98,
          class: 'choice',
          sample,
        });
      }
      holdBound({
        quantity: `${kind}: bias over standard error`,
        got: Math.abs(sum / count),
        most: 0.3 + slack / Math.sqrt(count),
        class: 'choice',
        sample,
      });
    }
    // Sums of squares of held-out differences: of one program they go together, so that their mean is known to √(2/devices) at worst.
    const square = zs.reduce((sum, z) => sum + z * z, 0) / zs.length;
    hold({
      quantity: 'mean square of held-out differences over their standard errors',
      expected: 1,
      got: square,
      standardError: Math.sqrt(2 / DEVICES),
      tolerance: 4 * Math.sqrt(2 / DEVICES),
      class: 'exact',
      sample: `${zs.length} means of ${DEVICES} devices`,
    });
    hold({
      quantity: 'share of fits that the χ² of transitions has below 5 %',
      expected: 0.05,
      got: unlikely / DEVICES,
      standardError: Math.sqrt((0.05 * 0.95) / DEVICES),
      tolerance: 4 * Math.sqrt((0.05 * 0.95) / DEVICES),
      class: 'exact',
      sample: `${DEVICES} devices`,
    });
    holdBound({
      quantity: 'share of devices whose sites are taken for different ones',
      got: different / DEVICES,
      most: 0.001 + 4 * Math.sqrt(0.001 / DEVICES),
      class: 'exact',
      sample: `${DEVICES} devices`,
    });
  });
});

/**
 * Devices that only go downhill: errors of the readout look like flips uphill now and then, and no temperature may come of that (0.1 % of them). At full size
 * 200 devices: exponents' coverage is known to 1.5 %; reduced: 4, and bounds wider by 4 standard errors.
 */
it('spins that only go downhill have an exponent, and no temperature', () => {
  const devices = FULL_SIZE ? 200 : 4;
  let [held, warm] = [0, 0];
  for (let k = 0; k < devices; k++) {
    const stream = RandomStream.of(78, 'disorder', k);
    const exponent = 3 * stream.uniform();
    const readoutError = k % 3 === 0 ? 0 : 0.05 * stream.uniform();
    const truth = { rate: 1 + stream.uniform(), warmth: 0, exponent, readoutError };
    const report = calibrated(
      descriptors.cavity,
      { sites: 4, effort: 0.15, kernel: { kind: 'power', p: 1.5 } },
      (program, seed) => runSpins(truth, program, seed),
      100 * k + 50_000,
    );
    const of = (name: string) => report.parameters.find((one) => one.name === name)!;
    if (of('temperature').identified) warm++;
    const [least, most] = of('exponent').interval!;
    if (exponent >= least && exponent <= most) held++;
  }
  const sample = `${devices} devices`;
  holdBound({
    quantity: 'exponent of devices at T = 0: share of 95 % intervals that hold the truth',
    got: held / devices,
    least: 0.92 - (FULL_SIZE ? 0 : 4) * Math.sqrt((0.95 * 0.05) / devices),
    class: 'choice',
    sample,
  });
  holdBound({
    quantity: 'share of devices at T = 0 that are found to be warm',
    got: warm / devices,
    most: 0.001 + 4 * Math.sqrt(0.001 / devices),
    class: 'choice',
    sample,
  });
});

/** Devices as they are emulated: another set temperature than they are told, time that goes faster, a readout that errs. */
describe('emulated devices of spins', () => {
  const sites = 4;
  const run =
    (simulate: Simulate, descriptor: Descriptor, rate: number, warmth: number, error: number) =>
    (document: Readonly<Record<string, unknown>>, seed: number): SpinData => {
      const { duration, dynamics } = document as {
        duration: number;
        dynamics: { temperature?: number };
      };
      const resolved = resolveDocument(
        {
          ...document,
          seed,
          duration: duration * rate,
          readout: {
            every: (document['readout'] as { every: number }).every * rate,
            channels: ['state', 'heat'],
          },
          dynamics:
            dynamics.temperature === undefined
              ? dynamics
              : { ...dynamics, temperature: dynamics.temperature * warmth },
        },
        descriptor,
      );
      const times = readoutTimes(resolved);
      const n = resolved.sites;
      const shots = Array.from({ length: resolved.shots }, () => new Int8Array(times.length * n));
      const heat = new Float64Array(resolved.shots);
      const stream = RandomStream.of(seed, 'readout', 1);
      simulateHere(
        simulate,
        { program: resolved, parameters: {}, firstShot: 0, shots: resolved.shots, times },
        {
          readout: (row) => {
            heat[row.shot] = row.heat;
            for (let i = 0; i < n; i++) {
              const s = row.state[i]!;
              shots[row.shot]![row.step * n + i] = stream.uniform() < error ? -s : s;
            }
          },
          shotEnd: () => undefined,
          progress: () => undefined,
        },
      );
      return { shots, heat };
    };
  const cases: [string, Simulate, Descriptor, SpinAsked, Readonly<Record<string, number>>][] = [
    ['glauber', simulateSpins, descriptors.glauber, {}, { rate: 1.4, temperature: 0.8 }],
    [
      'cavity-qed in an ohmic bath',
      simulateCavity,
      descriptors.cavity,
      {},
      { rate: 0.8, temperature: 1.2, exponent: 1 },
    ],
    [
      'cavity-qed that only goes downhill',
      simulateCavity,
      descriptors.cavity,
      { kernel: { kind: 'power', p: 1.5 } },
      { rate: 1.1, exponent: 1.5 },
    ],
  ];
  it.each(cases)('%s', (_, simulate, descriptor, asked, expected) => {
    const error = 0.02;
    const { rate, temperature = 1 } = expected;
    const report = calibrated(
      descriptor,
      { sites, effort: FULL_SIZE ? 1 : 0.15, ...asked },
      run(simulate, descriptor, rate!, temperature, error),
      11,
    );
    for (const [name, value] of Object.entries({ ...expected, 'readoutError[1]': error })) {
      const { value: got, standardError } = report.parameters.find((one) => one.name === name)!;
      hold({
        quantity: name,
        expected: value,
        got,
        standardError,
        tolerance: 4 * standardError!,
        class: 'exact',
        sample: `${sites} sites`,
      });
    }
    for (const z of apart(report)) expect(Math.abs(z)).toBeLessThan(4);
    expect(report.test.pValue).toBeGreaterThan(1e-4);
  });
});

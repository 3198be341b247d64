import { describe, expect, it } from 'vitest';
import { cavityDescriptor } from '../../../drivers/cavity-qed/index.js';
import { glauberDescriptor } from '../../../drivers/glauber/index.js';
import { runSpins, type SpinTruth } from '../../../test/support/measured-spins.js';
import { RandomStream } from '../../core/index.js';
import { estimateSpinDevice } from '../job/spin-estimate-task.js';
import { GLAUBER, POWER } from './flip-kernels.js';
import { singleSpinLikelihood } from './single-spin-likelihood.js';
import { spinDevice, type SpinAsked } from './spin-device.js';
import { spinLikelihood } from './spin-likelihood.js';
import { statesAfter } from './spin-master-equation.js';
import { planSpins } from './spin-probe.js';

const stream = RandomStream.of(9, 'disorder', 0);

describe('the likelihood of a single spin', () => {
  it.each([
    [GLAUBER, [0.2, -0.1]],
    [POWER, [0.2, -0.1, 1.3]],
  ] as const)('is that of the hidden chain over all states, slopes too', (kernel, law) => {
    const error = 0.07;
    const shots = [0, 1].map(() => Int8Array.from({ length: 25 }, () => stream.sign()));
    for (const start of [-1, 0]) {
      const one = singleSpinLikelihood(kernel, Float64Array.from(law), error, {
        field: 0.4,
        interval: 0.3,
        start,
        shots,
        offset: 0,
        stride: 1,
      });
      const all = spinLikelihood(
        kernel,
        {
          setting: { sites: 1, couplings: Float64Array.of(0), fields: Float64Array.of(0.4) },
          interval: 0.3,
          start: start === 0 ? null : Int8Array.of(start),
          shots,
        },
        Float64Array.of(...law, Math.log(error)),
      );
      expect(one.value).toBeCloseTo(all.value, 9);
      all.score.forEach((slope, a) => {
        const scale = a === law.length ? error : 1;
        expect(one.score[a]! * scale).toBeCloseTo(slope, 8);
      });
    }
  });

  it('has an information whose mean is that of the squared score', () => {
    // 400 shots of a spin that is as the law says; F is known to 4/√400 of itself.
    const law = Float64Array.of(0, 0, 1);
    const device = { rate: 1, warmth: 1, exponent: 1, readoutError: 0.05 };
    const { shots } = runSpins(
      device,
      {
        sites: 1,
        fields: [0.6],
        couplings: { kind: 'coo' },
        dynamics: { temperature: 1 },
        initial: { kind: 'pattern', values: [-1] },
        duration: 6,
        readout: { every: 0.2 },
        shots: 400,
      },
      3,
    );
    const run = { field: 0.6, interval: 0.2, start: -1, offset: 0, stride: 1 };
    const sums = new Float64Array(4);
    for (const shot of shots) {
      const { score } = singleSpinLikelihood(POWER, law, 0.05, { ...run, shots: [shot] });
      score.forEach((v, a) => (sums[a] = sums[a]! + v * v));
    }
    const { information } = singleSpinLikelihood(POWER, law, 0.05, { ...run, shots });
    sums.forEach((sum, a) => {
      const ratio = information[a * 5]! / sum;
      expect(ratio).toBeGreaterThan(0.75);
      expect(ratio).toBeLessThan(1.25);
    });
  });
});

it('the master equation of two spins that do not feel each other is that of each', () => {
  const fields = Float64Array.of(0.4, -0.7);
  const law = Float64Array.of(0.3, 0.1);
  const p = statesAfter(
    GLAUBER,
    { sites: 2, couplings: new Float64Array(4), fields },
    [law, law],
    Float64Array.of(1, 0, 0, 0),
    0.8,
  );
  const up = (h: number): number => {
    const [rate, T] = [Math.exp(0.3), Math.exp(0.1)];
    const rise = rate / (1 + Math.exp((-2 * h) / T));
    return (rise / rate) * (1 - Math.exp(-rate * 0.8));
  };
  const [a, b] = [up(0.4), up(-0.7)];
  [(1 - a) * (1 - b), a * (1 - b), (1 - a) * b, a * b].forEach((expected, state) =>
    expect(p[state]).toBeCloseTo(expected, 12),
  );
});

describe('a calibration of spins', () => {
  const calibrate = (
    descriptor: ReturnType<typeof glauberDescriptor>,
    truth: SpinTruth,
    options: SpinAsked = {},
    seed = 5,
  ) => {
    const all = { sites: 4, effort: 0.25, ...options };
    const { probes, held } = planSpins(spinDevice(descriptor, all), all.sites, all.effort);
    const data = [...probes, ...held].map(({ program }, k) =>
      runSpins(truth, program, 1000 * seed + k),
    );
    return estimateSpinDevice({ descriptor, options: all, references: [], data });
  };
  const found = (report: ReturnType<typeof calibrate>, name: string) =>
    report.parameters.find((one) => one.name === name)!;

  it('finds what a device of Glauber’s rates is, and how it recalls', () => {
    const truth = { rate: 1.3, warmth: 0.8, exponent: null, readoutError: [0.02, 0.05, 0, 0.01] };
    const report = calibrate(glauberDescriptor('g'), truth);
    const expected = { rate: 1.3, temperature: 0.8, 'readoutError[1]': 0.05 };
    for (const [name, value] of Object.entries(expected)) {
      const { value: got, standardError, identified } = found(report, name);
      expect(identified).toBe(true);
      expect(Math.abs(got - value)).toBeLessThan(4 * standardError!);
    }
    const none = found(report, 'readoutError[2]');
    expect(none.value).toBeLessThan(0.003);
    expect(none.standardError).toBeLessThan(0.003);
    expect(report.test.pValue).toBeGreaterThan(1e-4);
    for (const { measured, predicted } of report.heldOut) {
      for (const what of ['overlap', 'success', 'heat'] as const) {
        const error = Math.hypot(measured[what].sem, predicted[what].sem);
        expect(Math.abs(measured[what].mean - predicted[what].mean)).toBeLessThan(4 * error);
      }
    }
  });

  it('gives sites rates of their own where they differ', () => {
    const rate = [1, 1.5, 0.7, 1.1];
    const report = calibrate(cavityDescriptor('c'), {
      rate,
      warmth: 1.1,
      exponent: 0.6,
      readoutError: 0.02,
    });
    rate.forEach((value, i) => {
      const { value: got, standardError } = found(report, `rate[${i}]`);
      expect(Math.abs(got - value)).toBeLessThan(4 * standardError!);
    });
    const { value, standardError } = found(report, 'exponent');
    expect(Math.abs(value - 0.6)).toBeLessThan(4 * standardError!);
    expect(report.warnings.join()).toContain('differ in their rates');
  });

  it('of a device at T = 0 has an exponent, and no temperature', () => {
    const report = calibrate(
      cavityDescriptor('c'),
      { rate: 1, warmth: 0, exponent: 2.2, readoutError: 0.02 },
      { kernel: { kind: 'power', p: 2 } },
    );
    const { value, standardError } = found(report, 'exponent');
    expect(Math.abs(value - 2.2)).toBeLessThan(4 * standardError!);
    expect(found(report, 'temperature').identified).toBe(false);
    expect(report.open).toHaveLength(1);
    expect(report.warnings.join()).toContain('no flip uphill');
    // Two fifths of the least cost: a flip uphill in twelve.
    const warm = calibrate(
      cavityDescriptor('c'),
      { rate: 1, warmth: 0.2, exponent: 2.2, readoutError: 0.02 },
      { kernel: { kind: 'power', p: 2 } },
    );
    const temperature = found(warm, 'temperature');
    expect(temperature.identified).toBe(true);
    expect(Math.abs(temperature.value - 0.2)).toBeLessThan(4 * temperature.standardError!);
  });

  it('tells by its test that a device is of another law', () => {
    // Glauber’s rates are bounded where the bath’s grow.
    const truth = { rate: 1, warmth: 1, exponent: 1, readoutError: 0.02 };
    const report = calibrate(glauberDescriptor('g'), truth);
    expect(report.test.pValue).toBeLessThan(1e-6);
  });

  it('says what it cannot probe, and which laws there are', () => {
    const refused = (descriptor: ReturnType<typeof glauberDescriptor>, asked: object) => {
      try {
        spinDevice(descriptor, asked);
        return 'taken';
      } catch (error) {
        return (error as { details: { path: string } }).details.path;
      }
    };
    const glauber = glauberDescriptor('g');
    expect(refused(glauber, { kernel: 'ohmic' })).toBe('kernel');
    expect(refused(glauber, { temperature: -1 })).toBe('temperature');
    expect(refused(cavityDescriptor('c'), { kernel: 'colour' })).toBe('kernel');
    expect(refused(cavityDescriptor('c'), { kernel: 'avalanche' })).toBe('kernel');
    expect(refused(cavityDescriptor('c'), { kernel: 'power', temperature: 1 })).toBe('temperature');
    const rules = { 'zero-temperature': ['random'] } as const;
    expect(refused({ ...glauber, dynamics: { ...glauber.dynamics, rules } }, {})).toBe(
      'dynamics.rules',
    );
  });
});

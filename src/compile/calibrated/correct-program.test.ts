import { describe, expect, it } from 'vitest';
import {
  calibratedCircuit,
  descriptorHash,
  programDocument,
  readProgram,
  validateProgram,
  type Calibration,
  type Descriptor,
  type Program,
} from '../../device/index.js';
import { bareCalibration } from '../../../test/support/bare-calibration.js';
import { RandomStream } from '../../core/index.js';
import { compileProgram } from '../compile-program.js';
import { circuitDescriptor, spinDescriptor } from '../descriptors.test-support.js';
import { memorySet } from '../../memory/index.js';
import { correctProgram } from './correct-program.js';
import type { RemainderKind } from './what-remains.js';

/** Over nominal, site by site; the readout offset in V, the offset current in A. */
const PARTS: Readonly<Record<string, readonly number[]>> = {
  capacitance: [1.1, 0.85, 1.2],
  resistance: [0.9, 1.15, 1.05],
  temperature: [1.3, 0.8, 1],
  readoutGain: [0.95, 1.05, 1.1],
  fieldGain: [1.02, 0.97, 1],
  wellGain: [0.9, 1.1, 1.05],
  quarticGain: [1.1, 0.92, 0.97],
};
const UNITS = {
  capacitance: ['F', 1e-9],
  resistance: ['ohm', 1e5],
  temperature: ['K', 3.6e11],
} as const;
const KAPPA: Readonly<Record<string, number>> = {
  '0<-1': 1.1,
  '1<-0': 1.1,
  '0<-2': 0.9,
  '2<-0': 0.9,
  '1<-2': 1.2,
  '2<-1': 1.2,
};

function calibrated(
  device: Descriptor,
  more: Readonly<Record<string, number>> = {},
  left: readonly string[] = [],
): Calibration {
  const parameters = Object.entries(PARTS).flatMap(([name, ratios]) =>
    ratios.map((ratio, i) => {
      const [unit, nominal] =
        name in UNITS ? UNITS[name as keyof typeof UNITS] : (['1', 1] as const);
      return { name: `${name}[${i}]`, value: ratio * nominal, unit, nominal };
    }),
  );
  const gains = Object.entries(KAPPA).map(([pair, value]) => ({
    name: `couplingGain[${pair}]`,
    value,
    unit: '1',
    nominal: 1,
  }));
  const others = [
    { name: 'driveGain[0]', value: 1.03, unit: '1', nominal: 1 },
    ...[0, 1, 2].map((i) => ({
      name: `offsetCurrent[${i}]`,
      value: 1e-7 * (i - 1),
      unit: 'A',
      nominal: null,
    })),
    ...[0, 1, 2].map((i) => ({
      name: `readoutOffset[${i}]`,
      value: 0.01 * i,
      unit: 'V',
      nominal: null,
    })),
  ];
  return bareCalibration({
    device: device.device,
    serial: '1',
    origin: 'emulator',
    descriptor: descriptorHash(device),
    parameters: [...parameters, ...gains, ...others]
      .filter(({ name }) => !left.some((one) => name.startsWith(one)))
      .map((one) => ({
        ...one,
        value: more[one.name] ?? one.value,
        standardError: one.name.startsWith('couplingGain') ? 0.01 : null,
        identified: one.name.startsWith('couplingGain'),
      })),
  });
}

const IDEAL = {
  J: [0, 0.8, -0.5, 0.8, 0, 0.3, -0.5, 0.3, 0],
  h: [0.4, -0.2, 0],
  q: [-1.5, -1, 1],
  r: [1, 0.8, 0.5],
  eta: [1, -1, 0.5],
  T: 0.3,
} as const;
const ideal = (more: object = {}): Program =>
  readProgram({
    version: 1,
    sites: 3,
    siteKinds: 'continuous',
    couplings: { kind: 'dense', data: IDEAL.J },
    fields: IDEAL.h,
    wells: { quadratic: IDEAL.q, quartic: IDEAL.r },
    drives: [{ pattern: IDEAL.eta, amplitude: [[0, 1]] }],
    dynamics: { temperature: IDEAL.T },
    initial: { kind: 'pattern', values: [1, -1, 1] },
    duration: 1,
    ...more,
  });
const device = circuitDescriptor();

/** Drift and noise intensity of the board as it is built, written out from its equation. */
function board(program: Program, calibration: Calibration, x: readonly number[], A: number) {
  const c = calibratedCircuit(calibration, 3);
  const J = (program.couplings as { data: Float64Array }).data;
  const T = program.dynamics.temperature as Float64Array;
  const { quadratic, quartic } = program.wells!;
  return x.map((xi, i) => {
    let current =
      -2 * (1 / c.resistance[i]! + (quadratic[i]! - 1) * c.wellGain[i]!) * xi -
      4 * quartic[i]! * c.quarticGain[i]! * xi ** 3 +
      c.fieldGain[i]! * (program.fields[i]! + A * c.driveGain(0) * program.drives[0]!.pattern[i]!) +
      c.offset[i]!;
    x.forEach((xj, j) => (current += J[3 * i + j]! * c.couplingGain(i, j) * xj));
    return {
      drift: current / c.capacitance[i]!,
      noise: (2 * T[i]! * c.temperature[i]!) / c.resistance[i]! / c.capacitance[i]! ** 2,
    };
  });
}

/** −∂E/∂X of the ideal program. */
const force = (X: readonly number[], A: number): number[] =>
  X.map((Xi, i) => {
    let b = IDEAL.h[i]! + A * IDEAL.eta[i]! - 2 * IDEAL.q[i]! * Xi - 4 * IDEAL.r[i]! * Xi ** 3;
    X.forEach((Xj, j) => (b += IDEAL.J[3 * i + j]! * Xj));
    return b;
  });

describe('a corrected program', () => {
  const calibration = calibrated(device);
  const { capacitance: c, readoutGain: g } = calibratedCircuit(calibration, 3);

  it.each([
    ['paths', c.map(Math.sqrt)],
    ['shown', g],
  ] as const)('has the board obey the ideal law in the coordinates of %s', (criterion, a) => {
    const { program, law, shown, remains } = correctProgram(
      ideal(),
      device,
      calibration,
      criterion,
    );
    const random = RandomStream.of(3, 'initial');
    for (let k = 0; k < 20; k++) {
      const x = [0, 1, 2].map(() => 2 * random.normal());
      const A = random.normal();
      const F = force(
        x.map((v, i) => a[i]! * v),
        A,
      );
      board(program, calibration, x, A).forEach(({ drift, noise }, i) => {
        const mu = a[i]! ** 2 / c[i]!;
        // dX = μ F dt + √(2 μ T) dW: Boltzmann's law at T, whatever the rates.
        expect(a[i]! * drift).toBeCloseTo(mu * F[i]!, 10);
        expect(a[i]! ** 2 * noise).toBeCloseTo(2 * mu * IDEAL.T, 12);
        expect(law.rates[i]).toBeCloseTo(mu, 14);
      });
    }
    expect(Array.from((program.initial as { values: Float64Array }).values)).toEqual(
      [1, -1, 1].map((X, i) => X / a[i]!),
    );
    expect(shown.scale[0]).toBeCloseTo(g[0]! / a[0]!, 14);
    // V0 = √(2 k T/C) ≈ 0.0997 V
    expect(shown.offset[2]).toBeCloseTo(
      (g[2]! * 0.02) / Math.sqrt((2 * 1.380649e-23 * 3.6e11) / 1e-9),
      10,
    );
    const kinds = remains.map(({ kind }) => kind);
    expect(kinds).toContain(criterion === 'paths' ? 'readout-scale' : 'rates');
    expect(kinds).not.toContain(criterion === 'paths' ? 'rates' : 'readout-scale');
    for (const kind of [
      'couplings',
      'wells',
      'fields',
      'temperature',
      'start',
      'unknown',
    ] as const) {
      expect(kinds).not.toContain(kind);
    }
  });

  it('names its calibration, in its document too', () => {
    const { program } = correctProgram(ideal(), device, calibration);
    expect(readProgram(programDocument(program)).calibration).toBe(calibration.id);
    expect(programDocument(ideal())).not.toHaveProperty('calibration');
  });

  const sizeOf = (
    kind: RemainderKind,
    { remains }: ReturnType<typeof correctProgram>,
  ): { largest: number; rms: number } | undefined => remains.find((one) => one.kind === kind);

  it('says what a pair’s two directions, one temperature for all, steps, ranges and a start at ±1 leave', () => {
    const apart = calibrated(device, { 'couplingGain[0<-1]': 1.2, 'couplingGain[1<-0]': 1 });
    // Both directions at their mean: half of 0.2/1.1 of J = 0.8 remains.
    expect(sizeOf('non-reciprocal', correctProgram(ideal(), device, apart))?.largest).toBeCloseTo(
      (0.8 * 0.1) / 1.1,
      12,
    );
    const { dynamics } = device;
    const oneBath = circuitDescriptor({
      dynamics: { ...dynamics, temperature: { ...dynamics.temperature, perSite: false } },
    });
    const uniform = correctProgram(ideal(), oneBath, calibrated(oneBath));
    expect(typeof uniform.program.dynamics.temperature).toBe('number');
    const { temperature } = uniform.law;
    expect(temperature.reduce((sum, T) => sum + T / 3, 0)).toBeCloseTo(IDEAL.T, 12);
    expect(sizeOf('temperature', uniform)!.largest).toBeGreaterThan(0.1);
    const coarse = circuitDescriptor({ couplings: { resolution: 0.1, range: [-0.6, 0.6] } });
    const stepped = correctProgram(ideal(), coarse, calibrated(coarse));
    expect(validateProgram(stepped.program, coarse)).toEqual([]);
    expect(sizeOf('range', stepped)?.largest).toBe(1);
    expect(sizeOf('couplings', stepped)!.largest).toBeGreaterThan(0.05);
    const started = ideal({ initial: { kind: 'random' } });
    expect(sizeOf('start', correctProgram(started, device, calibration))?.largest).toBeCloseTo(
      Math.max(...c.map((one) => Math.abs(Math.sqrt(one) - 1))),
      12,
    );
  });

  it('says what nobody has measured', () => {
    const partly = calibrated(device, {}, ['quarticGain', 'couplingGain[0<-1]']);
    const { remains } = correctProgram(ideal(), device, partly);
    const unknown = remains.find(({ kind }) => kind === 'unknown')!;
    expect(unknown.largest).toBe(4);
    expect(unknown.what).toMatch(/1 couplings.*3 quartic wells/);
    const known = remains.find(({ kind }) => kind === 'uncertainty')!;
    expect(known.largest).toBeCloseTo((0.5 * Math.SQRT2 * 0.01) / 1.8, 12);
  });

  it('refuses calibrations of others, and what has no correction', () => {
    const other = calibrated(circuitDescriptor({ title: 'another' }));
    expect(() => correctProgram(ideal(), device, other)).toThrowError(
      expect.objectContaining({ code: 'calibration-invalid' }) as Error,
    );
    const refused = (more: object): unknown => {
      try {
        return correctProgram(ideal(more), device, calibration);
      } catch (error) {
        return error;
      }
    };
    expect(refused({ controls: { quadratic: [[0, 1]] } })).toMatchObject({
      code: 'not-supported',
      details: { path: 'controls.quadratic' },
    });
    expect(refused({ clamped: [1] })).toMatchObject({ details: { path: 'clamped' } });
    const spins = spinDescriptor();
    const memories = memorySet({ patterns: [[1, -1, 1]] });
    expect(() =>
      compileProgram({ memories, rule: 'hebb', descriptor: spins, calibration: calibrated(spins) }),
    ).toThrowError(expect.objectContaining({ code: 'not-supported' }) as Error);
  });

  it('is what compile makes against a calibration, within the device’s range, with predictions for that board', () => {
    const narrow = circuitDescriptor({ couplings: { resolution: 1 / 256, range: [-4, 4] } });
    const memories = memorySet({ patterns: [[1, -1, 1]] });
    const { program, certificate } = compileProgram({
      memories,
      rule: 'hebb',
      descriptor: narrow,
      calibration: calibrated(narrow),
    });
    expect(validateProgram(program, narrow)).toEqual([]);
    expect(program.calibration).toBe(certificate.calibration!.id);
    expect(certificate.calibration!.criterion).toBe('paths');
    expect(certificate.calibration!.remains.map(({ kind }) => kind)).not.toContain('range');
    // One rounding, of the corrected couplings: within a step of what was asked for.
    expect(certificate.quantisation.max).toBeLessThan(1 / 256);
    const without = compileProgram({ memories, rule: 'hebb', descriptor: narrow });
    expect(without.certificate.calibration).toBe(null);
    expect(certificate.scale).toBeLessThan(without.certificate.scale);
    expect(certificate.predictions[0]!.after.min).toBeCloseTo(
      without.certificate.predictions[0]!.after.min,
      2,
    );
  });
});

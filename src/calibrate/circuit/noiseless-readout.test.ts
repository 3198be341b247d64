import { describe, expect, it } from 'vitest';
import { CHIP, circuitDescriptor } from '../../emulate/index.js';
import { drawnRun } from '../../../test/support/drawn-circuit.js';
import { coordinateOf } from '../parameter.js';
import type { CircuitRun } from './circuit-run.js';
import { fitCircuit } from './fit-circuit.js';
import { planProbes } from './plan-probes.js';

const CHIP_DESCRIPTOR = circuitDescriptor('rc-langevin', 'rc-langevin', CHIP);
const SITES = 2;
const plan = planProbes(CHIP_DESCRIPTOR, { sites: SITES, effort: 0.3, quartic: false });
const { parameters } = plan;
const noiseAt = (site: number): number => parameters.node('readoutNoise', site);
const { least } = parameters.list[noiseAt(0)]!;
const REFERENCES = [
  { name: 'heatGain', value: 1, standardError: 0.01 },
  ...[0, 1].map((i) => ({ name: `fieldGain[${i}]`, value: 1, standardError: 0.005 })),
];

/** Parts that are some per cent off, a readout's noise of each site, V, and a temperature over what it is built for. */
function fitted(noises: readonly number[], seed: number, temperature = 1) {
  const at = Float64Array.from(parameters.list, ({ coordinate, name }, a) =>
    /^(field|heat)Gain/.test(name) ? 0 : (coordinate === 'log' ? 0.05 : 0.02) * Math.sin(1 + a),
  );
  noises.forEach((noise, i) => {
    at[noiseAt(i)] = coordinateOf(parameters.list[noiseAt(i)]!, noise);
  });
  for (let i = 0; i < SITES; i++) {
    const a = parameters.node('temperature', i);
    at[a] = at[a]! + Math.log(temperature);
  }
  const runs = plan.probes.map((probe, k) => drawnRun(parameters, probe, at, 100 * seed + k));
  return { at, fit: fitCircuit(parameters, runs, REFERENCES) };
}

/** Of so many numbers with a normal law one is beyond 4.5 in 1e3 such tests. */
const SIGMAS = 4.5;

describe('A readout without noise', () => {
  it.each([1, 2])(
    'ends at the least that is looked for, is told below what, and leaves all else as it is (%i)',
    (seed) => {
      const { at, fit } = fitted([0, 0], seed);
      for (let i = 0; i < SITES; i++) {
        const noise = fit.estimate.parameter(`readoutNoise[${i}]`);
        expect(noise).toMatchObject({ identified: false, standardError: null, interval: null });
        expect(noise.value).toBeCloseTo(least!, 12);
        expect(noise.below).toBeGreaterThanOrEqual(least!);
        expect(noise.below).toBeLessThan(1.5 * least!);
      }
      let sum = 0;
      let count = 0;
      fit.estimate.parameters.forEach(({ name, identified }, a) => {
        if (name.startsWith('readoutNoise')) return;
        expect(identified, name).toBe(true);
        const z = (fit.estimate.at[a]! - at[a]!) / Math.sqrt(fit.estimate.covariance.at(a, a));
        expect(Math.abs(z), name).toBeLessThan(SIGMAS);
        // A start that is seen without noise shows the readout's offset without error.
        if (name.startsWith('readoutOffset')) return;
        sum += z * z;
        count++;
      });
      // χ² of these, correlated: as many on average; 6 of their spread, were they independent.
      expect(Math.abs(sum - count)).toBeLessThan(6 * Math.sqrt(2 * count));
    },
  );

  it('at one site is told from noise at another, and a noise just above the least is found', () => {
    const { fit } = fitted([1.5 * least!, 0], 3);
    const [seen, none] = [0, 1].map((i) => fit.estimate.parameter(`readoutNoise[${i}]`));
    expect(none).toMatchObject({ identified: false });
    expect(seen!.identified).toBe(true);
    expect(Math.abs(seen!.value - 1.5 * least!) / seen!.standardError!).toBeLessThan(SIGMAS);
    expect(seen!.standardError! / seen!.value).toBeLessThan(0.1);
  });

  it('of shots that begin anywhere is told below what the noise of the sites hides', () => {
    // At rest, from the stationary state, no sample shows the readout alone: ln L says little of noise far below that of the sites.
    const at = new Float64Array(parameters.count);
    for (let i = 0; i < SITES; i++) at[noiseAt(i)] = -Infinity;
    const probe = plan.probes[0]!;
    const drawn = drawnRun(parameters, probe, at, 9);
    const run: CircuitRun = { ...drawn, start: { kind: 'stationary' } };
    const held = parameters.list.flatMap(({ name, nominal }) =>
      /^(readoutNoise|temperature|wellGain|readoutOffset)/.test(name)
        ? []
        : [{ name, value: nominal, standardError: 0 }],
    );
    const { estimate } = fitCircuit(parameters, [run], held);
    for (let i = 0; i < SITES; i++) {
      const noise = estimate.parameter(`readoutNoise[${i}]`);
      expect(noise.identified).toBe(false);
      // Far above the least, far below the sites' own ½ V0.
      expect(noise.below).toBeGreaterThan(20 * least!);
      expect(noise.below).toBeLessThan(0.3 * parameters.nominal.unitV);
      expect(noise.value).toBeLessThan(noise.below!);
    }
  });
});

describe('A device without noise of its own', () => {
  it.each([0, 20])('is refused, and why (readout’s noise %i times the least)', (over) => {
    const refused = (): unknown => {
      try {
        return fitted([over * least!, over * least!], 4, 0);
      } catch (error) {
        return error;
      }
    };
    expect(refused()).toMatchObject({
      code: 'invalid-input',
      message: 'site 0 shows no noise of its own',
      details: { path: 'temperature[0]', limit: 'more than 0.0003 K' },
    });
  });

  it('but with a ten-thousandth of what it is built for is measured', () => {
    const { at, fit } = fitted([0, 0], 5, 1e-4);
    for (let i = 0; i < SITES; i++) {
      const { identified } = fit.estimate.parameter(`temperature[${i}]`);
      expect(identified).toBe(true);
      const a = parameters.node('temperature', i);
      const sd = Math.sqrt(fit.estimate.covariance.at(a, a));
      expect(Math.abs(fit.estimate.at[a]! - at[a]!) / sd).toBeLessThan(SIGMAS);
    }
  });
});

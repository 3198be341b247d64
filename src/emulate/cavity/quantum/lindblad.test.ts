import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENGINES, RandomStream, type EngineKind } from '../../../core/index.js';
import { engineMissing, openEngine } from '../../../kernels/index.js';
import type { CavityLight } from '../cavity-light.js';
import { decompose } from '../mediated-couplings.js';
import { LindbladAverage } from './lindblad.js';
import { spinLight, type SpinLight } from './spin-light.js';

const here = ENGINES.filter((kind) => engineMissing(kind) === null);
const light: CavityLight = {
  ...{ delta: -10, kappa: 2, spinSize: 0.5, damping: 0, localOscillatorPhase: 0 },
};

function system(sites: number, seed: number, kappa = 2): SpinLight {
  const stream = RandomStream.of(seed, 'disorder');
  const matrix = new Float64Array(sites * sites);
  for (let i = 0; i < sites; i++) {
    matrix[i * sites + i] = 5;
    for (let j = 0; j < i; j++) {
      matrix[i * sites + j] = matrix[j * sites + i] = 0.8 * stream.normal();
    }
  }
  return spinLight(decompose(matrix, sites), { ...light, kappa });
}

interface Case {
  readonly sites: number;
  readonly seed: number;
  readonly steps: number;
  readonly dt: number;
  readonly pump: number;
}

/** ρ after a ramp of the pump, real over imaginary parts. */
function after(engine: EngineKind, { sites, seed, steps, dt, pump }: Case): Float64Array {
  const average = new LindbladAverage(system(sites, seed), openEngine(engine));
  const field = Float64Array.from({ length: sites }, (_, i) => 0.5 - 0.3 * i);
  average.begin(Array.from({ length: sites }, (_, i) => ((seed >> i) & 1 ? 1 : -1)));
  for (let s = 0; s < steps; s++) average.step(dt, (pump * (s + 0.5)) / steps, field);
  return average.rho.both;
}

describe('the master equation on kernels', () => {
  it('is that of the reference on every engine, to 1e-12 of the largest element of ρ', () => {
    const cases = fc.record<Case>({
      sites: fc.integer({ min: 1, max: 3 }),
      seed: fc.nat(),
      steps: fc.integer({ min: 1, max: 60 }),
      dt: fc.double({ min: 0.001, max: 0.03, noNaN: true }),
      pump: fc.constantFrom(0, 0.4, 2),
    });
    const compare = (one: Case): void => {
      const expected = after('reference', one);
      const largest = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      for (const engine of here.slice(1)) {
        const found = after(engine, one);
        expected.forEach((x, k) =>
          expect(Math.abs(x - found[k]!)).toBeLessThanOrEqual(1e-12 * largest),
        );
      }
    };
    fc.assert(fc.property(cases, compare), { numRuns: 25 });
    compare({ sites: 5, seed: 3, steps: 3, dt: 0.02, pump: 2 });
  });

  it.each(here)('turns spins about the field at √(1 + h²) ω_z without a pump (%s)', (kind) => {
    const sites = 2;
    const average = new LindbladAverage(system(sites, 1), openEngine(kind));
    const h = 0.75;
    const steps = 1000;
    const t = 2.1;
    for (let s = 0; s < steps; s++) average.step(t / steps, 0, new Float64Array(sites).fill(h));
    // −z about the axis (−h, 0, 1)/1.25: what is along the axis stays, what is across turns.
    const [along, turn] = [1 / 1.25, Math.cos(1.25 * t)];
    for (let i = 0; i < sites; i++) {
      const sz = -0.5 * (along * along + (1 - along * along) * turn);
      expect(Math.abs(average.meanSz(i) - sz)).toBeLessThan(1e-12);
      const sx = 0.5 * along * (h / 1.25) * (1 - turn);
      expect(Math.abs(average.meanSx(i) - sx)).toBeLessThan(1e-12);
    }
    expect(Math.abs(average.trace() - 1)).toBeLessThan(1e-12);
  });

  it.each(here)('keeps the trace, and keeps a state pure where no light is lost (%s)', (kind) => {
    for (const kappa of [0, 2]) {
      const average = new LindbladAverage(system(3, 2, kappa), openEngine(kind));
      const field = Float64Array.of(0.3, -0.2, 0.4);
      for (let s = 0; s < 60; s++) average.step(0.005, 1.5, field);
      expect(Math.abs(average.trace() - 1)).toBeLessThan(1e-12);
      const { size, re, im } = average.rho;
      for (let a = 0; a < size; a++) {
        for (let b = 0; b < a; b++) {
          expect(Math.abs(re[a * size + b]! - re[b * size + a]!)).toBeLessThan(1e-14);
          expect(Math.abs(im[a * size + b]! + im[b * size + a]!)).toBeLessThan(1e-14);
        }
      }
      if (kappa === 0) expect(Math.abs(average.purity() - 1)).toBeLessThan(1e-8);
      else expect(average.purity()).toBeLessThan(0.99);
    }
  });
});

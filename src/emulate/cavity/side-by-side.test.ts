import { describe, expect, it } from 'vitest';
import { ENGINES, RandomStream } from '../../core/index.js';
import {
  COLUMNS,
  engineMissing,
  lightSteps,
  openEngine,
  SPIN_HALF_NUMBER,
  spinHalfSteps,
} from '../../kernels/index.js';
import type { CavityLight } from './cavity-light.js';
import { decompose, type MediatedCouplings } from './mediated-couplings.js';
import { HomodyneTrajectory } from './quantum/homodyne-trajectory.js';
import { columnsOf } from './quantum/record-columns.js';
import { spinLight } from './quantum/spin-light.js';
import { HeunSpins, StrangSpins } from './semiclassical/eliminated-spins.js';
import { EquationColumns } from './semiclassical/equation-columns.js';
import { WignerSpins } from './semiclassical/truncated-wigner.js';

const engines = ENGINES.filter((kind) => engineMissing(kind) === null).map((kind) =>
  openEngine(kind),
);
const COLUMN = 6;
const STEPS = 5;

/** Random couplings; with a large diagonal none of their modes is negative. */
function glassy(sites: number, diagonal: number): MediatedCouplings {
  const stream = RandomStream.of(2, 'disorder', sites);
  const matrix = new Float64Array(sites * sites);
  for (let i = 0; i < sites; i++) {
    matrix[i * sites + i] = diagonal;
    for (let j = 0; j < i; j++) {
      matrix[i * sites + j] = stream.normal();
      matrix[j * sites + i] = matrix[i * sites + j]!;
    }
  }
  return decompose(matrix, sites);
}
const LIGHT: CavityLight = {
  delta: -8,
  kappa: 3,
  spinSize: 20,
  damping: 0.2,
  localOscillatorPhase: 0.7,
};
function scripted(numbers: readonly number[]): RandomStream {
  let at = 0;
  return { normal: () => numbers[at++]! } as unknown as RandomStream;
}

interface Case {
  readonly name: string;
  readonly make: typeof HeunSpins | typeof StrangSpins | typeof WignerSpins;
  readonly light: CavityLight;
  readonly diagonal: number;
}
const cases: readonly Case[] = [
  { name: 'Heun', make: HeunSpins, light: LIGHT, diagonal: 9 },
  { name: 'Heun, negative modes', make: HeunSpins, light: LIGHT, diagonal: 0.5 },
  { name: 'Heun, no loss', make: HeunSpins, light: { ...LIGHT, kappa: 0 }, diagonal: 9 },
  { name: 'Strang', make: StrangSpins, light: LIGHT, diagonal: 9 },
  { name: 'Strang, negative modes', make: StrangSpins, light: LIGHT, diagonal: 0.5 },
  {
    name: 'Strang, nothing lost',
    make: StrangSpins,
    light: { ...LIGHT, kappa: 0, damping: 0 },
    diagonal: 9,
  },
  { name: 'truncated Wigner', make: WignerSpins, light: LIGHT, diagonal: 9 },
  {
    name: 'truncated Wigner, undamped',
    make: WignerSpins,
    light: { ...LIGHT, damping: 0 },
    diagonal: 9,
  },
];
const sizes = [1, 3, 9].flatMap((sites) => cases.map((one) => ({ ...one, sites })));

describe('spins in light side by side', () => {
  it.each(sizes)(
    '$name: steps, work and heat are those of one shot (N = $sites)',
    ({ make, light, diagonal, sites }) => {
      const couplings = glassy(sites, diagonal);
      const field = Float64Array.from({ length: sites }, (_, i) => 0.3 * Math.cos(i));
      const later = field.map((h) => h + 0.1);
      for (const engine of engines) {
        engine.scratch.reset();
        const one = new make(couplings, light);
        const columns = new EquationColumns(engine, one, couplings, light);
        const { arrays } = columns;
        const start = (column: number): void => {
          const stream = RandomStream.of(4, 'initial', column);
          for (let i = 0; i < sites; i++) {
            const [a, b, c] = [stream.normal(), stream.normal(), stream.normal()];
            const size = Math.hypot(a, b, c);
            one.spins.x[i] = a / size;
            one.spins.y[i] = b / size;
            one.spins.z[i] = c / size;
          }
          one.begin(stream);
        };
        for (let column = 0; column < COLUMNS; column++) {
          start(column);
          columns.place(column);
        }
        columns.placed(1, 0, COLUMNS);
        const dt = 0.02;
        const pumps = Float64Array.from({ length: STEPS + 1 }, (_, k) => 0.5 + 0.4 * k);
        for (let k = 0; k <= STEPS; k++) {
          arrays.controls[k] = one.control(pumps[k]!);
          arrays.fields.set(k < 3 ? field : later, k * sites);
        }
        // Draws its own numbers and steps; these are then set back and taken again.
        columns.run(0, dt, true);
        const draws = RandomStream.of(3, 'dynamics');
        for (let k = 0; k < arrays.noise.length; k++) arrays.noise[k] = draws.normal();
        const own: number[] = [];
        for (let step = 0; step < STEPS; step++) {
          const rows = arrays.shape.scheme === 'wigner' ? arrays.noiseRows : arrays.shape.modes;
          for (let m = 0; m < rows && arrays.noiseRows > 0; m++) {
            own.push(arrays.noise[(step * arrays.noiseRows + m) * COLUMNS + COLUMN]!);
          }
        }
        lightSteps(engine, arrays, STEPS);
        start(COLUMN);
        const stream = scripted(own);
        const energy = (k: number): number => {
          const h = k < 3 ? field : later;
          let sum = one.control(pumps[k]!) * one.pumpTerm() + one.restTerm();
          for (let i = 0; i < sites; i++) sum += one.spins.z[i]! - h[i]! * one.spins.x[i]!;
          return sum;
        };
        let work = 0;
        let heat = 0;
        for (let k = 1; k <= STEPS; k++) {
          work += energy(k) - energy(k - 1);
          const before = energy(k);
          one.step(dt, pumps[k]!, k < 3 ? field : later, stream);
          heat += before - energy(k);
        }
        const { x, y, z } = one.spins;
        const expected = [...x, ...y, ...z];
        expected.forEach((value, row) => {
          const got = arrays.spins[row * COLUMNS + COLUMN]!;
          expect(Math.abs(got - value)).toBeLessThan(STEPS * 1e-12);
        });
        const scale = Math.max(1, Math.abs(energy(STEPS)));
        expect(Math.abs(arrays.totals[COLUMN]! - work) / scale).toBeLessThan(1e-11);
        expect(Math.abs(arrays.totals[COLUMNS + COLUMN]! - heat) / scale).toBeLessThan(1e-11);
      }
    },
  );

  it.each([1, 2, 5])(
    'records of spins ½: steps, work and heat are those of one (N = %i)',
    (sites) => {
      const system = spinLight(glassy(sites, 6), { ...LIGHT, spinSize: 0.5 });
      const field = Float64Array.from({ length: sites }, (_, i) => 0.4 * Math.cos(i));
      const later = field.map((h) => h - 0.2);
      for (const engine of engines) {
        engine.scratch.reset();
        const one = new HomodyneTrajectory(system);
        const columns = columnsOf(system, engine, STEPS);
        const { size, ket, noise, numbers } = columns;
        const start = (column: number): void => {
          const stream = RandomStream.of(6, 'initial', column);
          for (let s = 0; s < size; s++) {
            one.ket.re[s] = stream.normal();
            one.ket.im[s] = stream.normal();
          }
          let norm = 0;
          for (let s = 0; s < size; s++) norm += one.ket.re[s]! ** 2 + one.ket.im[s]! ** 2;
          for (let s = 0; s < size; s++) {
            one.ket.re[s]! /= Math.sqrt(norm);
            one.ket.im[s]! /= Math.sqrt(norm);
          }
        };
        for (let column = 0; column < COLUMNS; column++) {
          start(column);
          for (let s = 0; s < size; s++) {
            ket[s * COLUMNS + column] = one.ket.re[s]!;
            ket[(size + s) * COLUMNS + column] = one.ket.im[s]!;
          }
        }
        const dt = 0.01;
        numbers[SPIN_HALF_NUMBER.dt] = dt;
        columns.fieldsChange = true;
        const pump = (k: number): number => 0.4 * k;
        for (let k = 0; k <= STEPS; k++) {
          columns.controls[k] = pump(k);
          columns.fields.set(k < 3 ? field : later, k * sites);
        }
        const draws = RandomStream.of(7, 'dynamics');
        for (let k = 0; k < noise.length; k++) noise[k] = draws.normal();
        const own: number[] = [];
        for (let row = 0; row < columns.noiseRows * STEPS; row++) {
          own.push(noise[row * COLUMNS + COLUMN]!);
        }
        spinHalfSteps(engine, columns, STEPS);
        start(COLUMN);
        const stream = scripted(own);
        const energy = (k: number): number => {
          one.observe();
          const h = k < 3 ? field : later;
          let sum = 2 * pump(k) * one.interactionEnergy() + 2 * one.sz;
          for (let i = 0; i < sites; i++) sum -= 2 * h[i]! * one.meanX[i]!;
          return sum;
        };
        let work = 0;
        let heat = 0;
        for (let k = 1; k <= STEPS; k++) {
          work += energy(k) - energy(k - 1);
          const before = energy(k);
          one.step(dt, pump(k), k < 3 ? field : later, stream);
          heat += before - energy(k);
        }
        for (let s = 0; s < size; s++) {
          expect(Math.abs(ket[s * COLUMNS + COLUMN]! - one.ket.re[s]!)).toBeLessThan(STEPS * 1e-12);
          const imaginary = ket[(size + s) * COLUMNS + COLUMN]!;
          expect(Math.abs(imaginary - one.ket.im[s]!)).toBeLessThan(STEPS * 1e-12);
        }
        expect(Math.abs(columns.totals[COLUMN]! - work)).toBeLessThan(1e-11 * sites);
        expect(Math.abs(columns.totals[COLUMNS + COLUMN]! - heat)).toBeLessThan(1e-11 * sites);
      }
    },
  );
});

import { describe, expect, it } from 'vitest';
import { BOLTZMANN_J_PER_K } from '../../core/index.js';
import { BENCH_CELL, cellFriction, cellTemperatures, rlcUnits, SPU8_CELL } from './rlc-units.js';

describe('units of an RLC cell', () => {
  it('make the cell’s equations ẍ = −2q x − γẋ + √(2γT) ξ', () => {
    for (const components of [BENCH_CELL, SPU8_CELL]) {
      for (const quadratic of [1, 0.25]) {
        const { inductanceH: L, capacitanceF: C } = components;
        const R = components.resistanceOhm as number;
        const units = rlcUnits(components, quadratic);
        const kT = BOLTZMANN_J_PER_K * components.temperatureK;
        // C φ̈ = −φ/L − φ̇/R + noise 2kT/R, over kT/φ₀: mass, spring, friction and noise in t₀.
        const force = kT / units.fluxWb;
        expect((C * units.fluxWb) / units.timeS ** 2 / force).toBeCloseTo(1, 12);
        expect(units.fluxWb / L / force).toBeCloseTo(2 * quadratic, 12);
        const gamma = units.fluxWb / units.timeS / R / force;
        expect(gamma).toBeCloseTo(Math.sqrt(2 * quadratic) / units.qualityFactor, 12);
        expect((2 * kT) / R / units.timeS / force ** 2).toBeCloseTo(2 * gamma, 12);
        // ½C v₀² x'² is ½ k_B T x'².
        expect((C * units.voltageV ** 2) / kT).toBeCloseTo(1, 12);
        expect(units.fluxWb / units.timeS / units.voltageV).toBeCloseTo(1, 12);
      }
    }
  });

  it('are the numbers of the README', () => {
    const bench = rlcUnits(BENCH_CELL);
    expect(bench.fluxWb).toBeCloseTo(2.88e-12, 14);
    expect(bench.voltageV * 1e6).toBeCloseTo(2.035, 3);
    expect(bench.currentA * 1e9).toBeCloseTo(1.44, 2);
    const spu = rlcUnits(SPU8_CELL);
    expect(spu.timeS * 1e6).toBeCloseTo(0.4472, 4);
    expect(spu.voltageV).toBeCloseTo(0.05, 12);
    expect(spu.currentA * 1e6).toBeCloseTo(111.8, 1);
    expect(spu.kappaA2PerHz).toBeCloseTo(1.25e-15, 20);
  });

  it('give cells with half the resistance twice the friction, and half the temperature under one source', () => {
    const unlike = { ...BENCH_CELL, resistanceOhm: [1000, 2000], noise: 'source' } as const;
    const gamma = cellFriction(unlike, 1, 2);
    expect(gamma[0]! / gamma[1]!).toBeCloseTo(2, 12);
    expect(Array.from(cellTemperatures(unlike, 2)!)).toEqual([1000 / 1500, 2000 / 1500]);
    expect(cellTemperatures({ ...unlike, noise: 'johnson' }, 2)).toBeNull();
  });
});

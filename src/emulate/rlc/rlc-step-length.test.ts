import { expect, test } from 'vitest';
import { resolveDocument } from '../../../test/support/run-simulation.js';
import { realiseRlc } from './realise-rlc.js';
import { benchPreset, rlcDescriptor } from './rlc-descriptor.js';
import { defaultRlcStep } from './rlc-step-length.js';
import { BENCH_CELL, cellTemperatures } from './rlc-units.js';

test('Euler–Maruyama’s default step follows the friction: variances within 1 % at any Q', () => {
  const [square, names] = [2, ['euler-maruyama', 'baoab'] as const];
  for (const Q of [1, 10, 100, 1000]) {
    const friction = Math.SQRT2 / Q;
    const dt = defaultRlcStep(names[0], square, friction, false, false);
    expect(1 / (1 - (dt * square) / friction)).toBeLessThan(1.0102);
    expect(defaultRlcStep(names[1], square, friction, false, false)).toBe(0.02);
  }
});

test('a longer step that is asked for is warned of', () => {
  const program = (dt: number) =>
    resolveDocument(
      {
        version: 1,
        sites: 1,
        siteKinds: 'continuous',
        couplings: { kind: 'coo', entries: [] },
        wells: { quadratic: 1, quartic: 0 },
        dynamics: { rule: 'underdamped', integrator: 'euler-maruyama', dt },
        initial: { kind: 'zero' },
        duration: 1,
        readout: { every: 1 },
        shots: 1,
      },
      rlcDescriptor('r', 'rlc-langevin', benchPreset(BENCH_CELL)),
    );
  const warnings = (dt: number): string =>
    realiseRlc(
      program(dt),
      { qualityFactor: 500, couplingBits: 0 },
      BENCH_CELL,
      [-8, 8],
    ).warnings.join();
  expect(warnings(1e-3)).toMatch(/feeds the cells: dt·ω²\/γ is up to 0\.71/);
  expect(warnings(1e-5)).toBe('');
});

test('a list of equal resistors is one temperature', () => {
  const list = { ...BENCH_CELL, resistanceOhm: [2e3, 2e3], noise: 'source' as const };
  expect(cellTemperatures(list, 2)).toBeNull();
});

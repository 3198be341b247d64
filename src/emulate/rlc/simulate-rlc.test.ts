import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../core/index.js';
import { rlcCircuit, watchRlc, type RlcOptions } from '../../../test/support/rlc.js';
import { batchMean } from '../../../test/support/circuit.js';
import { circuitThermodynamics } from '../langevin/circuit-thermodynamics.js';

/** A network of five sites with all that can vary, for bookkeeping. */
const busy = (options: Record<string, unknown> = {}, more: RlcOptions = {}) => {
  const stream = RandomStream.of(3, 'disorder');
  const entries: number[][] = [];
  for (let i = 0; i < 5; i++) for (let j = 0; j < i; j++) entries.push([i, j, stream.normal()]);
  return rlcCircuit(
    {
      sites: 5,
      couplings: { kind: 'coo', entries },
      fields: [1, -2, 0.5, 0, 3],
      initial: { kind: 'random' },
      drives: [
        {
          pattern: [1, 1, -1, 0, 0.5],
          amplitude: [
            [0, 0],
            [0, 1],
            [1, -2],
            [1.5, 4],
            [1.5, 0],
          ],
        },
        { pattern: [0, 1, 0, 1, 0], amplitude: [[0.5, 1]] },
      ],
      duration: 2,
      readout: { every: 0.5 },
      shots: 4,
      seed: 8,
      ...options,
    },
    more,
  );
};

describe('ledger of an underdamped circuit', () => {
  const ramps = {
    coupling: [
      [0, 0.2],
      [1, 1],
      [1, 0.5],
    ],
    quadratic: [
      [0.3, 1],
      [1.7, -0.5],
    ],
    quartic: [
      [0, 0.5],
      [2, 2],
    ],
    temperature: [
      [0, 2],
      [2, 0.5],
    ],
  };
  const linear = { wells: { quadratic: 4, quartic: 0 } };
  const cases: [string, Record<string, unknown>, RlcOptions?][] = [
    ['constant controls', {}],
    ['every control ramped', { controls: ramps }],
    ['a temperature a site', { dynamics: { temperature: [1, 2, 1, 0.5, 2] } }],
    ['linear wells', linear],
    ['linear wells that differ', { wells: { quadratic: [4, 5, 4, 6, 4], quartic: 0 } }],
    [
      'linear wells and a temperature a site',
      { ...linear, dynamics: { temperature: [1, 2, 1, 0.5, 2] } },
    ],
    ['linear wells and a ramped coupling', { ...linear, controls: { coupling: ramps.coupling } }],
    ['clamped sites', { clamped: [1, 3], inputs: [[0.5, -1]] }],
    ['Euler–Maruyama', { dynamics: { integrator: 'euler-maruyama', dt: 0.002 } }],
    ['a burn-in', { dynamics: { burnIn: 1 } }],
    [
      'resistors that differ, under one noise source',
      linear,
      { components: { resistanceOhm: [1e3, 2e3, 1e3, 3e3, 1e3], noise: 'source' } },
    ],
  ];
  it.each(cases)('closes in every shot: %s', (_, options, more) => {
    const program = busy(options, more);
    for (const ledger of watchRlc(program, () => undefined)) {
      expect(ledger.work).not.toBe(0);
      expect(Math.abs(ledger.energyChange - ledger.work + ledger.heat)).toBeLessThan(1e-11);
      const baths = ledger.bathHeat.reduce((a, b) => a + b, 0);
      expect(Math.abs(baths - ledger.heat)).toBeLessThan(1e-11);
      expect(ledger.bathHeat).toHaveLength(circuitThermodynamics(program).baths.length);
    }
  });

  it('gives the same shots whether they are run in one block or in several', () => {
    const program = busy();
    const all: number[] = [];
    watchRlc(program, (x) => all.push(...x));
    const again: number[] = [];
    watchRlc(program, (x) => again.push(...x));
    expect(again).toEqual(all);
  });

  it('starts at rest from a given state and with thermal velocities in equilibrium', () => {
    // Free cells at T = 2: heat over a time long beside 1/γ is −½T a cell from rest, 0 on average from equilibrium.
    const heatOf = (initial: string): { mean: number; sem: number } =>
      batchMean(
        watchRlc(
          rlcCircuit({
            sites: 200,
            wells: { quadratic: 1, quartic: 0 },
            dynamics: { temperature: 2 },
            initial: { kind: initial },
            duration: 30,
            shots: 20,
            seed: 3,
          }),
          () => undefined,
        ).map((ledger) => ledger.heat / 200),
      );
    const rest = heatOf('zero');
    const equilibrium = heatOf('equilibrium');
    expect(Math.abs(rest.mean + 2)).toBeLessThan(4 * rest.sem); // ½T kinetic, ½T potential
    expect(Math.abs(equilibrium.mean)).toBeLessThan(4 * equilibrium.sem);
    expect(4 * rest.sem).toBeLessThan(0.2);
  });
});

describe('a step that is too long', () => {
  it('is refused where the quartic force would blow up', () => {
    const program = rlcCircuit({
      sites: 1,
      fields: [500],
      dynamics: { dt: 0.2 },
      duration: 10,
    });
    expect(() => watchRlc(program, () => undefined)).toThrow(/12·quartic·x²·dt² exceeds 1/);
  });
  it('and wells that do not hold the couplings are named', () => {
    const program = rlcCircuit({
      sites: 2,
      couplings: { kind: 'coo', entries: [[0, 1, 8]] },
      wells: { quadratic: 1, quartic: 0 },
      duration: 1000,
    });
    expect(() => watchRlc(program, () => undefined)).toThrow(/no longer finite/);
  });
});

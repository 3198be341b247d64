import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../core/index.js';
import { batchMean, circuit, watch } from '../../../test/support/circuit.js';
import { circuitThermodynamics } from './circuit-thermodynamics.js';

/** A network of five sites with all that can vary, for bookkeeping. */
const busy = (options: Record<string, unknown> = {}) => {
  const stream = RandomStream.of(3, 'disorder');
  const entries: number[][] = [];
  for (let i = 0; i < 5; i++) for (let j = 0; j < i; j++) entries.push([i, j, stream.normal()]);
  return circuit({
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
  });
};

describe('ledger of a circuit', () => {
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
  const cases: [string, Record<string, unknown>][] = [
    ['constant controls', {}],
    ['every control ramped', { controls: ramps }],
    ['a temperature a site', { dynamics: { temperature: [1, 2, 1, 0.5, 2] } }],
    [
      'a temperature a site and ramped couplings',
      {
        dynamics: { temperature: [1, 2, 1, 0.5, 2] },
        controls: { coupling: ramps.coupling, quartic: ramps.quartic },
      },
    ],
    [
      'wells that differ under ramped couplings',
      {
        wells: { quadratic: [1, 2, 0.5, 1, -1], quartic: 1 },
        controls: { coupling: ramps.coupling },
      },
    ],
    [
      'clamped sites with inputs',
      {
        clamped: [1, 4],
        inputs: [
          [1, -2],
          [0.5, 0],
          [2, 2],
          [-1, 3],
        ],
        controls: ramps,
      },
    ],
    ['Euler–Maruyama', { dynamics: { integrator: 'euler-maruyama', dt: 0.001 }, controls: ramps }],
    ['Heun', { dynamics: { integrator: 'heun', dt: 0.002 }, controls: ramps }],
    [
      'linear wells',
      { wells: { quadratic: [4, 5, 4, 6, 5], quartic: 0 }, controls: { coupling: ramps.coupling } },
    ],
  ];

  it.each(cases)('keeps the first law to rounding and books every bath: %s', (_, options) => {
    const program = busy(options);
    for (const ledger of watch(program, () => undefined)) {
      expect(Math.abs(ledger.energyChange - ledger.work + ledger.heat)).toBeLessThan(1e-9 * 5);
      const baths = ledger.bathHeat.reduce((a, b) => a + b, 0);
      expect(Math.abs(baths - ledger.heat)).toBeLessThan(1e-9);
      expect(ledger.bathHeat).toHaveLength(circuitThermodynamics(program).baths.length);
      expect(Math.abs(ledger.work)).toBeGreaterThan(1e-3);
      expect(Number.isFinite(ledger.mediumEntropy)).toBe(true);
    }
  });

  it('runs a list of equal temperatures as the one bath that it is', () => {
    // The same streams give the same bits; without noise the heat would be another.
    const one = watch(busy({ dynamics: { temperature: 2 } }), () => undefined);
    const list = watch(busy({ dynamics: { temperature: [2, 2, 2, 2, 2] } }), () => undefined);
    expect(list).toEqual(one);
    expect(list.every((ledger) => Number.isFinite(ledger.mediumEntropy))).toBe(true);
    const cold = watch(busy({ dynamics: { temperature: 0 } }), () => undefined);
    expect(list[0]!.heat).not.toBeCloseTo(cold[0]!.heat, 3);
  });

  it('books the work of a jump at t = 0 before the first readout, and that of one at the end', () => {
    const program = circuit({
      sites: 1,
      initial: { kind: 'pattern', values: [0.5] },
      dynamics: { temperature: 0 },
      wells: { quadratic: 0, quartic: 0 },
      drives: [
        {
          pattern: [2],
          amplitude: [
            [0, 0],
            [0, 3],
            [1, 3],
            [1, 0],
          ],
        },
      ],
      duration: 1,
      readout: { every: 1 },
    });
    const states: number[] = [];
    const [ledger] = watch(program, (x) => states.push(x[0]!));
    // V = −6x while the drive is on: the site moves by 6.
    expect(states[0]).toBe(0.5);
    expect(states[1]).toBeCloseTo(6.5, 12);
    expect(ledger!.work).toBeCloseTo(-3 + 39, 12);
    expect(ledger!.heat).toBeCloseTo(36, 12);
    expect(ledger!.mediumEntropy).toBeNaN();
  });

  it('is of second order in the step for the work of a ramp', () => {
    // T = 0, A(t) = 4t on a unit well from x = 0: the same path for every step, work −∫ x Ȧ dt.
    const work = (dt: number): number => {
      const program = circuit({
        sites: 1,
        initial: { kind: 'zero' },
        dynamics: { temperature: 0, dt },
        drives: [
          {
            pattern: [1],
            amplitude: [
              [0, 0],
              [1, 4],
            ],
          },
        ],
        duration: 1,
      });
      return watch(program, () => undefined)[0]!.work;
    };
    const exact = work(1 / 4096);
    const ratio = (work(1 / 16) - exact) / (work(1 / 32) - exact);
    expect(ratio).toBeGreaterThan(3.6);
    expect(ratio).toBeLessThan(4.4);
  });
});

describe('a circuit', () => {
  it('relaxes a linear mode under a changing coupling as its exponent says', () => {
    // dx = −(2 − c(t)·1)·x for x1 = x2, c from 0 to 1 over t = 1: x = e^{−2 + 1/2}.
    const program = circuit({
      sites: 2,
      couplings: { kind: 'coo', entries: [[0, 1, 1]] },
      wells: { quadratic: [1, 1], quartic: 0 },
      initial: { kind: 'pattern', values: [1, 1] },
      dynamics: { temperature: 0 },
      controls: {
        coupling: [
          [0, 0],
          [1, 1],
        ],
      },
      duration: 1,
    });
    let last = 0;
    watch(program, (x) => (last = x[1]!));
    expect(last).toBeCloseTo(Math.exp(-1.5), 10);
  });

  it('gives the same path whether wells lie in the modes, in the flow, or in an explicit scheme', () => {
    const options = {
      dynamics: { temperature: 0 },
      wells: { quadratic: [1, 2, 0.5, 1, -1], quartic: 1 },
      shots: 1,
      drives: [],
    };
    const end = (more: Record<string, unknown>): number[] => {
      let state: number[] = [];
      watch(busy({ ...options, ...more }), (x) => (state = Array.from(x)));
      return state;
    };
    const fine = { temperature: 0, dt: 1e-4 };
    const modes = end({ dynamics: { ...fine } });
    const flow = end({
      dynamics: { ...fine },
      controls: {
        coupling: [
          [0, 1],
          [2, 1],
          [3, 2],
        ],
      },
    });
    const heun = end({ dynamics: { ...fine, integrator: 'heun' } });
    const hot = end({ dynamics: { dt: 1e-4, temperature: [0, 0, 0, 0, 1e-30] } });
    for (let i = 0; i < 5; i++) {
      expect(flow[i]).toBeCloseTo(modes[i]!, 6);
      expect(heun[i]).toBeCloseTo(modes[i]!, 6);
      expect(hot[i]).toBeCloseTo(modes[i]!, 6);
    }
  });

  it('holds clamped sites at their shot’s inputs', () => {
    const program = busy({
      clamped: [2, 0],
      inputs: [
        [1, 2],
        [3, 4],
        [5, 6],
        [7, 8],
      ],
    });
    watch(program, (x, _, shot) => {
      expect([x[2], x[0]]).toEqual([1 + 2 * shot, 2 + 2 * shot]);
    });
  });

  it('starts random states at ±1 and corrupted ones with exactly the flips asked for, anew each shot', () => {
    const cue = [1, 1, -1, 1, -1];
    const seen = new Set<string>();
    watch(busy({ initial: { kind: 'corrupted', values: cue, flips: 2 }, shots: 20 }), (x, step) => {
      if (step > 0) return;
      expect(x.filter((v, i) => v === -cue[i]!)).toHaveLength(2);
      seen.add(x.join());
    });
    expect(seen.size).toBeGreaterThan(5);
    watch(busy({ shots: 20 }), (x, step) => {
      if (step === 0) expect(x.every((v) => Math.abs(v) === 1)).toBe(true);
    });
  });

  it('reaches equilibrium by a burn-in that is not accounted', () => {
    // 20 coupled quartic sites cannot be drawn exactly. ⟨Σ x ∂V⟩ = N T in equilibrium; 400 shots give it to 2 %.
    const entries = Array.from({ length: 19 }, (_, i) => [i, i + 1, 1.5]);
    const program = circuit({
      sites: 20,
      couplings: { kind: 'coo', entries },
      initial: { kind: 'equilibrium' },
      dynamics: { burnIn: 4 },
      duration: 0.01,
      shots: 400,
      seed: 2,
    });
    const virial: number[] = [];
    const ledgers = watch(program, (x, step) => {
      if (step > 0) return;
      let sum = 0;
      for (let i = 0; i < 20; i++) {
        const b = 1.5 * ((x[i - 1] ?? 0) + (x[i + 1] ?? 0));
        sum += 2 * x[i]! ** 2 + 4 * x[i]! ** 4 - b * x[i]!;
      }
      virial.push(sum / 20);
    });
    const { mean, sem } = batchMean(virial);
    expect(sem).toBeLessThan(0.03);
    expect(Math.abs(mean - 1)).toBeLessThan(4 * sem);
    expect(Math.abs(batchMean(ledgers.map((l) => l.heat)).mean)).toBeLessThan(0.5);
  });

  it('refuses an explicit step that is too long for the quartic force, naming shot, time and site', () => {
    const program = circuit({
      sites: 3,
      initial: { kind: 'pattern', values: [0, 0, 5] },
      dynamics: { integrator: 'heun', dt: 0.01 },
      duration: 1,
    });
    expect(() => watch(program, () => undefined)).toThrow(
      /shot 0: at t = 0 site 2 is at 5, .* dt = 0.01 would diverge/,
    );
    expect(() =>
      watch(
        { ...program, dynamics: { ...program.dynamics, integrator: 'strang' } },
        () => undefined,
      ),
    ).not.toThrow();
  });

  it('says which site diverges when linear wells do not hold the couplings', () => {
    const program = circuit({
      sites: 2,
      couplings: { kind: 'coo', entries: [[0, 1, 8]] },
      wells: { quadratic: 1, quartic: 0 },
      duration: 200,
    });
    try {
      watch(program, () => undefined);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'diverged', details: { site: 0 } });
      expect((error as { details: { hint: string } }).details.hint).toMatch(
        /do not hold the couplings/,
      );
    }
  });
});

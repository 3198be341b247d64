import { afterAll, describe, expect, it } from 'vitest';
import { readManifest, readProgram } from '../../src/device/index.js';
import { driverContext, runOnDevice } from '../../test/support/run-device.js';
import { createDevice } from './index.js';

const folder = new URL('.', import.meta.url).pathname;
const open: ReturnType<typeof createDevice>[] = [];
function make(options: Record<string, unknown> = {}, threads = 1) {
  const device = createDevice('rlc-langevin', options, driverContext(threads));
  open.push(device);
  return device;
}
const one = make();
const two = make({}, 2);
const spu = make({ preset: 'spu8' });
const unlike = make({ resistanceOhm: [1000, 2000, 1000, 3000], noise: 'source' });
afterAll(async () => {
  for (const device of open) await device.close();
});

const chain = {
  version: 1,
  sites: 4,
  siteKinds: 'continuous',
  couplings: {
    kind: 'coo',
    entries: [
      [0, 1, 2],
      [1, 2, -1],
      [2, 3, 0.5],
    ],
  },
  references: [[1, 1, -1, -1]],
  duration: 2,
};
const ramp = {
  drives: [
    {
      pattern: [1, 1, -1, -1],
      amplitude: [
        [0, 0],
        [1, 1],
      ],
    },
  ],
};

describe('rlc-langevin device', () => {
  it('has a manifest that names it', () => {
    expect(readManifest(folder)).toMatchObject({
      name: 'rlc-langevin',
      devices: [{ id: 'rlc-langevin' }],
    });
  });

  it('gives its units in SI, from its components', async () => {
    const bench = await one.describe();
    expect(bench.units.time.seconds).toBeCloseTo(Math.SQRT2 * 1e-6, 15); // √(2LC)
    expect(bench.units.energy.joules).toBeCloseTo(4.141947e-21, 26);
    const quality = bench.parameters.find((p) => p.name === 'qualityFactor')!;
    expect(quality.default).toBeCloseTo(1, 12);
    expect(() => make({ inductance: 1 })).toThrow(/inductance/);
    expect(() => make({ preset: 'spu9' })).toThrow(/preset/);
  });

  it('as spu8 has eight cells of 50 mV rms, couplings of one sign in 16 levels, and Q = 6.3', async () => {
    const descriptor = await spu.describe();
    expect(descriptor.sites.max).toBe(8);
    expect(descriptor.couplings.range).toEqual([0, 0.2]);
    expect(descriptor.couplings.resolution! * 15).toBeCloseTo(0.2, 12);
    // k_B T_eff = C·(50 mV)².
    expect(descriptor.units.energy.joules).toBeCloseTo(2.5e-12, 18);
    const value = (name: string): number =>
      descriptor.parameters.find((p) => p.name === name)!.default;
    expect(value('qualityFactor')).toBeCloseTo(2000 * Math.sqrt(1e-9 / 1e-4), 9);
    const program = readProgram({
      ...chain,
      couplings: { kind: 'coo', entries: [[0, 1, 0.1]] },
      initial: { kind: 'equilibrium' },
    });
    const { warnings } = await runOnDevice(spu, program, { seed: 1 });
    expect(warnings.join()).toMatch(/4 bits \(steps of 0\.01333.*largest change is 0\.00666/);
    const [violation] = await spu.validate(
      readProgram({ ...chain, couplings: { kind: 'coo', entries: [[0, 1, -0.1]] } }),
    );
    expect(violation).toMatchObject({ path: 'couplings.entries[0]' });
  });

  it('gives the same result and the same chunks with one thread, with two, and again', async () => {
    const program = readProgram({
      ...chain,
      ...ramp,
      initial: { kind: 'equilibrium' },
      readout: { every: 0.25, channels: ['energy', 'overlaps', 'state', 'work', 'heat'] },
      shots: 150,
    });
    const first = await runOnDevice(one, program, { seed: 11 });
    const again = await runOnDevice(one, program, { seed: 11 });
    const parallel = await runOnDevice(two, program, { seed: 11, threads: 2 });
    const other = await runOnDevice(one, program, { seed: 12 });
    expect(again.result).toEqual(first.result);
    expect(parallel.result).toEqual(first.result);
    expect(parallel.chunks).toEqual(first.chunks);
    expect(other.result).not.toEqual(first.result);
  });

  it('reports work, heat, entropy production and the Jarzynski average of a ramp', async () => {
    const program = readProgram({
      ...chain,
      ...ramp,
      initial: { kind: 'equilibrium' },
      shots: 300,
    });
    const { result } = await runOnDevice(one, program, { seed: 5 });
    const { work, heat, entropyProduction, jarzynski, firstLawResidual } = result.thermodynamics;
    for (const quantity of [work, heat, entropyProduction, jarzynski]) {
      expect(Number.isFinite(quantity?.mean)).toBe(true);
      expect(Number.isFinite(quantity?.sem)).toBe(true);
    }
    expect(firstLawResidual).toBeLessThan(1e-11);
    expect(jarzynski!.mean).toBeGreaterThan(1);
  });

  it('has its quality factor as a parameter: less friction, slower loss of energy', async () => {
    const program = readProgram({
      ...chain,
      wells: { quadratic: 4, quartic: 0 },
      dynamics: { temperature: 0 },
      initial: { kind: 'pattern', values: [1, -1, 1, -1] },
    });
    const lost = async (quality: number): Promise<number> => {
      await one.writeParameter('qualityFactor', quality);
      return (await runOnDevice(one, program, { seed: 1 })).result.thermodynamics.heat!.mean!;
    };
    const [little, more, most] = [await lost(100), await lost(10), await lost(1)];
    await one.writeParameter('qualityFactor', 1);
    expect(little).toBeGreaterThan(0);
    expect(more).toBeGreaterThan(5 * little);
    expect(most).toBeGreaterThan(more);
  });

  it('under one noise source gives cells with different resistors baths of their own, and heat flows', async () => {
    const program = readProgram({
      ...chain,
      wells: { quadratic: 1.5, quartic: 0 },
      initial: { kind: 'equilibrium' },
      dynamics: { burnIn: 30 },
      duration: 60,
      shots: 60,
    });
    const { result, warnings } = await runOnDevice(unlike, program, { seed: 1 });
    const { heat, entropyProduction, jarzynski } = result.thermodynamics;
    // R̄ = 1750 Ω.
    expect(heat!.baths.map((bath) => bath.temperature * 1750)).toEqual([1000, 2000, 3000]);
    const [cold, , hot] = heat!.baths;
    expect(cold!.mean!).toBeGreaterThan(4 * cold!.sem!);
    expect(hot!.mean!).toBeLessThan(-4 * hot!.sem!);
    expect(entropyProduction!.mean!).toBeGreaterThan(4 * entropyProduction!.sem!);
    expect(jarzynski).toBeNull();
    expect(warnings.join()).toMatch(/different temperatures T·R\/R̄/);
    expect(result.warnings.join()).toMatch(/jarzynski is null: there is more than one bath/);
  });

  const refusals: [string, typeof one, Record<string, unknown>, string, RegExp][] = [
    ['spins', one, { ...chain, siteKinds: 'ising' }, 'siteKinds', /continuous/],
    [
      'the overdamped rule',
      one,
      { ...chain, dynamics: { rule: 'langevin' } },
      'dynamics.rule',
      /no rule 'langevin'/,
    ],
    [
      'an overdamped integrator',
      one,
      { ...chain, dynamics: { integrator: 'strang' } },
      'dynamics.integrator',
      /no integrator 'strang'/,
    ],
    [
      'the exact integrator with quartic wells',
      one,
      { ...chain, dynamics: { integrator: 'exact' } },
      'dynamics.integrator',
      /quadratic wells only/,
    ],
    [
      'the exact integrator without a fixed eigenbasis',
      one,
      {
        ...chain,
        wells: { quadratic: [4, 5, 4, 4], quartic: 0 },
        dynamics: { integrator: 'exact' },
        controls: {
          coupling: [
            [0, 0.5],
            [1, 1],
          ],
        },
      },
      'dynamics.integrator',
      /no fixed eigenbasis/,
    ],
    [
      'the exact integrator with unlike cells and a ramp',
      unlike,
      {
        ...chain,
        wells: { quadratic: 4, quartic: 0 },
        dynamics: { integrator: 'exact' },
        controls: {
          coupling: [
            [0, 0.5],
            [1, 1],
          ],
        },
      },
      'dynamics.integrator',
      /another matrix exponential/,
    ],
    [
      'more sites than there are cells',
      unlike,
      { ...chain, sites: 5, references: [] },
      'sites',
      /5/,
    ],
    [
      'a temperature control over cells with temperatures of their own',
      unlike,
      { ...chain, controls: { temperature: [[0, 1]] } },
      'controls.temperature',
      /of their own/,
    ],
    [
      'an equilibrium of cells at different temperatures',
      unlike,
      { ...chain, initial: { kind: 'equilibrium' } },
      'initial.kind',
      /different temperatures/,
    ],
    [
      'a coupling factor that leaves the range',
      spu,
      {
        ...chain,
        couplings: { kind: 'coo', entries: [[0, 1, 0.2]] },
        controls: { coupling: [[0, 2]] },
      },
      'controls.coupling',
      /0\.2 times 2 is outside 0 … 0\.2/,
    ],
  ];
  it.each(refusals)('refuses %s', async (_, device, document, path, message) => {
    const violations = await device.validate(readProgram(document));
    expect(violations).toHaveLength(1);
    expect(violations[0]!.path).toBe(path);
    expect(violations[0]!.message).toMatch(message);
    expect(violations[0]).toHaveProperty('limit');
  });

  it('refuses components whose quality factor it could not be set to', () => {
    expect(() => createDevice('r', { resistanceOhm: 1e7 }, driverContext(1))).toThrow(
      /qualityFactor = 10000 is outside 0\.05 … 1000/,
    );
  });
});

import { afterAll, describe, expect, it } from 'vitest';
import { r1Document, R1_MEMORY } from '../../test/support/r1-instance.js';
import { driverContext, runOnDevice } from '../../test/support/run-device.js';
import { readManifest, readProgram, resolveProgram } from '../../src/device/index.js';
import { solveExactly } from '../../src/emulate/index.js';
import { createDevice } from './index.js';

const folder = new URL('.', import.meta.url).pathname;
const devices = [1, 2].map((threads) => createDevice('glauber', {}, driverContext(threads)));
const [one, two] = devices as [(typeof devices)[0], (typeof devices)[0]];
afterAll(async () => {
  for (const device of devices) await device.close();
});

const memories = [
  [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
  [1, -1, 1, -1, 1, -1, 1, -1, 1, -1],
];
const base = {
  version: 1,
  sites: 10,
  couplings: { kind: 'memories', patterns: memories },
  duration: 5,
};

describe('glauber device', () => {
  it('has a manifest that names it', () => {
    expect(readManifest(folder)).toMatchObject({ name: 'glauber', devices: [{ id: 'glauber' }] });
  });

  it('retrieves a corrupted memory at zero temperature', async () => {
    const program = readProgram({
      ...base,
      dynamics: { temperature: 0 },
      initial: { kind: 'corrupted', values: memories[0], flips: 1 },
      duration: 20,
      shots: 20,
    });
    const { result } = await runOnDevice(one, program, { seed: 3 });
    expect(result.final.states).toEqual(Array.from({ length: 20 }, () => memories[0]));
    expect(result.thermodynamics.entropyProduction).toBeNull();
    expect(result.thermodynamics.firstLawResidual).toBeLessThan(1e-8);
    expect(result.warnings.join('\n')).toMatch(/entropyProduction is null: .*T = 0/);
    expect(result.warnings.join('\n')).toMatch(/jarzynski is null: .*equilibrium start/);
  });

  it('refuses a time step rather than leave it out of account', async () => {
    const program = readProgram({ ...base, dynamics: { dt: 0.1 } });
    expect(await one.validate(program)).toMatchObject([
      { code: 'program-refused', path: 'dynamics.dt', value: 0.1 },
    ]);
    expect(await one.validate(readProgram({ ...base, dynamics: { dt: null } }))).toEqual([]);
  });

  it('gives the same result and the same chunks with one thread, with two, and again', async () => {
    const program = readProgram({
      ...r1Document({ tau: 1, shots: 700 }),
      readout: { every: 0.25, channels: ['energy', 'overlaps', 'state', 'work', 'heat'] },
    });
    const first = await runOnDevice(one, program, { seed: 11 });
    const again = await runOnDevice(one, program, { seed: 11 });
    const parallel = await runOnDevice(two, program, { seed: 11, threads: 2 });
    const other = await runOnDevice(one, program, { seed: 12 });
    expect(again.result).toEqual(first.result);
    expect(parallel.result).toEqual(first.result);
    expect(again.chunks).toEqual(first.chunks);
    expect(parallel.chunks).toEqual(first.chunks);
    expect(other.result).not.toEqual(first.result);
  });

  it('reports work, heat, entropy production and the Jarzynski average of a ramp', async () => {
    const { result } = await runOnDevice(one, readProgram(r1Document({ tau: 1, shots: 400 })), {
      seed: 5,
    });
    const { work, heat, entropyProduction, jarzynski } = result.thermodynamics;
    for (const quantity of [work, heat, entropyProduction, jarzynski]) {
      expect(Number.isFinite(quantity?.mean)).toBe(true);
      expect(Number.isFinite(quantity?.sem)).toBe(true);
    }
    expect(entropyProduction?.method).toBe('medium');
    expect(heat?.baths).toHaveLength(1);
  });

  const refusals: [string, Record<string, unknown>, string, RegExp][] = [
    [
      'an equilibrium start of 17 free sites without burn-in',
      {
        ...base,
        sites: 17,
        couplings: { kind: 'coo', entries: [[0, 1, 1]] },
        initial: { kind: 'equilibrium' },
      },
      'dynamics.burnIn',
      /17 free sites/,
    ],
    [
      'an equilibrium start of asymmetric couplings without burn-in',
      {
        ...base,
        sites: 2,
        couplings: { kind: 'dense', data: [0, 1, 0, 0] },
        initial: { kind: 'equilibrium' },
      },
      'initial.kind',
      /asymmetric.*no Gibbs state/,
    ],
    [
      'an equilibrium start of sites at different temperatures',
      {
        ...base,
        dynamics: { temperature: [1, 1, 1, 1, 1, 1, 1, 1, 1, 2] },
        initial: { kind: 'equilibrium' },
      },
      'initial.kind',
      /different temperatures/,
    ],
    [
      'the zero-temperature rule at a temperature',
      { ...base, dynamics: { rule: 'zero-temperature', temperature: 0.5 } },
      'dynamics.temperature',
      /T = 0/,
    ],
    [
      'a temperature control over temperatures per site',
      {
        ...base,
        dynamics: { temperature: [1, 1, 1, 1, 1, 1, 1, 1, 1, 2] },
        controls: { temperature: [[0, 1]] },
      },
      'controls.temperature',
      /of their own/,
    ],
    [
      'synchronous Metropolis updates',
      { ...base, dynamics: { rule: 'metropolis', order: 'synchronous' } },
      'dynamics.order',
      /no order for metropolis/,
    ],
    [
      'an equilibrium of exponential memories',
      {
        ...base,
        couplings: { kind: 'memories', patterns: memories, interaction: { kind: 'exponential' } },
        initial: { kind: 'equilibrium' },
      },
      'initial.kind',
      /log-sum-exp/,
    ],
    [
      'synapses with memory without a sequence',
      { ...base, dynamics: { synapse: { kernel: 'delay', tau: 8, lambda: 2 } } },
      'dynamics.synapse',
      /couplings of kind memories, with next/,
    ],
    [
      'synapses with memory of more than pairs',
      {
        ...base,
        couplings: {
          ...base.couplings,
          next: [1, 0],
          interaction: { kind: 'polynomial', degree: 3 },
        },
        dynamics: { synapse: { kernel: 'box', tau: 8, lambda: 2 } },
      },
      'couplings.interaction',
      /pairs of sites/,
    ],
    [
      'synapses with memory, all sites together',
      {
        ...base,
        couplings: { ...base.couplings, next: [1, 0] },
        dynamics: { order: 'synchronous', synapse: { kernel: 'box', tau: 8, lambda: 2 } },
      },
      'dynamics.order',
      /no synchronous order/,
    ],
    [
      'a burn-in before the past of synapses begins',
      {
        ...base,
        couplings: { ...base.couplings, next: [1, 0] },
        dynamics: { burnIn: 5, synapse: { kernel: 'exponential', tau: 8, lambda: 2 } },
      },
      'dynamics.burnIn',
      /no burn-in before it/,
    ],
    [
      'an equilibrium start of synapses with memory',
      {
        ...base,
        couplings: { ...base.couplings, next: [1, 0] },
        dynamics: { synapse: { kernel: 'exponential', tau: 8, lambda: 2 } },
        initial: { kind: 'equilibrium' },
      },
      'initial.kind',
      /no Gibbs state/,
    ],
    [
      'a delay that keeps more flips than fit',
      {
        ...base,
        couplings: { ...base.couplings, next: [1, 0] },
        dynamics: { synapse: { kernel: 'delay', tau: 1e8, lambda: 2 } },
      },
      'dynamics.synapse.tau',
      /more than fit/,
    ],
    [
      'clamped sites without values in equilibrium',
      { ...base, clamped: [0], initial: { kind: 'equilibrium' } },
      'inputs',
      /no values/,
    ],
  ];
  it.each(refusals)('refuses %s', async (_, document, path, message) => {
    const violations = await one.validate(readProgram(document));
    expect(violations).toHaveLength(1);
    expect(violations[0]!.path).toBe(path);
    expect(violations[0]!.message).toMatch(message);
    expect(violations[0]).toHaveProperty('limit');
  });

  it.each(['delay', 'box', 'exponential'])(
    'leads from memory to memory through synapses with memory (%s), with heat and without energy',
    async (kernel) => {
      const program = readProgram({
        version: 1,
        sites: 16,
        couplings: {
          kind: 'memories',
          patterns: [0, 1, 2].map((bit) =>
            Array.from({ length: 16 }, (_, i) => 1 - 2 * ((i >> bit) & 1)),
          ),
          next: [1, 2, 0],
        },
        dynamics: { temperature: 0.1, synapse: { kernel, tau: 4, lambda: 1.6 } },
        initial: { kind: 'pattern', values: Array.from({ length: 16 }, (_, i) => 1 - 2 * (i & 1)) },
        duration: 30,
        readout: { every: 0.5 },
        shots: 20,
      });
      const first = await runOnDevice(one, program, { seed: 2 });
      const parallel = await runOnDevice(two, program, { seed: 2, threads: 2 });
      expect(parallel.result).toEqual(first.result);
      const { overlaps } = first.result.observables;
      for (const row of overlaps!.mean) {
        expect(Math.max(...(row as number[]))).toBeGreaterThan(0.7);
      }
      const { work, heat, energyChange, entropyProduction } = first.result.thermodynamics;
      expect([work, energyChange]).toEqual([null, null]);
      expect(heat?.mean).toBeGreaterThan(0);
      expect(entropyProduction?.mean).toBeCloseTo(heat!.mean! / 0.1, 8);
      expect(entropyProduction?.method).toMatch(/slow synapses/);
      expect(first.result.warnings.join('\n')).toMatch(
        /work, energyChange .* null: the memories follow/,
      );
      // No master equation of the states alone.
      const resolved = resolveProgram(program, await one.describe(), 1);
      expect(() => solveExactly(resolved)).toThrowError(/depend on the past/);
    },
  );

  it('takes an equilibrium start of asymmetric couplings as the stationary state after a burn-in', async () => {
    const program = readProgram({
      version: 1,
      sites: 3,
      couplings: { kind: 'dense', data: [0, 0, 1, 1, 0, 0, 0, 1, 0] },
      dynamics: { burnIn: 20 },
      initial: { kind: 'equilibrium' },
      duration: 10,
      shots: 3,
      references: [R1_MEMORY.slice(0, 3)],
    });
    const { result, warnings } = await runOnDevice(one, program, { seed: 1 });
    expect(warnings.join()).toMatch(/stationary state after 20/);
    expect(result.thermodynamics.work).toBeNull();
    expect(result.thermodynamics.heat?.mean).toBeGreaterThan(0);
    expect(result.thermodynamics.entropyProduction?.method).toMatch(/stationary/);
  });
});

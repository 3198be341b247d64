import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { r1Document, R1_MEMORY, R2_COUPLINGS } from '../../test/support/r1-instance.js';
import { driverContext, runOnDevice } from '../../test/support/run-device.js';
import {
  programDocument,
  programHash,
  readManifest,
  readProgram,
  resolveProgram,
} from '../../src/device/index.js';
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

  it('pauses between shots and goes on to the same result', async () => {
    const program = readProgram(r1Document({ tau: 5, shots: 600 }));
    const { result: whole } = await runOnDevice(one, program, { seed: 6 });
    await one.load(program);
    await one.arm({ run: 'run-2', seed: 6 });
    const first = new Promise<number>((resolve) => {
      const off = one.on('shot', ({ shots }) => {
        off();
        resolve(shots);
      });
    });
    await one.start();
    const before = await first;
    await one.pauseAtShot();
    expect(before).toBeLessThan(600);
    expect(one.equipment).toBe('acquiring');
    await one.resume();
    expect(await one.readResult()).toEqual(whole);
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
      expect(() => solveExactly(resolved)).toThrowError(/remember more than the state/);
    },
  );

  it('takes an equilibrium start of asymmetric couplings as the stationary state after a burn-in', async () => {
    const program = readProgram({
      version: 1,
      sites: 3,
      couplings: { kind: 'dense', data: R2_COUPLINGS },
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

describe('hidden sites of the glauber device', () => {
  /** Three visible spins with one memory in a hidden site of every prior. */
  const kinds = [
    { kind: 'ising' },
    { kind: 'ising' },
    { kind: 'ising' },
    { kind: 'ising', hidden: true, prior: 'gaussian' },
    { kind: 'ising', hidden: true, prior: 'binary' },
    { kind: 'ising', hidden: true, prior: 'poisson' },
    { kind: 'ising', hidden: true, prior: 'one-hot' },
    { kind: 'ising', hidden: true, prior: 'one-hot' },
  ];
  const entries = [0, 1, 2].flatMap((i) =>
    [3, 4, 5, 6, 7].map((j) => [i, j, j === 7 ? -0.4 : 0.4]),
  );
  const document = {
    version: 1,
    sites: 8,
    siteKinds: kinds,
    couplings: { kind: 'coo', entries: [...entries, [0, 1, 0.5]] },
    references: [[1, 1, 1, 0, 0, 0, 0, 0]],
    dynamics: { temperature: 1.5 },
    initial: { kind: 'corrupted', values: [1, 1, 1, 0, 0, 0, 0, 0], flips: 1 },
    drives: [
      {
        pattern: [1, 1, 1, 0.2, 0, 0, 0, 0],
        amplitude: [
          [0, 0],
          [3, 0.5],
        ],
      },
    ],
    controls: {
      coupling: [
        [0, 1],
        [3, 0.5],
      ],
    },
    duration: 3,
    readout: { every: 1, channels: ['energy', 'overlaps', 'state', 'work', 'heat'] },
    shots: 300,
  };

  it('runs every prior at once, with the first law in every shot, whatever the threads', async () => {
    const program = readProgram(document);
    const first = await runOnDevice(one, program, { seed: 4 });
    const parallel = await runOnDevice(two, program, { seed: 4, threads: 2 });
    expect(parallel.result).toEqual(first.result);
    const { final, observables, thermodynamics } = first.result;
    expect(thermodynamics.firstLawResidual).toBeLessThan(8e-9);
    // Overlaps are those of the visible sites alone: odd numbers of thirds.
    expect(observables.overlaps!.mean[0]![0]).toBeCloseTo(1 / 3, 12);
    for (const state of final.states) {
      for (const k of [0, 1, 2, 4]) expect([-1, 1]).toContain(state[k]);
      expect(Number.isInteger(state[5])).toBe(true);
      expect(state[6]! + state[7]!).toBe(1);
    }
    expect(final.states.some((state) => !Number.isInteger(state[3]))).toBe(true);
  });

  it('understands a hidden site by its prior, however its kind is spelt', () => {
    const spelt = kinds.map((site) =>
      site.prior === 'gaussian' || site.prior === 'poisson'
        ? { ...site, kind: 'continuous' }
        : site,
    );
    expect(programHash(readProgram({ ...document, siteKinds: spelt }))).toBe(
      programHash(readProgram(document)),
    );
    const again = readProgram(programDocument(readProgram(document)));
    expect(programHash(again)).toBe(programHash(readProgram(document)));
  });

  it('runs the example of the format page', async () => {
    const page = new URL('../../docs/formats/program.md', import.meta.url);
    const blocks = [...readFileSync(page, 'utf8').matchAll(/```json\n([\s\S]*?)```/g)];
    const written = blocks.map((block) => block[1]!).find((text) => text.includes('gaussian'))!;
    const example = readProgram(JSON.parse(written));
    expect(example.siteKinds[4]).toMatchObject({ hidden: true, prior: 'gaussian' });
    const { result } = await runOnDevice(one, example, { seed: 2 });
    expect(result.final.states[0]).toHaveLength(6);
  });

  it('warns of hidden units that lag behind', async () => {
    await one.connect();
    await one.writeParameter('hiddenRate', 2);
    const { warnings } = await runOnDevice(one, readProgram(document), { seed: 1 });
    await one.writeParameter('hiddenRate', 20);
    expect(warnings.join()).toMatch(/redrawn 2 times a sweep.*lag behind/);
  });

  const contradictions: [string, Record<string, unknown>, RegExp][] = [
    [
      'hidden sites coupled to each other',
      { couplings: { kind: 'coo', entries: [[3, 4, 1]] } },
      /couplings\.entries\[0\].*two hidden/,
    ],
    [
      'memories',
      { couplings: { kind: 'memories', patterns: [[1, 1, 1, 1, 1, 1, 1, 1]] } },
      /couplings\.kind.*dense or coo/,
    ],
    [
      'a prior of a visible site',
      { siteKinds: [{ kind: 'ising', prior: 'binary' }, ...kinds.slice(1)] },
      /siteKinds\[0\]\.prior/,
    ],
    ['clamped hidden sites', { clamped: [3], inputs: [[1]] }, /clamped\[0\].*hidden/],
    [
      'a one-hot group with two members on',
      { initial: { kind: 'pattern', values: [1, 1, 1, 0.3, 1, 2, 1, 1] } },
      /initial\.values\[6\].*one of 2/,
    ],
    [
      'half a Poisson count',
      { initial: { kind: 'pattern', values: [1, 1, 1, 0.3, 1, 0.5, 1, 0] } },
      /initial\.values\[5\].*Poisson/,
    ],
    [
      'a well that does not hold a Gaussian site',
      { wells: { quadratic: [0, 0, 0, -1, 0, 0, 0, 0] } },
      /wells\.quadratic\[3\]/,
    ],
    [
      'a well of a spin',
      { wells: { quadratic: [1, 0, 0, 1, 0, 0, 0, 0] } },
      /wells\.quadratic\[0\]/,
    ],
    [
      'more flips than visible sites',
      { initial: { ...document.initial, flips: 4 } },
      /initial\.flips/,
    ],
  ];
  it.each(contradictions)('refuses %s', (_, change, message) => {
    expect(() => readProgram({ ...document, ...change })).toThrowError(message);
  });

  it.each([
    ['synchronous order', { dynamics: { order: 'synchronous' } }, 'dynamics.order'],
    ['Poisson sites at T = 0', { dynamics: { temperature: 0 } }, 'dynamics.temperature'],
    ['a Poisson mean that is not bounded', { dynamics: { temperature: 0.01 } }, 'couplings'],
    [
      'visible sites that are continuous',
      { siteKinds: [{ kind: 'continuous' }, ...kinds.slice(1)] },
      'siteKinds[0].kind',
    ],
  ])('cannot do %s with hidden sites, and says so', async (_, change, path) => {
    const violations = await one.validate(readProgram({ ...document, ...change }));
    expect(violations.map((violation) => violation.path)).toEqual([path]);
  });
});

import { afterAll, describe, expect, it } from 'vitest';
import { readManifest, readProgram } from '../../src/device/index.js';
import { driverContext, runOnDevice } from '../../test/support/run-device.js';
import { createDevice } from './index.js';

const folder = new URL('.', import.meta.url).pathname;
const devices = [1, 2].map((threads) => createDevice('rc-langevin', {}, driverContext(threads)));
const [one, two] = devices as [(typeof devices)[0], (typeof devices)[0]];
afterAll(async () => {
  for (const device of devices) await device.close();
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
  duration: 1,
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

describe('rc-langevin device', () => {
  it('has a manifest that names it', () => {
    expect(readManifest(folder)).toMatchObject({
      name: 'rc-langevin',
      devices: [{ id: 'rc-langevin' }],
    });
  });

  it('gives its units in SI, from its components', async () => {
    const chip = await one.describe();
    expect(chip.units.time.seconds).toBeCloseTo(2e-6, 15);
    expect(chip.units.energy.joules).toBeCloseTo(4.141947e-21, 26);
    const bench = createDevice('bench', { capacitanceF: 1e-9 }, driverContext(1));
    expect((await bench.describe()).units.time.seconds).toBeCloseTo(2e-3, 12);
    expect(() => createDevice('x', { capacitance: 1 }, driverContext(1))).toThrow(/capacitance/);
  });

  it('gives the same result and the same chunks with one thread, with two, and again', async () => {
    const program = readProgram({
      ...chain,
      ...ramp,
      initial: { kind: 'equilibrium' },
      readout: { every: 0.25, channels: ['energy', 'overlaps', 'state', 'work', 'heat'] },
      shots: 300,
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
    expect(heat?.baths).toHaveLength(1);
    // ΔF < 0: pulled along the pattern, the circuit does work on the drive.
    expect(jarzynski!.mean).toBeGreaterThan(1);
  });

  it('rounds couplings to its DAC and says by how much, or not at all with 0 bits', async () => {
    const program = readProgram({
      ...chain,
      couplings: { kind: 'coo', entries: [[0, 1, 2.001]] },
    });
    const rounded = await runOnDevice(one, program, { seed: 1 });
    expect(rounded.warnings.join()).toMatch(/12 bits .*0\.00390625.*largest change is 0\.001(,|$)/);
    await one.writeParameter('couplingBits', 4);
    const coarse = await runOnDevice(one, program, { seed: 1 });
    expect(coarse.warnings.join()).toMatch(/4 bits \(steps of 1\)/);
    await one.writeParameter('couplingBits', 0);
    const ideal = await runOnDevice(one, program, { seed: 1 });
    expect(ideal.warnings).toEqual([]);
    await one.writeParameter('couplingBits', 12);
    expect(ideal.result.final.states).not.toEqual(rounded.result.final.states);
    await expect(one.writeParameter('resistanceOhm', 1e5)).rejects.toThrow(/cannot be written/);
  });

  it('keeps two baths apart, warns of a step too long for them, and has no Jarzynski average', async () => {
    const program = readProgram({
      ...chain,
      dynamics: { temperature: [2, 1, 1, 1], dt: 0.01 },
      duration: 2,
      shots: 50,
    });
    const { result, warnings } = await runOnDevice(two, program, { seed: 1 });
    const baths = result.thermodynamics.heat!.baths;
    expect(baths.map((bath) => bath.temperature)).toEqual([1, 2]);
    const sum = baths.reduce((total, bath) => total + bath.mean!, 0);
    expect(sum).toBeCloseTo(result.thermodynamics.heat!.mean!, 9);
    expect(warnings.join()).toMatch(/heat per bath .* low by up to/);
    expect(result.warnings.join('\n')).toMatch(/jarzynski is null: it needs an equilibrium start/);
  });

  it('under Leimkuhler–Matthews reports no heat, and why', async () => {
    const program = readProgram({
      ...chain,
      initial: { kind: 'equilibrium' },
      dynamics: { integrator: 'leimkuhler-matthews' },
      shots: 20,
    });
    const { result } = await runOnDevice(one, program, { seed: 1 });
    const { work, heat, entropyProduction, jarzynski, firstLawResidual, energyChange } =
      result.thermodynamics;
    expect([heat, entropyProduction, jarzynski, firstLawResidual]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(work!.mean).toBe(0);
    expect(Number.isFinite(energyChange!.mean)).toBe(true);
    const said = result.warnings.join('\n');
    for (const name of ['heat and firstLawResidual', 'entropyProduction', 'jarzynski']) {
      expect(said).toMatch(new RegExp(`${name} (is|are) null: leimkuhler-matthews`));
    }
  });

  it('reports a diverging explicit scheme as such', async () => {
    const program = readProgram({
      ...chain,
      fields: [100, 0, 0, 0],
      dynamics: { integrator: 'euler-maruyama', dt: 0.05 },
    });
    await expect(runOnDevice(one, program, { seed: 1 })).rejects.toMatchObject({
      code: 'diverged',
      details: { limit: '4·quartic·x²·dt ≤ 0.5' },
    });
  });

  const big = { ...chain, sites: 17, references: [] };
  const longChain = Array.from({ length: 16 }, (_, i) => [i, i + 1, 1]);
  const refusals: [string, Record<string, unknown>, string, RegExp][] = [
    [
      'non-reciprocal couplings',
      { ...chain, sites: 2, references: [], couplings: { kind: 'dense', data: [0, 1, 0.5, 0] } },
      'couplings.data[2]',
      /symmetric couplings only/,
    ],
    ['spins', { ...chain, siteKinds: 'ising' }, 'siteKinds', /continuous/],
    [
      'an integrator that it does not have',
      { ...chain, dynamics: { integrator: 'baoab' } },
      'dynamics.integrator',
      /no integrator 'baoab'/,
    ],
    [
      'work and heat under Leimkuhler–Matthews',
      {
        ...chain,
        dynamics: { integrator: 'leimkuhler-matthews' },
        readout: { channels: ['energy', 'heat'] },
      },
      'readout.channels',
      /stationary averages only/,
    ],
    [
      'a drive that changes under Leimkuhler–Matthews',
      { ...chain, ...ramp, dynamics: { integrator: 'leimkuhler-matthews' } },
      'drives[0].amplitude',
      /stationary averages only/,
    ],
    [
      'a control that changes under Leimkuhler–Matthews',
      {
        ...chain,
        controls: {
          coupling: [
            [0, 0],
            [1, 1],
          ],
        },
        dynamics: { integrator: 'leimkuhler-matthews' },
      },
      'controls.coupling',
      /stationary averages only/,
    ],
    [
      'several temperatures under Leimkuhler–Matthews',
      { ...chain, dynamics: { integrator: 'leimkuhler-matthews', temperature: [1, 1, 2, 1] } },
      'dynamics.temperature',
      /stationary averages only/,
    ],
    [
      'the exact integrator with quartic wells',
      { ...chain, dynamics: { integrator: 'exact' } },
      'dynamics.integrator',
      /quadratic wells only/,
    ],
    [
      'the exact integrator without a fixed eigenbasis',
      {
        ...chain,
        wells: { quadratic: [4, 5, 4, 4], quartic: 0 },
        dynamics: { integrator: 'exact' },
        controls: { coupling: [[0, 1]] },
      },
      'dynamics.integrator',
      /no fixed eigenbasis/,
    ],
    [
      'a coupling factor that leaves the range',
      { ...chain, controls: { coupling: [[0, 5]] } },
      'controls.coupling',
      /2 times 5 is outside/,
    ],
    [
      'a quadratic control over wells that differ',
      {
        ...chain,
        wells: { quadratic: [1, 2, 1, 1], quartic: 1 },
        controls: { quadratic: [[0, 1]] },
      },
      'controls.quadratic',
      /differs from site to site/,
    ],
    [
      'a temperature control over temperatures per site',
      {
        ...chain,
        dynamics: { temperature: [1, 1, 1, 2] },
        controls: { temperature: [[0, 1]] },
      },
      'controls.temperature',
      /of their own/,
    ],
    ['a run without a free site', { ...chain, clamped: [0, 1, 2, 3] }, 'clamped', /nothing moves/],
    [
      'clamped sites without values in equilibrium',
      { ...chain, clamped: [0], initial: { kind: 'equilibrium' } },
      'inputs',
      /no values/,
    ],
    [
      'an equilibrium of 17 coupled quartic sites without burn-in',
      {
        ...big,
        couplings: { kind: 'coo', entries: longChain },
        initial: { kind: 'equilibrium' },
      },
      'dynamics.burnIn',
      /cannot be drawn exactly/,
    ],
    [
      'an equilibrium that linear wells do not hold',
      {
        ...chain,
        wells: { quadratic: 0.5, quartic: 0 },
        initial: { kind: 'equilibrium' },
      },
      'initial.kind',
      /no Gibbs state/,
    ],
    [
      'an equilibrium at T = 0',
      { ...chain, dynamics: { temperature: 0 }, initial: { kind: 'equilibrium' } },
      'initial.kind',
      /T = 0/,
    ],
    [
      'an equilibrium of sites at different temperatures',
      { ...chain, dynamics: { temperature: [1, 1, 1, 2] }, initial: { kind: 'equilibrium' } },
      'initial.kind',
      /different temperatures/,
    ],
  ];
  it.each(refusals)('refuses %s', async (_, document, path, message) => {
    const violations = await one.validate(readProgram(document));
    expect(violations).toHaveLength(1);
    expect(violations[0]!.path).toBe(path);
    expect(violations[0]!.message).toMatch(message);
    expect(violations[0]).toHaveProperty('limit');
  });

  it('refuses memories as couplings, for their kind and their interaction', async () => {
    const document = { ...chain, couplings: { kind: 'memories', patterns: [[1, 1, 1, -1]] } };
    const violations = await one.validate(readProgram(document));
    expect(violations.map((violation) => violation.path)).toEqual([
      'couplings.kind',
      'couplings.interaction',
    ]);
    expect(violations[0]!.limit).toEqual(['dense', 'coo']);
  });

  it('takes 17 coupled quartic sites in equilibrium after a burn-in', async () => {
    const program = readProgram({
      ...big,
      couplings: { kind: 'coo', entries: longChain },
      initial: { kind: 'equilibrium' },
      dynamics: { burnIn: 3 },
    });
    const { result, warnings } = await runOnDevice(one, program, { seed: 1 });
    expect(warnings.join()).toMatch(/what 3 time units of burn-in reach/);
    expect(result.thermodynamics.jarzynski).not.toBeNull();
  });
});

describe('rc-langevin boards', () => {
  const stored = {
    ...chain,
    readout: { every: 0.25, channels: ['energy', 'overlaps', 'state', 'work', 'heat'] },
    initial: { kind: 'pattern', values: [1, 1, -1, -1] },
    shots: 60,
  };
  const open: ReturnType<typeof createDevice>[] = [];
  const device = (id: string, options: Record<string, unknown>, threads = 1) => {
    const made = createDevice(id, options, driverContext(threads));
    open.push(made);
    return made;
  };
  afterAll(async () => {
    for (const made of open) await made.close();
  });

  it.each(['bench', 'chip'])(
    'with the set %s has the same bytes for any number of threads',
    async (nonIdealities) => {
      const program = readProgram(stored);
      const options = { nonIdealities, boardSeed: 7 };
      const first = await runOnDevice(device('a', options), program, { seed: 3 });
      const parallel = await runOnDevice(device('a', options, 2), program, { seed: 3, threads: 2 });
      expect(parallel.result).toEqual(first.result);
      expect(parallel.chunks).toEqual(first.chunks);
      const other = await runOnDevice(device('a', { ...options, boardSeed: 8 }), program, {
        seed: 3,
      });
      expect(other.result.final.states).not.toEqual(first.result.final.states);
      const { thermodynamics, warnings } = first.result;
      // Couplings with a pole: no energy, so heat is all there is.
      for (const name of [
        'work',
        'energyChange',
        'firstLawResidual',
        'jarzynski',
        'entropyProduction',
      ] as const) {
        expect(thermodynamics[name]).toBeNull();
        expect(warnings.join('\n')).toContain(name);
      }
      expect(Number.isFinite(thermodynamics.heat!.mean)).toBe(true);
      expect(warnings.join('\n')).toMatch(/delay of their amplifiers|not alike in both directions/);
      expect(warnings.join('\n')).toMatch(/Stratonovich/);
      expect(warnings.join('\n')).toMatch(/what the readout shows/);
      expect(warnings.join('\n')).toMatch(/noise of the couplings heats the nodes/);
    },
  );

  it('says in its descriptor what is modelled, in SI, and which board it is', async () => {
    const bench = await device('b1', {
      nonIdealities: 'bench',
      boardSeed: 12,
      adcRateHz: 1e7,
    }).describe();
    const value = (name: string) => bench.parameters.find((p) => p.name === name)!.default;
    expect(bench.fidelity).toMatch(/set 'bench'/);
    expect(bench.serial).toBe('b1-board-12');
    expect(value('capacitorMismatch')).toBe(0.01);
    expect(value('couplingPoleS')).toBeCloseTo(1 / (2 * Math.PI * 10e6), 20);
    expect(value('readoutPoleS')).toBeCloseTo(0.05 * 1e-6, 20);
    expect(value('offsetA')).toBeCloseTo(0.2 * 45.5e-12, 13);
    expect(bench.couplings.resolution).toBe(16 / 2 ** 10);
    // 10 MS/s of a device with t₀ = 2 µs.
    expect(bench.readout.minEvery).toBeCloseTo(0.05, 12);
    const seeds = ['x', 'y'].map(
      async (id) =>
        (await device(id, {}).describe()).parameters.find((p) => p.name === 'boardSeed')!.default,
    );
    expect(await seeds[0]).not.toBe(await seeds[1]);
  });

  it('keeps energy, work and the first law where couplings are alike and act at once', async () => {
    const own = device('c', {
      nonIdealities: {
        capacitorMismatch: 0.05,
        offsetA: 1e-11,
        flickerCornerHz: 1e5,
        adcBits: 8,
        railV: 1e-3,
      },
    });
    const program = readProgram({ ...chain, ...ramp, initial: { kind: 'random' }, shots: 50 });
    const { result } = await runOnDevice(own, program, { seed: 5 });
    expect(result.thermodynamics.firstLawResidual).toBeLessThan(1e-11);
    expect(result.warnings.join('\n')).toMatch(/work contains what the 1\/f currents put in/);
    for (const x of result.final.states.flat()) {
      const code = x / ((16 * 1) / 2 ** 8);
      expect(code).toBeCloseTo(Math.round(code), 9);
    }
  });

  it('has the parameters of an ideal circuit off, and runs as one with them written and taken back', async () => {
    const own = device('d', {});
    const program = readProgram({ ...stored, initial: { kind: 'zero' } });
    const ideal = await runOnDevice(own, program, { seed: 1 });
    await own.writeParameter('offsetA', 1e-10);
    await own.writeParameter('capacitorMismatch', 0.1);
    const off = await runOnDevice(own, program, { seed: 1 });
    expect(off.result.final.states).not.toEqual(ideal.result.final.states);
    await own.writeParameter('offsetA', 0);
    await own.writeParameter('capacitorMismatch', 0);
    const back = await runOnDevice(own, program, { seed: 1 });
    expect(back.result).toEqual(ideal.result);
    await expect(own.writeParameter('boardSeed', 4)).rejects.toThrow(/cannot be written/);
  });

  it('judges a loaded program anew when a parameter has changed', async () => {
    const own = device('e', {});
    await own.connect();
    await own.load(readProgram({ ...chain, initial: { kind: 'equilibrium' } }));
    await own.writeParameter('couplingAsymmetry', 0.1);
    await expect(own.arm({ run: 'r', seed: 1 })).rejects.toThrow(/give a burnIn/);
  });

  it('as preset paper is dimensionless and steps as the published recipe does', async () => {
    const paper = device('p', { preset: 'paper' });
    const descriptor = await paper.describe();
    expect(descriptor.units.time.seconds).toBeNull();
    expect(descriptor.parameters.map((p) => p.name)).toEqual(['couplingBits']);
    const program = readProgram({ ...chain, initial: { kind: 'zero' } });
    const asEuler = readProgram({
      ...chain,
      initial: { kind: 'zero' },
      dynamics: { integrator: 'euler-maruyama', dt: 1e-3 },
    });
    const chip = device('q', { nonIdealities: { couplingInl: 0 } });
    await chip.writeParameter('couplingBits', 0);
    expect((await runOnDevice(paper, program, { seed: 2 })).result.final).toEqual(
      (await runOnDevice(chip, asEuler, { seed: 2 })).result.final,
    );
  });

  it('as preset ota says what the heat of its effective potential leaves out', async () => {
    const ota = device('o', { preset: 'ota' });
    const { result } = await runOnDevice(ota, readProgram({ ...chain, shots: 2 }), { seed: 2 });
    // 2·(2 + 1 + 0.5) units of 0.5 µS over 25/V, at 1.8 V.
    expect(result.warnings.join()).toMatch(/bias currents take 2\.52e-7 W/);
    expect(result.warnings.join()).toMatch(/effective temperatures are 1\.167 … 2\.000/);
  });

  const refused: [string, Record<string, unknown>, RegExp][] = [
    ['an unknown preset', { preset: 'tube' }, /preset/],
    [
      'capacitors between voltages',
      { preset: 'ota', coupling: 'capacitor' },
      /capacitors couple charges/,
    ],
    [
      'voltages of nodes that are not capacitively coupled',
      { reads: 'voltage' },
      /capacitively coupled/,
    ],
    [
      'components of a dimensionless device',
      { preset: 'paper', resistanceOhm: 1 },
      /dimensionless/,
    ],
    ['an unknown non-ideality', { nonIdealities: { hum: 1 } }, /no non-ideality 'hum'/],
    ['a component out of range', { resistanceOhm: 0.5 }, /resistanceOhm = 0.5 Ω is outside 1/],
    ['a non-ideality out of range', { nonIdealities: { adcBits: 99 } }, /outside 0 … 24/],
  ];
  it.each(refused)('refuses %s as an option', (_, options, message) => {
    expect(() => createDevice('z', options, driverContext(1))).toThrow(message);
  });

  it.each([
    ['heun', { dynamics: { integrator: 'heun' } }, 'dynamics.integrator', /for the ideal circuit/],
    [
      'exact steps of quartic wells',
      { dynamics: { integrator: 'exact' } },
      'dynamics.integrator',
      /unlimited couplings only/,
    ],
    [
      'an equilibrium that is not one',
      { initial: { kind: 'equilibrium' } },
      'dynamics.burnIn',
      /cannot be drawn exactly \(couplings are/,
    ],
    [
      'readouts faster than the converter',
      { readout: { every: 0.01 } },
      'readout.every',
      /shorter/,
    ],
  ] as [string, Record<string, unknown>, string, RegExp][])(
    'refuses %s on a chip',
    async (_, options, path, message) => {
      const chip = device('chip', { nonIdealities: 'chip', adcRateHz: 5e6 });
      const [violation] = await chip.validate(readProgram({ ...chain, ...options }));
      expect(violation!.path).toBe(path);
      expect(violation!.message).toMatch(message);
    },
  );

  it('couples charges by capacitors and reads voltages or charges', async () => {
    const program = readProgram({
      ...chain,
      couplings: {
        kind: 'coo',
        entries: [
          [0, 1, -0.5],
          [2, 3, -0.3],
        ],
      },
      wells: { quadratic: 1, quartic: 0.5 },
      initial: { kind: 'equilibrium' },
      shots: 40,
    });
    const charges = device('k1', { coupling: 'capacitor', boardSeed: 1 });
    expect((await charges.describe()).couplings.range).toEqual([-8, 0]);
    expect((await charges.describe()).readout.channels.find((c) => c.name === 'state')!.unit).toBe(
      'C V0',
    );
    const voltages = device('k2', { coupling: 'capacitor', reads: 'voltage', boardSeed: 1 });
    const [q, v] = [
      await runOnDevice(charges, program, { seed: 4 }),
      await runOnDevice(voltages, program, { seed: 4 }),
    ];
    // V₀ = q₀·A₀₀/2 + q₁·A₀₁/2 with A₀₀ = 2, A₀₁ = 0.5.
    q.result.final.states.forEach((x, k) =>
      expect(v.result.final.states[k]![0]).toBeCloseTo(x[0]! + 0.25 * x[1]!, 9),
    );
    expect(q.result.thermodynamics.heat).toEqual(v.result.thermodynamics.heat);
    expect(q.result.thermodynamics.firstLawResidual).toBeLessThan(1e-11);
  });
});

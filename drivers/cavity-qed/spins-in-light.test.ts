import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/index.js';
import { descriptorAt, readDescriptor, readProgram, type Program } from '../../src/device/index.js';
import { driverContext, runOnDevice } from '../../test/support/run-device.js';
import { cavityDescriptor, createDevice } from './index.js';

const SITES = 6;
const XY = Array.from({ length: SITES }, (_, k) => {
  const stream = RandomStream.of(5, 'disorder', k);
  return [2 * stream.normal(), 2 * stream.normal()];
});
const program = (fidelity: string, over: object = {}, dynamics: object = {}): Program =>
  readProgram({
    version: 1,
    sites: SITES,
    couplings: { kind: 'positions', geometry: 'four-sevenths', xy: XY },
    references: [[1, -1, 1, 1, -1, 1]],
    dynamics: { fidelity, ...dynamics },
    controls: {
      pump: [
        [0, 0],
        [2, 3],
        [2, 2],
      ],
    },
    duration: 2.5,
    shots: 30,
    readout: { every: 0.5, channels: ['energy', 'overlaps', 'state', 'work', 'heat'] },
    ...over,
  });

describe('driver cavity-qed, spins in light', () => {
  it.each<[string, object, Record<string, number>]>([
    ['semiclassical', {}, {}],
    ['semiclassical', { kernel: 'truncated-wigner' }, { deltaHz: -4e5, localStrength: 20 }],
    ['quantum', {}, { deltaHz: -4e5, localStrength: 20 }],
  ])(
    'gives the same result and the same samples with one thread and with two (%s, %o)',
    async (fidelity, dynamics, parameters) => {
      const answers = [];
      for (const threads of [1, 2]) {
        await using device = createDevice('cavity-qed', {}, driverContext(threads));
        await device.connect();
        for (const [name, value] of Object.entries(parameters)) {
          await device.writeParameter(name, value);
        }
        answers.push(await runOnDevice(device, program(fidelity, {}, dynamics), { seed: 11 }));
      }
      expect(answers[1]).toEqual(answers[0]);
      const { result } = answers[0]!;
      expect(result.thermodynamics.firstLawResidual).toBeLessThan(1e-12);
      expect(result.thermodynamics.work!.variance).toBeGreaterThan(0);
      expect(new Set(result.final.overlaps.map((row) => row[0])).size).toBeGreaterThan(1);
    },
  );

  it('describes both fidelities by their own limits and in units of ω_z', () => {
    const whole = readDescriptor(JSON.parse(JSON.stringify(cavityDescriptor('cavity-qed'))));
    expect(whole.dynamics.fidelities.slice(0, 1)).toEqual(['discrete']);
    for (const [fidelity, sites] of [
      ['semiclassical', 256],
      ['quantum', 12],
    ] as const) {
      const at = descriptorAt(whole, fidelity);
      expect(at.sites.max).toBe(sites);
      expect(at.dynamics.rules).toEqual({ langevin: ['continuous-time'] });
      expect(at.controls.pump![0]).toBe(0);
      // 21.1 µs and ħ·2π·7.54 kHz
      expect(at.units.time.seconds).toBeCloseTo(21.108e-6, 8);
      expect(at.units.energy.joules! / 4.996e-30).toBeCloseTo(1, 3);
    }
  });

  it.each<[string, string, object, object, string]>([
    ['semiclassical', 'clamped spins', { clamped: [0] }, {}, 'clamped'],
    ['semiclassical', 'another rule', {}, { rule: 'glauber' }, 'dynamics.rule'],
    ['semiclassical', 'a flip law', {}, { kernel: 'ohmic' }, 'dynamics.kernel'],
    ['semiclassical', 'a temperature', {}, { temperature: 1 }, 'dynamics.temperature'],
    ['semiclassical', 'a step too long', {}, { dt: 0.5 }, 'dynamics.dt'],
    [
      'semiclassical',
      'explicit light under Heun',
      { couplings: { kind: 'memories', patterns: [[1, 1, 1, -1, -1, 1]] } },
      { kernel: { kind: 'truncated-wigner' }, integrator: 'heun' },
      'dynamics.integrator',
    ],
    [
      'semiclassical',
      'explicit light of couplings that no modes make',
      {},
      { kernel: 'truncated-wigner' },
      'couplings',
    ],
    [
      'semiclassical',
      'a coupling control',
      { controls: { coupling: [[0, 1]] } },
      {},
      'controls.coupling',
    ],
    [
      'semiclassical',
      'memories of a higher degree',
      {
        couplings: {
          kind: 'memories',
          patterns: [[1, 1, 1, -1, -1, 1]],
          interaction: { kind: 'polynomial', degree: 3 },
        },
      },
      {},
      'couplings.interaction.degree',
    ],
    [
      'semiclassical',
      'a family that a confocal cavity has not, before it makes couplings of it',
      { couplings: { kind: 'positions', geometry: 'confocal', xy: XY, n0: 1 } },
      {},
      'couplings.n0',
    ],
    ['quantum', 'an integrator', {}, { integrator: 'heun' }, 'dynamics.integrator'],
    ['quantum', 'a kernel', {}, { kernel: 'eliminated' }, 'dynamics.kernel'],
    [
      'quantum',
      'couplings that no modes make',
      { couplings: { kind: 'positions', geometry: 'four-sevenths', xy: XY, cloudSigma: 2 } },
      {},
      'couplings',
    ],
    [
      'semiclassical',
      'couplings whose only eigenvalue above 0 is rounding (its threshold was at 1e16)',
      { couplings: { kind: 'memories', patterns: [[1, 1, 1, -1, -1, 1]], weights: [[-1]] } },
      {},
      'couplings',
    ],
    [
      'quantum',
      'couplings whose squares overflow',
      { couplings: { kind: 'coo', entries: [[0, 1, 1e200]] } },
      {},
      'couplings',
    ],
    [
      'semiclassical',
      'fields that take 1e52 steps',
      { fields: [1e50, 0, 0, 0, 0, 0] },
      {},
      'duration',
    ],
    ['quantum', 'a step that takes a year', {}, { dt: 1e-12 }, 'dynamics.dt'],
    [
      'semiclassical',
      'atoms that move',
      { couplings: { kind: 'positions', geometry: 'four-sevenths', xy: XY, stiffness: 1e4 } },
      {},
      'couplings.stiffness',
    ],
    [
      'quantum',
      '13 spins',
      {
        sites: 13,
        couplings: { kind: 'coo', entries: [[0, 1, 1]] },
        references: [],
      },
      {},
      'sites',
    ],
  ])('refuses at %s %s with its path', async (fidelity, _what, over, dynamics, path) => {
    await using device = createDevice('cavity-qed', {}, driverContext(1));
    await device.connect();
    if (path === 'couplings') await device.writeParameter('localStrength', 0);
    const violations = await device.validate(program(fidelity, over, dynamics));
    expect(violations.map((v) => v.path)).toEqual([path]);
    expect(violations[0]!.code).toBe('program-refused');
  });

  it('names what makes the diagonal larger: clouds have theirs, memories too, points take the parameter', async () => {
    await using device = createDevice('cavity-qed', {}, driverContext(1));
    await device.connect();
    await device.writeParameter('localStrength', 0);
    const advice = async (couplings: object): Promise<string> =>
      (await device.validate(program('quantum', { couplings })))[0]!.message;
    const at = { kind: 'positions', geometry: 'four-sevenths', xy: XY };
    expect(await advice(at)).toContain('localStrength');
    expect(await advice({ ...at, cloudSigma: 2 })).toContain('couplings.cloudSigma');
    const weights = { kind: 'memories', patterns: [[1, 1, 1, -1, -1, 1]], weights: [[-1]] };
    expect(await advice(weights)).toContain('weights');
  });

  it('claims plasticity at the fidelity that has it, and at no other', () => {
    const whole = cavityDescriptor('cavity-qed');
    const plastic = whole.dynamics.fidelities.filter((fidelity) =>
      descriptorAt(whole, fidelity).features.includes('plasticity'),
    );
    expect(plastic).toEqual(['discrete']);
  });

  it('warns of what a run is not', async () => {
    await using device = createDevice('cavity-qed', {}, driverContext(1));
    await device.connect();
    const warned = async (fidelity: string): Promise<string> =>
      (await device.load(program(fidelity))).warnings.join('\n');
    expect(await warned('semiclassical')).toContain('phenomenological');
    expect(await warned('quantum')).toContain('spin ½');
  });

  it('retrieves a memory of a cavity with one mode a memory, from a cue that the drive gives', async () => {
    await using device = createDevice('cavity-qed', {}, driverContext(1));
    const stream = RandomStream.of(8, 'disorder');
    const patterns = [0, 1].map(() => Array.from({ length: 40 }, () => stream.sign()));
    const cue = patterns[0]!.map((s, i) => (i % 5 === 0 ? -s : s));
    const { result } = await runOnDevice(
      device,
      readProgram({
        version: 1,
        sites: 40,
        couplings: { kind: 'memories', patterns },
        dynamics: { fidelity: 'semiclassical' },
        drives: [
          {
            pattern: cue,
            amplitude: [
              [0, 0.5],
              [12, 0.5],
              [25, 0],
            ],
          },
        ],
        duration: 50,
        shots: 10,
      }),
      { seed: 4 },
    );
    for (const row of result.final.overlaps) expect(row[0]).toBe(1);
    expect(result.thermodynamics.heat!.mean).toBeGreaterThan(0);
  });
});

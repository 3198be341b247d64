import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/index.js';
import { descriptorAt, readProgram, type Program } from '../../src/device/index.js';
import { driverContext, runOnDevice } from '../../test/support/run-device.js';
import { createDevice } from './index.js';

const SITES = 10;
const POSITIONS = Array.from({ length: SITES }, (_, k) => {
  const stream = RandomStream.of(5, 'disorder', k);
  return [2 * stream.normal(), 2 * stream.normal()];
});
const UP = new Array<number>(SITES).fill(1);
const program = (kernel: unknown, over: object = {}): Program =>
  readProgram({
    version: 1,
    sites: SITES,
    couplings: { kind: 'positions', geometry: 'four-sevenths', xy: POSITIONS, cloudSigma: 0.1 },
    references: [UP],
    dynamics: { fidelity: 'kinetic', kernel },
    duration: 20,
    shots: 130,
    readout: { every: 2, channels: ['energy', 'overlaps', 'state', 'work', 'heat'] },
    ...over,
  });
const RAMP = {
  controls: {
    pump: [
      [0, 0],
      [20, 5],
    ],
  },
  drives: [
    {
      pattern: UP,
      amplitude: [
        [0, 1],
        [5, 1],
        [10, 0],
      ],
    },
  ],
};

describe('driver cavity-qed, fidelity kinetic', () => {
  it.each<[string, unknown]>([
    ['ohmic', null],
    ['cavity', { kind: 'cavity', detuning: -20, linewidth: 2 }],
    ['avalanche', 'avalanche'],
    ['resolved', { kind: 'resolved', spin: 4 }],
  ])(
    'runs a pump ramp with a cue under the kernel %s, the first the same with one thread and with two',
    async (_name, kernel) => {
      const answers = [];
      for (const threads of kernel === null ? [1, 2] : [2]) {
        await using device = createDevice('cavity-qed', {}, driverContext(threads));
        answers.push(await runOnDevice(device, program(kernel, RAMP), { seed: 11 }));
      }
      expect(answers.at(-1)).toEqual(answers[0]);
      const { result } = answers[0]!;
      const course = result.observables.overlaps!.mean[0]!;
      expect(course[1]).toBeGreaterThan(0.9); // the cue decides while the spins are a paramagnet
      expect(result.thermodynamics.firstLawResidual).toBeLessThan(1e-9);
      expect(result.thermodynamics.heat!.mean!).toBeGreaterThan(0);
      expect(result.thermodynamics.entropyProduction).toBeNull();
      expect(result.warnings.join('\n')).toContain('the spins are a paramagnet of energy 0');
      expect(result.warnings.join('\n')).toContain('entropyProduction is null');
    },
  );

  it('has entropy production and Jarzynski’s average under the ohmic law from equilibrium', async () => {
    await using device = createDevice('cavity-qed', {}, driverContext(1));
    const p = program(
      { kind: 'ohmic', temperature: 6 },
      {
        initial: { kind: 'equilibrium' },
        controls: {
          coupling: [
            [0, 1],
            [2, 1.2],
          ],
        },
        duration: 2,
        shots: 400,
      },
    );
    const { result } = await runOnDevice(device, p, { seed: 1 });
    const { entropyProduction, jarzynski, work, heat } = result.thermodynamics;
    expect(entropyProduction!.method).toBe('medium');
    expect(entropyProduction!.mean!).toBeCloseTo(heat!.mean! / 6, 9);
    expect(work!.mean!).toBeLessThan(0);
    expect(jarzynski!.mean!).toBeGreaterThan(1);
    expect(heat!.baths[0]!.temperature).toBe(6);
  });

  it('says of the cavity kernel that its bath has no single temperature, and of one-way kernels why nothing is defined', async () => {
    await using device = createDevice('cavity-qed', {}, driverContext(1));
    const cavity = await runOnDevice(device, program('cavity', { duration: 1, shots: 20 }), {
      seed: 1,
    });
    expect(cavity.result.thermodynamics.entropyProduction!.method).toContain('Σ ln(w/w̃)');
    expect(cavity.warnings.join('\n')).toContain('opposite of steepest descent');
    for (const kernel of ['power', 'steepest-descent']) {
      const { result } = await runOnDevice(device, program(kernel, { shots: 20 }), { seed: 1 });
      expect(result.thermodynamics.entropyProduction).toBeNull();
      expect(result.warnings.join('\n')).toContain(`the kernel '${kernel}' flips downhill only`);
    }
  });

  const memories = (over: object): object => ({
    references: [],
    couplings: { kind: 'memories', patterns: [UP], ...over },
  });
  it.each<[string, unknown, object, string]>([
    [
      'a kernel that needs another start',
      'power',
      { initial: { kind: 'equilibrium' } },
      'initial.kind',
    ],
    [
      'a temperature of a one-way kernel',
      'dephased',
      { dynamics: { fidelity: 'kinetic', kernel: 'dephased', temperature: 1 } },
      'dynamics.temperature',
    ],
    [
      'two temperatures',
      null,
      {
        dynamics: {
          fidelity: 'kinetic',
          kernel: { kind: 'ohmic', temperature: 1 },
          temperature: 2,
        },
      },
      'dynamics.temperature',
    ],
    [
      'a temperature control of a one-way kernel',
      'power',
      { controls: { temperature: [[0, 1]] } },
      'controls.temperature',
    ],
    [
      'a pump and a coupling control',
      null,
      { controls: { pump: [[0, 2]], coupling: [[0, 1]] } },
      'controls.coupling',
    ],
    [
      'a pump that falls below threshold',
      null,
      {
        controls: {
          pump: [
            [0, 0],
            [5, 3],
            [9, 0.5],
          ],
        },
      },
      'controls.pump[2][1]',
    ],
    [
      'a pattern below threshold',
      null,
      { controls: { pump: [[0, 0.5]] }, initial: { kind: 'pattern', values: UP } },
      'initial.kind',
    ],
    [
      'a pump on dense memories',
      null,
      {
        ...memories({ interaction: { kind: 'polynomial', degree: 3 } }),
        controls: { pump: [[0, 0]] },
      },
      'controls.pump',
    ],
    [
      'avalanches of dense memories',
      'avalanche',
      memories({ interaction: { kind: 'log-sum-exp', beta: 1 } }),
      'couplings.interaction',
    ],
    [
      'exponential memories',
      null,
      memories({ interaction: { kind: 'exponential' } }),
      'couplings.interaction',
    ],
    ['a spin of a third', { kind: 'resolved', spin: 4 / 3 }, {}, 'dynamics.kernel.spin'],
    [
      'a pump on couplings that only push apart, memories of a negative weight',
      null,
      { ...memories({ weights: [[-1]] }), controls: { pump: [[0, 0]] } },
      'couplings',
    ],
    [
      'a pump on spins that are all held',
      null,
      { clamped: UP.map((_, i) => i), inputs: [UP], controls: { pump: [[0, 0]] } },
      'clamped',
    ],
    [
      'steepest descent as a rule',
      null,
      { dynamics: { fidelity: 'kinetic', rule: 'steepest-descent' } },
      'dynamics.rule',
    ],
    ['a time step', null, { dynamics: { fidelity: 'kinetic', dt: 0.1 } }, 'dynamics.dt'],
    [
      'a ramp through threshold of nothing but clamped spins',
      null,
      { ...RAMP, clamped: UP.map((_, i) => i), inputs: [UP] },
      'clamped',
    ],
  ])('refuses %s with its path', async (_what, kernel, over, path) => {
    await using device = createDevice('cavity-qed', {}, driverContext(1));
    await device.connect();
    const violations = await device.validate(program(kernel, over));
    expect(violations.map((v) => v.path)).toEqual([path]);
    expect(violations[0]!.message.length).toBeGreaterThan(20);
  });

  // Without fields the spins order when noise of 1/(2S) has grown by ln √(2S) or more e-foldings, at ω_z √(p − 1).
  it('orders sooner the larger the parameter splittingPerRate is, and refuses one out of its range', async () => {
    const ordered: number[] = [];
    for (const splittingPerRate of [0.5, 1, 4]) {
      await using device = createDevice('cavity-qed', {}, driverContext(1));
      await device.connect();
      await device.writeParameter('splittingPerRate', splittingPerRate);
      const { result } = await runOnDevice(
        device,
        program(null, {
          controls: {
            pump: [
              [0, 0],
              [0, 2],
            ],
          },
          readout: { every: 0.25, channels: ['heat'] },
          shots: 20,
        }),
        { seed: 3 },
      );
      const first = result.observables.heat!.mean.findIndex((heat) => heat! > 0);
      ordered.push(result.observables.t[first]!);
      await expect(device.writeParameter('splittingPerRate', 0)).rejects.toMatchObject({
        code: 'parameter-out-of-range',
      });
    }
    // The first of 20 shots: from 2.4 e-foldings on (a start at 4 standard deviations), at most 8.
    ordered.forEach((time, k) => {
      const folds = time * [0.5, 1, 4][k]!;
      expect(folds).toBeGreaterThan(2.4);
      expect(folds).toBeLessThan(8);
    });
  });

  it('says how long its unit of time is, through the parameter that it hangs on', async () => {
    await using device = createDevice('cavity-qed', {}, driverContext(1));
    const { time } = descriptorAt(await device.describe(), 'kinetic').units;
    expect(time.name).toContain('21.1 µs (1/ω_z) times the parameter splittingPerRate');
    expect(time.seconds).toBeNull();
  });

  it('gives magnetisations the diagonal of J that the device’s parameters complete, where the kernel asks for it', async () => {
    const heat = async (kernel: object, localStrength: number): Promise<number> => {
      await using device = createDevice('cavity-qed', {}, driverContext(1));
      await device.connect();
      await device.writeParameter('localStrength', localStrength);
      const couplings = { kind: 'positions', geometry: 'four-sevenths', xy: POSITIONS };
      const { result } = await runOnDevice(device, program(kernel, { couplings, shots: 10 }), {
        seed: 2,
      });
      return result.thermodynamics.heat!.mean!;
    };
    const bare = await heat({ kind: 'avalanche' }, 12.5);
    expect(await heat({ kind: 'avalanche' }, 50)).toBe(bare);
    expect(await heat({ kind: 'avalanche', local: true }, 0)).toBeCloseTo(bare, 9);
    // A diagonal above every field holds all spins where they are.
    expect(await heat({ kind: 'avalanche', local: true }, 1e4)).toBe(0);
  });

  it('takes a pump that would fall below threshold after the run is over', async () => {
    await using device = createDevice('cavity-qed', {}, driverContext(1));
    await device.connect();
    const pump = (end: number): object => ({
      controls: {
        pump: [
          [0, 0],
          [10, 3],
          [end, 0],
        ],
      },
    });
    expect(await device.validate(program(null, pump(40)))).toEqual([]);
    expect((await device.validate(program(null, pump(22)))).map((v) => v.path)).toEqual([
      'controls.pump[2][1]',
    ]);
  });

  it.each<[unknown, string]>([
    [{ kind: 'ohmic', temprature: 1 }, 'dynamics.kernel.temprature'],
    [{ kind: 'dephased', width: 0 }, 'dynamics.kernel.width'],
    [{ kind: 'cavity', detuning: 1 }, 'dynamics.kernel.detuning'],
    [{ kind: 'power', p: -1 }, 'dynamics.kernel.p'],
    [{ kind: 'resolved', law: { kind: 'dephased' } }, 'dynamics.kernel.law.kind'],
    [{ kind: 'glauber' }, 'dynamics.kernel.kind'],
  ])('reads no kernel %j', (kernel, path) => {
    let seen: string | undefined;
    try {
      program(kernel);
    } catch (error) {
      seen = (error as { details: { path?: string } }).details.path;
    }
    expect(seen).toBe(path);
  });
});

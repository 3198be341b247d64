import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/index.js';
import { readManifest, readProgram, type Program } from '../../src/device/index.js';
import { builtinMemories } from '../../src/memory/index.js';
import { applyRule, parseRule, type SpinCouplings } from '../../src/model/index.js';
import { driverContext, runOnDevice } from '../../test/support/run-device.js';
import { cavityDescriptor, createDevice } from './index.js';

const SITES = 16;
const POSITIONS = Array.from({ length: SITES }, (_, k) => {
  const stream = RandomStream.of(5, 'disorder', k);
  return [2 * stream.normal(), 2 * stream.normal()];
});
const positionsProgram = (over: object = {}): Program =>
  readProgram({
    version: 1,
    sites: SITES,
    couplings: { kind: 'positions', geometry: 'four-sevenths', xy: POSITIONS },
    references: [Array.from({ length: SITES }, (_, i) => (i % 3 === 0 ? 1 : -1))],
    duration: 2,
    shots: 300,
    readout: { every: 0.25, channels: ['energy', 'overlaps', 'state', 'work', 'heat'] },
    ...over,
  });

/** A couplings document, numbers in plain lists. */
function couplingsDocument(couplings: SpinCouplings): object {
  if (couplings.kind === 'dense') return { kind: 'dense', data: Array.from(couplings.data) };
  if (couplings.kind === 'coo') throw new Error('not made by a rule');
  const { patterns, interaction } = couplings;
  return { kind: 'memories', patterns: patterns.map((p) => Array.from(p)), interaction };
}

function letterProgram(rule: string, names: string, over: object = {}): Program {
  const set = builtinMemories(names)!;
  return readProgram({
    version: 1,
    sites: 100,
    couplings: couplingsDocument(applyRule(parseRule(rule), set.patterns)),
    references: set.patterns.map((p) => Array.from(p)),
    initial: { kind: 'corrupted', values: Array.from(set.patterns[0]!), flips: 10 },
    duration: 2,
    shots: 40,
    ...over,
  });
}

describe('driver cavity-qed', () => {
  it('is described by a manifest that loads', () => {
    const manifest = readManifest(fileURLToPath(new URL('.', import.meta.url)));
    expect(manifest.name).toBe('cavity-qed');
    expect(manifest.devices).toEqual([{ id: 'cavity-qed' }]);
    expect(cavityDescriptor('x').driver).toBe(manifest.name);
  });

  it.each(['projection', 'rectified:4', 'exponential'])(
    'retrieves a letter that the rule %s stored, from a cue with a tenth of its sites flipped',
    async (rule) => {
      await using device = createDevice('cavity-qed', {}, driverContext(1));
      const { result } = await runOnDevice(device, letterProgram(rule, 'letters:A,J,K,V'), {
        seed: 3,
      });
      const target = result.final.overlaps.map((row) => row[0]!);
      expect(target.filter((m) => m === 1).length).toBe(40);
      const { heat, work, energyChange, entropyProduction, firstLawResidual } =
        result.thermodynamics;
      expect(heat!.mean).toBeGreaterThan(0);
      expect(heat!.baths).toHaveLength(1);
      expect(work!.mean).toBe(0);
      expect(energyChange!.mean).toBeCloseTo(-heat!.mean!, 8);
      expect(firstLawResidual).toBeLessThan(1e-9);
      expect(entropyProduction).toBeNull();
      expect(result.warnings.join('\n')).toContain(
        'entropyProduction is null: the bath is at T = 0',
      );
    },
  );

  it('gives the same result and the same samples with one thread and with two', async () => {
    const answers = [];
    for (const threads of [1, 2]) {
      await using device = createDevice('cavity-qed', {}, driverContext(threads));
      const program = positionsProgram({ dynamics: { rule: 'zero-temperature' } });
      answers.push(await runOnDevice(device, program, { seed: 11 }));
    }
    expect(answers[1]).toEqual(answers[0]);
  });

  it('starts the clock of a spin that no longer flips again when a cue is released', async () => {
    await using device = createDevice('cavity-qed', {}, driverContext(1));
    const up = new Array<number>(SITES).fill(1);
    const program = positionsProgram({
      drives: [
        {
          pattern: up,
          amplitude: [
            [0, 1e3],
            [1, 1e3],
            [1, 0],
          ],
        },
      ],
      references: [up],
      duration: 4,
      shots: 50,
    });
    const { result } = await runOnDevice(device, program, { seed: 2 });
    const course = result.observables.overlaps!.mean[0]!;
    // all spins with the cue by t = 0.75; after its release at t = 1 they leave for a state of the couplings
    expect(course[3]).toBe(1);
    expect(course[16]).toBeLessThan(1);
    expect(result.thermodynamics.firstLawResidual).toBeLessThan(1e-9);
  });

  it('reads spins reversed with the probability that the parameter readoutBitError says', async () => {
    await using device = createDevice('cavity-qed', {}, driverContext(1));
    await device.connect();
    await device.writeParameter('readoutBitError', 0.1);
    const up = new Array<number>(SITES).fill(1);
    const program = positionsProgram({
      initial: { kind: 'pattern', values: up },
      fields: up.map(() => 1e3),
      references: [up],
      shots: 500,
    });
    const { result } = await runOnDevice(device, program, { seed: 2 });
    const shown = result.final.overlaps.map((row) => row[0]!);
    const mean = shown.reduce((a, b) => a + b, 0) / shown.length;
    // 500 × 16 spins: standard error of the mean overlap 0.0067
    expect(Math.abs(mean - 0.8)).toBeLessThan(4 * 0.0067);
    expect(result.thermodynamics.heat!.mean).toBe(0);
    expect(result.warnings.join('\n')).toContain('bit error of 0.1');
  });

  it('warns of positions whose local or mirror interaction is left out, unless modes are damped', async () => {
    await using device = createDevice('cavity-qed', {}, driverContext(1));
    await device.connect();
    const program = readProgram({
      version: 1,
      sites: 2,
      couplings: {
        kind: 'positions',
        geometry: 'confocal',
        xy: [
          [1, 0.5],
          [-1, -0.51],
        ],
      },
      duration: 1,
    });
    const warned = (await device.load(program)).warnings.join('\n');
    expect(warned).toContain('mirror images');
    expect(warned).toContain('both quadratures');
    await device.writeParameter('modeDamping', 0.002);
    expect((await device.load(program)).warnings.join('\n')).not.toContain('mirror images');
  });

  it('moves atoms with the state: other final states, the first law closed, the same with two threads', async () => {
    const couplings = { kind: 'positions', geometry: 'four-sevenths', xy: POSITIONS };
    const answers = [];
    for (const [stiffness, threads] of [
      [null, 1],
      [2e4, 1],
      [2e4, 2],
    ] as const) {
      await using device = createDevice('cavity-qed', {}, driverContext(threads));
      const program = positionsProgram({ couplings: { ...couplings, stiffness } });
      answers.push((await runOnDevice(device, program, { seed: 6 })).result);
    }
    const [fixed, moving, threaded] = answers;
    expect(moving!.thermodynamics.firstLawResidual).toBeLessThan(1e-9);
    expect(moving!.final.states).not.toEqual(fixed!.final.states);
    expect(moving!.warnings.join('\n')).toMatch(/displaced by 0\.00\d+ w0 rms/);
    expect(threaded!.final).toEqual(moving!.final);
    expect(threaded!.thermodynamics).toEqual(moving!.thermodynamics);
  });

  it('reads spins from images: errors by shot noise, refused where clouds look alike', async () => {
    await using device = createDevice('cavity-qed', {}, driverContext(1));
    await device.connect();
    await device.writeParameter('readoutPhotons', 1);
    await device.writeParameter('readoutHeterodyne', 1);
    const up = new Array<number>(SITES).fill(1);
    const program = positionsProgram({
      initial: { kind: 'pattern', values: up },
      fields: up.map(() => 1e4),
      references: [up],
      shots: 500,
    });
    const { result } = await runOnDevice(device, program, { seed: 2 });
    const shown = result.final.overlaps.map((row) => row[0]!);
    const mean = shown.reduce((a, b) => a + b, 0) / shown.length;
    // ½ erfc(1) = .079 with half of the photons, give or take what the nonlocal field does to a spot
    expect(mean).toBeLessThan(1 - 2 * 0.06);
    expect(mean).toBeGreaterThan(1 - 2 * 0.1);
    expect(result.warnings.join('\n')).toContain('bit error of');
    const twins = readProgram({
      version: 1,
      sites: 2,
      couplings: { kind: 'positions', geometry: 'four-sevenths', xy: [POSITIONS[0], POSITIONS[0]] },
      duration: 1,
    });
    const violations = await device.validate(twins);
    expect(violations.map((v) => v.path)).toEqual(['couplings.xy[1]']);
  });

  const square = [0, 1, 2, 0];
  it.each<[string, object, string]>([
    ['a temperature', { dynamics: { temperature: 0.1 } }, 'dynamics.temperature'],
    ['a kernel', { dynamics: { kernel: 'ohmic' } }, 'dynamics.kernel'],
    ['another rule', { dynamics: { rule: 'glauber' } }, 'dynamics.rule'],
    ['another order', { dynamics: { order: 'synchronous' } }, 'dynamics.order'],
    ['a time step', { dynamics: { dt: 0.1 } }, 'dynamics.dt'],
    ['ties other than keep', { dynamics: { ties: 'plus' } }, 'dynamics.ties'],
    ['a pump', { controls: { pump: [[0, 1]] } }, 'controls.pump'],
    ['a coupling control', { controls: { coupling: [[0, 1]] } }, 'controls.coupling'],
    ['an equilibrium start', { initial: { kind: 'equilibrium' } }, 'initial.kind'],
    [
      'asymmetric couplings',
      { sites: 2, couplings: { kind: 'dense', data: square } },
      'couplings.data[2]',
    ],
    [
      'sequences',
      { sites: 2, couplings: { kind: 'memories', patterns: [[1, 1]], next: [0] } },
      'couplings.next',
    ],
    [
      'atoms of too many sites that move',
      {
        sites: 513,
        couplings: {
          kind: 'positions',
          geometry: 'four-sevenths',
          xy: Array.from({ length: 513 }, (_, i) => [i, 0]),
          stiffness: 1,
        },
      },
      'sites',
    ],
    [
      'a family that a confocal cavity has not',
      { sites: 1, couplings: { kind: 'positions', geometry: 'confocal', xy: [[0, 1]], n0: 1 } },
      'couplings.n0',
    ],
    [
      'fields beside exponential memories',
      {
        sites: 2,
        couplings: { kind: 'memories', patterns: [[1, 1]], interaction: { kind: 'exponential' } },
        fields: [0, 1],
      },
      'fields[1]',
    ],
  ])('refuses %s with its path', async (_what, over, path) => {
    await using device = createDevice('cavity-qed', {}, driverContext(1));
    await device.connect();
    const program = readProgram({
      version: 1,
      sites: 2,
      couplings: { kind: 'dense', data: [0, 1, 1, 0] },
      duration: 1,
      ...over,
    });
    const violations = await device.validate(program);
    expect(violations.map((v) => v.path)).toEqual([path]);
    expect(violations[0]!.code).toBe('program-refused');
  });
});

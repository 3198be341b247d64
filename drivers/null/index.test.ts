import { afterAll, describe, expect, it } from 'vitest';
import { driverContext, runOnDevice } from '../../test/support/run-device.js';
import { readManifest, readProgram } from '../../src/device/index.js';
import { createDevice } from './index.js';

const device = createDevice('null', {}, driverContext(1));
afterAll(() => device.close());

const programs: [string, Record<string, unknown>][] = [
  [
    'spins with memories',
    { sites: 2, couplings: { kind: 'memories', patterns: [[1, -1]] }, initial: { kind: 'random' } },
  ],
  [
    'continuous sites with wells',
    {
      sites: 2,
      siteKinds: 'continuous',
      couplings: { kind: 'dense', data: [0, 1, 1, 0] },
      wells: { quadratic: 1, quartic: 1 },
      dynamics: { rule: 'underdamped', dt: 0.1 },
      controls: { quadratic: [[0, 1]] },
    },
  ],
  [
    'positions in a cavity',
    {
      sites: 2,
      couplings: {
        kind: 'positions',
        geometry: 'confocal',
        xy: [
          [0, 1],
          [1, 0],
        ],
        stiffness: 1,
      },
      dynamics: { rule: 'steepest-descent', fidelity: 'quantum', kernel: 'ohmic' },
      controls: {
        pump: [
          [0, 0],
          [1, 2],
        ],
      },
    },
  ],
  [
    'spiking neurons',
    {
      sites: 2,
      couplings: { kind: 'coo', entries: [[0, 1, 0.5]] },
      dynamics: { rule: 'spiking', spiking: { tau: 8 } },
    },
  ],
];

describe('null device', () => {
  it('has a manifest that names it', () => {
    expect(readManifest(new URL('.', import.meta.url).pathname).name).toBe('null');
  });

  it.each(programs)('accepts and runs %s, and computes nothing', async (_, part) => {
    const program = readProgram({ version: 1, duration: 1, shots: 3, ...part });
    const { result } = await runOnDevice(device, program, { seed: 1 });
    expect(result.shots).toBe(3);
    expect(result.engine).toBe('none');
    expect(result.final.states).toHaveLength(3);
    const { thermodynamics } = result;
    for (const quantity of [
      thermodynamics.work,
      thermodynamics.heat,
      thermodynamics.energyChange,
      thermodynamics.entropyProduction,
      thermodynamics.firstLawResidual,
      thermodynamics.jarzynski,
    ]) {
      expect(quantity).toBeNull();
    }
    expect(result.observables.energy?.mean.every((value) => value === null)).toBe(true);
    expect(result.warnings.join('\n')).toMatch(/computes nothing/);
  });

  it('shows the initial state it was given', async () => {
    const program = readProgram({
      version: 1,
      sites: 3,
      couplings: { kind: 'memories', patterns: [[1, 1, 1]] },
      clamped: [2],
      inputs: [[-1]],
      initial: { kind: 'pattern', values: [1, -1, 1] },
      duration: 1,
    });
    const { result } = await runOnDevice(device, program, { seed: 1 });
    expect(result.final.states).toEqual([[1, -1, -1]]);
    expect(result.final.overlaps[0]![0]).toBeCloseTo(-1 / 3, 12);
  });
});

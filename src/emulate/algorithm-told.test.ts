import { describe, expect, it } from 'vitest';
import { RelaxdError } from '../core/index.js';
import { rlcCircuit } from '../../test/support/rlc.js';
import { hiddenMemories } from '../../test/support/hidden-program.js';
import { disorder, randomPatterns, spinProgram } from '../../test/support/spin-program.js';
import type { ResolvedProgram } from '../device/index.js';
import type { MemoryInteraction } from '../model/index.js';
import { simulate as simulateRlc } from './rlc/simulate-rlc.js';
import { simulate as simulateSpiking } from './spiking/simulate-spiking.js';
import { simulate as simulateSpins } from './spin/simulate-spins.js';
import { simulateHere } from './simulate-here.js';
import type { Simulate } from './simulation.js';

type Parts = Parameters<typeof spinProgram>[0];
const program = (dynamics: NonNullable<Parts['dynamics']>): ResolvedProgram =>
  spinProgram({
    sites: 3,
    couplings: { kind: 'coo', entries: Float64Array.of(0, 1, 0.5) },
    duration: 1,
    dynamics,
  });

function told(simulate: Simulate, given: ResolvedProgram, algorithm: string | null): string[] {
  const names: string[] = [];
  const block = {
    ...{ program: given, parameters: {}, firstShot: 0, shots: 1, algorithm },
    times: Float64Array.of(0, given.duration),
  };
  simulateHere(simulate, block, {
    algorithm: (name) => names.push(name),
    readout: () => undefined,
    shotEnd: () => undefined,
    progress: () => undefined,
  });
  return names;
}

const patterns = randomPatterns(2, 3, disorder(1));
const HEBB = { kind: 'polynomial', degree: 2, rectified: false } as const;
const withMemories = (
  dynamics: NonNullable<Parts['dynamics']>,
  interaction: MemoryInteraction,
): ResolvedProgram =>
  spinProgram({
    sites: 3,
    couplings: {
      ...{ kind: 'memories', patterns, weights: null, interaction },
      next: dynamics.synapse === undefined ? null : Int32Array.of(1, 0),
    },
    duration: 1,
    dynamics,
  });

describe('the algorithm of a run', () => {
  const spiking = (more: object): ResolvedProgram =>
    program({ rule: 'spiking', temperature: 0.5, ...more });
  it.each<[string, Simulate, ResolvedProgram]>([
    ['all-at-once', simulateSpins, program({ order: 'synchronous', temperature: 1 })],
    ['overlaps', simulateSpins, withMemories({}, { kind: 'exponential' })],
    [
      'filtered-overlaps',
      simulateSpins,
      withMemories({ synapse: { kernel: 'box', tau: 2, lambda: 1 } }, HEBB),
    ],
    ['attempts-and-redraws', simulateSpins, hiddenMemories(patterns, 'gaussian')],
    ['all-at-once', simulateSpiking, spiking({})],
    [
      'decisions-one-by-one',
      simulateSpiking,
      spiking({ kernel: 'memoryless', order: 'continuous-time' }),
    ],
    ['baoab, shot by shot, float64', simulateRlc, rlcCircuit({ sites: 2, duration: 1 })],
    ['spike-by-spike', simulateSpiking, spiking({ temperature: 0 })],
  ])('is told (%s), taken by its name, and no other', (name, simulate, given) => {
    expect(told(simulate, given, null)).toEqual([name]);
    expect(told(simulate, given, name)).toEqual([name]);
    expect(() => told(simulate, given, 'sorcery')).toThrow(RelaxdError);
    expect(() => told(simulate, given, 'sorcery')).toThrow(/cannot be run by 'sorcery'/);
  });
});

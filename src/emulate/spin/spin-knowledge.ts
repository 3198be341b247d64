import { hiddenMask, type ResolvedProgram } from '../../device/index.js';
import type { StartKnowledge } from '../../thermo/index.js';
import { entropyStatistics } from './entropy-statistics.js';
import {
  enumerateEnergies,
  gibbsProbabilities,
  logPartition,
  MOST_ENUMERATED,
} from './gibbs-table.js';
import { Protocol } from './protocol.js';
import { SpinSystem } from './spin-system.js';

/** What an enumeration says of a run from one Gibbs state towards another. */
export interface GibbsEnds {
  /** Entropy of the Gibbs state at the first listed values, nats. */
  readonly entropy: number;
  /** ΔF to the Gibbs state at the values of the end. */
  readonly freeEnergyChange: number;
}

/**
 * Both Gibbs states by enumeration; null where there are too many spins, hidden ones, synapses with a memory, or other held values in
 * each shot.
 * @param temperature of the one bath, > 0
 */
export function gibbsEnds(program: ResolvedProgram, temperature: number): GibbsEnds | null {
  const { clamped, inputs, sites, duration, dynamics } = program;
  if (sites - clamped.length > MOST_ENUMERATED || hiddenMask(program) !== null) return null;
  if (dynamics.synapse !== null || (clamped.length > 0 && inputs.length !== 1)) return null;
  const protocol = new Protocol(program, temperature);
  const system = new SpinSystem(program, protocol);
  const state = new Int8Array(sites).fill(-1);
  clamped.forEach((site, k) => (state[site] = inputs[0]![k]!));
  system.reset(state);
  const first = enumerateEnergies(system);
  const p = gibbsProbabilities(first, temperature);
  let entropy = 0;
  for (const share of p) if (share > 0) entropy -= share * Math.log(share);
  protocol.advance(duration);
  const last = enumerateEnergies(system);
  return {
    entropy,
    freeEnergyChange:
      temperature * (logPartition(first, temperature) - logPartition(last, temperature)),
  };
}

/** A dense generator of more spins would take long. */
const MOST_STATIONARY = 7;

/**
 * Heat per time into each bath in the stationary state at the first listed values, from the generator; null for more than 7 spins,
 * held or hidden ones, synapses with a memory, updates that are neither in continuous time nor in random order (these have the
 * same stationary state and rates a unit of time).
 * @param baths temperatures, all > 0
 */
export function stationaryHeat(
  program: ResolvedProgram,
  baths: readonly number[],
): readonly number[] | null {
  const { clamped, dynamics, sites } = program;
  if (sites > MOST_STATIONARY || clamped.length > 0 || hiddenMask(program) !== null) return null;
  if (dynamics.synapse !== null) return null;
  if (dynamics.order !== 'continuous-time' && dynamics.order !== 'random') return null;
  const { heatRates } = entropyStatistics(program);
  return baths.map((temperature) => heatRates.get(temperature) ?? 0);
}

/**
 * What is known of a spin program's start without enumerating anything.
 * @param burnIn whether something runs before t = 0
 */
export function startKnowledge(program: ResolvedProgram, burnIn: boolean): StartKnowledge {
  const { initial, clamped, inputs, sites } = program;
  const hidden = hiddenMask(program) !== null;
  const free = sites - clamped.length;
  // Means over shots that hold other values are not those of one ensemble.
  const freeSpins = hidden || (clamped.length > 0 && inputs.length !== 1) ? null : free;
  const plain = { entropy: null, uniform: false, freeSpins };
  if (burnIn || hidden) return plain;
  switch (initial.kind) {
    case 'random':
    case 'zero':
      return { entropy: free * Math.LN2, uniform: true, freeSpins };
    case 'pattern':
      return { ...plain, entropy: 0 };
    case 'corrupted':
      return { ...plain, entropy: clamped.length > 0 ? null : logChoose(sites, initial.flips) };
    default:
      return plain;
  }
}

/** ln of the number of ways to take k of n. */
function logChoose(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= Math.min(k, n - k); i++) sum += Math.log((n - i + 1) / i);
  return sum;
}

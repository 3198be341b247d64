import type { RandomStream } from '../../core/index.js';
import { CompensatedSum } from '../../thermo/index.js';

/** What an enumeration needs of a spin system; its clamped spins stay as they are. */
export interface EnumerableSpins {
  readonly free: Int32Array;
  readonly state: Int8Array;
  /** Total field on a site, drives and static fields included. */
  totalField(site: number): number;
  flip(site: number): void;
  /** Total energy of the present state from scratch. */
  totalEnergy(): number;
  /** Puts the spins into the state of a code (bit k set: free spin k is +1). */
  setCode(code: number): void;
}

/** Most free spins that are enumerated. */
export const MOST_ENUMERATED = 16;

/**
 * Visits all 2ⁿ states of the free spins, each by one flip from the last (Gray code), the code 0 (all −1) first.
 * @param beforeFlip called with the site before each flip
 */
export function visitStates(
  spins: EnumerableSpins,
  visit: (code: number) => void,
  beforeFlip?: (site: number) => void,
): void {
  const states = 2 ** spins.free.length;
  spins.setCode(0);
  let code = 0;
  visit(code);
  for (let step = 1; step < states; step++) {
    const bit = 31 - Math.clz32(step & -step);
    const site = spins.free[bit]!;
    beforeFlip?.(site);
    spins.flip(site);
    code ^= 1 << bit;
    visit(code);
  }
}

/** Energies of all states, by code. */
export function enumerateEnergies(spins: EnumerableSpins): Float64Array {
  const energies = new Float64Array(2 ** spins.free.length);
  const energy = new CompensatedSum();
  spins.setCode(0);
  energy.add(spins.totalEnergy());
  visitStates(
    spins,
    (code) => {
      energies[code] = energy.value;
    },
    (site) => energy.add(2 * spins.state[site]! * spins.totalField(site)),
  );
  return energies;
}

/** Gibbs probabilities of states; at T = 0 the ground states share alike. */
export function gibbsProbabilities(energies: Float64Array, temperature: number): Float64Array {
  const least = energies.reduce((a, b) => Math.min(a, b), Infinity);
  const same = 1e-12 * (1 + Math.abs(least));
  const weights = energies.map((energy) =>
    temperature > 0 ? Math.exp(-(energy - least) / temperature) : energy - least <= same ? 1 : 0,
  );
  const sum = new CompensatedSum();
  for (const weight of weights) sum.add(weight);
  return weights.map((weight) => weight / sum.value);
}

/** ln Z = ln Σ exp(−E/T), T > 0. */
export function logPartition(energies: Float64Array, temperature: number): number {
  const least = energies.reduce((a, b) => Math.min(a, b), Infinity);
  const sum = new CompensatedSum();
  for (const energy of energies) sum.add(Math.exp(-(energy - least) / temperature));
  return Math.log(sum.value) - least / temperature;
}

/** Draws states of a given distribution by inversion. */
export class StateSampler {
  private readonly cumulative: Float64Array;

  constructor(probabilities: Float64Array) {
    let sum = 0;
    this.cumulative = probabilities.map((p) => (sum += p));
  }

  draw(stream: RandomStream): number {
    const { cumulative } = this;
    const target = stream.uniform() * cumulative[cumulative.length - 1]!;
    let low = 0;
    let high = cumulative.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cumulative[middle]! > target) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

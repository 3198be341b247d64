import { RelaxdError } from '../../core/index.js';
import type { Plasticity } from './plasticity.js';

/** Sites up to which every state is visited. */
export const MOST_ENUMERATED_SITES = 20;
/** Fields are summed afresh after this many steps of the Gray code, so that rounding cannot add up. */
const STEPS_PER_REFRESH = 4096;
/** Fields below this part of the largest possible one are zero: a tie, which does not flip. */
const ROUNDING = 1e-12;

/**
 * A state as a code: bit i is set where s_i = +1. The complement of a code is the state −s. Tables have one entry for
 * each ± pair: codes below 2^(N−1), s_{N−1} = −1.
 */
export type StateCode = number;

/** All states of N ≤ 20 spins without fields, and where zero-temperature dynamics lead from each. */
export interface Landscape {
  readonly sites: number;
  /** Number of states, 2^N; complement of a code: states − 1 − code. */
  readonly states: number;
  /** Energy, pairs once, of each code below 2^(N−1). */
  readonly energies: Float64Array;
  /**
   * Bit i is set where flipping site i lowers the energy (at frozen displacements, where atoms move); for codes below
   * 2^(N−1), the same for the complement.
   */
  readonly unstable: Int32Array;
  /** Where steepest descent ends, as a code below 2^N, from each code below 2^(N−1). */
  readonly ends: Int32Array;
  /** One code of each attractor ± pair, in the order of their energies. */
  readonly attractors: Int32Array;
  readonly groundEnergy: number;
}

/**
 * Visits all 2^(N−1) ± pairs by a Gray code, O(N) each, and follows steepest descent (lowest index at ties) from each.
 * @param couplings N×N row-major, symmetric, zero diagonal (not checked); ties are exact where entries are integers
 * @throws RelaxdError `not-enumerable` for N > 20, `wrong-size`
 */
export function enumerateLandscape(couplings: Float64Array, sites: number): Landscape {
  return visitStates(couplings, sites, null);
}

/**
 * The same for atoms that move with the state: energies of relaxed atoms, flips tried at frozen displacements. Every
 * flip lowers the energy, so that recall, return probabilities and the counts of attractors read it as any landscape.
 * @param plasticity left in another state
 * @throws RelaxdError `not-enumerable` for N > 20
 */
export function enumeratePlasticLandscape(plasticity: Plasticity): Landscape {
  return visitStates(plasticity.couplings, plasticity.sites, plasticity);
}

function visitStates(
  couplings: Float64Array,
  sites: number,
  plasticity: Plasticity | null,
): Landscape {
  if (couplings.length !== sites * sites) {
    throw new RelaxdError(
      'wrong-size',
      `${couplings.length} couplings are not those of ${sites} sites`,
      { path: 'couplings', value: couplings.length, limit: sites * sites },
    );
  }
  if (sites < 2 || sites > MOST_ENUMERATED_SITES) {
    throw new RelaxdError('not-enumerable', `2^${sites} states are not enumerated`, {
      path: 'sites',
      value: sites,
      limit: [2, MOST_ENUMERATED_SITES],
    });
  }
  const half = 2 ** (sites - 1);
  const energies = new Float64Array(half);
  const unstable = new Int32Array(half);
  const next = new Int32Array(half);
  const state = new Float64Array(sites).fill(-1);
  const fields = new Float64Array(sites);
  const rest = ROUNDING * largestRow(couplings, sites);
  const offset = plasticity?.energyOffset ?? 0;
  let code = 0;
  let energy = 0;
  for (let step = 0; step < half; step++) {
    if (step > 0) {
      const site = 31 - Math.clz32(step & -step);
      energy += 2 * state[site]! * fields[site]!;
      const spin = -state[site]!;
      state[site] = spin;
      code ^= 1 << site;
      const twice = 2 * spin;
      const base = site * sites;
      for (let j = 0; j < sites; j++) fields[j] = fields[j]! + twice * couplings[base + j]!;
      plasticity?.flip(site);
    }
    if (step % STEPS_PER_REFRESH === 0) {
      energy = offset + refresh(couplings, sites, state, fields);
      plasticity?.reset(state);
    }
    // The first site that is unstable is the steepest so far; a later one, where it is steeper by more than rounding.
    let least = 0;
    let steepest = -1;
    let mask = 0;
    for (let i = 0; i < sites; i++) {
      let margin = state[i]! * fields[i]!;
      if (plasticity !== null) margin += plasticity.barrier(i);
      if (margin < least - rest) {
        least = margin;
        steepest = i;
      }
      mask |= (margin < -rest ? 1 : 0) << i;
    }
    energies[code] = energy;
    unstable[code] = mask;
    next[code] = steepest < 0 ? code : code ^ (1 << steepest);
  }
  const found: number[] = [];
  for (let c = 0; c < half; c++) if (unstable[c] === 0) found.push(c);
  found.sort((a, b) => energies[a]! - energies[b]! || a - b);
  return {
    sites,
    states: 2 * half,
    energies,
    unstable,
    ends: followToEnd(next, half),
    attractors: Int32Array.from(found),
    groundEnergy: energies[found[0]!]!,
  };
}

/** Where steepest descent ends from any code below 2^N; the sign of the state is kept. */
export function steepestDescentEnd(landscape: Landscape, code: StateCode): StateCode {
  const { ends, states } = landscape;
  return code < states / 2 ? ends[code]! : states - 1 - ends[states - 1 - code]!;
}

/**
 * The probability that random zero-temperature dynamics (a uniformly chosen unstable site flips, until there is none)
 * ends exactly in `target`, from each of the 2^N codes. Exact: p(s) is the mean of p over the states one unstable flip
 * away, solved in the order of the energies.
 */
export function zeroTemperatureReturn(landscape: Landscape, target: StateCode): Float64Array {
  const { states, unstable } = landscape;
  const last = states - 1;
  const probability = new Float64Array(states);
  for (const code of energyOrder(landscape)) {
    const mask = unstable[code]!;
    const mirrored = last - code;
    if (mask === 0) {
      probability[code] = code === target ? 1 : 0;
      probability[mirrored] = mirrored === target ? 1 : 0;
      continue;
    }
    let sum = 0;
    let mirroredSum = 0;
    let count = 0;
    for (let rest = mask; rest !== 0; rest &= rest - 1) {
      const bit = rest & -rest;
      sum += probability[code ^ bit]!;
      mirroredSum += probability[mirrored ^ bit]!;
      count++;
    }
    probability[code] = sum / count;
    probability[mirrored] = mirroredSum / count;
  }
  return probability;
}

const orders = new WeakMap<Landscape, Int32Array>();

/** Codes below 2^(N−1), lowest energy first; kept with the landscape, since every attractor needs it. */
function energyOrder(landscape: Landscape): Int32Array {
  let order = orders.get(landscape);
  if (order === undefined) {
    order = sortedByEnergy(landscape.energies);
    orders.set(landscape, order);
  }
  return order;
}

/** Energies in steps of this part of their range, and codes, fit together into the integers of a float64. */
const LEVELS = 2 ** 32;

/** Numbers are sorted ten times as fast as codes by a comparison: by a level and the code in it, then what has one level. */
function sortedByEnergy(energies: Float64Array): Int32Array {
  const count = energies.length;
  let least = Infinity;
  let most = -Infinity;
  for (const energy of energies) {
    if (energy < least) least = energy;
    if (energy > most) most = energy;
  }
  const perEnergy = most > least ? (LEVELS - 1) / (most - least) : 0;
  const keys = new Float64Array(count);
  for (let code = 0; code < count; code++) {
    keys[code] = Math.floor((energies[code]! - least) * perEnergy) * count + code;
  }
  keys.sort();
  const order = new Int32Array(count);
  for (let k = 0; k < count; k++) {
    const code = keys[k]! % count;
    let at = k;
    for (; at > 0 && energies[order[at - 1]!]! > energies[code]!; at--) order[at] = order[at - 1]!;
    order[at] = code;
  }
  return order;
}

/** Follows successors to their fixed points; states with the top bit are complements of the table's. */
function followToEnd(next: Int32Array, half: number): Int32Array {
  const last = 2 * half - 1;
  const ends = new Int32Array(half).fill(-1);
  const path: number[] = [];
  for (let start = 0; start < half; start++) {
    let code = start;
    path.length = 0;
    while (ends[code] === -1 && next[code] !== code) {
      path.push(code);
      const to = next[code]!;
      code = to < half ? to : last - to;
    }
    if (next[code] === code) ends[code] = code;
    for (let k = path.length - 1; k >= 0; k--) {
      const from = path[k]!;
      const to = next[from]!;
      ends[from] = to < half ? ends[to]! : last - ends[last - to]!;
    }
  }
  return ends;
}

function refresh(
  couplings: Float64Array,
  sites: number,
  state: Float64Array,
  fields: Float64Array,
): number {
  let energy = 0;
  for (let i = 0; i < sites; i++) {
    let sum = 0;
    for (let j = 0; j < sites; j++) sum += couplings[i * sites + j]! * state[j]!;
    fields[i] = sum;
    energy -= 0.5 * state[i]! * sum;
  }
  return energy;
}

function largestRow(couplings: Float64Array, sites: number): number {
  let largest = 0;
  for (let i = 0; i < sites; i++) {
    let sum = 0;
    for (let j = 0; j < sites; j++) sum += Math.abs(couplings[i * sites + j]!);
    largest = Math.max(largest, sum);
  }
  return largest;
}

/** The code of a state of ±1 spins. */
export function stateCode(state: ArrayLike<number>): StateCode {
  let code = 0;
  for (let i = 0; i < state.length; i++) if (state[i]! > 0) code |= 1 << i;
  return code;
}

/** The spins of a code. */
export function stateOfCode(code: StateCode, sites: number): Int8Array {
  return Int8Array.from({ length: sites }, (_, i) => (((code >>> i) & 1) === 1 ? 1 : -1));
}

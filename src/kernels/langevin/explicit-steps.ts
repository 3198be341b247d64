import type { Allocator } from '../arena.js';
import type { Engine } from '../engine.js';
import { GROUP, type Numbers, type Panels } from '../matrix/panels.js';
import { multiplyGroups } from '../matrix/multiply.js';
import { fillNormal } from '../random/fill-normal.js';
import { LANE_STATE } from '../random/lanes.js';
import { multiplySparse, type SparseRows } from './multiply-sparse.js';

/** One way of stepping; the numbers are the compiled code's. */
export const SCHEME = { 'euler-maruyama': 0, 'leimkuhler-matthews': 1, heun: 2 } as const;
export type Scheme = keyof typeof SCHEME;

/** Groups that go through their steps together. */
const BLOCK = 4;

/**
 * Many replicas of dz = F dt + √(2T) dW, F_i = constant_i + c (J z + own)_i − (quadratic_i + quartic_i z_i²) z_i, sixteen replicas a
 * group: replica 16g + l is element (g·n + i)·16 + l of z. All arrays lie in the engine's arena; numbers are of one precision.
 */
export interface ExplicitCircuit<A extends Numbers> {
  readonly sites: number;
  readonly groups: number;
  /** Replicas that count: those beyond, to fill the last group, are moved but not watched. */
  readonly columns: number;
  readonly J: Panels<A> | SparseRows;
  /** A number a site each; `amplitude` is √(2T h). */
  readonly constant: A;
  readonly quadratic: A;
  readonly quartic: A;
  readonly amplitude: A;
  /** Fields that replicas have of their own, as z is laid out; null: none. */
  readonly own: A | null;
  readonly z: A;
  /** Of `seedShotLanes`: 64 words a group. */
  readonly lanes: Uint32Array;
  /** Leimkuhler–Matthews: noise of the step before, as z is laid out. */
  readonly earlier: Float32Array | null;
  readonly work: A;
  /** For compiled code: where all of this lies. */
  readonly addresses: Uint32Array;
}

/** Puts the arrays of a circuit together, those that are missing from `where`. */
export function explicitCircuit<A extends Numbers>(
  where: Allocator,
  given: Omit<ExplicitCircuit<A>, 'work' | 'addresses'>,
): ExplicitCircuit<A> {
  const length = 4 * Math.min(BLOCK, given.groups) * given.sites * GROUP;
  const work = (
    given.z instanceof Float64Array ? where.float64(length) : where.float32(length)
  ) as A;
  const addresses = where.uint32(11);
  const { J, constant, quadratic, quartic, amplitude, own, earlier, lanes } = given;
  const dense = 'data' in J;
  const parts = [
    dense ? J.data : null,
    dense ? null : J.starts,
    dense ? null : J.columnOf,
    dense ? null : J.values,
    ...[constant, quadratic, quartic, amplitude, own, earlier, lanes],
  ];
  parts.forEach((part, k) => (addresses[k] = part?.byteOffset ?? 0));
  return { ...given, work, addresses };
}

/**
 * Moves every replica by a number of steps:
 *
 * - Euler–Maruyama: z' = z + F(z) h + √(2Th) ξ;
 * - Leimkuhler–Matthews (AMRX 2013, 34): z' = z + F(z) h + √(2Th) ½(ξ + ξ'), ξ the noise of the step before;
 * - Heun: a predictor by Euler–Maruyama, then the mean of both forces with the same noise.
 *
 * Fields are one matrix product for the replicas of four groups; wells and noise are added while they are in the cache.
 *
 * @param limit a step is refused where quartic_i z_i² h is above it; Infinity: never
 * @returns −1, or step·groups + group of the first force that is too stiff, with that group as it was then
 */
export function explicitSteps<A extends Numbers>(
  engine: Engine,
  circuit: ExplicitCircuit<A>,
  scheme: Scheme,
  h: number,
  coupling: number,
  steps: number,
  limit = Infinity,
): number {
  const { raw } = engine;
  const { z, sites, groups, columns, work, addresses } = circuit;
  if (raw !== null) {
    const run = z instanceof Float64Array ? raw.explicitSteps64 : raw.explicitSteps32;
    return run(
      addresses.byteOffset,
      z.byteOffset,
      work.byteOffset,
      sites,
      groups,
      columns,
      h,
      coupling,
      limit,
      SCHEME[scheme],
      steps,
    );
  }
  for (let first = 0; first < groups; first += BLOCK) {
    const failed = blockOfSteps(engine, circuit, scheme, {
      ...{ h, coupling, steps, limit, first },
      here: Math.min(BLOCK, groups - first),
    });
    if (failed >= 0) return failed;
  }
  return -1;
}

interface BlockSteps {
  readonly h: number;
  readonly coupling: number;
  readonly steps: number;
  readonly limit: number;
  readonly first: number;
  readonly here: number;
}

/** The reference: groups first … first + here − 1. */
function blockOfSteps<A extends Numbers>(
  engine: Engine,
  circuit: ExplicitCircuit<A>,
  scheme: Scheme,
  block: BlockSteps,
): number {
  const { groups, sites, z, amplitude, work, lanes, earlier } = circuit;
  const { h, steps, first, here } = block;
  const size = sites * GROUP;
  const from = first * size;
  const length = here * size;
  const own = circuit.own?.subarray(from, from + length) as A | undefined;
  const at = z.subarray(from, from + length) as A;
  const [drift, predicted, kick, later] = [0, 1, 2, 3].map(
    (k) => work.subarray(k * length, (k + 1) * length) as A,
  ) as [A, A, A, A];
  const noise = new Float32Array(length);
  for (let s = 0; s < steps; s++) {
    const stiff = stiffGroup(circuit, at, block);
    if (stiff >= 0) return s * groups + first + stiff;
    forceOf(engine, circuit, at, drift, own, block);
    for (let g = 0; g < here; g++) {
      const state = lanes.subarray((first + g) * LANE_STATE, (first + g + 1) * LANE_STATE);
      fillNormal(engine, state, noise.subarray(g * size, (g + 1) * size));
    }
    if (scheme === 'leimkuhler-matthews') {
      for (let k = 0; k < length; k++) {
        const before = earlier![from + k]!;
        earlier![from + k] = noise[k]!;
        noise[k] = 0.5 * Math.fround(before + noise[k]!);
      }
    }
    if (scheme !== 'heun') {
      for (let k = 0; k < length; k++) {
        at[k]! += h * drift[k]! + amplitude[siteOf(k, sites)]! * noise[k]!;
      }
      continue;
    }
    for (let k = 0; k < length; k++) {
      kick[k] = amplitude[siteOf(k, sites)]! * noise[k]!;
      predicted[k] = at[k]! + h * drift[k]! + kick[k]!;
    }
    const stiffLater = stiffGroup(circuit, predicted, block);
    if (stiffLater >= 0) return s * groups + first + stiffLater;
    forceOf(engine, circuit, predicted, later, own, block);
    for (let k = 0; k < length; k++) at[k]! += 0.5 * h * (drift[k]! + later[k]!) + kick[k]!;
  }
  return -1;
}

/** Site of element k of groups of columns. */
const siteOf = (k: number, sites: number): number => Math.floor(k / GROUP) % sites;

function forceOf<A extends Numbers>(
  engine: Engine,
  { J, sites, constant, quadratic, quartic }: ExplicitCircuit<A>,
  x: A,
  out: A,
  own: A | undefined,
  { coupling, here }: BlockSteps,
): void {
  if ('data' in J) multiplyGroups(engine, J, x, out, here);
  else multiplySparse(engine, J, x, out, here);
  for (let k = 0; k < x.length; k++) {
    const i = siteOf(k, sites);
    const coupled = out[k]! + (own === undefined ? 0 : own[k]!);
    out[k] = constant[i]! + coupling * coupled - (quadratic[i]! + quartic[i]! * x[k]! ** 2) * x[k]!;
  }
}

/** Group of the block with a force too stiff in one of the columns that count, or −1. */
function stiffGroup<A extends Numbers>(
  { sites, columns, quartic }: ExplicitCircuit<A>,
  x: A,
  { h, limit, first }: BlockSteps,
): number {
  if (limit === Infinity) return -1;
  for (let k = 0; k < x.length; k++) {
    const group = Math.floor(k / (GROUP * sites));
    if ((first + group) * GROUP + (k % GROUP) >= columns) continue;
    if (quartic[siteOf(k, sites)]! * h * x[k]! ** 2 > limit) return group;
  }
  return -1;
}

import type { Allocator } from '../arena.js';
import type { Engine } from '../engine.js';
import { multiplyGroups } from '../matrix/multiply.js';
import { GROUP, type Panels } from '../matrix/panels.js';
import { fillNormal } from '../random/fill-normal.js';
import { LANE_STATE } from '../random/lanes.js';
import { multiplySparse, type SparseRows } from './multiply-sparse.js';

/** One way of stepping; the numbers are the compiled code's. */
export const OSCILLATOR_SCHEME = { baoab: 0, 'euler-maruyama': 1 } as const;
export type OscillatorScheme = keyof typeof OSCILLATOR_SCHEME;

/** Groups that go through their steps together. */
const BLOCK = 4;

/** A matrix Σ_a u_a w_aᵀ of few terms: `toModes` has rows w_a, `fromModes` columns u_a. */
export interface ModeSum {
  readonly toModes: Panels<Float64Array>;
  readonly fromModes: Panels<Float64Array>;
}

/**
 * Many replicas of dx = v dt, dv = (F − γv) dt + √(2γT) dW, F_i = constant_i + c (J x + own)_i − (quadratic_i + quartic_i x_i²) x_i,
 * sixteen replicas a group: replica 16g + l is element (g·n + i)·16 + l of x and v. All arrays lie in the engine's arena.
 */
export interface Oscillators {
  readonly sites: number;
  readonly groups: number;
  /** Replicas that count: those beyond, to fill the last group, are moved but not watched. */
  readonly columns: number;
  readonly J: Panels<Float64Array> | SparseRows | ModeSum;
  /** A number a site each. */
  readonly constant: Float64Array;
  readonly quadratic: Float64Array;
  readonly quartic: Float64Array;
  /** BAOAB: e^{−γh}; Euler–Maruyama: γ. */
  readonly decay: Float64Array;
  /** BAOAB: √(T(1 − e^{−2γh})); Euler–Maruyama: √(2γTh). */
  readonly spread: Float64Array;
  /** Fields that replicas have of their own, as x is laid out; null: none. */
  readonly own: Float64Array | null;
  readonly x: Float64Array;
  readonly v: Float64Array;
  /** J x as of BAOAB's last step, as x is laid out. */
  readonly field: Float64Array;
  /** Of `seedShotLanes`: 64 words a group. */
  readonly lanes: Uint32Array;
  readonly work: Float64Array;
  /** For compiled code: where all of this lies. */
  readonly addresses: Uint32Array;
}

/** Puts the arrays of oscillators together, those that are missing from `where`. */
export function oscillators(
  where: Allocator,
  given: Omit<Oscillators, 'work' | 'addresses'>,
): Oscillators {
  const { J, constant, quadratic, quartic, decay, spread, own, lanes, field, groups } = given;
  const count = 'toModes' in J ? J.toModes.rows : 0;
  const dense = 'toModes' in J ? J.toModes : 'data' in J ? J : null;
  const sparse = 'starts' in J ? J : null;
  const work = where.float64(Math.min(BLOCK, groups) * count * GROUP);
  const parts = [
    ...[dense?.data, sparse?.starts, sparse?.columnOf, sparse?.values],
    ...[constant, quadratic, quartic, spread, own, null, lanes],
    ...[decay, field, work, 'toModes' in J ? J.fromModes.data : null],
  ];
  const addresses = where.uint32(parts.length + 1);
  parts.forEach((part, k) => (addresses[k] = part?.byteOffset ?? 0));
  addresses[parts.length] = count;
  return { ...given, work, addresses };
}

/**
 * Moves every replica by a number of steps:
 *
 * - BAOAB (Leimkuhler & Matthews, AMRX 2013, 34): half a kick by the force, half a drift, the exact Ornstein–Uhlenbeck step
 *   of the velocity, half a drift, half a kick; J x is left in `field` for the step to come;
 * - Euler–Maruyama: x' = x + v h, v' = v + (F(x) − γv) h + √(2γTh) ξ.
 *
 * @param limit a step is refused where 3 quartic_i x_i² h² is above it; Infinity: never
 * @param stale BAOAB: `field` is not J x
 * @returns −1, or step·groups + group of the first force that is too stiff, with that group as it was then
 */
export function oscillatorSteps(
  engine: Engine,
  given: Oscillators,
  scheme: OscillatorScheme,
  h: number,
  coupling: number,
  steps: number,
  stale: boolean,
  limit = Infinity,
): number {
  const { raw } = engine;
  const { x, v, sites, groups, columns, addresses } = given;
  if (raw !== null) {
    return raw.oscillatorSteps64(
      addresses.byteOffset,
      x.byteOffset,
      v.byteOffset,
      sites,
      groups,
      columns,
      h,
      coupling,
      limit,
      OSCILLATOR_SCHEME[scheme],
      steps,
      stale ? 1 : 0,
    );
  }
  const run = scheme === 'baoab' ? baoab : eulerMaruyama;
  for (let first = 0; first < groups; first += BLOCK) {
    const here = Math.min(BLOCK, groups - first);
    const block = new OscillatorBlock(engine, given, { h, coupling, limit, first, here });
    const failed = run(block, steps, stale);
    if (failed >= 0) return failed;
  }
  return -1;
}

function baoab(block: OscillatorBlock, steps: number, stale: boolean): number {
  const { x, v, h, noise, decay, spread } = block;
  if (stale) block.takeField();
  let stiff = block.stiffGroup();
  if (stiff >= 0) return stiff;
  const kick = (k: number): void => {
    v[k]! += 0.5 * h * block.force(k);
  };
  for (let s = 0; s < steps; s++) {
    block.draw();
    for (let k = 0; k < x.length; k++) {
      const i = block.siteOf(k);
      kick(k);
      const turned = decay[i]! * v[k]! + spread[i]! * noise[k]!;
      x[k]! += 0.5 * h * (v[k]! + turned);
      v[k] = turned;
    }
    block.takeField();
    stiff = block.stiffGroup();
    if (stiff >= 0) return s * block.groups + stiff;
    for (let k = 0; k < x.length; k++) kick(k);
  }
  return -1;
}

function eulerMaruyama(block: OscillatorBlock, steps: number): number {
  const { x, v, h, noise, decay: friction, spread } = block;
  for (let s = 0; s < steps; s++) {
    const stiff = block.stiffGroup();
    if (stiff >= 0) return s * block.groups + stiff;
    block.takeField();
    block.draw();
    for (let k = 0; k < x.length; k++) {
      const i = block.siteOf(k);
      const change = h * (block.force(k) - friction[i]! * v[k]!) + spread[i]! * noise[k]!;
      x[k]! += h * v[k]!;
      v[k]! += change;
    }
  }
  return -1;
}

/** The reference's groups first … first + here − 1. */
class OscillatorBlock {
  readonly h: number;
  readonly groups: number;
  readonly decay: Float64Array;
  readonly spread: Float64Array;
  readonly x: Float64Array;
  readonly v: Float64Array;
  readonly noise: Float32Array;
  private readonly field: Float64Array;
  private readonly own: Float64Array | null;

  constructor(
    private readonly engine: Engine,
    private readonly all: Oscillators,
    private readonly block: {
      readonly h: number;
      readonly coupling: number;
      readonly limit: number;
      readonly first: number;
      readonly here: number;
    },
  ) {
    const size = all.sites * GROUP;
    const part = (array: Float64Array): Float64Array =>
      array.subarray(block.first * size, (block.first + block.here) * size);
    this.h = block.h;
    this.groups = all.groups;
    this.decay = all.decay;
    this.spread = all.spread;
    this.x = part(all.x);
    this.v = part(all.v);
    this.field = part(all.field);
    this.own = all.own === null ? null : part(all.own);
    this.noise = new Float32Array(block.here * size);
  }

  siteOf(k: number): number {
    return Math.floor(k / GROUP) % this.all.sites;
  }

  /** J x */
  takeField(): void {
    const { engine, x, field, all, block } = this;
    const { J, work } = all;
    if ('toModes' in J) {
      multiplyGroups(engine, J.toModes, x, work, block.here);
      multiplyGroups(engine, J.fromModes, work, field, block.here);
    } else if ('data' in J) multiplyGroups(engine, J, x, field, block.here);
    else multiplySparse(engine, J, x, field, block.here);
  }

  draw(): void {
    const { engine, noise, all, block } = this;
    const size = all.sites * GROUP;
    for (let g = 0; g < block.here; g++) {
      const at = (block.first + g) * LANE_STATE;
      const state = all.lanes.subarray(at, at + LANE_STATE);
      fillNormal(engine, state, noise.subarray(g * size, (g + 1) * size));
    }
  }

  /** F of element k. */
  force(k: number): number {
    const { constant, quadratic, quartic } = this.all;
    const i = this.siteOf(k);
    const x = this.x[k]!;
    const coupled = this.field[k]! + (this.own === null ? 0 : this.own[k]!);
    const well = quadratic[i]! + quartic[i]! * x * x;
    return constant[i]! + this.block.coupling * coupled - well * x;
  }

  /** Group with a force too stiff in one of the columns that count, of all groups; −1: none. */
  stiffGroup(): number {
    const { x, h, all, block } = this;
    if (block.limit === Infinity) return -1;
    for (let k = 0; k < x.length; k++) {
      const group = block.first + Math.floor(k / (GROUP * all.sites));
      if (group * GROUP + (k % GROUP) >= all.columns) continue;
      if (3 * h * h * all.quartic[this.siteOf(k)]! * x[k]! ** 2 > block.limit) return group;
    }
    return -1;
  }
}

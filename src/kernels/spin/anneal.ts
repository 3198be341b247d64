import type { Allocator } from '../arena.js';
import type { Engine } from '../engine.js';
import { drawLanes, LANE_STATE, LANES } from '../random/lanes.js';
import { thresholdOf } from './flip-draws.js';

/** Rows start at multiples of this many numbers: a block of spins, see {@link annealSweeps}. */
const BLOCK = 64;
const f = Math.fround;

/**
 * Runs of simulated annealing on one matrix of couplings: E = −½ Σ J_ij s_i s_j, everything in float32. Rows are padded to
 * `stride`; padding spins are +1 in an infinite field, so that they never flip.
 */
export interface AnnealingRuns {
  readonly sites: number;
  readonly stride: number;
  readonly runs: number;
  /** J, sites × stride, symmetric with a zero diagonal; padding 0. */
  readonly couplings: Float32Array;
  /** ±1, runs × stride */
  readonly states: Float32Array;
  /** b = J s, runs × stride */
  readonly fields: Float32Array;
  /** Random numbers of each run, see seedLanes: runs × 64 */
  readonly lanes: Uint32Array;
  /** Working arrays of the native form: flips of the last sweep of each run, and how far blocks have followed them. */
  readonly logs: Uint32Array;
  readonly places: Uint32Array;
}

/** Arrays for `runs` of N spins; couplings, states and lanes are to be filled, then {@link computeFields} called. */
export function annealingRuns(allocator: Allocator, sites: number, runs: number): AnnealingRuns {
  // An odd number of blocks: rows do not all fall into the same sets of the cache.
  const stride = BLOCK * (Math.ceil(sites / BLOCK) | 1);
  const states = allocator.float32(runs * stride).fill(1);
  return {
    sites,
    stride,
    runs,
    couplings: allocator.float32(sites * stride),
    states,
    fields: allocator.float32(runs * stride),
    lanes: allocator.uint32(runs * LANE_STATE),
    logs: allocator.uint32(runs * 2 ** Math.ceil(Math.log2(stride + BLOCK))),
    places: allocator.uint32(runs * (stride / BLOCK + 1)),
  };
}

/** Fields of runs firstRun … firstRun + runs − 1 from their states, summed in the order of the sites. */
export function computeFields(
  engine: Engine,
  job: AnnealingRuns,
  firstRun: number,
  runs: number,
): void {
  const { sites, stride, couplings, states, fields } = job;
  if (engine.raw !== null) {
    engine.raw.annealFields(
      couplings.byteOffset,
      sites,
      stride,
      states.byteOffset + 4 * firstRun * stride,
      fields.byteOffset + 4 * firstRun * stride,
      runs,
    );
    return;
  }
  for (let run = firstRun; run < firstRun + runs; run++) {
    const base = run * stride;
    fields.fill(0, base, base + sites).fill(Infinity, base + sites, base + stride);
    for (let i = 0; i < sites; i++) {
      const spin = states[base + i]!;
      for (let j = 0; j < sites; j++) {
        fields[base + j] = fields[base + j]! + f(couplings[i * stride + j]! * spin);
      }
    }
  }
}

/**
 * Sequential Metropolis sweeps of runs firstRun … firstRun + runs − 1, one a temperature: every spin in turn flips where
 * s b < (T/2)(−ln u). Sixteen attempts that follow each other take the sixteen numbers of one draw.
 *
 * The compiled forms take blocks of 64 spins, run by run, so that the couplings they need stay in the cache for the next
 * run. Native: the block's fields go into registers, take what has flipped since their last turn from a log of each run,
 * then flip by flip what flips in the block. WebAssembly, whose registers are narrow: the block is kept up to date flip by
 * flip, and after it the rows of its flips are added to the other fields in streams of four. Each field is added to in the
 * order of the flips all the same: the bits are those of this plain form.
 * @param temperatures one a sweep, ≥ 0
 */
export function annealSweeps(
  engine: Engine,
  job: AnnealingRuns,
  firstRun: number,
  runs: number,
  temperatures: Float32Array,
): void {
  const { sites, stride, couplings, states, fields, lanes } = job;
  if (engine.raw !== null) {
    engine.raw.annealSweeps(
      couplings.byteOffset,
      sites,
      stride,
      states.byteOffset + 4 * firstRun * stride,
      fields.byteOffset + 4 * firstRun * stride,
      lanes.byteOffset + 4 * firstRun * LANE_STATE,
      runs,
      temperatures.byteOffset,
      temperatures.length,
      job.logs.byteOffset,
      job.logs.length / job.runs - 1,
      job.places.byteOffset,
    );
    return;
  }
  const words = new Uint32Array(LANES);
  for (let run = firstRun; run < firstRun + runs; run++) {
    const stream = lanes.subarray(run * LANE_STATE, (run + 1) * LANE_STATE);
    const base = run * stride;
    for (const temperature of temperatures) {
      const half = f(temperature / 2);
      for (let i = 0; i < sites; i++) {
        if (i % LANES === 0) drawLanes(stream, words);
        const spin = states[base + i]!;
        const word = words[i % LANES]!;
        if (!(f(spin * fields[base + i]!) < f(half * thresholdOf('metropolis', word)))) continue;
        states[base + i] = -spin;
        for (let j = 0; j < sites; j++) {
          const field = fields[base + j]!;
          fields[base + j] = field + f(-2 * spin * couplings[i * stride + j]!);
        }
      }
    }
  }
}

/** Energy of a run's state, and its fields (N), from scratch in float64. */
export function annealedEnergy(job: AnnealingRuns, run: number, fields: Float64Array): number {
  const { sites, stride, couplings, states } = job;
  const base = run * stride;
  let energy = 0;
  for (let i = 0; i < sites; i++) {
    let field = 0;
    for (let j = 0; j < sites; j++) field += couplings[i * stride + j]! * states[base + j]!;
    fields[i] = field;
    energy -= 0.5 * states[base + i]! * field;
  }
  return energy;
}

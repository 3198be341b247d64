import { RandomStream } from '../core/index.js';
import {
  explicitCircuit,
  GROUP,
  LANE_STATE,
  pack32,
  seedShotLanes,
  type Engine,
  type ExplicitCircuit,
} from '../kernels/index.js';

/** Sites and replicas of the Langevin workloads. */
export const SITES = 512;
export const REPLICAS = 256;
export const TEMPERATURE = 0.2;
const GROUPS = REPLICAS / GROUP;

/**
 * Force −(x + 0.5 x³ + J x) at T = 0.2 on 512 sites, 256 replicas from x = 0, in single precision; J symmetric with entries of
 * N(0, strength²/N).
 */
export function langevinNetwork(
  engine: Engine,
  dt: number,
  strength: number,
): ExplicitCircuit<Float32Array> {
  const { arena } = engine;
  const stream = RandomStream.of(1, 'disorder');
  const couplings = new Float32Array(SITES * SITES);
  for (let i = 0; i < SITES; i++) {
    for (let j = 0; j < i; j++) {
      const value = (strength * stream.normal()) / Math.sqrt(SITES);
      couplings[i * SITES + j] = couplings[j * SITES + i] = value;
    }
  }
  const lanes = arena.uint32(GROUPS * LANE_STATE);
  for (let g = 0; g < GROUPS; g++) {
    seedShotLanes(lanes.subarray(g * LANE_STATE), 6, 'dynamics', g * GROUP);
  }
  const everywhere = (value: number): Float32Array => arena.float32(SITES).fill(value);
  return explicitCircuit(arena, {
    sites: SITES,
    groups: GROUPS,
    columns: REPLICAS,
    J: pack32(arena, couplings, SITES, SITES),
    constant: everywhere(0),
    quadratic: everywhere(1),
    quartic: everywhere(0.5),
    amplitude: everywhere(Math.sqrt(2 * TEMPERATURE * dt)),
    own: null,
    z: arena.float32(SITES * REPLICAS),
    lanes,
    earlier: arena.float32(SITES * REPLICAS),
  });
}

/** Operations on numbers of one step: the product, 12 a site for wells and update, 33 for its noise (W7). */
export const STEP_OPERATIONS = (2 * SITES + 12 + 33) * SITES * REPLICAS;
/** Bytes that have to move: the couplings once, every position read and written. */
export const STEP_BYTES = 4 * (SITES * SITES + 2 * SITES * REPLICAS);

export function meanSquare(x: Float32Array): number {
  let sum = 0;
  for (const value of x) sum += value * value;
  return sum / x.length;
}

import { philox4x32, STREAM_PURPOSE, type StreamPurpose } from '../../core/index.js';

/** Streams side by side in a vector: 16 of 32 bits, on every engine. */
export const LANES = 16;
/** Words of the state of {@link LANES} streams: s0[16] s1[16] s2[16] s3[16]. */
export const LANE_STATE = 4 * LANES;

/** Last word of Philox's counter: 0 is RandomStream's, 1 … 16 the lanes of one shot, 17 shots side by side. */
const SHOTS_SIDE_BY_SIDE = 17;

const low = (n: number): number => n >>> 0;
const high = (n: number): number => Math.floor(n / 0x100000000) >>> 0;

function seedLane(
  state: Uint32Array,
  lane: number,
  [seed, purpose, index, word]: readonly [number, StreamPurpose, number, number],
): void {
  const words = philox4x32(
    [low(index), high(index), STREAM_PURPOSE[purpose], word],
    [low(seed), high(seed)],
  );
  if (words.every((w) => w === 0)) words[0] = 1;
  for (let k = 0; k < 4; k++) state[k * LANES + lane] = words[k]!;
}

/**
 * Sixteen streams of one shot (sites or attempts side by side), independent of each other, of other shots and of
 * RandomStream's: Philox4x32-10 makes their starting states, xoshiro128+ is the stream.
 * @param state 64 words, overwritten
 */
export function seedLanes(
  state: Uint32Array,
  seed: number,
  purpose: StreamPurpose,
  shot: number,
): void {
  for (let lane = 0; lane < LANES; lane++) seedLane(state, lane, [seed, purpose, shot, 1 + lane]);
}

/**
 * One stream for each of sixteen shots side by side: lane l is shot `firstShot` + l, whatever block it is run in.
 * @param state 64 words, overwritten
 */
export function seedShotLanes(
  state: Uint32Array,
  seed: number,
  purpose: StreamPurpose,
  firstShot: number,
): void {
  for (let lane = 0; lane < LANES; lane++) {
    seedLane(state, lane, [seed, purpose, firstShot + lane, SHOTS_SIDE_BY_SIDE]);
  }
}

/** Draws one word of every lane (xoshiro128+, Blackman & Vigna 2021) into `out` (16) and moves the lanes on. */
export function drawLanes(state: Uint32Array, out: Uint32Array): void {
  for (let lane = 0; lane < LANES; lane++) {
    let s0 = state[lane]!;
    let s1 = state[LANES + lane]!;
    let s2 = state[2 * LANES + lane]!;
    let s3 = state[3 * LANES + lane]!;
    out[lane] = s0 + s3;
    const t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = (s3 << 11) | (s3 >>> 21);
    state[lane] = s0;
    state[LANES + lane] = s1;
    state[2 * LANES + lane] = s2;
    state[3 * LANES + lane] = s3;
  }
}

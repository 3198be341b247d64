import type { StreamPurpose } from '../../core/index.js';
import type { Engine } from '../engine.js';
import { drawLanes, LANES, seedLanes } from '../random/lanes.js';
import { EVENT_BLOCK, EVENT_NUMBER, type EventArrays } from './event-arrays.js';
import { flipRate } from './flip-rates.js';
import { fraction, fractionInside, minusLog } from './waiting-time.js';

const { fround } = Math;

/** Starts the streams of a shot. */
export function seedEvents(
  arrays: EventArrays,
  seed: number,
  purpose: StreamPurpose,
  shot: number,
): void {
  seedLanes(arrays.random, seed, purpose, shot);
  arrays.put('wordsUsed', 0);
}

/**
 * Reads the rates at the present fields and draws when the next event comes: at the start, and after a change of fields,
 * slopes, weights or the law. Drawn anew at any time of a Poisson process it is the same process.
 * @param t now
 */
export function startEvents(engine: Engine, arrays: EventArrays, t: number): void {
  if (engine.raw !== null) {
    engine.raw.startEvents(arrays.control.byteOffset, t);
    return;
  }
  addRow(arrays, 0, 0);
  schedule(arrays, t);
}

/**
 * Rejection-free kinetics (Bortz, Kalos & Lebowitz 1975; Gillespie 1977): the next event comes after an exponential time
 * at the sum of all rates; the spin is chosen in proportion to its rate, through sums of 16 lanes and of blocks; and one
 * pass over its row of couplings brings all fields and all rates up to date. O(N) an event, none in vain.
 *
 * Events and what they are drawn from are the same bits on every engine: rates are 32-bit numbers, sums have one order. Of
 * fields in 32 bits they are so only to rounding: compiled kernels fuse multiply-adds, and their rates are good to 1e-6.
 * @returns how many happened at times up to `until`, as many as the cell `most` allows; they are in `sitesOut`, `fieldsOut`, `timesOut`.
 *   The next one's time stands in `arrays.next`, and is kept.
 */
export function runEvents(engine: Engine, arrays: EventArrays, until: number): number {
  if (engine.raw !== null) return engine.raw.runEvents(arrays.control.byteOffset, until);
  const { state, slopes, sitesOut, fieldsOut, timesOut } = arrays;
  const most = arrays.integer('most');
  let count = 0;
  for (; count < most && arrays.next <= until && arrays.total > 0; count++) {
    const t = arrays.next;
    const site = choose(arrays);
    sitesOut[count] = site;
    fieldsOut[count] = arrays.fields[site]!;
    timesOut[count] = t;
    state[site] = -state[site]!;
    slopes[site] = -slopes[site]!;
    addRow(arrays, site, 2 * state[site]);
    schedule(arrays, t);
  }
  return count;
}

/** Sums fields_i = Σ_j J_ij s_j from the state, in the order of j. Without rates: `startEvents` follows. */
export function sumFields(engine: Engine, arrays: EventArrays): void {
  if (engine.raw !== null) {
    engine.raw.sumFields(arrays.control.byteOffset);
    return;
  }
  const { fields, sites, state, rows, stride } = arrays;
  fields.fill(0);
  for (let j = 0; j < sites; j++) {
    // Assigning to a 32-bit array rounds, as a sum of two such numbers is to be.
    for (let i = 0; i < sites; i++) {
      fields[i] = fields[i]! + state[j]! * rows[j * stride + i]!;
    }
  }
}

/** Adds `change` × row to the fields, then reads rates and sums: per lane over the blocks, and within a block (0+1)+(2+3). */
function addRow(arrays: EventArrays, row: number, change: number): void {
  const { padded, fields, rows, stride, slopes, weights, rates, blockSums, laneSums } = arrays;
  const law = arrays.integer('law');
  const { double } = arrays;
  const start = row * stride;
  laneSums.fill(0);
  for (let block = 0; block < padded; block += EVENT_BLOCK) {
    for (let n = block; n < block + EVENT_BLOCK; n++) {
      const product = change * (rows[start + n] ?? 0);
      fields[n] = fields[n]! + (double ? product : fround(product));
      const z = fround(slopes[n]! * fround(arrays.fieldOf(n)));
      // Beyond the last site a row holds anything at all.
      rates[n] = weights[n] === 0 ? 0 : weights[n]! * flipRate(law, z, slopes[n]!, arrays.numbers);
    }
    for (let lane = 0; lane < LANES; lane++) {
      const at = block + lane;
      const first = fround(rates[at]! + rates[at + 16]!);
      const sum = fround(first + fround(rates[at + 32]! + rates[at + 48]!));
      blockSums[block / 4 + lane] = sum;
      laneSums[lane] = laneSums[lane]! + sum;
    }
  }
}

/** Draws the next event: four words, two for the time, and two for the choice that is made when it comes. */
function schedule(arrays: EventArrays, t: number): void {
  const { control, random, words, laneSums } = arrays;
  let total = 0;
  for (let lane = 0; lane < LANES; lane++) total += laneSums[lane]!;
  let used = arrays.integer('wordsUsed');
  if (used === 0) drawLanes(random, words);
  control[EVENT_NUMBER.pick] = fraction(words[used]!, words[used + 1]!);
  const wait = minusLog(fractionInside(words[used + 2]!, words[used + 3]!));
  used = (used + 4) % LANES;
  arrays.put('wordsUsed', used);
  control[EVENT_NUMBER.total] = total;
  control[EVENT_NUMBER.next] = total > 0 ? t + wait / total : Infinity;
}

/** The spin that the draw falls to, lane by lane, block by block, one by one; where rounding leaves none, the last that can flip. */
function choose(arrays: EventArrays): number {
  const { laneSums, blockSums, rates, padded } = arrays;
  let rest = arrays.control[EVENT_NUMBER.pick]! * arrays.total;
  const take = (from: Float32Array, start: number, step: number, end: number): number => {
    let chosen = start;
    for (let at = start; at < end; at += step) {
      const part = from[at]!;
      if (part > 0) chosen = at;
      if (rest < part) return at;
      rest -= part;
    }
    // Past the end: at the end of what was chosen last.
    rest = from[chosen]!;
    return chosen;
  };
  const lane = take(laneSums, 0, 1, LANES);
  const block = take(blockSums, lane, LANES, padded / 4);
  const first = 4 * (block - lane) + lane;
  return take(rates, first, LANES, first + EVENT_BLOCK);
}

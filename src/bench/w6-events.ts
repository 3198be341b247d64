import { RandomStream } from '../core/index.js';
import {
  EventArrays,
  paddedSites,
  runEvents,
  seedEvents,
  startEvents,
  sumFields,
  type Engine,
} from '../kernels/index.js';
import type { Trial, Workload } from './workload.js';

const SITES = 1000;
const SEED = 6;
/** The spin-glass transition of these couplings. */
const TEMPERATURE = 1;
const EVENTS_A_CALL = 4096;
/** Fields in 32 bits are summed afresh after so many calls. */
const CALLS_A_REFRESH = 4;
/** Of one run; the reference, which is 20 times slower, does less. */
const CALLS = 40;
const CALLS_OF_REFERENCE = 3;

/** Field and rate of a site: 2 operations for the field, 19 for the rate, 1 for the sum. */
const OPERATIONS_A_SITE = 22;

/**
 * W6: rejection-free kinetic Monte Carlo of an SK glass, J_ij ~ N(0, 1/N), N = 1000 dense, Glauber rates at T = 1, all in
 * 32 bits.
 */
export const events: Workload = {
  name: 'W6',
  title: 'Rejection-free kinetics, N = 1000 dense, Glauber rates',
  unit: 'µs an event',
  lowerIsBetter: true,
  on: trialOn,
};

function trialOn(engine: Engine): Trial {
  const stride = paddedSites(SITES);
  const rows = engine.arena.float32(SITES * stride);
  const stream = RandomStream.of(SEED, 'initial', 0);
  for (let i = 0; i < SITES; i++) {
    for (let j = 0; j < i; j++) {
      rows[i * stride + j] = stream.normal() / Math.sqrt(SITES);
      rows[j * stride + i] = rows[i * stride + j]!;
    }
  }
  const state = engine.arena.int8(SITES);
  for (let i = 0; i < SITES; i++) state[i] = stream.sign();
  const arrays = new EventArrays(engine.arena, SITES, rows, stride, state, EVENTS_A_CALL);
  for (let i = 0; i < SITES; i++) {
    arrays.slopes[i] = (2 * Math.LOG2E * state[i]!) / TEMPERATURE;
    arrays.weights[i] = 1;
  }
  seedEvents(arrays, SEED, 'dynamics', 0);
  sumFields(engine, arrays);
  startEvents(engine, arrays, 0);
  const calls = engine.kind === 'reference' ? CALLS_OF_REFERENCE : CALLS;
  const count = calls * EVENTS_A_CALL;
  let heat = 0;
  let before = 0;
  const run = (): void => {
    before = energyOf(rows, stride, state);
    heat = 0;
    for (let call = 0; call < calls; call++) {
      runEvents(engine, arrays, Infinity);
      const { sitesOut, fieldsOut } = arrays;
      // The spin before the flip: of later flips of the same site, those that are still to come turned it again.
      for (let k = EVENTS_A_CALL - 1; k >= 0; k--) {
        const site = sitesOut[k]!;
        const spin = (turned[site] = -(turned[site] === 0 ? state[site]! : turned[site]!));
        heat -= 2 * spin * fieldsOut[k]!;
      }
      turned.fill(0);
      if (call % CALLS_A_REFRESH === 0) {
        sumFields(engine, arrays);
        startEvents(engine, arrays, arrays.next);
      }
    }
  };
  const turned = new Int8Array(SITES);
  return {
    run,
    figure: (seconds) => (1e6 * seconds) / count,
    operations: count * SITES * OPERATIONS_A_SITE,
    bytes: count * SITES * 4,
    check: () => {
      const change = energyOf(rows, stride, state) - before;
      if (!(Math.abs(change + heat) < 1e-3 * SITES)) {
        throw new Error(`W6: the energy changed by ${change}, the bath took ${heat}`);
      }
      const energy = energyOf(rows, stride, state) / SITES;
      // −β/2 in the paramagnet; a relaxing glass of N = 1000 at T = 1 is near.
      if (!(energy > -0.62 && energy < -0.38)) throw new Error(`W6: energy ${energy} a spin`);
    },
  };
}

function energyOf(rows: Float32Array, stride: number, state: Int8Array): number {
  let sum = 0;
  for (let i = 0; i < SITES; i++) {
    for (let j = 0; j < SITES; j++) sum += state[i]! * rows[i * stride + j]! * state[j]!;
  }
  return -0.5 * sum;
}

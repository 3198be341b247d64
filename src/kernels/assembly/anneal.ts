// Simulated annealing in blocks of 64 spins: ../spin/anneal.ts.
import { metropolisThresholds } from './logarithm';
import { drawLanes } from './random';

const THRESHOLDS = memory.data(64, 16);

/** Bits of the lanes of sixteen attempts that flip. */
// @ts-ignore: decorator
@inline
function flippingLanes(states: usize, fields: usize): i32 {
  const a = f32x4.lt(f32x4.mul(v128.load(states), v128.load(fields)), v128.load(THRESHOLDS));
  const b = f32x4.lt(f32x4.mul(v128.load(states, 16), v128.load(fields, 16)), v128.load(THRESHOLDS, 16));
  const c = f32x4.lt(f32x4.mul(v128.load(states, 32), v128.load(fields, 32)), v128.load(THRESHOLDS, 32));
  const d = f32x4.lt(f32x4.mul(v128.load(states, 48), v128.load(fields, 48)), v128.load(THRESHOLDS, 48));
  return i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
}

/**
 * Adds rows of flips from … to − 1 of a run's log (2 · site + (1 where it went to −1), a ring of `mask` + 1) to the fields
 * of 32 columns.
 */
// @ts-ignore: decorator
@inline
function addFlips(at: usize, log: usize, mask: u32, from: u32, to: u32, column: usize, rowBytes: usize): void {
  let a = v128.load(at);
  let b = v128.load(at, 16);
  let c = v128.load(at, 32);
  let d = v128.load(at, 48);
  let e = v128.load(at, 64);
  let f = v128.load(at, 80);
  let g = v128.load(at, 96);
  let h = v128.load(at, 112);
  for (let k = from; k != to; k++) {
    const entry = load<u32>(log + (<usize>(k & mask) << 2));
    const row = column + <usize>(entry >> 1) * rowBytes;
    const twice: i32 = 2 - <i32>((entry & 1) << 2);
    const factor = f32x4.splat(<f32>twice);
    a = f32x4.add(a, f32x4.mul(v128.load(row), factor));
    b = f32x4.add(b, f32x4.mul(v128.load(row, 16), factor));
    c = f32x4.add(c, f32x4.mul(v128.load(row, 32), factor));
    d = f32x4.add(d, f32x4.mul(v128.load(row, 48), factor));
    e = f32x4.add(e, f32x4.mul(v128.load(row, 64), factor));
    f = f32x4.add(f, f32x4.mul(v128.load(row, 80), factor));
    g = f32x4.add(g, f32x4.mul(v128.load(row, 96), factor));
    h = f32x4.add(h, f32x4.mul(v128.load(row, 112), factor));
  }
  v128.store(at, a);
  v128.store(at, b, 16);
  v128.store(at, c, 32);
  v128.store(at, d, 48);
  v128.store(at, e, 64);
  v128.store(at, f, 80);
  v128.store(at, g, 96);
  v128.store(at, h, 112);
}

export function annealSweeps(
  couplings: usize, sites: i32, stride: i32, states: usize, fields: usize, lanes: usize,
  runs: i32, temperatures: usize, sweeps: i32, logs: usize, logMask: u32, places: usize,
): void {
  const rowBytes = <usize>stride << 2;
  const siteBytes = <usize>sites << 2;
  const blocks = (sites + 63) >> 6;
  const placeBytes = <usize>(blocks + 1) << 2;
  for (let k: usize = 0; k < <usize>runs * placeBytes; k += 4) store<u32>(places + k, 0);
  // The turn after the last only adds what is left.
  for (let sweep = 0; sweep <= sweeps; sweep++) {
    const half = f32x4.splat(sweep < sweeps ? load<f32>(temperatures + (<usize>sweep << 2)) / 2 : 0);
    for (let b = 0; b < blocks; b++) {
      const block = <usize>b << 8;
      const column = couplings + block;
      for (let run = 0; run < runs; run++) {
        const s = states + <usize>run * rowBytes;
        const f = fields + <usize>run * rowBytes;
        const log = logs + <usize>run * (<usize>(logMask + 1) << 2);
        const place = places + <usize>run * placeBytes;
        const last = place + placeBytes - 4;
        let end = load<u32>(last);
        const from = load<u32>(place + (<usize>b << 2));
        if (from != end) {
          addFlips(f + block, log, logMask, from, end, column, rowBytes);
          addFlips(f + block + 128, log, logMask, from, end, column + 128, rowBytes);
        }
        if (sweep < sweeps) {
          const random = lanes + (<usize>run << 8);
          for (let g = block; g < block + 256 && g < siteBytes; g += 64) {
            for (let l: usize = 0; l < 64; l += 16) {
              v128.store(THRESHOLDS + l, f32x4.mul(metropolisThresholds(drawLanes(random, l)), half));
            }
            let flipping = flippingLanes(s + g, f + g);
            while (flipping != 0) {
              const k = ctz(flipping);
              const at = g + (<usize>k << 2);
              const spin = load<f32>(s + at);
              store<f32>(s + at, -spin);
              const row = column + (at >> 2) * rowBytes;
              const twice = f32x4.splat(-2 * spin);
              for (let v: usize = 0; v < 256; v += 64) {
                const p = f + block + v;
                const q = row + v;
                v128.store(p, f32x4.add(v128.load(p), f32x4.mul(v128.load(q), twice)));
                v128.store(p, f32x4.add(v128.load(p, 16), f32x4.mul(v128.load(q, 16), twice)), 16);
                v128.store(p, f32x4.add(v128.load(p, 32), f32x4.mul(v128.load(q, 32), twice)), 32);
                v128.store(p, f32x4.add(v128.load(p, 48), f32x4.mul(v128.load(q, 48), twice)), 48);
              }
              store<u32>(log + (<usize>(end & logMask) << 2), <u32>(at >> 1) + u32(spin > 0));
              end++;
              flipping = flippingLanes(s + g, f + g) & (0xfffe << k) & 0xffff;
            }
          }
          store<u32>(last, end);
        }
        store<u32>(place + (<usize>b << 2), end);
      }
    }
  }
}

export function annealFields(
  couplings: usize, sites: i32, stride: i32, states: usize, fields: usize, runs: i32,
): void {
  const rowBytes = <usize>stride << 2;
  const siteBytes = <usize>sites << 2;
  for (let run = 0; run < runs; run++) {
    const s = states + <usize>run * rowBytes;
    const f = fields + <usize>run * rowBytes;
    for (let j: usize = 0; j < rowBytes; j += 4) store<f32>(f + j, j < siteBytes ? 0 : Infinity);
    for (let i: usize = 0; i < siteBytes; i += 4) {
      const spin = v128.load32_splat(s + i);
      const row = couplings + (i >> 2) * rowBytes;
      for (let j: usize = 0; j < rowBytes; j += 32) {
        v128.store(f + j, f32x4.add(v128.load(f + j), f32x4.mul(v128.load(row + j), spin)));
        v128.store(f + j, f32x4.add(v128.load(f + j, 16), f32x4.mul(v128.load(row + j, 16), spin)), 16);
      }
    }
  }
}

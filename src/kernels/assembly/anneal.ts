// Simulated annealing in blocks of 64 spins: ../spin/anneal.ts.
import { metropolisThresholds } from './logarithm';
import { drawLanes } from './random';

/** Rows and factors of the flips of a block: u32[64], f32[64]. */
const FLIPS = memory.data(512, 16);

/** Bits of the lanes of sixteen attempts that flip; thresholds at `thresholds`. */
// @ts-ignore: decorator
@inline
function flippingLanes(states: usize, fields: usize, thresholds: usize): i32 {
  const a = f32x4.lt(f32x4.mul(v128.load(states), v128.load(fields)), v128.load(thresholds));
  const b = f32x4.lt(f32x4.mul(v128.load(states, 16), v128.load(fields, 16)), v128.load(thresholds, 16));
  const c = f32x4.lt(f32x4.mul(v128.load(states, 32), v128.load(fields, 32)), v128.load(thresholds, 32));
  const d = f32x4.lt(f32x4.mul(v128.load(states, 48), v128.load(fields, 48)), v128.load(thresholds, 48));
  return i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
}

/** Adds the rows of flips to the fields at byte offsets from … to. */
// @ts-ignore: decorator
@inline
function addRows(fields: usize, flips: usize, count: usize, from: usize, to: usize): void {
  for (let j = from; j < to; j += 128) {
    const at = fields + j;
    let a = v128.load(at);
    let b = v128.load(at, 16);
    let c = v128.load(at, 32);
    let d = v128.load(at, 48);
    let e = v128.load(at, 64);
    let f = v128.load(at, 80);
    let g = v128.load(at, 96);
    let h = v128.load(at, 112);
    for (let k: usize = 0; k < count; k += 4) {
      const row = <usize>load<u32>(flips + k) + j;
      const twice = v128.load32_splat(flips + k, 256);
      a = f32x4.add(a, f32x4.mul(v128.load(row), twice));
      b = f32x4.add(b, f32x4.mul(v128.load(row, 16), twice));
      c = f32x4.add(c, f32x4.mul(v128.load(row, 32), twice));
      d = f32x4.add(d, f32x4.mul(v128.load(row, 48), twice));
      e = f32x4.add(e, f32x4.mul(v128.load(row, 64), twice));
      f = f32x4.add(f, f32x4.mul(v128.load(row, 80), twice));
      g = f32x4.add(g, f32x4.mul(v128.load(row, 96), twice));
      h = f32x4.add(h, f32x4.mul(v128.load(row, 112), twice));
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
}

const THRESHOLDS = memory.data(64, 16);

export function annealSweeps(
  couplings: usize, sites: i32, stride: i32, states: usize, fields: usize, lanes: usize,
  runs: i32, temperatures: usize, sweeps: i32,
): void {
  const rowBytes = <usize>stride << 2;
  const siteBytes = <usize>sites << 2;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const half = f32x4.splat(load<f32>(temperatures + (<usize>sweep << 2)) / 2);
    for (let block: usize = 0; block < rowBytes; block += 256) {
      for (let run = 0; run < runs; run++) {
        const s = states + <usize>run * rowBytes;
        const f = fields + <usize>run * rowBytes;
        const random = lanes + (<usize>run << 8);
        let count: usize = 0;
        for (let g = block; g < block + 256 && g < siteBytes; g += 64) {
          for (let l: usize = 0; l < 64; l += 16) {
            v128.store(THRESHOLDS + l, f32x4.mul(metropolisThresholds(drawLanes(random, l)), half));
          }
          let flipping = flippingLanes(s + g, f + g, THRESHOLDS);
          while (flipping != 0) {
            const k = ctz(flipping);
            const at = g + (<usize>k << 2);
            const spin = load<f32>(s + at);
            store<f32>(s + at, -spin);
            const row = couplings + (at >> 2) * rowBytes;
            const twice = f32x4.splat(-2 * spin);
            for (let v: usize = 0; v < 256; v += 32) {
              const p = f + block + v;
              const q = row + block + v;
              v128.store(p, f32x4.add(v128.load(p), f32x4.mul(v128.load(q), twice)));
              v128.store(p, f32x4.add(v128.load(p, 16), f32x4.mul(v128.load(q, 16), twice)), 16);
            }
            store<u32>(FLIPS + count, <u32>row);
            store<f32>(FLIPS + count, -2 * spin, 256);
            count += 4;
            flipping = flippingLanes(s + g, f + g, THRESHOLDS) & (0xfffe << k) & 0xffff;
          }
        }
        if (count > 0) {
          addRows(f, FLIPS, count, 0, block);
          addRows(f, FLIPS, count, block + 256, rowBytes);
        }
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
    const f = fields + <usize>run * rowBytes;
    for (let j: usize = 0; j < rowBytes; j += 4) store<f32>(f + j, j < siteBytes ? 0 : Infinity);
  }
  for (let block: usize = 0; block < siteBytes; block += 256) {
    for (let run = 0; run < runs; run++) {
      const s = states + <usize>run * rowBytes;
      let count: usize = 0;
      for (let at = block; at < block + 256 && at < siteBytes; at += 4) {
        store<u32>(FLIPS + count, <u32>(couplings + (at >> 2) * rowBytes));
        store<f32>(FLIPS + count, load<f32>(s + at), 256);
        count += 4;
      }
      addRows(fields + <usize>run * rowBytes, FLIPS, count, 0, rowBytes);
    }
  }
}

// Simulated annealing in blocks of 64 spins: ../spin/anneal.ts.
import { metropolisThresholds } from './logarithm';
import { drawLanes } from './random';

/** Bits of the lanes of sixteen attempts that flip. */
// @ts-ignore: decorator
@inline
function flippingLanes(states: usize, fields: usize, t0: v128, t1: v128, t2: v128, t3: v128): i32 {
  const a = f32x4.lt(f32x4.mul(v128.load(states), v128.load(fields)), t0);
  const b = f32x4.lt(f32x4.mul(v128.load(states, 16), v128.load(fields, 16)), t1);
  const c = f32x4.lt(f32x4.mul(v128.load(states, 32), v128.load(fields, 32)), t2);
  const d = f32x4.lt(f32x4.mul(v128.load(states, 48), v128.load(fields, 48)), t3);
  return i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
}

/** Adds four rows, in their order, to the fields at byte offsets from … to, in one stream. */
// @ts-ignore: decorator
@inline
function addFour(fields: usize, flips: usize, from: usize, to: usize): void {
  const r0 = <usize>load<u32>(flips);
  const r1 = <usize>load<u32>(flips, 4);
  const r2 = <usize>load<u32>(flips, 8);
  const r3 = <usize>load<u32>(flips, 12);
  const t0 = v128.load32_splat(flips, 256);
  const t1 = v128.load32_splat(flips, 260);
  const t2 = v128.load32_splat(flips, 264);
  const t3 = v128.load32_splat(flips, 268);
  for (let j = from; j < to; j += 32) {
    let a = v128.load(fields + j);
    let b = v128.load(fields + j, 16);
    a = f32x4.add(a, f32x4.mul(v128.load(r0 + j), t0));
    b = f32x4.add(b, f32x4.mul(v128.load(r0 + j, 16), t0));
    a = f32x4.add(a, f32x4.mul(v128.load(r1 + j), t1));
    b = f32x4.add(b, f32x4.mul(v128.load(r1 + j, 16), t1));
    a = f32x4.add(a, f32x4.mul(v128.load(r2 + j), t2));
    b = f32x4.add(b, f32x4.mul(v128.load(r2 + j, 16), t2));
    a = f32x4.add(a, f32x4.mul(v128.load(r3 + j), t3));
    b = f32x4.add(b, f32x4.mul(v128.load(r3 + j, 16), t3));
    v128.store(fields + j, a);
    v128.store(fields + j, b, 16);
  }
}
// @ts-ignore: decorator
@inline
function addOne(fields: usize, flips: usize, from: usize, to: usize): void {
  const row = <usize>load<u32>(flips);
  const twice = v128.load32_splat(flips, 256);
  for (let j = from; j < to; j += 64) {
    v128.store(fields + j, f32x4.add(v128.load(fields + j), f32x4.mul(v128.load(row + j), twice)));
    v128.store(fields + j, f32x4.add(v128.load(fields + j, 16), f32x4.mul(v128.load(row + j, 16), twice)), 16);
    v128.store(fields + j, f32x4.add(v128.load(fields + j, 32), f32x4.mul(v128.load(row + j, 32), twice)), 32);
    v128.store(fields + j, f32x4.add(v128.load(fields + j, 48), f32x4.mul(v128.load(row + j, 48), twice)), 48);
  }
}
// @ts-ignore: decorator
@inline
function addTwo(fields: usize, flips: usize, from: usize, to: usize): void {
  const r0 = <usize>load<u32>(flips);
  const r1 = <usize>load<u32>(flips, 4);
  const t0 = v128.load32_splat(flips, 256);
  const t1 = v128.load32_splat(flips, 260);
  for (let j = from; j < to; j += 32) {
    let a = v128.load(fields + j);
    let b = v128.load(fields + j, 16);
    a = f32x4.add(a, f32x4.mul(v128.load(r0 + j), t0));
    b = f32x4.add(b, f32x4.mul(v128.load(r0 + j, 16), t0));
    a = f32x4.add(a, f32x4.mul(v128.load(r1 + j), t1));
    b = f32x4.add(b, f32x4.mul(v128.load(r1 + j, 16), t1));
    v128.store(fields + j, a);
    v128.store(fields + j, b, 16);
  }
}

/** Adds the rows of `count`/4 flips to the fields at byte offsets from … to, in the order of the flips. */
function addRows(fields: usize, flips: usize, count: usize, from: usize, to: usize): void {
  let k: usize = 0;
  for (; k + 16 <= count; k += 16) addFour(fields, flips + k, from, to);
  if (k + 8 <= count) {
    addTwo(fields, flips + k, from, to);
    k += 8;
  }
  if (k < count) addOne(fields, flips + k, from, to);
}

/** In the log are rows and factors of the flips of a block, u32[64], f32[64]. The places are the native form's. */
export function annealSweeps(
  couplings: usize, sites: i32, stride: i32, states: usize, fields: usize, lanes: usize,
  runs: i32, temperatures: usize, sweeps: i32, logs: usize, logMask: u32, places: usize,
): void {
  const rowBytes = <usize>stride << 2;
  const siteBytes = <usize>sites << 2;
  const usedBytes = (siteBytes + 255) & ~255;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const half = f32x4.splat(load<f32>(temperatures + (<usize>sweep << 2)) / 2);
    for (let block: usize = 0; block < usedBytes; block += 256) {
      for (let run = 0; run < runs; run++) {
        const s = states + <usize>run * rowBytes;
        const f = fields + <usize>run * rowBytes;
        const random = lanes + (<usize>run << 8);
        let count: usize = 0;
        for (let g = block; g < block + 256 && g < siteBytes; g += 64) {
          const t0 = f32x4.mul(metropolisThresholds(drawLanes(random, 0)), half);
          const t1 = f32x4.mul(metropolisThresholds(drawLanes(random, 16)), half);
          const t2 = f32x4.mul(metropolisThresholds(drawLanes(random, 32)), half);
          const t3 = f32x4.mul(metropolisThresholds(drawLanes(random, 48)), half);
          let flipping = flippingLanes(s + g, f + g, t0, t1, t2, t3);
          while (flipping != 0) {
            const k = ctz(flipping);
            const at = g + (<usize>k << 2);
            const spin = load<f32>(s + at);
            store<f32>(s + at, -spin);
            const row = couplings + (at >> 2) * rowBytes;
            store<u32>(logs + count, <u32>row);
            store<f32>(logs + count, -2 * spin, 256);
            addOne(f, logs + count, block, block + 256);
            count += 4;
            flipping = flippingLanes(s + g, f + g, t0, t1, t2, t3) & (0xfffe << k) & 0xffff;
          }
        }
        if (count > 0) {
          addRows(f, logs, count, 0, block);
          addRows(f, logs, count, block + 256, usedBytes);
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

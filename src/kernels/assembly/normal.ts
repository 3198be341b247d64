// Standard normal and exponential numbers from random words, for kernels' inner loops: the operations of
// ../random/normal-numbers.ts in their order, so the same bits on every engine. No fused multiply-add: it would change them.

/** Constants lie in memory, four times each: V8 would make v128.const anew in every round of a loop. */
const CONSTANTS = memory.data<f32>([
  -1.9999996423721313, -1.9999996423721313, -1.9999996423721313, -1.9999996423721313,
  0.9999987483024597, 0.9999987483024597, 0.9999987483024597, 0.9999987483024597,
  -0.6667597889900208, -0.6667597889900208, -0.6667597889900208, -0.6667597889900208,
  0.5001524090766907, 0.5001524090766907, 0.5001524090766907, 0.5001524090766907,
  -0.3959007263183594, -0.3959007263183594, -0.3959007263183594, -0.3959007263183594,
  0.32840171456336975, 0.32840171456336975, 0.32840171456336975, 0.32840171456336975,
  -0.34222376346588135, -0.34222376346588135, -0.34222376346588135, -0.34222376346588135,
  0.3073139488697052, 0.3073139488697052, 0.3073139488697052, 0.3073139488697052,
  -1.3862943649291992, -1.3862943649291992, -1.3862943649291992, -1.3862943649291992,
  1.0, 1.0, 1.0, 1.0,
  0.5, 0.5, 0.5, 0.5,
  7.31459059988282e-10, 7.31459059988282e-10, 7.31459059988282e-10, 7.31459059988282e-10,
  0.9999999403953552, 0.9999999403953552, 0.9999999403953552, 0.9999999403953552,
  -0.4999990463256836, -0.4999990463256836, -0.4999990463256836, -0.4999990463256836,
  0.04166358336806297, 0.04166358336806297, 0.04166358336806297, 0.04166358336806297,
  -0.0013853705022484064, -0.0013853705022484064, -0.0013853705022484064, -0.0013853705022484064,
  2.3153950678533874e-5, 2.3153950678533874e-5, 2.3153950678533874e-5, 2.3153950678533874e-5,
  0.9999966025352478, 0.9999966025352478, 0.9999966025352478, 0.9999966025352478,
  -0.1666482836008072, -0.1666482836008072, -0.1666482836008072, -0.1666482836008072,
  0.008306325413286686, 0.008306325413286686, 0.008306325413286686, 0.008306325413286686,
  -0.00018363652634434402, -0.00018363652634434402, -0.00018363652634434402, -0.00018363652634434402,
], 16);
const MASKS = memory.data<i32>([
  0x4eaaaaab, 0x4eaaaaab, 0x4eaaaaab, 0x4eaaaaab, // bits of 2/3 with 31 added to the exponent
  0x7fffff, 0x7fffff, 0x7fffff, 0x7fffff,
  0x3f2aaaab, 0x3f2aaaab, 0x3f2aaaab, 0x3f2aaaab, // bits of 2/3
  0x80000000, 0x80000000, 0x80000000, 0x80000000,
], 16);

// @ts-ignore: decorator
@inline
function constant(k: usize): v128 {
  return v128.load(CONSTANTS + (k << 4));
}
// @ts-ignore: decorator
@inline
function mask(k: usize): v128 {
  return v128.load(MASKS + (k << 4));
}
/** p·x + constant k. */
// @ts-ignore: decorator
@inline
function next(p: v128, x: v128, k: usize): v128 {
  return f32x4.add(f32x4.mul(p, x), constant(k));
}

/** −2 ln u, u = (k + ½)·2⁻³¹, k the upper 31 bits of a word. */
// @ts-ignore: decorator
@inline
export function minusTwoLog(words: v128): v128 {
  const u = f32x4.add(f32x4.convert_i32x4_s(i32x4.shr_u(words, 1)), constant(10));
  // u = 2^(31 + e)·(1 + x), |x| ≤ 1/3
  const above = i32x4.sub(u, mask(0));
  const e = f32x4.convert_i32x4_s(i32x4.shr_s(above, 23));
  const x = f32x4.sub(i32x4.add(v128.and(above, mask(1)), mask(2)), constant(9));
  let p = next(constant(7), x, 6);
  p = next(p, x, 5);
  p = next(p, x, 4);
  p = next(p, x, 3);
  p = next(p, x, 2);
  p = next(p, x, 1);
  p = next(p, x, 0);
  return f32x4.add(f32x4.mul(e, constant(8)), f32x4.mul(x, p));
}
/** −ln u: exponential numbers of mean 1. */
// @ts-ignore: decorator
@inline
export function exponential(words: v128): v128 {
  return f32x4.mul(constant(10), minusTwoLog(words));
}
// @ts-ignore: decorator
@inline
export function normalRadius(words: v128): v128 {
  return f32x4.sqrt(minusTwoLog(words));
}
/** Radius × cosine and radius × sine are two independent normal numbers; this is the angle of both, on [−π/2, π/2). */
// @ts-ignore: decorator
@inline
export function normalAngle(words: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shl(words, 1)), constant(11));
}
/** @param words whose uppermost bit is the sign */
// @ts-ignore: decorator
@inline
export function normalCosine(angle: v128, words: v128): v128 {
  const y = f32x4.mul(angle, angle);
  let p = next(constant(16), y, 15);
  p = next(p, y, 14);
  p = next(p, y, 13);
  p = next(p, y, 12);
  return v128.xor(p, v128.and(words, mask(3)));
}
// @ts-ignore: decorator
@inline
export function normalSine(angle: v128): v128 {
  const y = f32x4.mul(angle, angle);
  let p = next(constant(20), y, 19);
  p = next(p, y, 18);
  p = next(p, y, 17);
  return f32x4.mul(angle, p);
}
/** Two standard normal numbers a lane from two words a lane, stored at two addresses. */
// @ts-ignore: decorator
@inline
export function normalPair(radii: v128, angles: v128, first: usize, second: usize): void {
  const radius = normalRadius(radii);
  const angle = normalAngle(angles);
  v128.store(first, f32x4.mul(radius, normalCosine(angle, angles)));
  v128.store(second, f32x4.mul(radius, normalSine(angle)));
}

// The fills below keep the state of four lanes in variables, and write drawLanes of ./random out for that.

export function fillNormal(state: usize, out: usize, n: i32): void {
  for (let g: usize = 0; g < 64; g += 16) {
    let s0 = v128.load(state + g);
    let s1 = v128.load(state + g, 64);
    let s2 = v128.load(state + g, 128);
    let s3 = v128.load(state + g, 192);
    let p = out + g;
    const end = p + (<usize>n << 2);
    while (p < end) {
      const radii = i32x4.add(s0, s3);
      let t = i32x4.shl(s1, 9);
      s2 = v128.xor(s2, s0);
      s3 = v128.xor(s3, s1);
      s1 = v128.xor(s1, s2);
      s0 = v128.xor(s0, s3);
      s2 = v128.xor(s2, t);
      s3 = v128.or(i32x4.shl(s3, 11), i32x4.shr_u(s3, 21));
      const angles = i32x4.add(s0, s3);
      t = i32x4.shl(s1, 9);
      s2 = v128.xor(s2, s0);
      s3 = v128.xor(s3, s1);
      s1 = v128.xor(s1, s2);
      s0 = v128.xor(s0, s3);
      s2 = v128.xor(s2, t);
      s3 = v128.or(i32x4.shl(s3, 11), i32x4.shr_u(s3, 21));
      const radius = normalRadius(radii);
      const angle = normalAngle(angles);
      v128.store(p, f32x4.mul(radius, normalCosine(angle, angles)));
      if (p + 64 < end) v128.store(p, f32x4.mul(radius, normalSine(angle)), 64);
      p += 128;
    }
    v128.store(state + g, s0);
    v128.store(state + g, s1, 64);
    v128.store(state + g, s2, 128);
    v128.store(state + g, s3, 192);
  }
}

export function fillExponential(state: usize, out: usize, n: i32): void {
  for (let g: usize = 0; g < 64; g += 16) {
    let s0 = v128.load(state + g);
    let s1 = v128.load(state + g, 64);
    let s2 = v128.load(state + g, 128);
    let s3 = v128.load(state + g, 192);
    let p = out + g;
    const end = p + (<usize>n << 2);
    while (p < end) {
      const words = i32x4.add(s0, s3);
      const t = i32x4.shl(s1, 9);
      s2 = v128.xor(s2, s0);
      s3 = v128.xor(s3, s1);
      s1 = v128.xor(s1, s2);
      s0 = v128.xor(s0, s3);
      s2 = v128.xor(s2, t);
      s3 = v128.or(i32x4.shl(s3, 11), i32x4.shr_u(s3, 21));
      v128.store(p, exponential(words));
      p += 64;
    }
    v128.store(state + g, s0);
    v128.store(state + g, s1, 64);
    v128.store(state + g, s2, 128);
    v128.store(state + g, s3, 192);
  }
}

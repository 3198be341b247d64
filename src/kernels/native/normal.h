// Standard normal and exponential numbers from random words, for kernels' inner loops: the operations of
// ../random/normal-numbers.ts in their order, so the same bits on every engine. No fused multiply-add: it would change them.
#pragma once
#include "simd.h"

namespace {

/** −2 ln u, u = (k + ½)·2⁻³¹, k the upper 31 bits of a word. */
__attribute__((always_inline)) inline f32x16 minusTwoLog(u32x16 words) {
  const f32x16 u = toFloat((i32x16)(words >> 1)) + 0.5f;
  // u = 2^(31 + e)·(1 + x), |x| ≤ 1/3
  const i32x16 above = (i32x16)u - (0x3f2aaaab + (31 << 23));
  const f32x16 e = toFloat(above >> 23);
  const f32x16 x = (f32x16)((above & 0x7fffff) + 0x3f2aaaab) - 1.0f;
  f32x16 p = x * 0.3073139488697052f + -0.34222376346588135f;
  p = p * x + 0.32840171456336975f;
  p = p * x + -0.3959007263183594f;
  p = p * x + 0.5001524090766907f;
  p = p * x + -0.6667597889900208f;
  p = p * x + 0.9999987483024597f;
  p = p * x + -1.9999996423721313f;
  return e * -1.3862943649291992f + x * p;
}
/** −ln u: exponential numbers of mean 1. */
__attribute__((always_inline)) inline f32x16 exponential(u32x16 words) { return 0.5f * minusTwoLog(words); }
__attribute__((always_inline)) inline f32x16 normalRadius(u32x16 words) { return squareRoot(minusTwoLog(words)); }

__attribute__((always_inline)) inline f32x16 normalAngle(u32x16 words) {
  return toFloat((i32x16)(words << 1)) * 7.31459059988282e-10f;
}
__attribute__((always_inline)) inline f32x16 normalCosine(u32x16 words) {
  const f32x16 x = normalAngle(words);
  const f32x16 y = x * x;
  f32x16 p = y * 2.3153950678533874e-5f + -0.0013853705022484064f;
  p = p * y + 0.04166358336806297f;
  p = p * y + -0.4999990463256836f;
  p = p * y + 0.9999999403953552f;
  return (f32x16)((u32x16)p ^ (words & 0x80000000u));
}
__attribute__((always_inline)) inline f32x16 normalSine(u32x16 words) {
  const f32x16 x = normalAngle(words);
  const f32x16 y = x * x;
  f32x16 p = y * -0.00018363652634434402f + 0.008306325413286686f;
  p = p * y + -0.1666482836008072f;
  p = p * y + 0.9999966025352478f;
  return x * p;
}

struct NormalPair {
  f32x16 first, second;
};
/** Two independent standard normal numbers a lane from two words a lane: the first word makes the radius. */
__attribute__((always_inline)) inline NormalPair normalPair(u32x16 radii, u32x16 angles) {
  const f32x16 radius = normalRadius(radii);
  return {radius * normalCosine(angles), radius * normalSine(angles)};
}

}  // namespace

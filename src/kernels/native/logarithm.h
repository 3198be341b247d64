// Logarithms and thresholds of attempts, the same operations in the same order as in ../spin/flip-draws.ts.
#pragma once
#include "random.h"
#include "simd.h"

namespace {

/** −ln x for positive normal x: see minusLog. */
inline f32x16 minusLog(f32x16 x) {
  const i32x16 bits = (i32x16)x - 0x3f3504f3;
  const f32x16 e = __builtin_convertvector(bits >> 23, f32x16);
  const f32x16 m = (f32x16)((bits & 0x7fffff) + 0x3f3504f3);
  const f32x16 s = (m - 1.0f) / (m + 1.0f);
  const f32x16 z = s * s;
  f32x16 p = z * float(1.0 / 9) + float(1.0 / 7);
  p = p * z + float(1.0 / 5);
  p = p * z + float(1.0 / 3);
  p = p * z + 1.0f;
  return -(e * 0.6931471805599453f + (s + s) * p);
}

inline f32x16 larger(f32x16 a, f32x16 b) { return a > b ? a : b; }

/** Thresholds of Metropolis' rule: exponential numbers. */
inline f32x16 metropolisThresholds(u32x16 words) {
  const f32x16 a = __builtin_convertvector((i32x16)(words >> 1), f32x16) + 0.5f;
  const f32x16 least = f32x16{} + 0x1p-60f;
  return larger(minusLog(a * 0x1p-31f), least);
}
/** Thresholds of Glauber's rule: logistic numbers. */
inline f32x16 glauberThresholds(u32x16 words) {
  const i32x16 k = (i32x16)(words >> 1);
  const f32x16 a = __builtin_convertvector(k, f32x16) + 0.5f;
  return minusLog(a / (__builtin_convertvector(0x7fffffff - k, f32x16) + 0.5f));
}

}  // namespace

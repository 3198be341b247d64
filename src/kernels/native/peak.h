// What the machine gives at most: the yardstick of `relaxd bench`. See ../peak/peak.ts.
#pragma once
#include "simd.h"

namespace {

/** Independent chains x ← x·a + b of 16 numbers each; answers with the operations that were done. */
double peakFma(Memory memory, uint32_t out, int32_t rounds) {
#if defined(__AVX512F__)
  constexpr int CHAINS = 12;
#else
  constexpr int CHAINS = 5;
#endif
  float* const at = memory.at<float>(out);
  f32x16 a, b, x[CHAINS];
  for (int k = 0; k < 16; k++) {
    a[k] = at[k & 3];
    b[k] = at[4 + (k & 3)];
    x[0][k] = at[8 + (k & 3)];
  }
  for (int c = 1; c < CHAINS; c++) x[c] = x[0];
#if defined(__x86_64__) && !defined(__AVX2__)
  for (int32_t r = 0; r < rounds; r++)
    for (int c = 0; c < CHAINS; c++) x[c] = x[c] * a + b;
#else
  for (int32_t r = 0; r < rounds; r++)
    for (int c = 0; c < CHAINS; c++) x[c] = fmadd(x[c], a, b);
#endif
  f32x16 sum = x[0];
  for (int c = 1; c < CHAINS; c++) sum += x[c];
  store(at + 16, sum);
  return 32.0 * CHAINS * rounds;
}

/** Sum modulo 2³² of n words, n a multiple of 64. */
int32_t peakRead(Memory memory, uint32_t words, int32_t n) {
  const uint32_t* const at = memory.at<uint32_t>(words);
  u32x16 s0 = {}, s1 = {}, s2 = {}, s3 = {};
  for (int32_t i = 0; i < n; i += 64) {
    s0 += load<u32x16>(at + i);
    s1 += load<u32x16>(at + i + 16);
    s2 += load<u32x16>(at + i + 32);
    s3 += load<u32x16>(at + i + 48);
  }
  s0 += s1 + (s2 + s3);
  uint32_t sum = 0;
  for (int k = 0; k < 16; k++) sum += s0[k];
  return (int32_t)sum;
}

}  // namespace

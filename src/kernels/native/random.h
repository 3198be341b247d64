// 16 lanes of xoshiro128+ (Blackman & Vigna): state u32[64] = s0[16] s1[16] s2[16] s3[16]. See ../random.
#pragma once
#include "normal.h"
#include "simd.h"

namespace {

struct Lanes {
  u32x16 s0, s1, s2, s3;

  static Lanes of(const uint32_t* state) {
    return {load<u32x16>(state), load<u32x16>(state + 16), load<u32x16>(state + 32),
            load<u32x16>(state + 48)};
  }
  void keep(uint32_t* state) const {
    store(state, s0);
    store(state + 16, s1);
    store(state + 32, s2);
    store(state + 48, s3);
  }
  __attribute__((always_inline)) u32x16 draw() {
    const u32x16 result = s0 + s3;
    const u32x16 t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = (s3 << 11) | (s3 >> 21);
    return result;
  }
  /** u = k·2⁻²⁴, k the upper 24 bits. */
  f32x16 uniform() {
    return toFloat((i32x16)(draw() >> 8)) * 0x1p-24f;
  }
  /** Two standard normal numbers a lane. */
  __attribute__((always_inline)) NormalPair normals() {
    const u32x16 radii = draw();
    return normalPair(radii, draw());
  }
};

void fillUniform(Memory memory, uint32_t state, uint32_t out, int32_t n) {
  uint32_t* const kept = memory.at<uint32_t>(state);
  float* const values = memory.at<float>(out);
  Lanes lanes = Lanes::of(kept);
  for (int32_t i = 0; i < n; i += 16) store(values + i, lanes.uniform());
  lanes.keep(kept);
}

void fillNormal(Memory memory, uint32_t state, uint32_t out, int32_t n) {
  uint32_t* const kept = memory.at<uint32_t>(state);
  float* const values = memory.at<float>(out);
  Lanes lanes = Lanes::of(kept);
  int32_t i = 0;
  for (; i + 32 <= n; i += 32) {
    const NormalPair pair = lanes.normals();
    store(values + i, pair.first);
    store(values + i + 16, pair.second);
  }
  if (i < n) store(values + i, lanes.normals().first);
  lanes.keep(kept);
}

void fillExponential(Memory memory, uint32_t state, uint32_t out, int32_t n) {
  uint32_t* const kept = memory.at<uint32_t>(state);
  float* const values = memory.at<float>(out);
  Lanes lanes = Lanes::of(kept);
  for (int32_t i = 0; i < n; i += 16) store(values + i, exponential(lanes.draw()));
  lanes.keep(kept);
}

}  // namespace

// Simulated annealing in blocks of 64 spins: ../spin/anneal.ts.
#pragma once
#include "logarithm.h"
#include "simd.h"

namespace {

/** Bit k set where lane k of a < b. */
inline uint32_t less(f32x16 a, f32x16 b) {
#if defined(__AVX512F__)
  return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_LT_OQ);
#elif defined(__AVX2__)
  Halves A{a}, B{b};
  return uint32_t(_mm256_movemask_ps(_mm256_cmp_ps(A.half[0], B.half[0], _CMP_LT_OQ))) |
         uint32_t(_mm256_movemask_ps(_mm256_cmp_ps(A.half[1], B.half[1], _CMP_LT_OQ))) << 8;
#else
  uint32_t bits = 0;
  for (int k = 0; k < 16; k++) bits |= uint32_t(a[k] < b[k]) << k;
  return bits;
#endif
}

struct BlockFlips {
  const float* row[64];
  float twice[64];
  int count;
};

/** Adds rows of flips to fields of columns from … to, a multiple of 64 numbers; V vectors of 16 at a time. */
template <int V>
inline void addRows(float* fields, const BlockFlips& flips, int from, int to) {
  for (int j = from; j < to; j += 16 * V) {
    f32x16 sum[V];
#pragma GCC unroll 8
    for (int v = 0; v < V; v++) sum[v] = load<f32x16>(fields + j + 16 * v);
    for (int k = 0; k < flips.count; k++) {
      const float* const row = flips.row[k] + j;
      const float twice = flips.twice[k];
#pragma GCC unroll 8
      for (int v = 0; v < V; v++) sum[v] += load<f32x16>(row + 16 * v) * twice;
    }
#pragma GCC unroll 8
    for (int v = 0; v < V; v++) store(fields + j + 16 * v, sum[v]);
  }
}

inline void addToOthers(float* fields, const BlockFlips& flips, int block, int stride) {
  addRows<4>(fields, flips, 0, block);
  addRows<4>(fields, flips, block + 64, stride);
}

void annealFields(Memory memory, uint32_t couplingsAt, int32_t sites, int32_t stride, uint32_t statesAt,
                  uint32_t fieldsAt, int32_t runs) {
  const float* const couplings = memory.at<float>(couplingsAt);
  BlockFlips flips;
  for (int32_t run = 0; run < runs; run++) {
    float* const fields = memory.at<float>(fieldsAt) + size_t(run) * stride;
    for (int32_t j = 0; j < stride; j++) fields[j] = j < sites ? 0.0f : __builtin_inff();
  }
  for (int32_t block = 0; block < sites; block += 64) {
    for (int32_t run = 0; run < runs; run++) {
      const float* const states = memory.at<float>(statesAt) + size_t(run) * stride;
      flips.count = 0;
      for (int32_t i = block; i < block + 64 && i < sites; i++) {
        flips.row[flips.count] = couplings + size_t(i) * stride;
        flips.twice[flips.count++] = states[i];
      }
      addRows<4>(memory.at<float>(fieldsAt) + size_t(run) * stride, flips, 0, stride);
    }
  }
}

void annealSweeps(Memory memory, uint32_t couplingsAt, int32_t sites, int32_t stride, uint32_t statesAt,
                  uint32_t fieldsAt, uint32_t lanesAt, int32_t runs, uint32_t temperaturesAt, int32_t sweeps) {
  const float* const couplings = memory.at<float>(couplingsAt);
  const float* const temperatures = memory.at<float>(temperaturesAt);
  BlockFlips flips;
  for (int32_t sweep = 0; sweep < sweeps; sweep++) {
    const float half = temperatures[sweep] / 2;
    for (int32_t block = 0; block < stride; block += 64) {
      for (int32_t run = 0; run < runs; run++) {
        float* const states = memory.at<float>(statesAt) + size_t(run) * stride;
        float* const fields = memory.at<float>(fieldsAt) + size_t(run) * stride;
        uint32_t* const kept = memory.at<uint32_t>(lanesAt) + size_t(run) * 64;
        Lanes lanes = Lanes::of(kept);
        flips.count = 0;
        for (int g = block; g < block + 64 && g < sites; g += 16) {
          const f32x16 words = metropolisThresholds(lanes.draw()) * half;
          f32x16 spins = load<f32x16>(states + g);
          uint32_t left = 0xffff;
          uint32_t flipping = less(spins * load<f32x16>(fields + g), words);
          if (__builtin_expect(flipping == 0, 1)) continue;
          do {
            const int k = __builtin_ctz(flipping);
            const int i = g + k;
            const float twice = -2 * states[i];
            states[i] = -states[i];
            const float* const row = couplings + size_t(i) * stride;
#pragma GCC unroll 4
            for (int v = 0; v < 64; v += 16) {
              store(fields + block + v, load<f32x16>(fields + block + v) + load<f32x16>(row + block + v) * twice);
            }
            flips.row[flips.count] = row;
            flips.twice[flips.count++] = twice;
            left = 0xfffe << k;
            spins = load<f32x16>(states + g);
            flipping = less(spins * load<f32x16>(fields + g), words) & left & 0xffff;
          } while (flipping != 0);
        }
        lanes.keep(kept);
        if (flips.count > 0) addToOthers(fields, flips, block, stride);
      }
    }
  }
}

}  // namespace

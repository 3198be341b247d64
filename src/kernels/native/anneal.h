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

/** The sign bit of lane k. */
struct SignTable {
  alignas(64) uint32_t bits[16][16] = {};
  constexpr SignTable() {
    for (int k = 0; k < 16; k++) bits[k][k] = 0x80000000u;
  }
};
constexpr SignTable SIGN;

/** Fields of 64 spins in registers, and rows of flips added to them. */
struct BlockFields {
  f32x16 a, b, c, d;

  static BlockFields of(const float* p) {
    return {load<f32x16>(p), load<f32x16>(p + 16), load<f32x16>(p + 32), load<f32x16>(p + 48)};
  }
  void keep(float* p) const {
    store(p, a);
    store(p + 16, b);
    store(p + 32, c);
    store(p + 48, d);
  }
  void add(const float* row, float factor) {
    a += load<f32x16>(row) * factor;
    b += load<f32x16>(row + 16) * factor;
    c += load<f32x16>(row + 32) * factor;
    d += load<f32x16>(row + 48) * factor;
  }
};

/** A run's flips: 2 · site + (1 where it went to −1), in a ring of `mask` + 1. */
struct FlipLog {
  uint32_t* entries;
  uint32_t mask;
};

inline void addFlips(BlockFields& fields, const FlipLog& log, uint32_t from, uint32_t to, const float* column,
                     size_t stride) {
  for (uint32_t k = from; k != to; k++) {
    const uint32_t entry = log.entries[k & log.mask];
    fields.add(column + (entry >> 1) * stride, entry & 1 ? -2.0f : 2.0f);
  }
}

/** Attempts on sixteen spins of a block whose fields are `fields`, those of the sixteen among them `own`. */
inline void attempt(BlockFields& fields, f32x16& own, float* states, f32x16 thresholds, int32_t site,
                    const float* column, size_t stride, const FlipLog& log, uint32_t& end) {
  f32x16 spins = load<f32x16>(states);
  uint32_t flipping = less(spins * own, thresholds);
  if (flipping == 0) return;
  do {
    const int k = __builtin_ctz(flipping);
    const uint32_t down = states[k] > 0;
    fields.add(column + size_t(site + k) * stride, down ? -2.0f : 2.0f);
    log.entries[end++ & log.mask] = 2 * uint32_t(site + k) + down;
    spins = (f32x16)((u32x16)spins ^ load<u32x16>(SIGN.bits[k]));
    flipping = less(spins * own, thresholds) & (0xfffeu << k) & 0xffff;
  } while (flipping != 0);
  store(states, spins);
}

/**
 * @param logs of 2^k ≥ stride words each run, `logMask` one less
 * @param places u32 a block of each run: scratch
 */
void annealSweeps(Memory memory, uint32_t couplingsAt, int32_t sites, int32_t stride, uint32_t statesAt,
                  uint32_t fieldsAt, uint32_t lanesAt, int32_t runs, uint32_t temperaturesAt, int32_t sweeps,
                  uint32_t logsAt, uint32_t logMask, uint32_t placesAt) {
  const float* const couplings = memory.at<float>(couplingsAt);
  const float* const temperatures = memory.at<float>(temperaturesAt);
  const int32_t blocks = (sites + 63) / 64;
  uint32_t* const places = memory.at<uint32_t>(placesAt);
  for (int32_t k = 0; k < runs * (blocks + 1); k++) places[k] = 0;
  // The turn after the last only adds what is left.
  for (int32_t sweep = 0; sweep <= sweeps; sweep++) {
    const float half = sweep < sweeps ? temperatures[sweep] / 2 : 0;
    for (int32_t block = 0; block < blocks; block++) {
      const int32_t first = 64 * block;
      for (int32_t run = 0; run < runs; run++) {
        float* const states = memory.at<float>(statesAt) + size_t(run) * stride + first;
        float* const kept = memory.at<float>(fieldsAt) + size_t(run) * stride + first;
        const float* const column = couplings + first;
        const FlipLog log{memory.at<uint32_t>(logsAt) + size_t(run) * (logMask + 1), logMask};
        uint32_t* const place = places + run * (blocks + 1);
        uint32_t end = place[blocks];
        BlockFields fields = BlockFields::of(kept);
        addFlips(fields, log, place[block], end, column, stride);
        if (sweep < sweeps) {
          uint32_t* const state = memory.at<uint32_t>(lanesAt) + size_t(run) * 64;
          Lanes lanes = Lanes::of(state);
          const int32_t left = sites - first;
          attempt(fields, fields.a, states, metropolisThresholds(lanes.draw()) * half, first, column, stride, log, end);
          if (left > 16)
            attempt(fields, fields.b, states + 16, metropolisThresholds(lanes.draw()) * half, first + 16, column, stride,
                    log, end);
          if (left > 32)
            attempt(fields, fields.c, states + 32, metropolisThresholds(lanes.draw()) * half, first + 32, column, stride,
                    log, end);
          if (left > 48)
            attempt(fields, fields.d, states + 48, metropolisThresholds(lanes.draw()) * half, first + 48, column, stride,
                    log, end);
          lanes.keep(state);
          place[blocks] = end;
        }
        place[block] = end;
        fields.keep(kept);
      }
    }
  }
}

void annealFields(Memory memory, uint32_t couplingsAt, int32_t sites, int32_t stride, uint32_t statesAt,
                  uint32_t fieldsAt, int32_t runs) {
  const float* const couplings = memory.at<float>(couplingsAt);
  for (int32_t first = 0; first < stride; first += 64) {
    for (int32_t run = 0; run < runs; run++) {
      const float* const states = memory.at<float>(statesAt) + size_t(run) * stride;
      float* const kept = memory.at<float>(fieldsAt) + size_t(run) * stride + first;
      for (int32_t j = 0; j < 64; j++) kept[j] = first + j < sites ? 0.0f : __builtin_inff();
      BlockFields fields = BlockFields::of(kept);
      for (int32_t i = 0; i < sites; i++) fields.add(couplings + size_t(i) * stride + first, states[i]);
      fields.keep(kept);
    }
  }
}

}  // namespace

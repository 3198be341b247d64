// Zero-temperature retrieval: ../spin/retrieve.ts. Scratch as in ../assembly/retrieve.ts.
#pragma once
#include <type_traits>
#include "simd.h"

namespace {

typedef int8_t i8x32 __attribute__((vector_size(32), aligned(1), may_alias));

/** 32 numbers of 8 bits as 16 bits. */
inline i16x32 widen(const int8_t* p) { return __builtin_convertvector(load<i8x32>(p), i16x32); }

/** Bit k set where lane k of a > b. */
inline uint32_t greater(i16x32 a, i16x32 b) {
#if defined(__AVX512BW__)
  return _mm512_cmpgt_epi16_mask((__m512i)a, (__m512i)b);
#else
  uint32_t bits = 0;
  const i16x32 c = a > b;
  for (int k = 0; k < 32; k++) bits |= uint32_t(c[k] & 1) << k;
  return bits;
#endif
}

/** Fields of a state from its overlaps. */
inline void startFields(int32_t sites, int32_t stride, const uint64_t* bits, const uint8_t* codes, int32_t memories,
                        const int8_t* state, bool plus, int16_t* fields, int16_t* parity, uint64_t* stateBits,
                        int16_t* tables) {
  const int32_t words = stride / 64;
  for (int32_t w = 0; w < words; w++) {
#if defined(__AVX512BW__)
    stateBits[w] = _mm512_movepi8_mask(_mm512_loadu_si512(state + 64 * w));
#else
    uint64_t word = 0;
    for (int k = 0; k < 64; k++) word |= uint64_t(state[64 * w + k] < 0) << k;
    stateBits[w] = word;
#endif
  }
  const int32_t groups = (memories + 3) / 4;
  for (int32_t q = 0; q < groups; q++) {
    int32_t x[4];
    for (int k = 0; k < 4; k++) {
      const int32_t mu = 4 * q + k;
      x[k] = 0;
      if (mu >= memories) continue;
      const uint64_t* const row = bits + size_t(mu) * words;
      int64_t wrong = 0;
      for (int32_t w = 0; w < words; w++) wrong += __builtin_popcountll(row[w] ^ stateBits[w]);
      x[k] = sites - 2 * int32_t(wrong);
    }
    int16_t* const table = tables + 32 * q;
    for (int code = 0; code < 16; code++) {
      const int32_t sum = (code & 1 ? -x[0] : x[0]) + (code & 2 ? -x[1] : x[1]) + (code & 4 ? -x[2] : x[2]) +
                          (code & 8 ? -x[3] : x[3]);
      table[code] = int16_t(sum);
    }
  }
  const i16x32 all = i16x32{} - int16_t(memories);
  const i16x32 ties = i16x32{} - int16_t(plus);
  for (int32_t i = 0; i < stride; i += 32) {
    i16x32 sum = widen(state + i) * all;
    const uint8_t* code = codes + i;
    for (int32_t q = 0; q < groups; q++, code += stride) {
      const int16_t* const table = tables + 32 * q;
#if defined(__AVX512BW__)
      const __m512i entries = _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i*)table));
      const __m512i index = _mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i*)code));
      sum += (i16x32)_mm512_permutexvar_epi16(index, entries);
#else
      for (int k = 0; k < 32; k++) sum[k] = int16_t(sum[k] + table[code[k]]);
#endif
    }
    store(fields + i, sum >> 1);
    store(parity + i, ties | -(sum & 1));
  }
  for (int32_t i = sites; i < stride; i++) fields[i] = 0;
}

typedef int8_t i8x64u __attribute__((vector_size(64), aligned(1), may_alias));

inline i16x32 lowHalf(i8x64u v) {
  return __builtin_convertvector(__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17,
                                                         18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31),
                                 i16x32);
}
inline i16x32 highHalf(i8x64u v) {
  return __builtin_convertvector(__builtin_shufflevector(v, v, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46,
                                                         47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63),
                                 i16x32);
}

/** Fields of 256 sites. */
constexpr int WIDE = 8;
struct WideFields {
  i16x32 v[WIDE];

  void up(const int8_t* row) {
#pragma GCC unroll 8
    for (int k = 0; k < WIDE; k++) v[k] += widen(row + 32 * k);
  }
  void down(const int8_t* row) {
#pragma GCC unroll 8
    for (int k = 0; k < WIDE; k++) v[k] -= widen(row + 32 * k);
  }
  /** Two rows at once, whose sums fit into 8 bits. */
  void upTwo(const int8_t* row, const int8_t* other) {
#pragma GCC unroll 4
    for (int k = 0; k < WIDE / 2; k++) {
      const i8x64u sum = load<i8x64u>(row + 64 * k) + load<i8x64u>(other + 64 * k);
      v[2 * k] += lowHalf(sum);
      v[2 * k + 1] += highHalf(sum);
    }
  }
  void downTwo(const int8_t* row, const int8_t* other) {
#pragma GCC unroll 4
    for (int k = 0; k < WIDE / 2; k++) {
      const i8x64u sum = load<i8x64u>(row + 64 * k) + load<i8x64u>(other + 64 * k);
      v[2 * k] -= lowHalf(sum);
      v[2 * k + 1] -= highHalf(sum);
    }
  }
};

struct RetrievalLog {
  uint32_t *up, *down;
  uint32_t mask, ups, downs;
};

/** The 32 sites from `site` on, whose fields are vector G of the block's. */
template <int G>
inline void settle(WideFields& fields, int8_t* state, i16x32 parity, int32_t site, const int8_t* column,
                   size_t stride, RetrievalLog& log) {
  i16x32& own = fields.v[G];
#if defined(__AVX512BW__)
  uint32_t minus = _mm256_movepi8_mask(_mm256_loadu_si256((const __m256i*)state));
#else
  uint32_t minus = 0;
  for (int k = 0; k < 32; k++) minus |= uint32_t(state[k] < 0) << k;
#endif
  uint32_t left = 0xffffffffu;
  for (;;) {
    const uint32_t flipping = ((greater(own, parity) & minus) | (greater(i16x32{}, own) & ~minus)) & left;
    if (flipping == 0) return;
    const int k = __builtin_ctz(flipping);
    const int8_t* const row = column + size_t(site + k) * stride;
    if (minus >> k & 1) {
      state[k] = 1;
      fields.up(row);
      log.up[log.ups++ & log.mask] = uint32_t(site + k);
    } else {
      state[k] = -1;
      fields.down(row);
      log.down[log.downs++ & log.mask] = uint32_t(site + k);
    }
    left = k == 31 ? 0 : 0xfffffffeu << k;
  }
}

void retrieve(Memory memory, uint32_t couplingsAt, int32_t sites, int32_t stride, uint32_t bitsAt, uint32_t codesAt,
              int32_t memories, uint32_t statesAt, int32_t cues, int32_t plus, int32_t mostSweeps, uint32_t scratchAt,
              uint32_t logSize, uint32_t sweepsAt, uint32_t pairs) {
  const int8_t* const couplings = memory.at<int8_t>(couplingsAt);
  int16_t* const fields = memory.at<int16_t>(scratchAt);
  int16_t* const parity = fields + stride;
  uint64_t* const stateBits = reinterpret_cast<uint64_t*>(parity + stride);
  int16_t* const tables = reinterpret_cast<int16_t*>(reinterpret_cast<uint8_t*>(stateBits) + stride);
  uint32_t* const up = reinterpret_cast<uint32_t*>(tables + 32 * ((memories + 3) / 4));
  uint32_t* const places = up + 2 * logSize;
  const int32_t blocks = stride / 256;
  for (int32_t cue = 0; cue < cues; cue++) {
    int8_t* const state = memory.at<int8_t>(statesAt) + size_t(cue) * stride;
    startFields(sites, stride, memory.at<uint64_t>(bitsAt), memory.at<uint8_t>(codesAt), memories, state, plus != 0,
                fields, parity, stateBits, tables);
    for (int32_t k = 0; k < 2 * blocks; k++) places[k] = 0;
    RetrievalLog log{up, up + logSize, logSize - 1, 0, 0};
    int32_t sweep = 0;
    uint32_t before = 1;
    while (before != log.ups + log.downs && sweep < mostSweeps) {
      before = log.ups + log.downs;
      sweep++;
      for (int32_t block = 0; block < blocks; block++) {
        const int32_t first = 256 * block;
        const int8_t* const column = couplings + first;
        uint32_t* const place = places + 2 * block;
        WideFields wide;
#pragma GCC unroll 8
        for (int k = 0; k < WIDE; k++) wide.v[k] = load<i16x32>(fields + first + 32 * k);
        const auto row = [&](const uint32_t* entries, uint32_t k) {
          return column + size_t(entries[k & log.mask]) * stride;
        };
        uint32_t k = place[0];
        if (pairs) {
          for (; int32_t(log.ups - k) >= 2; k += 2) wide.upTwo(row(log.up, k), row(log.up, k + 1));
        }
        for (; k != log.ups; k++) wide.up(row(log.up, k));
        k = place[1];
        if (pairs) {
          for (; int32_t(log.downs - k) >= 2; k += 2) wide.downTwo(row(log.down, k), row(log.down, k + 1));
        }
        for (; k != log.downs; k++) wide.down(row(log.down, k));
        const auto visit = [&](auto group) {
          constexpr int G = decltype(group)::value;
          if (first + 32 * G >= sites) return;
          settle<G>(wide, state + first + 32 * G, load<i16x32>(parity + first + 32 * G), first + 32 * G, column, stride,
                    log);
        };
        visit(std::integral_constant<int, 0>{});
        visit(std::integral_constant<int, 1>{});
        visit(std::integral_constant<int, 2>{});
        visit(std::integral_constant<int, 3>{});
        visit(std::integral_constant<int, 4>{});
        visit(std::integral_constant<int, 5>{});
        visit(std::integral_constant<int, 6>{});
        visit(std::integral_constant<int, 7>{});
#pragma GCC unroll 8
        for (int v = 0; v < WIDE; v++) store(fields + first + 32 * v, wide.v[v]);
        place[0] = log.ups;
        place[1] = log.downs;
      }
    }
    memory.at<int32_t>(sweepsAt)[cue] = sweep;
  }
}

}  // namespace

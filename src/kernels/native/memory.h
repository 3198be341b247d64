// Couplings kept as memories: fields by masked sums over bit-packed signs, flips that update overlaps and what is kept of
// them. The layout of a block is in ../memory/memory-block.ts, what is computed in ../memory/reference.ts.
#pragma once
#include <cstring>
#include "flips.h"
#include "simd.h"

namespace {
namespace memories {

// 16 integers and 8 doubles, in registers as wide as there are.
#if defined(__AVX512F__)
typedef i32x16 Ints;
typedef f64x8 Doubles;
typedef __mmask16 Mask16;
inline Ints ints(int32_t x) { return i32x16{} + x; }
inline Doubles zeros() { return f64x8{}; }
inline Ints loadInts(const int32_t* p) { return load<i32x16>(p); }
inline Doubles loadDoubles(const double* p) { return load<f64x8>(p); }
inline void storeInts(int32_t* p, Ints v) { store(p, v); }
inline Mask16 maskOf(uint32_t bits) { return __mmask16(bits); }
inline Mask16 maskGe(Ints a, Ints b) { return _mm512_cmpge_epi32_mask((__m512i)a, (__m512i)b); }
inline Mask16 maskEq(Ints a, Ints b) { return _mm512_cmpeq_epi32_mask((__m512i)a, (__m512i)b); }
inline Ints choose(Mask16 m, Ints yes, Ints no) {
  return (Ints)_mm512_mask_blend_epi32(m, (__m512i)no, (__m512i)yes);
}
inline Ints onlyWhere(Mask16 m, Ints v) { return (Ints)_mm512_maskz_mov_epi32(m, (__m512i)v); }
inline Ints addWhere(Mask16 m, Ints a, Ints b) {
  return (Ints)_mm512_mask_add_epi32((__m512i)a, m, (__m512i)a, (__m512i)b);
}
inline Doubles choose(uint32_t bits, Doubles yes, Doubles no) {
  return (Doubles)_mm512_mask_blend_pd(__mmask8(bits), (__m512d)no, (__m512d)yes);
}
inline int64_t sumOf(Ints v) {
  return _mm512_reduce_add_epi64(
      _mm512_add_epi64(_mm512_cvtepi32_epi64(_mm512_castsi512_si256((__m512i)v)),
                       _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64((__m512i)v, 1))));
}
inline void toDoubles(Ints v, Doubles& low, Doubles& high) {
  low = (Doubles)_mm512_cvtepi32_pd(_mm512_castsi512_si256((__m512i)v));
  high = (Doubles)_mm512_cvtepi32_pd(_mm512_extracti64x4_epi64((__m512i)v, 1));
}
inline double laneOf(Doubles v, int k) { return v[k]; }
#else
#if defined(__AVX2__)
constexpr int PART_BYTES = 32;
#else
constexpr int PART_BYTES = 16;
#endif
typedef int32_t IntPart __attribute__((vector_size(PART_BYTES), aligned(4), may_alias));
typedef double DoublePart __attribute__((vector_size(PART_BYTES), aligned(8), may_alias));
typedef int64_t LongPart __attribute__((vector_size(PART_BYTES), aligned(8), may_alias));
constexpr int PARTS = 64 / PART_BYTES;
#define EACH_PART _Pragma("GCC unroll 4") for (int k = 0; k < PARTS; k++)
struct Ints {
  IntPart part[PARTS];
};
struct Doubles {
  DoublePart part[PARTS];
};
typedef Ints Mask16;
inline Ints ints(int32_t x) {
  Ints r;
  EACH_PART r.part[k] = IntPart{} + x;
  return r;
}
inline Doubles zeros() {
  Doubles r;
  EACH_PART r.part[k] = DoublePart{};
  return r;
}
inline Ints loadInts(const int32_t* p) {
  Ints r;
  EACH_PART r.part[k] = load<IntPart>(p + k * (PART_BYTES / 4));
  return r;
}
inline Doubles loadDoubles(const double* p) {
  Doubles r;
  EACH_PART r.part[k] = load<DoublePart>(p + k * (PART_BYTES / 8));
  return r;
}
inline void storeInts(int32_t* p, Ints v) {
  EACH_PART store(p + k * (PART_BYTES / 4), v.part[k]);
}
inline Ints operator+(Ints a, Ints b) {
  EACH_PART a.part[k] += b.part[k];
  return a;
}
inline Ints& operator+=(Ints& a, Ints b) { return a = a + b; }
inline Ints operator-(Ints a, Ints b) {
  EACH_PART a.part[k] -= b.part[k];
  return a;
}
inline Ints operator*(Ints a, Ints b) {
  EACH_PART a.part[k] *= b.part[k];
  return a;
}
inline Ints operator<<(Ints a, int n) {
  EACH_PART a.part[k] = a.part[k] << n;
  return a;
}
inline Ints operator+(Ints a, int32_t b) { return a + ints(b); }
inline Ints operator-(Ints a, int32_t b) { return a - ints(b); }
inline Doubles operator+(Doubles a, Doubles b) {
  EACH_PART a.part[k] += b.part[k];
  return a;
}
inline Doubles& operator+=(Doubles& a, Doubles b) { return a = a + b; }
inline Doubles operator*(Doubles a, Doubles b) {
  EACH_PART a.part[k] *= b.part[k];
  return a;
}
inline Doubles operator-(Doubles a) {
  EACH_PART a.part[k] = -a.part[k];
  return a;
}
alignas(64) static const int32_t LANE_BITS[16] = {1,      1 << 1, 1 << 2,  1 << 3,  1 << 4,  1 << 5,
                                                  1 << 6, 1 << 7, 1 << 8,  1 << 9,  1 << 10, 1 << 11,
                                                  1 << 12, 1 << 13, 1 << 14, 1 << 15};
alignas(64) static const int64_t LONG_LANE_BITS[8] = {1, 2, 4, 8, 16, 32, 64, 128};
inline Mask16 maskOf(uint32_t bits) {
  Mask16 m;
  const IntPart all = IntPart{} + int32_t(bits);
  EACH_PART {
    const IntPart each = load<IntPart>(LANE_BITS + k * (PART_BYTES / 4));
    m.part[k] = (IntPart)((all & each) == each);
  }
  return m;
}
inline Mask16 maskGe(Ints a, Ints b) {
  EACH_PART a.part[k] = (IntPart)(a.part[k] >= b.part[k]);
  return a;
}
inline Mask16 maskEq(Ints a, Ints b) {
  EACH_PART a.part[k] = (IntPart)(a.part[k] == b.part[k]);
  return a;
}
inline Ints choose(Mask16 m, Ints yes, Ints no) {
  EACH_PART no.part[k] = (yes.part[k] & m.part[k]) | (no.part[k] & ~m.part[k]);
  return no;
}
inline Ints onlyWhere(Mask16 m, Ints v) {
  EACH_PART v.part[k] &= m.part[k];
  return v;
}
inline Ints addWhere(Mask16 m, Ints a, Ints b) { return a + onlyWhere(m, b); }
inline Doubles choose(uint32_t bits, Doubles yes, Doubles no) {
  const LongPart all = LongPart{} + int64_t(bits);
  EACH_PART {
    const LongPart each = load<LongPart>(LONG_LANE_BITS + k * (PART_BYTES / 8));
    const LongPart m = (LongPart)((all & each) == each);
    no.part[k] = (DoublePart)(((LongPart)yes.part[k] & m) | ((LongPart)no.part[k] & ~m));
  }
  return no;
}
inline int64_t sumOf(Ints v) {
  int64_t sum = 0;
  EACH_PART for (int l = 0; l < PART_BYTES / 4; l++) sum += v.part[k][l];
  return sum;
}
inline void toDoubles(Ints v, Doubles& low, Doubles& high) {
  constexpr int N = PART_BYTES / 8;
  for (int l = 0; l < 8; l++) {
    low.part[l / N][l % N] = v.part[l / (2 * N)][l % (2 * N)];
    high.part[l / N][l % N] = v.part[(8 + l) / (2 * N)][(8 + l) % (2 * N)];
  }
}
inline double laneOf(Doubles v, int k) { return v.part[k / (PART_BYTES / 8)][k % (PART_BYTES / 8)]; }
#undef EACH_PART
#endif

/** 16 lanes in pairs: 8, 4, 2, 1 apart. */
inline double sumOf(Doubles a, Doubles b) {
  const Doubles c = a + b;
  const double p0 = laneOf(c, 0) + laneOf(c, 4), p1 = laneOf(c, 1) + laneOf(c, 5);
  const double p2 = laneOf(c, 2) + laneOf(c, 6), p3 = laneOf(c, 3) + laneOf(c, 7);
  return (p0 + p2) + (p1 + p3);
}

/** ln v, v > 0 and normal: m·2^e, √½ ≤ m < √2, ln m = 2 artanh s as a series in s². */
inline double naturalLog(double v) {
  uint64_t bits;
  std::memcpy(&bits, &v, 8);
  int32_t e = int32_t(bits >> 52) - 1023;
  bits = (bits & 0xfffffffffffffull) | 0x3ff0000000000000ull;
  double m;
  std::memcpy(&m, &bits, 8);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    e++;
  }
  const double f = m - 1;
  const double s = f / (2 + f);
  const double z = s * s;
  double p = 1.0 / 21;
  p = p * z + 1.0 / 19;
  p = p * z + 1.0 / 17;
  p = p * z + 1.0 / 15;
  p = p * z + 1.0 / 13;
  p = p * z + 1.0 / 11;
  p = p * z + 1.0 / 9;
  p = p * z + 1.0 / 7;
  p = p * z + 1.0 / 5;
  p = p * z + 1.0 / 3;
  p = p * z + 1.0;
  return e * 0.6931471803691238 + (2 * s * p + e * 1.9082149292705877e-10);
}

struct MemoryBlock {
  enum Kind { INTEGERS = 1, POWERS, LOG_SUM_EXP, SEQUENCE, WEIGHTS, SHORT_INTEGERS, EXPONENTIAL };
  const Memory memory;
  const int32_t* const w;
  double* const numbers;
  /** Memories in whole groups of 16: what fills up a row beyond has nothing to say. */
  const int32_t kind, sites, memories, lanes, used;
  int8_t* const state;
  int32_t* const overlaps;

  MemoryBlock(Memory memory, uint32_t block)
      : memory(memory),
        w(memory.at<int32_t>(block)),
        numbers(memory.at<double>(block + 128)),
        kind(w[0]),
        sites(w[1]),
        memories(w[2]),
        lanes(w[3]),
        used((w[2] + 15) & ~15),
        state(at<int8_t>(5)),
        overlaps(at<int32_t>(6)) {}

  template <typename T>
  T* at(int word) const {
    return memory.at<T>(uint32_t(w[word]));
  }
  const uint16_t* row(int32_t i, int word = 4) const {
    return at<uint16_t>(word) + size_t(i) * (lanes / 16);
  }

  static MemoryBlock of(Memory memory, const double* slots, int8_t*, int32_t) {
    return MemoryBlock(memory, uint32_t(slots[3]));
  }
  double raw(int32_t i) const { return field(i); }

  double field(int32_t i) const {
    switch (kind) {
      case SHORT_INTEGERS:
        return shortField(i);
      case INTEGERS:
        return integerField(i);
      case POWERS:
        return powerField(i);
      case LOG_SUM_EXP:
        return logSumExpField(i);
      case SEQUENCE:
        return sequenceField(i);
      case EXPONENTIAL:
        return exponentialField(i);
      default:
        return weightedField(i);
    }
  }

  void flip(int32_t i) {
    const int32_t spin = state[i];
    state[i] = int8_t(-spin);
    const uint16_t* const bits = row(i);
    if (kind == SHORT_INTEGERS) {
      shortFlip(bits, spin);
      return;
    }
    if (kind == INTEGERS) {
      integerFlip(bits, spin);
      return;
    }
    const uint16_t* const valid = at<uint16_t>(19);
    const Ints four = ints(4);
    for (int32_t k = 0; k < used; k += 16) {
      const uint32_t agreeing = spin > 0 ? bits[k / 16] : ~bits[k / 16] & 0xffff;
      const Ints x = loadInts(overlaps + k) + 2 - onlyWhere(maskOf(agreeing), four);
      storeInts(overlaps + k, onlyWhere(maskOf(valid[k / 16]), x));
    }
    keep();
  }

  /** Overlaps of the state, counted afresh. */
  void count(int32_t* out) const {
    const int32_t words = w[13] / 2;
    uint64_t* const packed = at<uint64_t>(14);
    // The state is followed by zeros up to a whole word.
    for (int32_t k = 0; k < words; k++) {
#if defined(__AVX512BW__)
      packed[k] = _mm512_cmpgt_epi8_mask(_mm512_loadu_si512(state + 64 * k), _mm512_setzero_si512());
#else
      uint64_t word = 0;
      for (int32_t j = 0; j < 64; j++) word |= uint64_t(state[64 * k + j] > 0) << j;
      packed[k] = word;
#endif
    }
    const uint64_t* column = at<uint64_t>(12);
    for (int32_t mu = 0; mu < memories; mu++, column += words) {
      int64_t different = 0;
      for (int32_t k = 0; k < words; k++) different += __builtin_popcountll(column[k] ^ packed[k]);
      out[mu] = sites - 2 * int32_t(different);
    }
  }

  /** Everything that is kept of the state. */
  void reset() {
    count(overlaps);
    if (kind == SHORT_INTEGERS) {
      int16_t* const halves = at<int16_t>(8);
      for (int32_t k = 0; k < memories; k++) halves[k] = int16_t(overlaps[k] / 2);
      for (int32_t k = memories; k < lanes; k++) halves[k] = -(1 << 14);
      shortFlip(nullptr, 0);
    } else if (kind == INTEGERS) {
      // What fills up a group has overlaps so low that rectified terms are zero whatever is flipped.
      for (int32_t k = memories; k < lanes; k++) overlaps[k] = -(1 << 20);
      integerFlip(nullptr, 0);
    } else {
      for (int32_t k = memories; k < lanes; k++) overlaps[k] = 0;
      keep();
    }
  }

  /** Overlaps as others see them, where flips keep them in another form. */
  void show() {
    if (kind != SHORT_INTEGERS) return;
    const int16_t* const halves = at<int16_t>(8);
    for (int32_t k = 0; k < memories; k++) overlaps[k] = 2 * halves[k];
  }

 private:
#if defined(__AVX512F__)
  /** As integerField, with terms of 16 bits and a list of those that do not fit. */
  double shortField(int32_t i) const {
    const uint32_t* const bits = (const uint32_t*)row(i);
    const int16_t* const terms = at<int16_t>(7);
    int64_t sum = sumOfShorts(bits, terms, memories);
    const int32_t* const outliers = at<int32_t>(21);
    for (int32_t k = 0; k < w[20]; k++) {
      const int32_t mu = outliers[2 * k];
      if (bits[mu >> 5] >> (mu & 31) & 1) sum += outliers[2 * k + 1];
    }
    const int32_t spin = state[i];
    const double agreeing = spin > 0 ? double(sum) : numbers[0] - double(sum);
    return spin * (agreeing - numbers[1]) * numbers[2];
  }

  /** Σ terms where a bit is set. */
  static int64_t sumOfShorts(const uint32_t* bits, const int16_t* terms, int32_t memories) {
    const __m512i one = _mm512_set1_epi16(1);
    __m512i a = _mm512_setzero_si512(), b = a, c = a, d = a;
    int32_t k = 0;
    for (; k + 128 <= memories; k += 128) {
      const uint32_t* const m = bits + k / 32;
      a = _mm512_dpwssd_epi32(a, _mm512_maskz_loadu_epi16(m[0], terms + k), one);
      b = _mm512_dpwssd_epi32(b, _mm512_maskz_loadu_epi16(m[1], terms + k + 32), one);
      c = _mm512_dpwssd_epi32(c, _mm512_maskz_loadu_epi16(m[2], terms + k + 64), one);
      d = _mm512_dpwssd_epi32(d, _mm512_maskz_loadu_epi16(m[3], terms + k + 96), one);
    }
    for (; k < memories; k += 32) {
      a = _mm512_dpwssd_epi32(a, _mm512_maskz_loadu_epi16(bits[k / 32], terms + k), one);
    }
    return sumOf((Ints)_mm512_add_epi32(_mm512_add_epi32(a, b), _mm512_add_epi32(c, d)));
  }

  /** As integerFlip with z = x/2: for F = x³ A = 4(6z² + 2), D(x+1) = A/2 + 12z; for F = x² A = 8z, D(x+1) = A/2 + 2. */
  void shortFlip(const uint16_t* bits, int32_t spin) {
    if (w[16] == 2) shortFlipAs<2, false>((const uint32_t*)bits, spin);
    else if (w[17]) shortFlipAs<3, true>((const uint32_t*)bits, spin);
    else shortFlipAs<3, false>((const uint32_t*)bits, spin);
  }

  void addOutlier(int32_t mu, int32_t term, int64_t& total) {
    int32_t* const words = const_cast<int32_t*>(w);
    int32_t* const entry = at<int32_t>(21) + 2 * words[20]++;
    entry[0] = mu;
    entry[1] = term;
    total += term;
  }

  template <int DEGREE, bool RECTIFIED>
  void shortFlipAs(const uint32_t* bits, int32_t spin) {
    int16_t* const terms = at<int16_t>(7);
    int16_t* const halves = at<int16_t>(8);
    const uint32_t* const valid = at<uint32_t>(19);
    const_cast<int32_t*>(w)[20] = 0;
    // Σ terms and how many z are 0; at the end Σ z (rectified: of z > 0).
    int64_t total = 0, zeros = 0;
    const __m512i one = _mm512_set1_epi16(1), two = _mm512_set1_epi16(2), six = _mm512_set1_epi16(6);
    const __m512i zero = _mm512_setzero_si512(), most = _mm512_set1_epi16(MOST_HALF);
    __m512i terms4 = zero, halves4 = zero;
    for (int32_t k = 0; k < memories; k += 32) {
      __m512i z = _mm512_loadu_si512(halves + k);
      if (bits != nullptr) {
        const uint32_t agreeing = spin > 0 ? bits[k / 32] : ~bits[k / 32];
        const __m512i up = _mm512_add_epi16(z, one);
        z = _mm512_mask_sub_epi16(up, agreeing, up, two);
        _mm512_storeu_si512(halves + k, z);
      }
      uint32_t here = valid[k / 32];
      if constexpr (RECTIFIED) here = _mm512_cmpgt_epi16_mask(z, zero);
      __m512i A;
      if constexpr (DEGREE == 2) {
        A = _mm512_maskz_slli_epi16(here, z, 2);
      } else {
        uint32_t far = _mm512_cmpgt_epi16_mask(RECTIFIED ? z : _mm512_abs_epi16(z), most) & here;
        A = _mm512_maskz_add_epi16(here & ~far, _mm512_mullo_epi16(_mm512_mullo_epi16(z, z), six), two);
        if (__builtin_expect(far != 0, 0)) {
          for (; far != 0; far &= far - 1) {
            const int32_t mu = k + __builtin_ctz(far);
            addOutlier(mu, 6 * halves[mu] * halves[mu] + 2, total);
          }
        }
      }
      if constexpr (RECTIFIED) {
        const uint32_t nothing = _mm512_cmpeq_epi16_mask(z, zero);
        A = _mm512_mask_mov_epi16(A, nothing, one);
        zeros += __builtin_popcount(nothing);
      }
      _mm512_storeu_si512(terms + k, A);
      terms4 = _mm512_dpwssd_epi32(terms4, A, one);
      if constexpr (DEGREE == 3) halves4 = _mm512_dpwssd_epi32(halves4, _mm512_maskz_mov_epi16(here, z), one);
    }
    total += sumOf((Ints)terms4);
    const int64_t sum = sumOf((Ints)halves4);
    numbers[0] = double(total);
    numbers[1] = DEGREE == 2 ? double(total) / 2 + memories : double(total + zeros) / 2 + 3 * double(sum);
  }
  static constexpr int32_t MOST_HALF = 73;
#else
  // Not made for these registers: ../memory/memory-block.ts asks for integers of 32 bits.
  double shortField(int32_t) const { return 0; }
  void shortFlip(const uint16_t*, int32_t) {}
#endif

  double integerField(int32_t i) const {
    const uint16_t* const bits = row(i);
    const int32_t* const terms = at<int32_t>(7);
    const int32_t run = w[15];
    int64_t sum = 0;
    for (int32_t from = 0; from < used; from += run) {
      const int32_t end = from + run < used ? from + run : used;
      Ints a = ints(0), b = ints(0), c = ints(0), d = ints(0);
      int32_t k = from;
      for (; k + 64 <= end; k += 64) {
        const uint16_t* const m = bits + k / 16;
        a = addWhere(maskOf(m[0]), a, loadInts(terms + k));
        b = addWhere(maskOf(m[1]), b, loadInts(terms + k + 16));
        c = addWhere(maskOf(m[2]), c, loadInts(terms + k + 32));
        d = addWhere(maskOf(m[3]), d, loadInts(terms + k + 48));
      }
      for (; k < end; k += 16) a = addWhere(maskOf(bits[k / 16]), a, loadInts(terms + k));
      sum += sumOf((a + b) + (c + d));
    }
    const int32_t spin = state[i];
    const double agreeing = spin > 0 ? double(sum) : numbers[0] - double(sum);
    return spin * (agreeing - numbers[1]) * numbers[2];
  }

  /** Overlaps after a flip (bits null: as they are), terms A = D(x−1) + D(x+1), and the sums of A and of D(x+1). */
  void integerFlip(const uint16_t* bits, int32_t spin) {
    const bool odd = sites % 2 != 0;
    if (w[16] == 2) {
      if (w[17]) return odd ? flipAs<2, true, true>(bits, spin) : flipAs<2, true, false>(bits, spin);
      return flipAs<2, false, false>(bits, spin);
    }
    if (w[17]) return odd ? flipAs<3, true, true>(bits, spin) : flipAs<3, true, false>(bits, spin);
    return flipAs<3, false, false>(bits, spin);
  }

  template <int DEGREE, bool RECTIFIED, bool ODD>
  void flipAs(const uint16_t* bits, int32_t spin) {
    int32_t* const terms = at<int32_t>(7);
    const uint16_t* const valid = at<uint16_t>(19);
    const int32_t run = w[15];
    constexpr int UNIT = RECTIFIED && ODD ? 1 : 0;
    const Ints four = ints(4);
    const Ints zero = ints(0);
    int64_t total = 0, constant = 0;
    for (int32_t from = 0; from < used; from += run) {
      const int32_t end = from + run < used ? from + run : used;
      Ints sum = ints(0), rest = ints(0);
      for (int32_t k = from; k < end; k += 16) {
        Ints x = loadInts(overlaps + k);
        if (bits != nullptr) {
          const uint32_t agreeing = spin > 0 ? bits[k / 16] : ~uint32_t(bits[k / 16]);
          x = x + 2 - onlyWhere(maskOf(agreeing & 0xffff), four);
          storeInts(overlaps + k, x);
        }
        // D(y) = 2y or 3y² + 1: A = 2h, D(x+1) = h + 2 or h + 6x.
        Ints A, D;
        if constexpr (DEGREE == 2) {
          A = x << (2 + UNIT);
          D = (x << (1 + UNIT)) + (2 << UNIT);
        } else {
          const Ints square = x * x;
          const Ints h = square + (square << 1) + 4;
          const Ints x6 = (x << 2) + (x << 1);
          A = h << (1 + UNIT);
          D = (h + x6) << UNIT;
        }
        if constexpr (!RECTIFIED) {
          const Mask16 here = maskOf(valid[k / 16]);
          A = onlyWhere(here, A);
          D = onlyWhere(here, D);
        } else if constexpr (!ODD) {
          // At x = 0 one half of A is left, D(1).
          A = choose(maskEq(x, zero), D, onlyWhere(maskGe(x, zero + 2), A));
          D = onlyWhere(maskGe(x, zero), D);
        } else {
          // D(0) is half of D's unit: 1 in units of a half. At x = ±1 it stands for D(x ∓ 1).
          A = onlyWhere(maskGe(x, zero + 3), A);
          A = choose(maskEq(x, zero + 1), D + 1, A);
          A = choose(maskEq(x, zero - 1), zero + 1, A);
          D = onlyWhere(maskGe(x, zero + 1), D);
          D = choose(maskEq(x, zero - 1), zero + 1, D);
        }
        storeInts(terms + k, A);
        sum += A;
        rest += D;
      }
      total += sumOf(sum);
      constant += sumOf(rest);
    }
    numbers[0] = double(total);
    numbers[1] = double(constant);
  }

  /** What floating-point kinds keep of the overlaps, below: at x − 1, above: at x + 1. */
  void keep() {
    if (kind == WEIGHTS) return;
    double* const below = at<double>(7);
    double* const above = at<double>(8);
    const double* const table = at<double>(9);
    if (kind == LOG_SUM_EXP || kind == EXPONENTIAL) {
      int32_t top = overlaps[0];
      for (int32_t k = 1; k < memories; k++) top = overlaps[k] > top ? overlaps[k] : top;
      for (int32_t k = 0; k < memories; k++) {
        const int32_t d = (top - overlaps[k]) >> 1;
        above[k] = table[d];
        below[k] = table[d + 1];
      }
      if (kind == EXPONENTIAL) numbers[6] = table[sites + 2 + ((top + sites) >> 1)];
      return;
    }
    const double* const middle = table + sites + 4;
    if (kind == SEQUENCE) {
      for (int32_t k = 0; k < memories; k++) {
        below[k] = middle[overlaps[k] - 1];
        above[k] = middle[overlaps[k] + 1];
      }
      return;
    }
    for (int32_t k = 0; k < memories; k++) {
      below[k] = middle[overlaps[k] - 1];
      above[k] = -middle[overlaps[k] + 1];
    }
  }

  double powerField(int32_t i) const {
    const uint8_t* const bits = (const uint8_t*)row(i);
    const double* const below = at<double>(7);
    const double* const above = at<double>(8);
    const int32_t spin = state[i];
    const uint8_t other = spin > 0 ? 0 : 0xff;
    Doubles a = zeros(), b = zeros();
    for (int32_t k = 0; k < used; k += 16) {
      const uint32_t m = bits[k / 8] ^ other, n = bits[k / 8 + 1] ^ other;
      a += choose(m, loadDoubles(below + k), loadDoubles(above + k));
      b += choose(n, loadDoubles(below + k + 8), loadDoubles(above + k + 8));
    }
    return spin * sumOf(a, b) * numbers[2];
  }

  double sequenceField(int32_t i) const {
    const uint8_t* const bits = (const uint8_t*)row(i);
    const uint8_t* const next = (const uint8_t*)row(i, 10);
    const double* const below = at<double>(7);
    const double* const above = at<double>(8);
    const uint8_t other = state[i] > 0 ? 0 : 0xff;
    Doubles a = zeros(), b = zeros();
    for (int32_t k = 0; k < used; k += 16) {
      const uint32_t m = bits[k / 8] ^ other, n = bits[k / 8 + 1] ^ other;
      const Doubles p = choose(m, loadDoubles(below + k), loadDoubles(above + k));
      const Doubles q = choose(n, loadDoubles(below + k + 8), loadDoubles(above + k + 8));
      a += choose(next[k / 8], p, -p);
      b += choose(next[k / 8 + 1], q, -q);
    }
    return sumOf(a, b) * numbers[2];
  }

  /** S₊ and S₋ in units of e^{b(top + 1)}. */
  struct Either {
    double agreeing, opposed;
  };
  Either eitherSum(int32_t i) const {
    const uint8_t* const bits = (const uint8_t*)row(i);
    const double* const below = at<double>(7);
    const double* const above = at<double>(8);
    const uint8_t other = state[i] > 0 ? 0 : 0xff;
    const Doubles zero = zeros();
    Doubles a = zeros(), b = zeros(), c = zeros(), d = zeros();
    for (int32_t k = 0; k < used; k += 16) {
      const uint32_t m = bits[k / 8] ^ other, n = bits[k / 8 + 1] ^ other;
      a += choose(m, loadDoubles(below + k), zero);
      b += choose(n, loadDoubles(below + k + 8), zero);
      c += choose(m, zero, loadDoubles(above + k));
      d += choose(n, zero, loadDoubles(above + k + 8));
    }
    return {sumOf(a, b), sumOf(c, d)};
  }

  /** Whether as many memories agree at each y as are opposed. */
  bool cancels(int32_t i) const {
    const uint8_t* const bits = (const uint8_t*)row(i);
    const int32_t spin = state[i];
    int32_t* const counts = at<int32_t>(22) + sites;
    bool all = true;
    for (int pass = 0; pass < 3; pass++) {
      for (int32_t mu = 0; mu < memories; mu++) {
        const int32_t agree = (bits[mu / 8] >> (mu % 8) & 1) != 0 ? spin : -spin;
        int32_t& count = counts[overlaps[mu] - agree];
        if (pass == 0) count += agree;
        if (pass == 1) all &= count == 0;
        if (pass == 2) count = 0;
      }
    }
    return all;
  }

 public:
  /** NaN: doubles do not tell its sign. */
  double exponentialField(int32_t i) const {
    const auto [agreeing, opposed] = eitherSum(i);
    const double difference = agreeing - opposed;
    if (__builtin_fabs(difference) <= numbers[7] * (agreeing + opposed)) {
      return cancels(i) ? 0 : __builtin_nan("");
    }
    double size = __builtin_fabs(difference) * numbers[6];
    if (size > 1e300) size = 1e300;
    if (size < 5e-324) size = 5e-324;
    return state[i] * (difference > 0 ? size : -size);
  }

  double logSumExpField(int32_t i) const {
    const auto [agreeing, opposed] = eitherSum(i);
    const int32_t spin = state[i];
    const double q = numbers[4];
    const double low = agreeing + opposed * q;
    const double ratio = (agreeing * q + opposed) / low;
    double log;
    if (ratio > 0.5 && ratio < 2) {
      const double t = (opposed - agreeing) * numbers[5] / low;
      const double u = 1 + t;
      log = u == 1 ? t : naturalLog(u) * (t / (u - 1));
    } else {
      log = naturalLog(ratio);
    }
    return -spin * log / (2 * numbers[3]);
  }

 private:
  double weightedField(int32_t i) const {
    const uint16_t* const bits = row(i);
    const double* const V = at<double>(11) + size_t(i) * lanes;
    const int32_t spin = state[i];
    Doubles a = zeros(), b = zeros();
    const Ints two = ints(2);
    for (int32_t k = 0; k < used; k += 16) {
      const uint32_t agreeing = spin > 0 ? bits[k / 16] : ~bits[k / 16] & 0xffff;
      const Ints y = loadInts(overlaps + k) + 1 - onlyWhere(maskOf(agreeing), two);
      Doubles p, q;
      toDoubles(y, p, q);
      a += loadDoubles(V + k) * p;
      b += loadDoubles(V + k + 8) * q;
    }
    return sumOf(a, b) / sites;
  }
};

void memoryReset(Memory memory, uint32_t block) { MemoryBlock(memory, block).reset(); }
void memoryCount(Memory memory, uint32_t block, uint32_t out) {
  MemoryBlock(memory, block).count(memory.at<int32_t>(out));
}
double memoryLogField(Memory memory, uint32_t block, int32_t i) {
  return MemoryBlock(memory, block).logSumExpField(i);
}
double memoryField(Memory memory, uint32_t block, int32_t i) {
  return MemoryBlock(memory, block).field(i);
}
void memoryFields(Memory memory, uint32_t block, uint32_t out) {
  const MemoryBlock model(memory, block);
  double* const fields = memory.at<double>(out);
  for (int32_t i = 0; i < model.sites; i++) fields[i] = model.field(i);
}
void memoryFlip(Memory memory, uint32_t block, int32_t i) {
  MemoryBlock model(memory, block);
  model.flip(i);
  model.show();
}

/** Sites first … first + count − 1 mod N in turn at T = 0: each along its field, in zero field as it is. */
int32_t memoryDescend(Memory memory, uint32_t block, int32_t first, int32_t count) {
  MemoryBlock model(memory, block);
  int32_t flips = 0;
  int32_t i = first;
  for (int32_t k = 0; k < count; k++) {
    if (model.state[i] * model.field(i) < 0) {
      model.flip(i);
      flips++;
    }
    if (++i == model.sites) i = 0;
  }
  model.show();
  return flips;
}

/** Exponential memories: rates by their field, heat by that of the logarithm. */
struct ExponentialMemories {
  MemoryBlock block;

  static ExponentialMemories of(Memory memory, const double* slots, int8_t* state, int32_t sites) {
    return {MemoryBlock::of(memory, slots, state, sites)};
  }
  double raw(int32_t i) const { return block.exponentialField(i); }
  double energy(int32_t i) const { return block.logSumExpField(i); }
  void flip(int32_t i) { block.flip(i); }
};

void flipsExponential(Memory m, uint32_t record, uint32_t model) {
  runFlips<ExponentialMemories>(m, record, model);
}
void flipsMemories(Memory m, uint32_t record, uint32_t model) {
  runFlips<MemoryBlock>(m, record, model);
  MemoryBlock(m, uint32_t(m.at<double>(model)[3])).show();
}

}  // namespace memories

using memories::flipsExponential;
using memories::flipsMemories;
using memories::memoryCount;
using memories::memoryDescend;
using memories::memoryField;
using memories::memoryFields;
using memories::memoryFlip;
using memories::memoryLogField;
using memories::memoryReset;

}  // namespace

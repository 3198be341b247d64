// Rejection-free kinetics of spins: see ../events. The same operations in the same order as there, but for fields of 32 bits.
#pragma once
#include <cmath>
#include <cstring>
#include "random.h"

namespace {
namespace event {

/** Vectors of one register each: comparisons of longer ones are taken apart lane by lane. */
#if defined(__AVX512F__)
constexpr int EVENT_LANES = 16;
#elif defined(__AVX2__)
constexpr int EVENT_LANES = 8;
#else
constexpr int EVENT_LANES = 4;
#endif
typedef float F __attribute__((vector_size(4 * EVENT_LANES), aligned(4), may_alias));
typedef int32_t I __attribute__((vector_size(4 * EVENT_LANES), aligned(4), may_alias));
typedef double D __attribute__((vector_size(4 * EVENT_LANES), aligned(8), may_alias));

inline F splat(float x) { return x - F{}; }

#if defined(__AVX512F__)
inline F least(F a, F b) { return (F)_mm512_min_ps((__m512)a, (__m512)b); }
inline F most(F a, F b) { return (F)_mm512_max_ps((__m512)a, (__m512)b); }
/** The nearest integer, |z| < 2^22; and x 2^k for an integer k and no overflow: the same bits as below. */
inline F nearest(F z) { return (F)_mm512_roundscale_ps((__m512)z, 0); }
inline F scaled(F x, F k) { return (F)_mm512_scalef_ps((__m512)x, (__m512)k); }
#else
#if defined(__AVX2__)
inline F least(F a, F b) { return (F)_mm256_min_ps((__m256)a, (__m256)b); }
inline F most(F a, F b) { return (F)_mm256_max_ps((__m256)a, (__m256)b); }
#else
inline F least(F a, F b) { return a < b ? a : b; }
inline F most(F a, F b) { return a > b ? a : b; }
#endif
inline F nearest(F z) { return (z + 12582912.0f) - 12582912.0f; }
inline F scaled(F x, F k) { return (F)((I)x + ((I)(k + 12582912.0f) << 23)); }
#endif

/** ab + c, in one rounding where the machine has it: for fields of 32 bits alone, whose bits are not the same everywhere. */
inline F madd(F a, F b, F c) {
#if defined(__AVX512F__)
  return (F)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__AVX2__)
  return (F)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#else
  return a * b + c;
#endif
}
/** w/d to 2e-7: an approximation and a step of Newton's, for a division takes longer than all else of a rate. */
inline F over(F w, F d) {
#if defined(__AVX512F__)
  const F x = (F)_mm512_rcp14_ps((__m512)d);
  return (w * x) * madd(-d, x, splat(2.0f));
#elif defined(__AVX2__)
  const F x = (F)_mm256_rcp_ps((__m256)d);
  return (w * x) * madd(-d, x, splat(2.0f));
#else
  return w / d;
#endif
}

/** Several vectors step by step, so that the next one's operations fill the waits of this one's. */
constexpr int TOGETHER = 4;
#define EACH _Pragma("GCC unroll 4") for (int v = 0; v < TOGETHER; v++)

/** low = 2^f − 1 and k of 2^z = 2^k 2^f. */
inline void splitPower(const F* z, F* low, F* k) {
  F f[TOGETHER], q[TOGETHER];
  EACH f[v] = least(most(z[v], splat(-125.0f)), splat(125.0f));
  EACH k[v] = nearest(f[v]);
  EACH f[v] = f[v] - k[v];
  EACH q[v] = f[v] * 0.0013264736626297235f;
  EACH q[v] = q[v] + 0.009671512059867382f;
  EACH q[v] = q[v] * f[v];
  EACH q[v] = q[v] + 0.05550733581185341f;
  EACH q[v] = q[v] * f[v];
  EACH q[v] = q[v] + 0.24022242426872253f;
  EACH q[v] = q[v] * f[v];
  EACH q[v] = q[v] + 0.6931470036506653f;
  EACH low[v] = q[v] * f[v];
}
inline void exp2Of(const F* z, F* out) {
  F low[TOGETHER], k[TOGETHER];
  splitPower(z, low, k);
  EACH low[v] = low[v] + 1.0f;
  EACH out[v] = scaled(low[v], k[v]);
}

#if defined(__AVX512F__)
/** 2^(k/16), from which a vector is looked up by the low bits of another. */
alignas(64) constexpr float SIXTEENTHS[16] = {
    1.0f,        1.04427378f, 1.09050773f, 1.13878863f, 1.18920712f, 1.24185781f, 1.29683955f, 1.35425555f,
    1.41421356f, 1.47682615f, 1.54221083f, 1.61049033f, 1.68179283f, 1.75625216f, 1.83400809f, 1.91520656f};
#endif

/** w/(1 + 2^z) of fields of 32 bits, to 1e-6. */
__attribute__((always_inline)) inline void glauber32(const F* z, const F* weight, F* rate) {
  F held[TOGETHER], k[TOGETHER], q[TOGETHER];
  // Above, 2^z would be infinite, and infinity times 0 is nothing that a step of Newton's repairs; below, it is 0.
#if defined(__AVX512F__)
  const F table = load<F>(SIXTEENTHS);
  const F rounder = splat(786432.0f);  // rounds to sixteenths, of which it leaves the number in the low bits
  F power[TOGETHER];
  EACH held[v] = least(z[v], splat(125.0f));
  EACH q[v] = held[v] + rounder;
  EACH k[v] = q[v] - rounder;
  EACH power[v] = (F)_mm512_permutexvar_ps((__m512i)q[v], (__m512)table);
  EACH held[v] = held[v] - k[v];
  EACH power[v] = scaled(power[v], k[v]);
  EACH q[v] = madd(held[v], splat(0.24022651f), splat(0.69318783f));
  EACH q[v] = madd(held[v], q[v], splat(1.0f));
  EACH q[v] = madd(power[v], q[v], splat(1.0f));
#else
  EACH held[v] = least(most(z[v], splat(-125.0f)), splat(125.0f));
  EACH k[v] = nearest(held[v]);
  EACH held[v] = held[v] - k[v];
  EACH q[v] = madd(held[v], splat(0.0013264736626297235f), splat(0.009671512059867382f));
  EACH q[v] = madd(held[v], q[v], splat(0.05550733581185341f));
  EACH q[v] = madd(held[v], q[v], splat(0.24022242426872253f));
  EACH q[v] = madd(held[v], q[v], splat(0.6931470036506653f));
  EACH q[v] = madd(held[v], q[v], splat(1.0f));
  EACH q[v] = scaled(q[v], k[v]);
  EACH q[v] = q[v] + 1.0f;
#endif
  EACH rate[v] = over(weight[v], q[v]);
}

enum Law { GLAUBER, METROPOLIS, STEP, LINEAR, OHMIC, DEPHASED, CAVITY };

/** Rates at weight 1. */
template <int LAW>
inline void flipRates(const F* z, const F* spin, const float* numbers, F* rate) {
  const F none = splat(0.0f);
  const F one = splat(1.0f);
  if constexpr (LAW == GLAUBER) {
    exp2Of(z, rate);
    EACH rate[v] = rate[v] + 1.0f;
    EACH rate[v] = one / rate[v];
  } else if constexpr (LAW == METROPOLIS) {
    F up[TOGETHER];
    EACH up[v] = least(-z[v], none);
    exp2Of(up, rate);
  } else if constexpr (LAW == STEP) {
    const F rest = splat(numbers[4]);
    const F tied = splat(numbers[5] == 1.0f ? 1.0f : 0.0f);
    EACH {
      const F tie = (spin[v] < none) ? tied : none;
      rate[v] = (z[v] < -rest) ? one : ((z[v] > rest) ? none : tie);
    }
  } else if constexpr (LAW == LINEAR) {
    EACH rate[v] = (z[v] < -splat(numbers[4])) ? -z[v] : none;
  } else if constexpr (LAW == OHMIC) {
    F low[TOGETHER], k[TOGETHER];
    splitPower(z, low, k);
    EACH {
      const F power = scaled(one, k[v]);
      const F less1 = (power - one) + power * low[v];
      rate[v] = (z[v] == none) ? splat(1.44269502162933349609375f) : z[v] / less1;
    }
  } else if constexpr (LAW == DEPHASED) {
    EACH rate[v] = (z[v] < -splat(numbers[4])) ? -z[v] / (z[v] * z[v] + numbers[0]) : none;
  } else {
    EACH {
      const F off = numbers[2] - z[v];
      const F near = z[v] * z[v] + numbers[1];
      rate[v] = numbers[0] / (near * (off * off + numbers[3]));
    }
  }
}

/** The control block of ../events/event-arrays.ts. */
struct Events {
  enum Number { TOTAL, NEXT, PICK, SCALE };
  enum Integer {
    SITES, PADDED, LAW, KIND, STRIDE, MOST, WORDS_USED, ROWS, FIELDS, EXTERNAL, SLOPES, WEIGHTS, RATES, BLOCK_SUMS,
    LANE_SUMS, STATE, RANDOM, WORDS, NUMBERS, SITES_OUT, FIELDS_OUT, TIMES_OUT
  };
  Memory memory;
  double* numbers;
  uint32_t* integers;
  Events(Memory m, uint32_t control)
      : memory(m), numbers(m.at<double>(control)), integers(m.at<uint32_t>(control + 64)) {}
  template <typename T>
  T* at(Integer cell) const {
    return memory.at<T>(integers[cell]);
  }
};

/** EVENT_LANES numbers of 64 bits as EVENT_LANES of 32. */
inline F narrow(D a, D b) {
  typedef float Half __attribute__((vector_size(2 * EVENT_LANES)));
  const Half x = __builtin_convertvector(a, Half);
  const Half y = __builtin_convertvector(b, Half);
  F out;
  std::memcpy(&out, &x, sizeof x);
  std::memcpy(reinterpret_cast<char*>(&out) + sizeof x, &y, sizeof y);
  return out;
}

/** Arrays that a pass over all sites goes through; T is what fields are. */
template <typename T>
struct Pass {
  T* fields;
  const T* row;
  const double* external;
  const float* slopes;
  const float* weights;
  float* rates;
  double scale;
  T by;
  float numbers[6];
};

/**
 * Sites i, i + 16, i + 32, i + 48 and as many beside each as a vector has: their rates, and the rates' sum. Fields of 32
 * bits are brought up to date in the same pass, those of 64 bits have been before.
 */
template <typename T, int LAW, bool LAST>
__attribute__((always_inline)) inline F quarter(const Pass<T>& p, size_t i) {
  F field[TOGETHER], slope[TOGETHER], weight[TOGETHER], rate[TOGETHER];
  EACH slope[v] = load<F>(p.slopes + i + 16 * v);
  EACH weight[v] = load<F>(p.weights + i + 16 * v);
  if constexpr (sizeof(T) == 4) {
    static_assert(LAW == GLAUBER, "fields of 32 bits have this law alone");
    const F by = splat(p.by);
    EACH field[v] = madd(load<F>(p.row + i + 16 * v), by, load<F>(p.fields + i + 16 * v));
    EACH store(p.fields + i + 16 * v, field[v]);
    EACH field[v] = field[v] * slope[v];
    glauber32(field, weight, rate);
  } else {
    EACH {
      const size_t n = i + 16 * v;
      field[v] = narrow(load<D>(p.fields + n) * p.scale + load<D>(p.external + n),
                        load<D>(p.fields + n + EVENT_LANES / 2) * p.scale + load<D>(p.external + n + EVENT_LANES / 2));
    }
    EACH field[v] = field[v] * slope[v];
    flipRates<LAW>(field, slope, p.numbers, rate);
    EACH rate[v] = weight[v] * rate[v];
  }
  EACH {
    // Beyond the last site a row holds anything at all.
    if constexpr (LAST) rate[v] = (weight[v] == splat(0.0f)) ? splat(0.0f) : rate[v];
    store(p.rates + i + 16 * v, rate[v]);
  }
  return (rate[0] + rate[1]) + (rate[2] + rate[3]);
}

/** Rates and their sums; before, where fields are of 32 bits, fields += change · row. */
template <typename T, int LAW>
void readRates(const Events& e, size_t row, double change) {
  const size_t padded = e.integers[Events::PADDED];
  Pass<T> pass = {e.at<T>(Events::FIELDS),
                  e.at<T>(Events::ROWS) + row * e.integers[Events::STRIDE],
                  e.at<double>(Events::EXTERNAL),
                  e.at<float>(Events::SLOPES),
                  e.at<float>(Events::WEIGHTS),
                  e.at<float>(Events::RATES),
                  e.numbers[Events::SCALE],
                  static_cast<T>(change),
                  {}};
  std::memcpy(pass.numbers, e.at<float>(Events::NUMBERS), sizeof pass.numbers);
  float* const blockSums = e.at<float>(Events::BLOCK_SUMS);
  F lanes[16 / EVENT_LANES] = {};
  const size_t last = padded - 64;
  for (size_t block = 0; block < last; block += 64) {
    for (int p = 0; p < 16 / EVENT_LANES; p++) {
      const F sum = quarter<T, LAW, false>(pass, block + EVENT_LANES * p);
      store(blockSums + block / 4 + EVENT_LANES * p, sum);
      lanes[p] += sum;
    }
  }
  for (int p = 0; p < 16 / EVENT_LANES; p++) {
    const F sum = quarter<T, LAW, true>(pass, last + EVENT_LANES * p);
    store(blockSums + last / 4 + EVENT_LANES * p, sum);
    lanes[p] += sum;
    store(e.at<float>(Events::LANE_SUMS) + EVENT_LANES * p, lanes[p]);
  }
}

void readRatesBy(const Events& e) {
  switch (e.integers[Events::LAW]) {
    case GLAUBER: return readRates<double, GLAUBER>(e, 0, 0);
    case METROPOLIS: return readRates<double, METROPOLIS>(e, 0, 0);
    case STEP: return readRates<double, STEP>(e, 0, 0);
    case LINEAR: return readRates<double, LINEAR>(e, 0, 0);
    case OHMIC: return readRates<double, OHMIC>(e, 0, 0);
    case DEPHASED: return readRates<double, DEPHASED>(e, 0, 0);
    default: return readRates<double, CAVITY>(e, 0, 0);
  }
}

enum Kind { FLOAT32, DOUBLE, SINGLE, INT16, INT8 };

constexpr size_t PREFETCHED = 2048;

/** 64-bit fields += change · row of any numbers. */
template <typename R>
void addTo(const Events& e, size_t row, double change) {
  const size_t padded = e.integers[Events::PADDED];
  double* __restrict const fields = e.at<double>(Events::FIELDS);
  const R* __restrict const from = e.at<R>(Events::ROWS) + row * e.integers[Events::STRIDE];
  for (size_t i = 0; i < padded; i++) fields[i] += change * from[i];
}

void addRow(const Events& e, size_t row, double change) {
  switch (e.integers[Events::KIND]) {
    case FLOAT32: return readRates<float, GLAUBER>(e, row, change);
    case DOUBLE: addTo<double>(e, row, change); break;
    case SINGLE: addTo<float>(e, row, change); break;
    case INT16: addTo<int16_t>(e, row, change); break;
    default: addTo<int8_t>(e, row, change);
  }
  readRatesBy(e);
}

/** −ln u, 0 < u < 1. */
inline double minusLog(double u) {
  uint64_t bits;
  std::memcpy(&bits, &u, 8);
  int exponent = static_cast<int>((bits >> 52) & 0x7ff) - 1023;
  bits = (bits & 0xfffffffffffffull) | 0x3ff0000000000000ull;
  double m;
  std::memcpy(&m, &bits, 8);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent++;
  }
  const double s = (m - 1) / (m + 1);
  const double square = s * s;
  double sum = 1.0 / 19;
  sum = sum * square + 1.0 / 17;
  sum = sum * square + 1.0 / 15;
  sum = sum * square + 1.0 / 13;
  sum = sum * square + 1.0 / 11;
  sum = sum * square + 1.0 / 9;
  sum = sum * square + 1.0 / 7;
  sum = sum * square + 1.0 / 5;
  sum = sum * square + 1.0 / 3;
  sum = sum * square + 1.0;
  return -(exponent * 0.6931471805599453 + 2 * s * sum);
}

inline double wholeOf(uint32_t high, uint32_t low) { return high * 1048576.0 + (low >> 12); }

/** Draws what decides the next event, whatever the rates will be: the uniform of its choice, and −ln u of its time. */
inline double draw(const Events& e) {
  uint32_t* const words = e.at<uint32_t>(Events::WORDS);
  int used = int(e.integers[Events::WORDS_USED]);
  if (used == 0) {
    uint32_t* const kept = e.at<uint32_t>(Events::RANDOM);
    Lanes streams = Lanes::of(kept);
    store(words, streams.draw());
    streams.keep(kept);
  }
  e.numbers[Events::PICK] = wholeOf(words[used], words[used + 1]) * 0x1p-52;
  e.integers[Events::WORDS_USED] = (used + 4) & 15;
  return minusLog((wholeOf(words[used + 2], words[used + 3]) + 0.5) * 0x1p-52);
}

inline void schedule(const Events& e, double t, double wait) {
  const float* const lanes = e.at<float>(Events::LANE_SUMS);
  double total = 0;
  for (int lane = 0; lane < 16; lane++) total += lanes[lane];
  e.numbers[Events::TOTAL] = total;
  e.numbers[Events::NEXT] = total > 0 ? t + wait / total : INFINITY;
}

inline size_t take(const float* from, size_t start, size_t step, size_t end, double& rest) {
  size_t chosen = start;
  for (size_t at = start; at < end; at += step) {
    const double part = from[at];
    if (part > 0) chosen = at;
    if (rest < part) return at;
    rest -= part;
  }
  rest = from[chosen];
  return chosen;
}

inline size_t choose(const Events& e) {
  double rest = e.numbers[Events::PICK] * e.numbers[Events::TOTAL];
  const size_t lane = take(e.at<float>(Events::LANE_SUMS), 0, 1, 16, rest);
  const size_t end = e.integers[Events::PADDED] / 4;
  const size_t block = take(e.at<float>(Events::BLOCK_SUMS), lane, 16, end, rest);
  const size_t first = 4 * (block - lane) + lane;
  return take(e.at<float>(Events::RATES), first, 16, first + 64, rest);
}

constexpr size_t widthOf(uint32_t kind) { return kind == DOUBLE ? 8 : kind == INT16 ? 2 : kind == INT8 ? 1 : 4; }

/** As soon as the row is known: what is drawn and written down meanwhile covers part of its way from the last cache. */
inline void prefetchRow(const char* row, size_t bytes) {
  const size_t end = bytes < PREFETCHED ? bytes : PREFETCHED;
  for (size_t at = 0; at < end; at += 64) __builtin_prefetch(row + at);
}

void startEvents(Memory memory, uint32_t control, double t) {
  const Events e(memory, control);
  addRow(e, 0, 0);
  schedule(e, t, draw(e));
}

#if defined(__AVX512F__)
/** Sums of the first 1, 2, … 16 numbers. */
struct Ladder {
  __m512d low, high;
  static __m512d rungs(__m512d x) {
    const __m512i none = _mm512_setzero_si512();
    x = _mm512_add_pd(x, (__m512d)_mm512_alignr_epi64((__m512i)x, none, 7));
    x = _mm512_add_pd(x, (__m512d)_mm512_alignr_epi64((__m512i)x, none, 6));
    return _mm512_add_pd(x, (__m512d)_mm512_alignr_epi64((__m512i)x, none, 4));
  }
  explicit Ladder(__m512 x) {
    low = rungs(_mm512_cvtps_pd(_mm512_castps512_ps256(x)));
    high = rungs(_mm512_cvtps_pd(_mm512_extractf32x8_ps(x, 1)));
    high = _mm512_add_pd(high, _mm512_permutexvar_pd(_mm512_set1_epi64(7), low));
  }
  double total() const { return _mm512_cvtsd_f64(_mm512_permutexvar_pd(_mm512_set1_epi64(7), high)); }
  /** How many of the sums are not above; 16: all. */
  uint32_t below(double rest) const {
    const __m512d x = _mm512_set1_pd(rest);
    const uint32_t bits = _mm512_cmp_pd_mask(low, x, _CMP_LE_OQ) | _mm512_cmp_pd_mask(high, x, _CMP_LE_OQ) << 8;
    return uint32_t(__builtin_popcount(bits));
  }
  /** The sum of the first `count` < 16. */
  double before(uint32_t count) const {
    const __m512i at = _mm512_set1_epi64(int64_t(count) - 1);
    return _mm512_cvtsd_f64(
        _mm512_maskz_permutex2var_pd(count == 0 ? 0 : 0xff, low, at, high));
  }
};

/** As `choose`, without a branch that nobody can foresee; where rounding leaves no spin, `choose` finds the one. */
inline size_t chooseAtOnce(const Events& e, const Ladder& lanes) {
  double rest = e.numbers[Events::PICK] * e.numbers[Events::TOTAL];
  const uint32_t lane = lanes.below(rest);
  if (lane == 16) return choose(e);
  rest -= lanes.before(lane);
  const float* const sums = e.at<float>(Events::BLOCK_SUMS) + lane;
  const uint32_t blocks = e.integers[Events::PADDED] / 64;
  const __m512i step = _mm512_slli_epi32(_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), 4);
  for (uint32_t first = 0; first < blocks; first += 16) {
    const uint32_t here = blocks - first < 16 ? blocks - first : 16;
    const __mmask16 some = __mmask16((1u << here) - 1);
    const Ladder ladder(_mm512_mask_i32gather_ps(_mm512_setzero_ps(), some, step, sums + 16 * first, 4));
    const uint32_t block = ladder.below(rest);
    if (block < 16) {
      rest -= ladder.before(block);
      const size_t at = 64 * (first + block) + lane;
      const float* const rates = e.at<float>(Events::RATES) + at;
      const double one = rates[0], two = one + rates[16], three = two + rates[32], four = three + rates[48];
      if (!(rest < four)) break;
      return at + 16 * ((rest >= one) + (rest >= two) + (rest >= three));
    }
    rest -= ladder.total();
  }
  return choose(e);
}

/** `runEvents` of fields of 32 bits. */
double runSingles(const Events& e, double until) {
  int8_t* const state = e.at<int8_t>(Events::STATE);
  float* const slopes = e.at<float>(Events::SLOPES);
  const float* const fields = e.at<float>(Events::FIELDS);
  const float* const laneSums = e.at<float>(Events::LANE_SUMS);
  int32_t* const sitesOut = e.at<int32_t>(Events::SITES_OUT);
  double* const fieldsOut = e.at<double>(Events::FIELDS_OUT);
  double* const timesOut = e.at<double>(Events::TIMES_OUT);
  const char* const rows = e.at<char>(Events::ROWS);
  const size_t rowBytes = e.integers[Events::STRIDE] * sizeof(float);
  const uint32_t most = e.integers[Events::MOST];
  Ladder lanes(_mm512_loadu_ps(laneSums));
  uint32_t count = 0;
  for (; count < most && e.numbers[Events::NEXT] <= until && e.numbers[Events::TOTAL] > 0; count++) {
    const double t = e.numbers[Events::NEXT];
    const size_t site = chooseAtOnce(e, lanes);
    prefetchRow(rows + site * rowBytes, rowBytes);
    sitesOut[count] = static_cast<int32_t>(site);
    fieldsOut[count] = fields[site];
    timesOut[count] = t;
    state[site] = -state[site];
    slopes[site] = -slopes[site];
    const double wait = draw(e);
    readRates<float, GLAUBER>(e, site, 2 * state[site]);
    lanes = Ladder(_mm512_loadu_ps(laneSums));
    const double total = lanes.total();
    e.numbers[Events::TOTAL] = total;
    e.numbers[Events::NEXT] = total > 0 ? t + wait / total : INFINITY;
  }
  return count;
}
#endif

double runEvents(Memory memory, uint32_t control, double until) {
  const Events e(memory, control);
#if defined(__AVX512F__)
  if (e.integers[Events::KIND] == FLOAT32) return runSingles(e, until);
#endif
  int8_t* const state = e.at<int8_t>(Events::STATE);
  float* const slopes = e.at<float>(Events::SLOPES);
  int32_t* const sitesOut = e.at<int32_t>(Events::SITES_OUT);
  double* const fieldsOut = e.at<double>(Events::FIELDS_OUT);
  double* const timesOut = e.at<double>(Events::TIMES_OUT);
  const bool single = e.integers[Events::KIND] == FLOAT32;
  const uint32_t most = e.integers[Events::MOST];
  const char* const rows = e.at<char>(Events::ROWS);
  const size_t rowBytes = e.integers[Events::STRIDE] * widthOf(e.integers[Events::KIND]);
  uint32_t count = 0;
  for (; count < most && e.numbers[Events::NEXT] <= until && e.numbers[Events::TOTAL] > 0; count++) {
    const double t = e.numbers[Events::NEXT];
    const size_t site = choose(e);
    prefetchRow(rows + site * rowBytes, rowBytes);
    sitesOut[count] = static_cast<int32_t>(site);
    fieldsOut[count] = single ? e.at<float>(Events::FIELDS)[site] : e.at<double>(Events::FIELDS)[site];
    timesOut[count] = t;
    state[site] = -state[site];
    slopes[site] = -slopes[site];
    const double wait = draw(e);
    addRow(e, site, 2 * state[site]);
    schedule(e, t, wait);
  }
  return count;
}

template <typename T, typename R>
void sumFieldsOf(const Events& e) {
  const size_t sites = e.integers[Events::SITES];
  const size_t stride = e.integers[Events::STRIDE];
  const int8_t* const state = e.at<int8_t>(Events::STATE);
  const R* const rows = e.at<R>(Events::ROWS);
  T* __restrict const fields = e.at<T>(Events::FIELDS);
  std::memset(fields, 0, e.integers[Events::PADDED] * sizeof(T));
  for (size_t j = 0; j < sites; j++) {
    const R* __restrict const row = rows + j * stride;
    const T spin = state[j];
    for (size_t i = 0; i < sites; i++) fields[i] += spin * row[i];
  }
}

void sumFields(Memory memory, uint32_t control) {
  const Events e(memory, control);
  switch (e.integers[Events::KIND]) {
    case FLOAT32: return sumFieldsOf<float, float>(e);
    case DOUBLE: return sumFieldsOf<double, double>(e);
    case SINGLE: return sumFieldsOf<double, float>(e);
    case INT16: return sumFieldsOf<double, int16_t>(e);
    default: return sumFieldsOf<double, int8_t>(e);
  }
}

#undef EACH

}  // namespace event
using event::runEvents;
using event::startEvents;
using event::sumFields;
}  // namespace

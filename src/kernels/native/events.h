// Rejection-free kinetics of spins: see ../events. The same operations in the same order as there.
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
inline F quarter(const Pass<T>& p, size_t i) {
  F field[TOGETHER], slope[TOGETHER], rate[TOGETHER];
  if constexpr (sizeof(T) == 4) {
    EACH field[v] = load<F>(p.row + i + 16 * v) * p.by;
    EACH field[v] = field[v] + load<F>(p.fields + i + 16 * v);
    EACH store(p.fields + i + 16 * v, field[v]);
  } else {
    EACH {
      const size_t n = i + 16 * v;
      field[v] = narrow(load<D>(p.fields + n) * p.scale + load<D>(p.external + n),
                        load<D>(p.fields + n + EVENT_LANES / 2) * p.scale + load<D>(p.external + n + EVENT_LANES / 2));
    }
  }
  EACH slope[v] = load<F>(p.slopes + i + 16 * v);
  EACH field[v] = field[v] * slope[v];
  flipRates<LAW>(field, slope, p.numbers, rate);
  EACH {
    const F weight = load<F>(p.weights + i + 16 * v);
    rate[v] = weight * rate[v];
    // Beyond the last site a row holds anything at all.
    if constexpr (LAST) rate[v] = (weight == splat(0.0f)) ? splat(0.0f) : rate[v];
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

template <typename T>
void readRatesBy(const Events& e, size_t row, double change) {
  switch (e.integers[Events::LAW]) {
    case GLAUBER: return readRates<T, GLAUBER>(e, row, change);
    case METROPOLIS: return readRates<T, METROPOLIS>(e, row, change);
    case STEP: return readRates<T, STEP>(e, row, change);
    case LINEAR: return readRates<T, LINEAR>(e, row, change);
    case OHMIC: return readRates<T, OHMIC>(e, row, change);
    case DEPHASED: return readRates<T, DEPHASED>(e, row, change);
    default: return readRates<T, CAVITY>(e, row, change);
  }
}

enum Kind { FLOAT32, DOUBLE, SINGLE, INT16, INT8 };

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
    case FLOAT32: return readRatesBy<float>(e, row, change);
    case DOUBLE: addTo<double>(e, row, change); break;
    case SINGLE: addTo<float>(e, row, change); break;
    case INT16: addTo<int16_t>(e, row, change); break;
    default: addTo<int8_t>(e, row, change);
  }
  readRatesBy<double>(e, 0, 0);
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

inline void schedule(const Events& e, double t) {
  const float* const lanes = e.at<float>(Events::LANE_SUMS);
  uint32_t* const words = e.at<uint32_t>(Events::WORDS);
  double total = 0;
  for (int lane = 0; lane < 16; lane++) total += lanes[lane];
  int used = int(e.integers[Events::WORDS_USED]);
  if (used == 0) {
    uint32_t* const kept = e.at<uint32_t>(Events::RANDOM);
    Lanes streams = Lanes::of(kept);
    store(words, streams.draw());
    streams.keep(kept);
  }
  e.numbers[Events::PICK] = wholeOf(words[used], words[used + 1]) * 0x1p-52;
  const double wait = minusLog((wholeOf(words[used + 2], words[used + 3]) + 0.5) * 0x1p-52);
  e.integers[Events::WORDS_USED] = (used + 4) & 15;
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

void startEvents(Memory memory, uint32_t control, double t) {
  const Events e(memory, control);
  addRow(e, 0, 0);
  schedule(e, t);
}

double runEvents(Memory memory, uint32_t control, double until) {
  const Events e(memory, control);
  int8_t* const state = e.at<int8_t>(Events::STATE);
  float* const slopes = e.at<float>(Events::SLOPES);
  int32_t* const sitesOut = e.at<int32_t>(Events::SITES_OUT);
  double* const fieldsOut = e.at<double>(Events::FIELDS_OUT);
  double* const timesOut = e.at<double>(Events::TIMES_OUT);
  const bool single = e.integers[Events::KIND] == FLOAT32;
  const uint32_t most = e.integers[Events::MOST];
  uint32_t count = 0;
  for (; count < most && e.numbers[Events::NEXT] <= until && e.numbers[Events::TOTAL] > 0; count++) {
    const double t = e.numbers[Events::NEXT];
    const size_t site = choose(e);
    sitesOut[count] = static_cast<int32_t>(site);
    fieldsOut[count] = single ? e.at<float>(Events::FIELDS)[site] : e.at<double>(Events::FIELDS)[site];
    timesOut[count] = t;
    state[site] = -state[site];
    slopes[site] = -slopes[site];
    addRow(e, site, 2 * state[site]);
    schedule(e, t);
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

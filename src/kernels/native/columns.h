// Sixteen shots side by side: arrays f64[rows][16], one shot a column. See ../columns.
#pragma once
#include "simd.h"

namespace {

constexpr size_t COLUMNS = 16;
typedef int64_t i64x8 __attribute__((vector_size(64), aligned(8), may_alias));

inline f64x8 splat8(double a) { return f64x8{a, a, a, a, a, a, a, a}; }
/** a·b + c, fused where the processor can. */
inline f64x8 mulAdd(f64x8 a, f64x8 b, f64x8 c) {
#if defined(__AVX512F__) || defined(__AVX2__)
  return fmadd(a, b, c);
#else
  return a * b + c;
#endif
}
inline f64x8 pick(i64x8 mask, f64x8 a, f64x8 b) {
  return (f64x8)((mask & (i64x8)a) | (~mask & (i64x8)b));
}
inline f64x8 absolute(f64x8 a) { return (f64x8)((i64x8)a & 0x7fffffffffffffffLL); }
inline f64x8 root(f64x8 a) {
#if defined(__AVX512F__)
  return (f64x8)_mm512_sqrt_pd((__m512d)a);
#else
  for (int k = 0; k < 8; k++) a[k] = __builtin_sqrt(a[k]);
  return a;
#endif
}
inline f64x8 widen(const float* p) {
#if defined(__AVX512F__)
  return (f64x8)_mm512_cvtps_pd(_mm256_loadu_ps(p));
#else
  return f64x8{p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]};
#endif
}

/** e^x for −700 ≤ x ≤ 700, to 2 units of the last place: x = k ln 2 + r, the series of e^r to r¹³. */
inline f64x8 exponential(f64x8 x) {
  const f64x8 shifter = splat8(6755399441055744.0);  // 1.5·2⁵²: its last bits become the integer
  const f64x8 shifted = x * 1.4426950408889634 + shifter;
  const f64x8 k = shifted - shifter;
  const f64x8 r = (x - k * 0.693147180369123816490) - k * 1.90821492927058770002e-10;
  static const double SERIES[] = {1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800,
                                  1.0 / 362880,     1.0 / 40320,     1.0 / 5040,     1.0 / 720,
                                  1.0 / 120,        1.0 / 24,        1.0 / 6,        0.5,
                                  1.0,              1.0};
  f64x8 p = splat8(SERIES[0]);
  for (int n = 1; n < 14; n++) p = p * r + SERIES[n];
  return (f64x8)((i64x8)p + ((i64x8)shifted << 52));
}
/** tanh x, to 2·10⁻¹⁶ absolute. */
inline f64x8 hyperbolicTangent(f64x8 x) {
  const f64x8 size = absolute(x);
  const f64x8 bound = size > 20.0 ? splat8(20.0) : size;
  const f64x8 e = exponential(bound * -2.0);
  const f64x8 t = (1.0 - e) / (1.0 + e);
  return (f64x8)((i64x8)t | ((i64x8)x & (int64_t)0x8000000000000000ULL));
}

/** R rows of A x (+ start), A row-major with `stride`, of which the first `inner` columns count. */
template <int R>
inline void productRows(const double* a, size_t stride, size_t inner, const double* x,
                        const double* start, double* out) {
  for (size_t half = 0; half < COLUMNS; half += 8) {
    f64x8 sum[R];
    for (int r = 0; r < R; r++) {
      sum[r] = start == nullptr ? f64x8{} : load<f64x8>(start + r * COLUMNS + half);
    }
    for (size_t k = 0; k < inner; k++) {
      const f64x8 v = load<f64x8>(x + k * COLUMNS + half);
#pragma GCC unroll 8
      for (int r = 0; r < R; r++) sum[r] = mulAdd(splat8(a[r * stride + k]), v, sum[r]);
    }
    for (int r = 0; r < R; r++) store(out + r * COLUMNS + half, sum[r]);
  }
}

#if defined(__AVX512F__)
constexpr int ROWS = 8;
#else
constexpr int ROWS = 4;
#endif

/** out[rows][16] = A x (+ start): A rows × inner row-major; `lower`: only its columns up to the diagonal count. */
inline void product(const double* a, size_t rows, size_t inner, const double* x,
                    const double* start, double* out, bool lower = false) {
  size_t i = 0;
  for (; i + ROWS <= rows; i += ROWS) {
    productRows<ROWS>(a + i * inner, inner, lower ? i + ROWS : inner, x,
                      start == nullptr ? nullptr : start + i * COLUMNS, out + i * COLUMNS);
  }
  for (; i < rows; i++) {
    productRows<1>(a + i * inner, inner, lower ? i + 1 : inner, x,
                   start == nullptr ? nullptr : start + i * COLUMNS, out + i * COLUMNS);
  }
}

/** out[rows][16] = A x, only what is not zero of A kept: row i is values[starts[i] … starts[i+1]). */
inline void sparseProduct(const double* values, const int32_t* starts, const int32_t* columns,
                          size_t rows, const double* x, double* out) {
  for (size_t i = 0; i < rows; i++) {
    f64x8 a = {}, b = {};
    for (int32_t k = starts[i]; k < starts[i + 1]; k++) {
      const double* const from = x + COLUMNS * columns[k];
      a = mulAdd(splat8(values[k]), load<f64x8>(from), a);
      b = mulAdd(splat8(values[k]), load<f64x8>(from + 8), b);
    }
    store(out + i * COLUMNS, a);
    store(out + i * COLUMNS + 8, b);
  }
}

}  // namespace

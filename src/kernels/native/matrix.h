// Matrix products: packed rows times columns in groups of sixteen. See ../matrix.
#pragma once
#include <cstring>
#include "simd.h"

namespace {

/** Rows of a packed panel. */
constexpr int PANEL = 8;
/** Columns of a group. */
constexpr int GROUP = 16;

// One register of the instruction set, and rows of a tile of two of them that its registers hold.
#if defined(__AVX512F__)
constexpr int TILE_ROWS = 8;
constexpr int REGISTER = 64;
#elif defined(__AVX2__)
constexpr int TILE_ROWS = 4;
constexpr int REGISTER = 32;
#else
constexpr int TILE_ROWS = 4;
constexpr int REGISTER = 16;
#endif
template <typename T>
struct Register;
template <>
struct Register<float> {
  typedef float type __attribute__((vector_size(REGISTER), aligned(4), may_alias));
};
template <>
struct Register<double> {
  typedef double type __attribute__((vector_size(REGISTER), aligned(8), may_alias));
};
template <typename T>
using Reg = typename Register<T>::type;

#if defined(__AVX512F__)
inline Reg<float> multiplyAdd(Reg<float> a, Reg<float> b, Reg<float> c) {
  return (Reg<float>)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
inline Reg<double> multiplyAdd(Reg<double> a, Reg<double> b, Reg<double> c) {
  return (Reg<double>)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
}
#elif defined(__AVX2__)
inline Reg<float> multiplyAdd(Reg<float> a, Reg<float> b, Reg<float> c) {
  return (Reg<float>)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}
inline Reg<double> multiplyAdd(Reg<double> a, Reg<double> b, Reg<double> c) {
  return (Reg<double>)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
}
#elif defined(__aarch64__)
inline Reg<float> multiplyAdd(Reg<float> a, Reg<float> b, Reg<float> c) {
  return (Reg<float>)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}
inline Reg<double> multiplyAdd(Reg<double> a, Reg<double> b, Reg<double> c) {
  return (Reg<double>)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
}
#else
template <typename V>
inline V multiplyAdd(V a, V b, V c) {
  return a * b + c;
}
#endif

/** A register with the same number everywhere (x − 0 is x, which compilers know; x + 0 is not). */
template <typename V, typename T>
inline V all(T x) {
  return x - V{};
}

/** What becomes of sums: y ← alpha·sum + beta·y. */
template <typename T>
struct Target {
  T alpha, beta;
};

/**
 * One tile: TILE_ROWS rows of a panel times two registers of columns, at x0 and x1 in row k = 0, GROUP apart from row to row.
 * Every sum runs over k in order: it does not depend on which columns it is computed with.
 */
template <typename T, int COUNT>
inline void tile(const T* a, int m, const T* x0, const T* x1, T* y0, T* y1, int rows, Target<T> to) {
  typedef Reg<T> V;
  V sum0[TILE_ROWS], sum1[TILE_ROWS];
#pragma GCC unroll 8
  for (int r = 0; r < TILE_ROWS; r++) sum0[r] = sum1[r] = V{};
#pragma GCC unroll 2
  for (int k = 0; k < m; k++) {
    const V b0 = load<V>(x0);
    V b1 = b0;
    if constexpr (COUNT == 2) b1 = load<V>(x1);
#pragma GCC unroll 8
    for (int r = 0; r < TILE_ROWS; r++) {
      const V factor = all<V>(a[r]);
      sum0[r] = multiplyAdd(factor, b0, sum0[r]);
      if constexpr (COUNT == 2) sum1[r] = multiplyAdd(factor, b1, sum1[r]);
    }
    a += PANEL;
    x0 += GROUP;
    x1 += GROUP;
  }
  auto put = [&](T* y, const V& sum) {
    V out = sum * to.alpha;
    if (to.beta != T(0)) out += load<V>(y) * to.beta;
    store(y, out);
  };
#pragma GCC unroll 8
  for (int r = 0; r < TILE_ROWS; r++) {
    if (r < rows) {
      put(y0 + r * GROUP, sum0[r]);
      if constexpr (COUNT == 2) put(y1 + r * GROUP, sum1[r]);
    }
  }
}

/** y (n × GROUP each of `groups`) ← alpha·A·x + beta·y, A packed, x (m × GROUP each). */
template <typename T>
void multiplyGroups(const T* packed, const T* x, T* y, int n, int m, int groups, Target<T> to) {
  constexpr int LANES_HERE = REGISTER / sizeof(T);
  const size_t across = size_t(m) * GROUP, up = size_t(n) * GROUP;
  for (int row = 0; row < n; row += TILE_ROWS) {
    const T* const a = packed + size_t(row / PANEL) * PANEL * m + row % PANEL;
    const int rows = n - row < TILE_ROWS ? n - row : TILE_ROWS;
    T* const out = y + size_t(row) * GROUP;
    int g = 0;
    if constexpr (LANES_HERE == GROUP) {
      for (; g + 1 < groups; g += 2) {
        tile<T, 2>(a, m, x + g * across, x + (g + 1) * across, out + g * up, out + (g + 1) * up,
                   rows, to);
      }
      if (g < groups) tile<T, 1>(a, m, x + g * across, nullptr, out + g * up, nullptr, rows, to);
    } else {
      for (; g < groups; g++) {
        for (int c = 0; c < GROUP; c += 2 * LANES_HERE) {
          const T* const from = x + g * across + c;
          T* const into = out + g * up + c;
          tile<T, 2>(a, m, from, from + LANES_HERE, into, into + LANES_HERE, rows, to);
        }
      }
    }
  }
}

/** y ← alpha·A·x + beta·y for one column: the same sums in the same order as with many. */
template <typename T>
void multiplyColumn(const T* packed, const T* x, T* y, int n, int m, Target<T> to) {
  typedef T V __attribute__((vector_size(PANEL * sizeof(T)), aligned(sizeof(T)), may_alias));
  constexpr int AT_ONCE = 4;
  constexpr int PARTS = PANEL * sizeof(T) > REGISTER ? PANEL * sizeof(T) / REGISTER : 1;
  const int panels = (n + PANEL - 1) / PANEL;
  for (int p = 0; p < panels; p += AT_ONCE) {
    const T* a[AT_ONCE];
    for (int q = 0; q < AT_ONCE; q++) {
      a[q] = packed + size_t(p + q < panels ? p + q : p) * PANEL * m;
    }
    alignas(64) T sums[AT_ONCE][PANEL];
    if constexpr (PARTS == 1 && (REGISTER == PANEL * sizeof(T))) {
      Reg<T> sum[AT_ONCE] = {};
      for (int k = 0; k < m; k++) {
        const Reg<T> b = all<Reg<T>>(x[k]);
#pragma GCC unroll 4
        for (int q = 0; q < AT_ONCE; q++) {
          sum[q] = multiplyAdd(load<Reg<T>>(a[q] + k * PANEL), b, sum[q]);
        }
      }
      for (int q = 0; q < AT_ONCE; q++) store(sums[q], sum[q]);
    } else if constexpr (PARTS == 1) {
      // A register holds two panels' rows: half of it does.
      V sum[AT_ONCE] = {};
      for (int k = 0; k < m; k++) {
        const V b = all<V>(x[k]);
#pragma GCC unroll 4
        for (int q = 0; q < AT_ONCE; q++) {
          const V row = load<V>(a[q] + k * PANEL);
#if defined(__AVX512F__)
          if constexpr (sizeof(T) == 4) {
            sum[q] = (V)_mm256_fmadd_ps((__m256)row, (__m256)b, (__m256)sum[q]);
          }
#else
          sum[q] = row * b + sum[q];
#endif
        }
      }
      for (int q = 0; q < AT_ONCE; q++) store(sums[q], sum[q]);
    } else {
      constexpr int WIDE = REGISTER / sizeof(T);
      Reg<T> sum[AT_ONCE][PARTS] = {};
      for (int k = 0; k < m; k++) {
        const Reg<T> b = all<Reg<T>>(x[k]);
#pragma GCC unroll 4
        for (int q = 0; q < AT_ONCE; q++) {
#pragma GCC unroll 4
          for (int w = 0; w < PARTS; w++) {
            sum[q][w] =
                multiplyAdd(load<Reg<T>>(a[q] + k * PANEL + w * WIDE), b, sum[q][w]);
          }
        }
      }
      for (int q = 0; q < AT_ONCE; q++) {
        for (int w = 0; w < PARTS; w++) store(sums[q] + w * WIDE, sum[q][w]);
      }
    }
    for (int q = 0; q < AT_ONCE && p + q < panels; q++) {
      for (int r = 0; r < PANEL && (p + q) * PANEL + r < n; r++) {
        T* const out = y + (p + q) * PANEL + r;
        *out = to.beta == T(0) ? to.alpha * sums[q][r] : to.alpha * sums[q][r] + to.beta * *out;
      }
    }
  }
}

/** y (n × r) ← alpha·A·x + beta·y, x (m × r), both row-major; `work` holds (m + n) × 2 × GROUP numbers. */
template <typename T>
void multiplyRows(const T* packed, const T* x, T* y, int n, int m, int r, Target<T> to, T* work) {
  if (r == 1) {
    multiplyColumn(packed, x, y, n, m, to);
    return;
  }
  constexpr int AT_ONCE = 2;
  T* const result = work + size_t(m) * AT_ONCE * GROUP;
  for (int c = 0; c < r; c += AT_ONCE * GROUP) {
    const int groups = r - c > GROUP ? AT_ONCE : 1;
    for (int g = 0; g < groups; g++) {
      const int from = c + g * GROUP;
      const int width = r - from < GROUP ? r - from : GROUP;
      T* to16 = work + size_t(g) * m * GROUP;
      for (int k = 0; k < m; k++, to16 += GROUP) {
        const T* const row = x + size_t(k) * r + from;
        if (width == GROUP) {
          std::memcpy(to16, row, GROUP * sizeof(T));
        } else {
          for (int j = 0; j < GROUP; j++) to16[j] = j < width ? row[j] : T(0);
        }
      }
    }
    multiplyGroups<T>(packed, work, result, n, m, groups, {T(1), T(0)});
    for (int g = 0; g < groups; g++) {
      const int from = c + g * GROUP;
      const int width = r - from < GROUP ? r - from : GROUP;
      const T* sums = result + size_t(g) * n * GROUP;
      for (int i = 0; i < n; i++, sums += GROUP) {
        T* const row = y + size_t(i) * r + from;
        if (to.beta == T(0)) {
          for (int j = 0; j < width; j++) row[j] = to.alpha * sums[j];
        } else {
          for (int j = 0; j < width; j++) row[j] = to.alpha * sums[j] + to.beta * row[j];
        }
      }
    }
  }
}

void multiplyGroups32(Memory memory, uint32_t packed, uint32_t x, uint32_t y, int32_t n, int32_t m,
                      int32_t groups, float alpha, float beta) {
  multiplyGroups<float>(memory.at<float>(packed), memory.at<float>(x), memory.at<float>(y), n, m,
                        groups, {alpha, beta});
}
void multiplyGroups64(Memory memory, uint32_t packed, uint32_t x, uint32_t y, int32_t n, int32_t m,
                      int32_t groups, double alpha, double beta) {
  multiplyGroups<double>(memory.at<double>(packed), memory.at<double>(x), memory.at<double>(y), n,
                         m, groups, {alpha, beta});
}
void multiplyRows32(Memory memory, uint32_t packed, uint32_t x, uint32_t y, int32_t n, int32_t m,
                    int32_t r, float alpha, float beta, uint32_t work) {
  multiplyRows<float>(memory.at<float>(packed), memory.at<float>(x), memory.at<float>(y), n, m, r,
                      {alpha, beta}, memory.at<float>(work));
}
void multiplyRows64(Memory memory, uint32_t packed, uint32_t x, uint32_t y, int32_t n, int32_t m,
                    int32_t r, double alpha, double beta, uint32_t work) {
  multiplyRows<double>(memory.at<double>(packed), memory.at<double>(x), memory.at<double>(y), n, m,
                       r, {alpha, beta}, memory.at<double>(work));
}

}  // namespace

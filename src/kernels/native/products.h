// Row sums Σ_j J_ij s_j of couplings and ±1 spins: ../spin/row-products.ts.
#pragma once
#include "simd.h"

namespace {

template <typename Row>
inline void integerProducts(Memory m, uint32_t rowsAt, uint32_t stride, uint32_t stateAt, int32_t sites, uint32_t outAt) {
  const int8_t* const state = m.at<int8_t>(stateAt);
  double* const out = m.at<double>(outAt);
  for (int32_t i = 0; i < sites; i++) {
    const Row* const row = m.at<Row>(rowsAt) + size_t(i) * stride;
    int32_t sum = 0;
    for (int32_t j = 0; j < sites; j++) sum += int32_t(row[j]) * state[j];
    out[i] = sum;
  }
}

inline f64x8 eight(const float* p) { return __builtin_convertvector(load<f32x8>(p), f64x8); }
inline f64x8 eight(const double* p) { return load<f64x8>(p); }

/** Sixteen partial sums a row, added by halves. */
template <typename Row>
inline void products(Memory m, uint32_t rowsAt, uint32_t stride, uint32_t stateAt, int32_t sites, uint32_t outAt) {
  const int8_t* const state = m.at<int8_t>(stateAt);
  double* const out = m.at<double>(outAt);
  const int32_t whole = sites & ~15;
  for (int32_t i = 0; i < sites; i++) {
    const Row* const row = m.at<Row>(rowsAt) + size_t(i) * stride;
    f64x8 a{}, b{};
    for (int32_t j = 0; j < whole; j += 16) {
      a += eight(row + j) * __builtin_convertvector(load<i8x8>(state + j), f64x8);
      b += eight(row + j + 8) * __builtin_convertvector(load<i8x8>(state + j + 8), f64x8);
    }
    double sums[16];
    store(sums, a);
    store(sums + 8, b);
    for (int32_t j = whole; j < sites; j++) sums[j & 15] += double(row[j]) * double(state[j]);
    for (int half = 8; half >= 1; half /= 2) {
      for (int l = 0; l < half; l++) sums[l] += sums[l + half];
    }
    out[i] = sums[0];
  }
}

void productsInt8(Memory m, uint32_t rows, uint32_t stride, uint32_t state, int32_t sites, uint32_t out) {
  integerProducts<int8_t>(m, rows, stride, state, sites, out);
}
void productsInt16(Memory m, uint32_t rows, uint32_t stride, uint32_t state, int32_t sites, uint32_t out) {
  integerProducts<int16_t>(m, rows, stride, state, sites, out);
}
void productsFloat32(Memory m, uint32_t rows, uint32_t stride, uint32_t state, int32_t sites, uint32_t out) {
  products<float>(m, rows, stride, state, sites, out);
}
void productsFloat64(Memory m, uint32_t rows, uint32_t stride, uint32_t state, int32_t sites, uint32_t out) {
  products<double>(m, rows, stride, state, sites, out);
}

}  // namespace

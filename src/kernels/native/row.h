// A row of couplings added to sums, and sums that decay: see ../row/add-row.ts.
#pragma once
#include "simd.h"

namespace {

/** y += factor · row, number by number. Sum and Row do not overlap. */
template <typename Sum, typename Row, typename Factor>
inline void addRow(Sum* __restrict y, const Row* __restrict row, int32_t count, Factor factor) {
  for (int32_t j = 0; j < count; j++) y[j] = Sum(y[j] + factor * Factor(row[j]));
}

void addRowInt8(Memory m, uint32_t y, uint32_t row, int32_t count, int32_t factor) {
  addRow<int16_t, int8_t, int32_t>(m.at<int16_t>(y), m.at<int8_t>(row), count, factor);
}
void addRowInt16(Memory m, uint32_t y, uint32_t row, int32_t count, int32_t factor) {
  addRow<int32_t, int16_t, int32_t>(m.at<int32_t>(y), m.at<int16_t>(row), count, factor);
}
void addRowFloat32(Memory m, uint32_t y, uint32_t row, int32_t count, double factor) {
  addRow<double, float, double>(m.at<double>(y), m.at<float>(row), count, factor);
}
void addRowFloat64(Memory m, uint32_t y, uint32_t row, int32_t count, double factor) {
  addRow<double, double, double>(m.at<double>(y), m.at<double>(row), count, factor);
}
void scaleRow64(Memory m, uint32_t y, int32_t count, double factor) {
  double* const at = m.at<double>(y);
  for (int32_t j = 0; j < count; j++) at[j] *= factor;
}

}  // namespace

#pragma once
#include <cstdint>
#include <cstring>

namespace {

/** eˣ: see ../random/natural-exponential.ts. */
inline double naturalExponential(double x) {
  /** 1/n! */
  constexpr double INVERSES[14] = {1.0,           1.0,            1.0 / 2,         1.0 / 6,     1.0 / 24,
                                   1.0 / 120,     1.0 / 720,      1.0 / 5040,      1.0 / 40320, 1.0 / 362880,
                                   1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800.0};
  if (x < -708) return 0;
  const double y = x > 709 ? 709 : x;
  const double k = __builtin_floor(y * 1.4426950408889634 + 0.5);
  const double r = y - k * 0.6931471803691238 - k * 1.9082149292705877e-10;
  const double z = r * r;
  double odd = INVERSES[13], even = INVERSES[12];
  for (int n = 10; n >= 0; n -= 2) {
    odd = odd * z + INVERSES[n + 1];
    even = even * z + INVERSES[n];
  }
  const uint64_t bits = uint64_t(int64_t(k) + 1023) << 52;
  double power;
  std::memcpy(&power, &bits, 8);
  return (even + r * odd) * power;
}

}  // namespace

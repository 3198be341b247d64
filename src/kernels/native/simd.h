// Vectors of 16 lanes of 32 bits and 8 lanes of 64 bits, in terms of GCC's and Clang's vector extension: one 512-bit
// register, two of 256 bits, or four of 128 bits, as the instruction set of the including file has them.
// Everything is in an unnamed namespace: each instruction set's object file has its own copies.
#pragma once
#include <cstddef>
#include <cstdint>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace {

typedef float f32x16 __attribute__((vector_size(64), aligned(4), may_alias));
typedef double f64x8 __attribute__((vector_size(64), aligned(8), may_alias));
typedef int32_t i32x16 __attribute__((vector_size(64), aligned(4), may_alias));
typedef uint32_t u32x16 __attribute__((vector_size(64), aligned(4), may_alias));
typedef int16_t i16x32 __attribute__((vector_size(64), aligned(2), may_alias));
typedef int64_t i64x8 __attribute__((vector_size(64), aligned(8), may_alias));
typedef float f32x8 __attribute__((vector_size(32), aligned(4), may_alias));
typedef int8_t i8x8 __attribute__((vector_size(8), aligned(1), may_alias));
typedef int8_t i8x64 __attribute__((vector_size(64), aligned(1), may_alias));

/** From any address: a template does not keep its argument's `aligned`, so that *(V*)p would want whole vectors. */
template <typename V>
inline V load(const void* p) {
  V v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
template <typename V>
inline void store(void* p, V v) {
  __builtin_memcpy(p, &v, sizeof v);
}

#if defined(__AVX512F__)
inline f32x16 fmadd(f32x16 a, f32x16 b, f32x16 c) {
  return (f32x16)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
inline f64x8 fmadd(f64x8 a, f64x8 b, f64x8 c) {
  return (f64x8)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
}
/** Bit k set where lane k of a ≤ b. */
inline uint32_t lessEqual(f32x16 a, f32x16 b) {
  return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_LE_OQ);
}
#elif defined(__AVX2__)
union Halves {
  f32x16 whole;
  __m256 half[2];
};
inline f32x16 fmadd(f32x16 a, f32x16 b, f32x16 c) {
  Halves A{a}, B{b}, C{c};
  C.half[0] = _mm256_fmadd_ps(A.half[0], B.half[0], C.half[0]);
  C.half[1] = _mm256_fmadd_ps(A.half[1], B.half[1], C.half[1]);
  return C.whole;
}
union HalvesD {
  f64x8 whole;
  __m256d half[2];
};
inline f64x8 fmadd(f64x8 a, f64x8 b, f64x8 c) {
  HalvesD A{a}, B{b}, C{c};
  C.half[0] = _mm256_fmadd_pd(A.half[0], B.half[0], C.half[0]);
  C.half[1] = _mm256_fmadd_pd(A.half[1], B.half[1], C.half[1]);
  return C.whole;
}
inline uint32_t lessEqual(f32x16 a, f32x16 b) {
  Halves A{a}, B{b};
  return uint32_t(_mm256_movemask_ps(_mm256_cmp_ps(A.half[0], B.half[0], _CMP_LE_OQ))) |
         uint32_t(_mm256_movemask_ps(_mm256_cmp_ps(A.half[1], B.half[1], _CMP_LE_OQ))) << 8;
}
#else
inline f32x16 fmadd(f32x16 a, f32x16 b, f32x16 c) {
  for (int k = 0; k < 16; k++) c[k] = __builtin_fmaf(a[k], b[k], c[k]);
  return c;
}
inline f64x8 fmadd(f64x8 a, f64x8 b, f64x8 c) {
  for (int k = 0; k < 8; k++) c[k] = __builtin_fma(a[k], b[k], c[k]);
  return c;
}
inline uint32_t lessEqual(f32x16 a, f32x16 b) {
  uint32_t bits = 0;
  for (int k = 0; k < 16; k++) bits |= uint32_t(a[k] <= b[k]) << k;
  return bits;
}
#endif

/** Rounds integers to floats. Said in intrinsics: GCC takes a vector wider than a register apart for it, number by number. */
inline f32x16 toFloat(i32x16 a) {
#if defined(__AVX512F__)
  return (f32x16)_mm512_cvtepi32_ps((__m512i)a);
#elif defined(__AVX2__)
  union {
    i32x16 whole;
    __m256i half[2];
  } A{a};
  Halves out;
  out.half[0] = _mm256_cvtepi32_ps(A.half[0]);
  out.half[1] = _mm256_cvtepi32_ps(A.half[1]);
  return out.whole;
#elif defined(__SSE2__)
  union {
    i32x16 whole;
    __m128i part[4];
  } A{a};
  union {
    f32x16 whole;
    __m128 part[4];
  } out;
  for (int k = 0; k < 4; k++) out.part[k] = _mm_cvtepi32_ps(A.part[k]);
  return out.whole;
#else
  return __builtin_convertvector(a, f32x16);
#endif
}
inline f32x16 squareRoot(f32x16 a) {
#if defined(__AVX512F__)
  return (f32x16)_mm512_sqrt_ps((__m512)a);
#elif defined(__AVX2__)
  Halves A{a};
  A.half[0] = _mm256_sqrt_ps(A.half[0]);
  A.half[1] = _mm256_sqrt_ps(A.half[1]);
  return A.whole;
#elif defined(__SSE2__)
  union {
    f32x16 whole;
    __m128 part[4];
  } A{a};
  for (int k = 0; k < 4; k++) A.part[k] = _mm_sqrt_ps(A.part[k]);
  return A.whole;
#else
  for (int k = 0; k < 16; k++) a[k] = __builtin_sqrtf(a[k]);
  return a;
#endif
}

/** The arena of a run: kernels get addresses relative to its start. */
struct Memory {
  uint8_t* base;
  template <typename T>
  T* at(uint32_t address) const {
    return reinterpret_cast<T*>(base + address);
  }
};

}  // namespace

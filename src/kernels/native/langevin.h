// Langevin steps of many replicas: groups of sixteen columns, a row a site. See ../langevin.
#pragma once
#include "matrix.h"
#include "normal.h"
#include "random.h"

namespace {

/** Vectors of 64 bytes for elementwise work: a row of a group is one of them or two. */
template <typename T>
struct Wide;
template <>
struct Wide<float> {
  typedef f32x16 type;
  static constexpr int PARTS = 1;
  static f32x16 of(f32x16 noise, int) { return noise; }
};
template <>
struct Wide<double> {
  typedef f64x8 type;
  static constexpr int PARTS = 2;
  static f64x8 of(f32x16 noise, int part) {
    typedef float f32x8 __attribute__((vector_size(32), aligned(4), may_alias));
    union {
      f32x16 whole;
      f32x8 half[2];
    } both{noise};
    return __builtin_convertvector(both.half[part], f64x8);
  }
};
template <typename T>
using WideOf = typename Wide<T>::type;
template <typename T>
constexpr int WIDTH = 64 / sizeof(T);

/** a·b + c, fused where the instruction set has it. */
template <typename V>
inline V madd(V a, V b, V c) {
#if defined(__AVX512F__) || defined(__AVX2__)
  return fmadd(a, b, c);
#else
  return a * b + c;
#endif
}

/** y (n × GROUP each) ← J x for a sparse matrix in rows. */
template <typename T>
void multiplySparse(const int32_t* starts, const int32_t* columns, const T* values, const T* x, T* y,
                    int n, int m, int groups) {
  typedef WideOf<T> V;
  for (int g = 0; g < groups; g++, x += size_t(m) * GROUP, y += size_t(n) * GROUP) {
    for (int i = 0; i < n; i++) {
      V sum[Wide<T>::PARTS] = {};
      for (int k = starts[i]; k < starts[i + 1]; k++) {
        const T* const row = x + size_t(columns[k]) * GROUP;
#pragma GCC unroll 2
        for (int part = 0; part < Wide<T>::PARTS; part++) {
          sum[part] = madd(all<V>(values[k]), load<V>(row + part * WIDTH<T>), sum[part]);
        }
      }
      for (int part = 0; part < Wide<T>::PARTS; part++) {
        store(y + i * GROUP + part * WIDTH<T>, sum[part]);
      }
    }
  }
}

/** Addresses of a circuit's arrays, in the order of ../langevin/explicit-steps.ts. */
struct CircuitAddresses {
  uint32_t panels, starts, columns, values, constant, quadratic, quartic, amplitude, columnForce,
      earlier, lanes;
};

template <typename T>
struct Circuit {
  typedef WideOf<T> V;
  static constexpr int PARTS = Wide<T>::PARTS;
  const T* panels;
  const int32_t *starts, *columns;
  const T *values, *constant, *quadratic, *quartic, *amplitude, *columnForce;
  float* earlier;
  uint32_t* lanes;
  int n;
  T h, coupling, limit;

  Circuit(Memory memory, uint32_t address, int n, T h, T coupling, T limit)
      : n(n), h(h), coupling(coupling), limit(limit) {
    const CircuitAddresses& at = *memory.at<CircuitAddresses>(address);
    auto array = [&](uint32_t a) { return a == 0 ? nullptr : memory.at<T>(a); };
    panels = array(at.panels);
    starts = memory.at<int32_t>(at.starts);
    columns = memory.at<int32_t>(at.columns);
    values = array(at.values);
    constant = array(at.constant);
    quadratic = array(at.quadratic);
    quartic = array(at.quartic);
    amplitude = array(at.amplitude);
    columnForce = array(at.columnForce);
    earlier = at.earlier == 0 ? nullptr : memory.at<float>(at.earlier);
    lanes = memory.at<uint32_t>(at.lanes);
  }

  void product(const T* z, T* field, int groups) const {
    if (panels != nullptr) {
      multiplyGroups<T>(panels, z, field, n, n, groups, {T(1), T(0)});
    } else {
      multiplySparse<T>(starts, columns, values, z, field, n, n, groups);
    }
  }

  /** Whether 4 r x² h is above the limit in one of the first `count` columns. */
  bool tooStiff(const T* z, int count) const {
    if (!(limit < T(1e30))) return false;
    V most[PARTS] = {};
    for (int i = 0; i < n; i++) {
      for (int part = 0; part < PARTS; part++) {
        const V x = load<V>(z + i * GROUP + part * WIDTH<T>);
        const V stiff = (quartic[i] * h) * x * x;
        most[part] = stiff > most[part] ? stiff : most[part];
      }
    }
    for (int c = 0; c < GROUP && c < count; c++) {
      if (most[c / WIDTH<T>][c % WIDTH<T>] > limit) return true;
    }
    return false;
  }

  /** −∂V of row i, part `part` of its columns: `force` is the row of the columns' own. */
  V force(int i, const V& x, const V& field, const T* own, int part) const {
    V out = madd(all<V>(coupling), field, all<V>(constant[i]));
    if (own != nullptr) {
      out = madd(all<V>(coupling), load<V>(own + i * GROUP + part * WIDTH<T>), out);
    }
    return out - madd(all<V>(quartic[i]), x * x, all<V>(quadratic[i])) * x;
  }

  /** x' = x + F h + amplitude ξ */
  void euler(T* z, const T* field, const T* own, uint32_t* state) const {
    Lanes stream = Lanes::of(state);
    for (int i = 0; i < n; i += 2) {
      const u32x16 radii = stream.draw();
      const NormalPair noise = normalPair(radii, stream.draw());
      eulerRow(z, field, own, i, noise.first);
      if (i + 1 < n) eulerRow(z, field, own, i + 1, noise.second);
    }
    stream.keep(state);
  }
  void eulerRow(T* z, const T* field, const T* own, int i, f32x16 noise) const {
#pragma GCC unroll 2
    for (int part = 0; part < PARTS; part++) {
      const int at = i * GROUP + part * WIDTH<T>;
      const V x = load<V>(z + at);
      const V moved = madd(all<V>(h), force(i, x, load<V>(field + at), own, part), x);
      store(z + at, madd(all<V>(amplitude[i]), Wide<T>::of(noise, part), moved));
    }
  }

  /** x' = x + F h + amplitude ½(ξ + ξ'), ξ the noise of the step before */
  void leimkuhler(T* z, const T* field, const T* own, uint32_t* state, float* before) const {
    Lanes stream = Lanes::of(state);
    for (int i = 0; i < n; i += 2) {
      const u32x16 radii = stream.draw();
      const NormalPair noise = normalPair(radii, stream.draw());
      eulerRow(z, field, own, i, 0.5f * (load<f32x16>(before + i * GROUP) + noise.first));
      store(before + i * GROUP, noise.first);
      if (i + 1 < n) {
        float* const next = before + (i + 1) * GROUP;
        eulerRow(z, field, own, i + 1, 0.5f * (load<f32x16>(next) + noise.second));
        store(next, noise.second);
      }
    }
    stream.keep(state);
  }

  /** Heun's predictor into `predicted`, with the drift left in `field` and the noise in `noise`. */
  void predict(const T* z, T* field, const T* own, uint32_t* state, T* predicted, T* kick) const {
    Lanes stream = Lanes::of(state);
    for (int i = 0; i < n; i += 2) {
      const u32x16 radii = stream.draw();
      const NormalPair noise = normalPair(radii, stream.draw());
      predictRow(z, field, own, i, noise.first, predicted, kick);
      if (i + 1 < n) predictRow(z, field, own, i + 1, noise.second, predicted, kick);
    }
    stream.keep(state);
  }
  void predictRow(const T* z, T* field, const T* own, int i, f32x16 noise, T* predicted,
                  T* kick) const {
    for (int part = 0; part < PARTS; part++) {
      const int at = i * GROUP + part * WIDTH<T>;
      const V x = load<V>(z + at);
      const V drift = force(i, x, load<V>(field + at), own, part);
      const V jump = amplitude[i] * Wide<T>::of(noise, part);
      store(field + at, drift);
      store(kick + at, jump);
      store(predicted + at, madd(all<V>(h), drift, x) + jump);
    }
  }
  void correct(T* z, const T* drift, const T* later, const T* own, const T* predicted,
               const T* kick) const {
    for (int i = 0; i < n; i++) {
      for (int part = 0; part < PARTS; part++) {
        const int at = i * GROUP + part * WIDTH<T>;
        const V second =
            force(i, load<V>(predicted + at), load<V>(later + at), own, part);
        const V mean = load<V>(drift + at) + second;
        store(z + at, madd(all<V>(T(0.5) * h), mean, load<V>(z + at)) + load<V>(kick + at));
      }
    }
  }
};

enum Scheme { EULER = 0, LEIMKUHLER = 1, HEUN = 2 };
/** Groups that go through their steps together: with their fields they stay in the second-level cache. */
constexpr int BLOCK = 4;

/**
 * Steps of an explicit scheme for groups of columns, BLOCK of them at a time. `work` holds 4 × BLOCK × n × GROUP numbers.
 * Returns −1, or step·groups + group of a force too stiff for the step (the block stays where it was then).
 */
template <typename T>
int32_t explicitSteps(const Circuit<T>& circuit, T* z, T* work, int groups, int columns, int scheme,
                      int steps) {
  const size_t size = size_t(circuit.n) * GROUP;
  for (int first = 0; first < groups; first += BLOCK) {
    const int here = groups - first < BLOCK ? groups - first : BLOCK;
    T* const field = work;
    T* const predicted = work + (groups < BLOCK ? groups : BLOCK) * size;
    T* const kick = predicted + (predicted - work);
    T* const later = kick + (predicted - work);
    T* const block = z + first * size;
    for (int s = 0; s < steps; s++) {
      for (int g = 0; g < here; g++) {
        if (circuit.tooStiff(block + g * size, columns - (first + g) * GROUP)) {
          return s * groups + first + g;
        }
      }
      circuit.product(block, field, here);
      for (int g = 0; g < here; g++) {
        uint32_t* const lanes = circuit.lanes + (first + g) * 64;
        const T* const own =
            circuit.columnForce == nullptr ? nullptr : circuit.columnForce + (first + g) * size;
        T* const at = block + g * size;
        T* const drift = field + g * size;
        if (scheme == EULER) {
          circuit.euler(at, drift, own, lanes);
        } else if (scheme == LEIMKUHLER) {
          circuit.leimkuhler(at, drift, own, lanes, circuit.earlier + (first + g) * size);
        } else {
          circuit.predict(at, drift, own, lanes, predicted + g * size, kick + g * size);
        }
      }
      if (scheme != HEUN) continue;
      for (int g = 0; g < here; g++) {
        if (circuit.tooStiff(predicted + g * size, columns - (first + g) * GROUP)) {
          return s * groups + first + g;
        }
      }
      circuit.product(predicted, later, here);
      for (int g = 0; g < here; g++) {
        const T* const own =
            circuit.columnForce == nullptr ? nullptr : circuit.columnForce + (first + g) * size;
        circuit.correct(block + g * size, field + g * size, later + g * size, own,
                        predicted + g * size, kick + g * size);
      }
    }
  }
  return -1;
}

int32_t explicitSteps32(Memory memory, uint32_t circuit, uint32_t z, uint32_t work, int32_t n,
                        int32_t groups, int32_t columns, float h, float coupling, float limit,
                        int32_t scheme, int32_t steps) {
  return explicitSteps<float>(Circuit<float>(memory, circuit, n, h, coupling, limit),
                              memory.at<float>(z), memory.at<float>(work), groups, columns, scheme,
                              steps);
}
int32_t explicitSteps64(Memory memory, uint32_t circuit, uint32_t z, uint32_t work, int32_t n,
                        int32_t groups, int32_t columns, double h, double coupling, double limit,
                        int32_t scheme, int32_t steps) {
  return explicitSteps<double>(Circuit<double>(memory, circuit, n, h, coupling, limit),
                               memory.at<double>(z), memory.at<double>(work), groups, columns,
                               scheme, steps);
}

void multiplySparse64(Memory memory, uint32_t starts, uint32_t columns, uint32_t values, uint32_t x,
                      uint32_t y, int32_t n, int32_t m, int32_t groups) {
  multiplySparse<double>(memory.at<int32_t>(starts), memory.at<int32_t>(columns),
                         memory.at<double>(values), memory.at<double>(x), memory.at<double>(y), n, m,
                         groups);
}

/** Rows of standard normal numbers for groups of shots, each group from its own lanes. */
void normalRows64(Memory memory, uint32_t lanes, uint32_t out, int32_t n, int32_t groups) {
  uint32_t* state = memory.at<uint32_t>(lanes);
  double* to = memory.at<double>(out);
  for (int g = 0; g < groups; g++, state += 64) {
    Lanes stream = Lanes::of(state);
    for (int i = 0; i < n; i += 2) {
      const u32x16 radii = stream.draw();
      const NormalPair noise = normalPair(radii, stream.draw());
      store(to, Wide<double>::of(noise.first, 0));
      store(to + 8, Wide<double>::of(noise.first, 1));
      to += GROUP;
      if (i + 1 == n) break;
      store(to, Wide<double>::of(noise.second, 0));
      store(to + 8, Wide<double>::of(noise.second, 1));
      to += GROUP;
    }
    stream.keep(state);
  }
}

inline f64x8 squareRoot(f64x8 a) {
#if defined(__AVX512F__)
  return (f64x8)_mm512_sqrt_pd((__m512d)a);
#elif defined(__AVX2__)
  HalvesD A{a};
  A.half[0] = _mm256_sqrt_pd(A.half[0]);
  A.half[1] = _mm256_sqrt_pd(A.half[1]);
  return A.whole;
#else
  for (int k = 0; k < 8; k++) a[k] = __builtin_sqrt(a[k]);
  return a;
#endif
}

/** x ← decay·x / √(1 + bend·x²), decay and bend a row. */
void flowRows64(Memory memory, uint32_t z, uint32_t decay, uint32_t bend, int32_t n, int32_t groups) {
  double* at = memory.at<double>(z);
  const double* const d = memory.at<double>(decay);
  const double* const b = memory.at<double>(bend);
  for (int g = 0; g < groups; g++) {
    for (int i = 0; i < n; i++) {
      for (int part = 0; part < 2; part++, at += 8) {
        const f64x8 x = load<f64x8>(at);
        store(at, d[i] * x / squareRoot(1.0 + b[i] * x * x));
      }
    }
  }
}

/** out ← decay·x + push + factor·response·own + spread·noise; `own` 0: none. May be in place. */
void linearRows64(Memory memory, uint32_t out, uint32_t x, uint32_t noise, uint32_t decay,
                  uint32_t push, uint32_t spread, uint32_t response, uint32_t own, double factor,
                  int32_t n, int32_t groups) {
  double* to = memory.at<double>(out);
  const double* from = memory.at<double>(x);
  const double* xi = memory.at<double>(noise);
  const double* const d = memory.at<double>(decay);
  const double* const p = memory.at<double>(push);
  const double* const s = memory.at<double>(spread);
  const double* const r = memory.at<double>(response);
  const double* column = memory.at<double>(own);
  for (int g = 0; g < groups; g++) {
    for (int i = 0; i < n; i++) {
      for (int part = 0; part < 2; part++, to += 8, from += 8, xi += 8, column += 8) {
        f64x8 sum = madd(all<f64x8>(d[i]), load<f64x8>(from), all<f64x8>(p[i]));
        if (own != 0) sum = madd(all<f64x8>(factor * r[i]), load<f64x8>(column), sum);
        store(to, madd(all<f64x8>(s[i]), load<f64x8>(xi), sum));
      }
    }
  }
}

/** Σ over sites for each column: (q + r x²)x² − f x, x², x⁴, and η_d x for each drive. out: groups × (3 + drives) × GROUP. */
void siteTerms64(Memory memory, uint32_t z, uint32_t quadratic, uint32_t quartic, uint32_t fields,
                 uint32_t patterns, int32_t drives, int32_t n, int32_t groups, uint32_t out) {
  const double* at = memory.at<double>(z);
  const double* const q = memory.at<double>(quadratic);
  const double* const r = memory.at<double>(quartic);
  const double* const f = memory.at<double>(fields);
  double* to = memory.at<double>(out);
  for (int g = 0; g < groups; g++, at += size_t(n) * GROUP, to += (3 + drives) * GROUP) {
    f64x8 fixed[2] = {}, second[2] = {}, fourth[2] = {};
    for (int i = 0; i < n; i++) {
      for (int part = 0; part < 2; part++) {
        const f64x8 x = load<f64x8>(at + i * GROUP + part * 8);
        const f64x8 xx = x * x;
        fixed[part] += (q[i] + r[i] * xx) * xx - f[i] * x;
        second[part] += xx;
        fourth[part] += xx * xx;
      }
    }
    for (int part = 0; part < 2; part++) {
      store(to + part * 8, fixed[part]);
      store(to + GROUP + part * 8, second[part]);
      store(to + 2 * GROUP + part * 8, fourth[part]);
    }
    for (int k = 0; k < drives; k++) {
      const double* const pattern = memory.at<double>(patterns) + size_t(k) * n;
      f64x8 sum[2] = {};
      for (int i = 0; i < n; i++) {
        for (int part = 0; part < 2; part++) {
          sum[part] += pattern[i] * load<f64x8>(at + i * GROUP + part * 8);
        }
      }
      for (int part = 0; part < 2; part++) store(to + (3 + k) * GROUP + part * 8, sum[part]);
    }
  }
}

/** Σ over sites for each column of −x(½ b + own), b the field of the free sites' couplings; `own` 0: none. */
void pairTerm64(Memory memory, uint32_t z, uint32_t field, uint32_t own, int32_t n, int32_t groups,
                uint32_t out) {
  const double* at = memory.at<double>(z);
  const double* b = memory.at<double>(field);
  const double* column = memory.at<double>(own);
  double* to = memory.at<double>(out);
  for (int g = 0; g < groups; g++, to += GROUP) {
    f64x8 sum[2] = {};
    for (int i = 0; i < n; i++) {
      for (int part = 0; part < 2; part++, at += 8, b += 8, column += 8) {
        f64x8 half = 0.5 * load<f64x8>(b);
        if (own != 0) half += load<f64x8>(column);
        sum[part] -= load<f64x8>(at) * half;
      }
    }
    store(to, sum[0]);
    store(to + 8, sum[1]);
  }
}

/**
 * Heat of a move from y to x by the bath of each site, added to sums (groups × baths × GROUP):
 * ½ c (b + b')Δx + c·own·Δx − Δ(q x² + r x⁴ − constant·x).
 */
void siteHeats64(Memory memory, uint32_t x, uint32_t y, uint32_t fieldX, uint32_t fieldY,
                 uint32_t own, uint32_t constant, uint32_t quadratic, uint32_t quartic,
                 uint32_t siteBath, double coupling, int32_t n, int32_t groups, int32_t baths,
                 uint32_t sums) {
  const double* after = memory.at<double>(x);
  const double* before = memory.at<double>(y);
  const double* b1 = memory.at<double>(fieldX);
  const double* b0 = memory.at<double>(fieldY);
  const double* column = memory.at<double>(own);
  const double* const k = memory.at<double>(constant);
  const double* const q = memory.at<double>(quadratic);
  const double* const r = memory.at<double>(quartic);
  const int32_t* const bath = memory.at<int32_t>(siteBath);
  double* to = memory.at<double>(sums);
  for (int g = 0; g < groups; g++, to += size_t(baths) * GROUP) {
    for (int i = 0; i < n; i++) {
      double* const sum = to + bath[i] * GROUP;
      for (int part = 0; part < 2; part++) {
        const f64x8 a = load<f64x8>(after);
        const f64x8 e = load<f64x8>(before);
        f64x8 received = 0.5 * (load<f64x8>(b1) + load<f64x8>(b0));
        if (own != 0) received += load<f64x8>(column);
        const f64x8 local = (a + e) * (q[i] + r[i] * (a * a + e * e)) - k[i];
        const f64x8 heat = (a - e) * (coupling * received - local);
        store(sum + part * 8, load<f64x8>(sum + part * 8) + heat);
        after += 8;
        before += 8;
        b1 += 8;
        b0 += 8;
        column += 8;
      }
    }
  }
}

}  // namespace

// Langevin steps of layers that are coupled to their neighbours only. See ../layered.
#pragma once
#include "matrix.h"
#include "random.h"
#include "simd.h"

namespace {

/** Rows of a tile of weights, 16 columns wide; a block of that many rows has its tiles side by side. */
constexpr int32_t LAYER_TILE_ROWS = 4;

/** The plan of ../layered/layered-network.ts: words of 32 bits. */
struct LayerWords {
  int32_t offset, width;
  uint32_t weights;
};
struct LayeredPlan {
  int32_t layers, units;
  uint32_t x, force, field, twiceQuadratic, fourQuartic, amplitude, noise, earlier;
  int32_t halves;
  const LayerWords* layer() const { return reinterpret_cast<const LayerWords*>(this + 1); }
};

inline float sumLanes(Reg<float> v) {
#if defined(__AVX512F__)
  return _mm512_reduce_add_ps((__m512)v);
#else
  float sum = 0;
  for (size_t k = 0; k < REGISTER / sizeof(float); k++) sum += v[k];
  return sum;
#endif
}

/** Rows that go through the columns together: as many as their sums and units fit into registers. */
#if defined(__AVX512F__)
constexpr int ROWS_TOGETHER = 8;
#else
constexpr int ROWS_TOGETHER = 4;
#endif

/**
 * below += Wᵀ y, above += W x, each weight loaded once: a row of a tile goes into the sum of its unit above and, times that
 * unit's state, into the forces below.
 */
inline void passWeights(const float* weights, int32_t rows, int32_t columns, const float* x, float* below,
                        const float* y, float* above) {
  typedef Reg<float> V;
  constexpr int32_t WIDTH = REGISTER / sizeof(float);
  const int32_t block = LAYER_TILE_ROWS * columns;
  for (int32_t row = 0; row < rows; row += ROWS_TOGETHER) {
    const float* w = weights + row * columns;
    V sum[ROWS_TOGETHER], unit[ROWS_TOGETHER];
#pragma GCC unroll 8
    for (int k = 0; k < ROWS_TOGETHER; k++) {
      sum[k] = V{};
      unit[k] = V{} + y[row + k];
    }
    for (int32_t j = 0; j < columns; j += 16, w += 16 * LAYER_TILE_ROWS) {
#pragma GCC unroll 4
      for (int32_t part = 0; part < 16; part += WIDTH) {
        const V X = load<V>(x + j + part);
        V F = load<V>(below + j + part);
#pragma GCC unroll 8
        for (int k = 0; k < ROWS_TOGETHER; k++) {
          const V W = load<V>(w + (k / LAYER_TILE_ROWS) * block + (k % LAYER_TILE_ROWS) * 16 + part);
          sum[k] = multiplyAdd(W, X, sum[k]);
          F = multiplyAdd(W, unit[k], F);
        }
        store(below + j + part, F);
      }
    }
#pragma GCC unroll 8
    for (int k = 0; k < ROWS_TOGETHER; k++) above[row + k] += sumLanes(sum[k]);
  }
}

/** The same for weights of 16 bits, columns k and k + 16 of a tile in a word; sums come out 2¹⁶ times too large. */
inline void passHalves(const int32_t* weights, int32_t rows, int32_t columns, const float* x, float* below,
                       const float* y, float* above) {
  typedef Reg<float> V;
  typedef int32_t Words __attribute__((vector_size(REGISTER), aligned(4), may_alias));
  constexpr int32_t WIDTH = REGISTER / sizeof(float);
  const int32_t block = LAYER_TILE_ROWS * columns / 2;
  for (int32_t row = 0; row < rows; row += ROWS_TOGETHER) {
    const int32_t* w = weights + row * columns / 2;
    V sum[ROWS_TOGETHER], unit[ROWS_TOGETHER];
#pragma GCC unroll 8
    for (int k = 0; k < ROWS_TOGETHER; k++) {
      sum[k] = V{};
      unit[k] = V{} + y[row + k];
    }
    for (int32_t j = 0; j < columns; j += 32, w += 16 * LAYER_TILE_ROWS) {
#pragma GCC unroll 4
      for (int32_t part = 0; part < 16; part += WIDTH) {
        const V X0 = load<V>(x + j + part), X1 = load<V>(x + j + part + 16);
        V F0 = load<V>(below + j + part), F1 = load<V>(below + j + part + 16);
#pragma GCC unroll 8
        for (int k = 0; k < ROWS_TOGETHER; k++) {
          const Words both = load<Words>(w + (k / LAYER_TILE_ROWS) * block + (k % LAYER_TILE_ROWS) * 16 + part);
          const V W0 = __builtin_convertvector(both & int32_t(0xffff0000), V);
          const V W1 = __builtin_convertvector(both << 16, V);
          sum[k] = multiplyAdd(W0, X0, sum[k]);
          F0 = multiplyAdd(W0, unit[k], F0);
          sum[k] = multiplyAdd(W1, X1, sum[k]);
          F1 = multiplyAdd(W1, unit[k], F1);
        }
        store(below + j + part, F0);
        store(below + j + part + 16, F1);
      }
    }
#pragma GCC unroll 8
    for (int k = 0; k < ROWS_TOGETHER; k++) above[row + k] += sumLanes(sum[k]);
  }
}

struct Layered {
  const LayeredPlan* plan;
  const LayerWords* layer;
  Memory memory;
  float *x, *force;

  Layered(Memory memory, uint32_t address)
      : plan(memory.at<LayeredPlan>(address)),
        layer(plan->layer()),
        memory(memory),
        x(memory.at<float>(plan->x)),
        force(memory.at<float>(plan->force)) {}

  void clear() const {
    for (int32_t i = 0; i < plan->units; i += 16) store(force + i, f32x16{});
  }
  /** Couplings between a layer and the next. */
  void pass(int32_t l) const {
    const LayerWords &low = layer[l], &high = layer[l + 1];
    if (plan->halves != 0) {
      passHalves(memory.at<int32_t>(low.weights), high.width, low.width, x + low.offset, force + low.offset,
                 x + high.offset, force + high.offset);
      return;
    }
    passWeights(memory.at<float>(low.weights), high.width, low.width, x + low.offset,
                force + low.offset, x + high.offset, force + high.offset);
  }
};

void layeredProduct(Memory memory, uint32_t plan) {
  const Layered net(memory, plan);
  net.clear();
  for (int32_t l = 0; l + 1 < net.plan->layers; l++) net.pass(l);
}

/** Moves a layer and takes its forces back to 0. @returns bits of lanes that are still within the limit */
template <bool PAIRED>
inline uint32_t moveLayer(const Layered& net, int32_t l, const float* noise, const float* earlier, float dt,
                          float coupling, float limit) {
  const LayeredPlan& plan = *net.plan;
  const Memory memory = net.memory;
  const float *field = memory.at<float>(plan.field), *quadratic = memory.at<float>(plan.twiceQuadratic),
              *quartic = memory.at<float>(plan.fourQuartic), *amplitude = memory.at<float>(plan.amplitude);
  const f32x16 h = dt - f32x16{}, c = coupling - f32x16{}, most = limit - f32x16{};
  uint32_t within = 0xffff;
  const int32_t end = net.layer[l].offset + net.layer[l].width;
  for (int32_t i = net.layer[l].offset; i < end; i += 16) {
    const f32x16 X = load<f32x16>(net.x + i), r = load<f32x16>(quartic + i);
    f32x16 xi = load<f32x16>(noise + i);
    if (PAIRED) xi = (xi + load<f32x16>(earlier + i)) * 0.5f;
    const f32x16 stiffness = load<f32x16>(quadratic + i) + r * (X * X);
    const f32x16 force = load<f32x16>(field + i) + c * load<f32x16>(net.force + i) - stiffness * X;
    const f32x16 next = X + (h * force + load<f32x16>(amplitude + i) * xi);
    store(net.x + i, next);
    store(net.force + i, f32x16{});
    within &= lessEqual(r * (next * next) * h, most);
  }
  return within;
}

/** @returns steps done: fewer than asked for where a unit has become too stiff, or no number, for the next one */
template <bool PAIRED>
inline int32_t layeredLoop(const Layered& net, uint32_t state, int32_t steps, float dt, float coupling,
                           float limit) {
  const LayeredPlan& plan = *net.plan;
  uint32_t noise = plan.noise;
  uint32_t earlier = plan.earlier;
  net.clear();
  int32_t step = 0;
  uint32_t within = 0xffff;
  while (step < steps && within == 0xffff) {
    fillNormal(net.memory, state, noise, plan.units);
    for (int32_t l = 0; l < plan.layers; l++) {
      if (l + 1 < plan.layers) net.pass(l);
      within &= moveLayer<PAIRED>(net, l, net.memory.at<float>(noise), net.memory.at<float>(earlier), dt, coupling, limit);
    }
    if (PAIRED) {
      const uint32_t next = earlier;
      earlier = noise;
      noise = next;
    }
    step++;
  }
  if (PAIRED && step % 2 == 1) {
    const float* last = net.memory.at<float>(plan.noise);
    float* kept = net.memory.at<float>(plan.earlier);
    for (int32_t i = 0; i < plan.units; i += 16) store(kept + i, load<f32x16>(last + i));
  }
  return step;
}

int32_t layeredSteps(Memory memory, uint32_t plan, uint32_t state, int32_t steps, float dt, float coupling,
                     float limit, int32_t paired) {
  const Layered net(memory, plan);
  return paired != 0 ? layeredLoop<true>(net, state, steps, dt, coupling, limit)
                     : layeredLoop<false>(net, state, steps, dt, coupling, limit);
}

}  // namespace

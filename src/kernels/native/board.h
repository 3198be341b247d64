// Boards with imperfections, sixteen shots side by side: see ../board/board-columns.ts for the members of the block and
// ../board/board-reference.ts for the steps.
#pragma once
#include "columns.h"

namespace {

struct BoardBlock {
  uint32_t nodes, size, flags, poles;
  int32_t w, r, flicker;
  uint32_t baths, clock, matrix, starts, columns, z, sum, received, held, sources, bend,
      coefficients, strides, decay, spread, quadratic, quartic, coldness, siteBath, totals, work,
      numbers, noise, pushed, propagator, factor, live;
};
enum { BOARD_BENT = 1, BOARD_ACCOUNT = 2, BOARD_EACH = 4 };
constexpr size_t COEFFICIENTS = 17;

struct Board {
  const BoardBlock& b;
  const size_t n, poles;
  double *const x, *const w, *const r, *const values;
  double *const sum, *const received, *const x0, *const coupled0, *const flicker0, *const input,
      *const u0, *const rest;
  const double *const matrix, *const held, *const sources, *const bend, *const numbers;
  const int32_t *const starts, *const columns;
  const float* noise;

  Board(Memory m, const BoardBlock& b)
      : b(b), n(b.nodes), poles(b.poles), x(m.at<double>(b.z)),
        w(b.w < 0 ? nullptr : x + COLUMNS * b.w), r(b.r < 0 ? nullptr : x + COLUMNS * b.r),
        values(b.flicker < 0 ? nullptr : x + COLUMNS * b.flicker), sum(m.at<double>(b.sum)),
        received(m.at<double>(b.received)), x0(m.at<double>(b.work)), coupled0(x0 + COLUMNS * n),
        flicker0(coupled0 + COLUMNS * n), input(flicker0 + COLUMNS * n),
        u0(input + COLUMNS * n), rest(u0 + COLUMNS * n),
        matrix(m.at<double>(b.matrix)), held(m.at<double>(b.held)),
        sources(m.at<double>(b.sources)), bend(m.at<double>(b.bend)),
        numbers(m.at<double>(b.numbers)), starts(b.starts == 0 ? nullptr : m.at<int32_t>(b.starts)),
        columns(m.at<int32_t>(b.columns)), noise(m.at<float>(b.noise)) {}

  double coupling() const { return numbers[0]; }
  double rail() const { return numbers[1]; }
  double range() const { return numbers[2]; }

  void receive() {
    const double* from = x;
    if (range() > 0) {
      const double s = range();
      for (size_t e = 0; e < COLUMNS * n; e += 8) {
        store(input + e, s * hyperbolicTangent(load<f64x8>(x + e) / s));
      }
      from = input;
    }
    if (starts != nullptr) {
      sparseProduct(matrix, starts, columns, n, from, received);
      for (size_t e = 0; e < COLUMNS * n; e += 8) {
        store(received + e, load<f64x8>(received + e) + load<f64x8>(held + e));
      }
    } else product(matrix, n, n, from, held, received);
  }

  void wells() {
    for (size_t e = 0; e < COLUMNS * n; e += 8) {
      const f64x8 v = load<f64x8>(x + e);
      store(x + e, v / root(1.0 + load<f64x8>(bend + e) * v * v));
    }
  }

  void sumUp() {
    for (size_t e = 0; e < COLUMNS * n; e += 8) {
      f64x8 s = {};
      for (size_t k = 0; k < poles; k++) s += load<f64x8>(values + k * COLUMNS * n + e);
      store(sum + e, s);
    }
  }

  void flicker(Memory m) {
    const int32_t step = ++*m.at<int32_t>(b.clock);
    const int32_t* const strides = m.at<int32_t>(b.strides);
    const double* const decay = m.at<double>(b.decay);
    const double* const spread = m.at<double>(b.spread);
    bool moved = false;
    for (size_t k = 0; k < poles; k++) {
      if (step % strides[k] != 0) continue;
      moved = true;
      double* const v = values + k * COLUMNS * n;
      for (size_t e = 0; e < COLUMNS * n; e += 8) {
        store(v + e, decay[k] * load<f64x8>(v + e) + spread[k] * widen(noise + e));
      }
      noise += COLUMNS * n;
    }
    if (moved) sumUp();
  }

  f64x8 coupled(size_t e) const {
    return w != nullptr ? load<f64x8>(w + e) : coupling() * load<f64x8>(received + e);
  }

  void depart(bool holdsFlicker) {
    for (size_t e = 0; e < COLUMNS * n; e += 8) {
      store(x0 + e, load<f64x8>(x + e));
      store(coupled0 + e, coupled(e));
      if (!holdsFlicker) store(flicker0 + e, load<f64x8>(sum + e));
    }
  }

  void reflect() {
    const f64x8 most = splat8(rail());
    const i64x8 sign = (i64x8)splat8(-0.0);
    for (size_t e = 0; e < COLUMNS * n; e += 8) {
      const f64x8 v = load<f64x8>(x + e);
      const f64x8 size = absolute(v);
      const f64x8 back = most - (size - most);
      const f64x8 inside = back > 0.0 ? back : f64x8{};
      const f64x8 turned = (f64x8)((i64x8)inside | ((i64x8)v & sign));
      store(x + e, size > most ? turned : v);
    }
  }

  void arrive(Memory m, bool holdsFlicker) {
    const double* const quadratic = m.at<double>(b.quadratic);
    const double* const quartic = m.at<double>(b.quartic);
    const double* const coldness = m.at<double>(b.coldness);
    const int32_t* const siteBath = m.at<int32_t>(b.siteBath);
    double* const totals = m.at<double>(b.totals);
    const double* const before = holdsFlicker ? sum : flicker0;
    for (size_t half = 0; half < COLUMNS; half += 8) {
      f64x8 total = {}, flickerWork = {}, entropy = {};
      for (size_t i = 0; i < n; i++) {
        const size_t e = COLUMNS * i + half;
        const f64x8 a = load<f64x8>(x0 + e);
        const f64x8 c = load<f64x8>(x + e);
        const f64x8 moved = c - a;
        const f64x8 own =
            moved * ((a + c) * (load<f64x8>(quadratic + e) + quartic[i] * (a * a + c * c)) - sources[i]);
        const f64x8 fed = 0.5 * (load<f64x8>(before + e) + load<f64x8>(sum + e)) * moved;
        const f64x8 heat = 0.5 * (load<f64x8>(coupled0 + e) + coupled(e)) * moved + fed - own;
        total += heat;
        flickerWork += fed;
        entropy += heat * load<f64x8>(coldness + e);
        if (b.baths > 0) {
          double* const bath = totals + COLUMNS * (3 + siteBath[i]) + half;
          store(bath, load<f64x8>(bath) + heat);
        }
      }
      store(totals + half, load<f64x8>(totals + half) + total);
      store(totals + COLUMNS + half, load<f64x8>(totals + COLUMNS + half) + flickerWork);
      store(totals + 2 * COLUMNS + half, load<f64x8>(totals + 2 * COLUMNS + half) + entropy);
    }
  }
  /** Wherever the flow has brought the nodes. */
  void finish(Memory m, bool holdsFlicker) {
    if (rail() > 0) reflect();
    receive();
    if (b.flags & BOARD_ACCOUNT) arrive(m, holdsFlicker);
  }
};

void boardHeun(Memory m, uint32_t block, int32_t steps) {
  const BoardBlock& b = *m.at<BoardBlock>(block);
  Board s(m, b);
  const size_t n = s.n;
  const double* const table = m.at<double>(b.coefficients);
  const double c = s.coupling();
  for (int32_t step = 0; step < steps; step++) {
    if (b.flags & BOARD_ACCOUNT) s.depart(true);
    s.flicker(m);
    if (b.flags & BOARD_BENT) {
      s.wells();
      s.receive();
    }
    const float* const own = s.noise + COLUMNS * n;
    for (size_t i = 0; i < n; i++) {
      for (size_t half = 0; half < COLUMNS; half += 8) {
        const size_t e = COLUMNS * i + half;
        const double* const q = table + COLUMNS * COEFFICIENTS * i + half;
        const auto q_ = [q](size_t k) { return load<f64x8>(q + COLUMNS * k); };
        const f64x8 u = c * load<f64x8>(s.received + e);
        const f64x8 f = s.sources[i] + load<f64x8>(s.sum + e);
        const f64x8 x = load<f64x8>(s.x + e);
        const f64x8 xi = widen(s.noise + e);
        f64x8 next = q_(0) * x + q_(2) * u + q_(3) * f + q_(5) * xi;
        f64x8 w = {};
        if (s.w != nullptr) {
          w = load<f64x8>(s.w + e);
          next += q_(1) * w;
          store(s.w + e, q_(6) * w + q_(7) * u);
        }
        if (s.r != nullptr) {
          f64x8 r = q_(9) * x + q_(11) * load<f64x8>(s.r + e) + q_(12) * u + q_(13) * f +
                    q_(15) * xi + q_(16) * widen(own + e);
          if (s.w != nullptr) r += q_(10) * w;
          store(s.r + e, r);
        }
        store(s.x + e, next);
        store(s.u0 + e, u);
      }
    }
    s.noise += COLUMNS * n * (s.r != nullptr ? 2 : 1);
    s.receive();
    for (size_t i = 0; i < n; i++) {
      for (size_t half = 0; half < COLUMNS; half += 8) {
        const size_t e = COLUMNS * i + half;
        const double* const q = table + COLUMNS * COEFFICIENTS * i + half;
        const f64x8 rise = c * load<f64x8>(s.received + e) - load<f64x8>(s.u0 + e);
        store(s.x + e, load<f64x8>(s.x + e) + load<f64x8>(q + COLUMNS * 4) * rise);
        if (s.w != nullptr) {
          store(s.w + e, load<f64x8>(s.w + e) + load<f64x8>(q + COLUMNS * 8) * rise);
        }
        if (s.r != nullptr) {
          store(s.r + e, load<f64x8>(s.r + e) + load<f64x8>(q + COLUMNS * 14) * rise);
        }
      }
    }
    if (b.flags & BOARD_BENT) s.wells();
    s.finish(m, true);
  }
}

void boardDense(Memory m, uint32_t block, int32_t steps) {
  const BoardBlock& b = *m.at<BoardBlock>(block);
  Board s(m, b);
  const size_t size = b.size;
  const double* const propagator = m.at<double>(b.propagator);
  const double* const factor = m.at<double>(b.factor);
  const double* const pushed = m.at<double>(b.pushed);
  double* const wide = s.rest;
  double* const next = wide + COLUMNS * size;
  for (int32_t step = 0; step < steps; step++) {
    if (b.flags & BOARD_ACCOUNT) s.depart(false);
    if (b.flags & BOARD_BENT) s.wells();
    for (size_t e = 0; e < COLUMNS * size; e += 8) store(wide + e, widen(s.noise + e));
    s.noise += COLUMNS * size;
    if (b.flags & BOARD_EACH) {
      for (size_t i = 0; i < size; i++) {
        for (size_t half = 0; half < COLUMNS; half += 8) {
          f64x8 v = load<f64x8>(pushed + COLUMNS * i + half);
          for (size_t j = 0; j < size; j++) {
            const size_t at = COLUMNS * (i * size + j) + half;
            v += load<f64x8>(propagator + at) * load<f64x8>(s.x + COLUMNS * j + half);
            if (j <= i) v += load<f64x8>(factor + at) * load<f64x8>(wide + COLUMNS * j + half);
          }
          store(next + COLUMNS * i + half, v);
        }
      }
    } else {
      product(propagator, size, size, s.x, pushed, next);
      product(factor, size, size, wide, next, next, true);
    }
    for (size_t e = 0; e < COLUMNS * size; e += 8) store(s.x + e, load<f64x8>(next + e));
    if (b.flags & BOARD_BENT) s.wells();
    if (s.poles > 0) s.sumUp();
    s.finish(m, false);
  }
}

/** @returns −1, or 16·(node) + column of a live shot that is too stiff; what was done before that step stands */
int32_t boardEuler(Memory m, uint32_t block, int32_t steps) {
  const BoardBlock& b = *m.at<BoardBlock>(block);
  Board s(m, b);
  const size_t n = s.n;
  const double* const table = m.at<double>(b.coefficients);
  const double* const quartic = m.at<double>(b.quartic);
  const double c = s.coupling();
  const double h = s.numbers[3], kept = s.numbers[4], read = s.numbers[5], stiffest = s.numbers[6];
  for (int32_t step = 0; step < steps; step++) {
    for (size_t i = 0; i < n; i++) {
      for (size_t l = 0; l < b.live; l++) {
        const double x = s.x[COLUMNS * i + l];
        if (4 * table[COLUMNS * 3 * i + l] * quartic[i] * x * x * h > stiffest) {
          return int32_t(COLUMNS * i + l);
        }
      }
    }
    if (b.flags & BOARD_ACCOUNT) s.depart(true);
    s.flicker(m);
    for (size_t i = 0; i < n; i++) {
      for (size_t half = 0; half < COLUMNS; half += 8) {
        const size_t e = COLUMNS * i + half;
        const double* const q = table + COLUMNS * 3 * i + half;
        const f64x8 x = load<f64x8>(s.x + e);
        const f64x8 u = c * load<f64x8>(s.received + e);
        const f64x8 w = s.w == nullptr ? u : load<f64x8>(s.w + e);
        const f64x8 force = s.sources[i] + load<f64x8>(s.sum + e) + w -
                            (2.0 * load<f64x8>(q + 2 * COLUMNS) + 4 * quartic[i] * x * x) * x;
        store(s.x + e, x + h * load<f64x8>(q) * force + load<f64x8>(q + COLUMNS) * widen(s.noise + e));
        if (s.w != nullptr) store(s.w + e, u + (w - u) * kept);
        if (s.r != nullptr) {
          store(s.r + e, x + (load<f64x8>(s.r + e) - x) * read);
        }
      }
    }
    s.noise += COLUMNS * n;
    s.finish(m, true);
  }
  return -1;
}

}  // namespace

// Steps of underdamped replicas: groups of sixteen columns, a row a site. See ../langevin/oscillator-steps.ts.
#pragma once
#include "langevin.h"

namespace {

/** Addresses in the order of ../langevin/oscillator-steps.ts; the first are a circuit's. */
struct OscillatorAddresses {
  CircuitAddresses circuit;
  uint32_t decay, field, work, fromModes, modes;
};

/** Wells, couplings and noise are those of a circuit; its `h` is what 3 h² is to a force's stiffness here. */
struct Oscillators {
  Circuit<double> circuit;
  const double *decay, *fromModes;
  double *field, *work;
  int modes, n;
  double h;

  Oscillators(Memory memory, uint32_t address, int n, double h, double coupling, double limit)
      : circuit(memory, address, n, 3 * h * h, coupling, limit), n(n), h(h) {
    const OscillatorAddresses& at = *memory.at<OscillatorAddresses>(address);
    decay = memory.at<double>(at.decay);
    field = memory.at<double>(at.field);
    work = memory.at<double>(at.work);
    fromModes = at.fromModes == 0 ? nullptr : memory.at<double>(at.fromModes);
    modes = int(at.modes);
  }

  void product(const double* x, double* to, int groups) const {
    if (fromModes == nullptr) {
      circuit.product(x, to, groups);
    } else {
      multiplyGroups<double>(circuit.panels, x, work, modes, n, groups, {1.0, 0.0});
      multiplyGroups<double>(fromModes, work, to, n, modes, groups, {1.0, 0.0});
    }
  }

  /** Half a kick (two of them: the last step's and this one's), half a drift, friction and noise, half a drift. */
  template <int KICKS>
  void drift(double* x, double* v, const double* b, const double* own, uint32_t* state) const {
    Lanes stream = Lanes::of(state);
    for (int i = 0; i < n; i += 2) {
      const NormalPair noise = stream.normals();
      driftRow<KICKS>(x, v, b, own, i, noise.first);
      if (i + 1 < n) driftRow<KICKS>(x, v, b, own, i + 1, noise.second);
    }
    stream.keep(state);
  }
  template <int KICKS>
  void driftRow(double* x, double* v, const double* b, const double* own, int i,
                f32x16 noise) const {
    const f64x8 half = all<f64x8>(0.5 * h);
#pragma GCC unroll 2
    for (int part = 0; part < 2; part++) {
      const int at = i * GROUP + part * 8;
      const f64x8 from = load<f64x8>(x + at);
      const f64x8 force = circuit.force(i, from, load<f64x8>(b + at), own, part);
      f64x8 kicked = load<f64x8>(v + at);
#pragma GCC unroll 2
      for (int k = 0; k < KICKS; k++) kicked = madd(half, force, kicked);
      const f64x8 jump = circuit.amplitude[i] * Wide<double>::of(noise, part);
      const f64x8 turned = madd(all<f64x8>(decay[i]), kicked, jump);
      store(x + at, madd(half, kicked + turned, from));
      store(v + at, turned);
    }
  }

  void kick(const double* x, double* v, const double* b, const double* own) const {
    const f64x8 half = all<f64x8>(0.5 * h);
    for (int i = 0; i < n; i++) {
      for (int part = 0; part < 2; part++) {
        const int at = i * GROUP + part * 8;
        const f64x8 force = circuit.force(i, load<f64x8>(x + at), load<f64x8>(b + at), own, part);
        store(v + at, madd(half, force, load<f64x8>(v + at)));
      }
    }
  }

  /** x' = x + v h, v' = v + (F − γv) h + amplitude ξ */
  void euler(double* x, double* v, const double* b, const double* own, uint32_t* state) const {
    Lanes stream = Lanes::of(state);
    for (int i = 0; i < n; i += 2) {
      const NormalPair noise = stream.normals();
      eulerRow(x, v, b, own, i, noise.first);
      if (i + 1 < n) eulerRow(x, v, b, own, i + 1, noise.second);
    }
    stream.keep(state);
  }
  void eulerRow(double* x, double* v, const double* b, const double* own, int i,
                f32x16 noise) const {
#pragma GCC unroll 2
    for (int part = 0; part < 2; part++) {
      const int at = i * GROUP + part * 8;
      const f64x8 from = load<f64x8>(x + at);
      const f64x8 fast = load<f64x8>(v + at);
      const f64x8 force = circuit.force(i, from, load<f64x8>(b + at), own, part);
      const f64x8 moved = madd(all<f64x8>(h), force - decay[i] * fast, fast);
      store(x + at, madd(all<f64x8>(h), fast, from));
      store(v + at, madd(all<f64x8>(circuit.amplitude[i]), Wide<double>::of(noise, part), moved));
    }
  }
};

enum OscillatorScheme { BAOAB = 0, UNDERDAMPED_EULER = 1 };

/** Some groups that go through their steps together. */
struct OscillatorBlock {
  const Oscillators& all;
  double *x, *v;
  int groups, columns, first, here;

  size_t size() const { return size_t(all.n) * GROUP; }
  double* field() const { return all.field + first * size(); }
  void takeField() const { all.product(x, field(), here); }
  /** The group whose force is too stiff, of all groups; −1: none. */
  int stiff() const {
    for (int g = 0; g < here; g++) {
      const int group = first + g;
      if (all.circuit.tooStiff(x + g * size(), columns - group * GROUP)) return group;
    }
    return -1;
  }
  /** Does something for each group: with its positions, velocities, field, own fields and lanes. */
  template <typename F>
  void each(F f) const {
    for (int g = 0; g < here; g++) {
      const size_t from = g * size();
      const double* const own = all.circuit.columnForce;
      f(x + from, v + from, field() + from, own == nullptr ? own : own + first * size() + from,
        all.circuit.lanes + (first + g) * 64);
    }
  }

  int32_t baoab(int steps, bool stale) const {
    if (stale) takeField();
    int group = stiff();
    if (group >= 0) return group;
    for (int s = 0; s < steps; s++) {
      each([&](double* x, double* v, const double* b, const double* own, uint32_t* lanes) {
        if (s == 0) {
          all.drift<1>(x, v, b, own, lanes);
        } else {
          all.drift<2>(x, v, b, own, lanes);
        }
      });
      takeField();
      group = stiff();
      if (group >= 0) return s * groups + group;
    }
    if (steps > 0) {
      each([&](double* x, double* v, const double* b, const double* own, uint32_t*) {
        all.kick(x, v, b, own);
      });
    }
    return -1;
  }

  int32_t euler(int steps) const {
    for (int s = 0; s < steps; s++) {
      const int group = stiff();
      if (group >= 0) return s * groups + group;
      takeField();
      each([&](double* x, double* v, const double* b, const double* own, uint32_t* lanes) {
        all.euler(x, v, b, own, lanes);
      });
    }
    return -1;
  }
};

int32_t oscillatorSteps64(Memory memory, uint32_t address, uint32_t x, uint32_t v, int32_t n,
                          int32_t groups, int32_t columns, double h, double coupling, double limit,
                          int32_t scheme, int32_t steps, int32_t stale) {
  const Oscillators all(memory, address, n, h, coupling, limit);
  for (int first = 0; first < groups; first += BLOCK) {
    const int here = groups - first < BLOCK ? groups - first : BLOCK;
    const size_t from = size_t(first) * n * GROUP;
    const OscillatorBlock block{
        all, memory.at<double>(x) + from, memory.at<double>(v) + from, groups, columns, first,
        here};
    const int32_t failed = scheme == BAOAB ? block.baoab(steps, stale != 0) : block.euler(steps);
    if (failed >= 0) return failed;
  }
  return -1;
}

/** Exact steps of oscillators by themselves: nine coefficients and two pushes a row. */
void oscillatorRows64(Memory memory, uint32_t state, uint32_t noise, uint32_t coefficients,
                      uint32_t push, uint32_t own, double factor, int32_t n, int32_t groups) {
  const size_t size = size_t(n) * groups * GROUP;
  double* x = memory.at<double>(state);
  double* v = x + size;
  const double* p = memory.at<double>(noise);
  const double* q = p + size;
  const double* column = memory.at<double>(own);
  for (int g = 0; g < groups; g++) {
    const double* c = memory.at<double>(coefficients);
    const double* pushed = memory.at<double>(push);
    for (int i = 0; i < n; i++, c += 9, pushed += 2) {
#pragma GCC unroll 2
      for (int part = 0; part < 2; part++, x += 8, v += 8, p += 8, q += 8, column += 8) {
        const f64x8 a = load<f64x8>(x), b = load<f64x8>(v);
        const f64x8 first = load<f64x8>(p), second = load<f64x8>(q);
        f64x8 to = madd(all<f64x8>(c[0]), a, all<f64x8>(pushed[0]));
        to = madd(all<f64x8>(c[1]), b, to);
        to = madd(all<f64x8>(c[6]), first, to);
        f64x8 fast = madd(all<f64x8>(c[2]), a, all<f64x8>(pushed[1]));
        fast = madd(all<f64x8>(c[3]), b, fast);
        fast = madd(all<f64x8>(c[7]), first, fast);
        fast = madd(all<f64x8>(c[8]), second, fast);
        if (own != 0) {
          const f64x8 force = factor * load<f64x8>(column);
          to = madd(all<f64x8>(c[4]), force, to);
          fast = madd(all<f64x8>(c[5]), force, fast);
        }
        store(x, to);
        store(v, fast);
      }
    }
  }
}

}  // namespace

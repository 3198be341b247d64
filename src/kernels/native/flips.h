// Loops of attempts: ../spin/flip-reference.ts on arrays, a template over models. A model has
//   static M of(Memory, const double* slots)   what it reads of its slots, see FLIP_MODEL in ../spin/flip-layout.ts
//   double raw(int32_t i)                       the field of site i in units of `unit`
// and may have, so that attempts in turn are scanned in vectors,
//   f64x8 raw8(int32_t i)                       of sites i … i + 7, in arrays that may be read 15 sites beyond their end
//   double energy(int32_t i)                    the field that the heat of a flip is of; then raw may be NaN, and the loop
//                                               ends before that attempt
//   void advance(double t)                      the time of an attempt, where fields move on by themselves
//   void flip(int32_t i)                        flips state[i] and updates what fields are made of
#pragma once
#include <cmath>
#include <type_traits>
#include <utility>
#include "logarithm.h"
#include "simd.h"

namespace {

/** Slots of a record: see FLIP. */
struct FlipSlots {
  double order, rule, plus, count, free, fields, external, drives, patterns, projections, booked,
      siteTemperature, siteBath, account, stretches, stretch, stretchCount, settledAt, next, attempts,
      sinceFlip, still, limit, budget, flipCost, lanes, draws, lane, flips, state, sites, followsCoupling;
};
/** First slots of a model: see FLIP_MODEL. */
struct FlipModelSlots {
  double unit, flips, mostFlips;
};
struct Account {
  double work[2], entropy[2], coupling[2], controls[2], bookedCoupling, unused, heat[][2];
};

/** Neumaier's sum. */
inline void addTo(double* cell, double x) {
  const double sum = cell[0];
  const double t = sum + x;
  cell[1] += __builtin_fabs(sum) >= __builtin_fabs(x) ? sum - t + x : x - t + sum;
  cell[0] = t;
}

enum { SEQUENTIAL = 0, RANDOM = 1, CONTINUOUS = 2 };

template <typename M, typename = void>
struct HasVectors : std::false_type {};
template <typename M>
struct HasVectors<M, std::void_t<decltype(std::declval<const M&>().raw8(0))>> : std::true_type {};

template <typename M, typename = void>
struct HasEnergy : std::false_type {};
template <typename M>
struct HasEnergy<M, std::void_t<decltype(std::declval<const M&>().energy(0))>> : std::true_type {};

template <typename M, typename = void>
struct HasClock : std::false_type {};
template <typename M>
struct HasClock<M, std::void_t<decltype(std::declval<M&>().advance(0.0))>> : std::true_type {};

/** The loop's view of a record. */
template <typename M>
struct Flips {
  FlipSlots& r;
  FlipModelSlots& slots;
  M model;
  const int order, rule, drives;
  const bool plus, external, follows;
  const int32_t n;
  const double count, unit;
  const int32_t* free;
  const double* fields;
  const double* const* patterns;
  double *projections, *booked;
  const double* siteTemperature;
  const int32_t* siteBath;
  Account* account;
  const double* row;
  const int width;
  uint32_t* lanes;
  float* thresholds;
  uint32_t* picks;
  float* waits;
  int8_t* state;
  double next, attempts;
  int lane;
  int64_t attempt = 0;
  int32_t sinceFlip;
  bool still;
  bool undecided = false;
  double flips, budget;
  const double* pattern[64];

  Flips(Memory m, FlipSlots& slot, FlipModelSlots& ms, M made)
      : r(slot),
        slots(ms),
        model(made),
        order(int(r.order)),
        rule(int(r.rule)),
        drives(int(r.drives)),
        plus(r.plus != 0),
        external(r.external != 0),
        follows(r.followsCoupling != 0),
        n(int32_t(r.count)),
        count(r.count),
        unit(ms.unit),
        free(m.at<int32_t>(uint32_t(r.free))),
        fields(m.at<double>(uint32_t(r.fields))),
        patterns(pattern),
        projections(m.at<double>(uint32_t(r.projections))),
        booked(m.at<double>(uint32_t(r.booked))),
        siteTemperature(r.siteTemperature == 0 ? nullptr : m.at<double>(uint32_t(r.siteTemperature))),
        siteBath(r.siteBath == 0 ? nullptr : m.at<int32_t>(uint32_t(r.siteBath))),
        account(m.at<Account>(uint32_t(r.account))),
        row(m.at<double>(uint32_t(r.stretches))),
        width(6 + 2 * drives),
        lanes(m.at<uint32_t>(uint32_t(r.lanes))),
        thresholds(m.at<float>(uint32_t(r.draws))),
        picks(m.at<uint32_t>(uint32_t(r.draws) + 128)),
        waits(m.at<float>(uint32_t(r.draws) + 192)),
        state(m.at<int8_t>(uint32_t(r.state))),
        next(r.next),
        attempts(r.attempts),
        lane(int(r.lane)),
        sinceFlip(int32_t(r.sinceFlip)),
        still(r.still != 0),
        flips(r.flips),
        budget(r.budget) {
    const uint32_t* addresses = m.at<uint32_t>(uint32_t(r.patterns));
    for (int d = 0; d < drives; d++) pattern[d] = m.at<double>(addresses[d]);
    row += int(r.stretch) * width;
  }

  void keep(const double* firstRow) {
    r.next = next;
    r.attempts = attempts;
    r.lane = lane;
    r.stretch = double((row - firstRow) / width);
    r.sinceFlip = sinceFlip;
    r.flips = flips;
    r.still = still;
  }

  void draw() {
    Lanes random = Lanes::of(lanes);
    if (rule == 1) store(thresholds, metropolisThresholds(random.draw()));
    if (rule == 2) store(thresholds, glauberThresholds(random.draw()));
    if (order != SEQUENTIAL) {
      const u32x16 words = random.draw();
      for (int l = 0; l < 16; l++) picks[l] = uint32_t((uint64_t(words[l]) * uint32_t(n)) >> 32);
    }
    if (order == CONTINUOUS) store(waits, metropolisThresholds(random.draw()));
    random.keep(lanes);
  }

  void schedule() {
    attempts += 1;
    if (++lane == 16) {
      draw();
      lane = 0;
    }
    next = order == CONTINUOUS ? next + double(waits[lane]) / count : attempts / count;
  }

  double at(int column) const { return row[column] + row[column + 1] * (next - row[0]); }

  double externalField(int32_t site) const {
    if (!external) return 0;
    double field = fields[site];
    for (int d = 0; d < drives; d++) field += at(6 + 2 * d) * pattern[d][site];
    return field;
  }

  bool isUnstable(int32_t site, double scale) {
    const double spin = state[site];
    const double cost = 2 * spin * (scale * model.raw(site) + externalField(site));
    return !(cost >= 0) || (cost == 0 && plus && spin < 0);
  }

  /** Books the work of what the protocol has changed since the last time; the state is that of the meantime. */
  void settle(double coupling) {
    for (int d = 0; d < drives; d++) {
      const double amplitude = at(6 + 2 * d);
      const double change = amplitude - booked[d];
      if (change == 0) continue;
      addTo(account->work, -change * projections[d]);
      booked[d] = amplitude;
    }
    if (!follows) return;
    const double change = coupling - account->bookedCoupling;
    if (change == 0) return;
    const double work = change * (account->coupling[0] + account->coupling[1]);
    addTo(account->work, work);
    addTo(account->controls, work);
    account->bookedCoupling = coupling;
  }

  /** Books the work that is due, the heat and the entropy of a flip, and makes it. */
  void flip(int32_t site, double cost, double temperature, double coupling, double raw) {
    settle(coupling);
    const double spin = state[site];
    if (follows) addTo(account->coupling, 2 * spin * (unit * raw));
    addTo(account->heat[siteBath == nullptr ? 0 : siteBath[site]], -cost);
    addTo(account->entropy, -cost / temperature);
    model.flip(site);
    slots.flips += 1;
    for (int d = 0; d < drives; d++) projections[d] += -2 * spin * pattern[d][site];
    sinceFlip = 0;
    flips += 1;
    budget -= r.flipCost;
  }

  void refused(double temperature, double scale) {
    if (++sinceFlip < n || next < r.settledAt) return;
    sinceFlip = 0;
    if (siteTemperature != nullptr || temperature != 0) return;
    for (int32_t k = 0; k < n; k++) {
      if (isUnstable(free[k], scale)) return;
    }
    still = true;
  }

  void one() {
    budget -= 1;
    while (next >= row[1]) row += width;
    const int32_t site = free[order == SEQUENTIAL ? int32_t(int64_t(attempts - 1) % n) : int32_t(picks[lane])];
    const double coupling = at(4);
    const double scale = coupling * unit;
    double temperature = siteTemperature != nullptr ? siteTemperature[site] : at(2);
    if (!(temperature > 0)) temperature = 0;
    const double spin = state[site];
    if constexpr (HasClock<M>::value) model.advance(next);
    const double raw = model.raw(site);
    if constexpr (HasEnergy<M>::value) {
      if (raw != raw) {
        undecided = true;
        return;
      }
    }
    const double cost = 2 * spin * (scale * raw + externalField(site));
    const bool accepted = temperature > 0 ? cost < temperature * double(thresholds[lane])
                                          : cost < 0 || (cost == 0 && plus && spin < 0);
    if (accepted) {
      double paid = cost;
      if constexpr (HasEnergy<M>::value) paid = 2 * spin * (scale * model.energy(site) + externalField(site));
      flip(site, paid, temperature, coupling, raw);
    } else {
      refused(temperature, scale);
    }
    schedule();
  }

  /** Whether each of eight attempts flips its site, from p on; the first is attempt `first` after the due one. */
  uint32_t accepted8(int32_t p, int first, bool flat) const {
    f64x8 temperature = f64x8{} + row[2];
    f64x8 scale = f64x8{} + row[4] * unit;
    f64x8 since{};
    if (!flat) {
      const f64x8 ahead = {0, 1, 2, 3, 4, 5, 6, 7};
      since = (attempts + (ahead + double(first))) / count - row[0];
      temperature = row[2] + row[3] * since;
      scale = (row[4] + row[5] * since) * unit;
    }
    if (siteTemperature != nullptr) temperature = load<f64x8>(siteTemperature + p);
    f64x8 external8{};
    if (external) {
      external8 = load<f64x8>(fields + p);
      for (int d = 0; d < drives; d++) {
        external8 += (row[6 + 2 * d] + row[7 + 2 * d] * since) * load<f64x8>(pattern[d] + p);
      }
    }
    const f64x8 spins = __builtin_convertvector(load<i8x8>(state + p), f64x8);
    const f64x8 cost = 2 * spins * (scale * model.raw8(p) + external8);
    const f64x8 threshold = __builtin_convertvector(load<f32x8>(thresholds + lane + first), f64x8);
    const f64x8 zero{};
    auto hot = (temperature > zero) & (cost < temperature * threshold);
    auto cold = (temperature <= zero) & ((cost < zero) | ((cost == zero) & (spins < zero) & -int64_t(plus)));
    return signs(hot | cold);
  }

  static uint32_t signs(i64x8 v) {
#if defined(__AVX512DQ__)
    return _mm512_movepi64_mask((__m512i)v);
#else
    uint32_t bits = 0;
    for (int k = 0; k < 8; k++) bits |= uint32_t(v[k] & 1) << k;
    return bits;
#endif
  }

  /** In sequential order with all sites free: passes over attempts that are refused, sixteen at once, to one that is not. */
  void scan() {
    const double firstTime = next;
    while (firstTime >= row[1]) row += width;
    const int32_t p = int32_t(int64_t(attempts - 1) % n);
    int m = 16 - lane;
    if (n - p < m) m = n - p;
    if (sinceFlip < n) {
      if (n - sinceFlip < m) m = n - sinceFlip;
    } else if ((attempts + (m - 1)) / count >= r.settledAt) {
      return one();
    }
    double last = (attempts + (m - 1)) / count;
    while (m > 1 && !(last <= r.limit && last < row[1])) {
      m--;
      last = (attempts + (m - 1)) / count;
    }
    if (m == 1) return one();
    bool flat = true;
    for (int column = 3; column < width; column += 2) flat &= row[column] == 0;
    uint32_t flipping = accepted8(p, 0, flat);
    if (m > 8) flipping |= accepted8(p + 8, 8, flat) << 8;
    flipping &= (1u << m) - 1;
    const int passed = flipping == 0 ? m : __builtin_ctz(flipping);
    if (passed == 0) return one();
    attempts += passed - 1;
    lane += passed - 1;
    next = attempts / count;
    budget -= passed;
    sinceFlip += passed - 1;
    refused(siteTemperature != nullptr ? 1 : temperatureNow(), at(4) * unit);
    schedule();
    if (flipping != 0) one();
  }

  double temperatureNow() const {
    const double temperature = at(2);
    return temperature > 0 ? temperature : 0;
  }

  void run() {
    if (attempts == 0 && !still) schedule();
    if constexpr (HasVectors<M>::value) {
      if (order == SEQUENTIAL && n == int32_t(r.sites)) {
        while (!still && next <= r.limit && budget > 0 && slots.flips < slots.mostFlips) scan();
        return;
      }
    }
    while (!still && !undecided && next <= r.limit && budget > 0 && slots.flips < slots.mostFlips) one();
  }
};

template <typename M>
void runFlips(Memory memory, uint32_t record, uint32_t model) {
  FlipSlots& slots = *memory.at<FlipSlots>(record);
  double* const own = memory.at<double>(model);
  Flips<M> loop(memory, slots, *reinterpret_cast<FlipModelSlots*>(own),
                M::of(memory, own, memory.at<int8_t>(uint32_t(slots.state)), int32_t(slots.sites)));
  const double* const firstRow = memory.at<double>(uint32_t(slots.stretches));
  loop.run();
  loop.keep(firstRow);
}

/** Dense couplings: see DENSE. Columns of one type, fields of another. */
template <typename Row, typename Field>
struct DenseModel {
  const Row* columns;
  size_t stride;
  Field* fields;
  int8_t* state;
  int32_t sites;

  static DenseModel of(Memory m, const double* slots, int8_t* state, int32_t sites) {
    return {m.at<Row>(uint32_t(slots[3])), size_t(slots[4]), m.at<Field>(uint32_t(slots[5])), state, sites};
  }
  double raw(int32_t i) const { return double(fields[i]); }
  f64x8 raw8(int32_t i) const {
    typedef Field Eight __attribute__((vector_size(8 * sizeof(Field))));
    Eight v;
    __builtin_memcpy(&v, fields + i, sizeof v);
    return __builtin_convertvector(v, f64x8);
  }
  void flip(int32_t i) {
    const int8_t spin = int8_t(-state[i]);
    state[i] = spin;
    const Row* const column = columns + size_t(i) * stride;
    const Field twice = Field(2 * spin);
    // Rows that are padded have zeros there.
    const int32_t last = sizeof(Row) == 8 ? sites : (sites + 63) & ~63;
    for (int32_t j = 0; j < last; j++) fields[j] = Field(fields[j] + twice * Field(column[j]));
  }
};

/** Sparse couplings: see SPARSE. */
struct SparseModel {
  const int32_t *starts, *neighbours;
  const double* couplings;
  double* fields;
  int8_t* state;

  static SparseModel of(Memory m, const double* slots, int8_t* state, int32_t) {
    return {m.at<int32_t>(uint32_t(slots[3])), m.at<int32_t>(uint32_t(slots[4])),
            m.at<double>(uint32_t(slots[5])), m.at<double>(uint32_t(slots[6])), state};
  }
  double raw(int32_t i) const { return fields[i]; }
  f64x8 raw8(int32_t i) const { return load<f64x8>(fields + i); }
  void flip(int32_t i) {
    const int8_t spin = int8_t(-state[i]);
    state[i] = spin;
    const double twice = 2 * spin;
    for (int32_t k = starts[i]; k < starts[i + 1]; k++) fields[neighbours[k]] += twice * couplings[k];
  }
};

void flipsInt8(Memory m, uint32_t record, uint32_t model) { runFlips<DenseModel<int8_t, int16_t>>(m, record, model); }
void flipsInt16(Memory m, uint32_t record, uint32_t model) { runFlips<DenseModel<int16_t, int32_t>>(m, record, model); }
void flipsFloat32(Memory m, uint32_t record, uint32_t model) { runFlips<DenseModel<float, double>>(m, record, model); }
void flipsFloat64(Memory m, uint32_t record, uint32_t model) { runFlips<DenseModel<double, double>>(m, record, model); }
void flipsSparse(Memory m, uint32_t record, uint32_t model) { runFlips<SparseModel>(m, record, model); }

}  // namespace

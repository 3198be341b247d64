// Attempts on visible spins and redraws of hidden units: ../spin/redraws-reference.ts on arrays. Slots are those of
// ../spin/hidden-layout.ts.
#pragma once
#include "exponential.h"
#include "flips.h"
#include "memory.h"
#include "random.h"

namespace {
namespace hidden {

struct HiddenSlots {
  double unit, flips, mostFlips, state, units, quadratics, unitCount, rate, pace, sweeps, places, starts, ends, couplings,
      sums, spins, rows, neighbours, strengths, fields, room, sixteens, used[5];
};
enum Sixteen { THRESHOLDS, LOGISTICS, WORDS, WAITS, NORMALS };
enum Prior { GAUSSIAN, BINARY, ONE_HOT, POISSON };

constexpr double LOG_FACTORIALS[10] = {0,
                                       0,
                                       0.6931471805599453,
                                       1.791759469228055,
                                       3.1780538303479458,
                                       4.787491742782046,
                                       6.579251212010101,
                                       8.525161361065415,
                                       10.60460290274525,
                                       12.801827480081469};

inline double logProbability(double k, double mean) {
  using memories::naturalLog;
  if (k < 10) return k * naturalLog(mean) - mean - LOG_FACTORIALS[int(k)];
  const double excess = (mean - k) / k;
  const double u = 1 + excess;
  const double log = u == 1 ? excess : naturalLog(u) * (excess / (u - 1));
  const double k2 = k * k;
  const double series = 1 / (12 * k) - 1 / (360 * k * k2) + 1 / (1260 * k * k2 * k2);
  return k * (log - excess) - (0.9189385332046727 + 0.5 * naturalLog(k)) - series;
}

/** No model of its own: the loop is another one. */
struct NoModel {};

/** The loop's present is `next` of the base; when the next attempt is due is `due`. */
struct Redraws : Flips<NoModel> {
  HiddenSlots& s;
  double* const state;
  const int32_t* const units;
  const double* const quadratics;
  const int32_t *const places, *const starts, *const ends;
  const double* const couplings;
  double* const sums;
  int8_t* const spins;
  const int32_t *const rows, *const neighbours;
  const double* const strengths;
  double* const modelFields;
  double* const room;
  float* const sixteens;
  double due;

  Redraws(Memory m, FlipSlots& slot, HiddenSlots& hidden)
      : Flips<NoModel>(m, slot, reinterpret_cast<FlipModelSlots&>(hidden), NoModel{}),
        s(hidden),
        state(m.at<double>(uint32_t(s.state))),
        units(m.at<int32_t>(uint32_t(s.units))),
        quadratics(m.at<double>(uint32_t(s.quadratics))),
        places(m.at<int32_t>(uint32_t(s.places))),
        starts(m.at<int32_t>(uint32_t(s.starts))),
        ends(m.at<int32_t>(uint32_t(s.ends))),
        couplings(m.at<double>(uint32_t(s.couplings))),
        sums(m.at<double>(uint32_t(s.sums))),
        spins(m.at<int8_t>(uint32_t(s.spins))),
        rows(m.at<int32_t>(uint32_t(s.rows))),
        neighbours(m.at<int32_t>(uint32_t(s.neighbours))),
        strengths(m.at<double>(uint32_t(s.strengths))),
        modelFields(m.at<double>(uint32_t(s.fields))),
        room(m.at<double>(uint32_t(s.room))),
        sixteens(m.at<float>(uint32_t(s.sixteens))),
        due(slot.next) {}

  /** Sixteen more random numbers of a kind. */
  void refill(Sixteen kind) {
    Lanes random = Lanes::of(lanes);
    const u32x16 words = random.draw();
    float* const out = sixteens + 16 * kind;
    if (kind == WORDS) store(out, words);
    else if (kind == NORMALS) store(out, normalRadius(words) * normalCosine(random.draw()));
    else if (kind == WAITS || (kind == THRESHOLDS && rule == 1)) store(out, metropolisThresholds(words));
    else store(out, glauberThresholds(words));
    random.keep(lanes);
  }
  const float* draw(Sixteen kind) {
    double& used = s.used[kind];
    if (used == 16) {
      refill(kind);
      used = 0;
    }
    const int k = int(used);
    used += 1;
    return sixteens + 16 * kind + k;
  }
  double number(Sixteen kind) { return *draw(kind); }
  double uniform() {
    uint32_t word;
    std::memcpy(&word, draw(WORDS), 4);
    return (double(word) + 0.5) * 0x1p-32;
  }

  /** See ../spin/poisson-number.ts. */
  double poissonNumber(double mean) {
    if (mean < 10) {
      double rest = uniform();
      double p = naturalExponential(-mean);
      double k = 0;
      while (rest >= p && p > 0) {
        rest -= p;
        k += 1;
        p *= mean / k;
      }
      return k;
    }
    const double b = 0.931 + 2.53 * __builtin_sqrt(mean);
    const double a = -0.059 + 0.02483 * b;
    const double hat = 1.1239 + 1.1328 / (b - 3.4);
    const double squeeze = 0.9277 - 3.6224 / (b - 2);
    for (;;) {
      const double u = uniform() - 0.5;
      const double v = uniform();
      const double edge = 0.5 - __builtin_fabs(u);
      const double k = __builtin_floor(((2 * a) / edge + b) * u + mean + 0.43);
      if (edge >= 0.07 && v <= squeeze) return k;
      if (k < 0 || (edge < 0.013 && v > edge)) continue;
      if (memories::naturalLog((v * hat) / (a / (edge * edge) + b)) <= logProbability(k, mean)) return k;
    }
  }

  double temperatureOf(int32_t site) const {
    const double temperature = siteTemperature != nullptr ? siteTemperature[site] : at(2);
    return temperature > 0 ? temperature : 0;
  }
  void pay(int32_t site, double cost, double temperature) {
    addTo(account->heat[siteBath == nullptr ? 0 : siteBath[site]], -cost);
    addTo(account->entropy, -cost / temperature);
  }
  void change(int32_t site, double value) {
    const double by = value - state[site];
    state[site] = value;
    for (int d = 0; d < drives; d++) projections[d] += by * pattern[d][site];
  }

  void attemptOn(int32_t site) {
    const int32_t p = places[site];
    const int32_t first = starts[site], last = starts[site + 1];
    double sum = s.unit * modelFields[p];
    for (int32_t k = first; k < last; k++) sum += couplings[k] * state[ends[k]];
    const double coupling = at(4);
    const double spin = state[site];
    const double cost = 2 * spin * (coupling * sum + externalField(site));
    const double temperature = temperatureOf(site);
    const bool accepted =
        temperature > 0 ? cost < temperature * number(THRESHOLDS) : cost < 0 || (cost == 0 && plus && spin < 0);
    if (!accepted) return;
    settle(coupling);
    if (follows) addTo(account->coupling, 2 * spin * sum);
    pay(site, cost, temperature);
    change(site, -spin);
    spins[p] = int8_t(-spin);
    const double twice = -2 * spin;
    for (int32_t k = rows[p]; k < rows[p + 1]; k++) modelFields[neighbours[k]] += twice * strengths[k];
    for (int32_t k = first; k < last; k++) sums[ends[k]] += twice * couplings[k];
    s.flips += 1;
    budget -= r.flipCost;
  }

  /** The site of a one-hot group that is to be 1, given the fields in room. */
  int32_t level(int32_t first, int32_t count, double temperature) {
    if (temperature > 0) {
      double largest = room[0];
      for (int32_t k = 1; k < count; k++) largest = room[k] > largest ? room[k] : largest;
      double* const weights = room + count;
      double sum = 0;
      for (int32_t k = 0; k < count; k++) {
        weights[k] = naturalExponential((room[k] - largest) / temperature);
        sum += weights[k];
      }
      double rest = uniform() * sum;
      for (int32_t k = 0; k < count - 1; k++) {
        rest -= weights[k];
        if (rest < 0) return k;
      }
      return count - 1;
    }
    int32_t best = 0;
    for (int32_t k = 0; k < count; k++) best = state[first + k] == 1 ? k : best;
    for (int32_t k = 0; k < count; k++) best = room[k] > room[best] ? k : best;
    return best;
  }

  void redraw(int32_t u) {
    const int32_t prior = units[4 * u], first = units[4 * u + 1], count = units[4 * u + 2];
    const double coupling = at(4);
    const double temperature = temperatureOf(first);
    double cost = 0, energy = 0;
    if (prior == ONE_HOT) {
      for (int32_t k = 0; k < count; k++) room[k] = coupling * sums[first + k] + externalField(first + k);
      const int32_t chosen = level(first, count, temperature);
      if (state[first + chosen] == 1) return;
      for (int32_t k = 0; k < count; k++) {
        const double by = double(k == chosen) - state[first + k];
        if (by == 0) continue;
        cost -= room[k] * by;
        energy -= sums[first + k] * by;
      }
      settle(coupling);
      for (int32_t k = 0; k < count; k++) {
        if (double(k == chosen) != state[first + k]) change(first + k, k == chosen);
      }
    } else {
      const double b = coupling * sums[first] + externalField(first);
      const double old = state[first];
      const double q = quadratics[u];
      double value = old;
      if (prior == GAUSSIAN) {
        value = b / (2 * q);
        if (temperature > 0) value += __builtin_sqrt(temperature / (2 * q)) * number(NORMALS);
      } else if (prior == BINARY) {
        if (temperature > 0) value = -2 * b < temperature * number(LOGISTICS) ? 1 : -1;
        else if (b != 0 || plus) value = b >= 0 ? 1 : -1;
      } else {
        value = poissonNumber(naturalExponential(b / temperature));
      }
      if (value == old) return;
      const double by = value - old;
      cost = -(b * by);
      if (prior == GAUSSIAN) cost += q * by * (value + old);
      energy = -(sums[first] * by);
      settle(coupling);
      change(first, value);
    }
    if (follows) addTo(account->coupling, energy);
    pay(first, cost, temperature);
  }

  void scheduleNext() {
    attempts += 1;
    if (order == CONTINUOUS) due += number(WAITS) / s.pace;
    else if (order == RANDOM) due = attempts / s.pace;
    else due = n == 0 ? __builtin_inf() : attempts / count;
  }
  void go(double t) {
    next = t;
    while (next >= row[1]) row += width;
  }

  void runAll() {
    constexpr double TIME_SLACK = 1e-9;
    const int32_t unitCount = int32_t(s.unitCount);
    if (attempts == 0) scheduleNext();
    while (budget > 0 && s.flips < s.mostFlips) {
      if (order == SEQUENTIAL) {
        const double sweep = (s.sweeps + 1) / s.rate;
        if ((due < sweep ? due : sweep) > r.limit) break;
        if (due <= sweep + TIME_SLACK) {
          go(due);
          attemptOn(free[int64_t(attempts - 1) % n]);
          budget -= 1;
          scheduleNext();
        } else {
          go(sweep);
          for (int32_t u = 0; u < unitCount; u++) redraw(u);
          s.sweeps += 1;
          budget -= unitCount;
        }
      } else {
        if (due > r.limit) break;
        go(due);
        const double pick = uniform() * s.pace;
        if (pick < n) {
          attemptOn(free[int32_t(pick)]);
        } else {
          const double u = __builtin_floor((pick - n) / s.rate);
          redraw(int32_t(u < unitCount - 1 ? u : unitCount - 1));
        }
        budget -= 1;
        scheduleNext();
      }
    }
    next = due;
  }
};

void redraws(Memory memory, uint32_t record, uint32_t model) {
  FlipSlots& slots = *memory.at<FlipSlots>(record);
  Redraws loop(memory, slots, *memory.at<HiddenSlots>(model));
  const double* const firstRow = memory.at<double>(uint32_t(slots.stretches));
  loop.runAll();
  const double still = slots.still;
  loop.keep(firstRow);
  slots.still = still;
}

}  // namespace hidden

using hidden::redraws;

}  // namespace

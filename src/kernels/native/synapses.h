// Memories led on by synapses with memory, for the loop of attempts: ../spin/synapses.ts on arrays. Slots are those of
// ../spin/synapse-layout.ts.
#pragma once
#include "exponential.h"
#include "flips.h"
#include "memory.h"

namespace {
namespace memories {

struct SynapseSlots {
  double unit, flips, mostFlips, kernel, tau, lambda, sites, memories, lanes, rows, nextRows, valid, own, overlaps, past,
      filtered, state, pastState, siteFiltered, siteWritten, written, now, times, ring, mask, oldest, count;
};

struct Synapses {
  enum Kernel { DELAY, BOX, EXPONENTIAL };
  SynapseSlots& s;
  const int kernel;
  const int32_t memories, used;
  const size_t width;
  const double tau, lambda, sites;
  const uint16_t *const rows, *const nextRows;
  const double *const valid, *const own;
  double *const overlaps, *const past, *const filtered;
  int8_t *const state, *const pastState;
  double *const siteFiltered, *const siteWritten, *const times;
  int32_t* const ring;

  static Synapses of(Memory m, double* slots, int8_t*, int32_t) {
    SynapseSlots& s = *reinterpret_cast<SynapseSlots*>(slots);
    const int32_t memories = int32_t(s.memories);
    const auto doubles = [&](double at) { return m.at<double>(uint32_t(at)); };
    return {s,
            int(s.kernel),
            memories,
            (memories + 15) & ~15,
            size_t(s.lanes) / 16,
            s.tau,
            s.lambda,
            s.sites,
            m.at<uint16_t>(uint32_t(s.rows)),
            m.at<uint16_t>(uint32_t(s.nextRows)),
            doubles(s.valid),
            doubles(s.own),
            doubles(s.overlaps),
            doubles(s.past),
            doubles(s.filtered),
            m.at<int8_t>(uint32_t(s.state)),
            m.at<int8_t>(uint32_t(s.pastState)),
            doubles(s.siteFiltered),
            doubles(s.siteWritten),
            doubles(s.times),
            m.at<int32_t>(uint32_t(s.ring))};
  }

  /** Σ ± values with the signs of a row. */
  double signedSum(const uint16_t* row, const double* values) const {
    const uint8_t* const bits = (const uint8_t*)row;
    Doubles a = zeros(), b = zeros();
    for (int32_t k = 0; k < used; k += 16) {
      const Doubles p = loadDoubles(values + k), q = loadDoubles(values + k + 8);
      a += choose(bits[k / 8], p, -p);
      b += choose(bits[k / 8 + 1], q, -q);
    }
    return sumOf(a, b);
  }

  double raw(int32_t i) const {
    const uint16_t* const next = nextRows + i * width;
    const double spin = state[i];
    const double fast = (signedSum(rows + i * width, overlaps) - memories * spin) / sites;
    const double since = s.now - siteWritten[i];
    const double elapsed = s.now - s.written;
    double sum, self;
    if (kernel == DELAY) {
      sum = signedSum(next, past);
      self = pastState[i];
    } else if (kernel == BOX) {
      const double kept = signedSum(next, filtered);
      sum = (kept + signedSum(next, past) * elapsed) / tau;
      self = (siteFiltered[i] + (spin - pastState[i]) * since) / tau;
    } else {
      const double share = naturalExponential(-elapsed / tau);
      const double kept = signedSum(next, overlaps);
      sum = kept + signedSum(next, filtered) * share;
      self = spin + (siteFiltered[i] - spin) * naturalExponential(-since / tau);
    }
    return fast + (lambda * (sum - own[i] * self)) / sites;
  }

  /** Overlaps change by `change` times the signs of site i. */
  void turn(double* values, int32_t i, double change) {
    const uint8_t* const bits = (const uint8_t*)(rows + i * width);
    for (int32_t k = 0; k < used; k += 8) {
      const uint8_t m = bits[k / 8];
      for (int l = 0; l < 8; l++) values[k + l] += (m >> l & 1 ? change : -change) * valid[k + l];
    }
  }

  /** Brings what is filtered to the present, of all overlaps and of a site, before that site's state changes. */
  void write(int32_t site) {
    const double elapsed = s.now - s.written;
    const double since = s.now - siteWritten[site];
    const double spin = state[site];
    if (kernel == BOX) {
      for (int32_t k = 0; k < used; k++) filtered[k] += past[k] * elapsed;
      siteFiltered[site] += (spin - pastState[site]) * since;
    } else {
      const double share = naturalExponential(-elapsed / tau);
      for (int32_t k = 0; k < used; k++) filtered[k] *= share;
      siteFiltered[site] = spin + (siteFiltered[site] - spin) * naturalExponential(-since / tau);
    }
    siteWritten[site] = s.now;
    s.written = s.now;
  }

  void advance(double t) {
    if (kernel != EXPONENTIAL) {
      const double due = t - tau + 1e-9;
      const uint32_t mask = uint32_t(s.mask);
      while (s.count > 0) {
        const uint32_t oldest = uint32_t(s.oldest);
        if (!(times[oldest] <= due)) break;
        const int32_t site = ring[oldest];
        s.now = times[oldest] + tau;
        s.oldest = (oldest + 1) & mask;
        s.count -= 1;
        if (kernel == BOX) write(site);
        const double spin = -pastState[site];
        pastState[site] = int8_t(spin);
        turn(past, site, kernel == BOX ? -2 * spin : 2 * spin);
      }
    }
    s.now = t;
  }

  void flip(int32_t i) {
    if (kernel != DELAY) write(i);
    if (kernel != EXPONENTIAL) {
      const uint32_t place = (uint32_t(s.oldest) + uint32_t(s.count)) & uint32_t(s.mask);
      times[place] = s.now;
      ring[place] = i;
      s.count += 1;
    }
    const double spin = -state[i];
    state[i] = int8_t(spin);
    turn(overlaps, i, 2 * spin);
    if (kernel == BOX) turn(past, i, 2 * spin);
    if (kernel == EXPONENTIAL) turn(filtered, i, -2 * spin);
  }
};

void flipsSynapses(Memory m, uint32_t record, uint32_t model) { runFlips<Synapses>(m, record, model); }

}  // namespace memories

using memories::flipsSynapses;

}  // namespace

// Descents of spins at zero temperature: see ../descent, and ../descent/descent-arrays.ts for the words of the block.
#pragma once
#include "simd.h"

namespace {

struct DescentBlock {
  uint32_t sites, kind, stride, rows, fields, state, external, barriers, pulls, forces, starts, neighbours,
      sitesOut, fieldsOut, numbers;
};
enum { DESCENT_NONE = 0, DESCENT_INT8, DESCENT_INT16, DESCENT_FLOAT32, DESCENT_FLOAT64, DESCENT_SPARSE };

struct Descent {
  const DescentBlock& b;
  const int32_t n;
  int8_t* const state;
  const double *const external, *const barriers, *const pulls;
  double* const forces;
  int32_t* const sitesOut;
  const double unit, rest, stiffness;
  Memory m;

  Descent(Memory m, const DescentBlock& b)
      : b(b), n(int32_t(b.sites)), state(m.at<int8_t>(b.state)), external(m.at<double>(b.external)),
        barriers(m.at<double>(b.barriers)), pulls(m.at<double>(b.pulls)), forces(m.at<double>(b.forces)),
        sitesOut(m.at<int32_t>(b.sitesOut)), unit(m.at<double>(b.numbers)[0]),
        rest(m.at<double>(b.numbers)[1]), stiffness(m.at<double>(b.numbers)[2]), m(m) {}

  static f64x8 pick(i64x8 which, f64x8 yes, f64x8 no) {
    return (f64x8)((which & (i64x8)yes) | (~which & (i64x8)no));
  }

  /** (x² + y²)/k of eight sites, after `twice` times a row is added to their forces. */
  template <bool Flipped>
  f64x8 give(double* at, const double* row, double twice) const {
    f64x8 p = load<f64x8>(at), q = load<f64x8>(at + 8);
    if (Flipped) {
      p += twice * load<f64x8>(row);
      q += twice * load<f64x8>(row + 8);
      store(at, p);
      store(at + 8, q);
    }
    p *= p;
    q *= q;
    return (__builtin_shufflevector(p, q, 0, 2, 4, 6, 8, 10, 12, 14) +
            __builtin_shufflevector(p, q, 1, 3, 5, 7, 9, 11, 13, 15)) / stiffness;
  }

  /**
   * One pass over all sites, eight at a time: adds `twice` times row `flip` to fields and forces, where one has flipped, and
   * finds the site of the least margin (or −1), or lists all that are below −rest and says how many there are.
   */
  template <typename Row, typename Field, bool Flipped, bool Atoms, bool List>
  int32_t pass(int32_t flip, double twice) const {
    typedef Field Fields __attribute__((vector_size(8 * sizeof(Field))));
    typedef Row Rows __attribute__((vector_size(8 * sizeof(Row))));
    Field* const fields = m.at<Field>(b.fields);
    const Row* const row = m.at<Row>(b.rows) + size_t(flip) * b.stride;
    const double* const pull = pulls + 2 * size_t(flip) * size_t(n);
    const f64x8 limit = f64x8{} - rest;
    f64x8 best = limit;
    i64x8 at = i64x8{} - 1, here = {0, 1, 2, 3, 4, 5, 6, 7};
    int32_t count = 0;
    for (int32_t i = 0; i < n; i += 8) {
      Fields f = load<Fields>(fields + i);
      if (Flipped) {
        f += Field(twice) * __builtin_convertvector(load<Rows>(row + i), Fields);
        store(fields + i, f);
      }
      const f64x8 signs = __builtin_convertvector(load<i8x8>(state + i), f64x8);
      const f64x8 bare = signs * (__builtin_convertvector(f, f64x8) * unit + load<f64x8>(external + i));
      f64x8 barrier = load<f64x8>(barriers + i);
      if (Atoms) barrier += give<Flipped>(forces + 2 * i, pull + 2 * i, twice);
      const f64x8 margin = bare + barrier;
      if (List) {
        const i64x8 below = margin < limit;
        for (int lane = 0; lane < 8; lane++) {
          // Each is written, and stays where it counts.
          sitesOut[count] = i + lane;
          count -= int32_t(below[lane]);
        }
      } else {
        const i64x8 less = margin < best;
        best = pick(less, margin, best);
        at = (less & here) | (~less & at);
        here += 8;
      }
    }
    if (List) return count;
    double least = best[0];
    int64_t site = at[0];
    for (int lane = 1; lane < 8; lane++) {
      if (best[lane] < least || (best[lane] == least && at[lane] >= 0 && at[lane] < site)) {
        least = best[lane];
        site = at[lane];
      }
    }
    return int32_t(site);
  }

  template <typename Row, typename Field, bool List>
  int32_t passOf(int32_t flip, double twice) const {
    if (b.forces == 0) {
      return flip < 0 ? pass<Row, Field, false, false, List>(0, 0) : pass<Row, Field, true, false, List>(flip, twice);
    }
    return flip < 0 ? pass<Row, Field, false, true, List>(0, 0) : pass<Row, Field, true, true, List>(flip, twice);
  }

  /** Flips a site, −1: none, and then passes over all. */
  template <bool List>
  int32_t next(int32_t flip) const {
    double twice = 0;
    if (flip >= 0) {
      state[flip] = int8_t(-state[flip]);
      twice = 2 * double(state[flip]);
    }
    switch (b.kind) {
      case DESCENT_INT8:
        return passOf<int8_t, int16_t, List>(flip, twice);
      case DESCENT_INT16:
        return passOf<int16_t, int32_t, List>(flip, twice);
      case DESCENT_FLOAT32:
        return passOf<float, double, List>(flip, twice);
      case DESCENT_FLOAT64:
        return passOf<double, double, List>(flip, twice);
      case DESCENT_SPARSE:
        if (flip >= 0) addCompressed(flip, twice);
        break;
    }
    // Fields are what they are, and no atoms move.
    return pass<double, double, false, false, List>(0, 0);
  }

  void addCompressed(int32_t flip, double twice) const {
    const int32_t* const starts = m.at<int32_t>(b.starts);
    const int32_t* const neighbours = m.at<int32_t>(b.neighbours);
    const double* const couplings = m.at<double>(b.rows);
    double* const fields = m.at<double>(b.fields);
    for (int32_t k = starts[flip]; k < starts[flip + 1]; k++) fields[neighbours[k]] += twice * couplings[k];
  }

  double field(int32_t i) const {
    if (b.kind == DESCENT_INT8) return m.at<int16_t>(b.fields)[i];
    if (b.kind == DESCENT_INT16) return m.at<int32_t>(b.fields)[i];
    return m.at<double>(b.fields)[i];
  }
};

int32_t descend(Memory m, uint32_t block, int32_t most) {
  const Descent descent(m, *m.at<DescentBlock>(block));
  double* const fieldsOut = m.at<double>(descent.b.fieldsOut);
  int32_t count = 0;
  for (int32_t site = descent.next<false>(-1); site >= 0 && count < most; count++) {
    descent.sitesOut[count] = site;
    fieldsOut[count] = descent.field(site);
    site = descent.next<false>(site);
  }
  return count;
}

int32_t leastSite(Memory m, uint32_t block) {
  return Descent(m, *m.at<DescentBlock>(block)).next<false>(-1);
}

int32_t unstableSites(Memory m, uint32_t block, int32_t flipped) {
  return Descent(m, *m.at<DescentBlock>(block)).next<true>(flipped);
}

}  // namespace

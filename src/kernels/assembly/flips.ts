// Loops of attempts: ../spin/flip-reference.ts on addresses, generic over models. A model is an @unmanaged class over
// its slots (FLIP_MODEL of ../spin/flip-layout.ts) with
//   raw(i)        the field of site i in units of `unit`
//   flip(i, r)    flips the state of r and updates what fields are made of
// and may have, so that attempts in turn are scanned in vectors,
//   raw2(i)       of sites i and i + 1 as f64x2, in arrays that may be read a site beyond their end
// or, where the heat of a flip is not that of raw(i), which may be NaN: then the loop ends before that attempt,
//   energy(i)     the field that the heat is of
// or, where fields move on by themselves,
//   advance(t)    the time of an attempt
import { drawLanes } from './random';
import { glauberThresholds, metropolisThresholds } from './logarithm';

/** Slots of a record: see FLIP. */
@unmanaged
export class FlipSlots {
  order: f64; rule: f64; plus: f64; count: f64; free: f64; fields: f64; external: f64; drives: f64;
  patterns: f64; projections: f64; booked: f64; siteTemperature: f64; siteBath: f64; account: f64;
  stretches: f64; stretch: f64; stretchCount: f64; settledAt: f64; next: f64; attempts: f64;
  sinceFlip: f64; still: f64; limit: f64; budget: f64; flipCost: f64; lanes: f64; draws: f64; lane: f64;
  flips: f64; state: f64; sites: f64; followsCoupling: f64;
}

// Byte offsets of ACCOUNT and of DRAWS.
// @ts-ignore: decorator
@inline
const ENTROPY: usize = 16;
// @ts-ignore: decorator
@inline
const COUPLING: usize = 32;
// @ts-ignore: decorator
@inline
const CONTROLS: usize = 48;
// @ts-ignore: decorator
@inline
const BOOKED_COUPLING: usize = 64;
// @ts-ignore: decorator
@inline
const HEAT: usize = 80;
// @ts-ignore: decorator
@inline
const PICKS: usize = 128;
// @ts-ignore: decorator
@inline
const WAITS: usize = 192;
// @ts-ignore: decorator
@inline
const SEQUENTIAL: i32 = 0;
// @ts-ignore: decorator
@inline
const CONTINUOUS: i32 = 2;

/** Neumaier's sum. */
// @ts-ignore: decorator
@inline
export function addTo(cell: usize, x: f64): void {
  const sum = load<f64>(cell);
  const t = sum + x;
  store<f64>(cell, load<f64>(cell, 8) + (abs(sum) >= abs(x) ? sum - t + x : x - t + sum), 8);
  store<f64>(cell, t);
}

/** Draws for the next sixteen attempts: see drawAttempts. */
export function drawAttempts(r: FlipSlots): void {
  const lanes = <usize>r.lanes;
  const draws = <usize>r.draws;
  const rule = <i32>r.rule;
  const order = <i32>r.order;
  if (rule == 1) {
    for (let g: usize = 0; g < 64; g += 16) {
      v128.store(draws + g, metropolisThresholds(drawLanes(lanes, g)));
    }
  } else if (rule == 2) {
    for (let g: usize = 0; g < 64; g += 16) {
      v128.store(draws + g, glauberThresholds(drawLanes(lanes, g)));
    }
  }
  if (order != SEQUENTIAL) {
    for (let g: usize = 0; g < 64; g += 16) v128.store(draws + PICKS + g, drawLanes(lanes, g));
    const n = <u64>r.count;
    for (let g: usize = 0; g < 64; g += 4) {
      const p = draws + PICKS + g;
      store<u32>(p, <u32>((<u64>load<u32>(p) * n) >> 32));
    }
  }
  if (order == CONTINUOUS) {
    for (let g: usize = 0; g < 64; g += 16) {
      v128.store(draws + WAITS + g, metropolisThresholds(drawLanes(lanes, g)));
    }
  }
}

/** What a column of the stretch at `row` is at time t. */
// @ts-ignore: decorator
@inline
export function valueAt(row: usize, column: usize, t: f64): f64 {
  return load<f64>(row + (column << 3)) + load<f64>(row + (column << 3), 8) * (t - load<f64>(row));
}

export function externalField(r: FlipSlots, row: usize, t: f64, site: usize): f64 {
  if (r.external == 0) return 0;
  let field = load<f64>(<usize>r.fields + (site << 3));
  const drives = <usize>r.drives;
  const patterns = <usize>r.patterns;
  for (let d: usize = 0; d < drives; d++) {
    field += valueAt(row, 6 + 2 * d, t) * load<f64>(<usize>load<u32>(patterns + (d << 2)) + (site << 3));
  }
  return field;
}

// @ts-ignore: decorator
@inline
function isUnstable<M>(r: FlipSlots, model: M, row: usize, t: f64, site: usize, scale: f64): bool {
  const spin = <f64>load<i8>(<usize>r.state + site);
  const cost = 2 * spin * (scale * model.raw(site) + externalField(r, row, t, site));
  return !(cost >= 0) || (cost == 0 && r.plus != 0 && spin < 0);
}

/** Books the work of what the protocol has changed since the last time; the state is that of the meantime. */
// @ts-ignore: decorator
@inline
export function settle(r: FlipSlots, row: usize, t: f64, scale: f64): void {
  const account = <usize>r.account;
  const drives = <usize>r.drives;
  for (let d: usize = 0; d < drives; d++) {
    const amplitude = valueAt(row, 6 + 2 * d, t);
    const booked = <usize>r.booked + (d << 3);
    const change = amplitude - load<f64>(booked);
    if (change == 0) continue;
    addTo(account, -change * load<f64>(<usize>r.projections + (d << 3)));
    store<f64>(booked, amplitude);
  }
  if (r.followsCoupling != 0) {
    const change = scale - load<f64>(account + BOOKED_COUPLING);
    if (change != 0) {
      const work = change * (load<f64>(account + COUPLING) + load<f64>(account + COUPLING, 8));
      addTo(account, work);
      addTo(account + CONTROLS, work);
      store<f64>(account + BOOKED_COUPLING, scale);
    }
  }
}

/** Books the work that is due, the heat and the entropy of a flip; the flip itself is to follow. */
function book(r: FlipSlots, row: usize, t: f64, site: usize, cost: f64, temperature: f64, scale: f64, energy: f64): void {
  const account = <usize>r.account;
  const drives = <usize>r.drives;
  const spin = <f64>load<i8>(<usize>r.state + site);
  settle(r, row, t, scale);
  if (r.followsCoupling != 0) addTo(account + COUPLING, 2 * spin * energy);
  const baths = <usize>r.siteBath;
  const bath: usize = baths == 0 ? 0 : load<u32>(baths + (site << 2));
  addTo(account + HEAT + (bath << 4), -cost);
  addTo(account + ENTROPY, -cost / temperature);
  for (let d: usize = 0; d < drives; d++) {
    const projection = <usize>r.projections + (d << 3);
    const pattern = <usize>load<u32>(<usize>r.patterns + (d << 2));
    store<f64>(projection, load<f64>(projection) + -2 * spin * load<f64>(pattern + (site << 3)));
  }
}

/**
 * The first of m attempts from the due one on, in sequential order with all sites free, that flips its site, p + k; m: none.
 * @param thresholds of the due attempt
 */
// @ts-ignore: decorator
@inline
function firstAccepted<M>(
  r: FlipSlots, model: M, row: usize, attempts: f64, p: usize, m: i32, thresholds: usize, flat: bool,
): i32 {
  const count = f64x2.splat(r.count);
  const unit = f64x2.splat(model.unit);
  const zero = f64x2.splat(0);
  const two = f64x2.splat(2);
  const state = <usize>r.state;
  const temperatures = <usize>r.siteTemperature;
  const external = r.external != 0;
  const drives = <usize>r.drives;
  const patterns = <usize>r.patterns;
  const plus = r.plus != 0 ? i64x2.splat(-1) : i64x2.splat(0);
  const start = f64x2.splat(load<f64>(row));
  let since = zero;
  let temperature = v128.load64_splat(row, 16);
  let scale = f64x2.mul(v128.load64_splat(row, 32), unit);
  for (let k = 0; k < m; k += 2) {
    const site = p + <usize>k;
    if (!flat) {
      const a = attempts + <f64>k;
      since = f64x2.sub(f64x2.div(f64x2.replace_lane(f64x2.splat(a), 1, a + 1), count), start);
      temperature = f64x2.add(v128.load64_splat(row, 16), f64x2.mul(v128.load64_splat(row, 24), since));
      scale = f64x2.mul(
        f64x2.add(v128.load64_splat(row, 32), f64x2.mul(v128.load64_splat(row, 40), since)),
        unit,
      );
    }
    if (temperatures != 0) temperature = v128.load(temperatures + (site << 3));
    let field = f64x2.mul(scale, model.raw2(site));
    if (external) {
      let other = v128.load(<usize>r.fields + (site << 3));
      for (let d: usize = 0; d < drives; d++) {
        const at = row + 48 + (d << 4);
        const amplitude = f64x2.add(v128.load64_splat(at), f64x2.mul(v128.load64_splat(at, 8), since));
        const pattern = <usize>load<u32>(patterns + (d << 2)) + (site << 3);
        other = f64x2.add(other, f64x2.mul(amplitude, v128.load(pattern)));
      }
      field = f64x2.add(field, other);
    }
    const spins = f64x2.convert_low_i32x4_s(
      i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_zero(state + site))),
    );
    const cost = f64x2.mul(f64x2.mul(two, spins), field);
    const threshold = f64x2.promote_low_f32x4(v128.load64_zero(thresholds + (<usize>k << 2)));
    const hot = v128.and(f64x2.gt(temperature, zero), f64x2.lt(cost, f64x2.mul(temperature, threshold)));
    const tie = v128.and(v128.and(f64x2.eq(cost, zero), f64x2.lt(spins, zero)), plus);
    const cold = v128.and(f64x2.le(temperature, zero), v128.or(f64x2.lt(cost, zero), tie));
    const bits = i64x2.bitmask(v128.or(hot, cold));
    if (bits != 0) return min(m, k + (bits & 1 ? 0 : 1));
  }
  return m;
}

/** Attempts of a record on a model, up to its limit, as far as its budget goes. */
// @ts-ignore: decorator
@inline
export function runFlips<M>(record: usize, model: M): void {
  const r = changetype<FlipSlots>(record);
  const order = <i32>r.order;
  const count = r.count;
  const n = <i32>count;
  const free = <usize>r.free;
  const state = <usize>r.state;
  const draws = <usize>r.draws;
  const temperatures = <usize>r.siteTemperature;
  const limit = r.limit;
  const settledAt = r.settledAt;
  const flipCost = r.flipCost;
  const unit = model.unit;
  const mostFlips = model.mostFlips;
  const width: usize = (6 + 2 * <i32>r.drives) << 3;
  const rows = <usize>r.stretches;
  let row = rows + <usize>r.stretch * width;
  let next = r.next;
  let attempts = r.attempts;
  let lane = <i32>r.lane;
  let sinceFlip = <i32>r.sinceFlip;
  let still = r.still != 0;
  let flips = r.flips;
  let modelFlips = model.flips;
  let budget = r.budget;

  const scans = order == SEQUENTIAL && n == <i32>r.sites;
  let starting = attempts == 0 && !still;
  while (starting || (!still && next <= limit && budget > 0 && modelFlips < mostFlips)) {
    if (!starting) {
      while (next >= load<f64>(row, 8)) row += width;
      // @ts-ignore: static
      if (isDefined(model.raw2)) if (scans) {
        // Passes over attempts that are refused, as many at once as there are draws and sites, to the last of them.
        const p = <i32>(<i64>(attempts - 1) % <i64>n);
        let m = min(16 - lane, n - p);
        if (sinceFlip < n) m = min(m, n - sinceFlip);
        else if ((attempts + <f64>(m - 1)) / count >= settledAt) m = 1;
        let last = (attempts + <f64>(m - 1)) / count;
        while (m > 1 && !(last <= limit && last < load<f64>(row, 8))) {
          m--;
          last = (attempts + <f64>(m - 1)) / count;
        }
        if (m > 1) {
          let flat = true;
          for (let column: usize = 24; column < width; column += 16) flat = flat && load<f64>(row + column) == 0;
          const thresholds = draws + (<usize>lane << 2);
          const passed = firstAccepted<M>(r, model, row, attempts, <usize>p, m, thresholds, flat) - 1;
          if (passed > 0) {
            attempts += <f64>passed;
            lane += passed;
            next = attempts / count;
            budget -= <f64>passed;
            sinceFlip += passed;
          }
        }
      }
      budget -= 1;
      const k = order == SEQUENTIAL
        ? <i32>(<i64>(attempts - 1) % <i64>n)
        : load<i32>(draws + PICKS + (<usize>lane << 2));
      const site = <usize>load<i32>(free + (<usize>k << 2));
      const coupling = valueAt(row, 4, next);
      const scale = coupling * unit;
      let temperature = temperatures != 0 ? load<f64>(temperatures + (site << 3)) : valueAt(row, 2, next);
      if (!(temperature > 0)) temperature = 0;
      const spin = <f64>load<i8>(state + site);
      // @ts-ignore: static
      if (isDefined(model.advance)) model.advance(next);
      const raw: f64 = model.raw(site);
      // @ts-ignore: static
      if (isDefined(model.energy)) if (raw != raw) break;
      const cost = 2 * spin * (scale * raw + externalField(r, row, next, site));
      const accepted = temperature > 0
        ? cost < temperature * <f64>load<f32>(draws + (<usize>lane << 2))
        : cost < 0 || (cost == 0 && r.plus != 0 && spin < 0);
      if (accepted) {
        let paid = cost;
        // @ts-ignore: static
        if (isDefined(model.energy)) {
          paid = 2 * spin * (scale * model.energy(site) + externalField(r, row, next, site));
        }
        book(r, row, next, site, paid, temperature, coupling, unit * raw);
        model.flip(site, r);
        modelFlips += 1;
        sinceFlip = 0;
        flips += 1;
        budget -= flipCost;
      } else if (++sinceFlip >= n && next >= settledAt) {
        sinceFlip = 0;
        if (temperatures == 0 && temperature == 0) {
          still = true;
          for (let j = 0; j < n; j++) {
            const one = <usize>load<i32>(free + (<usize>j << 2));
            if (isUnstable<M>(r, model, row, next, one, scale)) {
              still = false;
              break;
            }
          }
        }
      }
    }
    starting = false;
    attempts += 1;
    if (++lane == 16) {
      drawAttempts(r);
      lane = 0;
    }
    next = order == CONTINUOUS
      ? next + <f64>load<f32>(draws + WAITS + (<usize>lane << 2)) / count
      : attempts / count;
  }
  r.next = next;
  r.attempts = attempts;
  r.lane = lane;
  r.stretch = <f64>((row - rows) / width);
  r.sinceFlip = sinceFlip;
  r.flips = flips;
  r.still = still ? 1 : 0;
  model.flips = modelFlips;
}

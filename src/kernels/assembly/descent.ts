// Descents of spins at zero temperature: ../descent. Offsets in the block are 4 × the words' numbers of
// ../descent/descent-arrays.ts.

const INT8 = 1, INT16 = 2, FLOAT32 = 3, FLOAT64 = 4;

/** What a call works on. */
let n: usize = 0;
let kind: i32 = 0;
let stride: usize = 0;
let rows: usize = 0;
let fields: usize = 0;
let state: usize = 0;
let external: usize = 0;
let barriers: usize = 0;
let pulls: usize = 0;
let forces: usize = 0;
let sitesOut: usize = 0;
let fieldsOut: usize = 0;
let b: usize = 0;
let unit: f64 = 0;
let rest: f64 = 0;
let stiffness: f64 = 0;

function open(block: usize): void {
  b = block;
  n = load<u32>(block);
  kind = load<i32>(block, 4);
  stride = load<u32>(block, 8);
  rows = load<u32>(block, 12);
  fields = load<u32>(block, 16);
  state = load<u32>(block, 20);
  external = load<u32>(block, 24);
  barriers = load<u32>(block, 28);
  pulls = load<u32>(block, 32);
  forces = load<u32>(block, 36);
  sitesOut = load<u32>(block, 48);
  fieldsOut = load<u32>(block, 52);
  const numbers: usize = load<u32>(block, 56);
  unit = load<f64>(numbers);
  rest = load<f64>(numbers, 8);
  stiffness = load<f64>(numbers, 16);
}

// @ts-ignore: decorator
@inline
function upper(v: v128): v128 {
  return v128.shuffle<i64>(v, v, 1, 0);
}

/** (x² + y²)/k of two sites, after `twice` times a row is added to their forces. */
// @ts-ignore: decorator
@inline
function give(at: usize, row: usize, flipped: bool, twice: v128, k: v128): v128 {
  let p = v128.load(at);
  let q = v128.load(at, 16);
  if (flipped) {
    p = f64x2.add(p, f64x2.mul(twice, v128.load(row)));
    q = f64x2.add(q, f64x2.mul(twice, v128.load(row, 16)));
    v128.store(at, p);
    v128.store(at, q, 16);
  }
  p = f64x2.mul(p, p);
  q = f64x2.mul(q, q);
  return f64x2.div(
    f64x2.add(v128.shuffle<i64>(p, q, 0, 2), v128.shuffle<i64>(p, q, 1, 3)),
    k,
  );
}

/**
 * One pass over all sites, four at a time: adds `twice` times row `flip` to fields and forces, where one has flipped, and
 * finds the site of the least margin, or lists all that are below −rest.
 * @param R numbers of rows; @param F of fields
 * @returns the site, or −1; or how many there are
 */
// @ts-ignore: decorator
@inline
function pass<R, F>(flip: usize, twiceSpin: f64, flipped: bool, atoms: bool, list: bool): i32 {
  const row = rows + flip * stride * sizeof<R>();
  const pull = pulls + ((flip * n) << 4);
  const twice = f64x2.splat(twiceSpin);
  const units = f64x2.splat(unit);
  const k = f64x2.splat(stiffness);
  const limit = f64x2.splat(-rest);
  let bestLow = limit;
  let bestHigh = limit;
  let atLow = f64x2.splat(-1);
  let atHigh = f64x2.splat(-1);
  let here = f64x2(0, 1);
  const two = f64x2.splat(2);
  let count: usize = sitesOut;
  for (let i: usize = 0; i < n; i += 4) {
    let low: v128;
    let high: v128;
    if (sizeof<F>() == 8) {
      const at = fields + (i << 3);
      low = v128.load(at);
      high = v128.load(at, 16);
      if (flipped) {
        if (sizeof<R>() == 4) {
          const r = v128.load(row + (i << 2));
          low = f64x2.add(low, f64x2.mul(twice, f64x2.promote_low_f32x4(r)));
          high = f64x2.add(high, f64x2.mul(twice, f64x2.promote_low_f32x4(upper(r))));
        } else {
          low = f64x2.add(low, f64x2.mul(twice, v128.load(row + (i << 3))));
          high = f64x2.add(high, f64x2.mul(twice, v128.load(row + (i << 3), 16)));
        }
        v128.store(at, low);
        v128.store(at, high, 16);
      }
    } else {
      let whole: v128;
      if (sizeof<F>() == 2) {
        const at = fields + (i << 1);
        let f = v128.load64_zero(at);
        if (flipped) {
          const r = i16x8.extend_low_i8x16_s(v128.load32_zero(row + i));
          f = i16x8.add(f, i16x8.mul(i16x8.splat(<i16>twiceSpin), r));
          v128.store64_lane(at, f, 0);
        }
        whole = i32x4.extend_low_i16x8_s(f);
      } else {
        const at = fields + (i << 2);
        whole = v128.load(at);
        if (flipped) {
          const r = i32x4.extend_low_i16x8_s(v128.load64_zero(row + (i << 1)));
          whole = i32x4.add(whole, i32x4.mul(i32x4.splat(<i32>twiceSpin), r));
          v128.store(at, whole);
        }
      }
      low = f64x2.convert_low_i32x4_s(whole);
      high = f64x2.convert_low_i32x4_s(upper(whole));
    }
    const signs = i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_zero(state + i)));
    const out = external + (i << 3);
    low = f64x2.mul(
      f64x2.convert_low_i32x4_s(signs),
      f64x2.add(f64x2.mul(low, units), v128.load(out)),
    );
    high = f64x2.mul(
      f64x2.convert_low_i32x4_s(upper(signs)),
      f64x2.add(f64x2.mul(high, units), v128.load(out, 16)),
    );
    let barrierLow = v128.load(barriers + (i << 3));
    let barrierHigh = v128.load(barriers + (i << 3), 16);
    if (atoms) {
      const at = forces + (i << 4);
      const from = pull + (i << 4);
      barrierLow = f64x2.add(barrierLow, give(at, from, flipped, twice, k));
      barrierHigh = f64x2.add(barrierHigh, give(at + 32, from + 32, flipped, twice, k));
    }
    low = f64x2.add(low, barrierLow);
    high = f64x2.add(high, barrierHigh);
    if (list) {
      const bits = i64x2.bitmask(f64x2.lt(low, limit)) | (i64x2.bitmask(f64x2.lt(high, limit)) << 2);
      if (bits == 0) continue;
      // Each is written, and stays where it counts.
      store<u32>(count, <u32>i);
      count += <usize>((bits & 1) << 2);
      store<u32>(count, <u32>i + 1);
      count += <usize>((bits & 2) << 1);
      store<u32>(count, <u32>i + 2);
      count += <usize>(bits & 4);
      store<u32>(count, <u32>i + 3);
      count += <usize>((bits & 8) >> 1);
    } else {
      const lessLow = f64x2.lt(low, bestLow);
      bestLow = v128.bitselect(low, bestLow, lessLow);
      atLow = v128.bitselect(here, atLow, lessLow);
      here = f64x2.add(here, two);
      const lessHigh = f64x2.lt(high, bestHigh);
      bestHigh = v128.bitselect(high, bestHigh, lessHigh);
      atHigh = v128.bitselect(here, atHigh, lessHigh);
      here = f64x2.add(here, two);
    }
  }
  if (list) return <i32>((count - sitesOut) >> 2);
  let least = f64x2.extract_lane(bestLow, 0);
  let site = f64x2.extract_lane(atLow, 0);
  for (let lane = 1; lane < 4; lane++) {
    const best = lane == 1
      ? f64x2.extract_lane(bestLow, 1)
      : lane == 2 ? f64x2.extract_lane(bestHigh, 0) : f64x2.extract_lane(bestHigh, 1);
    const at = lane == 1
      ? f64x2.extract_lane(atLow, 1)
      : lane == 2 ? f64x2.extract_lane(atHigh, 0) : f64x2.extract_lane(atHigh, 1);
    if (best < least || (best == least && at >= 0 && at < site)) {
      least = best;
      site = at;
    }
  }
  return <i32>site;
}

// @ts-ignore: decorator
@inline
function passOf<R, F>(flip: usize, twice: f64, flipped: bool, list: bool): i32 {
  if (forces == 0) {
    return flipped ? pass<R, F>(flip, twice, true, false, list) : pass<R, F>(0, 0, false, false, list);
  }
  return flipped ? pass<R, F>(flip, twice, true, true, list) : pass<R, F>(0, 0, false, true, list);
}

/** Flips a site, −1: none, and then {@link pass}. */
// @ts-ignore: decorator
@inline
function flipAndPass(site: i32, list: bool): i32 {
  const flipped = site >= 0;
  const flip = <usize>site;
  let twice: f64 = 0;
  if (flipped) {
    const spin = -load<i8>(state + flip);
    store<i8>(state + flip, spin);
    twice = 2 * <f64>spin;
    if (kind > FLOAT64) addCompressed(flip, twice);
  }
  if (kind == INT8) return passOf<i8, i16>(flip, twice, flipped, list);
  if (kind == INT16) return passOf<i16, i32>(flip, twice, flipped, list);
  if (kind == FLOAT32) return passOf<f32, f64>(flip, twice, flipped, list);
  if (kind == FLOAT64) return passOf<f64, f64>(flip, twice, flipped, list);
  // Fields are what they are, and no atoms move.
  return pass<f64, f64>(0, 0, false, false, list);
}

function addCompressed(flip: usize, twice: f64): void {
  const starts: usize = load<u32>(b, 40);
  const neighbours: usize = load<u32>(b, 44);
  const end: usize = load<u32>(starts + (flip << 2), 4);
  for (let k: usize = load<u32>(starts + (flip << 2)); k < end; k++) {
    const at = fields + (<usize>load<u32>(neighbours + (k << 2)) << 3);
    store<f64>(at, load<f64>(at) + twice * load<f64>(rows + (k << 3)));
  }
}

function next(site: i32): i32 {
  return flipAndPass(site, false);
}

export function descend(block: usize, most: i32): i32 {
  open(block);
  let count = 0;
  for (let site = next(-1); site >= 0 && count < most; count++) {
    store<i32>(sitesOut + (<usize>count << 2), site);
    const at = <usize>site;
    const field = kind == INT8
      ? <f64>load<i16>(fields + (at << 1))
      : kind == INT16 ? <f64>load<i32>(fields + (at << 2)) : load<f64>(fields + (at << 3));
    store<f64>(fieldsOut + (<usize>count << 3), field);
    site = next(site);
  }
  return count;
}

export function leastSite(block: usize): i32 {
  open(block);
  return next(-1);
}

export function unstableSites(block: usize, flipped: i32): i32 {
  open(block);
  return flipAndPass(flipped, true);
}

// Rejection-free kinetics of spins: see ../events. The same operations in the same order as there, but for fields of 32 bits.
import { drawLanes } from './random';

// Offsets in the control block of ../events/event-arrays.ts, in bytes.
const TOTAL = 0, NEXT = 8, PICK = 16, SCALE = 24;
const SITES = 64, PADDED = 68, LAW = 72, KIND = 76, STRIDE = 80, MOST = 84, WORDS_USED = 88, ROWS = 92, FIELDS = 96, EXTERNAL = 100, SLOPES = 104, WEIGHTS = 108, RATES = 112, BLOCK_SUMS = 116, LANE_SUMS = 120, STATE = 124, RANDOM = 128, WORDS = 132, NUMBERS = 136, SITES_OUT = 140, FIELDS_OUT = 144, TIMES_OUT = 148;
/** Sums of the first 0, 1, … 16 lanes, and of as many blocks: 17 numbers of 64 bits each. */
const LANE_LADDER = 192, BLOCK_LADDER = 328;

const GLAUBER = 0, METROPOLIS = 1, STEP = 2, LINEAR = 3, OHMIC = 4, DEPHASED = 5, CAVITY = 6;

// @ts-ignore: decorator
@inline
function address(control: usize, cell: usize): usize {
  return <usize>load<u32>(control + cell);
}

/** Constants in memory: V8 would make them anew in every turn of a loop. f32x4 each. */
const C = memory.data<f32>(
  [
    -125, -125, -125, -125, 125, 125, 125, 125, 12582912, 12582912, 12582912, 12582912,
    0.0013264736626297235, 0.0013264736626297235, 0.0013264736626297235, 0.0013264736626297235,
    0.009671512059867382, 0.009671512059867382, 0.009671512059867382, 0.009671512059867382,
    0.05550733581185341, 0.05550733581185341, 0.05550733581185341, 0.05550733581185341,
    0.24022242426872253, 0.24022242426872253, 0.24022242426872253, 0.24022242426872253,
    0.6931470036506653, 0.6931470036506653, 0.6931470036506653, 0.6931470036506653, 1, 1, 1, 1,
    1.44269502162933349609375, 1.44269502162933349609375, 1.44269502162933349609375,
    1.44269502162933349609375,
  ],
  16,
);
const C_LEAST = 0, C_MOST = 16, C_ROUNDER = 32, C4 = 48, C3 = 64, C2 = 80, C1 = 96, C0 = 112, C_ONE = 128,
  C_ROOT = 144;

// @ts-ignore: decorator
@inline
function held(z: v128): v128 {
  return f32x4.pmin(v128.load(C, C_MOST), f32x4.pmax(v128.load(C, C_LEAST), z));
}
/** 2^f − 1, f = z less the nearest integer, which stands in the low bits of `shifted`. */
// @ts-ignore: decorator
@inline
function lowPart(z: v128, shifted: v128): v128 {
  const f = f32x4.sub(z, f32x4.sub(shifted, v128.load(C, C_ROUNDER)));
  let q = f32x4.add(f32x4.mul(v128.load(C, C4), f), v128.load(C, C3));
  q = f32x4.add(f32x4.mul(q, f), v128.load(C, C2));
  q = f32x4.add(f32x4.mul(q, f), v128.load(C, C1));
  q = f32x4.add(f32x4.mul(q, f), v128.load(C, C0));
  return f32x4.mul(q, f);
}
// @ts-ignore: decorator
@inline
function exp2(unheld: v128): v128 {
  const z = held(unheld);
  const shifted = f32x4.add(z, v128.load(C, C_ROUNDER));
  return i32x4.add(
    f32x4.add(lowPart(z, shifted), v128.load(C, C_ONE)),
    i32x4.shl(shifted, 23),
  );
}
// @ts-ignore: decorator
@inline
function exp2Less1(unheld: v128): v128 {
  const z = held(unheld);
  const shifted = f32x4.add(z, v128.load(C, C_ROUNDER));
  const one = v128.load(C, C_ONE);
  const power = i32x4.add(i32x4.shl(shifted, 23), one);
  return f32x4.add(f32x4.sub(power, one), f32x4.mul(power, lowPart(z, shifted)));
}

/** The law's rate at weight 1; `law` is known where this is inlined. */
// @ts-ignore: decorator
@inline
function flipRate(law: i32, z: v128, spin: v128, numbers: usize): v128 {
  if (law == GLAUBER) {
    const one = v128.load(C, C_ONE);
    return f32x4.div(one, f32x4.add(exp2(z), one));
  }
  const none = f32x4.splat(0);
  if (law == METROPOLIS) return exp2(f32x4.pmin(none, f32x4.neg(z)));
  if (law == STEP) {
    const rest = v128.load32_splat(numbers, 16);
    const ties = f32x4.eq(v128.load32_splat(numbers, 20), v128.load(C, C_ONE));
    const down = f32x4.lt(z, f32x4.neg(rest));
    const tie = v128.and(
      v128.and(ties, f32x4.lt(spin, none)),
      v128.not(v128.or(down, f32x4.gt(z, rest))),
    );
    return v128.and(v128.or(down, tie), v128.load(C, C_ONE));
  }
  if (law == LINEAR) {
    const rest = v128.load32_splat(numbers, 16);
    return v128.and(f32x4.lt(z, f32x4.neg(rest)), f32x4.neg(z));
  }
  if (law == OHMIC) {
    return v128.bitselect(
      v128.load(C, C_ROOT),
      f32x4.div(z, exp2Less1(z)),
      f32x4.eq(z, none),
    );
  }
  const a = v128.load32_splat(numbers);
  if (law == DEPHASED) {
    const rest = v128.load32_splat(numbers, 16);
    return v128.and(
      f32x4.lt(z, f32x4.neg(rest)),
      f32x4.div(f32x4.neg(z), f32x4.add(f32x4.mul(z, z), a)),
    );
  }
  const off = f32x4.sub(v128.load32_splat(numbers, 8), z);
  const near = f32x4.add(f32x4.mul(z, z), v128.load32_splat(numbers, 4));
  return f32x4.div(
    a,
    f32x4.mul(near, f32x4.add(f32x4.mul(off, off), v128.load32_splat(numbers, 12))),
  );
}

/** Four rates at weight 1 and four weights. */
// @ts-ignore: decorator
@inline
function weighed(law: i32, field: v128, slope: v128, weight: v128, numbers: usize): v128 {
  return v128.and(
    f32x4.mul(weight, flipRate(law, f32x4.mul(slope, field), slope, numbers)),
    // Beyond the last site a row holds anything at all.
    f32x4.ne(weight, f32x4.splat(0)),
  );
}

// @ts-ignore: decorator
@inline
function narrow(a: v128, b: v128, externalA: v128, externalB: v128, scale: v128): v128 {
  return v128.shuffle<i64>(
    f32x4.demote_f64x2_zero(f64x2.add(f64x2.mul(a, scale), externalA)),
    f32x4.demote_f64x2_zero(f64x2.add(f64x2.mul(b, scale), externalB)),
    0,
    2,
  );
}

// @ts-ignore: decorator
@inline
function madd(a: v128, b: v128, c: v128): v128 {
  if (RELAXED) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** w/(1 + 2^(slope · field)), to 1e-6. The powers by pairs: the shorter a chain of operations, the more run beside it. */
// @ts-ignore: decorator
@inline
function rate32(field: v128, slope: v128, weight: v128): v128 {
  const one = v128.load(C, C_ONE);
  const z = held(f32x4.mul(field, slope));
  const shifted = f32x4.add(z, v128.load(C, C_ROUNDER));
  const f = f32x4.sub(z, f32x4.sub(shifted, v128.load(C, C_ROUNDER)));
  const square = f32x4.mul(f, f);
  const high = madd(f, v128.load(C, C4), v128.load(C, C3));
  const middle = madd(f, v128.load(C, C2), v128.load(C, C1));
  const low = madd(f, v128.load(C, C0), one);
  const power = madd(madd(high, square, middle), square, low);
  return f32x4.div(weight, f32x4.add(one, i32x4.add(i32x4.shl(shifted, 23), power)));
}

/**
 * Fields of 32 bits: fields += change · row, then rates (Glauber's, to 1e-6) and their sums, in one pass. Four vectors step
 * by step, for which each constant is read once. Offsets are literals: V8 adds others in instructions of their own.
 */
function glauber32(control: usize, row: usize, change: f64): void {
  let to = address(control, FIELDS);
  let add = address(control, ROWS) + row * address(control, STRIDE) * 4;
  let s = address(control, SLOPES);
  let w = address(control, WEIGHTS);
  let r = address(control, RATES);
  const laneSums = address(control, LANE_SUMS);
  const by = f32x4.splat(<f32>change);
  const end = to + <usize>4 * address(control, PADDED);
  let blockSums = address(control, BLOCK_SUMS);
  memory.fill(laneSums, 0, 64);
  for (; to < end; blockSums += 64, to += 192, add += 192, s += 192, w += 192, r += 192) {
    for (let g: usize = 0; g < 64; g += 16, to += 16, add += 16, s += 16, w += 16, r += 16) {
      const f0 = madd(v128.load(add), by, v128.load(to));
      const f1 = madd(v128.load(add, 64), by, v128.load(to, 64));
      const f2 = madd(v128.load(add, 128), by, v128.load(to, 128));
      const f3 = madd(v128.load(add, 192), by, v128.load(to, 192));
      v128.store(to, f0);
      v128.store(to, f1, 64);
      v128.store(to, f2, 128);
      v128.store(to, f3, 192);
      const q0 = rate32(f0, v128.load(s), v128.load(w));
      const q1 = rate32(f1, v128.load(s, 64), v128.load(w, 64));
      const q2 = rate32(f2, v128.load(s, 128), v128.load(w, 128));
      const q3 = rate32(f3, v128.load(s, 192), v128.load(w, 192));
      v128.store(r, q0);
      v128.store(r, q1, 64);
      v128.store(r, q2, 128);
      v128.store(r, q3, 192);
      const sum = f32x4.add(f32x4.add(q0, q1), f32x4.add(q2, q3));
      v128.store(blockSums + g, sum);
      v128.store(laneSums + g, f32x4.add(v128.load(laneSums + g), sum));
    }
  }
}

/** Fields of 64 bits: rates and their sums. Offsets are literals: V8 adds others in instructions of their own. */
// @ts-ignore: decorator
@inline
function readRates(law: i32, control: usize): void {
  const fields = address(control, FIELDS);
  const external = address(control, EXTERNAL);
  const slopes = address(control, SLOPES);
  const weights = address(control, WEIGHTS);
  const rates = address(control, RATES);
  const numbers = address(control, NUMBERS);
  const laneSums = address(control, LANE_SUMS);
  const scale = f64x2.splat(load<f64>(control, SCALE));
  memory.fill(laneSums, 0, 64);
  let blockSums = address(control, BLOCK_SUMS);
  const bytes: usize = <usize>4 * address(control, PADDED);
  for (let block: usize = 0; block < bytes; block += 256, blockSums += 64) {
    for (let g: usize = 0; g < 64; g += 16) {
      const i = block + g;
      const f = fields + 2 * i;
      const e = external + 2 * i;
      const f0 = narrow(v128.load(f), v128.load(f, 16), v128.load(e), v128.load(e, 16), scale);
      const f1 = narrow(v128.load(f, 128), v128.load(f, 144), v128.load(e, 128), v128.load(e, 144), scale);
      const f2 = narrow(v128.load(f, 256), v128.load(f, 272), v128.load(e, 256), v128.load(e, 272), scale);
      const f3 = narrow(v128.load(f, 384), v128.load(f, 400), v128.load(e, 384), v128.load(e, 400), scale);
      const s = slopes + i;
      const w = weights + i;
      const r0 = weighed(law, f0, v128.load(s), v128.load(w), numbers);
      const r1 = weighed(law, f1, v128.load(s, 64), v128.load(w, 64), numbers);
      const r2 = weighed(law, f2, v128.load(s, 128), v128.load(w, 128), numbers);
      const r3 = weighed(law, f3, v128.load(s, 192), v128.load(w, 192), numbers);
      const r = rates + i;
      v128.store(r, r0);
      v128.store(r, r1, 64);
      v128.store(r, r2, 128);
      v128.store(r, r3, 192);
      const sum = f32x4.add(f32x4.add(r0, r1), f32x4.add(r2, r3));
      v128.store(blockSums + g, sum);
      v128.store(laneSums + g, f32x4.add(v128.load(laneSums + g), sum));
    }
  }
}

function glauber64(control: usize): void {
  readRates(GLAUBER, control);
}
function metropolis64(control: usize): void {
  readRates(METROPOLIS, control);
}
function step64(control: usize): void {
  readRates(STEP, control);
}
function linear64(control: usize): void {
  readRates(LINEAR, control);
}
function ohmic64(control: usize): void {
  readRates(OHMIC, control);
}
function dephased64(control: usize): void {
  readRates(DEPHASED, control);
}
function cavity64(control: usize): void {
  readRates(CAVITY, control);
}

// What rows are of: 32 bits with fields of 32 bits; fields of 64 bits with rows of doubles, singles, int16, int8.
const FLOAT32 = 0, DOUBLE = 1, SINGLE = 2, INT16 = 3;

/** The first and the second two of four numbers of a row, as doubles. */
// @ts-ignore: decorator
@inline
function addFour(fields: usize, low: v128, high: v128, by: v128): void {
  v128.store(fields, f64x2.add(v128.load(fields), f64x2.mul(low, by)));
  v128.store(fields, f64x2.add(v128.load(fields, 16), f64x2.mul(high, by)), 16);
}

/** fields += factor · row, `count` numbers, a multiple of 4. */
function addTo(kind: i32, fields: usize, from: usize, factor: f64, count: usize): void {
  const by = f64x2.splat(factor);
  const end = fields + 8 * count;
  if (kind == DOUBLE) {
    for (; fields < end; fields += 32, from += 32) addFour(fields, v128.load(from), v128.load(from, 16), by);
  } else if (kind == SINGLE) {
    for (; fields < end; fields += 32, from += 16) {
      const x = v128.load(from);
      const y = v128.shuffle<i64>(x, x, 1, 1);
      addFour(fields, f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(y), by);
    }
  } else {
    for (; fields < end; fields += 32) {
      let x: v128;
      if (kind == INT16) {
        x = i32x4.extend_low_i16x8_s(v128.load64_zero(from));
        from += 8;
      } else {
        x = i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_zero(from)));
        from += 4;
      }
      const y = v128.shuffle<i64>(x, x, 1, 1);
      addFour(fields, f64x2.convert_low_i32x4_s(x), f64x2.convert_low_i32x4_s(y), by);
    }
  }
}

// @ts-ignore: decorator
@inline
function widthOf(kind: i32): usize {
  return kind == DOUBLE ? 8 : kind == INT16 ? 2 : kind == FLOAT32 || kind == SINGLE ? 4 : 1;
}

/** fields += change · row; then rates and their sums. */
function addRow(control: usize, row: usize, change: f64): void {
  const law = <i32>address(control, LAW);
  const kind = <i32>address(control, KIND);
  if (kind == FLOAT32) {
    glauber32(control, row, change);
    return;
  }
  const from = address(control, ROWS) + row * address(control, STRIDE) * widthOf(kind);
  addTo(kind, address(control, FIELDS), from, change, address(control, PADDED));
  if (law == GLAUBER) glauber64(control);
  else if (law == METROPOLIS) metropolis64(control);
  else if (law == STEP) step64(control);
  else if (law == LINEAR) linear64(control);
  else if (law == OHMIC) ohmic64(control);
  else if (law == DEPHASED) dephased64(control);
  else cavity64(control);
}

/** −ln u, 0 < u < 1. */
function minusLog(u: f64): f64 {
  const bits = reinterpret<u64>(u);
  let exponent = <i32>((bits >> 52) & 0x7ff) - 1023;
  let m = reinterpret<f64>((bits & 0xfffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent++;
  }
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let sum: f64 = 1.0 / 19.0;
  sum = sum * square + 1.0 / 17.0;
  sum = sum * square + 1.0 / 15.0;
  sum = sum * square + 1.0 / 13.0;
  sum = sum * square + 1.0 / 11.0;
  sum = sum * square + 1.0 / 9.0;
  sum = sum * square + 1.0 / 7.0;
  sum = sum * square + 1.0 / 5.0;
  sum = sum * square + 1.0 / 3.0;
  sum = sum * square + 1.0;
  return -(<f64>exponent * 0.6931471805599453 + 2 * s * sum);
}

// @ts-ignore: decorator
@inline
function whole(words: usize, used: usize): f64 {
  return <f64>load<u32>(words + (used << 2)) * 1048576.0 + <f64>(load<u32>(words + (used << 2), 4) >>> 12);
}

/** Draws what decides the next event, whatever the rates will be: the uniform of its choice, and −ln u of its time. */
function draw(control: usize): f64 {
  const words = address(control, WORDS);
  const used = address(control, WORDS_USED);
  if (used == 0) {
    const random = address(control, RANDOM);
    for (let g: usize = 0; g < 64; g += 16) v128.store(words + g, drawLanes(random, g));
  }
  store<f64>(control, whole(words, used) * 2.220446049250313e-16, PICK);
  store<u32>(control, (used + 4) & 15, WORDS_USED);
  return minusLog((whole(words, used + 2) + 0.5) * 2.220446049250313e-16);
}

function schedule(control: usize, t: f64, wait: f64): void {
  const lanes = address(control, LANE_SUMS);
  let total: f64 = 0;
  for (let k: usize = 0; k < 64; k += 4) {
    total += <f64>load<f32>(lanes + k);
    store<f64>(control + (k << 1), total, LANE_LADDER + 8);
  }
  store<f64>(control, total, TOTAL);
  store<f64>(control, total > 0 ? t + wait / total : Infinity, NEXT);
}

let rest: f64 = 0;

function take(from: usize, start: usize, step: usize, end: usize): usize {
  let chosen = start;
  for (let at = start; at < end; at += step) {
    const part = <f64>load<f32>(from + (at << 2));
    if (part > 0) chosen = at;
    if (rest < part) return at;
    rest -= part;
  }
  rest = <f64>load<f32>(from + (chosen << 2));
  return chosen;
}

function choose(control: usize): usize {
  rest = load<f64>(control, PICK) * load<f64>(control, TOTAL);
  const lane = take(address(control, LANE_SUMS), 0, 1, 16);
  const block = take(address(control, BLOCK_SUMS), lane, 16, address(control, PADDED) >> 2);
  const first = ((block - lane) << 2) + lane;
  return take(address(control, RATES), first, 16, first + 64);
}

/**
 * As `choose`, of rates of fields of 32 bits, by counting instead of branches that nobody can foresee; where rounding
 * leaves no spin, `choose` finds the one.
 */
function chooseAtOnce(control: usize): usize {
  let left = load<f64>(control, PICK) * load<f64>(control, TOTAL);
  let lane: usize = 0;
  for (let k: usize = 0; k < 128; k += 8) {
    lane += <usize>(load<f64>(control + k, LANE_LADDER + 8) <= left);
  }
  if (lane == 16) return choose(control);
  left -= load<f64>(control + (lane << 3), LANE_LADDER);
  let sums = address(control, BLOCK_SUMS) + (lane << 2);
  const end = address(control, BLOCK_SUMS) + address(control, PADDED);
  let at = address(control, RATES) + (lane << 2);
  while (sums < end) {
    const stop = min(end, sums + 1024);
    let sum: f64 = 0;
    let block: usize = 0;
    let ladder = control;
    for (; sums < stop; sums += 64, ladder += 8) {
      sum += <f64>load<f32>(sums);
      store<f64>(ladder, sum, BLOCK_LADDER + 8);
      block += <usize>(sum <= left);
    }
    if (sum > left) {
      left -= load<f64>(control + (block << 3), BLOCK_LADDER);
      at += block << 8;
      const one = <f64>load<f32>(at);
      const two = one + <f64>load<f32>(at, 64);
      const three = two + <f64>load<f32>(at, 128);
      if (!(left < three + <f64>load<f32>(at, 192))) break;
      at += (<usize>(left >= one) + <usize>(left >= two) + <usize>(left >= three)) << 6;
      return (at - address(control, RATES)) >> 2;
    }
    left -= sum;
    at += 4096;
  }
  return choose(control);
}

export function startEvents(control: usize, t: f64): void {
  addRow(control, 0, 0);
  schedule(control, t, draw(control));
}

export function runEvents(control: usize, until: f64): f64 {
  const single = address(control, KIND) == FLOAT32;
  const state = address(control, STATE);
  const slopes = address(control, SLOPES);
  const fields = address(control, FIELDS);
  const sitesOut = address(control, SITES_OUT);
  const fieldsOut = address(control, FIELDS_OUT);
  const timesOut = address(control, TIMES_OUT);
  const most = address(control, MOST);
  let count: usize = 0;
  for (; count < most; count++) {
    const t = load<f64>(control, NEXT);
    if (t > until || !(load<f64>(control, TOTAL) > 0)) break;
    const site = single ? chooseAtOnce(control) : choose(control);
    store<i32>(sitesOut + (count << 2), <i32>site);
    const field = single ? <f64>load<f32>(fields + (site << 2)) : load<f64>(fields + (site << 3));
    store<f64>(fieldsOut + (count << 3), field);
    store<f64>(timesOut + (count << 3), t);
    const spin = -load<i8>(state + site);
    store<i8>(state + site, spin);
    store<f32>(slopes + (site << 2), -load<f32>(slopes + (site << 2)));
    const wait = draw(control);
    addRow(control, site, <f64>spin * 2);
    schedule(control, t, wait);
  }
  return <f64>count;
}

/** Rows are read in fours: what is beyond the last site is never counted. */
export function sumFields(control: usize): void {
  const kind = <i32>address(control, KIND);
  const sites = address(control, SITES);
  const state = address(control, STATE);
  const fields = address(control, FIELDS);
  const whole = (sites + 3) & ~3;
  const step = address(control, STRIDE) * widthOf(kind);
  let row = address(control, ROWS);
  memory.fill(fields, 0, address(control, PADDED) * (kind == FLOAT32 ? 4 : 8));
  for (let j: usize = 0; j < sites; j++, row += step) {
    const spin = <f64>load<i8>(state + j);
    if (kind == FLOAT32) {
      const by = f32x4.splat(<f32>spin);
      for (let i: usize = 0; i < 4 * whole; i += 16) {
        v128.store(fields + i, f32x4.add(v128.load(fields + i), f32x4.mul(by, v128.load(row + i))));
      }
    } else addTo(kind, fields, row, spin, whole);
  }
}

// Couplings kept as memories: fields by masked sums over bit-packed signs, flips that update overlaps and what is kept of
// them. The layout of a block is in ../memory/memory-block.ts, what is computed in ../memory/reference.ts.

import { FlipSlots, runFlips } from './flips';

const INTEGERS: i32 = 1;
const POWERS: i32 = 2;
const LOG_SUM_EXP: i32 = 3;
const SEQUENCE: i32 = 4;
const WEIGHTS: i32 = 5;
const SHORT_INTEGERS: i32 = 6;
const EXPONENTIAL: i32 = 7;
/** Terms 6z² + 2 fit into 16 bits to here. */
const MOST_HALF: i16 = 73;

// @ts-ignore: decorator
@inline
function word(block: usize, k: i32): i32 {
  return load<i32>(block + (<usize>k << 2));
}
// @ts-ignore: decorator
@inline
function place(block: usize, k: i32): usize {
  return <usize>load<u32>(block + (<usize>k << 2));
}
// @ts-ignore: decorator
@inline
function number(block: usize, k: i32): f64 {
  return load<f64>(block + 128 + (<usize>k << 3));
}
// @ts-ignore: decorator
@inline
function setNumber(block: usize, k: i32, value: f64): void {
  store<f64>(block + 128 + (<usize>k << 3), value);
}
// @ts-ignore: decorator
@inline
function used(block: usize, group: i32): i32 {
  return (word(block, 2) + group - 1) & -group;
}
// @ts-ignore: decorator
@inline
function rowOf(block: usize, i: i32, k: i32): usize {
  return place(block, k) + <usize>i * <usize>(word(block, 3) >> 3);
}
// @ts-ignore: decorator
@inline
function spinOf(block: usize, i: i32): i32 {
  return load<i8>(place(block, 5) + <usize>i);
}

// Lane bits of eight groups of four, and of eight groups of two.
const EACH4: usize = memory.data<i32>([
  1, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7,
  1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15,
  1 << 16, 1 << 17, 1 << 18, 1 << 19, 1 << 20, 1 << 21, 1 << 22, 1 << 23,
  1 << 24, 1 << 25, 1 << 26, 1 << 27, 1 << 28, 1 << 29, 1 << 30, 1 << 31,
]);
const EACH2: usize = memory.data<i64>([
  1, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7,
  1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15,
]);
const EACH8: usize = memory.data<i16>([
  1, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7,
  1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, -32768,
]);

/** A where bit of the group's lane is set, else 0. */
// @ts-ignore: decorator
@inline
function masked(bits: v128, each: usize, terms: usize): v128 {
  const one = v128.load(each);
  return v128.and(i32x4.eq(v128.and(bits, one), one), v128.load(terms));
}
// @ts-ignore: decorator
@inline
function sumOf4(v: v128): i64 {
  return (
    <i64>i32x4.extract_lane(v, 0) +
    <i64>i32x4.extract_lane(v, 1) +
    <i64>i32x4.extract_lane(v, 2) +
    <i64>i32x4.extract_lane(v, 3)
  );
}

function integerField(block: usize, i: i32): f64 {
  const bits = rowOf(block, i, 4);
  const terms = place(block, 7);
  const lanes = used(block, 32);
  const run = word(block, 15);
  let sum: i64 = 0;
  for (let from = 0; from < lanes; from += run) {
    const end = min(from + run, lanes);
    let a = i32x4.splat(0);
    let b = i32x4.splat(0);
    let c = i32x4.splat(0);
    let d = i32x4.splat(0);
    let at = terms + (<usize>from << 2);
    const last = terms + (<usize>end << 2);
    let row = bits + <usize>(from >> 3);
    for (; at < last; at += 128, row += 4) {
      const m = v128.load32_splat(row);
      a = i32x4.add(a, masked(m, EACH4, at));
      b = i32x4.add(b, masked(m, EACH4 + 16, at + 16));
      c = i32x4.add(c, masked(m, EACH4 + 32, at + 32));
      d = i32x4.add(d, masked(m, EACH4 + 48, at + 48));
      a = i32x4.add(a, masked(m, EACH4 + 64, at + 64));
      b = i32x4.add(b, masked(m, EACH4 + 80, at + 80));
      c = i32x4.add(c, masked(m, EACH4 + 96, at + 96));
      d = i32x4.add(d, masked(m, EACH4 + 112, at + 112));
    }
    sum += sumOf4(a) + sumOf4(b) + sumOf4(c) + sumOf4(d);
  }
  const spin = spinOf(block, i);
  const agreeing = spin > 0 ? <f64>sum : number(block, 0) - <f64>sum;
  return <f64>spin * (agreeing - number(block, 1)) * number(block, 2);
}

/** Overlaps after a flip (bits 0: as they are), terms A = D(x−1) + D(x+1), and the sums of A and of D(x+1). */
// @ts-ignore: decorator
@inline
function flipAs(
  block: usize,
  bits: usize,
  spin: i32,
  cubic: bool,
  rectified: bool,
  odd: bool,
): void {
  const terms = place(block, 7);
  const overlaps = place(block, 6);
  const valid = place(block, 19);
  const lanes = used(block, 32);
  // 4 lanes are summed here, 16 in a field.
  const run = max((word(block, 15) >> 2) & -32, 32);
  const unit: i32 = rectified && odd ? 1 : 0;
  const zero = i32x4.splat(0);
  const one = i32x4.splat(1);
  const two = i32x4.splat(2);
  const four = i32x4.splat(4);
  // Where a bit is set x goes by −2s, else by 2s.
  const change = i32x4.splat(2 * spin);
  const back = i32x4.splat(4 * spin);
  let total: i64 = 0;
  let constant: i64 = 0;
  for (let from = 0; from < lanes; from += run) {
    const end = min(from + run, lanes);
    let sum = zero;
    let rest = zero;
    for (let k = from; k < end; k += 32) {
      const m = bits !== 0 ? v128.load32_splat(bits + <usize>(k >> 3)) : zero;
      const here = v128.load32_splat(valid + <usize>(k >> 3));
      for (let g: usize = 0; g < 128; g += 16) {
        const at = (<usize>k << 2) + g;
        let x = v128.load(overlaps + at);
        if (bits !== 0) {
          const each = v128.load(EACH4 + g);
          const set = i32x4.eq(v128.and(m, each), each);
          x = i32x4.sub(i32x4.add(x, change), v128.and(set, back));
          v128.store(overlaps + at, x);
        }
        let A: v128;
        let D: v128;
        if (cubic) {
          const square = i32x4.mul(x, x);
          const h = i32x4.add(i32x4.add(square, i32x4.shl(square, 1)), four);
          A = i32x4.shl(h, 1 + unit);
          D = i32x4.add(h, i32x4.add(i32x4.shl(x, 2), i32x4.shl(x, 1)));
          if (unit) D = i32x4.shl(D, 1);
        } else {
          A = i32x4.shl(x, 2 + unit);
          D = i32x4.add(i32x4.shl(x, 1), two);
          if (unit) D = i32x4.shl(D, 1);
        }
        if (!rectified) {
          const each = v128.load(EACH4 + g);
          const set = i32x4.eq(v128.and(here, each), each);
          A = v128.and(A, set);
          D = v128.and(D, set);
        } else if (!odd) {
          A = v128.and(A, i32x4.gt_s(x, one));
          D = v128.andnot(D, i32x4.gt_s(zero, x));
          A = v128.or(A, v128.and(D, i32x4.eq(x, zero)));
        } else {
          const plus = i32x4.eq(x, one);
          const minus = v128.and(i32x4.eq(x, i32x4.splat(-1)), one);
          A = v128.and(A, i32x4.gt_s(x, two));
          D = v128.and(D, i32x4.gt_s(x, zero));
          A = v128.or(v128.or(A, v128.and(i32x4.add(D, one), plus)), minus);
          D = v128.or(D, minus);
        }
        v128.store(terms + at, A);
        sum = i32x4.add(sum, A);
        rest = i32x4.add(rest, D);
      }
    }
    total += sumOf4(sum);
    constant += sumOf4(rest);
  }
  setNumber(block, 0, <f64>total);
  setNumber(block, 1, <f64>constant);
}

function flipSquares(block: usize, bits: usize, spin: i32): void {
  flipAs(block, bits, spin, false, false, false);
}
function flipHalfSquares(block: usize, bits: usize, spin: i32): void {
  flipAs(block, bits, spin, false, true, false);
}
function flipHalfSquaresOdd(block: usize, bits: usize, spin: i32): void {
  flipAs(block, bits, spin, false, true, true);
}
function flipCubes(block: usize, bits: usize, spin: i32): void {
  flipAs(block, bits, spin, true, false, false);
}
function flipHalfCubes(block: usize, bits: usize, spin: i32): void {
  flipAs(block, bits, spin, true, true, false);
}
function flipHalfCubesOdd(block: usize, bits: usize, spin: i32): void {
  flipAs(block, bits, spin, true, true, true);
}

function integerFlip(block: usize, bits: usize, spin: i32): void {
  const odd = (word(block, 1) & 1) !== 0;
  const rectified = word(block, 17) !== 0;
  if (word(block, 16) === 2) {
    if (!rectified) flipSquares(block, bits, spin);
    else if (odd) flipHalfSquaresOdd(block, bits, spin);
    else flipHalfSquares(block, bits, spin);
  } else if (!rectified) flipCubes(block, bits, spin);
  else if (odd) flipHalfCubesOdd(block, bits, spin);
  else flipHalfCubes(block, bits, spin);
}

/** As integerField, with terms of 16 bits and a list of those that do not fit. */
function shortField(block: usize, i: i32): f64 {
  const bits = rowOf(block, i, 4);
  const lanes = used(block, 32);
  let a = i32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  const low = v128.load(EACH8);
  const high = v128.load(EACH8, 16);
  let at = place(block, 7);
  const last = at + (<usize>lanes << 1);
  let row = bits;
  // Where a bit is set the mask is −1.
  for (; at < last; at += 64, row += 4) {
    const m = v128.load16_splat(row);
    const n = v128.load16_splat(row, 2);
    a = i32x4.sub(a, i32x4.dot_i16x8_s(i16x8.eq(v128.and(m, low), low), v128.load(at)));
    b = i32x4.sub(b, i32x4.dot_i16x8_s(i16x8.eq(v128.and(m, high), high), v128.load(at, 16)));
    c = i32x4.sub(c, i32x4.dot_i16x8_s(i16x8.eq(v128.and(n, low), low), v128.load(at, 32)));
    d = i32x4.sub(d, i32x4.dot_i16x8_s(i16x8.eq(v128.and(n, high), high), v128.load(at, 48)));
  }
  let sum = sumOf4(a) + sumOf4(b) + sumOf4(c) + sumOf4(d);
  const outliers = place(block, 21);
  const count = word(block, 20);
  for (let k = 0; k < count; k++) {
    const entry = outliers + (<usize>k << 3);
    const mu = load<i32>(entry);
    if ((load<u32>(bits + (<usize>(mu >> 5) << 2)) >> (mu & 31)) & 1) sum += <i64>load<i32>(entry, 4);
  }
  const spin = spinOf(block, i);
  const agreeing = spin > 0 ? <f64>sum : number(block, 0) - <f64>sum;
  return <f64>spin * (agreeing - number(block, 1)) * number(block, 2);
}

/** Lists the terms of eight memories that do not fit. Their sum. */
function addOutliers(block: usize, first: i32, far: i32, z: usize): i32 {
  let sum = 0;
  for (; far !== 0; far &= far - 1) {
    const lane = ctz(far);
    const half = <i32>load<i16>(z + (<usize>lane << 1));
    const term = 6 * half * half + 2;
    const count = word(block, 20);
    const entry = place(block, 21) + (<usize>count << 3);
    store<i32>(entry, first + lane);
    store<i32>(entry, term, 4);
    store<i32>(block + 80, count + 1);
    sum += term;
  }
  return sum;
}

/** As integerFlip with z = x/2: for F = x³ A = 4(6z² + 2), D(x+1) = A/2 + 12z; for F = x² A = 8z, D(x+1) = A/2 + 2. */
// @ts-ignore: decorator
@inline
function shortFlipAs(block: usize, bits: usize, spin: i32, cubic: bool, rectified: bool): void {
  const terms = place(block, 7);
  const halves = place(block, 8);
  const valid = place(block, 19);
  const memories = word(block, 2);
  const lanes = used(block, 16);
  store<i32>(block + 80, 0);
  const zero = i16x8.splat(0);
  const one = i16x8.splat(1);
  const two = i16x8.splat(2);
  const six = i16x8.splat(6);
  const most = i16x8.splat(MOST_HALF);
  // Where a bit is set z goes by −s, else by s.
  const change = i16x8.splat(<i16>spin);
  const back = i16x8.splat(<i16>(2 * spin));
  let far: i64 = 0;
  let sum4 = zero;
  let halves4 = zero;
  let zeros8 = zero;
  for (let k = 0; k < lanes; k += 16) {
    const m = bits !== 0 ? v128.load16_splat(bits + <usize>(k >> 3)) : zero;
    for (let g: usize = 0; g < 32; g += 16) {
      const at = (<usize>k << 1) + g;
      const each = v128.load(EACH8 + g);
      let z = v128.load(halves + at);
      if (bits !== 0) {
        const set = i16x8.eq(v128.and(m, each), each);
        z = i16x8.sub(i16x8.add(z, change), v128.and(set, back));
        v128.store(halves + at, z);
      }
      const here = rectified
        ? i16x8.gt_s(z, zero)
        : i16x8.eq(v128.and(v128.load16_splat(valid + <usize>(k >> 3)), each), each);
      let A: v128;
      if (cubic) {
        A = v128.and(i16x8.add(i16x8.mul(i16x8.mul(z, z), six), two), here);
        const away = v128.and(i16x8.gt_s(rectified ? z : i16x8.abs(z), most), here);
        if (v128.any_true(away)) {
          A = v128.andnot(A, away);
          far += addOutliers(block, k + <i32>(g >> 1), i16x8.bitmask(away), halves + at);
        }
      } else {
        A = v128.and(i16x8.shl(z, 2), here);
      }
      if (rectified) {
        const nothing = i16x8.eq(z, zero);
        A = i16x8.sub(A, nothing);
        zeros8 = i16x8.sub(zeros8, nothing);
      }
      v128.store(terms + at, A);
      sum4 = i32x4.add(sum4, i32x4.dot_i16x8_s(A, one));
      if (cubic) halves4 = i32x4.add(halves4, i32x4.dot_i16x8_s(v128.and(z, here), one));
    }
  }
  const total = <f64>(sumOf4(sum4) + far);
  const zeros = <f64>sumOf4(i32x4.dot_i16x8_s(zeros8, one));
  setNumber(block, 0, total);
  setNumber(
    block,
    1,
    cubic ? (total + zeros) / 2 + 3 * <f64>sumOf4(halves4) : total / 2 + <f64>memories,
  );
}

function shortFlipSquares(block: usize, bits: usize, spin: i32): void {
  shortFlipAs(block, bits, spin, false, false);
}
function shortFlipCubes(block: usize, bits: usize, spin: i32): void {
  shortFlipAs(block, bits, spin, true, false);
}
function shortFlipHalfCubes(block: usize, bits: usize, spin: i32): void {
  shortFlipAs(block, bits, spin, true, true);
}
function shortFlip(block: usize, bits: usize, spin: i32): void {
  if (word(block, 16) === 2) shortFlipSquares(block, bits, spin);
  else if (word(block, 17) !== 0) shortFlipHalfCubes(block, bits, spin);
  else shortFlipCubes(block, bits, spin);
}

/** Overlaps as others see them, where flips keep them in another form. */
function show(block: usize): void {
  if (word(block, 0) !== SHORT_INTEGERS) return;
  const memories = word(block, 2);
  const overlaps = place(block, 6);
  const halves = place(block, 8);
  for (let k: usize = 0; k < <usize>memories; k++) {
    store<i32>(overlaps + (k << 2), 2 * <i32>load<i16>(halves + (k << 1)));
  }
}

/** What floating-point kinds keep of the overlaps, below: at x − 1, above: at x + 1. */
function keep(block: usize): void {
  const kind = word(block, 0);
  if (kind === WEIGHTS) return;
  const memories = word(block, 2);
  const overlaps = place(block, 6);
  const below = place(block, 7);
  const above = place(block, 8);
  const table = place(block, 9);
  if (kind === LOG_SUM_EXP || kind === EXPONENTIAL) {
    let top = load<i32>(overlaps);
    for (let k = 1; k < memories; k++) top = max(top, load<i32>(overlaps + (<usize>k << 2)));
    for (let k = 0; k < memories; k++) {
      const d = table + (<usize>((top - load<i32>(overlaps + (<usize>k << 2))) >> 1) << 3);
      store<f64>(above + (<usize>k << 3), load<f64>(d));
      store<f64>(below + (<usize>k << 3), load<f64>(d + 8));
    }
    if (kind === EXPONENTIAL) {
      const sites = word(block, 1);
      setNumber(block, 6, load<f64>(table + (<usize>(sites + 2 + ((top + sites) >> 1)) << 3)));
    }
    return;
  }
  const middle = table + (<usize>(word(block, 1) + 4) << 3);
  const sequence = kind === SEQUENCE;
  for (let k = 0; k < memories; k++) {
    const at = middle + (<usize>load<i32>(overlaps + (<usize>k << 2)) << 3);
    const up = load<f64>(at + 8);
    store<f64>(below + (<usize>k << 3), load<f64>(at - 8));
    store<f64>(above + (<usize>k << 3), sequence ? up : -up);
  }
}

// @ts-ignore: decorator
@inline
function chosen(bits: v128, each: usize, yes: v128, no: v128): v128 {
  const one = v128.load(each);
  return v128.bitselect(yes, no, i64x2.eq(v128.and(bits, one), one));
}

/** Two lanes' terms of a kind of field; kind is a constant. */
// @ts-ignore: decorator
@inline
function terms2(
  kind: i32,
  m: v128,
  next: v128,
  below: usize,
  above: usize,
  g: usize,
): v128 {
  const each = EACH2 + g;
  const zero = f64x2.splat(0);
  if (kind === LOG_SUM_EXP) return chosen(m, each, v128.load(below + g), zero);
  if (kind === WEIGHTS) {
    // below: V; above: overlaps, 4 bytes each.
    const x = v128.load64_zero(above + (g >> 1));
    const y = i32x4.add(
      i32x4.add(x, i32x4.splat(1)),
      v128.and(
        // the two lanes' masks side by side
        v128.shuffle<i32>(
          i64x2.eq(v128.and(m, v128.load(each)), v128.load(each)),
          zero,
          0,
          2,
          4,
          5,
        ),
        i32x4.splat(-2),
      ),
    );
    return f64x2.mul(v128.load(below + g), f64x2.convert_low_i32x4_s(y));
  }
  const value = chosen(m, each, v128.load(below + g), v128.load(above + g));
  return kind === SEQUENCE ? chosen(next, each, value, f64x2.neg(value)) : value;
}

/**
 * Σ over memories of a kind's terms, in 16 strided lanes that are added in pairs 8, 4, 2, 1 apart.
 * @param other 0xffff where opposed memories count as agreeing, else 0
 */
// @ts-ignore: decorator
@inline
function sumOfTerms(
  kind: i32,
  lanes: i32,
  bits: usize,
  other: i32,
  nextBits: usize,
  below: usize,
  above: usize,
): f64 {
  let a = f64x2.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let e = a;
  let f = a;
  let g = a;
  let h = a;
  const step: usize = kind === WEIGHTS ? 64 : 128;
  for (let k = 0; k < lanes; k += 16) {
    const m = i64x2.splat(<i64>(<i32>load<u16>(bits) ^ other));
    const next = kind === SEQUENCE ? i64x2.splat(<i64>load<u16>(nextBits)) : m;
    a = f64x2.add(a, terms2(kind, m, next, below, above, 0));
    b = f64x2.add(b, terms2(kind, m, next, below, above, 16));
    c = f64x2.add(c, terms2(kind, m, next, below, above, 32));
    d = f64x2.add(d, terms2(kind, m, next, below, above, 48));
    e = f64x2.add(e, terms2(kind, m, next, below, above, 64));
    f = f64x2.add(f, terms2(kind, m, next, below, above, 80));
    g = f64x2.add(g, terms2(kind, m, next, below, above, 96));
    h = f64x2.add(h, terms2(kind, m, next, below, above, 112));
    bits += 2;
    nextBits += 2;
    below += 128;
    above += step;
  }
  const p = f64x2.add(f64x2.add(a, e), f64x2.add(c, g));
  const q = f64x2.add(f64x2.add(b, f), f64x2.add(d, h));
  const r = f64x2.add(p, q);
  return f64x2.extract_lane(r, 0) + f64x2.extract_lane(r, 1);
}

function powerField(block: usize, i: i32): f64 {
  const spin = spinOf(block, i);
  const other = spin > 0 ? 0 : 0xffff;
  const bits = rowOf(block, i, 4);
  const sum = sumOfTerms(
    POWERS,
    used(block, 16),
    bits,
    other,
    bits,
    place(block, 7),
    place(block, 8),
  );
  return <f64>spin * sum * number(block, 2);
}

function sequenceField(block: usize, i: i32): f64 {
  const other = spinOf(block, i) > 0 ? 0 : 0xffff;
  const sum = sumOfTerms(
    SEQUENCE,
    used(block, 16),
    rowOf(block, i, 4),
    other,
    rowOf(block, i, 10),
    place(block, 7),
    place(block, 8),
  );
  return sum * number(block, 2);
}

/** Σ ± values in the same lanes, with the signs of a row. @param lanes a multiple of 16 */
export function signedSum(lanes: i32, bits: usize, values: usize): f64 {
  return sumOfTerms(SEQUENCE, lanes, bits, 0, bits, values, values);
}

/** ln v, v > 0 and normal: m·2^e, √½ ≤ m < √2, ln m = 2 artanh s as a series in s². */
export function naturalLog(v: f64): f64 {
  const bits = reinterpret<u64>(v);
  let e = <i32>(bits >> 52) - 1023;
  let m = reinterpret<f64>((bits & 0xfffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    e++;
  }
  const f = m - 1;
  const s = f / (2 + f);
  const z = s * s;
  let p: f64 = 1.0 / 21.0;
  p = p * z + 1.0 / 19.0;
  p = p * z + 1.0 / 17.0;
  p = p * z + 1.0 / 15.0;
  p = p * z + 1.0 / 13.0;
  p = p * z + 1.0 / 11.0;
  p = p * z + 1.0 / 9.0;
  p = p * z + 1.0 / 7.0;
  p = p * z + 1.0 / 5.0;
  p = p * z + 1.0 / 3.0;
  p = p * z + 1.0;
  return <f64>e * 0.6931471803691238 + (2 * s * p + <f64>e * 1.9082149292705877e-10);
}

/** Sum of terms where bits (agreeing or opposed) are set. */
function sumOfWeights(lanes: i32, bits: usize, other: i32, terms: usize): f64 {
  return sumOfTerms(LOG_SUM_EXP, lanes, bits, other, bits, terms, terms);
}

function logSumExpField(block: usize, i: i32): f64 {
  const spin = spinOf(block, i);
  const other = spin > 0 ? 0 : 0xffff;
  const lanes = used(block, 16);
  const bits = rowOf(block, i, 4);
  const agreeing = sumOfWeights(lanes, bits, other, place(block, 7));
  const opposed = sumOfWeights(lanes, bits, other ^ 0xffff, place(block, 8));
  const q = number(block, 4);
  const low = agreeing + opposed * q;
  const ratio = (agreeing * q + opposed) / low;
  let log: f64;
  if (ratio > 0.5 && ratio < 2) {
    const t = (opposed - agreeing) * number(block, 5) / low;
    const u = 1 + t;
    log = u === 1 ? t : naturalLog(u) * (t / (u - 1));
  } else {
    log = naturalLog(ratio);
  }
  return (-(<f64>spin) * log) / (2 * number(block, 3));
}

/** Whether as many memories agree at each y as are opposed. */
function cancels(block: usize, bits: usize, other: i32): bool {
  const memories = word(block, 2);
  const overlaps = place(block, 6);
  const counts = place(block, 22) + (<usize>word(block, 1) << 2);
  let all = true;
  for (let pass = 0; pass < 3; pass++) {
    for (let mu = 0; mu < memories; mu++) {
      const bit = ((<i32>load<u8>(bits + <usize>(mu >> 3)) ^ other) >> (mu & 7)) & 1;
      const agree = 2 * bit - 1;
      const at = counts + (<usize>(load<i32>(overlaps + (<usize>mu << 2)) - agree) << 2);
      if (pass === 0) store<i32>(at, load<i32>(at) + agree);
      else if (pass === 1) all = all && load<i32>(at) === 0;
      else store<i32>(at, 0);
    }
  }
  return all;
}

/** NaN: doubles do not tell its sign. */
function exponentialField(block: usize, i: i32): f64 {
  const spin = spinOf(block, i);
  const other = spin > 0 ? 0 : 0xffff;
  const lanes = used(block, 16);
  const bits = rowOf(block, i, 4);
  const agreeing = sumOfWeights(lanes, bits, other, place(block, 7));
  const opposed = sumOfWeights(lanes, bits, other ^ 0xffff, place(block, 8));
  const difference = agreeing - opposed;
  if (abs(difference) <= number(block, 7) * (agreeing + opposed)) {
    return cancels(block, bits, other) ? 0 : NaN;
  }
  let size = abs(difference) * number(block, 6);
  if (size > 1e300) size = 1e300;
  if (size < 5e-324) size = 5e-324;
  return <f64>spin * (difference > 0 ? size : -size);
}

export function memoryLogField(block: usize, i: i32): f64 {
  return logSumExpField(block, i);
}

function weightedField(block: usize, i: i32): f64 {
  const lanes = word(block, 3);
  const bits = rowOf(block, i, 4);
  const other = spinOf(block, i) > 0 ? 0 : 0xffff;
  const V = place(block, 11) + <usize>i * (<usize>lanes << 3);
  const sum = sumOfTerms(WEIGHTS, used(block, 16), bits, other, bits, V, place(block, 6));
  return sum / <f64>word(block, 1);
}

export function memoryField(block: usize, i: i32): f64 {
  switch (word(block, 0)) {
    case SHORT_INTEGERS:
      return shortField(block, i);
    case INTEGERS:
      return integerField(block, i);
    case POWERS:
      return powerField(block, i);
    case LOG_SUM_EXP:
      return logSumExpField(block, i);
    case SEQUENCE:
      return sequenceField(block, i);
    case EXPONENTIAL:
      return exponentialField(block, i);
    default:
      return weightedField(block, i);
  }
}

export function memoryFlip(block: usize, i: i32): void {
  flip(block, i);
  show(block);
}

function flip(block: usize, i: i32): void {
  const state = place(block, 5) + <usize>i;
  const spin = <i32>load<i8>(state);
  store<i8>(state, -spin);
  const bits = rowOf(block, i, 4);
  // Where a bit is set x goes by −2s, else by 2s.
  if (word(block, 0) === SHORT_INTEGERS) {
    shortFlip(block, bits, spin);
    return;
  }
  if (word(block, 0) === INTEGERS) {
    integerFlip(block, bits, spin);
    return;
  }
  const overlaps = place(block, 6);
  const valid = place(block, 19);
  const lanes = used(block, 32);
  const change = i32x4.splat(2 * spin);
  const back = i32x4.splat(4 * spin);
  for (let k = 0; k < lanes; k += 32) {
    const m = v128.load32_splat(bits + <usize>(k >> 3));
    const here = v128.load32_splat(valid + <usize>(k >> 3));
    for (let g: usize = 0; g < 128; g += 16) {
      const each = v128.load(EACH4 + g);
      const at = overlaps + (<usize>k << 2) + g;
      const set = i32x4.eq(v128.and(m, each), each);
      const x = i32x4.sub(i32x4.add(v128.load(at), change), v128.and(set, back));
      v128.store(at, v128.and(x, i32x4.eq(v128.and(here, each), each)));
    }
  }
  keep(block);
}

/** Overlaps of the state, counted afresh, to i32[P]. */
export function memoryCount(block: usize, out: usize): void {
  const sites = word(block, 1);
  const memories = word(block, 2);
  const words = word(block, 13) >> 1;
  const packed = place(block, 14);
  // The state is followed by zeros up to a whole word.
  const state = place(block, 5);
  const zero = i8x16.splat(0);
  for (let k: usize = 0; k < <usize>words << 2; k++) {
    const up = i8x16.bitmask(i8x16.gt_s(v128.load(state + (k << 4)), zero));
    store<u16>(packed + (k << 1), <u16>up);
  }
  let column = place(block, 12);
  for (let mu = 0; mu < memories; mu++) {
    let different: i64 = 0;
    for (let k = 0; k < words; k++) {
      different += popcnt<u64>(load<u64>(column) ^ load<u64>(packed + (<usize>k << 3)));
      column += 8;
    }
    store<i32>(out + (<usize>mu << 2), sites - 2 * <i32>different);
  }
}

/** Fields of all sites. */
export function memoryFields(block: usize, out: usize): void {
  const sites = word(block, 1);
  for (let i = 0; i < sites; i++) store<f64>(out + (<usize>i << 3), memoryField(block, i));
}

/** Everything that is kept of the state. */
export function memoryReset(block: usize): void {
  const overlaps = place(block, 6);
  const lanes = word(block, 3);
  memoryCount(block, overlaps);
  if (word(block, 0) === SHORT_INTEGERS) {
    const halves = place(block, 8);
    const memories = word(block, 2);
    for (let k = 0; k < lanes; k++) {
      const z = k < memories ? load<i32>(overlaps + (<usize>k << 2)) >> 1 : -(1 << 14);
      store<i16>(halves + (<usize>k << 1), <i16>z);
    }
    shortFlip(block, 0, 0);
    return;
  }
  const integers = word(block, 0) === INTEGERS;
  // What fills up a group has overlaps so low that rectified terms are zero whatever is flipped.
  for (let k = word(block, 2); k < lanes; k++) {
    store<i32>(overlaps + (<usize>k << 2), integers ? -(1 << 20) : 0);
  }
  if (integers) integerFlip(block, 0, 0);
  else keep(block);
}

/** Sites first … first + count − 1 mod N in turn at T = 0: each along its field, in zero field as it is. */
export function memoryDescend(block: usize, first: i32, count: i32): i32 {
  const sites = word(block, 1);
  let flips = 0;
  let i = first;
  for (let k = 0; k < count; k++) {
    if (<f64>spinOf(block, i) * memoryField(block, i) < 0) {
      flip(block, i);
      flips++;
    }
    if (++i === sites) i = 0;
  }
  show(block);
  return flips;
}

/** Memories as a model of the loop of attempts. */
@unmanaged
class Memories {
  unit: f64;
  flips: f64;
  mostFlips: f64;
  block: f64;

  raw(i: usize): f64 {
    return memoryField(<usize>this.block, <i32>i);
  }
  flip(i: usize, r: FlipSlots): void {
    flip(<usize>this.block, <i32>i);
  }
}

/** Exponential memories: rates by their field, heat by that of the logarithm. */
@unmanaged
class ExponentialMemories {
  unit: f64;
  flips: f64;
  mostFlips: f64;
  block: f64;

  raw(i: usize): f64 {
    return exponentialField(<usize>this.block, <i32>i);
  }
  energy(i: usize): f64 {
    return logSumExpField(<usize>this.block, <i32>i);
  }
  flip(i: usize, r: FlipSlots): void {
    flip(<usize>this.block, <i32>i);
  }
}

export function flipsExponential(record: usize, model: usize): void {
  runFlips<ExponentialMemories>(record, changetype<ExponentialMemories>(model));
}

export function flipsMemories(record: usize, model: usize): void {
  runFlips<Memories>(record, changetype<Memories>(model));
  show(<usize>changetype<Memories>(model).block);
}

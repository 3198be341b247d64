// Sixteen shots side by side: arrays f64[rows][16], one shot a column, 128 bytes a row. See ../columns.

/** Bytes of a row. */
export const ROW: usize = 128;
/** Bytes of a row that products work out: those of columns that are shots, a multiple of 32. */
export let span: usize = ROW;
export function spanColumns(live: usize): void {
  span = ((live + 3) >> 2) << 5;
}

// @ts-ignore: decorator
@inline
export function mulAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_madd(a, b, c);
  return f64x2.add(f64x2.mul(a, b), c);
}

/** Word `at` of a block of addresses and numbers. */
// @ts-ignore: decorator
@inline
export function word(block: usize, at: usize): usize {
  return load<u32>(block + (at << 2));
}
// @ts-ignore: decorator
@inline
export function mul(a: v128, b: v128): v128 {
  return f64x2.mul(a, b);
}
// @ts-ignore: decorator
@inline
export function add(a: v128, b: v128): v128 {
  return f64x2.add(a, b);
}
// @ts-ignore: decorator
@inline
export function sub(a: v128, b: v128): v128 {
  return f64x2.sub(a, b);
}
// @ts-ignore: decorator
@inline
export function scaled(factor: f64, a: v128): v128 {
  return f64x2.mul(f64x2.splat(factor), a);
}

/** Two float32 as two float64. */
// @ts-ignore: decorator
@inline
export function widen(p: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(p));
}

/** 1/13! … 1/0! */
const SERIES = memory.data<f64>([
  1.0 / 6227020800.0, 1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0, 1.0 / 362880.0, 1.0 / 40320.0,
  1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0,
]);

/** e^x for −700 ≤ x ≤ 700: x = k ln 2 + r, the series of e^r to r¹³. */
export function exponential(x: v128): v128 {
  const shifter = f64x2.splat(6755399441055744.0); // 1.5·2⁵²: its last bits become the integer
  const shifted = f64x2.add(f64x2.mul(x, f64x2.splat(1.4426950408889634)), shifter);
  const k = f64x2.sub(shifted, shifter);
  const r = f64x2.sub(
    f64x2.sub(x, f64x2.mul(k, f64x2.splat(0.69314718036912381649))),
    f64x2.mul(k, f64x2.splat(1.90821492927058770002e-10)),
  );
  let p = v128.load64_splat(SERIES);
  for (let n: usize = 8; n < 112; n += 8) p = f64x2.add(f64x2.mul(p, r), v128.load64_splat(SERIES + n));
  return i64x2.add(p, i64x2.shl(shifted, 52));
}

/** tanh x, to 2·10⁻¹⁶ absolute. */
export function hyperbolicTangent(x: v128): v128 {
  const bound = f64x2.min(f64x2.abs(x), f64x2.splat(20.0));
  const e = exponential(f64x2.mul(bound, f64x2.splat(-2.0)));
  const one = f64x2.splat(1.0);
  const t = f64x2.div(f64x2.sub(one, e), f64x2.add(one, e));
  return v128.or(t, v128.and(x, f64x2.splat(-0.0)));
}

/**
 * out[rows][16] = A x (+ start): A rows × inner row-major; `lower`: only its columns up to the diagonal count.
 * @param start address, 0: none
 */
export function product(
  a: usize,
  rows: usize,
  inner: usize,
  x: usize,
  start: usize,
  out: usize,
  lower: bool,
): void {
  const stride = inner << 3;
  let i: usize = 0;
  for (; i + 4 <= rows; i += 4) {
    const a0 = a + i * stride;
    const a1 = a0 + stride;
    const a2 = a1 + stride;
    const a3 = a2 + stride;
    const end = (lower ? i + 4 : inner) << 3;
    for (let g: usize = 0; g < span; g += 32) {
      const at = i * ROW + g;
      let s00 = f64x2.splat(0), s01 = s00, s10 = s00, s11 = s00;
      let s20 = s00, s21 = s00, s30 = s00, s31 = s00;
      if (start != 0) {
        s00 = v128.load(start + at);
        s01 = v128.load(start + at, 16);
        s10 = v128.load(start + at, 128);
        s11 = v128.load(start + at, 144);
        s20 = v128.load(start + at, 256);
        s21 = v128.load(start + at, 272);
        s30 = v128.load(start + at, 384);
        s31 = v128.load(start + at, 400);
      }
      let p = x + g;
      for (let k: usize = 0; k < end; k += 8) {
        const v = v128.load(p);
        const w = v128.load(p, 16);
        p += ROW;
        let b = v128.load64_splat(a0 + k);
        s00 = mulAdd(b, v, s00);
        s01 = mulAdd(b, w, s01);
        b = v128.load64_splat(a1 + k);
        s10 = mulAdd(b, v, s10);
        s11 = mulAdd(b, w, s11);
        b = v128.load64_splat(a2 + k);
        s20 = mulAdd(b, v, s20);
        s21 = mulAdd(b, w, s21);
        b = v128.load64_splat(a3 + k);
        s30 = mulAdd(b, v, s30);
        s31 = mulAdd(b, w, s31);
      }
      const q = out + at;
      v128.store(q, s00);
      v128.store(q, s01, 16);
      v128.store(q, s10, 128);
      v128.store(q, s11, 144);
      v128.store(q, s20, 256);
      v128.store(q, s21, 272);
      v128.store(q, s30, 384);
      v128.store(q, s31, 400);
    }
  }
  for (; i < rows; i++) {
    const row = a + i * stride;
    const end = (lower ? i + 1 : inner) << 3;
    for (let g: usize = 0; g < span; g += 32) {
      const at = i * ROW + g;
      let s = f64x2.splat(0), t = s;
      if (start != 0) {
        s = v128.load(start + at);
        t = v128.load(start + at, 16);
      }
      let p = x + g;
      for (let k: usize = 0; k < end; k += 8) {
        const b = v128.load64_splat(row + k);
        s = mulAdd(b, v128.load(p), s);
        t = mulAdd(b, v128.load(p, 16), t);
        p += ROW;
      }
      v128.store(out + at, s);
      v128.store(out + at, t, 16);
    }
  }
}

/** out[rows][16] = A x, only what is not zero of A kept: row i is values[starts[i] … starts[i+1]). */
export function sparseProduct(
  values: usize,
  starts: usize,
  columns: usize,
  rows: usize,
  x: usize,
  out: usize,
): void {
  for (let i: usize = 0; i < rows; i++) {
    const first = <usize>load<i32>(starts + (i << 2));
    const end = <usize>load<i32>(starts + (i << 2), 4);
    for (let g: usize = 0; g < span; g += 32) {
      let s = f64x2.splat(0), t = s;
      for (let k = first; k < end; k++) {
        const p = x + g + ROW * <usize>load<i32>(columns + (k << 2));
        const b = v128.load64_splat(values + (k << 3));
        s = mulAdd(b, v128.load(p), s);
        t = mulAdd(b, v128.load(p, 16), t);
      }
      v128.store(out + i * ROW + g, s);
      v128.store(out + i * ROW + g, t, 16);
    }
  }
}

/** Polynomials of sin r/r and cos r in r² (minimax on ±π/4), highest power first. */
const SINE = memory.data<f64>([
  1.58969099521155010221e-10, -2.50507602534068634195e-8, 2.75573137070700676789e-6,
  -1.98412698298579493134e-4, 8.33333333332248946124e-3, -1.66666666666666324348e-1, 1.0,
]);
const COSINE = memory.data<f64>([
  -1.13596475577881948265e-11, 2.08757232129817482790e-9, -2.75573143513906633035e-7,
  2.48015872894767294178e-5, -1.38888888888741095749e-3, 4.16666666666666019037e-2, -0.5, 1.0,
]);

/** sin a or cos a, |a| < 10⁵: quarter turns off, then one of the polynomials. */
export function sineCosine(a: v128, sine: bool): v128 {
  const shifter = f64x2.splat(6755399441055744.0);
  const shifted = f64x2.add(f64x2.mul(a, f64x2.splat(0.63661977236758134308)), shifter);
  const k = f64x2.sub(shifted, shifter);
  const r = f64x2.sub(
    f64x2.sub(a, f64x2.mul(k, f64x2.splat(1.5707963267341256142))),
    f64x2.mul(k, f64x2.splat(6.0771005065061922e-11)),
  );
  const q = f64x2.mul(r, r);
  let s = v128.load64_splat(SINE);
  for (let i: usize = 8; i < 56; i += 8) s = f64x2.add(f64x2.mul(s, q), v128.load64_splat(SINE + i));
  s = f64x2.mul(s, r);
  let c = v128.load64_splat(COSINE);
  for (let i: usize = 8; i < 64; i += 8) c = f64x2.add(f64x2.mul(c, q), v128.load64_splat(COSINE + i));
  const turns = sine ? shifted : i64x2.add(shifted, i64x2.splat(1));
  const odd = i64x2.neg(v128.and(turns, i64x2.splat(1)));
  const sign = v128.and(i64x2.shl(turns, 62), i64x2.splat(i64.MIN_VALUE));
  return v128.xor(v128.bitselect(c, s, odd), sign);
}

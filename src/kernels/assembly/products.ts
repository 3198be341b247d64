// Row sums Σ_j J_ij s_j of couplings and ±1 spins: ../spin/row-products.ts.

export function productsInt8(rows: usize, stride: usize, state: usize, sites: i32, out: usize): void {
  const end = (<usize>sites + 15) & ~15;
  for (let i: usize = 0; i < <usize>sites; i++) {
    const row = rows + i * stride;
    let a = i32x4.splat(0);
    let b = i32x4.splat(0);
    for (let j: usize = 0; j < end; j += 16) {
      const r = v128.load(row + j);
      const s = v128.load(state + j);
      a = i32x4.add(a, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(r), i16x8.extend_low_i8x16_s(s)));
      b = i32x4.add(b, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(r), i16x8.extend_high_i8x16_s(s)));
    }
    store<f64>(out + (i << 3), <f64>total(i32x4.add(a, b)));
  }
}

export function productsInt16(rows: usize, stride: usize, state: usize, sites: i32, out: usize): void {
  const end = (<usize>sites + 15) & ~15;
  for (let i: usize = 0; i < <usize>sites; i++) {
    const row = rows + ((i * stride) << 1);
    let a = i32x4.splat(0);
    let b = i32x4.splat(0);
    for (let j: usize = 0; j < end; j += 16) {
      const s = v128.load(state + j);
      a = i32x4.add(a, i32x4.dot_i16x8_s(v128.load(row + (j << 1)), i16x8.extend_low_i8x16_s(s)));
      b = i32x4.add(b, i32x4.dot_i16x8_s(v128.load(row + (j << 1), 16), i16x8.extend_high_i8x16_s(s)));
    }
    store<f64>(out + (i << 3), <f64>total(i32x4.add(a, b)));
  }
}

// @ts-ignore: decorator
@inline
function total(v: v128): i32 {
  return (
    i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1) + i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3)
  );
}

/** Two spins as float64. */
// @ts-ignore: decorator
@inline
function spins(state: usize): v128 {
  return f64x2.convert_low_i32x4_s(i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_zero(state))));
}

/** Two numbers of a row times two spins. */
// @ts-ignore: decorator
@inline
function two<T>(row: usize, j: usize, state: usize): v128 {
  const pair = sizeof<T>() == 4
    ? f64x2.promote_low_f32x4(v128.load64_zero(row + (j << 2)))
    : v128.load(row + (j << 3));
  return f64x2.mul(pair, spins(state + j));
}

/** The same of the numbers before `sites` alone; +0 stands for others, and leaves a sum as it is. */
// @ts-ignore: decorator
@inline
function last<T>(row: usize, j: usize, state: usize, sites: v128): v128 {
  const at = f64x2.add(f64x2.splat(<f64>j), f64x2(0, 1));
  return v128.and(two<T>(row, j, state), f64x2.lt(at, sites));
}

/**
 * Row sums of numbers of type T, sixteen partial sums a row, added by halves. They are in registers: memory of the module's
 * own is that of all threads.
 */
// @ts-ignore: decorator
@inline
function products<T>(rows: usize, stride: usize, state: usize, sites: i32, out: usize): void {
  const whole = <usize>sites & ~15;
  const end = f64x2.splat(<f64>sites);
  for (let i: usize = 0; i < <usize>sites; i++) {
    const row = rows + i * stride * sizeof<T>();
    let a = f64x2.splat(0);
    let b = a, c = a, d = a, e = a, f = a, g = a, h = a;
    for (let j: usize = 0; j < whole; j += 16) {
      a = f64x2.add(a, two<T>(row, j, state));
      b = f64x2.add(b, two<T>(row, j + 2, state));
      c = f64x2.add(c, two<T>(row, j + 4, state));
      d = f64x2.add(d, two<T>(row, j + 6, state));
      e = f64x2.add(e, two<T>(row, j + 8, state));
      f = f64x2.add(f, two<T>(row, j + 10, state));
      g = f64x2.add(g, two<T>(row, j + 12, state));
      h = f64x2.add(h, two<T>(row, j + 14, state));
    }
    if (whole < <usize>sites) {
      a = f64x2.add(a, last<T>(row, whole, state, end));
      b = f64x2.add(b, last<T>(row, whole + 2, state, end));
      c = f64x2.add(c, last<T>(row, whole + 4, state, end));
      d = f64x2.add(d, last<T>(row, whole + 6, state, end));
      e = f64x2.add(e, last<T>(row, whole + 8, state, end));
      f = f64x2.add(f, last<T>(row, whole + 10, state, end));
      g = f64x2.add(g, last<T>(row, whole + 12, state, end));
      h = f64x2.add(h, last<T>(row, whole + 14, state, end));
    }
    a = f64x2.add(f64x2.add(a, e), f64x2.add(c, g));
    b = f64x2.add(f64x2.add(b, f), f64x2.add(d, h));
    a = f64x2.add(a, b);
    store<f64>(out + (i << 3), f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1));
  }
}

export function productsFloat32(rows: usize, stride: usize, state: usize, sites: i32, out: usize): void {
  products<f32>(rows, stride, state, sites, out);
}
export function productsFloat64(rows: usize, stride: usize, state: usize, sites: i32, out: usize): void {
  products<f64>(rows, stride, state, sites, out);
}

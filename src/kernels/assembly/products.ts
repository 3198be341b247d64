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

const SUMS = memory.data(128, 16);

/** Adds the sixteen sums by halves. */
// @ts-ignore: decorator
@inline
function fold(): f64 {
  for (let half: usize = 64; half >= 8; half >>= 1) {
    for (let l: usize = 0; l < half; l += 8) store<f64>(SUMS + l, load<f64>(SUMS + l) + load<f64>(SUMS + l + half));
  }
  return load<f64>(SUMS);
}

/** Row sums of numbers of type T, sixteen partial sums a row. */
// @ts-ignore: decorator
@inline
function products<T>(rows: usize, stride: usize, state: usize, sites: i32, out: usize): void {
  const whole = <usize>sites & ~15;
  for (let i: usize = 0; i < <usize>sites; i++) {
    const row = rows + i * stride * sizeof<T>();
    for (let l: usize = 0; l < 128; l += 16) {
      // One pair of sums after the other, each along the row.
      let sum = f64x2.splat(0);
      for (let j: usize = l >> 3; j < whole; j += 16) {
        const pair = sizeof<T>() == 4
          ? f64x2.promote_low_f32x4(v128.load64_zero(row + (j << 2)))
          : v128.load(row + (j << 3));
        sum = f64x2.add(sum, f64x2.mul(pair, spins(state + j)));
      }
      v128.store(SUMS + l, sum);
    }
    for (let j = whole; j < <usize>sites; j++) {
      const at = SUMS + ((j & 15) << 3);
      store<f64>(at, load<f64>(at) + <f64>load<T>(row + j * sizeof<T>()) * <f64>load<i8>(state + j));
    }
    store<f64>(out + (i << 3), fold());
  }
}

export function productsFloat32(rows: usize, stride: usize, state: usize, sites: i32, out: usize): void {
  products<f32>(rows, stride, state, sites, out);
}
export function productsFloat64(rows: usize, stride: usize, state: usize, sites: i32, out: usize): void {
  products<f64>(rows, stride, state, sites, out);
}

// A row of couplings added to sums, and sums that decay: ../row/add-row.ts.

export function addRowInt8(y: usize, row: usize, count: i32, factor: i32): void {
  const whole = count & ~15;
  const factors = i16x8.splat(<i16>factor);
  const end = row + <usize>whole;
  for (; row < end; row += 16, y += 32) {
    const r = v128.load(row);
    const low = i16x8.mul(factors, i16x8.extend_low_i8x16_s(r));
    const high = i16x8.mul(factors, i16x8.extend_high_i8x16_s(r));
    v128.store(y, i16x8.add(v128.load(y), low));
    v128.store(y, i16x8.add(v128.load(y, 16), high), 16);
  }
  for (let j = whole; j < count; j++, row++, y += 2) {
    store<i16>(y, <i16>(<i32>load<i16>(y) + factor * <i32>load<i8>(row)));
  }
}

export function addRowInt16(y: usize, row: usize, count: i32, factor: i32): void {
  const whole = count & ~7;
  const factors = i32x4.splat(factor);
  const end = row + (<usize>whole << 1);
  for (; row < end; row += 16, y += 32) {
    const r = v128.load(row);
    const low = i32x4.mul(factors, i32x4.extend_low_i16x8_s(r));
    const high = i32x4.mul(factors, i32x4.extend_high_i16x8_s(r));
    v128.store(y, i32x4.add(v128.load(y), low));
    v128.store(y, i32x4.add(v128.load(y, 16), high), 16);
  }
  for (let j = whole; j < count; j++, row += 2, y += 4) {
    store<i32>(y, load<i32>(y) + factor * <i32>load<i16>(row));
  }
}

export function addRowFloat32(y: usize, row: usize, count: i32, factor: f64): void {
  const whole = count & ~3;
  const factors = f64x2.splat(factor);
  const end = row + (<usize>whole << 2);
  for (; row < end; row += 16, y += 32) {
    const low = f64x2.promote_low_f32x4(v128.load64_zero(row));
    const high = f64x2.promote_low_f32x4(v128.load64_zero(row, 8));
    v128.store(y, f64x2.add(v128.load(y), f64x2.mul(factors, low)));
    v128.store(y, f64x2.add(v128.load(y, 16), f64x2.mul(factors, high)), 16);
  }
  for (let j = whole; j < count; j++, row += 4, y += 8) {
    store<f64>(y, load<f64>(y) + factor * <f64>load<f32>(row));
  }
}

export function addRowFloat64(y: usize, row: usize, count: i32, factor: f64): void {
  const whole = count & ~3;
  const factors = f64x2.splat(factor);
  const end = row + (<usize>whole << 3);
  for (; row < end; row += 32, y += 32) {
    v128.store(y, f64x2.add(v128.load(y), f64x2.mul(factors, v128.load(row))));
    v128.store(y, f64x2.add(v128.load(y, 16), f64x2.mul(factors, v128.load(row, 16))), 16);
  }
  for (let j = whole; j < count; j++, row += 8, y += 8) {
    store<f64>(y, load<f64>(y) + factor * load<f64>(row));
  }
}

export function scaleRow64(y: usize, count: i32, factor: f64): void {
  const whole = count & ~1;
  const factors = f64x2.splat(factor);
  for (const end = y + (<usize>whole << 3); y < end; y += 16) {
    v128.store(y, f64x2.mul(v128.load(y), factors));
  }
  if (whole < count) store<f64>(y, load<f64>(y) * factor);
}

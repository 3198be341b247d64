// Models of couplings for the loops of attempts: see DENSE and SPARSE in ../spin/flip-layout.ts.
import { FlipSlots, runFlips } from './flips';

@unmanaged
class DenseSlots {
  unit: f64;
  flips: f64;
  mostFlips: f64;
  columns: f64;
  stride: f64;
  fields: f64;
}

/** Flips spin i and returns twice its new value. */
// @ts-ignore: decorator
@inline
function turn(r: FlipSlots, i: usize): i32 {
  const at = <usize>r.state + i;
  const spin = -<i32>load<i8>(at);
  store<i8>(at, spin);
  return 2 * spin;
}

/** int8 columns, int16 fields. */
@unmanaged
class DenseInt8 extends DenseSlots {
  @inline raw2(i: usize): v128 {
    return f64x2.convert_low_i32x4_s(i32x4.extend_low_i16x8_s(v128.load32_zero(<usize>this.fields + (i << 1))));
  }
  @inline raw(i: usize): f64 {
    return <f64>load<i16>(<usize>this.fields + (i << 1));
  }
  @inline flip(i: usize, r: FlipSlots): void {
    const twice = i16x8.splat(<i16>turn(r, i));
    const stride = <usize>this.stride;
    let column = <usize>this.columns + i * stride;
    let field = <usize>this.fields;
    const end = column + stride;
    for (; column < end; column += 16, field += 32) {
      const j = v128.load(column);
      v128.store(field, i16x8.add(v128.load(field), i16x8.mul(i16x8.extend_low_i8x16_s(j), twice)));
      v128.store(field, i16x8.add(v128.load(field, 16), i16x8.mul(i16x8.extend_high_i8x16_s(j), twice)), 16);
    }
  }
}

/** int16 columns, int32 fields. */
@unmanaged
class DenseInt16 extends DenseSlots {
  @inline raw2(i: usize): v128 {
    return f64x2.convert_low_i32x4_s(v128.load64_zero(<usize>this.fields + (i << 2)));
  }
  @inline raw(i: usize): f64 {
    return <f64>load<i32>(<usize>this.fields + (i << 2));
  }
  @inline flip(i: usize, r: FlipSlots): void {
    const twice = i32x4.splat(turn(r, i));
    const stride = <usize>this.stride << 1;
    let column = <usize>this.columns + i * stride;
    let field = <usize>this.fields;
    const end = column + stride;
    for (; column < end; column += 16, field += 32) {
      const j = v128.load(column);
      v128.store(field, i32x4.add(v128.load(field), i32x4.mul(i32x4.extend_low_i16x8_s(j), twice)));
      v128.store(field, i32x4.add(v128.load(field, 16), i32x4.mul(i32x4.extend_high_i16x8_s(j), twice)), 16);
    }
  }
}

/** float32 columns, float64 fields. */
@unmanaged
class DenseFloat32 extends DenseSlots {
  @inline raw2(i: usize): v128 {
    return v128.load(<usize>this.fields + (i << 3));
  }
  @inline raw(i: usize): f64 {
    return load<f64>(<usize>this.fields + (i << 3));
  }
  @inline flip(i: usize, r: FlipSlots): void {
    const twice = f64x2.splat(<f64>turn(r, i));
    const stride = <usize>this.stride << 2;
    let column = <usize>this.columns + i * stride;
    let field = <usize>this.fields;
    const end = column + stride;
    for (; column < end; column += 16, field += 32) {
      const j = v128.load(column);
      const low = f64x2.promote_low_f32x4(j);
      const high = f64x2.promote_low_f32x4(v128.shuffle<i64>(j, j, 1, 1));
      v128.store(field, f64x2.add(v128.load(field), f64x2.mul(low, twice)));
      v128.store(field, f64x2.add(v128.load(field, 16), f64x2.mul(high, twice)), 16);
    }
  }
}

/** float64 columns and fields. */
@unmanaged
class DenseFloat64 extends DenseSlots {
  @inline raw2(i: usize): v128 {
    return v128.load(<usize>this.fields + (i << 3));
  }
  @inline raw(i: usize): f64 {
    return load<f64>(<usize>this.fields + (i << 3));
  }
  @inline flip(i: usize, r: FlipSlots): void {
    const one = <f64>turn(r, i);
    const twice = f64x2.splat(one);
    const bytes = <usize>r.sites << 3;
    let column = <usize>this.columns + i * (<usize>this.stride << 3);
    let field = <usize>this.fields;
    const end = column + bytes;
    for (; column + 16 <= end; column += 16, field += 16) {
      v128.store(field, f64x2.add(v128.load(field), f64x2.mul(v128.load(column), twice)));
    }
    if (column < end) store<f64>(field, load<f64>(field) + load<f64>(column) * one);
  }
}

@unmanaged
class Sparse {
  unit: f64;
  flips: f64;
  mostFlips: f64;
  starts: f64;
  neighbours: f64;
  couplings: f64;
  fields: f64;

  @inline raw2(i: usize): v128 {
    return v128.load(<usize>this.fields + (i << 3));
  }
  @inline raw(i: usize): f64 {
    return load<f64>(<usize>this.fields + (i << 3));
  }
  @inline flip(i: usize, r: FlipSlots): void {
    const twice = <f64>turn(r, i);
    const starts = <usize>this.starts + (i << 2);
    const neighbours = <usize>this.neighbours;
    const couplings = <usize>this.couplings;
    const fields = <usize>this.fields;
    const end = <usize>load<i32>(starts, 4);
    for (let k = <usize>load<i32>(starts); k < end; k++) {
      const at = fields + (<usize>load<i32>(neighbours + (k << 2)) << 3);
      store<f64>(at, load<f64>(at) + twice * load<f64>(couplings + (k << 3)));
    }
  }
}

export function flipsInt8(record: usize, model: usize): void {
  runFlips<DenseInt8>(record, changetype<DenseInt8>(model));
}
export function flipsInt16(record: usize, model: usize): void {
  runFlips<DenseInt16>(record, changetype<DenseInt16>(model));
}
export function flipsFloat32(record: usize, model: usize): void {
  runFlips<DenseFloat32>(record, changetype<DenseFloat32>(model));
}
export function flipsFloat64(record: usize, model: usize): void {
  runFlips<DenseFloat64>(record, changetype<DenseFloat64>(model));
}
export function flipsSparse(record: usize, model: usize): void {
  runFlips<Sparse>(record, changetype<Sparse>(model));
}

// Logarithms and thresholds of attempts, the same operations in the same order as in ../spin/flip-draws.ts.

/** Constants in memory: V8 makes those of vectors anew in every turn of a loop. */
const C = memory.data<f32>([
  0.6931471805599453, 0.6931471805599453, 0.6931471805599453, 0.6931471805599453,
  0.111111111111111, 0.111111111111111, 0.111111111111111, 0.111111111111111,
  0.142857142857143, 0.142857142857143, 0.142857142857143, 0.142857142857143,
  0.2, 0.2, 0.2, 0.2,
  0.333333333333333, 0.333333333333333, 0.333333333333333, 0.333333333333333,
], 16);

/** −ln x for positive normal x: see minusLog. */
// @ts-ignore: decorator
@inline
export function minusLog(x: v128): v128 {
  const one = f32x4.splat(1);
  const offset = i32x4.splat(0x3f3504f3);
  const bits = i32x4.sub(x, offset);
  const e = f32x4.convert_i32x4_s(i32x4.shr_s(bits, 23));
  const m = i32x4.add(v128.and(bits, i32x4.splat(0x7fffff)), offset);
  const s = f32x4.div(f32x4.sub(m, one), f32x4.add(m, one));
  const z = f32x4.mul(s, s);
  let p = f32x4.add(f32x4.mul(z, v128.load(C, 16)), v128.load(C, 32));
  p = f32x4.add(f32x4.mul(p, z), v128.load(C, 48));
  p = f32x4.add(f32x4.mul(p, z), v128.load(C, 64));
  p = f32x4.add(f32x4.mul(p, z), one);
  return f32x4.neg(
    f32x4.add(f32x4.mul(e, v128.load(C)), f32x4.mul(f32x4.add(s, s), p)),
  );
}

/** Four thresholds of Metropolis' rule. */
// @ts-ignore: decorator
@inline
export function metropolisThresholds(words: v128): v128 {
  const a = f32x4.add(f32x4.convert_i32x4_s(i32x4.shr_u(words, 1)), f32x4.splat(0.5));
  const x = minusLog(f32x4.mul(a, f32x4.splat(4.656612873077393e-10)));
  return f32x4.pmax(x, f32x4.splat(8.673617379884035e-19));
}
/** Four thresholds of Glauber's rule. */
// @ts-ignore: decorator
@inline
export function glauberThresholds(words: v128): v128 {
  const k = i32x4.shr_u(words, 1);
  const half = f32x4.splat(0.5);
  const a = f32x4.add(f32x4.convert_i32x4_s(k), half);
  const b = f32x4.add(f32x4.convert_i32x4_s(i32x4.sub(i32x4.splat(0x7fffffff), k)), half);
  return minusLog(f32x4.div(a, b));
}

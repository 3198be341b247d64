// What the machine gives at most: the yardstick of `relaxd bench`. See ../peak/peak.ts.

// @ts-ignore: decorator
@inline
function step(x: v128, a: v128, b: v128): v128 {
  if (RELAXED) return f32x4.relaxed_madd(x, a, b);
  return f32x4.add(f32x4.mul(x, a), b);
}

/** Ten independent chains x ← x·a + b of four numbers each; answers with the operations that were done. */
export function peakFma(out: usize, rounds: i32): f64 {
  const a = v128.load(out);
  const b = v128.load(out, 16);
  let x0 = v128.load(out, 32);
  let x1 = x0;
  let x2 = x0;
  let x3 = x0;
  let x4 = x0;
  let x5 = x0;
  let x6 = x0;
  let x7 = x0;
  let x8 = x0;
  let x9 = x0;
  for (let k = 0; k < rounds; k++) {
    x0 = step(x0, a, b);
    x1 = step(x1, a, b);
    x2 = step(x2, a, b);
    x3 = step(x3, a, b);
    x4 = step(x4, a, b);
    x5 = step(x5, a, b);
    x6 = step(x6, a, b);
    x7 = step(x7, a, b);
    x8 = step(x8, a, b);
    x9 = step(x9, a, b);
  }
  x0 = f32x4.add(f32x4.add(f32x4.add(x0, x1), f32x4.add(x2, x3)), f32x4.add(x4, x5));
  x0 = f32x4.add(x0, f32x4.add(f32x4.add(x6, x7), f32x4.add(x8, x9)));
  v128.store(out, x0, 64);
  return <f64>rounds * 80;
}

/** Sum modulo 2³² of n words, n a multiple of 32. */
export function peakRead(words: usize, n: i32): i32 {
  let s0 = i32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let s4 = s0;
  let s5 = s0;
  let s6 = s0;
  let s7 = s0;
  const end = words + (<usize>n << 2);
  for (let p = words; p < end; p += 128) {
    s0 = i32x4.add(s0, v128.load(p));
    s1 = i32x4.add(s1, v128.load(p, 16));
    s2 = i32x4.add(s2, v128.load(p, 32));
    s3 = i32x4.add(s3, v128.load(p, 48));
    s4 = i32x4.add(s4, v128.load(p, 64));
    s5 = i32x4.add(s5, v128.load(p, 80));
    s6 = i32x4.add(s6, v128.load(p, 96));
    s7 = i32x4.add(s7, v128.load(p, 112));
  }
  s0 = i32x4.add(i32x4.add(i32x4.add(s0, s1), i32x4.add(s2, s3)), i32x4.add(i32x4.add(s4, s5), i32x4.add(s6, s7)));
  return (
    i32x4.extract_lane(s0, 0) +
    i32x4.extract_lane(s0, 1) +
    i32x4.extract_lane(s0, 2) +
    i32x4.extract_lane(s0, 3)
  );
}

// 16 lanes of xoshiro128+ (Blackman & Vigna): state u32[64] = s0[16] s1[16] s2[16] s3[16]. See ../random.

/** Draws 4 lanes, lane group at byte offset g = 0, 16, 32, 48 of each word's row, and moves them on. */
// @ts-ignore: decorator
@inline
export function drawLanes(state: usize, g: usize): v128 {
  const p = state + g;
  let s0 = v128.load(p);
  let s1 = v128.load(p, 64);
  let s2 = v128.load(p, 128);
  let s3 = v128.load(p, 192);
  const result = i32x4.add(s0, s3);
  const t = i32x4.shl(s1, 9);
  s2 = v128.xor(s2, s0);
  s3 = v128.xor(s3, s1);
  s1 = v128.xor(s1, s2);
  s0 = v128.xor(s0, s3);
  s2 = v128.xor(s2, t);
  s3 = v128.or(i32x4.shl(s3, 11), i32x4.shr_u(s3, 21));
  v128.store(p, s0);
  v128.store(p, s1, 64);
  v128.store(p, s2, 128);
  v128.store(p, s3, 192);
  return result;
}

/** u = k·2⁻²⁴, k the upper 24 bits. */
export function fillUniform(state: usize, out: usize, n: i32): void {
  const scale = f32x4.splat(5.9604644775390625e-8);
  for (let i = 0; i < n; i += 16) {
    for (let g: usize = 0; g < 64; g += 16) {
      const bits = i32x4.shr_u(drawLanes(state, g), 8);
      v128.store(out + (<usize>i << 2) + g, f32x4.mul(f32x4.convert_i32x4_s(bits), scale));
    }
  }
}

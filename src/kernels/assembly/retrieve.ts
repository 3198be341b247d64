// Zero-temperature retrieval: ../spin/retrieve.ts.
//
// Scratch, in this order: G i16[stride], parity i16[stride] (−1 where F is odd, or ties go to +1), bits of the state
// u8[stride/8 … stride], tables u8[64 a group] (16 low bytes, 16 high bytes), two logs u32[logSize] of the sites that went to
// +1 and to −1, places u32[2 a block].

/** Bytes of a table by numbers below 16. */
// @ts-ignore: decorator
@inline
function lookUp(table: v128, index: v128): v128 {
  if (RELAXED) return i8x16.relaxed_swizzle(table, index);
  return i8x16.swizzle(table, index);
}

/** Fields of a state from its overlaps: see HopfieldNetwork. */
function startFields(
  sites: i32, stride: usize, bits: usize, codes: usize, memories: i32, state: usize, plus: i32,
  fields: usize, parity: usize, stateBits: usize, tables: usize,
): void {
  const bitBytes = stride >> 3;
  for (let i: usize = 0; i < stride; i += 16) {
    store<u16>(stateBits + (i >> 3), <u16>i8x16.bitmask(v128.load(state + i)));
  }
  const groups = (memories + 3) >> 2;
  for (let q = 0; q < groups; q++) {
    let x0 = 0, x1 = 0, x2 = 0, x3 = 0;
    for (let k = 0; k < 4; k++) {
      const mu = 4 * q + k;
      let x = 0;
      if (mu < memories) {
        const row = bits + <usize>mu * bitBytes;
        // Rows are multiples of 8 bytes. Sixty-four at a time: the machine counts those in one instruction, but not bytes.
        let wrong: u64 = 0;
        for (let b: usize = 0; b < bitBytes; b += 8) {
          wrong += popcnt(load<u64>(row + b) ^ load<u64>(stateBits + b));
        }
        x = sites - 2 * <i32>wrong;
      }
      if (k == 0) x0 = x;
      else if (k == 1) x1 = x;
      else if (k == 2) x2 = x;
      else x3 = x;
    }
    const table = tables + (<usize>q << 6);
    for (let code = 0; code < 16; code++) {
      const sum = (code & 1 ? -x0 : x0) + (code & 2 ? -x1 : x1) + (code & 4 ? -x2 : x2) + (code & 8 ? -x3 : x3);
      store<u8>(table + code, <u8>sum);
      store<u8>(table + code, <u8>(sum >> 8), 16);
    }
  }
  const all = i16x8.splat(<i16>memories);
  const one = i16x8.splat(1);
  const ties = plus != 0 ? i16x8.splat(-1) : i16x8.splat(0);
  for (let i: usize = 0; i < stride; i += 16) {
    const s = v128.load(state + i);
    let a = i16x8.neg(i16x8.mul(i16x8.extend_low_i8x16_s(s), all));
    let b = i16x8.neg(i16x8.mul(i16x8.extend_high_i8x16_s(s), all));
    let code = codes + i;
    for (let q = 0; q < groups; q++, code += stride) {
      const table = tables + (<usize>q << 6);
      const index = v128.load(code);
      const low = lookUp(v128.load(table), index);
      const high = lookUp(v128.load(table, 16), index);
      a = i16x8.add(a, v128.shuffle<i8>(low, high, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
      b = i16x8.add(b, v128.shuffle<i8>(low, high, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31));
    }
    v128.store(fields + (i << 1), i16x8.shr_s(a, 1));
    v128.store(fields + (i << 1), i16x8.shr_s(b, 1), 16);
    v128.store(parity + (i << 1), v128.or(ties, i16x8.neg(v128.and(a, one))));
    v128.store(parity + (i << 1), v128.or(ties, i16x8.neg(v128.and(b, one))), 16);
  }
  for (let i = <usize>sites; i < stride; i++) store<i16>(fields + (i << 1), 0);
}

/** Adds (or subtracts) rows of a log to the fields of 64 columns. */
// @ts-ignore: decorator
@inline
function follow(at: usize, log: usize, mask: u32, from: u32, to: u32, column: usize, stride: usize, up: bool, pairs: i32): void {
  let a = v128.load(at);
  let b = v128.load(at, 16);
  let c = v128.load(at, 32);
  let d = v128.load(at, 48);
  let e = v128.load(at, 64);
  let f = v128.load(at, 80);
  let g = v128.load(at, 96);
  let h = v128.load(at, 112);
  let k = from;
  if (pairs != 0) {
    for (; <i32>(to - k) >= 2; k += 2) {
      const row = column + <usize>load<u32>(log + (<usize>(k & mask) << 2)) * stride;
      const other = column + <usize>load<u32>(log + (<usize>((k + 1) & mask) << 2)) * stride;
      const p = i8x16.add(v128.load(row), v128.load(other));
      const q = i8x16.add(v128.load(row, 16), v128.load(other, 16));
      const r = i8x16.add(v128.load(row, 32), v128.load(other, 32));
      const s = i8x16.add(v128.load(row, 48), v128.load(other, 48));
      if (up) {
        a = i16x8.add(a, i16x8.extend_low_i8x16_s(p));
        b = i16x8.add(b, i16x8.extend_high_i8x16_s(p));
        c = i16x8.add(c, i16x8.extend_low_i8x16_s(q));
        d = i16x8.add(d, i16x8.extend_high_i8x16_s(q));
        e = i16x8.add(e, i16x8.extend_low_i8x16_s(r));
        f = i16x8.add(f, i16x8.extend_high_i8x16_s(r));
        g = i16x8.add(g, i16x8.extend_low_i8x16_s(s));
        h = i16x8.add(h, i16x8.extend_high_i8x16_s(s));
      } else {
        a = i16x8.sub(a, i16x8.extend_low_i8x16_s(p));
        b = i16x8.sub(b, i16x8.extend_high_i8x16_s(p));
        c = i16x8.sub(c, i16x8.extend_low_i8x16_s(q));
        d = i16x8.sub(d, i16x8.extend_high_i8x16_s(q));
        e = i16x8.sub(e, i16x8.extend_low_i8x16_s(r));
        f = i16x8.sub(f, i16x8.extend_high_i8x16_s(r));
        g = i16x8.sub(g, i16x8.extend_low_i8x16_s(s));
        h = i16x8.sub(h, i16x8.extend_high_i8x16_s(s));
      }
    }
  }
  for (; k != to; k++) {
    const row = column + <usize>load<u32>(log + (<usize>(k & mask) << 2)) * stride;
    if (up) {
      a = i16x8.add(a, v128.load8x8_s(row));
      b = i16x8.add(b, v128.load8x8_s(row, 8));
      c = i16x8.add(c, v128.load8x8_s(row, 16));
      d = i16x8.add(d, v128.load8x8_s(row, 24));
      e = i16x8.add(e, v128.load8x8_s(row, 32));
      f = i16x8.add(f, v128.load8x8_s(row, 40));
      g = i16x8.add(g, v128.load8x8_s(row, 48));
      h = i16x8.add(h, v128.load8x8_s(row, 56));
    } else {
      a = i16x8.sub(a, v128.load8x8_s(row));
      b = i16x8.sub(b, v128.load8x8_s(row, 8));
      c = i16x8.sub(c, v128.load8x8_s(row, 16));
      d = i16x8.sub(d, v128.load8x8_s(row, 24));
      e = i16x8.sub(e, v128.load8x8_s(row, 32));
      f = i16x8.sub(f, v128.load8x8_s(row, 40));
      g = i16x8.sub(g, v128.load8x8_s(row, 48));
      h = i16x8.sub(h, v128.load8x8_s(row, 56));
    }
  }
  v128.store(at, a);
  v128.store(at, b, 16);
  v128.store(at, c, 32);
  v128.store(at, d, 48);
  v128.store(at, e, 64);
  v128.store(at, f, 80);
  v128.store(at, g, 96);
  v128.store(at, h, 112);
}

/** Bits of sixteen sites that are unstable: s = −1 and F > 0 (or F = 0 where ties go up), s = +1 and F < 0. */
// @ts-ignore: decorator
@inline
function unstable(state: usize, fields: usize, parity: usize): i32 {
  const zero = i16x8.splat(0);
  const s = v128.load(state);
  const f = v128.load(fields);
  const g = v128.load(fields, 16);
  const rising = i8x16.narrow_i16x8_s(i16x8.gt_s(f, v128.load(parity)), i16x8.gt_s(g, v128.load(parity, 16)));
  const falling = i8x16.narrow_i16x8_s(i16x8.lt_s(f, zero), i16x8.lt_s(g, zero));
  return i8x16.bitmask(v128.bitselect(rising, falling, i8x16.lt_s(s, i8x16.splat(0))));
}

export function retrieve(
  couplings: usize, sites: i32, stride: usize, bits: usize, codes: usize, memories: i32, states: usize,
  cues: i32, plus: i32, mostSweeps: i32, scratch: usize, logSize: u32, sweeps: usize, pairs: i32,
): void {
  const fields = scratch;
  const parity = fields + 2 * stride;
  const stateBits = parity + 2 * stride;
  const tables = stateBits + stride;
  const up = tables + (<usize>((memories + 3) >> 2) << 6);
  const down = up + (<usize>logSize << 2);
  const places = down + (<usize>logSize << 2);
  const mask = logSize - 1;
  const end = (<usize>sites + 63) & ~63;
  for (let cue = 0; cue < cues; cue++) {
    const state = states + <usize>cue * stride;
    startFields(sites, stride, bits, codes, memories, state, plus, fields, parity, stateBits, tables);
    for (let b: usize = 0; b < end; b += 64) store<u64>(places + (b >> 3), 0);
    let ups: u32 = 0;
    let downs: u32 = 0;
    let sweep = 0;
    let before: u32 = 1;
    while (before != ups + downs && sweep < mostSweeps) {
      before = ups + downs;
      sweep++;
      for (let block: usize = 0; block < end; block += 64) {
        const at = fields + (block << 1);
        const place = places + (block >> 3);
        const column = couplings + block;
        if (load<u32>(place) != ups) follow(at, up, mask, load<u32>(place), ups, column, stride, true, pairs);
        if (load<u32>(place, 4) != downs) follow(at, down, mask, load<u32>(place, 4), downs, column, stride, false, pairs);
        for (let g = block; g < block + 64; g += 16) {
          let flipping = unstable(state + g, fields + (g << 1), parity + (g << 1));
          while (flipping != 0) {
            const k = ctz(flipping);
            const i = g + <usize>k;
            const row = column + i * stride;
            // Up or down is as good as drawn: no branch. A row's sign is turned by (x ^ −1) + 1.
            const spin = <i32>load<i8>(state + i);
            const falling: u32 = <u32>((spin + 1) >> 1);
            store<i8>(state + i, <i8>(-spin));
            const turn = i16x8.splat(<i16>(-<i32>falling));
            const logged = (ups & (falling - 1)) | (downs & (0 - falling));
            store<u32>(up + <usize>((falling * logSize + (logged & mask)) << 2), <u32>i);
            ups += 1 - falling;
            downs += falling;
            for (let v: usize = 0; v < 64; v += 16) {
              const p = at + (v << 1);
              const x = i16x8.sub(v128.xor(v128.load8x8_s(row + v), turn), turn);
              const y = i16x8.sub(v128.xor(v128.load8x8_s(row + v, 8), turn), turn);
              v128.store(p, i16x8.add(v128.load(p), x));
              v128.store(p, i16x8.add(v128.load(p, 16), y), 16);
            }
            flipping = unstable(state + g, fields + (g << 1), parity + (g << 1)) & (0xfffe << k) & 0xffff;
          }
        }
        store<u32>(place, ups);
        store<u32>(place, downs, 4);
      }
    }
    store<i32>(sweeps + (<usize>cue << 2), sweep);
  }
}

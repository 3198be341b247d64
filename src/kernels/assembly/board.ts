// Boards with imperfections, sixteen shots side by side: see ../board/board-columns.ts for the words of the block and
// ../board/board-reference.ts for the steps. Offsets in the block are 4 × the words' numbers.
import { add, hyperbolicTangent, mul, mulAdd, product, ROW, scaled, spanColumns, sparseProduct, widen, word } from './columns';

const BENT: u32 = 1;
const ACCOUNT: u32 = 2;
const EACH: u32 = 4;
/** Bytes of a node's coefficients. */
const HEUN: usize = 17 * ROW;
const EULER: usize = 3 * ROW;

/** One board while a call works on it; there is one. */
let b: usize = 0;
let bytes: usize = 0; // of [n][16]
let poles: usize = 0;
let x: usize = 0;
let w: usize = 0; // 0: not there; so r
let r: usize = 0;
let values: usize = 0;
let sum: usize = 0;
let received: usize = 0;
let x0: usize = 0;
let coupled0: usize = 0;
let flicker0: usize = 0;
let input: usize = 0;
let u0: usize = 0;
let rest: usize = 0;
let noise: usize = 0;
let coupling: f64 = 0;
let rail: f64 = 0;
let range: f64 = 0;
let flags: u32 = 0;

function open(block: usize): void {
  b = block;
  spanColumns(word(b, 33));
  bytes = word(b, 0) * ROW;
  flags = <u32>word(b, 2);
  poles = word(b, 3);
  x = word(b, 12);
  const part = (<i32>word(b, 4)) < 0 ? <usize>0 : x + word(b, 4) * ROW;
  w = part;
  r = (<i32>word(b, 5)) < 0 ? <usize>0 : x + word(b, 5) * ROW;
  values = x + word(b, 6) * ROW;
  sum = word(b, 13);
  received = word(b, 14);
  x0 = word(b, 27);
  coupled0 = x0 + bytes;
  flicker0 = coupled0 + bytes;
  input = flicker0 + bytes;
  u0 = input + bytes;
  rest = u0 + bytes;
  noise = word(b, 29);
  const numbers = word(b, 28);
  coupling = load<f64>(numbers);
  rail = load<f64>(numbers, 8);
  range = load<f64>(numbers, 16);
}

function receive(): void {
  const n = word(b, 0);
  const held = word(b, 15);
  let from = x;
  if (range > 0) {
    from = input;
    const inverse = f64x2.splat(1 / range);
    for (let e: usize = 0; e < bytes; e += 16) {
      v128.store(input + e, scaled(range, hyperbolicTangent(mul(v128.load(x + e), inverse))));
    }
  }
  if (word(b, 10) == 0) {
    product(word(b, 9), n, n, from, held, received, false);
    return;
  }
  sparseProduct(word(b, 9), word(b, 10), word(b, 11), n, from, received);
  for (let e: usize = 0; e < bytes; e += 16) {
    v128.store(received + e, add(v128.load(received + e), v128.load(held + e)));
  }
}

function wells(): void {
  const bend = word(b, 17);
  const one = f64x2.splat(1);
  for (let e: usize = 0; e < bytes; e += 16) {
    const v = v128.load(x + e);
    const square = add(one, mul(mul(v128.load(bend + e), v), v));
    v128.store(x + e, f64x2.div(v, f64x2.sqrt(square)));
  }
}

function sumUp(): void {
  for (let e: usize = 0; e < bytes; e += 16) {
    let s = f64x2.splat(0);
    let p = values + e;
    for (let k: usize = 0; k < poles; k++) {
      s = add(s, v128.load(p));
      p += bytes;
    }
    v128.store(sum + e, s);
  }
}

function flicker(): void {
  const clock = word(b, 8);
  const step = load<i32>(clock) + 1;
  store<i32>(clock, step);
  const strides = word(b, 19);
  const decay = word(b, 20);
  const spread = word(b, 21);
  let moved = false;
  for (let k: usize = 0; k < poles; k++) {
    if (step % load<i32>(strides + (k << 2)) != 0) continue;
    moved = true;
    const v = values + k * bytes;
    const d = v128.load64_splat(decay + (k << 3));
    const s = v128.load64_splat(spread + (k << 3));
    for (let e: usize = 0; e < bytes; e += 16) {
      v128.store(v + e, add(mul(d, v128.load(v + e)), mul(s, widen(noise + (e >> 1)))));
    }
    noise += bytes >> 1;
  }
  if (moved) sumUp();
}

// @ts-ignore: decorator
@inline
function coupled(e: usize): v128 {
  return w != 0 ? v128.load(w + e) : scaled(coupling, v128.load(received + e));
}

function depart(holdsFlicker: bool): void {
  for (let e: usize = 0; e < bytes; e += 16) {
    v128.store(x0 + e, v128.load(x + e));
    v128.store(coupled0 + e, coupled(e));
    if (!holdsFlicker) v128.store(flicker0 + e, v128.load(sum + e));
  }
}

function reflect(): void {
  const most = f64x2.splat(rail);
  const sign = f64x2.splat(-0.0);
  const zero = f64x2.splat(0);
  for (let e: usize = 0; e < bytes; e += 16) {
    const v = v128.load(x + e);
    const size = f64x2.abs(v);
    const inside = f64x2.max(f64x2.sub(most, f64x2.sub(size, most)), zero);
    const turned = v128.or(inside, v128.and(v, sign));
    v128.store(x + e, v128.bitselect(turned, v, f64x2.gt(size, most)));
  }
}

function arrive(holdsFlicker: bool): void {
  const quadratic = word(b, 22);
  const quartic = word(b, 23);
  const coldness = word(b, 24);
  const siteBath = word(b, 25);
  const totals = word(b, 26);
  const sources = word(b, 16);
  const baths = word(b, 7);
  const n = word(b, 0);
  const before = holdsFlicker ? sum : flicker0;
  const half = f64x2.splat(0.5);
  for (let g: usize = 0; g < ROW; g += 16) {
    let total = f64x2.splat(0);
    let flickerWork = total;
    let entropy = total;
    for (let i: usize = 0; i < n; i++) {
      const e = i * ROW + g;
      const from = v128.load(x0 + e);
      const to = v128.load(x + e);
      const moved = f64x2.sub(to, from);
      const squares = add(mul(from, from), mul(to, to));
      const force = add(v128.load(quadratic + e), mul(v128.load64_splat(quartic + (i << 3)), squares));
      const own = mul(
        moved,
        f64x2.sub(mul(add(from, to), force), v128.load64_splat(sources + (i << 3))),
      );
      const fed = mul(mul(half, add(v128.load(before + e), v128.load(sum + e))), moved);
      const given = mul(mul(half, add(v128.load(coupled0 + e), coupled(e))), moved);
      const heat = f64x2.sub(add(given, fed), own);
      total = add(total, heat);
      flickerWork = add(flickerWork, fed);
      entropy = add(entropy, mul(heat, v128.load(coldness + e)));
      if (baths > 0) {
        const bath = totals + ROW * (3 + <usize>load<i32>(siteBath + (i << 2))) + g;
        v128.store(bath, add(v128.load(bath), heat));
      }
    }
    const at = totals + g;
    v128.store(at, add(v128.load(at), total));
    v128.store(at, add(v128.load(at, 128), flickerWork), 128);
    v128.store(at, add(v128.load(at, 256), entropy), 256);
  }
}

function finish(holdsFlicker: bool): void {
  if (rail > 0) reflect();
  receive();
  if (flags & ACCOUNT) arrive(holdsFlicker);
}

export function boardHeun(block: usize, steps: i32): void {
  open(block);
  const table = word(b, 18);
  const sources = word(b, 16);
  for (let step = 0; step < steps; step++) {
    if (flags & ACCOUNT) depart(true);
    flicker();
    if (flags & BENT) {
      wells();
      receive();
    }
    const own = noise + (bytes >> 1);
    for (let e: usize = 0; e < bytes; e += 16) {
      const i = e / ROW;
      const q = table + HEUN * i + (e & (ROW - 1));
      const u = scaled(coupling, v128.load(received + e));
      const f = add(v128.load64_splat(sources + (i << 3)), v128.load(sum + e));
      const v = v128.load(x + e);
      const xi = widen(noise + (e >> 1));
      let next = mul(v128.load(q), v);
      next = mulAdd(v128.load(q, 2 * ROW), u, next);
      next = mulAdd(v128.load(q, 3 * ROW), f, next);
      next = mulAdd(v128.load(q, 5 * ROW), xi, next);
      let z = f64x2.splat(0);
      if (w != 0) {
        z = v128.load(w + e);
        next = mulAdd(v128.load(q, ROW), z, next);
        v128.store(w + e, mulAdd(v128.load(q, 6 * ROW), z, mul(v128.load(q, 7 * ROW), u)));
      }
      if (r != 0) {
        let shown = mul(v128.load(q, 9 * ROW), v);
        shown = mulAdd(v128.load(q, 11 * ROW), v128.load(r + e), shown);
        shown = mulAdd(v128.load(q, 12 * ROW), u, shown);
        shown = mulAdd(v128.load(q, 13 * ROW), f, shown);
        shown = mulAdd(v128.load(q, 15 * ROW), xi, shown);
        shown = mulAdd(v128.load(q, 16 * ROW), widen(own + (e >> 1)), shown);
        if (w != 0) shown = mulAdd(v128.load(q, 10 * ROW), z, shown);
        v128.store(r + e, shown);
      }
      v128.store(x + e, next);
      v128.store(u0 + e, u);
    }
    noise += r != 0 ? bytes : bytes >> 1;
    receive();
    for (let e: usize = 0; e < bytes; e += 16) {
      const q = table + HEUN * (e / ROW) + (e & (ROW - 1));
      const rise = f64x2.sub(scaled(coupling, v128.load(received + e)), v128.load(u0 + e));
      v128.store(x + e, mulAdd(v128.load(q, 4 * ROW), rise, v128.load(x + e)));
      if (w != 0) v128.store(w + e, mulAdd(v128.load(q, 8 * ROW), rise, v128.load(w + e)));
      if (r != 0) v128.store(r + e, mulAdd(v128.load(q, 14 * ROW), rise, v128.load(r + e)));
    }
    if (flags & BENT) wells();
    finish(true);
  }
}

export function boardDense(block: usize, steps: i32): void {
  open(block);
  const size = word(b, 1);
  const all = size * ROW;
  const propagator = word(b, 31);
  const factor = word(b, 32);
  const pushed = word(b, 30);
  const wide = rest;
  const next = wide + all;
  for (let step = 0; step < steps; step++) {
    if (flags & ACCOUNT) depart(false);
    if (flags & BENT) wells();
    for (let e: usize = 0; e < all; e += 16) v128.store(wide + e, widen(noise + (e >> 1)));
    noise += all >> 1;
    if (flags & EACH) {
      for (let i: usize = 0; i < size; i++) {
        for (let g: usize = 0; g < ROW; g += 16) {
          let v = v128.load(pushed + i * ROW + g);
          for (let j: usize = 0; j < size; j++) {
            const at = (i * size + j) * ROW + g;
            v = mulAdd(v128.load(propagator + at), v128.load(x + j * ROW + g), v);
            if (j <= i) v = mulAdd(v128.load(factor + at), v128.load(wide + j * ROW + g), v);
          }
          v128.store(next + i * ROW + g, v);
        }
      }
    } else {
      product(propagator, size, size, x, pushed, next, false);
      product(factor, size, size, wide, next, next, true);
    }
    memory.copy(x, next, all);
    if (flags & BENT) wells();
    if (poles > 0) sumUp();
    finish(false);
  }
}

export function boardEuler(block: usize, steps: i32): i32 {
  open(block);
  const table = word(b, 18);
  const sources = word(b, 16);
  const quartic = word(b, 23);
  const numbers = word(b, 28);
  const n = word(b, 0);
  const live = word(b, 33);
  const h = load<f64>(numbers, 24);
  const wKept = f64x2.splat(load<f64>(numbers, 32));
  const rKept = f64x2.splat(load<f64>(numbers, 40));
  const stiffest = load<f64>(numbers, 48);
  for (let step = 0; step < steps; step++) {
    for (let i: usize = 0; i < n; i++) {
      const most = 4 * load<f64>(quartic + (i << 3)) * h;
      for (let c: usize = 0; c < live; c++) {
        const v = load<f64>(x + i * ROW + (c << 3));
        if (most * load<f64>(table + i * EULER + (c << 3)) * v * v > stiffest) {
          return <i32>(16 * <u32>i + <u32>c);
        }
      }
    }
    if (flags & ACCOUNT) depart(true);
    flicker();
    for (let e: usize = 0; e < bytes; e += 16) {
      const i = e / ROW;
      const q = table + EULER * i + (e & (ROW - 1));
      const v = v128.load(x + e);
      const u = scaled(coupling, v128.load(received + e));
      const z = w == 0 ? u : v128.load(w + e);
      const well = add(
        scaled(2, v128.load(q, 2 * ROW)),
        mul(scaled(4 * load<f64>(quartic + (i << 3)), v), v),
      );
      const given = add(add(v128.load64_splat(sources + (i << 3)), v128.load(sum + e)), z);
      const force = f64x2.sub(given, mul(well, v));
      const moved = mul(scaled(h, v128.load(q)), force);
      const shaken = mul(v128.load(q, ROW), widen(noise + (e >> 1)));
      v128.store(x + e, add(v, add(moved, shaken)));
      if (w != 0) v128.store(w + e, add(u, mul(f64x2.sub(z, u), wKept)));
      if (r != 0) v128.store(r + e, add(v, mul(f64x2.sub(v128.load(r + e), v), rKept)));
    }
    noise += bytes >> 1;
    finish(true);
  }
  return -1;
}

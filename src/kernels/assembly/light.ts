// Vector spins in a cavity's light, sixteen shots side by side: see ../light/light-columns.ts for the words of the block and
// ../light/light-reference.ts for the steps. Offsets in the block are 4 × the words' numbers.
import { add, hyperbolicTangent, mul, mulAdd, product, ROW, scaled, sineCosine, spanColumns, sub, widen, word } from './columns';

const LAGS: u32 = 1;
const APART: u32 = 2;
const FIELDS: u32 = 4;
const MIDDLE: u32 = 8;
const NOISE: u32 = 16;

/** What a call works on. */
let b: usize = 0;
let n: usize = 0;
let modes: usize = 0;
let flags: u32 = 0;
let bytes: usize = 0; // of [n][16]
let x: usize = 0;
let y: usize = 0;
let z: usize = 0;
let direct: usize = 0;
let lagged: usize = 0;
let shake: usize = 0;
let along: usize = 0;
let mixed: usize = 0;
let wide: usize = 0;
let p: usize = 0;
let matrix: usize = 0;
let positive: usize = 0;
let coupling: usize = 0;
let numbers: usize = 0;
let controls: usize = 0;
let noise: usize = 0;
let totals: usize = 0;
let terms: usize = 0;
let field: usize = 0;

function open(block: usize): void {
  b = block;
  spanColumns(word(b, 17));
  n = word(b, 0);
  modes = word(b, 1);
  flags = <u32>word(b, 2);
  bytes = n * ROW;
  x = word(b, 3);
  y = x + bytes;
  z = y + bytes;
  matrix = word(b, 4);
  positive = word(b, 5);
  coupling = word(b, 6);
  numbers = word(b, 9);
  controls = word(b, 10);
  field = word(b, 11);
  noise = word(b, 12);
  direct = word(b, 14);
  lagged = direct + bytes;
  shake = lagged + bytes;
  along = shake + bytes;
  mixed = along + bytes;
  wide = mixed + bytes;
  p = wide + 2 * modes * ROW;
  totals = word(b, 15);
  terms = word(b, 16);
}

// @ts-ignore: decorator
@inline
function number(at: usize): f64 {
  return load<f64>(numbers + (at << 3));
}

function gather(pump: f64): void {
  for (let e: usize = 0; e < bytes; e += 16) {
    const still = sub(v128.load(shake + e), v128.load64_splat(field + ((e >> 7) << 3)));
    v128.store(along + e, sub(still, scaled(pump, v128.load(along + e))));
  }
}

function fieldOf(fx: usize, fy: usize, pump: f64): void {
  if (!(flags & LAGS)) product(matrix, n, n, fx, 0, along, false);
  else {
    const apart = (flags & APART) != 0;
    const delay = f64x2.splat(number(2));
    for (let e: usize = 0; e < bytes; e += 16) {
      const lag = mul(delay, v128.load(fy + e));
      v128.store(mixed + e, apart ? lag : add(v128.load(fx + e), lag));
    }
    if (apart) {
      product(matrix, n, n, fx, 0, along, false);
      product(positive, n, n, mixed, along, along, false);
    } else product(matrix, n, n, mixed, 0, along, false);
  }
  gather(pump);
}

function drawShake(pump: f64): void {
  if (!(flags & NOISE)) return;
  const width = f64x2.splat(sqrt<f64>((number(3) * pump) / number(0)));
  for (let e: usize = 0; e < modes * ROW; e += 16) {
    v128.store(wide + e, mul(width, widen(noise + (e >> 1))));
  }
  product(coupling, n, modes, wide, 0, shake, false);
  noise += ((modes + (modes & 1)) * ROW) >> 1;
}

function aboutZ(): void {
  const cos = f64x2.splat(number(4));
  const sin = f64x2.splat(number(5));
  const pull = number(6);
  const pulls = f64x2.splat(pull);
  const narrow = f64x2.splat(number(7));
  const one = f64x2.splat(1);
  for (let e: usize = 0; e < bytes; e += 16) {
    let a = v128.load(x + e);
    let c = v128.load(y + e);
    if (pull != 0) {
      const up = v128.load(z + e);
      const shrink = f64x2.div(one, sub(one, mul(up, pulls)));
      const across = mul(narrow, shrink);
      a = mul(a, across);
      c = mul(c, across);
      v128.store(z + e, mul(sub(up, pulls), shrink));
    }
    v128.store(x + e, sub(mul(a, cos), mul(c, sin)));
    v128.store(y + e, add(mul(a, sin), mul(c, cos)));
  }
}

function aboutX(h: f64, to: usize): void {
  const damping = number(1);
  const one = f64x2.splat(1);
  for (let e: usize = 0; e < bytes; e += 16) {
    const angle = scaled(h, v128.load(along + e));
    const sin = sineCosine(angle, true);
    const cos = sineCosine(angle, false);
    let a = v128.load(x + e);
    let c = v128.load(y + e);
    let d = v128.load(z + e);
    if (damping != 0) {
      const pull = hyperbolicTangent(scaled(damping, angle));
      const shrink = f64x2.div(one, sub(one, mul(a, pull)));
      const across = mul(f64x2.sqrt(sub(one, mul(pull, pull))), shrink);
      a = mul(sub(a, pull), shrink);
      c = mul(c, across);
      d = mul(d, across);
    }
    v128.store(to + e, a);
    v128.store(to + bytes + e, sub(mul(c, cos), mul(d, sin)));
    v128.store(to + 2 * bytes + e, add(mul(c, sin), mul(d, cos)));
  }
}

function takeTerms(): void {
  for (let g: usize = 0; g < ROW; g += 16) {
    let t = f64x2.splat(0);
    let s = t;
    for (let e = g; e < bytes; e += ROW) {
      t = mulAdd(v128.load(x + e), v128.load(direct + e), t);
      s = add(s, v128.load(z + e));
    }
    v128.store(terms + g, scaled(-0.5, t));
    v128.store(terms + g, s, 128);
  }
}

function before(k: i32): void {
  const now = load<f64>(controls + ((<usize>k + 1) << 3));
  const change = now - load<f64>(controls + (<usize>k << 3));
  const old = field;
  if (flags & FIELDS) field += n << 3;
  for (let g: usize = 0; g < ROW; g += 16) {
    const term = v128.load(terms + g);
    let work = scaled(change, term);
    v128.store(totals + g, add(v128.load(totals + g, 256), work), 256);
    let fed = f64x2.splat(0);
    for (let i: usize = 0; i < n; i++) {
      const v = v128.load(x + i * ROW + g);
      const h = v128.load64_splat(field + (i << 3));
      if (old != field) work = sub(work, mul(sub(h, v128.load64_splat(old + (i << 3))), v));
      fed = add(fed, mul(h, v));
    }
    v128.store(totals + g, add(v128.load(totals + g), work));
    v128.store(terms + g, sub(add(scaled(now, term), v128.load(terms + g, 128)), fed), 256);
  }
}

function after(k: i32): void {
  const now = load<f64>(controls + ((<usize>k + 1) << 3));
  for (let g: usize = 0; g < ROW; g += 16) {
    let fed = f64x2.splat(0);
    for (let i: usize = 0; i < n; i++) {
      fed = add(fed, mul(v128.load64_splat(field + (i << 3)), v128.load(x + i * ROW + g)));
    }
    const energy = sub(add(scaled(now, v128.load(terms + g)), v128.load(terms + g, 128)), fed);
    const heat = sub(v128.load(terms + g, 256), energy);
    v128.store(totals + g, add(v128.load(totals + g, 128), heat), 128);
  }
}

function eliminatedTerms(): void {
  product(matrix, n, n, x, 0, direct, false);
  if (flags & LAGS) product(positive, n, n, y, 0, lagged, false);
  takeTerms();
}

export function lightHeun(block: usize, steps: i32): void {
  open(block);
  const dt = f64x2.splat(number(0));
  const half = f64x2.splat(0.5 * number(0));
  const alpha = f64x2.splat(number(1));
  const delay = f64x2.splat(number(2));
  const one = f64x2.splat(1);
  const q = p + bytes;
  const r = q + bytes;
  const u = r + bytes;
  const v = u + bytes;
  const w = v + bytes;
  eliminatedTerms();
  for (let k = 0; k < steps; k++) {
    before(k);
    const pump = load<f64>(controls + ((<usize>k + 1) << 3));
    drawShake(pump);
    for (let e: usize = 0; e < bytes; e += 16) {
      const sx = v128.load(x + e);
      const sy = v128.load(y + e);
      const sz = v128.load(z + e);
      let light = v128.load(direct + e);
      if (flags & LAGS) light = mulAdd(delay, v128.load(lagged + e), light);
      const still = sub(v128.load(shake + e), v128.load64_splat(field + ((e >> 7) << 3)));
      const f = sub(still, scaled(pump, light));
      const toward = add(mul(sx, f), sz);
      const dx = sub(mul(alpha, sub(mul(sx, toward), f)), sy);
      const dy = add(sub(sx, mul(f, sz)), mul(mul(alpha, sy), toward));
      const dz = add(mul(f, sy), mul(alpha, sub(mul(sz, toward), one)));
      v128.store(p + e, dx);
      v128.store(q + e, dy);
      v128.store(r + e, dz);
      v128.store(u + e, add(sx, mul(dt, dx)));
      v128.store(v + e, add(sy, mul(dt, dy)));
      v128.store(w + e, add(sz, mul(dt, dz)));
    }
    fieldOf(u, v, pump);
    for (let e: usize = 0; e < bytes; e += 16) {
      const tx = v128.load(u + e);
      const ty = v128.load(v + e);
      const tz = v128.load(w + e);
      const f = v128.load(along + e);
      const toward = add(mul(tx, f), tz);
      const dx = add(sub(v128.load(p + e), ty), mul(alpha, sub(mul(tx, toward), f)));
      const dy = add(
        sub(add(v128.load(q + e), tx), mul(f, tz)),
        mul(mul(alpha, ty), toward),
      );
      const dz = add(add(v128.load(r + e), mul(f, ty)), mul(alpha, sub(mul(tz, toward), one)));
      const ex = add(v128.load(x + e), mul(half, dx));
      const ey = add(v128.load(y + e), mul(half, dy));
      const ez = add(v128.load(z + e), mul(half, dz));
      const square = add(add(mul(ex, ex), mul(ey, ey)), mul(ez, ez));
      const scale = f64x2.div(one, f64x2.sqrt(square));
      v128.store(x + e, mul(scale, ex));
      v128.store(y + e, mul(scale, ey));
      v128.store(z + e, mul(scale, ez));
    }
    eliminatedTerms();
    after(k);
  }
}

export function lightStrang(block: usize, steps: i32): void {
  open(block);
  const dt = number(0);
  const u = p + 3 * bytes;
  product(matrix, n, n, x, 0, direct, false);
  takeTerms();
  for (let k = 0; k < steps; k++) {
    before(k);
    const pump = load<f64>(controls + ((<usize>k + 1) << 3));
    drawShake(pump);
    aboutZ();
    fieldOf(x, y, pump);
    if (flags & MIDDLE) {
      aboutX(0.5 * dt, u);
      fieldOf(u, u + bytes, pump);
    }
    aboutX(dt, x);
    aboutZ();
    product(matrix, n, n, x, 0, direct, false);
    takeTerms();
    after(k);
  }
}

function wignerTerms(real: usize, imaginary: usize): void {
  product(word(b, 7), modes, n, x, 0, wide, false);
  const strengths = word(b, 8);
  for (let g: usize = 0; g < ROW; g += 16) {
    let t = f64x2.splat(0);
    let quanta = f64x2.splat(-0.5 * <f64>(<u32>modes));
    let up = f64x2.splat(0);
    for (let a: usize = 0; a < modes; a++) {
      const e = a * ROW + g;
      const re = v128.load(real + e);
      const im = v128.load(imaginary + e);
      t = add(t, mul(mul(v128.load64_splat(strengths + (a << 3)), re), v128.load(wide + e)));
      quanta = add(quanta, add(mul(re, re), mul(im, im)));
    }
    for (let e = g; e < bytes; e += ROW) up = add(up, v128.load(z + e));
    v128.store(terms + g, scaled(2, t));
    v128.store(terms + g, add(up, scaled(number(14), quanta)), 128);
  }
}

export function lightWigner(block: usize, steps: i32): void {
  open(block);
  const real = word(b, 13);
  const imaginary = real + modes * ROW;
  const projection = word(b, 7);
  const strengths = word(b, 8);
  const half = 0.5 * number(0);
  const turnReal = f64x2.splat(number(8));
  const turnImaginary = f64x2.splat(number(9));
  const pushReal = f64x2.splat(number(10));
  const pushImaginary = f64x2.splat(number(11));
  const width = f64x2.splat(number(12));
  wignerTerms(real, imaginary);
  for (let k = 0; k < steps; k++) {
    before(k);
    const rootPump = load<f64>(controls + ((<usize>k + 1) << 3));
    aboutZ();
    product(coupling, n, modes, real, 0, along, false);
    gather(-rootPump);
    aboutX(half, x);
    product(projection, modes, n, x, 0, wide, false);
    for (let a: usize = 0; a < modes; a++) {
      const scale = f64x2.splat(rootPump * number(13) * load<f64>(strengths + (a << 3)));
      for (let g: usize = 0; g < ROW; g += 16) {
        const e = a * ROW + g;
        const force = mul(scale, v128.load(wide + e));
        const re = v128.load(real + e);
        const im = v128.load(imaginary + e);
        const own = noise + a * ROW + (g >> 1);
        const turned = sub(mul(turnReal, re), mul(turnImaginary, im));
        const other = add(mul(turnReal, im), mul(turnImaginary, re));
        v128.store(real + e, add(add(turned, mul(force, pushImaginary)), mul(width, widen(own))));
        v128.store(
          imaginary + e,
          add(sub(other, mul(force, pushReal)), mul(width, widen(own + (ROW >> 1)))),
        );
      }
    }
    noise += modes * ROW;
    product(coupling, n, modes, real, 0, along, false);
    gather(-rootPump);
    aboutX(half, x);
    aboutZ();
    wignerTerms(real, imaginary);
    after(k);
  }
}

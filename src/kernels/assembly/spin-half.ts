// Spins ½ under homodyne detection, sixteen shots side by side: see ../spin-half/spin-half-columns.ts for the words of the
// block and ../spin-half/spin-half-reference.ts for the steps. Offsets in the block are 4 × the words' numbers.
import { add, mul, mulAdd, ROW, scaled, span, spanColumns, sub, widen, word } from './columns';

/** What a call works on. */
let b: usize = 0;
let n: usize = 0;
let modes: usize = 0;
let pairs: usize = 0;
let size: usize = 0;
let bytes: usize = 0; // of the real parts
let re: usize = 0;
let im: usize = 0;
let spare: usize = 0;
let driftReal: usize = 0;
let driftImaginary: usize = 0;
let magnetisation: usize = 0;
let interaction: usize = 0;
let bits: usize = 0;
let driftPairs: usize = 0;
let interactionPairs: usize = 0;
let modeRows: usize = 0;
let numbers: usize = 0;
let meanX: usize = 0;
let coherence: usize = 0;
let signal: usize = 0;
let kick: usize = 0;
let totals: usize = 0;
let terms: usize = 0;
let noise: usize = 0;
let field: usize = 0;

function open(block: usize): void {
  b = block;
  spanColumns(word(b, 20));
  n = word(b, 0);
  modes = word(b, 1);
  pairs = word(b, 2);
  size = (<usize>1) << n;
  bytes = size * ROW;
  re = word(b, 4);
  im = re + bytes;
  spare = word(b, 5);
  driftReal = word(b, 6);
  driftImaginary = driftReal + (size << 3);
  magnetisation = word(b, 7);
  interaction = word(b, 8);
  bits = word(b, 9);
  driftPairs = word(b, 10);
  interactionPairs = word(b, 11);
  modeRows = word(b, 12);
  numbers = word(b, 13);
  field = word(b, 15);
  noise = word(b, 16);
  meanX = word(b, 17);
  coherence = meanX + n * ROW;
  signal = coherence + n * ROW;
  kick = signal + modes * ROW;
  totals = word(b, 18);
  terms = word(b, 19);
}

// @ts-ignore: decorator
@inline
function number(at: usize): f64 {
  return load<f64>(numbers + (at << 3));
}

function norm(g: usize): v128 {
  let sum = f64x2.splat(0);
  for (let e = g; e < bytes; e += ROW) {
    const a = v128.load(re + e);
    const c = v128.load(im + e);
    sum = add(sum, add(mul(a, a), mul(c, c)));
  }
  return sum;
}

function normalise(): void {
  for (let g: usize = 0; g < span; g += 16) {
    const scale = f64x2.div(f64x2.splat(1), f64x2.sqrt(norm(g)));
    for (let e = g; e < bytes; e += ROW) {
      v128.store(re + e, mul(scale, v128.load(re + e)));
      v128.store(im + e, mul(scale, v128.load(im + e)));
    }
  }
}

function lowering(): void {
  for (let g: usize = 0; g < span; g += 16) {
    const share = f64x2.div(f64x2.splat(1), norm(g));
    for (let i: usize = 0; i < n; i++) {
      const bit = ROW << i;
      let real = f64x2.splat(0);
      let imaginary = real;
      for (let block = g; block < bytes; block += 2 * bit) {
        for (let d = block; d < block + bit; d += ROW) {
          const u = d + bit;
          const dr = v128.load(re + d);
          const di = v128.load(im + d);
          const ur = v128.load(re + u);
          const ui = v128.load(im + u);
          real = add(real, add(mul(dr, ur), mul(di, ui)));
          imaginary = add(imaginary, sub(mul(dr, ui), mul(di, ur)));
        }
      }
      v128.store(meanX + i * ROW + g, mul(share, real));
      v128.store(coherence + i * ROW + g, mul(share, imaginary));
    }
  }
}

function detect(h: f64, pump: f64): void {
  const lr = number(4);
  const li = number(5);
  const rr = number(6);
  const ri = number(7);
  const amplitude = sqrt<f64>(2 * number(1) * pump);
  const width = f64x2.splat(sqrt<f64>(h));
  const zero = f64x2.splat(0);
  lowering();
  for (let g: usize = 0; g < span; g += 16) {
    for (let m: usize = 0; m < modes; m++) v128.store(signal + m * ROW + g, zero);
    for (let i: usize = 0; i < n; i++) {
      const c = v128.load(meanX + i * ROW + g);
      const d = v128.load(coherence + i * ROW + g);
      const real = add(scaled(lr + rr, c), scaled(ri - li, d));
      const imaginary = add(scaled(li + ri, c), scaled(lr - rr, d));
      const inPhase = scaled(
        2 * amplitude,
        add(scaled(number(2), real), scaled(number(3), imaginary)),
      );
      for (let m: usize = 0; m < modes; m++) {
        const s = signal + m * ROW + g;
        const row = v128.load64_splat(modeRows + ((m * n + i) << 3));
        v128.store(s, add(v128.load(s), mul(row, inPhase)));
      }
      v128.store(kick + i * ROW + g, zero);
    }
    for (let m: usize = 0; m < modes; m++) {
      const own = mul(width, widen(noise + ((m * ROW + g) >> 1)));
      const dY = add(scaled(h, v128.load(signal + m * ROW + g)), own);
      for (let i: usize = 0; i < n; i++) {
        const k = kick + i * ROW + g;
        const row = v128.load64_splat(modeRows + ((m * n + i) << 3));
        v128.store(k, add(v128.load(k), mul(row, dY)));
      }
    }
  }
  noise += (modes * ROW) >> 1;
  if (amplitude == 0) return;
  for (let g: usize = 0; g < span; g += 16) {
    for (let i: usize = 0; i < n; i++) {
      const eta = scaled(amplitude, v128.load(kick + i * ROW + g));
      kickSpin(i, g, scaled(number(2), eta), scaled(-number(3), eta));
    }
  }
}

function kickSpin(site: usize, g: usize, a: v128, c: v128): void {
  const lr = number(4);
  const li = number(5);
  const rr = number(6);
  const ri = number(7);
  const pr = lr * rr - li * ri;
  const pi = lr * ri + li * rr;
  const one = f64x2.splat(1);
  const sr = sub(mul(a, a), mul(c, c));
  const si = scaled(2, mul(a, c));
  const wr = sub(scaled(pr, sr), scaled(pi, si));
  const wi = add(scaled(pi, sr), scaled(pr, si));
  let cr = one;
  let ci = f64x2.splat(0);
  let tr = one;
  let ti = ci;
  for (let k = 8; k >= 2; k -= 2) {
    const even = 1.0 / <f64>(k * (k - 1));
    const odd = 1.0 / <f64>(k * (k + 1));
    const next = add(one, scaled(even, sub(mul(wr, cr), mul(wi, ci))));
    ci = scaled(even, add(mul(wr, ci), mul(wi, cr)));
    cr = next;
    const other = add(one, scaled(odd, sub(mul(wr, tr), mul(wi, ti))));
    ti = scaled(odd, add(mul(wr, ti), mul(wi, tr)));
    tr = other;
  }
  const er = sub(mul(a, tr), mul(c, ti));
  const ei = add(mul(a, ti), mul(c, tr));
  const lowerReal = sub(scaled(lr, er), scaled(li, ei));
  const lowerImaginary = add(scaled(li, er), scaled(lr, ei));
  const raiseReal = sub(scaled(rr, er), scaled(ri, ei));
  const raiseImaginary = add(scaled(ri, er), scaled(rr, ei));
  const bit = ROW << site;
  for (let block = g; block < bytes; block += 2 * bit) {
    for (let d = block; d < block + bit; d += ROW) {
      const u = d + bit;
      const dr = v128.load(re + d);
      const di = v128.load(im + d);
      const ur = v128.load(re + u);
      const ui = v128.load(im + u);
      const kept = sub(mul(cr, dr), mul(ci, di));
      const keptToo = add(mul(cr, di), mul(ci, dr));
      const up = sub(mul(cr, ur), mul(ci, ui));
      const upToo = add(mul(cr, ui), mul(ci, ur));
      v128.store(re + d, add(kept, sub(mul(lowerReal, ur), mul(lowerImaginary, ui))));
      v128.store(im + d, add(keptToo, add(mul(lowerReal, ui), mul(lowerImaginary, ur))));
      v128.store(re + u, add(up, sub(mul(raiseReal, dr), mul(raiseImaginary, di))));
      v128.store(im + u, add(upToo, add(mul(raiseReal, di), mul(raiseImaginary, dr))));
    }
  }
}

/** out ← share·K in, ket ← ket + out; four columns */
function generate(from: usize, out: usize, share: f64, pump: f64, g: usize): void {
  const a = from;
  const c = from + bytes;
  const zero = f64x2.splat(0);
  for (let s: usize = 0; s < size; s++) {
    const e = s * ROW + g;
    const x0 = v128.load(a + e);
    const x1 = v128.load(a + e, 16);
    const y0 = v128.load(c + e);
    const y1 = v128.load(c + e, 16);
    let pr0 = zero, pr1 = zero, pi0 = zero, pi1 = zero;
    if (pump > 0) {
      const dr = v128.load64_splat(driftReal + (s << 3));
      const di = v128.load64_splat(driftImaginary + (s << 3));
      pr0 = sub(mul(dr, x0), mul(di, y0));
      pr1 = sub(mul(dr, x1), mul(di, y1));
      pi0 = add(mul(dr, y0), mul(di, x0));
      pi1 = add(mul(dr, y1), mul(di, x1));
      for (let k: usize = 0; k < pairs; k++) {
        const low = <usize>load<u32>(bits + (k << 3));
        const high = <usize>load<u32>(bits + (k << 3), 4);
        const first = (s & low) != 0;
        const second = (s & high) != 0;
        const q = driftPairs + 48 * k + (first != second ? 32 : first ? 0 : 16);
        const t = (s ^ low ^ high) * ROW + g;
        const qr = v128.load64_splat(q);
        const qi = v128.load64_splat(q + 8);
        const minus = f64x2.neg(qi);
        const u0 = v128.load(a + t);
        const u1 = v128.load(a + t, 16);
        const v0 = v128.load(c + t);
        const v1 = v128.load(c + t, 16);
        pr0 = mulAdd(minus, v0, mulAdd(qr, u0, pr0));
        pr1 = mulAdd(minus, v1, mulAdd(qr, u1, pr1));
        pi0 = mulAdd(qi, u0, mulAdd(qr, v0, pi0));
        pi1 = mulAdd(qi, u1, mulAdd(qr, v1, pi1));
      }
    }
    const m = v128.load64_splat(magnetisation + (s << 3));
    const p = f64x2.splat(pump);
    let r0 = add(mul(p, pr0), mul(m, y0));
    let r1 = add(mul(p, pr1), mul(m, y1));
    let i0 = sub(mul(p, pi0), mul(m, x0));
    let i1 = sub(mul(p, pi1), mul(m, x1));
    for (let i: usize = 0; i < n; i++) {
      const h = 0.5 * load<f64>(field + (i << 3));
      if (h == 0) continue;
      const t = (s ^ ((<usize>1) << i)) * ROW + g;
      r0 = sub(r0, scaled(h, v128.load(c + t)));
      r1 = sub(r1, scaled(h, v128.load(c + t, 16)));
      i0 = add(i0, scaled(h, v128.load(a + t)));
      i1 = add(i1, scaled(h, v128.load(a + t, 16)));
    }
    v128.store(out + e, scaled(share, r0));
    v128.store(out + e, scaled(share, r1), 16);
    v128.store(out + bytes + e, scaled(share, i0));
    v128.store(out + bytes + e, scaled(share, i1), 16);
  }
  for (let e = g; e < 2 * bytes; e += ROW) {
    v128.store(re + e, add(v128.load(re + e), v128.load(out + e)));
    v128.store(re + e, add(v128.load(re + e, 16), v128.load(out + e, 16)), 16);
  }
}

function evolve(dt: f64, pump: f64): void {
  const first = spare;
  const second = spare + 2 * bytes;
  memory.copy(first, re, 2 * bytes);
  for (let g: usize = 0; g < span; g += 32) {
    generate(first, second, dt, pump, g);
    generate(second, first, dt / 2, pump, g);
    generate(first, second, dt / 3, pump, g);
    generate(second, first, dt / 4, pump, g);
  }
}

function takeTerms(): void {
  lowering();
  for (let g: usize = 0; g < span; g += 16) {
    let energy = f64x2.splat(0);
    let up = energy;
    for (let s: usize = 0; s < size; s++) {
      const a = v128.load(re + s * ROW + g);
      const c = v128.load(im + s * ROW + g);
      const weight = add(mul(a, a), mul(c, c));
      energy = add(energy, mul(v128.load64_splat(interaction + (s << 3)), weight));
      up = add(up, mul(v128.load64_splat(magnetisation + (s << 3)), weight));
    }
    for (let k: usize = 0; k < pairs; k++) {
      const low = <usize>load<u32>(bits + (k << 3)) * ROW;
      const high = <usize>load<u32>(bits + (k << 3), 4) * ROW;
      const q = interactionPairs + 24 * k;
      let cr = f64x2.splat(0);
      let ci = cr;
      let d = cr;
      for (let outer = g; outer < bytes; outer += 2 * high) {
        for (let inner = outer; inner < outer + high; inner += 2 * low) {
          for (let o = inner; o < inner + low; o += ROW) {
            const f = o + low;
            const h = o + high;
            const t = h + low;
            const or = v128.load(re + o);
            const oi = v128.load(im + o);
            const tr = v128.load(re + t);
            const ti = v128.load(im + t);
            cr = add(cr, add(mul(tr, or), mul(ti, oi)));
            ci = add(ci, sub(mul(tr, oi), mul(ti, or)));
            const mixed = mul(v128.load(re + f), v128.load(re + h));
            d = add(d, add(mixed, mul(v128.load(im + f), v128.load(im + h))));
          }
        }
      }
      energy = add(energy, mul(v128.load64_splat(q), cr));
      energy = add(energy, mul(v128.load64_splat(q + 8), ci));
      energy = add(energy, mul(v128.load64_splat(q + 16), d));
    }
    v128.store(terms + g, scaled(2, energy));
    v128.store(terms + g, scaled(2, up), 128);
  }
}

function energyAt(control: f64, g: usize): v128 {
  let sum = add(scaled(control, v128.load(terms + g)), v128.load(terms + g, 128));
  for (let i: usize = 0; i < n; i++) {
    sum = sub(sum, scaled(2 * load<f64>(field + (i << 3)), v128.load(meanX + i * ROW + g)));
  }
  return sum;
}

export function spinHalf(block: usize, steps: i32): void {
  open(block);
  const controls = word(b, 14);
  const dt = number(0);
  takeTerms();
  for (let k = 0; k < steps; k++) {
    const pump = load<f64>(controls + ((<usize>k + 1) << 3));
    const change = pump - load<f64>(controls + (<usize>k << 3));
    const old = field;
    if (word(b, 3) != 0) field += n << 3;
    for (let g: usize = 0; g < span; g += 16) {
      let work = scaled(change, v128.load(terms + g));
      v128.store(totals + g, add(v128.load(totals + g, 256), work), 256);
      for (let i: usize = 0; i < n && old != field; i++) {
        const moved = 2 * (load<f64>(field + (i << 3)) - load<f64>(old + (i << 3)));
        work = sub(work, scaled(moved, v128.load(meanX + i * ROW + g)));
      }
      v128.store(totals + g, add(v128.load(totals + g), work));
      v128.store(terms + g, energyAt(pump, g), 256);
    }
    detect(0.5 * dt, pump);
    evolve(dt, pump);
    detect(0.5 * dt, pump);
    normalise();
    takeTerms();
    for (let g: usize = 0; g < span; g += 16) {
      const heat = sub(v128.load(terms + g, 256), energyAt(pump, g));
      v128.store(totals + g, add(v128.load(totals + g, 128), heat), 128);
    }
  }
}

// Langevin steps of many replicas: groups of sixteen columns, a row a site. See ../langevin.
import { multiplyAdd, multiplyGroups } from './matrix';
import { normalAngle, normalCosine, normalRadius, normalSine } from './normal';
import { drawLanes } from './random';

const GROUP: usize = 16;
const LANE_BYTES: usize = 256;
/** Groups that go through their steps together. */
const BLOCK: i32 = 4;
const EULER: i32 = 0;
const LEIMKUHLER: i32 = 1;

// @ts-ignore: decorator
@inline
export function splatAt<T>(array: usize, i: i32): v128 {
  return v128.load_splat<T>(array + <usize>i * sizeof<T>());
}

/** y ← J x, J sparse in rows. */
function multiplySparse<T>(
  starts: usize,
  columns: usize,
  values: usize,
  x: usize,
  y: usize,
  n: i32,
  m: i32,
  groups: i32,
): void {
  const row = GROUP * sizeof<T>();
  for (let g = 0; g < groups; g++) {
    for (let i = 0; i < n; i++) {
      const from = load<i32>(starts + (<usize>i << 2));
      const to = load<i32>(starts + (<usize>i << 2), 4);
      for (let c: usize = 0; c < row; c += 16) {
        let sum = i64x2.splat(0);
        for (let k = from; k < to; k++) {
          const j = load<i32>(columns + (<usize>k << 2));
          sum = multiplyAdd<T>(splatAt<T>(values, k), v128.load(x + <usize>j * row + c), sum);
        }
        v128.store(y + c, sum);
      }
      y += row;
    }
    x += <usize>m * row;
  }
}

/** A circuit's addresses (../langevin/explicit-steps.ts) and numbers. */
@unmanaged
export class Circuit {
  panels: usize;
  starts: usize;
  columns: usize;
  values: usize;
  constant: usize;
  quadratic: usize;
  quartic: usize;
  amplitude: usize;
  columnForce: usize;
  earlier: usize;
  lanes: usize;
}

// @ts-ignore: decorator
@inline
export function product<T>(circuit: Circuit, z: usize, field: usize, n: i32, groups: i32): void {
  if (circuit.panels != 0) multiplyGroups<T>(circuit.panels, z, field, n, n, groups, <T>1, <T>0);
  else {
    multiplySparse<T>(circuit.starts, circuit.columns, circuit.values, z, field, n, n, groups);
  }
}

/** Whether 4 r x² h is above the limit in one of the first `count` columns. */
export function tooStiff<T>(circuit: Circuit, z: usize, n: i32, count: i32, h: T, limit: T): bool {
  if (!(limit < <T>1e30)) return false;
  const hh = v128.splat<T>(h);
  const bound = v128.splat<T>(limit);
  for (let c: i32 = 0; c < 16; c += <i32>(16 / sizeof<T>())) {
    let most = i64x2.splat(0);
    let at = z + <usize>c * sizeof<T>();
    for (let i = 0; i < n; i++) {
      const x = v128.load(at);
      const stiff = v128.mul<T>(v128.mul<T>(splatAt<T>(circuit.quartic, i), hh), v128.mul<T>(x, x));
      most = v128.or(most, v128.gt<T>(stiff, bound));
      at += GROUP * sizeof<T>();
    }
    const bits = sizeof<T>() == 4 ? i32x4.bitmask(most) : i64x2.bitmask(most);
    for (let lane: i32 = 0; lane < <i32>(16 / sizeof<T>()) && c + lane < count; lane++) {
      if ((bits >> lane) & 1) return true;
    }
  }
  return false;
}

/** −∂V at x in row i; `own` is the address of the columns' own force there, 0: none. */
// @ts-ignore: decorator
@inline
export function forceAt<T>(circuit: Circuit, i: i32, x: v128, field: v128, own: usize, c: v128): v128 {
  let out = multiplyAdd<T>(c, field, splatAt<T>(circuit.constant, i));
  if (own != 0) out = multiplyAdd<T>(c, v128.load(own), out);
  const well = multiplyAdd<T>(splatAt<T>(circuit.quartic, i), v128.mul<T>(x, x), splatAt<T>(circuit.quadratic, i));
  return v128.sub<T>(out, v128.mul<T>(well, x));
}

/** x ← x + F h + amplitude·noise for four columns of row i, noise of 32 bits. */
// @ts-ignore: decorator
@inline
function eulerRow<T>(
  circuit: Circuit,
  i: i32,
  z: usize,
  field: usize,
  own: usize,
  noise: v128,
  h: v128,
  c: v128,
): void {
  const amplitude = splatAt<T>(circuit.amplitude, i);
  if (sizeof<T>() == 4) {
    const x = v128.load(z);
    const moved = multiplyAdd<T>(h, forceAt<T>(circuit, i, x, v128.load(field), own, c), x);
    v128.store(z, multiplyAdd<T>(amplitude, noise, moved));
  } else {
    const x = v128.load(z);
    let moved = multiplyAdd<T>(h, forceAt<T>(circuit, i, x, v128.load(field), own, c), x);
    v128.store(z, multiplyAdd<T>(amplitude, f64x2.promote_low_f32x4(noise), moved));
    const y = v128.load(z, 16);
    const more = own == 0 ? <usize>0 : own + 16;
    moved = multiplyAdd<T>(h, forceAt<T>(circuit, i, y, v128.load(field, 16), more, c), y);
    v128.store(z, multiplyAdd<T>(amplitude, f64x2.promote_low_f32x4(upper(noise)), moved), 16);
  }
}
// @ts-ignore: decorator
@inline
export function upper(noise: v128): v128 {
  return v128.shuffle<i64>(noise, noise, 1, 1);
}

/** A step of Euler–Maruyama or, with the noise `before`, of Leimkuhler–Matthews, for one group. */
function euler<T>(
  circuit: Circuit,
  z: usize,
  field: usize,
  own: usize,
  lanes: usize,
  before: usize,
  n: i32,
  h: T,
  coupling: T,
): void {
  const hh = v128.splat<T>(h);
  const c = v128.splat<T>(coupling);
  const half = f32x4.splat(0.5);
  const row = GROUP * sizeof<T>();
  for (let i = 0; i < n; i += 2) {
    for (let g: usize = 0; g < 64; g += 16) {
      const radii = drawLanes(lanes, g);
      const angles = drawLanes(lanes, g);
      const radius = normalRadius(radii);
      const angle = normalAngle(angles);
      let first = f32x4.mul(radius, normalCosine(angle, angles));
      let second = f32x4.mul(radius, normalSine(angle));
      if (before != 0) {
        const at = before + ((<usize>i * GROUP) << 2) + g;
        const earlier = v128.load(at);
        v128.store(at, first);
        first = f32x4.mul(half, f32x4.add(earlier, first));
        if (i + 1 < n) {
          const next = v128.load(at, 64);
          v128.store(at, second, 64);
          second = f32x4.mul(half, f32x4.add(next, second));
        }
      }
      const at = <usize>i * row + g * (sizeof<T>() >> 2);
      eulerRow<T>(circuit, i, z + at, field + at, own == 0 ? 0 : own + at, first, hh, c);
      if (i + 1 < n) {
        const next = at + row;
        eulerRow<T>(circuit, i + 1, z + next, field + next, own == 0 ? 0 : own + next, second, hh, c);
      }
    }
  }
}

/** Kick of the noise, drift and predictor of Heun's scheme for 16 bytes of row i. */
// @ts-ignore: decorator
@inline
function predictPart<T>(circuit: Circuit, i: i32, at: usize, z: usize, field: usize, own: usize, predicted: usize, kick: usize, h: v128, c: v128): void {
  const x = v128.load(z + at);
  const drift = forceAt<T>(circuit, i, x, v128.load(field + at), own == 0 ? 0 : own + at, c);
  v128.store(field + at, drift);
  const jump = v128.mul<T>(splatAt<T>(circuit.amplitude, i), v128.load(kick + at));
  v128.store(kick + at, jump);
  v128.store(predicted + at, v128.add<T>(multiplyAdd<T>(h, drift, x), jump));
}

function predict<T>(circuit: Circuit, z: usize, field: usize, own: usize, lanes: usize, predicted: usize, kick: usize, n: i32, h: T, coupling: T): void {
  const hh = v128.splat<T>(h);
  const c = v128.splat<T>(coupling);
  noiseRows<T>(lanes, kick, n);
  const row = GROUP * sizeof<T>();
  for (let i = 0; i < n; i++) {
    for (let part: usize = 0; part < row; part += 16) {
      predictPart<T>(circuit, i, <usize>i * row + part, z, field, own, predicted, kick, hh, c);
    }
  }
}

function correct<T>(circuit: Circuit, z: usize, drift: usize, later: usize, own: usize, predicted: usize, kick: usize, n: i32, h: T, coupling: T): void {
  const half = v128.splat<T>(<T>0.5 * h);
  const c = v128.splat<T>(coupling);
  const row = GROUP * sizeof<T>();
  for (let i = 0; i < n; i++) {
    for (let part: usize = 0; part < row; part += 16) {
      const at = <usize>i * row + part;
      const second = forceAt<T>(circuit, i, v128.load(predicted + at), v128.load(later + at), own == 0 ? 0 : own + at, c);
      const mean = v128.add<T>(v128.load(drift + at), second);
      const moved = multiplyAdd<T>(half, mean, v128.load(z + at));
      v128.store(z + at, v128.add<T>(moved, v128.load(kick + at)));
    }
  }
}

/** n rows of sixteen standard normal numbers. */
function noiseRows<T>(lanes: usize, out: usize, n: i32): void {
  const row = GROUP * sizeof<T>();
  for (let i = 0; i < n; i += 2) {
    for (let g: usize = 0; g < 64; g += 16) {
      const radii = drawLanes(lanes, g);
      const angles = drawLanes(lanes, g);
      const radius = normalRadius(radii);
      const angle = normalAngle(angles);
      const at = out + <usize>i * row + g * (sizeof<T>() >> 2);
      putNoise<T>(at, f32x4.mul(radius, normalCosine(angle, angles)));
      if (i + 1 < n) putNoise<T>(at + row, f32x4.mul(radius, normalSine(angle)));
    }
  }
}
// @ts-ignore: decorator
@inline
function putNoise<T>(at: usize, noise: v128): void {
  if (sizeof<T>() == 4) {
    v128.store(at, noise);
  } else {
    v128.store(at, f64x2.promote_low_f32x4(noise));
    v128.store(at, f64x2.promote_low_f32x4(upper(noise)), 16);
  }
}

function explicitSteps<T>(
  address: usize,
  z: usize,
  work: usize,
  n: i32,
  groups: i32,
  columns: i32,
  h: T,
  coupling: T,
  limit: T,
  scheme: i32,
  steps: i32,
): i32 {
  const circuit = changetype<Circuit>(address);
  const size = <usize>n * GROUP * sizeof<T>();
  const whole = <usize>min(BLOCK, groups) * size;
  const field = work;
  const predicted = work + whole;
  const kick = predicted + whole;
  const later = kick + whole;
  for (let first = 0; first < groups; first += BLOCK) {
    const here = min(BLOCK, groups - first);
    const block = z + <usize>first * size;
    for (let s = 0; s < steps; s++) {
      for (let g = 0; g < here; g++) {
        if (tooStiff<T>(circuit, block + <usize>g * size, n, columns - (first + g) * 16, h, limit)) {
          return s * groups + first + g;
        }
      }
      product<T>(circuit, block, field, n, here);
      for (let g = 0; g < here; g++) {
        const at = <usize>g * size;
        const lanes = circuit.lanes + <usize>(first + g) * LANE_BYTES;
        const own = circuit.columnForce == 0 ? <usize>0 : circuit.columnForce + <usize>(first + g) * size;
        if (scheme <= LEIMKUHLER) {
          const before = scheme == EULER ? <usize>0 : circuit.earlier + ((<usize>(first + g) * <usize>n * GROUP) << 2);
          euler<T>(circuit, block + at, field + at, own, lanes, before, n, h, coupling);
        } else {
          predict<T>(circuit, block + at, field + at, own, lanes, predicted + at, kick + at, n, h, coupling);
        }
      }
      if (scheme <= LEIMKUHLER) continue;
      for (let g = 0; g < here; g++) {
        if (tooStiff<T>(circuit, predicted + <usize>g * size, n, columns - (first + g) * 16, h, limit)) {
          return s * groups + first + g;
        }
      }
      product<T>(circuit, predicted, later, n, here);
      for (let g = 0; g < here; g++) {
        const at = <usize>g * size;
        const own = circuit.columnForce == 0 ? <usize>0 : circuit.columnForce + <usize>(first + g) * size;
        correct<T>(circuit, block + at, field + at, later + at, own, predicted + at, kick + at, n, h, coupling);
      }
    }
  }
  return -1;
}

export function explicitSteps32(circuit: usize, z: usize, work: usize, n: i32, groups: i32, columns: i32, h: f32, coupling: f32, limit: f32, scheme: i32, steps: i32): i32 {
  return explicitSteps<f32>(circuit, z, work, n, groups, columns, h, coupling, limit, scheme, steps);
}
export function explicitSteps64(circuit: usize, z: usize, work: usize, n: i32, groups: i32, columns: i32, h: f64, coupling: f64, limit: f64, scheme: i32, steps: i32): i32 {
  return explicitSteps<f64>(circuit, z, work, n, groups, columns, h, coupling, limit, scheme, steps);
}
export function multiplySparse64(starts: usize, columns: usize, values: usize, x: usize, y: usize, n: i32, m: i32, groups: i32): void {
  multiplySparse<f64>(starts, columns, values, x, y, n, m, groups);
}
export function normalRows64(lanes: usize, out: usize, n: i32, groups: i32): void {
  for (let g = 0; g < groups; g++) {
    noiseRows<f64>(lanes + <usize>g * LANE_BYTES, out + <usize>g * <usize>n * 128, n);
  }
}

/** x ← decay·x / √(1 + bend·x²) */
export function flowRows64(z: usize, decay: usize, bend: usize, n: i32, groups: i32): void {
  const one = f64x2.splat(1);
  for (let g = 0; g < groups; g++) {
    for (let i = 0; i < n; i++) {
      const d = splatAt<f64>(decay, i);
      const b = splatAt<f64>(bend, i);
      for (let k = 0; k < 8; k++) {
        const x = v128.load(z);
        const root = f64x2.sqrt(f64x2.add(one, f64x2.mul(b, f64x2.mul(x, x))));
        v128.store(z, f64x2.div(f64x2.mul(d, x), root));
        z += 16;
      }
    }
  }
}

/** out ← decay·x + push + factor·response·own + spread·noise */
export function linearRows64(out: usize, x: usize, noise: usize, decay: usize, push: usize, spread: usize, response: usize, own: usize, factor: f64, n: i32, groups: i32): void {
  for (let g = 0; g < groups; g++) {
    for (let i = 0; i < n; i++) {
      const d = splatAt<f64>(decay, i);
      const p = splatAt<f64>(push, i);
      const s = splatAt<f64>(spread, i);
      const r = own == 0 ? d : f64x2.mul(f64x2.splat(factor), splatAt<f64>(response, i));
      for (let k = 0; k < 8; k++) {
        let sum = multiplyAdd<f64>(d, v128.load(x), p);
        if (own != 0) {
          sum = multiplyAdd<f64>(r, v128.load(own), sum);
          own += 16;
        }
        v128.store(out, multiplyAdd<f64>(s, v128.load(noise), sum));
        out += 16;
        x += 16;
        noise += 16;
      }
    }
  }
}

export function siteTerms64(z: usize, quadratic: usize, quartic: usize, fields: usize, patterns: usize, drives: i32, n: i32, groups: i32, out: usize): void {
  for (let g = 0; g < groups; g++) {
    for (let c: usize = 0; c < 128; c += 16) {
      let fixed = i64x2.splat(0);
      let second = i64x2.splat(0);
      let fourth = i64x2.splat(0);
      let at = z + c;
      for (let i = 0; i < n; i++) {
        const x = v128.load(at);
        const xx = f64x2.mul(x, x);
        const well = f64x2.add(splatAt<f64>(quadratic, i), f64x2.mul(splatAt<f64>(quartic, i), xx));
        fixed = f64x2.add(fixed, f64x2.sub(f64x2.mul(well, xx), f64x2.mul(splatAt<f64>(fields, i), x)));
        second = f64x2.add(second, xx);
        fourth = f64x2.add(fourth, f64x2.mul(xx, xx));
        at += 128;
      }
      v128.store(out + c, fixed);
      v128.store(out + c, second, 128);
      v128.store(out + c, fourth, 256);
      for (let k = 0; k < drives; k++) {
        const pattern = patterns + ((<usize>k * <usize>n) << 3);
        let sum = i64x2.splat(0);
        at = z + c;
        for (let i = 0; i < n; i++) {
          sum = f64x2.add(sum, f64x2.mul(splatAt<f64>(pattern, i), v128.load(at)));
          at += 128;
        }
        v128.store(out + <usize>(3 + k) * 128 + c, sum);
      }
    }
    z += <usize>n * 128;
    out += <usize>(3 + drives) * 128;
  }
}

export function pairTerm64(z: usize, field: usize, own: usize, n: i32, groups: i32, out: usize): void {
  const half = f64x2.splat(0.5);
  for (let g = 0; g < groups; g++) {
    for (let c: usize = 0; c < 128; c += 16) {
      let sum = i64x2.splat(0);
      for (let i = 0; i < n; i++) {
        const at = (<usize>i << 7) + c;
        let b = f64x2.mul(half, v128.load(field + at));
        if (own != 0) b = f64x2.add(b, v128.load(own + at));
        sum = f64x2.sub(sum, f64x2.mul(v128.load(z + at), b));
      }
      v128.store(out + c, sum);
    }
    const size = <usize>n << 7;
    z += size;
    field += size;
    if (own != 0) own += size;
    out += 128;
  }
}

export function siteHeats64(x: usize, y: usize, fieldX: usize, fieldY: usize, own: usize, constant: usize, quadratic: usize, quartic: usize, siteBath: usize, coupling: f64, n: i32, groups: i32, baths: i32, sums: usize): void {
  const half = f64x2.splat(0.5);
  const factor = f64x2.splat(coupling);
  let at: usize = 0;
  for (let g = 0; g < groups; g++) {
    for (let i = 0; i < n; i++) {
      const sum = sums + (<usize>load<i32>(siteBath + (<usize>i << 2)) << 7);
      const k = splatAt<f64>(constant, i);
      const q = splatAt<f64>(quadratic, i);
      const r = splatAt<f64>(quartic, i);
      for (let c: usize = 0; c < 128; c += 16) {
        const a = v128.load(x + at);
        const e = v128.load(y + at);
        let b = f64x2.mul(half, f64x2.add(v128.load(fieldX + at), v128.load(fieldY + at)));
        if (own != 0) b = f64x2.add(b, v128.load(own + at));
        const squares = f64x2.add(f64x2.mul(a, a), f64x2.mul(e, e));
        const local = f64x2.sub(f64x2.mul(f64x2.add(a, e), f64x2.add(q, f64x2.mul(r, squares))), k);
        const heat = f64x2.mul(f64x2.sub(a, e), f64x2.sub(f64x2.mul(factor, b), local));
        v128.store(sum + c, f64x2.add(v128.load(sum + c), heat));
        at += 16;
      }
    }
    sums += <usize>baths << 7;
  }
}

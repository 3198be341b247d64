// Steps of underdamped replicas: groups of sixteen columns, a row a site. See ../langevin/oscillator-steps.ts.
import { Circuit, forceAt, product, splatAt, tooStiff, upper } from './langevin';
import { multiplyAdd, multiplyGroups } from './matrix';
import { normalAngle, normalCosine, normalRadius, normalSine } from './normal';
import { drawLanes } from './random';

const ROW: usize = 128;
const LANE_BYTES: usize = 256;
/** Groups that go through their steps together. */
const BLOCK: i32 = 4;
const BAOAB: i32 = 0;

/** Addresses in the order of ../langevin/oscillator-steps.ts; the first are a circuit's. */
@unmanaged
class Oscillators extends Circuit {
  decay: usize;
  field: usize;
  work: usize;
  fromModes: usize;
  modes: i32;
}

function takeField(all: Oscillators, x: usize, field: usize, n: i32, groups: i32): void {
  if (all.fromModes == 0) product<f64>(all, x, field, n, groups);
  else {
    multiplyGroups<f64>(all.panels, x, all.work, all.modes, n, groups, 1, 0);
    multiplyGroups<f64>(all.fromModes, all.work, field, n, all.modes, groups, 1, 0);
  }
}

/** One or two half kicks, half a drift, friction and noise, half a drift, for two columns of row i. */
// @ts-ignore: decorator
@inline
function driftPart(all: Oscillators, i: i32, x: usize, v: usize, b: usize, own: usize, noise: v128, half: v128, c: v128, again: bool): void {
  const from = v128.load(x);
  const force = forceAt<f64>(all, i, from, v128.load(b), own, c);
  let kicked = multiplyAdd<f64>(half, force, v128.load(v));
  if (again) kicked = multiplyAdd<f64>(half, force, kicked);
  const jump = f64x2.mul(splatAt<f64>(all.amplitude, i), f64x2.promote_low_f32x4(noise));
  const turned = multiplyAdd<f64>(splatAt<f64>(all.decay, i), kicked, jump);
  v128.store(x, multiplyAdd<f64>(half, f64x2.add(kicked, turned), from));
  v128.store(v, turned);
}

/** x' = x + v h, v' = v + (F − γv) h + amplitude·noise for two columns of row i. */
// @ts-ignore: decorator
@inline
function eulerPart(all: Oscillators, i: i32, x: usize, v: usize, b: usize, own: usize, noise: v128, h: v128, c: v128): void {
  const from = v128.load(x);
  const fast = v128.load(v);
  const force = forceAt<f64>(all, i, from, v128.load(b), own, c);
  const slowed = f64x2.sub(force, f64x2.mul(splatAt<f64>(all.decay, i), fast));
  const moved = multiplyAdd<f64>(h, slowed, fast);
  v128.store(x, multiplyAdd<f64>(h, fast, from));
  v128.store(v, multiplyAdd<f64>(splatAt<f64>(all.amplitude, i), f64x2.promote_low_f32x4(noise), moved));
}

/** Four columns of row i, `at` bytes from the group's start. */
// @ts-ignore: decorator
@inline
function moveRow(all: Oscillators, scheme: i32, i: i32, at: usize, x: usize, v: usize, b: usize, own: usize, noise: v128, h: v128, half: v128, c: v128, again: bool): void {
  const next = at + 16;
  const here = own == 0 ? <usize>0 : own + at;
  const there = own == 0 ? <usize>0 : own + next;
  if (scheme == BAOAB) {
    driftPart(all, i, x + at, v + at, b + at, here, noise, half, c, again);
    driftPart(all, i, x + next, v + next, b + next, there, upper(noise), half, c, again);
  } else {
    eulerPart(all, i, x + at, v + at, b + at, here, noise, h, c);
    eulerPart(all, i, x + next, v + next, b + next, there, upper(noise), h, c);
  }
}

/** The part of a step that has noise, for one group; `again`: the last step's second kick comes with it. */
function move(all: Oscillators, scheme: i32, x: usize, v: usize, b: usize, own: usize, lanes: usize, n: i32, h: f64, coupling: f64, again: bool): void {
  const hh = f64x2.splat(h);
  const half = f64x2.splat(0.5 * h);
  const c = f64x2.splat(coupling);
  for (let i = 0; i < n; i += 2) {
    for (let g: usize = 0; g < 64; g += 16) {
      const radii = drawLanes(lanes, g);
      const angles = drawLanes(lanes, g);
      const radius = normalRadius(radii);
      const angle = normalAngle(angles);
      const at = <usize>i * ROW + 2 * g;
      moveRow(all, scheme, i, at, x, v, b, own, f32x4.mul(radius, normalCosine(angle, angles)), hh, half, c, again);
      if (i + 1 < n) {
        moveRow(all, scheme, i + 1, at + ROW, x, v, b, own, f32x4.mul(radius, normalSine(angle)), hh, half, c, again);
      }
    }
  }
}

function kick(all: Oscillators, x: usize, v: usize, b: usize, own: usize, n: i32, h: f64, coupling: f64): void {
  const half = f64x2.splat(0.5 * h);
  const c = f64x2.splat(coupling);
  for (let i = 0; i < n; i++) {
    for (let part: usize = 0; part < ROW; part += 16) {
      const at = <usize>i * ROW + part;
      const force = forceAt<f64>(all, i, v128.load(x + at), v128.load(b + at), own == 0 ? 0 : own + at, c);
      v128.store(v + at, multiplyAdd<f64>(half, force, v128.load(v + at)));
    }
  }
}

export function oscillatorSteps64(address: usize, x: usize, v: usize, n: i32, groups: i32, columns: i32, h: f64, coupling: f64, limit: f64, scheme: i32, steps: i32, stale: i32): i32 {
  const all = changetype<Oscillators>(address);
  const size = <usize>n * ROW;
  for (let first = 0; first < groups; first += BLOCK) {
    const here = min(BLOCK, groups - first);
    const from = <usize>first * size;
    const field = all.field + from;
    if (scheme == BAOAB) {
      if (stale) takeField(all, x + from, field, n, here);
      const group = stiffGroup(all, x + from, n, columns, first, here, h, limit);
      if (group >= 0) return group;
    }
    for (let s = 0; s < steps; s++) {
      if (scheme != BAOAB) {
        const group = stiffGroup(all, x + from, n, columns, first, here, h, limit);
        if (group >= 0) return s * groups + group;
        takeField(all, x + from, field, n, here);
      }
      for (let g = 0; g < here; g++) {
        const at = from + <usize>g * size;
        const own = all.columnForce == 0 ? <usize>0 : all.columnForce + at;
        const lanes = all.lanes + <usize>(first + g) * LANE_BYTES;
        move(all, scheme, x + at, v + at, all.field + at, own, lanes, n, h, coupling, s > 0);
      }
      if (scheme == BAOAB) {
        takeField(all, x + from, field, n, here);
        const group = stiffGroup(all, x + from, n, columns, first, here, h, limit);
        if (group >= 0) return s * groups + group;
      }
    }
    if (scheme != BAOAB || steps == 0) continue;
    for (let g = 0; g < here; g++) {
      const at = from + <usize>g * size;
      const own = all.columnForce == 0 ? <usize>0 : all.columnForce + at;
      kick(all, x + at, v + at, all.field + at, own, n, h, coupling);
    }
  }
  return -1;
}

/** The group whose force is too stiff, of all groups; −1: none. */
function stiffGroup(all: Oscillators, x: usize, n: i32, columns: i32, first: i32, here: i32, h: f64, limit: f64): i32 {
  for (let g = 0; g < here; g++) {
    const at = x + <usize>g * <usize>n * ROW;
    if (tooStiff<f64>(all, at, n, columns - (first + g) * 16, 3 * h * h, limit)) return first + g;
  }
  return -1;
}

/** Exact steps of oscillators by themselves: nine coefficients and two pushes a row. */
export function oscillatorRows64(state: usize, noise: usize, coefficients: usize, push: usize, own: usize, factor: f64, n: i32, groups: i32): void {
  const size = <usize>n * <usize>groups * ROW;
  const f = f64x2.splat(factor);
  let at: usize = 0;
  for (let g = 0; g < groups; g++) {
    let c = coefficients;
    let pushed = push;
    for (let i = 0; i < n; i++) {
      for (let part = 0; part < 8; part++) {
        const x = v128.load(state + at);
        const v = v128.load(state + size + at);
        const p = v128.load(noise + at);
        const q = v128.load(noise + size + at);
        let to = multiplyAdd<f64>(splatAt<f64>(c, 0), x, splatAt<f64>(pushed, 0));
        to = multiplyAdd<f64>(splatAt<f64>(c, 1), v, to);
        to = multiplyAdd<f64>(splatAt<f64>(c, 6), p, to);
        let fast = multiplyAdd<f64>(splatAt<f64>(c, 2), x, splatAt<f64>(pushed, 1));
        fast = multiplyAdd<f64>(splatAt<f64>(c, 3), v, fast);
        fast = multiplyAdd<f64>(splatAt<f64>(c, 7), p, fast);
        fast = multiplyAdd<f64>(splatAt<f64>(c, 8), q, fast);
        if (own != 0) {
          const force = f64x2.mul(f, v128.load(own + at));
          to = multiplyAdd<f64>(splatAt<f64>(c, 4), force, to);
          fast = multiplyAdd<f64>(splatAt<f64>(c, 5), force, fast);
        }
        v128.store(state + at, to);
        v128.store(state + size + at, fast);
        at += 16;
      }
      c += 72;
      pushed += 16;
    }
  }
}

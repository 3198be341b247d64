// Langevin steps of layers that are coupled to their neighbours only. See ../layered; the same as ../native/layered.h.
import { multiplyAdd } from './matrix';
import { fillNormal } from './normal';

/** Bytes of a tile of weights: four rows, one vector of columns. */
const TILE: usize = 64;

/** Words of the plan of ../layered/layered-network.ts. */
@unmanaged
class LayeredPlan {
  layers: i32;
  units: i32;
  x: usize;
  force: usize;
  field: usize;
  twiceQuadratic: usize;
  fourQuartic: usize;
  amplitude: usize;
  noise: usize;
  earlier: usize;
  /** Weights of 16 bits: not here. */
  halves: i32;
}
@unmanaged
class LayerWords {
  offset: i32;
  width: i32;
  weights: usize;
}

// @ts-ignore: decorator
@inline
function layerOf(plan: LayeredPlan, l: i32): LayerWords {
  return changetype<LayerWords>(
    changetype<usize>(plan) + offsetof<LayeredPlan>() + <usize>l * offsetof<LayerWords>(),
  );
}

// @ts-ignore: decorator
@inline
function sumLanes(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) +
    f32x4.extract_lane(v, 2) +
    (f32x4.extract_lane(v, 1) + f32x4.extract_lane(v, 3))
  );
}

// @ts-ignore: decorator
@inline
function addTo(at: usize, v: v128): void {
  store<f32>(at, load<f32>(at) + sumLanes(v));
}

/** Four rows of tiles against all columns: each weight is loaded once and goes both ways. */
function passRows(
  tile: usize,
  columns: i32,
  x: usize,
  below: usize,
  y: usize,
  above: usize,
): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  const y0 = v128.load32_splat(y);
  const y1 = v128.load32_splat(y, 4);
  const y2 = v128.load32_splat(y, 8);
  const y3 = v128.load32_splat(y, 12);
  const end = x + (<usize>columns << 2);
  while (x < end) {
    const X = v128.load(x);
    let F = v128.load(below);
    let w = v128.load(tile);
    s0 = multiplyAdd<f32>(w, X, s0);
    F = multiplyAdd<f32>(w, y0, F);
    w = v128.load(tile, 16);
    s1 = multiplyAdd<f32>(w, X, s1);
    F = multiplyAdd<f32>(w, y1, F);
    w = v128.load(tile, 32);
    s2 = multiplyAdd<f32>(w, X, s2);
    F = multiplyAdd<f32>(w, y2, F);
    w = v128.load(tile, 48);
    s3 = multiplyAdd<f32>(w, X, s3);
    F = multiplyAdd<f32>(w, y3, F);
    v128.store(below, F);
    x += 16;
    below += 16;
    tile += TILE;
  }
  addTo(above, s0);
  addTo(above + 4, s1);
  addTo(above + 8, s2);
  addTo(above + 12, s3);
}

/** Couplings between a layer and the next. */
function pass(plan: LayeredPlan, l: i32): void {
  const low = layerOf(plan, l);
  const high = layerOf(plan, l + 1);
  const x = plan.x + (<usize>low.offset << 2);
  const below = plan.force + (<usize>low.offset << 2);
  let y = plan.x + (<usize>high.offset << 2);
  let above = plan.force + (<usize>high.offset << 2);
  const columns = low.width;
  let tile = low.weights;
  for (let r = 0; r < high.width; r += 4) {
    passRows(tile, columns, x, below, y, above);
    tile += (<usize>columns >> 2) * TILE;
    y += 16;
    above += 16;
  }
}

function clear(plan: LayeredPlan): void {
  memory.fill(plan.force, 0, <usize>plan.units << 2);
}

export function layeredProduct(address: usize): void {
  const plan = changetype<LayeredPlan>(address);
  clear(plan);
  for (let l = 0; l + 1 < plan.layers; l++) pass(plan, l);
}

/** Moves a layer and takes its forces back to 0. @returns whether every unit is still within the limit */
function moveLayer(
  plan: LayeredPlan,
  l: i32,
  noise: usize,
  earlier: usize,
  dt: f32,
  coupling: f32,
  limit: f32,
): bool {
  const layer = layerOf(plan, l);
  const h = f32x4.splat(dt);
  const c = f32x4.splat(coupling);
  const most = f32x4.splat(limit);
  const half = f32x4.splat(0.5);
  const zero = f32x4.splat(0);
  let within = f32x4.eq(zero, zero);
  const from = <usize>layer.offset << 2;
  const end = from + (<usize>layer.width << 2);
  for (let i = from; i < end; i += 16) {
    const X = v128.load(plan.x + i);
    const r = v128.load(plan.fourQuartic + i);
    let xi = v128.load(noise + i);
    if (earlier !== 0) xi = f32x4.mul(f32x4.add(xi, v128.load(earlier + i)), half);
    const stiffness = f32x4.add(
      v128.load(plan.twiceQuadratic + i),
      f32x4.mul(r, f32x4.mul(X, X)),
    );
    const force = f32x4.sub(
      f32x4.add(v128.load(plan.field + i), f32x4.mul(c, v128.load(plan.force + i))),
      f32x4.mul(stiffness, X),
    );
    const next = f32x4.add(
      X,
      f32x4.add(f32x4.mul(h, force), f32x4.mul(v128.load(plan.amplitude + i), xi)),
    );
    v128.store(plan.x + i, next);
    v128.store(plan.force + i, zero);
    within = v128.and(within, f32x4.le(f32x4.mul(f32x4.mul(r, f32x4.mul(next, next)), h), most));
  }
  return i32x4.all_true(within);
}

/** @returns steps done: fewer than asked for where a unit has become too stiff, or no number, for the next one */
export function layeredSteps(
  address: usize,
  state: usize,
  steps: i32,
  dt: f32,
  coupling: f32,
  limit: f32,
  paired: i32,
): i32 {
  const plan = changetype<LayeredPlan>(address);
  const layers = plan.layers;
  const units = plan.units;
  let noise = plan.noise;
  let earlier: usize = paired !== 0 ? plan.earlier : 0;
  clear(plan);
  let step = 0;
  let within = true;
  while (step < steps && within) {
    fillNormal(state, noise, units);
    for (let l = 0; l < layers; l++) {
      if (l + 1 < layers) pass(plan, l);
      if (!moveLayer(plan, l, noise, earlier, dt, coupling, limit)) within = false;
    }
    if (earlier !== 0) {
      const next = earlier;
      earlier = noise;
      noise = next;
    }
    step++;
  }
  if (earlier === plan.noise) memory.copy(plan.earlier, plan.noise, <usize>units << 2);
  return step;
}

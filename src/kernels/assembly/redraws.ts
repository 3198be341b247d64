// Attempts on visible spins and redraws of hidden units: ../spin/redraws-reference.ts on addresses. Slots are those of
// ../spin/hidden-layout.ts.
import { naturalExponential } from './exponential';
import { addTo, externalField, FlipSlots, settle, valueAt } from './flips';
import { glauberThresholds, metropolisThresholds } from './logarithm';
import { naturalLog } from './memory';
import { normalAngle, normalCosine, normalRadius } from './normal';
import { drawLanes } from './random';

@unmanaged
class HiddenSlots {
  unit: f64; flips: f64; mostFlips: f64; state: f64; units: f64; quadratics: f64; unitCount: f64; rate: f64; pace: f64;
  sweeps: f64; places: f64; starts: f64; ends: f64; couplings: f64; sums: f64; spins: f64; rows: f64; neighbours: f64;
  strengths: f64; fields: f64; room: f64; sixteens: f64;
  // How many of each sixteen are used up.
  thresholds: f64; logistics: f64; words: f64; waits: f64; normals: f64;
}

const THRESHOLDS: usize = 0;
const LOGISTICS: usize = 1;
const WORDS: usize = 2;
const WAITS: usize = 3;
const NORMALS: usize = 4;
const GAUSSIAN: i32 = 0;
const BINARY: i32 = 1;
const ONE_HOT: i32 = 2;
const TIME_SLACK: f64 = 1e-9;
const ACCOUNT_ENTROPY: usize = 16;
const ACCOUNT_COUPLING: usize = 32;
const ACCOUNT_HEAT: usize = 80;

const LOG_FACTORIALS = memory.data<f64>([
  0.0, 0.0, 0.6931471805599453, 1.791759469228055, 3.1780538303479458, 4.787491742782046, 6.579251212010101,
  8.525161361065415, 10.60460290274525, 12.801827480081469,
]);

/** Sixteen more random numbers of a kind. */
function refill(r: FlipSlots, s: HiddenSlots, kind: usize): void {
  const lanes = <usize>r.lanes;
  const out = <usize>s.sixteens + (kind << 6);
  const rule = <i32>r.rule;
  if (kind === NORMALS) {
    // Words of all lanes make the radii, their next words the angles.
    for (let g: usize = 0; g < 64; g += 16) {
      const radii = drawLanes(lanes, g);
      const angles = drawLanes(lanes, g);
      v128.store(out + g, f32x4.mul(normalRadius(radii), normalCosine(normalAngle(angles), angles)));
    }
    return;
  }
  for (let g: usize = 0; g < 64; g += 16) {
    const words = drawLanes(lanes, g);
    if (kind === WORDS) v128.store(out + g, words);
    else if (kind === WAITS || (kind === THRESHOLDS && rule === 1)) v128.store(out + g, metropolisThresholds(words));
    else v128.store(out + g, glauberThresholds(words));
  }
}

/** The address of the next random number of a kind. */
// @ts-ignore: decorator
@inline
function draw(r: FlipSlots, s: HiddenSlots, kind: usize): usize {
  const used = changetype<usize>(s) + ((22 + kind) << 3);
  let k = load<f64>(used);
  if (k === 16) {
    refill(r, s, kind);
    k = 0;
  }
  store<f64>(used, k + 1);
  return <usize>s.sixteens + (kind << 6) + (<usize>k << 2);
}
// @ts-ignore: decorator
@inline
function number(r: FlipSlots, s: HiddenSlots, kind: usize): f64 {
  return <f64>load<f32>(draw(r, s, kind));
}
// @ts-ignore: decorator
@inline
function uniform(r: FlipSlots, s: HiddenSlots): f64 {
  return (<f64>load<u32>(draw(r, s, WORDS)) + 0.5) * 2.3283064365386963e-10;
}

function logProbability(k: f64, mean: f64): f64 {
  if (k < 10) return k * naturalLog(mean) - mean - load<f64>(LOG_FACTORIALS + (<usize>k << 3));
  const excess = (mean - k) / k;
  const u = 1 + excess;
  const log = u === 1 ? excess : naturalLog(u) * (excess / (u - 1));
  const k2 = k * k;
  const series = 1 / (12 * k) - 1 / (360 * k * k2) + 1 / (1260 * k * k2 * k2);
  return k * (log - excess) - (0.9189385332046727 + 0.5 * naturalLog(k)) - series;
}

/** See ../spin/poisson-number.ts. */
function poissonNumber(r: FlipSlots, s: HiddenSlots, mean: f64): f64 {
  if (mean < 10) {
    let rest = uniform(r, s);
    let p = naturalExponential(-mean);
    let k: f64 = 0;
    while (rest >= p && p > 0) {
      rest -= p;
      k += 1;
      p *= mean / k;
    }
    return k;
  }
  const b = 0.931 + 2.53 * sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const hat = 1.1239 + 1.1328 / (b - 3.4);
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  while (true) {
    const u = uniform(r, s) - 0.5;
    const v = uniform(r, s);
    const edge = 0.5 - abs(u);
    const k = floor<f64>(((2 * a) / edge + b) * u + mean + 0.43);
    if (edge >= 0.07 && v <= squeeze) return k;
    if (k < 0 || (edge < 0.013 && v > edge)) continue;
    if (naturalLog((v * hat) / (a / (edge * edge) + b)) <= logProbability(k, mean)) return k;
  }
}

// @ts-ignore: decorator
@inline
function temperatureOf(r: FlipSlots, row: usize, t: f64, site: usize): f64 {
  const temperatures = <usize>r.siteTemperature;
  const temperature = temperatures !== 0 ? load<f64>(temperatures + (site << 3)) : valueAt(row, 2, t);
  return temperature > 0 ? temperature : 0;
}

function pay(r: FlipSlots, site: usize, cost: f64, temperature: f64): void {
  const account = <usize>r.account;
  const baths = <usize>r.siteBath;
  const bath: usize = baths === 0 ? 0 : load<u32>(baths + (site << 2));
  addTo(account + ACCOUNT_HEAT + (bath << 4), -cost);
  addTo(account + ACCOUNT_ENTROPY, -cost / temperature);
}

/** A site takes another value. */
// @ts-ignore: decorator
@inline
function change(r: FlipSlots, s: HiddenSlots, site: usize, value: f64): void {
  const at = <usize>s.state + (site << 3);
  const by = value - load<f64>(at);
  store<f64>(at, value);
  const drives = <usize>r.drives;
  for (let d: usize = 0; d < drives; d++) {
    const projection = <usize>r.projections + (d << 3);
    const pattern = <usize>load<u32>(<usize>r.patterns + (d << 2));
    store<f64>(projection, load<f64>(projection) + by * load<f64>(pattern + (site << 3)));
  }
}

/** One attempt on a visible site; whether it flipped. */
function attempt(r: FlipSlots, s: HiddenSlots, row: usize, t: f64, site: usize): bool {
  const state = <usize>s.state;
  const p = <usize>load<i32>(<usize>s.places + (site << 2));
  const starts = <usize>s.starts + (site << 2);
  const first = <usize>load<i32>(starts);
  const last = <usize>load<i32>(starts, 4);
  const ends = <usize>s.ends;
  const couplings = <usize>s.couplings;
  let sum = s.unit * load<f64>(<usize>s.fields + (p << 3));
  for (let k = first; k < last; k++) {
    sum += load<f64>(couplings + (k << 3)) * load<f64>(state + (<usize>load<i32>(ends + (k << 2)) << 3));
  }
  const coupling = valueAt(row, 4, t);
  const spin = load<f64>(state + (site << 3));
  const cost = 2 * spin * (coupling * sum + externalField(r, row, t, site));
  const temperature = temperatureOf(r, row, t, site);
  const accepted = temperature > 0
    ? cost < temperature * number(r, s, THRESHOLDS)
    : cost < 0 || (cost === 0 && r.plus !== 0 && spin < 0);
  if (!accepted) return false;
  settle(r, row, t, coupling);
  if (r.followsCoupling !== 0) addTo(<usize>r.account + ACCOUNT_COUPLING, 2 * spin * sum);
  pay(r, site, cost, temperature);
  change(r, s, site, -spin);
  store<i8>(<usize>s.spins + p, <i8>-spin);
  const twice = -2 * spin;
  const rows = <usize>s.rows + (p << 2);
  const end = <usize>load<i32>(rows, 4);
  for (let k = <usize>load<i32>(rows); k < end; k++) {
    const at = <usize>s.fields + (<usize>load<i32>(<usize>s.neighbours + (k << 2)) << 3);
    store<f64>(at, load<f64>(at) + twice * load<f64>(<usize>s.strengths + (k << 3)));
  }
  const sums = <usize>s.sums;
  for (let k = first; k < last; k++) {
    const at = sums + (<usize>load<i32>(ends + (k << 2)) << 3);
    store<f64>(at, load<f64>(at) + twice * load<f64>(couplings + (k << 3)));
  }
  s.flips += 1;
  return true;
}

/** The site of a one-hot group that is to be 1, given the fields in s.room. */
function level(r: FlipSlots, s: HiddenSlots, first: usize, count: usize, temperature: f64): usize {
  const b = <usize>s.room;
  if (temperature > 0) {
    let largest = load<f64>(b);
    for (let k: usize = 1; k < count; k++) {
      const other = load<f64>(b + (k << 3));
      if (other > largest) largest = other;
    }
    const weights = b + (count << 3);
    let sum: f64 = 0;
    for (let k: usize = 0; k < count; k++) {
      const w = naturalExponential((load<f64>(b + (k << 3)) - largest) / temperature);
      store<f64>(weights + (k << 3), w);
      sum += w;
    }
    let rest = uniform(r, s) * sum;
    for (let k: usize = 0; k < count - 1; k++) {
      rest -= load<f64>(weights + (k << 3));
      if (rest < 0) return k;
    }
    return count - 1;
  }
  const state = <usize>s.state + (first << 3);
  let best: usize = 0;
  for (let k: usize = 0; k < count; k++) if (load<f64>(state + (k << 3)) === 1) best = k;
  for (let k: usize = 0; k < count; k++) if (load<f64>(b + (k << 3)) > load<f64>(b + (best << 3))) best = k;
  return best;
}

function redraw(r: FlipSlots, s: HiddenSlots, row: usize, t: f64, u: usize): void {
  const unit = <usize>s.units + (u << 4);
  const prior = load<i32>(unit);
  const first = <usize>load<i32>(unit, 4);
  const coupling = valueAt(row, 4, t);
  const temperature = temperatureOf(r, row, t, first);
  const state = <usize>s.state + (first << 3);
  const sums = <usize>s.sums + (first << 3);
  let cost: f64 = 0;
  let energy: f64 = 0;
  if (prior === ONE_HOT) {
    const count = <usize>load<i32>(unit, 8);
    const b = <usize>s.room;
    for (let k: usize = 0; k < count; k++) {
      store<f64>(b + (k << 3), coupling * load<f64>(sums + (k << 3)) + externalField(r, row, t, first + k));
    }
    const chosen = level(r, s, first, count, temperature);
    if (load<f64>(state + (chosen << 3)) === 1) return;
    for (let k: usize = 0; k < count; k++) {
      const by = (k === chosen ? 1.0 : 0.0) - load<f64>(state + (k << 3));
      if (by === 0) continue;
      cost -= load<f64>(b + (k << 3)) * by;
      energy -= load<f64>(sums + (k << 3)) * by;
    }
    settle(r, row, t, coupling);
    for (let k: usize = 0; k < count; k++) {
      const value: f64 = k === chosen ? 1 : 0;
      if (value !== load<f64>(state + (k << 3))) change(r, s, first + k, value);
    }
  } else {
    const b = coupling * load<f64>(sums) + externalField(r, row, t, first);
    const old = load<f64>(state);
    let value = old;
    const q = load<f64>(<usize>s.quadratics + (u << 3));
    if (prior === GAUSSIAN) {
      value = b / (2 * q);
      if (temperature > 0) value += sqrt(temperature / (2 * q)) * number(r, s, NORMALS);
    } else if (prior === BINARY) {
      if (temperature > 0) value = -2 * b < temperature * number(r, s, LOGISTICS) ? 1 : -1;
      else if (b !== 0 || r.plus !== 0) value = b >= 0 ? 1 : -1;
    } else {
      value = poissonNumber(r, s, naturalExponential(b / temperature));
    }
    if (value === old) return;
    const by = value - old;
    cost = -(b * by);
    if (prior === GAUSSIAN) cost += q * by * (value + old);
    energy = -(load<f64>(sums) * by);
    settle(r, row, t, coupling);
    change(r, s, first, value);
  }
  if (r.followsCoupling !== 0) addTo(<usize>r.account + ACCOUNT_COUPLING, energy);
  pay(r, first, cost, temperature);
}

export function redraws(record: usize, model: usize): void {
  const r = changetype<FlipSlots>(record);
  const s = changetype<HiddenSlots>(model);
  const order = <i32>r.order;
  const n = r.count;
  const free = <usize>r.free;
  const limit = r.limit;
  const rate = s.rate;
  const pace = s.pace;
  const units = s.unitCount;
  const width: usize = (6 + 2 * <usize>r.drives) << 3;
  const rows = <usize>r.stretches;
  let row = rows + <usize>r.stretch * width;
  let next = r.next;
  let attempts = r.attempts;
  let budget = r.budget;
  let starting = attempts === 0;
  while (starting || (budget > 0 && s.flips < s.mostFlips)) {
    let scheduling = true;
    if (starting) starting = false;
    else if (order === 0) {
      const sweep = (s.sweeps + 1) / rate;
      if (min(next, sweep) > limit) break;
      if (next <= sweep + TIME_SLACK) {
        while (next >= load<f64>(row, 8)) row += width;
        const k = <usize>(<i64>(attempts - 1) % <i64>n);
        if (attempt(r, s, row, next, <usize>load<i32>(free + (k << 2)))) budget -= r.flipCost;
        budget -= 1;
      } else {
        while (sweep >= load<f64>(row, 8)) row += width;
        for (let u: usize = 0; u < <usize>units; u++) redraw(r, s, row, sweep, u);
        s.sweeps += 1;
        budget -= units;
        scheduling = false;
      }
    } else {
      if (next > limit) break;
      while (next >= load<f64>(row, 8)) row += width;
      const pick = uniform(r, s) * pace;
      if (pick < n) {
        if (attempt(r, s, row, next, <usize>load<i32>(free + (<usize>pick << 2)))) budget -= r.flipCost;
      } else {
        redraw(r, s, row, next, <usize>min(floor<f64>((pick - n) / rate), units - 1));
      }
      budget -= 1;
    }
    if (!scheduling) continue;
    attempts += 1;
    if (order === 2) next += number(r, s, WAITS) / pace;
    else if (order === 1) next = attempts / pace;
    else next = n === 0 ? Infinity : attempts / n;
  }
  r.next = next;
  r.attempts = attempts;
  r.stretch = <f64>((row - rows) / width);
}

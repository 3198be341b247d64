// Memories led on by synapses with memory, for the loop of attempts: ../spin/synapses.ts on addresses. Slots are those of
// ../spin/synapse-layout.ts.
import { naturalExponential } from './exponential';
import { FlipSlots, runFlips } from './flips';
import { signedSum } from './memory';

const DELAY: i32 = 0;
const BOX: i32 = 1;
const EXPONENTIAL: i32 = 2;

@unmanaged
class Synapses {
  unit: f64; flips: f64; mostFlips: f64; kernel: f64; tau: f64; lambda: f64; sites: f64; memories: f64; lanes: f64;
  rows: f64; nextRows: f64; valid: f64; own: f64; overlaps: f64; past: f64; filtered: f64; state: f64; pastState: f64;
  siteFiltered: f64; siteWritten: f64; written: f64; now: f64; times: f64; ring: f64; mask: f64; oldest: f64; count: f64;

  raw(i: usize): f64 {
    return field(this, i);
  }
  advance(t: f64): void {
    if (<i32>this.kernel !== EXPONENTIAL) repeatAll(this, t);
    this.now = t;
  }
  flip(i: usize, r: FlipSlots): void {
    flip(this, i);
  }
}

// @ts-ignore: decorator
@inline
function bitsOf(s: Synapses, rows: f64, i: usize): usize {
  return <usize>rows + i * (<usize>s.lanes >> 3);
}
// @ts-ignore: decorator
@inline
function usedOf(s: Synapses): i32 {
  return (<i32>s.memories + 15) & ~15;
}

function field(s: Synapses, i: usize): f64 {
  const kernel = <i32>s.kernel;
  const used = usedOf(s);
  const spin = <f64>load<i8>(<usize>s.state + i);
  const next = bitsOf(s, s.nextRows, i);
  const fast = (signedSum(used, bitsOf(s, s.rows, i), <usize>s.overlaps) - s.memories * spin) / s.sites;
  const since = s.now - load<f64>(<usize>s.siteWritten + (i << 3));
  const elapsed = s.now - s.written;
  let sum: f64;
  let own: f64;
  if (kernel === DELAY) {
    sum = signedSum(used, next, <usize>s.past);
    own = <f64>load<i8>(<usize>s.pastState + i);
  } else if (kernel === BOX) {
    const kept = signedSum(used, next, <usize>s.filtered);
    sum = (kept + signedSum(used, next, <usize>s.past) * elapsed) / s.tau;
    own = (load<f64>(<usize>s.siteFiltered + (i << 3)) + (spin - <f64>load<i8>(<usize>s.pastState + i)) * since) / s.tau;
  } else {
    const share = naturalExponential(-elapsed / s.tau);
    const kept = signedSum(used, next, <usize>s.overlaps);
    sum = kept + signedSum(used, next, <usize>s.filtered) * share;
    own = spin + (load<f64>(<usize>s.siteFiltered + (i << 3)) - spin) * naturalExponential(-since / s.tau);
  }
  return fast + (s.lambda * (sum - load<f64>(<usize>s.own + (i << 3)) * own)) / s.sites;
}

/** Overlaps change by `change` times the signs of site i. */
function turn(s: Synapses, overlaps: usize, i: usize, change: f64): void {
  const bits = bitsOf(s, s.rows, i);
  const memories = <usize>s.memories;
  for (let mu: usize = 0; mu < memories; mu++) {
    const at = overlaps + (mu << 3);
    const up = (load<u8>(bits + (mu >> 3)) >> <u8>(mu & 7)) & 1;
    store<f64>(at, load<f64>(at) + (up ? change : -change));
  }
}

/** Brings what is filtered to the present, of all overlaps and of a site, before that site's state changes. */
function write(s: Synapses, site: usize): void {
  const elapsed = s.now - s.written;
  const filtered = <usize>s.filtered;
  const past = <usize>s.past;
  const used = <usize>usedOf(s) << 3;
  const spin = <f64>load<i8>(<usize>s.state + site);
  const at = <usize>s.siteFiltered + (site << 3);
  const written = <usize>s.siteWritten + (site << 3);
  const since = s.now - load<f64>(written);
  if (<i32>s.kernel === BOX) {
    const factor = f64x2.splat(elapsed);
    for (let k: usize = 0; k < used; k += 16) {
      v128.store(filtered + k, f64x2.add(v128.load(filtered + k), f64x2.mul(v128.load(past + k), factor)));
    }
    store<f64>(at, load<f64>(at) + (spin - <f64>load<i8>(<usize>s.pastState + site)) * since);
  } else {
    const share = f64x2.splat(naturalExponential(-elapsed / s.tau));
    for (let k: usize = 0; k < used; k += 16) v128.store(filtered + k, f64x2.mul(v128.load(filtered + k), share));
    store<f64>(at, spin + (load<f64>(at) - spin) * naturalExponential(-since / s.tau));
  }
  store<f64>(written, s.now);
  s.written = s.now;
}

/** Flips of τ ago that are due. */
function repeatAll(s: Synapses, t: f64): void {
  const past = t - s.tau + 1e-9;
  const box = <i32>s.kernel === BOX;
  while (s.count > 0) {
    const oldest = <usize>s.oldest;
    const time = load<f64>(<usize>s.times + (oldest << 3));
    if (!(time <= past)) break;
    const site = <usize>load<i32>(<usize>s.ring + (oldest << 2));
    s.now = time + s.tau;
    s.oldest = <f64>((oldest + 1) & <usize>s.mask);
    s.count -= 1;
    if (box) write(s, site);
    const at = <usize>s.pastState + site;
    const spin = -<i32>load<i8>(at);
    store<i8>(at, spin);
    turn(s, <usize>s.past, site, box ? -2 * <f64>spin : 2 * <f64>spin);
  }
}

function flip(s: Synapses, i: usize): void {
  const kernel = <i32>s.kernel;
  if (kernel !== DELAY) write(s, i);
  if (kernel !== EXPONENTIAL) {
    const place = (<usize>s.oldest + <usize>s.count) & <usize>s.mask;
    store<f64>(<usize>s.times + (place << 3), s.now);
    store<i32>(<usize>s.ring + (place << 2), <i32>i);
    s.count += 1;
  }
  const at = <usize>s.state + i;
  const spin = -<i32>load<i8>(at);
  store<i8>(at, spin);
  const change = 2 * <f64>spin;
  turn(s, <usize>s.overlaps, i, change);
  if (kernel === BOX) turn(s, <usize>s.past, i, change);
  if (kernel === EXPONENTIAL) turn(s, <usize>s.filtered, i, -change);
}

export function flipsSynapses(record: usize, model: usize): void {
  runFlips<Synapses>(record, changetype<Synapses>(model));
}

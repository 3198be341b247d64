import type { Engine } from '../engine.js';
import { GROUP } from '../matrix/panels.js';
import { fillNormal } from '../random/fill-normal.js';
import { LANE_STATE } from '../random/lanes.js';

/*
 * Elementwise work on many replicas: arrays of groups × n × 16, a row a site (or mode), sixteen replicas side by side; in
 * double precision and in the engine's arena. `own` is what replicas have of their own, laid out like the state; null: nothing.
 */

/** Rows of standard normal numbers, those of a group from its own lanes (`seedShotLanes`), of 24 significant bits. */
export function normalRows(
  engine: Engine,
  lanes: Uint32Array,
  out: Float64Array,
  n: number,
  groups: number,
): void {
  if (engine.raw !== null) {
    engine.raw.normalRows64(lanes.byteOffset, out.byteOffset, n, groups);
    return;
  }
  const rows = new Float32Array(n * GROUP);
  for (let g = 0; g < groups; g++) {
    fillNormal(engine, lanes.subarray(g * LANE_STATE, (g + 1) * LANE_STATE), rows);
    out.set(rows, g * n * GROUP);
  }
}

/** x ← decay_i x / √(1 + bend_i x²): the exact flow of single-site wells. */
export function flowRows(
  engine: Engine,
  z: Float64Array,
  decay: Float64Array,
  bend: Float64Array,
  groups: number,
): void {
  const n = decay.length;
  if (engine.raw !== null) {
    engine.raw.flowRows64(z.byteOffset, decay.byteOffset, bend.byteOffset, n, groups);
    return;
  }
  for (let row = 0; row < n * groups; row++) {
    const d = decay[row % n]!;
    const b = bend[row % n]!;
    for (let k = row * GROUP; k < (row + 1) * GROUP; k++) {
      const x = z[k]!;
      z[k] = (d * x) / Math.sqrt(1 + b * x * x);
    }
  }
}

/** Coefficients of {@link linearRows}, one a row each. */
export interface LinearRows {
  readonly decay: Float64Array;
  readonly push: Float64Array;
  readonly spread: Float64Array;
  readonly response: Float64Array;
}

/** out ← decay_i x + push_i + factor response_i own + spread_i noise; out may be x. */
export function linearRows(
  engine: Engine,
  out: Float64Array,
  x: Float64Array,
  noise: Float64Array,
  { decay, push, spread, response }: LinearRows,
  own: Float64Array | null,
  factor: number,
  groups: number,
): void {
  const n = decay.length;
  if (engine.raw !== null) {
    engine.raw.linearRows64(
      out.byteOffset,
      x.byteOffset,
      noise.byteOffset,
      decay.byteOffset,
      push.byteOffset,
      spread.byteOffset,
      response.byteOffset,
      own?.byteOffset ?? 0,
      factor,
      n,
      groups,
    );
    return;
  }
  for (let row = 0; row < n * groups; row++) {
    const i = row % n;
    for (let k = row * GROUP; k < (row + 1) * GROUP; k++) {
      const kick = own === null ? 0 : factor * response[i]! * own[k]!;
      out[k] = decay[i]! * x[k]! + push[i]! + kick + spread[i]! * noise[k]!;
    }
  }
}

/** What {@link siteTerms} adds up, a number a site each; `patterns` drives × n. */
export interface SitePotential {
  readonly quadratic: Float64Array;
  readonly quartic: Float64Array;
  readonly fields: Float64Array;
  readonly patterns: Float64Array;
}

/**
 * Sums over the sites of each replica: Σ (q_i + r_i x²)x² − h_i x, Σ x², Σ x⁴, and Σ η_di x for each drive d.
 * @param out groups × (3 + drives) × 16
 */
export function siteTerms(
  engine: Engine,
  z: Float64Array,
  { quadratic, quartic, fields, patterns }: SitePotential,
  groups: number,
  out: Float64Array,
): void {
  const n = fields.length;
  const drives = patterns.length / Math.max(1, n);
  if (engine.raw !== null) {
    engine.raw.siteTerms64(
      z.byteOffset,
      quadratic.byteOffset,
      quartic.byteOffset,
      fields.byteOffset,
      patterns.byteOffset,
      drives,
      n,
      groups,
      out.byteOffset,
    );
    return;
  }
  out.fill(0);
  for (let g = 0; g < groups; g++) {
    const to = g * (3 + drives) * GROUP;
    for (let i = 0; i < n; i++) {
      for (let c = 0; c < GROUP; c++) {
        const x = z[(g * n + i) * GROUP + c]!;
        const xx = x * x;
        out[to + c]! += (quadratic[i]! + quartic[i]! * xx) * xx - fields[i]! * x;
        out[to + GROUP + c]! += xx;
        out[to + 2 * GROUP + c]! += xx * xx;
        for (let d = 0; d < drives; d++) out[to + (3 + d) * GROUP + c]! += patterns[d * n + i]! * x;
      }
    }
  }
}

/**
 * −Σ_i x_i (½ b_i + own_i) of each replica: the couplings' energy, b = J x.
 * @param out groups × 16
 */
export function pairTerm(
  engine: Engine,
  z: Float64Array,
  field: Float64Array,
  own: Float64Array | null,
  n: number,
  groups: number,
  out: Float64Array,
): void {
  if (engine.raw !== null) {
    engine.raw.pairTerm64(
      z.byteOffset,
      field.byteOffset,
      own?.byteOffset ?? 0,
      n,
      groups,
      out.byteOffset,
    );
    return;
  }
  out.fill(0);
  for (let k = 0; k < n * groups * GROUP; k++) {
    const column = Math.floor(k / (n * GROUP)) * GROUP + (k % GROUP);
    out[column]! -= z[k]! * (0.5 * field[k]! + (own === null ? 0 : own[k]!));
  }
}

/** A state with the field b = J x of its couplings. */
export interface StateAndField {
  readonly z: Float64Array;
  readonly field: Float64Array;
}

/**
 * Heat of a move at fixed knobs, site by site, added to that of the site's bath: ½ c (b + b')Δx + c·own·Δx − Δ(q x² + r x⁴ − k x),
 * b = Jx; exact for what is the site's own, Stratonovich for the couplings (Sekimoto 1998).
 * @param wells a number a site each: k is the force that does not depend on x, `own` not included
 * @param siteBath bath of each site
 * @param sums groups × baths × 16
 */
export function siteHeats(
  engine: Engine,
  after: StateAndField,
  before: StateAndField,
  own: Float64Array | null,
  wells: {
    readonly constant: Float64Array;
    readonly quadratic: Float64Array;
    readonly quartic: Float64Array;
  },
  siteBath: Int32Array,
  coupling: number,
  baths: number,
  groups: number,
  sums: Float64Array,
): void {
  const n = siteBath.length;
  const { constant, quadratic, quartic } = wells;
  if (engine.raw !== null) {
    engine.raw.siteHeats64(
      after.z.byteOffset,
      before.z.byteOffset,
      after.field.byteOffset,
      before.field.byteOffset,
      own?.byteOffset ?? 0,
      constant.byteOffset,
      quadratic.byteOffset,
      quartic.byteOffset,
      siteBath.byteOffset,
      coupling,
      n,
      groups,
      baths,
      sums.byteOffset,
    );
    return;
  }
  for (let row = 0; row < n * groups; row++) {
    const i = row % n;
    const to = (Math.floor(row / n) * baths + siteBath[i]!) * GROUP;
    for (let c = 0; c < GROUP; c++) {
      const k = row * GROUP + c;
      const [x, y] = [after.z[k]!, before.z[k]!];
      const b = 0.5 * (after.field[k]! + before.field[k]!) + (own === null ? 0 : own[k]!);
      const local = (x + y) * (quadratic[i]! + quartic[i]! * (x * x + y * y)) - constant[i]!;
      sums[to + c]! += (x - y) * (coupling * b - local);
    }
  }
}

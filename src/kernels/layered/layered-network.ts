import type { Allocator } from '../arena.js';
import { LANES } from '../random/lanes.js';

/** Rows of a tile of weights; it is 16 columns wide, and tiles follow each other row block by row block. */
export const TILE_ROWS = 4;
/** Noise is drawn for so many units at a time. */
const UNITS_AT_ONCE = 32;

/** Words of the plan that compiled code reads: the same in `assembly/layered.ts` and `native/layered.h`. */
const PLAN_WORDS = 10;
const LAYER_WORDS = 3;

const up = (n: number, to: number): number => Math.ceil(n / to) * to;

/** Where the layers of a network lie: each starts at a multiple of 16 units, and what is between has no couplings. */
export interface LayerPlaces {
  readonly sizes: readonly number[];
  /** First unit of each layer, and the layer's width with what pads it. */
  readonly offsets: readonly number[];
  readonly widths: readonly number[];
  /** Units of all layers with what pads them, a multiple of 32. */
  readonly units: number;
  /** Place of each site, sites counted through the layers. */
  readonly place: Int32Array;
  /** First weight between each layer and the next, in tiles, and how many there are in all. */
  readonly tiles: readonly number[];
  readonly weights: number;
}

/** @param sizes of the layers, in order */
export function layerPlaces(sizes: readonly number[]): LayerPlaces {
  const widths = sizes.map((size) => up(size, LANES));
  const offsets: number[] = [];
  const tiles: number[] = [];
  const place = new Int32Array(sizes.reduce((a, b) => a + b, 0));
  let units = 0;
  let site = 0;
  let weights = 0;
  sizes.forEach((size, l) => {
    offsets.push(units);
    for (let k = 0; k < size; k++) place[site++] = units + k;
    units += widths[l]!;
    if (l + 1 === sizes.length) return;
    tiles.push(weights);
    weights += widths[l]! * widths[l + 1]!;
  });
  return { sizes, offsets, widths, units: up(units, UNITS_AT_ONCE), place, tiles, weights };
}

/** Place of the weight between unit `column` of a layer and unit `row` of the next one, within their tiles. */
export function tilePlace(row: number, column: number, width: number): number {
  const tile = Math.floor(row / TILE_ROWS) * (width / LANES) + Math.floor(column / LANES);
  return (tile * TILE_ROWS + (row % TILE_ROWS)) * LANES + (column % LANES);
}

/**
 * Layers of continuous units that are coupled to their neighbours only, and alike in both directions: the force on unit i is
 * h_i + c Σ_j w_ij x_j − (2q_i + 4r_i x_i²) x_i. All arrays are of 32-bit floats, over {@link LayerPlaces.units}, and what
 * pads the layers stays 0.
 */
export class LayeredNetwork {
  readonly x: Float32Array;
  /** Σ_j w_ij x_j after a product; steps use it. */
  readonly force: Float32Array;
  /** h */
  readonly field: Float32Array;
  /** 2q and 4r. */
  readonly twiceQuadratic: Float32Array;
  readonly fourQuartic: Float32Array;
  /** √(2T dt) */
  readonly amplitude: Float32Array;
  /** Standard normal numbers of a step, and of the one before. */
  readonly noise: Float32Array;
  readonly earlier: Float32Array;
  /** What compiled code reads. */
  readonly plan: Int32Array;

  /**
   * @param allocator of the engine whose kernels work on it
   * @param weights {@link LayerPlaces.weights} numbers in tiles, in the same arena; shared by any number of networks
   */
  constructor(
    allocator: Allocator,
    readonly places: LayerPlaces,
    readonly weights: Float32Array,
  ) {
    const { sizes, units, offsets, widths, tiles } = places;
    const fresh = (): Float32Array => allocator.float32(units);
    this.x = fresh();
    this.force = fresh();
    this.field = fresh();
    this.twiceQuadratic = fresh();
    this.fourQuartic = fresh();
    this.amplitude = fresh();
    this.noise = fresh();
    this.earlier = fresh();
    this.plan = allocator.int32(PLAN_WORDS + LAYER_WORDS * sizes.length);
    const { x, force, field, twiceQuadratic, fourQuartic, amplitude, noise, earlier } = this;
    const arrays = [x, force, field, twiceQuadratic, fourQuartic, amplitude, noise, earlier];
    this.plan.set([sizes.length, units, ...arrays.map((array) => array.byteOffset)]);
    offsets.forEach((offset, l) => {
      const at = weights.byteOffset + 4 * (tiles[l] ?? 0);
      this.plan.set([offset, widths[l]!, at], PLAN_WORDS + LAYER_WORDS * l);
    });
  }
}

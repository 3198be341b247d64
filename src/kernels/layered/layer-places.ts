import type { EngineKind } from '../../core/index.js';
import { LANES } from '../random/lanes.js';

/** Rows of a tile of weights. */
export const TILE_ROWS = 4;
/** Columns of a tile: one vector of the engine's, so that its loop runs through the weights in their order. */
const TILE_COLUMNS: Readonly<Record<EngineKind, number>> = { reference: 16, wasm: 4, native: 16 };
/** Columns of a tile of weights of 16 bits: two vectors, whose weights share words of 32 bits. */
const HALVES_COLUMNS = 32;
/** Normal numbers come in pairs of sixteen. */
const UNITS_AT_ONCE = 2 * LANES;

const up = (n: number, to: number): number => Math.ceil(n / to) * to;

/**
 * Where the layers of a network and the weights between them lie. Each layer starts at a multiple of 16 units; what pads it has
 * no weights. The weights between two layers are a matrix, a row a unit of the later layer, in tiles: row block by row block.
 */
export class LayerPlaces {
  /** First unit of each layer, and the layer's width with what pads it. */
  readonly offsets: readonly number[];
  readonly widths: readonly number[];
  /** Units of all layers with what pads them, a multiple of 32. */
  readonly units: number;
  /** Unit of each site, sites counted through the layers. */
  readonly unitOf: Int32Array;
  /** First weight between each layer and the next, and how many there are in all. */
  readonly firstWeights: readonly number[];
  readonly weights: number;
  readonly tileColumns: number;

  /**
   * @param sizes of the layers, in order
   * @param engine whose kernels will work on them
   * @param halves whether weights are whole numbers of 16 bits: half as much to read, on the native engine only
   */
  constructor(
    readonly sizes: readonly number[],
    engine: EngineKind,
    readonly halves = false,
  ) {
    if (halves && engine !== 'native') throw new Error('only native code takes weights of 16 bits');
    const widths = sizes.map((size) => up(size, halves ? HALVES_COLUMNS : LANES));
    const offsets: number[] = [];
    const firstWeights: number[] = [];
    const unitOf = new Int32Array(sizes.reduce((a, b) => a + b, 0));
    let units = 0;
    let site = 0;
    let weights = 0;
    sizes.forEach((size, l) => {
      offsets.push(units);
      for (let k = 0; k < size; k++) unitOf[site++] = units + k;
      units += widths[l]!;
      if (l + 1 === sizes.length) return;
      firstWeights.push(weights);
      weights += widths[l]! * widths[l + 1]!;
    });
    this.offsets = offsets;
    this.widths = widths;
    this.units = up(units, UNITS_AT_ONCE);
    this.unitOf = unitOf;
    this.firstWeights = firstWeights;
    this.weights = weights;
    this.tileColumns = halves ? HALVES_COLUMNS : TILE_COLUMNS[engine];
  }

  /** Place of the weight between a layer's unit `column` and the next layer's unit `row`, both counted from 0. */
  weightAt(layer: number, row: number, column: number): number {
    const { tileColumns } = this;
    const across = this.widths[layer]! / tileColumns;
    const tile = Math.floor(row / TILE_ROWS) * across + Math.floor(column / tileColumns);
    let within = (row % TILE_ROWS) * tileColumns + (column % tileColumns);
    if (this.halves) {
      // A word holds column k of the tile above column k + 16; its lower half comes first.
      const [k, lower] = [column % LANES, column % HALVES_COLUMNS >= LANES];
      within = (row % TILE_ROWS) * tileColumns + 2 * k + (lower ? 0 : 1);
    }
    return this.firstWeights[layer]! + tile * TILE_ROWS * tileColumns + within;
  }
}

import type { Engine } from '../engine.js';
import { TILE_ROWS } from './layer-places.js';
import type { LayeredNetwork } from './layered-network.js';

/** force = W x: each weight is taken once and goes both ways. */
export function layeredProduct(engine: Engine, network: LayeredNetwork): void {
  if (engine.raw !== null) engine.raw.layeredProduct(network.plan.byteOffset);
  else productOf(network);
}

/** The reference. */
export function productOf({ x, force, places, weights }: LayeredNetwork): void {
  const { offsets, widths, firstWeights, tileColumns } = places;
  force.fill(0);
  firstWeights.forEach((first, l) => {
    const [low, high] = [offsets[l]!, offsets[l + 1]!];
    let k = first;
    for (let block = high; block < high + widths[l + 1]!; block += TILE_ROWS) {
      for (let column = low; column < low + widths[l]!; column += tileColumns) {
        for (let i = block; i < block + TILE_ROWS; i++) {
          for (let j = column; j < column + tileColumns; j++, k++) {
            force[i]! += weights[k]! * x[j]!;
            force[j]! += weights[k]! * x[i]!;
          }
        }
      }
    }
  });
}

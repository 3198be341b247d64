import type { Engine } from '../engine.js';
import { TILE_ROWS } from './layer-places.js';
import type { LayeredNetwork } from './layered-network.js';

/** force = W x: each weight is taken once and goes both ways. */
export function layeredProduct(engine: Engine, network: LayeredNetwork): void {
  if (engine.raw === null) {
    productOf(network);
    return;
  }
  engine.raw.layeredProduct(network.plan.byteOffset);
  const { force, scale } = network;
  if (scale !== 1) for (let i = 0; i < force.length; i++) force[i]! *= scale;
}

/** The reference. */
export function productOf({ x, force, places, weights, unit: one }: LayeredNetwork): void {
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
  for (let i = 0; i < force.length && one !== 1; i++) force[i]! *= one;
}

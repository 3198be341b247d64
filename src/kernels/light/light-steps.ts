import type { Engine } from '../engine.js';
import type { LightColumns } from './light-columns.js';
import { LightReference } from './light-reference.js';

/**
 * Moves all columns by so many steps, each at its own controls, and sums up their work and heat.
 * @param light in the engine's arena, with as much `noise`, `controls` and `fields` as the steps use up
 */
export function lightSteps({ raw }: Engine, light: LightColumns, steps: number): void {
  if (raw === null) {
    new LightReference(light).run(steps);
    return;
  }
  const { scheme } = light.shape;
  const run =
    scheme === 'heun' ? raw.lightHeun : scheme === 'strang' ? raw.lightStrang : raw.lightWigner;
  run(light.block.byteOffset, steps);
}

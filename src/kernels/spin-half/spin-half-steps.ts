import type { Engine } from '../engine.js';
import type { SpinHalfColumns } from './spin-half-columns.js';
import { SpinHalfReference } from './spin-half-reference.js';

/**
 * Moves all columns by so many steps, each at its own pump and fields, and sums up their work and heat.
 * @param spins in the engine's arena, with as much `noise`, `controls` and `fields` as the steps use up
 */
export function spinHalfSteps({ raw }: Engine, spins: SpinHalfColumns, steps: number): void {
  if (raw === null) new SpinHalfReference(spins).run(steps);
  else raw.spinHalf(spins.block.byteOffset, steps);
}

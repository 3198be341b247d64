import type { EngineKind } from '../core/index.js';
import { openEngine, type Arena } from '../kernels/index.js';
import { arenaOf, shareArrays } from './share-arrays.js';
import type { BlockOfShots, Simulate, SimulationSink } from './simulation.js';

/** A block in which nothing need be said of the algorithm. */
export type BlockHere = Omit<BlockOfShots, 'algorithm'> & {
  readonly algorithm?: string | null;
};

/**
 * Runs a block of shots in this thread, without a device or workers.
 * @param engine null: the default one
 * @param arena memory to run in, with room for the program
 */
export function simulateHere(
  simulate: Simulate,
  block: BlockHere,
  sink: Omit<SimulationSink, 'algorithm'> & Partial<Pick<SimulationSink, 'algorithm'>>,
  engine: EngineKind | null = null,
  arena: Arena = arenaOf(block.program),
): void {
  simulate(
    {
      ...block,
      program: shareArrays(block.program, arena),
      times: shareArrays(block.times, arena),
      algorithm: block.algorithm ?? null,
      engine: openEngine(engine, arena),
    },
    { algorithm: () => undefined, ...sink },
  );
}

import { RandomStream } from '../core/index.js';
import {
  createMemoryBlock,
  descendMemories,
  resetMemories,
  type Engine,
} from '../kernels/index.js';
import type { Trial, Workload } from './workload.js';

const SITES = 784;
const MEMORIES = 2000;
const FLIPS = Math.round(0.3 * SITES);
const SWEEPS = 3;
/** Retrievals of one run: different cues of different memories. */
const CUES = 64;

/**
 * W3: rectified cubic dense memory, N = 784, P = 2000 random memories; cues with 30 % of their signs turned, three
 * sequential sweeps at T = 0, counting the overlaps of each cue included.
 */
export const denseMemory: Workload = {
  name: 'W3',
  title: 'rectified cubic dense memory, N = 784, P = 2000, 30 % corrupted, 3 sweeps',
  unit: 'spins evaluated/s',
  lowerIsBetter: false,
  on: (engine) => trial(engine),
};

function trial(engine: Engine): Trial {
  const { arena } = engine;
  const stream = RandomStream.of(3, 'disorder', 0);
  const patterns = Array.from({ length: MEMORIES }, () => {
    const pattern = arena.int8(SITES);
    for (let i = 0; i < SITES; i++) pattern[i] = stream.sign();
    return pattern;
  });
  const cues = patterns.slice(0, CUES).map((pattern) => {
    const cue = pattern.slice();
    for (const i of stream.sample(SITES, FLIPS)) cue[i] = -cue[i]!;
    return cue;
  });
  const block = createMemoryBlock(engine, {
    kind: 'integers',
    sites: SITES,
    patterns,
    table: null,
    scale: 1 / (3 * SITES ** 2),
    degree: 3,
    rectified: true,
  });
  // The reference takes seconds for what others do in 10 ms.
  const count = engine.kind === 'reference' ? 1 : CUES;
  const found: Int8Array[] = cues.slice(0, count).map((cue) => new Int8Array(cue.length));
  let flips = 0;
  const evaluated = count * SWEEPS * SITES;
  return {
    run: () => {
      flips = 0;
      for (let k = 0; k < count; k++) {
        block.state.set(cues[k]!);
        resetMemories(block);
        flips += descendMemories(block, 0, SWEEPS * SITES);
        found[k]!.set(block.state);
      }
    },
    figure: (seconds) => evaluated / seconds,
    // A masked addition a memory; a flip updates the overlap and the term of each, and their sums.
    operations: (evaluated + count * FLIPS * 8) * MEMORIES,
    // A bit and a term of 2 bytes a memory; a flip reads and writes x/2 and writes terms.
    bytes: (evaluated * (1 / 8 + 2) + count * FLIPS * (1 / 8 + 6)) * MEMORIES,
    check: () => {
      found.forEach((state, k) => {
        const wrong = state.filter((spin, i) => spin !== patterns[k]![i]).length;
        if (wrong > 0) throw new Error(`W3: cue ${k} ended ${wrong} spins off its memory`);
      });
      if (flips < count * FLIPS) throw new Error(`W3: ${flips} flips are too few`);
    },
  };
}

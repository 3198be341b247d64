import type { Program } from '../../src/device/index.js';
import { arenaOf } from '../../src/emulate/share-arrays.js';
import { Arena } from '../../src/kernels/index.js';

/** Beyond this it is let go of after a run. */
const MOST_BYTES = 64 << 20;

let spare: Arena | null = null;

/**
 * A memory for something that lasts as long as this call and keeps nothing of it: the same one as for the call before, since to
 * get one takes longer than most of the thousands of runs that a share of nets is counted from.
 */
export function inOneMemory<T>(program: Program, work: (arena: Arena) => T): T {
  const { couplings } = program;
  if (couplings.kind === 'dense' && Arena.holding(couplings.data) !== undefined) {
    return work(arenaOf(program));
  }
  const arena = spare ?? Arena.create();
  spare = null; // a call within this one gets another
  const answer = work(arena);
  if (arena.used < MOST_BYTES) spare = arena.renewed();
  return answer;
}

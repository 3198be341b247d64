import type { Engine } from '../engine.js';
import type { BoardColumns } from './board-columns.js';
import { BoardReference } from './board-reference.js';

/**
 * Moves all columns by so many steps at fixed knobs and sums up their heat.
 * @param board in the engine's arena, with `received` as of its state and as much `noise` as the steps use up
 * @returns −1, or (scheme `euler` only) 16·node + column of a shot whose quartic force is too stiff for the step
 */
export function boardSteps({ raw }: Engine, board: BoardColumns, steps: number): number {
  const { scheme } = board.shape;
  const block = board.block.byteOffset;
  if (raw !== null) {
    if (scheme === 'euler') return raw.boardEuler(block, steps);
    if (scheme === 'heun') raw.boardHeun(block, steps);
    else raw.boardDense(block, steps);
    return -1;
  }
  const reference = new BoardReference(board);
  for (let k = 0; k < steps; k++) {
    if (scheme === 'heun') reference.heun();
    else if (scheme === 'dense') reference.dense();
    else {
      const stiff = reference.euler();
      if (stiff >= 0) return stiff;
    }
  }
  return -1;
}

/** Fills `received` from the nodes as they are, in plain TypeScript: once a shot. */
export function boardReceive(board: BoardColumns): void {
  new BoardReference(board).receive();
}

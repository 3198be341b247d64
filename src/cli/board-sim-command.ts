import { asRelaxdError, RelaxdError } from '../core/index.js';
import type { BoardSimRequest, Composition } from './composition.js';
import type { Output } from './output.js';

/** `relaxd board-sim`: runs until a signal. */
export async function boardSimCommand(
  composition: Composition,
  output: Output,
  options: Omit<BoardSimRequest, 'json' | 'print'>,
): Promise<void> {
  let board;
  try {
    board = await composition.boardSim({
      ...options,
      json: output.json,
      print: (line) => composition.stdout.write(`${line}\n`),
    });
  } catch (error) {
    const failure = asRelaxdError(error, 'wrong-call');
    throw new RelaxdError('wrong-call', failure.message, {
      hint: 'relaxd board-sim --help lists its options',
    });
  }
  await board.closed;
}

import type { BoardClient } from '../../src/link/index.js';

/** What was lost on the way, and how well the clocks agreed: for a result's warnings. */
export function linkNotes(client: BoardClient): readonly string[] {
  const notes: string[] = [];
  const { rowsLost, rowsDroppedByBoard } = client.statistics().samples;
  if (rowsLost > 0) notes.push(`${rowsLost} sample rows were lost on the link since it was opened`);
  if (rowsDroppedByBoard > 0) {
    notes.push(
      `${rowsDroppedByBoard} sample rows were dropped by the board since the link was opened`,
    );
  }
  const fit = client.clock();
  if (fit !== null) {
    notes.push(
      `board clock ${fit.ratePpm.toFixed(1)} ± ${fit.rateUncertaintyPpm.toFixed(1)} ppm fast, offset known to ${fit.offsetUncertaintyMs.toFixed(2)} ms`,
    );
  }
  return notes;
}

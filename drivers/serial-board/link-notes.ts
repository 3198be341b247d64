import type { DeviceClock } from '../../src/device/index.js';
import type { BoardClient } from '../../src/link/index.js';
import { clockNotes } from './board-clock.js';

/** What was lost on the way, and a clock that is not as it should be: for a result's warnings. */
export function linkNotes(client: BoardClient, clock: DeviceClock | null): readonly string[] {
  const notes: string[] = [];
  const { rowsLost, rowsDroppedByBoard } = client.statistics().samples;
  if (rowsLost > 0) notes.push(`${rowsLost} sample rows were lost on the link since it was opened`);
  if (rowsDroppedByBoard > 0) {
    notes.push(
      `${rowsDroppedByBoard} sample rows were dropped by the board since the link was opened`,
    );
  }
  notes.push(...clockNotes(clock));
  return notes;
}

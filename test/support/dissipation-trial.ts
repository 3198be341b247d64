import {
  dissipationKind,
  estimatorHere,
  type DissipationBody,
  type DissipationReport,
} from '../../src/calibrate/index.js';
import { programHash, type Calibration, type SampleChunk } from '../../src/device/index.js';
import type { MeasuredBoard } from './measured-board.js';
import { runProgramOnBoard } from './program-on-board.js';

const NOW = '2026-01-01T00:00:00.000Z';

/** A job of a board's dissipation, as it was prepared. */
export const dissipationJob = (
  board: MeasuredBoard,
  calibration: Calibration | null,
  body: DissipationBody,
) =>
  dissipationKind({
    estimator: estimatorHere,
    nowMs: () => Date.parse(NOW),
    drawSeed: () => 1,
  }).prepare(
    { kind: 'dissipation', device: board.descriptor.device, ...body },
    {
      descriptor: async () => board.descriptor,
      program: async () => null,
      calibration: async () => calibration,
    },
  );

/** The same from its body to its report, the board's runs in this process. */
export async function dissipationTrial(
  board: MeasuredBoard,
  calibration: Calibration,
  body: DissipationBody,
  seed: number,
): Promise<DissipationReport> {
  const { profile, descriptor } = board;
  const job = await dissipationJob(board, calibration, body);
  const runs = [job, ...job.series.more];
  runs.forEach(({ program, observer }, k) => {
    const told = (chunk: SampleChunk): void => observer.onSamples(chunk);
    const { serial } = descriptor;
    runProgramOnBoard(profile, serial, descriptor, program, seed + 1000 * k, told, 'all');
  });
  const { result } = await job.series.conclude(
    runs.map(({ program }, k) => ({
      run: `R${k}`,
      program: { hash: programHash(program) },
      calibration: calibration.id,
    })),
    { signal: new AbortController().signal },
  );
  return result as unknown as DissipationReport;
}

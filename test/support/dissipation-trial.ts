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

/** The pair of TC-14: K = [[3, −1], [−1, 4]], the first site cool. */
export const COOL_PAIR = {
  version: 1,
  sites: 2,
  siteKinds: 'continuous',
  couplings: { kind: 'coo', entries: [[0, 1, 1]] },
  wells: { quadratic: [1.5, 2], quartic: 0 },
  dynamics: { temperature: [0.02, 1] },
  initial: { kind: 'zero' },
  duration: 50,
  shots: 40,
};
/** A field that jumps on both sites, and back: of a cool board nearly all heat is that of the jumps. */
export const STEPPED_PAIR = {
  ...COOL_PAIR,
  dynamics: { temperature: 0.02 },
  drives: [
    {
      pattern: [1, -0.5],
      amplitude: [
        [0, 0],
        [1, 0],
        [1, 6],
        [2.5, 6],
        [2.5, 0],
      ],
    },
  ],
  duration: 4,
  shots: 200,
};

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

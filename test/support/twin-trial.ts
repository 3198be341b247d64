import { estimatorHere, planProbes, twinKind, type TwinReport } from '../../src/calibrate/index.js';
import { runKind } from '../../src/compile/index.js';
import { RandomStream } from '../../src/core/index.js';
import {
  descriptorHash,
  programHash,
  type Calibration,
  type DeviceResult,
} from '../../src/device/index.js';
import { bareCalibration } from './bare-calibration.js';
import type { MeasuredBoard } from './measured-board.js';
import { runProgramOnBoard } from './program-on-board.js';

const NOW = '2026-01-01T00:00:00.000Z';
/** Currents and voltages that are 0 on a nominal board, in units of what makes one of program's. */
const ABSOLUTE = /^(offsetCurrent|readoutOffset|heatOffset)/;

/** What a laboratory that knows everything to a share `error` would say of a board: its true values, each off by that much by chance. */
export function nearlyTrue(
  board: MeasuredBoard,
  error: number,
  seed: number,
  change: (name: string) => number = () => 1,
): Calibration {
  const { descriptor } = board;
  const { parameters } = planProbes(descriptor, { sites: board.profile.sites, readoutPoleS: 0 });
  const random = RandomStream.of(seed, 'bootstrap', 0);
  const found = parameters.list.map((parameter) => {
    const { name, unit, nominal } = parameter;
    const truth = board.truth(name);
    const standardError = ABSOLUTE.test(name)
      ? error * parameter.scale * 0.2
      : error * Math.abs(truth);
    return {
      name,
      value: change(name) * (truth + standardError * random.normal()),
      standardError,
      unit,
      identified: true,
      nominal: ABSOLUTE.test(name) || name.startsWith('readoutNoise') ? null : nominal,
    };
  });
  return bareCalibration({
    device: descriptor.device,
    serial: descriptor.serial,
    descriptor: descriptorHash(descriptor),
    parameters: found,
    covariance: [
      {
        parameters: found.map(({ name }) => name),
        lower: found.flatMap(({ standardError }, i) =>
          Array.from({ length: i + 1 }, (_, j) => (i === j ? standardError ** 2 : 0)),
        ),
      },
    ],
  });
}

export interface TwinTrial {
  readonly board: MeasuredBoard;
  readonly calibration: Calibration;
  /** A program document. */
  readonly program: object;
  readonly seed: number;
  readonly target?: number;
  readonly draws?: number;
  readonly shots?: number;
  readonly references?: readonly { parameter: string; value: number; standardError: number }[];
}

/** A twin job from its body to its report, the board's run in this process. */
export async function twinTrial(trial: TwinTrial): Promise<TwinReport> {
  const { board, calibration, program, seed, target, draws, shots, references } = trial;
  const { descriptor } = board;
  const kind = twinKind({
    estimator: estimatorHere,
    bases: [runKind],
    nowMs: () => Date.parse(NOW),
    drawSeed: () => seed + 1,
  });
  const job = await kind.prepare(
    {
      kind: 'twin',
      device: descriptor.device,
      base: { kind: 'run', program },
      ...(target === undefined ? {} : { target }),
      ...(draws === undefined ? {} : { draws }),
      ...(shots === undefined ? {} : { shots }),
      ...(references === undefined ? {} : { references }),
    },
    {
      descriptor: async () => descriptor,
      memorySet: async () => null,
      program: async () => null,
      calibration: async () => calibration,
    },
  );
  for (const [k, { program: one, observer }] of [job, ...job.series.more].entries()) {
    const { profile } = board;
    runProgramOnBoard(profile, descriptor.serial, descriptor, one, seed + 1000 * k, (chunk) =>
      observer.onSamples(chunk),
    );
  }
  await job.observer.finish({} as DeviceResult);
  const { result } = await job.series.conclude(
    [
      {
        run: 'R',
        seed,
        shots: job.program.shots,
        program: { hash: programHash(job.program) },
        calibration: calibration.id,
      },
    ],
    {
      job: 'J',
      now: NOW,
      device: { id: descriptor.device, descriptor },
      signal: new AbortController().signal,
    },
  );
  return result as unknown as TwinReport;
}

import { RandomStream, threadAnswer, type ThreadAnswer } from '../../core/index.js';
import {
  readoutTimes,
  type Calibration,
  type Descriptor,
  type ResolvedProgram,
} from '../../device/index.js';
import { calibratedCircuit, circuitDefaults } from './calibrated-circuit.js';
import { compareTwin, type TwinComparison } from './compare-twin.js';
import { ValueDraws, type Assumption } from './draw-values.js';
import { CircuitMarch } from './march-circuit.js';
import { quantityNames, ShotNumbers, type ComparedShots, type RunNumbers } from './shot-numbers.js';

/** What a run of a device is set beside. */
export interface TwinTask {
  readonly program: ResolvedProgram;
  readonly calibration: Calibration;
  readonly descriptor: Descriptor;
  readonly assumed: readonly Assumption[];
  readonly compared: ComparedShots;
  /** Reference that is to be retrieved; null: none. */
  readonly target: number | null;
  readonly device: RunNumbers;
  /** Runs of the twin, and shots of each. */
  readonly draws: number;
  readonly shots: number;
  readonly seed: number;
}

/** Runs a job's program on a device's twin, each time with other values that the calibration allows, and sets the device's run beside them. */
export function twinBoard(task: TwinTask): TwinComparison {
  const { compared, target, device, draws } = task;
  const twin = Array.from({ length: draws }, (_, k) => twinRun(task, k));
  return compareTwin(quantityNames(compared, target), target, device, twin);
}

/** One run of the twin. @param k which draw; −1: the calibration itself */
export function twinRun(
  { program, calibration, descriptor, assumed, compared, target, shots, seed }: TwinTask,
  k: number,
): RunNumbers {
  const values = new ValueDraws(calibration, assumed).draw(seed, k);
  const error = assumed.find(({ parameter }) => parameter === 'couplingError')?.standardError ?? 0;
  const random = RandomStream.of(seed, 'learning', k + 1);
  const circuit = calibratedCircuit(
    program,
    values,
    circuitDefaults(descriptor),
    error > 0 && k >= 0 ? () => error * random.normal() : undefined,
  );
  const march = new CircuitMarch(circuit, program, readoutTimes(program));
  const numbers = new ShotNumbers({ ...compared, shots });
  const first = (k + 1) * shots;
  for (let shot = 0; shot < shots; shot++) {
    march.run(seed, first + shot, {
      readout: (of, step, shown) => numbers.shown(of - first, step, shown),
      end: (of, work, heat) => numbers.end(of - first, work, heat),
    });
  }
  return numbers.numbers(target);
}

/** The same, for a thread. */
export const twin = (task: TwinTask): Promise<ThreadAnswer<TwinComparison>> =>
  threadAnswer(() => twinBoard(task));

import { RelaxdError } from '../../core/index.js';
import {
  calibratedUnits,
  runOnDevice,
  type Calibration,
  type Device,
  type HeldOutHeat,
  type Program,
} from '../../device/index.js';
import { heldOutHeat } from './calibration-record.js';
import { twinProgram } from './twin-program.js';

/** Runs programs on an emulator that is made to be a calibrated device's twin. */
export interface TwinRunner {
  /** @throws RelaxdError `unknown-device`, `not-supported`: it is no emulated circuit */
  require(against: string): Promise<void>;
  /**
   * A calibration whose held-out heat the twin predicts, in place of the exact mean.
   * @param held the programs of its held-out heat, in that order
   */
  predicted(
    against: string,
    calibration: Calibration,
    held: {
      readonly programs: readonly Program[];
      readonly seed: number;
      readonly signal: AbortSignal;
    },
  ): Promise<Calibration>;
}

/** Shots of a twin over those that were measured: its own scatter then matters little. */
const MORE_SHOTS = 4;

/** @param open makes a device of that id anew, not connected, which nobody else has */
export function twinRunner(open: (id: string) => Promise<Device>): TwinRunner {
  const circuit = async (against: string): Promise<Device> => {
    const device = await open(against);
    if (device.origin === 'emulator' && device.driver === 'rc-langevin') return device;
    await device[Symbol.asyncDispose]();
    throw new RelaxdError('not-supported', `${against} cannot be a circuit’s twin`, {
      path: 'against',
      value: against,
      limit: 'an emulated overdamped circuit: rc-langevin',
    });
  };
  return {
    async require(against) {
      await (await circuit(against))[Symbol.asyncDispose]();
    },
    async predicted(against, calibration, { programs, seed, signal }) {
      const device = await circuit(against);
      const monitor = monitorOf(calibration);
      const warnings = new Set<string>();
      const heldOut: HeldOutHeat[] = [];
      try {
        await device.connect(signal);
        for (const [k, program] of programs.entries()) {
          const twin = twinProgram({ ...program, shots: MORE_SHOTS * program.shots }, calibration);
          for (const warning of twin.warnings) warnings.add(warning);
          const run = `twin-${k}`;
          const { thermodynamics } = await runOnDevice(device, twin.program, { run, seed, signal });
          const { heat } = thermodynamics;
          if (heat?.mean == null || heat.sem === null) {
            throw new RelaxdError('not-supported', `${against} tells no heat`, { value: against });
          }
          const exact = calibration.heldOut[k]!;
          const predicted = {
            mean: monitor.gain * heat.mean + monitor.offset * program.duration,
            sem: Math.hypot(monitor.gain * heat.sem, exact.heat.predicted.sem),
          };
          const { measured } = exact.heat;
          heldOut.push({ ...exact, ...heldOutHeat(exact.program, { measured, predicted }) });
        }
      } finally {
        await device[Symbol.asyncDispose]();
      }
      return {
        ...calibration,
        against,
        heldOut,
        warnings: [...calibration.warnings, ...warnings],
      };
    },
  };
}

/** What the heat monitor makes of heat: its gain, and what it adds a unit of time, in program units. */
function monitorOf(calibration: Calibration): { gain: number; offset: number } {
  const { energyJ, timeS } = calibratedUnits(calibration);
  const of = (name: string): number | undefined =>
    calibration.parameters.find((one) => one.name === name)?.value;
  return { gain: of('heatGain') ?? 1, offset: ((of('heatOffset') ?? 0) * timeS) / energyJ };
}

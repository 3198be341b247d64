import { Channel, InitialKind, type BankState, type CallBody } from '../../src/link/index.js';
import type { BoardProgram } from './board-program.js';
import { needsEveryState } from './row-assembler.js';

const INITIAL: Readonly<Record<string, InitialKind>> = {
  zero: InitialKind.INITIAL_ZERO,
  pattern: InitialKind.INITIAL_VALUES,
  corrupted: InitialKind.INITIAL_CORRUPTED,
  random: InitialKind.INITIAL_RANDOM,
};

/** What Arm is asked for a program that the board holds. @param times of the readouts of a shot */
export function armRequest(
  { program }: BoardProgram,
  times: Float64Array,
  of: {
    readonly runId: number;
    readonly bank: BankState;
    readonly seed: number;
    readonly watchdogMs: number;
    readonly maxRunSeconds: number;
  },
): CallBody<'arm'> {
  const { initial, readout } = program;
  const { channels } = readout;
  const { temperature } = program.dynamics;
  return {
    runId: of.runId,
    bank: of.bank.bank,
    bankCrc32: of.bank.crc32,
    seed: of.seed,
    shots: program.shots,
    duration: program.duration,
    readoutEvery: readout.every,
    readouts: times.length,
    channels: [
      Channel.CHANNEL_STATE,
      ...(channels.includes('work') ? [Channel.CHANNEL_WORK] : []),
      ...(channels.includes('heat') ? [Channel.CHANNEL_HEAT] : []),
    ],
    // Else the first and the last of each shot.
    stateEvery: needsEveryState(channels) ? 1 : times.length,
    initial: INITIAL[initial.kind] ?? InitialKind.INITIAL_ZERO,
    flips: initial.kind === 'corrupted' ? initial.flips : 0,
    temperature: typeof temperature === 'number' ? temperature : temperature[0]!,
    watchdogMs: of.watchdogMs,
    maxDurationMs: Math.round(of.maxRunSeconds * 1000),
  };
}

import type { ResolvedProgram } from '../../../device/index.js';
import { GROUP } from '../../../kernels/index.js';
import { requireAlgorithm } from '../../require-algorithm.js';
import type { SimulationTask } from '../../simulation.js';
import { imperfectionsOf, isIdealCircuit } from '../imperfect/imperfections.js';
import { layersFor } from '../layered/layered-run.js';

/** With fewer shots than this they run one after the other: sixteen columns would be mostly empty. */
const FEWEST_SHOTS = 8;
/** Blocks that a run has at least before its blocks get longer than a group. */
const BLOCKS_A_RUN = 8;
const MOST_COLUMNS = 4 * GROUP;
/** Readouts of a block are kept until its shots have ended: at most so many bytes of them. */
const MOST_BYTES_OF_READOUTS = 96 * 1024 * 1024;

/** How the shots of a program are dealt and moved; depends on the program only. */
export interface Columns {
  /** Shots side by side. */
  readonly shots: number;
  /** Whether every readout's state is kept, or the last one's only (where no other is recorded). */
  readonly everyState: boolean;
}

/** Shots side by side for a program; null: one after the other. */
export function columnsOf(program: ResolvedProgram, readouts: number): Columns | null {
  if (program.shots < FEWEST_SHOTS) return null;
  const most = Math.min(
    MOST_COLUMNS,
    GROUP * Math.max(1, Math.floor(program.shots / (GROUP * BLOCKS_A_RUN))),
  );
  const others = 3 + program.references.length;
  const bytes = (states: number): number => 8 * (readouts * others + states * program.sites);
  const fit = (states: number): number =>
    Math.min(most, Math.floor(MOST_BYTES_OF_READOUTS / bytes(states)));
  const all = fit(readouts);
  if (all >= Math.min(GROUP, program.shots)) return { shots: all, everyState: true };
  if (program.readout.channels.includes('state')) return null;
  const last = fit(1);
  return last >= Math.min(GROUP, program.shots) ? { shots: last, everyState: false } : null;
}

/** Shots of a block of a run on a circuit, so that each is a whole number of groups; null: they run one after the other. */
export function circuitShotsABlock(
  program: ResolvedProgram,
  parameters: Readonly<Record<string, number>>,
  readouts: number,
): number | null {
  if (!isIdealCircuit(imperfectionsOf(parameters)) || layersFor(program, null) !== null)
    return null;
  return columnsOf(program, readouts)?.shots ?? null;
}

export function algorithmName(integrator: string, columns: Columns | null): string {
  return columns === null
    ? `${integrator}, shot by shot, float64`
    : `${integrator}, ${columns.shots} shots as columns, float64`;
}

/**
 * What a task is to do: its own choice, or the one that it names.
 * @param others what else the program could be run with
 * @throws RelaxdError `not-supported`
 */
export function columnsFor(
  { program, times, algorithm }: SimulationTask,
  integrator: string,
  others: readonly string[] = [],
): Columns | null {
  const columns = columnsOf(program, times.length);
  if (algorithm === null) return columns;
  const choices = columns === null ? [null] : [columns, null];
  const names = choices.map((choice) => algorithmName(integrator, choice));
  requireAlgorithm(
    algorithm,
    [...others, ...names],
    'leave the algorithm out, or the integrator to dynamics.integrator',
  );
  return choices[names.indexOf(algorithm)] ?? null;
}

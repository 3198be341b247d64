import {
  readProgram,
  readoutTimes,
  resolveProgram,
  type Descriptor,
  type ResolvedProgram,
} from '../../src/device/index.js';
import type { Readout, Simulate } from '../../src/emulate/index.js';
import {
  RunLedger,
  RunningMoments,
  summariseLedger,
  type LedgerSummary,
  type ShotLedger,
  type ThermoContext,
} from '../../src/thermo/index.js';
import { simulateHere } from '../../src/emulate/simulate-here.js';
import { inOneMemory } from './one-memory.js';

/** What a simulator delivered, gathered without threads or devices. */
export interface SimulationOutcome {
  readonly times: Float64Array;
  readonly ledgers: readonly ShotLedger[];
  /** [step] */
  readonly energy: readonly RunningMoments[];
  readonly work: readonly RunningMoments[];
  readonly heat: readonly RunningMoments[];
  /** [reference][step] */
  readonly overlaps: readonly (readonly RunningMoments[])[];
  /** [shot]: the states at the first and at the last readout. */
  readonly initialStates: readonly (Int8Array | Float64Array)[];
  readonly finalStates: readonly (Int8Array | Float64Array)[];
  /** [shot][reference] */
  readonly finalOverlaps: readonly Float64Array[];
}

/** A program document as a device resolves it; the seed is the document's, or 1. */
export function resolveDocument(document: unknown, descriptor: Descriptor): ResolvedProgram {
  const program = readProgram(document);
  return resolveProgram(program, descriptor, program.seed ?? 1);
}

/** Runs all shots of a program (or the block given) in this thread. */
export function runSimulation(
  simulate: Simulate,
  program: ResolvedProgram,
  options: {
    readonly parameters?: Readonly<Record<string, number>>;
    readonly firstShot?: number;
    readonly shots?: number;
    readonly times?: Float64Array;
  } = {},
): SimulationOutcome {
  const times = options.times ?? readoutTimes(program);
  const fresh = (): RunningMoments[] => Array.from(times, () => new RunningMoments());
  const outcome = {
    times,
    ledgers: [] as ShotLedger[],
    energy: fresh(),
    work: fresh(),
    heat: fresh(),
    overlaps: program.references.map(fresh),
    initialStates: [] as (Int8Array | Float64Array)[],
    finalStates: [] as (Int8Array | Float64Array)[],
    finalOverlaps: [] as Float64Array[],
  };
  const block = {
    program,
    parameters: options.parameters ?? {},
    firstShot: options.firstShot ?? 0,
    shots: options.shots ?? program.shots,
    times,
  };
  const sink = {
    readout: (row: Readout) => {
      outcome.energy[row.step]!.add(row.energy);
      outcome.work[row.step]!.add(row.work);
      outcome.heat[row.step]!.add(row.heat);
      row.overlaps.forEach((m, k) => outcome.overlaps[k]![row.step]!.add(m));
      if (row.step === 0) outcome.initialStates.push(row.state.slice());
      if (row.step === times.length - 1) {
        outcome.finalStates.push(row.state.slice());
        outcome.finalOverlaps.push(row.overlaps.slice());
      }
    },
    shotEnd: (ledger: ShotLedger) => outcome.ledgers.push(ledger),
    progress: () => undefined,
  };
  inOneMemory(program, (arena) => simulateHere(simulate, block, sink, null, arena));
  return outcome;
}

/** The thermodynamics that a device would report of an outcome; checks the first law of every shot. */
export function summarise(
  outcome: SimulationOutcome,
  context: ThermoContext,
  duration: number,
): LedgerSummary {
  const ledger = new RunLedger(context);
  for (const shot of outcome.ledgers) ledger.add(shot);
  return summariseLedger(ledger, duration);
}

/** Whether acceptance tests run at the sizes of the physics pages; `npm test` runs reduced ones. */
export const FULL_SIZE = process.env['RELAXD_ACCEPTANCE'] === 'full';

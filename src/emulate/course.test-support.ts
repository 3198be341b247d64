import type { EngineKind } from '../core/index.js';
import { readoutTimes, type ResolvedProgram } from '../device/index.js';
import type { ShotLedger } from '../thermo/index.js';
import { simulateHere } from './simulate-here.js';
import type { Readout, Simulate } from './simulation.js';

/** Everything that a simulator tells of all shots of a program, number for number. */
export interface Course {
  readonly rows: readonly (Omit<Readout, 'overlaps' | 'state'> & {
    readonly overlaps: number[];
    readonly state: number[];
  })[];
  readonly ledgers: readonly ShotLedger[];
  readonly algorithm: string;
}

/** @param engine null: the default one; @param algorithm null: the simulator's choice */
export function courseOf(
  simulate: Simulate,
  program: ResolvedProgram,
  engine: EngineKind | null = null,
  algorithm: string | null = null,
): Course {
  const rows: Course['rows'][number][] = [];
  const ledgers: ShotLedger[] = [];
  let told = '';
  const { shots } = program;
  simulateHere(
    simulate,
    { program, parameters: {}, firstShot: 0, shots, times: readoutTimes(program), algorithm },
    {
      readout: ({ overlaps, state, ...row }) =>
        rows.push({ ...row, overlaps: Array.from(overlaps), state: Array.from(state) }),
      shotEnd: (ledger) => ledgers.push(ledger),
      progress: () => undefined,
      algorithm: (name) => (told = name),
    },
    engine,
  );
  return { rows, ledgers, algorithm: told };
}

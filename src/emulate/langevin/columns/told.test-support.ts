import { expect } from 'vitest';
import type { EngineKind } from '../../../core/index.js';
import { readoutTimes, type ResolvedProgram } from '../../../device/index.js';
import type { ShotLedger } from '../../../thermo/index.js';
import { simulateHere } from '../../simulate-here.js';
import type { Simulate } from '../../simulation.js';

/** What a simulator tells of shots, in the order in which it does. */
export interface Told {
  readonly states: Float64Array[];
  readonly rows: { energy: number; work: number; heat: number; overlap: number }[];
  readonly ledgers: ShotLedger[];
  readonly algorithm: string;
}

/** @param algorithm null: the simulator's choice */
export function told(
  simulate: Simulate,
  program: ResolvedProgram,
  engine: EngineKind,
  { algorithm = null as string | null, firstShot = 0, shots = program.shots } = {},
): Told {
  const out = { states: [], rows: [], ledgers: [], algorithm: '' } as {
    -readonly [K in keyof Told]: Told[K];
  };
  const order: number[] = [];
  simulateHere(
    simulate,
    { program, parameters: {}, firstShot, shots, times: readoutTimes(program), algorithm },
    {
      algorithm: (name) => (out.algorithm = name),
      readout: ({ state, energy, work, heat, overlaps, shot, step }) => {
        order.push(shot * 1000 + step);
        out.states.push(Float64Array.from(state));
        out.rows.push({ energy, work, heat, overlap: overlaps[0] ?? 0 });
      },
      shotEnd: (ledger) => out.ledgers.push(ledger),
      progress: () => undefined,
    },
    engine,
  );
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  return out;
}

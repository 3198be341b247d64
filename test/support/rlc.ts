import { Matrix } from 'ml-matrix';
import { readoutTimes } from '../../src/device/index.js';
import {
  BENCH_CELL,
  benchPreset,
  realiseRlc,
  rlcDescriptor,
  type RlcComponents,
  type RlcProgram,
} from '../../src/emulate/index.js';
import { simulate } from '../../src/emulate/rlc/simulate-rlc.js';
import type { ShotLedger } from '../../src/thermo/index.js';
import { resolveDocument } from './run-simulation.js';
import { simulateHere } from '../../src/emulate/simulate-here.js';

export interface RlcOptions {
  /** √2/Q; 1 where left out. */
  readonly friction?: number;
  readonly components?: Partial<RlcComponents>;
}

/** An underdamped circuit's program with ideal couplings; sites continuous and uncoupled where nothing else is said. */
export function rlcCircuit(
  document: Readonly<Record<string, unknown>>,
  { friction = 1, components = {} }: RlcOptions = {},
): RlcProgram {
  const preset = benchPreset({ ...BENCH_CELL, ...components });
  const resolved = resolveDocument(
    {
      version: 1,
      siteKinds: 'continuous',
      couplings: { kind: 'coo', entries: [] },
      readout: { every: document['duration'] },
      ...document,
    },
    rlcDescriptor('rlc-langevin', 'rlc-langevin', preset),
  );
  const parameters = { couplingBits: 0, qualityFactor: Math.SQRT2 / friction };
  return realiseRlc(resolved, parameters, preset.components, preset.couplingRange).program;
}

/** Runs every shot and shows every readout's positions (reused: copy what you keep). */
export function watchRlc(
  program: RlcProgram,
  each: (x: Float64Array, step: number, shot: number) => void,
): ShotLedger[] {
  const ledgers: ShotLedger[] = [];
  simulateHere(
    simulate,
    { program, parameters: {}, firstShot: 0, shots: program.shots, times: readoutTimes(program) },
    {
      readout: (row) => each(row.state as Float64Array, row.step, row.shot),
      shotEnd: (ledger) => ledgers.push(ledger),
      progress: () => undefined,
    },
  );
  return ledgers;
}

/** Drift and diffusion of (x, v): dx = v dt, dv = (−K x − Γ v) dt + √(2ΓT) dW. */
export function phaseSpace(
  K: Matrix,
  friction: readonly number[],
  temperatures: readonly number[],
): { A: Matrix; D: Matrix } {
  const n = K.rows;
  const A = Matrix.zeros(2 * n, 2 * n);
  const D = Matrix.zeros(2 * n, 2 * n);
  for (let i = 0; i < n; i++) {
    A.set(i, n + i, -1);
    for (let j = 0; j < n; j++) A.set(n + i, j, K.get(i, j));
    A.set(n + i, n + i, friction[i]!);
    D.set(n + i, n + i, 2 * friction[i]! * temperatures[i]!);
  }
  return { A, D };
}

import { expect } from 'vitest';
import { readoutTimes, type ResolvedProgram } from '../../src/device/index.js';
import { CHIP, circuitDescriptor, circuitUnits } from '../../src/emulate/index.js';
import { simulate } from '../../src/emulate/langevin/simulate-circuit.js';
import type { ShotLedger } from '../../src/thermo/index.js';
import { hold, lineNames, type LineNames } from './hold.js';
import { FULL_SIZE, resolveDocument } from './run-simulation.js';
import { simulateHere } from '../../src/emulate/simulate-here.js';

export const CIRCUIT = circuitDescriptor('rc-langevin', 'rc-langevin', CHIP);

/** A circuit's program with ideal couplings; sites continuous and uncoupled where the document says nothing else. */
export function circuit(document: Readonly<Record<string, unknown>>): ResolvedProgram {
  return resolveDocument(
    {
      version: 1,
      siteKinds: 'continuous',
      couplings: { kind: 'coo', entries: [] },
      readout: { every: document['duration'] },
      ...document,
    },
    CIRCUIT,
  );
}

/** What a board is like in the program's units (t₀, V₀, C V₀/t₀), as parameters of a device with the components of CHIP. */
export function board(
  units: {
    /** In t₀. */
    readonly couplingPole?: number;
    readonly readoutPole?: number;
    /** In t₀; shots follow each other. */
    readonly driftTime?: number;
    /** Cycles a t₀. */
    readonly flickerCorner?: number;
    readonly offset?: number;
    /** In V₀. */
    readonly rail?: number;
    readonly otaRange?: number;
    readonly adcFullScale?: number;
    readonly adcNoise?: number;
  },
  others: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const { timeS, voltageV, currentA } = circuitUnits(CHIP);
  return {
    ...CHIP,
    couplingPoleS: (units.couplingPole ?? 0) * timeS,
    readoutPoleS: (units.readoutPole ?? 0) * timeS,
    temperatureDriftS: (units.driftTime ?? 1) * timeS,
    flickerCornerHz: (units.flickerCorner ?? 0) / timeS,
    offsetA: (units.offset ?? 0) * currentA,
    railV: (units.rail ?? 0) * voltageV,
    otaRangeV: (units.otaRange ?? 0) * voltageV,
    adcFullScaleV: (units.adcFullScale ?? 8) * voltageV,
    adcNoiseV: (units.adcNoise ?? 0) * voltageV,
    ...others,
  };
}

/** Runs every shot and shows every readout's state (reused: copy what you keep). */
export function watch(
  program: ResolvedProgram,
  each: (x: Float64Array, step: number, shot: number) => void,
  parameters: Readonly<Record<string, number>> = {},
): ShotLedger[] {
  // States that no channel asks for are not kept where a block's readouts would be too many.
  const channels = [...new Set([...program.readout.channels, 'state' as const])];
  const shown = { ...program, readout: { ...program.readout, channels } };
  const ledgers: ShotLedger[] = [];
  simulateHere(
    simulate,
    {
      program: shown,
      parameters,
      firstShot: 0,
      shots: program.shots,
      times: readoutTimes(program),
    },
    {
      readout: (row) => each(row.state as Float64Array, row.step, row.shot),
      shotEnd: (ledger) => ledgers.push(ledger),
      progress: () => undefined,
    },
  );
  return ledgers;
}

/** Mean and standard error of independent batches. */
export function batchMean(batches: ArrayLike<number>): { mean: number; sem: number } {
  const n = batches.length;
  let mean = 0;
  for (let k = 0; k < n; k++) mean += batches[k]! / n;
  let squares = 0;
  for (let k = 0; k < n; k++) squares += (batches[k]! - mean) ** 2;
  return { mean, sem: Math.sqrt(squares / (n - 1) / n) };
}

/**
 * Notes and holds an estimate to an exact value: within 4 standard errors plus the integrator's stated bias always, and
 * within the physics page's tolerance at full size. `resolution` is what 4 standard errors may be at most, so that a run
 * too small to tell anything fails as well.
 */
export function expectExact(
  estimate: { readonly mean: number; readonly sem: number },
  exact: number,
  limits: { readonly tolerance: number; readonly resolution: number; readonly bias?: number },
  names: LineNames = {},
): void {
  const { mean, sem } = estimate;
  const told = 4 * sem + (limits.bias ?? 0);
  const tolerance = FULL_SIZE ? Math.min(told, limits.tolerance) : told;
  hold({ ...lineNames(names), expected: exact, got: mean, standardError: sem, tolerance });
  const said = `${mean} ± ${sem} against ${exact}`;
  expect(4 * sem, `4 standard errors: ${said}`).toBeLessThan(limits.resolution);
}

import {
  readProgram,
  type Program,
  type ResolvedProgram,
  type SampleChunk,
} from '../../device/index.js';
import { moments } from '../../thermo/index.js';
import type { Assumption } from './draw-values.js';
import type { CircuitUnits } from './twin-units.js';

/** A run in which nothing works on the device: what its monitor of work says is the monitor's offset. */
export interface WorkAtRest {
  readonly program: Program;
  readonly rule: null;
  readonly observer: { onSamples(chunk: SampleChunk): void; finish(): Record<string, never> };
  readonly warnings: readonly string[];
  /** Of what has come. */
  offset(units: CircuitUnits): Assumption;
}

const SHOTS = 50;

/** Nodes of their own in linear wells, without fields, drives or controls, for as long as a shot of the program. */
export function workAtRest({ sites, duration }: ResolvedProgram, seed: number): WorkAtRest {
  let totals: number[] = [];
  return {
    program: readProgram({
      version: 1,
      sites,
      siteKinds: 'continuous',
      couplings: { kind: 'coo', entries: [] },
      wells: { quadratic: 1, quartic: 0 },
      initial: { kind: 'zero' },
      duration,
      readout: { every: duration, channels: ['work'] },
      shots: SHOTS,
      seed,
    }),
    rule: null,
    warnings: [],
    observer: {
      onSamples({ firstRow, rows, step, work }) {
        if (firstRow === 0) totals = []; // the job was tried again
        if (work === null) return;
        for (let row = 0; row < rows; row++) if (step[row] === 1) totals.push(work[row]!);
      },
      finish: () => ({}),
    },
    offset({ energyJ, timeS }) {
      const { mean, sem } = moments(totals.filter(Number.isFinite));
      const watts = energyJ / (duration * timeS);
      return { parameter: 'workOffset', value: mean * watts, standardError: sem * watts };
    },
  };
}

import type { InputCourse } from '../linear/linear-system.js';
import { timeUnitS, type NominalCircuit } from './circuit-parameters.js';
import { isQuartic, type CircuitSetting } from './circuit-setting.js';

/** A program that a device runs to be measured, and what is made of it. */
export interface CircuitProbe {
  readonly name: string;
  /** For people: what it shows. */
  readonly shows: string;
  /** What is used of its record: the states of every sample, or the heat of every shot. */
  readonly kind: 'states' | 'heat';
  readonly setting: CircuitSetting;
  readonly drives: readonly ProbeDrive[];
  readonly course: InputCourse;
  readonly shots: number;
  /** The program as a device takes it (docs/formats/program.md), without a seed. */
  readonly program: Readonly<Record<string, unknown>>;
  readonly cost: ProbeCost;
}

export interface ProbeCost {
  /** The device's own time while it runs, shots times duration, without what lies between shots. */
  readonly deviceS: number;
  readonly shots: number;
  /** Rows that are read, and numbers in them. */
  readonly rows: number;
  readonly numbers: number;
}

/** A drive that goes up and down in straight lines: its amplitude at each sample. */
export interface ProbeDrive {
  readonly index: number;
  readonly pattern: Float64Array;
  readonly amplitudes: Float64Array;
}

/** What a probe sets. */
export interface ProbeSetting extends Omit<CircuitSetting, 'drives'> {
  readonly drives: readonly ProbeDrive[];
  /** Time between samples, t0. */
  readonly every: number;
  readonly samples: number;
  readonly shots: number;
}

/** A probe from what it sets, as a program and as a model; shots start at 0. */
export function circuitProbe(
  name: string,
  shows: string,
  kind: 'states' | 'heat',
  nominal: NominalCircuit,
  probe: ProbeSetting,
): CircuitProbe {
  const { sites, quadratic, temperature, fields, couplings, drives, every, samples, shots } = probe;
  const quartic = probe.quartic ?? new Float64Array(sites);
  const duration = every * (samples - 1);
  const rows = shots * samples;
  const entries: number[][] = [];
  for (let k = 0; k < couplings.length; k += 3) entries.push(Array.from(couplings.slice(k, k + 3)));
  const inputs = new Float64Array(samples * (1 + drives.length));
  for (let s = 0; s < samples; s++) {
    inputs.set([1, ...drives.map(({ amplitudes }) => amplitudes[s]!)], s * (1 + drives.length));
  }
  return {
    name,
    shows,
    kind,
    setting: { sites, quadratic, quartic, couplings, fields, temperature, drives },
    drives,
    course: { interval: every, length: samples, before: inputs, after: inputs },
    shots,
    program: {
      version: 1,
      sites,
      siteKinds: 'continuous',
      couplings: { kind: 'coo', entries },
      fields: Array.from(fields),
      wells: {
        quadratic: Array.from(quadratic),
        quartic: isQuartic(probe) ? Array.from(quartic) : 0,
      },
      dynamics: {
        temperature: typeof temperature === 'number' ? temperature : Array.from(temperature),
      },
      initial: { kind: 'zero' },
      drives: drives.map(({ pattern, amplitudes }) => ({
        pattern: Array.from(pattern),
        amplitude: Array.from(amplitudes, (A, s) => [s * every, A]),
      })),
      duration,
      readout: { every, channels: kind === 'heat' ? ['heat'] : ['state'] },
      shots,
    },
    cost: {
      deviceS: shots * duration * timeUnitS(nominal),
      shots,
      rows,
      numbers: rows * (kind === 'heat' ? 1 : sites),
    },
  };
}

/** What probes take together. */
export function totalCost(probes: readonly Pick<CircuitProbe, 'cost'>[]): ProbeCost {
  const sum = (member: keyof ProbeCost): number =>
    probes.reduce((total, { cost }) => total + cost[member], 0);
  return {
    deviceS: sum('deviceS'),
    shots: sum('shots'),
    rows: sum('rows'),
    numbers: sum('numbers'),
  };
}

/** What a converter gives exactly: the nearest step towards 0, which is within its range. */
export const onGrid = (value: number, resolution: number | null): number =>
  resolution === null ? value : Math.trunc(value / resolution) * resolution;

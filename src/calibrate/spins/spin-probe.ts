import { onGrid } from '../circuit/circuit-probe.js';
import { recallPrograms, type RecallProgram } from './recall-programs.js';
import { forgetting, type SpinDevice } from './spin-device.js';

/** A program of single spins in fields, and what it is for. */
export interface SpinProbe {
  readonly name: string;
  readonly shows: string;
  readonly sites: number;
  readonly fields: Float64Array;
  /** State at t = 0. */
  readonly start: Int8Array;
  readonly interval: number;
  readonly samples: number;
  readonly shots: number;
  /** As a device takes it, without a seed. */
  readonly program: Readonly<Record<string, unknown>>;
}

export interface SpinPlan {
  readonly device: SpinDevice;
  readonly sites: number;
  readonly probes: readonly SpinProbe[];
  readonly held: readonly RecallProgram[];
}

/** Costs of the probes' flips over the set temperature, or in units of program energy where that is 0. */
const COSTS = [0.5, 1, 1.8, 3, 4.5];
/** Of the time in which a spin forgets where it was: flips are resolved, and few samples are wasted. */
const RESOLVED = 0.3;
const SAMPLES = 32;
/** Where nothing flips once a spin has gone downhill. */
const SAMPLES_COLD = 12;
/** Of all sites together, and of each of many. */
const SHOTS_OF_ALL = 1600;
const LEAST_SHOTS = 60;

/** All that a calibration of spins runs: {@link spinProbes}, and what is held out from the fit. */
export function planSpins(device: SpinDevice, sites: number, effort: number): SpinPlan {
  return {
    device,
    sites,
    probes: spinProbes(device, sites, effort),
    held: recallPrograms(device, sites, effort),
  };
}

/**
 * Chooses what spins are to do for their kernel to be found, from the descriptor alone: single spins that begin against fields of several strengths, so
 * that flips cost up to 4.5 T either way, and are read often enough for each flip to show. Between strengths the exponent shows; between up and down, the
 * temperature; in what is undone at once, the readout's error. Signs of fields alternate from site to site, and from probe to probe.
 */
function spinProbes(device: SpinDevice, sites: number, effort: number): SpinProbe[] {
  const { descriptor, temperature } = device;
  const scale = temperature > 0 ? temperature : 1;
  const { range, resolution } = descriptor.fields;
  const most = range === null ? Infinity : Math.min(-range[0], range[1]);
  const wanted = COSTS.map((cost) => (cost * scale) / 2);
  const shrunk = Math.min(1, most / wanted.at(-1)!);
  const samples = temperature > 0 ? SAMPLES : SAMPLES_COLD;
  const shots = Math.min(
    descriptor.shots.max,
    Math.ceil(effort * Math.max(LEAST_SHOTS, SHOTS_OF_ALL / sites) * (SAMPLES / samples)),
  );
  const sizes = [...new Set(wanted.map((field) => onGrid(field * shrunk, resolution)))];
  return sizes
    .filter((field) => field > 0)
    .map((field, k): SpinProbe => {
      const fields = Float64Array.from({ length: sites }, (_, i) =>
        (i + k) % 2 === 0 ? field : -field,
      );
      const start = Int8Array.from(fields, (h) => -Math.sign(h));
      const interval = Math.max(
        RESOLVED / forgetting(device, field),
        descriptor.readout.minEvery ?? 0,
      );
      return {
        name: `fields of ${Number(field.toPrecision(4))}`,
        shows: 'rates up and down at this cost, and errors of the readout',
        sites,
        fields,
        start,
        interval,
        samples,
        shots,
        program: {
          version: 1,
          sites,
          couplings: { kind: 'coo', entries: [] },
          fields: Array.from(fields),
          dynamics: device.dynamics,
          initial: { kind: 'pattern', values: Array.from(start) },
          duration: interval * (samples - 1),
          readout: { every: interval, channels: ['state'] },
          shots,
        },
      };
    });
}

/** Device time of programs together, and shots. */
export function spinCost(programs: readonly Pick<SpinProbe, 'interval' | 'samples' | 'shots'>[]): {
  readonly shots: number;
  readonly deviceTime: number;
} {
  let shots = 0;
  let deviceTime = 0;
  for (const one of programs) {
    shots += one.shots;
    deviceTime += one.shots * one.interval * (one.samples - 1);
  }
  return { shots, deviceTime };
}

import type { NeuronKernelSpec, Program } from '../../device/index.js';

/** The device's unit of time: its own membrane time, in seconds. A program's own `spiking.tau` does not change it. */
export const MEMBRANE_TIME_S = 0.008;

/** The device's neuron, SI (physics page §4: common teaching values, a choice). */
export const DEFAULT_NEURON = {
  tau: MEMBRANE_TIME_S,
  rest: -0.07,
  reset: -0.065,
  threshold: -0.05,
  refractory: 0.002,
  resistance: 1e7,
} as const;

/** Members of `dynamics.spiking`, SI. */
export type NeuronConstants = { readonly [name in keyof typeof DEFAULT_NEURON]: number };

/** Parameters of the device. */
export interface Bench {
  /** Background current of every neuron over its rheobase. */
  readonly biasOverRheobase: number;
  /** Current that one unit of field injects, A. */
  readonly fieldCurrentA: number;
}

export const DEFAULT_BENCH: Bench = { biasOverRheobase: 1, fieldCurrentA: 1e-9 };

/** How long a spike counts, in membrane times, unless the program says otherwise. */
export const DEFAULT_WINDOW = 4;
/** Longest step of stepped neurons, in membrane times: 0.1 ms. */
export const DEFAULT_STEP = 1 / 80;

export type NeuronModel = NeuronKernelSpec['kind'];

/** `dynamics.kernel` with everything filled in. */
export interface NeuronKernel {
  readonly kind: NeuronModel;
  /** How long a spike counts, in the device's unit of time. */
  readonly window: number;
  /** ε: what a spike of j does to i as time goes on. */
  readonly response: 'box' | 'exponential';
  readonly escape: 'sigmoidal' | 'exponential';
  /** Time scale of the escape rate, in the device's unit of time. */
  readonly escapeTime: number;
}

/** A neuron as the simulators work with it: volts above rest, and the device's unit of time. */
export interface Neuron extends NeuronKernel {
  readonly tau: number;
  readonly refractory: number;
  readonly reset: number;
  readonly threshold: number;
  /** R × current of one unit of field, volts. */
  readonly gain: number;
  /** R × background current, volts. */
  readonly bias: number;
  /** How far the background alone brings a neuron over its threshold, in units of field; 0 at the rheobase. */
  readonly offset: number;
}

/** Rheobase (θ − V_rest)/R, A. */
export function rheobaseA({ threshold, rest, resistance }: NeuronConstants): number {
  return (threshold - rest) / resistance;
}

/**
 * Rate of a leaky integrate-and-fire neuron in a constant current, Hz:
 * f(I) = 1/(Δ + τ ln((RI − V_reset')/(RI − θ'))), primes: above rest; 0 up to the rheobase (physics page §2.11).
 */
export function firingRateHz(neuron: NeuronConstants, currentA: number): number {
  const { tau, rest, reset, threshold, refractory, resistance } = neuron;
  const v = resistance * currentA;
  if (!(v > threshold - rest)) return 0;
  return 1 / (refractory + tau * Math.log1p((threshold - reset) / (v - (threshold - rest))));
}

/** The constants of a program's neurons, SI. */
export function neuronConstants(program: Pick<Program, 'dynamics'>): NeuronConstants {
  return { ...DEFAULT_NEURON, ...program.dynamics.spiking };
}

/** The kernel of a program's neurons. */
export function neuronKernel(program: Pick<Program, 'dynamics'>): NeuronKernel {
  const { kernel, dt } = program.dynamics;
  // The descriptor lets no other kernel come here.
  const given = (
    typeof kernel === 'string' ? { kind: kernel } : (kernel ?? { kind: 'lif' })
  ) as NeuronKernelSpec;
  const { kind } = given;
  if (kind === 'memoryless') {
    const step = dt ?? 1;
    return { kind, window: step, response: 'box', escape: 'sigmoidal', escapeTime: step };
  }
  const window = given.window ?? DEFAULT_WINDOW;
  return {
    kind,
    window,
    response: given.response ?? 'box',
    escape: given.escape ?? 'sigmoidal',
    escapeTime: given.escapeTime ?? window,
  };
}

/** @param parameters the device's, by name; defaults where one is missing */
export function neuronOf(
  program: Pick<Program, 'dynamics'>,
  parameters: Readonly<Record<string, number>>,
): Neuron {
  const kernel = neuronKernel(program);
  const constants = neuronConstants(program);
  const { biasOverRheobase, fieldCurrentA }: Bench = { ...DEFAULT_BENCH, ...parameters };
  const memoryless = kernel.kind === 'memoryless';
  const threshold = constants.threshold - constants.rest;
  const gain = constants.resistance * fieldCurrentA;
  return {
    ...kernel,
    tau: constants.tau / MEMBRANE_TIME_S,
    refractory: memoryless ? 0 : constants.refractory / MEMBRANE_TIME_S,
    reset: memoryless ? threshold : constants.reset - constants.rest,
    threshold,
    gain,
    bias: biasOverRheobase * threshold,
    offset: ((biasOverRheobase - 1) * threshold) / gain,
  };
}

/** Whether a program's neurons run from event to event: leaky integrate-and-fire without noise, and no step asked for. */
export function isEventDriven(program: Pick<Program, 'dynamics' | 'controls'>): boolean {
  const { temperature, dt } = program.dynamics;
  return (
    neuronKernel(program).kind === 'lif' &&
    (temperature === null || temperature === 0) &&
    program.controls.temperature === undefined &&
    dt === null
  );
}

import type { Violation } from '../../core/index.js';
import type { Program, ResolvedProgram } from '../../device/index.js';
import { MOST_DENSE_SITES } from '../spin/spin-violations.js';
import {
  DEFAULT_STEP,
  isEventDriven,
  neuronConstants,
  neuronKernel,
  neuronOf,
  type NeuronConstants,
} from './neuron.js';
import { stepOf } from './stepped-neurons.js';

/** What each constant may be, SI: wide enough for any neuron, narrow enough to catch ms, mV and MΩ. */
const LIMITS: Readonly<Record<keyof NeuronConstants, readonly [number, number, string]>> = {
  tau: [1e-4, 1, 'seconds'],
  rest: [-1, 1, 'volts'],
  reset: [-1, 1, 'volts'],
  threshold: [-1, 1, 'volts'],
  refractory: [0, 0.1, 'seconds'],
  resistance: [1e3, 1e12, 'ohms'],
};
/** Least refractory time of neurons that run from event to event, s: it bounds the number of events. */
const LEAST_REFRACTORY_S = 1e-4;
/** Shortest step and window, in membrane times. */
const LEAST_STEP = 1e-4;
const MOST_STEPS_A_WINDOW = 1e6;

/** What a spiking program may not ask of the simulator, beyond what a descriptor can say. */
export function spikingViolations(program: Program): Violation[] {
  const found: Violation[] = [];
  const refuse = (path: string, message: string, value: unknown, limit: unknown): void => {
    found.push({ code: 'program-refused', path, message, value, limit });
  };
  const { couplings, sites } = program;
  if (couplings.kind === 'dense' && sites > MOST_DENSE_SITES) {
    refuse(
      'sites',
      `dense couplings of ${sites} sites are more than ${MOST_DENSE_SITES}; use coo or memories`,
      sites,
      MOST_DENSE_SITES,
    );
  }
  rangeViolations(program, refuse);
  if (found.length > 0) return found;
  constantsViolations(program, refuse);
  kernelViolations(program, refuse);
  return found;
}

type Refuse = (path: string, message: string, value: unknown, limit: unknown) => void;

function rangeViolations(program: Program, refuse: Refuse): void {
  const given = program.dynamics.spiking ?? {};
  for (const [name, value] of Object.entries(given)) {
    const [least, most, unit] = LIMITS[name as keyof NeuronConstants];
    if (value >= least && value <= most) continue;
    refuse(
      `dynamics.spiking.${name}`,
      `${name} is in ${unit}: ${value} is outside ${least} … ${most}`,
      value,
      [least, most],
    );
  }
  const { dt } = program.dynamics;
  if (dt !== null && dt < LEAST_STEP) {
    refuse('dynamics.dt', `the step is below ${LEAST_STEP}`, dt, `≥ ${LEAST_STEP}`);
  }
}

function constantsViolations(program: Program, refuse: Refuse): void {
  const constants = neuronConstants(program);
  if (constants.threshold <= constants.rest) {
    refuse(
      'dynamics.spiking.threshold',
      'the threshold is not above the resting potential: there is no rheobase',
      constants.threshold,
      `> ${constants.rest}`,
    );
  }
  if (constants.reset > constants.threshold) {
    refuse(
      'dynamics.spiking.reset',
      'the reset potential is above the threshold',
      constants.reset,
      `≤ ${constants.threshold}`,
    );
  }
  if (neuronKernel(program).kind !== 'lif') return;
  if (constants.reset >= constants.threshold) {
    refuse(
      'dynamics.spiking.reset',
      'an integrate-and-fire neuron is reset below its threshold',
      constants.reset,
      `< ${constants.threshold}`,
    );
  }
  if (isEventDriven(program) && constants.refractory < LEAST_REFRACTORY_S) {
    refuse(
      'dynamics.spiking.refractory',
      'neurons without noise need a refractory time, or strong currents make them fire without end; with dynamics.dt they run in steps',
      constants.refractory,
      `≥ ${LEAST_REFRACTORY_S}`,
    );
  }
}

function kernelViolations(program: Program, refuse: Refuse): void {
  const { dynamics } = program;
  const kernel = neuronKernel(program);
  if (kernel.kind === 'memoryless') {
    if (typeof dynamics.kernel === 'object' && Object.keys(dynamics.kernel ?? {}).length > 1) {
      refuse(
        'dynamics.kernel',
        'memoryless neurons have nothing to set but dynamics.dt: sigmoidal escape, a window of one step',
        'memoryless',
        'srm0',
      );
    }
    if (dynamics.spiking !== null) {
      refuse(
        'dynamics.spiking',
        'memoryless neurons have no membrane; use the kernel lif or srm0',
        'spiking',
        null,
      );
    }
  } else if (dynamics.order === 'synchronous') {
    refuse(
      'dynamics.order',
      `${kernel.kind} neurons fire in continuous time; only memoryless ones decide together`,
      'synchronous',
      'continuous-time',
    );
  }
  if (isEventDriven(program) && kernel.response === 'exponential') {
    refuse(
      'dynamics.kernel.response',
      'exponential synapses have no closed spike times; give dynamics.dt or a temperature, which run in steps',
      'exponential',
      'box',
    );
  }
  const { dt } = dynamics;
  if (kernel.window < LEAST_STEP || kernel.window / (dt ?? DEFAULT_STEP) > MOST_STEPS_A_WINDOW) {
    refuse(
      'dynamics.kernel.window',
      `the window is not between one and ${MOST_STEPS_A_WINDOW} steps`,
      kernel.window,
      [LEAST_STEP, MOST_STEPS_A_WINDOW * (dt ?? DEFAULT_STEP)],
    );
  }
  if (dt !== null && dt > kernel.window) {
    refuse('dynamics.dt', 'the step is longer than the window', dt, `≤ ${kernel.window}`);
  }
}

/** What a user should know of how a spiking program is run, beside what it asks for. */
export function spikingWarnings(
  program: ResolvedProgram,
  parameters: Readonly<Record<string, number>>,
): readonly string[] {
  if (isEventDriven(program)) return [];
  const neuron = neuronOf(program, parameters);
  if (neuron.kind === 'memoryless') return [];
  const step = stepOf(neuron, program.dynamics.dt);
  const warnings = [`neurons run in steps of ${Number(step.toPrecision(6))} membrane times`];
  const refractory = Math.round(neuron.refractory / step) * step;
  if (Math.abs(refractory - neuron.refractory) > 1e-6 * step) {
    warnings.push(
      `the refractory time is a whole number of steps, ${Number(refractory.toPrecision(6))} instead of ${Number(neuron.refractory.toPrecision(6))} membrane times`,
    );
  }
  return warnings;
}

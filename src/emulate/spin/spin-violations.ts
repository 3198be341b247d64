import type { Violation } from '../../core/index.js';
import type { Program } from '../../device/index.js';
import { MOST_ENUMERATED } from './gibbs-table.js';
import { hiddenViolations } from './hidden-violations.js';
import { freeVisibleSites, whyNoEnergy } from './spin-thermodynamics.js';

/** Most sites with dense couplings: N² numbers are kept in every worker thread. */
export const MOST_DENSE_SITES = 8192;
/** Most signs of memories, N·P, that are kept in every worker thread. */
export const MOST_MEMORY_SIGNS = 2 ** 28;

/** Most flips that a delay may have to keep, N·τ. */
const MOST_REMEMBERED_FLIPS = 2 ** 26;

/** What a spin program may not ask of the simulator, beyond what a descriptor can say. */
export function spinViolations(program: Program): Violation[] {
  const found: Violation[] = [];
  const refuse = (path: string, message: string, value: unknown, limit: unknown): void => {
    found.push({ code: 'program-refused', path, message, value, limit });
  };
  const { couplings, dynamics, controls, sites } = program;
  if (couplings.kind === 'dense' && sites > MOST_DENSE_SITES) {
    refuse(
      'sites',
      `dense couplings of ${sites} sites are more than ${MOST_DENSE_SITES}; use coo or memories`,
      sites,
      MOST_DENSE_SITES,
    );
  }
  if (couplings.kind === 'memories' && couplings.patterns.length * sites > MOST_MEMORY_SIGNS) {
    refuse(
      'couplings.patterns',
      `${couplings.patterns.length} memories of ${sites} sites are more than fit`,
      couplings.patterns.length * sites,
      MOST_MEMORY_SIGNS,
    );
  }
  if (dynamics.dt !== null) {
    refuse('dynamics.dt', 'jump dynamics have no time step', dynamics.dt, null);
  }
  const { temperature } = dynamics;
  if (dynamics.rule === 'zero-temperature') {
    const hot = temperature instanceof Float64Array || (temperature !== null && temperature !== 0);
    if (hot) refuse('dynamics.temperature', 'rule zero-temperature runs at T = 0', temperature, 0);
    if (controls.temperature !== undefined) {
      refuse(
        'controls.temperature',
        'rule zero-temperature runs at T = 0; use glauber or metropolis for a ramp',
        'controls.temperature',
        null,
      );
    }
  }
  if (temperature instanceof Float64Array && controls.temperature !== undefined) {
    refuse(
      'controls.temperature',
      'sites have temperatures of their own; one control cannot set them',
      'controls.temperature',
      null,
    );
  }
  found.push(...hiddenViolations(program));
  if (dynamics.synapse !== null) found.push(...synapseViolations(program));
  else found.push(...startViolations(program));
  if (couplings.kind === 'memories' && couplings.interaction.kind === 'exponential') {
    if (controls.coupling !== undefined) {
      refuse(
        'controls.coupling',
        'the energy of exponential memories is reported as its logarithm, which no scale acts on; use log-sum-exp',
        'controls.coupling',
        null,
      );
    }
  }
  return found;
}

/** Synapses with memory lead Hebb's memories on to the next ones, one spin at a time. */
function synapseViolations(program: Program): Violation[] {
  const found: Violation[] = [];
  const refuse = (path: string, message: string, value: unknown, limit: unknown): void => {
    found.push({ code: 'program-refused', path, message, value, limit });
  };
  const { couplings, dynamics, initial, sites } = program;
  const synapse = dynamics.synapse!;
  if (couplings.kind !== 'memories' || couplings.next === null) {
    refuse(
      'dynamics.synapse',
      'synapses with memory carry the order of memories: list couplings of kind memories, with next',
      couplings.kind,
      'couplings.next',
    );
  } else {
    const { interaction, weights } = couplings;
    const pairs =
      interaction.kind === 'polynomial' && interaction.degree === 2 && !interaction.rectified;
    if (!pairs) {
      refuse(
        'couplings.interaction',
        'synapses with memory act between pairs of sites',
        interaction.kind,
        'polynomial, degree 2',
      );
    }
    if (weights !== null) {
      refuse('couplings.weights', 'synapses with memory have no weights', 'weights', null);
    }
  }
  if (dynamics.order === 'synchronous') {
    refuse('dynamics.order', 'synapses with memory have no synchronous order', 'synchronous', [
      'continuous-time',
      'random',
      'sequential',
    ]);
  }
  if ((dynamics.burnIn ?? 0) > 0) {
    refuse(
      'dynamics.burnIn',
      'the past of slow synapses begins with the initial state: there is no burn-in before it',
      dynamics.burnIn,
      0,
    );
  }
  if (initial.kind === 'equilibrium') {
    refuse('initial.kind', 'there is no energy and no Gibbs state', 'equilibrium', [
      'pattern',
      'corrupted',
      'random',
    ]);
  }
  if (synapse.kernel !== 'exponential' && synapse.tau * sites > MOST_REMEMBERED_FLIPS) {
    refuse(
      'dynamics.synapse.tau',
      'the flips within the delay may be more than fit; use the exponential kernel',
      synapse.tau,
      MOST_REMEMBERED_FLIPS / sites,
    );
  }
  return found;
}

function startViolations(program: Program): Violation[] {
  const { couplings, dynamics, initial, clamped, inputs } = program;
  if (initial.kind !== 'equilibrium') return [];
  const refuse = (
    code: 'program-refused' | 'not-enumerable',
    path: string,
    message: string,
    value: unknown,
    limit: unknown,
  ): Violation[] => [{ code, path, message, value, limit }];
  if (couplings.kind === 'memories' && couplings.interaction.kind === 'exponential') {
    return refuse(
      'program-refused',
      'initial.kind',
      'the Gibbs state of −Σ exp(x) has no temperature scale; use log-sum-exp:1',
      'equilibrium',
      ['pattern', 'corrupted', 'random'],
    );
  }
  if (clamped.length > 0 && inputs.length === 0) {
    return refuse(
      'program-refused',
      'inputs',
      'an equilibrium start gives clamped sites no values; list them in inputs',
      0,
      'one row, or one a shot',
    );
  }
  if ((dynamics.burnIn ?? 0) > 0) return [];
  const noEnergy = whyNoEnergy(program);
  if (noEnergy !== null) {
    return refuse(
      'program-refused',
      'initial.kind',
      `${noEnergy} and no Gibbs state; with dynamics.burnIn it starts in the stationary state`,
      'equilibrium',
      'dynamics.burnIn > 0',
    );
  }
  const { temperature } = dynamics;
  if (temperature instanceof Float64Array && temperature.some((t) => t !== temperature[0])) {
    return refuse(
      'program-refused',
      'initial.kind',
      'sites at different temperatures have no Gibbs state; with dynamics.burnIn it starts in the stationary state',
      'equilibrium',
      'dynamics.burnIn > 0',
    );
  }
  const free = freeVisibleSites(program);
  if (free > MOST_ENUMERATED) {
    return refuse(
      'not-enumerable',
      'dynamics.burnIn',
      `the Gibbs state of ${free} free sites cannot be drawn exactly; give a burnIn`,
      dynamics.burnIn,
      `> 0, or at most ${MOST_ENUMERATED} free sites`,
    );
  }
  return [];
}

import { RelaxdError } from '../../../core/index.js';
import { isLinear, STIFFEST_EXPLICIT_STEP } from '../integrators.js';
import { KNOB, knobVaries, type Protocol } from '../protocol.js';
import { defaultStep } from '../step-length.js';
import type { CircuitState } from './circuit-state.js';
import { DenseFlow, MOST_CHANGING_STATES, MOST_DENSE_STATES } from './dense-flow.js';
import { EulerFlow } from './euler-flow.js';
import { IMPERFECT_INTEGRATORS, type Flow, type FlowName } from './flows.js';
import { HeunFlow } from './heun-flow.js';
import type { Imperfections } from './imperfections.js';
import type { RealCircuit } from './real-circuit.js';

/** Whether a circuit's forces are linear between the rails: no quartic well, no limit of a coupling. */
export const isLinearCircuit = (circuit: RealCircuit): boolean =>
  isLinear(circuit.potential) && circuit.imperfections.otaRange === 0;

/**
 * Most states that a dense step is taken of. Where the matrix changes with the knobs, the steps of a ramp are worked out
 * once for all shots; where it changes from shot to shot as well, that would be every step of every shot.
 */
export function mostStates(protocol: Protocol, imperfections: Imperfections): number {
  const ramped = [KNOB.temperature, KNOB.coupling, KNOB.quadratic].some((at) =>
    knobVaries(protocol, at),
  );
  const drifts = imperfections.driftK > 0;
  if (ramped && drifts) return 0;
  return ramped || drifts ? MOST_CHANGING_STATES : MOST_DENSE_STATES;
}

/** Most states whose stationary covariance is worked out: it takes dozens of products of matrices. */
const MOST_STATIONARY_STATES = 96;
export const mostStationaryStates = (protocol: Protocol, imperfections: Imperfections): number =>
  Math.min(MOST_STATIONARY_STATES, mostStates(protocol, imperfections));

export function chooseFlow(
  circuit: RealCircuit,
  state: CircuitState,
  protocol: Protocol,
  named: FlowName | null,
): Flow {
  if (named !== null && !IMPERFECT_INTEGRATORS.includes(named)) {
    throw new RelaxdError('program-refused', `a board with imperfections has no ${String(named)}`, {
      path: 'dynamics.integrator',
      value: named,
      limit: [...IMPERFECT_INTEGRATORS],
    });
  }
  if (named === 'euler-maruyama') return new EulerFlow(circuit, state, STIFFEST_EXPLICIT_STEP);
  const bent = !isLinear(circuit.potential);
  const fits =
    isCoupled(circuit) &&
    circuit.imperfections.otaRange === 0 &&
    circuit.layout.size <= mostStates(protocol, circuit.imperfections);
  if (fits) return new DenseFlow(circuit, state, bent);
  return new HeunFlow(circuit, state, bent, !isCoupled(circuit));
}

/** Whether nodes know of each other or of slow currents; else they take their exact steps one by one. */
export function isCoupled({ couplings, layout }: RealCircuit): boolean {
  let coupled = layout.flicker >= 0;
  for (let i = 0; i < layout.nodes; i++) {
    couplings.row(i, (_, J) => {
      if (J !== 0) coupled = true;
    });
  }
  return coupled;
}

/** Largest rate that a step must resolve: wells and couplings, but no pole. */
export function stiffnessOf(circuit: RealCircuit, protocol: Protocol): number {
  const { nodes, layout, couplings } = circuit;
  let coupling = Math.abs(protocol.before[KNOB.coupling]!);
  let well = Math.abs(protocol.before[KNOB.quadratic]!);
  for (const { start, end } of protocol.segments) {
    for (const knobs of [start, end]) {
      coupling = Math.max(coupling, Math.abs(knobs[KNOB.coupling]!));
      well = Math.max(well, Math.abs(knobs[KNOB.quadratic]!));
    }
  }
  let stiffness = 0;
  for (let i = 0; i < layout.nodes; i++) {
    let sum = 0;
    couplings.row(i, (_, J) => {
      sum += Math.abs(J);
    });
    const q = circuit.potential.quadraticControlled
      ? circuit.potential.weightOf(i) * well
      : Math.abs(circuit.potential.quadratic[i]!);
    stiffness = Math.max(stiffness, nodes.mobility[i]! * (2 * q + coupling * sum));
  }
  return stiffness;
}

/**
 * Largest rate that the heat's sum over steps must resolve: 1/f currents that move while the nodes do are part of it. Of
 * couplings with a pole it is the nodes' own: their currents are smooth, and a pole between two nodes adds no bias.
 */
export function heatRate(
  flow: Pick<Flow, 'holdsFlicker'>,
  circuit: RealCircuit,
  stiffness: number,
): number {
  const { flickerRates } = circuit.layout;
  if (flow.holdsFlicker || flickerRates.length === 0) return stiffness;
  return Math.max(stiffness, flickerRates[flickerRates.length - 1]!);
}

/** The step where a program names none; `resolved`: heat is a sum over steps. */
export function imperfectStep(
  flow: Flow,
  rate: number,
  options: { readonly resolved: boolean; readonly still: boolean },
): number {
  const name = flow.exact ? 'exact' : flow.name;
  return defaultStep(name, Math.max(rate, 1e-9), options.resolved, options.still);
}

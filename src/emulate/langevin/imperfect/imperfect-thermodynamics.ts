import type { ResolvedProgram } from '../../../device/index.js';
import type { ThermoContext } from '../../../thermo/index.js';
import { equilibriumStart, stationaryMethod } from '../../equilibrium-start.js';
import { circuitDefinitions, circuitThermodynamics } from '../circuit-thermodynamics.js';
import { coupledGroups, MOST_DRAWN_SITES } from '../equilibrium.js';
import { KNOB, makeProtocol } from '../protocol.js';
import { isLinearCircuit, mostStationaryStates } from './choose-flow.js';
import { imperfectionsOf, isIdealCircuit, type Imperfections } from './imperfections.js';
import { RealCircuit } from './real-circuit.js';

/** Temperatures that differ by less are one. */
const SAME_TEMPERATURE = 1e-12;

/** How an equilibrium start is made on a board, and why not better. */
export interface StartOnBoard {
  /** `gibbs`: exact draws of exp(−V/T); `stationary`: exact draws of the linear circuit's stationary state; `burn-in`. */
  readonly kind: 'gibbs' | 'stationary' | 'burn-in';
  /** Why there is no Gibbs state; null where there is one. */
  readonly noGibbs: string | null;
}

/** The one temperature of all nodes before anything has happened; NaN where they differ. */
export function uniformTemperature(circuit: RealCircuit, before: Float64Array): number {
  const first = circuit.temperature(0, before);
  for (let i = 1; i < circuit.layout.nodes; i++) {
    if (Math.abs(circuit.temperature(i, before) - first) > SAME_TEMPERATURE * first) return NaN;
  }
  return first;
}

const protocolOf = (program: ResolvedProgram): ReturnType<typeof makeProtocol> =>
  makeProtocol(program, Float64Array.of(0, program.duration), Infinity);

/** Why a board has no Gibbs state for a program; null where it has. */
export function whyNoGibbs(circuit: RealCircuit, before: Float64Array): string | null {
  const { imperfections } = circuit;
  const why = whyNoEnergy(circuit);
  if (why !== null) return why;
  if (imperfections.flickerCorner > 0) return 'the 1/f currents are no bath';
  const T = uniformTemperature(circuit, before);
  if (Number.isNaN(T)) return 'the nodes have different effective temperatures';
  if (!(T > 0)) return 'there is none at T = 0';
  return null;
}

export function whyNoEnergy(circuit: RealCircuit): string | null {
  const { imperfections, board } = circuit;
  if (!board.reciprocal) return 'couplings are not alike in both directions';
  if (imperfections.couplingPole > 0) return 'couplings act with the delay of their amplifiers';
  if (imperfections.otaRange > 0) return 'couplings are limited, which no energy of pairs is';
  return null;
}

export function startOnBoard(program: ResolvedProgram, circuit: RealCircuit): StartOnBoard {
  const protocol = protocolOf(program);
  const noGibbs = whyNoGibbs(circuit, protocol.before);
  const { potential, imperfections, layout } = circuit;
  const dense =
    isLinearCircuit(circuit) && layout.size <= mostStationaryStates(protocol, imperfections);
  // The Gibbs state is that of the nodes; only the stationary state knows what a low-pass behind them shows.
  const filtered = dense && imperfections.readoutPole > 0 && imperfections.rail === 0;
  if (noGibbs === null && !filtered) {
    const bent = (i: number): boolean => potential.quarticControlled || potential.quartic[i]! > 0;
    const drawn = coupledGroups(potential).every(
      (group) => group.length <= MOST_DRAWN_SITES || !group.some(bent),
    );
    if (drawn) return { kind: 'gibbs', noGibbs };
  }
  if (dense) return { kind: 'stationary', noGibbs };
  return { kind: 'burn-in', noGibbs };
}

/**
 * What can be said of the thermodynamics of a program on a board. Heat is always the Stratonovich sum of force times
 * displacement; an energy, and with it work and the first law, needs couplings that are alike in both directions and act
 * at once. Entropy production is Σ Q_i/T_i at each node's effective temperature, the log ratio of forward and backward
 * paths of the nodes: not where amplifiers remember, since their own (noiseless) states have no backward path.
 */
export function imperfectThermodynamics(
  program: ResolvedProgram,
  imperfections: Imperfections,
): ThermoContext {
  const ideal = circuitDefinitions(program);
  const circuit = new RealCircuit(program, imperfections);
  const { before } = protocolOf(program);
  const noEnergy = whyNoEnergy(circuit);
  const noGibbs = whyNoGibbs(circuit, before);
  let noJarzynski = ideal.noJarzynski;
  let jarzynskiBeta = ideal.jarzynskiBeta;
  const T = uniformTemperature(circuit, before);
  if (noGibbs !== null && program.initial.kind === 'equilibrium') noJarzynski = noGibbs;
  else if (noJarzynski === null && imperfections.driftK > 0) {
    noJarzynski = 'the temperature is another one in every shot';
  } else if (noJarzynski === null && imperfections.excessNoise > 0 && couplingVaries(program)) {
    noJarzynski = 'the excess noise of the couplings changes with them';
  }
  if (noJarzynski !== null) jarzynskiBeta = null;
  else if (jarzynskiBeta !== null) jarzynskiBeta = 1 / T;
  const drawn = startOnBoard(program, circuit).kind !== 'burn-in';
  const equilibrium = equilibriumStart(program, drawn);
  const noise = coldest(program, circuit, before) > 0 ? null : ideal.noEntropy;
  return {
    ...ideal,
    noEnergy,
    noHeat: null,
    noEntropy:
      imperfections.couplingPole > 0
        ? 'the couplings’ amplifiers remember without noise: their states have no backward path'
        : noise,
    entropyMethod:
      noGibbs === null && ideal.stationary === true ? stationaryMethod(equilibrium) : 'medium',
    start: { ...ideal.start!, equilibrium },
    jarzynskiBeta,
    noJarzynski,
    // Shares are booked: 1/f currents do work too.
    changing: null,
    balance: { detailed: noGibbs === null, why: noGibbs },
    // Its parts are not the program's: the program's closed forms say nothing of them.
    freeEnergyChange: null,
    stationaryHeat: null,
  };
}

const couplingVaries = (program: ResolvedProgram): boolean =>
  program.controls.coupling !== undefined &&
  protocolOf(program).segments.some(
    ({ start, end, after }) =>
      start[KNOB.coupling] !== end[KNOB.coupling] || end[KNOB.coupling] !== after[KNOB.coupling],
  );

/** Lowest effective temperature of a node during the run. */
function coldest(program: ResolvedProgram, circuit: RealCircuit, before: Float64Array): number {
  let least = Infinity;
  const { segments } = protocolOf(program);
  for (const knobs of [before, ...segments.flatMap(({ start, end }) => [start, end])]) {
    for (let i = 0; i < circuit.layout.nodes; i++) {
      least = Math.min(least, circuit.temperature(i, knobs));
    }
  }
  return least;
}

/** {@link circuitThermodynamics} of a device with its parameters, ideal or not. */
export function boardThermodynamics(
  program: ResolvedProgram,
  parameters: Readonly<Record<string, number>>,
): ThermoContext {
  const imperfections = imperfectionsOf(parameters);
  return isIdealCircuit(imperfections)
    ? circuitThermodynamics(program)
    : imperfectThermodynamics(program, imperfections);
}

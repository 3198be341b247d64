import { RelaxdError } from '../../core/index.js';
import type { Couplings, ResolvedProgram } from '../../device/index.js';
import { bathsOf } from '../baths.js';
import { couplingStep } from './circuit-descriptor.js';
import { COUPLING_RANGE } from './wells-descriptor.js';
import { CouplingMatrix } from './coupling-matrix.js';
import { BATH_HEAT_BIAS } from './step-length.js';
import { drawsEquilibrium } from './circuit-thermodynamics.js';
import { bowedCouplings } from './imperfect/board.js';
import { heatRate, stiffnessOf } from './imperfect/choose-flow.js';
import { startOnBoard, uniformTemperature } from './imperfect/imperfect-thermodynamics.js';
import {
  imperfectionsOf,
  isIdealCircuit,
  isIdealReadout,
  type Imperfections,
} from './imperfect/imperfections.js';
import { RealCircuit } from './imperfect/real-circuit.js';
import { makeProtocol } from './protocol.js';

/**
 * The program as the circuit runs it: couplings at the levels of its DACs, with their nonlinearity; and what to know about
 * the run. What else differs from node to node is the simulator's to draw: it is not the program's.
 */
export function realiseCircuit(
  program: ResolvedProgram,
  parameters: Readonly<Record<string, number>>,
): { readonly program: ResolvedProgram; readonly warnings: readonly string[] } {
  const bits = Math.round(parameters['couplingBits'] ?? 0);
  const step = couplingStep(bits);
  const rounded = roundedCouplings(program.couplings, step);
  const { largest } = rounded;
  const imperfections = imperfectionsOf(parameters);
  const inl = parameters['couplingInl'] ?? 0;
  const couplings = bowedCouplings(rounded.couplings, program.sites, {
    boardSeed: imperfections.boardSeed,
    inl,
    step,
    range: COUPLING_RANGE,
  });
  const warnings: string[] = [];
  if (largest > 0) {
    warnings.push(
      `couplings are rounded to ${bits} bits (steps of ${step}); the largest change is ${Number(largest.toPrecision(4))}`,
    );
  }
  if (couplings !== rounded.couplings) {
    warnings.push(
      `couplings are up to ${Number((inl * step).toPrecision(4))} off by the nonlinearity of their DACs`,
    );
  }
  const real = couplings === program.couplings ? program : { ...program, couplings };
  if (isIdealCircuit(imperfections)) {
    warnings.push(...burnInWarnings(program, drawsEquilibrium(program)), ...bathWarnings(program));
  } else warnings.push(...boardWarnings(real, imperfections));
  if (!isIdealReadout(imperfections) || imperfections.readoutPole > 0) warnings.push(READ_WARNING);
  return { program: real, warnings };
}

/** Couplings at multiples of a step, pairs alike; and the largest change that made. */
export function roundedCouplings(
  couplings: Couplings,
  step: number,
): { readonly couplings: Couplings; readonly largest: number } {
  if (step === 0) return { couplings, largest: 0 };
  let largest = 0;
  const round = (J: number): number => {
    const level = Math.sign(J) * Math.round(Math.abs(J) / step) * step;
    largest = Math.max(largest, Math.abs(level - J));
    return level;
  };
  if (couplings.kind === 'dense') {
    return { couplings: { kind: 'dense', data: couplings.data.map(round) }, largest };
  }
  if (couplings.kind === 'coo') {
    const entries = couplings.entries.map((v, k) => (k % 3 === 2 ? round(v) : v));
    return { couplings: { kind: 'coo', entries }, largest };
  }
  throw new RelaxdError('not-supported', `no circuit for couplings of kind ${couplings.kind}`, {
    path: 'couplings.kind',
    value: couplings.kind,
    limit: ['dense', 'coo'],
  });
}

const READ_WARNING =
  'states and overlaps are what the readout shows; energy, work and heat are those of the circuit';

/** What a board that is not ideal makes of a run. */
function boardWarnings(program: ResolvedProgram, imperfections: Imperfections): string[] {
  const warnings: string[] = [];
  const circuit = new RealCircuit(program, imperfections);
  const start = startOnBoard(program, circuit);
  warnings.push(...burnInWarnings(program, start.kind !== 'burn-in', start.kind));
  if (start.kind === 'stationary' && program.initial.kind === 'equilibrium') {
    warnings.push(
      `equilibrium is the stationary state of the linear circuit as built${start.noGibbs === null ? '' : `: ${start.noGibbs}`}`,
    );
  }
  if (start.kind === 'gibbs' && program.initial.kind === 'equilibrium') {
    const { readoutPole } = imperfections;
    if (readoutPole > 0) {
      warnings.push(
        `the readout’s low-pass starts at the state that is drawn: what it shows is stationary after some ${readoutPole.toPrecision(2)} t₀ only`,
      );
    }
  }
  const protocol = makeProtocol(program, Float64Array.of(0, program.duration), Infinity);
  const { excess } = circuit.board;
  if (excess.some((e) => e > 0)) {
    const range = Array.from({ length: circuit.layout.nodes }, (_, i) =>
      circuit.temperature(i, protocol.before),
    );
    const [least, most] = [Math.min(...range), Math.max(...range)];
    warnings.push(
      `noise of the couplings heats the nodes: effective temperatures are ${least.toPrecision(4)} … ${most.toPrecision(4)}`,
    );
  }
  if (circuit.conservative && imperfections.flickerCorner > 0) {
    warnings.push('work contains what the 1/f currents put in');
  }
  if (!circuit.conservative) {
    warnings.push('heat is the Stratonovich sum of force times displacement over steps');
  }
  const { dt } = program.dynamics;
  const summed =
    !circuit.conservative ||
    imperfections.flickerCorner > 0 ||
    Number.isNaN(uniformTemperature(circuit, protocol.before));
  if (dt !== null && summed) {
    const rate = heatRate({ holdsFlicker: false }, circuit, stiffnessOf(circuit, protocol));
    const bias = Math.min(1, rate * dt);
    if (bias > BATH_HEAT_BIAS) {
      warnings.push(
        `with a step of dt = ${dt} sums over steps may read steady currents low by up to ${(100 * bias).toPrecision(2)} %`,
      );
    }
  }
  if (imperfections.driftK > 0 && program.duration > 0.01 * imperfections.driftTime) {
    warnings.push(
      `the board’s temperature stands still within a shot, which lasts ${(program.duration / imperfections.driftTime).toPrecision(2)} of its correlation time`,
    );
  }
  return warnings;
}

/** What burn-in means for a program's start. */
export function burnInWarnings(
  program: ResolvedProgram,
  drawn = drawsEquilibrium(program),
  how = 'gibbs',
): string[] {
  const burnIn = program.dynamics.burnIn ?? 0;
  if (burnIn === 0) return [];
  if (program.initial.kind !== 'equilibrium') {
    return [`${burnIn} time units of burn-in come before t = 0 and are not accounted`];
  }
  if (drawn) {
    const state = how === 'gibbs' ? 'Gibbs' : 'stationary';
    return [`the ${state} state is drawn exactly; burnIn is not needed and not run`];
  }
  return bathsOf(program).siteTemperature === null
    ? [`equilibrium is what ${burnIn} time units of burn-in reach from a random state`]
    : [`equilibrium is the stationary state after ${burnIn} time units of burn-in`];
}

/** A step that was asked for and is too long for heat currents between baths. */
function bathWarnings(program: ResolvedProgram): string[] {
  const { dt } = program.dynamics;
  if (dt === null || bathsOf(program).siteBath === null) return [];
  const wells = program.wells!;
  let well = 0;
  for (const q of wells.quadratic) well = Math.max(well, Math.abs(q));
  const rate = 2 * well + CouplingMatrix.of(program.couplings, program.sites).largestRowSum();
  const bias = Math.min(1, rate * dt);
  if (bias <= BATH_HEAT_BIAS) return [];
  return [
    `heat per bath is a Stratonovich sum over steps of dt = ${dt} and may read currents low by up to ${(100 * bias).toPrecision(2)} %; the total heat is not affected`,
  ];
}

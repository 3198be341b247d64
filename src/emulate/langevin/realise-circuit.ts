import { RelaxdError } from '../../core/index.js';
import type { Couplings, ResolvedProgram } from '../../device/index.js';
import { bathsOf } from '../baths.js';
import { couplingStep } from './circuit-descriptor.js';
import { CouplingMatrix } from './coupling-matrix.js';
import { BATH_HEAT_BIAS } from './step-length.js';
import { drawsEquilibrium } from './circuit-thermodynamics.js';

/** The program as the circuit runs it: couplings at the levels of its DAC; and what to know about the run. */
export function realiseCircuit(
  program: ResolvedProgram,
  parameters: Readonly<Record<string, number>>,
): { readonly program: ResolvedProgram; readonly warnings: readonly string[] } {
  const bits = Math.round(parameters['couplingBits'] ?? 0);
  const { couplings, largest } = roundedCouplings(program.couplings, couplingStep(bits));
  const warnings: string[] = [];
  if (largest > 0) {
    warnings.push(
      `couplings are rounded to ${bits} bits (steps of ${couplingStep(bits)}); the largest change is ${largest}`,
    );
  }
  warnings.push(...burnInWarnings(program), ...bathWarnings(program));
  return { program: largest > 0 ? { ...program, couplings } : program, warnings };
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

/** What burn-in means for a program's start. */
export function burnInWarnings(program: ResolvedProgram): string[] {
  const burnIn = program.dynamics.burnIn ?? 0;
  if (burnIn === 0) return [];
  if (program.initial.kind !== 'equilibrium') {
    return [`${burnIn} time units of burn-in come before t = 0 and are not accounted`];
  }
  if (drawsEquilibrium(program)) {
    return ['the Gibbs state is drawn exactly; burnIn is not needed and not run'];
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

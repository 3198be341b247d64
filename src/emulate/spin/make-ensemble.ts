import { curveStart, type ResolvedProgram } from '../../device/index.js';
import { MasterEquation } from './master-equation.js';
import { ParallelChain } from './parallel-chain.js';
import { SerialChain } from './serial-chain.js';
import type { SpinEnsemble } from './spin-ensemble.js';
import type { StateSpace } from './state-space.js';
import { rateRule } from './transition-rates.js';

/**
 * The ensemble that a program's order of updates makes.
 * @param start distribution at t = 0⁻, by code
 * @param beta of ⟨e^{−βW}⟩; null where it is not asked for
 * @param orders of the central moments of work and heat; 0: none
 */
export function makeEnsemble(
  space: StateSpace,
  program: ResolvedProgram,
  start: Float64Array,
  beta: number | null,
  orders: number,
): SpinEnsemble {
  const rule = rateRule(program);
  switch (program.dynamics.order) {
    case 'continuous-time':
      return new MasterEquation(space, program, rule, start, beta, orders);
    case 'random':
    case 'sequential':
      return new SerialChain(space, program, rule, start, beta, orders);
    case 'synchronous':
      return new ParallelChain(space, program, rule, start, beta, orders);
  }
}

/**
 * The distribution after some time at the first listed values of drives and controls; nothing is booked.
 * @param spaceOf makes the state space of a program that differs in its drives and controls only
 */
export function burntIn(
  spaceOf: (program: ResolvedProgram) => StateSpace,
  program: ResolvedProgram,
  start: Float64Array,
  duration: number,
): Float64Array {
  const frozen: ResolvedProgram = {
    ...program,
    drives: program.drives.map((drive) => ({
      pattern: drive.pattern,
      amplitude: Float64Array.of(0, curveStart(drive.amplitude)),
    })),
    controls: Object.fromEntries(
      Object.entries(program.controls).map(([name, curve]) => [
        name,
        Float64Array.of(0, curveStart(curve)),
      ]),
    ),
  };
  const ensemble = makeEnsemble(spaceOf(frozen), frozen, start, null, 0);
  ensemble.advanceTo(0);
  ensemble.advanceTo(duration);
  return ensemble.probabilities;
}

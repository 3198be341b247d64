import type { ResolvedProgram } from '../../device/index.js';
import { CouplingMatrix } from '../langevin/coupling-matrix.js';
import { burnInWarnings, roundedCouplings } from '../langevin/realise-circuit.js';
import { rlcCouplingStep } from './rlc-descriptor.js';
import { EULER_EXCESS } from './rlc-step-length.js';
import { cellFriction, cellTemperatures, type RlcComponents } from './rlc-units.js';

/** A program as cells of certain components run it. */
export interface RlcProgram extends ResolvedProgram {
  /** γ of each site, 1/t₀. */
  readonly friction: Float64Array;
}

/**
 * The program as the device runs it: couplings at the levels of its DAC, each cell's friction from its resistor, and,
 * where cells have the same noise source but not the same resistor, a temperature a cell.
 */
export function realiseRlc(
  program: ResolvedProgram,
  parameters: Readonly<Record<string, number>>,
  components: RlcComponents,
  couplingRange: readonly [number, number],
): { readonly program: RlcProgram; readonly warnings: readonly string[] } {
  const bits = Math.round(parameters['couplingBits'] ?? 0);
  const step = rlcCouplingStep(couplingRange, bits);
  const { couplings, largest } = roundedCouplings(program.couplings, step);
  const warnings: string[] = [];
  if (largest > 0) {
    warnings.push(
      `couplings are rounded to ${bits} bits (steps of ${step}); the largest change is ${Number(largest.toPrecision(4))}`,
    );
  }
  const realised = {
    ...program,
    couplings,
    dynamics: withCellTemperatures(program.dynamics, components, program.sites),
    friction: cellFriction(components, parameters['qualityFactor']!, program.sites),
  };
  if (realised.dynamics !== program.dynamics) {
    warnings.push(
      'cells with the same noise source and different resistors are at different temperatures T·R/R̄: there is no common Gibbs state, and heat flows between them',
    );
  }
  warnings.push(...eulerWarnings(realised));
  return { program: realised, warnings: [...warnings, ...burnInWarnings(realised)] };
}

/** A step of Euler–Maruyama that was asked for and is too long for cells that hardly lose energy. */
function eulerWarnings({ dynamics, wells, couplings, sites, friction }: RlcProgram): string[] {
  if (dynamics.integrator !== 'euler-maruyama' || dynamics.dt === null) return [];
  const well = wells!.quadratic.reduce((most, q) => Math.max(most, Math.abs(q)), 0);
  const square = 2 * well + CouplingMatrix.of(couplings, sites).largestRowSum();
  const least = friction.reduce((a, b) => Math.min(a, b), Infinity);
  const excess = (dynamics.dt * square) / least;
  if (excess <= EULER_EXCESS) return [];
  return [
    `euler-maruyama with dt = ${dynamics.dt} feeds the cells: dt·ω²/γ is up to ${excess.toPrecision(2)}, variances are high by 1/(1 − that), without bound from 1 on; take a shorter dynamics.dt, or baoab`,
  ];
}

function withCellTemperatures(
  dynamics: ResolvedProgram['dynamics'],
  components: RlcComponents,
  sites: number,
): ResolvedProgram['dynamics'] {
  const factors = cellTemperatures(components, sites);
  if (factors === null) return dynamics;
  const { temperature } = dynamics;
  return {
    ...dynamics,
    temperature: factors.map(
      (factor, i) => factor * (typeof temperature === 'number' ? temperature : temperature[i]!),
    ),
  };
}

import type { Violation } from '../../core/index.js';
import { uniformSiteKind, type Program, type ResolvedProgram } from '../../device/index.js';
import { bathsOf } from '../baths.js';
import { isConstant } from '../curve-course.js';
import { COUPLING_RANGE } from './wells-descriptor.js';
import { judgeEquilibrium } from './judge-equilibrium.js';
import { drawsEquilibrium } from './circuit-thermodynamics.js';
import { EquilibriumSampler } from './equilibrium.js';
import { boardViolations } from './imperfect/board-violations.js';
import { imperfectionsOf, isIdealCircuit } from './imperfect/imperfections.js';
import { isLinear } from './integrators.js';
import { Potential } from './potential.js';
import { makeProtocol } from './protocol.js';

/** With a temperature a site the noise's covariance is factorised anew whenever A changes. */
export const MOST_SITEWISE_RAMPED_SITES = 64;
const EXPLICIT: readonly string[] = ['euler-maruyama', 'heun', 'leimkuhler-matthews'];
/** An equilibrium start that is kept less often than this is refused. */

/**
 * What a program may not ask of an overdamped circuit beyond what its descriptor says.
 * @param resolved the program with the device's defaults filled in
 * @param parameters of the device, in SI
 */
export function circuitViolations(
  program: Program,
  resolved: ResolvedProgram,
  parameters: Readonly<Record<string, number>> = {},
): Violation[] {
  const found: Violation[] = [];
  const refuse = (path: string, message: string, value: unknown, limit: unknown): void => {
    found.push({ code: 'program-refused', path, message, value, limit });
  };
  const { dynamics, controls, clamped, inputs, sites, initial } = program;
  const wells = resolved.wells!;
  if (uniformSiteKind(program) === null) {
    refuse('siteKinds', 'sites must all be continuous', 'mixed', 'continuous');
    return found;
  }
  if (clamped.length === sites) {
    refuse('clamped', 'every site is clamped: nothing moves', sites, `at most ${sites - 1}`);
    return found;
  }
  if (initial.kind === 'equilibrium' && clamped.length > 0 && inputs.length === 0) {
    refuse(
      'inputs',
      'an equilibrium start gives clamped sites no values; list them in inputs',
      0,
      'one row, or one a shot',
    );
    return found;
  }
  if (dynamics.temperature instanceof Float64Array && controls.temperature !== undefined) {
    refuse(
      'controls.temperature',
      'sites have temperatures of their own; one control cannot set them',
      'controls.temperature',
      null,
    );
    return found;
  }
  for (const name of ['quadratic', 'quartic'] as const) {
    const given = program.wells?.[name];
    if (controls[name] === undefined || given === undefined) continue;
    if (given.some((v) => v !== given[0])) {
      refuse(
        `controls.${name}`,
        `the control sets the ${name} well of all sites, but wells.${name} differs from site to site`,
        `controls.${name}`,
        null,
      );
      return found;
    }
  }
  const course = controls.coupling ?? new Float64Array(0);
  const factor = course.reduce((most, c, k) => (k % 2 === 1 ? Math.max(most, c) : most), 0);
  const largest = largestCoupling(program);
  if (factor * largest > COUPLING_RANGE * (1 + 1e-12)) {
    refuse(
      'controls.coupling',
      `a coupling of ${largest} times ${factor} is outside ±${COUPLING_RANGE}`,
      factor,
      COUPLING_RANGE / largest,
    );
  }
  const imperfections = imperfectionsOf(parameters);
  if (!isIdealCircuit(imperfections)) {
    if (found.length === 0) boardViolations(resolved, imperfections, refuse);
    return found;
  }
  integratorViolations(program, resolved, refuse);
  if (found.length === 0 && initial.kind === 'equilibrium') {
    equilibriumViolations(resolved, wells.quartic.length, refuse);
  }
  return found;
}

type Refuse = (path: string, message: string, value: unknown, limit: unknown) => void;

/** Largest |J| that a program lists; 0 for memories, which list none. */
export function largestCoupling({ couplings }: Program): number {
  let largest = 0;
  if (couplings.kind === 'dense') {
    for (const J of couplings.data) largest = Math.max(largest, Math.abs(J));
  } else if (couplings.kind === 'coo') {
    for (let k = 2; k < couplings.entries.length; k += 3) {
      largest = Math.max(largest, Math.abs(couplings.entries[k]!));
    }
  }
  return largest;
}

function integratorViolations(program: Program, resolved: ResolvedProgram, refuse: Refuse): void {
  const { controls, dynamics, clamped, sites } = program;
  const potential = new Potential(resolved);
  const sameWells = potential.quadratic.every((q) => q === potential.quadratic[0]);
  if (dynamics.integrator === 'exact') {
    if (!isLinear(potential)) {
      refuse(
        'dynamics.integrator',
        'the exact integrator is for quadratic wells only; there are quartic ones',
        'exact',
        'auto, or strang',
      );
    } else if (controls.coupling !== undefined && !sameWells) {
      refuse(
        'dynamics.integrator',
        'with quadratic wells that differ and a coupling that changes there is no fixed eigenbasis',
        'exact',
        'auto, or strang',
      );
    }
  }
  if (dynamics.integrator === 'leimkuhler-matthews') staticsViolations(program, resolved, refuse);
  const explicit = EXPLICIT.includes(dynamics.integrator ?? 'auto');
  const ramped = controls.coupling !== undefined || controls.quadratic !== undefined;
  const many = bathsOf(resolved).siteBath !== null;
  if (!explicit && ramped && many && sites - clamped.length > MOST_SITEWISE_RAMPED_SITES) {
    refuse(
      'dynamics.integrator',
      `with a temperature a site and couplings or quadratic wells that change, at most ${MOST_SITEWISE_RAMPED_SITES} sites`,
      dynamics.integrator ?? 'auto',
      'heun, or euler-maruyama',
    );
  }
}

/** Leimkuhler–Matthews knows stationary averages only. */
function staticsViolations(program: Program, resolved: ResolvedProgram, refuse: Refuse): void {
  const name = 'leimkuhler-matthews';
  const why = `${name} gives stationary averages only: its increments are correlated from step to step`;
  const limit = 'auto, strang or heun for work and heat';
  const { readout, drives, controls, duration } = program;
  const asked = readout.channels.filter((channel) => channel === 'work' || channel === 'heat');
  if (asked.length > 0) refuse('readout.channels', why, asked, limit);
  drives.forEach((drive, k) => {
    if (!isConstant(drive.amplitude, duration)) refuse(`drives[${k}].amplitude`, why, name, limit);
  });
  for (const [control, curve] of Object.entries(controls)) {
    if (!isConstant(curve, duration)) refuse(`controls.${control}`, why, name, limit);
  }
  if (bathsOf(resolved).siteBath !== null) {
    refuse('dynamics.temperature', why, 'several temperatures', limit);
  }
}

function equilibriumViolations(resolved: ResolvedProgram, sites: number, refuse: Refuse): void {
  const burnIn = resolved.dynamics.burnIn ?? 0;
  if (!drawsEquilibrium(resolved)) {
    if (burnIn > 0) return;
    const { siteTemperature, temperature } = bathsOf(resolved);
    if (siteTemperature !== null) {
      refuse(
        'initial.kind',
        'sites at different temperatures have no Gibbs state; with dynamics.burnIn it starts in the stationary state',
        'equilibrium',
        'dynamics.burnIn > 0',
      );
    } else if (!(temperature > 0)) {
      refuse('initial.kind', 'there is no Gibbs state at T = 0', 'equilibrium', [
        'pattern',
        'corrupted',
        'random',
        'zero',
      ]);
    } else {
      refuse(
        'dynamics.burnIn',
        `the Gibbs state of ${sites} coupled sites with quartic wells cannot be drawn exactly; give a burnIn`,
        burnIn,
        '> 0, or groups of at most 16 coupled sites',
      );
    }
    return;
  }
  judgeEquilibrium(() => {
    const potential = new Potential(resolved);
    if (resolved.inputs.length > 0) potential.setClamped(resolved.inputs[0]!);
    const times = Float64Array.of(0, resolved.duration);
    return new EquilibriumSampler(potential, makeProtocol(resolved, times, Infinity).before);
  }, refuse);
}

import {
  firstAsymmetry,
  hiddenMask,
  visibleSites,
  type Program,
  type ResolvedProgram,
} from '../../device/index.js';
import type { ThermoContext } from '../../thermo/index.js';
import { bathsOf } from '../baths.js';
import { MOST_ENUMERATED } from './gibbs-table.js';
import { changing } from '../changing.js';
import { equilibriumStart, stationaryMethod } from '../equilibrium-start.js';
import { isConstant, leastValue } from '../curve-course.js';
import { gibbsEnds, startKnowledge, stationaryHeat } from './spin-knowledge.js';

/** Why couplings have no energy; null where they have one. */
export function whyNoEnergy(program: {
  readonly couplings: ResolvedProgram['couplings'];
  readonly sites: number;
}): string | null {
  const { couplings, sites } = program;
  if (couplings.kind === 'dense') {
    const at = firstAsymmetry(couplings.data, sites);
    if (at === null) return null;
    return `couplings are asymmetric (J(${at[0]},${at[1]}) ≠ J(${at[1]},${at[0]})), so there is no energy`;
  }
  if (couplings.kind === 'memories' && couplings.next !== null) {
    return 'the memories follow one another (asymmetric couplings), so there is no energy';
  }
  return null;
}

/** Visible sites that are not clamped: what an equilibrium start enumerates. */
export function freeVisibleSites(program: Program): number {
  return visibleSites(program).length - program.clamped.length;
}

/** Whether nothing changes from t = 0⁻ to the end. */
export function hasConstantProtocol(program: ResolvedProgram): boolean {
  const curves = [...program.drives.map((d) => d.amplitude), ...Object.values(program.controls)];
  return curves.every((curve) => isConstant(curve, program.duration));
}

function coldest(program: ResolvedProgram): number {
  if (program.dynamics.rule === 'zero-temperature') return 0;
  const course = program.controls.temperature;
  if (course !== undefined) return leastValue(course, program.duration);
  const { temperature } = program.dynamics;
  return typeof temperature === 'number'
    ? temperature
    : temperature.reduce((a, b) => Math.min(a, b), Infinity);
}

/**
 * Which entries of the ledger of a spin program are defined (physics page §2.10), and nothing that takes an enumeration.
 * Entropy production is the medium part, Σ over flips ln(w/w̃) = Σ Q/T, for Glauber and Metropolis rates alike; for
 * synchronous updates the log ratio of each step and its reverse.
 */
export function spinDefinitions(program: ResolvedProgram): ThermoContext {
  const { dynamics, couplings, initial } = program;
  const { baths, siteTemperature } = bathsOf(program);
  const synchronous = dynamics.order === 'synchronous';
  const exponential = couplings.kind === 'memories' && couplings.interaction.kind === 'exponential';
  const noEnergy = whyNoEnergy(program);
  const cold = coldest(program) === 0;
  const burnIn = dynamics.burnIn ?? 0;

  let noEntropy: string | null = null;
  if (cold) noEntropy = 'a bath is at T = 0 for at least part of the run, where it is infinite';
  else if (exponential) {
    noEntropy =
      'rates follow E = −Σ exp(x), whose scale is e^N, but heat is that of its logarithm; use log-sum-exp:1 for both';
  }

  const gibbs =
    initial.kind === 'equilibrium' && noEnergy === null && siteTemperature === null && !synchronous;
  let noJarzynski: string | null = null;
  if (noEnergy !== null) noJarzynski = noEnergy;
  else if (initial.kind !== 'equilibrium') {
    noJarzynski = `it needs an equilibrium start, not '${initial.kind}'`;
  } else if (synchronous) noJarzynski = 'synchronous updates do not keep the Gibbs state';
  else if (siteTemperature !== null) noJarzynski = 'there is more than one bath';
  else if (!courseIsConstant(program)) noJarzynski = 'the temperature changes during the run';
  else if (cold) noJarzynski = 'β is infinite at T = 0';
  else if (exponential) noJarzynski = noEntropy;

  const constant = hasConstantProtocol(program);
  const stationary = constant && gibbs;
  const drawn = drawsGibbs(program, noEnergy);
  const burntIn = constant && burnIn > 0 && !drawn;
  const continuousTime = dynamics.order === 'continuous-time' && dynamics.synapse === null;
  return {
    sites: program.sites,
    baths,
    noEnergy,
    noHeat: synchronous
      ? 'synchronous updates flip interacting spins at once, and the energies of single flips do not add up'
      : null,
    noEntropy,
    entropyMethod:
      dynamics.synapse === null
        ? stationaryMethod(
            stationary && drawn ? { by: 'exact' } : burntIn ? { by: 'burn-in', burnIn } : null,
          )
        : 'medium (of flips in the fields of their moment; what the slow synapses cost is not counted)',
    jarzynskiBeta: noJarzynski === null ? 1 / baths[0]!.temperature : null,
    noJarzynski,
    changing: changing(program),
    balance: exponential || synchronous ? null : balanceOf(program, noEnergy, siteTemperature),
    stationary: stationary || burntIn,
    continuousTime,
    fixedOrder: dynamics.order === 'sequential',
    // A spin tries once a unit of time, and flips at most as often.
    mostJumpRate: continuousTime ? program.sites : null,
  };
}

/** {@link spinDefinitions} with what enumerations and generators of few spins say: for a run's record and result. */
export function spinThermodynamics(program: ResolvedProgram): ThermoContext {
  const defined = spinDefinitions(program);
  const { baths, noEnergy, noEntropy, jarzynskiBeta, balance } = defined;
  const drawn = drawsGibbs(program, noEnergy);
  const start = {
    ...startKnowledge(program, (program.dynamics.burnIn ?? 0) > 0 && !drawn),
    equilibrium: equilibriumStart(program, drawn),
  };
  const ends = jarzynskiBeta === null ? null : gibbsEnds(program, 1 / jarzynskiBeta);
  const circles = balance?.detailed === false && noEntropy === null && hasConstantProtocol(program);
  return {
    ...defined,
    start: ends === null ? start : { ...start, entropy: ends.entropy },
    stationaryHeat: circles
      ? stationaryHeat(
          program,
          baths.map((bath) => bath.temperature),
        )
      : null,
    freeEnergyChange: ends?.freeEnergyChange ?? null,
  };
}

/** Whether an equilibrium start is drawn by enumeration: no burn-in runs then. */
function drawsGibbs(program: ResolvedProgram, noEnergy: string | null): boolean {
  return (
    program.initial.kind === 'equilibrium' &&
    noEnergy === null &&
    bathsOf(program).siteTemperature === null &&
    freeVisibleSites(program) <= MOST_ENUMERATED
  );
}

function balanceOf(
  { dynamics }: ResolvedProgram,
  noEnergy: string | null,
  siteTemperature: Float64Array | null,
): Exclude<ThermoContext['balance'], undefined> {
  if (noEnergy !== null) return { detailed: false, why: noEnergy };
  if (dynamics.synapse !== null) return null;
  if (siteTemperature === null) return { detailed: true, why: null };
  return { detailed: false, why: 'the baths have different temperatures' };
}

function courseIsConstant(program: ResolvedProgram): boolean {
  const course = program.controls.temperature;
  return course === undefined || isConstant(course, program.duration);
}

/** What a user should know of how a spin program is run, beside what it asks for. */
export function spinWarnings(program: ResolvedProgram): readonly string[] {
  const warnings: string[] = [];
  const { couplings, dynamics, initial } = program;
  if (couplings.kind === 'memories' && couplings.interaction.kind === 'exponential') {
    warnings.push(
      'energies, work and heat are those of the logarithm −ln Σ exp(x) in place of −Σ exp(x), plus fields and drives; the rates follow −Σ exp(x)',
    );
  }
  const apart = temperaturesApart(program);
  if (apart !== null) {
    warnings.push(
      `hidden sites at T = ${apart.hidden} beside visible ones at T = ${apart.visible} keep heat flowing from the warmer to the colder bath (housekeeping): heat.baths has each bath's share, and the visible law is not a Gibbs state`,
    );
  }
  const burnIn = dynamics.burnIn ?? 0;
  if (initial.kind === 'equilibrium' && burnIn > 0) {
    const noEnergy = whyNoEnergy(program);
    const drawn =
      noEnergy === null &&
      bathsOf(program).siteTemperature === null &&
      freeVisibleSites(program) <= MOST_ENUMERATED;
    if (drawn) warnings.push('the Gibbs state is drawn exactly; burnIn is not needed and not run');
    else if (noEnergy === null) {
      warnings.push(
        `equilibrium is what ${burnIn} time units of burn-in reach from a random state`,
      );
    } else {
      warnings.push(`equilibrium is the stationary state after ${burnIn} time units of burn-in`);
    }
  } else if (burnIn > 0) {
    warnings.push(`${burnIn} time units of burn-in come before t = 0 and are not accounted`);
  }
  return warnings;
}

/** Temperatures of hidden and of visible sites, in words, where some hidden site has another than some visible one. */
function temperaturesApart(program: ResolvedProgram): { hidden: string; visible: string } | null {
  const { siteTemperature } = bathsOf(program);
  const hidden = hiddenMask(program);
  if (siteTemperature === null || hidden === null) return null;
  const of = (kind: number): number[] => [
    ...new Set(siteTemperature.filter((_, site) => hidden[site] === kind)),
  ];
  const [below, above] = [of(1), of(0)];
  if (below.length === 1 && above.length === 1 && below[0] === above[0]) return null;
  return { hidden: below.join(', '), visible: above.join(', ') };
}

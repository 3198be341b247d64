import { RelaxdError } from '../../core/index.js';
import { readoutTimes, type DeviceResult, type ResolvedProgram } from '../../device/index.js';
import { l1Distance, relativeEntropy, shannonEntropy } from '../../thermo/index.js';
import { exactStart } from './exact-start.js';
import { gibbsProbabilities, logPartition } from './gibbs-table.js';
import { MasterEquation } from './master-equation.js';
import { spinThermodynamics, spinWarnings } from './spin-thermodynamics.js';
import { StateSpace } from './state-space.js';
import type { RateRule } from './transition-rates.js';

/** What an exact solution knows beyond a device's result. Probabilities are by code: bit k set, free spin k is +1. */
export interface ExactSolution {
  readonly result: DeviceResult;
  readonly free: Int32Array;
  /** At t = 0⁻. */
  readonly start: Float64Array;
  readonly times: Float64Array;
  /** [readout] */
  readonly distributions: readonly Float64Array[];
  /** [readout] total entropy production since t = 0⁻, nats; NaN at T = 0. */
  readonly entropyProduction: readonly number[];
  /** [readout] D(p_t ‖ Gibbs state of the protocol at t); NaN where there is no Gibbs state. */
  readonly relativeEntropy: readonly number[];
  readonly entropy: { readonly medium: number; readonly system: number; readonly total: number };
  /** Expected number of jumps ∫A dt. */
  readonly jumps: number;
  /** Σ |p_0 − p_end| */
  readonly distance: number;
  /** Standard deviation of e^{−βW} over its mean; NaN without an equilibrium start, and above 10 free spins. */
  readonly jarzynskiDeviation: number;
  /** Of the Gibbs states at the first listed and at the last values; null where there is none. */
  readonly freeEnergy: {
    readonly logPartitionStart: number;
    readonly logPartitionEnd: number;
    readonly change: number;
  } | null;
  /** State of all sites for a code. */
  readonly state: (code: number) => Int8Array;
}

/** How spins flip, from a program's dynamics. */
export function rateRule(program: ResolvedProgram): RateRule {
  return {
    metropolis: program.dynamics.rule === 'metropolis',
    plus: program.dynamics.ties === 'plus',
  };
}

/**
 * Solves a spin program exactly by its master equation (physics page §2.10): the ensemble that `shots` of the simulator
 * sample, for up to 16 free spins in continuous time. Joint moments of work and heat give exact variances and ⟨e^{−βW}⟩.
 * @throws RelaxdError `not-enumerable` (sites), `not-supported` (order, inputs), `program-refused` (start)
 */
export function solveExactly(program: ResolvedProgram): ExactSolution {
  const { rule, order } = program.dynamics;
  if (order !== 'continuous-time' || !RULES.includes(rule)) {
    throw new RelaxdError('not-supported', `there is no exact solution for ${rule}, ${order}`, {
      path: 'dynamics.order',
      value: order,
      limit: 'continuous-time',
      hint: 'use order continuous-time with glauber, metropolis or zero-temperature',
    });
  }
  const context = spinThermodynamics(program);
  const space = new StateSpace(program);
  const begin = exactStart(program, space);
  const burnIn = begin.gibbs ? 0 : (program.dynamics.burnIn ?? 0);
  const start =
    burnIn > 0
      ? MasterEquation.burnIn(space, program, rateRule(program), begin.distribution, burnIn)
      : begin.distribution;
  const beta = begin.gibbs ? context.jarzynskiBeta : null;
  const equation = new MasterEquation(space, program, rateRule(program), start, beta);
  const startEnergies = space.energies(equation.protocolValues);
  const startEntropy = shannonEntropy(start);
  const gibbsExists = space.hasEnergy && space.siteTemperatures === null;

  const times = readoutTimes(program);
  const rows = Array.from(times, (t) => {
    equation.advanceTo(t);
    const distribution = equation.probabilities;
    const values = equation.protocolValues;
    const energies = space.energies(values);
    const { heat, work } = equation.moments;
    const gibbs =
      gibbsExists && values.temperature > 0
        ? gibbsProbabilities(energies, values.temperature)
        : null;
    return {
      distribution,
      energy: average(distribution, energies),
      overlaps: space.overlaps.map((row) => average(distribution, row)),
      heat,
      work,
      entropy:
        context.noEntropy === null
          ? equation.mediumEntropy + shannonEntropy(distribution) - startEntropy
          : NaN,
      relative: gibbs === null ? NaN : relativeEntropy(distribution, gibbs),
    };
  });
  const end = rows[rows.length - 1]!;
  const { moments } = equation;
  const energyChange = end.energy - average(start, startEnergies);
  const [first, last] = [space.startValues(), equation.protocolValues];
  const freeEnergy =
    gibbsExists && first.temperature > 0 && last.temperature > 0
      ? freeEnergies(startEnergies, first.temperature, space.energies(last), last.temperature)
      : null;

  const total = end.entropy;
  const sure = (value: number): { mean: number | null; sem: number | null } => ({
    mean: finite(value),
    sem: 0,
  });
  const spread = (
    mean: number,
    square: number,
  ): { mean: number | null; sem: number | null; variance: number | null } => ({
    ...sure(mean),
    variance: finite(square - mean * mean),
  });
  const series = (
    pick: (row: (typeof rows)[number]) => number,
  ): {
    mean: (number | null)[];
    sem: (number | null)[];
  } => ({ mean: rows.map((row) => finite(pick(row))), sem: rows.map(() => 0) });
  const heat = spread(moments.heat, moments.heatSquared);
  const wants = (channel: 'energy' | 'work' | 'heat' | 'overlaps'): boolean =>
    program.readout.channels.includes(channel);
  const warnings = [
    'exact: ensemble averages of the master equation; no shots are drawn, standard errors are 0',
    ...spinWarnings(program),
  ];
  const because = (what: string, reason: string | null): void => {
    if (reason !== null)
      warnings.push(`${what} ${what.includes(' and ') ? 'are' : 'is'} null: ${reason}`);
  };
  because('work, energyChange and firstLawResidual', context.noEnergy);
  because('entropyProduction', context.noEntropy);
  because('jarzynski', context.noJarzynski);
  if (context.baths.length > 1) warnings.push('heat is not split by baths in the exact solution');

  const result: DeviceResult = {
    shots: program.shots,
    deviceTime: program.duration,
    engine: 'exact',
    observables: {
      t: Array.from(times),
      ...(wants('energy') ? { energy: series((row) => row.energy) } : {}),
      ...(wants('work') ? { work: series((row) => row.work) } : {}),
      ...(wants('heat') ? { heat: series((row) => row.heat) } : {}),
      ...(wants('overlaps')
        ? {
            overlaps: {
              mean: space.overlaps.map((_, m) => rows.map((row) => row.overlaps[m]!)),
              sem: space.overlaps.map(() => rows.map(() => 0)),
            },
          }
        : {}),
    },
    final: { states: [], overlaps: [] },
    thermodynamics: {
      work: space.hasEnergy ? spread(moments.work, moments.workSquared) : null,
      heat: {
        ...heat,
        baths:
          context.baths.length === 1
            ? [
                {
                  bath: context.baths[0]!.name,
                  temperature: context.baths[0]!.temperature,
                  ...heat,
                },
              ]
            : [],
      },
      energyChange: space.hasEnergy ? { ...sure(energyChange), variance: null } : null,
      entropyProduction:
        context.noEntropy === null
          ? {
              ...sure(total),
              method: 'total (master equation)',
              rate: sure(total / program.duration),
            }
          : null,
      firstLawResidual: space.hasEnergy
        ? Math.abs(energyChange - moments.work + moments.heat)
        : null,
      jarzynski: beta === null ? null : sure(moments.jarzynski),
    },
    warnings,
  };
  return {
    result,
    free: space.free,
    start,
    times,
    distributions: rows.map((row) => row.distribution),
    entropyProduction: rows.map((row) => row.entropy),
    relativeEntropy: rows.map((row) => row.relative),
    entropy: {
      medium: context.noEntropy === null ? equation.mediumEntropy : NaN,
      system: shannonEntropy(end.distribution) - startEntropy,
      total,
    },
    jumps: equation.jumps,
    distance: l1Distance(start, end.distribution),
    jarzynskiDeviation: Math.sqrt(moments.jarzynskiSquared / moments.jarzynski ** 2 - 1),
    freeEnergy,
    state: (code) => {
      const state = space.ground.slice();
      space.free.forEach((site, k) => {
        state[site] = (code >>> k) & 1 ? 1 : -1;
      });
      return state;
    },
  };
}

const RULES: readonly string[] = ['glauber', 'metropolis', 'zero-temperature'];

const finite = (x: number): number | null => (Number.isFinite(x) ? x : null);

function average(p: Float64Array, values: Float64Array): number {
  let sum = 0;
  for (let x = 0; x < p.length; x++) sum += p[x]! * values[x]!;
  return sum;
}

function freeEnergies(
  startEnergies: Float64Array,
  startTemperature: number,
  endEnergies: Float64Array,
  endTemperature: number,
): NonNullable<ExactSolution['freeEnergy']> {
  const logPartitionStart = logPartition(startEnergies, startTemperature);
  const logPartitionEnd = logPartition(endEnergies, endTemperature);
  return {
    logPartitionStart,
    logPartitionEnd,
    change: startTemperature * logPartitionStart - endTemperature * logPartitionEnd,
  };
}

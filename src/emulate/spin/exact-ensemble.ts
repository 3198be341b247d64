import { readoutTimes, type ResolvedProgram } from '../../device/index.js';
import { relativeEntropy, shannonEntropy } from '../../thermo/index.js';
import type { CentralTable } from './central-moments.js';
import { energyUnit } from './energy-unit.js';
import { exactStart } from './exact-start.js';
import { gibbsProbabilities } from './gibbs-table.js';
import type { WorkHeatMoments } from './joint-moments.js';
import { burntIn, makeEnsemble } from './make-ensemble.js';
import { spinDefinitions } from './spin-thermodynamics.js';
import { StateSpace } from './state-space.js';

/** What is known of an ensemble at a readout. */
export interface EnsembleReadout {
  readonly distribution: Float64Array;
  /** NaN where there is no energy. */
  readonly energy: number;
  /** [reference] */
  readonly overlaps: readonly number[];
  /** Into all baths together; NaN where it is not defined. */
  readonly heat: number;
  readonly work: number;
  /** Total entropy production since t = 0⁻, nats; NaN at T = 0. */
  readonly entropy: number;
  /** D(p_t ‖ Gibbs state of the protocol at t); NaN where there is no Gibbs state. */
  readonly relative: number;
}

/** The exact ensemble of the shots of a program that have one row of inputs in common. */
export interface ExactEnsemble {
  readonly space: StateSpace;
  readonly start: Float64Array;
  readonly startEnergies: Float64Array;
  readonly endEnergies: Float64Array;
  readonly readouts: readonly EnsembleReadout[];
  readonly moments: WorkHeatMoments;
  /** Of higher orders; null where none were asked for. */
  readonly central: CentralTable | null;
  /** What a flip typically exchanges. */
  readonly energyUnit: number;
  readonly energyChange: number;
  readonly energyChangeSquared: number;
  readonly mediumEntropy: number;
  readonly systemEntropy: number;
  readonly jumps: number;
}

/**
 * Solves a program for one row of inputs (null: none listed).
 * @param orders of the central moments of work and heat; 0: none
 */
export function solveEnsemble(
  program: ResolvedProgram,
  inputs: Float64Array | null,
  hiddenRate: number,
  orders: number,
): ExactEnsemble {
  const context = spinDefinitions(program);
  const spaceOf = (what: ResolvedProgram): StateSpace => new StateSpace(what, inputs, hiddenRate);
  const space = spaceOf(program);
  const begin = exactStart(program, space);
  const burnIn = begin.gibbs ? 0 : (program.dynamics.burnIn ?? 0);
  const start =
    burnIn > 0 ? burntIn(spaceOf, program, begin.distribution, burnIn) : begin.distribution;
  const beta = begin.gibbs ? context.jarzynskiBeta : null;
  const ensemble = makeEnsemble(space, program, start, beta, orders);
  const startEnergies = space.energies(ensemble.protocolValues);
  const startEntropy = shannonEntropy(start);
  const gibbsExists = space.hasEnergy && space.oneBath;
  let energies = startEnergies;

  const readouts = Array.from(readoutTimes(program), (t): EnsembleReadout => {
    ensemble.advanceTo(t);
    const distribution = ensemble.probabilities;
    const values = ensemble.protocolValues;
    energies = space.energies(values);
    const { heat, work } = ensemble.moments;
    const gibbs =
      gibbsExists && values.temperature > 0
        ? gibbsProbabilities(energies, values.temperature)
        : null;
    return {
      distribution,
      energy: average(distribution, energies),
      overlaps: space.overlaps.map((row) => average(distribution, row)),
      heat: heat.reduce((a, b) => a + b, 0),
      work,
      entropy:
        context.noEntropy === null
          ? ensemble.mediumEntropy + shannonEntropy(distribution) - startEntropy
          : NaN,
      relative: gibbs === null ? NaN : relativeEntropy(distribution, gibbs),
    };
  });
  const end = readouts[readouts.length - 1]!;
  const { moments } = ensemble;
  const startEnergy = average(start, startEnergies);
  /** ⟨(E − E₀)²⟩ from a level near both, so that what a large held field adds to both does not drown it. */
  const changeSquare = (level: number): number => {
    const above = energies.map((E) => E - level);
    const product = ensemble.energyProduct(above) - level * average(end.distribution, above);
    const square = (p: Float64Array, E: Float64Array): number =>
      average(p, E, (value) => (value - level) ** 2);
    return square(end.distribution, energies) - 2 * product + square(start, startEnergies);
  };
  return {
    space,
    start,
    startEnergies,
    endEnergies: energies,
    readouts,
    moments,
    central: ensemble.centralTable,
    energyUnit: energyUnit(space, program),
    energyChange: end.energy - startEnergy,
    energyChangeSquared:
      context.noHeat === null ? firstLawSquare(moments) : changeSquare(startEnergy),
    mediumEntropy: ensemble.mediumEntropy,
    systemEntropy: shannonEntropy(end.distribution) - startEntropy,
    jumps: ensemble.jumps,
  };
}

/** ⟨(W − Q)²⟩, which is ⟨ΔE²⟩. */
function firstLawSquare({ workSquared, workHeat, heatProducts }: WorkHeatMoments): number {
  const cross = workHeat.reduce((a, b) => a + b, 0);
  return workSquared - 2 * cross + totalProduct(heatProducts);
}

/** ⟨Q²⟩ of the heat into all baths together. */
export function totalProduct(products: readonly (readonly number[])[]): number {
  return products.flat().reduce((a, b) => a + b, 0);
}

function average(
  p: Float64Array,
  values: Float64Array,
  f: (value: number) => number = (value) => value,
): number {
  let sum = 0;
  for (let x = 0; x < p.length; x++) sum += p[x]! * f(values[x]!);
  return sum;
}

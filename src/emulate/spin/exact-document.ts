import type { Quantity, ResolvedProgram } from '../../device/index.js';
import type { QuantityMoments } from './exact-moments.js';
import type { ExactSolution } from './exact-spins.js';
import { spinDefinitions } from './spin-thermodynamics.js';

/** Moments of a quantity as a result shows them. */
export interface ShownMoments {
  readonly raw: readonly Quantity[];
  readonly central: readonly Quantity[];
  readonly skewness: Quantity;
  readonly excessKurtosis: Quantity;
}

/** What an exact solution adds to a result (docs/formats/result.md). */
export interface ExactDocument {
  readonly moments: {
    readonly order: number;
    readonly work: ShownMoments | null;
    readonly heat: ShownMoments | null;
    readonly mixed: readonly (readonly Quantity[])[] | null;
  } | null;
  readonly covariance: {
    readonly heat: readonly (readonly Quantity[])[];
    readonly workHeat: readonly Quantity[];
  };
  readonly entropy: {
    readonly medium: Quantity;
    readonly system: Quantity;
    readonly total: Quantity;
  };
  readonly entropyProduction: readonly Quantity[];
  readonly relativeEntropy: readonly Quantity[];
  readonly jumps: Quantity;
  readonly distance: Quantity;
  readonly jarzynskiDeviation: Quantity;
  readonly freeEnergy: ExactSolution['freeEnergy'];
}

/**
 * The member `exact` of a result, with the reasons for what is null in it. The reasons that work, heat, entropy
 * production and ⟨e^{−βW}⟩ have are in the result's own warnings and hold here too.
 */
export function exactDocument(
  program: ResolvedProgram,
  solution: ExactSolution,
): { readonly document: ExactDocument; readonly warnings: readonly string[] } {
  const { moments, covariance, entropy, freeEnergy } = solution;
  const document: ExactDocument = {
    moments:
      moments === null
        ? null
        : {
            order: moments.order,
            work: shown(moments.work),
            heat: shown(moments.heat),
            mixed: moments.mixed?.map((row) => row.map(finite)) ?? null,
          },
    covariance: {
      heat: covariance.heat.map((row) => row.map(finite)),
      workHeat: covariance.workHeat.map(finite),
    },
    entropy: {
      medium: finite(entropy.medium),
      system: finite(entropy.system),
      total: finite(entropy.total),
    },
    entropyProduction: solution.entropyProduction.map(finite),
    relativeEntropy: solution.relativeEntropy.map(finite),
    jumps: finite(solution.jumps),
    distance: finite(solution.distance),
    jarzynskiDeviation: finite(solution.jarzynskiDeviation),
    freeEnergy,
  };
  return { document, warnings: reasons(program, document) };
}

function reasons(program: ResolvedProgram, document: ExactDocument): string[] {
  const { moments } = document;
  const { noEnergy, noHeat, noJarzynski } = spinDefinitions(program);
  const warnings: string[] = [];
  const because = (what: string, reason: string): void => {
    warnings.push(`exact.${what} is null: ${reason}`);
  };
  const undefinedOf = { work: noEnergy, heat: noHeat };
  for (const name of ['work', 'heat'] as const) {
    const quantity = moments?.[name];
    const reason = undefinedOf[name];
    if (quantity === null && reason !== null) because(`moments.${name}`, reason);
    if (quantity?.skewness === null) {
      warnings.push(
        `exact.moments.${name} has no skewness and kurtosis: the ${name} is the same in every shot, to what is resolved`,
      );
    }
  }
  if (moments !== null && moments.mixed === null) {
    because('moments.mixed', noEnergy ?? noHeat ?? 'there are more than 2^10 states');
  }
  if ([...document.covariance.heat, document.covariance.workHeat].flat().includes(null)) {
    warnings.push(
      `exact.covariance has nulls: ${noHeat ?? noEnergy ?? 'a variance is not finite'}`,
    );
  }
  if (document.jarzynskiDeviation === null) {
    because(
      'jarzynskiDeviation',
      noJarzynski ?? 'with 2^11 states or more the spread of e^{−βW} is not followed',
    );
  }
  if (document.freeEnergy === null || document.relativeEntropy.includes(null)) {
    const [nulls, verb] =
      document.freeEnergy === null ? ['freeEnergy', 'is null'] : ['relativeEntropy', 'has nulls'];
    warnings.push(
      `exact.${nulls} ${verb}: ${noEnergy ?? 'there is not one Gibbs state at T > 0 to compare with (several baths, T = 0 or rows of inputs that differ)'}`,
    );
  }
  return warnings;
}

const finite = (x: number): Quantity => (Number.isFinite(x) ? x : null);

function shown(moments: QuantityMoments | null): ShownMoments | null {
  if (moments === null) return null;
  return {
    raw: moments.raw.map(finite),
    central: moments.central.map(finite),
    skewness: finite(moments.skewness),
    excessKurtosis: finite(moments.excessKurtosis),
  };
}

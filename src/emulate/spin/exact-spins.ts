import { RelaxdError } from '../../core/index.js';
import {
  curveValue,
  readoutTimes,
  type DeviceResult,
  type ResolvedProgram,
} from '../../device/index.js';
import { l1Distance } from '../../thermo/index.js';
import { solveEnsemble, totalProduct, type ExactEnsemble } from './exact-ensemble.js';
import { gatherMoments, type WorkAndHeatMoments } from './exact-moments.js';
import { exactResult } from './exact-result.js';
import { logPartition } from './gibbs-table.js';
import { HIDDEN_RATE } from './spin-parameters.js';
import { spinDefinitions } from './spin-thermodynamics.js';

/** What an exact solution knows beyond a device's result. Probabilities are by code: bit k set, free spin k is +1. */
export interface ExactSolution {
  readonly result: DeviceResult;
  /** Visible sites whose states are told apart, in the order of their bits; hidden ones come after them in a code. */
  readonly free: Int32Array;
  /** At t = 0⁻. With inputs that differ from shot to shot, distributions are means over their rows. */
  readonly start: Float64Array;
  readonly times: Float64Array;
  /** [readout] */
  readonly distributions: readonly Float64Array[];
  /** [readout] total entropy production since t = 0⁻, nats; NaN at T = 0. */
  readonly entropyProduction: readonly number[];
  /** [readout] D(p_t ‖ Gibbs state of the protocol at t); NaN where there is no Gibbs state. */
  readonly relativeEntropy: readonly number[];
  readonly entropy: { readonly medium: number; readonly system: number; readonly total: number };
  /** [bath][bath] covariances of the heats into the baths, and [bath] of the work with them; NaN where undefined. */
  readonly covariance: {
    readonly heat: readonly (readonly number[])[];
    readonly workHeat: readonly number[];
  };
  /** Of work and heat, in all orders up to the one asked for; null where none is. */
  readonly moments: WorkAndHeatMoments | null;
  /** Expected number of jumps ∫A dt. */
  readonly jumps: number;
  /** Σ |p_0 − p_end| */
  readonly distance: number;
  /** Standard deviation of e^{−βW} over its mean; NaN without an equilibrium start, and above 10 free spins. */
  readonly jarzynskiDeviation: number;
  /** Of the Gibbs states at the first listed and at the last values; null where there is none, or several. */
  readonly freeEnergy: {
    readonly logPartitionStart: number;
    readonly logPartitionEnd: number;
    readonly change: number;
  } | null;
  /** State of all sites for a code; clamped sites have the first row of inputs. */
  readonly state: (code: number) => Float64Array;
}

/** Up to which order moments of work and heat are followed, where nothing else is asked for. */
export const MOMENT_ORDER = 4;
const MOST_MOMENTS = 12;

const RULES: readonly string[] = ['glauber', 'metropolis', 'zero-temperature'];

/**
 * Solves a spin program exactly, by enumeration of its states: the ensemble that `shots` of the simulator sample, for up
 * to 16 free sites (12 in synchronous order). Continuous time is the master equation (physics page §2.10), the other
 * orders are Markov chains taken step by step. Moments of work and heat are exact to any order, and so is ⟨e^{−βW}⟩;
 * rows of inputs are solved one by one and averaged.
 * @param parameters of the device: `hiddenRate` where there are hidden sites
 * @param order the highest one of moments of work and heat, 0 (none) to 12; each costs columns of one number a state
 * @throws RelaxdError `wrong-call` (order), `not-enumerable` (sites), `not-supported` (rule, synapses, hidden sites without finitely many
 *   values), `program-refused` (start)
 */
export function solveExactly(
  program: ResolvedProgram,
  parameters: Readonly<Record<string, number>> = {},
  order = MOMENT_ORDER,
): ExactSolution {
  if (!Number.isInteger(order) || order < 0 || order > MOST_MOMENTS) {
    throw new RelaxdError('wrong-call', `moments of order ${order} are not followed`, {
      path: 'order',
      value: order,
      limit: `0 … ${MOST_MOMENTS}, whole`,
      hint: 'ask for fewer moments',
    });
  }
  const { rule, synapse } = program.dynamics;
  if (!RULES.includes(rule) || synapse !== null) {
    throw new RelaxdError(
      'not-supported',
      synapse === null
        ? `there is no exact solution for ${rule}`
        : 'there is no exact solution with synapses, which remember more than the state',
      {
        path: synapse === null ? 'dynamics.rule' : 'dynamics.synapse',
        value: synapse === null ? rule : synapse.kernel,
        limit: synapse === null ? RULES : null,
        hint: 'run it without --exact',
      },
    );
  }
  const hiddenRate = parameters[HIDDEN_RATE.name] ?? HIDDEN_RATE.default;
  const rows = rowsOf(program);
  const ensembles = rows.map(({ inputs }) => solveEnsemble(program, inputs, hiddenRate, order));
  const mean = (pick: (ensemble: ExactEnsemble) => number): number =>
    ensembles.reduce((sum, ensemble, k) => sum + rows[k]!.share * pick(ensemble), 0);
  const meanRow = (pick: (ensemble: ExactEnsemble) => Float64Array): Float64Array =>
    pick(ensembles[0]!).map((_, x) => mean((ensemble) => pick(ensemble)[x]!));

  const context = spinDefinitions(program);
  const first = ensembles[0]!;
  const { space } = first;
  const times = readoutTimes(program);
  const heats = Array.from({ length: space.bathCount }, (_, b) => mean((e) => e.moments.heat[b]!));
  const heatCovariance = heats.map((a, i) =>
    heats.map((b, j) => mean((e) => e.moments.heatProducts[i]![j]!) - a * b),
  );
  const work = mean((e) => e.moments.work);
  const jarzynski = mean((e) => e.moments.jarzynski);
  const moments =
    order === 0
      ? null
      : gatherMoments(
          ensembles.map(({ central }, k) => ({ share: rows[k]!.share, table: central! })),
          order,
          { work: context.noEnergy === null, heat: context.noHeat === null },
          Math.max(...ensembles.map((ensemble) => ensemble.energyUnit)),
        );
  const entropies = Array.from(times, (_, k) => mean((e) => e.readouts[k]!.entropy));
  const start = meanRow((e) => e.start);
  const distributions = Array.from(times, (_, k) => meanRow((e) => e.readouts[k]!.distribution));
  const result = exactResult({
    program,
    times,
    context,
    series: (pick) => Array.from(times, (_, k) => mean((e) => pick(e.readouts[k]!))),
    work: {
      mean: work,
      square: mean((e) => e.moments.workSquared),
      variance: moments?.work?.central[1],
    },
    heat: {
      mean: heats.reduce((a, b) => a + b, 0),
      square: mean((e) => totalProduct(e.moments.heatProducts)),
      variance: moments?.heat?.central[1],
    },
    baths: heats.map((heat, b) => ({
      mean: heat,
      square: mean((e) => e.moments.heatProducts[b]![b]!),
    })),
    energyChange: {
      mean: mean((e) => e.energyChange),
      square: mean((e) => e.energyChangeSquared),
    },
    entropy: entropies[entropies.length - 1]!,
    jarzynski,
  });
  return {
    result,
    free: space.free,
    start,
    times,
    distributions,
    entropyProduction: entropies,
    relativeEntropy: Array.from(times, (_, k) => mean((e) => e.readouts[k]!.relative)),
    entropy: {
      medium: context.noEntropy === null ? mean((e) => e.mediumEntropy) : NaN,
      system: mean((e) => e.systemEntropy),
      total: entropies[entropies.length - 1]!,
    },
    covariance: {
      heat: heatCovariance,
      workHeat: heats.map((heat, b) => mean((e) => e.moments.workHeat[b]!) - work * heat),
    },
    moments,
    jumps: mean((e) => e.jumps),
    distance: l1Distance(start, distributions[distributions.length - 1]!),
    jarzynskiDeviation: Math.sqrt(mean((e) => e.moments.jarzynskiSquared) / jarzynski ** 2 - 1),
    freeEnergy: ensembles.length === 1 ? freeEnergies(program, first) : null,
    state: (code) => space.stateOf(code),
  };
}

/** Rows of inputs that differ, each with its share of the shots. */
function rowsOf(program: ResolvedProgram): { inputs: Float64Array | null; share: number }[] {
  const { inputs } = program;
  if (inputs.length === 0) return [{ inputs: null, share: 1 }];
  const rows = new Map<string, { inputs: Float64Array; share: number }>();
  for (const row of inputs) {
    const key = row.join();
    const known = rows.get(key) ?? { inputs: row, share: 0 };
    known.share += 1 / inputs.length;
    rows.set(key, known);
  }
  return [...rows.values()];
}

function freeEnergies(
  program: ResolvedProgram,
  { space, startEnergies, endEnergies }: ExactEnsemble,
): ExactSolution['freeEnergy'] {
  if (!space.hasEnergy || !space.oneBath) return null;
  const { temperature: first } = space.startValues();
  const { temperature: last } = space.valuesBy((curve) => curveValue(curve, program.duration));
  if (!(first > 0 && last > 0)) return null;
  const logPartitionStart = logPartition(startEnergies, first);
  const logPartitionEnd = logPartition(endEnergies, last);
  return {
    logPartitionStart,
    logPartitionEnd,
    change: first * logPartitionStart - last * logPartitionEnd,
  };
}

import { RelaxdError, type ThreadAnswer, threadAnswer } from '../../core/index.js';
import type { Descriptor } from '../../device/index.js';
import { moments } from '../../thermo/index.js';
import { fitCircuit } from '../circuit/fit-circuit.js';
import { planProbes } from '../circuit/plan-probes.js';
import { predictedHeat, type MeanWithError } from '../circuit/twin.js';
import type { EstimatedParameter, OpenDirection } from '../estimate.js';
import { slopeOf, type Reference } from '../parameter.js';
import type { CalibrateBody } from './calibrate-body.js';
import { heldOutPrograms } from './held-out.js';
import { measuredRun, type ProbeData } from './probe-data.js';

/** What is to be estimated from what; the probes follow from the rest. */
export interface EstimateTask {
  readonly descriptor: Descriptor;
  readonly options: ProbeOptions;
  readonly references: readonly Reference[];
  /** Of each probe, then of each held-out program, in their order. */
  readonly data: readonly ProbeData[];
}

export interface ProbeOptions {
  readonly sites: number;
  readonly effort: number;
  /** Present values of the device's parameters. */
  readonly parameters: Readonly<Record<string, number>>;
}

/** Mean heat of a program's shots, as it was measured and as the fitted model has it. */
export interface HeatPair {
  readonly measured: MeanWithError;
  readonly predicted: MeanWithError;
}

/** What was found; it crosses threads. */
export interface EstimateReport {
  readonly parameters: readonly EstimatedParameter[];
  /** In the parameters' units, p × p; 0 for what is not identified. */
  readonly covariance: Float64Array;
  readonly open: readonly OpenDirection[];
  readonly logLikelihood: number;
  readonly rounds: number;
  readonly rank: number;
  readonly probes: readonly {
    readonly name: string;
    readonly count: number;
    readonly squares: number;
    /** Of probes that measure heat. */
    readonly heat: HeatPair | null;
  }[];
  readonly heldOut: readonly HeatPair[];
  readonly missing: readonly string[];
}

/** References by parameter or by kind, each to those that there are. @throws RelaxdError `invalid-input` */
export function referencesOf(
  given: NonNullable<CalibrateBody['references']>,
  names: readonly string[],
): Reference[] {
  return given.flatMap(({ parameter, value, standardError }, k) => {
    const found = names.filter((name) => name === parameter || name.startsWith(`${parameter}[`));
    if (found.length > 0) return found.map((name) => ({ name, value, standardError }));
    throw new RelaxdError('invalid-input', `there is no parameter '${parameter}' to know`, {
      path: `references[${k}].parameter`,
      value: parameter,
      limit: [...new Set(names.map((name) => name.replace(/\[.*/, '')))],
    });
  });
}

/** Estimates what a device's runs show of it. @throws RelaxdError `did-not-converge`, `invalid-input` */
export function estimateBoard(task: EstimateTask): EstimateReport {
  const { descriptor, options, references, data } = task;
  const plan = planProbes(descriptor, options);
  const { parameters, probes } = plan;
  const held = heldOutPrograms(descriptor, parameters);
  const runs = [...probes, ...held].map((probe, k) => measuredRun(probe, data[k]!));
  const fit = fitCircuit(parameters, runs.slice(0, probes.length), references);
  const { estimate } = fit;
  const p = parameters.count;
  const slopes = parameters.list.map((one, a) => slopeOf(one, estimate.at[a]!));
  const isKnown = estimate.parameters.map(({ identified }) => identified);
  const covariance = new Float64Array(p * p);
  for (let a = 0; a < p; a++) {
    for (let b = 0; b < p; b++) {
      if (!isKnown[a]! || !isKnown[b]!) continue;
      covariance[a * p + b] = estimate.covariance[a * p + b]! * slopes[a]! * slopes[b]!;
    }
  }
  const heats = runs.map((run): HeatPair | null => {
    if (run.kind !== 'heat') return null;
    const { mean, sem } = moments(run.totals);
    return { measured: { mean, sem }, predicted: predictedHeat(fit, run) };
  });
  return {
    parameters: estimate.parameters,
    covariance,
    open: estimate.open,
    logLikelihood: fit.logLikelihood,
    rounds: fit.rounds,
    rank: estimate.rank,
    probes: fit.runs.map(({ probe, count, squares }, k) => ({
      name: probe,
      count,
      squares,
      heat: heats[k]!,
    })),
    heldOut: heats.slice(probes.length).filter((heat) => heat !== null),
    missing: plan.missing,
  };
}

/** The same, for a thread. */
export const estimate = (task: EstimateTask): Promise<ThreadAnswer<EstimateReport>> =>
  threadAnswer(() => estimateBoard(task));

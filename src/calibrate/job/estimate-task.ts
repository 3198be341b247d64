import { RelaxdError, type ThreadAnswer, threadAnswer } from '../../core/index.js';
import type { Descriptor } from '../../device/index.js';
import { moments } from '../../thermo/index.js';
import { predictHeat, type CircuitRun } from '../circuit/circuit-likelihood.js';
import { fitCircuit } from '../circuit/fit-circuit.js';
import { planProbes } from '../circuit/plan-probes.js';
import type { EstimatedParameter, OpenDirection } from '../estimate.js';
import { slopeOf, type Reference } from '../parameter.js';
import type { CalibrateBody } from './calibrate-body.js';
import { heldOutPrograms } from './held-out.js';
import type { ProbeData } from './probe-data.js';

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

/** A mean with its standard error. */
export interface MeanHeat {
  readonly mean: number;
  readonly sem: number;
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
    readonly heat: { readonly measured: MeanHeat; readonly predicted: MeanHeat } | null;
  }[];
  readonly heldOut: readonly { readonly measured: MeanHeat; readonly predicted: MeanHeat }[];
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
  const { parameters } = plan;
  const zero = { kind: 'known', values: new Float64Array(options.sites) } as const;
  const runs = plan.probes.map((probe, k): CircuitRun => {
    const { name, setting, course } = probe;
    return { probe: name, setting, course, start: zero, ...data[k]! };
  });
  const fit = fitCircuit(parameters, runs, references);
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
  const predicted = (run: Pick<CircuitRun, 'setting' | 'course' | 'start'>): MeanHeat => {
    const heat = predictHeat(parameters, run, estimate.at);
    return { mean: heat.value, sem: estimate.errorOf(heat.slopes) };
  };
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
      heat:
        data[k]!.kind === 'heat'
          ? { measured: measuredHeat(data[k]!), predicted: predicted(runs[k]!) }
          : null,
    })),
    heldOut: heldOutPrograms(descriptor, options.sites).map(({ setting, course }, k) => ({
      measured: measuredHeat(data[plan.probes.length + k]!),
      predicted: predicted({ setting, course, start: zero }),
    })),
    missing: plan.missing,
  };
}

function measuredHeat(data: ProbeData): MeanHeat {
  const { mean, sem } = moments(data.kind === 'heat' ? data.totals : new Float64Array(0));
  return { mean, sem };
}

/** The same, for a thread. */
export const estimate = (task: EstimateTask): Promise<ThreadAnswer<EstimateReport>> =>
  threadAnswer(() => estimateBoard(task));

import type { MessagePort } from 'node:worker_threads';
import { RelaxdError, type ThreadAnswer, threadAnswer } from '../../core/index.js';
import type { CovarianceBlock, Descriptor } from '../../device/index.js';
import { moments } from '../../thermo/index.js';
import { fitCircuit } from '../circuit/fit-circuit.js';
import { planProbes } from '../circuit/plan-probes.js';
import type { SpreadTest } from '../circuit/spread-test.js';
import { predictedHeat, type MeanWithError } from '../circuit/twin.js';
import type { EstimatedParameter, OpenDirection } from '../estimate.js';
import type { Parameter, Reference } from '../parameter.js';
import type { CalibrateBody } from './calibrate-body.js';
import { covarianceBlocks } from './covariance-blocks.js';
import { heldOutPrograms } from './held-out.js';
import { measuredRun, type ProbeData } from './probe-data.js';

/** What is to be estimated from what; the probes follow from the rest. */
export interface EstimateTask {
  readonly descriptor: Descriptor;
  readonly options: ProbeOptions;
  readonly references: readonly Reference[];
  /** Parameters whose interval is to be found by profile likelihood, besides those whose standard error says little. */
  readonly profiled: readonly string[];
  /** Of each probe, then of each held-out program, in their order. */
  readonly data: readonly ProbeData[];
}

export interface ProbeOptions {
  readonly sites: number;
  readonly effort: number;
  /** Present values of the device's parameters. */
  readonly parameters: Readonly<Record<string, number>>;
  /** Probes of two temperatures, too. */
  readonly siteTemperatures?: boolean;
}

/** Mean heat of a program's shots, as it was measured and as the fitted model has it. */
export interface HeatPair {
  readonly measured: MeanWithError;
  readonly predicted: MeanWithError;
}

/** What was found; it crosses threads. */
export interface EstimateReport {
  readonly parameters: readonly (EstimatedParameter & {
    /** 95 % by profile likelihood; null: not looked for; an end that is null is open. */
    readonly profile: readonly [number | null, number | null] | null;
  })[];
  /** In the parameters' units, of those that are identified. */
  readonly covariance: readonly CovarianceBlock[];
  readonly open: readonly OpenDirection[];
  readonly logLikelihood: number;
  readonly rounds: number;
  readonly probes: readonly {
    readonly name: string;
    readonly count: number;
    readonly squares: number;
    /** Of probes that measure heat. */
    readonly heat: HeatPair | null;
  }[];
  /** Whether prediction errors spread as the model says; its runs are the probes. */
  readonly spread: SpreadTest;
  readonly heldOut: readonly HeatPair[];
  readonly missing: readonly string[];
}

/** Of a parameter that is known by its ratio: a larger error is not the same in both directions. */
const DOUBTFUL = 0.15;
/** Each takes some ten evaluations of the likelihood. */
const MOST_DOUBTFUL = 8;

/** Parameters that a name or a kind of them means. @throws RelaxdError `invalid-input` */
export function profiledOf(given: readonly string[], names: readonly string[]): string[] {
  const found = given.flatMap((one, k) => {
    const meant = names.filter((name) => name === one || name.startsWith(`${one}[`));
    if (meant.length > 0) return meant;
    throw new RelaxdError('invalid-input', `there is no parameter '${one}'`, {
      path: `profile[${k}]`,
      value: one,
      limit: [...new Set(names.map((name) => name.replace(/\[.*/, '')))],
    });
  });
  return [...new Set(found)];
}

/** Those whose error is the least like that of a straight line. */
function doubtful(parameters: readonly EstimatedParameter[], list: readonly Parameter[]): string[] {
  return parameters
    .flatMap(({ name, value, standardError }, a) => {
      if (standardError === null || list[a]!.coordinate === 'linear') return [];
      const share = standardError / Math.abs(value);
      return share > DOUBTFUL ? [{ name, share }] : [];
    })
    .sort((a, b) => b.share - a.share)
    .slice(0, MOST_DOUBTFUL)
    .map(({ name }) => name);
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
export function estimateBoard(
  task: EstimateTask,
  onProgress: (fraction: number) => void = () => undefined,
): EstimateReport {
  const { descriptor, options, references, profiled, data } = task;
  const plan = planProbes(descriptor, options);
  const { parameters, probes } = plan;
  const held = heldOutPrograms(descriptor, parameters);
  const runs = [...probes, ...held].map((probe, k) => measuredRun(probe, data[k]!));
  const fit = fitCircuit(parameters, runs.slice(0, probes.length), references, { onProgress });
  const { estimate } = fit;
  const isIdentified = new Set(
    estimate.parameters.flatMap(({ name, identified }) => (identified ? [name] : [])),
  );
  const wanted = new Set([
    ...profiled.filter((name) => isIdentified.has(name)),
    ...doubtful(estimate.parameters, parameters.list),
  ]);
  const heats = runs.map((run): HeatPair | null => {
    if (run.kind !== 'heat') return null;
    const { mean, sem } = moments(run.totals);
    return { measured: { mean, sem }, predicted: predictedHeat(fit, run) };
  });
  return {
    parameters: estimate.parameters.map((one) => ({
      ...one,
      profile: wanted.has(one.name) ? fit.profile(one.name) : null,
    })),
    covariance: covarianceBlocks(parameters.list, estimate),
    open: estimate.open,
    logLikelihood: fit.logLikelihood,
    rounds: fit.rounds,
    probes: fit.runs.map(({ probe, count, squares }, k) => ({
      name: probe,
      count,
      squares,
      heat: heats[k]!,
    })),
    spread: fit.spread,
    heldOut: heats.slice(probes.length).filter((heat) => heat !== null),
    missing: plan.missing,
  };
}

/** The same, for a thread: how far it is goes to the port. */
export const estimate = ({
  port = null,
  ...task
}: EstimateTask & { readonly port?: MessagePort | null }): Promise<ThreadAnswer<EstimateReport>> =>
  threadAnswer(() => estimateBoard(task, (fraction) => port?.postMessage(fraction)));

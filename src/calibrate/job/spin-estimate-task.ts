import { threadAnswer, type ThreadAnswer } from '../../core/index.js';
import type { CovarianceBlock, Descriptor } from '../../device/index.js';
import type { EstimatedParameter, OpenDirection } from '../estimate.js';
import type { Reference } from '../parameter.js';
import {
  fitSpinKernel,
  warmestUnseen,
  type SiteRun,
  type SpinKernelFit,
} from '../spins/fit-spin-kernel.js';
import { measuredRecall, type RecallMeasurement, type SpinData } from '../spins/measured-recall.js';
import { predictRecall, type RecallPrediction } from '../spins/predict-recall.js';
import { spinDevice, type SpinAsked } from '../spins/spin-device.js';
import { planSpins, type SpinProbe } from '../spins/spin-probe.js';
import { covarianceBlocks } from './covariance-blocks.js';
import { transitionTest, type TransitionTest } from '../spins/transition-test.js';

/** What is to be estimated from what; the probes follow from the rest. */
export interface SpinTask {
  readonly descriptor: Descriptor;
  readonly options: SpinOptions;
  readonly references: readonly Reference[];
  /** Of each probe, then of each held-out program, in their order. */
  readonly data: readonly SpinData[];
}

export interface SpinOptions extends SpinAsked {
  readonly sites: number;
  readonly effort: number;
}

/** A recall that was held out: as it was measured, and as the fitted kernel has it. */
export interface RecallPair {
  readonly name: string;
  readonly measured: RecallMeasurement;
  readonly predicted: RecallPrediction;
}

/** What was found; it crosses threads. */
export interface SpinReport {
  readonly law: 'glauber' | 'power';
  readonly parameters: readonly (Omit<EstimatedParameter, 'nominal'> & {
    readonly nominal: number | null;
  })[];
  /** In the parameters' units, p × p; 0 for what is not identified. */
  readonly covariance: readonly CovarianceBlock[];
  readonly open: readonly OpenDirection[];
  readonly logLikelihood: number;
  readonly samples: number;
  readonly oneRate: SpinKernelFit['oneRate'];
  readonly test: TransitionTest;
  readonly heldOut: readonly RecallPair[];
  readonly warnings: readonly string[];
}

/** A site's part of a probe's run, as the likelihood takes it. */
export const siteRuns = (probes: readonly SpinProbe[], data: readonly SpinData[]): SiteRun[] =>
  probes.flatMap(({ fields, start, interval, sites }, probe) =>
    Array.from({ length: sites }, (_, site): SiteRun => ({
      probe,
      site,
      field: fields[site]!,
      interval,
      start: start[site]!,
      shots: data[probe]!.shots,
      offset: site,
      stride: sites,
    })),
  );

/** Estimates what a device's runs show of its spins. @throws RelaxdError `did-not-converge`, `unknown-parameter` */
export function estimateSpinDevice({
  descriptor,
  options,
  references,
  data,
}: SpinTask): SpinReport {
  const { sites, effort } = options;
  const device = spinDevice(descriptor, options);
  const { probes, held } = planSpins(device, sites, effort);
  const runs = siteRuns(probes, data);
  const fit = fitSpinKernel(device, sites, runs, references);
  const { estimate, parameters } = fit;
  return {
    law: device.kernel.name,
    parameters: estimate.parameters.map((one, a) => ({ ...one, nominal: parameters.nominal(a) })),
    covariance: covarianceBlocks(parameters.list, estimate),
    open: estimate.open,
    logLikelihood: fit.logLikelihood,
    samples: fit.samples,
    oneRate: fit.oneRate,
    test: transitionTest(fit, runs),
    heldOut: held.map((program, k) => ({
      name: program.name,
      measured: measuredRecall(program, data[probes.length + k]!),
      predicted: predictRecall(fit, program),
    })),
    warnings: warningsOf(fit, runs),
  };
}

function warningsOf(fit: SpinKernelFit, runs: readonly SiteRun[]): string[] {
  const { parameters, estimate, atBound, oneRate } = fit;
  const warnings: string[] = [];
  const { temperature } = parameters;
  if (atBound.has(temperature)) {
    const { unit } = estimate.parameters[temperature]!;
    const warmest = Number(warmestUnseen(fit, runs).toPrecision(2));
    warnings.push(
      `no flip uphill was seen that errors of the readout do not explain: the temperature is below ${warmest} ${unit} (95 %), and not told from 0`,
    );
  }
  const none = [...atBound].filter((a) => a >= parameters.readoutError(0)).length;
  if (none > 0) {
    warnings.push(
      `${none} of ${parameters.sites} sites show no error of the readout: the standard error there is the mean of those that would still agree`,
    );
  }
  if (parameters.ownRates && oneRate !== null) {
    warnings.push(
      `sites differ in their rates (χ² ${oneRate.chiSquare.toFixed(1)} for ${oneRate.degreesOfFreedom} degrees of freedom): each has its own`,
    );
  }
  return warnings;
}

/** The same, for a thread. */
export const estimateSpins = (task: SpinTask): Promise<ThreadAnswer<SpinReport>> =>
  threadAnswer(() => estimateSpinDevice(task));

import { threadAnswer, type ThreadAnswer } from '../../core/index.js';
import type { Calibration, Descriptor } from '../../device/index.js';
import { calibrationSpread } from '../drift/calibration-spread.js';
import {
  stepCharts,
  type CheckedQuantity,
  type CheckReport,
  type DriftCharts,
} from '../drift/drift-charts.js';
import { coordinateOf } from '../parameter.js';
import { likelihoodAt } from '../spins/fit-spin-kernel.js';
import type { SpinData } from '../spins/measured-recall.js';
import { spinDevice, type SpinAsked } from '../spins/spin-device.js';
import { SpinParameters } from '../spins/spin-parameters.js';
import { planSpins, type SpinPlan, type SpinProbe } from '../spins/spin-probe.js';
import { BRIEFER } from './check-task.js';
import { siteRuns } from './spin-estimate-task.js';

/** What is checked against which calibration, and where its charts stand. */
export interface SpinCheckTask {
  readonly descriptor: Descriptor;
  readonly calibration: Calibration;
  /** By which law, at which temperature it was calibrated. */
  readonly asked: SpinAsked;
  /** Shots over those of a usual check. */
  readonly effort: number;
  /** Of each probe. */
  readonly data: readonly SpinData[];
  /** The charts after the last check of that effort; null: there was none. */
  readonly before: DriftCharts | null;
}

/** What may drift. */
const WATCHED = /^(rate|temperature|exponent|readoutError)/;
/** A site's readout is watched where a check shows so many errors of it: the square of its value over its standard error there. */
const FEWEST_WRONG = 4;
/** An error of the readout of which nothing is known is taken as that: what could not be at all would have no score. */
const LEAST_ERROR = 1e-6;

/** The probes of a check of spins: those of a calibration, with fewer shots. @param effort shots over the usual few */
export const spinCheckPlan = (
  descriptor: Descriptor,
  calibration: Calibration,
  asked: SpinAsked,
  effort: number,
): SpinPlan => planSpins(spinDevice(descriptor, asked), sitesOf(calibration), effort / BRIEFER);

const sitesOf = ({ parameters }: Calibration): number =>
  parameters.filter(({ name }) => name.startsWith('readoutError[')).length;

/** What the data of a check say of each parameter that may be watched. */
export function spinDeviations(task: Omit<SpinCheckTask, 'before'>): CheckedQuantity[] {
  const { descriptor, calibration, asked, effort, data } = task;
  const { device, probes, sites } = spinCheckPlan(descriptor, calibration, asked, effort);
  const known = new Map(calibration.parameters.map((one) => [one.name, one]));
  const runs = siteRuns(probes, data);
  const leastCost = runs.reduce(
    (least, { field }) => Math.min(least, 2 * Math.abs(field)),
    Infinity,
  );
  const parameters = new SpinParameters(device, sites, leastCost, known.has('rate[0]'));
  const { list, count: p } = parameters;
  const at = Float64Array.from(list, (parameter) => {
    const one = known.get(parameter.name);
    return coordinateOf(parameter, one === undefined ? parameter.nominal : standingAt(one));
  });
  const { score, information, count } = likelihoodAt(parameters, runs, at);
  const wider = Math.sqrt(readouts(probes) / count);
  const fisher = { at: (a: number, b: number): number => information[a * p + b]! };
  const spread = calibrationSpread(calibration, list, at, fisher);
  return list.flatMap(({ name, coordinate, scale }, k) => {
    const one = known.get(name);
    if (!WATCHED.test(name) || one?.identified !== true || isMissing(one)) return [];
    const root = Math.sqrt(fisher.at(k, k));
    const z = root > 0 ? score[k]! / root : NaN;
    // By the factor e, or by one unit.
    const perUnit = coordinate === 'log' ? root : root / scale;
    const isNormal = !name.startsWith('readoutError') || (perUnit * one.value) ** 2 >= FEWEST_WRONG;
    return [{ name, z, perUnit, spread: spread[k]! * wider, isNormal }];
  });
}

/** All that probes read, if nothing is lost. */
const readouts = (probes: readonly SpinProbe[]): number =>
  probes.reduce((sum, { shots, samples, sites }) => sum + shots * samples * sites, 0);

type Known = Calibration['parameters'][number];

/** An error of the readout that the calibration has not seen. */
const isMissing = ({ name, value }: Known): boolean =>
  name.startsWith('readoutError') && value <= 0;

/** Where a parameter is taken to be: one that is missing at the mean of those that would agree, its standard error. */
const standingAt = (one: Known): number =>
  isMissing(one) ? Math.max(LEAST_ERROR, one.standardError ?? 0) : one.value;

/**
 * Compares brief runs of single spins with a calibration: each watched parameter's score, and its control chart a step on.
 * @throws RelaxdError `not-calibrated` where nothing can be watched
 */
export const checkSpinDevice = (task: SpinCheckTask): CheckReport =>
  stepCharts(spinDeviations(task), task.effort, task.before);

/** The same, for a thread. */
export const checkSpins = (task: SpinCheckTask): Promise<ThreadAnswer<CheckReport>> =>
  threadAnswer(() => checkSpinDevice(task));

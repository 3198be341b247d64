import { threadAnswer, type ThreadAnswer } from '../../core/index.js';
import type { Calibration, Descriptor } from '../../device/index.js';
import { deviationAt } from '../circuit/check-run.js';
import { CircuitLikelihood } from '../circuit/circuit-likelihood.js';
import type { CircuitProbe } from '../circuit/circuit-probe.js';
import { planProbes, type ProbePlan } from '../circuit/plan-probes.js';
import { calibrationSpread } from '../drift/calibration-spread.js';
import { stepCharts, type CheckReport, type DriftCharts } from '../drift/drift-charts.js';
import { coordinateOf } from '../parameter.js';
import { lostShare, measuredRun, type ProbeData } from './probe-data.js';

/** What is checked against which calibration, and where its charts stand. */
export interface CheckTask {
  readonly descriptor: Descriptor;
  readonly calibration: Calibration;
  /** Shots over those of a usual check. */
  readonly effort: number;
  readonly data: readonly ProbeData[];
  /** The charts after the last check of that effort; null: there was none. */
  readonly before: DriftCharts | null;
}

/** Shots of a probe over those of a check. */
export const BRIEFER = 8;
/** What may drift; references of the laboratory and the readout's noise are not asked. */
const WATCHED = /^(capacitance|temperature|readoutGain|wellGain|couplingGain|quarticGain)/;

/** The probes of a check: steps and pairs, of a few shots each; quartic wells of calibrations that say what these are. @param effort shots over the usual few */
export const checkProbes = (
  descriptor: Descriptor,
  calibration: Calibration,
  effort = 1,
): CircuitProbe[] => briefProbes(planOf(descriptor, calibration), effort, descriptor.shots.max);

function planOf(descriptor: Descriptor, calibration: Calibration): ProbePlan {
  const sites = calibration.parameters.filter(({ name }) => name.startsWith('capacitance[')).length;
  const quartic = calibration.parameters.some(({ name }) => name.startsWith('quarticGain['));
  return planProbes(descriptor, { sites, quartic });
}

const briefProbes = ({ probes }: ProbePlan, effort: number, most: number): CircuitProbe[] =>
  probes
    .filter(({ kind, name }) => kind === 'states' && !name.startsWith('rest'))
    .map((probe): CircuitProbe => {
      const shots = Math.min(most, Math.max(2, Math.ceil((effort * probe.shots) / BRIEFER)));
      return { ...probe, shots, program: { ...probe.program, shots } };
    });

/**
 * Compares brief runs with a calibration: each watched parameter's score, and its control chart a step on.
 * @throws RelaxdError `not-calibrated` where nothing can be watched, `invalid-input` for a run that cannot be used
 */
export function checkBoard(task: CheckTask): CheckReport {
  const { descriptor, calibration, effort, data, before } = task;
  const plan = planOf(descriptor, calibration);
  const { parameters } = plan;
  const known = new Map(calibration.parameters.map((one) => [one.name, one]));
  const at = Float64Array.from(parameters.list, (parameter) => {
    const value = known.get(parameter.name)?.value ?? parameter.nominal;
    return coordinateOf(parameter, value);
  });
  const probes = briefProbes(plan, effort, descriptor.shots.max);
  const runs = probes.map((probe, k) => measuredRun(probe, data[k]!));
  const point = new CircuitLikelihood(parameters, runs, []).evaluate(at);
  const spread = calibrationSpread(calibration, parameters.list, at, point.information);
  // Information goes as the samples that came.
  const wider = 1 / Math.sqrt(1 - lostShare(probes, data));
  const seen = parameters.list.flatMap(({ name }, k) => {
    if (!WATCHED.test(name) || known.get(name)?.identified !== true) return [];
    return [{ name, ...deviationAt(point, k), spread: spread[k]! * wider, isNormal: true }];
  });
  return stepCharts(seen, effort, before);
}

/** The same, for a thread. */
export const check = (task: CheckTask): Promise<ThreadAnswer<CheckReport>> =>
  threadAnswer(() => checkBoard(task));

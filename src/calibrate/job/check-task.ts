import { threadAnswer, type ThreadAnswer } from '../../core/index.js';
import type { Calibration, Descriptor } from '../../device/index.js';
import type { ArrowInformation } from '../arrow-information.js';
import { deviationAt } from '../circuit/check-run.js';
import { CircuitLikelihood } from '../circuit/circuit-likelihood.js';
import type { CircuitProbe } from '../circuit/circuit-probe.js';
import { planProbes, type ProbePlan } from '../circuit/plan-probes.js';
import { nextChart, planChart, START, type PlannedChart } from '../drift/control-chart.js';
import { coordinateOf, slopeOf, type Parameter } from '../parameter.js';
import { measuredRun, type ProbeData } from './probe-data.js';
import { recordVariance } from './record-variance.js';

/** What is checked against which calibration, and where its charts stand. */
export interface CheckTask {
  readonly descriptor: Descriptor;
  readonly calibration: Calibration;
  /** Shots over those of a usual check. */
  readonly effort: number;
  readonly data: readonly ProbeData[];
  /** Sums of the charts after the check before, by quantity; those that are not there start anew. */
  readonly before: Readonly<Record<string, { readonly upper: number; readonly lower: number }>>;
}

export interface CheckReport {
  readonly chart: {
    readonly kind: 'cusum';
    readonly reference: number;
    readonly limit: number;
    readonly falseAlarmEvery: number;
    readonly shift: number;
    readonly delay: number;
  };
  readonly quantities: readonly {
    readonly name: string;
    readonly z: number;
    readonly perUnit: number;
    readonly upper: number;
    readonly lower: number;
  }[];
  readonly alarms: readonly string[];
}

/** Shots of a probe over those of a check. */
const BRIEFER = 8;
/** What may drift; references of the laboratory and the readout's noise are not asked. */
const WATCHED = /^(capacitance|temperature|readoutGain|wellGain|couplingGain)/;
/** A parameter whose check the calibration predicts worse than that, in standard errors of one check, is not watched. */
const WORST_KNOWN = 1;
/** Checks between two false alarms of a device. */
export const FALSE_ALARM_EVERY = 1000;
/**
 * Drift that charts look for, in standard errors of one check, and at least so many of the calibration's own: an error of the calibration
 * goes on, and a chart of less would take it for a drift sooner or later.
 */
const SHIFT = 2;
const OF_CALIBRATION = 8;

/** The probes of a check: steps and pairs, of a few shots each. @param effort shots over the usual few */
export const checkProbes = (
  descriptor: Descriptor,
  calibration: Calibration,
  effort = 1,
): CircuitProbe[] => briefProbes(planOf(descriptor, calibration), effort, descriptor.shots.max);

function planOf(descriptor: Descriptor, calibration: Calibration): ProbePlan {
  const sites = calibration.parameters.filter(({ name }) => name.startsWith('capacitance[')).length;
  return planProbes(descriptor, { sites });
}

const briefProbes = ({ probes }: ProbePlan, effort: number, most: number): CircuitProbe[] =>
  probes
    .filter(({ kind, name }) => kind === 'states' && !name.startsWith('rest'))
    .map((probe): CircuitProbe => {
      const shots = Math.min(most, Math.max(2, Math.ceil((effort * probe.shots) / BRIEFER)));
      return { ...probe, shots, program: { ...probe.program, shots } };
    });

const planned = new Map<string, PlannedChart>();

/** Compares brief runs with a calibration: each watched parameter's score, and its control chart a step on. */
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
  const spread = predictionErrors(calibration, parameters.list, at, point.information);
  let worst = 0;
  const found = parameters.list.flatMap(({ name }, k) => {
    if (!WATCHED.test(name) || known.get(name)?.identified !== true) return [];
    const { z, perUnit } = deviationAt(point, k);
    if (!(perUnit > 0) || !(spread[k]! <= WORST_KNOWN)) return [];
    worst = Math.max(worst, spread[k]!);
    return [{ name, z, perUnit }];
  });
  const shift = Math.max(SHIFT, Math.ceil(4 * OF_CALIBRATION * worst) / 4);
  const charts = Math.max(1, found.length);
  const goal = {
    falseAlarmEvery: FALSE_ALARM_EVERY * charts,
    shift,
    calibrationError: shift / OF_CALIBRATION,
  };
  const key = JSON.stringify(goal);
  const chart = planned.get(key) ?? planChart(goal);
  planned.set(key, chart);
  const { design } = chart;
  const alarms: string[] = [];
  const quantities = found.map(({ name, z, perUnit }) => {
    const { upper, lower } = before[name] ?? START;
    const next = nextChart(design, { ...START, upper, lower }, z);
    if (next.alarm) alarms.push(name);
    return { name, z, perUnit, upper: next.upper, lower: next.lower };
  });
  return {
    chart: {
      kind: 'cusum',
      reference: design.kind === 'cusum' ? design.reference : 0,
      limit: design.limit,
      falseAlarmEvery: FALSE_ALARM_EVERY,
      shift,
      delay: chart.delay,
    },
    quantities,
    alarms,
  };
}

/**
 * Standard deviation, over calibrations, of the mean of each z: F δ is the mean score where the calibrated coordinates are off by δ, and
 * δ has the calibration's covariance. What the calibration leaves open to no check's eye does not count: F has nothing there.
 */
function predictionErrors(
  calibration: Calibration,
  list: readonly Parameter[],
  at: Float64Array,
  information: ArrowInformation,
): Float64Array {
  const p = list.length;
  const varianceOf = recordVariance(
    calibration,
    list.map(({ name }) => name),
  );
  const slopes = list.map((parameter, a) => slopeOf(parameter, at[a]!));
  /** A row of F in the parameters' units. */
  const row = new Float64Array(p);
  return Float64Array.from({ length: p }, (_, k) => {
    for (let a = 0; a < p; a++) row[a] = information.at(k, a) / slopes[a]!;
    return Math.sqrt(varianceOf(row) / information.at(k, k));
  });
}

/** The same, for a thread. */
export const check = (task: CheckTask): Promise<ThreadAnswer<CheckReport>> =>
  threadAnswer(() => checkBoard(task));

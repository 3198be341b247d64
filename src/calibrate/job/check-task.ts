import { threadAnswer, type ThreadAnswer } from '../../core/index.js';
import { covarianceOf, type Calibration, type Descriptor } from '../../device/index.js';
import { deviationAt } from '../circuit/check-run.js';
import { CircuitLikelihood } from '../circuit/circuit-likelihood.js';
import type { CircuitProbe } from '../circuit/circuit-probe.js';
import { planProbes, type ProbePlan } from '../circuit/plan-probes.js';
import { nextChart, planChart, START, type PlannedChart } from '../drift/control-chart.js';
import { coordinateOf, slopeOf, type Parameter } from '../parameter.js';
import { measuredRun, type ProbeData } from './probe-data.js';

/** What is checked against which calibration, and where its charts stand. */
export interface CheckTask {
  readonly descriptor: Descriptor;
  readonly calibration: Calibration;
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

/** The probes of a check: steps and pairs, of a few shots each. */
export const checkProbes = (descriptor: Descriptor, calibration: Calibration): CircuitProbe[] =>
  briefProbes(planOf(descriptor, calibration));

function planOf(descriptor: Descriptor, calibration: Calibration): ProbePlan {
  const sites = calibration.parameters.filter(({ name }) => name.startsWith('capacitance[')).length;
  return planProbes(descriptor, { sites });
}

const briefProbes = ({ probes }: ProbePlan): CircuitProbe[] =>
  probes
    .filter(({ kind, name }) => kind === 'states' && !name.startsWith('rest'))
    .map((probe): CircuitProbe => {
      const shots = Math.max(2, Math.ceil(probe.shots / BRIEFER));
      return { ...probe, shots, program: { ...probe.program, shots } };
    });

const planned = new Map<string, PlannedChart>();

/** Compares brief runs with a calibration: each watched parameter's score, and its control chart a step on. */
export function checkBoard({ descriptor, calibration, data, before }: CheckTask): CheckReport {
  const plan = planOf(descriptor, calibration);
  const { parameters } = plan;
  const known = new Map(calibration.parameters.map((one) => [one.name, one]));
  const at = Float64Array.from(parameters.list, (parameter) => {
    const value = known.get(parameter.name)?.value ?? parameter.nominal;
    return coordinateOf(parameter, value);
  });
  const runs = briefProbes(plan).map((probe, k) => measuredRun(probe, data[k]!));
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
  information: Float64Array,
): Float64Array {
  const p = list.length;
  const index = new Map(list.map(({ name }, a) => [name, a]));
  const slopes = list.map((parameter, a) => slopeOf(parameter, at[a]!));
  const variance = new Float64Array(p);
  const seen = new Set<number>();
  for (const block of calibration.covariance) {
    const members = block.parameters.map((name) => index.get(name) ?? -1);
    const covariance = covarianceOf(block);
    // What stands in several blocks (the board's own) counts once.
    const own = members.map((a) => a >= 0 && !seen.has(a));
    members.forEach((a) => seen.add(a));
    for (let k = 0; k < p; k++) {
      let sum = 0;
      for (let i = 0; i < members.length; i++) {
        const a = members[i]!;
        if (a < 0) continue;
        const left = information[k * p + a]! / slopes[a]!;
        if (left === 0) continue;
        for (let j = 0; j < members.length; j++) {
          const b = members[j]!;
          if (b < 0 || !(own[i]! || own[j]!)) continue;
          sum += left * covariance[i]![j]! * (information[k * p + b]! / slopes[b]!);
        }
      }
      variance[k] = variance[k]! + sum;
    }
  }
  return variance.map((v, k) => Math.sqrt(Math.max(0, v) / information[k * p + k]!));
}

/** The same, for a thread. */
export const check = (task: CheckTask): Promise<ThreadAnswer<CheckReport>> =>
  threadAnswer(() => checkBoard(task));

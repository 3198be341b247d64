import { threadAnswer, type ThreadAnswer } from '../../core/index.js';
import type { Calibration, Descriptor } from '../../device/index.js';
import { scoreCheck } from '../circuit/check-run.js';
import type { CircuitRun } from '../circuit/circuit-likelihood.js';
import { planProbes, type CircuitProbe } from '../circuit/plan-probes.js';
import { nextChart, planChart, START, type PlannedChart } from '../drift/control-chart.js';
import { coordinateOf, errorOf } from '../parameter.js';
import type { ProbeData } from './probe-data.js';

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
/** A parameter that the calibration knows worse than that, in standard errors of one check, is not watched. */
const WORST_KNOWN = 2;
/** Checks between two false alarms of a device. */
export const FALSE_ALARM_EVERY = 1000;
/** Drift that charts look for, in standard errors of one check, and at least so many of the calibration's own. */
const SHIFT = 1.5;
const OF_CALIBRATION = 2.5;

/** The probes of a check: steps and pairs, of a few shots each. */
export function checkProbes(descriptor: Descriptor, calibration: Calibration): CircuitProbe[] {
  return planOf(descriptor, calibration)
    .probes.filter(({ kind, name }) => kind === 'states' && !name.startsWith('rest'))
    .map((probe): CircuitProbe => {
      const shots = Math.max(2, Math.ceil(probe.shots / BRIEFER));
      return { ...probe, shots, program: { ...probe.program, shots } };
    });
}

function planOf(descriptor: Descriptor, calibration: Calibration) {
  const sites = calibration.parameters.filter(({ name }) => name.startsWith('capacitance[')).length;
  return planProbes(descriptor, { sites });
}

const planned = new Map<string, PlannedChart>();

/** Compares brief runs with a calibration: each watched parameter's score, and its control chart a step on. */
export function checkBoard({ descriptor, calibration, data, before }: CheckTask): CheckReport {
  const { parameters } = planOf(descriptor, calibration);
  const known = new Map(calibration.parameters.map((one) => [one.name, one]));
  const at = Float64Array.from(parameters.list, (parameter) => {
    const value = known.get(parameter.name)?.value ?? parameter.nominal;
    return coordinateOf(parameter, value);
  });
  const zero = { kind: 'known', values: new Float64Array(parameters.sites) } as const;
  const runs = checkProbes(descriptor, calibration).map((probe, k): CircuitRun => {
    const { name, setting, course } = probe;
    return { probe: name, setting, course, start: zero, ...data[k]! };
  });
  const watched = parameters.list.filter(
    ({ name }) => WATCHED.test(name) && known.get(name)?.identified === true,
  );
  let worst = 0;
  const found = scoreCheck(
    parameters,
    at,
    runs,
    watched.map(({ name }) => name),
  ).filter(({ z, perUnit }, k) => {
    const parameter = watched[k]!;
    const { value, standardError } = known.get(parameter.name)!;
    const error = perUnit * errorOf(parameter, { name: '', value, standardError: standardError! });
    if (!Number.isFinite(z) || error > WORST_KNOWN) return false;
    worst = Math.max(worst, error);
    return true;
  });
  const shift = Math.max(SHIFT, Math.ceil(20 * OF_CALIBRATION * worst) / 20);
  const charts = Math.max(1, found.length);
  const goal = {
    falseAlarmEvery: FALSE_ALARM_EVERY * charts,
    shift,
    calibrationError: shift / OF_CALIBRATION - 0.01,
  };
  const key = JSON.stringify(goal);
  const plan = planned.get(key) ?? planChart(goal);
  planned.set(key, plan);
  const { design } = plan;
  const alarms: string[] = [];
  const quantities = found.map(({ parameter: name, z, perUnit }) => {
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
      delay: plan.delay,
    },
    quantities,
    alarms,
  };
}

/** The same, for a thread. */
export const check = (task: CheckTask): Promise<ThreadAnswer<CheckReport>> =>
  threadAnswer(() => checkBoard(task));

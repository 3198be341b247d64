import { RelaxdError } from '../../core/index.js';
import { nextChart, planChart, START, type PlannedChart } from './control-chart.js';

/** What a check says of one parameter. */
export interface CheckedQuantity {
  readonly name: string;
  /** Standard normal while the calibration holds; not finite: the check's data say nothing of it. */
  readonly z: number;
  /** Mean of z a unit of the coordinate. */
  readonly perUnit: number;
  /** Standard deviation, over calibrations, of the mean of z: the calibration's error in standard errors of a check none of whose data are lost. */
  readonly spread: number;
  /** Whether z of such checks is normal: there is no chart of what shows in a few readouts only. */
  readonly isNormal: boolean;
}

/** How the charts of a device's checks decide; it stays from check to check. */
export interface ChartTerms {
  readonly kind: 'cusum';
  readonly reference: number;
  readonly limit: number;
  readonly falseAlarmEvery: number;
  readonly shift: number;
  readonly delay: number;
  /** Of the checks whose charts these are. */
  readonly effort: number;
  /** Checks since these charts began. */
  readonly checks: number;
}

/** Where the charts of one effort stand after a check. */
export interface DriftCharts {
  readonly chart: ChartTerms;
  readonly quantities: readonly {
    readonly name: string;
    readonly upper: number;
    readonly lower: number;
  }[];
}

/** The same after one check more, with what that said. */
export interface CheckReport extends DriftCharts {
  readonly quantities: readonly {
    readonly name: string;
    /** null: the check's data said nothing of it, and its chart stands where it stood. */
    readonly z: number | null;
    readonly perUnit: number;
    readonly upper: number;
    readonly lower: number;
  }[];
  /** Whose sums are past the limit. */
  readonly alarms: readonly string[];
}

/** Checks between two false alarms of a device. */
export const FALSE_ALARM_EVERY = 1000;
/** A parameter whose check the calibration predicts worse than that, in standard errors of one check, is not watched. */
const WORST_KNOWN = 1;
/**
 * Drift that charts look for, in standard errors of one check, and at least so many of the calibration's own: an error of the calibration
 * goes on, and a chart of less would take it for a drift sooner or later.
 */
const SHIFT = 2;
const OF_CALIBRATION = 8;
/** What the first check shows of the calibration's error is taken as so much more: from check to check it fluctuates by some hundredths. */
const MARGIN = 1.05;
/** Shifts are multiples of that. */
const STEP = 0.25;

const isWatched = ({ perUnit, spread, isNormal }: CheckedQuantity): boolean =>
  perUnit > 0 && spread <= WORST_KNOWN && isNormal;

/**
 * All charts of a device a check on. Their design is planned at the first check and stays with its sums: stated run lengths are those of one
 * design, and what later checks show of the calibration's error is no reason to change it, for a drift changes that, too. Charts are of one effort:
 * z of another has another mean for the same drift. Whoever checks by several has charts of each, and as each check is a step of one set of
 * them, false alarms are as rare for all together.
 *
 * @param seen all quantities that may be watched; which are, is settled when charts begin
 * @param before of the last check of the same effort against the same calibration; of another effort it does not count
 * @throws RelaxdError `not-calibrated` where nothing can be watched
 */
export function stepCharts(
  seen: readonly CheckedQuantity[],
  effort: number,
  before: DriftCharts | null,
  falseAlarmEvery = FALSE_ALARM_EVERY,
): CheckReport {
  if (before !== null && before.chart.effort === effort) {
    const { chart, quantities } = before;
    const byName = new Map(seen.map((one) => [one.name, one]));
    const watched = quantities.map(({ name }) => byName.get(name) ?? unseen(name));
    return stepped({ ...chart, checks: chart.checks + 1 }, watched, quantities);
  }
  const watched = seen.filter(isWatched);
  if (watched.length === 0) {
    throw new RelaxdError(
      'not-calibrated',
      'nothing can be watched: the calibration knows no quantity as well as a check of this effort would',
      {
        path: 'effort',
        value: effort,
        limit: `errors of the calibration of at most ${WORST_KNOWN} standard error of a check`,
        hint: 'calibrate with more --effort, or check with less',
      },
    );
  }
  return stepped(termsOf(watched, effort, falseAlarmEvery), watched, []);
}

function termsOf(
  watched: readonly CheckedQuantity[],
  effort: number,
  falseAlarmEvery: number,
): ChartTerms {
  const worst = watched.reduce((most, { spread }) => Math.max(most, spread), 0);
  const error = Math.min(WORST_KNOWN, MARGIN * worst);
  const shift = Math.max(SHIFT, STEP * Math.ceil((OF_CALIBRATION * error) / STEP));
  const { design, delay } = chartsOf(watched.length, shift, falseAlarmEvery);
  const { limit } = design;
  const reference = design.kind === 'cusum' ? design.reference : 0;
  return { kind: 'cusum', reference, limit, falseAlarmEvery, shift, delay, effort, checks: 1 };
}

const unseen = (name: string): CheckedQuantity => ({
  ...{ name, z: NaN, perUnit: 0, spread: 0, isNormal: true },
});

function stepped(
  chart: ChartTerms,
  watched: readonly CheckedQuantity[],
  sums: DriftCharts['quantities'],
): CheckReport {
  const { reference, limit } = chart;
  const stood = new Map(sums.map((one) => [one.name, one]));
  const alarms: string[] = [];
  const quantities = watched.map(({ name, z, perUnit }) => {
    const { upper, lower } = stood.get(name) ?? START;
    const next = nextChart({ kind: 'cusum', reference, limit }, { ...START, upper, lower }, z);
    if (next.upper > limit || next.lower > limit) alarms.push(name);
    const shown = Number.isFinite(z) ? z : null;
    return { name, z: shown, perUnit, upper: next.upper, lower: next.lower };
  });
  return { chart, quantities, alarms };
}

const planned = new Map<string, PlannedChart>();

/** The chart of each of so many quantities. */
function chartsOf(charts: number, shift: number, falseAlarmEvery: number): PlannedChart {
  const goal = {
    falseAlarmEvery: falseAlarmEvery * charts,
    shift,
    calibrationError: shift / OF_CALIBRATION,
  };
  const key = JSON.stringify(goal);
  const chart = planned.get(key) ?? planChart(goal);
  planned.set(key, chart);
  return chart;
}

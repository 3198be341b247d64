/** What one check has read of a device, against its calibration (docs/formats/calibration.md). */
export interface DriftReading {
  readonly version: 1;
  readonly device: string;
  readonly calibration: string;
  /** The last run that was measured for it. */
  readonly run: string;
  readonly at: string;
  readonly chart: DriftChart;
  readonly quantities: readonly DriftQuantity[];
  /** Quantities whose chart has passed its limit since the calibration is in force. */
  readonly alarms: readonly string[];
}

export interface DriftQuantity {
  readonly name: string;
  /** How far it is from the calibration: standard normal while that holds; null: this check's data say nothing of it. */
  readonly z: number | null;
  /** What z is where the quantity has changed by the factor e, or an offset by one unit. */
  readonly perUnit: number;
  /** Where the two sums of its control chart stand after this reading. */
  readonly upper: number;
  readonly lower: number;
}

/** How the charts decide, and what that costs and brings; all of it stays from check to check of one effort. */
export interface DriftChart {
  readonly kind: 'cusum';
  /** What is taken off z at each check, and where a sum is an alarm. */
  readonly reference: number;
  readonly limit: number;
  /** Checks between two false alarms of any of the charts, on average. */
  readonly falseAlarmEvery: number;
  /** Drift, in standard errors of one check, that is found after `delay` checks on average. */
  readonly shift: number;
  readonly delay: number;
  /** Of the checks that these charts are of: checks of another effort have charts of their own. */
  readonly effort: number;
  /** Checks since these charts began. */
  readonly checks: number;
}

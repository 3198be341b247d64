/** What one check has read of a device, against its calibration (docs/formats/drift.md). */
export interface DriftReading {
  readonly version: 1;
  readonly device: string;
  readonly calibration: string;
  /** The run that was measured. */
  readonly run: string;
  readonly at: string;
  /** Each quantity that is watched: how far it is from what the calibration predicts, and its chart after this reading. */
  readonly quantities: readonly DriftQuantity[];
  /** Quantities whose chart has passed its limit. */
  readonly alarms: readonly string[];
}

export interface DriftQuantity {
  readonly name: string;
  readonly unit: string;
  readonly measured: number;
  readonly standardError: number;
  readonly predicted: number;
  /** (measured − predicted) in standard errors. */
  readonly z: number;
  /** Where the two sums of its CUSUM chart stand. */
  readonly upper: number;
  readonly lower: number;
}

/** How the chart decides, with what that costs and brings. */
export interface DriftChart {
  readonly kind: 'cusum';
  /** Allowance k and decision limit h, in standard errors. */
  readonly allowance: number;
  readonly limit: number;
  /** Checks between two false alarms, on average. */
  readonly falseAlarmRuns: number;
  /** Checks until a shift of this many standard errors is found, on average. */
  readonly shift: number;
  readonly detectionRuns: number;
}

/**
 * Samples on their way from a device to the record: a chunk of readouts, column by column. Rows are ordered by
 * shot, then by time; `firstRow` counts from the run's beginning, so that a missing chunk shows.
 */
export interface SampleChunk {
  readonly firstRow: number;
  readonly rows: number;
  /** [rows] */
  readonly shot: Int32Array;
  /** [rows] index into the run's readout times */
  readonly step: Int32Array;
  /** [rows] device time */
  readonly t: Float64Array;
  /** [rows]; NaN where it is not defined; null where the channel was not asked for */
  readonly energy: Float64Array | null;
  /** [rows] work done on the system since t = 0⁻ */
  readonly work: Float64Array | null;
  /** [rows] heat given to the baths since t = 0⁻ */
  readonly heat: Float64Array | null;
  /** [rows × references], row-major */
  readonly overlaps: Float64Array | null;
  /** Rows that carry a state (every row where the channel was asked for, and always the last of a shot). */
  readonly stateRows: Int32Array;
  /** [stateRows.length × sites], row-major; ±1 sites as int8 */
  readonly state: Int8Array | Float64Array;
}

/** A loss, written down where it happened; never interpolated. */
export interface SampleGap {
  readonly firstRow: number;
  readonly rows: number;
  readonly reason: string;
}

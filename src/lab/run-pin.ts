/** Somebody wants a run's record to stay: a person, or a calibration that rests on it. */
export interface RunPin {
  readonly run: string;
  /** Whose it is: one a name and run. */
  readonly by: string;
  readonly note: string;
  readonly at: string;
}

/** Of persons who were not asked for a name. */
export const ANYBODY = 'anybody';

export const pinnedBy = ({ by, note }: RunPin): string => `pinned by ${by}: ${note}`;

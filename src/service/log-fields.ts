/** What a line of the log says about where it belongs; an id that is not known is null. */
export interface LogPlace {
  readonly run: string | null;
  readonly device: string;
}

/** Places of jobs that have ended are remembered, for what is still said about them. */
const MOST_PLACES = 1000;
const RENAMED = { job: 'jobId', run: 'runId', device: 'deviceId' } as const;

/**
 * Gives every line its ids, by the same names everywhere: whoever logs says `job`, `run` or `device`, whichever it knows, and a line
 * about a job or a run comes out with `jobId`, `runId`, `deviceId` and `node`. The one place where they are named.
 */
export class LogFields {
  private readonly places = new Map<string, LogPlace>();
  private readonly jobs = new Map<string, string>();

  constructor(
    private readonly node: string,
    /** Where an open job is; null: it has ended, or is not known. */
    private readonly whereabouts: (job: string) => LogPlace | null,
  ) {}

  readonly complete = (fields: Record<string, unknown>): Record<string, unknown> => {
    const { job: _job, run: _run, device: _device, ...rest } = fields;
    const said: Record<string, unknown> = {};
    for (const [name, its] of Object.entries(RENAMED)) {
      if (fields[name] !== undefined) said[its] = fields[name];
    }
    const run = textOf(said['runId']);
    const job = textOf(said['jobId']) ?? (run === null ? null : (this.jobs.get(run) ?? null));
    if (job !== null) {
      const place = this.placeOf(job, run, textOf(said['deviceId']));
      said['jobId'] = job;
      said['runId'] ??= place?.run ?? null;
      said['deviceId'] ??= place?.device ?? null;
    }
    return { node: this.node, ...said, ...rest };
  };

  private placeOf(job: string, run: string | null, device: string | null): LogPlace | null {
    const known = this.whereabouts(job) ?? this.places.get(job) ?? null;
    const where = device ?? known?.device ?? null;
    if (where === null) return null;
    const place = { run: run ?? known?.run ?? null, device: where };
    this.places.delete(job);
    this.places.set(job, place);
    if (place.run !== null) this.jobs.set(place.run, job);
    for (const [oldest, { run: its }] of this.places) {
      if (this.places.size <= MOST_PLACES) break;
      this.places.delete(oldest);
      if (its !== null) this.jobs.delete(its);
    }
    return place;
  }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

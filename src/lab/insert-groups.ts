import { asRelaxdError, RelaxdError } from '../core/index.js';
import type { NewJob, StoredJob } from './store.js';

/** Bounds what one submission waits for. */
const MOST_TOGETHER = 64;
/** SQLSTATEs of data that a database refuses, and of what contradicts other data: one job's fault, not the group's. */
const ONES_OWN = /^2[23]/;

interface Waiting {
  readonly job: NewJob;
  resolve(stored: StoredJob): void;
  reject(error: unknown): void;
}

/**
 * Jobs that come while others are being stored are stored together: with one commit, and once in the line for the audit log's end, where
 * they would wait for each other.
 */
export class InsertGroups {
  private waiting: Waiting[] = [];
  private isUnderWay = false;

  /** @param store all of them or none; a job that is refused leaves the others alone, and has its refusal for an outcome */
  constructor(
    private readonly store: (
      jobs: readonly NewJob[],
    ) => Promise<readonly (StoredJob | RelaxdError)[]>,
  ) {}

  /** Resolves once it is durable. */
  async add(job: NewJob): Promise<StoredJob> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ job, resolve, reject });
      if (!this.isUnderWay) void this.storeAll();
    });
  }

  /** Never rejects. */
  private async storeAll(): Promise<void> {
    this.isUnderWay = true;
    while (this.waiting.length > 0) await this.storeGroup(this.waiting.splice(0, MOST_TOGETHER));
    this.isUnderWay = false;
  }

  private async storeGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await this.store(group.map(({ job }) => job));
      group.forEach((one, k) => {
        const outcome = outcomes[k]!;
        if (outcome instanceof RelaxdError) one.reject(outcome);
        else one.resolve(outcome);
      });
    } catch (error) {
      const state = asRelaxdError(error).details['sqlState'];
      // Nothing of the group was stored. Whose fault it was shows when each is alone.
      if (group.length > 1 && typeof state === 'string' && ONES_OWN.test(state)) {
        for (const one of group) await this.storeGroup([one]);
      } else {
        for (const one of group) one.reject(error);
      }
    }
  }
}

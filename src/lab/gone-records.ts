import { asRelaxdError, type Timeline } from '../core/index.js';
import type { Log } from './log.js';
import type { RecordKeeper } from './retention.js';
import type { Store } from './store.js';

const PAGE = 500;
/** A record that another node has deleted, and that is being read here, is looked at again after so long. */
const REMOVE_AGAIN_MS = 60_000;

export interface GoneRecordsPorts {
  readonly store: Pick<Store, 'deletedRuns'>;
  readonly keeper: Pick<RecordKeeper, 'here' | 'remove' | 'removeGone'>;
  readonly log: Log;
  readonly setAlarm: Timeline['after'];
  readonly closing: AbortSignal;
}

/** Removes what there still is on this machine of records that are deleted: by a deletion that was cut off, or by another node. */
export class GoneRecords {
  /** Each calls off a removal that waits. */
  private readonly waiting = new Set<() => void>();

  constructor(private readonly ports: GoneRecordsPorts) {}

  /** All that there is of them. Never rejects. */
  async removeAll(): Promise<void> {
    const { store, keeper, log, closing } = this.ports;
    try {
      const here = await keeper.here();
      if (here.size === 0) return;
      let after: string | null = null;
      for (;;) {
        const page: readonly string[] = await store.deletedRuns(after, PAGE);
        for (const run of page) if (here.has(run)) await keeper.remove(run);
        if (page.length < PAGE) return;
        after = page.at(-1)!;
      }
    } catch (error) {
      const { code, message } = asRelaxdError(error);
      if (closing.aborted) return;
      log('warn', `deleted records' files may still be there: ${message}`, { code });
    }
  }

  /** Another node has deleted a record: goes on trying while somebody reads it here. Never rejects. */
  async remove(run: string): Promise<void> {
    const { keeper, log, setAlarm, closing } = this.ports;
    try {
      if (await keeper.removeGone(run)) return;
    } catch (error) {
      const { code, message } = asRelaxdError(error);
      log('warn', `the file of run ${run} is still there: ${message}`, { run, code });
    }
    if (closing.aborted) return; // the next start does it
    const callOff = setAlarm(REMOVE_AGAIN_MS, () => {
      this.waiting.delete(callOff);
      void this.remove(run);
    });
    this.waiting.add(callOff);
  }

  close(): void {
    for (const callOff of this.waiting) callOff();
    this.waiting.clear();
  }
}

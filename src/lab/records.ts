import { join } from 'node:path';
import type { AuditLog } from '../access/index.js';
import type { Clock, Timeline } from '../core/index.js';
import { GoneRecords } from './gone-records.js';
import { GrowingRuns } from './growing-runs.js';
import type { Log } from './log.js';
import type { NodeLine } from './node-line.js';
import { RecordCopies } from './record-copies.js';
import { recordKeeper } from './record-keeper.js';
import { Retention } from './retention.js';
import type { RetentionSettings } from './retention-rule.js';
import { recordsFolder, RunArchive } from './run-archive.js';
import type { RunRow } from './run.js';
import type { RunsUnderWay } from './runs-under-way.js';
import type { SharedStore } from './shared-store.js';
import type { Store } from './store.js';

export interface RecordsPorts {
  readonly store: Store;
  /** Data folder. */
  readonly folder: string;
  /** What the nodes of a lab share; null: the lab is one process. */
  readonly shared: { readonly store: SharedStore; readonly line: NodeLine | null } | null;
  readonly underWay: Pick<RunsUnderWay, 'run'>;
  readonly retention: RetentionSettings;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly log: Log;
  readonly setAlarm: Timeline['after'];
  readonly closing: AbortSignal;
  /** Whether retention's passes are this process's. */
  readonly mine: () => boolean;
  /** A run has changed, or its record has grown, elsewhere. */
  readonly onRun: (row: RunRow) => void;
  /** A record has been deleted here. */
  readonly onDeleted: (row: RunRow) => void;
}

/** The records of runs, as this machine has them: read, also while they grow, here or elsewhere, and deleted by rules. */
export class Records implements AsyncDisposable {
  readonly archive: RunArchive;
  readonly retention: Retention;
  readonly growing: GrowingRuns;
  private readonly gone: GoneRecords;
  /** null: the lab is one process. */
  private readonly copies: RecordCopies | null;

  constructor(ports: RecordsPorts) {
    const { store, folder, shared, underWay, audit, clock, log, setAlarm, closing } = ports;
    const others =
      shared === null
        ? null
        : { ...shared, copies: new RecordCopies(join(folder, 'copies'), shared.store) };
    this.copies = others?.copies ?? null;
    const growing = (this.growing = new GrowingRuns(
      underWay,
      others,
      log,
      (run) => ports.onRun(run),
      (run) => void this.gone.remove(run),
    ));
    const archive = (this.archive = new RunArchive(
      store,
      folder,
      (row) => growing.live(row),
      clock,
      (row) => growing.copyOf(row),
    ));
    const keeper = recordKeeper({
      recordsFolder: recordsFolder(folder),
      shelf: archive.shelf,
      guard: archive.guard,
      shared: others,
    });
    this.gone = new GoneRecords({ store, keeper, log, setAlarm, closing });
    const { mine, onDeleted } = ports;
    this.retention = new Retention(ports.retention, {
      store,
      keeper,
      audit,
      clock,
      log,
      setAlarm,
      closing,
      mine,
      onDeleted,
    });
  }

  /** Removes what an earlier process has left half made. */
  async clear(): Promise<void> {
    await this.archive.clearScratch();
    await this.copies?.clear();
  }

  /** Removes what an earlier process has left of deleted records. Never rejects. */
  async removeGone(): Promise<void> {
    await this.gone.removeAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.gone.close();
    await this.archive[Symbol.asyncDispose]();
  }
}

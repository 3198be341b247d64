import { asRelaxdError } from '../core/index.js';
import type { LivePart, NodeLine } from './node-line.js';
import type { RecordCopies } from './record-copies.js';
import type { Log } from './log.js';
import type { RunRow } from './run.js';
import type { RunsUnderWay } from './runs-under-way.js';
import type { Sealed, SharedStore } from './shared-store.js';

/** What a lab of several nodes has besides, for runs of the others. */
export interface OtherNodes {
  readonly store: Pick<SharedStore, 'sealed'>;
  readonly copies: RecordCopies;
  readonly line: NodeLine | null;
}

/** Runs under way as everybody sees them, with what their records hold by now, whichever node writes them. */
export class GrowingRuns {
  constructor(
    private readonly here: Pick<RunsUnderWay, 'run'>,
    /** null: the lab is one process. */
    private readonly others: OtherNodes | null,
    private readonly log: Log,
    private readonly onRun: (run: RunRow) => void,
    /** Another node has deleted a record: what there is of it here goes too. */
    private readonly onDeleted: (run: string) => void,
  ) {}

  /** A run's row, with what its record holds by now. */
  async live(row: RunRow): Promise<RunRow> {
    const current = this.here.run(row.job);
    if (current?.id === row.id) return current;
    if (this.others === null || row.record !== 'open') return row;
    const sealed = await this.others.store.sealed(row.id);
    const copied = this.others.copies.has(row.id);
    return withSealed(row, {
      rows: Math.max(sealed.rows, copied.rows),
      shots: Math.max(sealed.shots, copied.shots),
    });
  }

  /** Path of a copy of the record of a run that another node has or had; null: the record's own file is here, and grows. */
  copyOf(row: RunRow): Promise<string> | null {
    if (this.others === null || this.here.run(row.job)?.id === row.id) return null;
    const { copies, line } = this.others;
    const live = row.record === 'open';
    if (live) line?.watch(row.id, (part) => void this.gotPart(copies, row, part));
    return copies.path(row.id, live);
  }

  /** Another node has changed a run, or its record has grown there. */
  changedElsewhere(run: RunRow, sealed: Sealed): void {
    if (this.here.run(run.job)?.id === run.id) return;
    if (run.record === 'deleted') this.onDeleted(run.id);
    this.onRun(run.record === 'open' ? withSealed(run, sealed) : run);
  }

  /** A record that is watched here has grown on its node. */
  private async gotPart(copies: RecordCopies, row: RunRow, part: LivePart): Promise<void> {
    try {
      if (!(await copies.add(row.id, part))) return;
    } catch (error) {
      // A full disk, for one: the blocks in the store are still there.
      const { code, message } = asRelaxdError(error);
      this.log('warn', `run ${row.id} cannot be followed: ${message}`, { code });
      return;
    }
    this.onRun(withSealed(row, copies.has(row.id)));
  }
}

const withSealed = (row: RunRow, { rows, shots }: Pick<Sealed, 'rows' | 'shots'>): RunRow => ({
  ...row,
  rows,
  shots,
});

import { asRelaxdError } from '../../core/index.js';
import type { RunRow } from '../../lab/index.js';
import type { Policy } from './messages.js';
import type { EncodedRows, RunRows } from './run-rows.js';
import { encodeHead } from './sample-batch.js';
import type { SendingTurns } from './sending-turns.js';
import { Subscription, type ViewerLink } from './subscription.js';

/** What a run's viewers share: how far its record is, and whether it will grow. */
export interface RunProgress {
  /** The row that the record will get next, as far as is known. */
  head: number;
  /** The state that the run ended in; null while it goes on. */
  ended: string | null;
  /** Goes up whenever the record may have grown. */
  changes: number;
}

const ENDED: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled', 'aborted']);
export const endOf = (run: Pick<RunRow, 'state'>): string | null =>
  ENDED.has(run.state) ? run.state : null;

/** Why rows are not in the record: a run's `gap` documents say more. */
const LOST = 'lost';
/** Code of the error of who reads a record that a retention rule has deleted, and reason of the end of who had not read all of it. */
const DELETED = 'record-deleted';

/** What a run's viewers need to be sent its rows. */
export interface RowsOfRun {
  readonly run: Pick<RunRow, 'id' | 'origin'>;
  readonly progress: RunProgress;
  readonly rowsPerBatch: number;
  readonly rows: RunRows;
  readonly turns: SendingTurns;
}

/**
 * A subscription to the samples of one run. Rows come out of the record, however old or new they are, so that a
 * viewer sees what was recorded and nothing else.
 */
export class RunSubscription extends Subscription {
  private batches = 0;
  private changesSeen = -1;
  /** Read and not sent yet. */
  private waiting: readonly EncodedRows[] = [];

  constructor(
    id: string,
    topicName: string,
    policy: Policy,
    credit: number,
    from: number | null,
    private readonly source: RowsOfRun,
    link: ViewerLink,
    onEnd: () => void,
  ) {
    super(id, topicName, policy, credit, from ?? source.progress.head, link, onEnd);
  }

  override get isBulk(): boolean {
    return true;
  }

  protected override get held(): boolean {
    return this.link.busy;
  }

  protected override async step(): Promise<'sent' | 'idle'> {
    const { progress } = this.source;
    if (this.waiting.length === 0 && this.next >= progress.head) {
      if (this.changesSeen === progress.changes) {
        if (progress.ended !== null) this.end(progress.ended);
        return 'idle';
      }
    } else if (!this.maySend) {
      return 'idle';
    }
    if (this.policy === 'latest') this.skip();
    if (this.waiting.length === 0) await this.read();
    const [piece] = this.waiting;
    if (piece === undefined || !this.maySend) return 'idle';
    await this.source.turns.wait(piece.bytes.length);
    return this.maySend ? this.sendNext() : 'idle';
  }

  /** Leaves out what is older than the newest batch, up to a row where others are likely to go on as well. */
  private skip(): void {
    const { progress, rowsPerBatch } = this.source;
    if (progress.head - this.next <= rowsPerBatch) return;
    const raster = Math.max(1, Math.floor(rowsPerBatch / 8));
    this.waiting = [];
    this.gapTo(raster * Math.ceil((progress.head - rowsPerBatch) / raster), 'skipped');
  }

  private async read(): Promise<void> {
    const { progress } = this.source;
    const { changes, ended } = progress;
    const pieces = await this.recorded();
    if (pieces === null) {
      if (this.next < progress.head) this.gapTo(progress.head, LOST);
      return this.end(DELETED);
    }
    this.waiting = pieces;
    if (this.over || this.waiting.length > 0) return;
    this.changesSeen = changes;
    // The record ends before its count: what is missing went with a torn end, and will not come.
    if (ended !== null && this.next < progress.head) this.gapTo(progress.head, LOST);
    if (progress.ended !== null) this.pump();
  }

  /** Rows of the record from the next one on; null: it was deleted meanwhile. */
  private async recorded(): Promise<readonly EncodedRows[] | null> {
    const { progress, run, rows, rowsPerBatch } = this.source;
    const { head } = progress;
    try {
      return await (this.policy === 'decimate' && head - this.next > rowsPerBatch
        ? rows.thinned(run.id, this.next, head, rowsPerBatch)
        : rows.from(run.id, this.next, rowsPerBatch));
    } catch (error) {
      if (asRelaxdError(error).code === DELETED) return null;
      throw error;
    }
  }

  private sendNext(): 'sent' {
    const [piece, ...rest] = this.waiting as [EncodedRows, ...EncodedRows[]];
    this.waiting = rest;
    if (piece.firstRow > this.next) this.gapTo(piece.firstRow, LOST);
    const last = piece.firstRow + (piece.rows - 1) * piece.every;
    if (piece.every > 1 && piece.rows > 1) this.thinTo(last, piece.every, 'decimated');
    this.next = last + 1;
    this.credit--;
    this.batches++;
    const { id: run, origin } = this.source.run;
    const head = { subscription: this.id, run, origin, sequence: this.batches };
    this.link.sendBatch(encodeHead(head), piece.bytes);
    return 'sent';
  }
}

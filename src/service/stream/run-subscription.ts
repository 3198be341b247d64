import { asRelaxdError } from '../../core/index.js';
import type { SampleChunk } from '../../device/index.js';
import type { RunRow } from '../../lab/index.js';
import type { LabView } from '../lab-view.js';
import type { Policy } from './messages.js';
import { encodeBatch } from './sample-batch.js';
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

/**
 * A subscription to the samples of one run. Rows come out of the record, however old or new they are, so that a
 * viewer sees what was recorded and nothing else.
 */
export class RunSubscription extends Subscription {
  private batches = 0;
  private changesSeen = -1;
  /** Read and not sent yet. */
  private waiting: readonly SampleChunk[] = [];

  constructor(
    id: string,
    topicName: string,
    policy: Policy,
    credit: number,
    from: number | null,
    private readonly run: Pick<RunRow, 'id' | 'origin'>,
    private readonly progress: RunProgress,
    private readonly rowsPerBatch: number,
    private readonly lab: Pick<LabView, 'samples'>,
    link: ViewerLink,
    onEnd: () => void,
  ) {
    super(id, topicName, policy, credit, from ?? progress.head, link, onEnd);
  }

  protected override async step(): Promise<'sent' | 'idle'> {
    const { progress } = this;
    if (this.waiting.length === 0 && this.next >= progress.head) {
      if (this.changesSeen === progress.changes) {
        if (progress.ended !== null) this.end(progress.ended);
        return 'idle';
      }
    } else if (!this.maySend) {
      return 'idle';
    }
    if (this.policy === 'latest' && progress.head - this.next > this.rowsPerBatch) {
      this.waiting = [];
      this.gapTo(progress.head - this.rowsPerBatch, 'skipped');
    }
    if (this.waiting.length === 0) await this.read();
    return this.waiting.length === 0 || !this.maySend ? 'idle' : this.sendNext();
  }

  private async read(): Promise<void> {
    const { progress } = this;
    const { changes, ended } = progress;
    const chunks = await this.recorded();
    if (chunks === null) {
      if (this.next < progress.head) this.gapTo(progress.head, LOST);
      return this.end(DELETED);
    }
    this.waiting = chunks;
    if (this.over || this.waiting.length > 0) return;
    this.changesSeen = changes;
    // The record ends before its count: what is missing went with a torn end, and will not come.
    if (ended !== null && this.next < progress.head) this.gapTo(progress.head, LOST);
    if (progress.ended !== null) this.pump();
  }

  /** Rows of the record from the next one on; null: it was deleted meanwhile. */
  private async recorded(): Promise<readonly SampleChunk[] | null> {
    try {
      const range = { fromRow: this.next, rows: this.rowsPerBatch };
      return (await this.lab.samples(this.run.id, range)).chunks;
    } catch (error) {
      if (asRelaxdError(error).code === DELETED) return null;
      throw error;
    }
  }

  private sendNext(): 'sent' {
    const [chunk, ...rest] = this.waiting as [SampleChunk, ...SampleChunk[]];
    this.waiting = rest;
    if (chunk.firstRow > this.next) this.gapTo(chunk.firstRow, LOST);
    this.next = chunk.firstRow + chunk.rows;
    this.credit--;
    this.batches++;
    const { id: run, origin } = this.run;
    const head = { subscription: this.id, run, origin, sequence: this.batches };
    this.link.sendBatch(encodeBatch(head, chunk));
    return 'sent';
  }
}

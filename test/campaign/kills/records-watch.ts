import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, statSync, truncateSync } from 'node:fs';
import type { RandomStream } from '../../../src/core/index.js';
import { checkRecord } from './check-record.js';
import { coldRecord, hashOfBeginning, type ColdRecord } from './cold-records.js';
import type { KillLab } from './kill-lab.js';
import type { Ledger } from './ledger.js';
import type { StoreSnapshot } from './store-snapshot.js';

const OVER: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled', 'aborted']);
const END_BYTES = 8;

export interface RecordCounts {
  /** Records that were read, every row held against what was measured. */
  checked: number;
  rows: number;
  /** Records that a kill has left without an end. */
  interrupted: number;
  /** Ends torn by the kill itself, and by the campaign. */
  torn: number;
  tornByHand: number;
}

/** What was done to a record's end. */
type Tear = 'nothing' | 'the kill' | 'cut off' | 'zeros' | 'its own beginning';
interface Left extends ColdRecord {
  readonly by: Tear;
}

/** Looks at a lab's records while no relaxd runs. */
export class RecordsWatch {
  readonly counts: RecordCounts = { checked: 0, rows: 0, interrupted: 0, torn: 0, tornByHand: 0 };
  /** As a kill left them. */
  private readonly left = new Map<string, Left>();
  /** Runs whose record was torn. */
  readonly torn = new Set<string>();
  /** Hashes of records of runs that are over. */
  private readonly read = new Map<string, string | null>();

  constructor(
    private readonly lab: KillLab,
    private readonly ledger: Ledger,
    private readonly random: RandomStream,
  ) {}

  /** After a kill: what the start before it made of what the last kill left, and what is over since. */
  async check(store: StoreSnapshot): Promise<void> {
    this.checkRepaired(store);
    await this.checkEnded(store, false);
    this.checkTold(store);
  }

  /** At the end of the campaign: every record again. */
  async checkAll(store: StoreSnapshot): Promise<void> {
    await this.checkEnded(store, true);
  }

  /**
   * Remembers what the kill has left, some of it as a loss of power might have: with the last batch cut short, or with zeros or
   * something else where the next would be.
   */
  remember(store: StoreSnapshot): void {
    this.left.clear();
    if (!this.lab.ownRecords) return;
    for (const [id, { row }] of store.runs) {
      if (OVER.has(row.state)) continue;
      const path = this.lab.recordPath(id);
      const before = coldRecord(path);
      if (before === null) continue;
      this.counts.interrupted++;
      if (before.torn > 0) this.counts.torn++;
      const by = this.random.uniform() < 0.5 ? this.tear(path, before) : 'nothing';
      const cold = by === 'nothing' ? before : coldRecord(path)!;
      this.left.set(id, { ...cold, by: before.torn > 0 ? 'the kill' : by });
      if (cold.torn > 0) this.torn.add(id);
    }
  }

  private tear(path: string, before: ColdRecord): Tear {
    if (before.ended || before.torn > 0 || before.whole < 4096) return 'nothing';
    this.counts.tornByHand++;
    const { size } = statSync(path);
    const bytes = 1 + Math.floor(this.random.uniform() * 2000);
    const way = this.random.uniform();
    if (way < 0.5) {
      truncateSync(path, size - bytes);
      return 'cut off';
    }
    if (way < 0.75) {
      appendFileSync(path, Buffer.alloc(bytes));
      return 'zeros';
    }
    // Less than its schema: no whole message.
    appendFileSync(path, readFileSync(path).subarray(0, Math.ceil(bytes / 2)));
    return 'its own beginning';
  }

  private checkRepaired(store: StoreSnapshot): void {
    for (const [id, cold] of this.left) {
      const stored = store.runs.get(id);
      // That start was itself killed before it came so far.
      if (stored === undefined || !OVER.has(stored.row.state)) continue;
      const path = this.lab.recordPath(id);
      const how = `torn by ${cold.by}: ${cold.whole} bytes whole, ${cold.torn} torn`;
      const breaks = (what: string): void =>
        this.ledger.breaks(`record of run ${id} (${how}): ${what}`);
      if (!existsSync(path)) breaks('it was there, and is gone');
      else if (hashOfBeginning(path, cold.whole) !== cold.hash) {
        breaks('whole batches were harmed or lost');
      } else if (cold.whole > 0 && statSync(path).size !== cold.whole + END_BYTES) {
        breaks(`it has ${statSync(path).size - END_BYTES} bytes after the repair`);
      }
      if (stored.row.record === 'whole') breaks('it was interrupted, and is said to be whole');
    }
  }

  /** What was lost with a torn end is said. */
  private checkTold(store: StoreSnapshot): void {
    for (const id of this.torn) {
      const stored = store.runs.get(id);
      if (stored === undefined || !OVER.has(stored.row.state)) continue;
      if (stored.row.record === 'missing') continue;
      if (!stored.gaps.some(({ reason }) => String(reason).includes('torn'))) {
        this.ledger.breaks(`record of run ${id} was torn, and no gap says so`);
      }
    }
  }

  private async checkEnded(store: StoreSnapshot, again: boolean): Promise<void> {
    for (const [id, stored] of store.runs) {
      if (!OVER.has(stored.row.state) || (this.read.has(id) && !again)) continue;
      const path = await this.lab.record(id);
      const hash = path === null ? null : fileHash(path);
      const before = this.read.get(id);
      if (before !== undefined && before !== hash) {
        this.ledger.breaks(`record of run ${id} has changed after its end`);
      }
      this.read.set(id, hash);
      this.counts.checked += before === undefined ? 1 : 0;
      this.counts.rows += before === undefined ? stored.row.rows : 0;
      for (const what of await checkRecord(path, stored, !this.lab.ownRecords)) {
        this.ledger.breaks(what);
      }
    }
  }
}

const fileHash = (path: string): string =>
  createHash('sha256').update(readFileSync(path)).digest('hex');

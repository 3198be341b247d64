import { asRelaxdError, isoTime, type Clock, type RelaxdError } from '../core/index.js';
import type { AccessStore, AuditQuery } from './access-store.js';
import {
  brokenLink,
  CHAIN_START,
  type AuditActor,
  type AuditEntry,
  type AuditFields,
  type ChainHead,
} from './audit-entry.js';
import { AuditNote } from './audit-note.js';

/** The lab itself, where it acts on somebody's behalf. */
export const LAB_ACTOR: AuditActor = { key: null, name: 'relaxd', role: null, address: null };

export interface ChainReport {
  /** True where every entry is as it was written, and none is missing. */
  readonly whole: boolean;
  /** Entries that were read. */
  readonly entries: number;
  /** The last entry that is right. */
  readonly head: ChainHead;
  /** The first link that is broken; null: none. */
  readonly broken: { readonly seq: number; readonly reason: string } | null;
}

/** Entries that wait where the store cannot be written; older ones are dropped, counted and told of. */
const MOST_WAITING = 1000;
const READ_AT_ONCE = 500;

/** The audit log: append-only, each entry resting on the hash of the one before. */
export class AuditLog {
  private readonly listeners = new Set<(entry: AuditEntry) => void>();
  private waiting: AuditNote[] = [];
  private dropped = 0;

  constructor(
    private readonly store: AccessStore,
    private readonly clock: Clock,
    /** Told where an entry cannot be written, which is an alarm. */
    private readonly onTrouble: (error: RelaxdError, waiting: number) => void = () => undefined,
  ) {}

  /** Calls the listener after each entry that was written here; the function that comes back removes it. */
  onEntry(listener: (entry: AuditEntry) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Entries that could not be written yet. */
  get backlog(): number {
    return this.waiting.length;
  }

  /** A note for a store that writes it together with what it is about. */
  note(fields: Omit<AuditFields, 'at'>): AuditNote {
    return new AuditNote({ at: isoTime(this.clock.wallMs()), ...fields }, (entry) => {
      for (const listener of [...this.listeners]) listener(entry);
    });
  }

  /**
   * Writes a note that nothing else has written. Where the store cannot, the note waits for the next try, in its order, and the
   * trouble is told of: what has been done has been done, and its caller is not told otherwise.
   *
   * @returns false where it has to wait
   */
  async write(note: AuditNote): Promise<boolean> {
    if (note.entry !== null) return true;
    const late = this.waiting;
    this.waiting = [];
    try {
      const lost = this.dropped;
      await this.store.appendAudit([...late, ...this.losses(lost), note]);
      this.dropped -= lost;
      return true;
    } catch (error) {
      const all = [...late, ...this.waiting, note].filter(({ entry }) => entry === null);
      this.dropped += Math.max(0, all.length - MOST_WAITING);
      this.waiting = all.slice(-MOST_WAITING);
      this.onTrouble(asRelaxdError(error), this.waiting.length);
      return false;
    }
  }

  /** Writes an entry. */
  async record(fields: Omit<AuditFields, 'at'>): Promise<boolean> {
    return this.write(this.note(fields));
  }

  /** Newest first. */
  entries(query: AuditQuery): Promise<readonly AuditEntry[]> {
    return this.store.audit(query);
  }

  head(): Promise<ChainHead> {
    return this.store.auditHead();
  }

  /**
   * Reads the whole log and finds its first broken link.
   *
   * @param expected an end that was noted before: the log must still contain it
   */
  verify(expected: ChainHead | null = null): Promise<ChainReport> {
    return verifyChain(this.store, expected);
  }

  private losses(entries: number): AuditNote[] {
    if (entries === 0) return [];
    return [
      this.note({
        who: LAB_ACTOR,
        action: 'audit-entries-lost',
        target: 'audit',
        outcome: 'failed',
        details: { entries, reason: 'the store could not be written for too long' },
      }),
    ];
  }
}

/** As {@link AuditLog.verify}. */
export async function verifyChain(
  store: Pick<AccessStore, 'auditAfter' | 'auditHead'>,
  expected: ChainHead | null = null,
): Promise<ChainReport> {
  // Read first: what is written while the log is read comes after it.
  const said = await store.auditHead();
  let head = CHAIN_START;
  const broken = (seq: number, reason: string): ChainReport => ({
    whole: false,
    entries: head.seq,
    head,
    broken: { seq, reason },
  });
  for (;;) {
    const entries = await store.auditAfter(head.seq, READ_AT_ONCE);
    for (const entry of entries) {
      const wrong = brokenLink(entry, head);
      if (wrong !== null) return broken(Math.min(entry.seq, head.seq + 1), wrong);
      head = { seq: entry.seq, hash: entry.hash };
      for (const known of [said, expected]) {
        if (known !== null && known.seq === head.seq && known.hash !== head.hash) {
          return broken(
            head.seq,
            `entry ${head.seq} has another hash than was noted: the log was written anew`,
          );
        }
      }
    }
    if (entries.length < READ_AT_ONCE) break;
  }
  for (const known of [said, expected]) {
    if (known !== null && head.seq < known.seq) {
      return broken(
        head.seq + 1,
        `the log ends at ${head.seq}, it had ${known.seq} entries: its end was cut off`,
      );
    }
  }
  return { whole: true, entries: head.seq, head, broken: null };
}

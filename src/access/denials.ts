import type { Clock } from '../core/index.js';
import { LAB_ACTOR, type AuditLog } from './audit-log.js';
import type { AuditNote } from './audit-note.js';
import { CountWindow } from './count-window.js';

/** Denials that are written one by one in a minute: for each caller, and in all. */
export const WRITTEN_OF_CALLER = 10;
export const WRITTEN_IN_ALL = 120;
const WINDOW_MS = 60_000;

/**
 * Writes denials to the audit log, so many a minute and no more, or anybody could fill the disk with them. Those that are not
 * written are counted, and the count is written with the next one that is, and at the end.
 */
export class Denials {
  private readonly ofCaller: CountWindow;
  private readonly inAll: CountWindow;
  private uncounted = 0;

  constructor(
    private readonly audit: Pick<AuditLog, 'write' | 'note'>,
    clock: Clock,
  ) {
    this.ofCaller = new CountWindow(clock, WINDOW_MS);
    this.inAll = new CountWindow(clock, WINDOW_MS, 1);
  }

  /** @param caller key id or address */
  async write(caller: string, note: AuditNote): Promise<void> {
    const own = this.ofCaller.add(caller).count <= WRITTEN_OF_CALLER;
    if (!own || this.inAll.add('all').count > WRITTEN_IN_ALL) {
      this.uncounted++;
      return;
    }
    await this.flush();
    await this.audit.write(note);
  }

  /** Writes how many were not written. */
  async flush(): Promise<void> {
    if (this.uncounted === 0) return;
    const denials = this.uncounted;
    this.uncounted = 0;
    await this.audit.write(
      this.audit.note({
        who: LAB_ACTOR,
        action: 'denials-not-written',
        target: 'audit',
        outcome: 'denied',
        details: { denials, reason: 'too many in a minute to be written one by one' },
      }),
    );
  }
}

import { createHash } from 'node:crypto';
import { asRelaxdError, isoTime, RelaxdError, type Clock, type Timeline } from '../core/index.js';
import { LAB_ACTOR, type AuditActor, type AuditLog } from '../access/index.js';
import { chooseDeletions, type Chosen, type RecordedRun } from './choose-deletions.js';
import type { Log } from './log.js';
import { Pulse } from './pulse.js';
import { pinnedBy } from './run-pin.js';
import type { RunRow } from './run.js';
import type { RetentionRule, RetentionSettings } from './retention-rule.js';
import type { RecordedRow, Store } from './store.js';

/** What the rules would delete now, and what is kept from them. Nothing is changed by asking. */
export interface RetentionPreview {
  readonly version: 1;
  readonly kind: 'retention-preview';
  readonly at: string;
  readonly rules: readonly RetentionRule[];
  /** Every record that there is. */
  readonly records: RecordTotal;
  /** What would go, and what a rule wants to go but is held. */
  readonly goes: RecordTotal;
  readonly held: RecordTotal;
  /** Rule by rule, the oldest first; at most as many as were asked for. */
  readonly items: readonly Chosen[];
  /** Items that are not shown. */
  readonly more: number;
}

export interface RecordTotal {
  readonly runs: number;
  readonly bytes: number;
}

/** What a pass has done. */
export interface RetentionReport {
  readonly at: string;
  readonly deleted: RecordTotal;
  /** Records that a rule wanted to go and that stay, with why. */
  readonly kept: readonly { readonly run: string; readonly rule: string; readonly why: string }[];
}

export interface RetentionView {
  /** Empty: everything is kept for ever. */
  readonly rules: readonly RetentionRule[];
  readonly everyS: number;
  /** The last pass of this process; null: there was none. */
  readonly last: RetentionReport | null;
}

/** What retention asks of the records' keeper. */
export interface RecordKeeper {
  /** Bytes of a record; null: it is not there. */
  bytesOf(row: RunRow): Promise<number | null>;
  /** The bytes themselves. */
  content(row: RunRow): AsyncIterable<Uint8Array>;
  /** Runs whose records there is something of on this machine. */
  here(): Promise<ReadonlySet<string>>;
  isRead(run: string): boolean;
  /** Does the work while nobody reads; null: somebody does. */
  whileUnread<T>(run: string, work: () => Promise<T>): Promise<T | null>;
  /** Removes what there is of the record on this machine. */
  remove(run: string): Promise<void>;
  /** The same of a record that another node has deleted; false: somebody is reading what there is here. */
  removeGone(run: string): Promise<boolean>;
}

export interface RetentionPorts {
  readonly store: Pick<Store, 'recordedRuns' | 'pins' | 'deleteRecord'>;
  readonly keeper: RecordKeeper;
  readonly audit: Pick<AuditLog, 'note'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly setAlarm: Timeline['after'];
  readonly closing: AbortSignal;
  /** Whether passes are this process's: in a lab of several nodes one does them. */
  readonly mine: () => boolean;
  readonly onDeleted: (row: RunRow) => void;
}

const PAGE = 500;
const MOST_KEPT_TOLD = 1000;

/** Deletes records by rules, and only so: each deletion leaves a statement in the record's place and an entry in the audit log. */
export class Retention {
  private readonly pulse: Pulse;
  private last: RetentionReport | null = null;
  private underWay: Promise<RetentionReport> | null = null;
  private announced = false;

  constructor(
    private readonly settings: RetentionSettings,
    private readonly ports: RetentionPorts,
  ) {
    const { everyS } = settings;
    this.pulse = new Pulse(() => this.pass(), everyS * 1000, ports.setAlarm);
  }

  /** The rules by which records go, and what the last pass did. */
  get view(): RetentionView {
    const { rules, everyS } = this.settings;
    return { rules, everyS, last: this.last };
  }

  /** Passes begin after the first pause: until then the log says what will go. */
  begin(): void {
    if (this.settings.rules.length > 0) void this.pulse.now();
  }

  async close(): Promise<void> {
    await this.pulse.close();
    await this.underWay?.catch(() => undefined);
  }

  /**
   * What the rules would delete now, and what is held from them. Nothing is changed.
   *
   * @param rules others than those that are in force, to see what they would do
   */
  async preview(
    rules: readonly RetentionRule[] = this.settings.rules,
    limit = 1000,
  ): Promise<RetentionPreview> {
    const { clock } = this.ports;
    const { runs } = await this.recorded();
    const chosen = chooseDeletions(runs, rules, clock.wallMs());
    const goes = chosen.filter(({ held }) => held === null);
    return {
      version: 1,
      kind: 'retention-preview',
      at: isoTime(clock.wallMs()),
      rules,
      records: total(runs),
      goes: total(goes),
      held: total(chosen.filter(({ held }) => held !== null)),
      items: chosen.slice(0, limit),
      more: Math.max(0, chosen.length - limit),
    };
  }

  /**
   * Deletes what the rules want to go, one record after the other.
   *
   * @param who asked for it; the lab itself where nobody did
   */
  apply(who: AuditActor = LAB_ACTOR): Promise<RetentionReport> {
    this.underWay ??= this.deleteAll(who).finally(() => {
      this.underWay = null;
    });
    return this.underWay;
  }

  /** Never rejects. */
  private async pass(): Promise<void> {
    const { log, mine, closing } = this.ports;
    if (closing.aborted || !mine()) return;
    try {
      if (this.announced) return void (await this.apply());
      this.announced = true;
      const { goes, held } = await this.preview(undefined, 0);
      log(
        'info',
        `retention: ${goes.runs} records (${goes.bytes} bytes) go in ${this.settings.everyS} s, ${held.runs} are held; relaxd retention shows them`,
        { records: goes.runs, bytes: goes.bytes, held: held.runs },
      );
    } catch (error) {
      const { code, message } = asRelaxdError(error);
      log('error', `retention: ${message}`, { code });
    }
  }

  private async deleteAll(who: AuditActor): Promise<RetentionReport> {
    const { clock, log, closing } = this.ports;
    const { runs, rows } = await this.recorded();
    const chosen = chooseDeletions(runs, this.settings.rules, clock.wallMs());
    const deleted = { runs: 0, bytes: 0 };
    const kept: { run: string; rule: string; why: string }[] = [];
    for (const one of chosen) {
      if (closing.aborted) break;
      const { run, rule } = one;
      try {
        const why = one.held ?? (await this.deleteOne(rows.get(run)!, rule, who));
        if (why === null) {
          deleted.runs++;
          deleted.bytes += one.bytes;
        } else if (kept.length < MOST_KEPT_TOLD) kept.push({ run, rule, why });
      } catch (error) {
        const { code, message } = asRelaxdError(error);
        log('error', `the record of run ${run} cannot be deleted: ${message}`, { run, code });
        if (kept.length < MOST_KEPT_TOLD) kept.push({ run, rule, why: message });
      }
    }
    if (deleted.runs > 0) {
      log('info', `retention: ${deleted.runs} records deleted, ${deleted.bytes} bytes`, deleted);
    }
    return (this.last = { at: isoTime(clock.wallMs()), deleted, kept });
  }

  /** Why the record stays after all; null: it is gone. */
  private async deleteOne(row: RunRow, rule: string, who: AuditActor): Promise<string | null> {
    const { keeper, store, audit, clock, log } = this.ports;
    const { id, job, device, rows } = row;
    const done = await keeper.whileUnread(id, async () => {
      // As it is, byte for byte: whoever has kept a copy can tell that it is this one.
      const hash = createHash('sha256');
      let bytes = 0;
      for await (const part of keeper.content(row)) {
        hash.update(part);
        bytes += part.length;
      }
      const at = isoTime(clock.wallMs());
      const deleted = {
        at,
        rule,
        by: who.name,
        rows,
        bytes,
        hash: `sha256:${hash.digest('hex')}`,
      };
      const gone: RunRow = { ...row, revision: row.revision + 1, record: 'deleted', deleted };
      const stored = await store.deleteRecord({
        row: gone,
        document: { run: id, kind: 'deleted', at, document: { version: 1, run: id, ...deleted } },
        note: audit.note({
          who,
          action: 'record-deleted',
          target: `/v1/runs/${id}`,
          outcome: 'done',
          details: { ...deleted, job, device },
        }),
      });
      if (!stored) return false;
      // From here on the record is gone, whatever becomes of its file: that is removed at the next start, if not now.
      await keeper.remove(id).catch((error: unknown) => {
        const { code, message } = asRelaxdError(error);
        log('warn', `the file of run ${id} stays until the next start: ${message}`, {
          run: id,
          code,
        });
      });
      this.ports.onDeleted(gone);
      log('info', `the record of run ${id} is deleted by rule '${rule}'`, { run: id, job, bytes });
      return true;
    });
    if (done === null) return 'it is being read';
    return done ? null : 'it was pinned or is gone meanwhile';
  }

  private async recorded(): Promise<{
    readonly runs: readonly RecordedRun[];
    readonly rows: ReadonlyMap<string, RunRow>;
  }> {
    const { store, keeper, closing } = this.ports;
    const pins = new Map<string, string[]>();
    for (const pin of await store.pins(null)) {
      pins.set(pin.run, [...(pins.get(pin.run) ?? []), pinnedBy(pin)]);
    }
    const runs: RecordedRun[] = [];
    const rows = new Map<string, RunRow>();
    let after: string | null = null;
    for (;;) {
      const page: readonly RecordedRow[] = await store.recordedRuns(after, PAGE);
      for (const { run, kind, jobEnded } of page) {
        const bytes = run.bytes ?? (await keeper.bytesOf(run));
        const why = [
          ...(pins.get(run.id) ?? []),
          ...(jobEnded ? [] : ['its job goes on']),
          ...(keeper.isRead(run.id) ? ['it is being read'] : []),
          ...(bytes === null ? ['its file is not there'] : []),
        ];
        rows.set(run.id, run);
        runs.push({
          run: run.id,
          job: run.job,
          device: run.device,
          origin: run.origin,
          kind,
          endedAt: run.endedAt ?? run.createdAt,
          rows: run.rows,
          bytes: bytes ?? 0,
          held: why.length === 0 ? null : why.join('; '),
        });
      }
      if (closing.aborted) {
        throw new RelaxdError('service-stopping', 'the lab is closing');
      }
      if (page.length < PAGE) break;
      after = page.at(-1)!.run.id;
    }
    return { runs, rows };
  }
}

const total = (runs: readonly RecordedRun[]): RecordTotal => ({
  runs: runs.length,
  bytes: runs.reduce((sum, { bytes }) => sum + bytes, 0),
});

import type { AuditNote } from '../access/index.js';
import { RelaxdError, isoTime, type Clock } from '../core/index.js';
import { isExpired, readCalibration, type Calibration } from '../device/index.js';
import { NOBODY, type Asking, type Who } from './asking.js';
import { expiredNote, shortId } from './calibration-use.js';
import {
  calibrationRow,
  type CalibrationChange,
  type CalibrationEvent,
  type CalibrationRow,
  type CalibrationView,
  type DeviceCalibration,
} from './calibration-row.js';
import type { DriftReading } from './drift-reading.js';
import type { Page } from './job.js';
import { numberCursor } from './page-cursor.js';
import { pageQuery, type PageRequest } from './library.js';
import {
  CALIBRATION_STATES,
  legalCalibrationActions,
  nextCalibration,
  type CalibrationAction,
  type CalibrationEventType,
  type CalibrationState,
} from './next-calibration.js';
import type { Commit, Store } from './store.js';

/** What others keep changing is tried to be changed so often. */
const MOST_TRIES = 20;
const MOST_READINGS = 1000;

export interface CalibrationPorts {
  readonly store: Store;
  readonly clock: Clock;
  /** Other nodes change calibrations, too. */
  readonly shared: boolean;
  /** @throws RelaxdError `unknown-device` */
  requireDevice(id: string): void;
  /** What a device has active has changed, or what there is of it. */
  changed(row: CalibrationRow): void;
}

export interface CalibrationListRequest extends PageRequest {
  readonly device?: string;
  readonly state?: string;
}

export interface ActOnCalibration extends Asking {
  readonly reason: string;
  /** The revision that the caller saw. */
  readonly revision?: number;
}

export interface CalibrationWhole {
  readonly calibration: CalibrationView;
  readonly record: Calibration;
}

/** What devices were found to be, which of it is in force, and how that came about: in the store, the active ones here as well. */
export class Calibrations {
  private readonly actives = new Map<string, CalibrationRow>();
  private changes = 0;

  constructor(private readonly ports: CalibrationPorts) {}

  /** Reads from the store what is in force, as others may have changed it. */
  async load(): Promise<void> {
    const { changes } = this;
    const rows = await this.ports.store.calibrations.active();
    if (this.changes !== changes) return this.load();
    const before = new Map(this.actives);
    this.actives.clear();
    for (const row of rows) this.actives.set(row.device, row);
    for (const row of rows) {
      if (before.get(row.device)?.id !== row.id) this.ports.changed(row);
      before.delete(row.device);
    }
    for (const gone of before.values()) this.ports.changed({ ...gone, state: 'retired' });
  }

  /** What is in force on a device, as far as is known here; null: nothing. */
  active(device: string): CalibrationRow | null {
    return this.actives.get(device) ?? null;
  }

  /** The same, and whether it is over. */
  activeView(device: string): CalibrationView | null {
    const row = this.active(device);
    return row === null ? null : this.view(row);
  }

  /** What is in force on a device, now, whichever node made it so; null: nothing. */
  async activeNow(device: string): Promise<CalibrationRow | null> {
    if (!this.ports.shared) return this.active(device);
    return (await this.ports.store.calibrations.of(device)).active;
  }

  /** What that says. */
  async activeRecord(device: string): Promise<Calibration | null> {
    const row = await this.activeNow(device);
    return row === null ? null : this.ports.store.calibrations.record(row.id);
  }

  /** Why no run may begin on a device: its calibration is over; null: none, or it holds. */
  bar(device: string): string | null {
    const row = this.actives.get(device);
    return row === undefined ? null : expiredNote(row, this.ports.clock.wallMs());
  }

  /** When the next one is over; Infinity: none will be. */
  nextChangeMs(nowMs: number): number {
    let nextMs = Infinity;
    for (const { validity } of this.actives.values()) {
      if (validity.until !== null && !isExpired(validity, nowMs)) {
        nextMs = Math.min(nextMs, Date.parse(validity.until));
      }
    }
    return nextMs;
  }

  /** Every calibration in force, and whether it is over. */
  *inForce(): Generator<CalibrationView, void, undefined> {
    for (const row of this.actives.values()) yield this.view(row);
  }

  view(row: CalibrationRow): CalibrationView {
    const expired = isExpired(row.validity, this.ports.clock.wallMs());
    const actions = legalCalibrationActions(row.state).filter(
      // What is over cannot be put in force.
      (action) => !expired || (action !== 'activate' && action !== 'roll-back'),
    );
    return { ...row, expired, actions };
  }

  /** @throws RelaxdError `unknown-calibration` */
  async row(id: string): Promise<CalibrationRow> {
    const row = await this.ports.store.calibrations.row(id);
    if (row !== null) return row;
    throw new RelaxdError('unknown-calibration', `there is no calibration '${id}'`, {
      value: id,
      hint: 'GET /v1/calibrations lists them',
    });
  }

  /** How a calibration stands, and what it says. @throws RelaxdError `unknown-calibration` */
  async whole(id: string): Promise<CalibrationWhole> {
    const row = await this.row(id);
    return {
      calibration: this.view(row),
      record: (await this.ports.store.calibrations.record(id))!,
    };
  }

  /** Newest first. @throws RelaxdError `invalid-input` */
  async list(request: CalibrationListRequest = {}): Promise<Page<CalibrationView>> {
    const { device = null, state = null } = request;
    if (state !== null && !(CALIBRATION_STATES as readonly string[]).includes(state)) {
      throw new RelaxdError('invalid-input', `there is no calibration state '${state}'`, {
        path: 'state',
        value: state,
        limit: CALIBRATION_STATES,
      });
    }
    const page = await this.ports.store.calibrations.list({
      device,
      state: state as CalibrationState | null,
      ...pageQuery(request),
    });
    return { items: page.items.map((row) => this.view(row)), next: page.next };
  }

  /** What has become of the calibrations of a device, newest first. @throws RelaxdError `invalid-input` */
  async events(
    device: string,
    request: PageRequest & { readonly calibration?: string } = {},
  ): Promise<Page<CalibrationEvent>> {
    const { limit, cursor } = pageQuery(request);
    const found = await this.ports.store.calibrations.events({
      device,
      calibration: request.calibration ?? null,
      before: numberCursor(cursor),
      limit: limit + 1,
    });
    const items = found.slice(0, limit);
    return { items, next: found.length > limit ? String(items.at(-1)!.seq) : null };
  }

  /** What checks have read since a calibration, oldest first. */
  readings(calibration: string, limit = MOST_READINGS): Promise<readonly DriftReading[]> {
    return this.ports.store.calibrations.readings(calibration, limit);
  }

  /**
   * Stores what somebody says to be a calibration, as {@link propose} does.
   *
   * @throws RelaxdError `invalid-input` with every violation, `unknown-device`, `store-failed`, `disk-full`
   */
  async proposeDocument(
    document: unknown,
    reason: string,
    asking: Asking = {},
  ): Promise<CalibrationView> {
    const record = readCalibration(document);
    this.ports.requireDevice(record.device);
    return this.view(await this.propose(record, { ...asking, reason }));
  }

  /**
   * Stores a calibration, `proposed`. One of the same values that is there already stays as it is, but for one that was rejected, which
   * can be judged again.
   *
   * @param terms.activate at once, where the lab is allowed to
   * @param terms.together what is stored with it or not at all
   * @throws RelaxdError `store-failed`, `disk-full`, and what refuses `together`
   */
  async propose(
    record: Calibration,
    terms: Asking & {
      readonly reason: string;
      readonly activate?: boolean;
      readonly together?: (
        change: Pick<Commit, 'calibrations' | 'notes'>,
        row: CalibrationRow,
      ) => Promise<void>;
    },
  ): Promise<CalibrationRow> {
    const { who = NOBODY, reason, activate = false } = terms;
    const steps = (known: CalibrationRow | null): CalibrationEventType[] => {
      const propose: CalibrationEventType[] =
        known === null || known.state === 'rejected' ? ['propose'] : [];
      if (!activate || known?.state === 'active') return propose;
      const before = known?.state ?? 'proposed';
      return [
        ...propose,
        before === 'superseded' || before === 'retired' ? 'roll-back' : 'activate',
      ];
    };
    return this.change(record.device, record.id, {
      who,
      reason,
      steps,
      record,
      note: terms.note ?? null,
      ...(terms.together === undefined ? {} : { store: terms.together }),
    });
  }

  /**
   * Activates, rejects, retires or rolls back to a calibration. One that was active before is superseded or, where one rolls back from
   * it, retired.
   *
   * @throws RelaxdError `unknown-calibration`, `illegal-transition`, `calibration-invalid` (it is over), `revision-conflict`
   */
  async act(
    id: string,
    action: CalibrationAction,
    args: ActOnCalibration,
  ): Promise<CalibrationView> {
    const { who = NOBODY, reason, note = null, revision } = args;
    const { device, validity } = await this.row(id);
    const brings = action === 'activate' || action === 'roll-back';
    if (brings && isExpired(validity, this.ports.clock.wallMs())) {
      throw new RelaxdError(
        'calibration-invalid',
        `the calibration ${shortId(id)} of ${device} has been over since ${validity.until}`,
        { value: action, limit: validity.until, hint: 'calibrate the device' },
      );
    }
    const row = await this.change(device, id, {
      who,
      reason,
      note,
      steps: () => [action],
      ...(revision === undefined ? {} : { revision }),
    });
    return this.view(row);
  }

  private async change(device: string, id: string, terms: ChangeTerms): Promise<CalibrationRow> {
    const { store } = this.ports;
    for (let tries = 1; ; tries++) {
      const standing = await store.calibrations.of(device);
      const known = await store.calibrations.row(id);
      if (terms.revision !== undefined && known !== null && known.revision !== terms.revision) {
        throw new RelaxdError(
          'revision-conflict',
          `calibration ${shortId(id)} is at revision ${known.revision}`,
          { value: terms.revision, limit: known.revision, hint: 'read it again' },
        );
      }
      const { row, displaced, change } = this.plan(device, standing, known, terms);
      const commit = {
        ...(change.events.length === 0 ? {} : { calibrations: change }),
        ...(terms.note === null ? {} : { notes: [terms.note] }),
      };
      try {
        if (terms.store !== undefined) await terms.store(commit, row);
        else await store.commit(commit);
      } catch (error) {
        const conflict = error instanceof RelaxdError && error.code === 'revision-conflict';
        const others = conflict && error.details['device'] === device;
        if (!others || tries === MOST_TRIES) throw error;
        continue;
      }
      this.take(row);
      if (displaced !== null) this.ports.changed(displaced);
      return row;
    }
  }

  private plan(
    device: string,
    { seq, active }: DeviceCalibration,
    known: CalibrationRow | null,
    { who, reason, steps, record }: ChangeTerms,
  ): { row: CalibrationRow; displaced: CalibrationRow | null; change: CalibrationChange } {
    const at = isoTime(this.ports.clock.wallMs());
    const events: CalibrationEvent[] = [];
    const step = (
      from: CalibrationRow,
      event: CalibrationEventType,
      isNew = false,
    ): CalibrationRow => {
      const before = isNew ? null : from.state;
      const to = nextCalibration(before, event);
      events.push({
        device,
        seq: seq + events.length + 1,
        calibration: from.id,
        event,
        from: before,
        to,
        at,
        by: who.name,
        reason,
      });
      const activatedAt = to === 'active' ? at : from.activatedAt;
      return { ...from, state: to, revision: from.revision + 1, activatedAt };
    };
    let row = known ?? calibrationRow(record!);
    let isNew = known === null;
    let displaced: CalibrationRow | null = null;
    for (const event of steps(known)) {
      const brings = event === 'activate' || event === 'roll-back';
      if (brings && active !== null && active.id !== row.id) {
        nextCalibration(isNew ? 'proposed' : row.state, event); // before anything makes room for it
        displaced = step(active, event === 'activate' ? 'supersede' : 'withdraw');
      }
      row = step(row, event, isNew);
      isNew = false;
    }
    const rows = [...(displaced === null ? [] : [displaced]), row];
    return {
      row,
      displaced,
      change: {
        device,
        expectedSeq: seq,
        records: known === null && record !== undefined ? [record] : [],
        rows,
        events,
      },
    };
  }

  private take(row: CalibrationRow): void {
    this.changes++;
    if (row.state === 'active') this.actives.set(row.device, row);
    else if (this.actives.get(row.device)?.id === row.id) this.actives.delete(row.device);
    this.ports.changed(row);
  }
}

interface ChangeTerms {
  readonly who: Who;
  readonly reason: string;
  readonly note: AuditNote | null;
  readonly revision?: number;
  readonly record?: Calibration;
  readonly steps: (known: CalibrationRow | null) => readonly CalibrationEventType[];
  readonly store?: (
    change: Pick<Commit, 'calibrations' | 'notes'>,
    row: CalibrationRow,
  ) => Promise<void>;
}

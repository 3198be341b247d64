import {
  canonicalJson,
  isoTime,
  RelaxdError,
  shownValue,
  throwViolations,
  type Clock,
  type IdSource,
  type Violation,
} from '../core/index.js';
import { NOBODY, type Who } from './asking.js';
import type { JobRow, Page } from './job.js';
import { pageQuery, type PageRequest } from './library.js';
import {
  isWithin,
  lockedBy,
  reservationState,
  reservedFor,
  type DeviceLock,
  type Reservation,
  type ReservationState,
} from './reservation.js';
import type { Store } from './store.js';
import { readTime } from './submission.js';

/** Nobody needs a device for longer at a time: what is forgotten ends. */
const MOST_HOURS = 24 * 14;

export interface ReservationRequest {
  readonly device: string;
  readonly from?: string;
  readonly until: string;
  readonly note: string;
  readonly holder?: string;
  readonly preempt?: 'at-shot' | null;
}

export interface ReservationListRequest extends PageRequest {
  readonly device?: string;
  /** Empty or left out: any. */
  readonly states?: readonly ReservationState[];
  readonly holder?: string;
}

export interface ReservationView extends Reservation {
  readonly state: ReservationState;
}

export interface ReservationPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** @throws RelaxdError `unknown-device` */
  requireDevice(id: string): void;
  /** The same of a device of this process. */
  requireHere(id: string): void;
  changed(device: string): void;
}

/** Who has which device when, and which devices nobody has: in the store, and here as the store has it. */
export class Reservations {
  private readonly open = new Map<string, Reservation>();
  private readonly locks = new Map<string, DeviceLock>();
  /** Counts what has been made of both here: what was read before a change says nothing after it. */
  private changes = 0;

  constructor(private readonly ports: ReservationPorts) {}

  /** Reads both from the store, as others may have changed them. */
  async load(): Promise<void> {
    const { changes } = this;
    const open = await this.ports.store.openReservations(isoTime(this.ports.clock.wallMs()));
    const locks = await this.ports.store.locks();
    if (this.changes !== changes) return this.load();
    this.changes++;
    const before = [...this.open.values(), ...this.locks.values()];
    this.open.clear();
    this.locks.clear();
    for (const one of open) this.open.set(one.id, one);
    for (const lock of locks) this.locks.set(lock.device, lock);
    const shown = canonicalJson(before);
    if (shown === canonicalJson([...open, ...locks])) return;
    for (const device of new Set([...before, ...open, ...locks].map((one) => one.device))) {
      this.ports.changed(device);
    }
  }

  // Reservations --------------------------------------------------------------------------------------------

  /**
   * Keeps a device for one holder's jobs for a time.
   *
   * @throws RelaxdError `unknown-device`, `invalid-input` with every violation, `reservation-conflict` naming holder, note and until
   *   when
   */
  async reserve(request: ReservationRequest, who: Who = NOBODY): Promise<ReservationView> {
    this.ports.requireDevice(request.device);
    const nowMs = this.ports.clock.wallMs();
    const found: Violation[] = [];
    const from =
      request.from === undefined ? isoTime(nowMs) : readTime(request.from, 'from', found);
    const until = readTime(request.until, 'until', found);
    const holder = request.holder ?? who.name;
    if (holder === null) {
      found.push({
        code: 'invalid-input',
        path: 'holder',
        message: 'is missing: whose jobs are to run then?',
        limit: 'a name',
      });
    }
    found.push(...spanViolations(from, until, nowMs));
    throwViolations('invalid-input', 'reservation', found);
    const reservation: Reservation = {
      id: this.ports.ids.next(),
      revision: 1,
      device: request.device,
      holder: holder!,
      note: request.note,
      from: from!,
      until: until!,
      preempt: request.preempt ?? null,
      createdAt: isoTime(nowMs),
      by: who.name,
      releasedAt: null,
    };
    await this.ports.store.reserve(reservation);
    return this.take(reservation);
  }

  /** @throws RelaxdError `unknown-reservation`, `invalid-input`, `reservation-conflict`, `illegal-transition` */
  async extend(id: string, until: string, who: Who = NOBODY): Promise<ReservationView> {
    const before = await this.requireOpen(id, 'extend', who);
    const found: Violation[] = [];
    const time = readTime(until, 'until', found);
    found.push(...spanViolations(before.from, time, this.ports.clock.wallMs()));
    throwViolations('invalid-input', 'reservation', found);
    return this.change({ ...before, until: time!, revision: before.revision + 1 });
  }

  /** Ends it now. @throws RelaxdError `unknown-reservation`, `illegal-transition` */
  async release(id: string, who: Who = NOBODY): Promise<ReservationView> {
    const before = await this.requireOpen(id, 'release', who);
    const releasedAt = isoTime(this.ports.clock.wallMs());
    return this.change({ ...before, releasedAt, revision: before.revision + 1 });
  }

  /** @throws RelaxdError `unknown-reservation` */
  async reservation(id: string): Promise<ReservationView> {
    const known = this.open.get(id) ?? (await this.ports.store.reservation(id));
    if (known !== null) return this.view(known);
    throw new RelaxdError('unknown-reservation', `there is no reservation '${id}'`, {
      value: id,
      hint: 'GET /v1/reservations lists them',
    });
  }

  /** Newest first. @throws RelaxdError `invalid-input` */
  async list(query: ReservationListRequest = {}): Promise<Page<ReservationView>> {
    const { device = null, states = [], holder = null } = query;
    const now = isoTime(this.ports.clock.wallMs());
    const page = await this.ports.store.reservations({
      device,
      states,
      holder,
      now,
      ...pageQuery(query),
    });
    return { items: page.items.map((one) => this.view(one)), next: page.next };
  }

  /** The one in whose time a device is now; null: nobody's. */
  active(device: string): Reservation | null {
    if (this.open.size === 0) return null; // asked for each job that waits
    const nowMs = this.ports.clock.wallMs();
    for (const one of this.open.values()) {
      if (one.device === device && reservationState(one, nowMs) === 'active') return one;
    }
    return null;
  }

  /** Why a job may not have its device now; null: no reservation keeps it from it. */
  bar(job: JobRow): string | null {
    const active = this.active(job.device);
    return active === null || isWithin(active, job) ? null : reservedFor(active);
  }

  /** Whether a run of that job has to make room for a reservation. */
  yields(job: JobRow): boolean {
    const active = this.active(job.device);
    return active !== null && active.preempt === 'at-shot' && !isWithin(active, job);
  }

  /** When the next one begins or ends; Infinity: none does. */
  nextChangeMs(nowMs: number): number {
    let nextMs = Infinity;
    for (const { from, until } of this.open.values()) {
      for (const time of [Date.parse(from), Date.parse(until)]) {
        if (time > nowMs) nextMs = Math.min(nextMs, time);
      }
    }
    return nextMs;
  }

  /**
   * A job that names a reservation: it must be one for its device, and the submitter's own where it is known who that is.
   *
   * @throws RelaxdError `unknown-reservation`, `device-reserved`
   */
  async requireOwn(id: string, device: string | null, who: Who): Promise<void> {
    const one = await this.reservation(id);
    if (device !== null && one.device !== device) {
      throw new RelaxdError('invalid-input', `reservation ${id} is for ${one.device}`, {
        path: 'reservation',
        value: id,
        limit: `a reservation of ${device}`,
      });
    }
    if (who.name === null || who.name === one.holder) return;
    throw new RelaxdError('device-reserved', reservedFor(one), {
      path: 'reservation',
      value: id,
      holder: one.holder,
      note: one.note,
      until: one.until,
    });
  }

  private async requireOpen(id: string, action: string, who: Who): Promise<Reservation> {
    const { state, ...one } = await this.reservation(id);
    if (state === 'ended' || state === 'released') {
      throw new RelaxdError(
        'illegal-transition',
        `the reservation has ${state === 'ended' ? 'ended' : 'been released'}`,
        {
          value: action,
          state,
        },
      );
    }
    if (who.name !== null && who.name !== one.holder && who.name !== one.by) {
      throw new RelaxdError('device-reserved', reservedFor(one), {
        value: action,
        holder: one.holder,
        note: one.note,
        until: one.until,
        hint: `ask ${one.holder}`,
      });
    }
    return one;
  }

  private async change(reservation: Reservation): Promise<ReservationView> {
    await this.ports.store.changeReservation(reservation, reservation.revision - 1);
    return this.take(reservation);
  }

  private take(reservation: Reservation): ReservationView {
    this.changes++;
    const view = this.view(reservation);
    if (view.state === 'upcoming' || view.state === 'active') this.open.set(view.id, reservation);
    else this.open.delete(view.id);
    this.ports.changed(view.device);
    return view;
  }

  private view(reservation: Reservation): ReservationView {
    return { ...reservation, state: reservationState(reservation, this.ports.clock.wallMs()) };
  }

  /** Why a device is not everybody's now; null: it is. */
  noteOf(device: string): string | null {
    const active = this.active(device);
    return this.obstacle(device) ?? (active === null ? null : reservedFor(active));
  }

  // Locks ---------------------------------------------------------------------------------------------------

  lockOf(device: string): DeviceLock | null {
    return this.locks.get(device) ?? null;
  }

  /**
   * Keeps a device from all jobs, over restarts too, until it is unlocked.
   *
   * @throws RelaxdError `unknown-device`, `device-locked` where somebody else has locked it
   */
  async lock(device: string, holder: string, note: string): Promise<DeviceLock> {
    this.ports.requireHere(device);
    this.requireUnlocked(device, holder, 'lock');
    const since = this.locks.get(device)?.since ?? isoTime(this.ports.clock.wallMs());
    const lock: DeviceLock = { device, holder, note, since };
    await this.ports.store.setLock(lock);
    this.changes++;
    this.locks.set(device, lock);
    this.ports.changed(device);
    return lock;
  }

  /**
   * @param force another's lock, too
   * @throws RelaxdError `device-locked` where it is somebody else's, `illegal-transition` where it is not locked
   */
  async unlock(device: string, holder: string | null, force = false): Promise<void> {
    if (!this.locks.has(device)) {
      throw new RelaxdError('illegal-transition', `${device} is not locked`, { value: 'unlock' });
    }
    if (!force) this.requireUnlocked(device, holder, 'unlock');
    await this.ports.store.removeLock(device);
    this.changes++;
    this.locks.delete(device);
    this.ports.changed(device);
  }

  /** @throws RelaxdError `device-locked` with who, why and since when, unless it is locked by who asks */
  requireUnlocked(device: string, who: string | null, action: string): void {
    const lock = this.locks.get(device);
    if (lock === undefined || (who !== null && lock.holder === who)) return;
    throw new RelaxdError('device-locked', lockedBy(lock), {
      value: action,
      holder: lock.holder,
      note: lock.note,
      since: lock.since,
      hint:
        action === 'unlock'
          ? `${lock.holder} unlocks it; force does so without them`
          : `wait, or ask ${lock.holder}`,
    });
  }

  /** Why no job may have a device; null: it is not locked. */
  obstacle(device: string): string | null {
    const lock = this.locks.get(device);
    return lock === undefined ? null : lockedBy(lock);
  }
}

function spanViolations(from: string | null, until: string | null, nowMs: number): Violation[] {
  if (from === null || until === null) return [];
  const say = (message: string, limit: unknown): Violation[] => [
    { code: 'invalid-input', path: 'until', message, value: shownValue(until), limit },
  ];
  const untilMs = Date.parse(until);
  if (untilMs <= Date.parse(from)) return say('is not after from', `after ${from}`);
  if (untilMs <= nowMs) return say('has passed', `after ${isoTime(nowMs)}`);
  if (untilMs - Date.parse(from) > MOST_HOURS * 3_600_000) {
    return say(`is more than ${MOST_HOURS} hours after from`, `${MOST_HOURS} hours`);
  }
  return [];
}

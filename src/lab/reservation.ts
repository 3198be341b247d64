import { RelaxdError } from '../core/index.js';

/** A time in which a device is one holder's. */
export interface Reservation {
  readonly id: string;
  readonly revision: number;
  readonly device: string;
  /** Whose jobs run in it. */
  readonly holder: string;
  readonly note: string;
  /** ISO times; `until` is not part of it. */
  readonly from: string;
  readonly until: string;
  /** `at-shot`: a run of somebody else's that is under way when it begins is put aside at a shot; null: it is let finish. */
  readonly preempt: 'at-shot' | null;
  readonly createdAt: string;
  /** Who made it; null: nobody was asked for a name. */
  readonly by: string | null;
  readonly releasedAt: string | null;
}

export const RESERVATION_STATES = ['upcoming', 'active', 'ended', 'released'] as const;
export type ReservationState = (typeof RESERVATION_STATES)[number];

export function reservationState(reservation: Reservation, nowMs: number): ReservationState {
  if (reservation.releasedAt !== null) return 'released';
  if (Date.parse(reservation.until) <= nowMs) return 'ended';
  return Date.parse(reservation.from) <= nowMs ? 'active' : 'upcoming';
}

/** Whether a job may run in a reservation's time: it is the holder's, or names it. */
export const isWithin = (
  reservation: Reservation,
  job: { readonly by: string | null; readonly reservation: string | null },
): boolean => job.by === reservation.holder || job.reservation === reservation.id;

/** What whoever has to wait is told: by whom, why and until when. */
export const reservedFor = ({ device, holder, note, until }: Reservation): string =>
  `${device} is reserved for ${holder} until ${until}: ${note}`;

/** A device that is kept from all jobs, and why. */
export interface DeviceLock {
  readonly device: string;
  readonly holder: string;
  readonly note: string;
  readonly since: string;
}

export const lockedBy = ({ device, holder, note, since }: DeviceLock): string =>
  `${device} is locked for maintenance by ${holder} since ${since}: ${note}`;

export const reservationConflict = (other: Reservation): RelaxdError =>
  new RelaxdError('reservation-conflict', `${reservedFor(other)} (from ${other.from})`, {
    path: 'from',
    reservation: other.id,
    holder: other.holder,
    note: other.note,
    from: other.from,
    until: other.until,
    hint: `take another time, or ask ${other.holder}`,
  });

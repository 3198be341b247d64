import { asRelaxdError, isErrorCode, RelaxdError, type ErrorCode } from '../core/index.js';
import type { Device, DeviceEventName } from './device.js';
import type { DriverManifest } from './driver.js';

/** What crosses between relaxd and the process of a driver (docs/decisions/0045), by structured clone: typed arrays stay what they are. */

export type DriverCall =
  | Exclude<
      keyof Device,
      | 'id'
      | 'driver'
      | 'origin'
      | 'serial'
      | 'link'
      | 'equipment'
      | 'reason'
      | 'clockFit'
      | 'fault'
      | 'on'
      | typeof Symbol.asyncDispose
    >
  | 'inject'
  | 'remove';

/** What can be asked of a device without waiting; comes with every message, so that it is never older than an answer. */
export type DriverState = Pick<
  Device,
  'link' | 'equipment' | 'reason' | 'origin' | 'serial' | 'clockFit' | 'fault'
>;

export interface ErrorJson {
  /** Null: no error of relaxd's. */
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export type ToDriver =
  | {
      readonly kind: 'open';
      readonly folder: string;
      readonly manifest: DriverManifest;
      readonly id: string;
      readonly options: Readonly<Record<string, unknown>>;
      readonly threads: number;
      /** Bytes of rows on their way that nobody has heard yet. */
      readonly waitingBytes: number;
    }
  | {
      readonly kind: 'call';
      readonly call: number;
      readonly name: DriverCall;
      readonly args: readonly unknown[];
      /** Reason of a signal that had fired already; undefined: it has not, or there is none. */
      readonly fired: ErrorJson | undefined;
    }
  /** The signal of a call has fired. */
  | { readonly kind: 'fire'; readonly call: number; readonly reason: ErrorJson }
  /** The listeners of an event are done: the device may go on. */
  | { readonly kind: 'heard'; readonly event: number; readonly error: ErrorJson | null }
  | { readonly kind: 'ping' };

export type FromDriver =
  | {
      readonly kind: 'ready';
      readonly driver: string;
      /** Faults that the driver can make happen; null: it makes none. */
      readonly faults: readonly string[] | null;
      readonly state: DriverState;
    }
  | { readonly kind: 'refused'; readonly error: ErrorJson }
  | {
      readonly kind: 'answer';
      readonly call: number;
      readonly value?: unknown;
      readonly error?: ErrorJson;
      readonly state: DriverState;
    }
  | {
      readonly kind: 'event';
      readonly event: number;
      readonly name: DeviceEventName;
      readonly value: unknown;
      readonly state: DriverState;
    }
  | {
      readonly kind: 'log';
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>>;
    }
  /** Something was thrown that nobody caught; the process ends. */
  | { readonly kind: 'threw'; readonly error: ErrorJson }
  | { readonly kind: 'pong' };

/** Anything thrown, for the way. A driver may have an error class of another copy of relaxd: its name and code count. */
export function errorJson(error: unknown): ErrorJson {
  const { code, message, details } = (error ?? {}) as Partial<RelaxdError>;
  if (error instanceof Error && error.name === 'RelaxdError' && isErrorCode(String(code))) {
    return { code: code as ErrorCode, message: message!, details: plain(details ?? {}) };
  }
  if (error instanceof Error && error.name === 'AbortError') {
    return { code: 'aborted', message: error.message, details: {} };
  }
  return {
    code: null,
    message: error instanceof Error ? error.message : String(error),
    details: {},
  };
}

/** @param unknown code of an error that was none of relaxd's; null: it comes back as a plain Error */
export function thrownError(
  { code, message, details }: ErrorJson,
  unknown: ErrorCode | null,
): Error {
  const known = code ?? unknown;
  return known === null ? new Error(message) : new RelaxdError(known, message, details);
}

/** What a JSON document could hold; the rest is left out. */
function plain(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
  } catch (error) {
    return { unreadable: asRelaxdError(error).message };
  }
}

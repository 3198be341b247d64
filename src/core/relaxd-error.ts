import { ERROR_TABLE, isErrorCode, type ErrorCode, type ErrorRow } from './error-table.js';

/** One thing that is wrong with an input: where, what was found, what was allowed. */
export interface Violation {
  readonly code: ErrorCode;
  /** Path from the root of the document, e.g. `couplings.data[12]`; empty for the document itself. */
  readonly path: string;
  readonly message: string;
  /** What was found there, shortened where it is long. */
  readonly value?: unknown;
  /** What was allowed: a number, a range `[min, max]`, or a list of names. */
  readonly limit?: unknown;
}

export interface ErrorDetails {
  readonly path?: string;
  readonly value?: unknown;
  readonly limit?: unknown;
  /** What the caller can do about it. */
  readonly hint?: string;
  readonly violations?: readonly Violation[];
  readonly [key: string]: unknown;
}

/** The one error class of relaxd. Its `code` is a row of {@link ERROR_TABLE}. */
export class RelaxdError extends Error {
  override readonly name = 'RelaxdError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }

  get row(): ErrorRow {
    return ERROR_TABLE[this.code];
  }

  /** The plain form that documents, problem+json answers and worker messages carry. */
  toJSON(): { code: ErrorCode; message: string; details: ErrorDetails } {
    return { code: this.code, message: this.message, details: this.details };
  }

  static fromJSON(json: { code: ErrorCode; message: string; details?: ErrorDetails }): RelaxdError {
    return new RelaxdError(json.code, json.message, json.details ?? {});
  }
}

/** Anything thrown, as a RelaxdError: unknown errors become `internal` with the cause kept. */
export function asRelaxdError(error: unknown, code: ErrorCode = 'internal'): RelaxdError {
  if (error instanceof RelaxdError) return error;
  // Of another copy of relaxd: that which a driver from outside has beside it.
  if (error instanceof Error && error.name === 'RelaxdError') {
    const { code: its, message, details } = error as RelaxdError;
    if (isErrorCode(its)) return new RelaxdError(its, message, details ?? {}, error);
  }
  if (error instanceof Error && error.name === 'AbortError') {
    return new RelaxdError('aborted', error.message, {}, error);
  }
  return new RelaxdError(code, error instanceof Error ? error.message : String(error), {}, error);
}

/** Throws one error for a list of violations; its own code is `code`, or the only violation's code. */
export function throwViolations(
  code: ErrorCode,
  what: string,
  violations: readonly Violation[],
): void {
  const [first] = violations;
  if (first === undefined) return;
  const more = violations.length > 1 ? ` (and ${violations.length - 1} more)` : '';
  const where = first.path === '' ? what : `${what}: ${first.path}`;
  throw new RelaxdError(
    violations.length === 1 ? first.code : code,
    `${where}: ${first.message}${more}`,
    {
      path: first.path,
      ...(first.value === undefined ? {} : { value: first.value }),
      ...(first.limit === undefined ? {} : { limit: first.limit }),
      violations,
    },
  );
}

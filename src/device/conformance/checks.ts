import { asRelaxdError, throwIfAborted, type ErrorCode, type Timeline } from '../../core/index.js';

/** What a device did wrong, in words for its driver's author. */
export class CheckFailed extends Error {
  override readonly name = 'CheckFailed';
}

export interface SkippedCheck {
  readonly check: string;
  /** What the descriptor does not claim, or why the check cannot be made. */
  readonly reason: string;
}
export interface FailedCheck {
  readonly check: string;
  /** What was done, what was expected, what happened. */
  readonly message: string;
}
export interface GroupReport {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly SkippedCheck[];
  readonly failures: readonly FailedCheck[];
  /** Names of the checks that passed. */
  readonly checks: readonly string[];
  readonly seconds: number;
}

/** The checks of one group. One that fails does not keep the others from being made. */
export class Checks {
  private readonly done: string[] = [];
  private readonly failures: FailedCheck[] = [];
  private readonly skipped: SkippedCheck[] = [];
  private readonly beganMs: number;

  constructor(
    readonly name: string,
    private readonly timeline: Timeline,
    /** A check that takes longer has failed, ms. */
    private readonly patienceMs: number,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.beganMs = timeline.monotonicMs();
  }

  /** Makes one check: it passes where `body` does not throw. */
  async check(name: string, body: () => Promise<void> | void): Promise<void> {
    throwIfAborted(this.signal);
    try {
      await withPatience(
        this.timeline,
        this.patienceMs,
        (async () => body())(),
        'the check did not end',
      );
      this.done.push(name);
    } catch (error) {
      this.failures.push({ check: name, message: told(error) });
    }
  }

  skip(check: string, reason: string): void {
    this.skipped.push({ check, reason });
  }

  report(): GroupReport {
    return {
      name: this.name,
      passed: this.done.length,
      failed: this.failures.length,
      skipped: this.skipped,
      failures: this.failures,
      checks: this.done,
      seconds: (this.timeline.monotonicMs() - this.beganMs) / 1000,
    };
  }
}

function told(error: unknown): string {
  if (error instanceof CheckFailed) return error.message;
  const { code, message } = asRelaxdError(error);
  return code === 'internal'
    ? `it threw ${(error as Error).stack ?? message}`
    : `${code}: ${message}`;
}

/** The promise, or a failure that says so where it takes longer than `ms`. */
export async function withPatience<T>(
  timeline: Timeline,
  ms: number,
  promise: Promise<T>,
  what: string,
): Promise<T> {
  let callOff: () => void = () => undefined;
  const late = new Promise<never>((_, reject) => {
    callOff = timeline.after(ms, () => reject(new CheckFailed(`${what} within ${ms / 1000} s`)));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    callOff();
  }
}

/** @throws CheckFailed with the message where the condition does not hold */
export function demand(condition: boolean, message: string | (() => string)): asserts condition {
  if (!condition) throw new CheckFailed(typeof message === 'string' ? message : message());
}

export function demandEqual(got: unknown, expected: unknown, what: string): void {
  demand(Object.is(got, expected), () => `${what} is ${shown(got)}, expected ${shown(expected)}`);
}

const shown = (value: unknown): string => JSON.stringify(value) ?? String(value);

/**
 * A call that must be refused with one of the codes.
 *
 * @returns what was thrown
 * @throws CheckFailed where it was not refused, or otherwise
 */
export async function demandRefused(
  what: string,
  codes: readonly ErrorCode[],
  call: () => Promise<unknown>,
): Promise<ReturnType<typeof asRelaxdError>> {
  try {
    await call();
  } catch (error) {
    const known = asRelaxdError(error);
    demand(
      codes.includes(known.code),
      () =>
        `${what} was refused with '${known.code}' (${known.message}), expected '${codes.join("' or '")}'`,
    );
    return known;
  }
  throw new CheckFailed(`${what} was not refused; expected '${codes.join("' or '")}'`);
}

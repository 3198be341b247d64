import { ERROR_TABLE, isErrorCode, Type, type Violation } from '../core/index.js';
import type { Origin } from '../device/index.js';

/** For what failures a job is tried again by itself, and how often. */
export interface RetryRule {
  /** Runs in all, the first one counted. */
  readonly attempts: number;
  /** Codes of errors; `transient`: every code that the table of errors calls retryable. */
  readonly on: readonly string[];
  /** From the failure to the earliest next attempt. */
  readonly delayS: number;
}

export const MOST_ATTEMPTS = 10;
const TRANSIENT = 'transient';

export const RETRY_SCHEMA = Type.Object(
  {
    attempts: Type.Integer({
      minimum: 1,
      maximum: MOST_ATTEMPTS,
      description: 'runs in all, the first one counted',
    }),
    on: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 60 }), {
        minItems: 1,
        maxItems: 50,
        description:
          'codes of docs/errors.md, or transient: all that are retryable, as where it is left out',
      }),
    ),
    delayS: Type.Optional(Type.Number({ minimum: 0, maximum: 86_400 })),
  },
  { additionalProperties: false },
);

/** @param given fits {@link RETRY_SCHEMA} */
export function retryRule(given: Type.Static<typeof RETRY_SCHEMA>): RetryRule {
  return { attempts: given.attempts, on: given.on ?? [TRANSIENT], delayS: given.delayS ?? 0 };
}

/** Codes that there are not. */
export function retryViolations(rule: RetryRule, path: string): Violation[] {
  return rule.on.flatMap((code, k) =>
    code === TRANSIENT || isErrorCode(code)
      ? []
      : [
          {
            code: 'invalid-input' as const,
            path: `${path}.on[${k}]`,
            message: `there is no error '${code}'`,
            value: code,
            limit: 'transient, or a code of docs/errors.md',
          },
        ],
  );
}

/**
 * Whether a job that failed is tried again by itself, in a run of its own. What ran on hardware is repeated by persons only.
 *
 * @param failed.armed its run may have begun
 * @param failed.origin of the device; null: it is not known
 */
export function isTriedAgain(
  rule: RetryRule | null,
  failed: {
    readonly attempt: number;
    readonly code: string;
    readonly armed: boolean;
    readonly origin: Origin | null;
  },
): boolean {
  if (rule === null || failed.attempt >= rule.attempts) return false;
  if (failed.armed && (failed.origin === null || failed.origin === 'hardware')) return false;
  const transient = isErrorCode(failed.code) && ERROR_TABLE[failed.code].retryable;
  return rule.on.includes(failed.code) || (transient && rule.on.includes(TRANSIENT));
}

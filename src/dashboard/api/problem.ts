/** One thing that was wrong with a request. */
export interface Violation {
  readonly code: string;
  readonly path: string;
  readonly message: string;
}

/** An answer that is no success: relaxd's code, and what the service said about it. */
export class ApiProblem extends Error {
  constructor(
    readonly code: string,
    readonly detail: string,
    readonly path: string | null,
    readonly hint: string | null,
    readonly violations: readonly Violation[],
    /** What is allowed in place of the value, in words; null where the service does not say. */
    readonly allowed: string | null,
  ) {
    super(`${code}: ${detail}`);
    this.name = 'ApiProblem';
  }
}

/** The fault of a service that does not answer, in the words of the table of errors. */
export const unreachable = (detail: string): ApiProblem =>
  new ApiProblem(
    'service-unreachable',
    detail,
    null,
    'start it with `npm start`; the page tries again by itself',
    [],
    null,
  );

/** Reads a problem+json document (RFC 9457); anything else is shown as the status that it came with. */
export function readProblem(status: number, text: string): ApiProblem {
  let document: Record<string, unknown>;
  try {
    document = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return unreachable(`the service answered ${status}`);
  }
  const { code, detail, path, hint, violations, limit } = document;
  return new ApiProblem(
    typeof code === 'string' ? code : `http-${status}`,
    typeof detail === 'string' ? detail : `the service answered ${status}`,
    typeof path === 'string' && path !== '' ? path : null,
    typeof hint === 'string' ? hint : null,
    Array.isArray(violations) ? violations.filter(isViolation) : [],
    allowedText(limit),
  );
}

function isViolation(value: unknown): value is Violation {
  const { path, message } = (value ?? {}) as Partial<Record<string, unknown>>;
  return typeof path === 'string' && typeof message === 'string';
}

function allowedText(limit: unknown): string | null {
  if (typeof limit === 'string' || typeof limit === 'number') return String(limit);
  if (!Array.isArray(limit) || limit.length === 0 || limit.length > 40) return null;
  return limit.every((one) => typeof one === 'string' || typeof one === 'number')
    ? limit.join(', ')
    : null;
}

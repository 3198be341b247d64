import type { TSchema } from 'typebox';
import {
  checkDocument,
  RelaxdError,
  shownValue,
  throwViolations,
  type Violation,
  Type,
} from '../core/index.js';
import type { JobKind } from './job-kind.js';

/** Fields that every job's body has, besides those of its kind. */
export const COMMON_FIELDS = {
  device: Type.String({ minLength: 1, maxLength: 100 }),
  priority: Type.Optional(Type.Integer({ minimum: -1000, maximum: 1000 })),
  deadline: Type.Optional(Type.String({ maxLength: 40 })),
  notBefore: Type.Optional(Type.String({ maxLength: 40 })),
};

/** A job's body, as far as the lab itself reads it. */
export interface Submission {
  readonly kind: JobKind;
  readonly device: string;
  readonly priority: number;
  readonly deadline: string | null;
  readonly notBefore: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The schema of a whole body: the common fields and the kind's. */
export function bodySchema(kind: JobKind): TSchema {
  const own = kind.schema as { properties?: Record<string, TSchema>; required?: string[] };
  if (own.properties === undefined) {
    throw new RelaxdError('invalid-input', `the schema of job kind '${kind.name}' is no object`);
  }
  return {
    type: 'object',
    properties: { kind: Type.Literal(kind.name), ...COMMON_FIELDS, ...own.properties },
    required: [...new Set(['kind', 'device', ...(own.required ?? [])])],
    additionalProperties: false,
  };
}

/**
 * Checks a body against its kind's schema.
 *
 * @throws RelaxdError `invalid-input` (every violation), `unknown-kind`, or the only violation's code
 */
export function readSubmission(
  body: unknown,
  kinds: ReadonlyMap<string, { readonly kind: JobKind; readonly schema: TSchema }>,
): Submission {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new RelaxdError('invalid-input', 'job: expected an object', {
      path: '',
      value: shownValue(body),
      limit: 'an object with a kind',
    });
  }
  const record = body as Record<string, unknown>;
  const name = record['kind'];
  const known = typeof name === 'string' ? kinds.get(name) : undefined;
  if (known === undefined) {
    throw new RelaxdError(
      'unknown-kind',
      name === undefined ? 'job: kind is missing' : `job: there is no kind ${JSON.stringify(name)}`,
      { path: 'kind', value: shownValue(name), limit: [...kinds.keys()] },
    );
  }
  const violations = checkDocument(known.schema, body);
  const deadline = time(record, 'deadline', violations);
  const notBefore = time(record, 'notBefore', violations);
  throwViolations('invalid-input', 'job', violations);
  return {
    kind: known.kind,
    device: record['device'] as string,
    priority: (record['priority'] as number | null | undefined) ?? 0,
    deadline,
    notBefore,
    body: record,
  };
}

/** ISO 8601 with a zone: without one it would mean another time on another machine. */
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** `Date.parse` takes 30 February for 2 March. */
function dayExists(text: string): boolean {
  const day = text.slice(0, 10);
  const ms = Date.parse(`${day}T00:00:00Z`);
  return Number.isFinite(ms) && new Date(ms).toISOString().startsWith(day);
}

function time(
  record: Record<string, unknown>,
  field: string,
  violations: Violation[],
): string | null {
  const value = record[field];
  if (typeof value !== 'string') return null;
  const ms = ISO_TIME.test(value) && dayExists(value) ? Date.parse(value) : NaN;
  if (Number.isFinite(ms)) return new Date(ms).toISOString();
  violations.push({
    code: 'invalid-input',
    path: field,
    message: 'is no time with a zone',
    value: shownValue(value),
    limit: '2026-01-31T12:00:00Z',
  });
  return null;
}

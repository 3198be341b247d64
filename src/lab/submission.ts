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
import { RETRY_SCHEMA, retryRule, retryViolations, type RetryRule } from './retry-rule.js';
import { SWEEP_BODY_SCHEMA, type SweepBody } from './sweep-points.js';
import { sweepViolations } from './sweep-violations.js';

export const SWEEP = 'sweep';

/** Fields that every job's body has, besides those of its kind. */
export const COMMON_FIELDS = {
  device: Type.String({ minLength: 1, maxLength: 100 }),
  priority: Type.Optional(Type.Integer({ minimum: -1000, maximum: 1000 })),
  deadline: Type.Optional(Type.String({ maxLength: 40 })),
  notBefore: Type.Optional(Type.String({ maxLength: 40 })),
  retry: Type.Optional(RETRY_SCHEMA),
  reservation: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
};
/** Those that a sweep has as a whole. */
const { device: _device, ...OF_SWEEPS } = COMMON_FIELDS;

/** A job's body, as far as the lab itself reads it. */
export interface Submission extends Terms {
  readonly kind: JobKind;
  readonly device: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** When and in which order a job is to run, and what is done where it fails. */
export interface Terms {
  readonly priority: number;
  readonly deadline: string | null;
  readonly notBefore: string | null;
  readonly retry: RetryRule | null;
  readonly reservation: string | null;
}

/** A sweep's body. */
export interface SweepSubmission extends Terms {
  readonly kind: JobKind;
  readonly body: SweepBody;
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

/** The schema of a sweep's whole body. */
const SWEEP_SCHEMA: TSchema = Type.Object(
  { kind: Type.Literal(SWEEP), ...OF_SWEEPS, ...SWEEP_BODY_SCHEMA.properties },
  { additionalProperties: false },
);

type Kinds = ReadonlyMap<string, { readonly kind: JobKind; readonly schema: TSchema }>;

/**
 * Checks a body against its kind's schema.
 *
 * @throws RelaxdError `invalid-input` (every violation), `unknown-kind`, or the only violation's code
 */
export function readSubmission(body: unknown, kinds: Kinds): Submission | SweepSubmission {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new RelaxdError('invalid-input', 'job: expected an object', {
      path: '',
      value: shownValue(body),
      limit: 'an object with a kind',
    });
  }
  const record = body as Record<string, unknown>;
  if (record['kind'] === SWEEP) return readSweep(record, kinds);
  const known = requireKind(record['kind'], 'kind', kinds, [SWEEP]);
  const violations = checkDocument(known.schema, body);
  const terms = readTerms(record, violations);
  throwViolations('invalid-input', 'job', violations);
  return { kind: known.kind, device: record['device'] as string, ...terms, body: record };
}

function readSweep(record: Record<string, unknown>, kinds: Kinds): SweepSubmission {
  const violations = checkDocument(SWEEP_SCHEMA, record);
  const terms = readTerms(record, violations);
  throwViolations('invalid-input', 'job', violations);
  const body = record as unknown as SweepBody;
  const known = requireKind(body.base.kind, 'base.kind', kinds, []);
  throwViolations('invalid-input', 'job', sweepViolations(body, openedSchema(known, body.base)));
  return { kind: known.kind, ...terms, body };
}

/** A body's schema with what its kind says of the members that it leaves open; names of stored documents stay names. */
function openedSchema(
  { kind, schema }: { kind: JobKind; schema: TSchema },
  base: Readonly<Record<string, unknown>>,
): TSchema {
  const own = schema as { readonly properties: Readonly<Record<string, TSchema>> };
  const opened = Object.entries(kind.members ?? {}).filter(
    ([name]) => typeof base[name] === 'object',
  );
  return { ...schema, properties: { ...own.properties, ...Object.fromEntries(opened) } };
}

function requireKind(
  name: unknown,
  path: string,
  kinds: Kinds,
  others: readonly string[],
): { readonly kind: JobKind; readonly schema: TSchema } {
  const known = typeof name === 'string' ? kinds.get(name) : undefined;
  if (known !== undefined) return known;
  throw new RelaxdError(
    'unknown-kind',
    name === undefined
      ? `job: ${path} is missing`
      : `job: there is no kind ${JSON.stringify(name)}${path === 'kind' ? '' : ' to sweep'}`,
    { path, value: shownValue(name), limit: [...kinds.keys(), ...others] },
  );
}

function readTerms(record: Record<string, unknown>, violations: Violation[]): Terms {
  const given = (record['retry'] ?? null) as Parameters<typeof retryRule>[0] | null;
  const isRule = given !== null && typeof given === 'object' && !Array.isArray(given);
  const retry = isRule && violations.length === 0 ? retryRule(given) : null;
  if (retry !== null) violations.push(...retryViolations(retry, 'retry'));
  return {
    priority: (record['priority'] as number | null | undefined) ?? 0,
    deadline: readTime(record['deadline'], 'deadline', violations),
    notBefore: readTime(record['notBefore'], 'notBefore', violations),
    retry,
    reservation: (record['reservation'] as string | null | undefined) ?? null,
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

/** A time in its canonical form; null where there is none, or it is none: then it is said. */
export function readTime(value: unknown, field: string, violations: Violation[]): string | null {
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

import { Type } from '../core/index.js';
import {
  CERTIFICATE_SCHEMA,
  COMPILE_BODY_SCHEMA,
  RETRIEVE_BODY_SCHEMA,
  RUN_BODY_SCHEMA,
} from '../compile/index.js';
import { PROGRAM_SCHEMA } from '../device/index.js';
import { DRIVE_BODY_SCHEMA } from '../drive/index.js';
import { JOB_STATES, RUN_STATES } from '../lab/index.js';

/**
 * The documents that the service sends and reads, as JSON Schema. A schema with a `title` becomes a component of
 * the OpenAPI document under that name (openapi.ts).
 */
const open = { additionalProperties: true } as const;
const closed = { additionalProperties: false } as const;

/** One of several names. */
export const oneOf = <const T extends readonly string[]>(names: T) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: [...names] });
export const nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const text = Type.String();
const time = Type.String({ description: 'ISO 8601, UTC' });
const anything = Type.Unknown();

export const HASH = Type.String({
  pattern: '^sha256:[0-9a-f]{64}$',
  description: 'sha256: and 64 hex digits, of the canonical JSON',
});

export const VIOLATION = Type.Object(
  {
    code: text,
    path: Type.String({ description: 'from the root of the document, e.g. couplings.data[12]' }),
    message: text,
    value: Type.Optional(anything),
    limit: Type.Optional(anything),
  },
  { title: 'Violation', ...open },
);

export const PROBLEM = Type.Object(
  {
    type: text,
    title: text,
    status: Type.Integer(),
    detail: text,
    code: Type.String({ description: 'one of the table in docs/errors.md' }),
    retryable: Type.Boolean(),
    path: Type.Optional(text),
    hint: Type.Optional(text),
    violations: Type.Optional(Type.Array(VIOLATION)),
  },
  { title: 'Problem', ...open },
);

const ERROR_DOCUMENT = Type.Object(
  { code: text, message: text, details: Type.Optional(anything) },
  { title: 'ErrorDocument', ...open },
);

export const DEVICE = Type.Object(
  {
    id: text,
    driver: text,
    origin: nullable(oneOf(['emulator', 'firmware-sim', 'hardware'])),
    serial: nullable(text),
    link: text,
    equipment: text,
    reason: nullable(Type.String({ description: 'why it is offline, safe or in fault' })),
    title: nullable(text),
    descriptor: nullable(HASH),
    error: nullable(ERROR_DOCUMENT),
    actions: Type.Array(text, { description: 'device actions that this service knows' }),
    node: Type.Optional(
      Type.String({
        description: 'node that has it, in a lab of several; left out for what every node has',
      }),
    ),
  },
  { title: 'Device', ...open },
);

export const DESCRIPTOR = Type.Object(
  { version: Type.Literal(1), device: text, driver: text, origin: text },
  { title: 'Descriptor', ...open, description: 'docs/formats/descriptor.md' },
);

export const HEALTH = Type.Object(
  {
    ok: Type.Boolean(),
    checkedAt: time,
    checks: Type.Array(Type.Object({ name: text, ok: Type.Boolean(), detail: text }, open)),
  },
  { title: 'HealthReport', ...open },
);

export const PARAMETER_READING = Type.Object(
  {
    name: text,
    value: nullable(Type.Number()),
    unit: text,
    readAt: time,
    error: Type.Optional(text),
  },
  { title: 'ParameterReading', ...open },
);

export const MEMORY_SET_DOCUMENT = Type.Object(
  {
    version: Type.Literal(1),
    name: Type.Optional(text),
    shape: Type.Optional(Type.Array(Type.Integer({ minimum: 1 }))),
    labels: Type.Optional(Type.Array(text)),
    patterns: Type.Array(Type.Array(Type.Number())),
  },
  { title: 'MemorySetDocument', ...closed, description: 'docs/formats/memory-set.md' },
);

export const MEMORY_SET_ROW = Type.Object(
  {
    id: Type.String({ description: "a built-in's name, or the hash of a stored set" }),
    name: text,
    builtin: Type.Boolean(),
    patterns: Type.Integer({ description: 'number of memories P' }),
    shape: Type.Array(Type.Integer()),
    description: nullable(text),
  },
  { title: 'MemorySetRow', ...open },
);

export const MEMORY_SET = Type.Object(
  {
    id: text,
    version: Type.Literal(1),
    name: text,
    shape: Type.Array(Type.Integer()),
    labels: Type.Array(text),
    patterns: Type.Array(Type.Array(Type.Integer())),
  },
  { title: 'MemorySet', ...open },
);

export const PROGRAM = Type.Object(PROGRAM_SCHEMA.properties, {
  title: 'Program',
  ...closed,
  description: 'docs/formats/program.md',
});

export const PROGRAM_ROW = Type.Object(
  { id: HASH, sites: Type.Integer(), savedAt: Type.Optional(time) },
  { title: 'ProgramRow', ...open },
);

export const COMPILE_BODY = Type.Object(COMPILE_BODY_SCHEMA.properties, {
  title: 'CompileBody',
  ...closed,
});

export const COMPILED = Type.Object(
  {
    id: HASH,
    program: PROGRAM,
    certificate: Type.Object(CERTIFICATE_SCHEMA.properties, {
      title: 'Certificate',
      ...open,
      description: 'docs/formats/certificate.md',
    }),
  },
  { title: 'Compiled', ...open },
);

export const VALIDATION = Type.Object(
  { device: text, program: HASH, violations: Type.Array(VIOLATION) },
  { title: 'Validation', ...open },
);

const job = {
  id: text,
  revision: Type.Integer(),
  kind: text,
  state: oneOf(JOB_STATES),
  device: nullable(text),
  priority: Type.Number(),
  createdAt: time,
  startedAt: nullable(time),
  endedAt: nullable(time),
  progress: anything,
  run: nullable(text),
  error: nullable(ERROR_DOCUMENT),
  actions: Type.Array(text, { description: 'legal now' }),
};
export const JOB = Type.Object({ ...job, result: anything }, { title: 'Job', ...open });
export const JOB_ROW = Type.Object(job, {
  title: 'JobRow',
  ...open,
  description: 'a job without its result',
});

const ofKind = <T extends Type.TProperties>(kind: string, title: string, own: Type.TObject<T>) =>
  Type.Object(
    {
      kind: Type.Literal(kind),
      device: text,
      priority: Type.Optional(Type.Integer({ description: '0 where left out; higher goes first' })),
      deadline: Type.Optional(
        Type.String({ description: 'ISO 8601; a job that still waits then is expired' }),
      ),
      notBefore: Type.Optional(Type.String({ description: 'ISO 8601' })),
      ...own.properties,
    },
    { title, ...closed },
  );
/** Judged by the lab, which knows all kinds; these three are always there. */
export const JOB_BODY = Type.Union(
  [
    ofKind('retrieve', 'RetrieveJobBody', RETRIEVE_BODY_SCHEMA),
    ofKind('run', 'RunJobBody', RUN_BODY_SCHEMA),
    ofKind('drive', 'DriveJobBody', DRIVE_BODY_SCHEMA),
    Type.Object({ kind: text, device: text }, { title: 'OtherJobBody', ...open }),
  ],
  {
    title: 'JobBody',
    description: 'kind, and the options of the command of that name; docs/api.md has examples',
  },
);

export const JOB_ACTION_BODY = Type.Object(
  {
    priority: Type.Optional(Type.Number()),
    reason: Type.Optional(Type.String({ maxLength: 500 })),
  },
  { title: 'JobActionBody', ...closed },
);

export const QUEUE = Type.Object(
  { quiescent: Type.Boolean(), depth: Type.Integer() },
  { title: 'Queue', ...open },
);

const run = {
  id: text,
  revision: Type.Integer(),
  job: text,
  device: text,
  origin: text,
  state: oneOf(RUN_STATES),
  seed: Type.Integer(),
  program: Type.Object({ hash: HASH, rule: nullable(text) }, open),
  descriptor: HASH,
  engine: nullable(text),
  createdAt: time,
  startedAt: nullable(time),
  endedAt: nullable(time),
  rows: Type.Integer({ description: 'in the record' }),
  shots: Type.Integer(),
  error: nullable(ERROR_DOCUMENT),
  record: Type.String({ description: 'open, whole, repaired or missing' }),
};
export const RUN_ROW = Type.Object(run, { title: 'RunRow', ...open });
export const RUN = Type.Object({ ...run, result: anything }, { title: 'Run', ...open });

export const RUN_DOCUMENT = Type.Object(
  { run: text, kind: text, at: time, document: anything },
  { title: 'RunDocument', ...open, description: 'docs/formats/record.md' },
);

const column = Type.Union([Type.Array(nullable(Type.Number())), Type.Null()]);
export const SAMPLES = Type.Object(
  {
    run: text,
    firstRow: Type.Integer(),
    rows: Type.Integer(),
    next: nullable(Type.Integer({ description: 'the row to go on with; null: none yet' })),
    columns: Type.Object({
      row: Type.Array(Type.Integer()),
      shot: Type.Array(Type.Integer()),
      step: Type.Array(Type.Integer()),
      t: Type.Array(Type.Number()),
      energy: column,
      work: column,
      heat: column,
      overlaps: nullable(Type.Array(Type.Array(nullable(Type.Number())))),
    }),
    states: Type.Array(Type.Object({ row: Type.Integer(), state: Type.Array(Type.Number()) }), {
      description: 'rows that carry a state',
    }),
  },
  { title: 'Samples', ...open },
);

/** A page of a list. */
export const page = <T extends Type.TSchema>(item: T, title: string) =>
  Type.Object(
    {
      items: Type.Array(item),
      next: nullable(Type.String({ description: 'cursor; null at the end' })),
    },
    { title, ...open },
  );

export const LIST_QUERY = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 500, description: '50 where left out' }),
  ),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
};
export const DEFAULT_LIMIT = 50;

/** Programs and memory sets may be this long; all other bodies {@link BODY_BYTES}. */
export const LARGE_BODY_BYTES = 64 * 1_048_576;
export const BODY_BYTES = 1_048_576;

/**
 * Bodies that their own readers judge, with the codes and paths that the command line gives: here they are only
 * described.
 */
export const READ_BY_ROUTE: ReadonlySet<string> = new Set([
  'Program',
  'MemorySetDocument',
  'JobBody',
]);

export { closed };

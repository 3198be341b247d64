import { Type } from '../core/index.js';
import {
  CERTIFICATE_SCHEMA,
  COMPILE_BODY_SCHEMA,
  RETRIEVE_BODY_SCHEMA,
  RUN_BODY_SCHEMA,
} from '../compile/index.js';
import {
  CALIBRATE_BODY_SCHEMA,
  CHECK_BODY_SCHEMA,
  DISSIPATION_BODY_SCHEMA,
  TWIN_BODY_SCHEMA,
} from '../calibrate/index.js';
import { CALIBRATION_SCHEMA, PROGRAM_SCHEMA } from '../device/index.js';
import { DRIVE_BODY_SCHEMA } from '../drive/index.js';
import {
  ALARMS,
  CALIBRATION_ACTIONS,
  CALIBRATION_STATES,
  COMMON_FIELDS,
  JOB_STATES,
  RESERVATION_STATES,
  RUN_STATES,
  SWEEP_BODY_SCHEMA,
  SWEEP_QUANTITIES,
} from '../lab/index.js';

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
    fault: nullable(
      Type.Object(
        { id: text, cause: text },
        { ...open, description: 'latched: clear-fault takes its id' },
      ),
    ),
    title: nullable(text),
    descriptor: nullable(HASH),
    error: nullable(ERROR_DOCUMENT),
    actions: Type.Array(text, { description: 'device actions that this service knows' }),
    lock: nullable(
      Type.Object(
        { holder: text, note: text, since: time },
        { ...open, description: 'locked for maintenance: no job has it' },
      ),
    ),
    reservation: nullable(
      Type.Object(
        { id: text, holder: text, note: text, until: time },
        { ...open, description: 'whose time it is now' },
      ),
    ),
    calibration: nullable(
      Type.Object(
        { id: HASH, activatedAt: nullable(time), until: nullable(time), expired: Type.Boolean() },
        { ...open, description: 'in force: its id is on every run' },
      ),
    ),
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

const count = Type.Integer({ minimum: 0 });
export const SWEEP_COUNTS = Type.Object(
  {
    points: count,
    waiting: count,
    active: count,
    completed: count,
    failed: count,
    cancelled: count,
    aborted: count,
    expired: count,
  },
  { title: 'SweepCounts', ...open },
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
  parent: Type.Optional(Type.String({ description: 'of points of a sweep: the sweep' })),
  point: Type.Optional(Type.Integer({ description: 'which one, from 0' })),
  points: Type.Optional(SWEEP_COUNTS),
  attempt: Type.Optional(
    Type.Integer({
      description: 'of jobs with a retry rule: runs begun, the one to come included',
    }),
  ),
  retry: Type.Optional(anything),
  retryOf: Type.Optional(Type.String({ description: 'the job that this one does again' })),
  by: Type.Optional(Type.String({ description: 'who submitted it, where that is known' })),
};
export const JOB = Type.Object({ ...job, result: anything }, { title: 'Job', ...open });
export const JOB_ROW = Type.Object(job, {
  title: 'JobRow',
  ...open,
  description: 'a job without its result',
});

const terms = {
  priority: Type.Optional(Type.Integer({ description: '0 where left out; higher goes first' })),
  deadline: Type.Optional(
    Type.String({ description: 'ISO 8601; a job that still waits then is expired' }),
  ),
  notBefore: Type.Optional(Type.String({ description: 'ISO 8601' })),
  retry: COMMON_FIELDS.retry,
  reservation: Type.Optional(
    Type.String({ description: 'id of a reservation in whose time the job may run' }),
  ),
};
const ofKind = <T extends Type.TProperties>(kind: string, title: string, own: Type.TObject<T>) =>
  Type.Object(
    {
      kind: Type.Literal(kind),
      device: text,
      ...terms,
      ...own.properties,
    },
    { title, ...closed },
  );
/** Judged by the lab, which knows all kinds; these are always there. */
export const JOB_BODY = Type.Union(
  [
    ofKind('retrieve', 'RetrieveJobBody', RETRIEVE_BODY_SCHEMA),
    ofKind('run', 'RunJobBody', RUN_BODY_SCHEMA),
    ofKind('drive', 'DriveJobBody', DRIVE_BODY_SCHEMA),
    ofKind('calibrate', 'CalibrateJobBody', CALIBRATE_BODY_SCHEMA),
    ofKind('check', 'CheckJobBody', CHECK_BODY_SCHEMA),
    ofKind('twin', 'TwinJobBody', TWIN_BODY_SCHEMA),
    ofKind('dissipation', 'DissipationJobBody', DISSIPATION_BODY_SCHEMA),
    Type.Object(
      { kind: Type.Literal('sweep'), ...terms, ...SWEEP_BODY_SCHEMA.properties },
      { title: 'SweepJobBody', ...closed, description: 'docs/formats/sweep.md' },
    ),
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

const seconds = nullable(Type.Number({ minimum: 0 }));
const QUEUE_ITEM = Type.Object(
  {
    job: text,
    kind: text,
    device: text,
    state: oneOf(JOB_STATES),
    priority: Type.Number(),
    effectivePriority: Type.Number({ description: 'with one for every ten minutes of waiting' }),
    position: nullable(Type.Integer({ description: '0: next on its device' })),
    waitedS: Type.Number(),
    waitsFor: nullable(
      Type.String({ description: 'why it does not go on, where not for its turn' }),
    ),
    startsInS: seconds,
    startsInSpreadS: seconds,
    runS: seconds,
    runSpreadS: seconds,
    points: Type.Optional(SWEEP_COUNTS),
  },
  { title: 'QueueItem', ...open },
);
export const ALARM = Type.Object(
  { name: oneOf(ALARMS), message: text, since: nullable(time) },
  { title: 'Alarm', ...open, description: 'what a person has to see to' },
);
export const QUEUE = Type.Object(
  {
    revision: Type.Integer(),
    alarms: Type.Array(ALARM),
    draining: Type.Boolean({ description: 'the service is being stopped and takes nothing more' }),
    quiescent: Type.Boolean({ description: 'nothing runs, and nothing will by itself' }),
    depth: Type.Integer({ description: 'jobs and points that wait' }),
    held: Type.Integer(),
    active: Type.Integer(),
    items: Type.Array(QUEUE_ITEM),
    devices: Type.Array(
      Type.Object(
        {
          device: text,
          job: nullable(text),
          aside: Type.Array(text, { description: 'jobs whose runs are put aside' }),
          note: nullable(Type.String({ description: 'who has reserved or locked it' })),
          depth: Type.Integer(),
          runS: seconds,
          runSpreadS: seconds,
        },
        open,
      ),
    ),
  },
  { title: 'Queue', ...open },
);

const measured = nullable(
  Type.Object(
    { mean: Type.Number(), sem: nullable(Type.Number()) },
    { title: 'Measured', ...open },
  ),
);
const SWEEP_ROW = Type.Object(
  {
    point: Type.Integer({ minimum: 0 }),
    values: Type.Object({}, { ...open, description: 'by the paths of the axes' }),
    job: nullable(text),
    device: text,
    run: nullable(text),
    state: oneOf(JOB_STATES),
    attempts: Type.Integer(),
    error: nullable(ERROR_DOCUMENT),
    seed: nullable(Type.Integer()),
    shots: nullable(Type.Integer()),
    durationS: nullable(Type.Number()),
    ...Object.fromEntries(SWEEP_QUANTITIES.map((name) => [name, measured])),
  },
  { title: 'SweepRow', ...open },
);
export const SWEEP = Type.Object(
  {
    version: Type.Literal(1),
    kind: Type.Literal('sweep'),
    job: text,
    state: oneOf(JOB_STATES),
    seed: Type.Integer(),
    axes: Type.Array(anything),
    rows: Type.Array(SWEEP_ROW),
    counts: SWEEP_COUNTS,
    warnings: Type.Array(text),
    next: nullable(Type.Integer({ description: '`from` of the rows that follow' })),
  },
  { title: 'Sweep', ...open, description: 'docs/formats/sweep.md' },
);

export const RESERVATION = Type.Object(
  {
    id: text,
    revision: Type.Integer(),
    device: text,
    holder: Type.String({ description: 'whose jobs run in that time' }),
    note: text,
    from: time,
    until: time,
    preempt: nullable(oneOf(['at-shot'])),
    createdAt: time,
    by: nullable(text),
    releasedAt: nullable(time),
    state: oneOf(RESERVATION_STATES),
  },
  { title: 'Reservation', ...open },
);
export const RESERVATION_BODY = Type.Object(
  {
    device: Type.String({ minLength: 1, maxLength: 100 }),
    from: Type.Optional(
      Type.String({ maxLength: 40, description: 'ISO 8601; now where left out' }),
    ),
    until: Type.String({ maxLength: 40, description: 'ISO 8601; at most two weeks after from' }),
    note: Type.String({ minLength: 1, maxLength: 500 }),
    holder: Type.Optional(
      Type.String({ minLength: 1, maxLength: 100, description: 'whoever asks, where left out' }),
    ),
    preempt: Type.Optional(
      Type.Union([Type.Literal('at-shot'), Type.Null()], {
        description: 'at-shot: a run of others that is under way then is put aside at a shot',
      }),
    ),
  },
  { title: 'ReservationBody', ...closed },
);
export const RESERVATION_ACTION_BODY = Type.Object(
  { until: Type.Optional(Type.String({ maxLength: 40, description: 'for extend; ISO 8601' })) },
  { title: 'ReservationActionBody', ...closed },
);

const CALIBRATION_DOCUMENT = Type.Object(CALIBRATION_SCHEMA.properties, {
  title: 'CalibrationDocument',
  ...closed,
  description: 'docs/formats/calibration.md',
});
const calibration = {
  id: HASH,
  device: text,
  serial: text,
  origin: text,
  descriptor: HASH,
  model: text,
  state: oneOf(CALIBRATION_STATES),
  revision: Type.Integer(),
  createdAt: time,
  activatedAt: nullable(time),
  validity: Type.Object(
    {
      from: time,
      until: nullable(time),
      temperatureK: nullable(Type.Array(Type.Number())),
    },
    open,
  ),
  parameters: Type.Integer(),
  identified: Type.Integer({ description: 'how many of them the data identify' }),
  pValue: nullable(Type.Number()),
  worstHeldOut: nullable(Type.Number({ description: 'largest |z| of what was held out' })),
  job: nullable(text),
  expired: Type.Boolean(),
  actions: Type.Array(oneOf(CALIBRATION_ACTIONS), { description: 'legal now' }),
};
export const CALIBRATION_ROW = Type.Object(calibration, { title: 'CalibrationRow', ...open });
export const CALIBRATION = Type.Object(
  { ...calibration, record: CALIBRATION_DOCUMENT },
  { title: 'Calibration', ...open },
);
const why = Type.String({ minLength: 1, maxLength: 500, description: 'for the history' });
export const CALIBRATION_BODY = Type.Object(
  { calibration: CALIBRATION_DOCUMENT, reason: why },
  { title: 'CalibrationBody', ...closed },
);
export const CALIBRATION_ACTION_BODY = Type.Object(
  { reason: why },
  { title: 'CalibrationActionBody', ...closed },
);
export const CALIBRATION_EVENT = Type.Object(
  {
    device: text,
    seq: Type.Integer({ description: 'counts the events of the device, from 1' }),
    calibration: HASH,
    event: text,
    from: nullable(oneOf(CALIBRATION_STATES)),
    to: oneOf(CALIBRATION_STATES),
    at: time,
    by: nullable(text),
    reason: nullable(text),
  },
  { title: 'CalibrationEvent', ...open },
);
const DRIFT_READING = Type.Object(
  {
    version: Type.Literal(1),
    device: text,
    calibration: HASH,
    run: text,
    at: time,
    chart: Type.Object(
      {
        kind: text,
        reference: Type.Number(),
        limit: Type.Number(),
        falseAlarmEvery: Type.Number({ description: 'checks, on average, of all charts together' }),
        shift: Type.Number({ description: 'drift looked for, in standard errors of one check' }),
        delay: Type.Number({ description: 'checks until that is found, on average' }),
        // Readings of earlier versions do not have them.
        effort: Type.Optional(Type.Number({ description: 'of the checks that these are of' })),
        checks: Type.Optional(Type.Integer({ description: 'since these charts began' })),
      },
      open,
    ),
    quantities: Type.Array(
      Type.Object(
        {
          name: text,
          z: nullable(
            Type.Number({
              description: 'standard normal while the calibration holds; null: nothing was seen',
            }),
          ),
          perUnit: Type.Number(),
          upper: Type.Number(),
          lower: Type.Number(),
        },
        open,
      ),
    ),
    alarms: Type.Array(text),
  },
  { title: 'DriftReading', ...open },
);
export const DRIFT = Type.Object(
  {
    device: text,
    calibration: nullable(HASH),
    readings: Type.Array(DRIFT_READING, { description: 'since it is in force, oldest first' }),
    alarms: Type.Array(text, { description: 'of the last one' }),
  },
  { title: 'Drift', ...open, description: 'docs/formats/calibration.md' },
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
  record: Type.String({ description: 'open, whole, repaired, missing or deleted' }),
  bytes: Type.Optional(Type.Integer({ description: 'of the record, once it is closed' })),
  deleted: Type.Optional(
    Type.Object(
      { at: time, rule: text, by: text, rows: Type.Integer(), bytes: Type.Integer(), hash: HASH },
      { title: 'DeletedRecord', ...open, description: 'of a record that a retention rule deleted' },
    ),
  ),
};
export const RUN_ROW = Type.Object(run, { title: 'RunRow', ...open });
export const RUN = Type.Object(
  {
    ...run,
    pins: Type.Array(
      Type.Object(
        { by: text, note: text, at: time },
        { title: 'RunPin', ...open, description: 'keeps the record from every retention rule' },
      ),
    ),
    result: anything,
  },
  { title: 'Run', ...open },
);
export const RUN_ACTION_BODY = Type.Object(
  {
    note: Type.Optional(
      Type.String({ minLength: 1, maxLength: 500, description: 'pin: why the record is to stay' }),
    ),
    by: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description: 'unpin: whose pin, where it is not the caller’s own',
      }),
    ),
  },
  { title: 'RunActionBody', ...closed },
);

export const RUN_DOCUMENT = Type.Object(
  { run: text, kind: text, at: time, document: anything },
  { title: 'RunDocument', ...open, description: 'docs/formats/record.md' },
);

const RUN_SIDE = Type.Object(
  {
    ...{ run: text, job: text, device: text, origin: text, state: text, seed: Type.Integer() },
    shots: Type.Integer(),
    rows: Type.Integer(),
    gaps: Type.Integer(),
  },
  { title: 'RunSide', ...open },
);
export const COMPARISON = Type.Object(
  {
    version: Type.Literal(1),
    kind: Type.Literal('comparison'),
    a: RUN_SIDE,
    b: RUN_SIDE,
    identical: nullable(
      Type.Boolean({ description: 'bit for bit, but for run, job and duration' }),
    ),
    differences: Type.Array(
      Type.Object(
        {
          path: text,
          a: Type.Optional(anything),
          b: Type.Optional(anything),
          note: Type.Optional(text),
        },
        open,
      ),
    ),
    quantities: Type.Array(
      Type.Object(
        {
          name: text,
          a: measured,
          b: measured,
          difference: nullable(Type.Number()),
          deviation: nullable(Type.Number({ description: 'in standard errors of both' })),
        },
        open,
      ),
    ),
    series: nullable(Type.Array(Type.Object({ name: text, readouts: Type.Integer() }, open))),
    samples: nullable(
      Type.Object({ compared: Type.Integer(), identical: nullable(Type.Boolean()) }, open),
    ),
    warnings: Type.Array(text),
  },
  { title: 'Comparison', ...open },
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
  'CalibrationBody',
  'Program',
  'MemorySetDocument',
  'JobBody',
]);

export { closed };

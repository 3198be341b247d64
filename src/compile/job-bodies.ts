import { ENGINES, Type } from '../core/index.js';
import { CRITERIA } from './calibrated/effective-law.js';

const object = <T extends Type.TProperties>(properties: T): Type.TObject<T> =>
  Type.Object(properties, { additionalProperties: false });
const maybe = Type.Optional;
const seed = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** Kernel engine and algorithm of emulators; devices that are no emulators have none and take no notice. */
const how = {
  engine: Type.Optional(Type.Union(ENGINES.map((name) => Type.Literal(name)))),
  algorithm: Type.Optional(Type.String({ minLength: 1 })),
};
/** `active`, the id of a calibration, or a calibration document (docs/formats/calibration.md): what a program is corrected for. */
const corrected = {
  calibration: maybe(
    Type.Union([
      Type.Literal('active'),
      Type.String({ pattern: '^sha256:[0-9a-f]{64}$' }),
      Type.Object({}),
    ]),
  ),
  criterion: maybe(Type.Union(CRITERIA.map((name) => Type.Literal(name)))),
};
const shots = Type.Integer({ minimum: 1, maximum: 100_000_000 });

/**
 * Body of a `retrieve` job, without the fields that all jobs have (kind, device, priority, …). `memories`: the name of a
 * built-in, the id of a stored set, or a memory-set document (docs/formats/memory-set.md).
 */
export const RETRIEVE_BODY_SCHEMA = object({
  memories: Type.Union([Type.String({ minLength: 1 }), Type.Object({})]),
  rule: maybe(Type.String()),
  target: maybe(Type.Union([Type.Integer({ minimum: 0 }), Type.String()])),
  cue: maybe(Type.Array(Type.Number())),
  corrupt: maybe(Type.Number({ minimum: 0, maximum: 1 })),
  temperature: maybe(Type.Number({ minimum: 0 })),
  shots: maybe(shots),
  seed: maybe(seed),
  duration: maybe(Type.Number({ exclusiveMinimum: 0 })),
  ...corrected,
  ...how,
});

/** Body of a `run` job: a program document (docs/formats/program.md), or the hash of a stored one. */
export const RUN_BODY_SCHEMA = object({
  program: Type.Union([Type.String({ pattern: '^sha256:[0-9a-f]{64}$' }), Type.Object({})]),
  seed: maybe(seed),
  shots: maybe(shots),
  ...how,
});

/** Body of a compile request: memories × rule × device. */
export const COMPILE_BODY_SCHEMA = object({
  device: Type.String({ minLength: 1 }),
  memories: Type.Union([Type.String({ minLength: 1 }), Type.Object({})]),
  rule: maybe(Type.String()),
  temperature: maybe(Type.Number({ minimum: 0 })),
  corrupt: maybe(Type.Number({ minimum: 0, maximum: 1 })),
  ...corrected,
});

export type RetrieveBody = Type.Static<typeof RETRIEVE_BODY_SCHEMA>;
export type RunBody = Type.Static<typeof RUN_BODY_SCHEMA>;
export type CompileBody = Type.Static<typeof COMPILE_BODY_SCHEMA>;

import { ENGINES, Type } from '../core/index.js';

const object = <T extends Type.TProperties>(properties: T): Type.TObject<T> =>
  Type.Object(properties, { additionalProperties: false });
const maybe = Type.Optional;
/** A memory, by its number or its label. */
const which = Type.Union([Type.Integer({ minimum: 0 }), Type.String({ minLength: 1 })]);
const pair = Type.Array(Type.Number(), { minItems: 2, maxItems: 2 });
const positive = Type.Number({ exclusiveMinimum: 0 });

/** Points of a protocol that is searched for, and of one that is given. */
export const MOST_SEARCHED_POINTS = 16;
export const MOST_POINTS = 1000;

const optimise = object({
  points: Type.Integer({ minimum: 2, maximum: MOST_SEARCHED_POINTS }),
  duration: positive,
  objective: maybe(Type.Union([Type.Literal('entropy-production'), Type.Literal('work')])),
  range: maybe(pair),
});

/**
 * Body of a `drive` job, without the fields that all jobs have (kind, device, priority, …). `memories`: the name of a
 * built-in, the id of a stored set, or a memory-set document (docs/formats/memory-set.md). Times are in the device's unit,
 * the field in that which a retrieved memory has on a site, the temperature as in a retrieval.
 */
export const DRIVE_BODY_SCHEMA = object({
  memories: Type.Union([Type.String({ minLength: 1 }), Type.Object({})]),
  order: maybe(Type.Integer({ minimum: 2, maximum: 200 })),
  temperature: maybe(Type.Number({ minimum: 0 })),
  from: maybe(
    Type.Union([
      Type.Literal('paramagnet'),
      object({ memory: which }),
      object({ corrupted: which, fraction: Type.Number({ minimum: 0, maximum: 1 }) }),
    ]),
  ),
  cue: object({ memory: which, accuracy: Type.Number({ minimum: -1, maximum: 1 }) }),
  protocol: Type.Union([
    Type.Array(pair, { minItems: 1, maxItems: MOST_POINTS }),
    object({ optimise }),
  ]),
  release: maybe(positive),
  relax: maybe(positive),
  shots: maybe(Type.Integer({ minimum: 1, maximum: 100_000_000 })),
  seed: maybe(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  fidelity: maybe(
    Type.Union(
      (['discrete', 'kinetic', 'semiclassical', 'quantum'] as const).map((name) =>
        Type.Literal(name),
      ),
    ),
  ),
  engine: maybe(Type.Union(ENGINES.map((name) => Type.Literal(name)))),
  algorithm: maybe(Type.String({ minLength: 1 })),
});

export type DriveBody = Type.Static<typeof DRIVE_BODY_SCHEMA>;
export type DriveStart = NonNullable<DriveBody['from']>;

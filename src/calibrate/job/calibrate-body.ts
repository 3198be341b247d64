import { Type } from '../../core/index.js';

const object = <T extends Type.TProperties>(properties: T): Type.TObject<T> =>
  Type.Object(properties, { additionalProperties: false });
const maybe = Type.Optional;
const positive = Type.Number({ exclusiveMinimum: 0 });

/**
 * Body of a `calibrate` job, without the fields that all jobs have. A reference names a parameter (`fieldGain[3]`) or a kind of them
 * (`fieldGain`: every node's), its value in SI and how well that is known; a standard error of 0 holds it there. `profile` names parameters, or
 * kinds of them, whose 95 % interval is found by profile likelihood. `probes` `two-temperatures`: the standard ones of a circuit, and others that hold some of
 * its sites warm and the others cool.
 */
export const CALIBRATE_BODY_SCHEMA = object({
  against: maybe(Type.String({ minLength: 1, maxLength: 100 })),
  probes: maybe(Type.Union([Type.Literal('standard'), Type.Literal('two-temperatures')])),
  sites: maybe(Type.Integer({ minimum: 1, maximum: 128 })),
  effort: maybe(Type.Number({ minimum: 0.1, maximum: 100 })),
  references: maybe(
    Type.Array(
      object({
        parameter: Type.String({ minLength: 1, maxLength: 100 }),
        value: Type.Number(),
        standardError: Type.Number({ minimum: 0 }),
      }),
      { maxItems: 1000 },
    ),
  ),
  profile: maybe(Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { maxItems: 100 })),
  /** Of spins: the law that they are to flip by, as `dynamics.kernel` of a program has it. */
  kernel: maybe(
    Type.Union([
      Type.String({ minLength: 1, maxLength: 100 }),
      Type.Object({ kind: Type.String({ minLength: 1, maxLength: 100 }) }),
    ]),
  ),
  /** Of spins: set temperature of the probes, program energy. */
  temperature: maybe(Type.Number({ minimum: 0 })),
  validForHours: maybe(positive),
  activate: maybe(Type.Boolean()),
  reason: maybe(Type.String({ minLength: 1, maxLength: 500 })),
  seed: maybe(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
});
export type CalibrateBody = Type.Static<typeof CALIBRATE_BODY_SCHEMA>;

/** Sites that are calibrated where a body does not say: of a large device the first ones. */
export const USUAL_SITES = 16;

/** What is taken to be known of a board where a body does not say: its certificates for field currents and heat monitor. */
export const USUAL_REFERENCES: NonNullable<CalibrateBody['references']> = [
  { parameter: 'fieldGain', value: 1, standardError: 0.005 },
  { parameter: 'heatGain', value: 1, standardError: 0.01 },
];

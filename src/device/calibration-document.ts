import { checkDocument, throwViolations, Type } from '../core/index.js';
import { calibrationViolations, type Calibration } from './calibration.js';

const object = <T extends Type.TProperties>(properties: T): Type.TObject<T> =>
  Type.Object(properties, { additionalProperties: false });
const orNull = Type.Optional; // null and left out are the same
const text = Type.String();
const short = Type.String({ minLength: 1, maxLength: 200 });
const time = Type.String({ maxLength: 40 });
const hash = Type.String({ pattern: '^sha256:[0-9a-f]{64}$' });
const count = Type.Integer({ minimum: 0 });
const numbers = Type.Array(Type.Number());
const oneOf = (names: readonly string[]) => Type.Union(names.map((name) => Type.Literal(name)));
const measured = object({ mean: Type.Number(), sem: Type.Number({ minimum: 0 }) });

const heldOut = object({ measured, predicted: measured, z: Type.Number() });

const PARAMETER = object({
  name: short,
  value: Type.Number(),
  standardError: orNull(Type.Number({ minimum: 0 })),
  unit: Type.String({ minLength: 1, maxLength: 20 }),
  identified: Type.Boolean(),
  nominal: orNull(Type.Number()),
  profile: orNull(
    Type.Array(Type.Union([Type.Number(), Type.Null()]), { minItems: 2, maxItems: 2 }),
  ),
});
const numberOrNull = Type.Array(Type.Union([Type.Number(), Type.Null()]));

/** What whoever proposes a calibration says. */
const MEMBERS = {
  version: Type.Literal(1),
  device: short,
  serial: Type.String({ maxLength: 200 }),
  origin: oneOf(['emulator', 'firmware-sim', 'hardware']),
  descriptor: hash,
  model: short,
  dynamics: orNull(Type.Object({}, { additionalProperties: true, maxProperties: 20 })),
  parameters: Type.Array(PARAMETER, { minItems: 1, maxItems: 100_000 }),
  covariance: Type.Array(
    object({
      parameters: Type.Array(short),
      lower: numbers,
      across: Type.Optional(object({ parameters: Type.Array(short), rows: numbers })),
    }),
  ),
  unidentified: Type.Array(
    object({
      combination: Type.Array(object({ name: short, weight: Type.Number() })),
      reason: text,
    }),
  ),
  fit: orNull(
    object({
      method: text,
      samples: count,
      logLikelihood: orNull(Type.Number()),
      chiSquare: orNull(Type.Number({ minimum: 0 })),
      degreesOfFreedom: orNull(Type.Number({ minimum: 0 })),
      pValue: orNull(Type.Number({ minimum: 0, maximum: 1 })),
    }),
  ),
  residuals: Type.Array(
    object({
      title: short,
      probe: orNull(short),
      x: object({ label: short, unit: text, values: numbers }),
      y: object({ label: short, unit: text }),
      measured: numberOrNull,
      standardError: numberOrNull,
      predicted: numberOrNull,
    }),
  ),
  probes: Type.Array(
    object({
      name: short,
      role: oneOf(['fit', 'held-out']),
      program: hash,
      run: orNull(short),
      shots: count,
      deviceTimeS: orNull(Type.Number({ minimum: 0 })),
    }),
  ),
  heldOut: Type.Array(
    object({
      program: hash,
      heat: heldOut,
      supply: orNull(heldOut),
      recall: orNull(object({ name: short, overlap: heldOut, success: heldOut })),
    }),
  ),
  against: orNull(short),
  validity: object({
    from: time,
    until: orNull(time),
    temperatureK: orNull(Type.Array(Type.Number(), { minItems: 2, maxItems: 2 })),
  }),
  job: orNull(short),
  createdAt: time,
  warnings: Type.Array(text),
};

/** A calibration as a JSON document (docs/formats/calibration.md). */
export const CALIBRATION_SCHEMA = object({ id: hash, ...MEMBERS });

/**
 * Reads a calibration: unknown members are refused by name, and all violations come at once.
 *
 * @throws RelaxdError `invalid-input`, `unknown-field`, `unsupported-version`
 */
export function readCalibration(document: unknown): Calibration {
  throwViolations('invalid-input', 'calibration', checkDocument(CALIBRATION_SCHEMA, document));
  const given = document as Calibration;
  const { fit = null, against = null, job = null } = given;
  const calibration: Calibration = {
    ...given,
    fit,
    against,
    job,
    parameters: given.parameters.map((parameter) => ({
      ...parameter,
      standardError: parameter.standardError ?? null,
    })),
    probes: given.probes.map((probe) => ({
      ...probe,
      run: probe.run ?? null,
      deviceTimeS: probe.deviceTimeS ?? null,
    })),
    residuals: given.residuals.map((plot) => ({ ...plot, probe: plot.probe ?? null })),
    validity: {
      ...given.validity,
      until: given.validity.until ?? null,
      temperatureK: given.validity.temperatureK ?? null,
    },
  };
  throwViolations('invalid-input', 'calibration', calibrationViolations(calibration));
  return calibration;
}

import { checkDocument, throwViolations, Type } from '../core/index.js';
import type { Descriptor } from './descriptor.js';
import { CHANNELS, CONTROLS, ORDERS, RULES } from './program-document.js';

const object = <T extends Type.TProperties>(properties: T): Type.TObject<T> =>
  Type.Object(properties, { additionalProperties: false });
const oneOf = (names: readonly string[]) => Type.Union(names.map((name) => Type.Literal(name)));
const range = Type.Array(Type.Number(), { minItems: 2, maxItems: 2 });
const orNull = Type.Optional; // null and left out are the same
const names = Type.Array(Type.String());
const text = Type.String();
const count = Type.Integer({ minimum: 0 });

const sites = object({
  max: Type.Integer({ minimum: 1 }),
  kinds: Type.Array(oneOf(['ising', 'continuous']), { minItems: 1 }),
  hidden: Type.Boolean(),
  range: orNull(range),
  clamping: Type.Boolean(),
});
const couplings = object({
  kinds: Type.Array(oneOf(['dense', 'coo', 'memories', 'positions'])),
  interactions: names,
  maxDegree: count,
  geometries: names,
  range: orNull(range),
  resolution: orNull(Type.Number({ exclusiveMinimum: 0 })),
  asymmetric: Type.Boolean(),
  perSiteSum: orNull(Type.Number({ minimum: 0 })),
});
const fields = object({
  range: orNull(range),
  resolution: orNull(Type.Number({ exclusiveMinimum: 0 })),
});
const drives = object({ max: count, amplitude: orNull(range) });
const controls = object(Object.fromEntries(CONTROLS.map((name) => [name, Type.Optional(range)])));
const dynamics = object({
  rules: object(
    Object.fromEntries(
      RULES.map((name) => [name, Type.Optional(Type.Array(oneOf(ORDERS), { minItems: 1 }))]),
    ),
  ),
  fidelities: names,
  kernels: names,
  integrators: names,
  temperature: object({ range, perSite: Type.Boolean(), default: Type.Number({ minimum: 0 }) }),
  ties: Type.Array(oneOf(['keep', 'plus'])),
  synapses: Type.Boolean(),
  spiking: Type.Boolean(),
  burnIn: Type.Boolean(),
});
const shots = object({ max: Type.Integer({ minimum: 1 }), pauseAtShot: Type.Boolean() });
const duration = object({ max: Type.Number({ exclusiveMinimum: 0 }) });
const readout = object({
  channels: Type.Array(object({ name: oneOf(CHANNELS), unit: text })),
  minEvery: orNull(Type.Number({ exclusiveMinimum: 0 })),
});
const units = object({
  time: object({ name: text, seconds: orNull(Type.Number()) }),
  energy: object({ name: text, joules: orNull(Type.Number()) }),
});

/** What may be different at another fidelity. */
const fidelityDescriptor = object({
  model: Type.Optional(text),
  fidelity: Type.Optional(text),
  sites: Type.Optional(sites),
  couplings: Type.Optional(couplings),
  fields: Type.Optional(fields),
  drives: orNull(drives),
  controls: Type.Optional(controls),
  dynamics: Type.Optional(dynamics),
  initial: Type.Optional(names),
  shots: Type.Optional(shots),
  duration: Type.Optional(duration),
  readout: Type.Optional(readout),
  units: Type.Optional(units),
  features: Type.Optional(names),
});

/** The descriptor as a document (docs/formats/descriptor.md). */
export const DESCRIPTOR_SCHEMA = object({
  version: Type.Literal(1),
  device: Type.String({ minLength: 1 }),
  driver: Type.String({ minLength: 1 }),
  origin: oneOf(['emulator', 'firmware-sim', 'hardware']),
  serial: Type.String({ minLength: 1 }),
  title: text,
  model: text,
  fidelity: text,
  sites,
  topology: Type.Literal('all-to-all'),
  couplings,
  fields,
  wells: orNull(
    object({
      quadratic: range,
      quartic: range,
      default: object({ quadratic: Type.Number(), quartic: Type.Number() }),
    }),
  ),
  drives: orNull(drives),
  controls,
  dynamics,
  initial: names,
  shots,
  duration,
  readout,
  parameters: Type.Array(
    object({
      name: Type.String({ minLength: 1 }),
      unit: text,
      default: Type.Number(),
      range,
      writable: Type.Boolean(),
      meaning: text,
    }),
  ),
  units,
  calibrated: names,
  features: names,
  byFidelity: Type.Optional(Type.Record(Type.String(), fidelityDescriptor)),
});

/**
 * A descriptor that a driver gave, checked.
 *
 * @throws RelaxdError `driver-invalid` with every violation, or the violation's own code where there is one
 */
export function readDescriptor(document: unknown): Descriptor {
  throwViolations('driver-invalid', 'descriptor', checkDocument(DESCRIPTOR_SCHEMA, document));
  return document as Descriptor;
}

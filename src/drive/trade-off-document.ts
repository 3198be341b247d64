import { checkDocument, throwViolations, Type } from '../core/index.js';

const object = <T extends Type.TProperties>(properties: T): Type.TObject<T> =>
  Type.Object(properties, { additionalProperties: false });
const maybe = Type.Optional;
const number = Type.Number();
const positive = Type.Number({ exclusiveMinimum: 0 });
const text = Type.String({ minLength: 1 });
const count = Type.Integer({ minimum: 1 });
const list = <T extends Type.TSchema>(items: T) =>
  Type.Array(items, { minItems: 1, maxItems: 100 });
const estimate = object({ mean: maybe(number), sem: maybe(number), theory: maybe(number) });
const shape = Type.Union([Type.Literal('step'), Type.Literal('ramp'), Type.Literal('triangle')]);

/** What a sweep asks for: every combination of its lists. */
export const TRADE_OFF_SPEC_SCHEMA = object({
  devices: list(text),
  orders: list(Type.Integer({ minimum: 2, maximum: 200 })),
  /** In the unit of the energy that a retrieved memory gives a site, on every device. */
  temperatures: list(positive),
  fields: list(number),
  durations: list(positive),
  memories: list(count),
  sites: count,
  accuracy: Type.Number({ minimum: -1, maximum: 1 }),
  shape,
  relax: maybe(positive),
  shots: count,
  seed: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
});

const ROW_SCHEMA = object({
  device: text,
  order: count,
  memories: count,
  load: number,
  temperature: number,
  field: number,
  duration: number,
  /** Why the device cannot do it; then everything below is null. */
  refused: maybe(text),
  sites: maybe(count),
  fidelity: maybe(text),
  success: maybe(estimate),
  overlap: maybe(estimate),
  work: maybe(estimate),
  heat: maybe(estimate),
  workOverT: maybe(estimate),
  mediumEntropy: maybe(estimate),
  entropyProduction: maybe(estimate),
  transitionTime: maybe(estimate),
  time: maybe(object({ device: number, unit: text, seconds: maybe(number) })),
  workJ: maybe(object({ mean: number, sem: maybe(number) })),
  noTheory: maybe(text),
});

/** A trade-off record as a document (docs/formats/trade-off.md). */
export const TRADE_OFF_SCHEMA = object({
  version: Type.Literal(1),
  kind: Type.Literal('trade-off'),
  spec: TRADE_OFF_SPEC_SCHEMA,
  provenance: object({
    relaxd: text,
    devices: Type.Array(object({ id: text, origin: text, descriptor: text, engine: maybe(text) })),
  }),
  rows: Type.Array(ROW_SCHEMA),
  /** Indices into `rows`, of each device's own Pareto front. */
  front: Type.Array(object({ device: text, rows: Type.Array(Type.Integer({ minimum: 0 })) })),
});

export type TradeOffSpec = Type.Static<typeof TRADE_OFF_SPEC_SCHEMA>;
export type TradeOffRow = Type.Static<typeof ROW_SCHEMA>;
export type TradeOffDocument = Type.Static<typeof TRADE_OFF_SCHEMA>;

/** @throws RelaxdError `invalid-input`, or the only violation's code */
export function readTradeOff(document: unknown): TradeOffDocument {
  throwViolations('invalid-input', 'trade-off', checkDocument(TRADE_OFF_SCHEMA, document));
  return document as TradeOffDocument;
}

/** @throws RelaxdError `invalid-input`, or the only violation's code */
export function readTradeOffSpec(document: unknown): TradeOffSpec {
  throwViolations('invalid-input', 'trade-off', checkDocument(TRADE_OFF_SPEC_SCHEMA, document));
  return document as TradeOffSpec;
}

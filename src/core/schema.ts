import type * as TypeBox from 'typebox';

/**
 * The part of TypeBox that our documents are written in: its types, and the same JSON Schemas, without its 370 modules, which
 * would cost each process and each worker thread 20 MB and a fifth of a second (decision 0038).
 * To be imported whole: `import { Type } from '../core/index.js'`.
 */
export type { Static, TObject, TProperties, TSchema } from 'typebox';

type Schema = Readonly<Record<string, unknown>>;

/** Schemas that a document need not have: what {@link optional} has made. They are JSON, without a mark of their own. */
const LEFT_OUT_AT_WILL = new WeakSet<object>();

function object(properties: Readonly<Record<string, Schema>>, options?: Schema): Schema {
  const required = Object.keys(properties).filter((key) => !LEFT_OUT_AT_WILL.has(properties[key]!));
  return {
    type: 'object',
    ...(required.length === 0 ? {} : { required }),
    properties,
    ...options,
  };
}

function optional(schema: Schema): Schema {
  const copy = { ...schema };
  LEFT_OUT_AT_WILL.add(copy);
  return copy;
}

const array = (items: Schema, options?: Schema): Schema => ({ type: 'array', items, ...options });
/** Members of any name. */
const record = (_key: Schema, value: Schema): Schema => ({
  type: 'object',
  patternProperties: { '^.*$': value },
});
const union = (anyOf: readonly Schema[], options?: Schema): Schema => ({ anyOf, ...options });
const literal = (value: string | number | boolean, options?: Schema): Schema => ({
  type: typeof value,
  const: value,
  ...options,
});
const ofType =
  (type: string) =>
  (options?: Schema): Schema => ({ type, ...options });
const unknown = (options?: Schema): Schema => ({ ...options });
/** A schema whose type is told, not inferred. */
const unsafe = (schema: Schema): Schema => schema;

// To the type checker they are TypeBox's own.
const typedArray = array as unknown as typeof TypeBox.Array;
const typedBoolean = ofType('boolean') as unknown as typeof TypeBox.Boolean;
const typedInteger = ofType('integer') as unknown as typeof TypeBox.Integer;
const typedLiteral = literal as unknown as typeof TypeBox.Literal;
const typedNull = ofType('null') as unknown as typeof TypeBox.Null;
const typedNumber = ofType('number') as unknown as typeof TypeBox.Number;
const typedObject = object as unknown as typeof TypeBox.Object;
const typedOptional = optional as unknown as typeof TypeBox.Optional;
const typedRecord = record as unknown as typeof TypeBox.Record;
const typedString = ofType('string') as unknown as typeof TypeBox.String;
const typedUnion = union as unknown as typeof TypeBox.Union;
const typedUnknown = unknown as unknown as typeof TypeBox.Unknown;
const typedUnsafe = unsafe as unknown as typeof TypeBox.Unsafe;
export {
  typedArray as Array,
  typedBoolean as Boolean,
  typedInteger as Integer,
  typedLiteral as Literal,
  typedNull as Null,
  typedNumber as Number,
  typedObject as Object,
  typedOptional as Optional,
  typedRecord as Record,
  typedString as String,
  typedUnion as Union,
  typedUnknown as Unknown,
  typedUnsafe as Unsafe,
};

import * as TypeBox from 'typebox';
import { describe, expect, it } from 'vitest';
import * as Own from './schema.js';

/** One schema of each kind, and of each thing that may stand in it. */
const everything = (Type: typeof Own): unknown =>
  Type.Object(
    {
      texts: Type.Array(Type.String({ minLength: 1, pattern: '^a' }), { minItems: 1, maxItems: 3 }),
      count: Type.Optional(Type.Integer({ minimum: 0 })),
      rate: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 2 })),
      any: Type.Unknown(),
      anyAtWill: Type.Optional(Type.Unknown({ title: 'whatever' })),
      flag: Type.Boolean({ description: 'yes or no' }),
      choice: Type.Union([Type.Literal('one'), Type.Literal(2), Type.Literal(true)], {
        title: 'C',
      }),
      maybe: Type.Union([Type.Null(), Type.Object({}, { additionalProperties: false })]),
      named: Type.Record(Type.String(), Type.Number()),
      told: Type.Optional(Type.Unsafe<'a' | 'b'>({ type: 'string', enum: ['a', 'b'] })),
      inner: Type.Object({ all: Type.Optional(Type.Number()) }),
    },
    { additionalProperties: false, title: 'Everything' },
  );

describe('schemas of documents', () => {
  it('are those of TypeBox, letter by letter', () => {
    expect(JSON.stringify(everything(Own))).toBe(
      JSON.stringify(everything(TypeBox as unknown as typeof Own)),
    );
  });

  it('may be left out at one place and be needed at another', () => {
    const name = Own.String();
    expect(Own.Object({ name, other: Own.Optional(name) })).toEqual({
      type: 'object',
      required: ['name'],
      properties: { name: { type: 'string' }, other: { type: 'string' } },
    });
  });
});

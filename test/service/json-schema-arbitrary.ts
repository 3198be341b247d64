import fc from 'fast-check';

/** The part of JSON Schema that the OpenAPI document is written in. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
}

/** Values for members of these names, in place of whatever their schema would allow: names that mean something there. */
export type KnownValues = Readonly<Record<string, readonly unknown[]>>;

const DEPTH = 5;

/** Documents that fit a schema, small ones; `resolve` follows a `$ref`. */
export function documentsOf(
  schema: JsonSchema,
  resolve: (ref: string) => JsonSchema,
  known: KnownValues = {},
  depth = DEPTH,
): fc.Arbitrary<unknown> {
  const of = (part: JsonSchema, down = depth): fc.Arbitrary<unknown> =>
    documentsOf(part, resolve, known, down);
  if (schema.$ref !== undefined) return of(resolve(schema.$ref));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((branch) => of(branch)));
  if (Array.isArray(schema.type)) {
    return fc.oneof(...schema.type.map((type) => of({ ...schema, type: type as string })));
  }
  switch (schema.type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer(rangeOf(schema, 1));
    case 'number':
      return numbersOf(schema);
    case 'string':
      return stringsOf(schema);
    case 'array':
      return depth === 0
        ? fc.constant([])
        : fc.array(of(schema.items ?? {}, depth - 1), {
            minLength: schema.minItems ?? 0,
            maxLength: Math.min(schema.maxItems ?? 4, Math.max(schema.minItems ?? 0, 4)),
          });
    case 'object':
      return objectsOf(schema, known, depth, of);
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

function objectsOf(
  schema: JsonSchema,
  known: KnownValues,
  depth: number,
  of: (part: JsonSchema, down?: number) => fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties } = schema;
  const names = Object.keys(properties);
  if (names.length === 0 && typeof additionalProperties === 'object' && depth > 0) {
    return fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), of(additionalProperties, depth - 1), {
      maxKeys: 2,
    });
  }
  const wanted = depth === 0 ? names.filter((name) => required.includes(name)) : names;
  const members = Object.fromEntries(
    wanted.map((name) => {
      const own = of(properties[name]!, Math.max(0, depth - 1));
      const values = known[name];
      return [
        name,
        values === undefined
          ? own
          : fc.oneof(
              { weight: 6, arbitrary: fc.constantFrom(...values) },
              { weight: 1, arbitrary: own },
            ),
      ];
    }),
  );
  const requiredKeys = wanted.filter((name) => required.includes(name));
  const optional = wanted.filter((name) => !required.includes(name));
  // Few of the members that may be left out: a document with all of them is seldom one that is accepted.
  return fc
    .tuple(
      fc.record(members, { requiredKeys }),
      fc.subarray(optional, { maxLength: Math.min(3, optional.length) }),
    )
    .map(([record, kept]) =>
      Object.fromEntries(
        Object.entries(record as object).filter(
          ([name]) => requiredKeys.includes(name) || kept.includes(name),
        ),
      ),
    );
}

function rangeOf(schema: JsonSchema, step: number): { min: number; max: number } {
  const min = schema.minimum ?? (schema.exclusiveMinimum ?? -1000 - step) + step;
  const max = schema.maximum ?? (schema.exclusiveMaximum ?? Math.max(min, 0) + 1000 + step) - step;
  return { min, max: Math.max(min, Math.min(max, Math.max(min, 0) + 1000)) };
}

function numbersOf(schema: JsonSchema): fc.Arbitrary<number> {
  const { min, max } = rangeOf(schema, 1e-3);
  return fc.oneof(
    fc.double({ min, max, noNaN: true }),
    fc.constantFrom(...[min, max, 0, 1, -0].filter((value) => value >= min && value <= max)),
  );
}

function stringsOf({ pattern, minLength = 0, maxLength = 40 }: JsonSchema): fc.Arbitrary<string> {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  const length = { minLength, maxLength: Math.max(minLength, Math.min(maxLength, 40)) };
  return fc.oneof(fc.string(length), fc.string({ ...length, unit: 'binary' }));
}

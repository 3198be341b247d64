type Json = Record<string, unknown>;

/**
 * The OpenAPI document as the framework makes it repeats every schema where it is used. Here each schema with a
 * title becomes a component of that name, so that generated clients have one type for it; and members that may be
 * left out may be null, since both mean the same in every document of relaxd.
 *
 * @returns a new document
 */
export function withComponents(document: Json): Json {
  const schemas: Json = {};
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    const record = value as Json;
    const walked = nullsAllowed(
      Object.fromEntries(Object.entries(record).map(([key, member]) => [key, walk(member)])),
    );
    if (!isTitledSchema(record)) return walked;
    const { title } = record;
    const known = schemas[title];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(walked)) {
      throw new Error(`two schemas have the title ${title}`);
    }
    schemas[title] = walked;
    return { $ref: `#/components/schemas/${title}` };
  };
  const { paths, components, ...rest } = document;
  return {
    ...rest,
    paths: walk(paths),
    components: { ...(components as object | undefined), schemas },
  };
}

function isTitledSchema(record: Json): record is Json & { readonly title: string } {
  return (
    typeof record['title'] === 'string' &&
    (record['type'] === 'object' || Array.isArray(record['anyOf']))
  );
}

/** An object's schema, in which optional members may be null. */
function nullsAllowed(schema: Json): Json {
  const { type, properties, required } = schema;
  if (type !== 'object' || typeof properties !== 'object' || properties === null) return schema;
  const needed = new Set(Array.isArray(required) ? (required as string[]) : []);
  return {
    ...schema,
    properties: Object.fromEntries(
      Object.entries(properties as Record<string, Json>).map(([name, member]) => [
        name,
        needed.has(name) ? member : orNull(member),
      ]),
    ),
  };
}

function orNull(schema: Json): Json {
  const { type, enum: names, const: only, anyOf } = schema;
  if (Array.isArray(anyOf)) {
    const has = anyOf.some((branch: Json) => branch['type'] === 'null');
    return has ? schema : { ...schema, anyOf: [...(anyOf as Json[]), { type: 'null' }] };
  }
  if (typeof type === 'string' && names === undefined && only === undefined) {
    return { ...schema, type: [type, 'null'] };
  }
  return Object.keys(schema).length === 0 ? schema : { anyOf: [schema, { type: 'null' }] };
}

/**
 * The OpenAPI document as the framework makes it repeats every schema where it is used. Here each schema with a
 * title becomes a component of that name, so that generated clients have one type for it.
 *
 * @returns a new document
 */
export function withComponents(document: Record<string, unknown>): Record<string, unknown> {
  const schemas: Record<string, unknown> = {};
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    const record = value as Record<string, unknown>;
    const walked = Object.fromEntries(
      Object.entries(record).map(([key, member]) => [key, walk(member)]),
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

function isTitledSchema(
  record: Record<string, unknown>,
): record is Record<string, unknown> & { readonly title: string } {
  return (
    typeof record['title'] === 'string' &&
    (record['type'] === 'object' || Array.isArray(record['anyOf']))
  );
}

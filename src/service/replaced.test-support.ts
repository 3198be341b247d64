/** A document with another value at a path. */
export function replaced(
  value: unknown,
  [key, ...rest]: readonly (string | number)[],
  by: unknown,
): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value)) {
    return value.map((entry: unknown, k) =>
      String(k) === String(key) ? replaced(entry, rest, by) : entry,
    );
  }
  const record = value as Record<string, unknown>;
  return { ...record, [key]: replaced(record[key], rest, by) };
}

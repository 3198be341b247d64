/** Members that are there: without those that are undefined, so that exact optional members can take them. */
export function given<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** Members of a body that say something: null is as good as left out. */
export function stated<T extends object>(
  body: T | null | undefined,
): { [K in keyof T]?: Exclude<T[K], undefined | null> } {
  const members = Object.entries(body ?? {}).filter(([, value]) => value != null);
  return Object.fromEntries(members) as { [K in keyof T]?: Exclude<T[K], undefined | null> };
}

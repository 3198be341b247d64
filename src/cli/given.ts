/** Those of some options that were given. */
export function given<T extends object, K extends keyof T>(
  options: T,
  names: readonly K[],
): Partial<Pick<T, K>> {
  return Object.fromEntries(
    names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  ) as Partial<Pick<T, K>>;
}

/**
 * Why a quantity is null, out of a result's warnings, which say `<quantities> is null: <reason>`.
 *
 * @param names any of which the warning may use for the quantity
 */
export function reasonFor(names: readonly string[], warnings: readonly string[]): string | null {
  for (const warning of warnings) {
    const at = /\b(?:is|are) null:\s*/.exec(warning);
    if (at === null) continue;
    const subject = warning.slice(0, at.index).toLowerCase();
    if (names.some((name) => subject.includes(name.toLowerCase()))) {
      return warning.slice(at.index + at[0].length);
    }
  }
  return null;
}

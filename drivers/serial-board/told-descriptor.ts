/** Members of a descriptor where what is left out means null (docs/formats/descriptor.md). */
const NULLABLE: readonly (readonly [string, readonly string[]])[] = [
  ['sites', ['range']],
  ['couplings', ['range', 'resolution', 'perSiteSum']],
  ['fields', ['range', 'resolution']],
  ['drives', ['amplitude']],
  ['readout', ['minEvery']],
];

/** A board may leave out what is null. */
export function withNulls(told: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const whole: Record<string, unknown> = {
    wells: null,
    drives: null,
    byFidelity: undefined,
    ...told,
  };
  if (whole['byFidelity'] === undefined) delete whole['byFidelity'];
  for (const [member, names] of NULLABLE) {
    const value = whole[member];
    if (typeof value !== 'object' || value === null) continue;
    whole[member] = { ...Object.fromEntries(names.map((name) => [name, null])), ...value };
  }
  const units = whole['units'] as Record<string, Record<string, unknown> | undefined> | undefined;
  if (units !== undefined) {
    whole['units'] = {
      time: { seconds: null, ...units['time'] },
      energy: { name: 'none', joules: null, ...units['energy'] },
    };
  }
  return whole;
}

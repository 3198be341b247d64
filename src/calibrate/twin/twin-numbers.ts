/** Parameters' values in SI by name, with what each was built to be, where something was. */
export interface CalibratedValues {
  value(name: string): number | undefined;
  /** Of what was built; undefined: nothing was. */
  nominal(name: string): number | undefined;
}

/** A value over what was built, or itself where nothing was; 1 for what nobody knows. */
export function ratioOf(values: CalibratedValues, name: string): number {
  const value = values.value(name);
  if (value === undefined) return 1;
  const nominal = values.nominal(name);
  return nominal === undefined || nominal === 0 ? value : value / nominal;
}

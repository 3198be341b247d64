/** Converters between numbers and the circuit. */

/** Steps on each side of 0 of a signed converter. */
export const stepsOf = (bits: number): number => 2 ** (bits - 1) - 1;

/** The value that a perfect signed converter gives for the code nearest to `value`. */
export function stepNearest(value: number, fullScale: number, bits: number): number {
  const steps = stepsOf(bits);
  return (Math.round((value / fullScale) * steps) * fullScale) / steps;
}

/** Integral nonlinearity of a converter, 0 at both ends and in the middle: two harmonics, the sum of their sizes at most `inlLsb`. */
export interface Nonlinearity {
  readonly first: number;
  readonly second: number;
}

/**
 * Output of a signed DAC of `bits` over ± `fullScale` for the code nearest to `value`, which is in range.
 *
 * @param inl in steps
 */
export function dacOutput(
  value: number,
  fullScale: number,
  bits: number,
  inl: Nonlinearity,
): number {
  const steps = stepsOf(bits);
  const code = Math.round((value / fullScale) * steps);
  const bow =
    inl.first * Math.sin((Math.PI * code) / steps) +
    inl.second * Math.sin((2 * Math.PI * code) / steps);
  return ((code + bow) * fullScale) / steps;
}

/** The code of a signed ADC, held at its limits. */
export function adcCode(volts: number, fullScaleV: number, bits: number): number {
  const steps = stepsOf(bits);
  const code = Math.round((volts / fullScaleV) * steps);
  return code > steps ? steps : code < -steps ? -steps : code;
}

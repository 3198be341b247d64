import type { Estimate } from '../api/documents.js';

const MINUS = '−';
/** Stands where there is no number. */
export const NONE = '–';

const withMinus = (text: string): string => text.replaceAll('-', MINUS);

/** A number with about `digits` significant digits. */
export function shown(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6) {
    const [mantissa, exponent] = value.toExponential(Math.max(0, digits - 2)).split('e');
    return `${withMinus(mantissa!)}·10${superscript(Number(exponent))}`;
  }
  return withMinus(String(Number(value.toPrecision(digits))));
}

/** A mean with as many digits as its standard error justifies: two of the error. */
export function withError(estimate: Estimate | null | undefined): string {
  if (estimate?.mean === null || estimate?.mean === undefined) return NONE;
  const { mean, sem } = estimate;
  // An error this small is rounding: the shots were all alike.
  const alike = sem === null || !(sem > 1e-12 * Math.abs(mean)) || !Number.isFinite(sem);
  if (alike) return shown(mean);
  const digits = Math.min(12, Math.max(0, 1 - Math.floor(Math.log10(sem))));
  if (digits > 6) return `${shown(mean, 6)} ± ${shown(sem, 2)}`;
  return `${withMinus(mean.toFixed(digits))} ± ${sem.toFixed(digits)}`;
}

/** The same, with a power of ten that both share where the mean is very small or very large: (9.90 ± 0.15)·10⁻¹⁰. */
export function withErrorAndPower({ mean, sem }: Estimate): string {
  if (mean === null) return NONE;
  const size = Math.max(Math.abs(mean), sem ?? 0);
  // So far below what is shown there is nothing to read.
  if (sem !== null && sem < 1e-6 * Math.abs(mean)) return shown(mean, 8);
  if (sem === null || (size >= 1e-3 && size < 1e6) || size === 0) return withError({ mean, sem });
  const power = Math.floor(Math.log10(size));
  const scale = 10 ** -power;
  return `(${withError({ mean: mean * scale, sem: sem * scale })})·10${superscript(power)}`;
}

/** A difference with its sign, in standard errors. */
export const apart = (z: number): string => withMinus(z.toFixed(2));

export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return NONE;
  return `${(100 * share).toFixed(share === 0 || share === 1 ? 0 : 1)} %`;
}

/** A span of seconds, as short as can be. */
export function seconds(value: number): string {
  if (value < 0.0995) return `${Math.max(1, Math.round(value * 1000))} ms`;
  if (value < 59.5) return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} s`;
  const minutes = Math.floor(value / 60);
  return `${minutes} min ${Math.round(value - 60 * minutes)} s`;
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';
function superscript(exponent: number): string {
  const digits = String(Math.abs(exponent))
    .split('')
    .map((digit) => SUPERSCRIPTS[Number(digit)]);
  return `${exponent < 0 ? '⁻' : ''}${digits.join('')}`;
}

/**
 * Numbers of docs/acceptance.md, rounded to what is known of them: a standard error to two digits and the value to the
 * same place; without one, three digits of the tolerance.
 */

/** Exponent of ten of the first digit: 2 for 345. */
const magnitude = (x) => Math.floor(Math.log10(Math.abs(x)));

/** Zeros after the last digit of a decimal fraction. */
const stripped = (text) =>
  text.includes('.') ? text.replace(/\.?0+(?=e|$)/, '').replace(/^-0$/, '0') : text;

/** A number to the decimal place 10^place, with exponent where it is long. */
function toPlace(x, place) {
  const decimals = Math.max(0, -place);
  const small = x !== 0 && magnitude(x) < -3 && decimals > 6;
  if (!small && magnitude(x || 1) < 7) return x.toFixed(Math.min(decimals, 20));
  return x.toExponential(Math.min(Math.max(0, magnitude(x) - place), 15));
}

/** Significant digits, without zeros at the end. */
const toDigits = (x, digits) =>
  x !== 0 && magnitude(x) < -3
    ? stripped(x.toExponential(digits - 1))
    : String(Number(x.toPrecision(digits)));

/** Of a sample that scatters by more than rounding. */
const scatters = ({ got, standardError }) => standardError > 1e-12 * Math.abs(got);

/** Decimal place that the numbers of a line are known to, or null where nothing says. */
function lastPlace(line) {
  const { standardError, tolerance } = line;
  if (scatters(line)) return magnitude(standardError) - 1;
  if (tolerance > 0) return magnitude(tolerance) - 2;
  return null;
}

/** @returns the measured value, or a dash where it is no number (JSON writes NaN and Infinity as null) */
export function measured(line) {
  const { got } = line;
  if (typeof got !== 'number') return 'not a number';
  const place = lastPlace(line);
  if (place === null) return toDigits(got, line.tolerance === 0 ? 15 : 4);
  if (scatters(line)) return toPlace(got, place);
  const text = stripped(toPlace(got, place));
  return Number(text) === 0 && got !== 0 ? got.toExponential(1) : text;
}

/** @returns the standard error to two digits; empty for deterministic values */
export const standardError = (line) =>
  scatters(line) ? toPlace(line.standardError, magnitude(line.standardError) - 1) : '';

/** @returns `0.957 ± 0.03`, `≥ 0.98` or `2 exactly` */
export function expectation(line) {
  const { expected, tolerance } = line;
  if (typeof expected === 'string') {
    return expected.replace(/-?\d[\d.]*(?:e[-+]?\d+)?$/, (bound) => toDigits(Number(bound), 4));
  }
  if (typeof expected !== 'number') return '';
  if (tolerance === 0) return `${toDigits(expected, 15)} exactly`;
  if (!(tolerance > 0)) return toDigits(expected, 6);
  const finer = Math.min(lastPlace(line), magnitude(tolerance) - 2);
  return `${stripped(toPlace(expected, finer))} ± ${toDigits(tolerance, 2)}`;
}

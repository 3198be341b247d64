/**
 * Decimal numbers of up to 17 digits, which is all that a float64 is ever written with, from their characters: correctly rounded,
 * as `Number` does it, but without a string for each, which for the couplings of a large program were gigabytes of litter.
 */

const ZERO = 0x30;
const NINE = 0x39;
const MINUS = 0x2d;
const POINT = 0x2e;

/** So many digits of nine and of eight make the number's integer: the first below 2³⁰, so that it times 10⁸ is exact. */
const HIGH_DIGITS = 9;
const LOW_DIGITS = 8;
/** Powers of ten up to here are float64 numbers. */
const MOST_PLACES = 22;
const POWERS = Float64Array.from({ length: MOST_PLACES + 1 }, (_, k) => Number(`1e${k}`));

/** Upper half of a number's digits; the number less that is the lower half (Veltkamp 1968). */
const upper = (x: number): number => {
  const t = 0x8000001 * x;
  return t - (t - x);
};
const POWERS_UPPER = POWERS.map(upper);

/** More than all that {@link quotient}'s correction can be off by, relative to itself (2⁻⁵¹). */
const DOUBT = 2 ** -45;

/**
 * (a + b)/10^places to the nearest float64; NaN where that is too close between two to tell.
 * The quotient of a, and what it leaves, in exact arithmetic (Dekker, Numer. Math. 18, 224 (1971), §5); both ends of the
 * doubt about the correction must round alike.
 * @param b at most half a last digit of a
 */
function quotient(a: number, b: number, places: number): number {
  const power = POWERS[places]!;
  const first = a / power;
  const [firstUpper, powerUpper] = [upper(first), POWERS_UPPER[places]!];
  const [firstLower, powerLower] = [first - firstUpper, power - powerUpper];
  const product = first * power;
  const productError =
    firstLower * powerLower -
    (product - firstUpper * powerUpper - firstLower * powerUpper - firstUpper * powerLower);
  const correction = (a - product - productError + b) / power;
  const doubt = DOUBT * correction;
  const value = first + (correction - doubt);
  return value === first + (correction + doubt) ? value : NaN;
}

/**
 * A number as JSON has it, without an exponent and of up to 17 digits that count; NaN: it is another one, or none.
 * @param characters ASCII, the first `length` of them
 */
export function readDecimal(characters: Uint8Array, length: number): number {
  const first = characters[0] === MINUS ? 1 : 0;
  let high = 0;
  let low = 0;
  /** Digits that count: from the first that is not 0 on. */
  let digits = 0;
  let point = -1;
  for (let k = first; k < length; k++) {
    const c = characters[k]!;
    if (c >= ZERO && c <= NINE) {
      if (digits > 0 || c > ZERO) digits++;
      if (digits <= HIGH_DIGITS) high = 10 * high + (c - ZERO);
      else low = 10 * low + (c - ZERO);
    } else if (c === POINT && point < 0) point = k;
    else return NaN;
  }
  const before = (point < 0 ? length : point) - first;
  const places = point < 0 ? 0 : length - 1 - point;
  const leadingZero = characters[first] === ZERO && before > 1;
  if (before === 0 || leadingZero || point === length - 1) return NaN;
  if (digits > HIGH_DIGITS + LOW_DIGITS || places > MOST_PLACES) return NaN;
  const shifted = high * POWERS[Math.max(0, digits - HIGH_DIGITS)]!;
  const whole = shifted + low;
  const rest = low - (whole - shifted);
  const value =
    places === 0 ? whole : rest === 0 ? whole / POWERS[places]! : quotient(whole, rest, places);
  return first === 1 ? -value : value;
}

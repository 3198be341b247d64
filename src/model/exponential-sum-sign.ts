/**
 * The exact sign of Σ_k c_k e^k for integers c_k: intervals of fixed-point powers of e, with twice the digits each
 * time until zero is outside. It ends because e is transcendental: only c = 0 gives zero.
 * @param counts c_k, k = 0 … length − 1 (a common factor e^shift does not change the sign)
 * @returns −1, 0 or 1
 */
export function exponentialSumSign(counts: Int32Array): -1 | 0 | 1 {
  const first = counts.findIndex((count) => count !== 0);
  if (first < 0) return 0;
  const last = counts.findLastIndex((count) => count !== 0);
  for (let bits = 128n; ; bits *= 2n) {
    const [eLow, eHigh] = eulerNumber(bits);
    let powerLow = 1n << bits;
    let powerHigh = powerLow;
    let low = 0n;
    let high = 0n;
    for (let k = first; k <= last; k++) {
      const count = BigInt(counts[k]!);
      low += count * (count > 0n ? powerLow : powerHigh);
      high += count * (count > 0n ? powerHigh : powerLow);
      powerLow = (powerLow * eLow) >> bits;
      powerHigh = ((powerHigh * eHigh) >> bits) + 1n;
    }
    if (low > 0n) return 1;
    if (high < 0n) return -1;
  }
}

/** Fixed-point numbers with `bits` binary places just below and above e. */
function eulerNumber(bits: bigint): [bigint, bigint] {
  const guard = 16n;
  let term = 1n << (bits + guard);
  let sum = term;
  // Each truncated term is low by less than one unit in the guard digits, of which there are fewer than 2^15.
  for (let k = 1n; term > 0n; k++) {
    term /= k;
    sum += term;
  }
  const low = sum >> guard;
  return [low, low + 1n];
}

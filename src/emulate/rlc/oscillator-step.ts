/** Scaled steps are short enough for this many terms of the series to reach rounding. */
const TERMS = 16;

/**
 * Exact step of one damped mode dx = v dt, dv = (−l x − γ v + f) dt + √(2γT) dW, any l, also negative (inverted) or 0:
 * Taylor series over h/2ᵏ, doubled k times, as in `generalOrnsteinUhlenbeck`. No case distinction between over- and
 * underdamped, and no cancellation for short steps.
 *
 * @param out at `offset`, a row of `OscillatorRows`: propagator xx, xv, vx, vv; response of x and v to f = 1; Cholesky
 *   factor of the noise xx, vx, vv (lower)
 */
export function oscillatorStep(
  l: number,
  gamma: number,
  temperature: number,
  h: number,
  out: Float64Array,
  offset: number,
): void {
  const size = Math.hypot(1, l, gamma) * h;
  const doublings = Math.max(0, Math.ceil(Math.log2(Math.max(size, 1e-300) / 0.25)));
  const short = h / 2 ** doublings;
  const D = 2 * gamma * temperature;
  // Propagator and its integral's column: powers of B = [[0, 1], [−l, −γ]].
  let [xx, xv, vx, vv] = [1, 0, 0, 1];
  let [pxx, pxv, pvx, pvv] = [1, 0, 0, 1];
  let [rx, rv] = [0, short];
  // dΣ/dh = D + BΣ + ΣBᵀ: derivatives C_0 = D, C_{k+1} = B C_k + C_k Bᵀ.
  let [cxx, cxv, cvv] = [0, 0, D];
  let [sxx, sxv, svv] = [0, 0, D * short];
  let factor = short;
  for (let k = 1; k <= TERMS; k++) {
    const share = short / k;
    [pxx, pxv, pvx, pvv] = [
      share * pvx,
      share * pvv,
      share * (-l * pxx - gamma * pvx),
      share * (-l * pxv - gamma * pvv),
    ];
    xx += pxx;
    xv += pxv;
    vx += pvx;
    vv += pvv;
    rx += (pxv * short) / (k + 1);
    rv += (pvv * short) / (k + 1);
    [cxx, cxv, cvv] = [2 * cxv, cvv - l * cxx - gamma * cxv, -2 * l * cxv - 2 * gamma * cvv];
    factor *= short / (k + 1);
    sxx += factor * cxx;
    sxv += factor * cxv;
    svv += factor * cvv;
  }
  for (let k = 0; k < doublings; k++) {
    [rx, rv] = [rx + xx * rx + xv * rv, rv + vx * rx + vv * rv];
    const [axx, axv] = [xx * sxx + xv * sxv, xx * sxv + xv * svv];
    const [avx, avv] = [vx * sxx + vv * sxv, vx * sxv + vv * svv];
    sxx += axx * xx + axv * xv;
    sxv += axx * vx + axv * vv;
    svv += avx * vx + avv * vv;
    [xx, xv, vx, vv] = [xx * xx + xv * vx, xx * xv + xv * vv, vx * xx + vv * vx, vx * xv + vv * vv];
  }
  const lower = Math.sqrt(Math.max(0, sxx));
  const across = lower === 0 ? 0 : sxv / lower;
  out[offset] = xx;
  out[offset + 1] = xv;
  out[offset + 2] = vx;
  out[offset + 3] = vv;
  out[offset + 4] = rx;
  out[offset + 5] = rv;
  out[offset + 6] = lower;
  out[offset + 7] = across;
  out[offset + 8] = Math.sqrt(Math.max(0, svv - across * across));
}

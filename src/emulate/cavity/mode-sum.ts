/**
 * Normalised Hermite functions φ_0 … φ_{count−1} at ξ: ∫φ_n² dξ = 1, by the three-term recursion, stable upwards in
 * the oscillating region.
 */
export function hermiteFunctions(xi: number, count: number): Float64Array {
  const phi = new Float64Array(count);
  phi[0] = Math.PI ** -0.25 * Math.exp(-0.5 * xi * xi);
  if (count > 1) phi[1] = Math.SQRT2 * xi * phi[0];
  for (let n = 1; n + 1 < count; n++) {
    phi[n + 1] = Math.sqrt(2 / (n + 1)) * xi * phi[n]! - Math.sqrt(n / (n + 1)) * phi[n - 1]!;
  }
  return phi;
}

/**
 * Σ_{n ≡ n0 (mod period), n ≤ highest} e^{−an} Σ_{l+m=n} Ξ_lm(r) Ξ_lm(r') over explicit Hermite–Gauss modes, in the
 * unit (2/πw0²)/period of the nonlocal amplitude J0. Lengths in waists. The oracle of the closed forms; slow.
 */
export function hermiteGaussSum(
  r: readonly [number, number],
  q: readonly [number, number],
  options: { period: number; n0: number; damping: number; highest: number },
): number {
  const { period, n0, damping, highest } = options;
  // Ξ_l(x) = (√2/w0)^{1/2} φ_l(√2 x/w0) per axis, so four factors make 2/w0².
  const product = (a: number, b: number): Float64Array => {
    const left = hermiteFunctions(Math.SQRT2 * a, highest + 1);
    const right = hermiteFunctions(Math.SQRT2 * b, highest + 1);
    return left.map((value, n) => value * right[n]!);
  };
  const alongX = product(r[0], q[0]);
  const alongY = product(r[1], q[1]);
  let total = 0;
  for (let n = n0; n <= highest; n += period) {
    let family = 0;
    for (let l = 0; l <= n; l++) family += alongX[l]! * alongY[n - l]!;
    total += Math.exp(-damping * n) * family;
  }
  return (2 * total) / (2 / (Math.PI * period));
}

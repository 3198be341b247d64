/** Fast Fourier transform in place, length a power of two (Cooley & Tukey 1965). */
export function fourier(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j]!, re[i]!];
      [im[i], im[j]] = [im[j]!, im[i]!];
    }
  }
  for (let length = 2; length <= n; length <<= 1) {
    const half = length / 2;
    for (let k = 0; k < half; k++) {
      const angle = (-2 * Math.PI * k) / length;
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      for (let i = k; i < n; i += length) {
        const j = i + half;
        const [a, b] = [re[j]! * c - im[j]! * s, re[j]! * s + im[j]! * c];
        re[j] = re[i]! - a;
        im[j] = im[i]! - b;
        re[i]! += a;
        im[i]! += b;
      }
    }
  }
}

/** Two-sided power density of a series under a Hann window, entry k at frequency k/(n·dt); entries up to n/2. */
export function powerSpectrum(series: Float64Array, dt: number): Float64Array {
  const n = series.length;
  let window = 0;
  const re = series.map((v, k) => {
    const w = 0.5 * (1 - Math.cos((2 * Math.PI * k) / n));
    window += w * w;
    return w * v;
  });
  const im = new Float64Array(n);
  fourier(re, im);
  return Float64Array.from(
    { length: n / 2 + 1 },
    (_, k) => ((re[k]! ** 2 + im[k]! ** 2) * dt) / window,
  );
}

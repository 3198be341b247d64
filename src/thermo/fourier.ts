/**
 * Discrete Fourier transform X_j = Σ_k x_k e^{−2πi jk/n} in place, radix 2 (Cooley & Tukey 1965).
 * @param re, im of equal length, a power of two
 */
export function fourierInPlace(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i >= j) continue;
    const a = re[i]!;
    re[i] = re[j]!;
    re[j] = a;
    const b = im[i]!;
    im[i] = im[j]!;
    im[j] = b;
  }
  const { cosines, sines } = tableOf(n);
  for (let length = 2; length <= n; length <<= 1) {
    const half = length >> 1;
    const stride = n / length;
    for (let start = 0; start < n; start += length) {
      for (let k = 0; k < half; k++) {
        const c = cosines[k * stride]!;
        const s = sines[k * stride]!;
        const p = start + k;
        const q = p + half;
        const x = c * re[q]! + s * im[q]!;
        const y = c * im[q]! - s * re[q]!;
        re[q] = re[p]! - x;
        im[q] = im[p]! - y;
        re[p]! += x;
        im[p]! += y;
      }
    }
  }
}

interface Table {
  readonly cosines: Float64Array;
  readonly sines: Float64Array;
}
let last: (Table & { readonly n: number }) | null = null;

function tableOf(n: number): Table {
  if (last?.n === n) return last;
  const angle = (k: number): number => (2 * Math.PI * k) / n;
  last = {
    n,
    cosines: Float64Array.from({ length: n / 2 }, (_, k) => Math.cos(angle(k))),
    sines: Float64Array.from({ length: n / 2 }, (_, k) => Math.sin(angle(k))),
  };
  return last;
}

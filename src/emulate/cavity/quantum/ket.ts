/** A state of N spins ½: 2^N amplitudes; bit i of an index is set where spin i is up. Not normalised by itself. */
export interface Ket {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

export function makeKet(sites: number): Ket {
  return { re: new Float64Array(2 ** sites), im: new Float64Array(2 ** sites) };
}

/** All spins down: the ground state of ω_z Σ S^z. */
export function setDown({ re, im }: Ket): void {
  re.fill(0);
  im.fill(0);
  re[0] = 1;
}

/** The product of S^x eigenstates with the given signs. */
export function setAlongX({ re, im }: Ket, signs: ArrayLike<number>): void {
  im.fill(0);
  const size = 2 ** (-signs.length / 2);
  for (let s = 0; s < re.length; s++) {
    let amplitude = size;
    for (let i = 0; i < signs.length; i++) {
      if (((s >> i) & 1) === 0 && signs[i]! < 0) amplitude = -amplitude;
    }
    re[s] = amplitude;
  }
}

/** Makes the norm 1. @returns the norm before */
export function normalise({ re, im }: Ket): number {
  let sum = 0;
  for (let s = 0; s < re.length; s++) sum += re[s]! * re[s]! + im[s]! * im[s]!;
  const scale = 1 / Math.sqrt(sum);
  for (let s = 0; s < re.length; s++) {
    re[s] = scale * re[s]!;
    im[s] = scale * im[s]!;
  }
  return 1 / scale;
}

/** ⟨S_i⁻⟩ = Σ ψ*(i down) ψ(i up) of every spin, of a normalised state; ⟨S_i^x⟩ is its real part. */
export function lowering({ re, im }: Ket, outReal: Float64Array, outImaginary: Float64Array): void {
  for (let i = 0; i < outReal.length; i++) {
    const bit = 1 << i;
    let real = 0;
    let imaginary = 0;
    for (let block = 0; block < re.length; block += 2 * bit) {
      for (let down = block; down < block + bit; down++) {
        const up = down + bit;
        real += re[down]! * re[up]! + im[down]! * im[up]!;
        imaginary += re[down]! * im[up]! - im[down]! * re[up]!;
      }
    }
    outReal[i] = real;
    outImaginary[i] = imaginary;
  }
}

/** Σ_i ⟨S_i^z⟩ of a normalised state. */
export function totalSz({ re, im }: Ket, sites: number): number {
  let sum = 0;
  for (let s = 0; s < re.length; s++) {
    sum += (re[s]! * re[s]! + im[s]! * im[s]!) * (bitCount(s) - sites / 2);
  }
  return sum;
}

/** How many bits of a 32-bit word are set. */
export function bitCount(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

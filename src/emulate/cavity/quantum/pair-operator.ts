import type { Ket } from './ket.js';
import type { PairNumbers } from './redfield.js';

/** Σ_ij Γ_ij o_ij of spins ½, applied to a state without being built: 2^N multiplications a pair. */
export class PairOperator {
  /** Of every basis state. */
  readonly diagonalReal: Float64Array;
  readonly diagonalImaginary: Float64Array;

  /** @param gamma N×N row-major, symmetric */
  constructor(
    private readonly gamma: Float64Array,
    private readonly sites: number,
    private readonly numbers: PairNumbers,
  ) {
    const size = 2 ** sites;
    this.diagonalReal = new Float64Array(size);
    this.diagonalImaginary = new Float64Array(size);
    const { up, down } = numbers;
    for (let s = 0; s < size; s++) {
      for (let i = 0; i < sites; i++) {
        const [real, imaginary] = (s >> i) & 1 ? up : down;
        this.diagonalReal[s]! += gamma[i * sites + i]! * real;
        this.diagonalImaginary[s]! += gamma[i * sites + i]! * imaginary;
      }
    }
  }

  /** out += factor · O |in⟩ */
  add(from: Ket, factor: number, out: Ket): void {
    const { gamma, sites, numbers, diagonalReal, diagonalImaginary } = this;
    const { re, im } = from;
    const a = out.re;
    const b = out.im;
    for (let s = 0; s < re.length; s++) {
      const x = factor * diagonalReal[s]!;
      const y = factor * diagonalImaginary[s]!;
      a[s] = a[s]! + x * re[s]! - y * im[s]!;
      b[s] = b[s]! + x * im[s]! + y * re[s]!;
    }
    for (let j = 1; j < sites; j++) {
      for (let i = 0; i < j; i++) {
        const strength = factor * gamma[i * sites + j]!;
        if (strength === 0) continue;
        const rr = strength * numbers.raiseBoth[0];
        const ri = strength * numbers.raiseBoth[1];
        const lr = strength * numbers.lowerBoth[0];
        const li = strength * numbers.lowerBoth[1];
        const xr = strength * numbers.exchange[0];
        const xi = strength * numbers.exchange[1];
        const low = 1 << i;
        const high = 1 << j;
        for (let outer = 0; outer < re.length; outer += 2 * high) {
          for (let inner = outer; inner < outer + high; inner += 2 * low) {
            for (let none = inner; none < inner + low; none++) {
              const first = none + low;
              const second = none + high;
              const both = second + low;
              a[both] = a[both]! + rr * re[none]! - ri * im[none]!;
              b[both] = b[both]! + rr * im[none]! + ri * re[none]!;
              a[none] = a[none]! + lr * re[both]! - li * im[both]!;
              b[none] = b[none]! + lr * im[both]! + li * re[both]!;
              a[first] = a[first]! + xr * re[second]! - xi * im[second]!;
              b[first] = b[first]! + xr * im[second]! + xi * re[second]!;
              a[second] = a[second]! + xr * re[first]! - xi * im[first]!;
              b[second] = b[second]! + xr * im[first]! + xi * re[first]!;
            }
          }
        }
      }
    }
  }
}

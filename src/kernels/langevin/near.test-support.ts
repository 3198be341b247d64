import { expect } from 'vitest';

/** Expects numbers to be those wanted, within a tolerance of 1 + |wanted|. */
export function near(got: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  expect(got.length).toBe(wanted.length);
  for (let k = 0; k < wanted.length; k++) {
    const off = Math.abs(got[k]! - wanted[k]!);
    if (!(off <= tolerance * (1 + Math.abs(wanted[k]!)))) {
      expect({ k, got: got[k] }).toEqual({ k, got: wanted[k] });
    }
  }
}

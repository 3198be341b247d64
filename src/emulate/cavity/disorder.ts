import type { RandomStream } from '../../core/index.js';

/** Sherrington–Kirkpatrick couplings: J_ij ~ N(0, 1/N) for i < j in row order, symmetric, zero diagonal. */
export function sherringtonKirkpatrick(sites: number, stream: RandomStream): Float64Array {
  const couplings = new Float64Array(sites * sites);
  const width = 1 / Math.sqrt(sites);
  for (let i = 0; i < sites; i++) {
    for (let j = i + 1; j < sites; j++) {
      const value = width * stream.normal();
      couplings[i * sites + j] = value;
      couplings[j * sites + i] = value;
    }
  }
  return couplings;
}

/** Positions r_i ~ N(0, spread²) per axis, a flat list x, y. */
export function gaussianPositions(
  sites: number,
  spread: number,
  stream: RandomStream,
): Float64Array {
  return Float64Array.from({ length: 2 * sites }, () => spread * stream.normal());
}

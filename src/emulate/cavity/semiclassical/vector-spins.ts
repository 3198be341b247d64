import type { RandomStream } from '../../../core/index.js';
import type { ResolvedProgram } from '../../../device/index.js';
import { drawInitialSpins } from '../initial-spins.js';

/** N classical spins as unit vectors: S_i = S (x_i, y_i, z_i). */
export interface VectorSpins {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
}

export function makeSpins(sites: number): VectorSpins {
  return {
    x: new Float64Array(sites),
    y: new Float64Array(sites),
    z: new Float64Array(sites),
  };
}

/**
 * Draws the start of a shot from the Wigner function of a coherent spin state: both components across its direction are
 * N(0, S/2)/S (physics page §4.3a), then the vector is made of unit length. `random` starts in the normal phase, all
 * spins at −z; `pattern` and `corrupted` at ±x.
 *
 * @param signs N values for the ±1 start; overwritten
 */
export function drawVectorSpins(
  program: ResolvedProgram,
  shot: number,
  spinSize: number,
  stream: RandomStream,
  spins: VectorSpins,
  signs: Int8Array,
): void {
  const { x, y, z } = spins;
  const width = Math.sqrt(0.5 / spinSize);
  const normal = program.initial.kind === 'random';
  if (!normal) drawInitialSpins(program, shot, signs);
  for (let i = 0; i < x.length; i++) {
    const a = width * stream.normal();
    const b = width * stream.normal();
    const scale = 1 / Math.sqrt(1 + a * a + b * b);
    x[i] = scale * (normal ? a : signs[i]!);
    y[i] = scale * b;
    z[i] = scale * (normal ? -1 : a);
  }
}

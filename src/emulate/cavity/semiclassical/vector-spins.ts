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
  drawNormalPhase(spinSize, stream, spins);
  if (program.initial.kind === 'random') return;
  drawInitialSpins(program, shot, signs);
  const { x, z } = spins;
  for (let i = 0; i < x.length; i++) {
    // the same noise about another axis
    const across = x[i]!;
    x[i] = -signs[i]! * z[i]!;
    z[i] = across;
  }
}

/** All spins at −z with the quantum noise of their size. */
export function drawNormalPhase(
  spinSize: number,
  stream: RandomStream,
  { x, y, z }: VectorSpins,
): void {
  const width = Math.sqrt(0.5 / spinSize);
  for (let i = 0; i < x.length; i++) {
    const a = width * stream.normal();
    const b = width * stream.normal();
    const scale = 1 / Math.sqrt(1 + a * a + b * b);
    x[i] = scale * a;
    y[i] = scale * b;
    z[i] = -scale;
  }
}

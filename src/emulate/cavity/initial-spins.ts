import { RandomStream } from '../../core/index.js';
import type { ResolvedProgram } from '../../device/index.js';

/**
 * Draws the ±1 starting state of a shot (pattern, corrupted or random) and puts the inputs of clamped sites into it.
 * @param out N sites
 */
export function drawInitialSpins(program: ResolvedProgram, shot: number, out: Int8Array): void {
  const start = program.initial;
  if (start.kind === 'pattern') out.set(start.values);
  else if (start.kind === 'corrupted') {
    out.set(start.values);
    const flips = RandomStream.of(program.seed, 'initial', shot).sample(out.length, start.flips);
    for (const i of flips) out[i] = -out[i]!;
  } else {
    const stream = RandomStream.of(program.seed, 'initial', shot);
    for (let i = 0; i < out.length; i++) out[i] = stream.sign();
  }
  const row = program.inputs.length === 1 ? program.inputs[0] : program.inputs[shot];
  if (row !== undefined) program.clamped.forEach((site, k) => (out[site] = row[k]!));
}

import type { Engine } from '../engine.js';
import { GROUP } from '../matrix/panels.js';

/** Numbers of a row in {@link OscillatorRows.coefficients}. */
export const OSCILLATOR_ROW = 9;

/** Exact steps of damped oscillators, one a row. */
export interface OscillatorRows {
  readonly rows: number;
  /** Propagator xx, xv, vx, vv; response of x and v to a force of 1; Cholesky factor of the noise xx, vx, vv: rows × 9. */
  readonly coefficients: Float64Array;
  /** What a force that all replicas have adds to x and v: rows × 2. */
  readonly push: Float64Array;
}

/**
 * One exact step of linear oscillators by themselves, many replicas side by side:
 * x' = xx·x + xv·v + nxx·p + push, v' = vx·x + vv·v + nvx·p + nvv·q + push, each with its response to factor·own.
 *
 * @param state positions, then velocities: 2 × groups × rows × 16; moved in place
 * @param noise standard normal numbers p, then q, laid out the same
 * @param own forces that replicas have of their own, groups × rows × 16; null: none
 */
export function oscillatorRows(
  engine: Engine,
  state: Float64Array,
  noise: Float64Array,
  { rows, coefficients, push }: OscillatorRows,
  own: Float64Array | null,
  factor: number,
  groups: number,
): void {
  if (engine.raw !== null) {
    engine.raw.oscillatorRows64(
      state.byteOffset,
      noise.byteOffset,
      coefficients.byteOffset,
      push.byteOffset,
      own?.byteOffset ?? 0,
      factor,
      rows,
      groups,
    );
    return;
  }
  const velocities = groups * rows * GROUP;
  for (let row = 0; row < rows * groups; row++) {
    const i = row % rows;
    const at = i * OSCILLATOR_ROW;
    const [xx, xv, vx, vv] = [0, 1, 2, 3].map((k) => coefficients[at + k]!);
    const [rx, rv, nxx, nvx, nvv] = [4, 5, 6, 7, 8].map((k) => coefficients[at + k]!);
    for (let k = row * GROUP; k < (row + 1) * GROUP; k++) {
      const [x, v] = [state[k]!, state[velocities + k]!];
      const [p, q] = [noise[k]!, noise[velocities + k]!];
      const force = own === null ? 0 : factor * own[k]!;
      state[k] = xx! * x + xv! * v + nxx! * p + push[2 * i]! + rx! * force;
      state[velocities + k] =
        vx! * x + vv! * v + nvx! * p + nvv! * q + push[2 * i + 1]! + rv! * force;
    }
  }
}

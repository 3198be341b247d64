import type { ResolvedProgram } from '../../device/index.js';
import { STRETCH } from '../../kernels/index.js';
import { Protocol } from './protocol.js';

/** A protocol as rows of STRETCH, between knots: before t = 0 (burn-in), and from t = 0 on. */
export interface ProtocolStretches {
  readonly still: Float64Array;
  readonly live: Float64Array;
}

/**
 * The stretches of time in which a program's protocol is linear.
 * @param temperature of all sites where there is no control of it; NaN where sites have their own
 */
export function protocolStretches(
  program: ResolvedProgram,
  temperature: number,
  array: (length: number) => Float64Array,
): ProtocolStretches {
  const before = new Protocol(program, temperature);
  const now = new Protocol(program, temperature);
  const width = STRETCH.amplitudes + 2 * now.amplitudes.length;
  const put = (rows: Float64Array, row: number, start: number, end: number): void => {
    const base = row * width;
    rows[base + STRETCH.start] = start;
    rows[base + STRETCH.end] = end;
    rows[base + STRETCH.temperature] = now.temperature;
    rows[base + STRETCH.coupling] = now.coupling;
    now.amplitudes.forEach((amplitude, d) => {
      rows[base + STRETCH.amplitudes + 2 * d] = amplitude;
    });
  };
  const still = array(width);
  put(still, 0, 0, Infinity);

  const times = [0, ...now.knots, program.duration];
  const live = array(width * times.length);
  times.forEach((start, row) => {
    const end = times[row + 1] ?? Infinity;
    now.advance(start);
    put(live, row, start, end);
    if (end === Infinity) return;
    // A jump comes at the end of a stretch: the slope is that of the half before.
    const half = (start + end) / 2;
    before.advance(half);
    const base = row * width;
    const slope = (column: number, value: number): void => {
      const first = live[base + column]!;
      live[base + column + 1] = value === first ? 0 : (value - first) / (half - start);
    };
    slope(STRETCH.temperature, before.temperature);
    slope(STRETCH.coupling, before.coupling);
    before.amplitudes.forEach((amplitude, d) => slope(STRETCH.amplitudes + 2 * d, amplitude));
  });
  return { still, live };
}

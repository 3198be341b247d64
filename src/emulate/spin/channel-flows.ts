import type { TransitionRates } from './transition-rates.js';

/**
 * What moves along a channel in a unit of time, of a column ⟨X; state⟩ that lies in `y` from `column` on. One column a
 * pass: columns lie at powers of two from each other, which caches do not like at once.
 */
export function addFlow(
  y: Float64Array,
  out: Float64Array,
  { space, up, down }: TransitionRates,
  channel: number,
  column: number,
): void {
  const { period, from, width, leap } = space.channels[channel]!;
  const { states } = space;
  const base = channel * states;
  for (let block = from; block < states; block += period) {
    for (let low = block; low < block + width; low++) {
      const at = column + low;
      const flow = up[base + low]! * y[at]! - down[base + low]! * y[at + leap]!;
      out[at] = out[at]! - flow;
      out[at + leap] = out[at + leap]! + flow;
    }
  }
}

/** Heat in a unit of time that a column carries along a channel. */
export function heatOf(
  y: Float64Array,
  { space, up, down, heat }: TransitionRates,
  channel: number,
  column: number,
): number {
  const { period, from, width, leap } = space.channels[channel]!;
  const { states } = space;
  const base = channel * states;
  let sum = 0;
  for (let block = from; block < states; block += period) {
    for (let low = block; low < block + width; low++) {
      const at = column + low;
      const flow = up[base + low]! * y[at]! - down[base + low]! * y[at + leap]!;
      sum += heat[base + low]! * flow;
    }
  }
  return sum;
}

/**
 * What moves of a column, times powers of the heat ε that a move gives: factors[j]·ε^{j+1} of it go to the columns from
 * targets[j] on, where the move ends.
 * @returns Σ over moves of ε^{n+1} · (what moves), n the number of targets
 */
export function addHeatFlows(
  y: Float64Array,
  out: Float64Array,
  { space, up, down, heat }: TransitionRates,
  channel: number,
  column: number,
  targets: Int32Array,
  factors: Float64Array,
): number {
  const { period, from, width, leap } = space.channels[channel]!;
  const { states } = space;
  const base = channel * states;
  let sum = 0;
  for (let block = from; block < states; block += period) {
    for (let low = block; low < block + width; low++) {
      const high = low + leap;
      const q = heat[base + low]!;
      let rise = q * up[base + low]! * y[column + low]!;
      let fall = -q * down[base + low]! * y[column + high]!;
      for (let j = 0; j < targets.length; j++) {
        const target = targets[j]!;
        const factor = factors[j]!;
        out[target + high] = out[target + high]! + factor * rise;
        out[target + low] = out[target + low]! + factor * fall;
        rise *= q;
        fall *= -q;
      }
      sum += rise + fall;
    }
  }
  return sum;
}

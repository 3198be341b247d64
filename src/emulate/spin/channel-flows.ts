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

/** Σ over moves of heat^power · (what the move carries of a column); a move down has the heat of the move up, negated. */
export function heatOf(
  y: Float64Array,
  { space, up, down, heat }: TransitionRates,
  channel: number,
  column: number,
  power = 1,
): number {
  const { period, from, width, leap } = space.channels[channel]!;
  const { states } = space;
  const base = channel * states;
  const sign = power % 2 === 0 ? 1 : -1;
  let sum = 0;
  for (let block = from; block < states; block += period) {
    for (let low = block; low < block + width; low++) {
      const at = column + low;
      const q = heat[base + low]!;
      let gain = q;
      for (let j = 1; j < power; j++) gain *= q;
      sum += gain * (up[base + low]! * y[at]! + sign * down[base + low]! * y[at + leap]!);
    }
  }
  return sum;
}

/** Adds factor · heat^power · (what a move carries of the column `source`) to the column `target`, where the move ends. */
export function addHeatFlow(
  y: Float64Array,
  out: Float64Array,
  { space, up, down, heat }: TransitionRates,
  channel: number,
  source: number,
  target: number,
  factor: number,
  power: number,
): void {
  const { period, from, width, leap } = space.channels[channel]!;
  const { states } = space;
  const base = channel * states;
  const sign = power % 2 === 0 ? 1 : -1;
  for (let block = from; block < states; block += period) {
    for (let low = block; low < block + width; low++) {
      const q = heat[base + low]!;
      let gain = factor * q;
      for (let j = 1; j < power; j++) gain *= q;
      const high = low + leap;
      out[target + high] = out[target + high]! + gain * up[base + low]! * y[source + low]!;
      out[target + low] = out[target + low]! + sign * gain * down[base + low]! * y[source + high]!;
    }
  }
}

/** The times of a solution and the field at them. */
export interface TimeGrid {
  /** t_0 = 0 … t_K = duration. */
  readonly t: Float64Array;
  /** [k] h just before t_k, where the step before ends; 0 at t_0. */
  readonly before: Float64Array;
  /** [k] h just after t_k. */
  readonly after: Float64Array;
  /** Indices of the times that are samples. */
  readonly samples: Int32Array;
}

/** Times closer than this, relative to the duration, are one. */
const SAME = 1e-9;

/**
 * Equal steps of at most `dt` between times at which something is to happen: a point of the field, a sample.
 * @param field [t, h], piecewise linear, two points at one t a jump, 0 before the first and constant after the last
 */
export function gridOf(
  field: readonly (readonly [number, number])[],
  duration: number,
  dt: number,
  every: number,
): TimeGrid {
  const marks: { readonly t: number; readonly sample: boolean }[] = [];
  const count = Math.floor(duration / every + SAME);
  for (let k = 0; k <= count; k++) marks.push({ t: Math.min(k * every, duration), sample: true });
  marks.push({ t: duration, sample: true });
  for (const [t] of field) if (t < duration) marks.push({ t, sample: false });
  marks.sort((a, b) => a.t - b.t);
  const times: number[] = [0];
  const samples: number[] = [0];
  for (const { t, sample } of marks) {
    const from = times.at(-1)!;
    if (t - from > SAME * duration) {
      const steps = Math.max(1, Math.ceil((t - from) / dt - SAME));
      for (let k = 1; k < steps; k++) times.push(from + ((t - from) * k) / steps);
      times.push(t);
    }
    if (sample && samples.at(-1) !== times.length - 1) samples.push(times.length - 1);
  }
  const near = SAME * duration;
  return {
    t: Float64Array.from(times),
    before: Float64Array.from(times, (t, k) => (k === 0 ? 0 : fieldAt(field, t, near, false))),
    after: Float64Array.from(times, (t) => fieldAt(field, t, near, true)),
    samples: Int32Array.from(samples),
  };
}

/** The same grid with every step halved. */
export function halved(grid: TimeGrid): TimeGrid {
  const { t, before, after, samples } = grid;
  const between = (from: Float64Array, to: Float64Array): Float64Array =>
    Float64Array.from({ length: 2 * t.length - 1 }, (_, k) =>
      k % 2 === 0 ? to[k / 2]! : (from[(k - 1) / 2]! + to[(k + 1) / 2]!) / 2,
    );
  const middle = between(after, before);
  return {
    t: between(t, t),
    before: middle,
    after: middle.map((h, k) => (k % 2 === 0 ? after[k / 2]! : h)),
    samples: samples.map((k) => 2 * k),
  };
}

/** h at a time, before or after a jump there; points within `near` of the time are at it. */
function fieldAt(
  field: readonly (readonly [number, number])[],
  t: number,
  near: number,
  after: boolean,
): number {
  const at = field.filter(([time]) => Math.abs(time - t) <= near);
  const next = field.find(([time]) => time > t + near);
  const last = field.findLast(([time]) => time < t - near);
  if (at.length > 0) {
    if (after) return at.at(-1)![1];
    return last === undefined ? 0 : at[0]![1];
  }
  if (last === undefined) return 0;
  if (next === undefined) return last[1];
  return last[1] + ((next[1] - last[1]) * (t - last[0])) / (next[0] - last[0]);
}

import { RelaxdError } from '../core/index.js';

/** [t, h]: time in the device's unit, field in that which a retrieved memory has on a site. */
export type ProtocolPoint = readonly [number, number];

/** A drive as it runs: piecewise linear from h = 0 at t = 0 back to h = 0 at the release. */
export interface Protocol {
  /** Every point, a jump as two points at one t; the first is [0, 0], the last has h = 0. */
  readonly points: readonly ProtocolPoint[];
  /** After it the field is 0. */
  readonly release: number;
}

/** h at once, kept until `duration`. */
export const step = (h: number, duration: number): ProtocolPoint[] => [
  [0, h],
  [duration, h],
];
/** From 0 to h. */
export const ramp = (h: number, duration: number): ProtocolPoint[] => [
  [0, 0],
  [duration, h],
];
/** From 0 to h and back. */
export const triangle = (h: number, duration: number): ProtocolPoint[] => [
  [0, 0],
  [duration / 2, h],
  [duration, 0],
];

/**
 * A protocol from the points of a job's body: no field before the first point, none after the release, which cuts off what
 * is later and prolongs the last value where it is later itself. Left out, it is the last point's time.
 *
 * @throws RelaxdError `invalid-input`: times that are negative or run backwards, a release at 0
 */
export function readProtocol(
  given: readonly (readonly number[])[],
  release: number | null,
): Protocol {
  const points = given.map(([t, h]): ProtocolPoint => [t!, h!]);
  points.forEach(([t, h], k) => {
    const before = k === 0 ? 0 : points[k - 1]![0];
    if (!Number.isFinite(h)) {
      throw invalid(`protocol[${k}][1]`, String(h), 'a finite number', `the field is ${h}`);
    }
    if (t >= before && Number.isFinite(t)) return;
    throw invalid(
      `protocol[${k}][0]`,
      Number.isFinite(t) ? t : String(t),
      `≥ ${before}`,
      k === 0 ? 'the first time is negative' : 'times must not run backwards',
    );
  });
  const [lastTime, lastField] = points.at(-1)!;
  const end = release ?? lastTime;
  if (!(end > 0)) {
    throw invalid('release', end, '> 0', 'the protocol ends at t = 0: say when it is released');
  }
  const all: ProtocolPoint[] = [[0, 0]];
  const [firstTime] = points[0]!;
  if (firstTime > 0 && firstTime <= end) all.push([firstTime, 0]);
  for (const point of points) if (point[0] <= end) all.push(point);
  const next = points.findIndex(([t]) => t > end);
  if (next > 0) {
    const [t0, h0] = points[next - 1]!;
    const [t1, h1] = points[next]!;
    all.push([end, h0 + ((h1 - h0) * (end - t0)) / (t1 - t0)]);
  } else if (next < 0) all.push([end, lastField]);
  all.push([end, 0]);
  return { points: withoutIdle(all), release: end };
}

/** Of several points at one time the first and the last, and of those one where they are the same. */
function withoutIdle(points: readonly ProtocolPoint[]): ProtocolPoint[] {
  return points.filter(([t, h], k) => {
    const before = points[k - 1];
    const after = points[k + 1];
    if (before !== undefined && before[0] === t && after !== undefined && after[0] === t)
      return false;
    return !(before !== undefined && before[0] === t && firstAt(points, k)[1] === h);
  });
}

/** The first point at the time of point k. */
function firstAt(points: readonly ProtocolPoint[], k: number): ProtocolPoint {
  let first = k;
  while (first > 0 && points[first - 1]![0] === points[k]![0]) first--;
  return points[first]!;
}

/** The largest |h| of a protocol. */
export function strongest({ points }: Protocol): number {
  return points.reduce((most, [, h]) => Math.max(most, Math.abs(h)), 0);
}

/** The curve of a program's drive, in its own field. */
export function driveCurve({ points }: Protocol, fieldUnit: number): Float64Array {
  return Float64Array.from(points.flatMap(([t, h]) => [t, h * fieldUnit]));
}

const invalid = (path: string, value: unknown, limit: string, why: string): RelaxdError =>
  new RelaxdError('invalid-input', `${path} is ${String(value)}: ${why}`, {
    path,
    value,
    limit,
    hint: 'a protocol is a list of [time, field], times from 0 on',
  });

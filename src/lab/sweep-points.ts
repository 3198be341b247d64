import { RandomStream, Type } from '../core/index.js';
import { readPath, valueAt, withValueAt } from './document-path.js';

/** Most points of one sweep. */
export const MOST_POINTS = 10_000;
const MOST_AXES = 8;

const object = <T extends Type.TProperties>(properties: T): Type.TObject<T> =>
  Type.Object(properties, { additionalProperties: false });
const path = Type.String({
  minLength: 1,
  maxLength: 200,
  description:
    'a member of the body: program.dynamics.temperature, program.drives[0].amplitude, device',
});
const values = Type.Array(Type.Unknown(), { minItems: 1, maxItems: MOST_POINTS });
/** A path and its values, or several of them that move together; which of the two is looked at with the rest. */
const axis = object({
  path: Type.Optional(path),
  values: Type.Optional(values),
  zip: Type.Optional(
    Type.Array(object({ path, values }), {
      minItems: 2,
      maxItems: MOST_AXES,
      description: 'axes that move together, instead of path and values',
    }),
  ),
});

/** Body of a `sweep` job, without the fields that all jobs have (priority, deadline, …); docs/formats/sweep.md. */
export const SWEEP_BODY_SCHEMA = object({
  base: Type.Object(
    { kind: Type.String({ minLength: 1 }) },
    { additionalProperties: true, description: 'the body of a job of another kind' },
  ),
  axes: Type.Array(axis, { minItems: 1, maxItems: MOST_AXES }),
  seed: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  onFailure: Type.Optional(
    Type.Union([Type.Literal('continue'), Type.Literal('stop')], {
      description: 'of a point; continue where left out',
    }),
  ),
});
export type SweepBody = Type.Static<typeof SWEEP_BODY_SCHEMA>;
export type OnFailure = NonNullable<SweepBody['onFailure']>;

/** One member of the body and the values that it takes. */
export interface SweepAxis {
  readonly path: string;
  readonly values: readonly unknown[];
}
/** Axes that move together; mostly one. All have as many values. */
export type SweepDimension = readonly SweepAxis[];

/** What a sweep is made of. */
export interface SweepPlan {
  readonly base: Readonly<Record<string, unknown>>;
  readonly dimensions: readonly SweepDimension[];
  readonly points: number;
  /** Seeds of points come from it. */
  readonly seed: number;
}

export const dimensionsOf = (body: Pick<SweepBody, 'axes'>): SweepDimension[] =>
  body.axes.map(({ zip, path = '', values = [] }) => zip ?? [{ path, values }]);

/** The product of the axes' lengths; those that move together count once. */
export const pointsOf = (dimensions: readonly SweepDimension[]): number =>
  dimensions.reduce((product, [first]) => product * (first?.values.length ?? 0), 1);

export function planOf(body: SweepBody, seed: number): SweepPlan {
  const dimensions = dimensionsOf(body);
  return { base: body.base, dimensions, points: pointsOf(dimensions), seed };
}

/** What a point has on each axis. Points are counted with the last axis fastest. */
export function valuesAt(
  dimensions: readonly SweepDimension[],
  point: number,
): { readonly path: string; readonly value: unknown }[] {
  const values: { path: string; value: unknown }[][] = [];
  let rest = point;
  for (const dimension of [...dimensions].reverse()) {
    const length = dimension[0]!.values.length;
    const at = rest % length;
    rest = Math.floor(rest / length);
    values.unshift(dimension.map(({ path, values: own }) => ({ path, value: own[at] })));
  }
  return values.flat();
}

/** The body of a point's job, in the form of its kind, without what it has from the sweep (priority, deadline, …). */
export function bodyAt(plan: SweepPlan, point: number): Record<string, unknown> {
  let body: unknown = plan.base;
  for (const { path, value } of valuesAt(plan.dimensions, point)) {
    body = withValueAt(body, readPath(path)!, value);
  }
  const made = body as Record<string, unknown>;
  return givesSeed(made) ? made : { ...made, seed: pointSeed(plan.seed, point) };
}

/** A body that has a seed of its own keeps it: all points then share it, unless an axis says otherwise. */
const givesSeed = (body: Readonly<Record<string, unknown>>): boolean =>
  ['seed', 'program.seed'].some((path) => (valueAt(body, readPath(path)!) ?? null) !== null);

/** The seed of a point: 48 bits of the stream `point` of that number. */
export function pointSeed(seed: number, point: number): number {
  const stream = RandomStream.of(seed, 'point', point);
  return stream.uint32() * 0x10000 + (stream.uint32() >>> 16);
}

import type { TSchema } from 'typebox';
import { checkDocument, shownValue, type Violation } from '../core/index.js';
import { readPath, withValueAt, type DocumentPath } from './document-path.js';
import { schemaAt } from './schema-at.js';
import {
  dimensionsOf,
  MOST_POINTS,
  pointsOf,
  type SweepAxis,
  type SweepBody,
} from './sweep-points.js';

/** What belongs to the sweep as a whole, and so is given beside the base and not in it. */
const OF_THE_SWEEP = ['priority', 'deadline', 'notBefore', 'retry', 'reservation'];
/** What no axis may change. */
const NO_AXIS = ['kind', ...OF_THE_SWEEP];

/**
 * Everything that is wrong with a sweep's base and axes, as far as schemas can say: paths that lead nowhere, values that do not fit
 * where they are put, too many points.
 *
 * @param schema of a whole body of the base's kind
 */
export function sweepViolations(body: SweepBody, schema: TSchema): Violation[] {
  const found: Violation[] = [];
  const say = (path: string, message: string, more: Partial<Violation> = {}): void =>
    void found.push({ code: 'invalid-input', path, message, ...more });

  const base: Readonly<Record<string, unknown>> = body.base;
  for (const name of OF_THE_SWEEP) {
    if ((base[name] ?? null) === null) continue;
    say(`base.${name}`, `is given beside base, for the sweep as a whole`, {
      value: shownValue(base[name]),
      limit: 'left out',
    });
  }
  body.axes.forEach(({ zip, path, values }, k) => {
    const whole = zip === undefined ? path !== undefined && values !== undefined : true;
    if (whole && (zip === undefined || (path ?? values) === undefined)) return;
    say(`axes[${k}]`, 'has path and values, or zip', { limit: ['path and values', 'zip'] });
  });
  if (found.some(({ path }) => path.startsWith('axes['))) return found;
  const dimensions = dimensionsOf(body);
  const points = pointsOf(dimensions);
  if (points > MOST_POINTS) {
    say('axes', `make ${points} points, more than ${MOST_POINTS}`, {
      value: points,
      limit: MOST_POINTS,
    });
  }
  const known = new Set<string>();
  let first: unknown = body.base;
  for (const [k, dimension] of dimensions.entries()) {
    const [lead] = dimension;
    for (const [j, axis] of dimension.entries()) {
      const place = dimension.length === 1 ? `axes[${k}]` : `axes[${k}].zip[${j}]`;
      if (axis.values.length !== lead!.values.length) {
        say(
          `${place}.values`,
          `has ${axis.values.length} values, the first of its zip has ${lead!.values.length}`,
          {
            code: 'wrong-size',
            value: axis.values.length,
            limit: lead!.values.length,
          },
        );
      }
      const path = readPath(axis.path);
      if (path === null) {
        say(`${place}.path`, `'${axis.path}' is no path`, {
          value: shownValue(axis.path),
          limit: 'names with dots between and numbers in brackets: program.drives[0].amplitude',
        });
        continue;
      }
      if (known.has(axis.path)) say(`${place}.path`, `'${axis.path}' has another axis already`);
      known.add(axis.path);
      found.push(...axisViolations(axis, path, place, schema));
      const next = withValueAt(first, path, axis.values[0]);
      if (next !== undefined) first = next;
      else if (found.length === 0) {
        say(`${place}.path`, `the base has no '${axis.path}'`, { value: axis.path });
      }
    }
  }
  // Where the axes fit, what is left is the base.
  if (found.length === 0) {
    for (const violation of checkDocument(schema, first, 'base')) found.push(violation);
  }
  return found.slice(0, 100);
}

function axisViolations(
  axis: SweepAxis,
  path: DocumentPath,
  place: string,
  schema: TSchema,
): Violation[] {
  const name = String(path[0]);
  if (NO_AXIS.includes(name)) {
    return [
      {
        code: 'invalid-input',
        path: `${place}.path`,
        message: `${name} is the same for all points of a sweep`,
        value: axis.path,
      },
    ];
  }
  const at = schemaAt(schema, path);
  if (at === 'open') return [];
  if (!('schema' in at)) {
    const there = path.slice(0, at.depth).join('.') || 'the body';
    return [
      {
        code: 'unknown-field',
        path: `${place}.path`,
        message: `'${axis.path}' leads nowhere: ${there} has no ${String(path[at.depth])}; known there: ${at.known.join(', ') || 'nothing'}`,
        value: axis.path,
        limit: at.known,
      },
    ];
  }
  return axis.values.flatMap((value, k) =>
    // As everywhere, null is as good as left out.
    value === null ? [] : checkDocument(at.schema, value, `${place}.values[${k}]`),
  );
}

import { asRelaxdError, shownValue, type Violation } from '../core/index.js';
import { programDocument, type Program } from '../device/index.js';
import type { JobKind, PreparedRun } from './job-kind.js';
import { deviceAt, devicesOf } from './sweep-document.js';
import { bodyAt, type SweepPlan } from './sweep-points.js';

/** Programs are read for each value of each axis only while all of them together have so many characters. */
const MOST_READ_CHARACTERS = 32e6;
const MOST_READ_VALUES = 500;

/** A sweep whose base names a stored program and whose axes lead into it: the program itself is what varies. */
export async function inlined(
  body: unknown,
  stored: (hash: string) => Promise<Program | null>,
): Promise<unknown> {
  const { kind, base } = (body ?? {}) as { kind?: unknown; base?: Record<string, unknown> };
  const hash = base?.['program'];
  if (kind !== 'sweep' || typeof hash !== 'string') return body;
  const program = await stored(hash);
  if (program === null) return body; // its kind says so
  return { ...(body as object), base: { ...base, program: programDocument(program) } };
}

/** The first point of each device. */
export function firstPoints(plan: SweepPlan): number[] {
  const firsts = new Map<string, number>();
  const wanted = devicesOf(plan).length;
  for (let point = 0; point < plan.points && firsts.size < wanted; point++) {
    const device = deviceAt(plan, point);
    if (!firsts.has(device)) firsts.set(device, point);
  }
  return [...firsts.values()];
}

/**
 * What devices say of each value of each axis, the others at their first one: of kinds that compile nothing, and as far as that is
 * not much to read. What is not found here the point itself says when its turn comes.
 */
export async function preparedViolations(
  kind: JobKind,
  plan: SweepPlan,
  prepare: (body: Record<string, unknown>) => Promise<PreparedRun | null>,
): Promise<Violation[]> {
  if (kind.cheap !== true) return [];
  const values = plan.dimensions.reduce((sum, [first]) => sum + first!.values.length, 0);
  if (values > MOST_READ_VALUES) return [];
  if (values * JSON.stringify(plan.base).length > MOST_READ_CHARACTERS) return [];
  const found: Violation[] = [];
  let stride = plan.points;
  for (const [k, dimension] of plan.dimensions.entries()) {
    const { length } = dimension[0]!.values;
    stride /= length;
    for (let j = 1; j < length && found.length < 100; j++) {
      const point = j * stride;
      try {
        await prepare(bodyAt(plan, point));
      } catch (error) {
        const { code, message, details } = asRelaxdError(error);
        for (const violation of details.violations ?? [
          { code, path: '', message, value: details.value, limit: details.limit },
        ]) {
          const where = violation.path === '' ? '' : `${violation.path}: `;
          found.push({
            ...violation,
            path:
              dimension.length === 1 ? `axes[${k}].values[${j}]` : `axes[${k}].zip[0].values[${j}]`,
            message: `${where}${violation.message}`,
            value: shownValue(dimension[0]!.values[j]),
          });
        }
      }
    }
  }
  return found;
}

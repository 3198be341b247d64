import { RelaxdError } from '../core/index.js';
import type { ThermoContext } from './ledger.js';

/** A piecewise-linear course in time, as lists [t, value]. */
export type CoursePoints = readonly (readonly [number, number])[];

/**
 * What a record says of its run's thermodynamics, so that the record alone is enough to judge them (docs/formats/record.md,
 * `relaxd.thermodynamics`).
 */
export interface RunStatement {
  readonly version: 1;
  /** Of one shot, in the device's unit of time. */
  readonly duration: number;
  /** Kind of the program's start: `pattern`, `corrupted`, `random`, `zero`, `equilibrium`. */
  readonly start: string;
  readonly units: {
    readonly time: { readonly name: string; readonly seconds: number | null };
    readonly energy: { readonly name: string; readonly joules: number | null };
  };
  /** Amplitude of each drive. */
  readonly drives: readonly CoursePoints[];
  readonly controls: Readonly<Record<string, CoursePoints>>;
  /** Why the baths' temperatures are only what was asked for, not what the device has; null: they are the device's own. */
  readonly nominalTemperature: string | null;
  /** Hash of what does not change in time (couplings, fields, wells, patterns of drives, rule); null: not taken. */
  readonly system: string | null;
  readonly context: ThermoContext;
}

/** A program's members that a statement is made of. */
export interface StatedProgram {
  readonly duration: number;
  readonly initial: { readonly kind: string };
  readonly drives: readonly { readonly amplitude: ArrayLike<number> }[];
  readonly controls: Readonly<Partial<Record<string, ArrayLike<number>>>>;
}

/** Longer courses are left out: a record's schema is no place for them. */
const MOST_POINTS = 4096;

export function runStatement(
  program: StatedProgram,
  units: RunStatement['units'],
  system: string | null,
  context: ThermoContext,
  nominalTemperature: string | null = null,
): RunStatement {
  return {
    version: 1,
    duration: program.duration,
    start: program.initial.kind,
    units,
    drives: program.drives.map(({ amplitude }) => pointsOf(amplitude)),
    controls: Object.fromEntries(
      Object.entries(program.controls).flatMap(([name, course]) =>
        course === undefined ? [] : [[name, pointsOf(course)]],
      ),
    ),
    nominalTemperature,
    system,
    context,
  };
}

function pointsOf(course: ArrayLike<number>): CoursePoints {
  const points = Math.min(MOST_POINTS, course.length / 2);
  return Array.from({ length: points }, (_, k) => [course[2 * k]!, course[2 * k + 1]!] as const);
}

/**
 * A statement out of a record's text.
 * @throws RelaxdError `record-damaged` where it is none, `unsupported-version`
 */
export function readRunStatement(text: string): RunStatement {
  let found: Partial<RunStatement> | null;
  try {
    found = JSON.parse(text) as Partial<RunStatement> | null;
  } catch {
    found = null;
  }
  const context = found?.context as Partial<ThermoContext> | undefined;
  if (
    found === null ||
    typeof found.duration !== 'number' ||
    typeof found.start !== 'string' ||
    !Array.isArray(found.drives) ||
    context === undefined ||
    !Array.isArray(context.baths) ||
    typeof context.sites !== 'number'
  ) {
    throw new RelaxdError('record-damaged', 'what the record says of its thermodynamics is torn', {
      path: 'relaxd.thermodynamics',
      hint: 'docs/formats/record.md says what it looks like',
    });
  }
  if (found.version !== 1) {
    throw new RelaxdError(
      'unsupported-version',
      `a statement of version ${String(found.version)}`,
      {
        path: 'relaxd.thermodynamics',
        value: found.version,
        limit: 1,
      },
    );
  }
  return found as RunStatement;
}

/** Why one run's protocol is not the reverse of another's; null where it is, as far as the statements say. */
export function whyNotReverse(forward: RunStatement, reverse: RunStatement): string | null {
  const T = forward.duration;
  const near = (a: number, b: number): boolean =>
    Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
  if (!near(T, reverse.duration)) {
    return `they last ${T} and ${reverse.duration}`;
  }
  if (forward.system !== null && reverse.system !== null && forward.system !== reverse.system) {
    return 'couplings, fields, wells, patterns of drives or rule differ';
  }
  if (forward.drives.length !== reverse.drives.length) return 'they have different drives';
  const names = [...new Set([...Object.keys(forward.controls), ...Object.keys(reverse.controls)])];
  const courses: [string, CoursePoints | undefined, CoursePoints | undefined][] = [
    ...forward.drives.map((drive, d): [string, CoursePoints, CoursePoints] => [
      `drive ${d}`,
      drive,
      reverse.drives[d]!,
    ]),
    ...names.map((name): [string, CoursePoints | undefined, CoursePoints | undefined] => [
      `control '${name}'`,
      forward.controls[name],
      reverse.controls[name],
    ]),
  ];
  for (const [name, there, back] of courses) {
    if (there === undefined || back === undefined) return `only one of them has ${name}`;
    // Between knots and jumps courses are linear: they are alike where they are on both sides of every knot.
    const knots = [...there.map(([t]) => t), ...back.map(([t]) => T - t), 0, T];
    for (const t of knots.filter((knot) => knot >= 0 && knot <= T)) {
      for (const side of [-1, 1] as const) {
        const ahead = valueBeside(there, t, side);
        const behind = valueBeside(back, T - t, side === 1 ? -1 : 1);
        if (!near(ahead, behind)) return `${name} is ${ahead} at t = ${t}, its reverse ${behind}`;
      }
    }
  }
  return null;
}

/** Value of a course just before (−1) or after (+1) a time; jumps at t = 0 happen after 0⁻, those at the end before the end. */
export function valueBeside(course: CoursePoints, t: number, side: -1 | 1): number {
  if (course.length === 0) return 0;
  let before: readonly [number, number] | null = null;
  let after: readonly [number, number] | null = null;
  for (const point of course) {
    const isBefore = side === 1 ? point[0] <= t : point[0] < t;
    if (isBefore) before = point;
    else {
      after = point;
      break;
    }
  }
  if (before === null) return course[0]![1];
  if (after === null) return before[1];
  const [t0, v0] = before;
  const [t1, v1] = after;
  return v0 + ((v1 - v0) * (t - t0)) / (t1 - t0);
}

/** Whether drives and controls take the same values backwards as forwards. */
export function isOwnReverse(statement: RunStatement): boolean {
  return whyNotReverse(statement, statement) === null;
}

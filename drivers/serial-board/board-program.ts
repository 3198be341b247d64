import {
  curveValue,
  type Curve as ProgramCurve,
  type Descriptor,
  type ResolvedProgram,
} from '../../src/device/index.js';
import {
  codesOf,
  CONTROL_CURVES,
  encodeImage,
  valuesOfCodes,
  type Codes,
  type ControlCurve,
  type Curve,
} from '../../src/link/index.js';

/** A program as the board will hold it: its image, and the values that the image says. */
export interface BoardProgram {
  readonly program: ResolvedProgram;
  readonly image: Uint8Array;
  /** [n × n] symmetric, zero diagonal */
  readonly couplings: Float64Array;
  /** [n] */
  readonly fields: Float64Array;
  readonly drives: readonly { readonly pattern: Float64Array; readonly amplitude: ProgramCurve }[];
  /** What was rounded, in words. */
  readonly warnings: readonly string[];
}

const LARGEST_CODE = 32_767;

/**
 * Couplings and fields become codes: on the board's own steps where its descriptor gives them, so that what is sent is what is set;
 * else in 16 bits of the largest value.
 */
export function boardProgram(program: ResolvedProgram, descriptor: Descriptor): BoardProgram {
  const { sites: n, initial, dynamics, controls, wells } = program;
  const warnings: string[] = [];
  const told = (what: string, values: Float64Array, resolution: number | null) => {
    const rounded = rounding(values, resolution);
    if (rounded.warning !== null) warnings.push(`${what} ${rounded.warning}`);
    return rounded;
  };
  const upper = upperTriangle(program);
  const couplings = told('couplings', upper, descriptor.couplings.resolution ?? null);
  const fields = told('fields', program.fields, descriptor.fields.resolution ?? null);
  const drives = program.drives.map(({ pattern, amplitude }, d) => {
    const rounded = told(`the pattern of drive ${d}`, pattern, null);
    return { ...rounded, amplitude };
  });
  const start =
    'values' in initial ? told('the initial state', Float64Array.from(initial.values), null) : null;
  const { temperature } = dynamics;
  const image = encodeImage({
    n,
    couplings: couplings.codes,
    fields: fields.codes,
    ...(wells === null
      ? {}
      : { quadratic: compact(wells.quadratic), quartic: compact(wells.quartic) }),
    drives: drives.map(({ codes, amplitude }) => ({ pattern: codes, curve: curveOf(amplitude) })),
    controls: Object.fromEntries(
      CONTROL_CURVES.flatMap((name: ControlCurve) => {
        const curve = controls[name];
        return curve === undefined ? [] : [[name, curveOf(curve)]];
      }),
    ),
    ...(start === null ? {} : { initial: start.codes }),
    ...(temperature instanceof Float64Array
      ? { nodeTemperature: Float32Array.from(temperature) }
      : {}),
  });
  return {
    program,
    image,
    couplings: square(couplings.values, n),
    fields: fields.values,
    drives: drives.map(({ values, amplitude }) => ({ pattern: values, amplitude })),
    warnings,
  };
}

/** J_ij for i < j, row by row. */
function upperTriangle({ couplings, sites: n }: ResolvedProgram): Float64Array {
  const upper = new Float64Array((n * (n - 1)) / 2);
  const at = (i: number, j: number): number => i * n - (i * (i + 1)) / 2 + j - i - 1;
  if (couplings.kind === 'coo') {
    const { entries } = couplings;
    for (let k = 0; k < entries.length; k += 3) {
      const [i, j] = [entries[k]!, entries[k + 1]!];
      upper[at(Math.min(i, j), Math.max(i, j))] = entries[k + 2]!;
    }
  } else if (couplings.kind === 'dense') {
    for (let i = 0; i < n; i++) {
      for (let j = i + 1; j < n; j++) upper[at(i, j)] = couplings.data[i * n + j]!;
    }
  }
  return upper;
}

function square(upper: Float64Array, n: number): Float64Array {
  const all = new Float64Array(n * n);
  let k = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) all[i * n + j] = all[j * n + i] = upper[k++]!;
  }
  return all;
}

function rounding(
  given: Float64Array,
  resolution: number | null,
): { codes: Codes; values: Float64Array; warning: string | null } {
  const onSteps = resolution === null ? null : stepsOf(given, resolution);
  const codes = onSteps ?? codesOf(given);
  const values =
    onSteps === null
      ? valuesOfCodes(codes)
      : Float64Array.from(codes.codes, (c) => resolution! * c);
  let worst = 0;
  let largest = 0;
  given.forEach((value, k) => {
    worst = Math.max(worst, Math.abs(value - values[k]!));
    largest = Math.max(largest, Math.abs(value));
  });
  // What a float32 scale changes is not worth a word.
  if (worst <= 1e-7 * largest) return { codes, values, warning: null };
  const step = onSteps === null ? codes.scale : resolution!;
  return {
    codes,
    values,
    warning: `rounded to multiples of ${step.toPrecision(4)}, by up to ${worst.toPrecision(2)}`,
  };
}

/** Null where a value is beyond 16 bits of steps. */
function stepsOf(values: Float64Array, resolution: number): Codes | null {
  const codes = new Int16Array(values.length);
  for (let k = 0; k < values.length; k++) {
    const code = Math.round(values[k]! / resolution);
    if (Math.abs(code) > LARGEST_CODE) return null;
    codes[k] = code;
  }
  return { codes, scale: Math.fround(resolution) };
}

const compact = (values: Float64Array): Float32Array =>
  values.every((value) => value === values[0])
    ? Float32Array.of(values[0] ?? 0)
    : Float32Array.from(values);

function curveOf(points: ProgramCurve): Curve {
  return {
    t: Float32Array.from({ length: points.length / 2 }, (_, k) => points[2 * k]!),
    value: Float32Array.from({ length: points.length / 2 }, (_, k) => points[2 * k + 1]!),
  };
}

/**
 * Energy of states as the board holds the program: docs/link-protocol.md, section Program images. What the board is made of beside
 * its program (mismatch, offsets) is not in it.
 */
export class BoardEnergy {
  constructor(private readonly held: BoardProgram) {}

  /**
   * @param x [n]
   * @param t null: at t = 0⁻, before anything was driven
   */
  of(x: ArrayLike<number>, t: number | null): number {
    const { couplings, fields, drives, program } = this.held;
    const { sites: n, wells, controls } = program;
    const at = (curve: ProgramCurve): number => (t === null ? curve[1]! : curveValue(curve, t));
    const control = (name: 'coupling' | 'quadratic' | 'quartic'): number => {
      const curve = controls[name];
      return curve === undefined ? 1 : at(curve);
    };
    const strength = control('coupling');
    const q = control('quadratic');
    const r = control('quartic');
    let energy = 0;
    for (let i = 0; i < n; i++) {
      const xi = x[i]!;
      let sum = 0;
      for (let j = i + 1; j < n; j++) sum += couplings[i * n + j]! * x[j]!;
      energy -= xi * (strength * sum + fields[i]!);
      if (wells !== null) {
        energy += q * wells.quadratic[i]! * xi ** 2 + r * wells.quartic[i]! * xi ** 4;
      }
    }
    for (const { pattern, amplitude } of drives) {
      const A = at(amplitude);
      for (let i = 0; i < n; i++) energy -= A * pattern[i]! * x[i]!;
    }
    return energy;
  }
}

/**
 * A linear device with Gaussian noise and what it depends on, at one point of its parameters:
 *
 *     dx = (−A x + B u(t)) dt + dN,   ⟨dN dNᵀ⟩ = D dt,        y = H x + b + white noise of variance R (each output its own)
 *
 * with m states, k outputs, q known inputs and p parameters. Matrices are row-major; derivatives are lists of them, one a
 * parameter.
 */
export interface LinearSystem {
  readonly states: number;
  readonly outputs: number;
  readonly inputs: number;
  readonly parameters: number;
  /** m × m, m × m (symmetric), m × q */
  readonly A: Float64Array;
  readonly D: Float64Array;
  readonly B: Float64Array;
  /** k × m, k, k */
  readonly H: Float64Array;
  readonly b: Float64Array;
  readonly R: Float64Array;
  readonly dA: readonly Float64Array[];
  readonly dD: readonly Float64Array[];
  readonly dB: readonly Float64Array[];
  readonly dH: readonly Float64Array[];
  readonly db: readonly Float64Array[];
  readonly dR: readonly Float64Array[];
}

/** A system of zeros, to be filled. */
export function emptySystem(
  states: number,
  outputs: number,
  inputs: number,
  parameters: number,
): LinearSystem {
  const list = (length: number): Float64Array[] =>
    Array.from({ length: parameters }, () => new Float64Array(length));
  const sizes = {
    A: states * states,
    D: states * states,
    B: states * inputs,
    H: outputs * states,
    b: outputs,
    R: outputs,
  };
  return {
    states,
    outputs,
    inputs,
    parameters,
    A: new Float64Array(sizes.A),
    D: new Float64Array(sizes.D),
    B: new Float64Array(sizes.B),
    H: new Float64Array(sizes.H),
    b: new Float64Array(sizes.b),
    R: new Float64Array(sizes.R),
    dA: list(sizes.A),
    dD: list(sizes.D),
    dB: list(sizes.B),
    dH: list(sizes.H),
    db: list(sizes.b),
    dR: list(sizes.R),
  };
}

/** Inputs at equally spaced samples, linear between them; a jump is between the value before a sample and the one after it. */
export interface InputCourse {
  /** Time between two samples. */
  readonly interval: number;
  /** Samples. */
  readonly length: number;
  /** length × q: just before each sample, and just after it. */
  readonly before: Float64Array;
  readonly after: Float64Array;
}

/** Inputs that never change. */
export function constantInputs(
  values: readonly number[],
  interval: number,
  length: number,
): InputCourse {
  const q = values.length;
  const before = Float64Array.from({ length: length * q }, (_, k) => values[k % q]!);
  return { interval, length, before, after: before };
}

/** State at the first sample: known, the same for each shot; or the stationary one of the inputs before that sample. */
export type StartOfShots =
  { readonly kind: 'known'; readonly mean: Float64Array } | { readonly kind: 'stationary' };

/** Shots of one program: what was seen of a linear device at equal intervals. */
export interface SampledShots {
  readonly course: InputCourse;
  readonly start: StartOfShots;
  /** Each length × k; a sample with NaN in it was lost. */
  readonly shots: readonly Float64Array[];
}

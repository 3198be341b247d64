import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { RelaxdError } from '../../core/index.js';
import type { Descriptor } from '../../device/index.js';
import {
  covarianceError,
  meanError,
  slowestRate,
  usefulInterval,
  type Readouts,
} from './averaging-error.js';
import { fitMatrix, frictionOf, type FittedMatrix } from './fit-matrix.js';

/** What every plan starts from. */
export interface LinearProblem {
  /** A: d×d, row-major, symmetric positive definite. */
  readonly matrix: ArrayLike<number>;
  readonly descriptor: Descriptor;
  /** Of the device, in its unit; its own where left out. */
  readonly temperature?: number;
  readonly seed?: number;
}

/** A linear problem as a program, and what to expect of it. */
export interface LinearPlan {
  readonly kind: 'solve' | 'inverse' | 'sampling';
  /** The document that `relaxd run` takes. */
  readonly program: Readonly<Record<string, unknown>>;
  readonly fitted: FittedMatrix;
  /** a: the device's positions are a·x. */
  readonly amplitude: number;
  /** Of the device. */
  readonly temperature: number;
  /**
   * Root mean square error that the noise leaves after averaging, over the size of the answer (Euclidean, Frobenius norm).
   * Of `sampling`: of the samples' covariance.
   */
  readonly predictedError: number;
  /** Error of the exact answer for the held matrix, whose couplings were rounded, over the size of the answer. */
  readonly roundingError: number;
  /** Decay rate of the slowest mode on the device, 1/t₀. */
  readonly slowestRate: number;
  /** The answer for the matrix as it was asked for, by Cholesky: A⁻¹b, or A⁻¹ row by row. */
  readonly exact: Float64Array;
}

/** Readouts of one run at most. */
const MOST_READOUTS = 1e8;
/** What is left of the start after the burn-in, beside the error asked for. */
const FORGOTTEN = 0.01;
/** Root mean square position of a solution at least, in the device's unit, where nothing else is said. */
const AMPLITUDE = 1;

/**
 * Solves A x = b by the time average of x: V = ½ xᵀAx − b·x, ⟨x⟩ = A⁻¹b. The duration is the shortest multiple of the
 * readouts' interval that leaves the error asked for, by {@link meanError} (overdamped, mobility 1: 2T tr(A⁻²)/t).
 * Planning knows |x|, as an emulator can; a laboratory would plan with |x| ≥ |b|/λ_max.
 *
 * @param problem `vector`: b; `error`: of x relative to |x|, without the rounding of the couplings; `amplitude`: root mean
 *   square of the device's positions at least, 1 where left out; larger ones stand out of the noise more
 */
export function planLinearSolve(
  problem: LinearProblem & {
    readonly vector: ArrayLike<number>;
    readonly error: number;
    readonly amplitude?: number;
  },
): LinearPlan {
  const fitted = fitMatrix(problem.matrix, problem.descriptor);
  const b = Float64Array.from(problem.vector);
  requirePositive('error', problem.error);
  requirePositive('amplitude', problem.amplitude ?? AMPLITUDE);
  if (b.length !== fitted.sites) {
    throw new RelaxdError('wrong-size', `b has ${b.length} entries for ${fitted.sites} rows`, {
      path: 'vector',
      value: b.length,
      limit: fitted.sites,
    });
  }
  const size = norm(b);
  if (!(size > 0 && Number.isFinite(size))) {
    throw new RelaxdError('invalid-input', 'b is zero or not finite: there is nothing to solve', {
      path: 'vector',
      value: size,
      limit: '> 0',
    });
  }
  const exact = solved(fitted.matrix, b);
  const held = solved(fitted.held, b);
  const largest = fitted.eigenvalues[fitted.sites - 1]! / fitted.scale;
  // |x| ≥ |b|/λ_max: at least the amplitude asked for.
  const wanted = ((problem.amplitude ?? AMPLITUDE) * Math.sqrt(fitted.sites) * largest) / size;
  const strongest = fitted.scale * Math.max(...b.map(Math.abs));
  const room = problem.descriptor.fields.range?.[1] ?? Infinity;
  const amplitude = Math.min(wanted, room / strongest);
  const temperature = problem.temperature ?? problem.descriptor.dynamics.temperature.default;
  const plan = averagingPlan(
    problem,
    fitted,
    temperature,
    problem.error,
    (readouts) => Math.sqrt(meanError(readouts)) / (amplitude * norm(held)),
  );
  return {
    kind: 'solve',
    program: {
      ...plan.program,
      fields: Array.from(b, (value) => amplitude * fitted.scale * value),
    },
    fitted,
    amplitude,
    temperature,
    predictedError: plan.predictedError,
    roundingError: distance(held, exact) / norm(exact),
    slowestRate: slowestRate(fitted.eigenvalues, frictionOf(problem.descriptor)),
    exact,
  };
}

/**
 * Inverts A by the covariance of the thermal fluctuations: ⟨xxᵀ⟩ = T A⁻¹. Planned as {@link planLinearSolve}, by
 * {@link covarianceError}.
 *
 * @param problem `error`: of A⁻¹ in the Frobenius norm, relative to it
 */
export function planInverse(problem: LinearProblem & { readonly error: number }): LinearPlan {
  const fitted = fitMatrix(problem.matrix, problem.descriptor);
  requirePositive('error', problem.error);
  const temperature = problem.temperature ?? problem.descriptor.dynamics.temperature.default;
  requirePositive('temperature', temperature);
  const exact = inverted(fitted.matrix, fitted.sites);
  const held = inverted(fitted.held, fitted.sites);
  const size = (temperature / fitted.scale) * norm(held);
  const plan = averagingPlan(
    problem,
    fitted,
    temperature,
    problem.error,
    (readouts) => Math.sqrt(covarianceError(readouts)) / size,
  );
  return {
    kind: 'inverse',
    program: plan.program,
    fitted,
    amplitude: 1,
    temperature,
    predictedError: plan.predictedError,
    roundingError: distance(held, exact) / norm(exact),
    slowestRate: slowestRate(fitted.eigenvalues, frictionOf(problem.descriptor)),
    exact,
  };
}

/**
 * Independent samples of N(A⁻¹b, θA⁻¹): each shot relaxes from zero until the start is forgotten, and its last state is a
 * sample. `predictedError` is that of their covariance, √(Σ_ab c_a c_b (1 + δ_ab)/n)/‖C‖_F.
 *
 * @param problem `vector`: b, 0 where left out; `variance`: θ; `samples`: n
 */
export function planSampling(
  problem: LinearProblem & {
    readonly vector?: ArrayLike<number>;
    readonly variance: number;
    readonly samples: number;
  },
): LinearPlan {
  const fitted = fitMatrix(problem.matrix, problem.descriptor);
  requirePositive('variance', problem.variance);
  requirePositive('samples', problem.samples);
  const temperature = problem.temperature ?? problem.descriptor.dynamics.temperature.default;
  requirePositive('temperature', temperature);
  const { sites, scale, eigenvalues } = fitted;
  // T/(s a²) = θ.
  const amplitude = Math.sqrt(temperature / (scale * problem.variance));
  const b = Float64Array.from(problem.vector ?? new Float64Array(sites));
  const exact = inverted(fitted.matrix, sites);
  const held = inverted(fitted.held, sites);
  const traces = eigenvalues.reduce(
    ([first, second], l) => [first + 1 / l, second + 1 / (l * l)] as [number, number],
    [0, 0] as [number, number],
  );
  const predictedError = Math.sqrt((traces[0] ** 2 + traces[1]) / problem.samples / traces[1]);
  return {
    kind: 'sampling',
    program: {
      ...commonMembers(problem, fitted, temperature),
      ...(b.some((value) => value !== 0)
        ? { fields: Array.from(b, (value) => amplitude * scale * value) }
        : {}),
      duration: forgetting(problem.descriptor, fitted, predictedError),
      readout: {
        every: forgetting(problem.descriptor, fitted, predictedError),
        channels: ['energy'],
      },
      shots: problem.samples,
    },
    fitted,
    amplitude,
    temperature,
    predictedError,
    roundingError: distance(held, exact) / norm(exact),
    slowestRate: slowestRate(fitted.eigenvalues, frictionOf(problem.descriptor)),
    exact,
  };
}

/** One long shot whose readouts, averaged, have the error that is asked for. */
function averagingPlan(
  problem: LinearProblem,
  fitted: FittedMatrix,
  temperature: number,
  error: number,
  errorOf: (readouts: Readouts) => number,
): { readonly program: Record<string, unknown>; readonly predictedError: number } {
  const friction = frictionOf(problem.descriptor);
  const interval = roundedDown(usefulInterval(fitted.eigenvalues, friction));
  const readouts = (samples: number): Readouts => ({
    eigenvalues: fitted.eigenvalues,
    temperature,
    friction,
    interval,
    samples,
  });
  let most = 2;
  while (errorOf(readouts(most)) > error) {
    most *= 2;
    if (most > MOST_READOUTS || most * interval > problem.descriptor.duration.max) {
      throw new RelaxdError(
        'cannot-compile',
        `an error of ${error} takes more than ${most / 2} readouts, ${(most / 2) * interval} time units`,
        {
          path: 'error',
          value: error,
          limit: errorOf(readouts(most / 2)),
          hint: 'ask for less, give a larger amplitude, or a better conditioned matrix',
        },
      );
    }
  }
  let least = most / 2;
  while (most - least > 1) {
    const middle = Math.floor((least + most) / 2);
    if (errorOf(readouts(middle)) > error) least = middle;
    else most = middle;
  }
  return {
    program: {
      ...commonMembers(problem, fitted, temperature),
      dynamics: { temperature, burnIn: forgetting(problem.descriptor, fitted, error) },
      duration: (most - 1) * interval,
      readout: { every: interval, channels: ['energy', 'state'] },
      shots: 1,
    },
    predictedError: errorOf(readouts(most)),
  };
}

function commonMembers(
  problem: LinearProblem,
  fitted: FittedMatrix,
  temperature: number,
): Record<string, unknown> {
  return {
    version: 1,
    sites: fitted.sites,
    siteKinds: 'continuous',
    couplings: fitted.couplings,
    wells: fitted.wells,
    dynamics: { temperature },
    initial: { kind: 'zero' },
    ...(problem.seed === undefined ? {} : { seed: problem.seed }),
  };
}

/** Time in which the slowest mode forgets its start to a hundredth of the error. */
function forgetting(descriptor: Descriptor, fitted: FittedMatrix, error: number): number {
  const rate = slowestRate(fitted.eigenvalues, frictionOf(descriptor));
  return roundedUp(Math.log(1 / (FORGOTTEN * Math.min(1, error))) / rate);
}

/** Two digits are enough for a time, and keep documents readable. */
function roundedDown(value: number): number {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Number((Math.floor(value / unit + 1e-9) * unit).toPrecision(2));
}
function roundedUp(value: number): number {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Number((Math.ceil(value / unit - 1e-9) * unit).toPrecision(3));
}

function requirePositive(path: string, value: number): void {
  if (value > 0 && Number.isFinite(value)) return;
  throw new RelaxdError('invalid-input', `${path} is not a positive number`, {
    path,
    value,
    limit: '> 0',
  });
}

const factored = (A: Float64Array, d: number): CholeskyDecomposition =>
  new CholeskyDecomposition(Matrix.from1DArray(d, d, Array.from(A)));

function solved(A: Float64Array, b: Float64Array): Float64Array {
  const x = factored(A, b.length).solve(Matrix.columnVector(Array.from(b)));
  return Float64Array.from(x.to1DArray());
}
function inverted(A: Float64Array, d: number): Float64Array {
  return Float64Array.from(factored(A, d).solve(Matrix.eye(d)).to1DArray());
}

const norm = (x: Float64Array): number => Math.hypot(...x);
const distance = (x: Float64Array, y: Float64Array): number => norm(x.map((v, i) => v - y[i]!));

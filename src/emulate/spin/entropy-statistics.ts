import { Matrix, solve } from 'ml-matrix';
import { RelaxdError } from '../../core/index.js';
import { curveValue, type ResolvedProgram } from '../../device/index.js';
import { StateSpace } from './state-space.js';
import { rateRule, TransitionRates } from './transition-rates.js';

/** Most free spins with a dense generator. */
export const MOST_DENSE_SPINS = 9;

/** Stationary statistics of the entropy given to the baths, per unit of time. */
export interface EntropyStatistics {
  /** By code. */
  readonly stationary: Float64Array;
  /** Mean rate of entropy production, nats per time. */
  readonly rate: number;
  /** Heat per time into the bath of each temperature. */
  readonly heatRates: ReadonlyMap<number, number>;
  /** Jumps per time. */
  readonly activity: number;
  /** Variance over mean at long times; NaN in equilibrium. */
  readonly fano: number;
  /**
   * Scaled cumulant generating function lim (1/t) ln ⟨e^{kΣ}⟩: the largest eigenvalue of the tilted generator. It obeys
   * SCGF(k) = SCGF(−1 − k) (Gallavotti–Cohen; Lebowitz & Spohn 1999).
   */
  readonly scgf: (k: number) => number;
}

/** One flip: from state to state with a rate, and the entropy it gives to its bath. */
interface Jump {
  readonly from: number;
  readonly to: number;
  readonly rate: number;
  readonly entropy: number;
  /** Of its bath. */
  readonly temperature: number;
}

/**
 * Stationary entropy production of a spin program with its drives and controls at their values at t = 0, from the
 * generator of the continuous-time dynamics.
 * @throws RelaxdError `not-enumerable` above 9 free spins, `not-supported` at T = 0 and for clamped sites that have no
 *   values listed
 */
export function entropyStatistics(program: ResolvedProgram): EntropyStatistics {
  const space = new StateSpace(program);
  const { states } = space;
  if (states > 2 ** MOST_DENSE_SPINS) {
    throw new RelaxdError('not-enumerable', `${states} × ${states} is too large a generator`, {
      path: 'sites',
      value: space.free.length,
      limit: MOST_DENSE_SPINS,
    });
  }
  if (space.units.some(({ moves }) => !moves)) {
    throw new RelaxdError(
      'not-supported',
      'clamped sites without inputs start at random: there is a stationary state for each of their values',
      { path: 'inputs', value: 0, limit: 'one row, or an initial pattern' },
    );
  }
  const rates = new TransitionRates(space, rateRule(program));
  rates.compute(space.valuesBy((curve) => curveValue(curve, 0)));
  if (rates.temperatures.some((temperature) => temperature === 0)) {
    throw new RelaxdError('not-supported', 'entropy production is infinite at T = 0', {
      path: 'dynamics.temperature',
      value: 0,
      limit: '> 0',
    });
  }
  const jumps = jumpsOf(rates);
  const generator = tilted(jumps, states, 0);

  // L π = 0 with Σ π = 1: one row of the singular system gives way to the norm.
  const system = generator.clone();
  for (let x = 0; x < states; x++) system.set(0, x, 1);
  const right = Matrix.zeros(states, 1);
  right.set(0, 0, 1);
  const stationary = Float64Array.from(solve(system, right).getColumn(0));

  let rate = 0;
  let activity = 0;
  let squares = 0;
  let sizes = 0;
  const heatRates = new Map<number, number>();
  const slope = new Float64Array(states); // (L′ π), L′ the derivative of the tilted generator at 0
  for (const jump of jumps) {
    const flow = jump.rate * stationary[jump.from]!;
    activity += flow;
    rate += flow * jump.entropy;
    const { temperature } = jump;
    const given = (heatRates.get(temperature) ?? 0) + flow * jump.entropy * temperature;
    heatRates.set(temperature, given);
    squares += flow * jump.entropy * jump.entropy;
    sizes += Math.abs(flow * jump.entropy);
    slope[jump.to] = slope[jump.to]! + flow * jump.entropy;
  }
  // Second order of the largest eigenvalue: L v = rate·π − L′π with Σ v = 0.
  const source = Matrix.zeros(states, 1);
  for (let x = 1; x < states; x++) source.set(x, 0, rate * stationary[x]! - slope[x]!);
  const response = solve(system, source).getColumn(0);
  let second = squares;
  for (const jump of jumps) second += 2 * jump.rate * jump.entropy * response[jump.from]!;

  return {
    stationary,
    rate,
    heatRates,
    activity,
    // In equilibrium the rate is what rounding leaves of flows that cancel.
    fano: Math.abs(rate) > 1e-12 * sizes ? second / rate : NaN,
    scgf: (k) => largestEigenvalue(tilted(jumps, states, k)),
  };
}

function jumpsOf(rates: TransitionRates): Jump[] {
  const { space, up, down, heat, temperatures } = rates;
  const jumps: Jump[] = [];
  space.channels.forEach(({ leap }, c) => {
    space.visitPairs(c, (low) => {
      const at = c * space.states + low;
      const temperature = temperatures[c]!;
      const entropy = heat[at]! / temperature;
      const high = low + leap;
      jumps.push({ from: low, to: high, rate: up[at]!, entropy, temperature });
      jumps.push({ from: high, to: low, rate: down[at]!, entropy: -entropy, temperature });
    });
  });
  return jumps;
}

/** L_k: off-diagonal rates times e^{kΔs}, columns are where a jump starts. */
function tilted(jumps: readonly Jump[], states: number, k: number): Matrix {
  const matrix = Matrix.zeros(states, states);
  for (const { from, to, rate, entropy } of jumps) {
    matrix.set(to, from, matrix.get(to, from) + rate * Math.exp(k * entropy));
    matrix.set(from, from, matrix.get(from, from) - rate);
  }
  return matrix;
}

/** Perron eigenvalue of a matrix with non-negative off-diagonal entries, by power iteration of a shifted one. */
function largestEigenvalue(matrix: Matrix): number {
  const size = matrix.rows;
  let shift = 0;
  for (let x = 0; x < size; x++) shift = Math.max(shift, -matrix.get(x, x));
  let vector = new Float64Array(size).fill(1 / size);
  let previous = NaN;
  for (let round = 0; round < 1_000_000; round++) {
    const next = new Float64Array(size);
    let sum = 0;
    for (let row = 0; row < size; row++) {
      let value = shift * vector[row]!;
      for (let column = 0; column < size; column++) {
        value += matrix.get(row, column) * vector[column]!;
      }
      next[row] = value;
      sum += value;
    }
    const eigenvalue = sum - shift;
    for (let row = 0; row < size; row++) next[row] = next[row]! / sum;
    let change = 0;
    for (let row = 0; row < size; row++)
      change = Math.max(change, Math.abs(next[row]! - vector[row]!));
    vector = next;
    if (change < 1e-15 && Math.abs(eigenvalue - previous) < 1e-14 * (1 + shift)) return eigenvalue;
    previous = eigenvalue;
  }
  throw new RelaxdError('internal', 'the tilted generator has no gap', {});
}

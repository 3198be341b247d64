import { linearParameter, logParameter, type Parameter } from '../parameter.js';

/** By what law a spin flips at a cost x of energy (physics page of the cavity, §4.2): rate, and its logarithm's slopes by the kernel's parameters. */
export interface FlipKernel {
  readonly name: 'glauber' | 'power';
  readonly parameters: readonly Parameter[];
  /**
   * ln of the rate at a cost.
   * @param at coordinates of the parameters
   * @param slopes takes the derivatives by them
   * @returns −Infinity: never
   */
  logRate(cost: number, at: Float64Array, slopes: Float64Array): number;
}

const RATE = logParameter('rate', '1/t');
const TEMPERATURE = logParameter('temperature', 'program energy');

/** Γ0/(1 + e^{x/T}) */
export const GLAUBER: FlipKernel = {
  name: 'glauber',
  parameters: [RATE, TEMPERATURE],
  logRate(cost, at, slopes) {
    const u = cost / Math.exp(at[1]!);
    const grown = u > 0 ? 1 / (1 + Math.exp(-u)) : Math.exp(u) / (1 + Math.exp(u));
    slopes[0] = 1;
    slopes[1] = u * grown;
    return at[0]! - (u > 0 ? u + Math.log1p(Math.exp(-u)) : Math.log1p(Math.exp(u)));
  },
};

/**
 * Γ0 |x|^{p−1} x/(e^{x/T} − 1): |x|^p far downhill, detailed balance at T. p = 1 is the ohmic bath, p → ∞ steepest descent; a bath of dephasing alone, which
 * favours small steps (hazard HZ2), shows as an exponent below 0. At a cost of 0 its rate is T for p = 1 and not defined else.
 */
export const POWER: FlipKernel = {
  name: 'power',
  parameters: [RATE, TEMPERATURE, linearParameter('exponent', '1', 1, 1)],
  logRate(cost, at, slopes) {
    const T = Math.exp(at[1]!);
    const u = cost / T;
    const size = Math.log(Math.abs(cost));
    slopes[0] = 1;
    slopes[2] = size;
    // x/(e^u − 1) = T u/(e^u − 1)
    const fraction = Math.abs(u) < 1e-8 ? 1 : u / -Math.expm1(-u);
    slopes[1] = fraction;
    const logOfBath =
      Math.abs(u) < 1e-8
        ? -u / 2
        : u > 0
          ? Math.log(u) - u - Math.log(-Math.expm1(-u))
          : Math.log(u / Math.expm1(u));
    return at[0]! + (at[2]! - 1) * size + Math.log(T) + logOfBath;
  },
};

import { forEachPair, type CalibratedCircuit, type Program } from '../../device/index.js';

/**
 * What a corrected program is to have in common with the ideal one. In coordinates X = a x of each site, a board's law is
 *
 *     dX = μ (−∂E/∂X dt) + √(2 μ T) dW,   μ = a²/c
 *
 * with any a, and with the program that {@link effectiveProgram} undoes its E and T are the ideal ones whatever the parts are:
 *
 * - `paths`: a = √c, so that μ = 1: all of the ideal paths, rates too, in X = √c x. What is shown is g/√c times that: signs, overlaps
 *   and passages are the ideal ones, sizes are for the host to divide by the scale.
 * - `shown`: a = g: the ideal law of what is shown, without any host, at rest; sites relax at g²/c times their rate.
 */
export const CRITERIA = ['paths', 'shown'] as const;
export type Criterion = (typeof CRITERIA)[number];
/** Retrieval is a course from a cue, and is judged by signs. */
export const USUAL_CRITERION: Criterion = 'paths';

/** a of each site. */
export const coordinatesOf = (
  { capacitance, readoutGain }: CalibratedCircuit,
  criterion: Criterion,
): Float64Array => (criterion === 'paths' ? capacitance.map(Math.sqrt) : readoutGain.slice());

/** What a program is on a board, as the ideal circuit's program would have to be written: program units, lists [sites]. */
export interface EffectiveLaw {
  /** [sites × sites], row i is what site i receives: asymmetric where the board's couplings are. */
  readonly couplings: Float64Array;
  readonly quadratic: Float64Array;
  readonly quartic: Float64Array;
  readonly fields: Float64Array;
  /** One pattern a drive. */
  readonly drives: readonly Float64Array[];
  readonly temperature: Float64Array;
  /** μ */
  readonly rates: Float64Array;
}

/** Wells and temperature of a program that says all of it; compiled programs do. */
export interface SiteSettings {
  readonly quadratic: Float64Array;
  readonly quartic: Float64Array;
  readonly temperature: Float64Array;
}

/**
 * The law of X = a x on a board under a program: J'_ij = J_ij κ_ij/(a_i a_j), q' = [1/ρ + (q − 1)w]/a², r' = r k/a⁴, h' = (φ h + o)/a,
 * η' = φ δ η/a, T' = T τ/(ρ c), μ = a²/c.
 */
export function effectiveLaw(
  program: Pick<Program, 'sites' | 'couplings' | 'fields' | 'drives'>,
  settings: SiteSettings,
  circuit: CalibratedCircuit,
  a: Float64Array,
): EffectiveLaw {
  const { sites: N, fields, drives } = program;
  const { capacitance: c, resistance: rho, fieldGain: phi } = circuit;
  const couplings = new Float64Array(N * N);
  forEachPair(program.couplings as Parameters<typeof forEachPair>[0], N, (i, j, J) => {
    const perUnit = J / (a[i]! * a[j]!);
    couplings[i * N + j] = perUnit * circuit.couplingGain(i, j);
    couplings[j * N + i] = perUnit * circuit.couplingGain(j, i);
  });
  const list = (value: (i: number) => number): Float64Array =>
    Float64Array.from({ length: N }, (_, i) => value(i));
  return {
    couplings,
    quadratic: list(
      (i) => (1 / rho[i]! + (settings.quadratic[i]! - 1) * circuit.wellGain[i]!) / a[i]! ** 2,
    ),
    quartic: list((i) => (settings.quartic[i]! * circuit.quarticGain[i]!) / a[i]! ** 4),
    fields: list((i) => (phi[i]! * fields[i]! + circuit.offset[i]!) / a[i]!),
    drives: drives.map(({ pattern }, d) =>
      list((i) => (phi[i]! * circuit.driveGain(d) * pattern[i]!) / a[i]!),
    ),
    temperature: list(
      (i) => (settings.temperature[i]! * circuit.temperature[i]!) / (rho[i]! * c[i]!),
    ),
    rates: list((i) => a[i]! ** 2 / c[i]!),
  };
}

/** a_i a_j/κ of a pair: what its ideal coupling is multiplied by. */
export const pairFactor = (
  circuit: CalibratedCircuit,
  a: Float64Array,
  i: number,
  j: number,
): number => (2 * a[i]! * a[j]!) / (circuit.couplingGain(i, j) + circuit.couplingGain(j, i));

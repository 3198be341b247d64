import { Matrix } from 'ml-matrix';
import type { ResolvedProgram } from '../../device/index.js';
import { coupledGroups } from './equilibrium.js';
import { generalOrnsteinUhlenbeck } from './general-ornstein-uhlenbeck.js';
import { stationaryCovariance } from './lyapunov.js';
import { choleskyInPlace } from './ornstein-uhlenbeck.js';
import { Potential } from './potential.js';
import { KNOB, makeProtocol, type Knobs, type Protocol } from './protocol.js';
import { stationaryCurrents } from './sampling-bias.js';

/** Larger groups of coupled sites are not integrated. */
const MOST_COUPLED = 256;
/** A Lyapunov equation of more sites would take long. */
const MOST_STATIONARY = 32;
/** Each takes a matrix exponential. */
const MOST_STRETCHES = 8;
/** Points of the integral over one site with a quartic well, and how far it goes. */
const POINTS = 8001;
const MOST_REDUCED_ENERGY = 60;

/** What is known of the Gibbs states that a run begins and ends in the values of. */
export interface GibbsEnds {
  /** Differential entropy of the positions at the first listed values, nats. */
  readonly startEntropy: number | null;
  /** ΔF from there to the values of the end, T constant. */
  readonly freeEnergyChange: number | null;
}

/**
 * In closed form where wells are quadratic, F = ½T ln det A − ½fᵀA⁻¹f − ½NT ln 2πT and S = ½ ln det(2πe T A⁻¹) for
 * V = ½zᵀAz − fᵀz, and by quadrature for quartic sites without couplings. Nulls of other circuits, of held sites, and where there is no Gibbs
 * state. Velocities are not counted: they add nothing to ΔF.
 */
export function circuitGibbsEnds(program: ResolvedProgram, temperature: number): GibbsEnds {
  if (program.clamped.length > 0) return { startEntropy: null, freeEnergyChange: null };
  const potential = new Potential(program);
  const { before, segments } = wholeProtocol(program);
  const { after } = segments[segments.length - 1]!;
  const first = gibbsState(potential, before, temperature);
  const still = before.every((value, knob) => value === after[knob]);
  const last = still || first === null ? first : gibbsState(potential, after, temperature);
  return {
    startEntropy: first?.entropy ?? null,
    freeEnergyChange: first === null || last === null ? null : last.freeEnergy - first.freeEnergy,
  };
}

const wholeProtocol = (program: ResolvedProgram): Protocol =>
  makeProtocol(program, Float64Array.of(0, program.duration), Infinity);

/**
 * Differential entropy at the end, nats, of an overdamped circuit of quadratic wells that starts in the Gibbs state: it stays
 * Gaussian, whatever the drives, and its covariance goes C ← e^{−Ah} C e^{−Ah} + ∫₀ʰ 2T e^{−2As} ds. Null for others, for more than 32
 * sites, and where wells, coupling or temperature change otherwise than by a few jumps.
 */
export function circuitEndEntropy(program: ResolvedProgram, temperature: number): number | null {
  const { sites } = program;
  const potential = linearPotential(program);
  if (potential === null) return null;
  const { before, segments } = wholeProtocol(program);
  const stretches = stillStretches(segments);
  if (stretches === null) return null;
  const stiffness = (knobs: Knobs): Matrix => new Matrix(stiffnessAt(potential, knobs));
  const noise = (T: number): Matrix => Matrix.mul(Matrix.eye(sites), 2 * T);
  let covariance = stationaryCovariance(stiffness(before), noise(temperature));
  if (covariance === null) return null;
  for (const { knobs, length } of stretches) {
    const D = noise(knobs[KNOB.temperature]!);
    const step = generalOrnsteinUhlenbeck(stiffness(knobs), D, length);
    const moved = step.propagator.mmul(covariance).mmul(step.propagator.transpose());
    covariance = Matrix.add(moved, step.covariance);
  }
  const factor = Float64Array.from(covariance.to1DArray());
  choleskyInPlace(factor, sites);
  let log = 0;
  for (let i = 0; i < sites; i++) log += Math.log(factor[i * sites + i]!);
  return Number.isFinite(log) ? log + 0.5 * sites * Math.log(2 * Math.PI * Math.E) : null;
}

/** How long knobs but the drives stand at which values; null where they ramp, or jump often. */
function stillStretches(
  segments: Protocol['segments'],
): readonly { readonly knobs: Knobs; readonly length: number }[] | null {
  const stretches: { knobs: Knobs; length: number }[] = [];
  const alike = (a: Knobs, b: Knobs): boolean =>
    [KNOB.temperature, KNOB.coupling, KNOB.quadratic].every((knob) => a[knob] === b[knob]);
  for (const { t0, t1, start, end } of segments) {
    if (!alike(start, end)) return null;
    const last = stretches.at(-1);
    if (last !== undefined && alike(last.knobs, start)) last.length += t1 - t0;
    else stretches.push({ knobs: start, length: t1 - t0 });
  }
  return stretches.length > MOST_STRETCHES ? null : stretches;
}

/** The potential of an overdamped circuit of few sites and quadratic wells, none of them held; null of others. */
function linearPotential(program: ResolvedProgram): Potential | null {
  const { sites, clamped, dynamics } = program;
  if (dynamics.rule !== 'langevin' || clamped.length > 0 || sites > MOST_STATIONARY) return null;
  const potential = new Potential(program);
  return potential.quarticControlled || potential.quartic.some((r) => r !== 0) ? null : potential;
}

/** A of V = ½ zᵀAz − fᵀz. */
function stiffnessAt(potential: Potential, knobs: Knobs): number[][] {
  const { sites } = potential;
  const wells = new Float64Array(sites);
  potential.wellsAt(knobs, wells);
  return Array.from(wells, (q, i) => {
    const row = new Array<number>(sites).fill(0);
    row[i] = 2 * q;
    potential.coupling.row(i, (j, J) => {
      row[j]! -= knobs[KNOB.coupling]! * J;
    });
    return row;
  });
}

/**
 * Heat currents into the baths in the stationary state at the first listed values: exact for overdamped circuits of quadratic
 * wells; null for others, and for held sites.
 * @param baths temperatures
 * @param siteBath bath of each site
 * @returns one a bath, heat a unit of time
 */
export function circuitStationaryHeat(
  program: ResolvedProgram,
  siteBath: Int32Array,
  baths: readonly number[],
): readonly number[] | null {
  const { sites } = program;
  const potential = linearPotential(program);
  if (potential === null) return null;
  const currents = stationaryCurrents({
    stiffness: stiffnessAt(potential, wholeProtocol(program).before),
    temperatures: Array.from(siteBath, (b) => baths[b]!),
    mobilities: new Array<number>(sites).fill(1),
  });
  if (currents === null) return null;
  const out = new Array<number>(baths.length).fill(0);
  currents.forEach((current, site) => (out[siteBath[site]!]! += current));
  return out;
}

/** −T ln ∫ e^{−V/T} and −∫ p ln p of positions; null where they are not known. */
function gibbsState(potential: Potential, knobs: Knobs, T: number): GibbsState | null {
  const force = new Float64Array(potential.sites);
  const wells = new Float64Array(potential.sites);
  potential.constantForce(knobs, force);
  potential.wellsAt(knobs, wells);
  const quartic = (i: number): number =>
    potential.quarticControlled ? knobs[KNOB.quartic]! : potential.quartic[i]!;
  /** Quartic sites are most often alike: each kind is integrated once. */
  const bentSites = new Map<string, GibbsState | null>();
  const bentState = (i: number): GibbsState | null => {
    const well = [wells[i]! - selfTerm(potential, i, knobs), quartic(i), force[i]!] as const;
    const key = well.join();
    const known = bentSites.get(key);
    if (known !== undefined) return known;
    const state = bentSite(...well, T);
    bentSites.set(key, state);
    return state;
  };
  let [freeEnergy, entropy] = [0, 0];
  for (const sites of coupledGroups(potential)) {
    const bent = sites.some((i) => quartic(i) !== 0);
    if (bent && sites.length > 1) return null;
    if (sites.length > MOST_COUPLED) return null;
    const part = bent
      ? bentState(sites[0]!)
      : quadraticGroup(potential, sites, wells, force, knobs, T);
    if (part === null) return null;
    freeEnergy += part.freeEnergy;
    entropy += part.entropy;
  }
  return { freeEnergy, entropy };
}

interface GibbsState {
  readonly freeEnergy: number;
  /** nats */
  readonly entropy: number;
}

/** ½ c J_ii, which a diagonal coupling takes off the well. */
function selfTerm(potential: Potential, i: number, knobs: Knobs): number {
  let own = 0;
  potential.coupling.row(i, (j, J) => {
    if (j === i) own = J;
  });
  return 0.5 * knobs[KNOB.coupling]! * own;
}

function quadraticGroup(
  potential: Potential,
  sites: Int32Array,
  wells: Float64Array,
  force: Float64Array,
  knobs: Knobs,
  T: number,
): GibbsState | null {
  const n = sites.length;
  const place = new Map(Array.from(sites, (site, k) => [site, k]));
  const A = new Float64Array(n * n);
  sites.forEach((site, k) => {
    A[k * n + k]! += 2 * wells[site]!;
    potential.coupling.row(site, (j, J) => {
      A[k * n + place.get(j)!]! -= knobs[KNOB.coupling]! * J;
    });
  });
  choleskyInPlace(A, n);
  let logDet = 0;
  let square = 0;
  const y = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const pivot = A[i * n + i]!;
    if (!(pivot > 0)) return null;
    let rest = force[sites[i]!]!;
    for (let k = 0; k < i; k++) rest -= A[i * n + k]! * y[k]!;
    y[i] = rest / pivot;
    square += y[i]! * y[i]!;
    logDet += 2 * Math.log(pivot);
  }
  const log = n * Math.log(2 * Math.PI * T);
  return {
    freeEnergy: 0.5 * T * (logDet - log) - 0.5 * square,
    entropy: 0.5 * (log + n - logDet),
  };
}

/** −T ln ∫ e^{−(q z² + r z⁴ − f z)/T} dz by the trapezoidal rule, which is exact to rounding for what falls off so fast. */
function bentSite(q: number, r: number, f: number, T: number): GibbsState | null {
  if (!(r > 0)) return null;
  const V = (z: number): number => (q + r * z * z) * z * z - f * z;
  let reach = 1;
  while (Math.min(V(reach), V(-reach)) / T < MOST_REDUCED_ENERGY) reach *= 1.25;
  // The bottom may lie far below 0: then the edges are that much farther above it.
  const step = (2 * reach) / (POINTS - 1);
  let least = Infinity;
  for (let k = 0; k < POINTS; k++) least = Math.min(least, V(-reach + k * step));
  let [sum, excess] = [0, 0];
  for (let k = 0; k < POINTS; k++) {
    const above = V(-reach + k * step) - least;
    const weight = Math.exp(-above / T);
    sum += weight;
    excess += weight * above;
  }
  const freeEnergy = least - T * Math.log(sum * step);
  // (⟨V⟩ − F)/T
  return { freeEnergy, entropy: (least - freeEnergy + excess / sum) / T };
}

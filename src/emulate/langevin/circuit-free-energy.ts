import type { ResolvedProgram } from '../../device/index.js';
import { coupledGroups } from './equilibrium.js';
import { choleskyInPlace } from './ornstein-uhlenbeck.js';
import { Potential } from './potential.js';
import { KNOB, makeProtocol, type Knobs } from './protocol.js';
import { stationaryCurrents } from './sampling-bias.js';

/** Larger groups of coupled sites are not integrated. */
const MOST_COUPLED = 256;
/** A Lyapunov equation of more sites would take long. */
const MOST_STATIONARY = 32;
/** Points of the integral over one site with a quartic well, and how far it goes. */
const POINTS = 8001;
const MOST_REDUCED_ENERGY = 60;

/**
 * ΔF between the Gibbs states at the first listed values and at those of the end, T constant: in closed form where wells are
 * quadratic, ½T Δ ln det A − ½ Δ(fᵀA⁻¹f) for V = ½zᵀAz − fᵀz, and by quadrature for quartic sites without couplings. Null for
 * other circuits, held sites, and where there is no Gibbs state. Velocities add nothing.
 */
export function circuitFreeEnergyChange(
  program: ResolvedProgram,
  temperature: number,
): number | null {
  if (program.clamped.length > 0) return null;
  const potential = new Potential(program);
  const { before, segments } = makeProtocol(
    program,
    Float64Array.of(0, program.duration),
    Infinity,
  );
  const after = segments[segments.length - 1]!.after;
  const first = freeEnergy(potential, before, temperature);
  const last = freeEnergy(potential, after, temperature);
  return first === null || last === null ? null : last - first;
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
  const { sites, clamped, dynamics } = program;
  if (dynamics.rule !== 'langevin' || clamped.length > 0 || sites > MOST_STATIONARY) return null;
  const potential = new Potential(program);
  if (potential.quarticControlled || potential.quartic.some((r) => r !== 0)) return null;
  const { before } = makeProtocol(program, Float64Array.of(0, program.duration), Infinity);
  const wells = new Float64Array(sites);
  potential.wellsAt(before, wells);
  const stiffness = Array.from(wells, (q, i) => {
    const row = new Array<number>(sites).fill(0);
    row[i] = 2 * q;
    potential.coupling.row(i, (j, J) => {
      row[j]! -= before[KNOB.coupling]! * J;
    });
    return row;
  });
  const currents = stationaryCurrents({
    stiffness,
    temperatures: Array.from(siteBath, (b) => baths[b]!),
    mobilities: new Array<number>(sites).fill(1),
  });
  if (currents === null) return null;
  const out = new Array<number>(baths.length).fill(0);
  currents.forEach((current, site) => (out[siteBath[site]!]! += current));
  return out;
}

/** −T ln ∫ e^{−V/T} less what all settings of the knobs have in common; null where it is not known. */
function freeEnergy(potential: Potential, knobs: Knobs, T: number): number | null {
  const force = new Float64Array(potential.sites);
  const wells = new Float64Array(potential.sites);
  potential.constantForce(knobs, force);
  potential.wellsAt(knobs, wells);
  const quartic = (i: number): number =>
    potential.quarticControlled ? knobs[KNOB.quartic]! : potential.quartic[i]!;
  let sum = 0;
  for (const sites of coupledGroups(potential)) {
    const bent = sites.some((i) => quartic(i) !== 0);
    if (bent && sites.length > 1) return null;
    if (sites.length > MOST_COUPLED) return null;
    const part = bent
      ? bentSite(
          wells[sites[0]!]! - selfTerm(potential, sites[0]!, knobs),
          quartic(sites[0]!),
          force[sites[0]!]!,
          T,
        )
      : quadraticGroup(potential, sites, wells, force, knobs, T);
    if (part === null) return null;
    sum += part;
  }
  return sum;
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
): number | null {
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
  return 0.5 * T * (logDet - n * Math.log(2 * Math.PI * T)) - 0.5 * square;
}

/** −T ln ∫ e^{−(q z² + r z⁴ − f z)/T} dz by the trapezoidal rule, which is exact to rounding for what falls off so fast. */
function bentSite(q: number, r: number, f: number, T: number): number | null {
  if (!(r > 0)) return null;
  const V = (z: number): number => (q + r * z * z) * z * z - f * z;
  let reach = 1;
  while (Math.min(V(reach), V(-reach)) / T < MOST_REDUCED_ENERGY) reach *= 1.25;
  // The bottom may lie far below 0: then the edges are that much farther above it.
  const step = (2 * reach) / (POINTS - 1);
  let least = Infinity;
  for (let k = 0; k < POINTS; k++) least = Math.min(least, V(-reach + k * step));
  let sum = 0;
  for (let k = 0; k < POINTS; k++) sum += Math.exp(-(V(-reach + k * step) - least) / T);
  return least - T * Math.log(sum * step);
}

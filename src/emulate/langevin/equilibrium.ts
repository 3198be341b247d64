import { RelaxdError, type RandomStream } from '../../core/index.js';
import { choleskyInPlace } from './ornstein-uhlenbeck.js';
import type { Potential } from './potential.js';
import { KNOB, type Knobs } from './protocol.js';

/** Largest group of coupled sites with quartic wells whose Gibbs state is drawn exactly. */
export const MOST_DRAWN_SITES = 16;
const MOST_ATTEMPTS = 1_000_000;
const ENVELOPE_ROUNDS = 40;

/**
 * Exact draws from exp(−V/T), one group of coupled sites after the other, by rejection: since
 * r z⁴ ≥ r (2 s z² − s²) for any s, exp(−V/T) lies below a Gaussian with precision (A + 4rs)/T, and a draw from that
 * is kept with probability exp(−Σ r (z² − s)²/T). s is the Gaussian's own ⟨z²⟩, the tangent's best place. Without
 * quartic wells every draw is kept.
 */
export class EquilibriumSampler {
  private readonly groups: readonly Group[];

  /**
   * @param limit of |z|: hard walls cut the Gibbs state off there
   * @throws RelaxdError `program-refused` where there is no Gibbs state, or none that can be drawn
   */
  constructor(
    private readonly potential: Potential,
    private readonly knobs: Knobs,
    limit = Infinity,
  ) {
    const force = new Float64Array(potential.sites);
    potential.constantForce(knobs, force);
    this.groups = coupledGroups(potential).map((sites) =>
      makeGroup(potential, knobs, sites, force, limit),
    );
  }

  /** @param z the free sites */
  draw(stream: RandomStream, z: Float64Array): void {
    const force = new Float64Array(this.potential.sites);
    this.potential.constantForce(this.knobs, force);
    const T = this.knobs[KNOB.temperature]!;
    for (const group of this.groups) drawGroup(group, T, force, stream, z);
  }

  /** Smallest share of kept draws over the groups, from a number of trials. */
  acceptance(stream: RandomStream, trials: number): number {
    const force = new Float64Array(this.potential.sites);
    this.potential.constantForce(this.knobs, force);
    const T = this.knobs[KNOB.temperature]!;
    let least = 1;
    for (const group of this.groups) {
      const mean = solved(group, force);
      let kept = 0;
      for (let k = 0; k < trials; k++) if (attempt(group, T, mean, stream)) kept++;
      least = Math.min(least, kept / trials);
    }
    return least;
  }
}

interface Group {
  readonly sites: Int32Array;
  /** Cholesky factor of A + 4rs. */
  readonly lower: Float64Array;
  readonly quartic: Float64Array;
  readonly square: Float64Array;
  readonly values: Float64Array;
  readonly limit: number;
}

/** Sites that are coupled, directly or through others. */
export function coupledGroups(potential: Potential): Int32Array[] {
  const group = new Int32Array(potential.sites).fill(-1);
  const groups: number[][] = [];
  for (let start = 0; start < potential.sites; start++) {
    if (group[start]! >= 0) continue;
    const members = [start];
    group[start] = groups.length;
    for (let k = 0; k < members.length; k++) {
      potential.coupling.row(members[k]!, (j, J) => {
        if (J === 0 || group[j]! >= 0) return;
        group[j] = groups.length;
        members.push(j);
      });
    }
    groups.push(members.sort((a, b) => a - b));
  }
  return groups.map((members) => Int32Array.from(members));
}

function makeGroup(
  potential: Potential,
  knobs: Knobs,
  sites: Int32Array,
  force: Float64Array,
  limit: number,
): Group {
  const n = sites.length;
  const c = knobs[KNOB.coupling]!;
  const matrix = new Float64Array(n * n);
  const place = new Map<number, number>();
  sites.forEach((site, k) => place.set(site, k));
  sites.forEach((site, k) => {
    potential.coupling.row(site, (j, J) => {
      matrix[k * n + place.get(j)!]! -= c * J;
    });
    matrix[k * n + k]! +=
      2 * (potential.quadratic[site]! + potential.weightOf(site) * knobs[KNOB.quadratic]!);
  });
  const quartic = Float64Array.from(sites, (s) => potential.quartic[s]! + knobs[KNOB.quartic]!);
  const bent = quartic.some((r) => r > 0);
  if (bent && n > MOST_DRAWN_SITES) {
    throw noDraw(
      `${n} coupled sites with quartic wells are more than ${MOST_DRAWN_SITES}`,
      n,
      `at most ${MOST_DRAWN_SITES} coupled sites, or dynamics.burnIn`,
    );
  }
  // Start with s large enough for A + 4rs to be diagonally dominant.
  const square = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    let others = 0;
    for (let j = 0; j < n; j++) if (j !== k) others += Math.abs(matrix[k * n + j]!);
    if (quartic[k]! > 0) {
      square[k] = Math.max(0.1, (others - matrix[k * n + k]! + 1) / (4 * quartic[k]!));
    }
  }
  let group = factored(sites, matrix, quartic, square, limit);
  if (group === null) {
    throw noDraw('the wells do not hold the couplings: there is no Gibbs state', null, 'A ≻ 0');
  }
  if (!bent) return group;
  const T = knobs[KNOB.temperature]!;
  for (let round = 0; round < ENVELOPE_ROUNDS; round++) {
    const next = meanSquares(group, T, force).map((v, k) => (v + group!.square[k]!) / 2);
    const better = factored(sites, matrix, quartic, next, limit);
    if (better === null) break;
    group = better;
  }
  return group;
}

function factored(
  sites: Int32Array,
  matrix: Float64Array,
  quartic: Float64Array,
  square: Float64Array,
  limit: number,
): Group | null {
  const n = sites.length;
  const lower = matrix.slice();
  for (let k = 0; k < n; k++) lower[k * n + k]! += 4 * quartic[k]! * square[k]!;
  choleskyInPlace(lower, n);
  for (let k = 0; k < n; k++) if (!(lower[k * n + k]! > 0)) return null;
  return { sites, lower, quartic, square, values: new Float64Array(n), limit };
}

/** (A + 4rs)⁻¹ f */
function solved({ sites, lower }: Group, force: Float64Array): Float64Array {
  const n = sites.length;
  const out = Float64Array.from(sites, (site) => force[site]!);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) out[i]! -= lower[i * n + k]! * out[k]!;
    out[i]! /= lower[i * n + i]!;
  }
  solveTransposed(lower, n, out);
  return out;
}

function solveTransposed(lower: Float64Array, n: number, x: Float64Array): void {
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= lower[k * n + i]! * x[k]!;
    x[i]! /= lower[i * n + i]!;
  }
}

/** ⟨z²⟩ of the group's Gaussian. */
function meanSquares(group: Group, T: number, force: Float64Array): Float64Array {
  const n = group.sites.length;
  const out = solved(group, force).map((m) => m * m);
  const column = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    // Column j of L⁻ᵀ: its squares add up to the diagonal of (L Lᵀ)⁻¹.
    column.fill(0);
    column[j] = 1;
    solveTransposed(group.lower, n, column);
    for (let i = 0; i < n; i++) out[i]! += T * column[i]! ** 2;
  }
  return out;
}

function attempt(group: Group, T: number, mean: Float64Array, stream: RandomStream): boolean {
  const { values, lower, quartic, square, limit } = group;
  const n = values.length;
  for (let k = 0; k < n; k++) values[k] = Math.sqrt(T) * stream.normal();
  solveTransposed(lower, n, values);
  let excess = 0;
  for (let k = 0; k < n; k++) {
    values[k]! += mean[k]!;
    if (Math.abs(values[k]!) > limit) excess = Infinity;
    excess += quartic[k]! * (values[k]! ** 2 - square[k]!) ** 2;
  }
  return excess === 0 || stream.uniform() < Math.exp(-excess / T);
}

function drawGroup(
  group: Group,
  T: number,
  force: Float64Array,
  stream: RandomStream,
  z: Float64Array,
): void {
  const mean = solved(group, force);
  for (let k = 0; k < MOST_ATTEMPTS; k++) {
    if (!attempt(group, T, mean, stream)) continue;
    group.sites.forEach((site, i) => (z[site] = group.values[i]!));
    return;
  }
  throw noDraw('its draws are rejected too often', group.sites.length, 'dynamics.burnIn');
}

function noDraw(why: string, value: unknown, limit: unknown): RelaxdError {
  return new RelaxdError('program-refused', `the Gibbs state cannot be drawn: ${why}`, {
    path: 'initial.kind',
    value,
    limit,
    hint: 'give dynamics.burnIn, or start from a pattern, zero or random',
  });
}

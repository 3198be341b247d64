import { CavityKernel } from './cavity-kernel.js';
import { INTERACTION_RANGE_M, modeWaistM, type CavityGeometry } from './geometry.js';

/** Where the atoms are and what the cavity is: the `positions` couplings of a program. */
export interface CavityPositions {
  readonly geometry: CavityGeometry;
  /** Flat list x, y in the unit of `waist`. */
  readonly xy: Float64Array;
  readonly waist: number;
  readonly n0: number;
  readonly cloudSigma: number;
}

/**
 * Ising couplings J_ij/J0 of atomic ensembles at given positions: N×N row-major, exactly symmetric, zero diagonal
 * (the local term β δ_ij is a constant of ±1 spins).
 * @param damping a of imperfect degeneracy; 0 for none
 * @throws RelaxdError `invalid-input`
 */
export function couplingsFromPositions(positions: CavityPositions, damping = 0): Float64Array {
  const { xy } = positions;
  const sites = xy.length / 2;
  const kernel = new CavityKernel({ ...positions, damping });
  const couplings = new Float64Array(sites * sites);
  for (let i = 0; i < sites; i++) {
    for (let j = 0; j < i; j++) {
      const value = kernel.value(xy[2 * i]!, xy[2 * i + 1]!, xy[2 * j]!, xy[2 * j + 1]!);
      couplings[i * sites + j] = value;
      couplings[j * sites + i] = value;
    }
  }
  return couplings;
}

/**
 * Gradients ∇_i J_ij/J0 with respect to the position of the row's site: N×N×2, [i][j][x, y]; the diagonal is zero.
 * ∇_j J_ij is entry [j][i].
 */
export function couplingGradients(positions: CavityPositions, damping = 0): Float64Array {
  const { xy } = positions;
  const sites = xy.length / 2;
  const kernel = new CavityKernel({ ...positions, damping });
  const gradients = new Float64Array(2 * sites * sites);
  const pair = new Float64Array(2);
  for (let i = 0; i < sites; i++) {
    for (let j = 0; j < sites; j++) {
      if (i === j) continue;
      kernel.gradient(xy[2 * i]!, xy[2 * i + 1]!, xy[2 * j]!, xy[2 * j + 1]!, pair);
      gradients.set(pair, 2 * (i * sites + j));
    }
  }
  return gradients;
}

/**
 * E_double = −Σ_ij J_ij s_i s_j (ordered, i = j included) from E = −Σ_{i<j} J_ij s_i s_j: twice it, less the trace.
 * Every flip cost doubles (hazard HZ1).
 * @param trace Σ_i J_ii, e.g. N β
 */
export function doubleSumFromPairsOnce(pairsOnce: number, trace: number): number {
  return 2 * pairsOnce - trace;
}

/** The inverse of {@link doubleSumFromPairsOnce}. */
export function pairsOnceFromDoubleSum(doubleSum: number, trace: number): number {
  return (doubleSum + trace) / 2;
}

/**
 * Rms distance from the axis, per Cartesian axis and in waists, below which 4/7 couplings are not those of a
 * Sherrington–Kirkpatrick glass (hazard HZ6: w ≳ 2 w0). A few sites drawn with w = 2 w0 have 15 % less at times.
 */
const SK_LIKE_SPREAD = 1.7;
/** Fewer sites say too little of a spread. */
const FEWEST_SPREAD_SITES = 8;

function spreadWarnings(xy: Float64Array, waist: number): string[] {
  if (xy.length < 2 * FEWEST_SPREAD_SITES) return [];
  let square = 0;
  for (const x of xy) square += x * x;
  const spread = Math.sqrt(square / xy.length) / waist;
  if (spread >= SK_LIKE_SPREAD) return [];
  return [
    `positions: spread by ${Number(spread.toPrecision(3))} w0 about the axis; 4/7 couplings resemble a Sherrington–Kirkpatrick glass from about 2 w0 on, and are ferromagnetic and correlated below`,
  ];
}

/** Two spots count as apart beyond this many rms radii: the local term has fallen to e^{−4} there. */
const CLOUD_RADII = 4;

/**
 * What a user should know about positions: pairs whose local or mirror-image interaction the couplings leave out
 * (hazards HZ5 and the δ_ij of §3.3), and that confocal spins are vectors (HZ4).
 * @param damping with a > 0 local and mirror terms are in the couplings, and nothing is said of them
 */
export function positionWarnings(positions: CavityPositions, damping = 0): string[] {
  const { geometry, xy, waist, cloudSigma } = positions;
  const warnings: string[] = [];
  if (geometry === 'confocal') {
    warnings.push(
      'confocal: a confocal cavity couples both quadratures (vector spins); this run keeps the Ising quadrature only',
    );
  }
  if (geometry === 'four-sevenths') warnings.push(...spreadWarnings(xy, waist));
  if (damping > 0) return warnings;
  const range = (INTERACTION_RANGE_M / modeWaistM(geometry)) * waist;
  const reach = Math.max(range, CLOUD_RADII * cloudSigma);
  const sites = xy.length / 2;
  const closest = { local: Infinity, mirror: Infinity };
  const pairs = { local: '', mirror: '' };
  for (let i = 0; i < sites; i++) {
    const x = xy[2 * i]!;
    const y = xy[2 * i + 1]!;
    for (let j = 0; j < i; j++) {
      const u = xy[2 * j]!;
      const v = xy[2 * j + 1]!;
      const local = Math.hypot(x - u, y - v);
      const mirror = Math.hypot(x + u, y + v);
      if (local < closest.local) {
        closest.local = local;
        pairs.local = `${j} and ${i}`;
      }
      if (mirror < closest.mirror) {
        closest.mirror = mirror;
        pairs.mirror = `${j} and ${i}`;
      }
    }
  }
  const advice = 'set the parameter modeDamping above 0 to include it';
  if (closest.local < reach) {
    warnings.push(
      `positions: sites ${pairs.local} are ${Number(closest.local.toPrecision(3))} apart, within ${Number(reach.toPrecision(3))}: their local interaction is left out; move them, or ${advice}`,
    );
  }
  if (geometry === 'confocal' && closest.mirror < reach) {
    warnings.push(
      `positions: sites ${pairs.mirror} are mirror images to within ${Number(closest.mirror.toPrecision(3))} (reach ${Number(reach.toPrecision(3))}): the confocal mirror interaction is left out; keep all sites in one half plane, or ${advice}`,
    );
  }
  return warnings;
}

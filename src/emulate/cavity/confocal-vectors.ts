import { RelaxdError } from '../../core/index.js';
import { CavityKernel } from './cavity-kernel.js';
import type { CavityPositions } from './couplings-from-positions.js';
import { localStrength } from './geometry.js';

/** Largest component of the gradient, as a part of the largest field, at which a relaxation has arrived. */
const AT_REST = 1e-10;
const MOST_STEPS = 1_000_000;

/**
 * A confocal cavity as it is: both quadratures couple, so that spins are vectors (hazard HZ4). Families n ≡ 0 and n ≡ 2
 * (mod 4) carry the two quadratures with the local and mirror-image terms alike and the nonlocal one reversed (physics
 * page §3.3):
 *
 *     E = −½ Σ_ij [ Jˣ_ij S_iˣ S_jˣ + Jʸ_ij S_iʸ S_jʸ ],   Jˣ, Jʸ = J0 (β δ_ij ± C_ij),   S_i = (cos φ_i, sin φ_i).
 *
 * i = j is in the sum: C_ii turns a vector towards one quadrature, where for ±1 spins it was a constant. The page's own
 * energy is the ordered double sum without the ½, twice this one. Without damping E = −½ Σ_ij C_ij cos(φ_i + φ_j) − ½ N β.
 * Vectors along x are the Ising reading, whose energies (pairs once) these are but for −½ Σ_i Jˣ_ii.
 */
export class ConfocalVectors {
  readonly sites: number;
  /** N×N row-major, symmetric, diagonal included. β, a constant of unit vectors, is left out for points. */
  readonly alongX: Float64Array;
  readonly alongY: Float64Array;

  /**
   * @param positions of a confocal cavity; its `n0` is the family that couples S^x
   * @param damping with a > 0 local and mirror terms are spots of finite size and act between sites as well (HZ5)
   * @throws RelaxdError `invalid-input` for another geometry
   */
  constructor(positions: CavityPositions, damping = 0) {
    if (positions.geometry !== 'confocal') {
      throw new RelaxdError(
        'invalid-input',
        `spins of a ${positions.geometry} cavity are no vectors: one quadrature couples`,
        { path: 'couplings.geometry', value: positions.geometry, limit: 'confocal' },
      );
    }
    this.sites = positions.xy.length / 2;
    this.alongX = quadrature(positions, positions.n0, damping);
    this.alongY = quadrature(positions, 2 - positions.n0, damping);
  }

  /** E of angles φ, one a site. */
  energy(angles: ArrayLike<number>): number {
    const { sites } = this;
    let energy = 0;
    for (let i = 0; i < sites; i++) {
      const [x, y] = this.field(angles, i);
      energy -= 0.5 * (x * Math.cos(angles[i]!) + y * Math.sin(angles[i]!));
    }
    return energy;
  }

  /** ∂E/∂φ_i into `out`: the torque on each vector, reversed. */
  gradient(angles: ArrayLike<number>, out: Float64Array): void {
    for (let i = 0; i < this.sites; i++) {
      const [x, y] = this.field(angles, i);
      out[i] = x * Math.sin(angles[i]!) - y * Math.cos(angles[i]!);
    }
  }

  /**
   * Steepest descent on the angles, in place, by steps that only ever lower the energy, until no vector feels a torque.
   * A state along one axis stays there, minimum or saddle: start off the axes.
   * @returns the number of steps
   * @throws RelaxdError `invalid-input` if it has not arrived after a million steps
   */
  relax(angles: Float64Array): number {
    const { sites } = this;
    const slope = new Float64Array(sites);
    const tried = new Float64Array(sites);
    const scale = this.largestField();
    // Curvature is at most 2·scale: a step of half of 1/scale never climbs, and longer ones are tried first.
    const safe = 0.5 / scale;
    let step = safe;
    let energy = this.energy(angles);
    for (let count = 0; count < MOST_STEPS; count++) {
      this.gradient(angles, slope);
      let square = 0;
      let largest = 0;
      for (const value of slope) {
        square += value * value;
        largest = Math.max(largest, Math.abs(value));
      }
      if (largest <= AT_REST * scale) return count;
      step = Math.min(1.5 * step, 8 * safe);
      for (;;) {
        const indistinct = step * square < 1e-12 * Math.abs(energy);
        if (indistinct) step = Math.min(step, safe);
        for (let i = 0; i < sites; i++) tried[i] = angles[i]! - step * slope[i]!;
        const reached = this.energy(tried);
        // Armijo's condition, where rounding lets energies tell.
        if (indistinct || step <= safe || reached <= energy - 0.3 * step * square) {
          energy = reached;
          angles.set(tried);
          break;
        }
        step *= 0.5;
      }
    }
    throw new RelaxdError('invalid-input', 'the vectors have not come to rest', {
      path: 'angles',
      value: MOST_STEPS,
      limit: MOST_STEPS,
    });
  }

  /** The field on a site, itself included: (Σ_j Jˣ_ij cos φ_j, Σ_j Jʸ_ij sin φ_j). */
  private field(angles: ArrayLike<number>, site: number): [number, number] {
    const { sites, alongX, alongY } = this;
    let x = 0;
    let y = 0;
    for (let j = 0; j < sites; j++) {
      x += alongX[site * sites + j]! * Math.cos(angles[j]!);
      y += alongY[site * sites + j]! * Math.sin(angles[j]!);
    }
    return [x, y];
  }

  private largestField(): number {
    const { sites } = this;
    let largest = Number.MIN_VALUE;
    for (let i = 0; i < sites; i++) {
      let sum = 0;
      for (let j = 0; j < sites; j++) {
        const k = i * sites + j;
        sum += Math.max(Math.abs(this.alongX[k]!), Math.abs(this.alongY[k]!));
      }
      largest = Math.max(largest, sum);
    }
    return largest;
  }
}

function quadrature(positions: CavityPositions, n0: number, damping: number): Float64Array {
  const { xy, waist, cloudSigma } = positions;
  const sites = xy.length / 2;
  const kernel = new CavityKernel({ ...positions, n0, damping });
  const beta = damping === 0 && cloudSigma > 0 ? localStrength(cloudSigma, waist) : 0;
  const couplings = new Float64Array(sites * sites);
  for (let i = 0; i < sites; i++) {
    for (let j = 0; j <= i; j++) {
      const value = kernel.value(xy[2 * i]!, xy[2 * i + 1]!, xy[2 * j]!, xy[2 * j + 1]!);
      couplings[i * sites + j] = value;
      couplings[j * sites + i] = value;
    }
    couplings[i * (sites + 1)] = couplings[i * (sites + 1)]! + beta;
  }
  return couplings;
}

import { RelaxdError } from '../../core/index.js';
import { plainArrays, type ModelArrays } from '../../model/index.js';
import {
  couplingGradients,
  couplingsFromPositions,
  type CavityPositions,
} from './couplings-from-positions.js';
import { RUBIDIUM_87_MASS_KG } from './geometry.js';

/** Most sites whose atoms move: making the couplings of relaxed atoms takes N³ steps. */
export const MOST_PLASTIC_SITES = 512;

/**
 * Displacement, in waists, above which recall from one wrong spin was found to fall again: the landscape has so many
 * attractors that basins shrink below a flip (hazard HZ11; 4/7, N = 16, w = 2 w0). The linear response of a coupling is
 * in error by 5 % of the rms coupling at .01 w0, by 22 % at .02 w0.
 */
const LARGEST_USEFUL_DISPLACEMENT = 0.01;

/** Number of the form of all that follows from the positions: see `ModelArrays.derived`. */
const RELAXED_FORM = 142;
/** Flips change forces this far beyond the last site, which nobody reads. */
const PADDING = 32;

/**
 * Short-term plasticity (physics page §3.10): atoms in tweezers of stiffness k give way to the forces of the light that
 * the spins scatter. To linear order in the displacements δ, pairs once,
 *
 *     E(s, δ) = −½ Σ J_ij s_i s_j − Σ_i δ_i·f_i(s) + ½ k Σ |δ_i|²,   f_i = s_i Σ_j ∇_iJ_ij s_j,
 *
 * least at δ_i = f_i/k, which is where δ goes after every flip; a flip is tried at frozen δ. With G the 2N×N matrix of
 * the gradients ∇_iJ_ij, both halves of a flip have closed forms. The energy of relaxed atoms is
 *
 *     E(s) = −½ Σ J_ij s_i s_j − (1/2k) |G s|² = −½ Σ_{i≠j} M_ij s_i s_j − ½ Σ_i M_ii,   M = J + GᵀG/k,
 *
 * pairwise couplings M again ({@link couplings}); a flip at frozen δ costs 2 (s_i Σ_{j≠i} M_ij s_j + c_i) with the
 * barrier c_i = (GᵀG)_ii/k + |f_i|²/k ≥ 0, and the atoms give back 2 c_i as heat when they relax. So plasticity is: other
 * couplings, and a barrier that holds every state (s_i δ_i·Σ_j ∇_iJ_ij s_j = k |δ_i|² ≥ 0). Changing a state costs and
 * reading it does not: each state digs its own well.
 *
 * The object keeps the forces of one state; memory 3 N² numbers, a flip O(N).
 */
export class Plasticity {
  readonly sites: number;
  /** M_ij of relaxed atoms: N×N row-major, exactly symmetric, zero diagonal. */
  readonly couplings: Float64Array;
  /** −½ Σ_i M_ii: what the energy of relaxed atoms is beside that of `couplings`. */
  readonly energyOffset: number;
  /** (GᵀG)_ii/k */
  readonly self: Float64Array;
  /** ∇_jJ_ji as [i][j][x, y]: what the forces on all atoms change by with spin i, in a row. */
  readonly pulls: Float64Array;
  /** s_i f_i = Σ_j ∇_iJ_ij s_j, N pairs; writable 16 pairs beyond. */
  readonly forces: Float64Array;
  private readonly signs: Float64Array;

  /**
   * @param stiffness k of a whole ensemble, energy unit of J over the unit of length of the positions, squared
   * @param damping as in `couplingsFromPositions`
   * @param arrays where its numbers are: what follows from the positions is made once for all who share them
   * @throws RelaxdError `invalid-input` for k that is not positive
   */
  constructor(
    positions: CavityPositions,
    readonly stiffness: number,
    damping = 0,
    private readonly arrays: ModelArrays = plainArrays,
  ) {
    if (!(stiffness > 0) || !Number.isFinite(stiffness)) {
      throw new RelaxdError('invalid-input', `a tweezer of stiffness ${stiffness} holds no atoms`, {
        path: 'couplings.stiffness',
        value: stiffness,
        limit: '> 0',
      });
    }
    const sites = positions.xy.length / 2;
    this.sites = sites;
    const length = sites * (3 * sites + 1);
    const numbers = arrays.derived(positions.xy, RELAXED_FORM, 'float64', length, (out) =>
      relax(positions, stiffness, damping, partsOf(out as Float64Array, sites)),
    ) as Float64Array;
    ({ couplings: this.couplings, pulls: this.pulls, self: this.self } = partsOf(numbers, sites));
    this.forces = arrays.float64(2 * sites + PADDING).subarray(0, 2 * sites);
    this.energyOffset = -0.5 * this.self.reduce((sum, value) => sum + value, 0);
    this.signs = new Float64Array(sites).fill(1);
    this.reset(this.signs);
  }

  /** Takes a state and computes its forces from scratch. */
  reset(state: ArrayLike<number>): void {
    this.forces.fill(0);
    for (let i = 0; i < this.sites; i++) {
      this.signs[i] = state[i]!;
      this.pull(i, state[i]!);
    }
  }

  /** Flips spin i; the atoms relax. */
  flip(site: number): void {
    this.noteFlip(site);
    this.pull(site, 2 * this.signs[site]!);
  }

  /** Spin i has flipped, and somebody else has brought the forces up to date. */
  noteFlip(site: number): void {
    this.signs[site] = -this.signs[site]!;
  }

  private pull(site: number, factor: number): void {
    const { sites, pulls, forces } = this;
    this.arrays.addRow(forces, pulls, 2 * site * sites, 2 * sites, factor);
  }

  /** c_i ≥ 0 of the current state. A flip at frozen displacements costs 2 (s_i b_i + c_i), b of `couplings`. */
  barrier(site: number): number {
    const x = this.forces[2 * site]!;
    const y = this.forces[2 * site + 1]!;
    return this.self[site]! + (x * x + y * y) / this.stiffness;
  }

  /** δ of the current state, N pairs in the unit of the positions. */
  displacements(): Float64Array {
    return this.forces.map((force, c) => (this.signs[c >> 1]! * force) / this.stiffness);
  }

  /** Root mean square of |δ_i| over the sites, in the current state. */
  rmsDisplacement(): number {
    let sum = 0;
    for (const force of this.forces) sum += force * force;
    return Math.sqrt(sum / this.sites) / this.stiffness;
  }
}

/**
 * Root mean square of |δ_i| over sites and over all 2^N states, exactly: ⟨|f_i|²⟩ = Σ_j |∇_iJ_ij|² for independent
 * spins. In the unit of the positions. It falls as 1/k.
 */
export function rmsDisplacement(
  positions: CavityPositions,
  stiffness: number,
  damping = 0,
): number {
  let sum = 0;
  for (const slope of couplingGradients(positions, damping)) sum += slope * slope;
  return Math.sqrt((2 * sum) / positions.xy.length) / stiffness;
}

/** The stiffness at which atoms are displaced by `rms` (see {@link rmsDisplacement}), unit of J per length². */
export function stiffnessFor(positions: CavityPositions, rms: number, damping = 0): number {
  return rmsDisplacement(positions, 1, damping) / rms;
}

/**
 * The stiffness k = M m ω_t² of tweezers that hold M atoms of ⁸⁷Rb each at the trap frequency `trapHz`, in a program's
 * units.
 * @param options.lengthUnitM the unit of the positions, in metres
 * @param options.energyUnitJ J0 between two ensembles in their ±1 states, pairs once, in joules: 2 S² ħ times the
 * amplitude in the ordered double sum over S^x (hazard HZ1). Its value in the experiment is not known here
 */
export function tweezerStiffness(options: {
  readonly atoms: number;
  readonly trapHz: number;
  readonly lengthUnitM: number;
  readonly energyUnitJ: number;
}): number {
  const { atoms, trapHz, lengthUnitM, energyUnitJ } = options;
  const perSquareMetre = atoms * RUBIDIUM_87_MASS_KG * (2 * Math.PI * trapHz) ** 2;
  return (perSquareMetre * lengthUnitM * lengthUnitM) / energyUnitJ;
}

/** What a user should know of atoms that move. */
export function plasticityWarnings(
  positions: CavityPositions,
  stiffness: number,
  damping = 0,
): string[] {
  const inWaists = rmsDisplacement(positions, stiffness, damping) / positions.waist;
  const warnings = [
    `stiffness: atoms are displaced by ${Number(inWaists.toPrecision(3))} w0 rms (mean over all states); energies and heat are those of relaxed atoms, to linear order in the displacements`,
  ];
  // A hair above the limit, so that a stiffness chosen for the limit itself does not warn by rounding.
  if (inWaists > LARGEST_USEFUL_DISPLACEMENT * (1 + 1e-9)) {
    warnings.push(
      `stiffness: beyond ${LARGEST_USEFUL_DISPLACEMENT} w0 the landscape falls apart into attractors that one wrong spin leaves, and the linear response is off by more than 5 % of a coupling; stiffen the tweezers`,
    );
  }
  return warnings;
}

interface PlasticNumbers {
  readonly couplings: Float64Array;
  readonly pulls: Float64Array;
  readonly self: Float64Array;
}

function partsOf(numbers: Float64Array, sites: number): PlasticNumbers {
  const square = sites * sites;
  return {
    couplings: numbers.subarray(0, square),
    pulls: numbers.subarray(square, 3 * square),
    self: numbers.subarray(3 * square),
  };
}

/** Couplings and barriers of atoms that relax. */
function relax(
  positions: CavityPositions,
  stiffness: number,
  damping: number,
  { couplings, pulls, self }: PlasticNumbers,
): void {
  const sites = self.length;
  couplings.set(couplingsFromPositions(positions, damping));
  transposePairs(couplingGradients(positions, damping), sites, pulls);
  for (let i = 0; i < sites; i++) {
    for (let j = 0; j <= i; j++) {
      const mediated = rowProduct(pulls, i, j, 2 * sites) / stiffness;
      if (i === j) {
        self[i] = mediated;
        continue;
      }
      const value = couplings[i * sites + j]! + mediated;
      couplings[i * sites + j] = value;
      couplings[j * sites + i] = value;
    }
  }
}

function transposePairs(pairs: Float64Array, sites: number, out: Float64Array): void {
  for (let i = 0; i < sites; i++) {
    for (let j = 0; j < sites; j++) {
      const from = 2 * (i * sites + j);
      const to = 2 * (j * sites + i);
      out[to] = pairs[from]!;
      out[to + 1] = pairs[from + 1]!;
    }
  }
}

function rowProduct(matrix: Float64Array, a: number, b: number, length: number): number {
  let sum = 0;
  for (let c = 0; c < length; c++) sum += matrix[a * length + c]! * matrix[b * length + c]!;
  return sum;
}

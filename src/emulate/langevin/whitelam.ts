import { RelaxdError } from '../../core/index.js';
import type { DenseCouplings } from '../../device/index.js';

/**
 * A circuit in the convention of Whitelam, arXiv 2509.15324:
 * V = Σ (J2 x² + J4 x⁴) + Σ bᵢ xᵢ + Σ_(ij) Jᵢⱼ xᵢ xⱼ, each pair once. Biases and couplings have the opposite sign to
 * this project's E = −½ Σ Jᵢⱼ xᵢ xⱼ − Σ hᵢ xᵢ + wells.
 */
export interface WhitelamCircuit {
  /** J2, one value or one a site. */
  readonly quadratic: number | ArrayLike<number>;
  /** J4, one value or one a site. */
  readonly quartic: number | ArrayLike<number>;
  /** bᵢ, one a site. */
  readonly biases: ArrayLike<number>;
  /** N×N, row-major, symmetric. */
  readonly couplings: ArrayLike<number>;
}

/** The same circuit as members of a program. */
export interface CircuitMembers {
  readonly couplings: DenseCouplings;
  readonly fields: Float64Array;
  readonly wells: { readonly quadratic: Float64Array; readonly quartic: Float64Array };
}

/**
 * Whitelam's circuit in the project's sign: J = −J_W, h = −b, wells as they are.
 * @throws RelaxdError `wrong-size` where the couplings are not N×N
 */
export function fromWhitelam(circuit: WhitelamCircuit): CircuitMembers {
  const sites = circuit.biases.length;
  if (circuit.couplings.length !== sites * sites) {
    throw new RelaxdError(
      'wrong-size',
      `couplings have ${circuit.couplings.length} entries for ${sites} biases`,
      { path: 'couplings', value: circuit.couplings.length, limit: sites * sites },
    );
  }
  const perSite = (value: number | ArrayLike<number>): Float64Array =>
    typeof value === 'number' ? new Float64Array(sites).fill(value) : Float64Array.from(value);
  return {
    couplings: { kind: 'dense', data: negated(circuit.couplings) },
    fields: negated(circuit.biases),
    wells: { quadratic: perSite(circuit.quadratic), quartic: perSite(circuit.quartic) },
  };
}

/** The inverse of {@link fromWhitelam}. */
export function toWhitelam(members: CircuitMembers): WhitelamCircuit {
  return {
    quadratic: members.wells.quadratic.slice(),
    quartic: members.wells.quartic.slice(),
    biases: negated(members.fields),
    couplings: negated(members.couplings.data),
  };
}

/** 0 − v rather than −v: no negative zeros in documents. */
const negated = (values: ArrayLike<number>): Float64Array =>
  Float64Array.from(values, (v) => 0 - v);

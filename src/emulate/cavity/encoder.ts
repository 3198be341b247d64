import { RelaxdError } from '../../core/index.js';
import { cholesky, inverseFromFactor } from '../../model/index.js';
import { stateOfCode, type Landscape } from './attractors.js';
import { basinSizes } from './basins.js';

/** ±1 values of N sites. */
export type SpinPattern = ArrayLike<number>;

/**
 * A linear map between a user's patterns X and attractors A of a glass, whose couplings are given by where its atoms are
 * and not by the patterns (physics page §3.9): W = A X⁺ takes a cue to the glass, W' = X A⁺ takes a final state back,
 * each followed by a sign (+1 at zero). X⁺ = (XᵀX)⁻¹Xᵀ, so W x^μ = a^μ exactly: pattern μ is attractor μ, and a cue with
 * errors becomes a state near it.
 */
export class Encoder {
  readonly sites: number;
  /** X: one ±1 pattern each. */
  readonly patterns: readonly Int8Array[];
  /** A: attractor μ stands for pattern μ. */
  readonly attractors: readonly Int8Array[];
  /** W = A X⁺ and X A⁺, N×N row-major. */
  readonly encoding: Float64Array;
  readonly decoding: Float64Array;

  /**
   * @throws RelaxdError `wrong-size`: another number of attractors than of patterns, or of sites; `invalid-input`: values
   * other than ±1, or patterns (attractors) of which one is a combination of others, −ξ beside ξ for one
   */
  constructor(patterns: readonly SpinPattern[], attractors: readonly SpinPattern[]) {
    const sites = patterns[0]?.length ?? 0;
    if (patterns.length !== attractors.length || sites === 0) {
      throw new RelaxdError(
        'wrong-size',
        `${patterns.length} patterns need as many attractors, not ${attractors.length}`,
        { path: 'attractors', value: attractors.length, limit: patterns.length },
      );
    }
    this.sites = sites;
    this.patterns = checkedSpins(patterns, sites, 'patterns');
    this.attractors = checkedSpins(attractors, sites, 'attractors');
    this.encoding = linearMap(this.patterns, this.attractors, 'patterns');
    this.decoding = linearMap(this.attractors, this.patterns, 'attractors');
  }

  /** sgn(W c): what a cue is to the glass. */
  encode(cue: SpinPattern): Int8Array {
    return signsOf(this.encoding, cue);
  }

  /** sgn(X A⁺ s): what a final state of the glass is to the user. An attractor gives its pattern exactly. */
  decode(state: SpinPattern): Int8Array {
    return signsOf(this.decoding, state);
  }

  /** The attractor of the largest overlap with a state, the first at a tie: which memory the glass answered with. */
  nearest(state: SpinPattern): { readonly memory: number; readonly overlap: number } {
    let memory = -1;
    let overlap = -Infinity;
    for (const [mu, attractor] of this.attractors.entries()) {
      let sum = 0;
      for (let i = 0; i < this.sites; i++) sum += attractor[i]! * state[i]!;
      if (sum / this.sites > overlap) {
        memory = mu;
        overlap = sum / this.sites;
      }
    }
    return { memory, overlap };
  }
}

/**
 * The P attractors of the largest basins, one of each ± pair: those that steepest descent reaches from most of the 2^N
 * states, largest first. An attractor that is a linear combination of larger ones is passed over: no linear map could
 * give it a pattern of its own.
 * @throws RelaxdError `invalid-input` where the landscape has fewer that are independent
 */
export function largestBasins(landscape: Landscape, count: number): Int8Array[] {
  const { attractors, sites } = landscape;
  const sizes = basinSizes(landscape);
  const candidates = Array.from(attractors, (code, k) => ({ code, size: sizes[k]! }))
    .sort((a, b) => b.size - a.size || a.code - b.code)
    .map(({ code }) => stateOfCode(code, sites));
  return firstIndependent(candidates, count);
}

/** The first `count` of a list of ±1 patterns that are linearly independent. */
export function firstIndependent(candidates: readonly Int8Array[], count: number): Int8Array[] {
  const chosen: Int8Array[] = [];
  for (const candidate of candidates) {
    if (chosen.length === count) break;
    const tried = [...chosen, candidate];
    if (cholesky(gramOf(tried), tried.length).kind === 'factor') chosen.push(candidate);
  }
  if (chosen.length < count) {
    throw new RelaxdError(
      'invalid-input',
      `the glass has ${chosen.length} independent attractor pairs, not ${count}`,
      { path: 'patterns', value: count, limit: chosen.length },
    );
  }
  return chosen;
}

function checkedSpins(rows: readonly SpinPattern[], sites: number, path: string): Int8Array[] {
  return rows.map((row, mu) => {
    if (row.length !== sites) {
      throw new RelaxdError('wrong-size', `${path}[${mu}] has ${row.length} sites, not ${sites}`, {
        path: `${path}[${mu}]`,
        value: row.length,
        limit: sites,
      });
    }
    for (let i = 0; i < sites; i++) {
      if (row[i] === 1 || row[i] === -1) continue;
      throw new RelaxdError('invalid-input', `${path}[${mu}][${i}] is ${row[i]}, not ±1`, {
        path: `${path}[${mu}][${i}]`,
        value: row[i],
        limit: [-1, 1],
      });
    }
    return Int8Array.from(row);
  });
}

/** Y X⁺ = Y (XᵀX)⁻¹ Xᵀ, N×N row-major. */
function linearMap(
  from: readonly Int8Array[],
  to: readonly Int8Array[],
  path: string,
): Float64Array {
  const P = from.length;
  const sites = from[0]!.length;
  const factor = cholesky(gramOf(from), P);
  if (factor.kind === 'dependent') {
    throw new RelaxdError(
      'invalid-input',
      `${path}[${factor.row}] is a combination of those before it: no linear map tells them apart`,
      { path: `${path}[${factor.row}]`, limit: 'linearly independent' },
    );
  }
  const inverse = inverseFromFactor(factor.lower, P);
  const map = new Float64Array(sites * sites);
  for (let a = 0; a < P; a++) {
    for (let b = 0; b < P; b++) {
      const weight = inverse[a * P + b]!;
      for (let i = 0; i < sites; i++) {
        for (let j = 0; j < sites; j++) {
          map[i * sites + j] = map[i * sites + j]! + to[a]![i]! * weight * from[b]![j]!;
        }
      }
    }
  }
  return map;
}

function gramOf(patterns: readonly Int8Array[]): Float64Array {
  const P = patterns.length;
  const gram = new Float64Array(P * P);
  for (let a = 0; a < P; a++) {
    for (let b = 0; b < P; b++) {
      let sum = 0;
      for (let i = 0; i < patterns[a]!.length; i++) sum += patterns[a]![i]! * patterns[b]![i]!;
      gram[a * P + b] = sum;
    }
  }
  return gram;
}

/** Sums of a few numbers of order one: what is smaller is a tie. */
const TIE = 1e-9;

function signsOf(map: Float64Array, values: SpinPattern): Int8Array {
  const sites = values.length;
  const out = new Int8Array(sites);
  for (let i = 0; i < sites; i++) {
    let sum = 0;
    for (let j = 0; j < sites; j++) sum += map[i * sites + j]! * values[j]!;
    out[i] = sum < -TIE ? -1 : 1;
  }
  return out;
}

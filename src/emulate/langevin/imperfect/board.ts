import { inverse, Matrix } from 'ml-matrix';
import { RandomStream } from '../../../core/index.js';
import type { Couplings, ResolvedProgram } from '../../../device/index.js';
import { CouplingMatrix } from '../coupling-matrix.js';
import type { Imperfections } from './imperfections.js';

/** Streams of a board's seed; rows of couplings follow the last. */
const DRAWN = { capacitors: 0, resistors: 1, offsets: 2, common: 3, converters: 4, couplings: 1e6 };
/** Standard normal numbers of a row of pairs (i, j ≤ i). */
const rowOf = (boardSeed: number, i: number): RandomStream =>
  RandomStream.of(boardSeed, 'disorder', DRAWN.couplings + i);

/**
 * The one copy of a board that a program runs on: its parts as they came out, the same for every run. All are drawn site
 * by site and pair by pair, so that a program of fewer sites finds the same parts.
 */
export interface Board {
  /** C_i and 1/R_i over their nominal values, at the mean temperature. */
  readonly capacitance: Float64Array;
  readonly conductance: Float64Array;
  /** Constant current of each node, units of C V₀/t₀. */
  readonly offset: Float64Array;
  /** Wells as built, before 1/R and C of the node act on them. */
  readonly quadratic: Float64Array;
  /** J_ij, row i receives. */
  readonly matrix: CouplingMatrix;
  /** The part of J that is alike in both directions, as a program has it: what an energy can be made of. */
  readonly couplings: Couplings;
  /** Whether J_ij = J_ji for all pairs. */
  readonly reciprocal: boolean;
  /** γ/2 Σ_j |J_ij|: excess noise of the transconductors that end at node i, over that of a leak at T = 1. */
  readonly excess: Float64Array;
}

interface Kept {
  readonly key: string;
  readonly couplings: Float64Array;
  readonly quadratic: Float64Array;
  readonly board: Board;
}
/** The last boards of this thread: blocks of shots come one after the other and run on the same one. */
const kept: Kept[] = [];
const KEPT = 2;

/** The board of a program; nobody writes to it. */
export function boardOf(program: ResolvedProgram, imperfections: Imperfections): Board {
  const { sites } = program;
  const couplings = numbersOf(program.couplings);
  const { quadratic } = program.wells!;
  const key = JSON.stringify([sites, program.couplings.kind, imperfections]);
  const same = (a: Float64Array, b: Float64Array): boolean =>
    a.length === b.length && a.every((v, k) => v === b[k]);
  const found = kept.find(
    (k) => k.key === key && same(k.quadratic, quadratic) && same(k.couplings, couplings),
  );
  if (found !== undefined) return found.board;
  const board = buildBoard(program, imperfections);
  kept.unshift({ key, couplings, quadratic, board });
  kept.length = Math.min(kept.length, KEPT);
  return board;
}

/** A capacitor over its nominal value: never less than a tenth, however wide the spread. */
const positive = (share: number): number => Math.max(0.1, share);

function numbersOf(couplings: Couplings): Float64Array {
  if (couplings.kind === 'dense') return couplings.data;
  return couplings.kind === 'coo' ? couplings.entries : new Float64Array(0);
}

function buildBoard(program: ResolvedProgram, imperfections: Imperfections): Board {
  const { sites } = program;
  const { boardSeed, resistorSpread, resistorMismatch, excessNoise } = imperfections;
  const normals = (index: number): RandomStream => RandomStream.of(boardSeed, 'disorder', index);
  const perSite = (index: number, sd: number): Float64Array => {
    const stream = normals(index);
    return Float64Array.from({ length: sites }, () => sd * stream.normal());
  };
  const deviations = perSite(DRAWN.capacitors, imperfections.capacitorMismatch);
  const common = resistorSpread * normals(DRAWN.common).normal();
  const { quadratic, couplings, directed } =
    imperfections.coupling === 'capacitor'
      ? capacitorBank(program, imperfections, deviations)
      : transconductors(program, imperfections);
  const matrix = directed ?? CouplingMatrix.of(couplings, sites);
  const excess = new Float64Array(sites);
  if (excessNoise > 0 && imperfections.coupling === 'transconductor') {
    for (let i = 0; i < sites; i++) {
      matrix.row(i, (_, J) => {
        excess[i]! += 0.5 * excessNoise * Math.abs(J);
      });
    }
  }
  return {
    capacitance:
      imperfections.coupling === 'capacitor'
        ? new Float64Array(sites).fill(1) // they are in the wells and couplings already
        : deviations.map((e) => positive(1 + e)),
    conductance: perSite(DRAWN.resistors, resistorMismatch).map((e) => Math.exp(-e - common)),
    offset: perSite(DRAWN.offsets, imperfections.offset),
    quadratic,
    matrix,
    couplings,
    reciprocal: directed === null,
    excess,
  };
}

interface Built {
  readonly quadratic: Float64Array;
  readonly couplings: Couplings;
  /** Where it differs from `couplings`. */
  readonly directed: CouplingMatrix | null;
}

/** J_ij (1 + s e_ij + s_a a_ij), e symmetric and a antisymmetric. */
function transconductors(program: ResolvedProgram, imperfections: Imperfections): Built {
  const { couplings, sites } = program;
  const { boardSeed, couplingMismatch: s, couplingAsymmetry: sa } = imperfections;
  const quadratic = program.wells!.quadratic.slice();
  if (s === 0 && sa === 0) return { quadratic, couplings, directed: null };
  const alike: Float64Array[] = [];
  const opposite: Float64Array[] = [];
  for (let i = 0; i < sites; i++) {
    const stream = rowOf(boardSeed, i);
    alike.push(new Float64Array(i + 1));
    opposite.push(new Float64Array(i + 1));
    for (let j = 0; j <= i; j++) {
      alike[i]![j] = stream.normal();
      opposite[i]![j] = j === i ? 0 * stream.normal() : stream.normal();
    }
  }
  const even = (i: number, j: number): number => 1 + s * (i >= j ? alike[i]![j]! : alike[j]![i]!);
  const odd = (i: number, j: number): number =>
    sa * (i >= j ? opposite[i]![j]! : -opposite[j]![i]!);
  const mapped = mapCouplings(couplings, sites, (i, j, J) => J * even(i, j));
  if (sa === 0) return { quadratic, couplings: mapped, directed: null };
  const nominal = CouplingMatrix.of(couplings, sites);
  return {
    quadratic,
    couplings: mapped,
    directed: nominal.map((i, j, J) => J * (even(i, j) + odd(i, j))),
  };
}

/** Couplings of the same kind with every pair's J replaced, both directions alike. */
export function mapCouplings(
  couplings: Couplings,
  sites: number,
  each: (i: number, j: number, J: number) => number,
): Couplings {
  if (couplings.kind === 'coo') {
    const entries = couplings.entries.slice();
    for (let k = 0; k < entries.length; k += 3) {
      entries[k + 2] = each(entries[k]!, entries[k + 1]!, entries[k + 2]!);
    }
    return { kind: 'coo', entries };
  }
  if (couplings.kind !== 'dense') return couplings; // refused elsewhere
  const data = couplings.data.slice();
  for (let i = 0; i < sites; i++) {
    for (let j = 0; j <= i; j++) {
      data[i * sites + j] = each(i, j, data[i * sites + j]!);
      data[j * sites + i] = data[i * sites + j]!;
    }
  }
  return { kind: 'dense', data };
}

/**
 * Σ (q x² ) − ½ xᵀJx as ½ qᵀ C⁻¹ q of a Maxwell capacitance matrix (units of C), C = 2 (2 diag q − J)⁻¹: C_ij ≤ 0 is
 * the coupling capacitor −C_ij, the row's sum the capacitor to ground.
 */
export function maxwellMatrix(program: ResolvedProgram): Matrix {
  const { sites } = program;
  const wells = program.wells!;
  const A = Matrix.zeros(sites, sites);
  const coupling = CouplingMatrix.of(program.couplings, sites);
  for (let i = 0; i < sites; i++) {
    coupling.row(i, (j, J) => A.set(i, j, -J));
    A.set(i, i, A.get(i, i) + 2 * wells.quadratic[i]!);
  }
  return Matrix.mul(inverse(A), 2);
}

/** Every capacitor of the bank (1 + s e), then back to wells and couplings. */
function capacitorBank(
  program: ResolvedProgram,
  imperfections: Imperfections,
  deviations: Float64Array,
): Built {
  const { sites } = program;
  const { boardSeed, capacitorMismatch, couplingMismatch } = imperfections;
  if (capacitorMismatch === 0 && couplingMismatch === 0) {
    return {
      quadratic: program.wells!.quadratic.slice(),
      couplings: program.couplings,
      directed: null,
    };
  }
  const C = maxwellMatrix(program);
  const real = Matrix.zeros(sites, sites);
  for (let i = 0; i < sites; i++) {
    let ground = 0;
    for (let j = 0; j < sites; j++) ground += C.get(i, j);
    real.set(i, i, real.get(i, i) + ground * positive(1 + deviations[i]!));
    const stream = rowOf(boardSeed, i);
    for (let j = 0; j <= i; j++) {
      const e = stream.normal();
      stream.normal(); // the antisymmetric part of a transconductor: a capacitor has none
      if (j === i) continue;
      const bridge = -C.get(i, j) * positive(1 + couplingMismatch * e);
      real.set(i, j, -bridge);
      real.set(j, i, -bridge);
      real.set(i, i, real.get(i, i) + bridge);
      real.set(j, j, real.get(j, j) + bridge);
    }
  }
  const A = Matrix.mul(inverse(real), 2);
  const data = new Float64Array(sites * sites);
  for (let i = 0; i < sites; i++) {
    for (let j = 0; j < i; j++) {
      const J = -(A.get(i, j) + A.get(j, i)) / 2;
      data[i * sites + j] = J;
      data[j * sites + i] = J;
    }
  }
  return {
    quadratic: Float64Array.from({ length: sites }, (_, i) => A.get(i, i) / 2),
    couplings: { kind: 'dense', data },
    directed: null,
  };
}

/** Integral nonlinearity of each coupling's DAC: a bow a·sin(πJ/J_max) LSB, a uniform in ±inl, 0 at both ends and at 0. */
export function bowedCouplings(
  couplings: Couplings,
  sites: number,
  bow: {
    readonly boardSeed: number;
    readonly inl: number;
    readonly step: number;
    readonly range: number;
  },
): Couplings {
  if (bow.inl === 0 || bow.step === 0) return couplings;
  const amplitudes: Float64Array[] = [];
  const stream = RandomStream.of(bow.boardSeed, 'disorder', DRAWN.converters);
  for (let i = 0; i < sites; i++) {
    amplitudes.push(Float64Array.from({ length: i + 1 }, () => 2 * stream.uniform() - 1));
  }
  const amplitude = (i: number, j: number): number =>
    bow.inl * bow.step * amplitudes[Math.max(i, j)]![Math.min(i, j)]!;
  return mapCouplings(
    couplings,
    sites,
    (i, j, J) => J + amplitude(i, j) * Math.sin((Math.PI * J) / bow.range),
  );
}

import type { Allocator } from '../arena.js';
import { COLUMNS } from '../board/board-columns.js';

export interface SpinHalfShape {
  readonly sites: number;
  /** Modes that are detected. */
  readonly modes: number;
  /** Pairs of spins that are coupled. */
  readonly pairs: number;
  /** Most steps of one call. */
  readonly steps: number;
}

/** Where the members of a block lie in its 32-bit words; the same in assembly/spin-half.ts and native/spin-half.h. */
const WORD = {
  ...{ sites: 0, modes: 1, pairs: 2, fieldsChange: 3, ket: 4, spare: 5, drift: 6 },
  ...{ magnetisation: 7, interaction: 8, bits: 9, driftPairs: 10, interactionPairs: 11 },
  ...{ modeRows: 12, numbers: 13, controls: 14, fields: 15, noise: 16, means: 17 },
  ...{ totals: 18, terms: 19, live: 20 },
} as const;
const WORDS = 21;

/** Places in {@link SpinHalfColumns.numbers}: the step, κ, the local oscillator's phase, and a = lower S⁻ + raise S⁺. */
export const SPIN_HALF_NUMBER = {
  ...{ dt: 0, kappa: 1, cos: 2, sin: 3 },
  ...{ lowerReal: 4, lowerImaginary: 5, raiseReal: 6, raiseImaginary: 7 },
} as const;

/**
 * Pure states of N spins ½, one shot a column, in an arena: the equations and the scheme are those of `HomodyneTrajectory`
 * of the emulator. Bit i of a basis state's number is set where spin i is up.
 */
export class SpinHalfColumns {
  readonly block: Uint32Array<SharedArrayBuffer>;
  /** Real, then imaginary parts: [2][2^N][16]. */
  readonly ket: Float64Array;
  readonly spare: Float64Array;
  /** Diagonal of the drift, [2][2^N]; Σ S^z; diagonal of H_int, real: [2^N]. */
  readonly drift: Float64Array;
  readonly magnetisation: Float64Array;
  readonly interaction: Float64Array;
  /** Bits of the two spins of a pair, the lower one first. */
  readonly bits: Uint32Array;
  /** A pair's drift: raising both, lowering both, exchange, complex. */
  readonly driftPairs: Float64Array;
  /** A pair's energy by the real and imaginary part of ⟨S⁺S⁺⟩* and the real part of ⟨S⁺S⁻⟩. */
  readonly interactionPairs: Float64Array;
  /** g_mi, modes×N. */
  readonly modeRows: Float64Array;
  readonly numbers: Float64Array;
  /** Pump over threshold before the first step and in every step. */
  readonly controls: Float64Array;
  readonly fields: Float64Array;
  /** Standard normal numbers: two rows a mode and step. */
  readonly noise: Float32Array<SharedArrayBuffer>;
  /** ⟨S_i^x⟩, then the imaginary part of ⟨S_i⁻⟩, [N][16] each; then working space. */
  readonly means: Float64Array;
  /** Sums over steps: work, heat. */
  readonly totals: Float64Array;
  /** Of the present state: 2⟨H_int⟩ at threshold, 2⟨Σ S^z⟩. */
  readonly terms: Float64Array;

  constructor(
    arena: Allocator,
    readonly shape: SpinHalfShape,
  ) {
    const { sites, modes, pairs, steps } = shape;
    const size = 2 ** sites;
    this.block = arena.uint32(WORDS);
    this.ket = arena.float64(2 * size * COLUMNS);
    this.spare = arena.float64(4 * size * COLUMNS);
    this.drift = arena.float64(2 * size);
    this.magnetisation = arena.float64(size);
    this.interaction = arena.float64(size);
    this.bits = arena.uint32(2 * pairs);
    this.driftPairs = arena.float64(6 * pairs);
    this.interactionPairs = arena.float64(3 * pairs);
    this.modeRows = arena.float64(modes * sites);
    this.numbers = arena.float64(Object.keys(SPIN_HALF_NUMBER).length);
    this.controls = arena.float64(steps + 1);
    this.fields = arena.float64((steps + 1) * sites);
    this.noise = arena.float32(this.noiseRows * steps * COLUMNS);
    this.means = arena.float64((3 * sites + modes) * COLUMNS);
    this.totals = arena.float64(3 * COLUMNS);
    this.terms = arena.float64(3 * COLUMNS);
    const { block } = this;
    this.live = COLUMNS;
    for (const name of ['sites', 'modes', 'pairs'] as const) block[WORD[name]] = shape[name];
    const arrays = [
      ...(['ket', 'spare', 'drift', 'magnetisation', 'interaction', 'bits'] as const),
      ...(['driftPairs', 'interactionPairs', 'modeRows', 'numbers', 'controls'] as const),
      ...(['fields', 'noise', 'means', 'totals', 'terms'] as const),
    ] as const;
    for (const name of arrays) block[WORD[name]] = this[name].byteOffset;
  }

  get size(): number {
    return 2 ** this.shape.sites;
  }
  /** Rows of noise a step. */
  get noiseRows(): number {
    return 2 * this.shape.modes;
  }
  /** Columns that are shots; those after them may be left where they are. */
  set live(columns: number) {
    this.block[WORD.live] = columns;
  }

  /** Whether `fields` has a row before and in every step, or one row. */
  set fieldsChange(changes: boolean) {
    this.block[WORD.fieldsChange] = changes ? 1 : 0;
  }
  get fieldsChange(): boolean {
    return this.block[WORD.fieldsChange] === 1;
  }
}

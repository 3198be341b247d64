import type { ResolvedProgram } from '../../device/index.js';
import type { SpinModel } from '../../model/index.js';

/** Overlaps m = x/N of a state with the program's references, from integers. */
export class ReferenceOverlaps {
  readonly values: Float64Array;
  /** Whether the model counts these very overlaps anyway. */
  private readonly own: boolean;
  /** [references × words] signs as bits, 1 for −1; null: not needed. */
  private readonly packed: Uint32Array | null;
  /** [words] */
  private readonly signs: Uint32Array;

  /** Made once the model's state is there: references are lists of ±1, as the program's are. */
  constructor(
    program: ResolvedProgram,
    private readonly model: SpinModel,
  ) {
    const { references, couplings, sites } = program;
    this.values = new Float64Array(references.length);
    this.own =
      couplings.kind === 'memories' &&
      model.overlaps !== null &&
      couplings.patterns.length === references.length &&
      couplings.patterns.every((pattern, k) => equal(pattern, references[k]!));
    this.signs = new Uint32Array((sites + 31) >> 5);
    this.packed = this.own ? null : new Uint32Array(references.length * this.signs.length);
    references.forEach((reference, k) => {
      if (this.packed !== null) pack(reference, this.packed, k * this.signs.length);
    });
  }

  /** Takes the overlaps of the model's present state: x = N − 2 (number of sites that differ). */
  read(): Float64Array {
    const { values, model, packed, signs } = this;
    const { state, overlaps, sites } = model;
    if (packed === null) {
      for (let k = 0; k < values.length; k++) values[k] = overlaps![k]! / sites;
      return values;
    }
    pack(state, signs, 0);
    for (let k = 0, at = 0; k < values.length; k++) {
      let differ = 0;
      for (let word = 0; word < signs.length; word++, at++) {
        differ += onesOf(packed[at]! ^ signs[word]!);
      }
      values[k] = (sites - 2 * differ) / sites;
    }
    return values;
  }
}

/** Signs of ±1 values as bits of words from `at` on, 1 for −1; bits beyond the end are 0. */
function pack(values: Int8Array, words: Uint32Array, at: number): void {
  for (let i = 0; i < values.length; at++) {
    let word = 0;
    const end = Math.min(i + 32, values.length);
    for (let bit = 0; i < end; i++, bit++) word |= (values[i]! >>> 31) << bit;
    words[at] = word;
  }
}

/** Number of ones in a word. */
function onesOf(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function equal(a: Int8Array, b: Int8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

import type { ResolvedProgram } from '../../device/index.js';
import type { SpinModel } from '../../model/index.js';

/** Overlaps m = x/N of a state with the program's references, from integers. */
export class ReferenceOverlaps {
  readonly values: Float64Array;
  /** Whether the model counts these very overlaps anyway. */
  private readonly own: boolean;

  constructor(
    private readonly program: ResolvedProgram,
    private readonly model: SpinModel,
  ) {
    const { references, couplings } = program;
    this.values = new Float64Array(references.length);
    this.own =
      couplings.kind === 'memories' &&
      model.overlaps !== null &&
      couplings.patterns.length === references.length &&
      couplings.patterns.every((pattern, k) => equal(pattern, references[k]!));
  }

  /** Takes the overlaps of the model's present state. */
  read(): Float64Array {
    const { values, model } = this;
    const { references, sites } = this.program;
    const { state, overlaps } = model;
    for (let k = 0; k < values.length; k++) {
      let x = 0;
      if (this.own) x = overlaps![k]!;
      else {
        const pattern = references[k]!;
        for (let i = 0; i < sites; i++) x += pattern[i]! * state[i]!;
      }
      values[k] = x / sites;
    }
    return values;
  }
}

function equal(a: Int8Array, b: Int8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

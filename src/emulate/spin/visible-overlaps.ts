import type { ResolvedProgram } from '../../device/index.js';
import type { VisibleHiddenSystem } from './visible-hidden-system.js';

/** Overlaps m = Σ ξ σ / N over the visible sites; what references list for hidden ones is not looked at. */
export class VisibleOverlaps {
  readonly values: Float64Array;

  constructor(
    private readonly program: ResolvedProgram,
    private readonly system: VisibleHiddenSystem,
  ) {
    this.values = new Float64Array(program.references.length);
  }

  /** Takes the overlaps of the system's present state. */
  read(): Float64Array {
    const { visible, state } = this.system;
    for (let m = 0; m < this.values.length; m++) {
      const pattern = this.program.references[m]!;
      let x = 0;
      for (let k = 0; k < visible.length; k++) x += pattern[visible[k]!]! * state[visible[k]!]!;
      this.values[m] = x / visible.length;
    }
    return this.values;
  }
}

/** Overlaps m = (1/N) Σ ξ sign(x) of continuous sites with patterns; a site at exactly 0 counts for nothing. */
export class SignOverlaps {
  readonly values: Float64Array;

  constructor(private readonly references: readonly Int8Array[]) {
    this.values = new Float64Array(references.length);
  }

  read(x: Float64Array): Float64Array {
    const { references, values } = this;
    for (let k = 0; k < references.length; k++) {
      const pattern = references[k]!;
      let sum = 0;
      for (let i = 0; i < x.length; i++) {
        if (x[i]! > 0) sum += pattern[i]!;
        else if (x[i]! < 0) sum -= pattern[i]!;
      }
      values[k] = sum / x.length;
    }
    return values;
  }
}

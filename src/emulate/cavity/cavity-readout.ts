import { RandomStream } from '../../core/index.js';
import type { ResolvedProgram } from '../../device/index.js';

/**
 * What a camera makes of the spins. Parameter `readoutBitError`: probability that a readout shows a spin reversed.
 * States and overlaps are read through it; energies and the ledger are those of the true state.
 */
export class CavityReadout {
  /** Spins as read, N; valid until the next readout. */
  readonly seen: Int8Array;
  /** Overlaps of `seen` with the program's references. */
  readonly overlaps: Float64Array;
  private readonly bitError: number;
  private noise = RandomStream.of(0, 'readout');

  constructor(
    private readonly program: ResolvedProgram,
    parameters: Readonly<Record<string, number>>,
  ) {
    this.bitError = parameters['readoutBitError'] ?? 0;
    this.seen = new Int8Array(program.sites);
    this.overlaps = new Float64Array(program.references.length);
  }

  begin(shot: number): void {
    this.noise = RandomStream.of(this.program.seed, 'readout', shot);
  }

  /** Reads the spins into `seen` and `overlaps`. @param spins sign or magnetisation of each site, N values in −1 … 1 */
  read(spins: ArrayLike<number>): void {
    const { seen, bitError, noise, overlaps } = this;
    const { references } = this.program;
    for (let i = 0; i < seen.length; i++) {
      seen[i] = spins[i]! < 0 ? -1 : 1;
      if (bitError > 0 && noise.uniform() < bitError) seen[i] = -seen[i]!;
    }
    for (let m = 0; m < references.length; m++) {
      const reference = references[m]!;
      let sum = 0;
      for (let i = 0; i < seen.length; i++) sum += reference[i]! * seen[i]!;
      overlaps[m] = sum / seen.length;
    }
  }
}

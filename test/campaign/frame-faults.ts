import type { RandomStream } from '../../src/core/index.js';

/** Probabilities of each frame as it is written. */
export interface FrameRates {
  /** Its bytes come as zeros: the line is busy for as long, and nothing is heard. */
  readonly loss?: number;
  /** One bit is turned over. */
  readonly flip?: number;
  /** It comes twice. */
  readonly duplicate?: number;
}

/** What happens to frames in one direction: both sides write a frame at a time. */
export class FrameFaults {
  rates: FrameRates = {};
  readonly counts = { lost: 0, flipped: 0, duplicated: 0 };

  constructor(private readonly random: RandomStream) {}

  /** @returns what goes over the line instead */
  spoil(bytes: Uint8Array): Uint8Array[] {
    const { loss = 0, flip = 0, duplicate = 0 } = this.rates;
    const draw = this.random.uniform();
    if (draw < loss) {
      this.counts.lost++;
      return [new Uint8Array(bytes.length)];
    }
    if (draw < loss + flip) {
      this.counts.flipped++;
      const spoilt = bytes.slice();
      spoilt[this.random.integer(bytes.length)]! ^= 1 << this.random.integer(8);
      return [spoilt];
    }
    if (draw < loss + flip + duplicate) {
      this.counts.duplicated++;
      return [bytes, bytes];
    }
    return [bytes];
  }
}

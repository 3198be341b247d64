/** Spins of many trajectories at many times as bits: correlations by counting the bits that differ. */
export class SpinBits {
  private readonly words: number;
  private readonly bits: Int32Array;

  constructor(
    times: number,
    private readonly size: number,
  ) {
    this.words = Math.ceil(size / 32);
    this.bits = new Int32Array(times * this.words);
  }

  /** The spins ±1 at time k. */
  set(k: number, spins: Int8Array): void {
    const row = k * this.words;
    for (let a = 0; a < spins.length; a++) {
      if (spins[a] === 1) this.bits[row + (a >> 5)]! |= 1 << (a & 31);
    }
  }

  /** Mean of s_k s_j. */
  correlation(k: number, j: number): number {
    const { bits, words } = this;
    let differ = 0;
    for (let w = 0; w < words; w++) differ += ones(bits[k * words + w]! ^ bits[j * words + w]!);
    return 1 - (2 * differ) / this.size;
  }
}

/** How many bits of a word are set. */
function ones(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  x = (x + (x >>> 4)) & 0x0f0f0f0f;
  return Math.imul(x, 0x01010101) >>> 24;
}

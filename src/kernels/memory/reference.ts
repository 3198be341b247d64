import { naturalLog } from './natural-log.js';
import {
  marginOf,
  NUMBER,
  SUM_LANES,
  TABLE_MARGIN,
  WORD,
  type MemoryBlock,
} from './memory-block.js';

/** A field of exponential memories whose sign doubles do not tell: to be decided with as many digits as it takes. */
const UNDECIDED = NaN;
/** Fields of exponential memories are at most this, so that sums with other fields stay finite, and at least {@link LEAST}. */
const LARGEST = 1e300;
const LEAST = Number.MIN_VALUE;

/**
 * What the compiled kernels compute, in plain TypeScript on the same block.
 *
 * A field leaves site i out: memories that agree there (ξ_i^μ = s_i) enter with y = x_μ − 1, opposed ones with x_μ + 1.
 * - integers: s b = Σ_agreeing D(x−1) − Σ_opposed D(x+1) with integer D, hence exact in any order: summed as
 *   Σ_agreeing A − Σ D(x+1), A = D(x−1) + D(x+1), of which only the first depends on the site;
 * - powers: the same with a table of D in float64; sequences: Σ ξ_i^{next} f(y);
 * - log-sum-exp: with S₊, S₋ the sums of e^{by} over agreeing and opposed memories and q = e^{−2b},
 *   s b = −(1/2b) ln[(S₊q + S₋)/(S₊ + S₋q)] (physics page, HZ4: the two log-sum-exps are the energy difference);
 * - exponential: s b = sinh(1)·e^{top + 1}·(S₊ − S₋) with the sums of log-sum-exp at b = 1; where rounding could have made the
 *   sign, memories of either kind are counted by y: 0 where they cancel, else {@link UNDECIDED};
 * - weights: V_i·y/N.
 * Floating-point sums run in {@link SUM_LANES} strided lanes, added in pairs 8, 4, 2, 1 apart.
 */
export class ReferenceMemories {
  private readonly rows: Uint32Array;
  private readonly nextRows: Uint32Array;
  private readonly x: Int32Array;
  private readonly terms: Int32Array;
  private readonly below: Float64Array;
  private readonly above: Float64Array;
  private readonly table: Float64Array;
  private readonly weights: Float64Array;
  private readonly counts: Int32Array;
  private readonly lanes = new Float64Array(SUM_LANES);
  private readonly memories: number;
  /** +1 where memory μ agrees with the spin on the site that is looked at, else −1. */
  private readonly agree: Int8Array;
  private readonly following: Int8Array;

  constructor(private readonly block: MemoryBlock) {
    const { words, engine, lanes, layout } = block;
    const { buffer } = engine.arena;
    const { sites, kind, table } = layout;
    this.memories = layout.patterns.length;
    this.agree = new Int8Array(this.memories);
    this.following = new Int8Array(this.memories);
    const width = (sites * lanes) / 32;
    this.rows = new Uint32Array(buffer, words[WORD.rows]! >>> 0, width);
    this.x = new Int32Array(buffer, words[WORD.overlaps]! >>> 0, lanes);
    const has = (...kinds: readonly (typeof kind)[]): boolean => kinds.includes(kind);
    const doubles = (word: number, length: number): Float64Array =>
      new Float64Array(buffer, words[word]! >>> 0, length);
    const sums = has('powers', 'sequence', 'log-sum-exp', 'exponential') ? lanes : 0;
    this.terms = new Int32Array(buffer, words[WORD.below]! >>> 0, has('integers') ? lanes : 0);
    this.below = doubles(WORD.below, sums);
    this.above = doubles(WORD.above, sums);
    this.table = doubles(WORD.table, table === null ? 0 : table.length + 2 * marginOf(kind));
    const following = has('sequence');
    this.nextRows = new Uint32Array(buffer, words[WORD.nextRows]! >>> 0, following ? width : 0);
    this.weights = doubles(WORD.weights, has('weights') ? sites * lanes : 0);
    const counted = has('exponential') ? 2 * sites + 1 : 0;
    this.counts = new Int32Array(buffer, words[WORD.counts]! >>> 0, counted);
  }

  reset(): void {
    const { memories } = this;
    this.count(this.x);
    // What fills up a group has overlaps so low that rectified terms are zero whatever is flipped.
    this.x.fill(this.block.layout.kind === 'integers' ? -(2 ** 20) : 0, memories);
    this.keep();
  }

  /** Overlaps of the state, counted afresh. */
  count(out: Int32Array): void {
    const { layout, state } = this.block;
    for (let mu = 0; mu < this.memories; mu++) {
      const pattern = layout.patterns[mu]!;
      let x = 0;
      for (let i = 0; i < layout.sites; i++) x += pattern[i]! * state[i]!;
      out[mu] = x;
    }
  }

  field(i: number): number {
    const { layout, numbers, state } = this.block;
    const spin = state[i]!;
    const scale = numbers[NUMBER.scale]!;
    const { below, above, x, agree, lanes, memories, terms } = this;
    this.compare(i, this.rows, agree, spin);
    lanes.fill(0);
    switch (layout.kind) {
      case 'integers': {
        let agreeing = 0;
        for (let mu = 0; mu < memories; mu++) if (agree[mu]! > 0) agreeing += terms[mu]!;
        return spin * (agreeing - numbers[NUMBER.constant]!) * scale;
      }
      case 'powers':
        for (let mu = 0; mu < memories; mu++) {
          this.add(mu, agree[mu]! > 0 ? below[mu]! : above[mu]!);
        }
        return spin * this.total() * scale;
      case 'sequence': {
        const { following } = this;
        this.compare(i, this.nextRows, following, 1);
        for (let mu = 0; mu < memories; mu++) {
          this.add(mu, following[mu]! * (agree[mu]! > 0 ? below[mu]! : above[mu]!));
        }
        return this.total() * scale;
      }
      case 'log-sum-exp':
        return this.logField(i);
      case 'exponential': {
        const [agreeing, opposed] = this.eitherSum();
        return spin * this.exponentialField(agreeing, opposed);
      }
      case 'weights': {
        const base = i * this.block.lanes;
        for (let nu = 0; nu < memories; nu++) {
          this.add(nu, this.weights[base + nu]! * (x[nu]! - agree[nu]!));
        }
        return this.total() / layout.sites;
      }
    }
  }

  /** The field of −(1/b) ln Σ e^{bx}: of log-sum-exp memories, and of the logarithm of exponential ones (b = 1). */
  logField(i: number): number {
    const spin = this.block.state[i]!;
    this.compare(i, this.rows, this.agree, spin);
    const [agreeing, opposed] = this.eitherSum();
    return spin * this.logSumExpField(agreeing, opposed);
  }

  /** S₊ and S₋, in units of e^{b(top + 1)}, of what {@link compare} has found. */
  private eitherSum(): [number, number] {
    const { below, above, agree, lanes, memories } = this;
    lanes.fill(0);
    for (let mu = 0; mu < memories; mu++) if (agree[mu]! > 0) this.add(mu, below[mu]!);
    const agreeing = this.total();
    lanes.fill(0);
    for (let mu = 0; mu < memories; mu++) if (agree[mu]! < 0) this.add(mu, above[mu]!);
    return [agreeing, this.total()];
  }

  /** s b of an exponential memory. */
  private exponentialField(agreeing: number, opposed: number): number {
    const { numbers } = this.block;
    const difference = agreeing - opposed;
    if (Math.abs(difference) <= numbers[NUMBER.slack]! * (agreeing + opposed)) {
      return this.cancels() ? 0 : UNDECIDED;
    }
    const size = Math.abs(difference) * numbers[NUMBER.size]!;
    const field = Math.max(LEAST, Math.min(LARGEST, size));
    return difference > 0 ? field : -field;
  }

  /** Whether as many memories agree at each y as are opposed: then Σ ± e^y is zero, and only then (e is transcendental). */
  private cancels(): boolean {
    const { x, agree, counts, memories } = this;
    const { sites } = this.block.layout;
    for (let mu = 0; mu < memories; mu++) {
      const at = x[mu]! - agree[mu]! + sites;
      counts[at] = counts[at]! + agree[mu]!;
    }
    let all = true;
    for (let mu = 0; mu < memories; mu++) {
      if (counts[x[mu]! - agree[mu]! + sites] !== 0) all = false;
    }
    for (let mu = 0; mu < memories; mu++) counts[x[mu]! - agree[mu]! + sites] = 0;
    return all;
  }

  flip(i: number): void {
    const { state } = this.block;
    const spin = state[i]!;
    const { x, agree, memories } = this;
    this.compare(i, this.rows, agree, spin);
    for (let mu = 0; mu < memories; mu++) x[mu] = x[mu]! - 2 * agree[mu]!;
    state[i] = -spin;
    this.keep();
  }

  /** Attempts at T = 0, sites in turn from `first`: each along its field, in zero field as it is. */
  descend(first: number, count: number): number {
    const { state, layout } = this.block;
    let flips = 0;
    for (let k = 0; k < count; k++) {
      const i = (first + k) % layout.sites;
      if (state[i]! * this.field(i) >= 0) continue;
      this.flip(i);
      flips++;
    }
    return flips;
  }

  /** What is kept of the overlaps: one term a memory on either side. */
  private keep(): void {
    const { x, table, below, above, memories } = this;
    const { layout, numbers } = this.block;
    switch (layout.kind) {
      case 'weights':
        return;
      case 'integers': {
        let [total, constant] = [0, 0];
        for (let mu = 0; mu < memories; mu++) {
          const up = this.integerTerm(x[mu]! + 1);
          this.terms[mu] = this.integerTerm(x[mu]! - 1) + up;
          total += this.terms[mu]!;
          constant += up;
        }
        numbers[NUMBER.total] = total;
        numbers[NUMBER.constant] = constant;
        return;
      }
      case 'exponential':
      case 'log-sum-exp': {
        let top = x[0]!;
        for (let mu = 1; mu < memories; mu++) top = Math.max(top, x[mu]!);
        for (let mu = 0; mu < memories; mu++) {
          const d = (top - x[mu]!) / 2;
          above[mu] = table[d]!;
          below[mu] = table[d + 1]!;
        }
        if (layout.kind === 'exponential') {
          const { sites } = layout;
          numbers[NUMBER.size] = table[sites + 2 + (top + sites) / 2]!;
        }
        return;
      }
      case 'powers':
      case 'sequence': {
        const middle = layout.sites + TABLE_MARGIN;
        const sign = layout.kind === 'powers' ? -1 : 1;
        for (let mu = 0; mu < memories; mu++) {
          below[mu] = table[middle + x[mu]! - 1]!;
          above[mu] = sign * table[middle + x[mu]! + 1]!;
        }
      }
    }
  }

  /** D(y) = [F(y+1) − F(y−1)]/2 for F = x² or x³, rectified or not, in units of 1 or, where halves come up, of ½. */
  private integerTerm(y: number): number {
    const { layout, words } = this.block;
    const unit = words[WORD.doubled]! === 1 ? 2 : 1;
    if (layout.rectified === true) {
      if (y < 0) return 0;
      if (y === 0) return unit / 2;
    }
    return unit * (layout.degree === 2 ? 2 * y : 3 * y * y + 1);
  }

  /** s b of a log-sum-exp memory. */
  private logSumExpField(agreeing: number, opposed: number): number {
    const { numbers } = this.block;
    const q = numbers[NUMBER.decay]!;
    const low = agreeing + opposed * q;
    const ratio = (agreeing * q + opposed) / low;
    let log: number;
    if (ratio > 0.5 && ratio < 2) {
      const t = ((opposed - agreeing) * numbers[NUMBER.share]!) / low;
      const u = 1 + t;
      log = u === 1 ? t : naturalLog(u) * (t / (u - 1));
    } else {
      log = naturalLog(ratio);
    }
    return -log / (2 * numbers[NUMBER.beta]!);
  }

  /** Signs of the memories on site i times a spin: +1 where they agree. */
  private compare(i: number, rows: Uint32Array, out: Int8Array, spin: number): void {
    const base = (i * this.block.lanes) / 32;
    for (let mu = 0; mu < out.length; mu++) {
      const up = (rows[base + (mu >> 5)]! >>> (mu & 31)) & 1;
      out[mu] = up === 1 ? spin : -spin;
    }
  }

  private add(mu: number, term: number): void {
    const lane = mu % SUM_LANES;
    this.lanes[lane] = this.lanes[lane]! + term;
  }

  private total(): number {
    const { lanes } = this;
    for (let apart = SUM_LANES / 2; apart >= 1; apart /= 2) {
      for (let lane = 0; lane < apart; lane++) lanes[lane] = lanes[lane]! + lanes[lane + apart]!;
    }
    return lanes[0]!;
  }
}

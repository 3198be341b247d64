import { RandomStream } from '../../../core/index.js';
import type { ResolvedProgram } from '../../../device/index.js';
import { CompensatedSum } from '../../../thermo/index.js';
import { EventClock, type Jumps } from './event-clock.js';
import type { FlipLaw } from './flip-law.js';
import { EVENTS_ONE_BY_ONE } from './flip-motion.js';
import { GradedMotion } from './graded-motion.js';
import type { MagnetisationModel } from './magnetisation-model.js';
import type { ParamagnetStart } from './paramagnet-start.js';
import { drawPoisson } from './poisson.js';

/** Up to this S every quantum is an event of its own; above, quanta are drawn in leaps. */
export const MOST_EXACT_SPIN = 50;
/** A leap of fewer quanta than this is not worth it: the next one is drawn by itself. */
const LEAST_QUANTA = 10;
const RAMP_PART = 1 / 256;
const EVENTS_A_REFRESH = 4096;
const ROUNDING = 1e-13;

/**
 * Quantum-number resolved ladders (physics page §4.2c): s_i ∈ {−S … S}, m_i = s_i/S, one quantum up or down at rate
 * Γ0 [S(S+1) − s(s±1)] f(δE), δE being the change of the program's energy, E = −½ Σ J m m − Σ h m. With S = ½ this is the
 * flip of a whole spin; with the ohmic law at T = 0 and S → ∞ it is the avalanche, du/dt = b.
 *
 * Up to S = 50 exact (Gillespie, ramps by thinning). Above, τ-leaping (Cao, Gillespie & Petzold 2006): in a leap the
 * mean of no level's change, nor its spread, exceeds the part `leap` of the distance to the nearer end of its ladder (but one quantum
 * is always let through), rates are those at its start, and numbers of quanta are Poisson. Leaps are cut at readouts and
 * knots. Heat is the energy that went, exactly in both cases.
 */
export class ResolvedMotion extends GradedMotion implements Jumps {
  /** s_i + S, an integer 0 … 2S, of the free sites. */
  private readonly levels: Float64Array;
  /** Rates and costs: [2k] down, [2k + 1] up of free site k. */
  private readonly rates: Float64Array;
  private readonly costs: Float64Array;
  private readonly counts: Float64Array;
  private readonly ahead: Float64Array;
  private readonly clock: EventClock;
  private readonly entropySum = new CompensatedSum();
  private stream = RandomStream.of(0);
  private largest = 0;
  private t = 0;
  private events = 0;

  /**
   * @param spin S, half an integer
   * @param leap largest relative change in a leap
   * @param start how spins leave the paramagnet; null where they are ordered from the start
   * @param leaping whether quanta are drawn in leaps
   */
  constructor(
    program: ResolvedProgram,
    model: MagnetisationModel,
    private readonly law: FlipLaw,
    private readonly spin: number,
    private readonly leap: number,
    start: ParamagnetStart | null,
    private readonly leaping = spin > MOST_EXACT_SPIN,
  ) {
    super(program, model, start);
    const n = this.free.length;
    this.levels = new Float64Array(n);
    this.rates = new Float64Array(2 * n);
    this.costs = new Float64Array(2 * n);
    this.counts = new Float64Array(2 * n);
    this.ahead = new Float64Array(this.segments.columns);
    this.clock = new EventClock(this, this.segments, program.duration);
  }

  get algorithm(): string {
    return this.leaping ? 'leaps-of-quanta' : EVENTS_ONE_BY_ONE;
  }
  protected get entropy(): number {
    return this.entropySum.value;
  }

  protected place(initial: Int8Array, stream: RandomStream): void {
    const { levels, free, spin } = this;
    this.stream = stream;
    for (let k = 0; k < free.length; k++) levels[k] = initial[free[k]!]! > 0 ? 2 * spin : 0;
    this.entropySum.reset();
    this.largest = 0;
    this.events = 0;
  }

  protected takeUp(values: ArrayLike<number>): void {
    const { levels, free, spin, driven } = this;
    for (let k = 0; k < free.length; k++) {
      const n = Math.max(0, Math.min(2 * spin, Math.round(spin * (1 + values[free[k]!]!))));
      levels[k] = n;
      driven.m[free[k]!] = (n - spin) / spin;
    }
  }

  protected startClock(t: number): void {
    this.t = t;
    this.segments.rewind();
    if (!this.leaping) this.clock.start(t, this.stream);
  }

  protected moveOn(until: number): void {
    if (this.leaping) this.leapTo(until);
    else this.clock.advanceTo(until, this.onProgress);
    this.moveTo(until);
  }

  moveTo(t: number): void {
    this.protocol.advance(t);
    this.driven.settle();
  }

  readRates(): number {
    const { free, rates, costs, law, driven } = this;
    const { temperature } = this.protocol;
    const rest = (ROUNDING * this.largest) / this.spin;
    let total = 0;
    for (let k = 0; k < free.length; k++) {
      const field = driven.totalField(free[k]!);
      const size = Math.abs(field);
      if (size > this.largest) this.largest = size;
      const shift = this.selfCost(k, driven.scale);
      for (let up = 0; up < 2; up++) {
        let cost = shift - ((2 * up - 1) * field) / this.spin;
        if (Math.abs(cost) <= rest) cost = 0;
        const ladder = this.ladder(k, up);
        const rate = ladder === 0 ? 0 : ladder * law.rate(cost, temperature);
        costs[2 * k + up] = cost;
        rates[2 * k + up] = rate;
        total += rate;
      }
    }
    return total;
  }

  boundUntil(segment: number, time: number): number {
    const { free, ahead, costs, law, driven, program, segments, protocol } = this;
    segments.valuesAt(segment, time, ahead);
    const temperature = Math.max(protocol.temperature, ahead[1]!);
    let sum = 0;
    for (let k = 0; k < free.length; k++) {
      const i = free[k]!;
      let field = ahead[0]! * driven.fields[i]! + program.fields[i]!;
      for (let d = 0; d < program.drives.length; d++) {
        field += ahead[2 + d]! * program.drives[d]!.pattern[i]!;
      }
      const shift = this.selfCost(k, ahead[0]!);
      for (let up = 0; up < 2; up++) {
        const ladder = this.ladder(k, up);
        if (ladder === 0) continue;
        const now = costs[2 * k + up]!;
        const then = shift - ((2 * up - 1) * field) / this.spin;
        const slack = 1e-12 * (Math.abs(now) + Math.abs(then));
        sum +=
          ladder * law.bound(Math.min(now, then) - slack, Math.max(now, then) + slack, temperature);
      }
    }
    return sum * (1 + 1e-12);
  }

  jump(draw: number): void {
    const { rates } = this;
    let sum = 0;
    let chosen = 0;
    for (let c = 0; c < rates.length; c++) {
      if (rates[c] === 0) continue;
      sum += rates[c]!;
      chosen = c;
      if (draw < sum) break;
    }
    const before = this.driven.energy();
    this.entropySum.add(this.law.entropy(this.costs[chosen]!, this.protocol.temperature));
    this.shift(chosen >> 1, (chosen & 1) === 1 ? 1 : -1);
    if (++this.events % EVENTS_A_REFRESH === 0) this.driven.refreshFields();
    this.heatSum.add(before - this.driven.energy());
  }

  /** −½ c J_ii Δm², the part of a quantum's cost that does not change sign with its direction. */
  private selfCost(k: number, scale: number): number {
    return (-0.5 * scale * this.driven.model.self(this.free[k]!)) / (this.spin * this.spin);
  }

  /** What a quantum of free site k costs up or down, at the present fields. */
  private cost(k: number, up: number): number {
    const { driven, free, spin } = this;
    const field = driven.totalField(free[k]!);
    return this.selfCost(k, driven.scale) - ((2 * up - 1) * field) / spin;
  }

  /** S(S+1) − s(s±1) from the level n = s + S: n(2S − n + 1) down, (n + 1)(2S − n) up. */
  private ladder(k: number, up: number): number {
    const n = this.levels[k]!;
    const top = 2 * this.spin;
    return up === 1 ? (n + 1) * (top - n) : n * (top - n + 1);
  }

  /** Moves free site k by quanta. */
  private shift(k: number, quanta: number): void {
    const { driven, free, levels, spin } = this;
    const i = free[k]!;
    levels[k] = levels[k]! + quanta;
    const m = (levels[k] - spin) / spin;
    driven.model.addColumn(i, m - driven.m[i]!, driven.fields);
    driven.m[i] = m;
  }

  private leapTo(until: number): void {
    const { segments } = this;
    while (this.t < until) {
      this.moveTo(this.t);
      const segment = segments.at(this.t);
      const end = Math.min(until, segments.end(segment));
      const still = segments.isStill(segment);
      const ramp = still ? Infinity : (segments.end(segment) - segments.start(segment)) * RAMP_PART;
      const total = this.readRates();
      if (total === 0) {
        this.t = Math.min(end, this.t + ramp);
        continue;
      }
      const width = Math.min(this.leapWidth(), ramp, end - this.t);
      if (width * total < LEAST_QUANTA && width < Math.min(ramp, end - this.t)) {
        // near an end of many ladders: one quantum at a time is as fast, and exact
        const wait = this.stream.exponential() / total;
        if (this.t + wait >= Math.min(end, this.t + ramp)) {
          this.t = Math.min(end, this.t + ramp);
          continue;
        }
        this.t += wait;
        this.jump(this.stream.uniform() * total);
      } else {
        this.leapOver(width);
        this.t = this.t + width < end ? this.t + width : end;
      }
      if (this.events % EVENTS_A_REFRESH === 0) this.onProgress(this.t);
    }
  }

  private leapWidth(): number {
    const { rates, levels, leap, spin } = this;
    let width = Infinity;
    for (let k = 0; k < levels.length; k++) {
      const down = rates[2 * k]!;
      const up = rates[2 * k + 1]!;
      if (down + up === 0) continue;
      const n = levels[k]!;
      const allowed = Math.max(leap * (Math.min(n, 2 * spin - n) + 1), 1);
      width = Math.min(width, allowed / Math.abs(up - down), (allowed * allowed) / (up + down));
    }
    return width;
  }

  private leapOver(width: number): void {
    const { rates, costs, counts, levels, law, stream, spin, protocol, driven } = this;
    const before = driven.energy();
    for (let c = 0; c < rates.length; c++) counts[c] = drawPoisson(stream, rates[c]! * width);
    for (let k = 0; k < levels.length; k++) {
      const n = levels[k]!;
      // A ladder has ends, which Poisson numbers do not know.
      const wanted = n + counts[2 * k + 1]! - counts[2 * k]!;
      const to = Math.max(0, Math.min(2 * spin, wanted));
      if (wanted > to) counts[2 * k + 1]! -= wanted - to;
      if (wanted < to) counts[2 * k]! -= to - wanted;
      if (to !== n) this.shift(k, to - n);
    }
    // Costs are linear in the levels: their means over the leap make the quanta's heat add up to the leap's.
    for (let c = 0; c < costs.length; c++) {
      if (counts[c] === 0) continue;
      const cost = 0.5 * (costs[c]! + this.cost(c >> 1, c & 1));
      this.entropySum.add(counts[c]! * law.entropy(cost, protocol.temperature));
    }
    if (++this.events % EVENTS_A_REFRESH === 0) driven.refreshFields();
    this.heatSum.add(before - driven.energy());
  }
}

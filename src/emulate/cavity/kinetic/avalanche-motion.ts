import type { ResolvedProgram } from '../../../device/index.js';
import { GradedMotion } from './graded-motion.js';
import type { MagnetisationModel } from './magnetisation-model.js';
import type { ParamagnetStart } from './paramagnet-start.js';

/** Largest change of any u in a step (physics page §4.2b). */
const STEP = 0.05;
/** Steps are at most this part of a ramp. */
const RAMP_PART = 1 / 256;
/** Fields that were updated column by column are summed afresh after so many steps. */
const STEPS_A_REFRESH = 1024;

/**
 * Superradiant avalanches in mean field (physics page §3.7, §4.2b): m_i = tanh u_i, du_i/dt = sign(b_i)|b_i|^p in units of
 * Γ0, |u_i| ≤ ½ ln 4S; explicit Euler with steps in which no u changes by more than 0.05 (0.05/max|b|^p over the spins that
 * are not at their limit), cut at readouts and at the knots of the protocol. A spin starts at u = ±½ ln 4S, so that its flip takes ln(4S)/|b| (p = 1). Once all are at their limits with fields that hold
 * them there, time runs on to the next change of the protocol.
 *
 * Deterministic; within a step the protocol stands still, so that energy, work and heat close exactly.
 */
export class AvalancheMotion extends GradedMotion {
  readonly algorithm = 'euler-steps';
  protected readonly entropy = NaN;
  private readonly u: Float64Array;
  private readonly velocity: Float64Array;
  private readonly limit: number;
  private t = 0;
  private steps = 0;

  /**
   * @param spin S
   * @param start how spins leave the paramagnet; null where they are ordered from the start
   */
  constructor(
    program: ResolvedProgram,
    model: MagnetisationModel,
    private readonly exponent: number,
    spin: number,
    start: ParamagnetStart | null,
  ) {
    super(program, model, start);
    this.u = new Float64Array(program.sites);
    this.velocity = new Float64Array(program.sites);
    this.limit = 0.5 * Math.log(4 * spin);
  }

  protected place(initial: Int8Array): void {
    const { u, free, limit } = this;
    for (let k = 0; k < free.length; k++) u[free[k]!] = limit * initial[free[k]!]!;
    this.takeMagnetisations();
    this.steps = 0;
  }

  protected takeUp(values: ArrayLike<number>): void {
    const { u, free, limit } = this;
    for (let k = 0; k < free.length; k++) {
      const i = free[k]!;
      u[i] = Math.max(-limit, Math.min(limit, Math.atanh(values[i]!)));
    }
    this.takeMagnetisations();
  }

  protected startClock(t: number): void {
    this.t = t;
    this.segments.rewind();
  }

  protected moveOn(until: number): void {
    const { segments, protocol, driven } = this;
    while (this.t < until) {
      const segment = segments.at(this.t);
      const end = Math.min(until, segments.end(segment));
      const still = segments.isStill(segment);
      const fastest = this.readVelocities();
      const ramp = still ? Infinity : (segments.end(segment) - segments.start(segment)) * RAMP_PART;
      const width = Math.min(fastest > 0 ? STEP / fastest : Infinity, ramp);
      const next = this.t + width < end ? this.t + width : end;
      const moved = this.move(next - this.t);
      this.t = !moved && still ? end : next;
      protocol.advance(this.t);
      driven.settle();
      if (++this.steps % STEPS_A_REFRESH === 0) this.onProgress(this.t);
    }
  }

  private takeMagnetisations(): void {
    const { driven, free, u } = this;
    for (let k = 0; k < free.length; k++) driven.m[free[k]!] = Math.tanh(u[free[k]!]!);
  }

  /** du/dt into `velocity`, 0 where a spin is held at its limit; @returns the largest */
  private readVelocities(): number {
    const { driven, free, velocity, exponent, u, limit } = this;
    let fastest = 0;
    for (let k = 0; k < free.length; k++) {
      const i = free[k]!;
      const field = driven.totalField(i);
      const size = exponent === 1 ? Math.abs(field) : Math.min(Math.abs(field) ** exponent, 1e300);
      const held = field === 0 || (Math.abs(u[i]!) >= limit && field * u[i]! > 0);
      velocity[i] = held ? 0 : Math.sign(field) * size;
      if (!held && size > fastest) fastest = size;
    }
    return fastest;
  }

  /** One step; true where any spin moved. Books the heat as the energy that went. */
  private move(dt: number): boolean {
    const { driven, free, velocity, u, limit } = this;
    const before = driven.energy();
    let moved = 0;
    for (let k = 0; k < free.length; k++) {
      const i = free[k]!;
      const to = Math.max(-limit, Math.min(limit, u[i]! + dt * velocity[i]!));
      if (to === u[i]) continue;
      u[i] = to;
      const m = Math.tanh(to);
      const change = m - driven.m[i]!;
      driven.m[i] = m;
      driven.model.addColumn(i, change, driven.fields);
      moved++;
    }
    if (moved === 0) return false;
    if (this.steps % STEPS_A_REFRESH === 0) driven.refreshFields();
    this.heatSum.add(before - driven.energy());
    return true;
  }
}

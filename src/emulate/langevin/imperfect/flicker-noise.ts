import type { RandomStream } from '../../../core/index.js';

/** Poles of 1/f noise a decade. */
export const POLES_A_DECADE = 2;
/** The band in units of the corner: what is slower is an offset within any run, what is faster drowns in white noise. */
export const FLICKER_BAND = [1e-4, 10] as const;
/** A pole is advanced once it would decay by this, and is constant in between. */
const RESOLVED_DECAY = 0.05;

/** Relaxation rates of the Ornstein–Uhlenbeck processes that add up to 1/f between two frequencies (cycles a time). */
export function flickerRates(lowest: number, highest: number): Float64Array {
  const decades = Math.log10(highest / lowest);
  const count = Math.round(decades * POLES_A_DECADE) + 1;
  return Float64Array.from(
    { length: count },
    (_, k) => 2 * Math.PI * lowest * 10 ** (k / POLES_A_DECADE),
  );
}

/**
 * Variance of each process for a two-sided density `level`/f: with rates in ratio r, Σ σ² 2λ/(λ² + ω²) is
 * (σ²/ln r) ∫ 2λ/(λ² + ω²) dln λ = πσ²/(ω ln r) = σ²/(2 f ln r) inside the band.
 */
export const flickerVariance = (level: number): number => (2 * level * Math.LN10) / POLES_A_DECADE;

/** Independent 1/f noise at a number of nodes: sums of exact Ornstein–Uhlenbeck processes, drawn stationary each shot. */
export class FlickerNoise {
  /** Present value at each node. */
  readonly sum: Float64Array;
  private readonly amplitude: number;
  /** Of each process: steps between two moves of it, and x → decay·x + spread·ξ, one such move; as {@link prepare} sets them. */
  readonly strides: Int32Array;
  readonly decay: Float64Array;
  readonly spread: Float64Array;
  private step = 0;
  private prepared = NaN;

  /**
   * @param rates of the processes; none: no noise
   * @param variance of each of them
   * @param values where they are kept, process by process
   */
  constructor(
    private readonly nodes: number,
    private readonly rates: Float64Array,
    variance: number,
    private readonly values: Float64Array = new Float64Array(nodes * rates.length),
  ) {
    this.sum = new Float64Array(nodes);
    this.amplitude = Math.sqrt(variance);
    this.strides = new Int32Array(rates.length);
    this.decay = new Float64Array(rates.length);
    this.spread = new Float64Array(rates.length);
  }

  /** Draws the stationary state. */
  begin(stream: RandomStream): void {
    const { values, amplitude } = this;
    for (let k = 0; k < values.length; k++) values[k] = amplitude * stream.normal();
    this.restart();
  }

  /** Begins a shot with the processes as they are: steps count from here. */
  restart(): void {
    this.step = 0;
    this.sumUp();
  }

  /** Sets the step; cheap where it has not changed. */
  prepare(h: number): void {
    if (h === this.prepared) return;
    this.prepared = h;
    const { rates, strides, decay, spread, amplitude } = this;
    for (let k = 0; k < rates.length; k++) {
      const stride = Math.max(1, Math.min(1 << 20, Math.floor(RESOLVED_DECAY / (rates[k]! * h))));
      strides[k] = stride;
      decay[k] = Math.exp(-rates[k]! * h * stride);
      spread[k] = amplitude * Math.sqrt(-Math.expm1(-2 * rates[k]! * h * stride));
    }
  }

  /** One step of every process that is due. */
  advance(stream: RandomStream): void {
    const { nodes, rates, strides, decay, spread, values } = this;
    this.step++;
    let moved = false;
    for (let k = 0; k < rates.length; k++) {
      if (this.step % strides[k]! !== 0) continue;
      moved = true;
      for (let i = 0; i < nodes; i++) {
        values[k * nodes + i] = decay[k]! * values[k * nodes + i]! + spread[k]! * stream.normal();
      }
    }
    if (moved) this.sumUp();
  }

  /** Takes {@link sum} from the processes. */
  sumUp(): void {
    const { nodes, rates, values, sum } = this;
    sum.fill(0);
    for (let k = 0; k < rates.length; k++) {
      for (let i = 0; i < nodes; i++) sum[i]! += values[k * nodes + i]!;
    }
  }
}

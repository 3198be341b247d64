import { RandomStream } from '../../src/core/index.js';
import type { SpinData } from '../../src/calibrate/index.js';

/** What a simulated device of spins is really like. */
export interface SpinTruth {
  /** Γ0, one for all sites or one each. */
  readonly rate: number | readonly number[];
  /** Over the one that a program sets; or, where it sets 0, in program energy. */
  readonly warmth: number;
  /** null: Glauber’s rates; else the exponent p of |x|^{p−1} x/(e^{x/T} − 1). */
  readonly exponent: number | null;
  /** Of each site's readout, or of all. */
  readonly readoutError: number | readonly number[];
}

interface Document {
  readonly sites: number;
  readonly fields: readonly number[];
  readonly couplings: { readonly kind: string; readonly data?: readonly number[] };
  readonly dynamics: { readonly temperature?: number };
  readonly initial: {
    readonly kind: string;
    readonly values?: readonly number[];
    readonly flips?: number;
  };
  readonly duration: number;
  readonly readout: { readonly every: number };
  readonly shots: number;
}

/**
 * Runs a program of a few spins on a device that has a truth of its own: waiting times are drawn one flip at a time, with rates written down here
 * and not taken from what is tested.
 */
export function runSpins(
  truth: SpinTruth,
  program: Readonly<Record<string, unknown>>,
  seed: number,
): SpinData {
  const document = program as unknown as Document;
  const { sites: n, fields, couplings, initial, duration, shots } = document;
  const { every } = document.readout;
  const samples = Math.round(duration / every) + 1;
  const set = document.dynamics.temperature ?? 0;
  const T = set > 0 ? truth.warmth * set : truth.warmth;
  const J = couplings.data ?? null;
  const rateOf = (i: number, cost: number): number => {
    const base = typeof truth.rate === 'number' ? truth.rate : truth.rate[i]!;
    if (truth.exponent === null) return base / (1 + Math.exp(cost / T));
    const size = Math.abs(cost) ** truth.exponent;
    if (T === 0) return cost < 0 ? base * size : 0;
    // |x|^{p−1} x/(e^{x/T} − 1)
    return cost > 0
      ? (base * size) / (Math.exp(cost / T) - 1)
      : (base * size) / (1 - Math.exp(cost / T));
  };
  const errorOf = (i: number): number =>
    typeof truth.readoutError === 'number' ? truth.readoutError : truth.readoutError[i]!;
  const data: Int8Array[] = [];
  const heat = new Float64Array(shots);
  const rates = new Float64Array(n);
  for (let shot = 0; shot < shots; shot++) {
    const stream = RandomStream.of(seed, 'dynamics', shot);
    const state = startOf(initial, n, stream);
    const out = new Int8Array(samples * n);
    const costOf = (i: number): number => {
      let field = fields[i]!;
      if (J !== null) for (let j = 0; j < n; j++) field += J[i * n + j]! * state[j]!;
      return 2 * state[i]! * field;
    };
    if (J === null) {
      // Spins that do not feel each other, one after the other.
      for (let i = 0; i < n; i++) {
        let next = waiting(stream, rateOf(i, costOf(i)));
        for (let k = 0; k < samples; k++) {
          while (next <= k * every) {
            state[i] = -state[i]!;
            next += waiting(stream, rateOf(i, costOf(i)));
          }
          out[k * n + i] = stream.uniform() < errorOf(i) ? -state[i]! : state[i]!;
        }
      }
    } else {
      let now = 0;
      for (let k = 0; k < samples; k++) {
        for (;;) {
          let total = 0;
          for (let i = 0; i < n; i++) total += rates[i] = rateOf(i, costOf(i));
          const next = now + waiting(stream, total);
          if (next > k * every) {
            now = k * every; // exponential waiting has no memory
            break;
          }
          now = next;
          let left = stream.uniform() * total;
          let i = 0;
          while (i < n - 1 && left >= rates[i]!) left -= rates[i++]!;
          heat[shot] = heat[shot]! - costOf(i);
          state[i] = -state[i]!;
        }
        for (let i = 0; i < n; i++) {
          out[k * n + i] = stream.uniform() < errorOf(i) ? -state[i]! : state[i]!;
        }
      }
    }
    data.push(out);
  }
  return { shots: data, heat };
}

const waiting = (stream: RandomStream, rate: number): number =>
  rate > 0 ? -Math.log(1 - stream.uniform()) / rate : Infinity;

function startOf(initial: Document['initial'], n: number, stream: RandomStream): Int8Array {
  if (initial.kind === 'random') return Int8Array.from({ length: n }, () => stream.sign());
  const state = Int8Array.from(initial.values!);
  const places = Array.from({ length: n }, (_, i) => i);
  for (let f = 0; f < (initial.flips ?? 0); f++) {
    const k = f + Math.floor(stream.uniform() * (n - f));
    [places[f], places[k]] = [places[k]!, places[f]!];
    state[places[f]!] = -state[places[f]!]!;
  }
  return state;
}

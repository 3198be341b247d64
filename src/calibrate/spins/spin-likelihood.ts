import { RelaxdError } from '../../core/index.js';
import type { Likelihood } from '../linear/linear-likelihood.js';
import { linearStep } from '../linear/linear-step.js';
import { emptySystem } from '../linear/linear-system.js';
import type { FlipKernel } from './flip-kernels.js';

/** Small spin systems that are followed exactly, over all their states. */
export const MOST_SPINS = 6;

/** E = −½ Σ J s s − Σ h s, each pair once. */
export interface SpinSetting {
  readonly sites: number;
  /** N × N, symmetric, zero diagonal. */
  readonly couplings: Float64Array;
  readonly fields: Float64Array;
}

/** What was seen of a few spins at equal intervals. */
export interface SpinRun {
  readonly setting: SpinSetting;
  readonly interval: number;
  /** Each length × N of ±1. */
  readonly shots: readonly Int8Array[];
  /** The state before the first sample; null: all states alike. */
  readonly start: Int8Array | null;
}

/**
 * The exact likelihood of spins that flip one by one in continuous time and are read with independent errors: a hidden Markov chain over
 * all 2^N states, its transition matrix e^{Wτ} with W from the kernel's rates, followed by the forward recursion (Baum et al. 1970) with derivatives.
 * Information is the sum of the outer products of each sample's score given those before, whose mean is Fisher's.
 *
 * @param at coordinates of the kernel's parameters, then ln of the readout's error
 * @throws RelaxdError `not-enumerable` above 6 sites; `invalid-input` for a cost of 0, where the kernel `power` has no rate
 */
export function spinLikelihood(kernel: FlipKernel, run: SpinRun, at: Float64Array): Likelihood {
  const { setting, interval, shots, start } = run;
  const { sites: n } = setting;
  if (n > MOST_SPINS) {
    throw new RelaxdError('not-enumerable', `${n} spins have too many states to be followed`, {
      path: 'sites',
      value: n,
      limit: MOST_SPINS,
      hint: 'couple the spins of a probe in small groups',
    });
  }
  const states = 2 ** n;
  const p = kernel.parameters.length + 1;
  const { E, dE } = transition(kernel, setting, interval, at);
  const error = Math.exp(at[p - 1]!);
  // Of a number of sites read wrong: probability, and its slope by ln ε.
  const seen = Array.from({ length: n + 1 }, (_, d) => error ** d * (1 - error) ** (n - d));
  const dSeen = seen.map((v, d) => v * (d - ((n - d) * error) / (1 - error)));
  const score = new Float64Array(p);
  const information = new Float64Array(p * p);
  let value = 0;
  let count = 0;
  const f = new Float64Array(states);
  const next = new Float64Array(states);
  const df = Array.from({ length: p }, () => new Float64Array(states));
  const dNext = new Float64Array(states);
  const last = new Float64Array(p);
  for (const shot of shots) {
    f.fill(0);
    if (start === null) f.fill(1 / states);
    else f[codeOf(start, 0, n)] = 1;
    for (const list of df) list.fill(0);
    const samples = shot.length / n;
    for (let s = 0; s < samples; s++) {
      if (s > 0) {
        for (let a = 0; a < p; a++) {
          const list = df[a]!;
          const slope = dE[a] ?? null;
          for (let i = 0; i < states; i++) {
            let sum = 0;
            for (let j = 0; j < states; j++) {
              sum += E[i * states + j]! * list[j]!;
              if (slope !== null) sum += slope[i * states + j]! * f[j]!;
            }
            dNext[i] = sum;
          }
          list.set(dNext);
        }
        for (let i = 0; i < states; i++) {
          let sum = 0;
          for (let j = 0; j < states; j++) sum += E[i * states + j]! * f[j]!;
          next[i] = sum;
        }
        f.set(next);
      }
      const code = codeOf(shot, s * n, n);
      let total = 0;
      for (let i = 0; i < states; i++) {
        const wrong = bitCount(i ^ code);
        for (let a = 0; a < p; a++) df[a]![i] = df[a]![i]! * seen[wrong]!;
        df[p - 1]![i] = df[p - 1]![i]! + f[i]! * dSeen[wrong]!;
        f[i] = f[i]! * seen[wrong]!;
        total += f[i]!;
      }
      value += Math.log(total);
      count += n;
      for (let a = 0; a < p; a++) {
        let sum = 0;
        for (let i = 0; i < states; i++) sum += df[a]![i]!;
        last[a] = sum / total;
        score[a] = score[a]! + last[a]!;
      }
      for (let a = 0; a < p; a++) {
        for (let b = 0; b < p; b++)
          information[a * p + b] = information[a * p + b]! + last[a]! * last[b]!;
        // Normalised: what was seen so far has been counted.
        for (let i = 0; i < states; i++) df[a]![i] = (df[a]![i]! - f[i]! * last[a]!) / total;
      }
      for (let i = 0; i < states; i++) f[i] = f[i]! / total;
    }
  }
  return { value, score, information, count, squares: NaN };
}

/** e^{Wτ}, column from, row to; and its slopes by the kernel's parameters. */
function transition(
  kernel: FlipKernel,
  { sites: n, couplings, fields }: SpinSetting,
  interval: number,
  at: Float64Array,
): { readonly E: Float64Array; readonly dE: readonly Float64Array[] } {
  const states = 2 ** n;
  const system = emptySystem(states, 0, 0, kernel.parameters.length);
  const slopes = new Float64Array(kernel.parameters.length);
  for (let from = 0; from < states; from++) {
    for (let i = 0; i < n; i++) {
      const sign = spinOf(from, i);
      let field = fields[i]!;
      for (let j = 0; j < n; j++) field += couplings[i * n + j]! * spinOf(from, j);
      const rate = Math.exp(kernel.logRate(2 * sign * field, at, slopes));
      if (!Number.isFinite(rate) || slopes.some((v) => !Number.isFinite(v))) {
        throw new RelaxdError(
          'invalid-input',
          `the kernel has no rate at a cost of ${2 * sign * field}`,
          {
            path: 'setting',
            value: 2 * sign * field,
            limit: 'costs other than 0',
            hint: 'give the spins fields, so that no flip is free',
          },
        );
      }
      const to = from ^ (1 << i);
      // dx = −A x: A is −W.
      const put = (matrix: Float64Array, amount: number): void => {
        matrix[to * states + from] = matrix[to * states + from]! - amount;
        matrix[from * states + from] = matrix[from * states + from]! + amount;
      };
      put(system.A, rate);
      slopes.forEach((slope, a) => put(system.dA[a]!, rate * slope));
    }
  }
  const step = linearStep(system, interval); // no noise, no inputs: the exponential alone
  return { E: step.E, dE: step.d.map((d) => d?.E ?? new Float64Array(states * states)) };
}

const spinOf = (state: number, i: number): number => (((state >> i) & 1) === 1 ? 1 : -1);

function codeOf(spins: Int8Array, from: number, n: number): number {
  let code = 0;
  for (let i = 0; i < n; i++) if (spins[from + i]! > 0) code |= 1 << i;
  return code;
}

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}

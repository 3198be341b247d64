import type { SpinKernelFit } from './fit-spin-kernel.js';
import type { RecallProgram } from './recall-programs.js';
import { energyOf, spinOf, statesAfter } from './spin-master-equation.js';

export interface Predicted {
  readonly mean: number;
  /** Of the fit's parameters, correlations kept. */
  readonly sem: number;
}

/** What a fitted kernel says of a program's end, on average over shots. */
export interface RecallPrediction {
  /** With the target, of the states as they are read. */
  readonly overlap: Predicted;
  /** Share of shots that show the target itself. */
  readonly success: Predicted;
  /** Given off from t = 0 on, program energy; of the states as they are read where the device does not tell it. */
  readonly heat: Predicted;
}

/** Of a coordinate: slopes are then right to 1e-8 of the values. */
const STEP = 1e-4;

/** What a recall comes to under a fitted kernel: the master equation of all states, and then the readout's errors. */
export function predictRecall(fit: SpinKernelFit, program: RecallProgram): RecallPrediction {
  const { parameters, estimate } = fit;
  const { sites: n } = program.setting;
  const start = startOf(program);
  const energies = Float64Array.from(start, (_, state) => energyOf(program.setting, state));
  const end = (at: Float64Array): Float64Array => {
    const laws = Array.from({ length: n }, (_, i) => parameters.kernelAt(i, at).law);
    return statesAfter(parameters.device.kernel, program.setting, laws, start, program.interval);
  };
  const shown = (at: Float64Array, p: Float64Array): number[] => {
    const errors = Array.from({ length: n }, (_, i) => parameters.kernelAt(i, at).error);
    return asRead(program, p, errors, energies, start);
  };
  const at = estimate.at;
  const there = end(at);
  const values = shown(at, there);
  const slopes = values.map(() => new Float64Array(parameters.count));
  const places = new Set(Array.from({ length: n }, (_, i) => parameters.placesOf(i)).flat());
  for (const a of places) {
    const isReadout = a >= parameters.readoutError(0);
    const moved = [1, -1].map((sign) => {
      const beside = at.slice();
      beside[a] = beside[a]! + sign * STEP;
      return shown(beside, isReadout ? there : end(beside));
    });
    values.forEach((_, q) => {
      slopes[q]![a] = (moved[0]![q]! - moved[1]![q]!) / (2 * STEP);
    });
  }
  const [overlap, success, heat] = values.map((mean, q): Predicted => ({
    mean,
    sem: estimate.errorOf(slopes[q]!),
  }));
  return { overlap: overlap!, success: success!, heat: heat! };
}

/** Mean overlap, share of shots that show the target, heat. */
function asRead(
  { target, setting, tellsHeat }: RecallProgram,
  p: Float64Array,
  errors: readonly number[],
  energies: Float64Array,
  start: Float64Array,
): number[] {
  const { sites: n, couplings, fields } = setting;
  let overlap = 0;
  let success = 0;
  let heat = 0;
  for (let state = 0; state < p.length; state++) {
    let sum = 0;
    let right = 1;
    for (let i = 0; i < n; i++) {
      const along = target[i]! * spinOf(state, i);
      sum += along * (1 - 2 * errors[i]!);
      right *= along > 0 ? 1 - errors[i]! : errors[i]!;
    }
    overlap += (p[state]! * sum) / n;
    success += p[state]! * right;
    if (tellsHeat) heat += (start[state]! - p[state]!) * energies[state]!;
    else {
      // Errors of two sites are independent: ⟨y_i y_j⟩ = (1 − 2ε_i)(1 − 2ε_j) s_i s_j.
      const flow = start[state]! - p[state]!;
      for (let i = 0; i < n; i++) {
        const s = spinOf(state, i) * (1 - 2 * errors[i]!);
        heat -= flow * fields[i]! * s;
        for (let j = 0; j < i; j++) {
          heat -= flow * couplings[i * n + j]! * s * spinOf(state, j) * (1 - 2 * errors[j]!);
        }
      }
    }
  }
  return [overlap, success, heat];
}

/** Probabilities of all states at t = 0. */
function startOf({ target, wrong }: RecallProgram): Float64Array {
  const n = target.length;
  const start = new Float64Array(2 ** n);
  if (wrong === null) return start.fill(1 / start.length);
  let code = 0;
  for (let i = 0; i < n; i++) if (target[i]! > 0) code |= 1 << i;
  if (!wrong.drawn) {
    start[code ^ ((1 << wrong.flips) - 1)] = 1;
    return start;
  }
  let count = 0;
  for (let flipped = 0; flipped < start.length; flipped++) {
    if (bitCount(flipped) !== wrong.flips) continue;
    start[code ^ flipped] = 1;
    count++;
  }
  return start.map((v) => v / count);
}

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}

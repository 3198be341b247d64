import { moments } from '../../thermo/index.js';
import type { RecallProgram } from './recall-programs.js';

export interface Measured {
  readonly mean: number;
  readonly sem: number;
}

/** What a device's shots of a recall came to. */
export interface RecallMeasurement {
  readonly overlap: Measured;
  readonly success: Measured;
  readonly heat: Measured;
}

/** What one run of a program of spins showed; it crosses threads. 0: lost. */
export interface SpinData {
  /** Each samples × sites of ±1. */
  readonly shots: readonly Int8Array[];
  /** Of each shot at its end, program energy; NaN: lost, or not told. */
  readonly heat: Float64Array;
}

/** What is read at the end of a recall's shots, and the heat until then. */
export function measuredRecall(
  { target, setting, tellsHeat }: RecallProgram,
  { shots, heat }: SpinData,
): RecallMeasurement {
  const n = target.length;
  const overlaps: number[] = [];
  const heats: number[] = [];
  let right = 0;
  shots.forEach((states, shot) => {
    const first = states.subarray(0, n);
    const last = states.subarray(states.length - n);
    if (last.some((s) => s === 0)) return;
    let sum = 0;
    for (let i = 0; i < n; i++) sum += last[i]! * target[i]!;
    overlaps.push(sum / n);
    if (sum === n) right++;
    if (tellsHeat) {
      if (Number.isFinite(heat[shot])) heats.push(heat[shot]!);
    } else if (!first.some((s) => s === 0)) {
      heats.push(readEnergy(setting, first) - readEnergy(setting, last));
    }
  });
  const count = overlaps.length;
  // Of none or all of few shots the share's own error is not 0: half a shot is added to either side.
  const share = (right + 0.5) / (count + 1);
  return {
    overlap: pick(moments(Float64Array.from(overlaps))),
    success: { mean: right / count, sem: Math.sqrt((share * (1 - share)) / count) },
    heat: pick(moments(Float64Array.from(heats))),
  };
}

const pick = ({ mean, sem }: Measured): Measured => ({ mean, sem });

function readEnergy(
  { sites: n, couplings, fields }: RecallProgram['setting'],
  states: Int8Array,
): number {
  let energy = 0;
  for (let i = 0; i < n; i++) {
    energy -= fields[i]! * states[i]!;
    for (let j = 0; j < i; j++) energy -= couplings[i * n + j]! * states[i]! * states[j]!;
  }
  return energy;
}

import type { Landscape } from '../attractors.js';
import { cueErrors } from '../recall.js';

/**
 * Exact recall under one-way dynamics of any law: from each state one of its downhill flips happens, each with a
 * probability proportional to its rate (the embedded chain of the continuous-time process; waiting times do not matter).
 * p(s) = Σ_i w_i p(s^i)/Σ_i w_i is followed down from every cue, each state that can be reached once.
 * @param rate of a downhill flip of cost ΔE < 0, pairs once; > 0 and finite
 * @param errors numbers of cue errors; all C(N, d) cues of each are averaged over
 * @returns [attractor of the landscape's table][errors]
 */
export function descentRecall(
  landscape: Landscape,
  rate: (cost: number) => number,
  errors: readonly number[],
): number[][] {
  const { sites, states, energies, unstable } = landscape;
  const half = states / 2;
  const last = states - 1;
  const masks = errors.map((d) => cueErrors(sites, d));
  const known = new Float64Array(states).fill(NaN);
  const reached: number[] = [];

  const returns = (code: number, target: number): number => {
    if (!Number.isNaN(known[code]!)) return known[code]!;
    const table = code < half ? code : last - code;
    let p = code === target ? 1 : 0;
    if (unstable[table] !== 0) {
      let [sum, total] = [0, 0];
      for (let rest = unstable[table]!; rest !== 0; rest &= rest - 1) {
        const to = code ^ (rest & -rest);
        const weight = rate(energies[to < half ? to : last - to]! - energies[table]!);
        sum += weight * returns(to, target);
        total += weight;
      }
      p = sum / total;
    }
    known[code] = p;
    reached.push(code);
    return p;
  };

  return Array.from(landscape.attractors, (target) => {
    const row = masks.map((list) => {
      let sum = 0;
      for (const mask of list) sum += returns(target ^ mask, target);
      return sum / list.length;
    });
    for (const code of reached) known[code] = NaN;
    reached.length = 0;
    return row;
  });
}

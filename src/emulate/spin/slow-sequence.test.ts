import { describe, expect, it } from 'vitest';
import { disorder, randomPatterns } from '../../../test/support/spin-program.js';
import { RandomStream } from '../../core/index.js';
import type { MemoryCouplings } from '../../device/index.js';
import { SynapticModel } from './synaptic-model.js';

const N = 15;
const P = 4;
const patterns = randomPatterns(P, N, disorder(8));
const next = Int32Array.of(1, 2, 3, 0);
const couplings: MemoryCouplings = {
  kind: 'memories',
  patterns,
  weights: null,
  next,
  interaction: { kind: 'polynomial', degree: 2, rectified: false },
};

/** s̄_i(t) from the whole list of flips, by each kernel's definition: an oracle that keeps everything. */
function filtered(
  kernel: 'delay' | 'box' | 'exponential',
  tau: number,
  t: number,
  start: Int8Array,
  flips: readonly (readonly [number, number])[],
  i: number,
): number {
  const mine = flips.filter(([, site]) => site === i).map(([time]) => time);
  if (kernel === 'delay') {
    const turned = mine.filter((time) => time <= t - tau).length;
    return start[i]! * (turned % 2 === 0 ? 1 : -1);
  }
  // Stretches of constant s: weight of [a, b] under the kernel.
  const weight = (a: number, b: number): number => {
    if (kernel === 'exponential') {
      return Math.exp(-(t - b) / tau) - (a === -Infinity ? 0 : Math.exp(-(t - a) / tau));
    }
    return Math.max(0, Math.min(b, t) - Math.max(a, t - tau)) / tau;
  };
  const bounds = [-Infinity, ...mine, t];
  let sum = 0;
  for (let k = 0; k + 1 < bounds.length; k++) {
    sum += start[i]! * (k % 2 === 0 ? 1 : -1) * weight(bounds[k]!, bounds[k + 1]!);
  }
  return sum;
}

describe('synapses with memory', () => {
  it.each(['delay', 'box', 'exponential'] as const)(
    '%s: fields are J^S s + λ J^L s̄, over a history of 3000 flips, no site acting on itself',
    (kernel) => {
      const tau = 2.3;
      const lambda = 1.7;
      const model = new SynapticModel(couplings, N, { kernel, tau, lambda });
      const random = RandomStream.of(2);
      for (let shot = 0; shot < 2; shot++) {
        const start = Int8Array.from({ length: N }, () => random.sign());
        model.reset(start);
        const flips: [number, number][] = [];
        let t = 0;
        for (let k = 0; k < 3000; k++) {
          t += random.exponential() / N;
          model.advance(t);
          if (k % 100 === 0) {
            const s = Array.from(start, (_, i) => filtered(kernel, tau, t, start, flips, i));
            for (let i = 0; i < N; i++) {
              let b = 0;
              for (let j = 0; j < N; j++) {
                if (j === i) continue;
                for (let mu = 0; mu < P; mu++) {
                  const [xi, xj] = [patterns[mu]![i]!, patterns[mu]![j]!];
                  b += (xi * xj * model.state[j]!) / N;
                  b += (lambda * patterns[next[mu]!]![i]! * xj * s[j]!) / N;
                }
              }
              expect(model.field(i)).toBeCloseTo(b, 10);
            }
          }
          const site = random.integer(N);
          model.flip(site);
          flips.push([t, site]);
        }
      }
    },
  );
});

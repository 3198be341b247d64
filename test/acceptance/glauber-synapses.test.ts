import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/index.js';
import { simulate } from '../../src/emulate/spin/simulate-spins.js';
import { RunningMoments } from '../../src/thermo/index.js';
import { hold, holdBound, note } from '../support/hold.js';
import { FULL_SIZE } from '../support/run-simulation.js';
import { disorder, randomPatterns, spinProgram } from '../support/spin-program.js';
import { simulateHere } from '../../src/emulate/simulate-here.js';

type Kernel = 'delay' | 'box' | 'exponential';
const P = 6;
const TAU = 8;

/** Six memories without any overlap between them: every combination of signs on the same number of sites, N of 64 k. */
function uncorrelated(N: number, net: number): readonly Int8Array[] {
  const places = RandomStream.of(17, 'disorder', net).sample(N, N);
  return Array.from({ length: P }, (_, mu) =>
    Int8Array.from(places, (place) => ((place >> mu) & 1 ? 1 : -1)),
  );
}

/** Which memory the network is in (overlap above 0.5), as time goes on: memories and times of arrival. */
class Course {
  readonly memories = [0];
  readonly times = [0];

  constructor(private readonly duration: number) {}

  see(t: number, overlaps: ArrayLike<number>): void {
    let best = 0;
    for (let mu = 1; mu < P; mu++) if (overlaps[mu]! > overlaps[best]!) best = mu;
    if (overlaps[best]! <= 0.5 || best === this.memories.at(-1)) return;
    this.memories.push(best);
    this.times.push(t);
  }

  /** 0, 1, …, 5, 0, 1, … without a skip, and still going on at the end. */
  get inOrder(): boolean {
    const going = this.times.at(-1)! > this.duration - 3 * TAU;
    return going && this.memories.every((mu, k) => mu === k % P);
  }

  /** Mean time from memory to memory, the first three left out. */
  get period(): number {
    return (this.times.at(-1)! - this.times[3]!) / (this.times.length - 4);
  }
}

function run(
  patterns: readonly Int8Array[],
  kernel: Kernel,
  lambda: number,
  duration: number,
  seed: number,
): Course {
  const program = spinProgram({
    sites: patterns[0]!.length,
    couplings: {
      kind: 'memories',
      patterns,
      weights: null,
      next: Int32Array.from({ length: P }, (_, mu) => (mu + 1) % P),
      interaction: { kind: 'polynomial', degree: 2, rectified: false },
    },
    initial: { kind: 'pattern', values: Float64Array.from(patterns[0]!) },
    dynamics: {
      rule: 'zero-temperature',
      order: 'random',
      temperature: 0,
      synapse: { kernel, tau: TAU, lambda },
    },
    duration,
    seed,
  });
  const times = Float64Array.from({ length: 10 * duration + 1 }, (_, k) => k / 10);
  const course = new Course(duration);
  simulateHere(
    simulate,
    { program, parameters: {}, firstShot: 0, shots: 1, times },
    {
      readout: (row) => course.see(times[row.step]!, row.overlaps),
      shotEnd: () => undefined,
      progress: () => undefined,
    },
  );
  return course;
}

/**
 * N → ∞ of the same dynamics at T = 0: 64 populations of sites by their signs in the six memories, x_c' = sign(b_c) − x_c,
 * b_c = Σ ξ_c^μ m_μ + λ Σ ξ_c^{μ+1} m̄_μ, in steps of dt with the past of the overlaps kept whole.
 */
function meanField(kernel: Kernel, lambda: number, duration: number, dt = 0.02): Course {
  const sign = (c: number, mu: number): number => ((c >> (mu % P)) & 1 ? 1 : -1);
  const x = Float64Array.from({ length: 64 }, (_, c) => sign(c, 0));
  const overlaps = (): number[] =>
    Array.from({ length: P }, (_, mu) => x.reduce((sum, v, c) => sum + sign(c, mu) * v, 0) / 64);
  const past: number[][] = [];
  const start = overlaps();
  let slow = start.slice();
  const delay = Math.round(TAU / dt);
  const course = new Course(duration);
  for (let k = 0; k * dt < duration; k++) {
    const m = overlaps();
    past.push(m);
    course.see(k * dt, m);
    const ago = past[k - delay] ?? start;
    if (kernel === 'delay') slow = ago.slice();
    else if (kernel === 'box') slow = slow.map((s, mu) => s + ((m[mu]! - ago[mu]!) * dt) / TAU);
    else slow = slow.map((s, mu) => m[mu]! + (s - m[mu]!) * Math.exp(-dt / TAU));
    for (let c = 0; c < 64; c++) {
      let b = 0;
      for (let mu = 0; mu < P; mu++)
        b += sign(c, mu) * m[mu]! + lambda * sign(c, mu + 1) * slow[mu]!;
      const aim = Math.abs(b) < 1e-9 ? x[c]! : Math.sign(b);
      x[c] = aim + (x[c]! - aim) * Math.exp(-dt);
    }
  }
  return course;
}

describe('sequences through synapses with memory (Sompolinsky & Kanter; P = 6, τ = 8, T = 0)', () => {
  const nets = FULL_SIZE ? 40 : 5;

  it.each([
    ['delay', 9.4],
    ['box', 6.8],
  ] as const)(
    'MT-C12 %s, λ = 2, N = 400: in order 0 … 5, period %s ± .4 (random memories; full: 40 nets; reduced: 5)',
    (kernel, expected) => {
      const period = new RunningMoments();
      let ordered = 0;
      for (let net = 0; net < nets; net++) {
        const course = run(randomPatterns(P, 400, disorder(50, net)), kernel, 2, 150, net);
        if (course.inOrder) ordered++;
        period.add(course.period);
      }
      hold({
        quantity: `nets in order, ${kernel}, λ = 2, share`,
        expected: 1,
        got: ordered / nets,
        tolerance: 0,
        class: 'reference',
      });
      hold({
        quantity: `period, ${kernel}, λ = 2`,
        expected,
        got: period.mean,
        standardError: period.sem,
        tolerance: 0.4,
        class: 'reference',
      });
    },
  );

  it('MT-C12 λ = .8: no sustained cycling, whatever the kernel (crosstalk leads some nets a few memories on, then they rest)', () => {
    for (const kernel of ['delay', 'box', 'exponential'] as const) {
      let late = 0;
      for (let net = 0; net < nets; net++) {
        const { times } = run(randomPatterns(P, 400, disorder(50, net)), kernel, 0.8, 400, net);
        late += times.filter((t) => t > 200).length;
      }
      hold({
        quantity: `changes of memory at 200 < t < 400, ${kernel}, λ = .8`,
        expected: 0,
        got: late,
        tolerance: 0,
        class: 'reference',
      });
    }
  });

  it.each([
    ['delay', 9.38],
    ['box', 6.8],
    ['exponential', 9.12],
  ] as const)(
    'MT-C12 %s, λ = 2, uncorrelated memories, N = 4096: period of the N → ∞ equations (reference at N = 400: %s)',
    (kernel, reference) => {
      const exact = meanField(kernel, 2, 150);
      expect(exact.inOrder).toBe(true);
      const period = new RunningMoments();
      for (let net = 0; net < (FULL_SIZE ? 12 : 2); net++) {
        const course = run(uncorrelated(4096, net), kernel, 2, 150, net);
        expect(course.inOrder).toBe(true);
        period.add(course.period);
      }
      hold({
        quantity: `period, ${kernel}, λ = 2, N = 4096, against N → ∞`,
        expected: exact.period,
        got: period.mean,
        standardError: period.sem,
        // Readouts are 0.1 apart and a course has about 15 changes; finite sizes.
        tolerance: 0.1 + 4 * period.sem,
        class: 'exact',
      });
      note({
        quantity: `period, ${kernel}, λ = 2 (for information)`,
        expected: reference,
        got: period.mean,
        standardError: period.sem,
        tolerance: null,
        class: 'reference',
        holds: Math.abs(period.mean - reference) < 0.4,
      });
    },
  );

  it('MT-HZ17 the exponential kernel cycles in order at λ = 2; from λ = 2.5 on it skips or comes to rest in mixtures (uncorrelated, N = 4096, and N → ∞)', () => {
    const runs = FULL_SIZE ? 24 : 2;
    const share = (lambda: number): number =>
      Array.from({ length: runs }, (_, net) =>
        run(uncorrelated(4096, net), 'exponential', lambda, 150, net),
      ).filter((course) => course.inOrder).length / runs;
    const quantity = (lambda: number): string => `runs in order, exponential, λ = ${lambda}, share`;
    holdBound({ quantity: quantity(2), got: share(2), least: 1, class: 'reference' });
    for (const lambda of [2.5, 3]) {
      holdBound({ quantity: quantity(lambda), got: share(lambda), most: 0.5, class: 'reference' });
    }
    expect([2, 2.5, 3].map((lambda) => meanField('exponential', lambda, 150).inOrder)).toEqual([
      true,
      false,
      false,
    ]);
  });
});

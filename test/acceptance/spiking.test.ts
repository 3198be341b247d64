import { describe, expect, it } from 'vitest';
import type { ResolvedProgram } from '../../src/device/index.js';
import {
  DEFAULT_NEURON,
  firingRateHz,
  MEMBRANE_TIME_S,
  rheobaseA,
  solveExactly,
  spikingThermodynamics,
} from '../../src/emulate/index.js';
import { neuronDynamics, simulate } from '../../src/emulate/spiking/simulate-spiking.js';
import { drivenOverlapDynamics } from '../../src/model/index.js';
import { moments, RunningMoments } from '../../src/thermo/index.js';
import { hold, holdBound } from '../support/hold.js';
import { FULL_SIZE, runSimulation, summarise } from '../support/run-simulation.js';
import {
  disorder,
  polynomialMemories,
  randomPatterns,
  spinProgram,
} from '../support/spin-program.js';
import { simulateHere } from '../../src/emulate/simulate-here.js';

type Parts = Parameters<typeof spinProgram>[0];
function spiking(parts: Parts): ResolvedProgram {
  return spinProgram({
    ...parts,
    dynamics: { rule: 'spiking', temperature: 0, ...parts.dynamics },
  });
}
const uncoupled = { kind: 'coo', entries: new Float64Array(0) } as const;

describe('MT-C13 leaky integrate-and-fire', () => {
  const currents = [
    [2.5, 76.4, 13.09],
    [3, 107.2, 9.33],
  ] as const;

  it.each(currents)(
    'MT-C13 f(%s nA): closed form, spike times, and what the device shows',
    (nA, hz, ms) => {
      hold({
        quantity: `f(${nA} nA), closed form, Hz`,
        expected: hz,
        got: firingRateHz(DEFAULT_NEURON, nA * 1e-9),
        tolerance: 0.5,
        class: 'exact',
      });
      // The background is the rheobase, 2 nA; a unit of field is 1 nA.
      const duration = FULL_SIZE ? 20_000 : 2000;
      const program = spiking({
        sites: 1,
        couplings: uncoupled,
        fields: Float64Array.of(nA - 2),
        initial: { kind: 'pattern', values: Float64Array.of(-1) },
        dynamics: { kernel: { kind: 'lif', window: 0.5 } },
        duration,
        every: 0.25,
      });
      const neurons = neuronDynamics(program, {});
      const times: number[] = [];
      neurons.onSpike = (_, t) => times.push(t * MEMBRANE_TIME_S);
      neurons.begin(0);
      neurons.advanceTo(duration);
      const interval = (times.at(-1)! - times[0]!) / (times.length - 1);
      hold({
        quantity: `f(${nA} nA), simulated, Hz`,
        expected: hz,
        got: 1 / interval,
        tolerance: 0.5,
        class: 'exact',
      });
      hold({
        quantity: `T(${nA} nA), simulated, ms`,
        expected: ms,
        got: 1000 * interval,
        tolerance: 0.005,
        class: 'exact',
      });
      expect(Math.abs(1 / interval - firingRateHz(DEFAULT_NEURON, nA * 1e-9))).toBeLessThan(1e-6);
      // A state of +1 lasts half a membrane time and intervals are longer than one: each spike is seen as a rise.
      let rises = 0;
      let before = -1;
      runStates(program, (state) => {
        if (state[0]! > 0 && before < 0) rises++;
        before = state[0]!;
      });
      const seconds = duration * MEMBRANE_TIME_S;
      hold({
        quantity: `f(${nA} nA), rises of the state read out, Hz`,
        expected: hz,
        got: rises / seconds,
        tolerance: 0.5,
        class: 'exact',
      });
    },
  );

  it('MT-C13 rheobase: 2.0 nA, silent at it, firing above', () => {
    hold({
      quantity: 'rheobase, nA',
      expected: 2,
      got: 1e9 * rheobaseA(DEFAULT_NEURON),
      tolerance: 1e-9,
      class: 'exact',
    });
    expect(firingRateHz(DEFAULT_NEURON, 2e-9 * (1 - 1e-12))).toBe(0);
    const program = spiking({
      sites: 3,
      couplings: uncoupled,
      fields: Float64Array.of(-1e-9, 0, 1e-9),
      initial: { kind: 'pattern', values: Float64Array.of(-1, -1, -1) },
      duration: 1000,
    });
    const neurons = neuronDynamics(program, {});
    const spikes = [0, 0, 0];
    neurons.onSpike = (site) => spikes[site]!++;
    neurons.begin(0);
    neurons.advanceTo(1000);
    expect(spikes.slice(0, 2)).toEqual([0, 0]);
    // A thousandth of a millionth of a field over it: T = Δ + τ ln(15e8), 21 membrane times.
    expect(spikes[2]).toBeGreaterThan(40);
  });
});

/** Every state that is read out in shot 0 (reused: copy what you keep). */
function runStates(program: ResolvedProgram, each: (state: Int8Array, step: number) => void): void {
  const { every } = program.readout;
  const times = Float64Array.from(
    { length: Math.round(program.duration / every) + 1 },
    (_, k) => k * every,
  );
  simulateHere(
    simulate,
    { program, parameters: {}, firstShot: 0, shots: 1, times },
    {
      readout: (row) => each(row.state as Int8Array, row.step),
      shotEnd: () => undefined,
      progress: () => undefined,
    },
  );
}

/** Five sites, no two couplings alike, row-major. */
const ODD = Float64Array.from({ length: 25 }, (_, k) =>
  k % 6 === 0 ? 0 : Math.sin(1 + 3 * k) * 0.8,
);
const ODD_FIELDS = Float64Array.of(0.2, -0.1, 0.3, 0, -0.2);
const START = Float64Array.of(1, -1, 1, 1, -1);
const codeOf = (state: ArrayLike<number>): number =>
  Array.from(state).reduce((code, s, i) => code + (s > 0 ? 1 << i : 0), 0);

/** The parallel Glauber chain of ODD from its full transition matrix: law and mean path entropy after some steps. */
function parallelChain(temperature: number, steps: number): { law: number[]; entropy: number } {
  const states = 32;
  const spin = (code: number, i: number): number => ((code >> i) & 1 ? 1 : -1);
  const field = (x: number, i: number): number => {
    let b = ODD_FIELDS[i]!;
    for (let j = 0; j < 5; j++) b += ODD[i * 5 + j]! * spin(x, j);
    return b;
  };
  const chance = (x: number, y: number): number => {
    let p = 1;
    for (let i = 0; i < 5; i++) p *= (1 + Math.tanh((spin(y, i) * field(x, i)) / temperature)) / 2;
    return p;
  };
  let law = new Array<number>(states).fill(0);
  law[codeOf(START)] = 1;
  let entropy = 0;
  for (let step = 0; step < steps; step++) {
    const next = new Array<number>(states).fill(0);
    for (let x = 0; x < states; x++) {
      for (let y = 0; y < states; y++) {
        const flow = law[x]! * chance(x, y);
        next[y] = next[y]! + flow;
        entropy += flow * Math.log(chance(x, y) / chance(y, x));
      }
    }
    law = next;
  }
  return { law, entropy };
}

/** χ² of the final states against a law over 32 states, 31 ± √62; 4 standard deviations are allowed. */
function holdLaw(
  quantity: string,
  states: readonly ArrayLike<number>[],
  law: ArrayLike<number>,
): void {
  const counts = new Array<number>(32).fill(0);
  for (const state of states) counts[codeOf(state)]!++;
  const chi = counts.reduce(
    (sum, n, x) => sum + (n - states.length * law[x]!) ** 2 / (states.length * law[x]!),
    0,
  );
  hold({
    quantity,
    expected: 31,
    got: chi,
    standardError: Math.sqrt(62),
    tolerance: 4 * Math.sqrt(62),
    class: 'exact',
  });
}

describe('MT-2.11 the Glauber limit of SRM0: memoryless, ε a box of one step, P(fire) = ½(1 + tanh βb)', () => {
  const shots = FULL_SIZE ? 200_000 : 10_000;
  const limit = (order: 'synchronous' | 'continuous-time', duration: number): ResolvedProgram =>
    spiking({
      sites: 5,
      couplings: { kind: 'dense', data: ODD },
      fields: ODD_FIELDS,
      initial: { kind: 'pattern', values: START },
      dynamics: { kernel: 'memoryless', order, temperature: 0.7 },
      duration,
      shots,
    });

  it.each([1, 2, 5])(
    'MT-2.11 synchronous, five sites, asymmetric: law and entropy production after %i steps are those of the exact chain',
    (steps) => {
      const program = limit('synchronous', steps);
      const outcome = runSimulation(simulate, program);
      const exact = parallelChain(0.7, steps);
      holdLaw(`χ² of the law after ${steps} steps`, outcome.finalStates, exact.law);
      const summary = summarise(outcome, spikingThermodynamics(program), steps);
      const { mean, sem } = summary.entropyProduction!;
      hold({
        quantity: `entropy production of ${steps} steps, nats`,
        expected: exact.entropy,
        got: mean!,
        standardError: sem!,
        tolerance: 4 * sem!,
        class: 'exact',
      });
      expect(summary.work).toBeNull();
      expect(summary.heat).toBeNull();
    },
  );

  it('MT-2.11 continuous time, five sites, asymmetric: law and entropy production are those of the master equation', () => {
    const program = limit('continuous-time', 1.5);
    const outcome = runSimulation(simulate, program);
    const exact = solveExactly({
      ...program,
      dynamics: { ...program.dynamics, rule: 'glauber', kernel: null },
    });
    holdLaw('χ² of the law at t = 1.5', outcome.finalStates, exact.distributions.at(-1)!);
    const { mean, sem } = summarise(
      outcome,
      spikingThermodynamics(program),
      1.5,
    ).entropyProduction!;
    hold({
      quantity: 'medium entropy by t = 1.5, nats',
      expected: exact.entropy.medium,
      got: mean!,
      standardError: sem!,
      tolerance: 4 * sem!,
      class: 'exact',
    });
  });

  // Protocol P1 of §2.4, n = 2, T = .5, c = .6, h₀ = .5 until t = 2, with populations of exactly the mean field's sizes.
  const N = FULL_SIZE ? 4000 : 2000;
  const runs = FULL_SIZE ? 200 : 40;
  const [temperature, accuracy, h] = [0.5, 0.6, 0.5];
  const target = randomPatterns(1, N, disorder(2))[0]!;
  const other = target.map((s, i) => (i % 2 === 0 ? s : -s));
  const wrong = Math.round(((1 - accuracy) / 2) * (N / 2));
  const cue = Float64Array.from(target, (s, i) => (Math.floor(i / 2) < wrong ? -s : s));
  const driven = (order: 'synchronous' | 'continuous-time', duration: number): RunningMoments[] => {
    const program = spiking({
      sites: N,
      couplings: polynomialMemories([target, other]),
      references: [target, other],
      dynamics: { kernel: 'memoryless', order, temperature },
      drives: [{ pattern: cue, amplitude: Float64Array.of(0, 0, 0, h, 2.5, h, 2.5, 0) }],
      duration,
      every: 0.5,
      shots: runs,
    });
    return [...runSimulation(simulate, program).overlaps[0]!];
  };
  const holdCourse = (what: string, got: RunningMoments, expected: number): void => {
    // Finite sizes shift means by order 1/N: allowed beside the 4 standard errors.
    hold({
      quantity: what,
      expected,
      got: got.mean,
      standardError: got.sem,
      tolerance: 4 * got.sem + 2 / N,
      class: 'exact',
    });
    expect(got.sem).toBeLessThan(0.006);
  };

  it('MT-2.11 continuous time, N = 2000 (full: 4000): overlaps follow the equations of §2.4', () => {
    const course = driven('continuous-time', 8);
    const exact = drivenOverlapDynamics({
      degree: 2,
      temperature,
      cueAccuracy: accuracy,
      field: [
        [0, 0],
        [0, h],
        [2.5, h],
        [2.5, 0],
      ],
      duration: 8,
      every: 0.5,
    });
    for (const step of [1, 2, 5, 8, 16]) {
      holdCourse(`m₁(t = ${step / 2}), order continuous-time`, course[step]!, exact.target[step]!);
    }
  });

  it('MT-2.11 synchronous, N = 2000 (full: 4000): overlaps follow the map x′ = tanh β(m₁ ± m₂ ± h)', () => {
    const course = driven('synchronous', 8);
    // Populations A±, B± of §2.4.
    const w = [accuracy, -accuracy, accuracy, -accuracy].map((c) => (1 + c) / 4);
    let x = [0, 0, 0, 0];
    const m = (sign: (X: number) => number): number =>
      x.reduce((sum, value, X) => sum + w[X]! * sign(X) * value, 0);
    for (let t = 1; t <= 8; t++) {
      const [m1, m2] = [m(() => 1), m((X) => (X < 2 ? 1 : -1))];
      const now = t < 2.5 ? h : 0;
      x = x.map((_, X) =>
        Math.tanh((m1 + (X < 2 ? m2 : -m2) + (X % 2 === 0 ? now : -now)) / temperature),
      );
      holdCourse(
        `m₁ after step ${t}, order synchronous`,
        course[2 * t]!,
        m(() => 1),
      );
    }
  });
});

describe('MT-2.11 stationary retrieval is that of graded responses (Gerstner & van Hemmen 1992)', () => {
  const N = FULL_SIZE ? 2000 : 500;
  const duration = FULL_SIZE ? 100 : 50;
  const memory = randomPatterns(1, N, disorder(9))[0]!;
  /** Overlap with the memory after t = 20, averaged over time; one value a shot. */
  const retrieved = (dynamics: NonNullable<Parts['dynamics']>): RunningMoments => {
    const program = spiking({
      sites: N,
      couplings: polynomialMemories([memory]),
      initial: { kind: 'pattern', values: Float64Array.from(memory) },
      dynamics,
      duration,
      every: 0.5,
    });
    const all = new RunningMoments();
    for (let shot = 0; shot < (FULL_SIZE ? 8 : 4); shot++) {
      const { overlaps } = runSimulation(simulate, program, { firstShot: shot, shots: 1 });
      all.add(moments(overlaps[0]!.slice(40).map((row) => row.mean)).mean);
    }
    return all;
  };
  /** m where sites of the memory in field ±m are at +1 for the shares F(±m) of the time. */
  const selfConsistent = (F: (b: number) => number): number => {
    const up = memory.reduce((n, s) => n + (s > 0 ? 1 : 0), 0) / N;
    let m = 1;
    for (let round = 0; round < 50; round++) {
      m = up * (2 * F(m) - 1) - (1 - up) * (2 * F(-m) - 1);
    }
    return m;
  };
  const holdOverlap = (
    quantity: string,
    m: RunningMoments,
    expected: number,
    bias: number,
  ): void => {
    hold({
      quantity,
      expected,
      got: m.mean,
      standardError: m.sem,
      tolerance: 4 * m.sem + 2 / N + bias,
      class: 'exact',
    });
    holdBound({ quantity: `s.e. of ${quantity}`, got: m.sem, most: 0.02, class: 'choice' });
    expect(expected).toBeGreaterThan(0.5);
    expect(expected).toBeLessThan(0.98);
  };

  it('MT-2.11 LIF without noise in fields b: ⟨s⟩ = 2 min(1, W f(2 nA + b·1 nA)) − 1', () => {
    const b = [0.02, 0.05, 0.1, 0.2, 0.3, 0.5];
    const program = spiking({
      sites: b.length,
      couplings: uncoupled,
      fields: Float64Array.from(b),
      initial: { kind: 'random' },
      dynamics: { kernel: { kind: 'lif', window: 2 } },
      duration: FULL_SIZE ? 40_000 : 4000,
      every: 0.37,
    });
    const sums = new Float64Array(b.length);
    let rows = 0;
    runStates(program, (state) => {
      rows++;
      for (let i = 0; i < b.length; i++) sums[i] = sums[i]! + state[i]!;
    });
    b.forEach((field, i) => {
      const rate = MEMBRANE_TIME_S * firingRateHz(DEFAULT_NEURON, (2 + field) * 1e-9);
      hold({
        quantity: `⟨s⟩ of a LIF neuron, b = ${field}`,
        expected: 2 * Math.min(1, 2 * rate) - 1,
        got: sums[i]! / rows,
        // Periodic states read out at another period: 10,000 readouts are good to a few of them.
        tolerance: FULL_SIZE ? 5e-4 : 5e-3,
        class: 'exact',
      });
    });
  });

  it('MT-2.11 SRM0 with escape noise: m is that of the renewal process', () => {
    const [W, temperature, refractory] = [2, 0.7, 0.25];
    const dt = 1 / 80;
    const F = (b: number): number => {
      // In steps: fires with P at every step from the end of Δ on.
      const P = 1 - (1 + Math.exp((2 * b) / temperature)) ** (-dt / W);
      const silent = refractory - dt; // steps before the first at which it can fire
      const within = silent + (dt * (1 - (1 - P) ** ((W - silent) / dt))) / P;
      return within / (silent + dt / P);
    };
    const m = retrieved({
      kernel: { kind: 'srm0', window: W },
      temperature,
      dt,
      spiking: { reset: -0.05 },
    });
    holdOverlap('m of SRM0 neurons, W = 2τ, T = .7', m, selfConsistent(F), 0);
  });

  it('MT-2.11 LIF with escape noise: m is that of the renewal process', () => {
    const [W, temperature, refractory] = [2, 0.2, 0.25];
    const fine = 1 / 400;
    const F = (b: number): number => {
      // Survival of the rate ln(1 + e^{2z/T})/W along u after a reset, by the trapezoidal rule; u rests after 15 τ.
      const v = 20 + 10 * b;
      const rate = (a: number): number => {
        const u = v + (5 - v) * Math.exp(-a);
        return Math.log1p(Math.exp((2 * (u - 20)) / 10 / temperature)) / W;
      };
      let survival = 1;
      let [within, whole] = [refractory, refractory];
      for (let k = 0; k < 15 / fine; k++) {
        const a = k * fine;
        const next = survival * Math.exp((-fine * (rate(a) + rate(a + fine))) / 2);
        const area = (fine * (survival + next)) / 2;
        whole += area;
        if (a + refractory < W - fine / 2) within += area;
        survival = next;
      }
      return within / (whole + survival / rate(15));
    };
    const m = retrieved({ kernel: { kind: 'lif', window: W }, temperature, dt: 1 / 80 });
    holdOverlap('m of LIF neurons, W = 2τ, T = .2', m, selfConsistent(F), 1 / 80);
  });
});

import { describe, expect, it } from 'vitest';
import { disorder, randomPatterns, spinProgram } from '../../../test/support/spin-program.js';
import { runSimulation } from '../../../test/support/run-simulation.js';
import type { ResolvedProgram } from '../../device/index.js';
import { hebbCouplings } from '../../model/index.js';
import { escapeProbability, escapeRate } from './escape.js';
import { LifNetwork } from './lif-network.js';
import { DEFAULT_NEURON, neuronOf } from './neuron.js';
import { neuronDynamics, simulate } from './simulate-spiking.js';
import { stepOf, SteppedNeurons } from './stepped-neurons.js';
import { simulateHere } from '../simulate-here.js';

type Parts = Parameters<typeof spinProgram>[0];
/** Uncoupled neurons unless said otherwise. */
function neurons(parts: Partial<Parts> & { readonly sites: number }): ResolvedProgram {
  const { dynamics, ...rest } = parts;
  return spinProgram({
    couplings: { kind: 'coo', entries: new Float64Array(0) },
    initial: { kind: 'pattern', values: new Float64Array(parts.sites).fill(-1) },
    ...rest,
    dynamics: { rule: 'spiking', temperature: 0, ...dynamics },
  });
}

/** Spike times of each site in the first shot. */
function spikes(program: ResolvedProgram, parameters = {}): number[][] {
  const dynamics = neuronDynamics(program, parameters);
  const times = Array.from({ length: program.sites }, (): number[] => []);
  dynamics.onSpike = (site, t) => times[site]!.push(t);
  dynamics.begin(0);
  dynamics.advanceTo(program.duration);
  return times;
}
const intervals = (times: readonly number[]): number[] =>
  times.slice(1).map((t, k) => t - times[k]!);
const fields = (values: readonly number[]): Float64Array => Float64Array.from(values);

const net = (N: number, P: number): { J: Float64Array; patterns: readonly Int8Array[] } => {
  const patterns = randomPatterns(P, N, disorder(11));
  return { J: hebbCouplings(patterns), patterns };
};

describe('integrate-and-fire neurons without noise', () => {
  it('fire at the closed form’s intervals, whatever their constants', () => {
    const program = neurons({
      sites: 3,
      fields: fields([0, 0.4, 3]),
      duration: 60,
      dynamics: {
        spiking: {
          tau: 0.012,
          rest: -0.068,
          reset: -0.07,
          threshold: -0.055,
          refractory: 0.001,
          resistance: 2e7,
        },
      },
    });
    const times = spikes(program, { biasOverRheobase: 1.5 });
    [0, 0.4, 3].forEach((h, site) => {
      const v = 1.5 * 13 + 20 * h; // mV
      const expected = (1 + 12 * Math.log((v + 2) / (v - 13))) / 8;
      const found = intervals(times[site]!);
      expect(found.length).toBeGreaterThan(20);
      for (const interval of found) expect(interval).toBeCloseTo(expected, 12);
      // The first spike comes from rest, without a refractory time.
      expect(times[site]![0]).toBeCloseTo((12 / 8) * Math.log(v / (v - 13)), 12);
    });
  });

  it('follow ramps, jumps and the coupling’s course as small steps do', () => {
    const { J } = net(30, 2);
    const document: Parameters<typeof neurons>[0] = {
      sites: 30,
      couplings: { kind: 'dense', data: J },
      fields: Float64Array.from({ length: 30 }, (_, i) => 0.02 * i - 0.2),
      drives: [
        {
          pattern: Float64Array.from({ length: 30 }, (_, i) => (i % 3) - 1),
          amplitude: Float64Array.of(0, 0, 4, 1, 4, -0.5, 9, 0.5),
        },
      ],
      controls: { coupling: Float64Array.of(0, 0.5, 6, 1.5) },
      duration: 12,
    };
    const exact = spikes(neurons(document));
    const errors = [1 / 200, 1 / 2000].map((dt) => {
      const stepped = spikes(neurons({ ...document, dynamics: { dt } }));
      return exact.reduce((sum, times, i) => sum + Math.abs(times.length - stepped[i]!.length), 0);
    });
    const all = exact.reduce((sum, times) => sum + times.length, 0);
    expect(all).toBeGreaterThan(100);
    expect(errors[1]! / all).toBeLessThan(0.03);
  });

  it('fire together where their spike times are equal, before either can stop the other', () => {
    // Alike, silent, each held down by the other's spikes: at +1 the field is 0.6 − 1.
    const program = (dt: number | null): ResolvedProgram =>
      neurons({
        sites: 2,
        couplings: { kind: 'coo', entries: Float64Array.of(0, 1, -1) },
        fields: fields([0.6, 0.6]),
        duration: 20,
        dynamics: { dt },
      });
    const [first, second] = spikes(program(null)) as [number[], number[]];
    expect(first.length).toBeGreaterThan(3);
    expect(second).toEqual(first);
    const stepped = spikes(program(1e-3));
    for (const times of stepped) {
      expect(times.length).toBe(first.length);
      times.forEach((t, k) => expect(Math.abs(t - first[k]!)).toBeLessThan((k + 1) * 2e-3));
    }
  });

  it('cross their threshold on a ramp where the potential does', () => {
    const program = neurons({
      sites: 1,
      drives: [{ pattern: fields([1]), amplitude: Float64Array.of(0, -1, 10, 1) }],
      duration: 10,
    });
    const [first] = spikes(program)[0]!;
    // τ u' = 20 + 10 A(t) − u from rest, A = t/5 − 1: u = 10 + 2 (t − 1) − 8 e^{−t} mV.
    const u = 10 + 2 * (first! - 1) - 8 * Math.exp(-first!);
    expect(u).toBeCloseTo(20, 11);
  });

  it('show +1 for the window after a spike, and −1 otherwise', () => {
    const program = neurons({
      sites: 1,
      fields: fields([0.1]),
      duration: 20,
      every: 0.01,
      dynamics: { kernel: { kind: 'lif', window: 0.7 } },
    });
    const times = spikes(program)[0]!;
    const states: number[] = [];
    const shot = { program, parameters: {}, firstShot: 0, shots: 1 };
    const readouts = Float64Array.from({ length: 2001 }, (_, k) => k / 100);
    simulateHere(
      simulate,
      { ...shot, times: readouts },
      {
        readout: (row) => states.push(row.state[0]!),
        shotEnd: () => undefined,
        progress: () => undefined,
      },
    );
    expect(times.length).toBeGreaterThan(4);
    readouts.forEach((t, k) => {
      const fired = times.some((spike) => spike <= t && t < spike + 0.7);
      expect(states[k]).toBe(fired ? 1 : -1);
    });
  });

  it('hold clamped sites, whose states feed the others', () => {
    const program = neurons({
      sites: 2,
      couplings: { kind: 'dense', data: Float64Array.of(0, 0, 1, 0) },
      clamped: Int32Array.of(0),
      inputs: [fields([1])],
      duration: 30,
    });
    const times = spikes(program);
    expect(times[0]).toEqual([]);
    for (const interval of intervals(times[1]!)) {
      expect(interval).toBeCloseTo(0.25 + Math.log(25 / 10), 12);
    }
    const off = { ...program, inputs: [fields([-1])] };
    expect(spikes(off)[1]).toEqual([]);
  });

  it('that start at +1 are spread over their interval, each shot afresh and from its own stream', () => {
    const program = neurons({
      sites: 400,
      fields: new Float64Array(400).fill(1),
      initial: { kind: 'pattern', values: new Float64Array(400).fill(1) },
      duration: 1.2,
      shots: 3,
    });
    const first = spikes(program).map((times) => times[0]!);
    const interval = 0.25 + Math.log(25 / 10);
    const mean = first.reduce((sum, t) => sum + t, 0) / 400;
    // Uniform on (0, interval): mean within 4 standard errors.
    expect(Math.abs(mean - interval / 2)).toBeLessThan((4 * interval) / Math.sqrt(12 * 400));
    expect(Math.max(...first)).toBeLessThanOrEqual(interval);
    const together = runSimulation(simulate, program);
    const alone = runSimulation(simulate, program, { firstShot: 2, shots: 1 });
    expect(alone.finalStates[0]).toEqual(together.finalStates[2]);
  });

  it('hold a memory and mend a cue', () => {
    const { J, patterns } = net(200, 3);
    const program = neurons({
      sites: 200,
      couplings: { kind: 'dense', data: J },
      references: patterns,
      initial: { kind: 'corrupted', values: patterns[1]!, flips: 30 },
      duration: 40,
      shots: 20,
    });
    for (const [, m] of runSimulation(simulate, program).finalOverlaps.entries()) {
      expect(m[1]).toBe(1);
    }
  });
});

describe('escape noise', () => {
  it('fires a neuron that stays at z within one escape time as a Glauber spin is +1', () => {
    for (const z of [-3, -0.4, 0, 0.7, 2]) {
      const chance = escapeProbability(escapeRate(z, 0.6, 'sigmoidal'), 1);
      expect(chance).toBeCloseTo((1 + Math.tanh(z / 0.6)) / 2, 14);
      // Whole or in ten parts: the same survival.
      const part = escapeProbability(escapeRate(z, 0.6, 'sigmoidal'), 0.1);
      expect(1 - (1 - part) ** 10).toBeCloseTo(chance, 14);
    }
    const far = escapeRate(-8, 0.6, 'exponential');
    expect(escapeRate(-8, 0.6, 'sigmoidal') / far).toBeCloseTo(1, 10);
    expect(escapeRate(0, 0, 'sigmoidal')).toBe(0);
    expect(escapeRate(1e-9, 0, 'exponential')).toBe(Infinity);
    expect(escapeRate(-1e6, 1, 'exponential')).toBe(0);
    expect(escapeProbability(escapeRate(1e6, 1, 'exponential'), 1)).toBe(1);
  });

  it('SRM0 without η fires with rate 1/(Δ + 1/ρ), sigmoidal and exponential', () => {
    for (const escape of ['sigmoidal', 'exponential'] as const) {
      const dt = 1 / 160;
      const program = neurons({
        sites: 40,
        fields: new Float64Array(40).fill(0.3),
        duration: 200,
        dynamics: {
          temperature: 0.5,
          dt,
          kernel: { kind: 'srm0', escape, escapeTime: 0.4 },
          spiking: { reset: -0.05 },
        },
      });
      const counts = spikes(program).map((times) => times.length);
      const rho = escapeRate(0.3, 0.5, escape) / 0.4;
      // In steps: a spike every 0.25 − dt + dt/P on average.
      const mean = 0.25 - dt + dt / escapeProbability(rho, dt);
      const found = counts.reduce((sum, n) => sum + n, 0);
      const expected = (40 * 200) / mean;
      // Intervals vary by about 1/ρ: 4 standard errors of the count.
      expect(Math.abs(found - expected)).toBeLessThan((4 * Math.sqrt(expected)) / (rho * mean));
      expect(Math.abs(1 / (0.25 + 1 / rho) - 1 / mean)).toBeLessThan(dt / mean ** 2);
    }
  });

  it('SRM0 without noise and refractory time fires at constant current as LIF does, to a step', () => {
    const program = neurons({
      sites: 3,
      fields: fields([0.2, 0.5, 1]),
      duration: 100,
      dynamics: { dt: 1 / 4000, kernel: 'srm0', spiking: { refractory: 0 } },
    });
    [0.2, 0.5, 1].forEach((h, site) => {
      const found = intervals(spikes(program)[site]!.slice(5));
      const mean = found.reduce((sum, t) => sum + t, 0) / found.length;
      const v = 20 + 10 * h;
      expect(Math.abs(mean - Math.log((v - 5) / (v - 20)))).toBeLessThan(1 / 4000);
    });
  });

  it('SRM0 with a refractory time of a thousand membrane times goes on firing', () => {
    const program = (start: number): ResolvedProgram =>
      neurons({
        sites: 1,
        fields: fields([1]),
        initial: { kind: 'pattern', values: Float64Array.of(start) },
        duration: 100,
        dynamics: {
          kernel: { kind: 'srm0', window: 20 },
          spiking: { ...DEFAULT_NEURON, tau: 1e-4, refractory: 0.1 },
        },
      });
    for (const start of [-1, 1]) {
      const [times] = spikes(program(start)) as [number[]];
      expect(times.length).toBeGreaterThanOrEqual(7);
      // Δ = 12.5 membrane times, then ln 1.5 of the 0.1 ms one, rounded up to a step of 1/80.
      for (const interval of intervals(times)) expect(interval).toBeCloseTo(12.5 + 1 / 80, 9);
    }
  });

  it('of LIF vanishes with the temperature: spikes are √(πT/2) late, and then not at all', () => {
    // Over the threshold z grows as t/τ and the rate is z/T (W = t_e = 2τ): survival e^{−t²/2T}.
    for (const temperature of [0.002, 0.0002]) {
      const program = neurons({
        sites: 20,
        fields: new Float64Array(20).fill(1),
        duration: 100,
        dynamics: { temperature, dt: 1 / 1000, kernel: { kind: 'lif', window: 2 } },
      });
      const all = spikes(program).flatMap(intervals);
      const late = all.reduce((sum, t) => sum + t, 0) / all.length - 0.25 - Math.log(25 / 10);
      const expected = Math.sqrt((Math.PI * temperature) / 2);
      // A step, and the curvature of z, which is of relative order of the delay itself.
      expect(Math.abs(late - expected)).toBeLessThan(1 / 1000 + expected ** 2);
    }
  });

  it('LIF without noise in steps comes to the spike times of the events as the step shrinks', () => {
    const program = neurons({ sites: 2, fields: fields([0.3, 1]), duration: 20 });
    const exact = spikes(program);
    const errors = [1 / 100, 1 / 1000].map((dt) => {
      const stepped = spikes({ ...program, dynamics: { ...program.dynamics, dt } });
      return Math.max(
        ...stepped.flatMap((times, site) =>
          intervals(times).map((t, k) => Math.abs(t - intervals(exact[site]!)[k]!)),
        ),
      );
    });
    expect(errors[0]).toBeLessThan(3 / 100);
    expect(errors[1]).toBeLessThan(3 / 1000);
  });

  it('exponential synapses relax to twice their trace less one', () => {
    // One neuron fires on; the other sees its saturating exponential synapse.
    const W = 2;
    const dt = 1 / 100;
    const program = neurons({
      sites: 2,
      couplings: { kind: 'dense', data: Float64Array.of(0, 0, 1, 0) },
      fields: fields([1, 0]),
      duration: 40,
      dynamics: { dt, kernel: { kind: 'lif', response: 'exponential', window: W } },
    });
    const [source, target] = spikes(program) as [number[], number[]];
    const interval = intervals(source)[3]!;
    // The mean of 2 e^{−t/W} − 1 over an interval: the current that decides over the target.
    const mean = (2 * W * (1 - Math.exp(-interval / W))) / interval - 1;
    expect(mean).toBeGreaterThan(0.1);
    expect(target.length).toBeGreaterThan(10);
    const box = spikes({
      ...program,
      dynamics: { ...program.dynamics, kernel: { kind: 'lif', window: W } },
    })[1]!;
    expect(target.length).toBeLessThan(box.length);
  });
});

describe('which simulator a program gets', () => {
  it.each([
    [{}, LifNetwork],
    [{ dt: 0.01 }, SteppedNeurons],
    [{ temperature: 0.1 }, SteppedNeurons],
    [{ kernel: 'srm0' as const }, SteppedNeurons],
    [{ kernel: 'memoryless' as const, order: 'synchronous' as const }, SteppedNeurons],
  ])('%j', (dynamics, simulator) => {
    expect(neuronDynamics(neurons({ sites: 1, dynamics }), {})).toBeInstanceOf(simulator);
  });

  it('steps divide the window', () => {
    const neuron = neuronOf(
      neurons({ sites: 1, dynamics: { kernel: { kind: 'lif', window: 1 } } }),
      {},
    );
    expect(stepOf(neuron, 0.3)).toBeCloseTo(0.25, 15);
    expect(stepOf(neuron, null)).toBeCloseTo(1 / 80, 15);
    expect(stepOf(neuron, 5)).toBe(1);
  });
});

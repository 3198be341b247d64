import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/index.js';
import {
  each,
  idealBut,
  imageOf,
  lyapunov,
  meanOf,
  pairCouplings,
  pairMeans,
  runShot,
} from './board-bench.test-support.js';
import { PROFILES, type CircuitProfile } from './circuit-profile.js';
import { ComponentBoard } from './component-board.js';
import { drawComponents } from './components.js';
import { FlickerNoise } from './flicker-noise.js';
import { programUnits } from './program-units.js';

/** 1/f noise against the closed form of its sum of Lorentzians, and what it does to a node against Lyapunov’s equation. */
const GATE = 4;

/** One-sided density of the sum at f, A²/Hz. */
function density({ rates, sizeA }: FlickerNoise, hz: number): number {
  const omega = 2 * Math.PI * hz;
  return rates.reduce((sum, rate) => sum + (4 * sizeA ** 2 * rate) / (rate ** 2 + omega ** 2), 0);
}

const noiseOf = (profile: CircuitProfile): FlickerNoise =>
  new FlickerNoise(profile, each(profile.sites, 1), programUnits(profile));

describe('1/f noise', () => {
  it.each(['bench-flicker', 'chip-flicker'])(
    'of %s is as strong at its corner as white noise of its temperature, and falls as 1/f between its ends',
    (name) => {
      const profile = PROFILES[name]!;
      const noise = noiseOf(profile);
      const { energyJ } = programUnits(profile);
      const white = (4 * profile.flickerTemperature * energyJ) / profile.resistanceOhm;
      // A decade from an end it is 6 % low: what lies beyond is missing.
      const low = 30 * profile.flickerLowHz;
      const high = profile.flickerHighHz / 30;
      for (let hz = low; hz <= high; hz *= 1.3) {
        const wanted = (white * profile.flickerCornerHz) / hz;
        expect(Math.abs(density(noise, hz) / wanted - 1)).toBeLessThan(0.025);
        const slope = Math.log(density(noise, 1.3 * hz) / density(noise, hz)) / Math.log(1.3);
        expect(Math.abs(slope + 1)).toBeLessThan(0.025);
      }
      expect(density(noise, profile.flickerCornerHz) / white).toBeGreaterThan(0.9);
      expect(noise.rates).toHaveLength(10);
    },
  );

  it('has the spectrum of its sum of Lorentzians, with slope −1 over three decades (TC-27)', () => {
    const size = 2 ** 20;
    const h = 1;
    const noise = noiseOf(
      idealBut({
        sites: 1,
        flickerCornerHz: 1e-2,
        flickerTemperature: 1,
        flickerLowHz: 1e-6,
        flickerHighHz: 1,
      }),
    );
    const random = RandomStream.of(5, 'dynamics', 1);
    noise.begin(1, random);
    const re = new Float64Array(size);
    const im = new Float64Array(size);
    const mean = new Float64Array(1);
    for (let k = 0; k < size; k++) {
      noise.step(h, random, mean);
      re[k] = mean[0]! / noise.sizeA;
    }
    transform(re, im);
    /** Of the mean of both ends of each step, sampled: the exact density, in units of one process. */
    const sampled = (hz: number): number => {
      const omega = 2 * Math.PI * hz * h;
      const sum = noise.rates.reduce((all, rate) => {
        const keep = Math.exp(-rate * h);
        return all + (2 * h * (1 - keep ** 2)) / (1 + keep ** 2 - 2 * keep * Math.cos(omega));
      }, 0);
      return sum * Math.cos(omega / 2) ** 2;
    };
    const points: { x: number; y: number; weight: number }[] = [];
    // Bands of a third of a decade from 3e-5 to 3e-2.
    for (let band = 0; band < 9; band++) {
      const from = Math.round(3e-5 * 10 ** (band / 3) * size * h);
      const to = Math.round(3e-5 * 10 ** ((band + 1) / 3) * size * h);
      let ratio = 0;
      let logs = 0;
      let continuous = 0;
      for (let k = from; k < to; k++) {
        const hz = k / (size * h);
        const power = (2 * h * (re[k]! ** 2 + im[k]! ** 2)) / size;
        ratio += power / sampled(hz);
        logs += Math.log(hz);
        continuous += (power * noise.sizeA ** 2) / density(noise, hz);
      }
      const count = to - from;
      // A periodogram’s ordinate has the spread of its mean.
      expect(Math.abs(ratio / count - 1)).toBeLessThan(GATE / Math.sqrt(count));
      expect(Math.abs(continuous / count - 1)).toBeLessThan(GATE / Math.sqrt(count) + 0.01);
      const x = logs / count;
      points.push({
        x,
        y: Math.log(ratio / count) + Math.log(sampled(Math.exp(x))),
        weight: count,
      });
    }
    const total = points.reduce((sum, { weight }) => sum + weight, 0);
    const mx = points.reduce((sum, { x, weight }) => sum + weight * x, 0) / total;
    const my = points.reduce((sum, { y, weight }) => sum + weight * y, 0) / total;
    const sxx = points.reduce((sum, { x, weight }) => sum + weight * (x - mx) ** 2, 0);
    const slope =
      points.reduce((sum, { x, y, weight }) => sum + weight * (x - mx) * (y - my), 0) / sxx;
    expect(1 / Math.sqrt(sxx)).toBeLessThan(0.0125);
    expect(Math.abs(slope + 1)).toBeLessThan(0.05);
  });

  it.each(['transconductor', 'capacitor'] as const)(
    'shakes nodes that are coupled by a %s as Lyapunov’s equation of nodes and processes says',
    (couplingElement) => {
      const profile = idealBut({
        couplingElement,
        couplingBits: 24,
        couplingFullScale: 1,
        flickerCornerHz: 2000,
        flickerTemperature: 1,
        flickerLowHz: 100,
        flickerHighHz: 1e3,
      });
      const j = 0.8;
      const noise = noiseOf(profile);
      const units = programUnits(profile);
      // dx_i = −Σ_k M_ik (2 x_k/… ) dt: of capacitors C⁻¹ with A = [[2, −J], [−J, 2]] = 2 Ĉ; else −A x.
      const det = 1 - (j / 2) ** 2;
      const push =
        couplingElement === 'capacitor'
          ? [
              [1 / det, j / 2 / det],
              [j / 2 / det, 1 / det],
            ]
          : [
              [1, 0],
              [0, 1],
            ];
      const pull =
        couplingElement === 'capacitor'
          ? push.map((row) => row.map((m) => 2 * m))
          : [
              [2, -j],
              [-j, 2],
            ];
      // A current of one process in units of field, its rate in 1/t0.
      const size = noise.sizeA / units.currentA;
      const rates = [...noise.rates].map((rate) => rate * units.timeS);
      const m = 2 + 2 * rates.length;
      const a = Array.from({ length: m }, () => new Array<number>(m).fill(0));
      const d = Array.from({ length: m }, () => new Array<number>(m).fill(0));
      for (let r = 0; r < 2; r++) {
        for (let c = 0; c < 2; c++) {
          a[r]![c] = pull[r]![c]!;
          d[r]![c] = 2 * (push[r]![0]! * push[c]![0]! + push[r]![1]! * push[c]![1]!);
          rates.forEach((rate, k) => {
            a[r]![2 + 2 * k + c] = -push[r]![c]! * size;
            a[2 + 2 * k + c]![2 + 2 * k + c] = rate;
            d[2 + 2 * k + c]![2 + 2 * k + c] = 2 * rate;
          });
        }
      }
      const s = lyapunov(a, d);
      // What would be without it: T A⁻¹.
      const quiet = 2 / (4 - j * j);
      expect(s[0]![0]! / quiet).toBeGreaterThan(1.5);
      const board = new ComponentBoard(profile, 'a');
      board.apply(imageOf(128, { couplings: pairCouplings(128, j), quartic: each(128, 0) }));
      const run = { duration: 300, every: 0.5 };
      const [square, product] = pairMeans(board, run, 10, [
        (x, y) => (x * x + y * y) / 2,
        (x, y) => x * y,
      ]);
      for (const [got, exact] of [
        [square!, s[0]![0]!],
        [product!, s[0]![1]!],
      ] as const) {
        const said = `${got.mean} ± ${got.sem}, expected ${exact}`;
        expect(Math.abs(got.mean - exact), said).toBeLessThan(GATE * got.sem + 0.003 * exact);
        expect(got.sem, said).toBeLessThan(0.05 * exact);
      }
      const { heat, energyChange, activeWork } = board.trueLedger();
      expect(Math.abs(heat + energyChange)).toBeLessThan(1e-9 * 128);
      expect(Math.abs(activeWork)).toBeLessThan(1e-9 * 128);
    },
  );

  it('is drawn for each board and node, anew for each shot, and leaves the white noise as it was', () => {
    const profile: CircuitProfile = { ...PROFILES['bench-flicker']!, sites: 64 };
    const ofOne = drawComponents(profile, 'one').flickerGain;
    expect([...ofOne]).not.toEqual([...drawComponents(profile, 'two').flickerGain]);
    const logs = meanOf([...ofOne].map(Math.log));
    expect(Math.abs(Math.sqrt(logs.variance) / 0.1 - 1)).toBeLessThan(GATE / Math.sqrt(2 * 64));
    const stateOf = (more: Partial<CircuitProfile>, shot = 0): number[] => {
      const board = new ComponentBoard({ ...profile, ...more }, 'one');
      board.apply(imageOf(64, { quadratic: each(64, 0.5), quartic: each(64, 0) }));
      runShot(board, { duration: 2, shot });
      return [...board.trueState()];
    };
    const noisy = stateOf({});
    expect(stateOf({})).toEqual(noisy);
    expect(stateOf({}, 1)).not.toEqual(noisy);
    // Linear nodes: with a tenth of the current they are a tenth as far from those without it.
    const quiet = stateOf({ flickerTemperature: 0 });
    const tenth = stateOf({ flickerTemperature: 0.01 });
    noisy.forEach((x, i) => {
      expect((tenth[i]! - quiet[i]!) / (x - quiet[i]!)).toBeCloseTo(0.1, 6);
    });
  });
});

/** Fourier transform in place, of a power of two. */
function transform(re: Float64Array, im: Float64Array): void {
  const size = re.length;
  for (let i = 1, j = 0; i < size; i++) {
    let bit = size >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j]!, re[i]!];
      [im[i], im[j]] = [im[j]!, im[i]!];
    }
  }
  for (let length = 2; length <= size; length *= 2) {
    const half = length / 2;
    const angle = (-2 * Math.PI) / length;
    for (let k = 0; k < half; k++) {
      const wr = Math.cos(angle * k);
      const wi = Math.sin(angle * k);
      for (let i = k; i < size; i += length) {
        const j = i + half;
        const xr = re[j]! * wr - im[j]! * wi;
        const xi = re[j]! * wi + im[j]! * wr;
        re[j] = re[i]! - xr;
        im[j] = im[i]! - xi;
        re[i] = re[i]! + xr;
        im[i] = im[i]! + xi;
      }
    }
  }
}

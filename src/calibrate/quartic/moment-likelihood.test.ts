import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../core/index.js';
import { linearLikelihood } from '../linear/linear-likelihood.js';
import { constantInputs, emptySystem, type SampledShots } from '../linear/linear-system.js';
import { momentLikelihood } from './moment-likelihood.js';
import type { QuarticSystem } from './quartic-likelihood.js';
import { AT as MOMENT, WELL_LAW, WellMoments, type WellLaw } from './well-moments.js';

/** rate, push, ln noise, ln cubic, ln low-pass, ln readout noise, readout gain, readout offset. */
const AT = [-2, 16, Math.log(0.04), Math.log(4), Math.log(0.025), Math.log(0.01), 1.1, 0.03];

/** One node, behind a low-pass where asked for; all eight parameters, the low-pass's without effect where there is none. */
function node(at: readonly number[], hasPole = true): QuarticSystem {
  const [rate, push, noise, cubic, pole, readout, gain, offset] = at as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const m = hasPole ? 2 : 1;
  const linear = emptySystem(m, 1, 1, at.length);
  linear.A[0] = rate;
  linear.dA[0]![0] = 1;
  linear.B[0] = push;
  linear.dB[1]![0] = 1;
  linear.D[0] = Math.exp(noise);
  linear.dD[2]![0] = Math.exp(noise);
  if (hasPole) {
    const fast = Math.exp(-pole);
    linear.A.set([-fast, fast], 2);
    linear.dA[4]!.set([fast, -fast], 2);
  }
  linear.H[m - 1] = gain;
  linear.dH[6]![m - 1] = 1;
  linear.b[0] = offset;
  linear.db[7]![0] = 1;
  linear.R[0] = Math.exp(2 * readout);
  linear.dR[5]![0] = 2 * Math.exp(2 * readout);
  const force = Float64Array.from({ length: m }, (_, i) => (i === 0 ? Math.exp(cubic) : 0));
  const dCubic = at.map((_, a) => force.map((k) => (a === 3 ? k : 0)));
  return { linear, cubic: force, dCubic };
}

const flat = (system: QuarticSystem): QuarticSystem => ({
  linear: system.linear,
  cubic: system.cubic.map(() => 0),
  dCubic: system.dCubic.map((list) => list.map(() => 0)),
});

/** Short Euler steps. */
function simulate(
  at: readonly number[],
  shots: number,
  samples: number,
  every: number,
  stream: RandomStream,
): Float64Array[] {
  const [rate, push, noise, cubic, pole, readout, gain, offset] = at as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const n = 400;
  const h = every / n;
  const kick = Math.sqrt(Math.exp(noise) * h);
  const k = Math.exp(cubic);
  return Array.from({ length: shots }, () => {
    const shot = new Float64Array(samples);
    let [x, z] = [0, 0];
    for (let s = 0; s < samples; s++) {
      shot[s] = gain * z + offset + Math.exp(readout) * stream.normal();
      for (let t = 0; t < n; t++) {
        const was = x;
        x += (push - rate * x - k * x ** 3) * h + kick * stream.normal();
        z += (((was + x) / 2 - z) * h) / Math.exp(pole);
      }
    }
    return shot;
  });
}

const dataOf = (
  shots: readonly Float64Array[],
  interval: number,
  states: number,
): SampledShots => ({
  course: constantInputs([1], interval, shots[0]!.length),
  start: { kind: 'known', mean: new Float64Array(states) },
  shots,
});

describe('the likelihood of a quartic well behind a readout', () => {
  const shots = simulate(AT, 3, 20, 0.05, RandomStream.of(3, 'dynamics', 0));

  it.each([
    ['behind a low-pass', true],
    ['without a low-pass', false],
  ])('has the slopes of its value, by every parameter, %s', (_, hasPole) => {
    const off = AT.map((v, a) => v + 0.05 * Math.cos(a));
    const data = dataOf(shots, 0.05, hasPole ? 2 : 1);
    const { score } = momentLikelihood(node(off, hasPole), data);
    off.forEach((__, a) => {
      const value = (by: number): number =>
        momentLikelihood(
          node(
            off.map((v, k) => (k === a ? v + by : v)),
            hasPole,
          ),
          data,
        ).value;
      const slope = (value(1e-6) - value(-1e-6)) / 2e-6;
      expect(
        Math.abs(score[a]! - slope),
        `parameter ${a}: ${score[a]} against ${slope}`,
      ).toBeLessThan(1e-5 * (1 + Math.abs(slope)));
    });
  });

  it('sees lost samples as such', () => {
    const lost = shots.map((shot) => shot.map((v, s) => (s % 3 === 1 ? NaN : v)));
    const { score, count } = momentLikelihood(node(AT), dataOf(lost, 0.05, 2));
    expect(count).toBe(3 * 13);
    const value = (by: number): number =>
      momentLikelihood(node(AT.map((v, k) => (k === 3 ? v + by : v))), dataOf(lost, 0.05, 2)).value;
    expect(score[3]! / ((value(1e-6) - value(-1e-6)) / 2e-6)).toBeCloseTo(1, 5);
  });

  it.each([
    ['behind a low-pass', true, 1e-4],
    ['without a low-pass', false, 1e-6],
  ])('is the linear one without a cubic force, %s', (_, hasPole, within) => {
    const at = AT.map((v, a) => (a === 0 ? 2 : a === 1 ? 3 : v));
    const system = flat(node(at, hasPole));
    const data = dataOf(
      simulate(at.with(3, -40), 3, 20, 0.05, RandomStream.of(4, 'dynamics', 0)),
      0.05,
      hasPole ? 2 : 1,
    );
    const exact = linearLikelihood(system.linear, data);
    const closed = momentLikelihood(system, data);
    expect(closed.count).toBe(exact.count);
    expect(Math.abs(closed.value - exact.value)).toBeLessThan(within * exact.count);
    exact.score.forEach((slope, a) => {
      if (a === 3) return;
      const error = Math.sqrt(exact.information[a * at.length + a]!);
      expect(Math.abs(closed.score[a]! - slope), `parameter ${a}`).toBeLessThan(
        100 * within * (1 + error),
      );
    });
  });

  it.each([
    [2, 19.58, 1e-6],
    [-2, 5.82, 1e-5],
  ])(
    'holds a node where the exact law at rest does, rate %d, push %d: gains are %d off',
    (rate, push, most) => {
      const law = { a: rate, b: 4, u: push, D: 0.04 };
      const moments = new WellMoments(law, 0);
      for (let k = 0; k < 4000; k++) moments.step(0.005);
      const { mean, variance } = restingLaw(law);
      // A mean that is off would be taken for a gain that is off by so much of itself.
      const slope = law.b * moments.at[MOMENT.dm + WELL_LAW.indexOf('b')]!;
      expect(Math.abs((moments.at[MOMENT.m]! - mean) / slope)).toBeLessThan(most);
      expect(Math.abs(moments.at[MOMENT.P]! / variance - 1)).toBeLessThan(2e-3);
    },
  );

  it('has scores of mean 0 whose covariance is Fisher’s information, over simulated paths', () => {
    // 1500 shots: a mean score is known to 0.026 of its standard deviation, that to 1.8 %; a false alarm in 10⁴.
    const count = 1500;
    const paths = strang(AT, count, 12, 0.05, RandomStream.of(5, 'dynamics', 0));
    const system = node(AT, false);
    const p = AT.length;
    const sum = new Float64Array(p);
    const squares = new Float64Array(p);
    let information: Float64Array = new Float64Array(0);
    let deviation = 0;
    for (const shot of paths) {
      const point = momentLikelihood(system, dataOf([shot], 0.05, 1));
      information = point.information;
      deviation += point.squares / point.count / count;
      point.score.forEach((v, a) => {
        sum[a] = sum[a]! + v;
        squares[a] = squares[a]! + v * v;
      });
    }
    expect(Math.abs(deviation - 1)).toBeLessThan(4 * Math.sqrt(2 / (12 * count)));
    AT.forEach((_, a) => {
      if (a === 4) return;
      const F = information[a * p + a]!;
      expect(Math.abs(sum[a]!) / Math.sqrt(F * count), `mean of ${a}`).toBeLessThan(4.5);
      expect(Math.abs(squares[a]! / (F * count) - 1), `spread of ${a}`).toBeLessThan(0.2);
    });
  });

  it('refuses what it has no law of', () => {
    const data = dataOf(shots, 0.05, 2);
    expect(() => momentLikelihood(node(AT), { ...data, start: { kind: 'stationary' } })).toThrow(
      /at rest/,
    );
    const course = constantInputs([0.5], 0.05, 20);
    expect(() => momentLikelihood(node(AT), { ...data, course })).toThrow(/inputs/);
  });
});

/** exp(−2 V/D) by quadrature. */
function restingLaw({ a, b, u, D }: WellLaw): { mean: number; variance: number } {
  const V = (x: number): number => (a * x * x) / 2 + (b * x ** 4) / 4 - u * x;
  const points = Array.from({ length: 8001 }, (_, k) => -1 + k * 5e-4);
  const least = points.reduce((low, x) => Math.min(low, V(x)), Infinity);
  const weights = points.map((x) => Math.exp((-2 * (V(x) - least)) / D));
  const of = (f: (x: number) => number): number =>
    points.reduce((all, x, k) => all + weights[k]! * f(x), 0);
  const mean = of((x) => x) / of(() => 1);
  return { mean, variance: of((x) => (x - mean) ** 2) / of(() => 1) };
}

/** Paths without a low-pass by splitting: half of the exact cubic flow, an exact linear step, half of the flow; 40 steps an interval. */
function strang(
  at: readonly number[],
  shots: number,
  samples: number,
  every: number,
  stream: RandomStream,
): Float64Array[] {
  const [a, push, noise, cubic, , readout, gain, offset] = at as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const steps = 40;
  const h = every / steps;
  const [k, E] = [Math.exp(cubic), Math.exp(-a * h)];
  const mean = (push * (1 - E)) / a;
  const spread = Math.sqrt((Math.exp(noise) * (1 - E * E)) / (2 * a));
  return Array.from({ length: shots }, () => {
    let x = 0;
    return Float64Array.from({ length: samples }, (_, s) => {
      for (let t = 0; s > 0 && t < steps; t++) {
        const half = x / Math.sqrt(1 + k * h * x * x);
        const moved = E * half + mean + spread * stream.normal();
        x = moved / Math.sqrt(1 + k * h * moved * moved);
      }
      return gain * x + offset + Math.exp(readout) * stream.normal();
    });
  });
}

import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/index.js';
import {
  each,
  idealBut,
  imageOf,
  lyapunov,
  meanOf,
  pairCouplings,
  runShot,
} from './board-bench.test-support.js';
import { ComponentBoard } from './component-board.js';
import { bridgeShare, parabolaShare, ReadoutPole } from './readout-pole.js';

/** ∫₀ʰ f by Simpson's rule. */
function integral(h: number, f: (u: number) => number): number {
  const parts = 4000;
  let sum = f(0) + f(h);
  for (let k = 1; k < parts; k++) sum += (k % 2 === 1 ? 4 : 2) * f((h * k) / parts);
  return (sum * h) / parts / 3;
}

describe('What a step leaves behind the readout’s pole', () => {
  it.each([0.003, 0.0099, 0.0101, 0.3, 2, 40])('is integrated exactly, h = %f τ', (h) => {
    const g = (u: number): number => -Math.expm1(-(h - u));
    const mean = integral(h, g) / h;
    const bridge = integral(h, (u) => (g(u) - mean) ** 2);
    expect(bridgeShare(h, 1) / bridge).toBeCloseTo(1, 6);
    expect(bridgeShare(h * 5e-6, 5e-6) / (5e-6 * bridge)).toBeCloseTo(1, 6);
    const parabola = integral(h, (u) => ((u * (u - h)) / 2) * Math.exp(u - h));
    expect(parabolaShare(h, 1) / parabola).toBeCloseTo(1, 6);
  });

  it('is nothing without a pole', () => {
    expect(bridgeShare(1, 0)).toBe(0);
    expect(parabolaShare(1, 0)).toBe(0);
    const pole = new ReadoutPole(1, 0);
    pole.begin(Float64Array.of(3), 1);
    pole.step(1, Float64Array.of(3), Float64Array.of(4), Float64Array.of(1), 1, null);
    pole.settle(1, null, RandomStream.of(1));
    expect([...pole.look(1)]).toEqual([4]);
  });

  // Nodes x' = −x + noise of variance rate 2 in exact steps: ⟨yy⟩ = 1/(1 + τ), and what Lyapunov's equation says of later times.
  // The covariance of (x, y) is followed, not sampled, so that there is no error but the steps'.
  it.each([0.002, 0.05, 0.5])('has the exact variance and correlations, τ = %f', (tau) => {
    const errors = [0.2, 0.1].map((h) => {
      const [S, lag] = stationary(h, tau);
      const exact = lyapunov(
        [
          [1, 0],
          [-1 / tau, 1 / tau],
        ],
        [
          [2, 0],
          [0, 0],
        ],
      );
      // y(h) = e^{−h/τ} y + (e^{−h} − e^{−h/τ})/(1 − τ) x + noise
      const d = Math.exp(-h / tau);
      const later = d * exact[1]![1]! + ((Math.exp(-h) - d) / (1 - tau)) * exact[0]![1]!;
      expect(exact[1]![1]).toBeCloseTo(1 / (1 + tau), 12);
      return [S.yy / exact[1]![1]! - 1, S.xy / exact[0]![1]! - 1, lag / later - 1].map(Math.abs);
    });
    // Second order: what is left of h = 0.2 is a quarter. Without the bridge ⟨yy⟩ of h = 0.1 is 6 % off at τ = 0.002.
    for (const error of errors[0]!) expect(error).toBeLessThan(2e-3);
    for (const error of errors[1]!) expect(error).toBeLessThan(5e-4);
  });
});

/** Moments of x and y when they have come to rest, and ⟨y(t + h) y(t)⟩. */
function stationary(h: number, tau: number) {
  const noise = bridgeShare(h, tau) * 2;
  const pole = new ReadoutPole(1, tau);
  /** y' of y, x and x'. */
  const response = (y: number, x: number, next: number): number => {
    pole.begin(Float64Array.of(y), 1);
    pole.step(h, Float64Array.of(x), Float64Array.of(next), new Float64Array(1), 1, null);
    pole.bend(Float64Array.of((x + next) / 2), 1);
    pole.settle(1, null, RandomStream.of(1));
    return pole.look(1)[0]!;
  };
  const [ofY, ofX, ofNext] = [response(1, 0, 0), response(0, 1, 0), response(0, 0, 1)];
  const decay = Math.exp(-h);
  const kick = -Math.expm1(-2 * h);
  // y' = p x + ofY y + ofNext ξ + bridge, x' = decay x + ξ
  const p = ofX + ofNext * decay;
  const S = { xx: 1, xy: 0, yy: 0 };
  for (let k = 0; k < 20_000; k++) {
    const xy = decay * (p * S.xx + ofY * S.xy) + ofNext * kick;
    const yy =
      p * p * S.xx + 2 * p * ofY * S.xy + ofY * ofY * S.yy + ofNext * ofNext * kick + noise;
    [S.xy, S.yy] = [xy, yy];
  }
  return [S, ofY * S.yy + p * S.xy] as const;
}

describe('A board with a pole before its readout', () => {
  const SITES = 64;
  const profile = idealBut({ sites: SITES, readoutPoleRc: 0.05 });

  /** ⟨y(t) y(0)⟩ of a mode of variance V and rate a behind a pole τ, times in t0. */
  const tau = 0.025;
  const mode = (V: number, a: number, t: number): number =>
    (V * (Math.exp(-a * t) - a * tau * Math.exp(-t / tau))) / (1 - (a * tau) ** 2);

  it('answers a field as the exact circuit does, at steps of twice the pole', () => {
    // x' = −2x + h, τ y' = x − y with τ = 0.025 t0, no noise.
    const board = new ComponentBoard(profile, 'step');
    const [field, rate] = [6, 2];
    board.apply(imageOf(SITES, { fields: each(SITES, field), quartic: each(SITES, 0) }));
    const duration = 0.5;
    const every = 0.05;
    const { codes } = runShot(board, { duration, every, temperature: 0 });
    codes.forEach((shown, k) => {
      const t = Math.min(duration, k * every);
      const fast = (Math.exp(-rate * t) - rate * tau * Math.exp(-t / tau)) / (1 - rate * tau);
      const exact = (field / rate) * (1 - fast);
      // Half a code, and what noise of the resistors there is at 300 K: 2e-6 V against 0.1 V.
      expect(Math.abs(shown[0]! * board.stateScale - exact), `${t}`).toBeLessThan(1e-3);
    });
  });

  type Row = ArrayLike<number>;
  /** Codes of a shot after its first 4 t0, and a mean over them of f(row, row `lag` later, i), i = 0, 2, …; program units. */
  function watch(board: ComponentBoard, every: number, duration: number) {
    const rows: readonly Row[] = runShot(board, { duration, every }).codes.slice(4 / every);
    return (lag: number, f: (now: Row, later: Row, i: number) => number) =>
      meanOf(
        Array.from({ length: SITES / 2 }, (_, pair) => {
          let sum = 0;
          for (let k = 0; k + lag < rows.length; k++) sum += f(rows[k]!, rows[k + lag]!, 2 * pair);
          return (sum / (rows.length - lag)) * board.stateScale ** 2;
        }),
      );
  }

  it('shows fluctuations as the exact circuit does, at steps of twice the pole', () => {
    const board = new ComponentBoard(profile, 'noise');
    board.apply(imageOf(SITES, { quartic: each(SITES, 0) }));
    const every = 0.05;
    const average = watch(board, every, 60);
    for (const lag of [0, 1, 3]) {
      const { mean, sem } = average(
        lag,
        (now, later, i) => (now[i]! * later[i]! + now[i + 1]! * later[i + 1]!) / 2,
      );
      expect(Math.abs(mean - mode(0.5, 2, lag * every)), `lag ${lag}`).toBeLessThan(4 * sem + 5e-4);
    }
    // Differences of neighbours scatter little, and show the noise within steps as nothing else does.
    const squares = average(
      1,
      (now, later, i) => ((later[i]! - now[i]!) ** 2 + (later[i + 1]! - now[i + 1]!) ** 2) / 2,
    );
    const expected = 2 * (mode(0.5, 2, 0) - mode(0.5, 2, every));
    expect(Math.abs(squares.mean / expected - 1)).toBeLessThan((4 * squares.sem) / expected + 2e-3);
    expect(squares.sem / expected).toBeLessThan(0.01);
  });

  it('shows what noise of one node does to another behind a coupling capacitor', () => {
    const board = new ComponentBoard(
      { ...profile, couplingElement: 'capacitor', couplingFullScale: 1, couplingBits: 24 },
      'capacitors',
    );
    // C = (1, −½; −½, 1): modes (1, ±1) of ½ and 3/2, at rates 2/c and with the variance 1/2c.
    board.apply(imageOf(SITES, { couplings: pairCouplings(SITES, 1), quartic: each(SITES, 0) }));
    const every = 0.025;
    const difference = watch(
      board,
      every,
      40,
    )(1, (now, later, i) => (later[i]! - now[i]!) * (later[i + 1]! - now[i + 1]!));
    const moved = (c: number): number => {
      const at = (t: number): number => mode(1 / (2 * c), 2 / c, t);
      return 2 * (at(0) - at(every));
    };
    const expected = (moved(0.5) - moved(1.5)) / 2;
    expect(Math.abs(difference.mean / expected - 1)).toBeLessThan(
      (4 * difference.sem) / expected + 5e-3,
    );
    expect(difference.sem / expected).toBeLessThan(0.015);
  });
});

import { describe, expect, it } from 'vitest';
import { BOLTZMANN_J_PER_K } from '../../src/core/index.js';
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
import { CapacitorNetwork } from './capacitor-network.js';
import { PROFILES, type CircuitProfile } from './circuit-profile.js';
import { ComponentBoard } from './component-board.js';
import { drawComponents } from './components.js';

/**
 * Capacitor couplings against exact laws: equipartition with Maxwell’s matrix, Lyapunov’s equation, the circuit page’s closed form of the
 * heat between two RC circuits (TC-16). Sample means are held to 4 standard errors from independent pairs; the step has no bias in
 * stationary covariances, and 0.3 % is allowed for all else.
 */
const SITES = 128;
const GATE = 4;
const BIAS = 0.003;

const ideal = (more: Partial<CircuitProfile> = {}): CircuitProfile =>
  idealBut({ couplingElement: 'capacitor', couplingFullScale: 1, couplingBits: 24, ...more });

function holds(got: { mean: number; sem: number }, expected: number, most = 0.05): void {
  const said = `${got.mean} ± ${got.sem}, expected ${expected}`;
  expect(Math.abs(got.mean - expected), said).toBeLessThan(
    GATE * got.sem + BIAS * Math.abs(expected),
  );
  // A sample that says nothing holds whatever it says.
  expect(got.sem, said).toBeLessThan(most * Math.abs(expected));
}

/** T A⁻¹ of E = q1 x² + q2 y² − J x y. */
function pairLaw(q1: number, q2: number, j: number): [number, number, number] {
  const det = 4 * q1 * q2 - j * j;
  return [(2 * q2) / det, j / det, (2 * q1) / det];
}

const square = (x: number): number => x * x;
const product = (x: number, y: number): number => x * y;
const other = (_: number, y: number): number => y * y;

describe('a network of capacitors', () => {
  const n = 6;
  const random = (i: number, j: number): number => 0.5 + 0.5 * Math.sin(3 * i + 7 * j + i * j);
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    matrix[i * n + i] = matrix[i * n + i]! + 0.2 + random(i, i);
    for (let j = i + 1; j < n; j++) {
      const c = random(i, j);
      matrix[i * n + j] = matrix[j * n + i] = -c;
      matrix[i * n + i] = matrix[i * n + i]! + c;
      matrix[j * n + j] = matrix[j * n + j]! + c;
    }
  }
  const leak = Float64Array.from({ length: n }, (_, i) => 0.5 + random(i, 1));
  const network = new CapacitorNetwork(n, matrix, leak);
  const zeros = new Float64Array(n);
  const unit = (k: number): Float64Array => Float64Array.from({ length: n }, (_, i) => +(i === k));
  /** v' of a step as matrices: of v and of the noise's charges. */
  const stepMatrices = (): { p: number[][]; b: number[][] } => {
    const column = (v: Float64Array, noise: Float64Array): Float64Array => {
      const next = new Float64Array(n);
      network.step(v, zeros, noise, next, new Float64Array(n));
      return next;
    };
    const columns = (of: (k: number) => Float64Array): number[][] => {
      const list = Array.from({ length: n }, (_, k) => of(k));
      return Array.from({ length: n }, (_, i) => list.map((one) => one[i]!));
    };
    return {
      p: columns((k) => column(unit(k), zeros)),
      b: columns((k) => column(zeros, unit(k))),
    };
  };
  const times = (a: number[][], b: number[][]): number[][] =>
    a.map((row) => b[0]!.map((_, j) => row.reduce((sum, x, k) => sum + x * b[k]![j]!, 0)));
  const turned = (a: number[][]): number[][] => a[0]!.map((_, j) => a.map((row) => row[j]!));
  const diagonal = (values: ArrayLike<number>): number[][] =>
    Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (__, j) => +(i === j) * values[i]!),
    );
  const inverse = Array.from({ length: n }, (_, i) => [...network.inverse.slice(i * n, i * n + n)]);
  const worst = (a: number[][], b: number[][]): number =>
    Math.max(...a.flatMap((row, i) => row.map((x, j) => Math.abs(x - b[i]![j]!))));

  it('has the inverse of Maxwell’s matrix', () => {
    const rows = Array.from({ length: n }, (_, i) => [...matrix.slice(i * n, i * n + n)]);
    expect(worst(times(rows, inverse), diagonal(new Float64Array(n).fill(1)))).toBeLessThan(1e-12);
    expect(() => new CapacitorNetwork(2, Float64Array.of(1, -1, -1, 1), each(2, 1))).toThrow(
      /node 1 has no capacitance/,
    );
  });

  it.each([0.01, 0.3, 5])(
    'keeps k T C⁻¹ over a step of %f at one temperature, whatever the resistors are, and Lyapunov’s covariance at many',
    (h) => {
      network.prepare(h, 1, 1);
      const { p, b } = stepMatrices();
      for (const temperatures of [each(n, 2), each(n, 1, 3, 0.5)]) {
        const noise = leak.map((g, i) => 2 * temperatures[i]! * g);
        const a = times(inverse, diagonal(leak));
        const d = times(times(inverse, diagonal(noise)), inverse);
        const s = lyapunov(a, d);
        if (temperatures.every((t) => t === 2)) {
          expect(
            worst(
              s,
              inverse.map((row) => row.map((x) => 2 * x)),
            ),
          ).toBeLessThan(1e-11);
        }
        const after = times(times(p, s), turned(p));
        const fresh = times(times(b, diagonal(noise.map((x) => x * h))), turned(b));
        const next = after.map((row, i) => row.map((x, j) => x + fresh[i]![j]!));
        expect(worst(next, s)).toBeLessThan(1e-11);
      }
    },
  );

  it('takes from the charges what the energy loses, to rounding', () => {
    network.prepare(0.2, 1.01, 0.98);
    const v = Float64Array.from({ length: n }, (_, i) => Math.cos(5 * i));
    const next = new Float64Array(n);
    const charge = new Float64Array(n);
    network.step(v, each(n, 0.3, -0.1), each(n, -0.2, 0.5, 0.1), next, charge);
    let heat = 0;
    for (let i = 0; i < n; i++) heat -= ((v[i]! + next[i]!) / 2) * charge[i]!;
    expect(network.energy(next, 1.01) - network.energy(v, 1.01) + heat).toBeCloseTo(0, 12);
    const byMatrix = new Float64Array(n);
    network.charge(v, next, 1.01, byMatrix);
    byMatrix.forEach((q, i) => expect(q).toBeCloseTo(charge[i]!, 12));
  });

  it.each([
    [88, 5.584e-21],
    [140, 4.188e-21],
  ])('carries heat between two RC circuits as TC-16 says, at T1 = %d K', (t1, watts) => {
    const [c1, c2, c, r, t2] = [680e-12, 420e-12, 100e-12, 1e7, 296];
    const x = c1 * c2 + c * (c1 + c2);
    const y = (c1 + c) * r + (c2 + c) * r;
    const closed = (c * c * BOLTZMANN_J_PER_K * (t2 - t1)) / (x * y);
    expect(closed / watts).toBeCloseTo(1, 3);
    // In nF, 1/(10 MΩ), K.
    const two = new CapacitorNetwork(2, Float64Array.of(0.78, -0.1, -0.1, 0.52), each(2, 1));
    const m = [...two.inverse];
    const noise = Float64Array.of(2 * t1, 2 * t2);
    const s = lyapunov(
      [
        [m[0]!, m[1]!],
        [m[2]!, m[3]!],
      ],
      [
        [
          m[0]! ** 2 * noise[0]! + m[1]! ** 2 * noise[1]!,
          m[0]! * m[2]! * noise[0]! + m[1]! * m[3]! * noise[1]!,
        ],
        [
          m[0]! * m[2]! * noise[0]! + m[1]! * m[3]! * noise[1]!,
          m[2]! ** 2 * noise[0]! + m[3]! ** 2 * noise[1]!,
        ],
      ],
    );
    const unit = BOLTZMANN_J_PER_K / (1e-9 * 1e7);
    // Into the resistor of node 1: G ⟨v1²⟩ − k T1 G (C⁻¹)_11; and of node 2 as much out.
    const first = (s[0]![0]! - t1 * m[0]!) * unit;
    const second = (s[1]![1]! - t2 * m[3]!) * unit;
    expect(Math.abs(first / closed - 1)).toBeLessThan(1e-11);
    expect(Math.abs(second / closed + 1)).toBeLessThan(1e-11);
    // The mean heat of steps, with what their ends do not show: right to second order in h. The first is the board’s own step.
    const errors = [0.045, 0.0225].map((h) => {
      two.prepare(h, 1, 1);
      const step = (v: Float64Array, noiseC: Float64Array) => {
        const next = new Float64Array(2);
        const charge = new Float64Array(2);
        two.step(v, each(2, 0), noiseC, next, charge);
        return { mean: v.map((a, i) => (a + next[i]!) / 2), charge };
      };
      const area = new Float64Array(2);
      expect(two.areaHeat(noise, area)).toBe(true);
      expect(area[0]! + area[1]!).toBeCloseTo(0, 12);
      // Q_1 is quadratic in (v, noise): its mean is the sum over the covariance's entries.
      const axes = [0, 1, 2, 3].map((k) =>
        step(Float64Array.of(+(k === 0), +(k === 1)), Float64Array.of(+(k === 2), +(k === 3))),
      );
      let mean = area[0]!;
      for (let a = 0; a < 4; a++) {
        for (let b = 0; b < 4; b++) {
          const joint = a < 2 && b < 2 ? s[a]![b]! : a === b ? noise[a - 2]! * h : 0;
          mean -= joint * axes[a]!.mean[0]! * axes[b]!.charge[0]!;
        }
      }
      return Math.abs((mean / h) * unit - closed) / closed;
    });
    expect(errors[0]!).toBeLessThan(0.005);
    expect(errors[0]! / errors[1]!).toBeGreaterThan(3.5);
    expect(errors[0]! / errors[1]!).toBeLessThan(4.5);
  });
});

describe('a board that couples by capacitors', () => {
  it('has the program’s law, T A⁻¹ with A from Maxwell’s matrix: ½ vᵀ C v shared out equally', () => {
    const board = new ComponentBoard(ideal(), 'a');
    board.apply(
      imageOf(SITES, { couplings: pairCouplings(SITES, 0.8), quadratic: each(SITES, 1, 0.6) }),
    );
    const run = { duration: 300, every: 0.4 };
    const [a, b, c] = pairMeans(board, run, 5, [square, product, other]);
    const [xx, xy, yy] = pairLaw(1, 0.6, 0.8);
    holds(a!, xx);
    holds(b!, xy);
    holds(c!, yy);
  });

  it('has k T C⁻¹ from its resistors alone, whatever they are (§4.1)', () => {
    const capacitanceF = 1e-12;
    const unitV = Math.sqrt((2 * BOLTZMANN_J_PER_K * 300) / capacitanceF);
    const profile = ideal({
      capacitanceF,
      resistanceOhm: 1e6,
      unitV,
      adcFullScaleV: 8 * unitV,
      resistorSpread: 0.4,
    });
    const board = new ComponentBoard(profile, 'b');
    board.apply(imageOf(SITES, { couplings: pairCouplings(SITES, 1) }));
    const run = { duration: 400, every: 0.4, temperature: 0 };
    const [a, b] = pairMeans(board, run, 5, [(x, y) => (x * x + y * y) / 2, product]);
    const [xx, xy] = pairLaw(1, 1, 1);
    holds(a!, xx);
    holds(b!, xy);
  });

  it('shares n T/2 out among 16 nodes that are all coupled, and is correlated as the inverse says', () => {
    const n = 16;
    const couplings = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < i; k++) {
        couplings[i * n + k] = couplings[k * n + i] = 0.1 * (1 + Math.sin(i + 3 * k));
      }
    }
    const board = new ComponentBoard(ideal({ sites: n }), 'a');
    board.apply(imageOf(n, { couplings }));
    const a = Float64Array.from(couplings, (j, at) => (at % (n + 1) === 0 ? 2 : -j));
    const { inverse } = new CapacitorNetwork(n, a, each(n, 1));
    const energies: number[] = [];
    const corners: number[] = [];
    for (let shot = 0; shot < 40; shot++) {
      let energy = 0;
      let corner = 0;
      let count = 0;
      runShot(board, { shot, duration: 60, every: 0.5 }, (k) => {
        if (k < 10) return;
        const x = board.trueState();
        for (let i = 0; i < n; i++) {
          for (let k2 = 0; k2 < n; k2++) energy += (a[i * n + k2]! * x[i]! * x[k2]!) / 2;
        }
        corner += x[0]! * x[n - 1]!;
        count++;
      });
      energies.push(energy / count);
      corners.push(corner / count);
    }
    holds(meanOf(energies), n / 2);
    holds(meanOf(corners), inverse[n - 1]!, 0.2);
  });

  it('relaxes at the rates of 1/(R C), and remembers at them: the response is coloured', () => {
    const [q, j] = [1, 1.6];
    // Mode (1, 1) does not charge the coupling: q − J/2 and fast; mode (1, −1): q + J/2 and slow.
    const fast = 2 / (q - j / 2);
    const slow = 2 / (q + j / 2);
    const profile = ideal({ couplingFullScale: 2 });
    const board = new ComponentBoard(profile, 'a');
    const image = imageOf(SITES, {
      couplings: pairCouplings(SITES, j),
      quadratic: each(SITES, q),
      initial: each(SITES, 1, 0),
    });
    board.apply(image);
    runShot(board, { duration: 0.3, temperature: 0, initial: 'values' });
    const [x, y] = board.trueState();
    // The board's own noise is 8e-10 of a unit.
    expect(x!).toBeCloseTo((Math.exp(-0.3 * slow) + Math.exp(-0.3 * fast)) / 2, 3);
    expect(y!).toBeCloseTo((Math.exp(-0.3 * fast) - Math.exp(-0.3 * slow)) / 2, 3);
    const lag = 0.5;
    let last: Float64Array | null = null;
    const run = { duration: 300, every: lag };
    const [auto] = pairMeans(board, run, 5, [product], () => {
      const now = board.trueState();
      const before = last ?? now;
      last = now;
      // Pairs of (x then, x now).
      return Float64Array.from({ length: SITES }, (_, i) =>
        i % 2 === 0 ? before[i]! : now[i - 1]!,
      );
    });
    const symmetric = 1 / (2 * q - j);
    const antisymmetric = 1 / (2 * q + j);
    holds(
      auto!,
      (symmetric * Math.exp(-lag * fast) + antisymmetric * Math.exp(-lag * slow)) / 2,
      0.1,
    );
  });

  it('carries the heat of TC-16 from one RC circuit to the other', () => {
    // One unit of energy is k · 100 K.
    const capacitanceF = 1e-9;
    const unitV = Math.sqrt((2 * BOLTZMANN_J_PER_K * 100) / capacitanceF);
    const board = new ComponentBoard(
      ideal({ capacitanceF, resistanceOhm: 1e7, unitV, adcFullScaleV: 8 * unitV, ambientK: 0 }),
      'a',
    );
    board.apply(
      imageOf(SITES, {
        couplings: pairCouplings(SITES, 0.2),
        quadratic: each(SITES, 0.78, 0.52),
        nodeTemperature: each(SITES, 0.88, 2.96),
      }),
    );
    const duration = 1000;
    const run = { duration, every: 1 };
    const [a, b, c] = pairMeans(board, run, 5, [square, product, other]);
    const { nodeHeat, heat, energyChange, activeWork } = board.trueLedger();
    const t0 = 2 * 1e7 * capacitanceF;
    const of = (side: number) =>
      meanOf(
        [...nodeHeat]
          .filter((_, i) => i % 2 === side)
          .map((q) => (q * BOLTZMANN_J_PER_K * 100) / (duration * t0)),
      );
    holds(of(0), 5.584e-21, 0.06);
    holds(of(1), -5.584e-21, 0.06);
    expect(Math.abs(heat + energyChange)).toBeLessThan(1e-9 * SITES);
    expect(Math.abs(activeWork)).toBeLessThan(1e-9 * SITES);
    // ⟨V²⟩ of the page, in V0²: k T (C + C2)/X + Q̇ R.
    const [c1, c2, cc] = [680e-12, 420e-12, 100e-12];
    const x = c1 * c2 + cc * (c1 + c2);
    const k = BOLTZMANN_J_PER_K;
    const flow = 5.584e-21 * 1e7;
    holds(a!, ((k * 88 * (cc + c2)) / x + flow) / unitV ** 2);
    holds(c!, ((k * 296 * (cc + c1)) / x - flow) / unitV ** 2);
    expect(b!.mean).toBeGreaterThan(0);
  });

  it('keeps the first law to rounding, and its energy is the program’s, while the temperature moves', () => {
    const n = 10;
    const couplings = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < i; k++) {
        couplings[i * n + k] = couplings[k * n + i] = 0.1 * (1 + Math.cos(2 * i + k));
      }
    }
    const board = new ComponentBoard(ideal({ couplingBits: 30 }), 'a');
    const initial = each(n, 1, -0.5, 0.2);
    const times = Float64Array.of(0, 1, 1, 3);
    const controls = { temperature: { times, values: Float64Array.of(2, 1, 5, 0.1) } };
    board.apply(imageOf(n, { couplings, controls, initial }));
    runShot(board, { duration: 3, every: 0.1, initial: 'values' });
    const { controlWork, activeWork, heat, energyChange } = board.trueLedger();
    expect(controlWork).toBe(0);
    expect(Math.abs(activeWork)).toBeLessThan(1e-9 * n);
    expect(Math.abs(energyChange + heat)).toBeLessThan(1e-9 * n);
    const energyOf = (x: Float64Array): number => {
      let energy = 0;
      for (let i = 0; i < n; i++) {
        energy += x[i]! ** 2;
        for (let k = 0; k < i; k++) energy -= couplings[i * n + k]! * x[i]! * x[k]!;
      }
      return energy;
    };
    expect(energyChange).toBeCloseTo(energyOf(board.trueState()) - energyOf(initial), 6);
  });

  it('counts what currents of offsets do as work of active parts', () => {
    const profile = ideal({ offset: 0.5, sites: 4 });
    const { offsetA } = drawComponents(profile, 'c');
    const board = new ComponentBoard(profile, 'c');
    board.apply(imageOf(4));
    const duration = 4;
    runShot(board, { duration, temperature: 0 });
    const { activeWork, heat, energyChange } = board.trueLedger();
    const seconds = duration * board.units.timeS;
    const rc = 1e5 * 1e-9;
    // Charging from 0: ∫ I v dt with v = R I (1 − e^{−t/RC}).
    const exact = offsetA.reduce(
      (sum, i) => sum + i * i * 1e5 * (seconds - rc * (1 - Math.exp(-seconds / rc))),
      0,
    );
    expect(activeWork / (exact / board.units.energyJ)).toBeCloseTo(1, 2);
    expect(Math.abs(energyChange - activeWork + heat)).toBeLessThan(1e-9 * 4);
  });

  it('is built of this board’s parts: capacitors that are off and ones that nobody wanted', () => {
    const profile = ideal({
      capacitorSpread: 0.1,
      couplingSpread: 0.1,
      strayF: 1e-10,
      straySpread: 0.3,
    });
    const board = new ComponentBoard(profile, 'board-5');
    board.apply(imageOf(SITES, { couplings: pairCouplings(SITES, 0.8) }));
    const { capacitanceF, couplingGain, strayF } = drawComponents(profile, 'board-5');
    const c = new Float64Array(SITES * SITES);
    const place = (i: number, k: number, farad: number): void => {
      c[i * SITES + k] = c[i * SITES + k]! - farad;
      c[k * SITES + i] = c[k * SITES + i]! - farad;
      c[i * SITES + i] = c[i * SITES + i]! + farad;
      c[k * SITES + k] = c[k * SITES + k]! + farad;
    };
    for (let i = 0; i < SITES; i++) {
      c[i * SITES + i] = c[i * SITES + i]! + 0.6 * capacitanceF[i]!;
      if (i % 2 === 0) place(i, i + 1, 0.4e-9 * (1 + couplingGain[i * SITES + i + 1]!));
      if (i + 1 < SITES) place(i, i + 1, strayF[i]!);
    }
    const { inverse } = new CapacitorNetwork(SITES, c, each(SITES, 1));
    const sums = { square: new Float64Array(SITES), next: new Float64Array(SITES) };
    let count = 0;
    runShot(board, { duration: 300, every: 0.5 }, (k) => {
      if (k < 20) return;
      count++;
      const x = board.trueState();
      for (let i = 0; i + 1 < SITES; i++) {
        sums.square[i] = sums.square[i]! + x[i]! ** 2;
        sums.next[i] = sums.next[i]! + x[i]! * x[i + 1]!;
      }
    });
    // k T C⁻¹ in V0², one unit of T being C V0²/2; by ratios, node by node and pair by pair.
    const law = (i: number, k: number): number => (inverse[i * SITES + k]! * 1e-9) / 2;
    const inner = Array.from({ length: SITES - 2 }, (_, i) => i);
    const variances = meanOf(inner.map((i) => sums.square[i]! / count / law(i, i)));
    holds(variances, 1);
    const pairs = meanOf(
      inner.filter((i) => i % 2 === 0).map((i) => sums.next[i]! / count / law(i, i + 1)),
    );
    holds(pairs, 1);
    // Between pairs there is what nobody has programmed.
    const between = inner.filter((i) => i % 2 === 1);
    holds(
      meanOf(between.map((i) => sums.next[i]! / count)),
      between.reduce((sum, i) => sum + law(i, i + 1), 0) / between.length,
      0.1,
    );
    expect(Math.sqrt(variances.variance)).toBeLessThan(0.15);
  });

  it('differs by serial number, and is the same board otherwise, however it is sliced', () => {
    const image = imageOf(8, { couplings: pairCouplings(8, 0.4) });
    const codesOf = (serial: string, nowMs?: () => number): string => {
      const board = new ComponentBoard('capacitor', serial, nowMs);
      board.apply(image);
      return runShot(board, { duration: 3, every: 0.1, shot: 2 })
        .codes.map((row) => row.join())
        .join(';');
    };
    let ms = 0;
    expect(codesOf('one')).toBe(codesOf('one', () => (ms += 100)));
    expect(codesOf('one')).not.toBe(codesOf('two'));
    const board = new ComponentBoard('capacitor', 'SIM-0001');
    expect(board.selfTest().filter(({ ok }) => !ok)).toEqual([]);
    expect(board.apply(image).notes[0]).toMatch(/couplings rounded to steps of 0.00787/);
  });

  it('refuses what a capacitor cannot be, by section and index', () => {
    const board = new ComponentBoard('capacitor', 'a');
    const check = (more: Parameters<typeof imageOf>[1]) => board.check(imageOf(4, more));
    expect(check({ couplings: pairCouplings(4, 0.5) })).toBeNull();
    expect(check({ couplings: pairCouplings(4, -0.5) })).toMatchObject({
      section: 'COUPLINGS',
      index: 0,
      problem: '-0.5, from 0 to 1',
    });
    expect(check({ fields: each(4, 0, 0.1) })).toMatchObject({ section: 'FIELDS', index: 1 });
    expect(check({ quartic: each(4, 1) })).toMatchObject({ section: 'QUARTIC', index: 0 });
    expect(check({ couplings: pairCouplings(4, 0.8), quadratic: each(4, 1, 0.4) })).toMatchObject({
      section: 'QUADRATIC',
      index: 1,
      problem: /at least 0.45/,
    });
    const line = { times: Float64Array.of(0), values: Float64Array.of(1) };
    expect(check({ controls: { coupling: line } })).toMatchObject({
      section: 'CONTROL_CURVE',
      index: 1,
    });
    expect(
      check({ drives: [{ index: 0, pattern: each(4, 1), amplitude: line }] })?.problem,
    ).toMatch(/no drives/);
    expect(board.descriptor).toMatchObject({
      couplings: { range: [0, 1] },
      fields: { range: [0, 0], resolution: null },
      wells: { quartic: [0, 0], default: { quadratic: 1, quartic: 0 } },
      drives: null,
    });
    expect(Object.keys(PROFILES)).toContain('capacitor');
  });
});

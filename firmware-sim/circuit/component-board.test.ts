import { describe, expect, it } from 'vitest';
import { BOLTZMANN_J_PER_K } from '../../src/core/index.js';
import type { Curve, ImageDrive } from '../program-image.js';
import {
  each,
  idealBut,
  imageOf,
  lyapunov,
  meanOf,
  pairCouplings,
  pairMeans,
  runShot,
  type ShotOf,
} from './board-bench.test-support.js';
import { PROFILES } from './circuit-profile.js';
import { ComponentBoard } from './component-board.js';
import { drawComponents } from './components.js';
import { adcCode } from './converters.js';

/**
 * The board's circuit against exact laws: Gibbs averages, Lyapunov equations and closed forms of the circuit page. Sample means are held
 * to 4 standard errors (from independent nodes or pairs of nodes) and the integrator's bias, at most `BIAS` of the value.
 */
const SITES = 128;
const BIAS = 0.003;
const GATE = 4;

function holds(got: { mean: number; sem: number }, expected: number, bias = BIAS): void {
  const tolerance = GATE * got.sem + bias * Math.abs(expected);
  const said = `${got.mean} ± ${got.sem}, expected ${expected}`;
  expect(Math.abs(got.mean - expected), said).toBeLessThan(tolerance);
  // A sample that says nothing holds whatever it says.
  expect(got.sem, said).toBeLessThan(0.05 * Math.max(Math.abs(expected), 0.1));
}

const curve = (...points: [number, number][]): Curve => ({
  times: Float64Array.from(points, ([t]) => t),
  values: Float64Array.from(points, ([, value]) => value),
});
const driveOf = (amplitude: Curve, pattern = each(SITES, 1)): ImageDrive => ({
  index: 0,
  pattern,
  amplitude,
});

describe('the ideal board’s equilibrium', () => {
  it('gives a capacitor k T / C from its resistor alone (TC-04)', () => {
    const capacitanceF = 1e-12;
    const unitV = Math.sqrt((2 * BOLTZMANN_J_PER_K * 300) / capacitanceF);
    const profile = idealBut({ capacitanceF, resistanceOhm: 1e6, unitV, adcFullScaleV: 8 * unitV });
    const board = new ComponentBoard(profile, 'a');
    board.apply(imageOf(SITES, { quartic: each(SITES, 0) }));
    // The noise source is off: temperature 0 is what the resistors have by themselves.
    const run = { duration: 300, every: 0.5, temperature: 0 };
    const [a] = pairMeans(board, run, 5, [(x, y) => ((x * x + y * y) / 2) * unitV ** 2]);
    const { mean, sem } = a!;
    const rms = Math.sqrt(mean) * 1e6;
    holds({ mean: rms, sem: (rms * sem) / mean / 2 }, 64.358);
  });

  it('gives the moments of a quartic well (TC-07)', () => {
    const board = new ComponentBoard('ideal', 'a');
    board.apply(imageOf(SITES));
    const [second, fourth] = pairMeans(board, { duration: 400, every: 0.2 }, 5, [
      (x, y) => (x * x + y * y) / 2,
      (x, y) => (x ** 4 + y ** 4) / 2,
    ]);
    holds(second!, 0.23396);
    holds(fourth!, 0.13302, 0.006);
  });

  it('answers fields as the static activation says (TC-09): a positive h lifts x', () => {
    const fields = [0.5, 1, 2, 4];
    const expected = [0.1163369, 0.2289711, 0.4322656, 0.7333035];
    const board = new ComponentBoard('ideal', 'a');
    board.apply(imageOf(SITES, { fields: each(SITES, ...fields) }));
    const sums = new Float64Array(SITES);
    let count = 0;
    runShot(board, { duration: 150, every: 0.2 }, (k) => {
      if (k < 25) return;
      count++;
      board.trueState().forEach((x, i) => (sums[i] = sums[i]! + x));
    });
    expected.forEach((mean, m) => {
      holds(meanOf([...sums].filter((_, i) => i % 4 === m).map((sum) => sum / count)), mean);
    });
  });

  it('correlates a coupled pair as its Gibbs law says, with J > 0 for alike (TC-11)', () => {
    const moments = [
      (x: number, y: number) => (x * x + y * y) / 2,
      (x: number, y: number) => x * y,
    ];
    const board = new ComponentBoard('ideal', 'a');
    const couplings = pairCouplings(SITES, 2);
    board.apply(imageOf(SITES, { couplings }));
    const [square, product] = pairMeans(board, { duration: 250, every: 0.2 }, 5, moments);
    holds(square!, 0.273564);
    holds(product!, 0.1216825, 0.006);
    board.apply(imageOf(SITES, { couplings, fields: each(SITES, 1, -0.5) }));
    const [first, second, both] = pairMeans(board, { duration: 250, every: 0.2 }, 5, [
      (x) => x,
      (_, y) => y,
      moments[1]!,
    ]);
    holds(first!, 0.2089199);
    holds(second!, -0.016962);
    holds(both!, 0.1115545, 0.006);
  });

  it('relaxes from 0 without noise as the differential equation says (TC-10)', () => {
    const fields = [1, 4, 10, 30];
    const board = new ComponentBoard('ideal', 'a');
    board.apply(imageOf(4, { fields: Float64Array.from(fields) }));
    runShot(board, { duration: 0.2, temperature: 0 });
    [0.1639225, 0.6080913, 1.1670862, 1.8712874].forEach((x, i) => {
      // Of the step, h²: one of 1e-3 at the largest field; and of the field's converter.
      expect(Math.abs(board.trueState()[i]! - x)).toBeLessThan(2e-3 * x);
    });
  });
});

describe('what is not ideal, by Lyapunov’s equation', () => {
  const t0 = 2 * 1e5 * 1e-9;
  const linear = (j: number, ...curvatures: number[]) =>
    imageOf(SITES, {
      couplings: pairCouplings(SITES, j),
      quadratic: each(SITES, ...curvatures.map((k) => k / 2)),
      quartic: each(SITES, 0),
    });

  it.each([
    [0.01, 0.593371, -0.233427],
    [0.05, 0.58658, -0.21645],
    [0.2, 0.568027, -0.170068],
  ])('a pole of %f t0 in the couplings (TC-26)', (tau, variance, covariance) => {
    const solved = lyapunov(
      [
        [2, 0, 0, 0.8],
        [0, 2, 0.8, 0],
        [-1 / tau, 0, 1 / tau, 0],
        [0, -1 / tau, 0, 1 / tau],
      ],
      [
        [2, 0, 0, 0],
        [0, 2, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ],
    );
    expect(solved[0]![0]).toBeCloseTo(variance, 5);
    expect(solved[0]![1]).toBeCloseTo(covariance, 5);
    const board = new ComponentBoard(
      idealBut({ couplingPoleHz: 1 / (2 * Math.PI * tau * t0) }),
      'a',
    );
    board.apply(linear(-0.8, 2));
    const [square, product] = pairMeans(board, { duration: 400, every: 0.4 }, 5, [
      (x, y) => (x * x + y * y) / 2,
      (x, y) => x * y,
    ]);
    holds(square!, variance);
    holds(product!, covariance);
  });

  it('a pole of 0.05 t0 in the readout, which the codes show and the nodes do not (TC-26)', () => {
    const board = new ComponentBoard(idealBut({ readoutPoleRc: 0.1 }), 'a');
    board.apply({ ...linear(1, 3, 4), nodeTemperature: each(SITES, 2, 1) });
    let codes = new Int16Array(0);
    const seen = board.advance.bind(board);
    board.advance = (workMs, onReadout) =>
      seen(workMs, (k, readout) => {
        codes = readout.codes.slice();
        onReadout(k, readout);
      });
    const run = { duration: 400, every: 0.3 };
    const moments = [(x: number) => x * x, (x: number, y: number) => x * y];
    const [square, product] = pairMeans(board, run, 5, moments, () =>
      Float64Array.from(codes, (code) => code * board.stateScale),
    );
    holds(square!, 0.627431);
    holds(product!, 0.140005);
    const [true1] = pairMeans(board, run, 5, moments);
    holds(true1!, 0.7142857);
  });

  it('transconductors’ own noise makes nodes hotter by 1 + (γ/2) Σ|J|', () => {
    const unitV = Math.sqrt((2 * BOLTZMANN_J_PER_K * 300) / 1e-12);
    const profile = idealBut({
      capacitanceF: 1e-12,
      resistanceOhm: 1e6,
      unitV,
      excessNoise: 2 / 3,
      adcFullScaleV: 8 * unitV,
    });
    const board = new ComponentBoard(profile, 'a');
    const j = 1.5;
    board.apply(linear(j, 2));
    const hot = 1 + j / 3;
    const exact = lyapunov(
      [
        [2, -j],
        [-j, 2],
      ],
      [
        [2 * hot, 0],
        [0, 2 * hot],
      ],
    );
    const [square, product] = pairMeans(board, { duration: 400, every: 0.4, temperature: 1 }, 8, [
      (x, y) => (x * x + y * y) / 2,
      (x, y) => x * y,
    ]);
    holds(square!, exact[0]![0]!);
    holds(product!, exact[0]![1]!);
  });

  it('capacitors and resistors that differ are nodes of different temperatures, from this board’s parts', () => {
    const profile = idealBut({ capacitorSpread: 0.2, resistorSpread: 0.2 });
    const board = new ComponentBoard(profile, 'board-7');
    board.apply(linear(0, 2));
    const { capacitanceF, resistanceOhm } = drawComponents(profile, 'board-7');
    const sums = new Float64Array(SITES);
    let count = 0;
    runShot(board, { duration: 200, every: 0.5 }, (k) => {
      if (k < 20) return;
      count++;
      board.trueState().forEach((x, i) => (sums[i] = sums[i]! + x * x));
    });
    // The source's power is that of a nominal resistor: ⟨V²⟩ = (k T / R0) R_i / C_i.
    const ratios = [...sums].map((sum, i) => {
      const exact = (0.5 * (resistanceOhm[i]! / 1e5)) / (capacitanceF[i]! / 1e-9);
      return sum / count / exact;
    });
    holds(meanOf(ratios), 1);
    // Node by node, too: the sampling error of a variance is √(2 τ / T).
    const spread = Math.sqrt(meanOf(ratios).variance);
    expect(spread).toBeLessThan(1.5 * Math.sqrt((2 * 0.5) / 200));
  });

  it('a transconductor that saturates couples less than its small signal does', () => {
    const board = new ComponentBoard(idealBut({ couplingLinearV: 0.05 }), 'a');
    board.apply(
      imageOf(2, { couplings: pairCouplings(2, 2), fields: each(2, 8, 0), quartic: each(2, 0) }),
    );
    runShot(board, { duration: 30, temperature: 0 });
    const [x, y] = board.trueState();
    // Fixed point of 2 y = 2 · 0.5 tanh(x / 0.5) with V_lin = V0/2, and 2 x = 8 + 2 · 0.5 tanh(y / 0.5).
    // The step's own error is h², 4e-4 here.
    expect(Math.abs(y! - 0.5 * Math.tanh(x! / 0.5))).toBeLessThan(2e-3);
    expect(Math.abs(x! - 4 - 0.5 * Math.tanh(y! / 0.5))).toBeLessThan(4e-3);
  });

  it('rails hold a node that the couplings would carry away, and the readout says that it is at its limit', () => {
    const board = new ComponentBoard(idealBut({ railV: 1 }), 'a');
    board.apply(linear(4, 2));
    const { saturated } = runShot(board, { duration: 10 });
    // Noise of a step takes it a little off.
    board.trueState().forEach((x) => {
      expect(Math.abs(x)).toBeLessThanOrEqual(10);
      expect(Math.abs(x)).toBeGreaterThan(9);
    });
    expect(saturated).toEqual([true]);
  });
});

describe('heat and work', () => {
  const energyOf = (x: Float64Array, j: Float64Array, h: number, a: number): number => {
    const n = x.length;
    let energy = 0;
    for (let i = 0; i < n; i++) {
      energy += x[i]! ** 2 + x[i]! ** 4 - (h + a) * x[i]!;
      for (let k = i + 1; k < n; k++) energy -= j[i * n + k]! * x[i]! * x[k]!;
    }
    return energy;
  };

  it('keeps the first law to rounding, and its energy is the program’s, with drives that jump and controls that move', () => {
    const n = 10;
    const couplings = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < i; k++) couplings[i * n + k] = couplings[k * n + i] = Math.sin(i + 3 * k);
    }
    const board = new ComponentBoard(idealBut({ couplingBits: 30, fieldBits: 30 }), 'a');
    board.apply(
      imageOf(n, {
        couplings,
        fields: each(n, 0.5),
        drives: [driveOf(curve([0.5, 0], [1, 2], [1, -1], [2, 0.75]), each(n, 1))],
        controls: {
          coupling: curve([0, 1], [3, 0.25]),
          quadratic: curve([0, 1], [1, 1], [1, 2], [2, 1]),
          quartic: curve([0, 1], [2, 3], [3, 1]),
          temperature: curve([0, 2], [3, 0.1]),
        },
        initial: each(n, 1, -0.5, 0.2),
      }),
    );
    runShot(board, { duration: 3, initial: 'values' });
    const { controlWork, heat, energyChange, activeWork, nodeHeat } = board.trueLedger();
    expect(Math.abs(energyChange - controlWork + heat)).toBeLessThan(1e-10);
    expect(Math.abs(activeWork)).toBeLessThan(1e-10);
    expect(nodeHeat.reduce((a, b) => a + b)).toBeCloseTo(heat, 9);
    expect(Math.abs(controlWork)).toBeGreaterThan(1);
    const quarter = couplings.map((j) => j / 4);
    const end = energyOf(board.trueState(), quarter, 0.5, 0.75);
    const start = energyOf(each(n, 1, -0.5, 0.2), couplings, 0.5, 0);
    expect(energyChange).toBeCloseTo(end - start, 6);
  });

  it('carries heat from the hot node to the cold one (TC-14)', () => {
    const board = new ComponentBoard('ideal', 'a');
    board.apply(
      imageOf(SITES, {
        couplings: pairCouplings(SITES, 1),
        quadratic: each(SITES, 1.5, 2),
        quartic: each(SITES, 0),
        nodeTemperature: each(SITES, 2, 1),
      }),
    );
    const duration = 400;
    const [square, product, other] = pairMeans(board, { duration, every: 0.4 }, 5, [
      (x) => x * x,
      (x, y) => x * y,
      (_, y) => y * y,
    ]);
    holds(square!, 0.7142857);
    holds(product!, 0.1428571);
    holds(other!, 0.2857143);
    const { nodeHeat, heat, energyChange } = board.trueLedger();
    const of = (side: number) =>
      meanOf([...nodeHeat].filter((_, i) => i % 2 === side).map((q) => q / duration));
    holds(of(0), -1 / 7, 0.01);
    holds(of(1), 1 / 7, 0.01);
    expect(heat).toBeCloseTo(-energyChange, 8);
  });

  it('dissipates steadily where couplings differ by direction, at the rate of its parts', () => {
    const profile = idealBut({ couplingAsymmetry: 0.4, sites: 64 });
    const n = profile.sites;
    const board = new ComponentBoard(profile, 'board-3');
    const image = imageOf(n, {
      couplings: pairCouplings(n, 1),
      quadratic: each(n, 1),
      quartic: each(n, 0),
    });
    board.apply(image);
    const { couplingGain } = drawComponents(profile, 'board-3');
    let exact = 0;
    for (let i = 0; i < n; i += 2) {
      const a = [
        [2, -(1 + couplingGain[i * n + i + 1]!)],
        [-(1 + couplingGain[(i + 1) * n + i]!), 2],
      ];
      const s = lyapunov(a, [
        [2, 0],
        [0, 2],
      ]);
      // ⟨F ∘ v⟩ = tr(A S Aᵀ) − T tr A
      let rate = -4;
      for (let r = 0; r < 2; r++) {
        for (let p = 0; p < 2; p++) {
          for (let q = 0; q < 2; q++) rate += a[r]![p]! * s[p]![q]! * a[r]![q]!;
        }
      }
      exact += rate;
    }
    const shots = 12;
    const duration = 60;
    const rates = Array.from({ length: shots }, (_, shot) => {
      runShot(board, { duration, shot });
      const { heat, activeWork, energyChange, controlWork } = board.trueLedger();
      expect(controlWork).toBe(0);
      expect(activeWork - heat).toBeCloseTo(energyChange, 8);
      return activeWork / duration;
    });
    expect(exact).toBeGreaterThan(2);
    holds(meanOf(rates), exact, 0.02);
  });

  it('a trap that is dragged takes the work of the closed form (TC-18)', () => {
    const board = new ComponentBoard('ideal', 'a');
    board.apply(
      imageOf(SITES, {
        quadratic: each(SITES, 0.5),
        quartic: each(SITES, 0),
        // Equilibrium first; the trap stands still until 6 t0 and is at v t from there on.
        drives: [driveOf(curve([6, 0], [8, 2]))],
      }),
    );
    const works = Array.from({ length: 60 }, (_, shot) => {
      runShot(board, { duration: 8, shot });
      // k v² t² / 2 of the trap itself.
      return board.trueLedger().controlWork + SITES * 2;
    });
    const { mean, sem, variance } = meanOf(works);
    holds({ mean: mean / SITES, sem: sem / SITES }, 1.1353353);
    // Of 60 sums: within 4 of their spread, √(2/59).
    expect(Math.abs(variance / SITES / 2.2706706 - 1)).toBeLessThan(4 * Math.sqrt(2 / 59));
  });

  it.each(['bench', 'chip'])('the monitors of %s boards are off as their profile says', (name) => {
    const profile = { ...PROFILES[name]!, sites: 16 };
    const duration = 2;
    const errors: number[] = [];
    const supplies: number[] = [];
    for (let k = 0; k < 80; k++) {
      const board = new ComponentBoard(profile, `board-${k}`);
      board.apply(
        imageOf(16, {
          couplings: pairCouplings(16, 1),
          drives: [driveOf(curve([0, 0], [2, 20]), each(16, 1))],
        }),
      );
      const { work, heat, supplyJ } = runShot(board, { duration });
      const { controlWork, activeWork, heat: trueHeat } = board.trueLedger();
      const trueWork = controlWork + activeWork;
      const spread = (value: number): number =>
        Math.hypot(
          profile.monitorSpread * value,
          profile.monitorOffset * 16 * duration,
          profile.monitorNoise * Math.sqrt(duration),
        );
      errors.push(
        (work[0]! - trueWork) / spread(trueWork),
        (heat[0]! - trueHeat) / spread(trueHeat),
      );
      supplies.push(supplyJ[0]!);
    }
    const { mean, sem, variance } = meanOf(errors);
    expect(Math.abs(mean)).toBeLessThan(GATE * sem);
    expect(Math.abs(variance - 1)).toBeLessThan(GATE * Math.sqrt(2 / errors.length));
    // Static power is most of what a board takes; its monitor has a gain error.
    const supply = meanOf(supplies);
    const relative = Math.sqrt(supply.variance) / supply.mean;
    expect(relative / profile.monitorSpread).toBeGreaterThan(0.6);
    expect(relative / profile.monitorSpread).toBeLessThan(1.4);
    const power = profile.staticW + 16 * profile.siteW;
    const t0 = 2 * profile.resistanceOhm * profile.capacitanceF;
    expect(supply.mean).toBeGreaterThan(0.95 * power * duration * t0);
    expect(supply.mean).toBeLessThan(1.5 * power * duration * t0);
  });
});

describe('readout', () => {
  it('has the noise floor of its converter', () => {
    const profile = PROFILES['bench']!;
    const board = new ComponentBoard(profile, 'a');
    board.apply(imageOf(SITES));
    const { codes } = runShot(board, { duration: 7, every: 0.01, temperature: 0 });
    // Offsets have carried the nodes to their places by then.
    const settled = codes.slice(600);
    const variances = Array.from(
      { length: SITES },
      (_, i) => meanOf(settled.map((row) => row[i]!)).variance,
    );
    const lsb = profile.adcFullScaleV / (2 ** 11 - 1);
    holds(meanOf(variances), (profile.adcNoiseV / lsb) ** 2 + 1 / 12, 0.01);
  });

  it('shows offsets and gains of its channels, and trims take them away', () => {
    const profile = idealBut({ readoutOffsetV: 5e-3, readoutGainSpread: 0.02 });
    const { readoutGain, readoutOffsetV } = drawComponents(profile, 'b');
    const board = new ComponentBoard(profile, 'b');
    board.apply(imageOf(4, { initial: each(4, 2) }));
    const first = (): Int16Array =>
      runShot(board, { duration: 0.1, every: 0.1, temperature: 0, initial: 'values' }).codes[0]!;
    first().forEach((code, i) => {
      const volts = (0.2 + readoutOffsetV[i]!) * (1 + readoutGain[i]!);
      expect(code).toBe(adcCode(volts, 0.8, 16));
    });
    const nominal = first();
    expect(board.parameters.write('readoutGainTrim', 1.1)).toBeNull();
    expect(board.parameters.write('readoutOffsetTrim', 0.05)).toBeNull();
    first().forEach((code, i) => {
      const volts = (0.2 + readoutOffsetV[i]! - 0.005) * (1 + readoutGain[i]!) * 1.1;
      expect(code).toBe(adcCode(volts, 0.8, 16));
      expect(code).not.toBe(nominal[i]);
    });
    expect(board.parameters.write('readoutGainTrim', 2)).toMatch(/from 0.8 to 1.2/);
    expect(board.parameters.write('readoutScale', 1)).toMatch(/read-only/);
    board.parameters.reset();
    expect(board.parameters.read('readoutGainTrim')).toBe(1);
    expect(board.parameters.read('readoutScale')).toBe(board.stateScale);
  });

  it('begins as it is told, and corrupts as many sites as it is told', () => {
    const board = new ComponentBoard('ideal', 'a');
    board.apply(imageOf(20, { initial: each(20, 1, -1) }));
    const start = (initial: ShotOf['initial'], flips = 0, shot = 0): number[] => {
      const { codes } = runShot(board, {
        duration: 0.1,
        every: 0.1,
        initial: initial!,
        flips,
        shot,
      });
      return [...codes[0]!].map((code) => Math.round(code * board.stateScale * 1000) / 1000);
    };
    const values = [...each(20, 1, -1)];
    expect(start('zero').every((x) => x === 0)).toBe(true);
    expect(start('values')).toEqual(values);
    expect(start('corrupted', 7).filter((x, i) => x !== values[i])).toHaveLength(7);
    expect(start('random').map(Math.abs)).toEqual(values.map(Math.abs));
    expect(start('random')).not.toEqual(start('random', 0, 1));
  });
});

describe('boards', () => {
  const image = imageOf(16, { couplings: pairCouplings(16, 1.37), fields: each(16, 0.3) });
  const codesOf = (board: ComponentBoard, run: Partial<ShotOf> = {}): string =>
    runShot(board, { duration: 2, every: 0.1, ...run })
      .codes.map((row) => row.join())
      .join(';');
  const made = (serial: string, profile = 'bench', nowMs?: () => number): ComponentBoard => {
    const board = new ComponentBoard(profile, serial, nowMs);
    board.apply(image);
    return board;
  };

  it('give the same bytes for the same serial number, seed and shot, whatever was before and however it is sliced', () => {
    const reference = codesOf(made('one'), { shot: 3 });
    const board = made('one');
    codesOf(board, { seed: 9 });
    expect(codesOf(board, { shot: 3 })).toBe(reference);
    // A clock that has always run out: a slice is as short as it can be.
    let ms = 0;
    expect(
      codesOf(
        made('one', 'bench', () => (ms += 100)),
        { shot: 3 },
      ),
    ).toBe(reference);
    expect(codesOf(board, { shot: 4 })).not.toBe(reference);
    expect(codesOf(board, { shot: 3, seed: 2 })).not.toBe(reference);
    expect(codesOf(made('two'), { shot: 3 })).not.toBe(reference);
  });

  it('give work back in time: a slice ends soon after its milliseconds', () => {
    let ms = 0;
    const board = new ComponentBoard('ideal', 'a', () => ms++);
    board.apply(image);
    board.beginShot({
      seed: 1,
      shot: 0,
      duration: 50,
      times: Float64Array.of(50),
      temperature: 1,
      initial: 'zero',
      flips: 0,
      run: 1,
    });
    expect(board.advance(4, () => undefined)).toBe(false);
    expect(ms).toBeLessThan(8);
  });

  it('end a shot at once when they go to the safe state, also from within a readout', () => {
    const board = made('one');
    board.beginShot({
      seed: 1,
      shot: 0,
      duration: 5,
      times: Float64Array.of(0, 1, 5),
      temperature: 1,
      initial: 'zero',
      flips: 0,
      run: 1,
    });
    let readouts = 0;
    while (
      !board.advance(5, () => {
        readouts++;
        board.safe();
      })
    );
    expect(readouts).toBe(1);
    expect(board.advance(5, () => readouts++)).toBe(true);
    expect(readouts).toBe(1);
    expect(() => codesOf(board)).toThrow(/without a program/);
    board.apply(image);
    expect(codesOf(board)).toBe(codesOf(made('one')));
  });

  it('go on with a shot under which converters are set anew, and count that as work', () => {
    const board = new ComponentBoard('ideal', 'a');
    board.apply(imageOf(4, { couplings: pairCouplings(4, 3), quadratic: each(4, -2) }));
    let stuck = false;
    const { codes } = runShot(
      board,
      { duration: 8, every: 0.1, temperature: 0.2, initial: 'random' },
      (k) => {
        if (k !== 40) return;
        stuck = true;
        board.apply(imageOf(4, { couplings: pairCouplings(4, -3), quadratic: each(4, -2) }));
      },
    );
    expect(stuck).toBe(true);
    expect(codes).toHaveLength(81);
    const alike = (row: Int16Array): boolean => Math.sign(row[0]!) === Math.sign(row[1]!);
    expect([alike(codes[40]!), alike(codes[80]!)]).toEqual([true, false]);
    const { controlWork, activeWork, heat, energyChange } = board.trueLedger();
    expect(Math.abs(activeWork)).toBeLessThan(1e-10);
    expect(Math.abs(energyChange - controlWork + heat)).toBeLessThan(1e-10);
    // From J x x to −J x x at about x² = 2.5, two pairs.
    expect(controlWork).toBeGreaterThan(10);
  });

  it('refuse what they cannot set, by section and index', () => {
    const board = new ComponentBoard('bench', 'a');
    const couplings = new Float64Array(9);
    couplings[5] = couplings[7] = -8.5;
    expect(board.check(imageOf(3, { couplings }))).toMatchObject({
      section: 'COUPLINGS',
      index: 2,
    });
    expect(board.check(imageOf(3, { fields: each(3, 0, 70) }))).toMatchObject({
      section: 'FIELDS',
      index: 1,
    });
    expect(board.check(imageOf(3, { quartic: each(3, -1) }))).toMatchObject({ section: 'QUARTIC' });
    expect(board.check(imageOf(3, { nodeTemperature: each(3, 30) }))).toMatchObject({
      section: 'NODE_TEMPERATURE',
    });
    expect(board.check(imageOf(3, { controls: { pump: curve([0, 1]) } }))?.problem).toMatch(
      /no pump/,
    );
    expect(
      board.check(imageOf(3, { controls: { coupling: curve([0, 1], [1, 5]) } })),
    ).toMatchObject({
      section: 'CONTROL_CURVE[1]',
      index: 3,
    });
    expect(board.check(imageOf(3, { quadratic: each(3, -1), quartic: each(3, 0) }))).toMatchObject({
      section: 'QUADRATIC',
    });
    expect(
      board.check(imageOf(3, { drives: [{ ...driveOf(curve([0, 1]), each(3, 1)), index: 4 }] }))
        ?.problem,
    ).toMatch(/4 drives/);
    expect(board.check(image)).toBeNull();
  });

  it('say what they rounded, and pass their own test', () => {
    const { notes, readback } = new ComponentBoard('bench', 'a').apply(image);
    expect(notes[0]).toMatch(/couplings rounded to steps of 0.0157, at most 0.0\d+ off/);
    expect(notes[1]).toMatch(/fields rounded/);
    expect(readback).toBeNull();
    for (const name of Object.keys(PROFILES)) {
      const board = new ComponentBoard(name, 'SIM-0001');
      expect(board.selfTest().filter(({ ok }) => !ok)).toEqual([]);
      for (const { value, low, high } of board.measures()) {
        expect(value).toBeGreaterThan(low);
        expect(value).toBeLessThan(high);
      }
    }
    expect(() => new ComponentBoard('nonsense', 'a')).toThrow(/bench, ideal, chip/);
  });
});

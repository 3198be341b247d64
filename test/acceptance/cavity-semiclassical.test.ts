import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/index.js';
import {
  CAVITY_DEFAULTS,
  cavityLight,
  cavityThermodynamics,
  cavityViolations,
  cavityWarnings,
  couplingsFromPositions,
  decompose,
  entropyAgainstRamp,
  enumerateLandscape,
  gaussianPositions,
  HeunSpins,
  lightDelay,
  lightTemperature,
  mediatedCouplings,
  rampEnds,
  simulateCavity,
  stateCode,
  stateOfCode,
  steepestDescentEnd,
  StrangSpins,
  WignerSpins,
  type CavityLight,
  type CavityPositions,
  type MediatedCouplings,
  type SemiclassicalKernel,
} from '../../src/emulate/cavity/index.js';
import { moments } from '../../src/thermo/index.js';
import { cavityDescriptor } from '../../drivers/cavity-qed/index.js';
import type { ResolvedProgram } from '../../src/device/index.js';
import { hold, holdBound, note } from '../support/hold.js';
import { FULL_SIZE, resolveDocument, runSimulation, summarise } from '../support/run-simulation.js';
import { overDisorder, sampleSize, SEED } from './cavity-samples.js';

/** Light far closer to resonance than in an apparatus, so that what it does shows. */
const NEAR: CavityLight = {
  delta: -50,
  kappa: 10,
  spinSize: 1000,
  damping: 0,
  localOscillatorPhase: 0,
};
const OMEGA_Z_HZ = CAVITY_DEFAULTS.omegaZHz;
const ofLight = ({ delta, kappa, spinSize, damping }: CavityLight): Record<string, number> => ({
  deltaHz: delta * OMEGA_Z_HZ,
  kappaHz: kappa * OMEGA_Z_HZ,
  spinSize,
  damping,
});

/** Four spins, random signs of coupling, positive modes. */
const J4 = glassyMatrix(4, 3, 3);
function glassyMatrix(sites: number, diagonal: number, seed: number): Float64Array {
  const stream = RandomStream.of(seed, 'disorder');
  const matrix = new Float64Array(sites * sites);
  for (let i = 0; i < sites; i++) {
    matrix[i * sites + i] = diagonal;
    for (let j = 0; j < i; j++) {
      matrix[i * sites + j] = stream.normal();
      matrix[j * sites + i] = matrix[i * sites + j]!;
    }
  }
  return matrix;
}

function positionsOf(
  sites: number,
  k: number,
): CavityPositions & { kind: 'positions'; stiffness: null } {
  return {
    kind: 'positions',
    geometry: 'four-sevenths',
    xy: gaussianPositions(sites, 2, RandomStream.of(SEED, 'disorder', k)),
    waist: 1,
    n0: 0,
    cloudSigma: 0,
    stiffness: null,
  };
}
const glass = (sites: number, strength: number, k: number): MediatedCouplings =>
  mediatedCouplings(positionsOf(sites, k), sites, { strength, self: 0, modeDamping: 0 });

/** Puts all spins of a kernel at −z, tilted by x on each. */
function tilt(kernel: SemiclassicalKernel, x: readonly number[]): void {
  x.forEach((value, i) => {
    kernel.spins.x[i] = value;
    kernel.spins.y[i] = 0;
    kernel.spins.z[i] = -Math.sqrt(1 - value * value);
  });
}

const program = (over: object): ResolvedProgram => {
  const { dynamics, ...rest } = over as { dynamics?: object };
  return resolveDocument(
    {
      version: 1,
      sites: 4,
      couplings: { kind: 'dense', data: Array.from(J4, (v, k) => (k % 5 === 0 ? 0 : v)) },
      duration: 10,
      shots: 20,
      seed: 5,
      readout: { every: 0.5, channels: ['energy', 'work', 'heat'] },
      ...rest,
      dynamics: { fidelity: 'semiclassical', ...dynamics },
    },
    cavityDescriptor('cavity-qed'),
  );
};

/** The field 2Σ_m g_im Re α_m on a spin, at threshold. */
function lightOn(kernel: WignerSpins, site: number): number {
  kernel.spins.x.fill(0);
  kernel.spins.x[site] = 1;
  return kernel.pumpTerm();
}

describe('light and its elimination', () => {
  it.each([0.01, 0.25])(
    'CQ-B4 the vacuum of explicit light has ⟨|α|²⟩ = ½, whatever it starts from, with a step of %d',
    (dt) => {
      const kernel = new WignerSpins(decompose(glassyMatrix(8, 6, 4), 8), NEAR);
      expect(kernel.count).toBe(8);
      const field = new Float64Array(8);
      const quanta: number[] = [];
      for (let shot = 0; shot < sampleSize(10_000, 2500); shot++) {
        const stream = RandomStream.of(SEED, 'dynamics', shot);
        tilt(kernel, new Array<number>(8).fill(0));
        kernel.begin(stream);
        kernel.real.fill(3);
        for (let s = 0; s < 1 / dt; s++) kernel.step(dt, 0, field, stream);
        for (let m = 0; m < 8; m++) quanta.push(kernel.real[m]! ** 2 + kernel.imaginary[m]! ** 2);
      }
      const found = moments(quanta);
      hold({
        quantity: `⟨|α|²⟩ of the vacuum, dt ${dt}`,
        expected: 0.5,
        got: found.mean,
        standardError: found.sem,
        tolerance: 0.01,
        class: 'exact',
      });
    },
  );

  it('CQ-B4 noise and friction of the eliminated light are one: 4 J T_eff τ_d = 2κJ/|Δ|', () => {
    for (const light of [NEAR, cavityLight({}), { ...NEAR, delta: -3, kappa: 7 }]) {
      const identity = 4 * lightTemperature(light) * lightDelay(light);
      const noise = (2 * light.kappa) / Math.abs(light.delta);
      expect(identity / noise).toBeCloseTo(1, 12);
    }
    const measured = lightTemperature(NEAR) * 4 * lightDelay(NEAR);
    hold({
      quantity: '4 T_eff τ_d against 2κ/|Δ|',
      expected: 0.4,
      got: measured,
      tolerance: 1e-12,
      class: 'exact',
    });
  });

  it('CQ-B4 explicit light shakes resting spins with the noise that the eliminated light has', () => {
    const couplings = decompose(J4, 4);
    const kernel = new WignerSpins(couplings, NEAR);
    const still = new Array<number>(4).fill(0);
    const field = new Float64Array(4);
    const stream = RandomStream.of(SEED, 'dynamics');
    const dt = 0.004;
    const window = 5;
    const steps = window / dt;
    const windows = sampleSize(4000, 400);
    const sums: number[][] = [0, 1, 2, 3].map(() => []);
    tilt(kernel, still);
    kernel.begin(stream);
    for (let w = 0; w < windows; w++) {
      const total = [0, 0, 0, 0];
      for (let s = 0; s < steps; s++) {
        for (let i = 0; i < 4; i++) total[i]! += dt * lightOn(kernel, i);
        tilt(kernel, still);
        // Without a pump the light does not feel the spins, and they it: it is read as at threshold.
        kernel.step(dt, 0, field, stream);
      }
      for (let i = 0; i < 4; i++) sums[i]!.push(total[i]!);
    }
    const { delta, kappa, spinSize } = NEAR;
    // Var ∫ξ over a window: 2κJ/|Δ| times its length, less what the light's memory cuts off at its ends.
    const complex = kappa * kappa + delta * delta;
    const decay = Math.exp(-kappa * window);
    const real = kappa * kappa - delta * delta;
    const ends =
      (real * (1 - decay * Math.cos(delta * window)) +
        2 * kappa * delta * decay * Math.sin(delta * window)) /
      (complex * complex);
    const cut = 1 - (ends * complex) / (kappa * window);
    for (const [i, j] of [
      [0, 0],
      [1, 1],
      [0, 1],
      [2, 3],
    ] as const) {
      const J = couplings.matrix[i * 4 + j]! / (2 * spinSize);
      const products = moments(sums[i]!.map((v, w) => (v * sums[j]![w]!) / window));
      hold({
        quantity: `noise of explicit light on spins ${i}, ${j}, over 2κ/(2S|Δ|)`,
        expected: 2 * spinSize * J * cut,
        got: (products.mean * 2 * spinSize * Math.abs(delta)) / (2 * kappa),
        standardError: (products.sem * 2 * spinSize * Math.abs(delta)) / (2 * kappa),
        tolerance: (4 * products.sem * 2 * spinSize * Math.abs(delta)) / (2 * kappa),
        class: 'exact',
      });
    }
  });

  it('CQ-B4 explicit light follows moving spins late by τ_d = 2κ/(Δ²+κ²)', () => {
    const couplings = decompose(J4, 4);
    const field = new Float64Array(4);
    const dt = 5e-4;
    const speed = 1e-3;
    /** The light's field on spin 1 at t = 1.5 when spin 0 moves with a speed from t = 0. */
    const after = (v: number): number => {
      const kernel = new WignerSpins(couplings, { ...NEAR, spinSize: 1e6 });
      const stream = RandomStream.of(SEED, 'dynamics', 1);
      kernel.begin(stream);
      for (let s = 0; s < 1.5 / dt; s++) {
        tilt(kernel, [v * (s + 0.5) * dt, 0, 0, 0]);
        kernel.step(dt, 1, field, stream);
      }
      return lightOn(kernel, 1);
    };
    // The same noise in both: the difference is the response alone, −Ĵ(x − τ_d ẋ) at threshold.
    const response = (after(speed) - after(0)) / speed;
    hold({
      quantity: 'lag of explicit light, 1/ω_z',
      expected: lightDelay(NEAR),
      got: 1.5 + response / couplings.matrix[1]!,
      tolerance: 0.01 * lightDelay(NEAR),
      class: 'exact',
    });
  });

  it.each([
    ['Heun', HeunSpins],
    ['Strang', StrangSpins],
  ])(
    'CQ-B4 %s: friction and noise of the light alone lead to the Gibbs state at T_eff',
    (name, Kernel) => {
      // One spin of size 10 in light that is slow and hot: E/S = z − ½ p x², T = T_eff/S.
      const light = { ...NEAR, delta: -3, kappa: 3, spinSize: 10 };
      const temperature = lightTemperature(light) / light.spinSize;
      const pump = 2;
      const kernel = new Kernel(decompose(Float64Array.of(1), 1), light);
      const stream = RandomStream.of(SEED, 'dynamics', 2);
      const field = new Float64Array(1);
      tilt(kernel, [0]);
      kernel.begin(stream);
      const dt = 0.02;
      const blocks: { x2: number[]; z: number[] } = { x2: [], z: [] };
      const blockCount = sampleSize(400, 80);
      for (let block = -2; block < blockCount; block++) {
        let x2 = 0;
        let z = 0;
        const steps = 5000; // 100/ω_z, many relaxation times
        for (let s = 0; s < steps; s++) {
          kernel.step(dt, pump, field, stream);
          x2 += kernel.spins.x[0]! ** 2 / steps;
          z += kernel.spins.z[0]! / steps;
        }
        if (block < 0) continue;
        blocks.x2.push(x2);
        blocks.z.push(z);
      }
      // The sphere by quadrature: z uniform on [−1, 1], the azimuth uniform.
      let norm = 0;
      let meanX2 = 0;
      let meanZ = 0;
      for (let a = 0; a < 2000; a++) {
        const z = -1 + (a + 0.5) / 1000;
        for (let b = 0; b < 200; b++) {
          const x2 = (1 - z * z) * Math.cos((Math.PI * (b + 0.5)) / 200) ** 2;
          const weight = Math.exp(-(z - 0.5 * pump * x2) / temperature);
          norm += weight;
          meanX2 += weight * x2;
          meanZ += weight * z;
        }
      }
      for (const [quantity, values, exact] of [
        ['⟨x²⟩', blocks.x2, meanX2 / norm],
        ['⟨z⟩', blocks.z, meanZ / norm],
      ] as const) {
        const found = moments(values);
        hold({
          quantity: `${quantity} of a spin in hot light, ${name}`,
          expected: exact,
          got: found.mean,
          standardError: found.sem,
          tolerance: 4 * found.sem + 0.002,
          class: 'exact',
        });
      }
    },
  );

  it('with explicit light far from resonance ends where the eliminated light ends', () => {
    const light = { ...NEAR, damping: 0.05 };
    const couplings = decompose(J4, 4);
    const field = new Float64Array(4);
    const shots = sampleSize(1500, 80);
    const ends = (kernel: SemiclassicalKernel, longest: number, first: number) => {
      const z: number[] = [];
      const energy: number[] = [];
      const steps = Math.ceil(15 / longest);
      for (let k = 0; k < shots; k++) {
        const stream = RandomStream.of(SEED, 'dynamics', first + k);
        const width = Math.sqrt(0.5 / light.spinSize);
        tilt(
          kernel,
          [0, 1, 2, 3].map(() => width * stream.normal()),
        );
        kernel.begin(stream);
        for (let s = 0; s < steps; s++) {
          kernel.step(15 / steps, Math.min(3, (4.5 * (s + 0.5)) / steps), field, stream);
        }
        const sum = kernel.spins.z.reduce((a, b) => a + b);
        z.push(sum);
        energy.push(sum + kernel.control(3) * kernel.pumpTerm() + kernel.restTerm());
      }
      return { z: moments(z), energy: moments(energy) };
    };
    const kept = ends(new WignerSpins(couplings, light), 0.1 / Math.hypot(50, 10), 0);
    const eliminated = ends(new StrangSpins(couplings, light), 0.02, 10_000);
    for (const what of ['z', 'energy'] as const) {
      const error = Math.hypot(kept[what].sem, eliminated[what].sem);
      hold({
        quantity: `${what === 'z' ? 'Σz' : 'energy'} after a ramp, explicit light against eliminated`,
        expected: eliminated[what].mean,
        got: kept[what].mean,
        standardError: error,
        tolerance: 4 * error,
        class: 'reference',
      });
    }
  });
});

describe('precession and threshold', () => {
  const quiet: CavityLight = { ...NEAR, kappa: 0 };
  const kernels = [
    ['Heun', HeunSpins],
    ['Strang', StrangSpins],
  ] as const;

  it.each(kernels)('%s is of second order and keeps |s| = 1', (name, Kernel) => {
    const couplings = decompose(J4, 4);
    const field = Float64Array.of(0.3, -0.2, 0.1, 0.4);
    const stream = RandomStream.of(1);
    const end = (dt: number): Float64Array => {
      const kernel = new Kernel(couplings, { ...quiet, damping: 0.1 });
      tilt(kernel, [0.3, -0.5, 0.2, 0.6]);
      kernel.begin(stream);
      for (let s = 0; s < 4 / dt - 1e-9; s++) kernel.step(dt, 2, field, stream);
      const { x, y, z } = kernel.spins;
      for (let i = 0; i < 4; i++) expect(Math.hypot(x[i]!, y[i]!, z[i]!)).toBeCloseTo(1, 12);
      return Float64Array.of(...x, ...y, ...z);
    };
    const exact = end(0.0005);
    const error = (dt: number): number =>
      Math.hypot(...end(dt).map((value, k) => value - exact[k]!));
    const order = Math.log2(error(0.04) / error(0.02));
    hold({ quantity: `order of ${name}`, expected: 2, got: order, tolerance: 0.1, class: 'exact' });
  });

  it.each(kernels)('%s: spins below the field turn at √(1 + h²) ω_z', (name, Kernel) => {
    const kernel = new Kernel(decompose(J4, 4), quiet);
    const stream = RandomStream.of(1);
    const h = 0.75;
    const field = new Float64Array(4).fill(h);
    tilt(kernel, [0, 0, 0, 0]);
    kernel.begin(stream);
    const steps = 1000;
    const dt = (2 * Math.PI) / 1.25 / steps; // one turn
    for (let s = 0; s < steps / 2; s++) kernel.step(dt, 0, field, stream);
    // half a turn about −(−h, 0, 1)/1.25: the field's component 0.8 along −z of the spin −z is mirrored
    const along = kernel.spins.x[0]! * -h + kernel.spins.z[0]!;
    expect(along).toBeCloseTo(-1, 4);
    expect(kernel.spins.z[0]!).toBeCloseTo(1 - 2 * 0.8 * 0.8, 4);
    for (let s = 0; s < steps / 2; s++) kernel.step(dt, 0, field, stream);
    hold({
      quantity: `angle left after one turn, ${name}`,
      expected: 0,
      got: Math.hypot(kernel.spins.x[0]!, kernel.spins.y[0]!),
      tolerance: 1e-3,
      class: 'exact',
    });
  });

  it('the normal phase is stable below pump 1 and grows at √(p − 1) ω_z above', () => {
    const couplings = decompose(glassyMatrix(8, 6, 6), 8);
    const stream = RandomStream.of(1);
    const field = new Float64Array(8);
    const start = Array.from(couplings.modes.subarray(0, 8), (v) => 1e-6 * v);
    const onMode = (kernel: SemiclassicalKernel): number =>
      kernel.spins.x.reduce((sum, x, i) => sum + x * couplings.modes[i]!, 0);
    const run = (pump: number, time: number): { end: number; largest: number } => {
      const kernel = new StrangSpins(couplings, quiet);
      tilt(kernel, start);
      kernel.begin(stream);
      let largest = 0;
      for (let s = 0; s < time / 0.01; s++) {
        kernel.step(0.01, pump, field, stream);
        largest = Math.max(largest, Math.abs(onMode(kernel)));
      }
      return { end: onMode(kernel), largest };
    };
    // x = x0 cos(√(1 − p) t) below, x0 cosh(√(p − 1) t) above
    hold({
      quantity: 'x/x0 after half a period at pump 0.75',
      expected: -1,
      got: run(0.75, 2 * Math.PI).end / 1e-6,
      tolerance: 1e-3,
      class: 'exact',
    });
    hold({
      quantity: 'growth rate at pump 1.5, ω_z',
      expected: Math.SQRT1_2,
      got: Math.acosh(run(1.5, 10).end / 1e-6) / 10,
      tolerance: 1e-3,
      class: 'exact',
    });
    // Threshold: bounded by 1/√(1−p)·… below, exponential above. 2 % around 1.
    holdBound({
      quantity: 'largest x/x0 in 100/ω_z at pump 0.98',
      got: run(0.98, 100).largest / 1e-6,
      most: 1.001,
      class: 'exact',
    });
    holdBound({
      quantity: 'largest x/x0 in 100/ω_z at pump 1.02',
      got: run(1.02, 100).largest / 1e-6,
      least: 1e5,
      class: 'exact',
    });
  });
});

describe('work and heat', () => {
  const jumpy = {
    controls: {
      pump: [
        [0, 0.5],
        [0, 0],
        [6, 4],
        [6, 2.5],
        [8, 2.5],
      ],
    },
    fields: [0.1, 0, -0.2, 0],
    drives: [
      {
        pattern: [1, -1, 1, 1],
        amplitude: [
          [0, 0.3],
          [2.03, 0.6],
          [2.03, 0],
        ],
      },
    ],
  };

  it.each([
    [{}, {}],
    [{ dynamics: { integrator: 'strang' } }, {}],
    [{}, { damping: 0 }],
    [{ dynamics: { kernel: { kind: 'truncated-wigner' } }, shots: 3 }, ofLight(NEAR)],
  ])('closes the first law in every shot through ramps and jumps (%o, %o)', (over, parameters) => {
    const resolved = program({ ...jumpy, ...over });
    expect(cavityViolations(resolved, parameters)).toEqual([]);
    const outcome = runSimulation(simulateCavity, resolved, { parameters });
    const summary = summarise(outcome, cavityThermodynamics(resolved, parameters), 10);
    expect(summary.firstLawResidual).toBeLessThan(1e-12);
    expect(summary.work!.variance).toBeGreaterThan(0);
    const oneBath = Object.keys(parameters).join() === 'damping';
    expect(summary.entropyProduction === null).toBe(!oneBath);
    // The readouts' energies are those of the ledger, at both ends.
    const last = outcome.times.length - 1;
    const change = outcome.energy[last]!.mean - outcome.energy[0]!.mean + outcome.work[0]!.mean;
    expect(change).toBeCloseTo(summary.energyChange!.mean!, 9);
  });

  it('does no work while nothing changes, and damping only gives heat away', () => {
    const resolved = program({ controls: { pump: [[0, 3]] } });
    const outcome = runSimulation(simulateCavity, resolved);
    for (const ledger of outcome.ledgers) {
      expect(ledger.work).toBe(0);
      expect(ledger.heat).toBeGreaterThan(1);
    }
    for (let k = 1; k < outcome.times.length; k++) {
      expect(outcome.heat[k]!.mean).toBeGreaterThan(outcome.heat[k - 1]!.mean - 1e-3);
    }
  });

  it('without damping, friction and noise leaves no heat but an error of the step, of second order', () => {
    const heat = (dt: number, integrator: string): number => {
      const resolved = program({
        ...jumpy,
        dynamics: { dt, integrator },
        initial: { kind: 'pattern', values: [1, -1, 1, 1] },
        shots: 4,
      });
      const outcome = runSimulation(simulateCavity, resolved, {
        parameters: { damping: 0, kappaHz: 0, spinSize: 1e6 },
      });
      return Math.max(...outcome.ledgers.map((ledger) => Math.abs(ledger.heat)));
    };
    const coarse = heat(0.04, 'strang');
    const fine = heat(0.01, 'strang');
    expect(coarse / fine).toBeGreaterThan(8);
    holdBound({
      quantity: 'heat of a closed system, dt 0.01, ħω_z S',
      got: fine,
      most: 2e-3,
      class: 'exact',
    });
  });

  it('books the work of a pump jump at the state that it meets', () => {
    const values = [1, -1, 1, 1];
    const resolved = program({
      controls: {
        pump: [
          [0, 0],
          [0, 4],
        ],
      },
      initial: { kind: 'pattern', values },
      shots: 1,
    });
    const parameters = { spinSize: 1e9 };
    const { matrix } = mediatedCouplings(resolved.couplings, 4, {
      strength: CAVITY_DEFAULTS.localStrength,
      self: 0,
      modeDamping: 0,
    });
    let energy = 0;
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) energy -= 0.5 * 4 * matrix[i * 4 + j]! * values[i]! * values[j]!;
    }
    const outcome = runSimulation(simulateCavity, resolved, { parameters });
    expect(outcome.work[0]!.mean).toBeCloseTo(energy, 3);
    expect(outcome.heat[0]!.mean).toBe(0);
  });
});

describe('entropy of the final states against the duration of the ramp (§6.3, Level iii-b)', () => {
  const light = cavityLight({});

  /** Ramps, 1/ω_z, and how many disorders each is run on. */
  const ramps = [
    { duration: 5, disorders: sampleSize(60, 4) },
    { duration: 20, disorders: sampleSize(24, 3) },
    { duration: 100, disorders: sampleSize(12, 3) },
    { duration: 500, disorders: sampleSize(12, 0) },
  ];
  /** N, β, tabulated entropies (null: none) with the standard errors that the page gives for them. */
  const table: readonly (readonly [number, number, readonly (number | null)[], number[]])[] = [
    [16, 5, [3.41, 1.64, 0.87, 0.716], [0.1, 0.18, 0.08, 0]],
    [8, 5, [2.33, 1.17, 0.87, 0.694], [0.17, 0.15, 0.08, 0]],
    [16, 12.5, [null, 2.55, 1.24, 0.78], [0.1, 0.18, 0.08, 0]],
  ];
  /** Two schemes and a program written apart from this one agree, on five times the disorders of the table. */
  const DISPUTED =
    'the table has 10 to 12 disorders, with errors of .10 to .18 of its own; on 60 (24 at 20/ω_z) disorders Heun, the Strang splitting and an independent program agree on more (16 spins at 5/ω_z: 3.65 ± .03, by the independent program 3.57 ± .08), whatever the step, S and noise; asserted are three standard errors of both samples';
  /** Of CQ-F1; its floor has a narrower one. */
  const PAGE = 0.2;
  const FLOOR = 0.05;

  it.each(FULL_SIZE ? table : table.slice(0, 1))(
    'CQ-F1 N = %i, β = %d: falls with the duration, towards ln 2 (60 shots a disorder)',
    (sites, strength, expected, errors) => {
      let above = Infinity;
      ramps.forEach(({ duration, disorders }, r) => {
        const tabulated = expected[r]!;
        if (tabulated === null || disorders === 0) return;
        const entropies = overDisorder(
          disorders,
          (k) =>
            entropyAgainstRamp(
              { couplings: glass(sites, strength, k), light, shots: 60, seed: SEED + k },
              [duration],
            )[0]!.plugIn,
        );
        const found = moments(entropies);
        const quantity = `entropy after a ramp of ${duration}/ω_z, N = ${sites}, β = ${strength}, nats`;
        const line = {
          quantity,
          expected: tabulated,
          got: found.mean,
          standardError: found.sem,
          class: 'reference' as const,
        };
        // Both are samples of few disorders: ±.2 as the row has it, or three standard errors of the difference.
        const spread = 3 * Math.hypot(errors[r]!, found.sem);
        const holds = Math.abs(found.mean - tabulated) <= PAGE;
        if (!holds)
          note({
            ...line,
            quantity: `${quantity}, by ±.2 alone`,
            tolerance: PAGE,
            holds,
            disputed: DISPUTED,
          });
        hold({ ...line, tolerance: Math.max(PAGE, spread) });
        if (duration === 500 && strength === 5) {
          // A few disorders have states too close for any ramp to tell apart; the others are at the floor.
          const rising = entropies.toSorted((a, b) => a - b);
          for (const [what, got] of [
            ['lowest', rising[0]!],
            ['median', rising[disorders >> 1]!],
          ] as const) {
            hold({
              ...line,
              quantity: `${what} ${quantity}`,
              expected: Math.LN2,
              got,
              standardError: null,
              tolerance: FLOOR,
            });
          }
        }
        expect(found.mean).toBeLessThan(above);
        above = found.mean;
      });
    },
  );

  it('is the same under both integrators, so that no step of either has a part in it', () => {
    const entropy = (integrator: 'heun' | 'strang', dt: number): number[] =>
      overDisorder(
        sampleSize(60, 5),
        (k) =>
          entropyAgainstRamp(
            { couplings: glass(16, 5, k), light, shots: 60, seed: SEED + k, integrator, dt },
            [5],
          )[0]!.plugIn,
      );
    const strang = entropy('strang', 0.02);
    const difference = moments(entropy('heun', 0.03).map((h, k) => h - strang[k]!));
    hold({
      quantity: 'entropy after a ramp of 5/ω_z, Heun less Strang, nats',
      expected: 0,
      got: difference.mean,
      standardError: difference.sem,
      tolerance: Math.max(0.02, 4 * difference.sem),
      class: 'exact',
    });
  });

  it('ends nearer to the ground state after a slower ramp', () => {
    const share = (duration: number): number =>
      moments(
        overDisorder(sampleSize(12, 3), (k) => {
          const { energies, groundEnergy } = enumerateLandscape(
            couplingsFromPositions(positionsOf(16, k)),
            16,
          );
          const ends = rampEnds({
            couplings: glass(16, 5, k),
            light,
            duration,
            shots: 20,
            seed: SEED + k,
          });
          return moments(
            ends.map((end) => {
              const code = stateCode(end);
              return energies[code < energies.length ? code : 2 ** 16 - 1 - code]! / groundEnergy;
            }),
          ).mean;
        }),
      ).mean;
    const fast = share(5);
    const slow = share(100);
    hold({
      quantity: 'E/E_gs after a ramp of 5/ω_z (N and disorders of the table unsaid)',
      expected: 0.84,
      got: fast,
      tolerance: 0.06,
      class: 'reference',
    });
    holdBound({
      quantity: 'E/E_gs after a ramp of 100/ω_z',
      got: slow,
      least: 0.97,
      class: 'reference',
    });
  });

  it('a ramp by the library is shot for shot the ramp of a program', () => {
    const positions = positionsOf(6, 3);
    const xy = Array.from({ length: 6 }, (_, i) => [
      positions.xy[2 * i]!,
      positions.xy[2 * i + 1]!,
    ]);
    const resolved = program({
      sites: 6,
      couplings: { kind: 'positions', geometry: 'four-sevenths', xy },
      duration: 6,
      readout: { every: 6, channels: ['state'] },
    });
    const ends = rampEnds({
      couplings: glass(6, CAVITY_DEFAULTS.localStrength, 3),
      light,
      duration: 6,
      shots: 20,
      seed: 5,
    });
    expect(runSimulation(simulateCavity, resolved).finalStates).toEqual(ends);
  });

  if (FULL_SIZE)
    it('CQ-F1 recall with a cue that is released in the ramp lies below steepest descent', () => {
      const disorders = 30;
      const cues = 12;
      const reference = [0.87, 0.67, 0.46, 0.32];
      const field = new Float64Array(16);
      const recalls = overDisorder(disorders, (k) => {
        const kernel = new HeunSpins(glass(16, 12.5, k), light);
        const landscape = enumerateLandscape(couplingsFromPositions(positionsOf(16, k)), 16);
        const draws = RandomStream.of(SEED, 'cue', k);
        return reference.map((_, errors) => {
          let met = 0;
          let descent = 0;
          for (let c = 0; c < cues; c++) {
            const code = landscape.attractors[draws.integer(landscape.attractors.length)]!;
            const target = stateOfCode(code, 16);
            const cue = Float64Array.from(target);
            for (const i of draws.sample(16, errors)) cue[i] = -cue[i]!;
            if (steepestDescentEnd(landscape, stateCode(cue)) === code) descent++;
            const stream = RandomStream.of(SEED, 'dynamics', (k * 4 + errors) * cues + c);
            tilt(
              kernel,
              Array.from({ length: 16 }, () => 0.01 * stream.normal()),
            );
            kernel.begin(stream);
            const steps = Math.ceil(50 / 0.03);
            for (let s = 0; s < steps; s++) {
              const u = (s + 0.5) / steps;
              const amplitude = 0.5 * Math.min(1, Math.max(0, (0.5 - u) / 0.25));
              for (let i = 0; i < 16; i++) field[i] = amplitude * cue[i]!;
              kernel.step(50 / steps, 5 * u, field, stream);
            }
            if (target.every((s, i) => s * kernel.spins.x[i]! > 0)) met++;
          }
          return { met: met / cues, descent: descent / cues };
        });
      });
      for (const [errors, expected] of reference.entries()) {
        const found = moments(recalls.map((row) => row[errors]!.met));
        const descent = moments(recalls.map((row) => row[errors]!.descent));
        // the table's own error: 6 disorders of the same spread
        const error = Math.hypot(found.sem, found.sem * Math.sqrt(disorders / 6));
        hold({
          quantity: `recall at cue error ${errors}, ω_zT = 50, β = 12.5`,
          expected,
          got: found.mean,
          standardError: found.sem,
          tolerance: 2 * error,
          class: 'reference',
        });
        expect(found.mean).toBeLessThan(descent.mean);
      }
    });
});

describe('hazards', () => {
  it('CQ-HZ3 cavity friction alone stops nothing within milliseconds, and a run with α says what α is', () => {
    for (const deltaHz of [-2e6, -20e6, -100e6]) {
      const delay = lightDelay(cavityLight({ deltaHz }));
      expect(delay).toBeGreaterThan(1e-7);
      expect(delay).toBeLessThan(1e-3);
    }
    hold({
      quantity: 'τ_d ω_z at the default detuning',
      expected: 5.28e-6,
      got: lightDelay(cavityLight({})),
      tolerance: 1e-8,
      class: 'exact',
    });
    // 2 ms after a jump through threshold: with α the spins rest, without they still hold all of their energy
    const resolved = program({ controls: { pump: [[0, 3]] }, duration: 95, shots: 6 });
    const ends = [0.05, 0].map((damping) =>
      runSimulation(simulateCavity, resolved, { parameters: { damping } }),
    );
    const heat = ends.map((outcome) => moments(outcome.ledgers.map((l) => l.heat)).mean);
    expect(heat[0]).toBeGreaterThan(1.5);
    expect(Math.abs(heat[1]!)).toBeLessThan(0.02);
    const warned = (parameters: Record<string, number>): string =>
      cavityWarnings(resolved, parameters).join('\n');
    expect(warned({})).toContain('phenomenological');
    expect(warned({})).toContain('no prediction of an experiment');
    expect(warned({ damping: 0 })).not.toContain('phenomenological');
  });

  it('CQ-HZ13 with explicit light a step that is long for |Δ| is refused with the longest that is not', () => {
    const run = (dt: number | null, light: CavityLight): readonly object[] =>
      cavityViolations(
        program({ dynamics: { kernel: 'truncated-wigner', ...(dt === null ? {} : { dt }) } }),
        ofLight(light),
      );
    for (const delta of [-50, -500, -2653]) {
      const light = { ...NEAR, delta };
      const most = 0.5 / Math.hypot(delta, light.kappa);
      expect(run(null, light)).toEqual([]);
      expect(run(0.999 * most, light)).toEqual([]);
      const [violation, ...others] = run(0.03, light);
      if (0.03 <= most) throw new Error('not a hazard');
      expect(others).toEqual([]);
      expect(violation).toMatchObject({
        code: 'program-refused',
        path: 'dynamics.dt',
        value: 0.03,
      });
      expect((violation as { limit: number }).limit).toBeCloseTo(most, 12);
    }
    // eliminated light has no such limit
    expect(cavityViolations(program({ dynamics: { dt: 0.03 } }), {})).toEqual([]);
  });
});

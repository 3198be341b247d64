import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/index.js';
import {
  CAVITY_DEFAULTS,
  cavityThermodynamics,
  cavityViolations,
  cavityWarnings,
  decompose,
  HomodyneTrajectory,
  LindbladAverage,
  simulateCavity,
  spinLight,
  type CavityLight,
  type MediatedCouplings,
} from '../../src/emulate/cavity/index.js';
import { moments } from '../../src/thermo/index.js';
import { cavityDescriptor } from '../../drivers/cavity-qed/index.js';
import type { ResolvedProgram } from '../../src/device/index.js';
import { hold, holdBound } from '../support/hold.js';
import { FULL_SIZE, resolveDocument, runSimulation, summarise } from '../support/run-simulation.js';
import { sampleSize, SEED } from './cavity-samples.js';
import { ExplicitLight } from './explicit-light.js';

const HALF: CavityLight = {
  delta: -10,
  kappa: 2,
  spinSize: 0.5,
  damping: 0,
  localOscillatorPhase: 0,
};

/** Random signs of coupling, positive modes. */
function glassy(sites: number, diagonal: number, k = 0): MediatedCouplings {
  const stream = RandomStream.of(SEED, 'disorder', k);
  const matrix = new Float64Array(sites * sites);
  for (let i = 0; i < sites; i++) {
    matrix[i * sites + i] = diagonal;
    for (let j = 0; j < i; j++) {
      matrix[i * sites + j] = stream.normal();
      matrix[j * sites + i] = matrix[i * sites + j]!;
    }
  }
  return decompose(matrix, sites);
}

/** Σ_i ⟨S_i^z⟩ */
const sumSz = (average: LindbladAverage): number => {
  let sum = 0;
  for (let i = 0; i < average.sites; i++) sum += average.meanSz(i);
  return sum;
};

describe('trajectories of spins ½', () => {
  it('CQ-F2 average to the master equation, and the record’s ⟨dY²⟩/dt is 1 (N = 4)', () => {
    const sites = 4;
    const system = spinLight(glassy(sites, 2.5), { ...HALF, delta: -20, kappa: 1 });
    expect(system.modeCount).toBe(4);
    const field = Float64Array.of(0.3, -0.2, 0.25, 0.1);
    const dt = 0.01;
    const steps = 600;
    const pump = (s: number): number => Math.min(3, (4.5 * (s + 0.5)) / steps);
    const average = new LindbladAverage(system);
    for (let s = 0; s < steps; s++) average.step(dt, pump(s), field);
    expect(average.trace()).toBeCloseTo(1, 9);
    const trajectory = new HomodyneTrajectory(system);
    const records = sampleSize(1500, 300);
    const found: Record<string, number[]> = { sz: [], sx0: [], sx1: [], energy: [] };
    let squares = 0;
    for (let k = 0; k < records; k++) {
      const stream = RandomStream.of(SEED, 'dynamics', k);
      trajectory.begin(null);
      for (let s = 0; s < steps; s++) {
        trajectory.step(dt, pump(s), field, stream);
        for (const dY of trajectory.record) squares += dY * dY;
      }
      trajectory.observe();
      found['sz']!.push(trajectory.sz);
      found['sx0']!.push(trajectory.meanX[0]!);
      found['sx1']!.push(trajectory.meanX[1]!);
      found['energy']!.push(trajectory.interactionEnergy());
    }
    const exact: Record<string, number> = {
      sz: sumSz(average),
      sx0: average.meanSx(0),
      sx1: average.meanSx(1),
      energy: average.interactionEnergy(),
    };
    for (const [name, values] of Object.entries(found)) {
      const mean = moments(values);
      hold({
        quantity: `⟨${name}⟩ over ${records} records against the master equation`,
        expected: exact[name]!,
        got: mean.mean,
        standardError: mean.sem,
        tolerance: 3 * mean.sem + 0.05 * Math.abs(exact[name]!),
        class: 'exact',
      });
    }
    // Far from both trivial answers, the pure precession and the fully mixed state:
    expect(average.purity()).toBeLessThan(0.8);
    expect(average.purity()).toBeGreaterThan(0.1);
    const increments = records * steps * system.modeCount;
    hold({
      quantity: '⟨dY²⟩/dt',
      expected: 1,
      got: squares / increments / dt,
      standardError: Math.sqrt(2 / increments),
      tolerance: 0.005,
      class: 'exact',
    });
  });

  it('CQ-F2 average to the master equation whatever quadrature is detected, at a long step too', () => {
    const field = Float64Array.of(0.5, -0.3);
    const dt = 0.1;
    const steps = 60;
    for (const phase of [0, 1, Math.PI / 2]) {
      const system = spinLight(glassy(2, 2, 1), { ...HALF, localOscillatorPhase: phase });
      const average = new LindbladAverage(system);
      for (let s = 0; s < 10 * steps; s++) average.step(dt / 10, 1, field);
      const trajectory = new HomodyneTrajectory(system);
      const sz: number[] = [];
      for (let k = 0; k < sampleSize(8000, 1000); k++) {
        const stream = RandomStream.of(SEED, 'dynamics', k);
        trajectory.begin(null);
        for (let s = 0; s < steps; s++) trajectory.step(dt, 1, field, stream);
        sz.push(trajectory.sz);
      }
      const mean = moments(sz);
      hold({
        quantity: `Σ⟨S^z⟩, dt 0.1, φ_LO ${phase.toFixed(2)}`,
        expected: sumSz(average),
        got: mean.mean,
        standardError: mean.sem,
        tolerance: 3 * mean.sem + 0.01,
        class: 'exact',
      });
    }
  });

  it('are the Schrödinger equation where no light is lost', () => {
    const closed = { ...HALF, kappa: 0 };
    for (const sites of [1, 3, 4]) {
      const system = spinLight(glassy(sites, 4, sites), closed);
      const field = Float64Array.from({ length: sites }, (_, i) => 0.4 - 0.3 * i);
      const stream = RandomStream.of(1);
      const trajectory = new HomodyneTrajectory(system);
      const average = new LindbladAverage(system);
      const signs = Array.from({ length: sites }, (_, i) => (i % 2 === 0 ? 1 : -1));
      trajectory.begin(signs);
      average.begin(signs);
      for (let s = 0; s < 200; s++) {
        trajectory.step(0.01, 1.5, field, stream);
        average.step(0.01, 1.5, field);
      }
      expect(average.purity()).toBeCloseTo(1, 8);
      trajectory.observe();
      for (let i = 0; i < sites; i++) {
        expect(trajectory.meanX[i]!).toBeCloseTo(average.meanSx(i), 7);
      }
      expect(trajectory.sz).toBeCloseTo(sumSz(average), 7);
      expect(trajectory.interactionEnergy()).toBeCloseTo(average.interactionEnergy(), 7);
    }
  });

  it('turn about the field at √(1 + h²) ω_z without a pump', () => {
    const h = 0.75;
    const trajectory = new HomodyneTrajectory(spinLight(glassy(2, 3), HALF));
    const stream = RandomStream.of(1);
    trajectory.begin(null);
    const steps = 400;
    const dt = Math.PI / 1.25 / steps; // half a turn
    for (let s = 0; s < steps; s++) trajectory.step(dt, 0, Float64Array.of(h, h), stream);
    trajectory.observe();
    // as a vector: −z mirrored about the axis (−h, 0, 1)/1.25
    expect(trajectory.sz / 2).toBeCloseTo(0.5 * (1 - 2 * 0.8 * 0.8) * 1, 7);
    expect(trajectory.meanX[0]!).toBeCloseTo(0.5 * 2 * 0.8 * 0.6, 7);
  });

  it('keep their norm and a signal of the right size at 12 spins', () => {
    const sites = 12;
    const system = spinLight(glassy(sites, 8), HALF);
    const trajectory = new HomodyneTrajectory(system);
    const signs = Array.from({ length: sites }, (_, i) => (i % 3 === 0 ? -1 : 1));
    const stream = RandomStream.of(SEED, 'dynamics');
    const field = new Float64Array(sites);
    trajectory.begin(signs);
    trajectory.observe();
    for (let i = 0; i < sites; i++) expect(trajectory.meanX[i]!).toBeCloseTo(0.5 * signs[i]!, 12);
    for (let s = 0; s < 5; s++) trajectory.step(0.005, 2, field, stream);
    const { re, im } = trajectory.ket;
    expect(re.reduce((sum, v, k) => sum + v * v + im[k]! ** 2, 0)).toBeCloseTo(1, 12);
    expect(trajectory.record).toHaveLength(12);
  });

  it('have records whose mean is ⟨L + L†⟩: what the local oscillator’s phase shows of S^x', () => {
    const signs = [1, -1, 1];
    const pump = 2;
    const dt = 0.001;
    for (const phase of [0, 0.6, Math.PI / 2]) {
      const light = { ...HALF, localOscillatorPhase: phase };
      const system = spinLight(glassy(3, 3, 2), light);
      const trajectory = new HomodyneTrajectory(system);
      const signals: number[][] = [[], [], []];
      const field = new Float64Array(3);
      const recordOf = (k: number, power: number): Float64Array => {
        trajectory.begin(signs);
        trajectory.step(dt, power, field, RandomStream.of(SEED, 'dynamics', k));
        return trajectory.record.slice();
      };
      for (let k = 0; k < 300; k++) {
        // Without a pump the record is the noise alone, and the same noise as with it.
        const noise = recordOf(k, 0);
        recordOf(k, pump).forEach((dY, m) => signals[m]!.push((dY - noise[m]!) / dt));
      }
      // A = G/(Δ + iκ) but for ω_z: ½(1/(Δ+1+iκ) + 1/(Δ−1+iκ)) on S^x, the rest of it on S^y, which is 0 here.
      const inverse = (delta: number): [number, number] => [
        delta / (delta * delta + light.kappa ** 2),
        -light.kappa / (delta * delta + light.kappa ** 2),
      ];
      const [a, b] = [inverse(light.delta + 1), inverse(light.delta - 1)];
      const quadrature = 0.5 * ((a[0] + b[0]) * Math.cos(phase) + (a[1] + b[1]) * Math.sin(phase));
      for (let m = 0; m < 3; m++) {
        const G = signs.reduce((sum, s, i) => sum + 0.5 * s * system.modes[3 * m + i]!, 0);
        const mean = moments(signals[m]!);
        hold({
          quantity: `⟨dY⟩/dt of mode ${m}, φ_LO ${phase.toFixed(2)}`,
          expected: 2 * Math.sqrt(2 * light.kappa * pump) * G * quadrature,
          got: mean.mean,
          standardError: mean.sem,
          tolerance: 4 * mean.sem + 0.001,
          class: 'exact',
        });
      }
    }
  });

  it('have as many modes as Γ has eigenvalues, and Γ again from them', () => {
    const rankTwo = decompose(
      Float64Array.from({ length: 16 }, (_, k) => {
        const [i, j] = [k >> 2, k & 3];
        return Math.cos(i) * Math.cos(j) + 0.5 * Math.sin(2 * i) * Math.sin(2 * j);
      }),
      4,
    );
    for (const [couplings, count] of [
      [glassy(4, 3), 4],
      [rankTwo, 2],
    ] as const) {
      const system = spinLight(couplings, HALF);
      expect(system.modeCount).toBe(count);
      for (let i = 0; i < 4; i++) {
        for (let j = 0; j < 4; j++) {
          let sum = 0;
          for (let m = 0; m < count; m++)
            sum += system.modes[4 * m + i]! * system.modes[4 * m + j]!;
          expect(sum).toBeCloseTo(system.gamma[4 * i + j]!, 9);
        }
      }
    }
  });
});

describe('elimination of the light', () => {
  /** Largest relative differences to the full master equation at t = 4, 8 … 20, as {bare, dressed, purity, correlator}. */
  function compare(pump: number, kappa: number) {
    const delta = -10;
    const system = spinLight(decompose(Float64Array.of(1, 0.8, 0.8, 0.64), 2), {
      ...HALF,
      delta,
      kappa,
    });
    expect(system.modeCount).toBe(1);
    const g = Array.from(system.modes, (value) => value * Math.sqrt(pump));
    const full = new ExplicitLight(g, delta, kappa, 5);
    const eliminated = new LindbladAverage(system);
    const worst = { bare: 0, dressed: 0, purity: 0, correlator: 0 };
    const note = (name: keyof typeof worst, got: number, exact: number): void => {
      worst[name] = Math.max(worst[name], Math.abs(got / exact - 1));
    };
    const dt = 0.02;
    for (let s = 1; s <= 1000; s++) {
      full.step(dt);
      eliminated.step(dt, pump, [0, 0]);
      if (s % 200 !== 0) continue;
      const exact = full.totalSz();
      note('bare', sumSz(eliminated), exact);
      note(
        'dressed',
        eliminated.meanSz(0) * dressing(g[0]!, delta, kappa) +
          eliminated.meanSz(1) * dressing(g[1]!, delta, kappa),
        exact,
      );
      note('purity', eliminated.purity(), full.purity());
      note('correlator', eliminated.correlation(0, 1), full.correlation(0, 1));
    }
    expect(full.edge()).toBeLessThan(1e-8);
    return worst;
  }

  /**
   * A spin's two states along x hold the light in coherent states g/(Δ+iκ) apart, and S^z connects them: of the bare
   * spin ⟨S^z⟩ is smaller by their overlap. The eliminated model has the dressed spin.
   */
  const dressing = (g: number, delta: number, kappa: number): number =>
    Math.exp(-(g * g) / (2 * (delta * delta + kappa * kappa)));

  it('CQ-F3 two spins, one mode, |Δ| = 10 ω_z: ⟨S^z⟩ is that of the full master equation within 2 %', () => {
    const worst = compare(0.5, 5);
    for (const [name, most] of [
      ['bare', 0.02],
      ['dressed', 0.005],
      ['purity', 0.015],
      ['correlator', 0.05],
    ] as const) {
      holdBound({
        quantity: `${name === 'bare' || name === 'dressed' ? `⟨S^z⟩, ${name} spin` : name}, relative difference at pump ½`,
        got: worst[name],
        most,
        class: 'exact',
      });
    }
  });

  if (FULL_SIZE)
    it('CQ-F3 at threshold the bare ⟨S^z⟩ is off by the light’s dressing, and the dressed one is not', () => {
      for (const kappa of [1, 5]) {
        const worst = compare(1, kappa);
        holdBound({
          quantity: `⟨S^z⟩, bare spin, relative difference at pump 1, κ = ${kappa}`,
          got: worst.bare,
          most: 0.05,
          class: 'exact',
        });
        holdBound({
          quantity: `⟨S^z⟩, dressed spin, relative difference at pump 1, κ = ${kappa}`,
          got: worst.dressed,
          most: 0.02,
          class: 'exact',
        });
      }
    });
});

describe('the device at fidelity quantum', () => {
  const sites = 3;
  const parameters = {
    deltaHz: -10 * CAVITY_DEFAULTS.omegaZHz,
    kappaHz: 2 * CAVITY_DEFAULTS.omegaZHz,
  };
  const program = (over: object = {}): ResolvedProgram =>
    resolveDocument(
      {
        version: 1,
        sites,
        couplings: { kind: 'dense', data: [0, 1, -0.5, 1, 0, 0.7, -0.5, 0.7, 0] },
        dynamics: { fidelity: 'quantum' },
        controls: {
          pump: [
            [0, 0.3],
            [0, 0],
            [3, 2],
            [3, 1],
          ],
        },
        fields: [0.2, 0, -0.1],
        drives: [
          {
            pattern: [1, 1, -1],
            amplitude: [
              [0, 0.5],
              [2, 0],
            ],
          },
        ],
        duration: 4,
        readout: { every: 1, channels: ['energy', 'overlaps', 'state', 'work', 'heat'] },
        references: [[1, 1, -1]],
        shots: sampleSize(3000, 400),
        seed: 3,
        ...over,
      },
      cavityDescriptor('cavity-qed'),
    );

  it('gives in the mean the work and heat of the master equation, and closes the first law in every shot', () => {
    const resolved = program();
    expect(cavityViolations(resolved, parameters)).toEqual([]);
    const outcome = runSimulation(simulateCavity, resolved, { parameters });
    const summary = summarise(outcome, cavityThermodynamics(resolved, parameters), 4);
    expect(summary.firstLawResidual).toBeLessThan(1e-11);
    expect(summary.entropyProduction).toBeNull();
    expect(summary.warnings.join('\n')).toContain('back-action');

    const local = (CAVITY_DEFAULTS.localStrength / 2) * Math.sqrt((1 + 0.25 + 0.49) / 3);
    const system = spinLight(
      decompose(Float64Array.of(local, 1, -0.5, 1, local, 0.7, -0.5, 0.7, local), 3),
      HALF,
    );
    const average = new LindbladAverage(system);
    const fields = [0.2, 0, -0.1];
    const pattern = [1, 1, -1];
    const pumpAt = (t: number): number => (t < 3 ? (2 * t) / 3 : 1);
    const driveAt = (t: number): number => (t < 2 ? 0.5 - 0.25 * t : 0);
    const along = (): number => pattern.reduce((sum, eta, i) => sum + eta * average.meanSx(i), 0);
    const energy = (t: number): number =>
      2 *
      (sumSz(average) +
        pumpAt(t) * average.interactionEnergy() -
        driveAt(t) * along() -
        fields.reduce((sum, h, i) => sum + h * average.meanSx(i), 0));
    // the jump of the pump at t = 0 is made at the start's ⟨H_int⟩
    let work = 2 * (0 - 0.3) * average.interactionEnergy();
    const before = energy(0) + 2 * 0.3 * average.interactionEnergy();
    const dt = 0.005;
    for (let s = 0; s < 800; s++) {
      const t = s * dt;
      const middle = t + dt / 2;
      const power = (): number =>
        2 *
        ((t < 3 - 1e-9 ? 2 / 3 : 0) * average.interactionEnergy() +
          (t < 2 - 1e-9 ? 0.25 : 0) * along());
      const left = power();
      average.step(
        dt,
        pumpAt(middle),
        fields.map((h, i) => h + driveAt(middle) * pattern[i]!),
      );
      work += 0.5 * dt * (left + power());
      if (Math.abs(t + dt - 3) < 1e-9) work += 2 * (1 - 2) * average.interactionEnergy();
    }
    const heat = work - (energy(4) - before);
    for (const [name, exact, measured] of [
      ['work', work, summary.work!],
      ['heat', heat, summary.heat!],
    ] as const) {
      hold({
        quantity: `mean ${name} of spins ½ against the master equation, ħω_z per unit of S`,
        expected: exact,
        got: measured.mean!,
        standardError: measured.sem!,
        tolerance: 4 * measured.sem! + 0.003,
        class: 'exact',
      });
    }
  });

  it('reads the signs of ⟨S^x⟩: of a product state along x at once, of a strong pump’s outcome later', () => {
    const values = [1, -1, -1];
    const start = program({
      initial: { kind: 'pattern', values },
      references: [values],
      shots: 5,
    });
    const outcome = runSimulation(simulateCavity, start, { parameters });
    for (const state of outcome.initialStates) expect(Array.from(state)).toEqual(values);
    // Two spins that a pump aligns: along a record both point the same way, this way or that.
    const aligned = program({
      sites: 2,
      couplings: { kind: 'dense', data: [0, 1, 1, 0] },
      fields: [0, 0],
      drives: [],
      references: [[1, 1]],
      controls: { pump: [[0, 12]] },
      duration: 6,
      shots: 200,
    });
    const ends = runSimulation(simulateCavity, aligned, {
      parameters: { ...parameters, localStrength: 2 },
    }).finalOverlaps.map((row) => row[0]!);
    const share = (m: number): number => ends.filter((q) => q === m).length / ends.length;
    expect(share(1) + share(-1)).toBeGreaterThan(0.8);
    expect(share(1)).toBeGreaterThan(0.3);
    expect(share(-1)).toBeGreaterThan(0.3);
  });

  it('draws each shot from its own streams, whatever block it is in', () => {
    const resolved = program({ shots: 6 });
    const all = runSimulation(simulateCavity, resolved, { parameters });
    const tail = runSimulation(simulateCavity, resolved, { parameters, firstShot: 4, shots: 2 });
    expect(tail.ledgers).toEqual(all.ledgers.slice(4));
    expect(tail.finalStates).toEqual(all.finalStates.slice(4));
  });

  it('refuses what it cannot run, with the limit', () => {
    const long = program({ dynamics: { fidelity: 'quantum', dt: 1 } });
    const [step] = cavityViolations(long, parameters);
    expect(step).toMatchObject({ path: 'dynamics.dt', value: 1 });
    expect(step!.limit as number).toBeLessThan(0.3);
    expect(
      cavityViolations(
        program({ dynamics: { fidelity: 'quantum', dt: step!.limit as number } }),
        parameters,
      ),
    ).toEqual([]);
    const [modes] = cavityViolations(program(), { ...parameters, localStrength: 0.1 });
    expect(modes).toMatchObject({ path: 'couplings', limit: '≥ 0' });
    const [pump] = cavityViolations(
      program({
        sites: 2,
        couplings: { kind: 'dense', data: [0, 0, 0, 0] },
        fields: [0, 0],
        drives: [],
        references: [],
      }),
      { ...parameters, localStrength: 0 },
    );
    expect(pump).toMatchObject({ path: 'couplings', limit: '> 0' });
    const warned = (over: object, changed: Record<string, number>): string =>
      cavityWarnings(program(over), { ...parameters, ...changed }).join('\n');
    expect(warned({}, {})).toContain('spin ½');
    expect(warned({}, { deltaHz: -5 * CAVITY_DEFAULTS.omegaZHz })).toContain('deltaHz');
    expect(warned({}, {})).not.toContain('deltaHz');
  });
});

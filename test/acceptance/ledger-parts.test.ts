import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { glauberDescriptor } from '../../drivers/glauber/index.js';
import { RandomStream } from '../../src/core/index.js';
import {
  circuitThermodynamics,
  entropyStatistics,
  sampledCurrents,
  solveExactly,
  spinThermodynamics,
} from '../../src/emulate/index.js';
import { simulate } from '../../src/emulate/spin/simulate-spins.js';
import { generalOrnsteinUhlenbeck } from '../../src/emulate/langevin/general-ornstein-uhlenbeck.js';
import { choleskyInPlace } from '../../src/emulate/langevin/ornstein-uhlenbeck.js';
import {
  HaradaSasa,
  moments,
  RunLedger,
  summariseLedger,
  thermodynamicAdvantage,
} from '../../src/thermo/index.js';
import { circuit, watch } from '../support/circuit.js';
import { hold, type MeanEstimate } from '../support/hold.js';
import { FULL_SIZE, resolveDocument, runSimulation, summarise } from '../support/run-simulation.js';
import { expectWithin } from '../support/statistics.js';
import { R2_COUPLINGS } from '../support/r1-instance.js';

/** The two-bath pair of TC-14. */
const PAIR = {
  stiffness: [
    [3, -1],
    [-1, 4],
  ],
  temperatures: [2, 1],
  mobilities: [1, 1],
};
const SEGMENT = 256;

/** A stationary path of the pair, sampled every τ, both with its two temperatures and with the first one for both, under the same noise. */
function samples(tau: number, count: number, seed: number): { x: number[][]; alike: number[][] } {
  const A = new Matrix(PAIR.stiffness);
  const stepOf = (temperatures: readonly number[]) => {
    const { propagator, covariance } = generalOrnsteinUhlenbeck(
      A,
      Matrix.diag(temperatures.map((T) => 2 * T)),
      tau,
    );
    const factor = Float64Array.from(covariance.to1DArray());
    choleskyInPlace(factor, 2);
    return { E: propagator.to2DArray(), factor };
  };
  const paths = [PAIR.temperatures, [2, 2]].map((temperatures) => ({
    ...stepOf(temperatures),
    at: [0, 0],
    path: [] as number[][],
  }));
  const stream = RandomStream.of(seed, 'bootstrap', 0);
  for (let k = -200; k < count; k++) {
    const [a, b] = [stream.normal(), stream.normal()];
    for (const walker of paths) {
      const { E, factor, at, path } = walker;
      walker.at = [
        E[0]![0]! * at[0]! + E[0]![1]! * at[1]! + factor[0]! * a,
        E[1]![0]! * at[0]! + E[1]![1]! * at[1]! + factor[2]! * a + factor[3]! * b,
      ];
      if (k >= 0) path.push(walker.at);
    }
  }
  return { x: paths[0]!.path, alike: paths[1]!.path };
}

describe('heat of a linear circuit that is sampled', () => {
  const tau = 0.1;
  const segments = FULL_SIZE ? 2000 : 250;
  const { x, alike } = samples(tau, segments * SEGMENT + 1, 5);
  const [hot] = sampledCurrents(PAIR, tau);

  it('TC-15 τ = .1: the Stratonovich sum reads the closed form, and the correction brings the current back', () => {
    const heats = Array.from({ length: segments }, (_, s) => {
      let sum = 0;
      for (let k = s * SEGMENT; k < (s + 1) * SEGMENT; k++) {
        const force = (at: readonly number[]): number => -(3 * at[0]! - at[1]!);
        sum += ((force(x[k]!) + force(x[k + 1]!)) / 2) * (x[k + 1]![0]! - x[k]![0]!);
      }
      return sum / (SEGMENT * tau);
    });
    const read = moments(heats);
    expectWithin(read, hot!.stratonovich, 4, { quantity: 'Stratonovich sum, samples every .1' });
    const scale = hot!.current / hot!.stratonovich;
    expectWithin({ mean: scale * read.mean, sem: Math.abs(scale) * read.sem }, -1 / 7, 4, {
      quantity: 'the same, corrected: the current of TC-14',
    });
  });

  it('TC-17 τ = .1: Harada and Sasa’s sum reads its closed form, and the correction brings the current back', () => {
    const { propagator, response } = generalOrnsteinUhlenbeck(
      new Matrix(PAIR.stiffness),
      Matrix.diag([4, 2]),
      tau,
    );
    // Position after an interval under a unit force on the first site, then free.
    let at = response.getColumnVector(0);
    const answer = new Float64Array(SEGMENT);
    let before = 0;
    for (let k = 0; k < SEGMENT; k++) {
      answer[k] = (at.get(0, 0) - before) / tau;
      before = at.get(0, 0);
      at = propagator.mmul(at);
    }
    const sum = new HaradaSasa({
      interval: tau,
      segment: SEGMENT,
      friction: 1,
      temperature: 2,
      response: answer,
      binWidth: 10,
    });
    for (let s = 0; s < segments; s++) {
      const piece = (path: readonly number[][]): Float64Array =>
        Float64Array.from({ length: SEGMENT + 1 }, (_, k) => path[s * SEGMENT + k]![0]!);
      sum.add(piece(x), piece(alike));
    }
    const read = sum.heatCurrent();
    expectWithin(read, hot!.haradaSasa, 4, { quantity: 'Harada–Sasa sum, samples every .1' });
    const scale = hot!.current / hot!.haradaSasa;
    expectWithin({ mean: scale * read.mean, sem: Math.abs(scale) * read.sem }, -1 / 7, 4, {
      quantity: 'the same, corrected: the current of TC-14',
    });
  });
});

describe('housekeeping and excess heat', () => {
  it('TC-14 from rest at 0 each bath’s housekeeping is ∓t/7, and all that is beside it is −ΔE', () => {
    const shots = FULL_SIZE ? 2000 : 200;
    const program = circuit({
      sites: 2,
      wells: { quadratic: [1.5, 2], quartic: 0 },
      couplings: { kind: 'coo', entries: [[0, 1, 1]] },
      dynamics: { temperature: [2, 1], dt: 0.01 },
      initial: { kind: 'zero' },
      duration: 5,
      shots,
      seed: 3,
    });
    const ledger = new RunLedger(circuitThermodynamics(program));
    for (const shot of watch(program, () => undefined)) ledger.add(shot);
    const { heat, energyChange, warnings } = summariseLedger(ledger, 5);
    const line = { class: 'exact' as const, tolerance: 1e-10 };
    // Baths come by their temperatures: the cold one gains.
    heat!.baths.forEach(({ housekeeping, bath }, b) => {
      const got = housekeeping!.mean!;
      hold({ ...line, quantity: `housekeeping, ${bath}`, got, expected: (b === 0 ? 5 : -5) / 7 });
    });
    hold({
      ...line,
      quantity: 'housekeeping of both',
      got: heat!.housekeeping!.mean!,
      expected: 0,
    });
    const expected = -energyChange!.mean!;
    hold({ ...line, quantity: 'excess of both: −ΔE', got: heat!.excess!.mean!, expected });
    // The system has taken up what S holds: ½⟨xᵀKx⟩ = ½(T₁ + T₂) at long times.
    expectWithin(heat!.excess as MeanEstimate, -1.5, 4, { quantity: 'excess at long times' });
    expect(warnings.join()).not.toMatch(/housekeeping/);
  });

  it('MT-A8 R2 from all states alike: the housekeeping is the solver’s rate times the time, the excess the rest', () => {
    const program = resolveDocument(
      {
        version: 1,
        sites: 3,
        couplings: { kind: 'dense', data: R2_COUPLINGS },
        initial: { kind: 'random' },
        duration: 2,
        readout: { every: 2 },
        shots: FULL_SIZE ? 40_000 : 8000,
      },
      glauberDescriptor('glauber'),
    );
    const { rate } = entropyStatistics(program);
    const exact = solveExactly(program).result.thermodynamics.heat!.mean!;
    const found = summarise(
      runSimulation(simulate, program),
      spinThermodynamics(program),
      program.duration,
    ).heat!;
    hold({
      quantity: 'housekeeping heat of R2',
      class: 'exact',
      got: found.housekeeping!.mean!,
      expected: 2 * rate,
      tolerance: 1e-12,
    });
    expectWithin(found.excess as MeanEstimate, exact - 2 * rate, 4, {
      quantity: 'excess heat of R2 against the master equation',
    });
  });
});

describe('the advantage of a thermodynamic computation', () => {
  it('TC-33 26,432 MAC at 1 pJ over 1e5 k_B T at 300 K is 6.4e7; 2.9e8 at 4.6 pJ, 2.9e7 with ten samples', () => {
    const inputs = { macs: 26_432, heat: 1e5, temperatureK: 300 };
    const ratio = (joulesPerMac: number, samples: number): number =>
      thermodynamicAdvantage({ ...inputs, joulesPerMac, samples }).ratio;
    const line = { class: 'exact' as const };
    hold({ ...line, quantity: 'at 1 pJ', got: ratio(1e-12, 1), expected: 6.4e7, tolerance: 5e5 });
    hold({
      ...line,
      quantity: 'at 4.6 pJ',
      got: ratio(4.6e-12, 1),
      expected: 2.9e8,
      tolerance: 5e6,
    });
    hold({
      ...line,
      quantity: 'at 4.6 pJ, ten samples',
      got: ratio(4.6e-12, 10),
      expected: 2.9e7,
      tolerance: 5e5,
    });
  });
});

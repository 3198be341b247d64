import { describe, it } from 'vitest';
import { circuitThermodynamics } from '../../src/emulate/index.js';
import { summariseLedger, RunLedger } from '../../src/thermo/index.js';
import { boltzmannLine } from '../support/boltzmann.js';
import { batchMean, circuit, expectExact, watch } from '../support/circuit.js';
import { holdBound } from '../support/hold.js';
import { FULL_SIZE } from '../support/run-simulation.js';
import { expectNear, expectWithin } from '../support/statistics.js';

const SHOTS = FULL_SIZE ? 400_000 : 10_000;
const TAU = 2;

/**
 * The trap k (x − vt)²/2 with k = v = kT = 1 as a program: the well k x²/2, the drive A(t) = k v t, and k v² t²/2 = 2 that the
 * program's energy leaves out added to the work. Backwards: from A = 2 down to 0, −2.
 */
function trapWork(backwards: boolean, seed: number): number[] {
  const amplitude = backwards
    ? [
        [0, TAU],
        [TAU, 0],
      ]
    : [
        [0, 0],
        [TAU, TAU],
      ];
  const program = circuit({
    sites: 1,
    wells: { quadratic: 0.5, quartic: 0 },
    initial: { kind: 'equilibrium' },
    drives: [{ pattern: [1], amplitude }],
    dynamics: { dt: 0.02 },
    duration: TAU,
    shots: SHOTS,
    seed,
  });
  return watch(program, () => undefined).map((ledger) => ledger.work + (backwards ? -2 : 2));
}

const variance = (values: readonly number[]): number => {
  const { mean } = batchMean(values);
  return values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1);
};

describe('a dragged trap', () => {
  const forward = trapWork(false, 18);
  // γ v² [t − τ_r (1 − e^{−t/τ_r})] with γ = v = τ_r = 1, t = 2; the variance is 2T⟨W⟩.
  const mean = TAU - (1 - Math.exp(-TAU));

  it('TC-18 takes the exact mean work and variance, and ⟨e^{−W}⟩ = 1', () => {
    expectNear(mean, 1.1353353, 5e-8, { quantity: '⟨W⟩ by the formula' });
    const work = { tolerance: 0.02, resolution: FULL_SIZE ? 0.02 : 0.07, bias: 2e-4 };
    expectExact(batchMean(forward), mean, work, { quantity: '⟨W⟩' });
    const v = variance(forward);
    const sem = v * Math.sqrt(2 / SHOTS);
    const spread = { tolerance: 0.02, resolution: FULL_SIZE ? 0.025 : 0.15, bias: 2e-4 };
    expectExact({ mean: v, sem }, 2.2706706, spread, { quantity: 'Var W' });
    const jarzynski = batchMean(forward.map((w) => Math.exp(-w)));
    const average = { tolerance: 0.02, resolution: FULL_SIZE ? 0.025 : 0.2 };
    expectExact(jarzynski, 1, average, { quantity: '⟨e^{−W}⟩' });
  });

  it('MT-B13 takes the work γv²[t − τ_r(1 − e^{−t/τ_r})] to 2 % and the variance 2T⟨W⟩ to 4 %', () => {
    // 1e4 shots: standard errors 1.3 % and 1.4 %.
    const work = batchMean(forward);
    const ratio = variance(forward) / (2 * mean);
    expectNear({ mean: work.mean / mean, sem: work.sem / mean }, 1, FULL_SIZE ? 0.02 : 0.053, {
      quantity: '⟨W⟩/γv²[t − τ_r(1 − e^{−t/τ_r})]',
    });
    const sem = ratio * Math.sqrt(2 / SHOTS);
    expectNear({ mean: ratio, sem }, 1, FULL_SIZE ? 0.04 : 0.057, { quantity: 'Var W/2T⟨W⟩' });
  });

  it('TC-19 obeys Crooks’ relation: ln P_F(W)/P_R(−W) has slope 1 in W', () => {
    const backward = trapWork(true, 19);
    const bins = 24;
    const [low, high] = [-2, 3.5];
    const count = (values: readonly number[], sign: number): Float64Array => {
      const out = new Float64Array(bins);
      for (const w of values) {
        const k = Math.floor(((sign * w - low) / (high - low)) * bins);
        if (k >= 0 && k < bins) out[k]!++;
      }
      return out;
    };
    const [f, r] = [count(forward, 1), count(backward, -1)];
    // Weighted least squares; the variance of ln(n_F/n_R) is 1/n_F + 1/n_R.
    let [s, sx, sy, sxx, sxy] = [0, 0, 0, 0, 0];
    for (let k = 0; k < bins; k++) {
      if (f[k]! < 10 || r[k]! < 10) continue;
      const x = low + ((k + 0.5) * (high - low)) / bins;
      const y = Math.log(f[k]! / r[k]!);
      const w = 1 / (1 / f[k]! + 1 / r[k]!);
      s += w;
      sx += w * x;
      sy += w * y;
      sxx += w * x * x;
      sxy += w * x * y;
    }
    const slope = (s * sxy - sx * sy) / (s * sxx - sx * sx);
    const sem = Math.sqrt(s / (s * sxx - sx * sx));
    const limits = { tolerance: 0.03, resolution: FULL_SIZE ? 0.03 : 0.2, bias: 0.005 };
    expectExact({ mean: slope, sem }, 1, limits, { quantity: 'Crooks slope' });
    const crossing = {
      mean: (sy - slope * sx) / s,
      sem: Math.sqrt(sxx / (s * sxx - sx * sx)),
    };
    expectNear(crossing, 0, FULL_SIZE ? 0.02 : 0.12, { quantity: 'its value at W = 0: −ΔF' });
  });
});

describe('a quartic unit whose leak is turned up from 1 to 2', () => {
  const dF =
    Math.log(boltzmannLine((x) => x * x + x ** 4).partition) -
    Math.log(boltzmannLine((x) => 2 * x * x + x ** 4).partition);
  const run = (quadratic: number[][], seed: number) => {
    const shots = FULL_SIZE ? 1_000_000 : 20_000;
    const program = circuit({
      sites: 1,
      initial: { kind: 'equilibrium' },
      controls: { quadratic },
      dynamics: { dt: 0.02 },
      duration: 0.5,
      shots,
      seed,
    });
    const ledger = new RunLedger(circuitThermodynamics(program));
    for (const shot of watch(program, () => undefined)) ledger.add(shot);
    return summariseLedger(ledger, program.duration);
  };

  it('TC-20 gives back ΔF = 0.2007279 through Jarzynski’s equality', () => {
    expectNear(dF, 0.2007279, 5e-8, { quantity: 'ΔF by quadrature' });
    const { jarzynski, work } = run(
      [
        [0, 1],
        [0.5, 2],
      ],
      20,
    );
    const estimate = { mean: -Math.log(jarzynski!.mean!), sem: jarzynski!.sem! / jarzynski!.mean! };
    const limits = { tolerance: 0.01, resolution: 0.01, bias: 5e-4 };
    expectExact(estimate, dF, limits, { quantity: '−ln⟨e^{−W}⟩' });
    holdBound({
      quantity: 'dissipated work ⟨W⟩ − ΔF',
      above: 0,
      got: work!.mean! - dF,
      standardError: work!.sem!,
      class: 'exact',
    });
  });

  it('TC-20 takes ⟨W⟩ = ⟨x²⟩ = 0.23396 when that is sudden', () => {
    const { work, jarzynski } = run(
      [
        [0, 1],
        [0, 2],
      ],
      21,
    );
    const sudden = { mean: work!.mean!, sem: work!.sem! };
    const limits = { tolerance: 0.01, resolution: 0.01 };
    expectExact(sudden, 0.23396, limits, { quantity: '⟨W⟩, sudden' });
    const estimate = { mean: -Math.log(jarzynski!.mean!), sem: jarzynski!.sem! / jarzynski!.mean! };
    expectWithin(estimate, dF, 4, { quantity: '−ln⟨e^{−W}⟩, sudden' });
  });
});

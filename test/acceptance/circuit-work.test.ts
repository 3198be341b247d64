import { describe, expect, it, vi } from 'vitest';
import { circuitThermodynamics } from '../../src/emulate/index.js';
import { summariseLedger, RunLedger } from '../../src/thermo/index.js';
import { boltzmannLine } from '../support/boltzmann.js';
import { batchMean, circuit, expectExact, watch } from '../support/circuit.js';
import { FULL_SIZE } from '../support/run-simulation.js';

vi.setConfig({ testTimeout: FULL_SIZE ? 900_000 : 60_000 });

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
    expect(mean).toBeCloseTo(1.1353353, 7);
    expectExact(batchMean(forward), mean, {
      tolerance: 0.02,
      resolution: FULL_SIZE ? 0.02 : 0.07,
      bias: 2e-4,
    });
    const v = variance(forward);
    const sem = v * Math.sqrt(2 / SHOTS);
    expectExact({ mean: v, sem }, 2.2706706, {
      tolerance: 0.02,
      resolution: FULL_SIZE ? 0.025 : 0.15,
      bias: 2e-4,
    });
    const jarzynski = batchMean(forward.map((w) => Math.exp(-w)));
    expectExact(jarzynski, 1, { tolerance: 0.02, resolution: FULL_SIZE ? 0.025 : 0.2 });
  });

  it('MT-B13 takes the work γv²[t − τ_r(1 − e^{−t/τ_r})] to 2 % and the variance 2T⟨W⟩ to 4 %', () => {
    // 1e4 shots: standard errors 1.3 % and 1.4 %.
    expect(Math.abs(batchMean(forward).mean / mean - 1)).toBeLessThan(FULL_SIZE ? 0.02 : 0.053);
    expect(Math.abs(variance(forward) / (2 * mean) - 1)).toBeLessThan(FULL_SIZE ? 0.04 : 0.057);
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
    expectExact({ mean: slope, sem }, 1, {
      tolerance: 0.03,
      resolution: FULL_SIZE ? 0.03 : 0.2,
      bias: 0.005,
    });
    expect(Math.abs((sy - slope * sx) / s)).toBeLessThan(FULL_SIZE ? 0.02 : 0.12); // ΔF = 0
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
    expect(dF).toBeCloseTo(0.2007279, 7);
    const { jarzynski, work } = run(
      [
        [0, 1],
        [0.5, 2],
      ],
      20,
    );
    const estimate = { mean: -Math.log(jarzynski!.mean!), sem: jarzynski!.sem! / jarzynski!.mean! };
    expectExact(estimate, dF, { tolerance: 0.01, resolution: 0.01, bias: 5e-4 });
    expect(work!.mean!).toBeGreaterThan(dF);
  });

  it('TC-20 takes ⟨W⟩ = ⟨x²⟩ = 0.23396 when that is sudden', () => {
    const { work, jarzynski } = run(
      [
        [0, 1],
        [0, 2],
      ],
      21,
    );
    expectExact({ mean: work!.mean!, sem: work!.sem! }, 0.23396, {
      tolerance: 0.01,
      resolution: 0.01,
    });
    expect(Math.abs(-Math.log(jarzynski!.mean!) - dF)).toBeLessThan(
      (4 * jarzynski!.sem!) / jarzynski!.mean!,
    );
  });
});

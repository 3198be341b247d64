import { describe, expect, it } from 'vitest';
import type { ResolvedProgram } from '../../device/index.js';
import {
  GaussianEnds,
  RunLedger,
  summariseLedger,
  type LedgerSummary,
} from '../../thermo/index.js';
import { circuit, watch } from '../../../test/support/circuit.js';
import { circuitThermodynamics } from './circuit-thermodynamics.js';

/** What a device would report: ledgers, and the states at the ends. */
function summaryOf(program: ResolvedProgram): LedgerSummary {
  const ledger = new RunLedger(circuitThermodynamics(program));
  const ends = GaussianEnds.of(program.sites)!;
  const shots = watch(program, (x, step) => {
    if (step === 1) ends.add(x);
  });
  for (const shot of shots) ledger.add(shot);
  ledger.ends = ends;
  return summariseLedger(ledger, program.duration);
}

const T = 0.7;
/** Wells 1, then 3: A = 2·well, and coupled by .5. */
const STIFF = { before: 2, after: 6, coupled: 0.5 };
const quench = (duration: number, shots: number): ResolvedProgram =>
  circuit({
    sites: 2,
    wells: { quadratic: 0, quartic: 0 },
    couplings: { kind: 'coo', entries: [[0, 1, STIFF.coupled]] },
    dynamics: { temperature: T },
    controls: {
      quadratic: [
        [0, STIFF.before / 2],
        [0, STIFF.after / 2],
      ],
    },
    initial: { kind: 'equilibrium' },
    duration,
    shots,
    seed: 8,
  });

describe('bounds of the entropy production of continuous sites', () => {
  it.each([0.05, 0.3, 3])(
    'Ornstein–Uhlenbeck after a quench, t = %f: between both bounds, and they meet',
    (duration) => {
      const { entropyProduction } = summaryOf(quench(duration, 4000));
      // Two modes of stiffness k ∓ c, independent: variance v(t) = T/k₁ + (T/k₀ − T/k₁) e^{−2k₁t}.
      let exact = 0;
      for (const c of [-STIFF.coupled, STIFF.coupled]) {
        const [k0, k1] = [STIFF.before + c, STIFF.after + c];
        const v0 = T / k0;
        const v = T / k1 + (v0 - T / k1) * Math.exp(-2 * k1 * duration);
        // Q/T = ½k₁(v₀ − v)/T, ΔS = ½ ln(v/v₀).
        exact += (0.5 * k1 * (v0 - v)) / T + 0.5 * Math.log(v / v0);
      }
      const { least, most, method } = entropyProduction!.bounds!;
      for (const { mean, sem } of [least, most]) {
        const said = `${mean} ± ${sem}, exactly ${exact}`;
        expect(Math.abs(mean! - exact), said).toBeLessThan(4 * sem!);
      }
      expect(most.sem!).toBeLessThan(0.06);
      expect(method).toMatch(duration < 1 ? /Gaussian of the covariance/ : /Gaussian|β\(W − ΔF\)/);
    },
  );

  it('a quartic well that is driven: the bound by a Gaussian of the states holds, and is above 0', () => {
    const program = circuit({
      sites: 3,
      wells: { quadratic: 0.5, quartic: 1 },
      dynamics: { temperature: 0.5, dt: 0.005 },
      drives: [
        {
          pattern: [1, 1, 1],
          amplitude: [
            [0, 0],
            [0, 2],
          ],
        },
      ],
      initial: { kind: 'equilibrium' },
      duration: 0.2,
      shots: 1000,
      seed: 5,
    });
    const { entropyProduction } = summaryOf(program);
    const { least, most } = entropyProduction!.bounds!;
    expect(least).toEqual({ mean: 0, sem: 0 });
    expect(most.mean!).toBeGreaterThan(4 * most.sem!);
  });

  it('a start at points has none: its entropy is −∞', () => {
    const program = circuit({ sites: 2, initial: { kind: 'zero' }, duration: 1, shots: 40 });
    expect(summaryOf(program).entropyProduction!.bounds).toBeUndefined();
    expect(circuitThermodynamics(program).start!.whyNoEntropy).toMatch(/−∞/);
  });
});

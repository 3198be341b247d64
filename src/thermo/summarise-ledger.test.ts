import { describe, expect, it } from 'vitest';
import { RunLedger, type ShotLedger, type ThermoContext } from './ledger.js';
import { SpinMarginals } from './spin-marginals.js';
import { summariseLedger } from './summarise-ledger.js';

const context: ThermoContext = {
  sites: 10,
  baths: [{ name: 'bath', temperature: 0.5 }],
  noEnergy: null,
  noHeat: null,
  noEntropy: null,
  entropyMethod: 'medium',
  jarzynskiBeta: 2,
  noJarzynski: null,
};
const shot = (work: number, heat: number, more: Partial<ShotLedger> = {}): ShotLedger => ({
  work,
  heat,
  bathHeat: [heat],
  energyChange: work - heat,
  mediumEntropy: heat / 0.5,
  ...more,
});
function ledgerOf(shots: readonly ShotLedger[], changes: Partial<ThermoContext> = {}): RunLedger {
  const ledger = new RunLedger({ ...context, ...changes });
  for (const one of shots) ledger.add(one);
  return ledger;
}

describe('summariseLedger', () => {
  it('gives means, standard errors and variances of work, heat and energy', () => {
    const summary = summariseLedger(ledgerOf([shot(1, 2), shot(3, 2)]), 4);
    expect(summary.work).toEqual({ mean: 2, sem: 1, variance: 2 });
    expect(summary.heat).toMatchObject({ mean: 2, sem: 0, variance: 0 });
    expect(summary.heat?.baths).toEqual([
      { bath: 'bath', temperature: 0.5, mean: 2, sem: 0, variance: 0 },
    ]);
    expect(summary.energyChange?.mean).toBe(0);
    expect(summary.firstLawResidual).toBe(0);
    expect(summary.warnings).toEqual([
      expect.stringMatching(/^jarzynski cannot be trusted: only 1\.04 of 2 shots/),
    ]);
  });

  it('gives entropy production in nats and as a rate', () => {
    const summary = summariseLedger(ledgerOf([shot(0, 1), shot(0, 3)]), 4);
    expect(summary.entropyProduction).toMatchObject({
      mean: 4,
      method: 'medium',
      rate: { mean: 1 },
    });
  });

  it('never leaves out a number that should be there without a reason', () => {
    const broken = ledgerOf([shot(0, 1), shot(0, 3, { mediumEntropy: NaN })]);
    const summary = summariseLedger(broken, 4);
    expect(summary.entropyProduction?.mean).toBeNull();
    expect(summary.warnings).toEqual([
      'entropyProduction is null: it is not finite in at least one shot',
    ]);
    const one = summariseLedger(ledgerOf([shot(0, 1)]), 4);
    expect(one.work?.variance).toBeNull();
    expect(one.warnings).toEqual([
      'standard errors and variances are null: they need at least two shots',
    ]);
    const none = summariseLedger(ledgerOf([]), 4);
    expect(none.heat?.mean).toBeNull();
    expect(none.entropyProduction?.rate.mean).toBeNull();
    expect(none.jarzynski?.mean).toBeNull();
    expect(none.warnings).toContain('heat is null: no shot ended');
    expect(none.warnings).toContain('jarzynski is null: no shot ended');
  });

  it('averages exp(−βW)', () => {
    const summary = summariseLedger(ledgerOf([shot(0, 0), shot(1, 0)]), 1);
    expect(summary.jarzynski?.mean).toBeCloseTo((1 + Math.exp(-2)) / 2, 14);
  });

  it('has no number for an average that does not fit into a double, and says what it is', () => {
    const summary = summariseLedger(ledgerOf([shot(-1000, 0), shot(-1000, 0)]), 1);
    expect(summary.jarzynski).toMatchObject({ mean: null, sem: null });
    expect(summary.warnings.join()).toContain('e^2000');
  });

  it('refuses a shot that breaks the first law, and names it', () => {
    const broken = shot(1, 2, { energyChange: -1 + 2e-8 });
    expect(() => summariseLedger(ledgerOf([shot(1, 2), broken]), 1)).toThrowError(
      /^shot 1: \|ΔE − W \+ Q\|/,
    );
    try {
      summariseLedger(ledgerOf([shot(1, 2), broken]), 1);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'first-law-violated', details: { shot: 1 } });
    }
  });

  it('does not judge measurements that do not close exactly, and says why', () => {
    const measured = shot(1, 2, { energyChange: -1.01 });
    const summary = summariseLedger(
      ledgerOf([measured, measured], { noFirstLaw: 'three measurements' }),
      1,
    );
    expect(summary.firstLawResidual).toBeNull();
    expect(summary.heat?.mean).toBe(2);
    expect(summary.warnings).toEqual(['firstLawResidual is null: three measurements']);
  });

  it('refuses a shot whose first law cannot be judged', () => {
    expect(() => summariseLedger(ledgerOf([shot(1, NaN)]), 1)).toThrowError(/first|ΔE/);
  });

  it('accepts a residual within 1e-9 per site and reports the largest', () => {
    const summary = summariseLedger(
      ledgerOf([shot(1, 2), shot(1, 2, { energyChange: -1 + 5e-9 })]),
      1,
    );
    expect(summary.firstLawResidual).toBeCloseTo(5e-9, 14);
  });

  const reasons: [keyof ThermoContext, string, RegExp][] = [
    [
      'noEnergy',
      'couplings are asymmetric',
      /work, energyChange and firstLawResidual are null: couplings/,
    ],
    ['noHeat', 'synchronous updates', /heat and firstLawResidual are null: synchronous/],
    ['noEntropy', 'T = 0', /entropyProduction is null: T = 0/],
  ];
  it.each(reasons)('is null with the reason where %s is given', (member, reason, warning) => {
    const summary = summariseLedger(ledgerOf([shot(1, 2), shot(1, 2)], { [member]: reason }), 1);
    expect(summary.warnings.join('\n')).toMatch(warning);
    if (member === 'noEnergy') expect([summary.work, summary.energyChange]).toEqual([null, null]);
    if (member === 'noHeat') expect(summary.heat).toBeNull();
    if (member !== 'noEntropy') expect(summary.firstLawResidual).toBeNull();
    if (member === 'noEntropy') expect(summary.entropyProduction).toBeNull();
  });

  it('has no Jarzynski average without an equilibrium start, and says why', () => {
    const summary = summariseLedger(
      ledgerOf([shot(1, 2), shot(1, 2)], {
        jarzynskiBeta: null,
        noJarzynski: "it needs an equilibrium start, not 'corrupted'",
      }),
      1,
    );
    expect(summary.jarzynski).toBeNull();
    expect(summary.warnings).toContain(
      "jarzynski is null: it needs an equilibrium start, not 'corrupted'",
    );
  });

  it('says that one shot has no standard error', () => {
    const summary = summariseLedger(ledgerOf([shot(1, 2)]), 1);
    expect(summary.work).toEqual({ mean: 1, sem: null, variance: null });
    expect(summary.warnings.join()).toMatch(/at least two shots/);
  });

  describe('shares of the work', () => {
    const driven = (changing: { drives: boolean; controls: boolean }) =>
      summariseLedger(ledgerOf([shot(1, 2), shot(3, 1)], { changing }), 1);

    it('are all of it where only drives, or only controls, change', () => {
      const byDrives = driven({ drives: true, controls: false }).work!;
      expect(byDrives.drives).toEqual({ mean: 2, sem: byDrives.sem, variance: 2 });
      expect(byDrives.controls).toEqual({ mean: 0, sem: 0, variance: 0 });
      expect(driven({ drives: false, controls: true }).work!.controls!.mean).toBe(2);
    });

    it('are null with the reason where both change and the device books one sum', () => {
      const { work, warnings } = driven({ drives: true, controls: true });
      expect([work!.drives, work!.controls]).toEqual([null, null]);
      expect(warnings.join()).toMatch(
        /work\.drives and work\.controls are null: drives and controls/,
      );
    });

    it('are what the device booked where it booked them', () => {
      const shots = [
        shot(1, 2, { driveWork: 3, controlWork: -2 }),
        shot(3, 1, { driveWork: 1, controlWork: 2 }),
      ];
      const { work } = summariseLedger(
        ledgerOf(shots, { changing: { drives: true, controls: true } }),
        1,
      );
      expect([work!.drives!.mean, work!.controls!.mean]).toEqual([2, 0]);
    });
  });

  describe('housekeeping and excess heat', () => {
    const shots = [shot(1, 2), shot(3, 1)];
    it('is all excess in detailed balance', () => {
      const balance = { detailed: true, why: null };
      const { heat } = summariseLedger(ledgerOf(shots, { balance }), 1);
      expect([heat!.housekeeping!.mean, heat!.excess!.mean]).toEqual([0, 1.5]);
    });

    it('is all housekeeping in a stationary run without detailed balance', () => {
      const balance = { detailed: false, why: 'two baths' };
      const { heat } = summariseLedger(ledgerOf(shots, { balance, stationary: true }), 1);
      expect([heat!.housekeeping!.mean, heat!.excess!.mean]).toEqual([1.5, 0]);
    });

    it('is told apart, for each bath too, where the stationary currents are known and nothing changes', () => {
      const baths = [
        { name: 'hot', temperature: 2 },
        { name: 'cold', temperature: 1 },
      ];
      const apart = [shot(0, 1, { bathHeat: [-2, 3] }), shot(0, 3, { bathHeat: [-1, 4] })];
      const balance = { detailed: false, why: 'two baths' };
      const { heat } = summariseLedger(
        ledgerOf(apart, { baths, balance, stationaryHeat: [-0.5, 0.75], jarzynskiBeta: null }),
        4,
      );
      expect(heat!.housekeeping).toEqual({ mean: 1, sem: 0 });
      expect(heat!.excess).toEqual({ mean: 1, sem: 1 });
      expect(
        heat!.baths.map(({ housekeeping, excess }) => [housekeeping!.mean, excess!.mean]),
      ).toEqual([
        [-2, 0.5],
        [3, 0.5],
      ]);
    });

    it('is null with the reason elsewhere', () => {
      const balance = { detailed: false, why: 'the baths have different temperatures' };
      const { heat, warnings } = summariseLedger(ledgerOf(shots, { balance }), 1);
      expect([heat!.housekeeping, heat!.excess]).toEqual([null, null]);
      expect(warnings.join()).toMatch(
        /heat\.housekeeping and heat\.excess are null: the baths have different temperatures, and/,
      );
    });
  });

  describe('bounds of the entropy production', () => {
    const many = Array.from({ length: 40 }, (_, k) => shot(1 + (k % 2), 2 + (k % 3)));
    it('are β(W − ΔF) above where ΔF is known, and never below 0', () => {
      const { entropyProduction } = summariseLedger(
        ledgerOf(many, {
          jarzynskiBeta: 2,
          freeEnergyChange: 0.5,
          start: { entropy: 10, uniform: false, freeSpins: 4 },
        }),
        1,
      );
      expect(entropyProduction!.bounds!.least.mean).toBe(0);
      expect(entropyProduction!.bounds!.most.mean).toBeCloseTo(2 * (1.5 - 0.5), 12);
    });

    it('come from the states at the end else', () => {
      const ledger = ledgerOf(many, {
        jarzynskiBeta: null,
        start: { entropy: 0, uniform: false, freeSpins: 2 },
      });
      const ends = SpinMarginals.of(2)!;
      many.forEach((_, k) => ends.add([1, k % 4 < 2 ? 1 : -1]));
      ledger.ends = ends;
      const medium = ledger.mediumEntropy.reduce((a, b) => a + b, 0) / 40;
      const { bounds } = summariseLedger(ledger, 1).entropyProduction!;
      expect(bounds!.least.mean).toBeCloseTo(medium, 12);
      expect(bounds!.most.mean).toBeCloseTo(medium + Math.LN2, 12);
      expect(bounds!.most.sem).toBeGreaterThan(0);
    });

    it('are left out where the start’s entropy is not known', () => {
      const { entropyProduction } = summariseLedger(ledgerOf(many), 1);
      expect(entropyProduction!.bounds).toBeUndefined();
    });
  });
});

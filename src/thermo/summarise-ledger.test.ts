import { describe, expect, it } from 'vitest';
import { RunLedger, type ShotLedger, type ThermoContext } from './ledger.js';
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
    expect(summary.warnings).toEqual([]);
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
    expect(summary.jarzynski).toEqual({ mean: null, sem: null });
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
});

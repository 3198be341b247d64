import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../core/index.js';
import { EnergyLedger } from './energy-ledger.js';

describe('EnergyLedger', () => {
  it('books controls that move as work at the state they meet, and states that move as heat', () => {
    const ledger = new EnergyLedger(1);
    ledger.terms.set([2, 5]); // E = 2c + 5
    ledger.begin(Float64Array.of(1));
    expect(ledger.energy).toBe(7);
    ledger.turn(Float64Array.of(4));
    expect([ledger.work, ledger.heat, ledger.energy]).toEqual([6, 0, 13]);
    ledger.terms.set([-1, 5]);
    ledger.moved();
    expect([ledger.work, ledger.heat, ledger.energy]).toEqual([6, 12, 1]);
    expect(ledger.close(-6, 3)).toEqual({
      work: 6,
      heat: 12,
      bathHeat: [12],
      energyChange: -6,
      mediumEntropy: 4,
    });
  });

  it('closes the first law over any course, and starts anew', () => {
    const stream = RandomStream.of(1);
    const ledger = new EnergyLedger(3);
    for (let shot = 0; shot < 3; shot++) {
      const controls = Float64Array.from({ length: 3 }, () => stream.normal());
      for (let k = 0; k < 4; k++) ledger.terms[k] = stream.normal();
      ledger.begin(controls);
      const before = ledger.energy;
      for (let s = 0; s < 1000; s++) {
        for (let k = 0; k < 3; k++) controls[k]! += 0.1 * stream.normal();
        ledger.turn(controls);
        for (let k = 0; k < 4; k++) ledger.terms[k]! += 0.1 * stream.normal();
        ledger.moved();
      }
      expect(ledger.energy - before).toBeCloseTo(ledger.work - ledger.heat, 9);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { readProgram, validateProgram, type Descriptor } from '../../device/index.js';
import { CHIP, circuitDescriptor } from '../../emulate/index.js';
import { sampleDescriptor } from '../../device/sample-descriptor.test-support.js';
import { allPairs, disjointRounds, planProbes } from './plan-probes.js';

const CIRCUIT = circuitDescriptor('rc-langevin', 'rc-langevin', CHIP);

describe('a plan of probes', () => {
  it('is made of programs that the device takes as they are', () => {
    const { probes } = planProbes(CIRCUIT, { sites: 5 });
    for (const { program, name } of probes) {
      expect(validateProgram(readProgram(program), CIRCUIT), name).toEqual([]);
    }
  });

  it('says beforehand what it costs', () => {
    const plan = planProbes(CIRCUIT, { sites: 4 });
    const seconds = plan.probes.reduce(
      (sum, { program, shots }) => sum + shots * (program['duration'] as number) * 2e-6,
      0,
    );
    expect(plan.cost.deviceS).toBeCloseTo(seconds, 9);
    expect(plan.cost.rows).toBe(
      plan.probes.reduce((sum, { course, shots }) => sum + shots * course.length, 0),
    );
    const longer = planProbes(CIRCUIT, { sites: 4, effort: 4 });
    expect(longer.cost.deviceS / plan.cost.deviceS).toBeCloseTo(4, 0);
  });

  it('meets each pair once, in rounds in which no site is twice', () => {
    for (const sites of [2, 5, 8, 16]) {
      const rounds = disjointRounds(sites, allPairs(sites));
      expect(rounds).toHaveLength(sites - 1 + (sites % 2));
      const met = new Set(rounds.flat().map(([i, j]) => `${i},${j}`));
      expect(met.size).toBe((sites * (sites - 1)) / 2);
      for (const round of rounds) expect(new Set(round.flat()).size).toBe(2 * round.length);
    }
  });

  it('says what stays open where the device shows no heat', () => {
    const blind: Descriptor = {
      ...CIRCUIT,
      readout: { ...CIRCUIT.readout, channels: [{ name: 'state', unit: 'V0' }] },
    };
    const plan = planProbes(blind, { sites: 2 });
    expect(plan.probes.every(({ kind }) => kind === 'states')).toBe(true);
    expect(plan.missing.join()).toContain('no heat is measured');
  });

  it('keeps to the device’s shortest time between readouts, its field and its couplings', () => {
    const narrow: Descriptor = {
      ...CIRCUIT,
      fields: { range: [-0.5, 0.5], resolution: 0.125 },
      couplings: { ...CIRCUIT.couplings, range: [-0.25, 0.25], resolution: 0.1 },
      readout: { ...CIRCUIT.readout, minEvery: 0.3 },
    };
    for (const { setting, course } of planProbes(narrow, { sites: 3 }).probes) {
      expect(course.interval).toBeGreaterThanOrEqual(0.3);
      for (const h of setting.fields) expect(Math.abs(h)).toBeLessThanOrEqual(0.5);
      for (let k = 2; k < setting.couplings.length; k += 3)
        expect(setting.couplings[k]).toBeCloseTo(0.2, 12);
    }
  });

  it('refuses devices that are no circuit, with what they lack', () => {
    expect(() => planProbes(sampleDescriptor())).toThrow(/does not say its/);
    expect(() => planProbes({ ...CIRCUIT, initial: ['random'] }, { sites: 2 })).toThrow(/initial/);
  });
});

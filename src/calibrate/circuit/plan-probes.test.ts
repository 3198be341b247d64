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

  it('has no shot of more than boards keep until a line has carried it', () => {
    const long = (sites: number) => planProbes(CIRCUIT, { sites, siteTemperatures: true });
    for (const sites of [2, 4, 16, 64]) {
      const plan = long(sites);
      for (const { course, name, kind, shots } of plan.probes) {
        if (kind !== 'states') continue;
        expect(course.length * (24 + 2 * sites), name).toBeLessThanOrEqual(2 ** 15);
        // However it is cut, the noise of a node is seen as long.
        if (!/^(rest|half)/.test(name)) continue;
        const rate = name.includes('quadratic 3') ? 3 : 1;
        expect(shots * (course.length - 1) * course.interval * rate, name).toBeCloseTo(1500, -1);
      }
    }
    expect(long(64).probes[0]!.shots).toBeGreaterThan(long(4).probes[0]!.shots);
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

  it('drives all sites up and down in quartic and in double wells where the device has them', () => {
    const { probes, parameters, missing } = planProbes(CIRCUIT, { sites: 3 });
    const quartic = probes.filter(({ setting }) => setting.quartic!.some((r) => r > 0));
    const of = (k: number) => quartic[k]!.setting;
    expect(quartic.map((_, k) => of(k).quadratic[0])).toEqual([1, 1, -1, -1]);
    for (const k of [0, 2]) expect(of(k + 1).fields).toEqual(of(k).fields.map((h) => -h));
    for (const { setting, kind } of quartic) {
      expect(kind).toBe('states');
      expect([...setting.quartic!]).toEqual([1, 1, 1]);
      expect(setting.couplings).toHaveLength(0);
      expect(setting.temperature).toBeLessThanOrEqual(0.1);
    }
    expect(missing).toEqual([]);
    expect(parameters.list.slice(-3).map(({ name }) => name)).toEqual(
      [0, 1, 2].map((i) => `quarticGain[${i}]`),
    );
    const without = planProbes(CIRCUIT, { sites: 3, quartic: false });
    expect(without.probes).toEqual(probes.filter((probe) => !quartic.includes(probe)));
    expect(without.parameters.list.some(({ name }) => name.includes('quartic'))).toBe(false);
    const flat: Descriptor = { ...CIRCUIT, wells: { ...CIRCUIT.wells!, quartic: [0, 0] } };
    expect(planProbes(flat, { sites: 3 }).cost).toEqual(without.cost);
  });

  it('leaves quartic wells out where fields are weak or the device is warm, and says so', () => {
    const weak: Descriptor = { ...CIRCUIT, fields: { range: [-2, 2], resolution: null } };
    const quadratics = (descriptor: Descriptor) =>
      planProbes(descriptor, { sites: 2 }).probes.flatMap(({ setting }) =>
        setting.quartic![0]! > 0 ? [setting.quadratic[0]] : [],
      );
    expect(quadratics(weak)).toEqual([1, 1]);
    const { temperature } = CIRCUIT.dynamics;
    for (const bad of [
      { ...CIRCUIT, fields: { range: [0, 0], resolution: null } },
      {
        ...CIRCUIT,
        dynamics: { ...CIRCUIT.dynamics, temperature: { ...temperature, range: [0.2, 1] } },
      },
    ] as Descriptor[]) {
      expect(quadratics(bad)).toEqual([]);
      const { missing, parameters } = planProbes(bad, { sites: 2 });
      expect(missing.join()).toContain('gains of quartic wells are not measured');
      expect(parameters.quartic).toBe(false);
    }
  });

  it('holds one site of each pair warm where that is asked for, and adds nothing where it is not', () => {
    const usual = planProbes(CIRCUIT, { sites: 5 });
    expect(planProbes(CIRCUIT, { sites: 5, siteTemperatures: false })).toEqual(usual);
    const plan = planProbes(CIRCUIT, { sites: 5, siteTemperatures: true });
    expect(plan.probes.slice(0, usual.probes.length)).toEqual(usual.probes);
    const added = plan.probes.slice(usual.probes.length);
    expect(added.map(({ kind }) => kind)).toEqual(
      [...'ss', ...'hhhhh'].map((k) => (k === 's' ? 'states' : 'heat')),
    );
    expect(plan.cost.shots - usual.cost.shots).toBe(2 * 8 + 5 * 1000);
    for (const { program, name } of added)
      expect(validateProgram(readProgram(program), CIRCUIT), name).toEqual([]);
    const [first, second] = added.map(({ setting }) => setting.temperature as Float64Array);
    for (let i = 0; i < 5; i++) expect([first![i], second![i]].sort()).toEqual([0.02, 1]);
    const { couplings } = added[0]!.setting;
    expect(couplings).toHaveLength(6);
    for (let k = 0; k < 6; k += 3) {
      expect(first![couplings[k]!]).not.toBe(first![couplings[k + 1]!]);
    }
    added.slice(2).forEach(({ setting }, site) => {
      const warm = (setting.temperature as Float64Array).map((T) => (T === 1 ? 1 : 0));
      expect([...warm]).toEqual([0, 1, 2, 3, 4].map((i) => (i === site ? 1 : 0)));
    });
  });

  it('refuses two temperatures of a device that has one, or none that differ', () => {
    const { temperature } = CIRCUIT.dynamics;
    const of = (change: Partial<typeof temperature>): Descriptor => ({
      ...CIRCUIT,
      dynamics: { ...CIRCUIT.dynamics, temperature: { ...temperature, ...change } },
    });
    const options = { sites: 2, siteTemperatures: true };
    expect(() => planProbes(of({ perSite: false }), options)).toThrow(/temperature.perSite/);
    expect(() => planProbes(of({ range: [1, 1] }), options)).toThrow(/temperature.range/);
    expect(() => planProbes(of({ perSite: false }), { sites: 2 })).not.toThrow();
  });

  it('refuses devices that are no circuit, with what they lack', () => {
    expect(() => planProbes(sampleDescriptor())).toThrow(/does not say its/);
    expect(() => planProbes({ ...CIRCUIT, initial: ['random'] }, { sites: 2 })).toThrow(/initial/);
  });
});

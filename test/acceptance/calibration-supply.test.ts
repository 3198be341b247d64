import { describe, expect, it } from 'vitest';
import {
  heldOutPrograms,
  measuredSupply,
  planProbes,
  USUAL_SUPPLY_GAIN,
} from '../../src/calibrate/index.js';
import { moments } from '../../src/thermo/index.js';
import { BLIND, MeasuredBoard } from '../support/measured-board.js';
import { holdBound } from '../support/hold.js';
import { FULL_SIZE } from '../support/run-simulation.js';

/**
 * What boards take from their supplies, on boards whose couplings are 5 % off, whose monitors are 1 % off, and whose power is that of the
 * bench (0.5 W, and 1 mW a site; couplings and converters a ten-thousandth of it) or of a chip a hundred thousand times smaller,
 * where heat counts. What is asked is chance alone: 4 standard errors of a share or a mean.
 */
const BOARDS = FULL_SIZE ? 200 : 20;
const EFFORT = 0.1;
const PROFILES = [
  ['of the bench', { ...BLIND, sites: 4 }],
  [
    'of a small chip',
    {
      ...BLIND,
      sites: 4,
      staticW: 5e-6,
      siteW: 1e-8,
      overdriveV: 5e-3,
      conversionJ: 1e-12,
    },
  ],
] as const;
const NAMES = ['supplyStatic', 'supplyReadout', 'supplyCoupling'] as const;

describe.each(PROFILES)('the supply of boards %s', (what, profile) => {
  const zs = new Map<string, number[]>();
  const add = (name: string, z: number): void => {
    zs.set(name, [...(zs.get(name) ?? []), z]);
  };

  it('is found in its parts, and what it gives is predicted', () => {
    for (let b = 0; b < BOARDS; b++) {
      const board = new MeasuredBoard(profile, `supply-${b}`);
      const plan = planProbes(board.descriptor, { effort: EFFORT });
      const held = heldOutPrograms(board.descriptor, plan.parameters);
      const probes = [...plan.probes, ...held];
      const runs = probes.map((probe, k) => {
        const { supplyJ, heat } = board.run(probe, 1000 * b + k + 1).cost;
        const of = (values: Float64Array) => {
          const { mean, sem } = moments(values);
          return { mean, sem };
        };
        return { thermodynamics: { supply: of(supplyJ), heat: of(heat) } };
      });
      const fitted = plan.probes.length;
      const heat = { gain: board.truth('heatGain'), offsetW: board.truth('heatOffset') };
      const report = measuredSupply(
        probes,
        fitted,
        runs,
        board.descriptor,
        USUAL_SUPPLY_GAIN,
        heat,
      )!;
      for (const { name, value, standardError } of report.fit.parameters) {
        if (name === 'supplyGain') continue;
        add(name, (value - board.truth(name)) / standardError!);
      }
      for (const one of report.heldOut) add('held out', one!.z);
      // A board that takes 5 % more than it did when it was calibrated.
      for (const one of report.heldOut) {
        const { measured, predicted } = one!;
        const error = Math.hypot(measured.sem, predicted.sem);
        add('5 % more', (1.05 * measured.mean - predicted.mean) / error);
      }
    }
    for (const name of NAMES) {
      const list = zs.get(name)!;
      expect(list, name).toHaveLength(BOARDS);
      const n = list.length;
      holdBound({
        quantity: `${name} of boards ${what}: bias over standard error`,
        got: Math.abs(moments(list).mean),
        most: 4 / Math.sqrt(n),
        class: 'exact',
        sample: `${n} boards`,
      });
      holdBound({
        quantity: `${name} of boards ${what}: share of 95 % intervals that hold the truth`,
        got: list.filter((z) => Math.abs(z) < 1.96).length / n,
        least: 0.95 - 4 * Math.sqrt((0.95 * 0.05) / n),
        class: 'exact',
        sample: `${n} boards`,
      });
    }
    const list = zs.get('held out')!;
    const ofHeld = { class: 'exact', sample: `${list.length} programs` } as const;
    holdBound({
      quantity: `held-out energy of boards ${what}: bias over standard error`,
      got: Math.abs(moments(list).mean),
      most: 4 / Math.sqrt(list.length),
      ...ofHeld,
    });
    holdBound({
      quantity: `held-out energy of boards ${what}: share within 2 standard errors`,
      got: list.filter((z) => Math.abs(z) < 2).length / list.length,
      least: 0.95 - 4 * Math.sqrt((0.95 * 0.05) / list.length),
      ...ofHeld,
    });
    const wrong = zs.get('5 % more')!;
    holdBound({
      quantity: `held-out energy of boards ${what} that take 5 % more: share within 2 standard errors`,
      got: wrong.filter((z) => Math.abs(z) < 2).length / wrong.length,
      most: 0.5,
      class: 'choice',
      sample: `${wrong.length} programs`,
    });
  });
});

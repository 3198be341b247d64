import { describe, expect, it } from 'vitest';
import { fitCircuit, planProbes } from '../../src/calibrate/index.js';
import { PROFILES, type CircuitProfile } from '../../firmware-sim/circuit/circuit-profile.js';
import { BLIND, MeasuredBoard } from '../support/measured-board.js';
import { holdBound } from '../support/hold.js';
import { FULL_SIZE } from '../support/run-simulation.js';

/**
 * Boards whose readout has a low-pass of 0.05 RC, half of the simulator's step: fits find it beside all other parameters. What is asked is chance
 * alone: means of (estimate − truth)/(standard error) within 4/√count of 0, and 95 % intervals that hold the truth to 4 standard errors
 * of their share. Short: 4 boards of one node.
 */
const SITES = FULL_SIZE ? 2 : 1;
const EFFORT = 0.4;
const boards: readonly [string, CircuitProfile, number, RegExp][] = [
  ['whose parts are 5 % off', { ...BLIND, readoutPoleRc: 0.05 }, FULL_SIZE ? 100 : 4, /./],
  // Bends of converters and warmth are not in the model: they show in gains of fields and couplings.
  [
    'of the bench, as they are',
    PROFILES['bench']!,
    FULL_SIZE ? 60 : 0,
    /^(capacitance|resistance|temperature|readoutNoise|readoutPole)/,
  ],
];

describe('the low-pass before a readout', () => {
  it.each(boards.filter(([, , count]) => count > 0))(
    'is found with all that is beside it, on boards %s',
    (what, parts, count, asked) => {
      const profile = { ...parts, sites: SITES };
      const zs = new Map<string, number[]>();
      for (let b = 0; b < count; b++) {
        const board = new MeasuredBoard(profile, `pole-${b}`);
        const plan = planProbes(board.descriptor, { effort: EFFORT });
        const runs = plan.probes.map((probe, k) => board.run(probe, 1000 * b + k + 1));
        const { estimate } = fitCircuit(plan.parameters, runs, [
          { name: 'heatGain', value: 1, standardError: profile.monitorSpread },
          ...Array.from({ length: SITES }, (_, i) => ({
            name: `fieldGain[${i}]`,
            value: 1,
            standardError: profile.driveSpread,
          })),
        ]);
        for (const { name, value, standardError } of estimate.parameters) {
          if (!asked.test(name)) continue;
          const kind = name.replace(/\[.*/, '');
          const list = zs.get(kind) ?? [];
          zs.set(kind, list);
          list.push((value - board.truth(name)) / standardError!);
        }
      }
      expect(zs.get('readoutPole')).toHaveLength(count);
      for (const [kind, list] of zs) {
        const n = list.length;
        const bound = { class: 'exact', sample: `${n} parameters of ${count} boards` } as const;
        const mean = list.reduce((sum, z) => sum + z, 0) / n;
        holdBound({
          quantity: `${kind} of boards ${what}: bias over standard error`,
          got: Math.abs(mean),
          most: 4 / Math.sqrt(n),
          ...bound,
        });
        holdBound({
          quantity: `${kind} of boards ${what}: share of 95 % intervals that hold the truth`,
          got: list.filter((z) => Math.abs(z) < 1.96).length / n,
          least: 0.95 - 4 * Math.sqrt((0.95 * 0.05) / n),
          ...bound,
        });
      }
    },
  );
});

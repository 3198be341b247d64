import { describe, expect, it } from 'vitest';
import type { Calibration } from '../../src/device/index.js';
import { temporaryFolder } from '../../src/lab/temporary-folder.test-support.js';
import { RelaxdCommand } from '../support/relaxd-command.js';

const relaxd = new RelaxdCommand(temporaryFolder());

describe('relaxd calibrate', () => {
  it('measures an emulated circuit, whose readout has no noise, and says so', async () => {
    const call = ['calibrate', '--device', 'rc-langevin', '--sites', '2', '--effort', '0.3'];
    const { exit, out } = await relaxd.call(...call, '--seed', '3', '--json');
    expect(exit).toBe(0);
    const { calibration, warnings } = JSON.parse(out) as {
      readonly calibration: Pick<Calibration, 'parameters'>;
      readonly warnings: readonly string[];
    };
    const noises = calibration.parameters.filter(({ name }) => name.startsWith('readoutNoise'));
    expect(noises).toHaveLength(2);
    for (const noise of noises) expect(noise).toMatchObject({ identified: false });
    for (const { name, value, standardError, unit } of calibration.parameters) {
      if (name.startsWith('readoutNoise')) continue;
      const nominal = { F: 1e-12, ohm: 1e6, K: 300, 1: 1, A: 0, V: 0, W: 0 }[unit]!;
      // Beyond 4.5 of a normal law: one in 6e3 calls with these 20 numbers.
      expect(Math.abs(value - nominal) / standardError!, name).toBeLessThan(4.5);
    }
    const told = /^readoutNoise\[\d\]: not identified, none is seen; it is below [45]\.\de-9 V/;
    expect(warnings.filter((warning) => told.test(warning))).toHaveLength(2);
  }, 60_000);
});

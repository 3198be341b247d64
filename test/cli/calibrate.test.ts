import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DissipationReport } from '../../src/calibrate/index.js';
import type { Calibration } from '../../src/device/index.js';
import { temporaryFolder } from '../../src/lab/temporary-folder.test-support.js';
import { COOL_PAIR } from '../support/dissipation-trial.js';
import { RelaxdCommand } from '../support/relaxd-command.js';

const folder = temporaryFolder();
const relaxd = new RelaxdCommand(folder);
const record = join(folder, 'calibration.json');

describe('relaxd calibrate', () => {
  it('measures an emulated circuit, whose readout has no noise, and says so', async () => {
    const call = ['calibrate', '--device', 'rc-langevin', '--sites', '2', '--effort', '0.3'];
    const { exit, out } = await relaxd.call(...call, '--seed', '3', '--out', record, '--json');
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
  }, 180_000);
});

describe('relaxd dissipation', () => {
  it('says what it will tell of a program of two temperatures, and tells it', async () => {
    const program = join(folder, 'pair.json');
    writeFileSync(program, JSON.stringify(COOL_PAIR));
    const call = ['dissipation', program, '--device', 'rc-langevin', '--calibration', record];
    const [plan, told, bare] = await relaxd.together([
      [...call, '--dry-run'],
      [...call, '--seed', '1', '--json'],
      call.slice(0, 4),
    ]);
    expect(plan!.out).toMatch(/^rc-langevin: 6 runs, \d+ shots/);
    expect(plan!.out).toMatch(/^0 +0\.1[34]\d* ± 0\.0\d+ .*\n1 +-0\.1/m);
    const report = JSON.parse(told!.out) as DissipationReport;
    // TC-14: κ²(T₂ − T₁)/(l₁ + l₂).
    const { mean, sem } = report.sites[0]!.current;
    expect(Math.abs(mean - 0.98 / 7) / sem).toBeLessThan(4.5);
    expect(mean / sem).toBeGreaterThan(8);
    expect(report).toMatchObject({ version: 1, device: 'rc-langevin', agrees: true });
    expect(bare!.exit).not.toBe(0);
    expect(bare!.err).toContain('not-calibrated');
  }, 180_000);
});

/**
 * The campaign of full, read-only and slow disks (test/campaign/disk.test.ts): `npm run campaign -- disk`. It mounts small file systems
 * of its own and so wants root; what it may not do it says.
 */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const vitest = resolve(import.meta.dirname, '../node_modules/vitest/vitest.mjs');
const args = [vitest, 'run', '--project', 'campaigns', 'test/campaign/disk.test.ts'];
const { status } = spawnSync(process.execPath, args, {
  cwd: resolve(import.meta.dirname, '..'),
  stdio: 'inherit',
  env: { ...process.env, RELAXD_CAMPAIGN: 'full' },
});
process.exit(status ?? 1);

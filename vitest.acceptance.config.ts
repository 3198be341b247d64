import { defineConfig } from 'vitest/config';

/** The acceptance tables of the physics pages at full size: `npm run acceptance`. */
process.env['RELAXD_ACCEPTANCE'] = 'full';
const config = defineConfig({
  test: {
    include: ['test/acceptance/**/*.test.ts'],
    // So long that only what hangs is ended: how fast a machine is does not decide what holds.
    testTimeout: 2 * 60 * 60_000,
    hookTimeout: 2 * 60 * 60_000,
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['default'],
  },
});
export { config as default };

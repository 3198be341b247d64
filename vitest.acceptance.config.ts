import { defineConfig } from 'vitest/config';

/** The acceptance tables of the physics pages at full size: `npm run acceptance`. */
process.env['RELAXD_ACCEPTANCE'] = 'full';
const config = defineConfig({
  test: {
    include: ['test/acceptance/**/*.test.ts'],
    testTimeout: 20 * 60_000,
    hookTimeout: 20 * 60_000,
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['default'],
  },
});
export { config as default };

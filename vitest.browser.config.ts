import { defineConfig } from 'vitest/config';

/** Tests of what a person sees, in Debian's Chromium: `npm run test:browser`. */
const config = defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 1,
    reporters: ['default'],
  },
});
export { config as default };

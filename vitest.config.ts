import { defineConfig } from 'vitest/config';

/** Unit, contract and reduced acceptance tests: everything `npm test` runs. */
const config = defineConfig({
  test: {
    include: [
      'src/**/*.test.ts',
      'drivers/**/*.test.ts',
      'firmware-sim/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', 'dist/**', 'test/browser/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['default'],
  },
});
export { config as default };

import { defineConfig, type TestUserConfig } from 'vitest/config';

/** Loops that run for long: faster in a process whose compiler has seen nothing else. */
export const LONG: readonly string[] = [
  'test/acceptance/glauber-retrieval.test.ts',
  'test/acceptance/cavity-recall.test.ts',
];

/** Whole services and nodes that are killed, cut off and fuzzed, in short: `npm run test:campaigns`; in full `npm run campaign`. */
const CAMPAIGNS = [
  'test/campaign/**/*.test.ts',
  'test/scripts/lab-of-nodes.test.ts',
  'test/service/fuzz-api.test.ts',
  'test/service/kill*.test.ts',
  'test/service/*nodes.test.ts',
];

/** Of every configuration but those that take their own time. */
export const COMMON: TestUserConfig = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  pool: 'forks',
  maxWorkers: 2,
  reporters: ['default'],
};

/** Unit, contract and reduced acceptance tests are the projects `rooms` and `devices`: what `npm test` runs. */
const config = defineConfig({
  test: {
    exclude: ['**/node_modules/**', 'dist/**', 'test/browser/**'],
    ...COMMON,
    projects: [
      {
        // Rooms tested by themselves, and physics: files share a process, which saves loading the same modules hundreds of times.
        extends: true,
        test: {
          name: 'rooms',
          include: [
            'src/**/*.test.ts',
            'firmware-sim/**/*.test.ts',
            'test/acceptance/**/*.test.ts',
          ],
          exclude: [...LONG],
          isolate: false,
          setupFiles: ['test/support/without-engine.ts'],
        },
      },
      {
        // Devices, threads, processes and memory: a process a file.
        extends: true,
        test: {
          name: 'devices',
          include: ['drivers/**/*.test.ts', 'test/!(acceptance|browser)/**/*.test.ts', ...LONG],
          exclude: CAMPAIGNS,
        },
      },
      { extends: true, test: { name: 'campaigns', include: CAMPAIGNS } },
    ],
  },
});
export { config as default };

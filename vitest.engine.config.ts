import { defineConfig } from 'vitest/config';
import { ENGINE_FREE } from './test/support/engine-free.js';
import { COMMON, LONG } from './vitest.config.js';

/**
 * What computes on the default engine: `RELAXD_ENGINE=wasm npm run test:engine`. Kernels' other tests name their engines, so that
 * `npm test` has run them on each.
 */
const config = defineConfig({
  test: {
    ...COMMON,
    projects: [
      {
        extends: true,
        test: {
          name: 'tables',
          include: ['test/acceptance/**/*.test.ts', 'src/kernels/spin/**/*.test.ts'],
          exclude: [...ENGINE_FREE, ...LONG],
          isolate: false,
        },
      },
      {
        extends: true,
        test: { name: 'alone', include: ['test/kernels/**/*.test.ts', ...LONG] },
      },
    ],
  },
});
export { config as default };

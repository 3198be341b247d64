import { afterAll, beforeAll, expect } from 'vitest';
import { ENGINE_FREE } from './engine-free.js';

/** Run before each file: those that are said to compute on no engine find none. */
const path = expect.getState().testPath ?? '';
if (ENGINE_FREE.some((file) => path.endsWith(file))) {
  const before = process.env['RELAXD_ENGINE'];
  beforeAll(() => {
    process.env['RELAXD_ENGINE'] = 'none: see test/support/engine-free.ts';
  });
  afterAll(() => {
    if (before === undefined) delete process.env['RELAXD_ENGINE'];
    else process.env['RELAXD_ENGINE'] = before;
  });
}

import { describe, expect, it } from 'vitest';
import { fuzzTestService } from './fuzz-test-service.js';

describe('Requests made up from the OpenAPI document (npm run campaign -- api: many more)', () => {
  it('are never answered with a defect, always as documented, and none that is spoilt is taken', async () => {
    const summary = await fuzzTestService({ seed: 1, runs: 6 });
    expect(summary.operations).toBeGreaterThan(25);
    expect(summary.accepted).toBeGreaterThan(summary.operations);
    expect(summary.spoilt).toBeGreaterThan(50);
  });
});

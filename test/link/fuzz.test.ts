import { describe, expect, it } from 'vitest';
import { fuzzLink } from './fuzz.js';

const SEED = 20_261;

describe(`Whatever comes over the line (seed ${SEED}; npm run fuzz takes 10⁷ inputs)`, () => {
  it('is taken apart or refused, by both sides alike', () => {
    const summary = fuzzLink({ seed: SEED, inputs: 30_000 });
    const made = Object.values(summary.inputs);
    expect(made.reduce((sum, one) => sum + one)).toBe(30_000);
    // It is a test of both: much is whole and much is not.
    expect(summary.framesBoth).toBeGreaterThan(4000);
    expect(summary.badHost).toBeGreaterThan(5000);
    expect(summary.messagesRead).toBeGreaterThan(10_000);
    expect(summary.messagesRefused).toBeGreaterThan(10_000);
    expect(summary.imagesRead).toBeGreaterThan(200);
    expect(summary.imagesRefused).toBeGreaterThan(1000);
  });
});

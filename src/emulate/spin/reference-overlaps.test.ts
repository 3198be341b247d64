import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResolvedProgram } from '../../device/index.js';
import type { SpinModel } from '../../model/index.js';
import { ReferenceOverlaps } from './reference-overlaps.js';

const spins = (sites: number): fc.Arbitrary<Int8Array> =>
  fc
    .array(fc.boolean(), { minLength: sites, maxLength: sites })
    .map((signs) => Int8Array.from(signs, (up) => (up ? 1 : -1)));

describe('overlaps with references', () => {
  it('are Σ ξ s / N, whatever N', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 130 }).chain((sites) =>
          fc.record({
            references: fc.array(spins(sites), { maxLength: 5 }),
            state: spins(sites),
          }),
        ),
        ({ references, state }) => {
          const sites = state.length;
          const program = { references, couplings: { kind: 'dense' }, sites };
          const overlaps = new ReferenceOverlaps(
            program as unknown as ResolvedProgram,
            { state, sites, overlaps: null } as unknown as SpinModel,
          );
          const expected = references.map(
            (xi) => xi.reduce((sum, x, i) => sum + x * state[i]!, 0) / sites,
          );
          expect(Array.from(overlaps.read())).toEqual(expected);
        },
      ),
    );
  });
});

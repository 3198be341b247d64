import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { glauberDescriptor } from '../../drivers/glauber/index.js';
import { packageRoot } from '../../src/core/index.js';
import { exactDocument, solveExactly } from '../../src/emulate/index.js';
import { simulate } from '../../src/emulate/spin/simulate-spins.js';
import { r1Document } from '../support/r1-instance.js';
import { FULL_SIZE, resolveDocument, runSimulation } from '../support/run-simulation.js';
import { expectNear, expectWithin } from '../support/statistics.js';

const descriptor = glauberDescriptor('glauber');

/**
 * Sample skewness and excess kurtosis with the standard errors of their influence functions (delta method):
 * z³ − 3z − g₁ − (3/2)g₁(z² − 1) and z⁴ − κ − 4g₁z − 2κ(z² − 1), z = (x − x̄)/s, g₁ = ⟨z³⟩, κ = ⟨z⁴⟩.
 */
function sampleShape(values: readonly number[]) {
  const n = values.length;
  const average = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0) / n;
  const centre = average(values);
  const spread = Math.sqrt(average(values.map((x) => (x - centre) ** 2)));
  const z = values.map((x) => (x - centre) / spread);
  const [skewness, kurtosis] = [average(z.map((x) => x ** 3)), average(z.map((x) => x ** 4))];
  const error = (influence: (x: number) => number): number =>
    Math.sqrt(average(z.map((x) => influence(x) ** 2)) / n);
  return {
    skewness: {
      mean: skewness,
      sem: error((x) => x ** 3 - 3 * x - skewness - 1.5 * skewness * (x * x - 1)),
    },
    excessKurtosis: {
      mean: kurtosis - 3,
      sem: error((x) => x ** 4 - kurtosis - 4 * skewness * x - 2 * kurtosis * (x * x - 1)),
    },
  };
}

describe('skewness and kurtosis of work and heat', () => {
  it.each([
    ['MT-A5', 0.1, 12.26283907],
    ['MT-A5', 1, 10.26704715],
    ['MT-A5', 10, 2.8547789],
    ['MT-A5', 100, 0.26377033],
  ])(
    '%s R1 at τ = %f: the moments of work are those of the table, and of W − Q those of ΔE',
    (_, tau, variance) => {
      const { moments, result } = solveExactly(resolveDocument(r1Document({ tau }), descriptor));
      const of = (quantity: string) => ({ quantity: `${quantity}, τ = ${tau}` });
      expectNear(moments!.work!.central[1]!, variance, 1e-6, of('second central moment of W'));
      const m = moments!.mixed!;
      const second = m[2]![0]! - 2 * m[1]![1]! + m[0]![2]!;
      const change = result.thermodynamics.energyChange!;
      expectNear(second, change.variance!, 1e-7, of('⟨(δW − δQ)²⟩'));
    },
  );

  it.each([
    ['Glauber', 'continuous-time', 10],
    ['Glauber', 'continuous-time', 1],
    ['Glauber', 'sequential', 10],
  ])(
    'MT-A7 R1, %s in %s order, τ = %i: the simulator’s skewness and kurtosis are the exact ones (full: 1e5 runs, reduced: 1.5e4; 4 s.e.)',
    (_, order, tau) => {
      const shots = FULL_SIZE ? 100_000 : 15_000;
      const program = resolveDocument(r1Document({ tau, shots, order }), descriptor);
      const { moments } = solveExactly(program);
      const { ledgers } = runSimulation(simulate, program);
      for (const name of ['work', 'heat'] as const) {
        const exact = moments![name]!;
        const sample = sampleShape(ledgers.map((shot) => shot[name]));
        const of = (quantity: string) => ({
          quantity: `${quantity} of the ${name}, τ = ${tau}, ${order}`,
        });
        expectWithin(sample.skewness, exact.skewness, 4, of('skewness'));
        expectWithin(sample.excessKurtosis, exact.excessKurtosis, 4, of('excess kurtosis'));
      }
    },
  );
});

describe('docs/formats/result.md', () => {
  it('shows the member `exact` of R1, number by number', () => {
    const path = new URL('docs/formats/result.md', packageRoot(import.meta.url));
    const examples = [...readFileSync(path, 'utf8').matchAll(/```json\n([\s\S]*?)\n```/g)];
    const shown = JSON.parse(examples[1]![1]!) as unknown;
    const program = resolveDocument(r1Document({ tau: 10 }), descriptor);
    const { document, warnings } = exactDocument(program, solveExactly(program));
    const rounded: unknown = JSON.parse(
      JSON.stringify({ exact: document }, (_, value: unknown) =>
        typeof value === 'number' ? Number(value.toPrecision(6)) : value,
      ),
    );
    expect(shown).toEqual(rounded);
    expect(warnings).toEqual([]);
  });
});

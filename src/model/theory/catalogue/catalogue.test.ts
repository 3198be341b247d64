import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { evaluateTheory, THEORIES, theoryPage, type Theory, type TheoryPoint } from './index.js';

const named = (name: string): Theory => THEORIES.find((theory) => theory.name === name)!;
const ask = (name: string, given: Record<string, string> = {}): Promise<TheoryPoint[]> =>
  evaluateTheory(named(name), given);
async function column(
  name: string,
  quantity: string,
  given: Record<string, string>,
): Promise<(number | null)[]> {
  return (await ask(name, given)).map(({ values }) => values[quantity]!);
}
function expectColumn(
  found: readonly (number | null)[],
  expected: readonly number[],
  digits: number,
): void {
  expect(found).toHaveLength(expected.length);
  // To one of the last digit that a table shows.
  found.forEach((value, k) =>
    expect(Math.abs(value! - expected[k]!), `${value}, ${expected[k]}`).toBeLessThan(10 ** -digits),
  );
}

describe('the catalogue of theories', () => {
  it('has what it should, each name once', () => {
    const names = THEORIES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining([
        ...['ags', 'hopfield-capacity', 'dense-capacity', 'one-step', 'basin-edge', 'spinodal'],
        ...['first-order', 'retrieval-overlap', 'overlap-dynamics', 'switching-field', 'onsager'],
        ...['curie-weiss', 'imperfect-couplings', 'sequence-capacity', 'bidirectional-capacity'],
        ...['quasi-static', 'landauer', 'dmft'],
      ]),
    );
  });

  it.each(THEORIES.map(({ name }) => name))(
    '%s answers where nothing is given, with what it says it answers and a reason for each null',
    async (name) => {
      const given: Record<string, string> =
        name === 'dmft' ? { duration: '1', trajectories: '800', ensembles: '2' } : {};
      const [point, ...more] = await ask(name, given);
      expect(more).toEqual([]);
      expect(Object.keys(point!.values).sort()).toEqual(Object.keys(named(name).quantities).sort());
      for (const [quantity, value] of Object.entries(point!.values)) {
        if (value === null)
          expect(point!.warnings.join('\n')).toMatch(new RegExp(`\\b${quantity}\\b`));
        else expect(Number.isFinite(value), quantity).toBe(true);
      }
      const [time, ...columns] = point!.course?.columns ?? [];
      for (const { values } of columns) expect(values).toHaveLength(time!.values.length);
    },
  );

  it('is what docs/theory.md says, which docs/cli.md links', () => {
    const page = readFileSync(new URL('../../../../docs/theory.md', import.meta.url), 'utf8');
    expect(page, 'after a change: npm run build, node scripts/theory-page.mjs').toBe(
      theoryPage(THEORIES),
    );
    const cli = readFileSync(new URL('../../../../docs/cli.md', import.meta.url), 'utf8');
    expect(cli).toContain('](theory.md)');
  });
});

describe('the tables of the physics page, when asked', () => {
  it('§5.1: overlaps at T = 0, states at α = .05, temperatures of the phases', async () => {
    const alpha = '0.03,0.05,0.07,0.08,0.1,0.11,0.12,0.13,0.135';
    expectColumn(
      await column('ags', 'm', { alpha, temperature: '0' }),
      [
        0.999999992, 0.999992228, 0.999836554, 0.999557382, 0.997999266, 0.996264386, 0.993222732,
        0.987211891, 0.980791321,
      ],
      8,
    );
    const states = { alpha: '0.05', temperature: '0.2,0.3,0.5' };
    expectColumn(await column('ags', 'm', states), [0.998878, 0.991165, 0.904106], 5);
    expectColumn(await column('ags', 'q', states), [0.99783, 0.982961, 0.833358], 5);
    expectColumn(await column('ags', 'r', states), [1.01984, 1.10491, 1.87478], 4);
    const loads = { alpha: '0.01,0.05' };
    const phases = await ask('ags-phases', loads);
    const of = (name: string): number[] => phases.map(({ values }) => values[name]!);
    expectColumn(of('glassTemperature'), [1.1, 1.2236], 4);
    expectColumn(of('retrievalTemperature'), [0.801, 0.5423], 4);
    expectColumn(of('groundTemperature'), [0.7216, 0.2164], 4);
    const [above] = await ask('ags-phases', { alpha: '0.1' });
    expect(above!.values['groundTemperature']).toBeNull();
  });

  it('§5.1: α_c, α = 0, one-step errors, criticality of 100 spins', async () => {
    expectColumn(await column('hopfield-capacity', 'alpha', {}), [0.137905566], 8);
    expectColumn(
      await column('retrieval-overlap', 'm', { degree: '2', temperature: '0.2,0.4,0.6,0.8,0.9' }),
      [0.99990912, 0.98562387, 0.90733232, 0.71041178, 0.52542951],
      7,
    );
    expectColumn(
      await column('one-step', 'wrongBits', { alpha: '0.105,0.138,0.185,0.37,0.61' }),
      [0.00101, 0.00355, 0.01004, 0.0501, 0.1],
      3,
    );
    const given = { sites: '100', temperature: '0.5,0.8,1,2' };
    expectColumn(
      await column('curie-weiss', 'logPartitionPerSpin', given),
      [1.02754182, 0.74139928, 0.70786277, 0.69658855],
      7,
    );
  });

  it('§5.6: spinodals, first-order line, basin edges, step cues', async () => {
    const degree = '3,4,5,6';
    expectColumn(
      await column('spinodal', 'temperature', { degree }),
      [0.582583, 0.495786, 0.451204, 0.42272],
      5,
    );
    expectColumn(
      await column('first-order', 'temperature', { degree }),
      [0.495969, 0.362949, 0.288962, 0.240535],
      5,
    );
    expectColumn(
      await column('basin-edge', 'edge', { degree: '3,4', temperature: '0.1,0.2,0.3,0.4' }),
      [0.100338, 0.202812, 0.310221, 0.427438, 0.322007, 0.465481, 0.586411, 0.70567],
      5,
    );
    const cue = { degree: '3,4', temperature: '0.3', cueAccuracy: '0.6', field: '0:0.5,2:0.5,2:0' };
    expectColumn(await column('overlap-dynamics', 'work', cue), [0.402786, 0.407277], 5);
    expectColumn(await column('overlap-dynamics', 'heat', cue), [0.733452, 0.407277], 5);
    expectColumn(
      await column('overlap-dynamics', 'entropyProduction', cue),
      [1.761878, 1.35759],
      5,
    );
    expectColumn(
      await column('quasi-static', 'entropyProduction', { duration: '1,3,10,30,100' }),
      [0.0803737, 0.1061525, 0.0614916, 0.0234743, 0.0073597],
      6,
    );
  });

  it('§2.5, §2.10, §5.9, §5.11: dense capacities, Landauer, imperfect couplings, sequences', async () => {
    const degree = '3,4,5';
    expectColumn(await column('dense-capacity', 'alpha', { degree }), [0.0841, 0.0132, 0.00165], 4);
    expectColumn(
      await column('dense-capacity', 'alpha', { degree, interaction: 'pure' }),
      [0.1261, 0.033, 0.0072],
      3,
    );
    expectColumn(
      await column('dense-capacity', 'oneStepAlpha', { degree: '3,4' }),
      [0.0502, 0.01005],
      4,
    );
    expectColumn(await column('landauer', 'fromCue', { initialOverlap: '0.8' }), [32.5], 1);
    expectColumn(
      await column('imperfect-couplings', 'capacity', {
        coupling: 'quantised',
        bits: '1,2,3,4,5,6,8',
      }),
      [0.10184, 0.1267, 0.1344, 0.1368, 0.1376, 0.1378, 0.1379],
      4,
    );
    expectColumn(
      await column('imperfect-couplings', 'capacity', { coupling: 'diluted', keep: '0.8,0.5,0.1' }),
      [0.1187, 0.0865, 0.0276],
      4,
    );
    expectColumn(
      await column('imperfect-couplings', 'capacityPerCoupling', {
        coupling: 'diluted',
        keep: '0.8,0.5,0.1',
      }),
      [0.148, 0.173, 0.276],
      3,
    );
    expectColumn(
      await column('imperfect-couplings', 'capacity', {
        coupling: 'noisy',
        delta: '0.1,0.2,0.5,0.7',
      }),
      [0.1313, 0.1124, 0.0273, 0.0013],
      4,
    );
    expectColumn(
      await column('imperfect-couplings', 'capacity', {
        coupling: 'saturated',
        limit: '0.5,1,1.5,2',
      }),
      [0.1179, 0.1288, 0.1346, 0.137],
      4,
    );
    expectColumn(
      await column('sequence-capacity', 'm', { alpha: '0.1,0.15,0.2,0.25,0.26' }),
      [0.998405, 0.989089, 0.966326, 0.914016, 0.891791],
      5,
    );
    expectColumn(await column('bidirectional-capacity', 'alpha', {}), [0.1998], 4);
  });
});

describe('what theories say beyond the page', () => {
  it('slow ramps tend to their limit, and no protocol does better than the thermodynamic length', async () => {
    const found = await ask('quasi-static', { duration: '100,300,1000' });
    const { limit, least, freeEnergyChange } = found[0]!.values;
    const gaps = found.map(
      ({ values }) =>
        (limit! - values['scaled']!) * (values['scaled']! / values['entropyProduction']!),
    );
    // The correction is of order 1/τ: gap·τ is constant.
    expect(gaps[2]! / gaps[1]!).toBeCloseTo(1, 1);
    expect(found[2]!.values['scaled']).toBeCloseTo(limit!, 2);
    expect(least!).toBeLessThan(limit!);
    expect(found[2]!.values['work']).toBeGreaterThan(freeEnergyChange!);
    expect(found[2]!.values['work']).toBeCloseTo(freeEnergyChange!, 2);
  });

  it('a load narrows basins; rectified memories bear twice of it, and at no load or temperature they are those known', async () => {
    const edge = (given: Record<string, string>): Promise<(number | null)[]> =>
      column('basin-edge', 'edge', { degree: '3', ...given });
    const [none, small, large] = await edge({ load: '0,0.005,0.03', temperature: '0.2' });
    expect(none!).toBeLessThan(small!);
    expect(small!).toBeLessThan(large!);
    expect(await edge({ load: '0.06', temperature: '0.2', rectified: 'yes' })).toEqual([
      expect.closeTo(large!, 9),
    ]);
    // Next to nothing of a load changes next to nothing.
    expectColumn(await edge({ load: '1e-9', temperature: '0.3' }), [0.310221], 5);
    // T = 0: both states meet at the capacity.
    const { alpha, m } = (await ask('dense-capacity', { degree: '3' }))[0]!.values;
    const [at, beyond] = await ask('basin-edge', {
      load: `${alpha! * (1 - 1e-7)},${alpha! * (1 + 1e-7)}`,
      temperature: '0',
    });
    expect(at!.values['edge']).toBeCloseTo(m!, 2);
    expect(at!.values['retrieval']).toBeCloseTo(m!, 2);
    expect(beyond!.values['edge']).toBeNull();
    expect(beyond!.warnings).toHaveLength(1);
  });

  it('power, heat flow and entropy production are the rates of what they add up to', async () => {
    const [point] = await ask('overlap-dynamics', {
      degree: '2',
      temperature: '0.5',
      field: '0:0,5:0.5,10:0',
      duration: '10',
      samples: '1000',
      dt: '0.005',
    });
    const of = (name: string): readonly (number | null)[] =>
      point!.course!.columns.find((one) => one.name === name)!.values;
    for (const [rate, sum] of [
      ['power', 'work'],
      ['heatRate', 'heat'],
      ['entropyProductionRate', 'entropyProduction'],
    ] as const) {
      for (const k of [200, 700]) {
        const slope = (of(sum)[k + 1]! - of(sum)[k - 1]!) / (2 * 0.01);
        expect(of(rate)[k]).toBeCloseTo(slope, 4);
      }
    }
  });

  it('at T = 0 the free energy is the limit of that above', async () => {
    const [cold, cool] = await column('ags', 'freeEnergy', { alpha: '0.1', temperature: '0,0.01' });
    expect(cold).toBeCloseTo(cool!, 4);
  });
});

describe('parameters', () => {
  it('make a table of all combinations where they are lists', async () => {
    const points = await ask('one-step', { alpha: '0.1,0.2', overlap: '0.5,1' });
    expect(points.map(({ parameters }) => [parameters['alpha'], parameters['overlap']])).toEqual([
      [0.1, 0.5],
      [0.1, 1],
      [0.2, 0.5],
      [0.2, 1],
    ]);
  });

  it.each([
    ['ags', { alfa: '1' }, 'wrong-call', 'alfa'],
    ['ags', { alpha: '0' }, 'invalid-input', 'alpha'],
    ['ags', { alpha: '' }, 'invalid-input', 'alpha'],
    ['ags', { alpha: '0.1,,0.2' }, 'invalid-input', 'alpha'],
    ['spinodal', { degree: '2.5' }, 'invalid-input', 'degree'],
    ['imperfect-couplings', { coupling: 'bent' }, 'invalid-input', 'coupling'],
    ['overlap-dynamics', { field: '0:1,x' }, 'invalid-input', 'field'],
    ['overlap-dynamics', { field: '2:1,1:0' }, 'invalid-input', 'field'],
    ['overlap-dynamics', { 'cue-accuracy': '1.2' }, 'invalid-input', 'cue-accuracy'],
    [
      'overlap-dynamics',
      { 'initial-overlap': '0.9', 'other-overlap': '0.9' },
      'invalid-input',
      'initial-overlap',
    ],
    ['overlap-dynamics', { duration: '100000', dt: '0.000001' }, 'invalid-input', 'dt'],
    ['dmft', { trajectories: '100000000' }, 'invalid-input', 'trajectories'],
    ['dmft', { degree: '3', interaction: 'hopfield' }, 'invalid-input', 'interaction'],
    ['switching-field', { temperature: '2' }, 'invalid-input', 'temperature'],
  ])('%s refuses %j and says what is allowed', async (name, given, code, path) => {
    await expect(ask(name, given as Record<string, string>)).rejects.toMatchObject({
      code,
      details: { path },
    });
  });

  it('with results beyond the range of numbers give null, and say so', async () => {
    const [point] = await ask('dense-capacity', { degree: '50', sites: '1000000000' });
    expect(point!.values['memories']).toBeNull();
    expect(point!.warnings.join()).toMatch(/memories.*beyond/);
  });

  it('refuses lists that make more points than a table holds', async () => {
    const many = Array.from({ length: 50 }, (_, k) => 0.01 * (k + 1)).join(',');
    await expect(ask('one-step', { alpha: many, overlap: many })).rejects.toMatchObject({
      details: { limit: 2000 },
    });
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readProgram, type Calibration } from '../../device/index.js';
import { BLIND, MeasuredBoard } from '../../../test/support/measured-board.js';
import {
  COOL_PAIR,
  dissipationJob,
  dissipationTrial,
  STEPPED_PAIR,
} from '../../../test/support/dissipation-trial.js';
import { nearlyTrue } from '../../../test/support/twin-trial.js';
import { planProbes } from '../circuit/plan-probes.js';
import { preparedDissipation } from './dissipation-kind.js';

const board = new MeasuredBoard({ ...BLIND, sites: 2 }, 'a heat job');
const calibration = nearlyTrue(board, 0.002, 1);
/** As the board is: no errors. */
const truth = board.trueCalibration(
  planProbes(board.descriptor, { sites: 2, readoutPoleS: 0, quartic: false }).parameters.list,
);
const expectedOf = (program: object, of: Calibration) =>
  preparedDissipation({}, readProgram(program), of, board.descriptor);
/** Names of members, those of lists by their first one; a monitor's gain is an object or null. */
function membersOf(value: unknown): unknown {
  if (Array.isArray(value)) return [membersOf(value[0])];
  if (typeof value !== 'object' || value === null) return null;
  const members = Object.entries(value).filter(([name]) => name !== 'heatGain');
  return Object.fromEntries(members.map(([name, one]) => [name, membersOf(one)]));
}
/** Beyond 4.5 of a normal law: one of 1.5e5. */
const SIGMAS = 4.5;

describe('a dissipation job', () => {
  it('reads the heat into a cool site off the board, with the error that was told beforehand', async () => {
    const report = await dissipationTrial(board, calibration, { program: COOL_PAIR }, 1);
    const [cool, warm] = report.sites;
    const exact = expectedOf(COOL_PAIR, truth).expected.map(({ current }) => current.mean);
    // κ²(T₂ − T₁)/(l₁ + l₂) of nominal parts is 0.14.
    expect(exact[0]).toBeGreaterThan(0.1);
    for (const { site, current, z } of [cool!, warm!]) {
      expect(Math.abs(current.mean - exact[site]!) / current.sem).toBeLessThan(SIGMAS);
      expect(Math.abs(z)).toBeLessThan(SIGMAS);
    }
    expect(cool!.current.mean / cool!.current.sem).toBeGreaterThan(15);
    expectedOf(COOL_PAIR, calibration).expected.forEach(({ current }, i) => {
      // A scatter from 40 shots is known to 11 %.
      expect(report.sites[i]!.current.sem / current.sem).toBeGreaterThan(0.6);
      expect(report.sites[i]!.current.sem / current.sem).toBeLessThan(1.6);
    });
    expect(report).toMatchObject({ agrees: true, lag: 1, shots: 40, calibration: calibration.id });
    expect(report.warnings.join('\n')).toMatch(
      /^site 1: a current of -0\.1\d is not told from none/,
    );
    const page = new URL('../../../docs/formats/dissipation.md', import.meta.url);
    const example = [...readFileSync(page, 'utf8').matchAll(/```json\n([^`]+)```/g)][1]![1]!;
    expect(membersOf(JSON.parse(example))).toEqual(membersOf(report));
    // What two sites exchange the monitor of both does not see.
    expect(report.comparison!.heatGain).toBeNull();
  });

  it('finds the gain of the monitor by fields that jump, where samples meet the jumps', async () => {
    const report = await dissipationTrial(board, calibration, { program: STEPPED_PAIR, lag: 1 }, 2);
    const { direct, violation, z, heatGain } = report.comparison!;
    expect(direct.mean).toBeGreaterThan(1);
    expect(Math.abs(z)).toBeLessThan(SIGMAS);
    expect(violation.sem / violation.mean).toBeLessThan(0.05);
    const off = (heatGain!.mean - board.truth('heatGain')) / heatGain!.sem;
    expect(Math.abs(off)).toBeLessThan(SIGMAS);
    expect(heatGain!.sem).toBeLessThan(0.05);
    expect((1 / report.interval) % 1).toBeCloseTo(0, 9);
    expect(report.assumed.map(({ parameter }) => parameter)).toContain('driveGain[0]');
    expect(report.agrees).toBe(true);
  });

  it('shows the error of its heat, where the program is one long shot', async () => {
    const program = { ...COOL_PAIR, shots: 1, duration: 400 };
    const { sites, comparison } = await dissipationTrial(board, calibration, { program }, 4);
    for (const { z } of sites) expect(Math.abs(z)).toBeLessThan(SIGMAS);
    expect(comparison!.direct.sem).toBeGreaterThan(0);
    expect(Math.abs(comparison!.z)).toBeLessThan(SIGMAS);
  });

  it('tells a device that does not do what its calibration says', async () => {
    const colder = (name: string): number => (name === 'temperature[0]' ? 0.8 : 1);
    const wrong = nearlyTrue(board, 0.002, 1, colder);
    const report = await dissipationTrial(board, wrong, { program: COOL_PAIR }, 3);
    expect(report.agrees).toBe(false);
    expect(Math.abs(report.sites[0]!.z)).toBeGreaterThan(6);
  });

  it('runs the program, its heat, and each site’s field up and down, and knows what that takes', async () => {
    const job = await dissipationJob(board, calibration, { program: COOL_PAIR, seed: 5 });
    const runs = [job, ...job.series.more].map(({ program }) => program);
    expect(runs.map(({ seed }) => seed)).toEqual([5, 6, 7, 8, 9, 10]);
    expect(runs.map(({ readout }) => readout.channels)).toEqual([
      ['state'],
      ['heat'],
      ['state'],
      ['state'],
      ['state'],
      ['state'],
    ]);
    expect(runs.slice(2).map(({ fields }) => fields.map(Math.sign))).toEqual(
      [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
      ].map((signs) => Float64Array.from(signs)),
    );
    const { plan } = expectedOf(COOL_PAIR, calibration);
    const t0 = board.descriptor.units.time.seconds!;
    const total = runs.reduce((sum, { shots, duration }) => sum + shots * duration * t0, 0);
    expect(plan.cost.deviceS).toBeCloseTo(total, 12);
    // Sites that are not coupled are stepped together.
    const apart = expectedOf(
      { ...COOL_PAIR, couplings: { kind: 'coo', entries: [] } },
      calibration,
    );
    expect(apart.plan.responses).toMatchObject([{ sites: [0, 1] }]);
  });

  it('refuses what it cannot read, and says why', async () => {
    const refused = async (
      change: object,
      body: object = {},
      of: Calibration | null = calibration,
    ) =>
      dissipationJob(board, of, { program: { ...COOL_PAIR, ...change }, ...body }).then(
        () => null,
        ({ code, details }: { code: string; details: { path?: string } }) => [code, details.path],
      );
    expect(await refused({}, {}, null)).toEqual(['not-calibrated', undefined]);
    expect(await refused({}, {}, { ...calibration, model: 'spins' })).toEqual([
      'not-calibrated',
      undefined,
    ]);
    const bent = { wells: { quadratic: [1.5, 2], quartic: [0, 1] } };
    expect(await refused(bent)).toEqual(['not-supported', 'wells.quartic[1]']);
    expect(await refused({ initial: { kind: 'random' } })).toEqual([
      'not-supported',
      'initial.kind',
    ]);
    const controls = {
      temperature: [
        [0, 1],
        [1, 2],
      ],
    };
    expect(await refused({ dynamics: {}, controls })).toEqual([
      'not-supported',
      'controls.temperature',
    ]);
    expect(await refused({}, { lag: 1000 })).toEqual(['invalid-input', 'lag']);
    expect(await refused({ ...STEPPED_PAIR, readout: { every: 0.8 } })).toEqual([
      'invalid-input',
      'readout.every',
    ]);
    expect(await refused({ shots: 400_000 })).toEqual(['invalid-input', 'shots']);
    const parameters = calibration.parameters.filter(({ name }) => !name.startsWith('coupling'));
    const bare = { ...calibration, parameters };
    expect(await refused({}, {}, bare)).toEqual(['not-supported', 'calibration']);
    const reference = { parameter: 'colour', value: 1, standardError: 0.1 };
    expect(await refused({}, { references: [reference] })).toEqual([
      'invalid-input',
      'references[0].parameter',
    ]);
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../src/lab/temporary-folder.test-support.js';
import { RelaxdCommand, type Answer } from '../support/relaxd-command.js';

const folder = temporaryFolder();

const together = (calls: readonly (readonly string[])[]): Promise<Answer[]> =>
  new RelaxdCommand(folder).together(calls.map((call) => ['theory', ...call]));

const CALLS = {
  list: [],
  listJson: ['--list', '--json'],
  point: ['ags', '--alpha', '0.05', '--temperature=0.3'],
  scan: ['basin-edge', '--degree', '3,4', '--temperature', '0.3'],
  course: ['overlap-dynamics', '--cue-accuracy', '0.6', '--samples', '6'],
  json: ['basin-edge', '--temperature', '0.3,0.6', '--json'],
  negative: ['one-step', '--overlap', '-0.5', '--json'],
  sampled: [
    ...['dmft', '--duration', '1', '--trajectories', '1600', '--ensembles', '4', '--json'],
    ...['--temperature', '0.3,0', '--samples', '2', '--dt', '0.25'],
  ],
  help: ['--help'],
  described: ['switching-field', '--help'],
  unknown: ['nothing'],
  noName: ['--alpha', '1'],
  noParameter: ['ags', '--alfa', '1'],
  noValue: ['ags', '--alpha', '--temperature', '1'],
  twice: ['ags', '--alpha', '1', '--alpha', '2'],
  loose: ['ags', '0.05'],
  range: ['ags', '--alpha', '-1', '--json'],
} as const;

describe('relaxd theory', () => {
  const answers = new Map<keyof typeof CALLS, Answer>();
  const of = (name: keyof typeof CALLS): Answer => answers.get(name)!;
  beforeAll(async () => {
    const found = await together(Object.values(CALLS));
    Object.keys(CALLS).forEach((name, k) => answers.set(name as keyof typeof CALLS, found[k]!));
  });

  it('lists the theories where none is named', () => {
    expect(of('list')).toMatchObject({ exit: 0, err: '' });
    for (const name of ['ags', 'dmft', 'landauer']) {
      expect(of('list').out).toMatch(new RegExp(`^${name} `, 'm'));
    }
    const { theories } = JSON.parse(of('listJson').out) as { theories: { name: string }[] };
    expect(theories.map(({ name }) => name)).toContain('imperfect-couplings');
  });

  it('shows numbers with units, class and a source', () => {
    const { out } = of('point');
    expect(out).toMatch(/^m +0\.991164996 .*exact/m);
    expect(out).toMatch(/Amit, Gutfreund & Sompolinsky/);
    expect(out).toMatch(/^at alpha 0\.05, temperature 0\.3$/m);
    expect(out).toMatch(/^freeEnergy +-0\.50\d+ +energy/m);
  });

  it('makes a table of a list, and a line of bars of a course', () => {
    expect(of('scan').out).toMatch(/^3 +0\.31022\d* /m);
    expect(of('scan').out).toMatch(/^4 +0\.58641\d* /m);
    expect(of('course').out).toMatch(/t = 0 … 12 sweeps/);
    expect(of('course').out).toMatch(/^target +▁[▁-█]{6} +0 +0\.99732/m);
  });

  it('prints one document with --json, a null with its reason', () => {
    const { out } = of('json');
    expect(out.trimEnd().split('\n')).toHaveLength(1);
    const document = JSON.parse(out) as {
      theory: string;
      quantities: { name: string; class: string }[];
      points: { parameters: object; values: Record<string, number | null>; warnings: string[] }[];
    };
    expect(document.theory).toBe('basin-edge');
    expect(document.quantities[0]).toMatchObject({ name: 'edge', unit: '', class: 'exact' });
    expect(document.points[0]!.values['edge']).toBeCloseTo(0.310221, 6);
    expect(document.points[0]!.parameters).toMatchObject({ degree: 3, temperature: 0.3 });
    expect(document.points[1]!.values['edge']).toBeNull();
    expect(document.points[1]!.warnings[0]).toMatch(/edge/);
    const [point] = (JSON.parse(of('negative').out) as typeof document).points;
    expect(point!.values['overlap']).toBeCloseTo(-0.8862, 3);
  });

  it('gives standard errors and courses where trajectories are sampled', () => {
    const { points } = JSON.parse(of('sampled').out) as {
      points: {
        values: Record<string, number | null>;
        errors: Record<string, number>;
        course: { columns: { name: string; values: number[] }[] };
      }[];
    };
    expect(points).toHaveLength(2);
    expect(points[0]!.errors['target']).toBeGreaterThan(0);
    expect(points[0]!.course.columns.map(({ name }) => name)).toContain('heat');
    expect(points[1]!.values['entropyToBath']).toBeNull();
  });

  it('says what a theory takes and gives', () => {
    expect(of('help').out).toMatch(/relaxd theory NAME --help/);
    expect(of('described').out).toMatch(/^--cue-accuracy +0\.6 .*0 … 1/m);
    expect(of('described').out).toMatch(/^entropyProduction +nats +exact/m);
  });

  it.each([
    ['unknown', /there is no theory 'nothing'/, /"ags"/],
    ['noName', /'--alpha' stands where the name/, /relaxd theory/],
    ['noParameter', /no parameter 'alfa'/, /--alpha \(1e-12 … 10/],
    ['noValue', /--alpha has no value/, /--help/],
    ['twice', /--alpha is given twice/, /commas/],
    ['loose', /'0.05' stands where a parameter should/, /--help/],
    ['range', /alpha is -1/, /1e-12 … 10/],
  ] as const)('refuses a wrong call (%s) with 2, naming what is allowed', (name, said, allowed) => {
    const { exit, out, err } = of(name);
    expect(exit).toBe(2);
    expect(err).toMatch(said);
    expect(err).toMatch(allowed);
    expect(out).toMatch(name === 'range' ? /"code":"invalid-input"/ : /^$/);
  });
});

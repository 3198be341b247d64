import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RecordReader } from '../../src/lab/record-reader.js';
import { temporaryFolder } from '../../src/lab/temporary-folder.test-support.js';
import { R2_COUPLINGS } from '../support/r1-instance.js';
import { RelaxdCommand, type Answer, type CalledTogether } from '../support/relaxd-command.js';
import { ServiceProcess } from '../support/service-process.js';

const folder = temporaryFolder();

const command = new RelaxdCommand(folder);
const relaxd = command.call.bind(command);
const together = command.together.bind(command);
interface Result {
  readonly retrieval: {
    success: number;
    exact: number;
    overlap: { mean: number };
    time: { mean: number | null };
  };
  readonly final: { overlaps: number[][]; states: number[][] };
  readonly thermodynamics: {
    firstLawResidual: number | null;
    entropyProduction: null | { mean: number; method: string };
    work: { mean: number; sem: number; variance: number } | null;
    heat: { mean: number; sem: number } | null;
    energyChange: { mean: number } | null;
    jarzynski: { mean: number; sem: number } | null;
  };
  readonly origin: string;
  readonly engine: string;
  readonly seed: number;
  readonly shots: number;
  readonly warnings: string[];
}
function resultOf(answer: Answer): Result {
  expect([answer.exit, answer.err]).toEqual([0, '']);
  expect(answer.out.trimEnd().split('\n')).toHaveLength(1);
  return JSON.parse(answer.out) as Result;
}
const json = async (...args: string[]): Promise<Result> =>
  resultOf(await relaxd(...args, '--json'));
/** Calls by name, all in one process, since each takes most of a second to start. */
function calledTogether<Name extends string>(
  calls: () => Readonly<Record<Name, readonly string[]>>,
): (name: Name) => Answer {
  let answers: ReadonlyMap<string, Answer>;
  beforeAll(async () => {
    const all = Object.entries<readonly string[]>(calls());
    const given = await together(all.map(([, call]) => call));
    answers = new Map(all.map(([name], k) => [name, given[k]!]));
  }, 120_000);
  return (name) => answers.get(name)!;
}
const write = (name: string, content: unknown): string => {
  writeFileSync(
    join(folder, name),
    typeof content === 'string' ? content : JSON.stringify(content),
  );
  return name;
};
const without = ({
  run: _run,
  job: _job,
  durationS: _duration,
  ...rest
}: Record<string, unknown>): unknown => rest;

describe('relaxd retrieve', () => {
  const of = (call: string): string[] => ['retrieve', ...call.split(' ')];
  const letters = of(
    '--device glauber --memories letters --target 0 --corrupt 0.15 --shots 20 --seed 1',
  );
  const three = (device: string): string[] =>
    of(
      `--device ${device} --memories letters:A,B,C --rule projection --corrupt 0.15 --shots 20 --seed 1`,
    );
  const picture = (rule: string, target: string): string[] =>
    of(
      `--device glauber --memories pictures --rule ${rule} --target ${target} --corrupt 0.15 --shots 4 --seed 1`,
    );
  const answerTo = calledTogether(() => ({
    rectified: [...letters, '--rule', 'rectified:8', '--json'],
    hebb: [...letters, '--rule', 'hebb', '--json'],
    'cavity-qed': [...three('cavity-qed'), '--json'],
    'rc-langevin': [...three('rc-langevin'), '--json'],
    'rlc-langevin': [...three('rlc-langevin'), '--json'],
    moon: [...picture('hebb', 'moon'), '--json'],
    fish: [...picture('hebb', 'fish'), '--json'],
    dense: [...picture('rectified:8', 'moon'), '--json'],
    shown: of(
      '--device glauber --memories letters:A,B,C --rule projection --target B --corrupt 0.1 --shots 5 --seed 2',
    ),
  }));
  const resultTo = (...[name]: Parameters<typeof answerTo>): Result => resultOf(answerTo(name));

  it('retrieves a letter out of 26 exactly with rectified:8, and says that nothing is defined at T = 0', () => {
    const result = resultTo('rectified');
    expect(result.retrieval).toMatchObject({ success: 1, exact: 1, overlap: { mean: 1, sem: 0 } });
    expect(result).toMatchObject({ origin: 'emulator', seed: 1, shots: 20 });
    expect(result.thermodynamics.entropyProduction).toBeNull();
    expect(result.warnings.join()).toMatch(/entropyProduction is null: .*T = 0/);
    expect(result.thermodynamics.firstLawResidual).toBeLessThan(1e-9 * 100);
    expect(result.thermodynamics.heat!.mean).toBeGreaterThan(0);
  });

  it('shows honestly that 26 correlated letters do not fit with hebb', () => {
    const result = resultTo('hebb');
    expect(result.retrieval).toMatchObject({ success: 0, exact: 0 });
    expect(result.warnings.join()).toMatch(/over the Hebb limit/);
  });

  it.each(['cavity-qed', 'rc-langevin', 'rlc-langevin'] as const)(
    'retrieves from three letters with projection on %s',
    (device) => {
      const result = resultTo(device);
      expect(result.retrieval.success).toBe(1);
      expect(result.retrieval.overlap.mean).toBeGreaterThan(0.99);
      expect(result.thermodynamics.firstLawResidual).toBeLessThan(1e-9 * 100);
    },
  );

  it('collapses on one spurious state with ten pictures and hebb, and retrieves with rectified:8', () => {
    const [moon, fish, dense] = [resultTo('moon'), resultTo('fish'), resultTo('dense')];
    expect([moon.retrieval.success, fish.retrieval.success]).toEqual([0, 0]);
    const [a, b] = [moon.final.states[0]!, fish.final.states[0]!];
    expect(a.reduce((sum, s, i) => sum + s * b[i]!, 0) / a.length).toBeGreaterThan(0.98);
    expect(dense.retrieval.exact).toBe(1);
  });

  it('gives the same document twice, but for run, job and duration', async () => {
    const program = [
      'retrieve',
      '--device',
      'rc-langevin',
      '--memories',
      'letters:A,B',
      '--rule',
      'projection',
      '--corrupt',
      '0.2',
      '--shots',
      '6',
      '--seed',
      '3',
    ];
    const [one, two] = await Promise.all([json(...program), json(...program)]);
    expect(without(two as never)).toEqual(without(one as never));
  });

  it('shows cue, retrieved and stored picture, and the bill, to a person', () => {
    const { out, exit } = answerTo('shown');
    expect(exit).toBe(0);
    expect(out).toMatch(/cue +retrieved +stored B/);
    expect(out).toMatch(/█/);
    expect(out).toMatch(/100 % of shots/);
    expect(out).toMatch(/heat into the bath/);
    expect(out).toMatch(/first law/);
  });
});

describe('relaxd run', () => {
  const file = fileURLToPath(new URL('../../docs/examples/driven-8-spins.json', import.meta.url));
  const run = (program: string, ...more: string[]): string[] => [
    ...['run', program, '--device', 'glauber'],
    ...more,
  ];
  const ring = (order: string): string =>
    write(`ring-${order}.json`, {
      version: 1,
      sites: 3,
      couplings: { kind: 'dense', data: R2_COUPLINGS },
      dynamics: { rule: 'glauber', order, temperature: 1, burnIn: 20 },
      duration: 50,
      shots: 100,
      seed: 1,
    });
  const answerTo = calledTogether(() => ({
    exact: run(file, '--exact', '--json'),
    shown: run(file, '--exact'),
    simulated: run(file, '--json'),
    'continuous-time': run(ring('continuous-time'), '--json'),
    synchronous: run(ring('synchronous'), '--json'),
  }));
  const resultTo = (...[name]: Parameters<typeof answerTo>): Result => resultOf(answerTo(name));

  it('agrees with the master equation on the driven 8-spin instance: work, variance, heat, Jarzynski (4 s.e.)', () => {
    const [exact, simulated] = [resultTo('exact'), resultTo('simulated')];
    // physics page, R1, τ = 10
    expect(exact.thermodynamics.work!.mean).toBeCloseTo(-3.17378125, 6);
    expect(exact.thermodynamics.work!.variance).toBeCloseTo(2.8547789, 6);
    expect(exact.thermodynamics.heat!.mean).toBeCloseTo(3.54475783, 6);
    expect(exact.thermodynamics.entropyProduction!.mean).toBeCloseTo(1.05501355, 6);
    expect(exact.thermodynamics.jarzynski!.mean).toBeCloseTo(70.883145, 5);
    const { work, heat, jarzynski } = simulated.thermodynamics;
    expect(Math.abs(work!.mean + 3.17378125)).toBeLessThan(4 * work!.sem);
    expect(Math.abs(heat!.mean - 3.54475783)).toBeLessThan(4 * heat!.sem);
    expect(Math.abs(jarzynski!.mean - 70.883145)).toBeLessThan(4 * jarzynski!.sem);
    expect(Math.abs(work!.variance / 2.8547789 - 1)).toBeLessThan(4 * Math.sqrt(2 / 20_000));
  });

  it('shows skewness and kurtosis of work and heat of an exact solution, and has them in its JSON', () => {
    const [shown, answer] = [answerTo('shown'), answerTo('exact')];
    const result = JSON.parse(answer.out) as {
      readonly exact: { readonly moments: { readonly work: { readonly skewness: number } } };
    };
    expect(result.exact.moments.work.skewness).toBeCloseTo(0.44462, 5);
    expect(shown.exit).toBe(0);
    expect(shown.out).toContain(
      'skewness, excess kurtosis   work 0.44462, -0.12643 · heat -0.39087, 0.27705',
    );
  });

  it.each(['continuous-time', 'synchronous'] as const)(
    'reports the entropy production of the steady state of asymmetric couplings, %s',
    (order) => {
      const { thermodynamics } = resultTo(order);
      expect(thermodynamics.entropyProduction!.mean).toBeGreaterThan(10);
      expect(thermodynamics.work).toBeNull();
      expect(thermodynamics.jarzynski).toBeNull();
    },
  );

  it('writes a record that reads back, one row a readout', async () => {
    const program = write('record.json', {
      version: 1,
      sites: 4,
      couplings: { kind: 'coo', entries: [[0, 1, 1]] },
      references: [[1, 1, 1, 1]],
      dynamics: { temperature: 1 },
      duration: 2,
      readout: { every: 0.5 },
      shots: 3,
      seed: 9,
    });
    await json('run', program, '--device', 'glauber', '--record', 'out.arrow');
    await using reader = await RecordReader.open(join(folder, 'out.arrow'));
    expect(reader.rows).toBe(3 * 5);
    expect(reader.header).toMatchObject({ origin: 'emulator', device: 'glauber', seed: 9 });
  });
});

describe('bad input', () => {
  const run = (name: string, program: unknown, device = 'glauber'): string[] => [
    'run',
    write(name, program),
    '--device',
    device,
  ];
  const good = {
    version: 1,
    sites: 2,
    couplings: { kind: 'dense', data: [0, 1, 1, 0] },
    duration: 1,
  };
  const calls: readonly [string, () => string[], string, string][] = [
    [
      'a matrix of the wrong size',
      () => run('a.json', { ...good, sites: 3 }),
      'wrong-size',
      'couplings.data',
    ],
    [
      'NaN',
      () =>
        run(
          'b.json',
          '{"version":1,"sites":2,"couplings":{"kind":"dense","data":[0,NaN,1,0]},"duration":1}',
        ),
      'invalid-json',
      '',
    ],
    ['an unknown field', () => run('c.json', { ...good, colour: 1 }), 'unknown-field', 'colour'],
    [
      'a value out of the range of the descriptor',
      () =>
        run(
          'd.json',
          {
            ...good,
            siteKinds: 'continuous',
            couplings: { kind: 'dense', data: [0, 1e6, 1e6, 0] },
          },
          'rc-langevin',
        ),
      'program-refused',
      'couplings.data[1]',
    ],
    [
      'an unreadable picture',
      () => ['retrieve', '--device', 'glauber', '--memories', 'pngs'],
      'image-unreadable',
      '',
    ],
    [
      'a pattern of zeros',
      () => [
        'retrieve',
        '--device',
        'glauber',
        '--memories',
        write('zeros.json', { version: 1, patterns: [[0, 0, 0, 0]] }),
      ],
      'pattern-values',
      'patterns[0][0]',
    ],
    [
      'a rule that is none',
      () => ['retrieve', '--device', 'glauber', '--memories', 'letters', '--rule', 'hobb'],
      'unknown-rule',
      '',
    ],
    [
      'a memory that is none',
      () => ['retrieve', '--device', 'glauber', '--memories', 'letters', '--target', '99'],
      'invalid-input',
      'target',
    ],
    [
      'a device that is none',
      () => ['retrieve', '--device', 'toaster', '--memories', 'letters'],
      'unknown-device',
      '',
    ],
    [
      'an interaction that a device does not have',
      () => [
        'retrieve',
        '--device',
        'rc-langevin',
        '--memories',
        'letters',
        '--rule',
        'rectified:8',
      ],
      'cannot-compile',
      '',
    ],
    [
      'a fidelity that a device does not have',
      () => run('f.json', { ...good, dynamics: { fidelity: 'quantum' } }, 'glauber'),
      'program-refused',
      'dynamics.fidelity',
    ],
    [
      'a missing file',
      () => ['run', 'nowhere.json', '--device', 'glauber'],
      'file-unreadable',
      'nowhere.json',
    ],
    [
      'an option out of range',
      () => ['retrieve', '--device', 'glauber', '--memories', 'letters', '--corrupt', '1.5'],
      'wrong-call',
      '',
    ],
    ['a missing option', () => ['retrieve', '--device', 'glauber'], 'wrong-call', ''],
    ['a command that is none', () => ['retreive'], 'wrong-call', ''],
    [
      'too many spins for an exact solution',
      () => [
        ...run('g.json', {
          ...good,
          sites: 20,
          couplings: { kind: 'coo', entries: [[0, 1, 1]] },
          dynamics: { temperature: 1 },
        }),
        '--exact',
      ],
      'not-enumerable',
      '',
    ],
    [
      'a record of a program that the device refuses',
      () => [...run('h.json', { ...good, siteKinds: 'continuous' }), '--record', 'refused.arrow'],
      'program-refused',
      'siteKinds',
    ],
    [
      'a record in a folder that is not there',
      () => [...run('i.json', good), '--record', 'nowhere/x.arrow'],
      'file-unwritable',
      'nowhere/x.arrow',
    ],
    [
      'a record of an exact solution',
      () => [...run('j.json', good), '--exact', '--record', 'exact.arrow'],
      'wrong-call',
      '--record',
    ],
    ['an address that is none', () => ['jobs', '--url', 'localhost'], 'wrong-call', '--url'],
    [
      'a cue of another size',
      () => [
        'retrieve',
        '--device',
        'glauber',
        '--memories',
        'letters',
        '--cue',
        write('cue.json', [1, -1]),
      ],
      'wrong-size',
      'cue',
    ],
  ];
  let answers: CalledTogether[];
  beforeAll(async () => {
    mkdirSync(join(folder, 'pngs'));
    write('pngs/a.png', 'no picture');
    answers = await together(calls.map(([, call]) => [...call(), '--json']));
  });

  it.each(calls.map(([name, , code, path], k) => [name, k, code, path] as const))(
    '%s: its code, where, and exit 2; nothing half-made stays behind',
    (_name, k, code, path) => {
      const answer = answers[k]!;
      expect(answer.exit).toBe(2);
      const { error } = JSON.parse(answer.out) as {
        error: { code: string; message: string; details: { path?: string } };
      };
      expect(error.code).toBe(code);
      if (path !== '') expect(error.details.path).toBe(path);
      expect(error.message.length).toBeGreaterThan(10);
      expect(answer.after).toEqual(answer.before);
    },
  );

  it('is told to a person as well, with code, limit and hint, and by the exit code of a process of its own', async () => {
    const answers = await Promise.all([
      relaxd(...run('a.json', { ...good, sites: 3 })),
      relaxd('retrieve', '--device', 'glauber'),
      relaxd('retrieve', '--device', 'toaster', '--memories', 'letters'),
    ]);
    expect(answers.map(({ exit, out }) => [exit, out])).toEqual([
      [2, ''],
      [2, ''],
      [2, ''],
    ]);
    expect(answers[0].err).toMatch(/^relaxd: wrong-size: .*\n {2}allowed: 9\n {2}hint: /);
    expect(answers[1].err).toMatch(
      /^relaxd: wrong-call: .*--memories.*\n {2}hint: relaxd retrieve --help/,
    );
    // Also those that the command did not have to make.
    expect(answers[2].err).toMatch(
      /^relaxd: unknown-device: .*\n {2}allowed: .*glauber.*rc-langevin/,
    );
  });
});

describe('a client of a service', () => {
  let service: ServiceProcess;
  beforeAll(async () => {
    service = await ServiceProcess.start(join(folder, 'data'));
  });
  afterAll(async () => {
    expect(await service.end()).toBe(0);
  });

  it('prints the same result as devices in its own process', async () => {
    const call = [
      'retrieve',
      '--device',
      'cavity-qed',
      '--memories',
      'letters:A,B,C',
      '--rule',
      'projection',
      '--corrupt',
      '0.2',
      '--shots',
      '7',
      '--seed',
      '5',
    ];
    const here = await json(...call);
    const there = await relaxd(...call, '--url', service.address, '--json');
    expect(there.exit).toBe(0);
    expect(without(JSON.parse(there.out) as never)).toEqual(without(here as never));
  });

  it('lists, shows, cancels and exports', async () => {
    const page = JSON.parse((await relaxd('jobs', '--url', service.address, '--json')).out) as {
      items: { id: string; run: string; state: string }[];
    };
    const [job] = page.items;
    expect(job!.state).toBe('completed');
    const url = ['--url', service.address];
    const formats = ['arrow', 'parquet', 'csv', 'npz', 'hdf5'];
    const [shown, late, unknown, ...exports] = await together([
      ['job', job!.id, ...url],
      ['cancel', job!.id, ...url, '--json'],
      ['job', '01UNKNOWN', ...url, '--json'],
      ...formats.map((format) =>
        ['export', job!.run, '--format', format, '--out', `x.${format}`].concat(url),
      ),
    ]);
    expect(shown!.out).toMatch(/completed/);
    expect((JSON.parse(late!.out) as { state: string }).state).toBe('completed'); // cancel after the end answers with the end
    expect([
      unknown!.exit,
      (JSON.parse(unknown!.out) as { error: { code: string } }).error.code,
    ]).toEqual([2, 'unknown-job']);
    for (const [k, format] of formats.entries()) {
      expect([exports[k]!.exit, exports[k]!.err]).toEqual([0, '']);
      expect(readFileSync(join(folder, `x.${format}`)).length).toBeGreaterThan(100);
    }
  });

  it('says that nothing answers, with exit 1', async () => {
    const answer = await relaxd('jobs', '--url', 'http://127.0.0.1:1', '--json');
    expect(answer.exit).toBe(1);
    expect(answer.out).toMatch(/service-unreachable/);
  });

  it('refuses a second service on the same data folder, naming it, and a port that is taken, with exit 1', async () => {
    const second = await relaxd('serve', '--port', '0', '--data', join(folder, 'data'));
    expect([second.exit, /store-locked: .*data/.test(second.err)]).toEqual([1, true]);
    const port = new URL(service.address).port;
    const taken = await relaxd('serve', '--port', port, '--data', join(folder, 'other'));
    expect([taken.exit, /port-taken/.test(taken.err)]).toEqual([1, true]);
  });
});

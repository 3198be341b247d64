import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { RecordMessages } from '../../src/lab/arrow-stream.js';
import { END_OF_STREAM } from '../../src/lab/record-header.js';
import { RecordReader } from '../../src/lab/record-reader.js';
import { temporaryFolder } from '../../src/lab/temporary-folder.test-support.js';
import { r1Document, R1_CUE, R2_COUPLINGS } from '../support/r1-instance.js';
import { RelaxdCommand, type Answer } from '../support/relaxd-command.js';
import { ServiceProcess } from '../support/service-process.js';

const folder = temporaryFolder();

const command = new RelaxdCommand(folder);
const together = command.together.bind(command);
interface Line {
  readonly name: string;
  readonly value: number | null;
  readonly standardError: number | null;
  readonly expected: { relation: string; value: number } | null;
  readonly verdict: string;
  readonly sigma: number | null;
  readonly note: string | null;
}
interface Checked {
  readonly origin: string;
  readonly shots: number;
  readonly quantities: readonly Line[];
  readonly violated: readonly string[];
  readonly holds: boolean;
  readonly warnings: readonly string[];
  readonly equilibrium: { by: string; burnIn?: number } | null;
}
/** Calls of check-thermo that the tests look at; all in one process, since each takes half a second to start. */
const CALLS = [
  'forward.arrow --reverse reverse.arrow --json',
  'forward.arrow --reverse reverse.arrow',
  'symmetric.arrow --json',
  'random.arrow --json',
  'pattern.arrow --json',
  'ring.arrow --json',
  'fast.arrow --json',
  'cold.arrow --json',
  'synchronous.arrow --json',
  'energy-only.arrow --json',
  'sequential.arrow --json',
  'circuit.arrow --json',
  'moved.arrow --json',
  'circuit.arrow --si --json',
  'forward.arrow --si --json',
  'forward.arrow --reverse forward.arrow',
  'forward.arrow --reverse random.arrow',
  'pattern.arrow --reverse reverse.arrow',
  'sequential.arrow --reverse sequential.arrow',
  'forward.arrow --reverse circuit.arrow',
  'broken.arrow --json',
  'doubled.arrow --json',
  'broken.arrow',
  'old.arrow --json',
  'nothing.arrow',
  'text.arrow',
] as const;
type Call = (typeof CALLS)[number];
let answers: ReadonlyMap<string, Answer>;
const answerTo = (call: Call): Answer => answers.get(call)!;
const documentOf = (call: Call): Checked => JSON.parse(answerTo(call).out) as Checked;
function check(name: string): Checked {
  const answer = answers.get(`${name}.arrow --json`)!;
  expect(answer.err).toBe('');
  return JSON.parse(answer.out) as Checked;
}
const lineOf = ({ quantities }: Checked, name: string): Line => {
  const found = quantities.find((line) => line.name === name);
  expect(found, name).toBeDefined();
  return found!;
};

const SHOTS = 2000;
const channels = ['energy', 'work', 'heat'];
const r1 = { ...r1Document({ tau: 1, hMax: 0.25, shots: SHOTS }), readout: { every: 1, channels } };
const drive = (...amplitude: number[][]) => ({ drives: [{ pattern: R1_CUE, amplitude }] });
const programs: Record<string, unknown> = {
  forward: r1,
  reverse: { ...r1, ...drive([0, 0.25], [1, 0]), seed: 2 },
  symmetric: { ...r1, ...drive([0, 0], [0.5, 1], [1, 0]) },
  fast: { ...r1, ...drive([0, 0], [0, 3]), shots: 100 },
  random: { ...r1, drives: [], initial: { kind: 'random' } },
  pattern: { ...r1, drives: [], initial: { kind: 'pattern', values: R1_CUE } },
  cold: { ...r1, dynamics: { temperature: 0 }, initial: { kind: 'random' }, drives: [] },
  synchronous: { ...r1, dynamics: { order: 'synchronous' }, initial: { kind: 'random' } },
  'energy-only': { ...r1, readout: { every: 1, channels: ['energy'] } },
  sequential: { ...r1, dynamics: { order: 'sequential' } },
  ring: {
    version: 1,
    sites: 3,
    couplings: { kind: 'dense', data: R2_COUPLINGS },
    dynamics: { burnIn: 20 },
    initial: { kind: 'equilibrium' },
    duration: 10,
    readout: { every: 10, channels },
    shots: 400,
    seed: 1,
  },
};
const trap = {
  version: 1,
  sites: 1,
  siteKinds: 'continuous',
  couplings: { kind: 'coo', entries: [] },
  wells: { quadratic: 0.5, quartic: 0 },
  initial: { kind: 'equilibrium' },
  duration: 2,
  shots: SHOTS,
  seed: 1,
};
const circuits: Record<string, unknown> = {
  circuit: {
    ...trap,
    drives: [
      {
        pattern: [1],
        amplitude: [
          [0, 0],
          [2, 1],
        ],
      },
    ],
    controls: {
      quadratic: [
        [0, 0.5],
        [2, 1],
      ],
    },
    readout: { every: 0.5, channels },
  },
  // A trap, moved so that the mean goes from 0 to 2 at the speed 1: nothing is faster at this entropy production.
  moved: {
    ...trap,
    drives: [
      {
        pattern: [1],
        amplitude: [
          [0, 0],
          [0, 1],
          [2, 3],
        ],
      },
    ],
    readout: { every: 0.5, channels: [...channels, 'state'] },
  },
};

interface Ran {
  readonly thermodynamics: {
    work: { mean: number; sem: number; drives: { mean: number }; controls: { mean: number } };
    heat: { mean: number; sem: number } | null;
    jarzynski: { trusted: boolean; freeEnergy: { mean: number; sem: number } } | null;
  };
}
let results: Record<string, Ran>;
beforeAll(async () => {
  const all = [
    ...Object.entries(programs).map(([name, p]) => [name, p, 'glauber'] as const),
    ...Object.entries(circuits).map(([name, p]) => [name, p, 'rc-langevin'] as const),
  ];
  for (const [name, program] of all)
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(program));
  const runs = await together(
    all.map(([name, , device]) => [
      'run',
      `${name}.json`,
      ...['--device', device, '--record', `${name}.arrow`, '--json'],
    ]),
  );
  runs.forEach(({ exit, out }, k) => expect([all[k]![0], exit, out.slice(0, 300)]).toContain(0));
  results = Object.fromEntries(
    runs.map(({ out }, k) => [all[k]![0], JSON.parse(out) as Ran] as const),
  );
  await alter('forward', 'broken', (work) => work + 0.1);
  await alter('forward', 'doubled', (work) => 3 * work - 1);
  await alter('forward', 'old', (work) => work, true);
  writeFileSync(join(folder, 'text.arrow'), 'no record at all');
  const found = await together(CALLS.map((call) => ['check-thermo', ...call.split(' ')]));
  answers = new Map(CALLS.map((call, k) => [call, found[k]!]));
}, 300_000);

describe('relaxd check-thermo', () => {
  it('judges a driven run from equilibrium by its record alone, and Crooks with that of the reverse', () => {
    const found = documentOf('forward.arrow --reverse reverse.arrow --json');
    expect(found).toMatchObject({ origin: 'emulator', shots: SHOTS, violated: [], holds: true });
    const { work, heat } = results['forward']!.thermodynamics;
    expect(lineOf(found, 'work')).toMatchObject({ verdict: 'measured' });
    expect(lineOf(found, 'work').value).toBeCloseTo(work.mean, 12);
    expect(lineOf(found, 'work').standardError).toBeCloseTo(work.sem, 12);
    expect(lineOf(found, 'heat').value).toBeCloseTo(heat!.mean, 12);
    expect(lineOf(found, 'first-law').verdict).toBe('holds');
    // The table of R1: ΔF = −.37432003, e^{−βΔF} = 1.45400240.
    expect(lineOf(found, 'jarzynski').expected!.value).toBeCloseTo(1.4540024, 7);
    expect(lineOf(found, 'free-energy').expected!.value).toBeCloseTo(-0.37432003, 7);
    for (const name of ['jarzynski', 'free-energy', 'integral-theorem', 'second-law']) {
      expect([name, lineOf(found, name).verdict]).toEqual([name, 'holds']);
    }
    expect(lineOf(found, 'crooks-slope')).toMatchObject({
      verdict: 'holds',
      expected: { relation: '=', value: 1 },
    });
    const crossing = lineOf(found, 'crooks-free-energy');
    expect(Math.abs(crossing.value! + 0.37432003)).toBeLessThan(4 * crossing.standardError!);
  });

  it('prints a table for people and ends with 0', () => {
    const answer = answerTo('forward.arrow --reverse reverse.arrow');
    expect(answer.exit).toBe(0);
    expect(answer.out).toMatch(/quantity +value +expected +verdict/);
    expect(answer.out).toMatch(/work on the system +-0\.\d+ ± 0\.\d+/);
    expect(answer.out).toMatch(/Crooks, slope .* = 1 +holds \(\d\.\d σ\)/);
    expect(answer.out).toMatch(/uncertainty relation.*cannot be judged: the run is not stationary/);
    expect(answer.out).toMatch(
      /glauber \(emulator\) · 2000 shots · start: equilibrium, drawn exactly · bath at T = 1/,
    );
  });

  it('has the detailed theorem of a protocol that is its own reverse, and the integral one from all states alike', () => {
    const [symmetric, random, pattern] = [check('symmetric'), check('random'), check('pattern')];
    expect(lineOf(symmetric, 'detailed-theorem')).toMatchObject({
      verdict: 'holds',
      note: 's = βW',
    });
    for (const name of ['integral-theorem', 'detailed-theorem', 'second-law']) {
      expect([name, lineOf(random, name).verdict]).toEqual([name, 'holds']);
    }
    expect(lineOf(random, 'integral-theorem').expected).toEqual({ relation: '=', value: 1 });
    expect(lineOf(pattern, 'integral-theorem')).toMatchObject({ verdict: 'not-judged' });
    expect(lineOf(pattern, 'second-law').verdict).toBe('holds');
  });

  it('holds a stationary ring without detailed balance to the uncertainty relation', () => {
    const ring = check('ring');
    const line = lineOf(ring, 'uncertainty-relation');
    expect(line).toMatchObject({ verdict: 'holds', expected: { relation: '≥', value: 1 } });
    expect(lineOf(ring, 'work')).toMatchObject({ verdict: 'not-judged' });
    expect(lineOf(ring, 'work').note).toMatch(/asymmetric/);
  });

  it('says that an equilibrium is drawn, or only what a burn-in reached, and how long that was', () => {
    expect(check('symmetric').equilibrium).toEqual({ by: 'exact' });
    expect(check('random').equilibrium).toBeNull();
    const ring = check('ring');
    expect(ring.equilibrium).toEqual({ by: 'burn-in', burnIn: 20 });
    expect(ring.warnings.join()).toMatch(/a burn-in of 20 sweep reached: .* trusted only if/);
    // Without an energy the record has nothing that relaxes.
    expect(lineOf(ring, 'burn-in')).toMatchObject({ verdict: 'not-judged', value: null });
  });

  it('does not trust an average that few shots dominate', () => {
    const fast = check('fast');
    for (const name of ['jarzynski', 'free-energy']) {
      expect(lineOf(fast, name)).toMatchObject({ verdict: 'not-judged' });
      expect(lineOf(fast, name).note).toMatch(/of 100 shots count|one shot makes up/);
    }
    expect(fast.violated).toEqual([]);
  });

  it.each([
    ['pattern', 'jarzynski', /it needs an equilibrium start, not 'pattern'/],
    ['cold', 'medium-entropy', /T = 0/],
    ['cold', 'second-law', /T = 0/],
    ['synchronous', 'heat', /synchronous updates flip interacting spins at once/],
    ['synchronous', 'medium-entropy', /synchronous/],
    ['energy-only', 'work', /the record has no work: ask for it in readout\.channels/],
    ['energy-only', 'first-law', /the record has no work: ask for it in readout\.channels/],
    ['random', 'uncertainty-relation', /not stationary/],
    ['sequential', 'detailed-theorem', /fixed order/],
  ])('says of %s why %s cannot be judged', (name, line, why) => {
    const found = check(name);
    expect(lineOf(found, line)).toMatchObject({ verdict: 'not-judged' });
    expect(lineOf(found, line).note).toMatch(why);
    expect(found.violated).toEqual([]);
  });

  it('judges a circuit: shares of the work by the drive and by the control, ΔF in closed form', () => {
    const { work, jarzynski } = results['circuit']!.thermodynamics;
    expect(work.drives.mean + work.controls.mean).toBeCloseTo(work.mean, 12);
    expect(work.drives.mean).toBeLessThan(0);
    expect(work.controls.mean).toBeGreaterThan(0);
    expect(jarzynski!.trusted).toBe(true);
    const found = check('circuit');
    // V = q x² − A x from q = ½, A = 0 to q = 1, A = 1: ½ ln 2 − ¼.
    const line = lineOf(found, 'free-energy');
    expect(line.expected!.value).toBeCloseTo(0.5 * Math.LN2 - 0.25, 12);
    expect(line.verdict).toBe('holds');
    expect(lineOf(found, 'first-law').verdict).toBe('holds');
  });

  it('reaches the speed limit of overdamped circuits by moving a trap at constant speed', () => {
    const line = lineOf(check('moved'), 'speed-limit');
    expect(line).toMatchObject({ verdict: 'holds', expected: { relation: '≤', value: 2 } });
    expect(Math.abs(line.value! - 2)).toBeLessThan(4 * line.standardError!);
    expect(line.standardError!).toBeLessThan(0.2);
    const unread = lineOf(check('circuit'), 'speed-limit');
    expect(unread).toMatchObject({
      verdict: 'not-judged',
      note: expect.stringMatching(/state/) as string,
    });
  });

  it('turns energies into joules and temperatures into kelvin where the device has units, and refuses it elsewhere', () => {
    const inJoules = documentOf('circuit.arrow --si --json') as Checked & { unit: string };
    const refused = answerTo('forward.arrow --si --json');
    expect(inJoules.unit).toBe('J');
    const { work } = results['circuit']!.thermodynamics;
    // 1 unit is k_B T_eff at 300 K.
    expect(lineOf(inJoules, 'work').value! / work.mean / (300 * 1.380649e-23)).toBeCloseTo(1, 9);
    expect(refused.exit).toBe(2);
    const { error } = JSON.parse(refused.out) as { error: { code: string; message: string } };
    expect(error).toMatchObject({ code: 'not-calibrated' });
    expect(error.message).toMatch(/has no value in joules/);
  });

  it.each([
    ['forward', 'forward', /the second protocol is not the first one backwards: drive 0/],
    ['forward', 'random', /its reverse: it needs an equilibrium start, not 'random'/],
    ['pattern', 'reverse', /the record: it needs an equilibrium start, not 'pattern'/],
    ['sequential', 'sequential', /fixed order/],
    ['forward', 'circuit', /they last 1 and 2|differ/],
  ])('refuses Crooks between %s and %s with the reason', (forward, reverse, why) => {
    const answer = answers.get(`${forward}.arrow --reverse ${reverse}.arrow`)!;
    expect(answer.exit).toBe(2);
    expect(answer.err).toMatch(/not-comparable/);
    expect(answer.err).toMatch(why);
  });

  it('ends with 1 where a record breaks the first law or a theorem', () => {
    const [broken, doubled] = [
      documentOf('broken.arrow --json'),
      documentOf('doubled.arrow --json'),
    ];
    for (const call of ['broken.arrow --json', 'doubled.arrow --json', 'broken.arrow'] as const) {
      expect(answerTo(call).exit).toBe(1);
    }
    expect(broken).toMatchObject({ holds: false });
    expect(broken.violated).toContain('first-law');
    expect(doubled.violated).toEqual(expect.arrayContaining(['first-law', 'free-energy']));
    expect(answerTo('broken.arrow').out).toMatch(/first law.*VIOLATED/);
  });

  it('reads a record that says nothing of its thermodynamics, and says so', () => {
    const old = check('old');
    expect(old.warnings.join()).toMatch(/says nothing of its run’s thermodynamics/);
    expect(lineOf(old, 'work').value).toBeCloseTo(results['forward']!.thermodynamics.work.mean, 12);
    expect(lineOf(old, 'first-law').verdict).toBe('holds');
    expect(lineOf(old, 'theorems')).toMatchObject({ verdict: 'not-judged' });
  });

  it('refuses what is neither a file nor a run, and a file that is no record', () => {
    const [nothing, text] = [answerTo('nothing.arrow'), answerTo('text.arrow')];
    // A torn record is no wrong call.
    expect([nothing.exit, text.exit]).toEqual([2, 1]);
    expect(nothing.err).toMatch(/there is no such file, and it is no run's id/);
    expect(text.err).toMatch(/record-damaged/);
  });

  it('checks a run of a service by its id', async () => {
    const service = await ServiceProcess.start(join(folder, 'data'));
    try {
      const url = ['--url', service.address];
      const [ran] = await together([
        ['run', 'symmetric.json', '--device', 'glauber', '--shots', '200', '--json', ...url],
      ]);
      const { run } = JSON.parse(ran!.out) as { run: string };
      const [checked, unknown] = await together([
        ['check-thermo', run, '--json', ...url],
        ['check-thermo', '01JD0000000000000000000000', ...url],
      ]);
      expect([checked!.exit, checked!.err]).toEqual([0, '']);
      const found = JSON.parse(checked!.out) as Checked;
      expect(found).toMatchObject({ run, shots: 200, holds: true });
      expect(lineOf(found, 'detailed-theorem').verdict).not.toBe('violated');
      expect(unknown!.exit).toBe(2);
      expect(unknown!.err).toMatch(/unknown-run/);
    } finally {
      await service.end();
    }
  }, 60_000);
});

/** A record with other works; with `silent` also without what it says of its thermodynamics. */
async function alter(
  from: string,
  to: string,
  change: (work: number) => number,
  silent = false,
): Promise<void> {
  await using reader = await RecordReader.open(join(folder, `${from}.arrow`));
  const { thermodynamics, ...rest } = reader.header;
  const header = silent ? rest : { ...rest, thermodynamics: thermodynamics! };
  const messages = new RecordMessages(header);
  const parts = [messages.start()];
  for await (const chunk of reader.chunks()) {
    parts.push(
      messages.chunk({ ...chunk, work: chunk.work!.map((w) => (w === 0 ? 0 : change(w))) }),
    );
  }
  writeFileSync(join(folder, `${to}.arrow`), Buffer.concat([...parts, END_OF_STREAM]));
  expect(readFileSync(join(folder, `${to}.arrow`)).length).toBeGreaterThan(1000);
}

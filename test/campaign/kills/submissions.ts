import type { RandomStream } from '../../../src/core/index.js';

/** One thing that was to be done, under one key. */
export interface Submission {
  /** Its seed, too: what was made of it can be told by that, whatever was answered. */
  readonly number: number;
  readonly key: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** As it was acknowledged; null: nobody has answered yet. */
  job: string | null;
}

interface Shape {
  readonly device: string;
  readonly sites: number;
  readonly steps: number;
  readonly shots: number;
  readonly duration: number;
  readonly channels: readonly string[];
}

const run = (seed: number, shape: Shape): Readonly<Record<string, unknown>> => ({
  kind: 'run',
  device: shape.device,
  program: {
    version: 1,
    sites: shape.sites,
    couplings: {
      kind: 'coo',
      entries: Array.from({ length: Math.min(shape.sites, 32) - 1 }, (_, i) => [i, i + 1, 1]),
    },
    dynamics: { rule: 'glauber', order: 'random', temperature: 1 },
    duration: shape.duration,
    readout: { every: shape.duration / shape.steps, channels: shape.channels },
    shots: shape.shots,
    seed,
  },
});

const WITNESS = ['energy', 'work', 'heat', 'state'];
/** Some milliseconds. */
const brief = (device: string): Shape => ({
  device,
  sites: 16,
  steps: 4,
  shots: 3,
  duration: 2,
  channels: WITNESS,
});
/** Some hundred milliseconds in hundreds of small batches' worth of rows, or in batches of a quarter of a megabyte. */
const longer = (device: string, sites: number): Shape => ({
  device,
  sites,
  steps: sites > 100 ? 64 : 8,
  shots: 24,
  duration: 40,
  channels: WITNESS,
});
const RETRY = { attempts: 4, delayS: 0 };

/** Kinds of work, each as often as its weight says. */
const MAKERS: readonly (readonly [
  weight: number,
  make: (seed: number) => Readonly<Record<string, unknown>>,
])[] = [
  [5, (seed) => run(seed, brief('witness-in'))],
  [3, (seed) => run(seed, brief('witness-out'))],
  [3, (seed) => run(seed, brief('witness-hard'))],
  [3, (seed) => run(seed, longer('witness-in', 16))],
  [3, (seed) => ({ ...run(seed, longer('witness-in', 4096)), retry: RETRY })],
  [3, (seed) => run(seed, longer('witness-out', 4096))],
  [3, (seed) => ({ ...run(seed, longer('witness-hard', 16)), retry: RETRY })],
  [
    3,
    (seed) =>
      run(seed, {
        device: 'glauber',
        sites: 32,
        steps: 40,
        shots: 64,
        duration: 400,
        channels: ['energy', 'work', 'heat'],
      }),
  ],
  [
    1,
    (seed) => ({
      kind: 'retrieve',
      device: 'glauber',
      memories: 'letters:A,B,C',
      rule: 'hebb',
      corrupt: 0.1,
      shots: 4,
      seed,
    }),
  ],
  [
    1,
    (seed) => ({
      kind: 'sweep',
      base: run(seed, brief('witness-in')),
      axes: [{ path: 'program.shots', values: [1, 2, 3, 4, 5, 6] }],
      seed,
      retry: { ...RETRY, attempts: 10 },
    }),
  ],
];
const ALL = MAKERS.reduce((sum, [weight]) => sum + weight, 0);

/** The next thing to be done. */
export function newSubmission(number: number, random: RandomStream): Submission {
  let left = random.uniform() * ALL;
  const [, make] = MAKERS.find(([weight]) => (left -= weight) < 0) ?? MAKERS[0]!;
  return { number, key: `kill-${number}`, body: make(number), job: null };
}

/** The seed under which a body was submitted. */
export function numberOf(body: Readonly<Record<string, unknown>>): number {
  const program = body['program'] as { readonly seed: number } | undefined;
  return program?.seed ?? (body['seed'] as number);
}

import { describe, expect, it } from 'vitest';
import type { TwinReport } from '../../src/calibrate/index.js';
import { RandomStream } from '../../src/core/index.js';
import { BLIND, MeasuredBoard } from '../support/measured-board.js';
import { hold, holdBound } from '../support/hold.js';
import { FULL_SIZE } from '../support/run-simulation.js';
import { nearlyTrue, twinTrial, type TwinTrial } from '../support/twin-trial.js';

const SITES = 3;
const profile = { ...BLIND, sites: SITES };
/** Data sheet of the blind boards: converters without bends, drives ± 0.5 %, monitors ± 1 %. Calibrations say all else, cubic conductances too. */
const SHEET = [{ parameter: 'couplingError', value: 0, standardError: 0 }];
const WORK = [
  { parameter: 'driveGain', value: 1, standardError: 0.005 },
  { parameter: 'workGain', value: 1, standardError: 0.01 },
];
const OPTIONS = { draws: FULL_SIZE ? 24 : 16 };

/** A cue with one wrong site of three in double wells, under a drive, while couplings and temperature run: retrieval, quench and anneal. */
const driven = (shots: number): object => ({
  version: 1,
  sites: SITES,
  siteKinds: 'continuous',
  couplings: {
    kind: 'coo',
    entries: [
      [0, 1, 0.8],
      [0, 2, -0.6],
      [1, 2, -0.7],
    ],
  },
  references: [
    [1, 1, -1],
    [1, -1, 1],
    [-1, 1, 1],
  ],
  fields: [0.2, 0.1, -0.3],
  wells: { quadratic: -1, quartic: 0.3 },
  dynamics: { temperature: 1 },
  initial: { kind: 'corrupted', values: [1, 1, -1], flips: 1 },
  controls: {
    coupling: [
      [0, 0.3],
      [1, 1],
    ],
    temperature: [
      [0, 1.5],
      [1.5, 0.8],
    ],
  },
  drives: [
    {
      pattern: [1, -1, 0.5],
      amplitude: [
        [0, 0],
        [1, 1],
        [1, 0.5],
        [2, 0],
      ],
    },
  ],
  duration: 2,
  readout: { every: 0.5, channels: ['overlaps', 'work', 'heat'] },
  shots,
});

/** Linear wells that couplings nearly lift: 5 % of a coupling are a fifth of what is left. */
const soft = (shots: number): object => ({
  version: 1,
  sites: SITES,
  siteKinds: 'continuous',
  couplings: { kind: 'coo', entries: [[0, 1, 1.5]] },
  references: [[1, 1, 1]],
  fields: [1, 1, 0.5],
  wells: { quadratic: 1, quartic: 0 },
  dynamics: { temperature: 0.3 },
  initial: { kind: 'zero' },
  duration: 3,
  readout: { every: 3, channels: ['overlaps', 'heat'] },
  shots,
});

/** Barriers of several temperatures: how many shots have crossed them says what the temperature is. */
const barrier = (shots: number): object => ({
  version: 1,
  sites: SITES,
  siteKinds: 'continuous',
  couplings: { kind: 'coo', entries: [] },
  references: [[1, 1, 1]],
  wells: { quadratic: -2, quartic: 0.5 },
  dynamics: { temperature: 0.6 },
  initial: { kind: 'pattern', values: [1.4, 1.4, 1.4] },
  duration: 4,
  readout: { every: 4, channels: ['overlaps', 'heat'] },
  shots,
});

/** A retrieval in still fields, strong couplings of two memories: what work is done on it comes from late or unlike couplings. */
function retrieval(sites: number, seed: number, shots: number): object {
  const random = RandomStream.of(seed, 'disorder', 0);
  const memories = [0, 1].map(() => Array.from({ length: sites }, () => random.sign()));
  const entries: number[][] = [];
  for (let i = 0; i < sites; i++) {
    for (let j = i + 1; j < sites; j++) {
      const J = memories.reduce((sum, xi) => sum + (6 / sites) * xi[i]! * xi[j]!, 0);
      if (J !== 0) entries.push([i, j, J]);
    }
  }
  return {
    version: 1,
    sites,
    siteKinds: 'continuous',
    couplings: { kind: 'coo', entries },
    references: memories,
    wells: { quadratic: 1, quartic: 0.25 },
    dynamics: { temperature: 0.05 },
    initial: { kind: 'corrupted', values: memories[0], flips: sites / 4 },
    duration: 3,
    readout: { every: 3, channels: ['overlaps', 'work', 'heat'] },
    shots,
  };
}

/** Kolmogorov's distance of p from uniform: beyond 1.95/√n once in a thousand. */
function judge(reports: readonly TwinReport[], of: string): void {
  const ps = reports.map(({ fit }) => fit!.pValue).sort((a, b) => a - b);
  const n = ps.length;
  const apart = ps.reduce((worst, p, k) => Math.max(worst, p - k / n, (k + 1) / n - p), 0);
  const bound = { class: 'choice', sample: `${n} boards, ${of}` } as const;
  holdBound({
    quantity: 'distance of p from uniform, times √boards',
    got: apart * Math.sqrt(n),
    most: 1.95,
    ...bound,
  });
  holdBound({ quantity: 'smallest p', got: ps[0]!, least: 0.001, ...bound });
}

describe('one job on a board and on its twin', () => {
  it('agrees where the calibration is true, p being uniform over boards', async () => {
    const boards = FULL_SIZE ? 24 : 4;
    const reports: TwinReport[] = [];
    for (let b = 0; b < boards; b++) {
      const board = new MeasuredBoard(profile, `twin-job-${b}`);
      const calibration = nearlyTrue(board, 0.01, b + 1);
      const references = [...SHEET, ...WORK];
      const program = driven(FULL_SIZE ? 200 : 30);
      const trial = { board, calibration, program, references, target: 0, ...OPTIONS };
      reports.push(await twinTrial({ ...trial, seed: 100 + b }));
    }
    judge(reports, 'calibrations that are 1 % off');
  }, 900_000);

  it('has the work that late couplings do, which a twin without their pole has not', async () => {
    const boards = FULL_SIZE ? 20 : 1;
    const poleHz = 2e6;
    const late = {
      ...BLIND,
      sites: 16,
      couplingPoleHz: poleHz,
      couplingAsymmetry: 0,
      monitorNoise: 0.01,
    };
    const zs: number[] = [];
    let nearest = Infinity;
    for (let b = 0; b < boards; b++) {
      const board = new MeasuredBoard(late, `late-${b}`);
      const calibration = nearlyTrue(board, 0.001, b + 1);
      const zOf = async (pole: number): Promise<number> => {
        const { quantities } = await twinTrial({
          board,
          calibration,
          program: retrieval(16, b, FULL_SIZE ? 100 : 40),
          seed: 1000 + b,
          target: 0,
          draws: 16,
          references: [...SHEET, { parameter: 'couplingPole', value: pole, standardError: 0 }],
        });
        return quantities.find(({ name }) => name === 'work')!.z!;
      };
      zs.push(await zOf(1 / (2 * Math.PI * poleHz)));
      nearest = Math.min(nearest, Math.abs(await zOf(0)));
    }
    const sample = `${boards} boards of 16 sites`;
    hold({
      quantity: 'work less that of twins with the pole, mean in standard errors',
      expected: 0,
      got: zs.reduce((sum, z) => sum + z / boards, 0),
      standardError: 1 / Math.sqrt(boards),
      tolerance: 4 / Math.sqrt(boards),
      class: 'choice',
      sample,
    });
    holdBound({
      quantity: 'least of them without the pole',
      got: nearest,
      least: 5,
      class: 'choice',
      sample,
    });
  }, 900_000);

  it('says so where a coupling or the temperature of the calibration is 5 % wrong', async () => {
    const board = new MeasuredBoard(profile, 'twin-job-wrong');
    const shots = FULL_SIZE ? 1000 : 300;
    const few = FULL_SIZE ? {} : { draws: 16 };
    const report = (
      program: object,
      change: (name: string) => number,
      references: TwinTrial['references'] = [],
    ): Promise<TwinReport> =>
      twinTrial({
        board,
        calibration: nearlyTrue(board, 0.002, 7, change),
        program,
        references,
        seed: 11,
        ...few,
      });
    const bound = { class: 'choice', sample: `${shots} shots of ${SITES} sites` } as const;
    const p = (found: TwinReport): number => found.fit!.pValue;
    const right = await report(soft(shots), () => 1, SHEET);
    holdBound({ quantity: 'p, right couplings', got: p(right), least: 0.001, ...bound });
    const coupling = await report(
      soft(shots),
      (name) => (/^couplingGain\[(0<-1|1<-0)\]/.test(name) ? 1.05 : 1),
      SHEET,
    );
    holdBound({ quantity: 'p, a coupling 5 % wrong', got: p(coupling), most: 0.001, ...bound });
    expect(coupling.agrees).toBe(false);
    if (!FULL_SIZE) return;
    const cool = await report(barrier(shots), () => 1);
    holdBound({ quantity: 'p, right temperatures', got: p(cool), least: 0.001, ...bound });
    const warm = await report(barrier(shots), (name) =>
      name.startsWith('temperature[') ? 1.05 : 1,
    );
    holdBound({ quantity: 'p, temperatures 5 % wrong', got: p(warm), most: 0.001, ...bound });
    expect(warm.agrees).toBe(false);
  }, 900_000);
});

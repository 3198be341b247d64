import { describe, expect, it } from 'vitest';
import { glauberDescriptor } from '../../drivers/glauber/index.js';
import { checkDocument } from '../core/index.js';
import { drivenOverlapDynamics } from '../model/index.js';
import { DRIVE_BODY_SCHEMA } from './drive-body.js';
import { drawCue } from './draw-cue.js';
import { fitThreshold } from './fit-threshold.js';
import { minimise } from './nelder-mead.js';
import { OverlapFlow } from './overlap-flow.js';
import { paretoFront } from './pareto-front.js';
import { populationEntropy, Populations, type Four } from './populations.js';
import { predictDrive } from './predict-drive.js';
import { modelOf, prepareDrive, type DriveRequest } from './prepare-drive.js';
import { readProtocol, step, triangle } from './protocol.js';
import { randomMemories } from './random-memories.js';
import { lastPassage } from './transition-time.js';

const glauber = glauberDescriptor('glauber');
const request = (more: Partial<DriveRequest> = {}): DriveRequest => ({
  memories: randomMemories(2, 200, 3),
  order: 3,
  temperature: 0.3,
  cue: { memory: 0, accuracy: 0.6 },
  protocol: [
    [0, 0.5],
    [2, 0.5],
  ],
  seed: 1,
  ...more,
});

describe('a protocol', () => {
  it('begins at 0, jumps where it has to, and ends at its release with a field of 0', () => {
    expect(readProtocol(step(0.5, 2), null).points).toEqual([
      [0, 0],
      [0, 0.5],
      [2, 0.5],
      [2, 0],
    ]);
    expect(readProtocol(triangle(1, 4), null).points).toEqual([
      [0, 0],
      [2, 1],
      [4, 0],
    ]);
    expect(readProtocol([[1, 2]], 3).points).toEqual([
      [0, 0],
      [1, 0],
      [1, 2],
      [3, 2],
      [3, 0],
    ]);
  });

  it('is cut off on its line by an earlier release', () => {
    const { points, release } = readProtocol(
      [
        [0, 0],
        [4, 2],
      ],
      1,
    );
    expect(release).toBe(1);
    expect(points).toEqual([
      [0, 0],
      [1, 0.5],
      [1, 0],
    ]);
  });

  it('keeps the first and the last of several points at one time', () => {
    const { points } = readProtocol(
      [
        [0, 1],
        [1, 1],
        [1, 7],
        [1, 3],
        [2, 3],
      ],
      null,
    );
    expect(points.filter(([t]) => t === 1)).toEqual([
      [1, 1],
      [1, 3],
    ]);
  });

  it.each([
    [
      [
        [2, 1],
        [1, 1],
      ],
      null,
      'protocol[1][0]',
    ],
    [[[-1, 1]], null, 'protocol[0][0]'],
    [[[0, 1]], null, 'release'],
  ])('%j, released at %j, is refused at %s', (points, release, path) => {
    let thrown: unknown;
    try {
      readProtocol(points, release);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'invalid-input', details: { path } });
  });
});

describe('a cue', () => {
  it('has exactly round((1 − c)/2 · N) wrong sites, the same for the same seed and others for another', () => {
    const pattern = randomMemories(1, 101, 1).patterns[0]!;
    const one = drawCue(pattern, 0.6, 5);
    expect(one.wrong).toBe(20);
    expect(one.cue.filter((s, i) => s !== pattern[i])).toHaveLength(20);
    expect(drawCue(pattern, 0.6, 5).cue).toEqual(one.cue);
    expect(drawCue(pattern, 0.6, 6).cue).not.toEqual(one.cue);
    expect(drawCue(pattern, -1, 5).cue).toEqual(pattern.map((s) => -s));
  });
});

/** The flow of a paramagnet of these populations. */
const flowOf = (shares: Four): OverlapFlow =>
  new OverlapFlow({
    order: 2,
    temperature: 1,
    shares,
    cueAccuracy: 0.5,
    initial: [0, 0, 0, 0],
    entropy: Math.LN2,
    fromOther: false,
  });

describe('populations', () => {
  it('are told apart by four overlaps: those of any state come back', () => {
    const [target, other] = randomMemories(2, 60, 4).patterns as [Int8Array, Int8Array];
    const { cue } = drawCue(target, 0.5, 1);
    const populations = new Populations(target, other, cue);
    const state = randomMemories(1, 60, 9).patterns[0]!;
    const overlaps = populations.references.map(
      (pattern) => pattern.reduce((sum, p, i) => sum + p * state[i]!, 0) / 60,
    );
    const direct = [0, 1, 2, 3].map((p) => {
      const members = [...target.keys()].filter(
        (i) => (other[i] === target[i] ? 0 : 2) + (cue[i] === target[i] ? 0 : 1) === p,
      );
      return members.reduce((sum, i) => sum + target[i]! * state[i]!, 0) / members.length;
    });
    populations.magnetisations(overlaps).forEach((x, p) => expect(x).toBeCloseTo(direct[p]!, 12));
    const again = flowOf(populations.shares).overlaps(Float64Array.from(direct));
    expect(again.target).toBeCloseTo(overlaps[0]!, 12);
    expect(again.other).toBeCloseTo(overlaps[1]!, 12);
    expect(again.cue).toBeCloseTo(overlaps[2]!, 12);
    expect(populations.shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 14);
  });

  it('have the entropy ln 2 without order and none with all of it', () => {
    expect(populationEntropy([0.25, 0.25, 0.25, 0.25], [0, 0, 0, 0])).toBeCloseTo(Math.LN2, 14);
    expect(populationEntropy([0.4, 0.1, 0.4, 0.1], [1, -1, 1, 1])).toBe(0);
  });
});

describe('theory beside a drive', () => {
  it('has Σ = Δs + βq equal to the integral of its rate, also from a start that is certain', () => {
    const plan = prepareDrive(request({ from: { corrupted: 1, fraction: 0 } }), glauber);
    const model = modelOf(plan);
    const times = { release: 2, duration: 22, every: 0.5 };
    const predicted = predictDrive(model, plan.protocol.points, times);
    const course = drivenOverlapDynamics({
      degree: 3,
      temperature: 0.3,
      cueAccuracy: 0.6,
      shares: model.shares,
      initial: model.initial,
      field: plan.protocol.points,
      duration: 22,
      dt: 2e-4,
    });
    // The rate has a logarithm at the start, which the integration meets with an error of the order of its step.
    expect(predicted.entropyProduction).toBeCloseTo(course.entropyProduction[1]!, 2);
    expect(predicted.work).toBeCloseTo(course.work[1]!, 8);
  });

  it('is null with the reason where the equations do not hold', () => {
    const why = (more: Partial<DriveRequest>): string | null =>
      prepareDrive(request(more), glauber).noTheory;
    expect(why({})).toBeNull();
    expect(why({ temperature: 0 })).toMatch(/T > 0/);
    expect(why({ memories: randomMemories(40, 200, 3), order: 2 })).toMatch(/load is extensive/);
    const twin = randomMemories(3, 200, 3);
    const correlated = {
      ...twin,
      patterns: [
        twin.patterns[0]!,
        twin.patterns[1]!,
        twin.patterns[0]!.map((s, i) => (i < 40 ? -s : s)),
      ],
    };
    expect(why({ memories: correlated })).toMatch(/correlated/);
  });

  it('takes the given patterns as they are: two memories may be correlated', () => {
    const { patterns, ...set } = randomMemories(1, 200, 3);
    const near = patterns[0]!.map((s, i) => (i < 30 ? -s : s));
    const plan = prepareDrive(
      request({ memories: { ...set, labels: ['a', 'b'], patterns: [patterns[0]!, near] } }),
      glauber,
    );
    expect(plan.noTheory).toBeNull();
    const [aRight, aWrong] = plan.shares;
    expect(aRight + aWrong).toBeCloseTo(0.85, 12);
  });
});

describe('the flow of a search', () => {
  it('is the overlap dynamics without its ledger, and its work is theirs', () => {
    const model = modelOf(prepareDrive(request({ from: { memory: 1 } }), glauber));
    const flow = new OverlapFlow(model);
    const x = Float64Array.from(model.initial);
    const work = flow.advance(x, 0.2, 0.9, 3);
    const course = drivenOverlapDynamics({
      degree: 3,
      temperature: 0.3,
      cueAccuracy: 0.6,
      shares: model.shares,
      initial: model.initial,
      field: [
        [0, 0.2],
        [3, 0.9],
      ],
      duration: 3,
    });
    x.forEach((value, p) => expect(value).toBeCloseTo(course.final[p]!, 4));
    // Without the jump at the start, which the course has booked before its first sample.
    expect(work).toBeCloseTo(course.work[1]! - course.work[0]!, 3);
    expect(flow.energy(x, 0.9)).toBeCloseTo(course.energy[1]!, 4);
  });
});

describe('the simplex', () => {
  it('finds the minimum of Rosenbrock’s valley and of a bowl in five variables', () => {
    const valley = minimise(([x, y]) => (1 - x!) ** 2 + 100 * (y! - x! * x!) ** 2, [-1.2, 1], {
      box: [
        [-5, 5],
        [-5, 5],
      ],
      evaluations: 2000,
      tolerance: 1e-14,
    });
    expect(valley.at[0]).toBeCloseTo(1, 4);
    expect(valley.at[1]).toBeCloseTo(1, 4);
    const bowl = minimise(
      (x) => x.reduce((sum, v, k) => sum + (k + 1) * (v - k / 10) ** 2, 0),
      [1, 1, 1, 1, 1],
      {
        box: Array.from({ length: 5 }, () => [-2, 2] as const),
        evaluations: 4000,
        restarts: 6,
        tolerance: 1e-14,
      },
    );
    bowl.at.forEach((v, k) => expect(v).toBeCloseTo(k / 10, 4));
  });

  it('stays in its box, and finds a minimum on its edge', () => {
    const asked: number[][] = [];
    const { at, evaluations } = minimise(
      (x) => {
        asked.push([...x]);
        return (x[0]! - 3) ** 2 + (x[1]! + 1) ** 2;
      },
      [0, 0],
      {
        box: [
          [-1, 1],
          [-2, 2],
        ],
        evaluations: 300,
      },
    );
    expect(asked.flat().every((v) => v >= -2 && v <= 2)).toBe(true);
    expect(asked.every(([x]) => x! <= 1)).toBe(true);
    expect(at[0]).toBeCloseTo(1, 6);
    expect(at[1]).toBeCloseTo(-1, 3);
    expect(evaluations).toBe(asked.length);
  });
});

describe('the least field', () => {
  it('of exact shares is found to its digits', () => {
    const p = (h: number): number => 1 / (1 + Math.exp(-(h - 0.5) / 0.02));
    const trials = [0.4, 0.47, 0.49, 0.51, 0.53, 0.6].map((field) => ({
      field,
      succeeded: 1e6 * p(field),
      shots: 1e6,
    }));
    const found = fitThreshold(trials);
    expect(found.field).toBeCloseTo(0.5, 6);
    expect(found.width).toBeCloseTo(0.04, 6);
    // Fisher: far more than a million shots would know a logistic width of .02 to about .02 / √(5e5).
    expect(found.standardError).toBeLessThan(0.02 / Math.sqrt(5e5));
  });

  it('is half of the gap off where all shots agree at each field', () => {
    const found = fitThreshold([
      { field: 0.4, succeeded: 0, shots: 10 },
      { field: 0.5, succeeded: 10, shots: 10 },
    ]);
    expect(found).toEqual({ field: 0.45, standardError: 0.04999999999999999, width: null });
  });
});

describe('the last passage', () => {
  it('is interpolated, counts from the last return, and is null for what ends below', () => {
    const at = (gaps: number[]): number | null => lastPassage([...gaps.keys()], (k) => gaps[k]!);
    expect(at([-1, 1, 2])).toBe(0.5);
    expect(at([-1, 1, -3, 1, 2])).toBe(2.75);
    expect(at([1, 2])).toBe(0);
    expect(at([-1, 1, -1])).toBeNull();
  });
});

describe('a Pareto front', () => {
  it('keeps what nothing beats, equals included', () => {
    expect(
      paretoFront([
        [1, 5],
        [2, 2],
        [5, 1],
        [3, 3],
        [2, 2],
        [NaN, 0],
      ]),
    ).toEqual([0, 1, 2, 4]);
  });
});

describe('bodies of drive jobs', () => {
  const body = {
    memories: 'letters:A,B',
    cue: { memory: 'A', accuracy: 0.8 },
    protocol: [[0, 1]],
    release: 1,
  };
  it('take what the contract says', () => {
    expect(checkDocument(DRIVE_BODY_SCHEMA, body)).toEqual([]);
    for (const from of ['paramagnet', { memory: 1 }, { corrupted: 'B', fraction: 0.2 }]) {
      expect(checkDocument(DRIVE_BODY_SCHEMA, { ...body, from })).toEqual([]);
    }
    const protocol = { optimise: { points: 5, duration: 3 } };
    expect(checkDocument(DRIVE_BODY_SCHEMA, { ...body, protocol })).toEqual([]);
  });

  it.each([
    [{ cue: { memory: 0, accuracy: 2 } }, 'cue.accuracy'],
    [{ protocol: [] }, 'protocol'],
    [{ release: 0 }, 'release'],
    [{ order: 1 }, 'order'],
    [{ temperature: -1 }, 'temperature'],
    [{ hold: 1 }, 'hold'],
  ])('%j is refused at %s', (more, path) => {
    const violations = checkDocument(DRIVE_BODY_SCHEMA, { ...body, ...more });
    expect(violations.map((v) => v.path)).toContain(path);
  });
});

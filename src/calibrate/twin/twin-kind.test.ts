import { describe, expect, it } from 'vitest';
import type { Calibration } from '../../device/index.js';
import { readProgram } from '../../device/index.js';
import { Type } from '../../core/index.js';
import { BLIND, MeasuredBoard } from '../../../test/support/measured-board.js';
import { nearlyTrue } from '../../../test/support/twin-trial.js';
import { estimatorHere } from '../job/estimator.js';
import { ValueDraws } from './draw-values.js';
import { twinKind } from './twin-kind.js';

const board = new MeasuredBoard({ ...BLIND, sites: 2 }, 'a twin job');
const { descriptor } = board;
const calibration = nearlyTrue(board, 0.01, 1);
const document = {
  version: 1,
  sites: 2,
  siteKinds: 'continuous',
  couplings: { kind: 'coo', entries: [[0, 1, 0.5]] },
  references: [[1, 1]],
  initial: { kind: 'zero' },
  duration: 1,
  shots: 10,
};
const runs = {
  name: 'run',
  schema: Type.Object({ program: Type.Object({}) }, { additionalProperties: false }),
  prepare: async (body: unknown) => ({
    program: readProgram((body as { readonly program: unknown }).program),
    rule: null,
    observer: null,
    warnings: [],
  }),
};
const kind = twinKind({
  estimator: estimatorHere,
  bases: [runs],
  nowMs: () => Date.parse('2026-02-01T00:00:00.000Z'),
  drawSeed: () => 1,
});
const prepare = (members: object, inForce: Calibration | null = calibration) =>
  kind.prepare(
    { device: 'blind', base: { kind: 'run', program: document }, ...members },
    {
      descriptor: async () => descriptor,
      memorySet: async () => null,
      program: async () => null,
      calibration: async () => inForce,
    },
  );

describe('a twin job', () => {
  it('runs the base on the device, and takes what the calibration does not say as the report tells', async () => {
    const job = await prepare({});
    expect(job.program.shots).toBe(10);
    expect(job.series.more).toEqual([]);
  });

  it('needs a calibration that holds: in force or given, of this device and its descriptor', async () => {
    await expect(prepare({}, null)).rejects.toMatchObject({ code: 'not-calibrated' });
    await expect(prepare({}, { ...calibration, model: 'spins' })).rejects.toMatchObject({
      code: 'not-calibrated',
    });
    const until = '2026-01-02T00:00:00.000Z';
    const over = { ...calibration, validity: { ...calibration.validity, until } };
    await expect(prepare({}, over)).rejects.toMatchObject({
      code: 'calibration-invalid',
      details: { value: until },
    });
    const descriptorOfAnother = `sha256:${'0'.repeat(64)}`;
    await expect(
      prepare({}, { ...calibration, descriptor: descriptorOfAnother }),
    ).rejects.toMatchObject({
      code: 'calibration-invalid',
      details: { limit: descriptorOfAnother },
    });
    await expect(prepare({ calibration: { version: 1 } }, null)).rejects.toMatchObject({
      code: 'invalid-input',
    });
    const given = JSON.parse(JSON.stringify(calibration)) as object;
    await expect(prepare({ calibration: given }, null)).resolves.toBeDefined();
  });

  it('refuses bases that are no run, members that these do not have, and references nobody needs', async () => {
    const refused = async (members: object): Promise<unknown> =>
      prepare(members).then(
        () => null,
        (error: { details: { path?: string; violations?: { path: string }[] } }) =>
          error.details.path ?? error.details.violations?.[0]?.path,
      );
    expect(await refused({ base: { kind: 'sweep' } })).toBe('base.kind');
    expect(await refused({ base: { kind: 'run', program: document, device: 'other' } })).toBe(
      'base.device',
    );
    expect(await refused({ base: { kind: 'run', program: document, colour: 1 } })).toBe(
      'base.colour',
    );
    expect(await refused({ target: 1 })).toBe('target');
    const reference = { value: 1, standardError: 0.1 };
    expect(await refused({ references: [{ parameter: 'driveGain', ...reference }] })).toBe(
      'references[0].parameter',
    );
    expect(await refused({ references: [{ parameter: 'capacitance', ...reference }] })).toBe(
      'references[0].parameter',
    );
  });
});

describe('draws of a calibration', () => {
  it('scatter as its covariance says, the logarithms of what is positive; what blocks share is drawn once', () => {
    const parameters = ['capacitance[0]', 'readoutGain[0]', 'heatGain', 'capacitance[1]'];
    const small = {
      ...calibration,
      covariance: [
        { parameters: parameters.slice(0, 3), lower: [4e-22, 1e-13, 1e-4, 0, 5e-5, 4e-4] },
        { parameters: ['capacitance[1]', 'heatGain'], lower: [1e-22, 1e-13, 4e-4] },
      ],
      parameters: calibration.parameters.map((one) => ({
        ...one,
        value: one.name.startsWith('capacitance') ? 1e-9 : one.value,
      })),
    };
    const draws = new ValueDraws(small, [{ parameter: 'workOffset', value: 2, standardError: 3 }]);
    const names = [...parameters, 'workOffset'];
    const count = 4000;
    const centre = draws.draw(1, -1);
    const rows = Array.from({ length: count }, (_, k) => {
      const drawn = draws.draw(1, k);
      return names.map((name) =>
        name === 'workOffset'
          ? drawn.value(name)! - 2
          : Math.log(drawn.value(name)! / centre.value(name)!),
      );
    });
    const covariance = (a: number, b: number): number =>
      rows.reduce((sum, row) => sum + row[a]! * row[b]!, 0) / count;
    const unit = names.map((name) => (name === 'workOffset' ? 1 : centre.value(name)!));
    const expected: [number, number, number][] = [
      [0, 0, 4e-22],
      [0, 1, 1e-13],
      [1, 1, 1e-4],
      [1, 2, 5e-5],
      [2, 2, 4e-4],
      [3, 3, 1e-22],
      [3, 2, 1e-13],
      [4, 4, 9],
    ];
    for (const [a, b, value] of expected) {
      const scaled = value / (unit[a]! * unit[b]!);
      const error = Math.sqrt((covariance(a, a) * covariance(b, b) * 2) / count);
      expect(Math.abs(covariance(a, b) - scaled)).toBeLessThan(4 * error);
    }
  });
});

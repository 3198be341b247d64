import { describe, expect, it } from 'vitest';
import { MeasuredBoard, BLIND } from '../../../test/support/measured-board.js';
import { nearlyTrue } from '../../../test/support/twin-trial.js';
import { readProgram, resolveProgram, type Calibration } from '../../device/index.js';
import { assumptionsOf } from './assumptions.js';

const board = new MeasuredBoard({ ...BLIND, sites: 2 }, 'assumed');
const measured = nearlyTrue(board, 0.01, 1);
const retrieval = resolveProgram(
  readProgram({
    version: 1,
    sites: 2,
    siteKinds: 'continuous',
    couplings: { kind: 'coo', entries: [] },
    wells: { quadratic: -1, quartic: 1 },
    duration: 1,
    readout: { every: 1, channels: ['state'] },
    shots: 1,
  }),
  board.descriptor,
  0,
);
const assumed = (calibration: Calibration, given: Parameters<typeof assumptionsOf>[3] = []) =>
  assumptionsOf(retrieval, calibration, board.descriptor, given);

describe('what a twin takes for granted', () => {
  it('are gains of quartic wells where nobody has measured them: 1 ± 1 %, or what is given', () => {
    const old = {
      ...measured,
      parameters: measured.parameters.filter(({ name }) => !name.startsWith('quarticGain')),
    };
    const each = (standardError: number) =>
      [0, 1].map((i) => ({ parameter: `quarticGain[${i}]`, value: 1, standardError }));
    expect(assumed(old)).toEqual(each(0.01));
    const sheet = { parameter: 'quarticGain', value: 1, standardError: 0.05 };
    expect(assumed(old, [sheet])).toEqual(each(0.05));
  });

  it('are none of these where the calibration says what they are', () => {
    expect(assumed(measured)).toEqual([]);
    const sheet = { parameter: 'quarticGain', value: 1, standardError: 0.05 };
    expect(() => assumed(measured, [sheet])).toThrow(/the calibration says itself/);
  });
});

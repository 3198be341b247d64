import { describe, expect, it } from 'vitest';
import {
  fitCircuit,
  planProbes,
  type CircuitRun,
  type ProbePlan,
} from '../../src/calibrate/index.js';
import { BLIND, MeasuredBoard } from '../support/measured-board.js';
import { holdBound } from '../support/hold.js';
import { FULL_SIZE } from '../support/run-simulation.js';

/**
 * What a calibration of all pairs of a large board takes: the board's own time, which is virtual here, and seconds of computing (of the
 * processor, simulating the probes apart from estimating); and that what comes out is the board. Short: seven sites, a tenth of the usual length.
 */
const SIZES = FULL_SIZE
  ? [
      { sites: 16, effort: 1, boardS: 60, computingS: 30 },
      { sites: 64, effort: 1, boardS: 600, computingS: 600 },
    ]
  : [{ sites: 7, effort: 0.1, boardS: 60, computingS: 30 }];

const processorS = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Normal squares have variance 2; references that all share (heat) move many of them together. */
const MEAN_SQUARE = 1 + 4 * Math.sqrt(2 / 40);

const KINDS = [
  'capacitance',
  'temperature',
  'readoutGain',
  'wellGain',
  'quarticGain',
  'couplingGain',
];

describe.each(SIZES)('a board of $sites sites', ({ sites, effort, boardS, computingS }) => {
  it('is calibrated, all of its pairs, within the time that it may take', () => {
    const board = new MeasuredBoard({ ...BLIND, sites }, `large-${sites}`);
    const plan: ProbePlan = planProbes(board.descriptor, { effort, readoutPoleS: 0 });
    expect(plan.parameters.count).toBe(10 * sites + 2 + sites * (sites - 1));
    const began = processorS();
    const runs = plan.probes.map((probe, k): CircuitRun => board.run(probe, k + 1));
    const simulated = processorS();
    const fractions: number[] = [];
    const { estimate } = fitCircuit(
      plan.parameters,
      runs,
      [
        { name: 'heatGain', value: 1, standardError: BLIND.monitorSpread },
        ...Array.from({ length: sites }, (_, i) => ({
          name: `fieldGain[${i}]`,
          value: 1,
          standardError: BLIND.driveSpread,
        })),
      ],
      { onProgress: (fraction) => void fractions.push(fraction) },
    );
    const estimated = processorS();
    const title = `${sites} sites, ${plan.probes.length} probes, ${plan.parameters.count} parameters`;
    const bound = (quantity: string, got: number, most: number): void =>
      holdBound({ quantity: `${title}: ${quantity}`, got, most, class: 'choice' });
    bound('time of the board, s', plan.cost.deviceS, boardS);
    bound('processor, estimating, s', estimated - simulated, computingS);
    bound('processor, with the board simulated, s', estimated - began, 2 * computingS);
    expect(fractions.every((v, k) => k === 0 || v >= fractions[k - 1]!)).toBe(true);
    expect(fractions.at(-1)).toBe(1);
    expect(estimate.open).toEqual([]);
    for (const kind of KINDS) {
      const own = estimate.parameters.filter(({ name }) => name.startsWith(`${kind}[`));
      const squares = own.map(({ name, value, standardError }) => {
        return ((value - board.truth(name)) / standardError!) ** 2;
      });
      const mean = squares.reduce((sum, z) => sum + z, 0) / squares.length;
      const few = Math.max(1, Math.sqrt(40 / squares.length));
      bound(`mean square of (${kind} − true)/error`, mean, 1 + few * (MEAN_SQUARE - 1));
    }
  });
});

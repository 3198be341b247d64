import { describe, expect, it } from 'vitest';
import { fitCircuit, planProbes, type EstimatedParameter } from '../../src/calibrate/index.js';
import { BLIND, MeasuredBoard } from '../support/measured-board.js';
import { holdBound, note } from '../support/hold.js';
import { FULL_SIZE } from '../support/run-simulation.js';

/**
 * Boards of the component-level simulator with secret parts, 5 % off, with offsets, noise and gains of their own, are probed and fitted. The
 * simulator shares no code with the estimator. Known beforehand is what a laboratory knows: the reference of the field currents to
 * 0.5 % a node, the heat monitor's to 1 %; a board's own values are drawn from just these.
 *
 * At full size 200 boards of three nodes, 6000 node parameters in all: the share of intervals that hold the truth is known to 0.9 % (600
 * of a kind) or 1.5 % (200), and a mean error to 0.04 … 0.07 standard errors. Reduced: 20 boards of two nodes, and bounds wider by 4 standard
 * errors of that sample.
 */
const [BOARDS, SITES] = FULL_SIZE ? [200, 3] : [20, 2];
const EFFORT = 0.4;

interface Score {
  held: number;
  count: number;
  sum: number;
}

describe('boards with secret parts', () => {
  it('are recovered: 95 % intervals hold the truth, and estimates are not biased', () => {
    const scores = new Map<string, Score>();
    for (let b = 0; b < BOARDS; b++) {
      const board = new MeasuredBoard({ ...BLIND, sites: SITES }, `blind-${b}`);
      const plan = planProbes(board.descriptor, { effort: EFFORT, readoutPoleS: 0 });
      const runs = plan.probes.map((probe, k) => board.run(probe, 1000 * b + k + 1));
      const { estimate } = fitCircuit(plan.parameters, runs, references(SITES));
      expect(estimate.open).toEqual([]);
      for (const parameter of estimate.parameters)
        add(scores, parameter, board.truth(parameter.name));
    }
    expect(scores.size).toBe(13);
    for (const [kind, { held, count, sum }] of scores) {
      const slack = FULL_SIZE ? 0 : 4;
      const coverage = held / count;
      const scatter = slack * Math.sqrt((0.95 * 0.05) / count);
      const sample = `${count} parameters of ${BOARDS} boards`;
      holdBound({
        quantity: `${kind}: share of 95 % intervals that hold the truth`,
        got: coverage,
        least: 0.92 - scatter,
        class: 'choice',
        sample,
      });
      if (FULL_SIZE) {
        holdBound({
          quantity: `${kind}: the same, not wider than they need be`,
          got: coverage,
          most: 0.98,
          class: 'choice',
          sample,
        });
      }
      holdBound({
        quantity: `${kind}: bias over standard error`,
        got: Math.abs(sum / count),
        most: 0.3 + slack / Math.sqrt(count),
        class: 'choice',
        sample,
      });
    }
  });

  it('leave their scale open without heat, and say so; what the scale leaves alone is still found', () => {
    const board = new MeasuredBoard({ ...BLIND, sites: 2 }, 'blind-0');
    const plan = planProbes(board.descriptor, { effort: EFFORT, readoutPoleS: 0 });
    const states = plan.probes.filter(({ kind }) => kind === 'states');
    const runs = states.map((probe, k) => board.run(probe, k + 1));
    const { estimate } = fitCircuit(plan.parameters, runs, references(2));
    // A scale of each node; and the heat monitor's own offset, which nobody asked.
    expect(estimate.open).toHaveLength(3);
    for (const name of ['capacitance', 'resistance', 'temperature', 'readoutGain']) {
      for (const i of [0, 1]) expect(estimate.parameter(`${name}[${i}]`).identified).toBe(false);
    }
    const rate = estimate.combination({ 'resistance[0]': -1, 'capacitance[0]': -1 });
    const truth = -Math.log((board.truth('resistance[0]') * board.truth('capacitance[0]')) / 1e-4);
    const z = (rate.value - truth) / rate.standardError!;
    note({
      quantity: 'rate of a node without heat, off by standard errors',
      expected: '|z| ≤ 4',
      got: z,
      standardError: 1,
      tolerance: null,
      class: 'exact',
      holds: Math.abs(z) <= 4,
    });
    expect(Math.abs(z)).toBeLessThan(4);
  });
});

function references(sites: number) {
  return [
    { name: 'heatGain', value: 1, standardError: BLIND.monitorSpread },
    ...Array.from({ length: sites }, (_, i) => ({
      name: `fieldGain[${i}]`,
      value: 1,
      standardError: BLIND.driveSpread,
    })),
  ];
}

function add(scores: Map<string, Score>, parameter: EstimatedParameter, truth: number): void {
  const { name, interval, value, standardError, identified } = parameter;
  expect(identified, name).toBe(true);
  const kind = name.replace(/\[.*/, '');
  const score = scores.get(kind) ?? { held: 0, count: 0, sum: 0 };
  scores.set(kind, score);
  score.count++;
  score.sum += (value - truth) / standardError!;
  if (truth >= interval![0] && truth <= interval![1]) score.held++;
}

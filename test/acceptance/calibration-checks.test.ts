import { describe, expect, it } from 'vitest';
import { averageRunLength, planProbes, type CircuitProbe } from '../../src/calibrate/index.js';
import type { CheckReport } from '../../src/calibrate/drift/drift-charts.js';
import { checkBoard, checkProbes } from '../../src/calibrate/job/check-task.js';
import { estimateBoard, referencesOf } from '../../src/calibrate/job/estimate-task.js';
import { USUAL_REFERENCES } from '../../src/calibrate/job/calibrate-body.js';
import { heldOutPrograms } from '../../src/calibrate/job/held-out.js';
import type { ProbeData } from '../../src/calibrate/job/probe-data.js';
import type { Calibration } from '../../src/device/index.js';
import { holdBound } from '../support/hold.js';
import { BLIND, MeasuredBoard } from '../support/measured-board.js';
import { FULL_SIZE } from '../support/run-simulation.js';

/**
 * A pair of the component-level simulator, calibrated; then what one node receives from the other changes, by a hundredth, and the board is checked as
 * check jobs do it; at full size only: a larger drift is found by the tests of check jobs (src/calibrate/job/jobs.test.ts). Stated is the chart's average run length at the drift's own size in standard errors of one check.
 */
const [EFFORT, CHECK_EFFORT, DRIFT, HISTORIES] = [60, 40, 1.01, 8];
const GAIN = 'couplingGain[0<-1]';
/** Run lengths scatter about as much as they are long. */
const SCATTER = 1 + 4 / Math.sqrt(HISTORIES);

describe.runIf(FULL_SIZE)('a coupling gain that drifts on a board', () => {
  it('is found by checks within as many as the chart says, and not before it drifts', () => {
    const board = new MeasuredBoard({ ...BLIND, sites: 2, readoutPoleRc: 0.05 }, 'drifts');
    const { descriptor } = board;
    const measure = (probe: CircuitProbe, seed: number): ProbeData => {
      const run = board.run(probe, seed);
      return run.kind === 'states'
        ? { kind: 'states', shots: run.shots }
        : { kind: 'heat', totals: run.totals };
    };
    const options = { sites: 2, effort: EFFORT, parameters: {} };
    const { probes, parameters } = planProbes(descriptor, options);
    const names = parameters.list.map(({ name }) => name);
    const report = estimateBoard({
      descriptor,
      options,
      references: referencesOf(USUAL_REFERENCES, names),
      profiled: [],
      data: [...probes, ...heldOutPrograms(descriptor, parameters)].map((probe, k) =>
        measure(probe, k + 1),
      ),
    });
    const calibration = report as unknown as Calibration;
    const brief = checkProbes(descriptor, calibration, CHECK_EFFORT);
    let seed = 10_000;
    const check = (before: CheckReport | null): CheckReport =>
      checkBoard({
        descriptor,
        calibration,
        effort: CHECK_EFFORT,
        data: brief.map((probe) => measure(probe, seed++)),
        before,
      });
    const isFound = ({ alarms }: CheckReport): boolean => alarms.includes(GAIN);

    let still: CheckReport | null = null;
    for (let k = 0; k < 4; k++) expect(isFound((still = check(still)))).toBe(false);

    board.drift(0, 1, DRIFT);
    const { reference, limit } = still!.chart;
    const { perUnit } = still!.quantities.find(({ name }) => name === GAIN)!;
    const stated = averageRunLength({ kind: 'cusum', reference, limit }, Math.log(DRIFT) * perUnit);
    let checks = 0;
    for (let history = 0; history < HISTORIES; history++) {
      let last: CheckReport | null = null;
      do {
        last = check(last);
        checks++;
      } while (!isFound(last) && checks < 40 * HISTORIES);
    }
    holdBound({
      quantity: `checks until a drift of ${(100 * (DRIFT - 1)).toFixed(0)} % is found, over the ${stated.toFixed(1)} that the chart says`,
      got: checks / HISTORIES / stated,
      most: SCATTER,
      class: 'choice',
      sample: `${HISTORIES} histories`,
    });
  });
});

import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/index.js';
import {
  CHART_START,
  CircuitParameters,
  constantInputs,
  nextChart,
  planChart,
  shotSampler,
  scoreCheck,
  type CircuitRun,
  type NominalCircuit,
  type PlannedChart,
} from '../../src/calibrate/index.js';
import { groupSystem } from '../../src/calibrate/circuit/group-system.js';
import { moments } from '../../src/thermo/index.js';
import { hold } from '../support/hold.js';
import { FULL_SIZE } from '../support/run-simulation.js';

/**
 * Histories of short check-runs of a calibrated pair, one of whose coupling gains changes by 1 %: how long until an alarm, and how
 * long between false ones. Stated beforehand from the chart's integral equation; tolerances are 4 standard errors of the histories.
 */
const NOMINAL: NominalCircuit = {
  capacitanceF: 1e-9,
  resistanceOhm: 1e5,
  temperatureK: 3.6e11,
  unitV: 0.1,
  readoutStep: 0.004,
  readoutPoleS: 0,
};
const PARAMETERS = new CircuitParameters(2, NOMINAL, 0, [[0, 1]], false);
const CALIBRATED = new Float64Array(PARAMETERS.count);
const GAIN = 'couplingGain[0<-1]';
const DRIFT = 0.01;
const SHOTS = 20;
const SAMPLES = 16;
const SETTING = {
  sites: 2,
  quadratic: Float64Array.of(1, 1),
  couplings: Float64Array.of(0, 1, 1),
  fields: Float64Array.of(0, 3.2),
  temperature: 0.02,
  drives: [],
};
const HISTORIES = FULL_SIZE ? 500 : 30;
const FALSE_ALARM_EVERY = FULL_SIZE ? 50 : 12;

const COURSE = constantInputs([1], 0.25, SAMPLES);
const START = { kind: 'known', mean: new Float64Array(2) } as const;
type Sampler = ReturnType<typeof shotSampler>;
const samplerOf = (at: Float64Array): Sampler =>
  shotSampler(groupSystem(PARAMETERS, SETTING, [0, 1], at).system, COURSE, START);

const checkRun = (sample: Sampler, stream: RandomStream): CircuitRun => ({
  probe: 'check',
  setting: SETTING,
  course: COURSE,
  start: { kind: 'known', values: START.mean },
  kind: 'states',
  shots: Array.from({ length: SHOTS }, () => sample(stream)),
});

/** Check-runs until the alarm. */
function history({ design }: PlannedChart, sample: Sampler, index: number): number {
  const stream = RandomStream.of(31, 'dynamics', index);
  let state = CHART_START;
  while (!state.alarm) {
    const [deviation] = scoreCheck(PARAMETERS, CALIBRATED, [checkRun(sample, stream)], [GAIN]);
    state = nextChart(design, state, deviation!.z);
  }
  return state.count;
}

describe.each(['cusum', 'ewma'] as const)(
  'a drift of a hundredth in one coupling gain, by %s',
  (kind) => {
    const one = checkRun(samplerOf(CALIBRATED), RandomStream.of(30, 'dynamics', 0));
    const [{ perUnit } = { perUnit: NaN }] = scoreCheck(PARAMETERS, CALIBRATED, [one], [GAIN]);
    const chart = planChart({
      kind,
      falseAlarmEvery: FALSE_ALARM_EVERY,
      shift: Math.log1p(DRIFT) * perUnit,
    });

    it('is found after as many check-runs as is stated', () => {
      const drifted = CALIBRATED.slice();
      drifted[PARAMETERS.named(GAIN)] = Math.log1p(DRIFT);
      const sampler = samplerOf(drifted);
      const { mean, sem } = moments(
        Array.from({ length: HISTORIES }, (_, k) => history(chart, sampler, k)),
      );
      expect(sem / mean).toBeLessThan(0.25);
      hold({
        quantity: `${kind}: check-runs from a drift of 1 % to its alarm`,
        expected: chart.delay,
        got: mean,
        standardError: sem,
        tolerance: 4 * sem,
        class: 'exact',
        sample: `${HISTORIES} histories`,
      });
    });

    it('raises false alarms as seldom as is stated', () => {
      const sampler = samplerOf(CALIBRATED);
      const { mean, sem } = moments(
        Array.from({ length: HISTORIES }, (_, k) => history(chart, sampler, HISTORIES + k)),
      );
      hold({
        quantity: `${kind}: check-runs between false alarms`,
        expected: chart.inControl,
        got: mean,
        standardError: sem,
        tolerance: 4 * sem,
        class: 'exact',
        sample: `${HISTORIES} histories`,
      });
    });
  },
);

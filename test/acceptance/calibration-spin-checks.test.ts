import { describe, expect, it } from 'vitest';
import { glauberDescriptor } from '../../drivers/glauber/index.js';
import {
  averageRunLength,
  CHART_START,
  estimateSpinDevice,
  falseAlarmLength,
  nextChart,
  planSpins,
  spinDevice,
  type ChartDesign,
} from '../../src/calibrate/index.js';
import { stepCharts, type CheckedQuantity } from '../../src/calibrate/drift/drift-charts.js';
import { spinCheckPlan, spinDeviations } from '../../src/calibrate/job/spin-check-task.js';
import { spinRecord } from '../../src/calibrate/job/spin-record.js';
import { ValueDraws } from '../../src/calibrate/twin/draw-values.js';
import type { Calibration } from '../../src/device/index.js';
import { moments } from '../../src/thermo/index.js';
import { hold } from '../support/hold.js';
import { runSpins, type SpinTruth } from '../support/measured-spins.js';
import { FULL_SIZE } from '../support/run-simulation.js';

/**
 * Histories of checks of two spins by Glauber's rates, read with errors: each is of a calibration of its own, drawn from the errors that one has, so that
 * charts meet calibrations' errors as often as they come. What is stated comes from the integral equations of the charts and Fisher's information; the
 * waiting times of the spins are drawn by a loop that shares no code with either. Tolerances are 4 standard errors of the histories; of delays a tenth
 * more, for the mean of z is taken as straight in a drift of 10 %, which it is to 5 %.
 */
const HISTORIES = FULL_SIZE ? 500 : 30;
/** Of one chart. */
const FALSE_ALARM_EVERY = FULL_SIZE ? 30 : 8;
const SITES = 2;
const [CALIBRATION_EFFORT, CHECK_EFFORT] = [0.5, 0.2];
const DRIFT = 1.1;

const descriptor = glauberDescriptor('drifting');
const spins = spinDevice(descriptor);
const plan = planSpins(spins, SITES, CALIBRATION_EFFORT);
const truth: SpinTruth = { rate: 1.2, warmth: 0.9, exponent: null, readoutError: 0.05 };
const asked = { temperature: spins.temperature };

function calibrated(seed: number): Calibration {
  const data = [...plan.probes, ...plan.held].map(({ program }, k) =>
    runSpins(truth, program, seed + k),
  );
  const options = { sites: SITES, effort: CALIBRATION_EFFORT, ...asked };
  const report = estimateSpinDevice({ descriptor, options, references: [], data });
  const hash = `sha256:${'0'.repeat(64)}`;
  return spinRecord({
    ...{ report, plan: plan.probes, spins, probes: [], programs: [hash, hash] },
    device: { id: 'drifting', serial: 's', origin: 'emulator', descriptor },
    ...{ job: 'J', now: '2026-01-01T00:00:00.000Z', until: null, warnings: [] },
  });
}

function checked(calibration: Calibration, of: SpinTruth, seed: number): CheckedQuantity[] {
  const { probes } = spinCheckPlan(descriptor, calibration, asked, CHECK_EFFORT);
  const data = probes.map(({ program }, k) => runSpins(of, program, seed + k));
  return spinDeviations({ descriptor, calibration, asked, effort: CHECK_EFFORT, data });
}

/** The device's calibrations: its true values, with the errors of a real one. */
function calibrations(): Calibration[] {
  const one = calibrated(1);
  const trueOf = (name: string): number =>
    name === 'rate' ? 1.2 : name === 'temperature' ? 0.9 * spins.temperature : 0.05;
  const about = one.parameters.map((each) => ({ ...each, value: trueOf(each.name) }));
  const draws = new ValueDraws({ ...one, parameters: about }, []);
  return Array.from({ length: HISTORIES }, (_, k) => {
    const drawn = draws.draw(91, k);
    return {
      ...one,
      parameters: about.map((each) => ({ ...each, value: drawn.value(each.name)! })),
    };
  });
}

/** ⟨L⟩ over calibrations that are off by N(0, spread²). */
function meanRunLength(design: ChartDesign, spread: number): number {
  const [most, n] = [6, 60];
  let [sum, all] = [0, 0];
  for (let i = 0; i <= n; i++) {
    const u = -most + (2 * most * i) / n;
    const weight = Math.exp(-0.5 * u * u);
    sum += weight * averageRunLength(design, u * spread);
    all += weight;
  }
  return sum / all;
}

describe('checks of spins', () => {
  const all = calibrations();

  it('raise false alarms as seldom as is stated', () => {
    const first = checked(all[0]!, truth, 500);
    expect(first).toHaveLength(2 + SITES);
    // All charts together alarm four times as often as each.
    const every = FALSE_ALARM_EVERY / first.length;
    const { chart } = stepCharts(first, CHECK_EFFORT, null, every);
    const { reference, limit } = chart;
    const design = { kind: 'cusum', reference, limit } as const;
    // Charts are planned for calibrations' errors as large as an eighth of the drift that they look for; these are smaller.
    expect(falseAlarmLength(design, chart.shift / 8)).toBeCloseTo(FALSE_ALARM_EVERY, 1);
    const worst = Math.max(...first.map(({ spread }) => spread));
    expect(worst).toBeLessThan(chart.shift / 8);
    const lengths = all.map((calibration, k) => {
      const states = new Map(first.map(({ name }) => [name, CHART_START]));
      for (let check = 0; [...states.values()].some(({ alarm }) => !alarm); check++) {
        const seed = 1_000_000 * (k + 1) + 10 * check;
        for (const { name, z } of checked(calibration, truth, seed)) {
          const state = states.get(name)!;
          if (!state.alarm) states.set(name, nextChart(design, state, z));
        }
      }
      const counts = [...states.values()].map(({ count }) => count);
      return counts.reduce((sum, count) => sum + count, 0) / counts.length;
    });
    const { mean, sem } = moments(lengths);
    const expected = moments(first.map(({ spread }) => meanRunLength(design, spread))).mean;
    expect(expected).toBeGreaterThan(FALSE_ALARM_EVERY);
    hold({
      quantity: 'checks of spins until a false alarm of a chart',
      expected,
      got: mean,
      standardError: sem,
      tolerance: 4 * sem,
      class: 'exact',
      sample: `${HISTORIES} histories of ${first.length} charts`,
    });
    expect(sem / mean).toBeLessThan(FULL_SIZE ? 0.05 : 0.2);
  });

  it('find a rate that is 10 % up after as many checks as is stated', () => {
    const drifted: SpinTruth = { ...truth, rate: 1.2 * DRIFT };
    const stated: number[] = [];
    const needed = all.map((calibration, k) => {
      let last: ReturnType<typeof stepCharts> | null = null;
      let rate: CheckedQuantity;
      for (;;) {
        const seed = 1_000_000 * (k + 1) + 500_000 + 10 * (last?.chart.checks ?? 0);
        const seen = checked(calibration, drifted, seed);
        last = stepCharts(seen, CHECK_EFFORT, last);
        rate = seen.find(({ name }) => name === 'rate')!;
        if (last.alarms.includes('rate') || last.chart.checks > 500) break;
      }
      const { reference, limit, checks } = last.chart;
      const found = calibration.parameters.find(({ name }) => name === 'rate')!;
      // As far as it is from its calibration, which is off itself.
      const off = Math.log(drifted.rate as number) - Math.log(found.value);
      stated.push(averageRunLength({ kind: 'cusum', reference, limit }, off * rate.perUnit));
      return checks;
    });
    const expected = moments(stated).mean;
    const { mean, sem } = moments(needed);
    hold({
      quantity: 'checks of spins from a drift of 10 % in their rate to its alarm',
      expected,
      got: mean,
      standardError: sem,
      tolerance: 4 * sem + 0.1 * expected,
      class: 'choice',
      sample: `${HISTORIES} histories`,
    });
    expect(sem / mean).toBeLessThan(FULL_SIZE ? 0.1 : 0.3);
  });
});

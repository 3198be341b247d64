import { describe, expect, it } from 'vitest';
import { cavityDescriptor } from '../../../drivers/cavity-qed/index.js';
import { glauberDescriptor } from '../../../drivers/glauber/index.js';
import { runSpins, type SpinTruth } from '../../../test/support/measured-spins.js';
import { readCalibration, type Calibration, type Descriptor } from '../../device/index.js';
import { planSpins } from '../spins/spin-probe.js';
import { spinDevice, type SpinAsked } from '../spins/spin-device.js';
import { calibratedAs } from './calibrated-as.js';
import { checkKind, type Reading } from './check-kind.js';
import { estimatorHere } from './estimator.js';
import { estimateSpinDevice } from './spin-estimate-task.js';
import { spinCheckPlan, spinDeviations } from './spin-check-task.js';
import { spinRecord } from './spin-record.js';

const SITES = 3;
const glauber = glauberDescriptor('blind');
const cavity = cavityDescriptor('blind');
const NOW = '2026-01-01T00:00:00.000Z';

/** The record of a device with that truth, from the probes of a whole calibration. */
function calibrated(descriptor: Descriptor, truth: SpinTruth, asked: SpinAsked = {}): Calibration {
  const options = { sites: SITES, effort: 1, ...asked };
  const spins = spinDevice(descriptor, asked);
  const { probes, held } = planSpins(spins, SITES, 1);
  const data = [...probes, ...held].map(({ program }, k) => runSpins(truth, program, k + 1));
  const report = estimateSpinDevice({ descriptor, options, references: [], data });
  const hash = `sha256:${'0'.repeat(64)}`;
  return spinRecord({
    ...{ report, plan: probes, spins, probes: [], programs: [hash, hash], job: 'J' },
    device: { id: 'blind', serial: 's', origin: 'emulator', descriptor },
    ...{ now: NOW, until: null, warnings: [] },
  });
}

const check = checkKind(estimatorHere, () => 1);
/** A check job on a device with that truth. */
async function read(
  descriptor: Descriptor,
  calibration: Calibration,
  truth: SpinTruth,
  seed: number,
  before: readonly Reading[] = [],
): Promise<Reading> {
  const prepared = await check.prepare(
    { device: 'blind' },
    { descriptor: async () => descriptor, calibration: async () => calibration },
  );
  const runs = [prepared, ...prepared.series.more];
  const { probes } = spinCheckPlan(descriptor, calibration, calibratedAs(calibration), 1);
  expect(runs.map(({ program }) => program.shots)).toEqual(probes.map(({ shots }) => shots));
  runs.forEach(({ observer }, k) => {
    const { program, samples } = probes[k]!;
    runSpins(truth, program, seed + k).shots.forEach((state, shot) => {
      observer.onSamples({
        firstRow: shot * samples,
        rows: samples,
        shot: new Int32Array(samples).fill(shot),
        step: Int32Array.from({ length: samples }, (_, step) => step),
        t: new Float64Array(samples),
        ...{ energy: null, work: null, heat: null, overlaps: null },
        stateRows: Int32Array.from({ length: samples }, (_, step) => step),
        state,
      });
    });
  });
  const { reading } = await prepared.series.conclude(
    runs.map((_, k) => ({ run: `R${k}`, calibration: calibration.id })),
    {
      now: NOW,
      device: { id: 'blind', descriptor },
      signal: new AbortController().signal,
      readings: async () => before,
    },
  );
  return reading;
}

describe('a check of spins', () => {
  const truth = { rate: 1.2, warmth: 0.9, exponent: null, readoutError: 0.04 };
  const calibration = calibrated(glauber, truth);

  it('reads a device that has not drifted as such, and tells what has', async () => {
    const names = ['rate', 'temperature', ...[0, 1, 2].map((i) => `readoutError[${i}]`)];
    const still = await read(glauber, calibration, truth, 100);
    expect(still.quantities.map(({ name }) => name)).toEqual(names);
    expect(still.alarms).toEqual([]);
    // A false alarm of 5 standard errors: 6e-7 each.
    for (const { z } of still.quantities) expect(Math.abs(z!)).toBeLessThan(5);
    const drifts: readonly [string, SpinTruth][] = [
      ['rate', { ...truth, rate: 1.2 * 1.3 }],
      ['temperature', { ...truth, warmth: 0.9 * 1.3 }],
      ['readoutError[1]', { ...truth, readoutError: [0.04, 0.09, 0.04] }],
    ];
    for (const [name, drifted] of drifts) {
      const found = await read(glauber, calibration, drifted, 200, [still]);
      expect(found.alarms, name).toContain(name);
      expect(found.chart).toEqual({ ...still.chart, checks: 2 });
    }
  });

  it('has the mean score that a small drift of each parameter should have', () => {
    // One check of 20 times the usual shots: z is known to 1, and means 8 of them.
    const effort = 20;
    const asked = calibratedAs(calibration);
    const exact: Calibration = {
      ...calibration,
      covariance: [],
      parameters: calibration.parameters.map((one) => ({
        ...one,
        value: one.name === 'rate' ? 1.2 : one.name === 'temperature' ? 0.9 : 0.04,
      })),
    };
    const { probes } = spinCheckPlan(glauber, exact, asked, effort);
    const scores = (of: SpinTruth) => {
      const data = probes.map(({ program }, k) => runSpins(of, program, 500 + k));
      const task = { descriptor: glauber, calibration: exact, asked, effort, data };
      return new Map(spinDeviations(task).map((one) => [one.name, one]));
    };
    const { perUnit } = scores(truth).get('rate')!;
    const byRate = scores({ ...truth, rate: 1.2 * Math.exp(8 / perUnit) }).get('rate')!;
    expect(Math.abs(byRate.z - 8)).toBeLessThan(4.5);
    const error = scores(truth).get('readoutError[2]')!;
    const readoutError = [0.04, 0.04, 0.04 + 8 / error.perUnit];
    const byError = scores({ ...truth, readoutError }).get('readoutError[2]')!;
    expect(Math.abs(byError.z - 8)).toBeLessThan(4.5);
  });

  it('watches the exponent of a bath, at the law and temperature of its calibration', async () => {
    const asked = { kernel: 'ohmic', temperature: 0.8 };
    const ohmic = { rate: 1.1, warmth: 1, exponent: 1, readoutError: 0.04 };
    const record = calibrated(cavity, ohmic, asked);
    expect(readCalibration(JSON.parse(JSON.stringify(record)))).toEqual(record);
    const kernel = { kind: 'ohmic' };
    expect(record.dynamics).toMatchObject({ rule: 'glauber', kernel, temperature: 0.8 });
    expect(calibratedAs(record)).toEqual({ sites: SITES, kernel, temperature: 0.8 });
    const still = await read(cavity, record, ohmic, 300);
    expect(still.quantities.map(({ name }) => name).slice(0, 3)).toEqual([
      ...['rate', 'temperature', 'exponent'],
    ]);
    expect(still.alarms).toEqual([]);
    const bent = await read(cavity, record, { ...ohmic, exponent: 1.5 }, 400, [still]);
    expect(bent.alarms).toContain('exponent');
  });

  it('leaves out readout errors that are not seen or hardly, also where one shows up then', async () => {
    const clean = { rate: 1.2, warmth: 0.9, exponent: null, readoutError: 0 };
    const record = calibrated(glauber, clean);
    const errors = record.parameters.slice(2).map(({ value }) => value);
    expect(Math.min(...errors)).toBe(0);
    expect(Math.max(...errors)).toBeLessThan(1e-3);
    const still = await read(glauber, record, clean, 600);
    expect(still.quantities.map(({ name }) => name)).toEqual(['rate', 'temperature']);
    expect(still.alarms).toEqual([]);
    // A readout that is wrong now is impossible for nobody: it shows as flips that are undone at once.
    const wrong = await read(glauber, record, { ...clean, readoutError: 0.05 }, 700, [still]);
    for (const { z } of wrong.quantities) expect(Number.isFinite(z)).toBe(true);
    expect(wrong.alarms).toContain('rate');
  });

  it('asks for a calibration that says by which law it was measured', async () => {
    const { dynamics: _dynamics, ...silent } = calibration;
    const prepare = check.prepare(
      { device: 'blind' },
      { descriptor: async () => glauber, calibration: async () => silent },
    );
    await expect(prepare).rejects.toMatchObject({
      code: 'not-calibrated',
      details: { path: 'dynamics' },
    });
    expect(calibratedAs(silent)).toEqual({ sites: SITES });
  });
});

import { describe, expect, it } from 'vitest';
import { glauberDescriptor } from '../../../drivers/glauber/index.js';
import { runSpins } from '../../../test/support/measured-spins.js';
import { programHash, readCalibration, type Descriptor } from '../../device/index.js';
import { spinDevice } from '../spins/spin-device.js';
import { planSpins } from '../spins/spin-probe.js';
import { calibrateKind, calibrationCost } from './calibrate-kind.js';
import { estimatorHere } from './estimator.js';
import { twinRunner } from './twin-runner.js';

const glauber = glauberDescriptor('blind');
const truth = { rate: 1.2, warmth: 0.9, exponent: null, readoutError: 0.03 };
const kind = calibrateKind({
  estimator: estimatorHere,
  twin: twinRunner(() => Promise.reject(new Error('no twin is asked for'))),
  mayActivate: false,
  drawSeed: () => 5,
});
const options = { sites: 4, effort: 0.2 };

/** All that a lab does for a job, with a device that has a truth of its own. */
async function calibrated(descriptor: Descriptor, body: object = {}) {
  const prepared = await kind.prepare(
    { device: 'blind', ...options, ...body },
    { descriptor: async () => descriptor },
  );
  const plan = planSpins(spinDevice(descriptor), options.sites, options.effort);
  const programs = [...plan.probes, ...plan.held];
  const runs = [prepared, ...prepared.series.more];
  expect(runs.length).toBe(programs.length);
  runs.forEach(({ observer }, k) => {
    const { program, samples } = programs[k]!;
    const { shots, heat } = runSpins(truth, program, k + 1);
    shots.forEach((state, shot) => {
      observer.onSamples({
        firstRow: shot * samples,
        rows: samples,
        shot: new Int32Array(samples).fill(shot),
        step: Int32Array.from({ length: samples }, (_, step) => step),
        t: new Float64Array(samples),
        energy: null,
        work: null,
        heat: Float64Array.from({ length: samples }, (_, step) =>
          step === samples - 1 ? heat[shot]! : 0,
        ),
        overlaps: null,
        stateRows: Int32Array.from({ length: samples }, (_, step) => step),
        state,
      });
    });
  });
  const ended = runs.map(({ program }, k) => ({
    run: `R${k}`,
    program: { hash: programHash(program) },
  }));
  const { calibration, result } = await prepared.series.conclude(ended, {
    job: 'J',
    now: '2026-01-01T00:00:00.000Z',
    device: { id: 'blind', serial: 's', origin: 'emulator', descriptor },
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  return { record: calibration.record, result };
}

describe('a calibrate job of spins', () => {
  it('comes to a record that a reader takes, with heat and recall that were held out', async () => {
    const { record, result } = await calibrated(glauber);
    expect(readCalibration(JSON.parse(JSON.stringify(record)))).toEqual(record);
    expect(record.model).toBe('spin-kernel');
    expect(record.parameters.map(({ name }) => name).slice(0, 3)).toEqual([
      'rate',
      'temperature',
      'readoutError[0]',
    ]);
    expect(record.parameters.map(({ unit }) => unit).slice(0, 2)).toEqual([
      '1/device time',
      'program energy',
    ]);
    expect(record.covariance).toHaveLength(1);
    expect(record.residuals).toHaveLength(2);
    expect(record.fit!.pValue).toBeGreaterThan(1e-4);
    expect(record.heldOut).toHaveLength(2);
    for (const { heat, recall } of record.heldOut) {
      // A false alarm of 4 standard errors: 6e-5 each.
      for (const { z } of [heat, recall!.overlap, recall!.success]) {
        expect(Math.abs(z)).toBeLessThan(4);
      }
    }
    expect(result).toMatchObject({
      calibration: { id: record.id, state: 'proposed' },
      heldOut: record.heldOut,
    });
  });

  it('reads heat from the states where a device does not tell it, errors of the readout included', async () => {
    const { readout } = glauber;
    const channels = readout.channels.filter(({ name }) => name === 'state');
    const { record } = await calibrated({ ...glauber, readout: { ...readout, channels } });
    for (const { heat } of record.heldOut) {
      expect(heat.predicted.mean).toBeGreaterThan(0);
      expect(Math.abs(heat.z)).toBeLessThan(4);
    }
  });

  it('tells rate and temperature in SI where the device does', async () => {
    const units = {
      time: { name: 'µs', seconds: 1e-6 },
      energy: { name: 'zJ', joules: 1e-21 },
    };
    const { record } = await calibrated({ ...glauber, units });
    const [rate, temperature] = record.parameters;
    expect(rate).toMatchObject({ unit: 'Hz', nominal: 1e6 });
    expect(Math.abs(rate!.value - 1.2e6)).toBeLessThan(4 * rate!.standardError!);
    expect(temperature!.unit).toBe('K');
    const expected = (0.9 * 1e-21) / 1.380649e-23;
    expect(Math.abs(temperature!.value - expected)).toBeLessThan(4 * temperature!.standardError!);
  });

  it('takes what is known from elsewhere', async () => {
    const references = [{ parameter: 'temperature', value: 0.9, standardError: 0 }];
    const { record } = await calibrated(glauber, { references });
    expect(record.parameters[1]).toMatchObject({ value: 0.9, identified: false });
    const rates = [{ parameter: 'rate[1]', value: 1.2, standardError: 0.001 }];
    const { record: other } = await calibrated(glauber, { references: rates });
    const own = other.parameters.find(({ name }) => name === 'rate[1]')!;
    expect(Math.abs(own.value - 1.2)).toBeLessThan(0.004);
    expect(own.standardError).toBeLessThan(0.001);
  });

  it('says what it takes, and refuses what spins do not have', async () => {
    const cost = calibrationCost({}, glauber);
    expect(cost).toMatchObject({ probes: 5, heldOut: 2, deviceS: null });
    expect(cost.deviceTime!.value).toBeGreaterThan(0);
    const prepare = (body: object) =>
      kind.prepare({ device: 'blind', ...body }, { descriptor: async () => glauber });
    await expect(prepare({ against: 'rc-langevin' })).rejects.toMatchObject({
      code: 'not-supported',
      details: { path: 'against' },
    });
    await expect(prepare({ probes: 'two-temperatures' })).rejects.toMatchObject({
      code: 'not-supported',
      details: { path: 'probes' },
    });
    await expect(prepare({ kernel: 'ohmic' })).rejects.toMatchObject({
      details: { path: 'kernel' },
    });
    const references = [{ parameter: 'capacitance', value: 1, standardError: 1 }];
    await expect(prepare({ references })).rejects.toMatchObject({
      details: { path: 'references[0].parameter' },
    });
  });
});

import { describe, expect, it } from 'vitest';
import {
  programHash,
  readCalibration,
  type Calibration,
  type SampleChunk,
} from '../../device/index.js';
import { BLIND, MeasuredBoard } from '../../../test/support/measured-board.js';
import { moments } from '../../thermo/index.js';
import { planProbes } from '../circuit/plan-probes.js';
import { calibrateKind, calibrationCost } from './calibrate-kind.js';
import { checkKind, type Reading } from './check-kind.js';
import { checkProbes } from './check-task.js';
import { estimatorHere } from './estimator.js';
import { heldOutPrograms } from './held-out.js';
import type { CostOfRun } from './measured-supply.js';
import { ProbeCollector } from './probe-data.js';
import { twinRunner } from './twin-runner.js';

const board = new MeasuredBoard({ ...BLIND, sites: 2, readoutPoleRc: 0.05 }, 'a job');
const { descriptor } = board;
const NOW = '2026-01-01T00:00:00.000Z';
const kind = calibrateKind({
  estimator: estimatorHere,
  twin: twinRunner(() => Promise.reject(new Error('no twin is asked for'))),
  mayActivate: false,
  drawSeed: () => 5,
});

/** What a run of a board would tell an observer. */
function tell(
  observer: { onSamples(chunk: SampleChunk): void },
  probe: Parameters<MeasuredBoard['run']>[0],
  seed: number,
  measured = board,
): CostOfRun {
  const run = measured.run(probe, seed);

  const samples = probe.course.length;
  for (let shot = 0; shot < probe.shots; shot++) {
    const heat =
      run.kind === 'heat'
        ? Float64Array.from({ length: samples }, (_, k) =>
            k === samples - 1 ? run.totals[shot]! : 0,
          )
        : null;
    observer.onSamples({
      firstRow: shot * samples,
      rows: samples,
      shot: new Int32Array(samples).fill(shot),
      step: Int32Array.from({ length: samples }, (_, k) => k),
      t: new Float64Array(samples),
      energy: null,
      work: null,
      heat,
      overlaps: null,
      stateRows:
        run.kind === 'states'
          ? Int32Array.from({ length: samples }, (_, k) => k)
          : new Int32Array(0),
      state: run.kind === 'states' ? run.shots[shot]! : new Float64Array(0),
    });
  }
  const [supply, heat] = [moments(run.cost.supplyJ), moments(run.cost.heat)];
  return {
    thermodynamics: {
      supply: { mean: supply.mean, sem: probe.shots > 1 ? supply.sem : null },
      heat: { mean: heat.mean },
    },
  };
}
const end = (readings: readonly Reading[] = []) => ({
  job: 'J',
  now: NOW,
  device: { id: 'blind', serial: 's', origin: 'firmware-sim' as const, descriptor },
  signal: new AbortController().signal,
  onProgress: () => undefined,
  readings: async () => readings,
});

async function calibrated(
  measured = board,
  hasSupply = true,
): Promise<{
  record: Calibration;
  result: Readonly<Record<string, unknown>>;
}> {
  const { descriptor } = measured;
  const { sites } = measured.profile;
  const prepared = await kind.prepare(
    { device: 'blind', effort: 0.4 },
    { descriptor: async () => descriptor },
  );
  const plan = planProbes(descriptor, { effort: 0.4, parameters: {}, sites });
  const runs = [prepared, ...prepared.series.more];
  const probes = [...plan.probes, ...heldOutPrograms(descriptor, plan.parameters)];
  expect(runs.length).toBe(probes.length);
  const costs = runs.map(({ observer }, k) => tell(observer, probes[k]!, k + 1, measured));
  const ended = runs.map(({ program }, k) => ({
    run: `R${k}`,
    program: { hash: programHash(program) },
    ...(hasSupply ? costs[k]! : {}),
  }));
  const { calibration, result } = await prepared.series.conclude(ended, end());
  return { record: calibration.record, result };
}

describe('a calibrate job', () => {
  it('comes to a record that a reader takes, with what the contract prints and heat that was held out', async () => {
    const { record, result } = await calibrated();
    expect(readCalibration(JSON.parse(JSON.stringify(record)))).toEqual(record);
    expect(record.parameters.every(({ identified }) => identified)).toBe(true);
    expect(
      record.probes.map(({ role }) => role).filter((role) => role === 'held-out'),
    ).toHaveLength(2);
    expect(record.covariance.map(({ parameters }) => parameters.at(-1))).toEqual([
      expect.stringMatching(/^quarticGain/),
      'supplyGain',
    ]);
    expect(record.fit!.pValue).toBeGreaterThan(1e-4);
    // A false alarm of 4 standard errors: 6e-5.
    for (const { heat, supply } of record.heldOut) {
      expect(Math.abs(heat.z)).toBeLessThan(4);
      expect(Math.abs(supply!.z)).toBeLessThan(4);
    }
    const power = record.parameters.find(({ name }) => name === 'supplyStatic')!;
    const off = power.value - board.truth('supplyStatic');
    expect(Math.abs(off / power.standardError!)).toBeLessThan(4);
    expect(result).toMatchObject({
      calibration: { id: record.id, state: 'proposed' },
      heldOut: record.heldOut,
    });
    expect(record.warnings.join()).toContain('assumed');
    expect(record.warnings.join()).toContain('supplyGain 1 ± 1 %');
  }, 60_000);

  it('of a board without a low-pass says so, and what one would be below', async () => {
    const bare = new MeasuredBoard({ ...BLIND, sites: 1 }, 'bare');
    const { record } = await calibrated(bare, false);
    // Nor does it measure its supply.
    expect(record.parameters.map(({ name }) => name)).not.toContain('supplyStatic');
    expect(record.warnings.join()).not.toContain('supplyGain');
    expect(readCalibration(JSON.parse(JSON.stringify(record)))).toEqual(record);
    const open = record.parameters.filter(({ identified }) => !identified);
    expect(open).toMatchObject([{ name: 'readoutPole', standardError: null, nominal: null }]);
    expect(record.warnings[0]).toMatch(/^readoutPole: not identified, .* below \S+e-[78] s/);
  }, 60_000);

  it('says what it takes, and refuses what it may not or cannot', async () => {
    const cost = calibrationCost({}, descriptor);
    expect(cost.deviceS).toBeGreaterThan(0);
    expect(cost.heldOut).toBe(2);
    const both = calibrationCost({ probes: 'two-temperatures' }, descriptor);
    expect(both.probes - cost.probes).toBe(2 + 2);
    expect(both.shots - cost.shots).toBe(2 * 7 + 2 * 1000);
    expect(both.parameters).toBe(cost.parameters);
    const { temperature } = descriptor.dynamics;
    const one = {
      ...descriptor,
      dynamics: { ...descriptor.dynamics, temperature: { ...temperature, perSite: false } },
    };
    expect(() => calibrationCost({ probes: 'two-temperatures' }, one)).toThrow(/perSite/);
    const prepare = (body: object) =>
      kind.prepare({ device: 'blind', ...body }, { descriptor: async () => descriptor });
    await expect(prepare({ activate: true })).rejects.toMatchObject({
      details: { path: 'activate' },
    });
    await expect(prepare({ sites: 3 })).rejects.toMatchObject({
      details: { path: 'sites', limit: 2 },
    });
    const references = [{ parameter: 'colour', value: 1, standardError: 1 }];
    await expect(prepare({ references })).rejects.toMatchObject({
      details: { path: 'references[0].parameter' },
    });
  });
});

describe('a check job', () => {
  it('reads a board that has not drifted as such, and one that has as drifted', async () => {
    const { record } = await calibrated();
    const check = checkKind(estimatorHere, () => 1);
    const read = async (
      of: Calibration,
      seed: number,
      effort = 1,
      before: readonly Reading[] = [],
    ): Promise<Reading> => {
      const prepared = await check.prepare(
        { device: 'blind', effort },
        { descriptor: async () => descriptor, calibration: async () => of },
      );
      const runs = [prepared, ...prepared.series.more];
      const probes = checkProbes(descriptor, of, effort);
      runs.forEach(({ observer }, k) => tell(observer, probes[k]!, seed + k));
      const ended = runs.map((_, k) => ({ run: `R${k}`, calibration: of.id }));
      return (await prepared.series.conclude(ended, end(before))).reading;
    };
    const still = await read(record, 100);
    expect(still.alarms).toEqual([]);
    for (const { z } of still.quantities) expect(Math.abs(z!)).toBeLessThan(5);
    // Charts of one effort keep their design and their sums; those of another are others.
    const other = await read(record, 200, 0.5, [still]);
    expect(other.chart).toMatchObject({ effort: 0.5, checks: 1 });
    const next = await read(record, 300, 1, [still, other]);
    expect(next.chart).toEqual({ ...still.chart, checks: 2 });
    expect(next.quantities.map(({ name }) => name)).toEqual(
      still.quantities.map(({ name }) => name),
    );
    const { reference } = next.chart;
    const standing = new Map(still.quantities.map((one) => [one.name, one]));
    for (const { name, z, upper, lower } of next.quantities) {
      const sums = standing.get(name)!;
      expect(upper).toBeCloseTo(Math.max(0, sums.upper + z! - reference), 12);
      expect(lower).toBeCloseTo(Math.max(0, sums.lower - z! - reference), 12);
    }
    for (const { z, upper, lower } of other.quantities) {
      const k = other.chart.reference;
      expect(Math.max(upper, lower)).toBeCloseTo(Math.max(0, Math.abs(z!) - k), 12);
    }
    // A calibration of other wells: as if the board's had changed since. What else they show in is told, too.
    const parameters = record.parameters.map((one) =>
      one.name === 'wellGain[0]' ? { ...one, value: one.value * 1.15 } : one,
    );
    const moved = await read({ ...record, parameters }, 100);
    expect(moved.alarms.some((name) => name.endsWith('[0]'))).toBe(true);
    expect(moved.alarms.some((name) => name.endsWith('[1]'))).toBe(false);
  }, 60_000);

  it('needs a calibration in force', async () => {
    const check = checkKind(estimatorHere, () => 1);
    const prepare = check.prepare(
      { device: 'blind' },
      { descriptor: async () => descriptor, calibration: async () => null },
    );
    await expect(prepare).rejects.toMatchObject({ code: 'not-calibrated' });
  });
});

it('what a probe loses stays NaN, and what comes again is what counts', () => {
  const collector = new ProbeCollector('heat', 1, 2, 3);
  const chunk = (shot: number, heat: number, firstRow: number): SampleChunk => ({
    firstRow,
    rows: 1,
    shot: Int32Array.of(shot),
    step: Int32Array.of(1),
    t: Float64Array.of(1),
    energy: null,
    work: null,
    heat: Float64Array.of(heat),
    overlaps: null,
    stateRows: new Int32Array(0),
    state: new Float64Array(0),
  });
  collector.onSamples(chunk(0, 7, 0));
  collector.onSamples(chunk(0, 5, 0));
  collector.onSamples(chunk(2, 6, 5));
  expect(collector.data).toEqual({ kind: 'heat', totals: Float64Array.of(5, 6) });
});

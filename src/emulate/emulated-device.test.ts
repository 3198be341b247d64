import { describe, expect, it } from 'vitest';
import type { RelaxdError } from '../core/index.js';
import { compiledUrl, ManualClock } from '../core/index.js';
import { readProgram, type DeviceResult, type SampleChunk } from '../device/index.js';
import { sampleDescriptor } from '../device/sample-descriptor.test-support.js';
import { EmulatedDevice } from './emulated-device.js';

interface Setting {
  readonly threads?: number;
  readonly shots?: number;
  readonly slowMs?: number;
  readonly breakAt?: number;
}

function device(threads = 2, onThermodynamics = (): void => undefined): EmulatedDevice {
  const base = sampleDescriptor();
  return new EmulatedDevice(
    {
      descriptor: sampleDescriptor({
        fields: { range: null, resolution: null },
        shots: { max: 1e6, pauseAtShot: true },
        parameters: [
          { name: 'scale', unit: '1', range: [0, 2], default: 1, writable: true, meaning: 'none' },
        ],
        readout: {
          channels: [
            ...base.readout.channels,
            { name: 'state', unit: '1' },
            { name: 'work', unit: 'program' },
          ],
          minEvery: null,
        },
      }),
      simulator: compiledUrl(import.meta.url, './toy-simulator.test-support.js'),
      engineName: 'toy',
      thermodynamics: (program) => {
        onThermodynamics();
        return {
          sites: program.sites,
          baths: [{ name: 'bath', temperature: 1 }],
          noEnergy: null,
          noHeat: null,
          noEntropy: null,
          entropyMethod: 'medium',
          jarzynskiBeta: null,
          noJarzynski: 'not from equilibrium',
        };
      },
    },
    { clock: new ManualClock(), threads, log: () => undefined },
  );
}

const program = ({ shots = 40, slowMs = 0, breakAt = -1 }: Setting) =>
  readProgram({
    version: 1,
    sites: 4,
    couplings: { kind: 'coo', entries: [] },
    references: [[1, 1, 1, 1]],
    fields: [slowMs, breakAt + 1, 0, 0],
    duration: 1,
    readout: { every: 0.25, channels: ['energy', 'state', 'work', 'overlaps'] },
    shots,
    seed: 5,
  });

async function armed(setting: Setting): Promise<{ device: EmulatedDevice; chunks: SampleChunk[] }> {
  const made = device(setting.threads);
  const chunks: SampleChunk[] = [];
  made.on('samples', (chunk) => void chunks.push(chunk));
  await made.connect();
  await made.load(program(setting));
  await made.arm({ run: 'r', seed: 5 });
  return { device: made, chunks };
}

async function run(setting: Setting): Promise<{ result: DeviceResult; chunks: SampleChunk[] }> {
  const { device: made, chunks } = await armed(setting);
  await made.start();
  const result = await made.readResult();
  await made.close();
  return { result, chunks };
}

describe('an emulated device', () => {
  it('works out a program’s thermodynamics once, and again for other parameters or another program', async () => {
    let asked = 0;
    const made = device(1, () => void asked++);
    await made.connect();
    await made.load(program({}));
    await made.arm({ run: 'a', seed: 1 });
    expect(asked).toBe(1);
    await made.stop();
    await made.arm({ run: 'b', seed: 2 });
    expect(asked).toBe(1);
    await made.stop();
    await made.writeParameter('scale', 1.5);
    await made.arm({ run: 'c', seed: 2 });
    expect(asked).toBe(2);
    await made.stop();
    await made.load(program({ shots: 3 }));
    expect(asked).toBe(3);
    await made.close();
  });

  it('gives the same result and the same samples with 1 and with 2 threads, and twice', async () => {
    const [one, two, again] = [
      await run({ threads: 1 }),
      await run({ threads: 2 }),
      await run({ threads: 2 }),
    ];
    expect(two).toEqual(one);
    expect(again).toEqual(two);
    expect(one.result.observables.energy!.mean[0]).toBe(19.5);
    expect(one.result.final.states).toHaveLength(40);
  });

  it('delivers rows in the order of the shots, without a hole', async () => {
    const { chunks } = await run({ shots: 700 });
    let row = 0;
    let shot = 0;
    for (const chunk of chunks) {
      expect(chunk.firstRow).toBe(row);
      row += chunk.rows;
      for (const s of chunk.shot) {
        expect(s === shot || s === shot + 1).toBe(true);
        shot = s;
      }
    }
    expect(row).toBe(700 * 5);
  });

  it('holds back while a listener is busy, so that a recorder loses nothing', async () => {
    const { device: made, chunks } = await armed({ shots: 30 });
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let seen = 0;
    made.on('samples', async () => {
      seen++;
      await held;
    });
    await made.start();
    let ended = false;
    const result = made.readResult().then((r) => {
      ended = true;
      return r;
    });
    await made.health();
    release();
    await result;
    expect(ended).toBe(true);
    expect(seen).toBe(chunks.length);
    await made.close();
  });

  it('pauses between two shots and goes on where it was', async () => {
    const { device: made } = await armed({ shots: 40, slowMs: 5, threads: 1 });
    const firstShot = new Promise<void>((resolve) => void made.on('shot', () => resolve()));
    await made.start();
    await firstShot;
    await made.pauseAtShot();
    let shotsWhilePaused = 0;
    const off = made.on('shot', () => void shotsWhilePaused++);
    await made.health();
    off();
    expect(shotsWhilePaused).toBeLessThanOrEqual(1); // delivery of what was done already
    await made.resume();
    expect((await made.readResult()).shots).toBe(40);
    await made.close();
  });

  it('stops at a shot and answers with the shots that were done', async () => {
    const { device: made } = await armed({ shots: 1000, slowMs: 2, threads: 1 });
    const firstShot = new Promise<void>((resolve) => void made.on('shot', () => resolve()));
    await made.start();
    await firstShot;
    await made.stop();
    const result = await made.readResult();
    expect(result.shots).toBeGreaterThan(0);
    expect(result.shots).toBeLessThan(1000);
    expect(result.warnings[0]).toMatch(/^stopped after \d+ of 1000 shots$/);
    expect(made.equipment).toBe('standby');
    await made.close();
  });

  it('aborts at once, in the middle of a shot, and can run again', async () => {
    const { device: made } = await armed({ shots: 2, slowMs: 60_000 });
    const working = new Promise<void>((resolve) => void made.on('progress', () => resolve()));
    await made.start();
    await working;
    const before = performance.now();
    await made.abort();
    await expect(made.readResult()).rejects.toMatchObject({ code: 'aborted' });
    expect(performance.now() - before).toBeLessThan(5_000);
    expect(made.equipment).toBe('standby');
    await made.load(program({ shots: 3 }));
    await made.arm({ run: 'again', seed: 1 });
    await made.start();
    expect((await made.readResult()).shots).toBe(3);
    await made.close();
  });

  it('fails the run, not itself, where a simulator throws', async () => {
    const { device: made } = await armed({ shots: 20, breakAt: 11 });
    await made.start();
    await expect(made.readResult()).rejects.toThrow('shot 11 broke');
    expect(made.equipment).toBe('standby');
    await made.close();
  });

  it('refuses what its state does not allow, and a program beyond its descriptor, by name', async () => {
    const made = device();
    await expect(made.load(program({}))).rejects.toMatchObject({ code: 'device-offline' });
    await made.connect();
    await expect(made.arm({ run: 'r', seed: 1 })).rejects.toMatchObject({
      code: 'illegal-transition',
    });
    await expect(made.start()).rejects.toMatchObject({ code: 'illegal-transition' });
    const refused = await made
      .load(
        readProgram({ version: 1, sites: 9, couplings: { kind: 'coo', entries: [] }, duration: 1 }),
      )
      .catch((error: unknown) => error as RelaxdError);
    expect(refused).toMatchObject({
      code: 'program-refused',
      details: { path: 'sites', value: 9, limit: 4 },
    });
    expect(made.equipment).toBe('standby');
    await expect(made.writeParameter('gain', 1)).rejects.toMatchObject({
      code: 'unknown-parameter',
    });
    await made.close();
    expect(made.link).toBe('offline');
  });

  it('goes to its safe state from the middle of a run, with the cause', async () => {
    const { device: made } = await armed({ shots: 2, slowMs: 60_000 });
    await made.start();
    await made.toSafeState('door open');
    await expect(made.readResult()).rejects.toThrow('safe state: door open');
    expect(made.equipment).toBe('safe');
    expect(made.reason).toBe('door open');
    await made.clearFault();
    expect(made.equipment).toBe('standby');
    await made.close();
  });
});

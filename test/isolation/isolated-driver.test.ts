import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { RelaxdError, systemClock } from '../../src/core/index.js';
import {
  DeviceRegistry,
  programHash,
  type Device,
  type SampleChunk,
} from '../../src/device/index.js';
import {
  brokenDriver,
  coins,
  openIsolated,
  removeDrivers,
  wholeDriver,
  type LoggedLine,
} from './driver-maker.js';

afterAll(removeDrivers);

async function running(device: Device): Promise<void> {
  await device.connect();
  await device.load(coins(1_000_000));
  await device.arm({ run: 'run-1', seed: 1 });
  await device.start();
}

/** What a promise was refused with. */
const refusal = async (promise: Promise<unknown>): Promise<RelaxdError> => {
  try {
    await promise;
  } catch (error) {
    return error as RelaxdError;
  }
  throw new Error('it was not refused');
};

describe('a driver in a process of its own', () => {
  it('runs, with typed arrays that are still what they were, and results of the same seed alike', async () => {
    await using device = await openIsolated(wholeDriver());
    expect(device.link).toBe('offline');
    expect(device.driver).toBe('coin');
    expect(device.serial).toBe('coin-bench-16');
    await device.connect();
    expect(device.link).toBe('online');
    expect(device.equipment).toBe('standby');
    const program = coins(600);
    expect((await device.load(program)).programHash).toBe(programHash(program));
    const chunks: SampleChunk[] = [];
    device.on('samples', (chunk) => void chunks.push(chunk));
    const result = [];
    for (const seed of [3, 3, 4]) {
      await device.arm({ run: 'run-1', seed });
      await device.start();
      result.push(await device.readResult());
    }
    expect(chunks[0]!.state).toBeInstanceOf(Int8Array);
    expect(chunks[0]!.energy).toBeInstanceOf(Float64Array);
    expect(chunks[0]!.shot).toBeInstanceOf(Int32Array);
    expect(result[1]).toEqual(result[0]);
    expect(result[2]!.final).not.toEqual(result[0]!.final);
    // ⟨E(4)⟩ = −Σ h tanh h · (1 − e⁻⁴), from a random start; each shot's variance is at most Σ h².
    const exact = -[0.5, 0.5, 1].reduce((sum, h) => sum + h * Math.tanh(h), 0) * (1 - Math.exp(-4));
    const energy = result[0]!.observables.energy!;
    expect(Math.abs(energy.mean.at(-1)! - exact)).toBeLessThan(4.5 * energy.sem.at(-1)!);
  });

  it('waits for the recorder: the next chunk comes when it is done with the one before', async () => {
    await using device = await openIsolated(wholeDriver());
    await device.connect();
    await device.load(coins(2000));
    let busy = 0;
    let most = 0;
    let rows = 0;
    device.on('samples', async (chunk) => {
      most = Math.max(most, ++busy);
      rows += chunk.rows;
      await new Promise((resolve) => setTimeout(resolve, 30));
      busy--;
    });
    await device.arm({ run: 'run-1', seed: 1 });
    await device.start();
    await device.readResult();
    expect(most).toBe(1);
    expect(busy).toBe(0);
    expect(rows).toBe(2000 * 5);
  });

  it('makes a gap of what a driver that waits for nobody says beyond what may wait', async () => {
    const chunks = 40;
    const folder = brokenDriver(`
        export function createDevice(...all) {
          const device = make(...all);
          const { on } = Object.getPrototypeOf(device);
          let listener = () => undefined;
          device.on = function (name, told) {
            if (name === 'samples') listener = told;
            return on.call(this, name, told);
          };
          device.selfTest = async () => {
            for (let k = 0; k < ${chunks}; k++) {
              const rows = 1000;
              const all = (of) => Float64Array.from({ length: rows }, () => of);
              listener({
                firstRow: k * rows, rows, t: all(0), energy: all(k), work: null, heat: null, overlaps: null,
                shot: new Int32Array(rows), step: new Int32Array(rows),
                stateRows: new Int32Array(0), state: new Int8Array(0),
              });
            }
            return device.health();
          };
          return device;
        }`);
    await using device = await openIsolated(folder, { limits: { waitingBytes: 240_000 } });
    await device.connect();
    const came: { firstRow: number; rows: number; reason?: string }[] = [];
    let goOn: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => (goOn = resolve));
    device.on('samples', async (chunk) => {
      came.push(chunk);
      await slow;
    });
    device.on('gap', (gap) => void came.push(gap));
    await device.selfTest();
    goOn();
    await device.health();
    came.sort((a, b) => a.firstRow - b.firstRow);
    expect(came.map(({ firstRow }) => firstRow)).toEqual(
      Array.from({ length: chunks }, (_, k) => k * 1000),
    );
    // 24 bytes a row.
    const gaps = came.filter(({ reason }) => reason === 'whoever records is too slow');
    expect(gaps).toHaveLength(chunks - 10);
  });

  it('carries signals, and errors with their codes and details', async () => {
    await using device = await openIsolated(wholeDriver());
    await device.connect();
    expect((await refusal(device.describe(AbortSignal.abort()))).code).toBe('aborted');
    const unknown = await refusal(device.writeParameter('nothing', 1));
    expect(unknown).toBeInstanceOf(RelaxdError);
    expect(unknown.code).toBe('unknown-parameter');
    expect(unknown.details.limit).toEqual(['offset']);
    await running(device);
    const leaving = new AbortController();
    const left = device.readResult(leaving.signal);
    leaving.abort(new RelaxdError('deadline-passed', 'too late'));
    expect((await refusal(left)).code).toBe('deadline-passed');
    expect(device.equipment).toBe('acquiring');
    await device.abort();
  });

  it.each([
    ['ends', 'process.exit(3)', /ended with exit code 3; its last words: all is lost/],
    ['is killed', 'process.kill(process.pid, "SIGSEGV")', /ended by SIGSEGV/],
    ['throws outside a call', 'throw new Error("out of coins")', /threw outside a call: out of/],
    ['rejects outside a call', 'Promise.reject(new Error("gone"))', /threw outside a call: gone/],
    ['loops for ever', 'for (;;);', /no sign of life for 3 s, and was ended/],
  ])('goes offline when it %s during a run, and comes back by connect', async (_, code, why) => {
    const log: LoggedLine[] = [];
    const folder = brokenDriver(`
        export function createDevice(...all) {
          const device = make(...all);
          const { start } = Object.getPrototypeOf(device);
          device.start = async function () {
            await start.call(this);
            setTimeout(() => { console.error('all is lost'); ${code} }, 50);
          };
          return device;
        }`);
    await using device = await openIsolated(folder, {
      log,
      limits: { silenceMs: code.startsWith('for') ? 3000 : 30_000 },
    });
    const told: string[] = [];
    device.on('link', ({ link, reason }) => void told.push(`${link} ${reason ?? ''}`));
    device.on('equipment', ({ equipment }) => void told.push(equipment));
    await running(device);
    const failure = await refusal(device.readResult());
    expect(failure.code).toBe('driver-failed');
    expect(failure.message).toMatch(why);
    expect(device.link).toBe('offline');
    expect(device.equipment).toBe('safe');
    expect(device.reason).toBe(failure.message);
    expect(told.at(-2)).toBe('safe');
    expect(told.at(-1)).toMatch(why);
    expect(log.some(({ level, message }) => level === 'error' && why.test(message))).toBe(true);
    // Whoever asks later hears the same of the run, and that the device is offline.
    expect((await refusal(device.readResult())).message).toBe(failure.message);
    const offline = await refusal(device.health());
    expect(offline.code).toBe('device-offline');
    expect(offline.message).toMatch(why);
    await device.connect();
    expect(device.link).toBe('online');
    expect(device.equipment).toBe('standby');
    expect(device.reason).toBeNull();
    expect((await device.health()).ok).toBe(true);
  });

  it('is ended where it does not answer a call within its limit', async () => {
    const folder = brokenDriver(`
      export function createDevice(...all) {
        return Object.assign(make(...all), { health: () => new Promise(() => undefined) });
      }`);
    await using device = await openIsolated(folder, { limits: { callMs: 2000 } });
    await device.connect();
    const failure = await refusal(device.health());
    expect(failure.code).toBe('driver-failed');
    expect(failure.message).toMatch(/did not answer 'health' within 2 s, and was ended/);
    expect(device.link).toBe('offline');
  });

  it('is tried three times by connect, then given up with the reason', async () => {
    const log: LoggedLine[] = [];
    const folder = brokenDriver(`
      export function createDevice(...all) {
        return Object.assign(make(...all), { connect: async () => process.exit(7) });
      }`);
    await using device = await openIsolated(folder, { log });
    expect((await refusal(device.connect())).message).toMatch(/exit code 7/); // the process that was there
    expect((await refusal(device.connect())).message).toMatch(/exit code 7/); // the ladder
    expect(log.filter(({ level }) => level === 'error')).toHaveLength(1 + 3);
    expect(device.link).toBe('offline');
  });

  it('that cannot even be loaded takes no other device with it', async () => {
    const folders = [
      brokenDriver(`process.exit(5); export const createDevice = make;`),
      brokenDriver(`throw new Error('no such card'); export const createDevice = make;`),
      wholeDriver(),
    ];
    const ids = ['ends', 'throws', 'whole'];
    await using registry = await DeviceRegistry.open({
      driversRoot: fileURLToPath(new URL('../support', import.meta.url)),
      devices: folders.map((driver, k) => ({ id: ids[k]!, driver })),
      context: { clock: systemClock, log: () => undefined, threads: 1 },
    });
    expect(registry.list().map(({ id, link }) => `${id} ${link}`)).toEqual(['whole online']);
    const reasons = registry.absent.map(({ id, failure }) => `${id}: ${failure.message}`).sort();
    expect(reasons[0]).toMatch(/^ends: .*exit code 5/);
    expect(reasons[1]).toMatch(/^throws: .*no such card/);
  });

  it('ends with relaxd, however that dies, even where it never listens again', async () => {
    const folder = brokenDriver(`
      export function createDevice(...all) {
        return Object.assign(make(...all), { health: () => { for (;;); } });
      }`);
    const device = fileURLToPath(new URL('../../dist/src/device/index.js', import.meta.url));
    const core = fileURLToPath(new URL('../../dist/src/core/index.js', import.meta.url));
    const parent = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { findDriver, openDevice } from ${JSON.stringify(device)};
         import { systemClock } from ${JSON.stringify(core)};
         const context = { clock: systemClock, log: () => undefined, threads: 1 };
         const made = await openDevice(findDriver(${JSON.stringify(folder)}), 'coin-1', {}, context);
         await made.connect();
         void made.health();
         setTimeout(() => console.log(made.child.child.pid), 200);`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const pid = await new Promise<number>((resolve) =>
      parent.stdout.once('data', (text: Buffer) => resolve(Number(text.toString()))),
    );
    expect(alive(pid)).toBe(true);
    parent.kill('SIGKILL');
    const beganMs = performance.now();
    while (alive(pid) && performance.now() - beganMs < 20_000) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(alive(pid)).toBe(false);
  });
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

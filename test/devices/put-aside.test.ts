import { describe, expect, it } from 'vitest';
import { createDevice } from '../../drivers/glauber/index.js';
import {
  readProgram,
  type Device,
  type Program,
  type SampleChunk,
} from '../../src/device/index.js';
import { driverContext, runOnDevice } from '../support/run-device.js';

const chain = (temperature: number, shots: number): Program =>
  readProgram({
    version: 1,
    sites: 64,
    couplings: { kind: 'coo', entries: Array.from({ length: 63 }, (_, i) => [i, i + 1, 1]) },
    dynamics: { rule: 'glauber', order: 'random', temperature },
    duration: 20,
    readout: { every: 5, channels: ['energy', 'state'] },
    shots,
  });
const LONG = chain(1, 3000);
const SHORT = chain(2, 40);

/** Everything that a run delivered, in order. */
const rows = (chunks: readonly SampleChunk[]): string =>
  chunks.map(({ energy, state }) => `${energy!.join()} ${state.join()}`).join();

async function begin(device: Device, chunks: SampleChunk[]): Promise<() => void> {
  const stop = device.on('samples', (chunk) => void chunks.push(chunk));
  await device.load(LONG);
  await device.arm({ run: 'long', seed: 7 });
  await device.start();
  while (chunks.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await device.pauseAtShot();
  return stop;
}

describe('a run that is put aside', () => {
  it('comes to the bytes of one that was not, and so does the run in between', async () => {
    const device = createDevice('glauber', {}, driverContext(2));
    try {
      const alone = await runOnDevice(device, LONG, { seed: 7 });
      const short = await runOnDevice(device, SHORT, { seed: 8 });
      const chunks: SampleChunk[] = [];
      const stop = await begin(device, chunks);
      const before = await device.verify!();
      const result = device.readResult();
      const aside = await device.putAside!();
      stop();
      const delivered = chunks.length;
      expect(device.equipment).toBe('standby');
      const between = await runOnDevice(device, SHORT, { seed: 8 });
      expect(rows(between.chunks)).toBe(rows(short.chunks));
      expect(between.result).toEqual(short.result);
      expect(chunks).toHaveLength(delivered);
      await aside.takeUp();
      expect(await device.verify!()).toEqual(before);
      const again = device.on('samples', (chunk) => void chunks.push(chunk));
      await device.resume();
      expect(await result).toEqual(alone.result);
      again();
      expect(rows(chunks)).toBe(rows(alone.chunks));
      expect(device.equipment).toBe('standby');
      // What was found out about the run in between is not taken for this one's.
      await device.arm({ run: 'once more', seed: 7 });
      await device.start();
      expect(await device.readResult()).toEqual(alone.result);
    } finally {
      await device.close();
    }
  });

  it('can be ended there, with the shots that it has or without a result, and the device goes on', async () => {
    const device = createDevice('glauber', {}, driverContext(2));
    try {
      await device.connect();
      for (const end of ['stop', 'abort'] as const) {
        const stop = await begin(device, []);
        const result = device.readResult().then(
          ({ shots }) => shots,
          (error: unknown) => (error as Error).message,
        );
        const aside = await device.putAside!();
        stop();
        await aside[end]();
        if (end === 'abort') expect(await result).toBe('the run was aborted');
        else {
          expect(await result).toBeGreaterThan(0);
          expect(await result).toBeLessThan(LONG.shots);
        }
        const { result: next } = await runOnDevice(device, SHORT, { seed: 8 });
        expect(next.shots).toBe(SHORT.shots);
      }
    } finally {
      await device.close();
    }
  });

  it('ends with the device’s safe state, and cannot be taken up then', async () => {
    const device = createDevice('glauber', {}, driverContext(2));
    try {
      await device.connect();
      const stop = await begin(device, []);
      const result = device.readResult().catch((error: unknown) => (error as Error).message);
      const aside = await device.putAside!();
      stop();
      await device.toSafeState('test');
      expect(await result).toBe('safe state: test');
      await device.clearFault({ fault: '', operator: '', note: '' });
      await expect(aside.takeUp()).rejects.toThrow('the run has ended');
      await aside.abort();
      expect(device.equipment).toBe('standby');
      const { result: next } = await runOnDevice(device, SHORT, { seed: 8 });
      expect(next.shots).toBe(SHORT.shots);
    } finally {
      await device.close();
    }
  });

  it('has a fingerprint of the values that its threads work with', async () => {
    const device = createDevice('glauber', {}, driverContext(2));
    try {
      await device.connect();
      const stop = await begin(device, []);
      const held = await device.verify!();
      expect(held.held).toMatch(/^crc32:[0-9a-f]{8}$/);
      const inside = device as unknown as {
        now: { run: { options: { program: { fields: Float64Array } } } };
      };
      inside.now.run.options.program.fields[3] = 0.25;
      expect((await device.verify!()).held).not.toBe(held.held);
      stop();
      await device.abort();
    } finally {
      await device.close();
    }
  });
});

import { describe, expect, it } from 'vitest';
import { crc32 } from 'node:zlib';
import { relaxd } from '../../proto/gen/board.js';
import { VirtualTimeline } from '../../src/core/index.js';
import { readDescriptor } from '../../src/device/index.js';
import { Firmware } from '../firmware.js';
import { MemoryLine } from '../hosts/memory.js';
import { runBoardSim } from '../main.js';
import { TestHost, testImage } from '../test-host.test-support.js';
import { PROFILES } from './circuit-profile.js';
import { ComponentBoard } from './component-board.js';

const { Channel, RunEnd, Status } = relaxd.board.v1;

describe('The component-level board behind the firmware', () => {
  const shaken = async (profile: string) => {
    const timeline = new VirtualTimeline();
    const line = new MemoryLine({ timeline, paced: false });
    const analog = new ComponentBoard(profile, 'board-1');
    const board = new Firmware(analog, { serial: 'board-1', seed: 7, timeline });
    board.connect(line.board);
    const host = new TestHost(timeline, line.host);
    await timeline.advance(50);
    await host.shake();
    return { host, analog };
  };

  it.each(Object.keys(PROFILES))('tells a descriptor that the host takes: %s', async (profile) => {
    const { host } = await shaken(profile);
    const parts: Uint8Array[] = [];
    for (let offset = 0, total = 1; offset < total;) {
      const { descriptor } = await host.expectOk({ getDescriptor: { offset } });
      total = descriptor!.total!;
      parts.push(descriptor!.data!);
      offset += descriptor!.data!.length;
    }
    const told = JSON.parse(Buffer.concat(parts).toString('utf8')) as object;
    const descriptor = readDescriptor({ ...told, device: 'board', driver: 'serial-board' });
    expect(descriptor).toMatchObject({
      origin: 'firmware-sim',
      serial: 'board-1',
      sites: { max: PROFILES[profile]!.sites },
    });
    // What the board calls a parameter is what its descriptor lists, in the same order.
    const names: string[] = [];
    for (;;) {
      const { parameters } = await host.expectOk({ readParameters: { first: names.length } });
      for (const { name } of parameters!.parameters!) names.push(name!);
      if (names.length >= parameters!.total!) break;
    }
    expect(names).toEqual(descriptor.parameters.map(({ name }) => name));
    expect(names).toContain('readoutScale');
  });

  it('is what a simulated board is made of, by the name of its profile', async () => {
    const start = (profile?: string) =>
      runBoardSim({
        tcp: '127.0.0.1:0',
        ...(profile === undefined ? {} : { profile }),
        print: () => undefined,
      });
    const board = await start();
    await board.close();
    await expect(start('cardboard')).rejects.toThrow(/no profile 'cardboard': bench, ideal, chip/);
  });

  it('runs a program and settles in the memory that it was set to', async () => {
    const { host, analog } = await shaken('bench');
    const n = 16;
    const sign = (i: number): number => ((i * 7) % 5 < 2 ? -1 : 1);
    const upper: number[] = [];
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) upper.push(sign(i) * sign(j) * 16);
    const initial = Array.from({ length: n }, (_, i) => sign(i) * 2);
    const image = testImage(n, [
      { kind: 1, scale: 1 / 32, codes: upper },
      { kind: 3, floats: [-6] },
      { kind: 8, scale: 1, codes: initial },
    ]);
    expect(await host.upload(0, image, n)).toMatchObject({ bank: { bank: 0 } });
    await host.expectOk({
      arm: {
        runId: 1,
        bank: 0,
        bankCrc32: crc32(image),
        seed: 5,
        shots: 20,
        duration: 5,
        readouts: 6,
        readoutEvery: 1,
        channels: [Channel.CHANNEL_STATE, Channel.CHANNEL_HEAT],
        stateEvery: 5,
        initial: 2,
        flips: 3,
        temperature: 1,
        watchdogMs: 10_000,
        maxDurationMs: 60_000,
      },
    });
    await host.expectOk({ start: { runId: 1 } });
    expect(await host.ended(1)).toMatchObject({ end: RunEnd.RUN_FINISHED, shotsDone: 20 });
    const block = Buffer.from(await host.result(1));
    const record = 32 + 2 * n;
    let heat = 0;
    for (let shot = 0; shot < 20; shot++) {
      const at = shot * record;
      expect([block.readUInt32LE(at), block.readUInt32LE(at + 4)]).toEqual([shot, 0]);
      heat += block.readDoubleLE(at + 16) / 20;
      expect(block.readDoubleLE(at + 24)).toBeGreaterThan(0);
      let overlap = 0;
      for (let i = 0; i < n; i++) {
        const x = block.readInt16LE(at + 32 + 2 * i) * analog.stateScale;
        overlap += (Math.sign(x) * sign(i)) / n;
        expect(Math.abs(x)).toBeGreaterThan(0.5);
        expect(Math.abs(x)).toBeLessThan(4);
      }
      expect(overlap).toBe(1);
    }
    // From three flipped sites down into the memory.
    expect(heat).toBeGreaterThan(50);
  });

  it('couples by capacitors: correlated as the program’s law says, and what cannot be is refused', async () => {
    const { host, analog } = await shaken('capacitor');
    const n = 32;
    const upper: number[] = [];
    for (let i = 0; i < n; i++) {
      for (let j = i + 1; j < n; j++) upper.push(i % 2 === 0 && j === i + 1 ? 8 : 0);
    }
    const negative = testImage(n, [{ kind: 1, scale: -1 / 16, codes: upper }]);
    expect(await host.upload(0, negative, n)).toMatchObject({
      status: Status.OUT_OF_RANGE,
    });
    const image = testImage(n, [{ kind: 1, scale: 1 / 16, codes: upper }]);
    expect(await host.upload(0, image, n)).toMatchObject({ bank: { bank: 0 } });
    await host.expectOk({
      arm: {
        runId: 1,
        bank: 0,
        bankCrc32: crc32(image),
        seed: 5,
        shots: 150,
        duration: 8,
        readouts: 1,
        temperature: 1,
        watchdogMs: 10_000,
        maxDurationMs: 60_000,
      },
    });
    await host.expectOk({ start: { runId: 1 } });
    expect(await host.ended(1)).toMatchObject({ end: RunEnd.RUN_FINISHED, shotsDone: 150 });
    const block = Buffer.from(await host.result(1));
    const record = 32 + 2 * n;
    const pairs = (150 * n) / 2;
    const sums = { square: 0, product: 0 };
    for (let shot = 0; shot < 150; shot++) {
      const x = (i: number): number =>
        block.readInt16LE(shot * record + 32 + 2 * i) * analog.stateScale;
      for (let i = 0; i < n; i += 2) {
        sums.square += (x(i) ** 2 + x(i + 1) ** 2) / (2 * pairs);
        sums.product += (x(i) * x(i + 1)) / pairs;
      }
    }
    // T A⁻¹ with A = [[2, −1/2], [−1/2, 2]]: modes (1, ±1), seen through the readout’s pole of 0.05 RC.
    const seen = (c: number): number => 1 / (2 * c) / (1 + 0.05 / c);
    const [soft, stiff] = [seen(1 - 0.25), seen(1 + 0.25)];
    const [square, product] = [(soft + stiff) / 2, (soft - stiff) / 2];
    // 4 standard errors of 2400 pairs, and what parts of 1 % may do.
    const spread = Math.hypot(square, product) / Math.sqrt(pairs);
    expect(Math.abs(sums.square - square)).toBeLessThan(4 * spread + 0.02 * square);
    expect(Math.abs(sums.product - product)).toBeLessThan(4 * spread + 0.02 * product);
  });
});

/**
 * The board in C of `firmware-sim/reference-c`, written from docs/link-protocol.md alone: built with its own makefile,
 * put through its own tests, and then spoken to by the host's side of the link, which shares no line with it.
 */
import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemTimeline } from '../../src/core/index.js';
import { readDescriptor } from '../../src/device/index.js';
import {
  BoardClient,
  BoardState,
  Channel,
  HEARS_NOTHING,
  RunEnd,
  type BoardListener,
} from '../../src/link/index.js';
import { temporaryFolder } from '../../src/lab/temporary-folder.test-support.js';

const SOURCE = fileURLToPath(new URL('../../firmware-sim/reference-c', import.meta.url));

function starts(program: string, ...args: string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

/** What the build would miss, or null. */
function missing(): string | null {
  if (!starts('make', '--version')) return 'make';
  if (!starts('cc', '--version')) return 'a C compiler (cc)';
  if (!existsSync('/usr/include/pb.h')) return 'nanopb (Debian: libnanopb-dev)';
  if (!existsSync('/usr/bin/nanopb_generator.py') && !existsSync('/usr/bin/nanopb_generator')) {
    return 'the generator of nanopb (Debian: nanopb)';
  }
  return starts('protoc', '--version') ? null : 'protoc (Debian: protobuf-compiler)';
}

const lacking = missing();
if (lacking !== null)
  console.warn(`firmware-sim/reference-c is not tested: ${lacking} is not installed`);

const build = temporaryFolder();

function make(...goals: string[]): Promise<string> {
  return makeIn(build, ...goals);
}

function makeIn(folder: string, ...goals: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('make', ['-C', SOURCE, `BUILD=${folder}`, ...goals], (error, out, err) => {
      if (error === null) resolve(out);
      else reject(new Error(`make ${goals.join(' ')}: ${out}\n${err}`));
    });
  });
}

/** A program of three sites: couplings ½, −¼, ⅛ and one drive that rises from 0 to 1 in five units of time. */
function image(): Uint8Array {
  const sections: [kind: number, scale: number, bytes: Buffer][] = [
    [1, 1 / 256, Buffer.from(Int16Array.of(128, -64, 32).buffer)],
    [5, 1, Buffer.from(Int16Array.of(1, 1, 1).buffer)],
    [6, 1, Buffer.from(Float32Array.of(0, 0, 5, 1).buffer)],
  ];
  const table = Buffer.alloc(8 + 16 * sections.length);
  table.write('RXP1', 'latin1');
  table.writeUInt16LE(3, 4);
  table.writeUInt16LE(sections.length, 6);
  const parts = [table];
  let at = table.length;
  sections.forEach(([kind, scale, bytes], k) => {
    const row = 8 + 16 * k;
    table.writeUInt16LE(kind, row);
    table.writeUInt32LE(at, row + 4);
    table.writeUInt32LE(bytes.length, row + 8);
    table.writeFloatLE(scale, row + 12);
    const padded = Buffer.alloc((bytes.length + 3) & ~3);
    bytes.copy(padded);
    parts.push(padded);
    at += padded.length;
  });
  return new Uint8Array(Buffer.concat(parts));
}

describe.skipIf(lacking !== null)('the board in C', () => {
  let board: ChildProcess | null = null;
  let socket: Socket | null = null;
  beforeAll(() => make('all'), 120_000);
  afterAll(() => {
    socket?.destroy();
    board?.kill();
  });

  /** Starts the board that was built there, and connects to it. */
  async function started(folder: string) {
    const child = spawn(
      join(folder, 'board'),
      ['--tcp', '0', '--serial', 'C-17', '--ends-with-stdin'],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    board = child;
    const where = await new Promise<string>((resolve) =>
      child.stdout.once('data', (text) => resolve(String(text))),
    );
    const line = connect(Number(/:([0-9]+)/.exec(where)![1]), '127.0.0.1');
    socket = line;
    await new Promise((resolve) => line.once('connect', resolve));
    line.setNoDelay(true);
    const open = (listener: BoardListener): Promise<BoardClient> =>
      BoardClient.open(
        {
          write: (bytes) => void line.write(bytes),
          onBytes: (take) => {
            const hear = (bytes: Buffer): void => take(new Uint8Array(bytes));
            line.on('data', hear);
            return () => void line.off('data', hear);
          },
          setBaud: null,
          minRtoMs: 50,
        },
        systemTimeline,
        { hostBuild: 'test', listener },
      );
    const end = async (): Promise<void> => {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.stdin.end();
      expect(await gone).toBe(0);
    };
    return { open, end };
  }

  it('of another version refuses the host, and both versions are named', async () => {
    const folder = join(build, 'version-2');
    await makeIn(folder, 'all', 'CFLAGS=-O0 -DLINK_MAJOR=2u');
    const { open, end } = await started(folder);
    await expect(open(HEARS_NOTHING)).rejects.toMatchObject({
      code: 'not-supported',
      message:
        'the board refuses the link: this board speaks version 2 of the board link, the host 1 to 1; this relaxd speaks 1.0',
      details: { limit: 1 },
    });
    await end();
  }, 120_000);

  it('passes its own tests', async () => {
    const out = await make('-s', 'check');
    for (const test of ['test_frame', 'test_arq', 'test_circuit', 'test_board']) {
      expect(out).toMatch(new RegExp(`^${test}: [1-9][0-9]* checks$`, 'm'));
    }
  }, 120_000);

  it('is understood by the host: descriptor, upload, run, samples, result', async () => {
    const running = await started(build);
    let rows = 0;
    let gaps = 0;
    let ended: (run: { end: number; shotsDone: number; state: number }) => void;
    const end = new Promise<{ end: number; shotsDone: number; state: number }>(
      (resolve) => (ended = resolve),
    );
    const listener: BoardListener = {
      ...HEARS_NOTHING,
      event: (event) => {
        if (event.kind === 'run' && event.run.end !== RunEnd.RUN_NOT_ENDED) ended(event.run);
      },
      samples: (batch) => (rows += batch.count),
      gap: () => (gaps += 1),
    };
    const client = await running.open(listener);
    expect(client.hello).toMatchObject({ serial: 'C-17', mtu: 512, minor: 0 });
    const text = (await client.descriptor()).text;
    const descriptor = readDescriptor({
      ...(JSON.parse(text) as object),
      device: 'c',
      driver: 'serial-board',
    });
    expect(descriptor).toMatchObject({ origin: 'firmware-sim', serial: 'C-17' });

    const bytes = image();
    const bank = await client.upload(0, bytes);
    expect(bank.crc32).toBe(crc32(bytes));
    client.startHeartbeat(2000);
    await client.call('arm', {
      runId: 5,
      bank: 0,
      bankCrc32: bank.crc32,
      seed: 1,
      shots: 40,
      duration: 5,
      readoutEvery: 1,
      readouts: 6,
      channels: [Channel.CHANNEL_STATE, Channel.CHANNEL_WORK, Channel.CHANNEL_HEAT],
      stateEvery: 2,
      temperature: 0.5,
      watchdogMs: 3000,
      maxDurationMs: 30_000,
    });
    await client.call('start', { runId: 5 });
    expect(await end).toMatchObject({
      end: RunEnd.RUN_FINISHED,
      shotsDone: 40,
      state: BoardState.STATE_STANDBY,
    });
    // Readouts 0, 2, 4 and the last one carry the state; work and heat are in all six. TCP loses nothing.
    expect([rows, gaps]).toEqual([40 * (4 + 6 + 6), 0]);
    const result = await client.readResult(5);
    expect(result.shots).toBe(40);
    for (let shot = 0; shot < 40; shot += 1) {
      const view = new DataView(result.bytes.buffer, result.bytes.byteOffset + 40 * shot, 40);
      const x = [0, 1, 2].map((i) => view.getInt16(32 + 2 * i, true) / 512) as [
        number,
        number,
        number,
      ];
      let energy = -x[0] * x[1] * 0.5 + x[0] * x[2] * 0.25 - x[1] * x[2] * 0.125;
      for (const v of x) energy += v * v + v ** 4 - v;
      // First law from x = 0, where the energy is 0; half a step of the converter at each site is the rest.
      expect(Math.abs(result.work[shot]! - result.heat[shot]! - energy)).toBeLessThan(0.1);
    }
    client.stopHeartbeat();
    client.close();
    await running.end();
  }, 120_000);
});

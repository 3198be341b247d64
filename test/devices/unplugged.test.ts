import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BoardDevice } from '../../drivers/serial-board/board-device.js';
import { readOptions } from '../../drivers/serial-board/options.js';
import { openSerialLine } from '../../drivers/serial-board/serial-line.js';
import { systemTimeline, type RelaxdError } from '../../src/core/index.js';
import { readProgram, type DeviceEvents, type Program } from '../../src/device/index.js';
import { BoardChild } from '../campaign/board-child.js';
import { openFiles, openHandles } from '../campaign/process-memory.js';

/** A board in a process of its own, a pseudo-terminal and the driver, in real time. Compiled code is run: `npm test` builds first. */
const SERIAL = 'LAST-0001';
const LIMIT_MS = 15_000;
const DELAYS_MS = [200, 300, 500, 500, 1000, 1000, 2000, 2000, 2000];

async function until(holds: () => boolean, what: string): Promise<void> {
  const endMs = performance.now() + LIMIT_MS;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function program(sites: number, shots: number): Program {
  const data = Array.from({ length: sites * sites }, (_, k) =>
    Math.abs(Math.floor(k / sites) - (k % sites)) === 1 ? 0.5 : 0,
  );
  return readProgram({
    version: 1,
    sites,
    siteKinds: 'continuous',
    couplings: { kind: 'dense', data },
    initial: { kind: 'random' },
    duration: 1,
    readout: { every: 1, channels: ['state', 'work'] },
    shots,
  });
}

/** A device on the board's path; how often its port was opened and closed, and ended by itself. */
class Watched {
  opens = 0;
  closes = 0;
  ends = 0;
  rows = 0;
  /** First rows and numbers of rows, of chunks and gaps. */
  readonly parts: { readonly firstRow: number; readonly rows: number }[] = [];
  fraction = 0;
  readonly faults: DeviceEvents['fault'][] = [];
  readonly device: BoardDevice;

  constructor(path: string) {
    this.device = new BoardDevice(
      'board',
      // At 115 200 baud, so that loading and reading take their time.
      readOptions('board', {
        path,
        baudRates: [],
        reconnect: { delaysMs: DELAYS_MS, jitter: 0 },
      }),
      {
        timeline: systemTimeline,
        log: () => undefined,
        uniform: () => 0.5,
        source: {
          where: path,
          open: async () => {
            const line = await openSerialLine(path, { rtscts: false, dtrReset: false });
            this.opens++;
            line.onEnd(() => this.ends++);
            return new Proxy(line, {
              get: (of, name) => {
                if (name === 'close') {
                  return async () => {
                    this.closes++;
                    await of.close();
                  };
                }
                const value: unknown = Reflect.get(of, name, of);
                return typeof value === 'function' ? (value.bind(of) as unknown) : value;
              },
            });
          },
          close: async () => undefined,
        },
      },
    );
    const { device } = this;
    device.on('samples', (chunk) => {
      this.parts.push(chunk);
      this.rows += chunk.rows;
    });
    device.on('gap', (gap) => void this.parts.push(gap));
    device.on('progress', ({ fraction }) => void (this.fraction = fraction));
    device.on('fault', (fault) => void this.faults.push(fault));
  }

  async begin(of: Program): Promise<void> {
    await this.device.load(of);
    await this.device.arm({ run: 'r', seed: 1 });
    await this.device.start();
  }
}

type Work = (watched: Watched) => Promise<{ readonly failing?: Promise<unknown> }>;

/** What is under way when the cable goes, and what fails then. */
const STATES: Readonly<Record<string, { work: Work; equipment: 'standby' | 'safe' }>> = {
  idle: { work: async () => ({}), equipment: 'standby' },
  loading: {
    work: async ({ device }) => {
      const { bytesSent } = device.statistics()!;
      const loading = device.load(program(128, 1));
      loading.catch(() => undefined);
      await until(() => device.statistics()!.bytesSent > bytesSent + 3000, 'loading');
      expect(device.equipment).toBe('configuring');
      return { failing: loading };
    },
    equipment: 'standby',
  },
  armed: {
    work: async ({ device }) => {
      await device.load(program(6, 5));
      await device.arm({ run: 'r', seed: 1 });
      return { failing: device.readResult() };
    },
    equipment: 'safe',
  },
  running: {
    work: async (watched) => {
      await watched.begin(program(6, 20_000));
      await until(() => watched.rows > 0, 'rows');
      return { failing: watched.device.readResult() };
    },
    equipment: 'safe',
  },
  paused: {
    work: async (watched) => {
      await watched.begin(program(6, 20_000));
      await watched.device.pauseAtShot();
      return { failing: watched.device.readResult() };
    },
    equipment: 'safe',
  },
  'reading the result': {
    work: async (watched) => {
      const { device } = watched;
      await watched.begin(program(60, 100));
      const reading = device.readResult();
      reading.catch(() => undefined);
      await until(() => watched.fraction === 1, 'the last row');
      const { bytesReceived } = device.statistics()!;
      await until(() => device.statistics()!.bytesReceived > bytesReceived + 3000, 'the result');
      return { failing: reading };
    },
    equipment: 'safe',
  },
};

describe.skipIf(!existsSync('/dev/ptmx'))('A pseudo-terminal whose master is gone', () => {
  let board: BoardChild;
  // The timeline's own timers do not keep the process waiting.
  let keepAlive: NodeJS.Timeout;
  beforeAll(async () => {
    keepAlive = setInterval(() => undefined, 1000);
    board = await BoardChild.start({ line: 'pty', seed: 1, circuit: { unitS: 0.01 } }, []);
    // Loads the native module, and whatever it opens for good.
    await (await openSerialLine(board.address, { rtscts: false, dtrReset: false })).close();
  });
  afterAll(async () => {
    clearInterval(keepAlive);
    await board.end();
  });

  it.each(Object.entries(STATES))(
    'while %s: one close, nothing left open, and back within the ladder',
    async (_, { work, equipment }) => {
      const before = { files: openFiles(), handles: openHandles() };
      const watched = new Watched(board.address);
      const { device } = watched;
      await device.connect();
      const connected = { files: openFiles(), handles: openHandles() };
      const failing = (await work(watched)).failing?.then(
        () => null,
        (error: unknown) => error as RelaxdError,
      );
      await board.make({ fault: 'unplug' });
      await until(() => device.link === 'offline', 'offline');
      expect(device.reason).toContain(board.address);
      await until(() => watched.closes === 1, 'the close');
      expect([watched.opens, watched.ends]).toEqual([1, 1]);
      await until(() => openFiles() === before.files, 'files as before');
      expect(openHandles()).toEqual(before.handles);
      await until(() => device.equipment === equipment, equipment);
      await board.make({ fault: 'plug-in' });
      await until(() => device.link === 'online', 'online');
      if (failing !== undefined) expect(await failing).toMatchObject({ code: 'device-offline' });
      // What came before it is each row once, in order.
      let next = 0;
      for (const { firstRow, rows } of watched.parts) {
        expect(firstRow).toBe(next);
        next += rows;
      }
      expect([openFiles(), openHandles()]).toEqual([connected.files, connected.handles]);
      expect(watched.opens - watched.closes).toBe(1);
      if (device.equipment !== 'standby') {
        const { id } = watched.faults.at(-1)!;
        await device.clearFault({ fault: id, operator: 'Ada', note: 'the cable is back' });
      }
      await watched.begin(program(6, 3));
      expect((await device.readResult()).shots).toBe(3);
      await device.close();
      expect(watched.opens).toBe(watched.closes);
      expect(watched.ends).toBe(1);
      await until(() => openFiles() === before.files, 'files as before');
      expect(openHandles()).toEqual(before.handles);
    },
    40_000,
  );

  it('and another board on the same path: refused by name, nothing left open, until the right one is back', async () => {
    const before = { files: openFiles(), handles: openHandles() };
    const watched = new Watched(board.address);
    const { device } = watched;
    await device.connect();
    await board.make({ fault: 'unplug', ms: 300, serial: 'LAST-0666' });
    await until(() => /LAST-0666 instead of LAST-0001/.test(device.reason ?? ''), 'its name');
    expect(device.serial).toBe(SERIAL);
    await until(() => device.link === 'offline', 'offline');
    await until(() => openFiles() === before.files, 'files as before');
    expect(openHandles()).toEqual(before.handles);
    await board.make({ fault: 'wrong-board', serial: SERIAL });
    await until(() => device.link === 'online', 'online');
    expect(device.serial).toBe(SERIAL);
    await device.close();
    expect(watched.opens).toBe(watched.closes);
    await until(() => openFiles() === before.files, 'files as before');
  }, 40_000);
});

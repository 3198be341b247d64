/** What a host pays for streaming: the driver on a pseudo-terminal in this process, the board in another one. */
import { createDevice } from '../../drivers/serial-board/index.js';
import type { BoardDevice } from '../../drivers/serial-board/board-device.js';
import { systemClock } from '../../src/core/index.js';
import { readProgram, type Channel } from '../../src/device/index.js';
import { BoardChild } from './board-child.js';

export interface StreamCostOptions {
  readonly baud: number;
  readonly sites: number;
  readonly channels: readonly Channel[];
  /** Measured, after as long again as {@link WARM_UP_S}. */
  readonly seconds: number;
}

export interface StreamCost {
  /** Time of this process, all threads, user and system, in a second of the clock. */
  readonly cpu: number;
  readonly user: number;
  /** On the line, both ways of 10 bits each: at most baud / 10. */
  readonly bytesPerSecond: number;
  readonly rowsPerSecond: number;
  readonly framesPerSecond: number;
  readonly rowsInGaps: number;
  readonly framesLost: number;
}

const WARM_UP_S = 3;
const READOUTS = 64;
const MOST_ROWS_A_SECOND = 20_000;

export async function streamCost(options: StreamCostOptions): Promise<StreamCost> {
  const { baud, sites, channels, seconds } = options;
  const board = await BoardChild.start({ line: 'pty', seed: 1, circuit: 'streaming' }, []);
  const device = createDevice(
    'stream',
    { path: board.address, baudRates: [baud] },
    { clock: systemClock, log: () => undefined, threads: 1 },
  ) as BoardDevice;
  const keepAlive = setInterval(() => undefined, 1000);
  try {
    let rows = 0;
    let rowsInGaps = 0;
    device.on('samples', (chunk) => void (rows += chunk.rows));
    device.on('gap', (gap) => void (rowsInGaps += gap.rows));
    await device.connect();
    const every = 0.01;
    await device.load(
      readProgram({
        version: 1,
        sites,
        siteKinds: 'continuous',
        couplings: { kind: 'coo', entries: [[0, 1, 1]] },
        references: [Array.from({ length: sites }, (_, k) => 1 - 2 * (k % 2))],
        initial: { kind: 'zero' },
        duration: every * (READOUTS - 1),
        readout: { every, channels: [...channels] },
        shots: Math.ceil(((seconds + 2 * WARM_UP_S) * MOST_ROWS_A_SECOND) / READOUTS),
      }),
    );
    await device.arm({ run: 'stream', seed: 1 });
    await device.start();
    device.readResult().catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 1000 * WARM_UP_S));
    const before = { ...device.statistics()!, rows, ms: performance.now(), lost: rowsInGaps };
    const cpuBefore = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
    const { user, system } = process.cpuUsage(cpuBefore);
    const after = device.statistics()!;
    const forS = (performance.now() - before.ms) / 1000;
    return {
      cpu: (user + system) / 1e6 / forS,
      user: user / 1e6 / forS,
      bytesPerSecond: (after.bytesReceived - before.bytesReceived) / forS,
      rowsPerSecond: (rows - before.rows) / forS,
      framesPerSecond: (after.framesReceived - before.framesReceived) / forS,
      rowsInGaps: rowsInGaps - before.lost,
      framesLost: after.samples.framesLost - before.samples.framesLost,
    };
  } finally {
    clearInterval(keepAlive);
    await device.abort().catch(() => undefined);
    await device.close();
    await board.end();
  }
}

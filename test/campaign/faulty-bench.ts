import { Firmware, type FirmwareOptions } from '../../firmware-sim/firmware.js';
import type { AnalogPart } from '../../firmware-sim/analog-part.js';
import type { BoardPort } from '../../firmware-sim/board-port.js';
import { MemoryLine } from '../../firmware-sim/hosts/memory.js';
import { FaultyPort, type LineRates } from '../../firmware-sim/line-faults.js';
import { RandomStream, VirtualTimeline } from '../../src/core/index.js';
import {
  BoardClient,
  HEARS_NOTHING,
  type BoardListener,
  type ByteLine,
} from '../../src/link/index.js';
import { FrameFaults, type FrameRates } from './frame-faults.js';

/** The same in both directions. */
export interface Faults {
  readonly frames?: FrameRates;
  readonly bytes?: LineRates;
}

export interface BenchOptions {
  readonly seed: number;
  readonly baud: number;
  readonly analog: AnalogPart;
  readonly firmware?: Partial<FirmwareOptions>;
  readonly listener?: Partial<BoardListener>;
}

/** A board in memory, a line that spoils what goes over it, and a host; time is virtual. */
export class FaultyBench {
  readonly timeline = new VirtualTimeline();
  readonly firmware: Firmware;
  client!: BoardClient;
  /** How often the link went down and was opened again. */
  reopened = 0;
  private readonly toBoard: FrameFaults;
  private readonly toHost: FrameFaults;
  private readonly port: FaultyPort;
  private readonly host: ByteLine;
  private readonly random: RandomStream;

  private constructor(private readonly options: BenchOptions) {
    const { seed } = options;
    const { timeline } = this;
    this.random = RandomStream.of(seed, 'dynamics', 3);
    this.toBoard = new FrameFaults(RandomStream.of(seed, 'disorder', 11));
    this.toHost = new FrameFaults(RandomStream.of(seed, 'disorder', 12));
    const line = new MemoryLine({ timeline, paced: true, seed });
    const board: BoardPort = {
      ...line.board,
      write: (bytes) => this.toHost.spoil(bytes).forEach((one) => line.board.write(one)),
    };
    this.port = new FaultyPort(board, timeline, {
      toBoard: RandomStream.of(seed, 'disorder', 13),
      toHost: RandomStream.of(seed, 'disorder', 14),
    });
    this.host = {
      ...line.host,
      write: (bytes) => this.toBoard.spoil(bytes).forEach((one) => line.host.write(one)),
    };
    this.firmware = new Firmware(options.analog, {
      serial: 'campaign',
      seed,
      timeline,
      ...options.firmware,
    });
    this.firmware.connect(this.port);
  }

  static async open(options: BenchOptions): Promise<FaultyBench> {
    const bench = new FaultyBench(options);
    await bench.timeline.advance(50);
    await bench.reopen();
    await bench.timeline.until(bench.client.negotiateBaud([options.baud]), 10_000);
    return bench;
  }

  setFaults({ frames = {}, bytes = {} }: Faults): void {
    this.toBoard.rates = frames;
    this.toHost.rates = frames;
    this.port.toBoard.setRates(bytes);
    this.port.toHost.setRates(bytes);
  }

  /** Of frames and of bytes, so far. */
  faults(): number {
    const frames = [this.toBoard.counts, this.toHost.counts].reduce(
      (sum, one) => sum + one.lost + one.flipped + one.duplicated,
      0,
    );
    return [this.port.toBoard.counts, this.port.toHost.counts].reduce(
      (sum, one) => sum + one.dropped + one.flipped + one.duplicated + one.inserted + one.bursts,
      frames,
    );
  }

  /** Shakes hands (again); the board keeps its banks, uploads and runs. */
  async reopen(limitMs = 60_000): Promise<void> {
    const isFirst = this.client === undefined;
    if (!isFirst) this.reopened++;
    this.client?.close();
    this.client = await this.timeline.until(
      BoardClient.open(this.host, this.timeline, {
        hostBuild: 'campaign',
        listener: { ...HEARS_NOTHING, ...this.options.listener },
        draw: () => 1 + this.random.integer(2 ** 32 - 1),
        // The board stays at its rate while it hears something.
        rates: isFirst ? [115_200] : [this.options.baud, 115_200],
      }),
      limitMs,
    );
  }

  close(): void {
    this.client.close();
    this.firmware.close();
  }
}

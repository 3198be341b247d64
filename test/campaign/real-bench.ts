import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LineRates } from '../../firmware-sim/line-faults.js';
import { runBoardSim, type BoardSim } from '../../firmware-sim/main.js';
import { TestAnalog } from '../../firmware-sim/test-analog.test-support.js';
import { RandomStream, systemTimeline } from '../../src/core/index.js';
import { BoardClient, HEARS_NOTHING, type BankState } from '../../src/link/index.js';
import { openTcpLine, openTty, type HostLine } from './host-lines.js';
import { LEASE_MS, RUN_UNIT_S, RunChecker } from './runs.js';
import { drawnImage } from './uploads.js';

export type RealLine = 'pty' | 'tcp';

const SITES = 12;
/** With this many faults about one frame in twenty is bad. */
export const MODERATE: LineRates = {
  drop: 3e-5,
  flip: 3e-5,
  duplicate: 3e-5,
  insert: 1e-5,
  split: 0.2,
};

/** A simulated board behind a pseudo-terminal or TCP, with faults on the line, and a host, in real time. */
export class RealBench {
  readonly checker = new RunChecker('real line', SITES);
  uploads = 0;
  reopened = 0;
  private client: BoardClient | null = null;
  private line: HostLine | null = null;
  private image = new Uint8Array(0);
  private bank: BankState | null = null;
  private runId = 0;
  private readonly random: RandomStream;

  private constructor(
    private readonly kind: RealLine,
    private readonly board: BoardSim,
    private readonly analog: TestAnalog,
    private readonly folder: string,
    seed: number,
  ) {
    this.random = RandomStream.of(seed, 'disorder', 4);
  }

  /** @returns null where the machine has no pseudo-terminals */
  static async open(kind: RealLine, seed: number): Promise<RealBench | null> {
    if (kind === 'pty' && !existsSync('/dev/ptmx')) return null;
    const folder = mkdtempSync(join(tmpdir(), 'relaxd-campaign-'));
    const analog = new TestAnalog({ sites: SITES, unitS: RUN_UNIT_S });
    let board: BoardSim | null = null;
    try {
      board = await runBoardSim({
        ...(kind === 'pty' ? { pty: join(folder, 'board') } : { tcp: '127.0.0.1:0' }),
        seed,
        circuit: () => analog,
        print: () => undefined,
      });
      const bench = new RealBench(kind, board, analog, folder, seed);
      await bench.connect();
      board.panel.make({ fault: 'line', toBoard: MODERATE, toHost: MODERATE });
      return bench;
    } catch (error) {
      await board?.close();
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Another image into the other bank. @throws Error where the bank is wrong */
  async upload(): Promise<void> {
    // It keeps a list of them for other tests.
    this.analog.shots.length = 0;
    this.image = new Uint8Array(drawnImage(this.random, SITES));
    const bank = 1 - (this.bank?.bank ?? 0);
    this.bank = await this.client!.upload(bank, this.image);
    if (this.bank.bank !== bank) throw new Error(`bank ${this.bank.bank} instead of ${bank}`);
    this.uploads++;
  }

  /** Checked against the circuit without a link. */
  async run(): Promise<void> {
    const seed = this.random.integer(2 ** 32);
    await this.checker.run(this.client!, this.image, this.bank!, ++this.runId, seed);
  }

  /** Another session on another connection, as a host that was started again. */
  async reconnect(): Promise<void> {
    this.reopened++;
    this.client?.close();
    await this.line?.close();
    // A board behind TCP has one host at a time, and hears that it has gone a little later.
    await new Promise((resolve) => setTimeout(resolve, 50));
    await this.connect();
  }

  faults(): number {
    return Object.values(this.board.panel.counts())
      .flatMap((of) => Object.values(of as unknown as Record<string, number>))
      .reduce((sum, one) => sum + one, 0);
  }

  async close(): Promise<void> {
    this.client?.close();
    await this.line?.close();
    await this.board.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async connect(): Promise<void> {
    const { address } = this.board;
    this.line = this.kind === 'pty' ? openTty(address) : await openTcpLine(address);
    this.client = await BoardClient.open(this.line, systemTimeline, {
      hostBuild: 'campaign',
      listener: { ...HEARS_NOTHING, ...this.checker.listener },
      rates: [],
    });
    this.client.startHeartbeat(LEASE_MS);
  }
}

import type { Contestant, Sample } from './contestant.js';
import { unexpected } from './expected.js';
import type { PeerProcess } from './peer-process.js';

/** A workload in a peer's process. */
export class PeerContestant implements Contestant {
  private readonly checks: number[] = [];

  constructor(
    private readonly workload: string,
    readonly engine: string,
    private readonly peer: PeerProcess,
    private readonly signal: AbortSignal,
  ) {}

  get variant(): string {
    return this.peer.hello.version;
  }

  async prepare(): Promise<void> {
    // The first run sets up and compiles.
    await this.sample();
  }

  async sample(): Promise<Sample> {
    const { seconds, figure, check } = await this.peer.run(this.workload, this.signal);
    this.checks.push(check);
    return { seconds, figure };
  }

  pace(): null {
    return null;
  }

  async check(): Promise<string | null> {
    const mean = this.checks.reduce((a, b) => a + b, 0) / this.checks.length;
    return unexpected(this.workload, mean);
  }

  /** The process goes on to the next workload. */
  async close(): Promise<void> {}
}

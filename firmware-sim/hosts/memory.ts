import { RandomStream, type Timeline } from '../../src/core/index.js';
import { FIRST_BAUD, type BoardPort } from '../board-port.js';
import { PacedLine } from './paced-line.js';

/** The host's end of a line in memory: what `src/link` calls a ByteLine. */
export interface MemoryEnd {
  write(bytes: Uint8Array): void;
  onBytes(listener: (bytes: Uint8Array) => void): () => void;
  readonly setBaud: ((baud: number) => Promise<void>) | null;
  readonly minRtoMs: number;
}

export interface MemoryLineOptions {
  readonly timeline: Timeline;
  /** True: both ends have a rate, 115 200 baud at first, and bytes between different rates arrive as others. */
  readonly paced?: boolean;
  readonly seed?: number;
}

/** Rates that differ by more than this do not understand each other (8N1: half a bit in ten). */
const TOLERANCE = 0.05;

/** Both ends of a line in this process. */
export class MemoryLine {
  readonly board: BoardPort;
  readonly host: MemoryEnd;
  private readonly toHost: PacedLine;
  private readonly toBoard: PacedLine;
  private readonly listeners = {
    host: new Set<(bytes: Uint8Array) => void>(),
    board: new Set<(bytes: Uint8Array) => void>(),
  };
  private readonly noise: RandomStream;
  private pluggedIn = true;

  constructor({ timeline, paced = false, seed = 1 }: MemoryLineOptions) {
    this.noise = RandomStream.of(seed, 'disorder');
    const first = paced ? FIRST_BAUD : null;
    const toHost = new PacedLine(timeline, first, (bytes, baud) =>
      this.arrive('host', bytes, baud, this.toBoard.baud),
    );
    const toBoard = new PacedLine(timeline, first, (bytes, baud) =>
      this.arrive('board', bytes, baud, this.toHost.baud),
    );
    this.toHost = toHost;
    this.toBoard = toBoard;
    this.board = {
      write: (bytes) => toHost.write(bytes),
      onBytes: (listener) => this.listen('board', listener),
      backlogMs: () => toHost.backlogMs(),
      ...(paced ? { setBaud: (baud: number) => toHost.setBaud(baud) } : {}),
    };
    this.host = {
      write: (bytes) => toBoard.write(bytes),
      onBytes: (listener) => this.listen('host', listener),
      setBaud: paced
        ? (baud) =>
            new Promise((resolve) => {
              timeline.after(toBoard.backlogMs(), () => {
                toBoard.setBaud(baud);
                resolve();
              });
            })
        : null,
      minRtoMs: 25,
    };
  }

  /** The cable is pulled out: nothing arrives, and nobody is told. */
  unplug(): void {
    this.pluggedIn = false;
  }
  plugIn(): void {
    this.pluggedIn = true;
  }

  close(): void {
    this.toHost.close();
    this.toBoard.close();
  }

  private listen(end: 'host' | 'board', listener: (bytes: Uint8Array) => void): () => void {
    this.listeners[end].add(listener);
    return () => this.listeners[end].delete(listener);
  }

  private arrive(
    end: 'host' | 'board',
    bytes: Uint8Array,
    sent: number | null,
    received: number | null,
  ): void {
    if (!this.pluggedIn) return;
    const understood =
      sent === null || received === null || Math.abs(sent / received - 1) < TOLERANCE;
    // What a receiver makes of bits of another length.
    const heard = understood ? bytes : bytes.map(() => this.noise.integer(256));
    for (const listener of [...this.listeners[end]]) listener(heard);
  }
}

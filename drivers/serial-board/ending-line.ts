import type { BoardLine } from './board-line.js';

/** Who listens to a line, and its end: it comes once, and nothing after it. */
export abstract class EndingLine implements BoardLine {
  abstract readonly setBaud: BoardLine['setBaud'];
  abstract readonly minRtoMs: number;
  private readonly listeners = new Set<(bytes: Uint8Array) => void>();
  private readonly enders = new Set<(reason: string) => void>();
  private endedBy: string | null = null;

  constructor(readonly where: string) {}

  protected get ended(): boolean {
    return this.endedBy !== null;
  }

  abstract write(bytes: Uint8Array): void;

  onBytes(listener: (bytes: Uint8Array) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  onEnd(listener: (reason: string) => void): void {
    if (this.endedBy === null) this.enders.add(listener);
    else listener(this.endedBy);
  }

  /** Nobody is told of an end that was asked for. */
  async close(): Promise<void> {
    this.enders.clear();
    this.end('closed');
  }

  protected take(bytes: Uint8Array): void {
    for (const listener of [...this.listeners]) listener(bytes);
  }

  protected end(reason: string): void {
    if (this.endedBy !== null) return;
    this.endedBy = reason;
    this.listeners.clear();
    for (const listener of [...this.enders]) listener(reason);
    this.enders.clear();
  }
}

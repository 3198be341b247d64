import { lineNumber, type GpioChip, type LineAddress } from './gpio-chips.js';
import type { GpioLines, InputLine, Level, OutputLine } from './gpio-lines.js';

/** Lines that are nothing but memory: for programs that have no board, and for tests. */
export class MemoryLines implements GpioLines {
  private readonly levels = new Map<number, Level>();
  private readonly listeners = new Map<number, Set<(level: Level) => void>>();

  constructor(private readonly chips: readonly GpioChip[]) {}

  level(address: LineAddress): Level {
    return this.levels.get(lineNumber(this.chips, address)) ?? 0;
  }

  /** What the world outside does to a line, or the program to its own. */
  set(address: LineAddress, level: Level): void {
    const line = lineNumber(this.chips, address);
    const before = this.levels.get(line) ?? 0;
    this.levels.set(line, level);
    if (before === level) return;
    for (const listener of [...(this.listeners.get(line) ?? [])]) listener(level);
  }

  /** Calls the listener at every edge of a line; the function that comes back ends that. */
  watch(address: LineAddress, listener: (level: Level) => void): () => void {
    const line = lineNumber(this.chips, address);
    const set = this.listeners.get(line) ?? new Set();
    this.listeners.set(line, set.add(listener));
    return () => set.delete(listener);
  }

  output(address: LineAddress): OutputLine {
    this.set(address, 0);
    return {
      write: (level) => this.set(address, level),
      close: () => this.set(address, 0),
    };
  }

  input(address: LineAddress): InputLine {
    const stops: (() => void)[] = [];
    return {
      read: () => this.level(address),
      onEdge: (listener) => void stops.push(this.watch(address, listener)),
      close: () => stops.splice(0).forEach((stop) => stop()),
    };
  }
}

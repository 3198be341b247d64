import type { LineAddress } from './gpio-chips.js';

export type Level = 0 | 1;

export interface OutputLine {
  /** @throws Error where the line cannot be written */
  write(level: Level): void;
  /** Leaves the line low, and releases it. */
  close(): void;
}

export interface InputLine {
  /** @throws Error where the line cannot be read */
  read(): Level;
  /** Calls the listener at every edge, with the level after it. */
  onEdge(listener: (level: Level) => void): void;
  close(): void;
}

/** Where lines come from: the machine's own (`onoff-lines.ts`), files (`tree-lines.ts`), or memory (`memory-lines.ts`). */
export interface GpioLines {
  /** A line that is driven; low from the first moment on. */
  output(address: LineAddress): OutputLine;
  input(address: LineAddress): InputLine;
}

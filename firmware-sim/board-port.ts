/** Rate of a line at start and after each reset, baud. */
export const FIRST_BAUD = 115_200;

/** The board's end of a line. Hosts (`hosts/`) implement it. */
export interface BoardPort {
  /** Keeps its own queue; never throws. */
  write(bytes: Uint8Array): void;
  /** @returns takes the listener off */
  onBytes(listener: (bytes: Uint8Array) => void): () => void;
  /** Changes the line's rate, now; absent: it has none. */
  setBaud?(baud: number): void;
  /** Until everything that was written has left, ms; absent: at once. */
  backlogMs?(): number;
}

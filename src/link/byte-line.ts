/** What bytes go over: a serial port, a TCP connection, a pair in memory. */
export interface ByteLine {
  /** Takes the bytes into the line's own queue; never throws. */
  write(bytes: Uint8Array): void;
  /** The function that comes back calls the listener off. */
  onBytes(listener: (bytes: Uint8Array) => void): () => void;
  /** Changes the line rate once everything written has left; null: it has none (TCP, memory). */
  readonly setBaud: ((baud: number) => Promise<void>) | null;
  /** Floor of the retransmission time-out, ms: 25, or 50 over USB or TCP. */
  readonly minRtoMs: number;
}

/** Line rate at start and after each reset, baud. */
export const FIRST_BAUD = 115_200;

/** Rates that SetBaud may ask for, baud. */
export const FASTER_BAUDS = [230_400, 460_800, 921_600, 2_000_000, 3_000_000] as const;

/** Bits on the line for each byte: 8N1. */
export const LINE_BITS_PER_BYTE = 10;
